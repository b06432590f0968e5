//! Rules for some strata, and certainty below a probability of one.

use std::collections::BTreeMap;

use problem::Language;
use sampling::{Only, Role, Sample, SampleDesign, SamplingFrame, draw, feasibility};

use crate::{SMALL_DESIGN, SMALL_FRAME, small_design, told};

/// The small design with text after its first or its second stage.
fn design_with(first: &str, second: &str) -> Result<SampleDesign, problem::Problems> {
    let text = SMALL_DESIGN.replacen(
        "[[stage]]\nlevel = \"household\"",
        &format!("{first}\n[[stage]]\nlevel = \"household\""),
        1,
    );
    SampleDesign::from_toml(&format!("{text}\n{second}\n"))
}

fn sample_of(design: &SampleDesign, frame: &str, seed: u64) -> Sample {
    let frame = SamplingFrame::read(frame.as_bytes(), design).unwrap();
    draw(&frame, design, seed).unwrap()
}

fn refused(design: &SampleDesign, frame: &str) -> (Vec<&'static str>, String) {
    let frame = SamplingFrame::read(frame.as_bytes(), design).unwrap();
    told(&feasibility(&frame, design).expect_err("cannot be drawn"))
}

fn clusters(sample: &Sample, region: &str) -> Vec<String> {
    let of_region = sample.units.iter().filter(|unit| unit.path[0].code == region);
    let mut clusters: Vec<String> = of_region.map(|unit| unit.path[1].code.clone()).collect();
    clusters.dedup();
    clusters
}

#[test]
fn a_rule_changes_the_numbers_of_the_strata_it_names_and_no_other_units() {
    let design = design_with(
        "[[stage.rule]]\nwhen = { region = \"N\" }\nn = 3",
        "[[stage.rule]]\nwhen = { region = [\"N\", \"S\"], cluster = \"2\" }\nn = 7\nreserves = 0",
    )
    .unwrap();
    let (plain, ruled) = (sample_of(&small_design(), SMALL_FRAME, 5), sample_of(&design, SMALL_FRAME, 5));
    assert_eq!((clusters(&plain, "N").len(), clusters(&ruled, "N").len()), (2, 3));
    assert_eq!(clusters(&plain, "S"), clusters(&ruled, "S"), "the other stratum is drawn as before");
    for cluster in ruled.groups() {
        let main = cluster.iter().filter(|unit| unit.role == Role::Main).count();
        let expected = if cluster[0].path[1].code == "2" { (7, 7) } else { (5, 7) };
        assert_eq!((main, cluster.len()), expected);
        assert_eq!(cluster[0].stages[1].n, Some(expected.0 as u64));
        assert_eq!(cluster[0].stages[0].n, Some(if cluster[0].path[0].code == "N" { 3 } else { 2 }));
    }
    // Same households first: more of them in the same random order.
    let of = |sample: &Sample| -> Vec<String> {
        let units = sample.units.iter().filter(|unit| unit.path[0].code == "S" && unit.role == Role::Main);
        units.filter(|unit| unit.path[1].code != "2").map(|unit| unit.unit_id.clone()).collect()
    };
    assert_eq!(of(&plain), of(&ruled));
    let frame = SamplingFrame::read(SMALL_FRAME.as_bytes(), &design).unwrap();
    assert_eq!(sampling::verify(&frame, &design, ruled.to_csv().as_bytes()).unwrap().n_main, 29);
}

#[test]
fn a_rule_may_change_method_size_and_what_happens_in_short_groups() {
    let design = design_with(
        "[[stage.rule]]\nwhen = { region = \"S\" }\nmethod = \"simple_random\"\nsize = \"\"",
        "[[stage.rule]]\nwhen = { region = \"S\" }\nn = 20\nreserves = 0\nwhen_short = \"take_all\"",
    )
    .unwrap();
    let sample = sample_of(&design, SMALL_FRAME, 1);
    let methods: Vec<&str> = sample.provenance.methods.iter().map(|used| used.method.as_str()).collect();
    assert_eq!(methods, ["pps_systematic_v1", "simple_random_v1", "simple_random_v1"]);
    for unit in sample.units.iter().filter(|unit| unit.path[0].code == "S") {
        assert!((unit.stages[0].probability.get() - 2.0 / 3.0).abs() < 1e-15, "two of three with equal chances");
        assert_eq!(unit.stages[1].n, Some(20));
        // Villages of 12, 40 and 8 households: all, every second, all.
        let stated = if unit.path[1].code == "2" { 0.5 } else { 1.0 };
        assert!((unit.stages[1].probability.get() - stated).abs() < 1e-15);
    }
}

