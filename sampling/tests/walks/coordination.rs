//! Rounds drawn by permanent random numbers: they keep, rotate and avoid each other's units, and every probability stays.

use std::collections::BTreeSet;

use sampling::coordination::{expected_first_stage_overlap, overlap};
use sampling::{Sample, SampleDesign, SamplingFrame, draw, verify};

use crate::told;

/// Two strata of communes under districts that come and go; sizes from 60 to 155.
fn frame_text() -> String {
    let mut text = "region,district,commune,households\n".to_owned();
    for commune in 0..40_u64 {
        let region = if commune < 24 { "N" } else { "S" };
        text.push_str(&format!("{region},{},{commune},{}\n", commune / 6, 60 + commune * commune * 7 % 96));
    }
    text
}

/// A design over communes, whose codes are unique in the country.
fn design(method: &str, n: u64, prn_seed: u64, prn: &str) -> SampleDesign {
    let size = if method == "simple_random" { "" } else { "size = \"households\"\n" };
    SampleDesign::from_toml(&format!(
        "name = \"communes\"\nprn_seed = {prn_seed}\n\
         [[level]]\nname = \"region\"\ncode = \"region\"\n[[level]]\nname = \"district\"\ncode = \"district\"\n\
         [[level]]\nname = \"commune\"\ncode = \"commune\"\nunique = \"in_frame\"\n\
         [[stage]]\nlevel = \"commune\"\nstrata = [\"region\"]\nn = {n}\nmethod = \"{method}\"\n{size}prn = {prn}\n"
    ))
    .expect("a right design")
}

fn read(text: &str, design: &SampleDesign) -> SamplingFrame {
    SamplingFrame::read(text.as_bytes(), design).expect("a right frame")
}

fn communes(sample: &Sample) -> BTreeSet<String> {
    sample.units.iter().map(|unit| unit.path[2].code.clone()).collect()
}

const METHODS: [&str; 5] = ["simple_random", "poisson", "sequential_poisson", "pareto", "exponential_order"];

#[test]
fn the_same_numbers_and_start_give_the_same_units_whatever_the_seed() {
    for method in METHODS {
        let design = design(method, 5, 1, "{ start = 0.4 }");
        let frame = read(&frame_text(), &design);
        let (one, other) = (draw(&frame, &design, 1).unwrap(), draw(&frame, &design, 2).unwrap());
        assert_eq!(one.units, other.units, "{method}");
        assert_eq!(one.provenance.methods[0].method, format!("{method}_v1+prn_v1"));
        let levels = overlap(&one, &other);
        assert_eq!(
            levels.last().map(|level| (level.n_first, level.n_common)),
            Some((one.units.len(), one.units.len()))
        );
        let verification = verify(&frame, &design, one.to_csv().as_bytes()).unwrap();
        assert_eq!(verification.sample.units, one.units);
    }
}

#[test]
fn units_that_are_born_or_die_and_districts_that_go_change_no_other_number() {
    // Poisson sampling shows each unit's own decision: nothing else moves it, as long as its probability stays.
    let text = |rows: &[(&str, u64)]| {
        let rows: String = rows.iter().map(|(district, commune)| format!("N,{district},{commune},10\n")).collect();
        format!("region,district,commune,households\n{rows}")
    };
    let twelve: Vec<(&str, u64)> = (0..12).map(|commune| ("1", commune)).collect();
    let mut changed: Vec<(&str, u64)> =
        (0..12).rev().filter(|commune| *commune != 3).map(|commune| ("9", commune)).collect();
    changed.push(("9", 77));
    for prn_seed in 0..50 {
        let design = design("poisson", 6, prn_seed, "{ start = 0.0 }");
        let drawn = |rows: &[(&str, u64)]| communes(&draw(&read(&text(rows), &design), &design, 1).unwrap());
        let (before, after) = (drawn(&twelve), drawn(&changed));
        let living = |units: &BTreeSet<String>| -> Vec<String> {
            units.iter().filter(|code| !["3", "77"].contains(&code.as_str())).cloned().collect()
        };
        assert_eq!(living(&before), living(&after), "{prn_seed}");
    }
}

