//! Designs: presets are right, wrong ones are told everything at once.

use std::collections::{BTreeMap, BTreeSet};

use sampling::{Only, Preset, Role, SampleDesign, SamplingFrame, draw, presets};

use crate::{BAC_GIANG, SMALL_DESIGN, preset, small_design, told};

#[test]
fn every_preset_is_a_right_design_under_its_own_name_and_hash() {
    assert_eq!(presets().len(), 11);
    for preset in presets() {
        let design = preset.design().unwrap();
        assert_eq!(design.name(), preset.name);
        assert_eq!(Preset::of_sha256(design.sha256()), Some(preset));
        assert!(design.source().is_some());
    }
}

/// Main and reserve households that a preset draws from a frame.
fn drawn_by(name: &str, frame: &str) -> (usize, usize) {
    let design = preset(name);
    let frame = SamplingFrame::read(frame.as_bytes(), &design).unwrap();
    let sample = draw(&frame, &design, 7).unwrap();
    (sample.units_of(Role::Main).count(), sample.units_of(Role::Reserve).count())
}

#[test]
fn presets_of_one_province_draw_as_many_households_as_their_sources_say() {
    let frame = std::str::from_utf8(BAC_GIANG).unwrap();
    assert_eq!(drawn_by("papi-3x2x2x20", frame), (240, 120));
    assert_eq!(drawn_by("papi-2011-small", frame), (240, 120));
    assert_eq!(drawn_by("papi-2011-medium", frame), (480, 240));
    assert_eq!(drawn_by("papi-2011-large", frame), (720, 360));
    assert_eq!(drawn_by("sipas-2024", frame), (558, 0));
    assert_eq!(drawn_by("communes-two-tier", frame), (240, 120));
}

#[test]
fn former_districts_as_strata_get_communes_in_proportion_and_at_least_one() {
    let frame = std::str::from_utf8(BAC_GIANG).unwrap().replacen("district_code", "old_district", 1);
    assert_eq!(drawn_by("communes-two-tier-old-districts", &frame), (240, 120));
    let design = preset("communes-two-tier-old-districts");
    let frame = SamplingFrame::read(frame.as_bytes(), &design).unwrap();
    let sample = draw(&frame, &design, 7).unwrap();
    let communes: BTreeMap<&str, BTreeSet<&str>> = sample.units.iter().fold(BTreeMap::new(), |mut communes, unit| {
        communes.entry(unit.stages[0].stratum.as_str()).or_default().insert(&unit.path[1].code);
        communes
    });
    assert_eq!(communes.len(), 10, "every former district");
    assert_eq!(communes.values().map(BTreeSet::len).sum::<usize>(), 24);
    // Households of the districts in the census of 2019: 46290 of 478834 · 24 = 2.32, 20146 → 1.01, 60527 → 3.03.
    assert_eq!((communes["24/213"].len(), communes["24/220"].len(), communes["24/222"].len()), (2, 1, 3));
}

#[test]
fn a_national_draw_takes_what_the_class_of_each_province_asks() {
    // The example frame in the place of seven provinces of the three classes.
    let example = std::str::from_utf8(BAC_GIANG).unwrap();
    let (header, rows) = example.split_once('\n').unwrap();
    let of_province = |code: &str| -> String {
        let rows = rows.lines().map(|row| {
            let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
            code.clone_into(&mut cells[0]);
            cells[2] = format!("{code}{}", cells[2]);
            cells[4] = format!("{code}{}", cells[4]);
            cells.join(",") + "\n"
        });
        rows.collect()
    };
    let provinces = ["01", "24", "38", "40", "75", "79", "89"];
    let frame = format!("{header}\n{}", provinces.map(of_province).concat());
    // Two large provinces, four medium, one small.
    assert_eq!(drawn_by("papi-2011-national", &frame), (2 * 720 + 4 * 480 + 240, 2 * 360 + 4 * 240 + 120));
    assert_eq!(drawn_by("sipas-2024-national", &frame), (2 * 6 * 186 + 5 * 3 * 186, 0));
    // One of them alone: the same units, though the rules name provinces that are not drawn.
    let design = preset("papi-2011-national");
    let frame = SamplingFrame::read(frame.as_bytes(), &design).unwrap();
    let all = draw(&frame, &design, 11).unwrap();
    for province in ["24", "79"] {
        let only = Only::parse(&format!("province={province}")).unwrap();
        let one = draw(&frame, &design.clone().restricted_to(only).unwrap(), 11).unwrap();
        let of_all: Vec<_> = all.units.iter().filter(|unit| unit.path[0].code == province).cloned().collect();
        assert_eq!(one.units, of_all);
    }
}

