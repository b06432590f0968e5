//! Small cells in answers, and what a number that is not there says.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own table must stop")]

use estimation::request::Request;
use estimation::table::{Column, Table};
use serde_json::Value;

/// 20 villages of 5; domain a has 80 people, b 15, c 5 without an answer.
fn table() -> Table {
    let mut table = Table::new();
    let mut number = |name: &str, f: &dyn Fn(i32) -> f64| {
        table.insert(name, Column::numeric((0..100).map(f).collect())).unwrap();
    };
    number("village", &|i| f64::from(i / 5));
    number("w", &|i| 1.0 + f64::from(i % 2));
    number("y", &|i| if i >= 95 { f64::NAN } else { f64::from(u8::from(i * 7 % 10 < 6)) });
    number("rare", &|i| if i >= 95 { f64::NAN } else { f64::from(u8::from(i == 30 || i == 31)) });
    let group = |i: usize| {
        Some(if i < 80 {
            "a"
        } else if i < 95 {
            "b"
        } else {
            "c"
        })
    };
    table.insert("g", Column::categorical(&(0..100).map(group).collect::<Vec<_>>())).unwrap();
    table
}

fn answer(estimand: &str) -> Value {
    let request = format!(r#"{{"data": "t", "design": {{"ids": "village", "weights": "w"}}, "estimand": {estimand}}}"#);
    serde_json::to_value(Request::parse(&request).unwrap().run(&table()).unwrap()).unwrap()
}

#[test]
fn a_hidden_estimate_is_nowhere_and_says_why() {
    let got =
        answer(r#"{"kind": "mean", "vars": "y", "by": "g", "small_cells": true, "deff": true, "papi_style": true}"#);
    let (a, b) = (&got["estimates"][0], &got["estimates"][1]);
    assert!(a["est"].is_number() && a.get("flag").is_none());
    assert_eq!((&b["flag"], &b["why_missing"], &b["n"]), (&"hide".into(), &"small_cell".into(), &15.into()));
    for key in ["est", "se", "deff"] {
        assert_eq!(b[key], Value::Null, "{key}");
    }
    for key in ["ci_t", "ci_t_domain", "ci_z", "ci_papi_90"] {
        assert_eq!(b[key], serde_json::json!([null, null]), "{key}");
    }
    let rules: Vec<&str> = b["reason"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"answers_under_30") && rules.contains(&"fewer_than_8_degrees_of_freedom"), "{rules:?}");
    assert!(b["reason"][0]["vi"].as_str().unwrap().contains("30"));
    // A domain without answers is missing with its own reason, and is no small cell.
    let c = &got["estimates"][2];
    assert_eq!((&c["est"], &c["why_missing"], &c["n"]), (&Value::Null, &"no_answers".into(), &0.into()));
    assert!(c.get("flag").is_none());
}

#[test]
fn a_flagged_estimate_is_shown_with_its_reasons() {
    let got = answer(r#"{"kind": "proportion", "vars": "rare", "small_cells": true}"#);
    let rare = &got["estimates"][1];
    assert!(rare["est"].is_number());
    assert_eq!(rare["flag"], "flag");
    assert_eq!(rare["reason"][0]["rule"], "relative_error_over_25_percent");
    let other = answer(r#"{"kind": "proportion", "vars": "rare"}"#);
    assert!(other["estimates"][1].get("flag").is_none(), "only when asked for");
}

#[test]
fn rules_can_be_given_with_the_request() {
    let rules = r#"{"name": "strict", "rules": [{"name": "under_90", "measure": "answers", "below": 90, "action": "hide",
        "vi": "dưới 90", "en": "under 90"}]}"#;
    let got =
        answer(&format!(r#"{{"kind": "proportion_ci", "vars": "y", "event": 1, "by": "g", "small_cells": {rules}}}"#));
    assert!(got["estimates"].as_array().unwrap().iter().all(|row| row["est"].is_null() && row["ci"][0].is_null()));
    assert_eq!(got["estimates"][0]["reason"][0]["en"], "under 90");
    let wrong = Request::parse(
        r#"{"data": "t", "design": {"weights": "w"}, "estimand": {"kind": "mean", "vars": "y", "small_cells": {"rules": []}}}"#,
    );
    assert_eq!(wrong.unwrap().run(&table()).unwrap_err().0[0].code, "small_cells_rules");
}

#[test]
fn a_covariance_matrix_does_not_give_a_hidden_error_away() {
    let rules = r#"{"name": "r", "rules": [{"name": "noise", "measure": "relative_standard_error", "above": 0.4, "action": "hide",
        "vi": "v", "en": "e"}]}"#;
    let got =
        answer(&format!(r#"{{"kind": "mean", "vars": ["y", "rare"], "missing": "listwise", "small_cells": {rules}}}"#));
    assert_eq!(got["estimates"][1]["se"], Value::Null);
    assert!(got["vcov"][0][0].is_number() && got["vcov"][0][1].is_null() && got["vcov"][1][1].is_null());
}

#[test]
fn a_category_that_nobody_chose_is_a_zero_and_never_a_nan() {
    let got = answer(r#"{"kind": "cross_table", "row": "g", "col": "rare", "small_cells": true}"#);
    for cell in got["cells"].as_array().unwrap() {
        for share in ["of_table", "of_row", "of_col"] {
            let share = &cell[share];
            assert!(share["est"].is_number() || share["why_missing"].is_string(), "{cell}");
        }
    }
    let nobody = answer(r#"{"kind": "proportion_ci", "vars": "rare", "event": 7, "methods": "wilson"}"#);
    let row = &nobody["estimates"][0];
    assert_eq!((&row["est"], &row["se"], &row["made_by"]), (&0.0.into(), &0.0.into(), &"clopper_pearson".into()));
    assert!(row["ci"][1].as_f64().unwrap() > 0.0 && row["n_effective"].as_f64().unwrap() < 95.0);
}

#[test]
fn the_papi_style_stands_beside_the_true_interval_with_its_truth_in_words() {
    let got = answer(r#"{"kind": "mean", "vars": "y", "papi_style": true}"#);
    let row = &got["estimates"][0];
    let (est, se) = (row["est"].as_f64().unwrap(), row["se"].as_f64().unwrap());
    assert!((row["ci_papi_90"][0].as_f64().unwrap() - (est - 1.645 * se)).abs() < 1e-15);
    assert!(row["ci_t"][0].as_f64().unwrap() < row["ci_papi_90"][0].as_f64().unwrap());
    assert!(got["notes"][0]["en"].as_str().unwrap().contains("in truth a 90 % interval"));
    let composite = answer(
        r#"{"kind": "composite", "estimates": {"y": {"var": "y"}, "r": {"var": "rare"}}, "contrasts": {"sum": {"y": 1, "r": 1}},
        "papi_style": true}"#,
    );
    assert!(composite["contrasts"][0]["ci_papi_90"][1].is_number());
}

#[test]
fn a_group_without_answers_is_a_missing_comparison_and_the_others_stand() {
    let got = answer(r#"{"kind": "tests", "y": "y", "g": "g"}"#);
    let comparisons = got["comparisons"].as_array().unwrap();
    let why: Vec<&Value> = comparisons.iter().map(|one| &one["why_missing"]).collect();
    assert_eq!(why, [&Value::Null, &"no_answers".into(), &"no_answers".into()], "b − a, c − a, c − b");
    assert!(comparisons[0]["ci"][0].is_number());
    assert_eq!(comparisons[0]["p_holm"], comparisons[0]["p"], "a family of one");
    assert_eq!(comparisons[1]["diff"], Value::Null);
}
