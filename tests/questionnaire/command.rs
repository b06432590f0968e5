//! The commands that people type.

use clap::Parser;
use khaosat::cli::questionnaire::{QuestionnaireArgs, run};
use problem::{Language, Problems};
use serde_json::Value as Json;

use super::support::{CHOICES, SETTINGS, SURVEY, household};

#[derive(Parser)]
struct Program {
    #[command(flatten)]
    questionnaire: QuestionnaireArgs,
}

fn typed(arguments: &[&str]) -> Result<String, Problems> {
    let program = Program::try_parse_from([&["questionnaire"], arguments].concat()).expect("known arguments");
    let mut out = Vec::new();
    run(&program.questionnaire, &mut out)?;
    Ok(String::from_utf8(out).expect("UTF-8"))
}

fn folder(survey: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("survey", survey), ("choices", CHOICES), ("settings", SETTINGS)] {
        std::fs::write(folder.path().join(format!("{name}.csv")), text).expect("a file");
    }
    folder
}

#[test]
fn check_counts_a_good_instrument() {
    let folder = folder(SURVEY);
    let path = folder.path().display().to_string();
    let text = typed(&["check", &path]).expect("no problems");
    assert!(text.contains("household, version 2026-1: no problems"), "{text}");
    assert!(text.contains("12 asked (5 required), 16 rows"), "{text}");
    let json: Json =
        serde_json::from_str(&typed(&["check", &path, "--format", "json"]).expect("no problems")).expect("JSON");
    assert_eq!(json["sha256"].as_str(), household().version_hash().ok().as_deref());
    assert_eq!(json["by_type"]["select_one"], 5);
    assert_eq!(json["n_sections"], 3);
    assert_eq!(json["languages"][1]["code"], "en");
}

#[test]
fn check_tells_every_problem_with_the_file() {
    let broken = SURVEY.replace("integer,n_adults", "number,n_adults").replace("text,remarks", "text,visited");
    let folder = folder(&broken);
    let path = folder.path().display().to_string();
    let problems = typed(&["check", &path]).expect_err("two problems");
    assert_eq!(problems.len(), 2);
    let words = problems.describe(Language::Vi);
    assert!(
        words.contains(&format!("{path}, trang survey, dòng 6, cột type: không có loại câu hỏi “number”")),
        "{words}"
    );
}

#[test]
fn check_tells_of_files_that_are_not_there() {
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(typed(&["check", &empty.path().display().to_string()]).expect_err("no sheets").len(), 3);
    assert_eq!(typed(&["check", "no-such-instrument"]).expect_err("nothing").0[0].code, "questionnaire_not_found");
}

#[test]
fn show_prints_the_questions_in_one_language() {
    let folder = folder(SURVEY);
    let path = folder.path().display().to_string();
    let text = typed(&["show", &path, "--language", "en"]).expect("no problems");
    assert!(
        text.contains(
            "# Public services / The last visit\n\n[papers] select_multiple Which papers did you apply for?\n"
        ),
        "{text}"
    );
    assert!(text.contains("birth  Birth certificate"), "{text}");
    assert!(!text.contains("Khai sinh"));
    assert!(typed(&["show", &path]).expect("no problems").contains("Khai sinh"));
    assert_eq!(
        typed(&["show", &path, "--language", "fr"]).expect_err("no French").0[0].code,
        "questionnaire_language_unknown"
    );
}

#[test]
fn the_instruments_of_the_house_can_be_named() {
    let names = typed(&["list"]).expect("a list");
    assert!(names.contains("papi-2019\n") && names.contains("sipas-2023\n"), "{names}");
    for name in names.lines() {
        assert!(typed(&["check", name]).expect("no problems").contains("no problems"));
    }
}

#[test]
fn a_questionnaire_is_written_as_a_workbook_with_its_lists_beside_it() {
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/questionnaire/fixtures/every");
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("every.xlsx").display().to_string();
    let written = typed(&["xlsx", &fixtures.display().to_string(), &out]).expect("written");
    assert_eq!(written.lines().count(), 2, "{written}");
    let summary = |source: &str| -> Json {
        serde_json::from_str(&typed(&["check", source, "--format", "json"]).expect("no problems")).expect("JSON")
    };
    let (first, again) = (summary(&fixtures.display().to_string()), summary(&out));
    assert_eq!(first, again);
    assert_eq!(again["by_type"]["rank"], 1);
    std::fs::remove_file(folder.path().join("villages.csv")).expect("the list is there");
    let told = typed(&["check", &out]).expect_err("the list is gone");
    assert!(told.iter().any(|problem| problem.code == "questionnaire_list_file_missing"), "{told}");
    assert!(typed(&["xlsx", "papi-2019", "/nowhere/papi.xlsx"]).is_err());
    assert!(typed(&["xform", &fixtures.display().to_string()]).expect("a form").contains("<odk:rank "));
}