/// Over many permanent seeds: how often each commune was in the first and the second sample, and the overlap.
struct Repeated {
    n: f64,
    first: Vec<f64>,
    second: Vec<f64>,
    overlap: f64,
    overlap_squared: f64,
}

fn repeat(method: &str, n_seeds: u64, first: &str, second: &str) -> Repeated {
    let mut found =
        Repeated { n: n_seeds as f64, first: vec![0.0; 40], second: vec![0.0; 40], overlap: 0.0, overlap_squared: 0.0 };
    for prn_seed in 0..n_seeds {
        let (one, other) = (design(method, 5, prn_seed, first), design(method, 5, prn_seed, second));
        let frame = read(&frame_text(), &one);
        let (one, other) = (draw(&frame, &one, 1).unwrap(), draw(&frame, &other, 1).unwrap());
        for (sample, counts) in [(&one, &mut found.first), (&other, &mut found.second)] {
            for code in communes(sample) {
                counts[code.parse::<usize>().unwrap()] += 1.0;
            }
        }
        let common = communes(&one).intersection(&communes(&other)).count() as f64;
        found.overlap += common;
        found.overlap_squared += common * common;
    }
    found
}

#[test]
fn overlaps_over_many_seeds_are_those_of_the_formulas() {
    const SEEDS: u64 = 1_000;
    for (method, first, second) in [
        ("simple_random", "{ start = 0.0 }", "{ start = 0.07 }"),
        ("simple_random", "{ start = 0.3 }", "{ start = 0.3, rotation = 0.5 }"),
        ("poisson", "{ start = 0.0 }", "{ start = 0.0, rotation = 0.25 }"),
        ("poisson", "{ start = 0.9 }", "{ start = 0.05 }"),
        ("poisson", "{ start = 0.2 }", "{ start = 0.2, rotation = 1.0 }"),
    ] {
        let (one, other) = (design(method, 5, 1, first), design(method, 5, 1, second));
        let frame = read(&frame_text(), &one);
        let expected = expected_first_stage_overlap((&frame, &one), (&frame, &other)).unwrap();
        assert!(expected.is_exact && expected.is_coordinated, "{method}");
        let found = repeat(method, SEEDS, first, second);
        let mean = found.overlap / found.n;
        let error = ((found.overlap_squared / found.n - mean * mean) / found.n).sqrt();
        assert!(
            (mean - expected.n_common).abs() <= 4.5 * error + 1e-9,
            "{method} {second}: {mean} ± {error}, {expected:?}"
        );
        if second.contains("rotation = 0.25") {
            assert!((expected.n_common - 7.5).abs() < 1e-9, "a quarter of ten rotated: {expected:?}");
        }
        if second.contains("rotation = 1.0") {
            assert!(expected.n_common < 1e-9 && found.overlap == 0.0, "avoided: {expected:?}");
        }
        // The probabilities of both rounds are those they state.
        for sample in [draw(&frame, &one, 1).unwrap(), draw(&frame, &other, 1).unwrap()] {
            for unit in &sample.units {
                let pi = unit.inclusion_probability.get();
                let error = (pi * (1.0 - pi) / found.n).sqrt();
                let code: usize = unit.path[2].code.parse().unwrap();
                for counts in [&found.first, &found.second] {
                    let observed = counts[code] / found.n;
                    assert!((observed - pi).abs() < 4.5 * error, "{method} commune {code}: {observed}, {pi} ± {error}");
                }
            }
        }
    }
}

#[test]
fn order_sampling_rotates_and_avoids_about_as_poisson_sampling_does() {
    for method in ["sequential_poisson", "pareto", "exponential_order"] {
        for (rotation, about) in [(0.25, 7.5), (1.0, 0.0)] {
            let second = format!("{{ start = 0.0, rotation = {rotation} }}");
            let found = repeat(method, 100, "{ start = 0.0 }", &second);
            let (one, other) = (design(method, 5, 1, "{ start = 0.0 }"), design(method, 5, 1, &second));
            let frame = read(&frame_text(), &one);
            let expected = expected_first_stage_overlap((&frame, &one), (&frame, &other)).unwrap();
            assert!(!expected.is_exact && (expected.n_common - about).abs() < 1e-9, "{method}: {expected:?}");
            let mean = found.overlap / found.n;
            // A fixed n reaches past its place or stops short of it: some 0.4 standard deviations of the number of units in a
            // place, 0.75 in each of the two strata here, are met again although the places lie apart.
            assert!((mean - about).abs() < 2.5, "{method} {rotation}: {mean}");
        }
    }
}

