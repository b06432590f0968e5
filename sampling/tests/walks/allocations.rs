//! Allocation in designs: a total over the strata of a stage, seen in the list, told when it cannot be.

use std::collections::BTreeMap;
use std::fmt::Write;

use sampling::allocation::{AllocationRequest, AllocationRule, AllocationStratum, allocate};
use sampling::{Certificate, Sample, SampleDesign, SamplingFrame, draw, feasibility, verify};

use crate::told;

/// Schools in three zones, with what the rules look at.
fn schools() -> String {
    let mut text = "code,area,zone,pupils,spread,cost,given\n".to_owned();
    for (zone, count, pupils, spread, cost, given) in
        [("A", 40, 300, "2.5", "1", 9), ("B", 10, 500, "8", "4", 4), ("C", 4, 900, "20.25", "9", 2)]
    {
        for k in 0..count {
            let area = ["east", "west"][k % 2];
            writeln!(text, "{zone}{k:02},{area},{zone},{},{spread},{cost},{given}", pupils + 10 * k).unwrap();
        }
    }
    text
}

fn design(strata: &str, stage: &str) -> SampleDesign {
    let text = format!(
        "name = \"schools\"\n[[level]]\nname = \"school\"\nwords = {{ vi = \"trường\", en = \"school\" }}\ncode = \"code\"\n\
         [[stage]]\nlevel = \"school\"\nmethod = \"simple_random\"\nstrata = {strata}\n{stage}\n"
    );
    SampleDesign::from_toml(&text).unwrap()
}

fn by_zone(allocation: &str) -> SampleDesign {
    design("[\"zone\"]", &format!("allocation = {{ {allocation} }}"))
}

fn sample(design: &SampleDesign, frame: &str, seed: u64) -> Sample {
    let frame = SamplingFrame::read(frame.as_bytes(), design).unwrap();
    draw(&frame, design, seed).unwrap()
}

/// How many units of each stratum are in a sample; what the list says beside them is the same.
fn counts(sample: &Sample) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, (u64, Option<u64>)> = BTreeMap::new();
    for unit in &sample.units {
        let count = counts.entry(unit.stages[0].stratum.clone()).or_insert((0, unit.stages[0].n));
        count.0 += 1;
    }
    counts
        .into_iter()
        .map(|(stratum, (count, said))| {
            assert_eq!(said, Some(count), "{stratum}");
            (stratum, count)
        })
        .collect()
}

fn numbers(sample: &Sample) -> Vec<u64> {
    counts(sample).into_iter().map(|(_, n)| n).collect()
}

