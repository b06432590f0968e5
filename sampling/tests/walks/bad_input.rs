//! Bad input: each kind is a clear problem with its place, before anything is drawn.

use problem::{Language, Problems};
use sampling::{Sample, SampleDesign, SamplingFrame, draw};

use crate::{SMALL_DESIGN, SMALL_FRAME};

/// The problems on the way from texts to a sample.
fn walk(design: &str, frame: &str) -> Result<Sample, Problems> {
    let design = SampleDesign::from_toml(design)?;
    draw(&SamplingFrame::read(frame.as_bytes(), &design)?, &design, 1)
}

#[test]
fn every_kind_of_bad_frame_is_told_with_row_and_column() {
    assert!(walk(SMALL_DESIGN, SMALL_FRAME).is_ok());
    for (what, from, to, code, place) in [
        ("an empty unit", "N,North,2,Ba,10", "N,North,,Ba,10", "frame_missing_code", "row 3, column cluster"),
        ("a unit without its parent", "N,North,2,Ba,10", ",North,2,Ba,10", "frame_orphan", "row 3, column region"),
        ("a unit twice", "N,North,2,Ba,10", "N,North,1,Ba,10", "frame_duplicate_code", "row 3, column cluster"),
        ("a negative size", "Ba,10", "Ba,-10", "frame_negative_size", "row 3, column households"),
        ("a size of zero", "Ba,10", "Ba,0", "frame_zero_size", "row 3, column households"),
        ("a missing size", "Ba,10", "Ba,", "frame_missing_size", "row 3, column households"),
        ("a size that is no number", "Ba,10", "Ba,NaN", "frame_size_not_a_number", "row 3, column households"),
        ("an infinite size", "Ba,10", "Ba,inf", "frame_size_not_a_number", "row 3, column households"),
        ("an absurd size", "Ba,10", "Ba,99999999999999999999", "frame_absurd_size", "row 3, column households"),
        ("a missing cell", "N,North,2,Ba,10", "N,North,2,Ba", "frame_ragged_row", "row 3"),
        ("a missing column", "households", "people", "frame_missing_column", "row 1, column households"),
    ] {
        let frame = SMALL_FRAME.replacen(from, to, 1);
        assert_ne!(frame, SMALL_FRAME, "{what}");
        let problems = walk(SMALL_DESIGN, &frame).expect_err(what);
        let found =
            problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{what}: {problems}"));
        assert!(found.describe(Language::En).starts_with(place), "{what}: {problems}");
    }
    for empty in ["", "\n\n", "region,region_name,cluster,cluster_name,households\n"] {
        assert_eq!(walk(SMALL_DESIGN, empty).expect_err("empty").iter().next().unwrap().code, "frame_empty");
    }
}

#[test]
fn every_kind_of_design_that_a_frame_cannot_bear_is_told_with_part_and_remedy() {
    let with_flags: String = SMALL_FRAME
        .lines()
        .enumerate()
        .map(|(row, line)| {
            format!("{line},{}\n", if row == 0 { "seat".to_owned() } else { u8::from(row <= 3).to_string() })
        })
        .collect();
    for (what, from, to, code, place) in [
        ("fewer units than asked", "n = 2", "n = 4", "draw_too_few_units", "stratum S has 3 villages, 4 asked"),
        (
            "fewer households than asked",
            "n = 5",
            "n = 11",
            "draw_too_few_units",
            "village Ba (N-2) has 10 households, 11 asked",
        ),
        (
            "more certain units than asked",
            "n = 2",
            "n = 2\ncertainty = \"seat\"",
            "draw_too_many_certain",
            "stratum N has 3 certain villages",
        ),
        (
            "all places taken by certain units",
            "n = 2",
            "n = 3\ncertainty = \"seat\"",
            "draw_units_without_chance",
            "stratum N",
        ),
        (
            "a billion villages",
            "n = 2",
            "n = 1000000000",
            "draw_too_few_units",
            "stratum N has 4 villages, 1000000000 asked",
        ),
    ] {
        let design = SMALL_DESIGN.replacen(from, to, 1);
        let problems = walk(&design, &with_flags).expect_err(what);
        let found =
            problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{what}: {problems}"));
        let english = problems.describe(Language::En);
        assert!(english.contains(place), "{what}: {english}");
        assert!(found.hint.is_some(), "{what} has a remedy");
    }
}

#[test]
fn every_kind_of_bad_design_is_told_with_its_place() {
    for (what, from, to, code) in [
        ("an unknown method", "method = \"pps_systematic\"", "method = \"magic\"", "design_unknown_method"),
        ("no units", "n = 2", "n = 0", "design_bad_number"),
        ("a negative number", "n = 2", "n = -1", "design_bad_number"),
        ("an absurd number", "n = 2", "n = 9223372036854775807", "design_bad_number"),
        ("a number beyond 64 bits", "n = 2", "n = 99999999999999999999", "design_not_readable"),
        ("half a unit", "n = 2", "n = 2.5", "design_not_readable"),
        ("NaN", "n = 2", "n = nan", "design_not_readable"),
        ("no number", "n = 2\n", "", "design_no_number"),
        (
            "a stage without children",
            "[[level]]\nname = \"household\"\nwords = { vi = \"hộ\", en = \"household\" }\ncounted_by = \"households\"\n",
            "",
            "design_unknown_level",
        ),
        (
            "people of a level that is not drawn",
            "level = \"cluster\"\nstrata = [\"region\"]",
            "level = \"region\"",
            "design_counted_level",
        ),
        ("stages upside down", "level = \"household\"\nn = 5", "level = \"region\"\nn = 5", "design_stage_order"),
        ("a stage twice", "level = \"household\"\nn = 5", "level = \"cluster\"\nn = 5", "design_stage_order"),
    ] {
        let design = SMALL_DESIGN.replacen(from, to, 1);
        assert_ne!(design, SMALL_DESIGN, "{what}");
        let problems = walk(&design, SMALL_FRAME).expect_err(what);
        let found =
            problems.iter().find(|problem| problem.code == code).unwrap_or_else(|| panic!("{what}: {problems}"));
        assert!(found.place.is_some(), "{what}: {problems}");
        assert!(!found.message.vi.is_empty() && !found.message.en.is_empty());
    }
}

#[test]
fn names_in_two_forms_of_unicode_are_one_name_in_rules_too() {
    // "Đà" composed in the frame, decomposed in the rule: a, then a combining grave accent.
    let frame = SMALL_FRAME.replace("N,North", "Đà,North");
    let rule = "[[stage.rule]]\nwhen = { region = \"Đa\u{300}\" }\nn = 3\n[[stage]]\nlevel = \"household\"";
    let design = SMALL_DESIGN.replacen("[[stage]]\nlevel = \"household\"", rule, 1);
    let sample = walk(&design, &frame).unwrap();
    assert_eq!(sample.groups().iter().filter(|village| village[0].path[0].code == "Đà").count(), 3);
}