fn problems_of(from: &str, to: &str) -> (Vec<&'static str>, String) {
    let text = SMALL_DESIGN.replacen(from, to, 1);
    assert_ne!(text, SMALL_DESIGN, "{from}");
    told(&SampleDesign::from_toml(&text).expect_err("a wrong design"))
}

#[test]
fn each_slip_in_a_design_is_told() {
    for (from, to, code) in [
        ("name = \"small\"", "", "design_not_readable"),
        ("n = 2", "n = 2\nnn = 3", "design_not_readable"),
        ("name = \"small\"", "name = \"Sm all\"", "design_bad_name"),
        ("name = \"region\"", "name = \"cluster\"", "design_level_twice"),
        ("code = \"region\"", "", "design_level_source"),
        ("code = \"region\"", "code = \"region\"\nkey = \"kode\"", "design_unknown_word"),
        ("level = \"cluster\"", "level = \"clster\"", "design_unknown_level"),
        ("n = 2", "n = 0", "design_bad_number"),
        ("n = 2", "n = -2", "design_bad_number"),
        ("n = 2", "n = 9000000000", "design_bad_number"),
        ("method = \"pps_systematic\"", "method = \"pps\"", "design_unknown_method"),
        ("method = \"simple_random\"", "method = \"sampford\"", "design_size"),
        ("size = \"households\"", "", "design_size"),
        ("method = \"simple_random\"", "method = \"systematic\"", "design_reserves"),
        ("n = 2", "n = 2\nreserves = 3", "design_reserves"),
        ("strata = [\"region\"]", "strata = [\"household\"]", "design_strata"),
        ("n = 5", "n = 5\nwhen_short = \"shrug\"", "design_unknown_word"),
        ("n = 5", "n = 5\nstrata = [\"region\"]", "design_strata"),
        ("n = 5", "n = 5\ncertainty = \"flag\"", "design_counted_level"),
        ("n = 2", "", "design_no_number"),
        ("strata = [\"region\"]", "strata = [\"region\", \"region\"]", "design_strata"),
    ] {
        let (codes, told) = problems_of(from, to);
        assert!(codes.contains(&code), "{from:?} → {to:?}: {told}");
    }
}

#[test]
fn all_slips_are_told_at_once_and_a_broken_text_with_its_row() {
    let text = SMALL_DESIGN.replace("n = 2", "n = 0").replace("pps_systematic", "pps").replace("\"small\"", "\"\"");
    let problems = SampleDesign::from_toml(&text).expect_err("three slips");
    assert!(problems.len() >= 3, "{problems}");
    let problems = SampleDesign::from_toml("name = \"a\"\n[[level]\n").expect_err("broken");
    assert_eq!(problems.iter().next().unwrap().place.as_ref().unwrap().row, Some(2));
}

#[test]
fn a_stage_that_counts_households_needs_the_level_above_to_be_drawn() {
    let text = SMALL_DESIGN.replace("level = \"cluster\"", "level = \"region\"").replace("strata = [\"region\"]", "");
    let problems = SampleDesign::from_toml(&text).expect_err("households of what?");
    assert!(told(&problems).0.contains(&"design_counted_level"), "{problems}");
}

#[test]
fn a_restriction_names_a_level_of_the_frame() {
    assert!(Only::parse("province").is_err() && Only::parse("=24").is_err() && Only::parse("province=").is_err());
    let only = Only::parse("household=3").unwrap();
    let problems = small_design().restricted_to(only).expect_err("households are not in the frame");
    assert_eq!(told(&problems).0, ["only_unknown_level"]);
    let toml = format!("only = {{ level = \"region\", code = \"S\" }}\n{SMALL_DESIGN}");
    assert_eq!(SampleDesign::from_toml(&toml).unwrap().only().unwrap().to_string(), "region=S");
}