#[test]
fn numbers_may_come_from_rules_alone() {
    let text = SMALL_DESIGN.replacen("n = 2\n", "", 1);
    let with = |rules: &str| {
        SampleDesign::from_toml(&text.replacen(
            "[[stage]]\nlevel = \"household\"",
            &format!("{rules}\n[[stage]]\nlevel = \"household\""),
            1,
        ))
        .unwrap()
    };
    let north = "[[stage.rule]]\nwhen = { region = \"N\" }\nn = 1\n";
    let both = with(&format!("{north}[[stage.rule]]\nwhen = {{ region = \"S\" }}\nn = 3\n"));
    let sample = sample_of(&both, SMALL_FRAME, 9);
    assert_eq!((clusters(&sample, "N").len(), clusters(&sample, "S").len()), (1, 3));
    let (codes, english) = refused(&with(north), SMALL_FRAME);
    assert_eq!(codes, ["draw_no_rule"]);
    assert!(english.contains("stage[1].n") && english.contains("stratum S: no rule applies"), "{english}");
}

#[test]
fn rules_that_match_nothing_or_too_much_are_told_with_their_place() {
    let first = |rules: &str| design_with(rules, "").unwrap();
    let (codes, english) = refused(&first("[[stage.rule]]\nwhen = { region = \"X\" }\nn = 1"), SMALL_FRAME);
    assert_eq!(codes, ["draw_rule_without_stratum"]);
    assert!(english.contains("stage[1].rule[1].when.region: no stratum of the frame that this part of the design is for has the value \"X\""), "{english}");
    let (codes, english) = refused(&first("[[stage.rule]]\nwhen = { region = [\"N\", \"NN\"] }\nn = 1"), SMALL_FRAME);
    assert_eq!(codes, ["draw_rule_without_stratum"]);
    assert!(english.contains("\"NN\""), "every value must be met, not only one: {english}");
    let two =
        "[[stage.rule]]\nwhen = { region = \"N\" }\nn = 1\n[[stage.rule]]\nwhen = { region = [\"N\", \"S\"] }\nn = 3";
    let (codes, english) = refused(&first(two), SMALL_FRAME);
    assert_eq!(codes, ["draw_two_rules"]);
    assert!(english.contains("stage[1].rule[2]: stratum N: two rules apply (1 and 2)"), "{english}");
    // Two rules in each of the seven clusters: told once, with how many more there are.
    let two = "[[stage.rule]]\nwhen = { region = [\"N\", \"S\"] }\nn = 4\n[[stage.rule]]\nwhen = { region = [\"N\", \"S\"] }\nn = 3";
    let (codes, english) = refused(&design_with("", two).unwrap(), SMALL_FRAME);
    assert_eq!(codes, ["draw_two_rules"]);
    assert!(english.contains("village An (N-1): two rules apply (1 and 2) (and 6 more)"), "{english}");
}