#[test]
fn each_rule_in_a_design_gives_the_numbers_of_the_library() {
    let strata = |measures: [f64; 3]| {
        let of = [("A", 40, 2.5, 1.0), ("B", 10, 8.0, 4.0), ("C", 4, 20.25, 9.0)];
        of.iter()
            .zip(measures)
            .map(|((label, population, spread, cost), measure)| AllocationStratum {
                label: (*label).to_owned(),
                population: *population,
                measure,
                spread: Some(*spread),
                cost: Some(*cost),
                given: None,
            })
            .collect::<Vec<_>>()
    };
    let units = strata([40.0, 10.0, 4.0]);
    // 40 schools from 300 pupils in steps of ten: 40·300 + 10·(0 + … + 39); and so on.
    let pupils = strata([19_800.0, 5_450.0, 3_660.0]);
    let with = |rule, strata: &[AllocationStratum], minimum| {
        allocate(AllocationRequest { rule, total: Some(20), minimum }, strata).unwrap()
    };
    let drawn = |allocation: &str| numbers(&sample(&by_zone(allocation), &schools(), 3));
    assert_eq!(drawn("rule = \"equal\", total = 20"), with(AllocationRule::Equal, &units, 1));
    assert_eq!(drawn("rule = \"equal\", total = 20"), [8, 8, 4], "the smallest zone has only four");
    let (proportional, neyman) =
        ("rule = \"proportional\", total = 20", "rule = \"neyman\", spread = \"spread\", total = 20");
    assert_eq!(drawn(&format!("{proportional}, measure = \"units\"")), with(AllocationRule::Proportional, &units, 1));
    // 14.8, 3.7, 1.5 of twenty: the priorities of the next units are 40²/(14·15) = 7.6, 10²/(3·4) = 8.3, 4²/(1·2) = 8.
    assert_eq!(drawn(&format!("{proportional}, measure = \"units\"")), [14, 4, 2]);
    assert_eq!(drawn(&format!("{proportional}, measure = \"pupils\"")), with(AllocationRule::Proportional, &pupils, 1));
    assert_eq!(
        drawn(&format!("{proportional}, measure = \"units\", minimum = 3")),
        with(AllocationRule::Proportional, &units, 3)
    );
    assert_eq!(
        drawn("rule = \"square_root\", measure = \"pupils\", total = 20"),
        with(AllocationRule::SquareRoot, &pupils, 1)
    );
    assert_eq!(
        drawn("rule = \"power\", measure = \"pupils\", power = 0.25, cv = \"spread\", total = 20"),
        with(AllocationRule::Power { power: 0.25 }, &pupils, 1)
    );
    assert_eq!(drawn(&format!("{neyman}, measure = \"units\"")), with(AllocationRule::Neyman, &units, 1));
    // 100 : 80 : 81, of which the last zone has four: 100 : 80 of 16.
    assert_eq!(drawn(&format!("{neyman}, measure = \"units\"")), [9, 7, 4]);
    assert_eq!(
        drawn("rule = \"optimal\", measure = \"units\", spread = \"spread\", cost = \"cost\", total = 20"),
        with(AllocationRule::Optimal, &units, 1)
    );
    assert_eq!(drawn("rule = \"fixed\", numbers = \"given\""), [9, 4, 2]);
    assert_eq!(drawn("rule = \"fixed\", numbers = { A = 1, B = 10, C = 2 }, total = 13"), [1, 10, 2]);
    assert_eq!(
        drawn("rule = \"neyman\", measure = \"units\", spread = { A = 2.5, B = 8, C = 20.25 }, total = 20"),
        with(AllocationRule::Neyman, &units, 1)
    );
}

#[test]
fn what_a_stratum_got_stands_in_list_notes_and_certificate_and_is_verified() {
    let design = by_zone("rule = \"proportional\", measure = \"units\", total = 20");
    let frame = SamplingFrame::read(schools().as_bytes(), &design).unwrap();
    let sample = draw(&frame, &design, 5).unwrap();
    let csv = sample.to_csv();
    assert!(csv.contains(",school_stratum,school_n,inclusion_probability,"), "{csv}");
    assert_eq!(sample.notes.len(), 1);
    assert_eq!(sample.notes[0].en, "the frame: schools allocated by the rule proportional: A 14/40; B 4/10; C 2/4");
    assert_eq!(sample.notes[0].vi, "khung mẫu: số trường phân bổ theo quy tắc proportional: A 14/40; B 4/10; C 2/4");
    assert_eq!(Sample::from_csv(csv.as_bytes()).unwrap().units, sample.units);
    assert_eq!(verify(&frame, &design, csv.as_bytes()).unwrap().n_main, 20);
    let changed = csv.replacen(",A,14,", ",A,15,", 1);
    let (codes, english) = told(&verify(&frame, &design, changed.as_bytes()).expect_err("another number"));
    assert_eq!(codes, ["sample_cell_changed"]);
    assert!(english.contains("column school_n") && english.contains("(expected 14, got 15)"), "{english}");
    let certificate = Certificate::of(&sample, &design, csv.as_bytes()).to_json().unwrap();
    let changed = Certificate::from_json(certificate.replacen("A 14/40", "A 15/40", 1).as_bytes()).unwrap();
    assert_eq!(told(&changed.check(&sample, &design).expect_err("another note")).0, ["certificate_changed"]);
}

