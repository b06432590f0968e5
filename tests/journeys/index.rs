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
        ("indicator_code;value\n1.1.1;0.5\n", "indicator_code"),
        ("code,value\n1.1.1,0.5\n", "indicator_code"),
    ] {
        std::fs::write(folder.path().join("values.csv"), values).expect("written");
        let told = fail_in(folder.path(), &arguments);
        assert!(told.contains(word), "{values:?}: {told}");
    }
    let unknown = ["index", "score", "--definition", "papi-2091", "--values", "values.csv"];
    assert!(fail_in(folder.path(), &unknown).contains("papi-2019"), "the names that there are");
}