#[test]
fn a_rule_on_a_column_that_differs_within_a_stratum_is_refused() {
    let frame: String = SMALL_FRAME
        .lines()
        .enumerate()
        .map(|(row, line)| format!("{line},{}\n", if row == 0 { "class" } else { ["low", "high"][row % 2] }))
        .collect();
    let rule = "[[stage.rule]]\nwhen = { class = \"high\" }\nn = 1";
    let (codes, english) = refused(&design_with(rule, "").unwrap(), &frame);
    assert_eq!(codes, ["draw_rule_splits_stratum"]);
    assert!(
        english.contains("its units differ in class") && english.contains("add class to the stage's strata"),
        "{english}"
    );
    // As a stratum it is constant; and at the next stage each cluster has its own value.
    let text = SMALL_DESIGN.replace("[\"region\"]", "[\"region\", \"class\"]").replace("n = 2", "n = 1");
    let design =
        SampleDesign::from_toml(&format!("{text}\n[[stage.rule]]\nwhen = {{ class = \"high\" }}\nn = 8\n")).unwrap();
    for village in sample_of(&design, &frame, 2).groups() {
        let expected = if village[0].stages[0].stratum.ends_with("/high") { 8 } else { 5 };
        assert_eq!(village.iter().filter(|unit| unit.role == Role::Main).count(), expected);
    }
}

#[test]
fn rules_for_other_parts_do_not_stop_the_draw_of_one_part() {
    let design = design_with("[[stage.rule]]\nwhen = { region = \"N\" }\nn = 3", "").unwrap();
    let frame = SamplingFrame::read(SMALL_FRAME.as_bytes(), &design).unwrap();
    let whole = draw(&frame, &design, 3).unwrap();
    for region in ["N", "S"] {
        let only = Only::parse(&format!("region={region}")).unwrap();
        let part = draw(&frame, &design.clone().restricted_to(only).unwrap(), 3).unwrap();
        let of_whole: Vec<_> = whole.units.iter().filter(|unit| unit.path[0].code == region).cloned().collect();
        assert_eq!(part.units, of_whole);
    }
}

#[test]
fn an_allocation_leaves_out_the_strata_that_have_a_rule_with_a_number() {
    let text = SMALL_DESIGN.replacen(
        "n = 2\n",
        "allocation = { rule = \"proportional\", measure = \"units\", total = 3 }\n",
        1,
    );
    let rule = "[[stage.rule]]\nwhen = { region = \"S\" }\nn = 1\n";
    let text = text.replacen("[[stage]]\nlevel = \"household\"", &format!("{rule}[[stage]]\nlevel = \"household\""), 1);
    let sample = sample_of(&SampleDesign::from_toml(&text).unwrap(), SMALL_FRAME, 4);
    assert_eq!((clusters(&sample, "N").len(), clusters(&sample, "S").len()), (3, 1));
    assert!(sample.notes[0].en.ends_with("N 3/4"), "{:?}", sample.notes);
    // A rule that changes something else keeps its strata in the common total.
    let text = text.replace("n = 1\n[[stage]]", "method = \"sampford\"\n[[stage]]");
    let sample = sample_of(&SampleDesign::from_toml(&text).unwrap(), SMALL_FRAME, 4);
    assert_eq!((clusters(&sample, "N").len(), clusters(&sample, "S").len()), (2, 1));
}

#[test]
fn numbers_given_by_label_serve_the_rules_that_keep_them() {
    let text = SMALL_DESIGN.replacen("n = 2\n", "allocation = { rule = \"fixed\", numbers = { N = 3, S = 1 } }\n", 1);
    let rule = |more: &str| {
        let rule = format!("[[stage.rule]]\nwhen = {{ region = \"S\" }}\n{more}\n[[stage]]\nlevel = \"household\"");
        SampleDesign::from_toml(&text.replacen("[[stage]]\nlevel = \"household\"", &rule, 1)).unwrap()
    };
    let sample = sample_of(&rule("method = \"sampford\""), SMALL_FRAME, 4);
    assert_eq!((clusters(&sample, "N").len(), clusters(&sample, "S").len()), (3, 1));
    // A number for a stratum that a rule gives another one is a contradiction.
    let (codes, english) = refused(&rule("n = 2"), SMALL_FRAME);
    assert_eq!(codes, ["draw_rule_without_stratum"]);
    assert!(english.contains("stage[1].allocation") && english.contains("\"S\""), "{english}");
}

