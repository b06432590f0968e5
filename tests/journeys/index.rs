//! `khaosat index score`: published indicator values against published scores, through the program.
//!
//! Values and scores: see `reports/tests/reference/README.md`.

use std::path::Path;

use serde_json::Value;

use super::workshop::{fail_in, of_project, rows, succeed_in};

/// Sub-dimension, its indicator values as published, its published score.
type Vector = (&'static str, &'static [(&'static str, &'static str)], f64);

/// Official scores of Bắc Giang 2019 that the formulas give exactly from the published values with six digits.
const EXACT: [Vector; 8] = [
    ("1.1", &[("1.1.1", "0.806528"), ("1.1.2", "0.127585")], 0.847205),
    ("3.2", &[("3.2.1", "0.338753"), ("3.2.2", "0.269300")], 1.232959),
    ("4.1", &[("4.1.1", "0.673606"), ("4.1.2", "0.565240"), ("4.1.3", "0.749867")], 1.741534),
    ("4.3", &[("4.3.1", "0.414982"), ("4.3.2", "2.120131")], 1.193884),
    (
        "6.3",
        &[
            ("6.3.1", "0.998899"),
            ("6.3.2", "0.218727"),
            ("6.3.3", "3.167239"),
            ("6.3.4", "3.464593"),
            ("6.3.5", "0.719445"),
            ("6.3.6", "0.064304"),
        ],
        2.133953,
    ),
    ("7.2", &[("7.2.1", "0.482777"), ("7.2.2", "0.838879"), ("7.2.3", "0.524039")], 2.179028),
    ("8.1", &[("8.1.1", "0.061157"), ("8.1.2", "0.004960"), ("8.1.3", "0.017576")], 0.412855),
    ("8.2", &[("8.2.1", "0.528974"), ("8.2.2", "0.673808")], 2.116131),
];

fn scores(folder: &Path, values: &str) -> Value {
    std::fs::write(folder.join("values.csv"), values).expect("written");
    let arguments = ["index", "score", "--definition", "papi-2019", "--values", "values.csv", "--format", "json"];
    serde_json::from_str(&succeed_in(folder, &arguments)).expect("JSON")
}

fn score(document: &Value, code: &str) -> Option<f64> {
    let scores = document["scores"].as_array().expect("scores");
    scores.iter().find(|score| score["code"] == code).unwrap_or_else(|| panic!("{code}"))["score"].as_f64()
}

#[test]
fn the_official_scores_come_out_of_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut values = String::from("indicator_code,value\n");
    for (code, value) in EXACT.iter().flat_map(|(_, inputs, _)| *inputs) {
        values.push_str(&format!("{code},{value}\n"));
    }
    let document = scores(folder.path(), &values);
    for (code, _, official) in EXACT {
        let got = score(&document, code).unwrap_or_else(|| panic!("{code} has a score"));
        assert!((got - official).abs() <= 1e-5, "{code}: {got}, published {official}");
    }
    for code in ["1", "papi"] {
        assert_eq!(score(&document, code), None, "{code} lacks parts: no score is better than a wrong one");
    }
    // The same table in other dress.
    for dress in [format!("\u{feff}{values}"), values.replace('\n', "\r\n")] {
        assert_eq!(scores(folder.path(), &dress), document);
    }
}

#[test]
fn all_published_values_give_a_total_that_is_the_sum_of_its_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let published =
        std::fs::read_to_string(of_project("reports/tests/reference/papi_2019_indicators.csv")).expect("a file");
    for column in ["bac_giang", "province_mean"] {
        let mut values = String::from("indicator_code,value\n");
        for row in rows(&published) {
            values.push_str(&format!("{},{}\n", row["indicator_code"], row[column]));
        }
        let document = scores(folder.path(), &values);
        let dimensions: f64 = (1..=8).map(|number| score(&document, &number.to_string()).expect("a score")).sum();
        let total = score(&document, "papi").expect("a total");
        assert!((dimensions - total).abs() < 1e-9, "{column}: {dimensions} and {total}");
        assert_eq!(document["scores"].as_array().map(Vec::len), Some(38), "29 + 8 + 1");
    }
}

#[test]
fn values_that_are_none_are_told_with_their_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["index", "score", "--definition", "papi-2019", "--values", "values.csv"];
    for (values, word) in [
        ("", "values.csv"),
        ("indicator_code,value\n1.1.1,1.5\n", "1.5"),
        ("indicator_code,value\n1.1.1,-0.1\n", "-0.1"),
        ("indicator_code,value\n1.1.1,NaN\n", "NaN"),
        ("indicator_code,value\n1.1.1,inf\n", "inf"),
        ("indicator_code,value\n1.1.1,0.5\n1.1.1,0.6\n", "1.1.1"),
        ("indicator_code,value\n9.9.9,0.5\n", "9.9.9"),
        ("indicator_code;value\n1.1.1;0,5\n1.1.2;0.4\n", "decimal point"),
        ("name,value\n1.1.1,0.5\n", "indicator_code"),
        ("code,value,year\n1.1.1,0.5,2023\n", "papi-2021"),
    ] {
        std::fs::write(folder.path().join("values.csv"), values).expect("written");
        let told = fail_in(folder.path(), &arguments);
        assert!(told.contains(word), "{values:?}: {told}");
    }
    let unknown = ["index", "score", "--definition", "papi-2091", "--values", "values.csv"];
    assert!(fail_in(folder.path(), &unknown).contains("papi-2019"), "the names that there are");
}

