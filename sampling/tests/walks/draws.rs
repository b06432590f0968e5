//! Draws: counts, probabilities, what does not change what.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sampling::{Only, Role, Sample, SampleDesign, SamplingFrame, draw, feasibility};

use crate::{SMALL_DESIGN, SMALL_FRAME, example, preset, small_design, small_frame, told};

fn ids(sample: &Sample) -> Vec<&str> {
    sample.units.iter().map(|unit| unit.unit_id.as_str()).collect()
}

#[test]
fn the_plans_design_gives_240_households_with_ten_reserves_a_village_and_all_certainty_units() {
    let (frame, design) = example();
    let sample = draw(&frame, &design, 20_241).unwrap();
    assert_eq!((sample.units_of(Role::Main).count(), sample.units_of(Role::Reserve).count()), (240, 120));
    let groups = sample.groups();
    assert_eq!(groups.len(), 12);
    let mut villages_of_district: BTreeMap<&str, usize> = BTreeMap::new();
    for village in &groups {
        *villages_of_district.entry(&village[0].path[1].code).or_default() += 1;
        let orders: Vec<u64> = village.iter().map(|unit| unit.visiting_order).collect();
        assert_eq!(orders, (1..=30).collect::<Vec<u64>>());
        assert!(village.iter().all(|unit| (unit.role == Role::Main) == (unit.visiting_order <= 20)));
        let mut numbers: Vec<u64> = village.iter().filter_map(|unit| unit.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 30, "no household twice");
        assert!(numbers[0] >= 1 && numbers[29] <= village[0].listing_size);
    }
    assert_eq!(villages_of_district.len(), 3);
    assert!(villages_of_district.values().all(|villages| *villages == 4));
    assert_eq!(villages_of_district.get("213"), Some(&4), "the capital is certain");
    let seats = groups.iter().filter(|village| village[0].stages[1].probability.is_certain());
    assert_eq!(seats.count(), 6, "two villages in the seat commune of each district");
    assert!(sample.notes.is_empty(), "{:?}", sample.notes);
}

/// The weights of the mains, summed: an estimate of the number of households.
fn estimated_households(sample: &Sample) -> f64 {
    sample.units_of(Role::Main).map(|unit| unit.base_weight.get()).sum()
}

#[test]
fn stage_probabilities_multiply_and_sizes_that_count_households_make_every_draw_add_up_to_the_population() {
    let (frame, design) = example();
    for seed in 0..100 {
        let sample = draw(&frame, &design, seed).unwrap();
        for unit in &sample.units {
            let product: f64 = unit.stages.iter().map(|stage| stage.probability.get()).product();
            assert!((unit.inclusion_probability.get() - product).abs() < 1e-15);
            assert!((unit.base_weight.get() * product - 1.0).abs() < 1e-12);
        }
        // The measure of size is the number of households itself, so Σ x/π of each group is its total, whatever was drawn.
        assert!((estimated_households(&sample) / 478_834.0 - 1.0).abs() < 1e-12, "seed {seed}");
    }
}

#[test]
fn weights_are_unbiased_when_the_measure_of_size_is_not_what_is_estimated() {
    let design = preset("papi-2011-small");
    let frame = SamplingFrame::read(crate::BAC_GIANG, &design).unwrap();
    let draws = 2_000_u32;
    let totals: Vec<f64> =
        (0..draws).map(|seed| estimated_households(&draw(&frame, &design, u64::from(seed)).unwrap())).collect();
    let mean = totals.iter().sum::<f64>() / f64::from(draws);
    let variance = totals.iter().map(|total| (total - mean).powi(2)).sum::<f64>() / f64::from(draws - 1);
    let standard_error = (variance / f64::from(draws)).sqrt();
    println!("mean {mean:.0}, standard error {standard_error:.0}");
    assert!(standard_error < 0.005 * 478_834.0, "{standard_error}");
    assert!((mean - 478_834.0).abs() < 4.5 * standard_error, "{mean} ± {standard_error}");
}