#[test]
fn weights_of_an_allocated_sample_add_up_to_the_population_of_each_stratum() {
    let design = by_zone("rule = \"neyman\", measure = \"units\", spread = \"spread\", total = 20");
    for seed in 0..50 {
        let sample = sample(&design, &schools(), seed);
        for (zone, population) in [("A", 40.0), ("B", 10.0), ("C", 4.0)] {
            let of_zone = sample.units.iter().filter(|unit| unit.stages[0].stratum == zone);
            let sum: f64 = of_zone.map(|unit| unit.base_weight.get()).sum();
            assert!((sum - population).abs() < 1e-9, "{zone}: {sum}");
        }
    }
}

#[test]
fn a_total_is_spread_within_the_strata_that_are_named() {
    let strata = "[\"zone\", \"area\"]";
    let within =
        design(strata, "allocation = { rule = \"proportional\", measure = \"units\", total = 4, within = [\"zone\"] }");
    let expected = [("A/east", 2), ("A/west", 2), ("B/east", 2), ("B/west", 2), ("C/east", 2), ("C/west", 2)];
    let drawn = counts(&sample(&within, &schools(), 1));
    assert_eq!(drawn, expected.map(|(stratum, n)| (stratum.to_owned(), n)));
    let all = design(strata, "allocation = { rule = \"proportional\", measure = \"units\", total = 12 }");
    // One each, then 20²/(n(n + 1)) of the large ones stands above 5²/2 up to the fourth unit.
    assert_eq!(numbers(&sample(&all, &schools(), 1)), [4, 4, 1, 1, 1, 1]);
}

#[test]
fn a_lower_stage_has_its_total_in_each_unit_of_the_stage_before() {
    let text = "name = \"two\"\n[[level]]\nname = \"region\"\ncode = \"region\"\n[[level]]\nname = \"school\"\ncode = \"school\"\n\
                [[stage]]\nlevel = \"region\"\nn = 2\nmethod = \"simple_random\"\n\
                [[stage]]\nlevel = \"school\"\nstrata = [\"kind\"]\nmethod = \"simple_random\"\n\
                allocation = { rule = \"proportional\", measure = \"units\", total = 6 }\n";
    let design = SampleDesign::from_toml(text).unwrap();
    let mut rows = "region,school,kind\n".to_owned();
    for region in ["N", "S", "E"] {
        for k in 0..24 {
            // In the east one in six is private, elsewhere every second.
            let kind = if k % (if region == "E" { 6 } else { 2 }) == 0 { "private" } else { "public" };
            writeln!(rows, "{region},{k},{kind}").unwrap();
        }
    }
    for seed in 0..20 {
        let sample = sample(&design, &rows, seed);
        let mut of: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for unit in &sample.units {
            *of.entry((&unit.path[0].code, &unit.stages[1].stratum)).or_default() += 1;
        }
        for ((region, kind), n) in of {
            let expected = match (region, kind) {
                ("E", "private") => 1,
                ("E", _) => 5,
                _ => 3,
            };
            assert_eq!(n, expected, "{region} {kind}");
        }
        assert_eq!(sample.units.len(), 12);
        assert_eq!(sample.notes.len(), 2, "one note for each region: {:?}", sample.notes);
    }
}

/// The problems of a frame that is right and a design that cannot be drawn from it.
fn refused(design: &SampleDesign, frame: &str) -> (Vec<&'static str>, String) {
    let frame = SamplingFrame::read(frame.as_bytes(), design).unwrap();
    told(&feasibility(&frame, design).expect_err("cannot be drawn"))
}