#[test]
fn all_problems_of_a_file_come_at_once_from_its_first_row_to_its_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let values = "mã,giá trị,n\n1.1.1,\"0,8\",9\nzz,abc,9\n1.1.2,80.65,9\n9.9.9,0.5,9\n1.2.1,0.5,nhiều\n1.2.2,NaN,9\n1.3.1,0.5,-4\n";
    std::fs::write(folder.path().join("values.csv"), values).expect("written");
    let told = fail_in(folder.path(), &["index", "score", "--definition", "papi-2019", "--values", "values.csv"]);
    let rows: Vec<&str> = told.lines().filter(|line| line.starts_with("values.csv")).collect();
    let expected = [
        ("2", "giá trị", "0,8"),
        ("3", "giá trị", "abc"),
        ("3", "mã", "zz"),
        ("4", "giá trị", "80.65"),
        ("5", "mã", "9.9.9"),
        ("6", "n", "nhiều"),
        ("7", "giá trị", "NaN"),
        ("8", "n", "-4"),
    ];
    assert_eq!(rows.len(), expected.len(), "{told}");
    for (line, (row, column, got)) in rows.iter().zip(expected) {
        for language in [format!("dòng {row}, cột {column}"), format!("row {row}, column {column}")] {
            if line.contains("dòng") == language.contains("dòng") {
                assert!(line.contains(&language) && line.contains(got), "{line}: {language} {got}");
            }
        }
    }
}

#[test]
fn an_indicator_that_the_file_does_not_name_is_never_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |values: &str| -> Value {
        std::fs::write(folder.path().join("values.csv"), values).expect("written");
        let score =
            ["index", "score", "--definition", "health-inpatient-2019", "--values", "values.csv", "--format", "json"];
        serde_json::from_str(&succeed_in(folder.path(), &score)).expect("JSON")
    };
    // One item of thirty-one is no score of a hospital.
    let one = run("code,value\nA1,5\n");
    assert_eq!((score(&one, "A"), score(&one, "inpatient")), (None, None));
    assert_eq!(one["scores"][0]["lacking"].as_array().map(Vec::len), Some(30), "{}", one["scores"][0]);
    // An item that is named without a value was published as having none; the definition leaves it out and says so.
    let blank = run("code,value\nA1,5\nA2,4\nA3,\nA4,\nA5,3\n");
    assert_eq!((score(&blank, "A"), score(&blank, "inpatient")), (Some(4.0), None));
    let of_a = blank["scores"].as_array().expect("scores").iter().find(|one| one["code"] == "A").expect("A");
    assert_eq!(of_a["dropped"], serde_json::json!(["A3", "A4"]));
    let parts = run("code,value\nA,4\nB,4\nC,4\nD,4\nE,\n");
    assert_eq!(score(&parts, "inpatient"), Some(4.0), "a factor without a published value is left out");
    let told = {
        std::fs::write(folder.path().join("values.csv"), "code,value\nA,4\nB,4\nC,4\nD,4\nE,4\ninpatient,4.5\n")
            .expect("written");
        succeed_in(
            folder.path(),
            &["index", "score", "--definition", "health-inpatient-2019", "--values", "values.csv"],
        )
    };
    assert!(told.contains("khác điểm công bố −0,5000"), "{told}");
}

#[test]
fn several_units_come_out_together_or_one_by_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let values = "mã;giá trị;đơn vị;năm\n1;5.5787;Bắc Giang;2023\n2;5.6870;Bắc Giang;2023\n1;5.3435;Huế;2023\n";
    std::fs::write(folder.path().join("values.csv"), values).expect("written");
    let score = ["index", "score", "--definition", "papi-2021", "--values", "values.csv", "--format", "json"];
    let all: Value = serde_json::from_str(&succeed_in(folder.path(), &score)).expect("JSON");
    assert_eq!(all["units"].as_array().map(Vec::len), Some(2));
    assert_eq!((&all["units"][1]["unit"], &all["units"][1]["year"]), (&Value::from("Huế"), &Value::from(2023)));
    let one: Vec<&str> = score.into_iter().chain(["--unit", "Bắc Giang"]).collect();
    let one: Value = serde_json::from_str(&succeed_in(folder.path(), &one)).expect("JSON");
    assert_eq!(self::score(&one, "2"), Some(5.6870));
    let none: Vec<&str> = score.into_iter().chain(["--unit", "Paris"]).collect();
    assert!(fail_in(folder.path(), &none).contains("Bắc Giang 2023"));
}

