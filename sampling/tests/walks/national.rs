//! The census frame of all communes, when it lies beside the project; it is third-party data and not part of it.

use std::collections::{BTreeMap, BTreeSet};

use sampling::{Only, Role, SamplingFrame, draw};

use crate::preset;

/// The file, or `None` with a word on the screen that the test had nothing to test.
fn census() -> Option<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/census-2019/communes.csv");
    let bytes = std::fs::read(path).ok();
    if bytes.is_none() {
        println!("SKIPPED: the census frame is not there");
    }
    bytes
}

#[test]
fn all_provinces_at_once_and_one_alone_are_the_same_draw() {
    let Some(bytes) = census() else { return };
    let design = preset("census-communes");
    let frame = SamplingFrame::read(&bytes, &design).unwrap();
    assert_eq!(frame.counts()[0], ("province", 63));
    assert_eq!(frame.counts()[2], ("commune", 11_165));
    assert_eq!(frame.totals(), [("households", 26_870_079)]);
    assert_eq!(frame.known_by_name(), [("district", 13), ("commune", 754)]);
    let all = draw(&frame, &design, 2019).unwrap();
    let mut districts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for unit in &all.units {
        let of_province = districts.entry(&unit.path[0].code).or_default();
        if of_province.last() != Some(&unit.path[1].name.as_str()) {
            of_province.push(&unit.path[1].name);
        }
    }
    assert_eq!(districts.len(), 63);
    assert!(districts.values().all(|districts| districts.len() == 3), "{districts:?}");
    for province in ["24", "10", "30", "56"] {
        let only = Only::parse(&format!("province={province}")).unwrap();
        let one = draw(&frame, &design.clone().restricted_to(only).unwrap(), 2019).unwrap();
        let of_all: Vec<_> = all.units.iter().filter(|unit| unit.path[0].code == province).cloned().collect();
        assert_eq!(one.units, of_all, "province {province}");
        assert!(one.units_of(Role::Main).count() <= 240);
    }
    assert!(
        all.notes.iter().any(|note| note.en.contains("754 communes of the frame carry no code")),
        "{:?}",
        all.notes
    );
    assert!(all.units.iter().any(|unit| unit.unit_id.contains("name:")), "units without a code say so");
}

#[test]
fn the_national_draw_by_class_of_province_has_the_207_districts_of_the_official_design() {
    let Some(bytes) = census() else { return };
    let design = preset("papi-2011-census");
    let frame = SamplingFrame::read(&bytes, &design).unwrap();
    let sample = draw(&frame, &design, 2019).unwrap();
    let mut communes: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    for unit in &sample.units {
        let district = format!("{} {}", unit.path[1].code, unit.path[1].name);
        communes.entry((&unit.path[0].code, district)).or_default().insert(&unit.path[2].name);
    }
    // 57·3 + 6·6, as PAPI states.
    assert_eq!(communes.len(), 207);
    let of = |code: &str| communes.keys().filter(|(province, _)| *province == code).count();
    assert_eq!((of("01"), of("79"), of("38"), of("40"), of("75"), of("89"), of("24")), (6, 6, 6, 6, 6, 6, 3));
    assert!(communes.values().all(|communes| (1..=2).contains(&communes.len())));
    let two = communes.values().filter(|communes| communes.len() == 2).count();
    assert!(two >= 205, "nearly all districts have two communes: {two}");
    for unit in sample.units_of(Role::Main) {
        assert_eq!(unit.stages[2].n, Some(if ["01", "79"].contains(&unit.path[0].code.as_str()) { 60 } else { 40 }));
    }
    // The measure of size is the population; every person of a sampled group stands for as many as the frame has.
    let heading = sample.to_csv().lines().next().unwrap().to_owned();
    assert!(heading.contains(",district_n,") && heading.contains(",household_n,") && !heading.contains(",commune_n,"));
}