#[test]
fn allocations_that_cannot_be_made_are_told_with_place_and_part() {
    let neyman = "rule = \"neyman\", measure = \"units\", total = 20, spread = \"spread\"";
    for (allocation, from, to, code, words) in [
        ("rule = \"equal\", total = 2", "", "", "allocation_below_minimum", "stage[1].allocation.total"),
        ("rule = \"equal\", total = 11, minimum = 5", "", "", "allocation_below_minimum", "expected 14–54, got 11"),
        ("rule = \"equal\", total = 55", "", "", "allocation_too_many", "expected 3–54, got 55"),
        (neyman, ",8,", ",0,", "allocation_bad_number", "spread of stratum B"),
        (neyman, ",8,", ",-8,", "allocation_bad_number", "stage[1].allocation.spread"),
        (neyman, ",8,", ",NaN,", "allocation_bad_number", "got NaN"),
        (neyman, ",8,", ",many,", "allocation_bad_number", "stratum B: the number cannot be read (got spread = many)"),
        (neyman, "1000,B,510,8", "", "allocation_number_differs", "stratum B: its rows give different numbers"),
        (
            "rule = \"fixed\", numbers = { A = 1, B = 11, C = 2.5 }",
            "",
            "",
            "allocation_bad_number",
            "expected 1–10, got 11",
        ),
        ("rule = \"fixed\", numbers = { A = 1, C = 2 }", "", "", "allocation_missing_number", "stratum B"),
        ("rule = \"fixed\", numbers = { A = 1, B = 2, C = 2, D = 4 }", "", "", "draw_rule_without_stratum", "\"D\""),
        (
            "rule = \"fixed\", numbers = { A = 1, B = 2, C = 2 }, total = 6",
            "",
            "",
            "allocation_sum",
            "expected 5, got 6",
        ),
    ] {
        let frame = match from {
            "" => schools(),
            "1000,B,510,8" => schools().replacen(",8,4,4\n", ",9,4,4\n", 1),
            from => schools().replace(&format!("{from}4,4\n"), &format!("{to}4,4\n")),
        };
        let (codes, english) = refused(&by_zone(allocation), &frame);
        assert!(codes.contains(&code) && english.contains(words), "{allocation} {to}: {english}");
    }
}

#[test]
fn decimal_commas_in_a_column_of_numbers_are_told_and_not_guessed() {
    let frame = schools().replace(',', ";").replace("20.25", "20,25");
    let design = by_zone("rule = \"neyman\", measure = \"units\", total = 20, spread = \"spread\"");
    let (codes, english) = refused(&design, &frame);
    assert_eq!(codes, ["allocation_bad_number"]);
    assert!(english.contains("spread = 20,25") && english.contains("decimal point"), "{english}");
}

#[test]
fn a_total_beyond_the_strata_is_taken_whole_only_where_the_design_says_so() {
    let allocation = "rule = \"equal\", total = 60";
    assert_eq!(refused(&by_zone(allocation), &schools()).0, ["allocation_too_many"]);
    let all = design("[\"zone\"]", &format!("allocation = {{ {allocation} }}\nwhen_short = \"take_all\""));
    let sample = sample(&all, &schools(), 1);
    assert_eq!(numbers(&sample), [40, 10, 4]);
    assert!(sample.notes[0].en.ends_with("A 40/40; B 10/10; C 4/4"), "{:?}", sample.notes);
}