#[test]
fn definitions_and_years_are_compared_and_breaks_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = succeed_in(folder.path(), &["index", "compare", "papi-2018", "papi-2019", "--language", "en"]);
    assert!(told.contains("7.1") && told.contains("another formula or range"), "{told}");
    let values = "code,value,year\n1,5.5787,2023\n1,5.9546,2024\n";
    std::fs::write(folder.path().join("v.csv"), values).expect("written");
    let arguments = [
        "index",
        "compare",
        "papi-2021",
        "--before",
        "v.csv",
        "--before-year",
        "2023",
        "--after",
        "v.csv",
        "--after-year",
        "2024",
    ];
    let told = succeed_in(folder.path(), &arguments);
    assert!(told.contains("+0,3759"), "{told}");
    let several = ["index", "compare", "papi-2021", "--before", "v.csv", "--after", "v.csv"];
    assert!(fail_in(folder.path(), &several).contains("--before-year"));
}

#[test]
fn a_definition_is_checked_against_its_questionnaire_and_its_series() {
    let folder = tempfile::tempdir().expect("a folder");
    let shipped: Vec<String> =
        ["papi-2019", "papi-2021", "sipas-2023", "par-2017", "health-inpatient-2019"].map(str::to_owned).into();
    let names: Vec<&str> = ["index", "check"].into_iter().chain(shipped.iter().map(String::as_str)).collect();
    assert!(succeed_in(folder.path(), &names).contains("papi-2021"));
    let text = std::fs::read_to_string(of_project("questionnaires/sipas-2023/index.toml")).expect("a file");
    for (right, wrong, word) in [
        ("\"s_p1_c1\"", "\"s_p1_c9\"", "s_p1_c9"),
        ("code = \"sipas-2023\"", "code = \"sipas-ours\"", "sipas-2023 and sipas-ours hold in the same year"),
        ("code = \"policy\"\nparent = \"sipas\"", "code = \"policy\"\nparent = \"P1\"", "stands below itself"),
    ] {
        assert!(text.contains(right), "{right}");
        std::fs::write(folder.path().join("index.toml"), text.replacen(right, wrong, 1)).expect("written");
        let told = fail_in(folder.path(), &["index", "check", "index.toml"]);
        assert!(told.contains(word) && told.contains("index.toml"), "{told}");
    }
}

#[test]
fn an_index_is_estimated_from_a_table_of_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let instrument =
        rows(&std::fs::read_to_string(of_project("questionnaires/education-parent-2023/survey.csv")).expect("a file"));
    let items: Vec<String> = instrument
        .iter()
        .map(|row| row["name"].clone())
        .filter(|name| name.starts_with("e_") && name != "e_f2")
        .collect();
    let mut table = format!("village,w,round,{},e_f2\n", items.join(","));
    for row in 0..48_usize {
        let answer = |item: usize| ["5", "4", "2", "3", "-777"][(row * 7 + item * 3 + row / 24 * item) % 5];
        let cells: Vec<&str> = (0..items.len()).map(answer).collect();
        table.push_str(&format!(
            "{},{},{},{},{}\n",
            row % 8,
            1 + row % 3,
            2023 + row / 24,
            cells.join(","),
            80 + row % 20
        ));
    }
    std::fs::write(folder.path().join("answers.csv"), table).expect("written");
    let base = [
        "index",
        "estimate",
        "--data",
        "answers.csv",
        "--psu",
        "village",
        "--weights",
        "w",
        "--format",
        "json",
        "--definition",
    ];
    let run = |more: &[&str]| -> Value {
        let arguments: Vec<&str> = base.into_iter().chain(more.iter().copied()).collect();
        serde_json::from_str(&succeed_in(folder.path(), &arguments)).expect("JSON")
    };
    let share = run(&["education-parent-2023"]);
    let mean = run(&["education-parent-2023-mean"]);
    assert_ne!(share["scoring"]["en"], mean["scoring"]["en"], "every report says how it scores");
    let of = |document: &Value| document["scores"][0]["estimate"]["estimate"].as_f64().expect("a score");
    assert!((0.0..=100.0).contains(&of(&share)) && (1.0..=5.0).contains(&of(&mean)));
    let percent = run(&["education-parent-2023-percent"]);
    assert!((of(&percent) - 20.0 * of(&mean)).abs() < 1e-9);
    let filled = run(&["education-parent-2023-mean", "--filling", "own_mean"]);
    assert_eq!(filled["filling"], "own_mean");
    let rounds = run(&["education-parent-2023-mean", "--by", "round", "--change", "education"]);
    let points: f64 = rounds["change"]["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| part["points"]["estimate"].as_f64().expect("points"))
        .sum();
    assert!((points - rounds["change"]["change"]["estimate"].as_f64().expect("a change")).abs() < 1e-9);
    assert!(rounds["change"]["change"]["standard_error"].as_f64().expect("an error") > 0.0);
}