#[test]
fn each_slip_in_a_rule_is_told_with_its_place() {
    for (rule, code, place) in [
        ("when = {}\nn = 1", "design_rule_when", "stage[1].rule[1].when"),
        ("when = { region = [] }\nn = 1", "design_rule_when", "stage[1].rule[1].when.region"),
        ("when = { region = \"\" }\nn = 1", "design_rule_when", "stage[1].rule[1].when.region"),
        ("when = { region = [\"N\", \"N\"] }\nn = 1", "design_rule_when", "stage[1].rule[1].when.region"),
        ("when = { region = 1 }\nn = 1", "design_rule_when", "stage[1].rule[1].when.region"),
        ("when = { cluster = \"1\" }\nn = 1", "design_rule_when", "stage[1].rule[1].when.cluster"),
        ("when = { household = \"1\" }\nn = 1", "design_rule_when", "stage[1].rule[1].when.household"),
        ("when = { region = \"N\" }\nn = 0", "design_bad_number", "stage[1].rule[1].n"),
        ("when = { region = \"N\" }\nn = 9000000000", "design_bad_number", "stage[1].rule[1].n"),
        ("when = { region = \"N\" }\nmethod = \"pps\"", "design_unknown_method", "stage[1].rule[1].method"),
        ("when = { region = \"N\" }\nmethod = \"simple_random\"", "design_size", "stage[1].rule[1].size"),
        ("when = { region = \"N\" }\nreserves = 2", "design_reserves", "stage[1].rule[1]"),
        ("when = { region = \"N\" }\nwhen_short = \"shrug\"", "design_unknown_word", "stage[1].rule[1].when_short"),
        ("when = { region = \"N\" }", "design_rule_same", "stage[1].rule[1]"),
        ("when = { region = \"N\" }\nn = 2", "design_rule_same", "stage[1].rule[1]"),
        (
            "when = { region = \"N\" }\ncertainty_threshold = 2.0",
            "design_threshold",
            "stage[1].rule[1].certainty_threshold",
        ),
        ("n = 1", "design_not_readable", ""),
        ("when = { region = \"N\" }\nstrata = []\nn = 1", "design_not_readable", ""),
    ] {
        let problems = design_with(&format!("[[stage.rule]]\n{rule}"), "").expect_err(rule);
        let found =
            problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{rule}: {problems}"));
        let column = found.place.as_ref().and_then(|place| place.column.as_deref()).unwrap_or_default();
        assert_eq!(column, place, "{rule}: {problems}");
        assert!(!problems.describe(Language::Vi).is_empty());
    }
}

#[test]
fn a_slip_of_the_stage_is_not_told_again_for_each_rule() {
    let text = SMALL_DESIGN.replace("method = \"pps_systematic\"", "method = \"pps\"");
    let rules = "[[stage.rule]]\nwhen = { region = \"N\" }\nn = 1\n[[stage.rule]]\nwhen = { region = \"S\" }\nn = 0\n";
    let text =
        text.replacen("[[stage]]\nlevel = \"household\"", &format!("{rules}[[stage]]\nlevel = \"household\""), 1);
    let (codes, _) = told(&SampleDesign::from_toml(&text).expect_err("two slips"));
    assert_eq!(codes.iter().filter(|code| **code == "design_unknown_method").count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == "design_bad_number").count(), 1, "{codes:?}");
}

