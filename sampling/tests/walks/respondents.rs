//! A design that says who is asked: the list carries each household's number, and nothing else changes.

use sampling::respondent::{RespondentNumber, RespondentRule};
use sampling::{Sample, SampleDesign, SamplingFrame, draw, verify};

use crate::{SMALL_DESIGN, SMALL_FRAME, small_design, small_frame, told};

const ROSTER: &str = "[respondent]\nrule = \"roster\"\ncounted_by = \"n_adults\"\n\
                      eligible = { vi = \"người từ 18 tuổi\", en = \"adults\" }\n";

fn design(respondent: &str) -> SampleDesign {
    SampleDesign::from_toml(&format!("{SMALL_DESIGN}\n{respondent}")).expect("a right design")
}

fn frame(design: &SampleDesign) -> SamplingFrame {
    SamplingFrame::read(SMALL_FRAME.as_bytes(), design).expect("a right frame")
}

#[test]
fn a_rule_for_the_respondent_changes_no_drawn_unit() {
    let before = draw(&small_frame(SMALL_FRAME), &small_design(), 9).unwrap();
    for rule in ["roster", "kish", "next_birthday", "last_birthday"] {
        let design = design(&ROSTER.replace("roster", rule));
        let mut after = draw(&frame(&design), &design, 9).unwrap();
        assert!(after.units.iter().all(|unit| unit.respondent_number.is_some()), "{rule}: reserves too");
        for unit in &mut after.units {
            unit.respondent_number = None;
        }
        assert_eq!(after.units, before.units, "{rule}");
    }
    assert!(!before.to_csv().contains("respondent"), "without a rule the list has the columns that it had");
}

#[test]
fn the_list_carries_the_number_of_each_household_and_reads_back() {
    for rule in RespondentRule::ALL {
        let text = match rule {
            RespondentRule::Household => "[respondent]\nrule = \"household\"\n".to_owned(),
            _ => ROSTER.replace("roster", rule.name()),
        };
        let design = design(&text);
        let frame = frame(&design);
        let sample = draw(&frame, &design, 31).unwrap();
        let csv = sample.to_csv();
        let headings = csv.lines().next().unwrap();
        assert_eq!(headings.contains(",kish_table,"), rule == RespondentRule::Kish, "{headings}");
        assert_eq!(headings.contains("respondent_number"), rule.chooses_a_person(), "{headings}");
        let read = Sample::from_csv(csv.as_bytes()).unwrap();
        assert_eq!((&read.units, &read.respondent), (&sample.units, &sample.respondent), "{rule:?}");
        assert_eq!(read.to_csv(), csv);
        verify(&frame, &design, csv.as_bytes()).unwrap();
        assert_eq!(sample.provenance.methods.last().unwrap().method, rule.versioned_name());
        for unit in sample.units.iter().filter(|_| rule.chooses_a_person()) {
            assert_eq!(unit.respondent_number, Some(RespondentNumber::of_household(31, &unit.unit_id)));
        }
    }
}

#[test]
fn a_number_or_table_changed_in_the_list_is_found_by_the_unit() {
    let design = design(&ROSTER.replace("roster", "kish"));
    let frame = frame(&design);
    let csv = draw(&frame, &design, 5).unwrap().to_csv();
    let line = csv.lines().nth(3).unwrap();
    let headings: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    for column in ["respondent_rule", "respondent_counted_by", "respondent_number", "kish_table"] {
        let place = headings.iter().position(|heading| *heading == column).unwrap();
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[place] = match column {
            "respondent_rule" => "roster",
            "kish_table" if cells[place] == "A" => "F",
            "kish_table" => "A",
            "respondent_number" => "12",
            _ => "n_people",
        };
        let changed = csv.replacen(line, &cells.join(","), 1);
        let (codes, words) = told(&verify(&frame, &design, changed.as_bytes()).unwrap_err());
        assert_eq!(codes, ["sample_cell_changed"], "{column}");
        assert!(words.contains(&format!("row 4, column {column}")), "{words}");
        // Reading alone cannot know the seed's number, but sees what contradicts itself.
        let read = Sample::from_csv(changed.as_bytes());
        assert_eq!(read.is_err(), column != "respondent_number" || !line.ends_with("A"), "{column}: {read:?}");
    }
    let beyond = csv.replacen(
        line.split(',').nth(headings.iter().position(|h| *h == "respondent_number").unwrap()).unwrap(),
        "2329089562800",
        1,
    );
    assert!(told(&Sample::from_csv(beyond.as_bytes()).unwrap_err()).1.contains("0–2329089562799"));
}

#[test]
fn slips_in_the_table_of_the_respondent_are_told_together() {
    let codes = |text: &str| told(&SampleDesign::from_toml(&format!("{SMALL_DESIGN}\n{text}")).expect_err("slips")).0;
    assert_eq!(codes("[respondent]\nrule = \"kish\"\n"), ["design_respondent", "design_respondent"]);
    assert_eq!(
        codes("[respondent]\nrule = \"coin\"\ncounted_by = \"2 words\"\n"),
        ["design_unknown_respondent_rule", "design_respondent", "design_respondent"]
    );
    assert_eq!(codes(&ROSTER.replace("roster", "household")), ["design_respondent", "design_respondent"]);
    assert_eq!(codes("[respondent]\nrules = \"kish\"\n"), ["design_not_readable"]);
    let renamed = SMALL_DESIGN
        .replace("\"household\"\nwords", "\"respondent\"\nwords")
        .replace("level = \"household\"", "level = \"respondent\"");
    assert_eq!(
        told(&SampleDesign::from_toml(&format!("{renamed}\n{ROSTER}")).expect_err("a level's name")).0,
        ["design_bad_name"]
    );
}