#[test]
fn an_independent_computation_gives_the_same_probabilities() {
    // By hand for the small frame: region N has sizes 30, 10, 25, 15 (80), two drawn: 2·30/80, 2·10/80, …; five households.
    let sample = draw(&small_frame(SMALL_FRAME), &small_design(), 7).unwrap();
    for unit in sample.units.iter().filter(|unit| unit.path[0].code == "N") {
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let households = unit.listing_size as f64;
        assert!((unit.stages[0].probability.get() - 2.0 * households / 80.0).abs() < 1e-15);
        assert!((unit.stages[1].probability.get() - 5.0 / households).abs() < 1e-15);
        assert!((unit.inclusion_probability.get() - 10.0 / 80.0).abs() < 1e-15, "self-weighting");
    }
    // Region S: 40 of 60 with two drawn is certain; the other is drawn from 12 and 8.
    let south: BTreeMap<&str, f64> = sample
        .units
        .iter()
        .filter(|unit| unit.path[0].code == "S")
        .map(|unit| (unit.path[1].code.as_str(), unit.stages[0].probability.get()))
        .collect();
    assert!((south["2"] - 1.0).abs() < 1e-15);
    let (code, pi) = south.iter().find(|(code, _)| **code != "2").unwrap();
    let by_hand = if *code == "1" { 12.0 / 20.0 } else { 8.0 / 20.0 };
    assert!((pi - by_hand).abs() < 1e-15);
}

#[test]
fn over_many_seeds_each_unit_of_a_multistage_draw_comes_as_often_as_stated() {
    let (frame, design) = (small_frame(SMALL_FRAME), small_design());
    let draws = 20_000_u32;
    let mut counts: BTreeMap<String, (u32, f64)> = BTreeMap::new();
    for seed in 0..draws {
        for unit in draw(&frame, &design, u64::from(seed)).unwrap().units {
            if unit.role == Role::Main {
                let entry = counts.entry(unit.unit_id).or_insert((0, unit.inclusion_probability.get()));
                entry.0 += 1;
            }
        }
    }
    assert_eq!(counts.len(), 140, "all households of the frame are reached");
    for (id, (count, pi)) in &counts {
        let sigma = (f64::from(*count) / f64::from(draws) - pi).abs() / (pi * (1.0 - pi) / f64::from(draws)).sqrt();
        assert!(sigma < 4.5, "{id}: {count} of {draws}, stated {pi}, {sigma} sigma");
    }
}

#[test]
fn adding_a_stratum_changes_no_other_strata() {
    let design = small_design();
    let before = draw(&small_frame(SMALL_FRAME), &design, 5).unwrap();
    let more = SMALL_FRAME.replacen("N,North,1", "C,Centre,1,Ích,50\nC,Centre,2,Kỳ,60\nC,Centre,3,Lá,9\nN,North,1", 1);
    let after = draw(&small_frame(&more), &design, 5).unwrap();
    let kept: Vec<_> = after.units.iter().filter(|unit| unit.path[0].code != "C").collect();
    assert_eq!(kept.len(), before.units.len());
    assert!(kept.iter().zip(&before.units).all(|(after, before)| **after == *before));
}

#[test]
fn a_part_drawn_alone_is_the_part_of_the_whole_draw() {
    let (frame, design) = (small_frame(SMALL_FRAME), small_design());
    let whole = draw(&frame, &design, 99).unwrap();
    let only = |text: &str| {
        let design = design.clone().restricted_to(Only::parse(text).unwrap()).unwrap();
        draw(&frame, &design, 99)
    };
    for region in ["N", "S"] {
        let part = only(&format!("region={region}")).unwrap();
        let of_whole: Vec<_> = whole.units.iter().filter(|unit| unit.path[0].code == region).cloned().collect();
        assert_eq!(part.units, of_whole);
        assert_eq!(part.provenance.only.as_deref(), Some(format!("region={region}").as_str()));
    }
    // A level that is drawn itself: the draw stays that of the whole, the rest is left out.
    let part = only("cluster=2").unwrap();
    let of_whole: Vec<_> = whole.units.iter().filter(|unit| unit.path[1].code == "2").cloned().collect();
    assert_eq!(part.units, of_whole);
    assert_eq!(told(&only("region=X").expect_err("no such region")).0, ["only_not_in_frame"]);
}