#[test]
fn a_stage_by_permanent_numbers_leaves_the_other_stages_to_the_seed() {
    let text = |prn: &str, seed: &str| {
        format!(
            "name = \"two\"\n{seed}\n[[level]]\nname = \"commune\"\ncode = \"commune\"\n[[level]]\nname = \"village\"\ncode = \"village\"\n\
             [[stage]]\nlevel = \"commune\"\nn = 3\nmethod = \"simple_random\"\n{prn}\n\
             [[stage]]\nlevel = \"village\"\nn = 2\nmethod = \"simple_random\"\nreserves = 1\n"
        )
    };
    let rows: String = (0..48).map(|row| format!("{},{}\n", row / 6, row % 6)).collect();
    let frame_of = |design: &SampleDesign| read(&format!("commune,village\n{rows}"), design);
    let prn = SampleDesign::from_toml(&text("prn = { start = 0.5 }", "prn_seed = 4")).unwrap();
    let frame = frame_of(&prn);
    let (one, other) = (draw(&frame, &prn, 1).unwrap(), draw(&frame, &prn, 2).unwrap());
    let levels = overlap(&one, &other);
    assert_eq!((levels[0].n_first, levels[0].n_common), (3, 3));
    assert!(levels[1].n_common < levels[1].n_first, "villages hang on the seed: {levels:?}");
    // Reserves of a coordinated last stage go on in the order of the numbers.
    let last = text("", "prn_seed = 4").replace("reserves = 1", "reserves = 1\nprn = { start = 0.1 }");
    let last = SampleDesign::from_toml(&last).unwrap();
    let sample = draw(&frame_of(&last), &last, 7).unwrap();
    assert_eq!(sample.units.len(), 9);
    let independent = expected_first_stage_overlap((&frame, &prn), (&frame_of(&last), &last)).unwrap();
    assert!(!independent.is_coordinated && (independent.n_common - 3.0 * 3.0 / 8.0).abs() < 1e-12, "{independent:?}");
}

#[test]
fn what_cannot_be_coordinated_is_told_together() {
    let good = "name = \"one\"\nprn_seed = 4\n[[level]]\nname = \"commune\"\ncode = \"commune\"\n\
                [[stage]]\nlevel = \"commune\"\nn = 3\nmethod = \"simple_random\"\nprn = { start = 0.0 }\n";
    assert!(SampleDesign::from_toml(good).is_ok());
    let codes = |text: &str| told(&SampleDesign::from_toml(text).expect_err("slips")).0;
    assert_eq!(codes(&good.replace("prn_seed = 4", "")), ["design_prn_seed"]);
    assert_eq!(codes(&good.replace("prn = { start = 0.0 }", "")), ["design_prn_seed"]);
    assert_eq!(codes(&good.replace("prn_seed = 4", "prn_seed = -4")), ["design_bad_number"]);
    assert_eq!(
        codes(&good.replace("simple_random", "systematic").replace("0.0 }", "1.0, rotation = -1.0 }")),
        ["design_prn_method", "design_bad_number", "design_bad_number"]
    );
    assert_eq!(codes(&good.replace("start = 0.0", "start = nan")), ["design_bad_number"]);
    assert_eq!(codes(&good.replace("start = 0.0", "starts = 0.0")), ["design_not_readable"]);
    let counted = good.replace(
        "[[stage]]",
        "[[level]]\nname = \"household\"\ncounted_by = \"households\"\n[[stage]]\nlevel = \"commune\"\nn = 1\nmethod = \"simple_random\"\n[[stage]]",
    );
    let counted = counted.replace("level = \"commune\"\nn = 3", "level = \"household\"\nn = 3");
    assert_eq!(codes(&counted), ["design_prn_counted"]);
}