#[test]
fn units_that_reach_the_threshold_are_certain_and_the_others_come_as_often_as_stated() {
    // North: sizes 30, 10, 25, 15 of 80, two drawn: 0.75, 0.25, 0.625, 0.375. With 0.7 the first is certain; one of 50 is left.
    // South: 12, 40, 8 of 60: 0.4, certain, 0.27; one of 20 is left: 0.6 and 0.4.
    for method in ["pps_systematic", "sampford", "max_entropy", "pareto", "poisson", "simple_random"] {
        let text =
            SMALL_DESIGN.replacen("n = 2", "n = 2\ncertainty_threshold = 0.7", 1).replacen("pps_systematic", method, 1);
        if method == "simple_random" {
            let text = text.replacen("size = \"households\"\n", "", 1);
            assert_eq!(told(&SampleDesign::from_toml(&text).expect_err("equal chances")).0, ["design_threshold"]);
            continue;
        }
        let design = SampleDesign::from_toml(&text).unwrap();
        let frame = SamplingFrame::read(SMALL_FRAME.as_bytes(), &design).unwrap();
        let stated = BTreeMap::from([
            ("N-1", 1.0),
            ("N-2", 0.2),
            ("N-3", 0.5),
            ("N-4", 0.3),
            ("S-1", 0.6),
            ("S-2", 1.0),
            ("S-3", 0.4),
        ]);
        let draws = 4_000_u32;
        let mut counts: BTreeMap<String, (u32, f64)> = BTreeMap::new();
        for seed in 0..draws {
            for village in draw(&frame, &design, u64::from(seed)).unwrap().groups() {
                let id = format!("{}-{}", village[0].path[0].code, village[0].path[1].code);
                let pi = village[0].stages[0].probability.get();
                // Pareto's true probabilities lie off the target; they are what the sample carries.
                assert!(method == "pareto" || (pi - stated[id.as_str()]).abs() < 1e-12, "{method} {id}: {pi}");
                counts.entry(id).or_insert((0, pi)).0 += 1;
            }
        }
        assert_eq!(counts.len(), stated.len());
        for (id, (count, pi)) in counts {
            let frequency = f64::from(count) / f64::from(draws);
            let error = (pi * (1.0 - pi) / f64::from(draws)).sqrt();
            assert!((frequency - pi).abs() <= 4.5 * error, "{method} {id}: {frequency} for {pi}");
        }
    }
}

#[test]
fn a_threshold_that_leaves_others_without_a_chance_is_refused_whatever_the_seed() {
    let text = SMALL_DESIGN.replacen("n = 2", "n = 2\ncertainty_threshold = 0.6", 1);
    // North: 0.75 and 0.625 are certain, and nothing is left for the other two. South: after the certain one 12 of 20.
    let (codes, english) = refused(&SampleDesign::from_toml(&text).unwrap(), SMALL_FRAME);
    assert_eq!(codes, ["draw_units_without_chance"; 2]);
    assert!(
        english.contains("stratum N: certain units fill all 2 places, the other 2 villages have no chance"),
        "{english}"
    );
    assert!(english.contains("raise the certainty threshold of 0.6"), "{english}");
    // All there are may be certain.
    let text = SMALL_DESIGN.replacen("n = 2", "n = 3\ncertainty_threshold = 0.1", 1).replacen(
        "[\"region\"]",
        "[\"region\"]\nwhen_short = \"take_all\"",
        1,
    );
    let frame = SMALL_FRAME.replace("N,North,4,Du,15\n", "");
    assert_eq!(sample_of(&SampleDesign::from_toml(&text).unwrap(), &frame, 1).groups().len(), 6);
}

#[test]
fn thresholds_are_told_when_they_have_no_meaning() {
    for (threshold, method) in [
        ("0", "sampford"),
        ("0.0", "sampford"),
        ("-0.5", "sampford"),
        ("1.01", "sampford"),
        ("nan", "sampford"),
        ("0.1234567", "sampford"),
        ("0.5", "pps_with_replacement"),
    ] {
        let text = SMALL_DESIGN.replacen("n = 2", &format!("n = 2\ncertainty_threshold = {threshold}"), 1);
        let text = text.replacen("pps_systematic", method, 1);
        let (codes, english) = told(&SampleDesign::from_toml(&text).expect_err(threshold));
        assert!(
            codes.iter().any(|code| ["design_threshold", "design_not_readable"].contains(code)),
            "{threshold}: {english}"
        );
    }
    let text = SMALL_DESIGN.replacen("n = 2", "n = 2\ncertainty_threshold = 1.0", 1);
    let design = SampleDesign::from_toml(&text).unwrap();
    let plain = sample_of(&small_design(), SMALL_FRAME, 8);
    assert_eq!(sample_of(&design, SMALL_FRAME, 8).units, plain.units, "one is the ordinary rule");
}
