//! Designs: presets are right, wrong ones are told everything at once.

use sampling::{Only, Preset, SampleDesign, presets};

use crate::{SMALL_DESIGN, small_design, told};

#[test]
fn every_preset_is_a_right_design_under_its_own_name_and_hash() {
    assert_eq!(presets().len(), 4);
    for preset in presets() {
        let design = preset.design().unwrap();
        assert_eq!(design.name(), preset.name);
        assert_eq!(Preset::of_sha256(design.sha256()), Some(preset));
        assert!(design.source().is_some());
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
