//! Frozen samples: these units come from this frame, design and seed for good. A changed algorithm gets a new name.

use sampling::{draw, sha256_hex};

use crate::{SMALL_FRAME, example, small_design, small_frame};

#[test]
fn the_example_sample_of_seed_20241_is_frozen() {
    let (frame, design) = example();
    let sample = draw(&frame, &design, 20_241).unwrap();
    let villages: Vec<String> = sample
        .groups()
        .iter()
        .map(|village| {
            let numbers = village.iter().take(3).filter_map(|unit| unit.number).map(|number| number.to_string());
            format!("{} {}", village[0].path[3].code, numbers.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(villages, VILLAGES);
    // Without the last columns, which name the version of the program.
    let units: String = sample
        .units
        .iter()
        .map(|unit| format!("{} {} {}\n", unit.unit_id, unit.inclusion_probability.get(), unit.base_weight.get()))
        .collect();
    assert_eq!(sha256_hex(units.as_bytes()), UNITS_SHA256);
}

const VILLAGES: [&str; 12] = [
    "0720710 180 167 103",
    "0720711 55 4 48",
    "0768702 110 48 149",
    "0768706 169 76 159",
    "0737504 86 187 4",
    "0737514 244 145 238",
    "0738101 94 69 230",
    "0738109 92 204 28",
    "0777718 101 80 167",
    "0777723 94 146 29",
    "0779209 119 89 2",
    "0779211 11 216 30",
];
const UNITS_SHA256: &str = "3e937ba488a07bf508c2e3da9e5c6eaad44ccbaf7df0b47f7fa6665a88a7eac3";

#[test]
fn the_small_sample_is_frozen() {
    let sample = draw(&small_frame(SMALL_FRAME), &small_design(), 1).unwrap();
    let ids: Vec<&str> = sample.units.iter().take(9).map(|unit| unit.unit_id.as_str()).collect();
    assert_eq!(ids, ["N-1-2", "N-1-20", "N-1-18", "N-1-15", "N-1-19", "N-1-13", "N-1-11", "N-3-4", "N-3-23"]);
}