#[test]
fn each_slip_in_an_allocation_is_told_with_its_place() {
    let proportional = "rule = \"proportional\", measure = \"units\", total = 20";
    for (strata, stage, code, place) in [
        (
            "[\"zone\"]",
            "allocation = { rule = \"best\", total = 3 }",
            "design_unknown_allocation",
            "stage[1].allocation.rule",
        ),
        ("[]", "allocation = { rule = \"equal\", total = 3 }", "design_allocation", "stage[1].allocation"),
        ("[\"zone\"]", "allocation = { rule = \"equal\" }", "design_allocation", "stage[1].allocation.total"),
        (
            "[\"zone\"]",
            "allocation = { rule = \"equal\", total = 0 }",
            "design_bad_number",
            "stage[1].allocation.total",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"equal\", total = 9000000000 }",
            "design_bad_number",
            "stage[1].allocation.total",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"equal\", total = 9, minimum = 0 }",
            "design_bad_number",
            "stage[1].allocation.minimum",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"equal\", total = 9, measure = \"units\" }",
            "design_allocation",
            "stage[1].allocation.measure",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"proportional\", total = 9 }",
            "design_allocation",
            "stage[1].allocation.measure",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"neyman\", measure = \"units\", total = 9 }",
            "design_allocation",
            "stage[1].allocation.spread",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"optimal\", measure = \"units\", spread = \"s\", total = 9 }",
            "design_allocation",
            "stage[1].allocation.cost",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"power\", measure = \"units\", total = 9 }",
            "design_allocation",
            "stage[1].allocation.power",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"power\", measure = \"units\", total = 9, power = 1.5 }",
            "design_bad_number",
            "stage[1].allocation.power",
        ),
        (
            "[\"zone\"]",
            "allocation = { rule = \"power\", measure = \"units\", total = 9, power = nan }",
            "design_bad_number",
            "stage[1].allocation.power",
        ),
        ("[\"zone\"]", "allocation = { rule = \"fixed\" }", "design_allocation", "stage[1].allocation.numbers"),
        ("[\"zone\"]", &format!("n = 3\nallocation = {{ {proportional} }}"), "design_two_numbers", "stage[1]"),
        (
            "[\"zone\"]",
            &format!("allocation = {{ {proportional}, within = [\"area\"] }}"),
            "design_allocation",
            "stage[1].allocation.within",
        ),
        ("[\"zone\"]", &format!("allocation = {{ {proportional}, spraed = 3 }}"), "design_not_readable", ""),
    ] {
        let text = format!(
            "name = \"schools\"\n[[level]]\nname = \"school\"\ncode = \"code\"\n[[stage]]\nlevel = \"school\"\n\
             method = \"simple_random\"\nstrata = {strata}\n{stage}\n"
        );
        let problems = SampleDesign::from_toml(&text).expect_err(stage);
        let found =
            problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{stage}: {problems}"));
        let column = found.place.as_ref().and_then(|place| place.column.as_deref()).unwrap_or_default();
        assert_eq!(column, place, "{stage}: {problems}");
    }
}

#[test]
fn units_of_one_code_in_two_parents_have_totals_of_their_own() {
    let text = "name = \"codes\"\n[[level]]\nname = \"province\"\ncode = \"province\"\n[[level]]\nname = \"district\"\ncode = \"district\"\n\
                [[level]]\nname = \"school\"\ncode = \"school\"\n\
                [[stage]]\nlevel = \"school\"\nstrata = [\"district\", \"kind\"]\nmethod = \"simple_random\"\n\
                allocation = { rule = \"equal\", total = 4, within = [\"district\"] }\n";
    let design = SampleDesign::from_toml(text).unwrap();
    let mut rows = "province,district,school,kind\n".to_owned();
    for province in 0..15 {
        for school in 0..10 {
            writeln!(rows, "{province},1,{school},{}", ["public", "private"][school % 2]).unwrap();
        }
    }
    let sample = sample(&design, &rows, 1);
    assert_eq!(sample.units.len(), 60, "four in the district 1 of each of fifteen provinces");
    assert!(sample.units.iter().all(|unit| unit.stages[0].n == Some(2)));
    // Thirty strata: the note names twenty and says where the others are.
    let note = &sample.notes[0].en;
    assert!(note.matches("/5").count() == 20 && note.ends_with("; … (30; school_n)"), "{note}");
    // One province alone: its own total, not a share of all.
    let only = sampling::Only::parse("province=7").unwrap();
    let frame = SamplingFrame::read(rows.as_bytes(), &design).unwrap();
    let part = draw(&frame, &design.restricted_to(only).unwrap(), 1).unwrap();
    let of_whole: Vec<_> = sample.units.iter().filter(|unit| unit.path[0].code == "7").cloned().collect();
    assert_eq!(part.units, of_whole);
}