#[test]
fn too_small_villages_are_all_told_with_remedies_whatever_the_seed_and_only_where_they_matter() {
    let text = SMALL_FRAME.replace("An,30", "An,4").replace("Hè,8", "Hè,3");
    let (frame, design) = (small_frame(&text), small_design());
    let problems = draw(&frame, &design, 1).expect_err("two villages with fewer than five households");
    let (codes, english) = told(&problems);
    assert_eq!(codes, ["draw_too_few_units", "draw_too_few_units"]);
    assert!(english.contains("village An (N-1) has 4 households, 5 asked"), "{english}");
    assert!(problems.describe(problem::Language::Vi).contains("thôn Hè (S-3) chỉ có 3 hộ, cần rút 5"));
    assert!(english.contains("take_all") && english.contains("merge") && english.contains("lower"));
    assert_eq!(feasibility(&frame, &design).expect_err("the same"), problems);
    let south = design.restricted_to(Only::parse("region=S").unwrap()).unwrap();
    assert_eq!(draw(&frame, &south, 1).expect_err("one left").len(), 1);
}

#[test]
fn a_design_may_take_small_groups_whole_and_the_sample_says_so() {
    let text = SMALL_FRAME.replace("Gì,40", "Gì,4");
    let design =
        SMALL_DESIGN.replace("reserves = 2", "reserves = 2\nwhen_short = \"take_all\"").replace("n = 2", "n = 3");
    let design = SampleDesign::from_toml(&design).unwrap();
    let frame = SamplingFrame::read(text.as_bytes(), &design).unwrap();
    let sample = draw(&frame, &design, 3).unwrap();
    let taken: Vec<_> = sample.units.iter().filter(|unit| unit.unit_id.starts_with("S-2-")).collect();
    assert_eq!(taken.len(), 4);
    assert!(taken.iter().all(|unit| unit.role == Role::Main && unit.stages[1].probability.is_certain()));
    let notes: Vec<&str> = sample.notes.iter().map(|words| words.en.as_str()).collect();
    assert_eq!(
        notes,
        ["cluster Gì (S-2): all 4 households taken (5 asked)", "cluster Gì (S-2): only 0 reserves (2 asked)"]
            .map(|note| note.replace("cluster", "village"))
    );
}

#[test]
fn certainty_flags_must_leave_the_others_a_chance() {
    let design = SMALL_DESIGN.replace("n = 2", "n = 2\ncertainty = \"seat\"");
    let design = SampleDesign::from_toml(&design).unwrap();
    let with_flags = |flagged: usize| {
        let lines = SMALL_FRAME.lines().enumerate().map(|(row, line)| match row {
            0 => format!("{line},seat\n"),
            _ => format!("{line},{}\n", u8::from(row <= flagged)),
        });
        SamplingFrame::read(lines.collect::<String>().as_bytes(), &design).unwrap()
    };
    assert!(draw(&with_flags(1), &design, 1).unwrap().units.iter().any(|unit| unit.unit_id.starts_with("N-1-")));
    assert_eq!(told(&draw(&with_flags(2), &design, 1).expect_err("no place left")).0, ["draw_units_without_chance"]);
    let (codes, english) = told(&draw(&with_flags(3), &design, 1).expect_err("three flags, two asked"));
    assert_eq!(codes, ["draw_too_many_certain"]);
    assert!(english.contains("stratum N has 3 certain villages (seat = 1), only 2 asked"), "{english}");
    // Nobody flagged in the south: said, not silently passed over.
    let sample = draw(&with_flags(1), &design, 1).unwrap();
    assert!(sample.notes.iter().any(|words| words.en == "stratum S: no village is marked seat"), "{:?}", sample.notes);
}

#[test]
fn a_frame_read_for_another_design_is_refused() {
    let (frame, _) = example();
    assert_eq!(told(&draw(&frame, &small_design(), 1).expect_err("other columns")).0, ["draw_other_frame"]);
}

#[test]
fn implicit_strata_spread_a_systematic_sample_over_the_sorted_column() {
    let design = "name = \"sorted\"\n[[level]]\nname = \"school\"\ncode = \"code\"\n[[stage]]\nlevel = \"school\"\nn = 4\n\
                  method = \"systematic\"\nsort_by = [\"zone\"]\n";
    let design = SampleDesign::from_toml(design).unwrap();
    let rows: String = (0..40).map(|k| format!("{k},{}\n", ["9", "10", "x", "a"][k % 4])).collect();
    let frame = SamplingFrame::read(format!("code,zone\n{rows}").as_bytes(), &design).unwrap();
    for seed in 0..50 {
        let sample = draw(&frame, &design, seed).unwrap();
        let mut zones: Vec<usize> =
            sample.units.iter().map(|unit| unit.path[0].code.parse::<usize>().unwrap() % 4).collect();
        zones.sort_unstable();
        assert_eq!(zones, [0, 1, 2, 3], "one school of each zone");
    }
}

#[test]
fn a_design_may_sort_names_in_vietnamese_order() {
    let design = |order: &str| {
        SampleDesign::from_toml(&format!(
            "name = \"sorted\"\n[[level]]\nname = \"school\"\ncode = \"code\"\n[[stage]]\nlevel = \"school\"\nn = 2\n\
             method = \"systematic\"\nsort_by = [\"place\"]\n{order}"
        ))
    };
    let frame = "code,place\n1,An Hà\n2,Đa Mai\n3,Đình Bảng\n4,Gia Bình\n";
    let pairs = |order: &str| {
        let design = design(order).unwrap();
        let frame = SamplingFrame::read(frame.as_bytes(), &design).unwrap();
        let mut pairs: Vec<Vec<String>> = (0..40)
            .map(|seed| {
                draw(&frame, &design, seed).unwrap().units.iter().map(|unit| unit.path[0].code.clone()).collect()
            })
            .collect();
        pairs.iter_mut().for_each(|pair| pair.sort());
        pairs.sort();
        pairs.dedup();
        pairs
    };
    assert_eq!(pairs("text_order = \"vietnamese\""), [["1", "3"], ["2", "4"]]);
    // By code point Đ follows Z.
    assert_eq!(pairs("text_order = \"characters\""), [["1", "2"], ["3", "4"]]);
    assert_eq!(pairs(""), pairs("text_order = \"characters\""), "what older designs mean");
    assert_eq!(told(&design("text_order = \"french\"").expect_err("a word")).0, ["design_unknown_word"]);
}

#[test]
fn listed_last_stages_carry_codes_instead_of_numbers() {
    let design = "name = \"schools\"\n[[level]]\nname = \"school\"\ncode = \"code\"\n[[stage]]\nlevel = \"school\"\nn = 3\n\
                  method = \"simple_random\"\nreserves = 2\n";
    let design = SampleDesign::from_toml(design).unwrap();
    let frame = SamplingFrame::read("code\n10\n11\n12\n13\n14\n15\n".as_bytes(), &design).unwrap();
    let sample = draw(&frame, &design, 1).unwrap();
    assert_eq!(sample.units.len(), 5);
    assert!(sample.to_csv().starts_with("unit_id,school_code,school_name,role,visiting_order,school_probability"));
    assert!(sample.units.iter().all(|unit| unit.number.is_none() && unit.listing_size == 6));
    // The order of the rows does not matter to a simple random draw.
    let turned = SamplingFrame::read("code\n15\n13\n14\n10\n12\n11\n".as_bytes(), &design).unwrap();
    assert_eq!(ids(&draw(&turned, &design, 1).unwrap()), ids(&sample));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_frame_gives_a_full_sample_or_a_problem_never_a_panic(
        sizes in proptest::collection::vec(1_u64..60, 1..30), seed in any::<u64>(),
    ) {
        let rows: String =
            sizes.iter().enumerate().map(|(k, size)| format!("{},R,{k},C{k},{size}\n", ["N", "S"][k % 2])).collect();
        let text = format!("region,region_name,cluster,cluster_name,households\n{rows}");
        let (frame, design) = (small_frame(&text), small_design());
        let regions = sizes.len().min(2);
        match draw(&frame, &design, seed) {
            Ok(sample) => {
                prop_assert_eq!(sample.units_of(Role::Main).count(), regions * 2 * 5);
                prop_assert_eq!(Sample::from_csv(sample.to_csv().as_bytes()).unwrap().units, sample.units);
            }
            Err(problems) => prop_assert!(sizes.len() < 4 || sizes.iter().any(|size| *size < 5), "{}", problems),
        }
    }

    #[test]
    fn no_bytes_make_the_frame_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = SamplingFrame::read(&bytes, &small_design());
        let _ = Sample::from_csv(&bytes);
        let text = [b"region,region_name,cluster,cluster_name,households\n".as_slice(), &bytes].concat();
        let _ = SamplingFrame::read(&text, &small_design());
    }
}
