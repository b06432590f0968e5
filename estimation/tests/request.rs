//! The request document: shapes, refusals, and that nothing odd comes out of odd input.

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::request::{Answer, Entry, Request, Row};
use estimation::table::{Column, Table};
use problem::Problems;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn table() -> Table {
    let mut table = Table::new();
    let mut add = |name: &str, column: Column| table.insert(name, column).expect("equal lengths");
    add("psu", Column::numeric(vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0]));
    add("w", Column::numeric(vec![1.0, 2.0, 1.0, 2.0, 1.0, 2.0]));
    add("y", Column::numeric(vec![1.0, 0.0, f64::NAN, 1.0, 1.0, 0.0]));
    add("empty", Column::numeric(vec![f64::NAN; 6]));
    add("sex", Column::categorical(&["Nam", "Nữ", "Nam", "Nữ", "Nam", "Nữ"].map(Some)));
    add("year", Column::numeric(vec![2023.0, 2023.0, 2023.0, 2024.0, 2024.0, 2024.0]));
    table
}

fn answer(estimand: &str) -> Result<Answer, Problems> {
    let request = format!(
        r#"{{"data": "t.csv", "design": {{"ids": "psu", "weights": "w"}}, "estimand": {estimand}, "note": 1}}"#
    );
    Request::parse(&request)?.run(&table())
}

fn rows_of(answer: &Answer) -> Vec<&Row> {
    answer
        .estimates
        .iter()
        .filter_map(|entry| if let Entry::Estimate(row) = entry { Some(row) } else { None })
        .collect()
}

fn codes(answer: Result<Answer, Problems>) -> Vec<&'static str> {
    answer.expect_err("a problem").iter().map(|problem| problem.code).collect()
}

#[test]
fn unknown_kinds_options_and_combinations_are_not_supported_yet() {
    for estimand in [
        r#"{"kind": "geometric_mean", "vars": ["y"]}"#,
        r#"{"kind": "mean", "vars": ["y"], "trim": 0.1}"#,
        r#"{"kind": "mean", "vars": ["y"], "missing": "impute"}"#,
        r#"{"kind": "mean", "vars": ["y"], "deff": "kish"}"#,
        r#"{"kind": "mean", "vars": ["y"], "numerator": "y"}"#,
        r#"{"kind": "ratio", "numerator": "y", "denominator": "w", "missing": "listwise"}"#,
        r#"{"kind": "contrast", "by": ["sex"], "estimates": {"a": {"var": "y"}}}"#,
        r#"{"kind": "quantile", "vars": ["y"], "probs": 0.5, "qrules": "hf3"}"#,
        r#"{"kind": "quantile", "vars": ["y"], "probs": 0.5, "deff": true}"#,
        r#"{"kind": "mean", "vars": ["y"], "probs": [0.5]}"#,
        r#"{"kind": "mean", "vars": ["y"], "formula": "y ~ w"}"#,
        r#"{"kind": "regression", "formula": "y ~ w", "vars": "sex"}"#,
        r#"{"kind": "regression", "formula": "y ~ w", "family": "poisson"}"#,
        r#"{"kind": "proportion_ci", "vars": "y", "event": 1, "methods": ["jeffreys"]}"#,
        r#"{"kind": "proportion_ci", "vars": "y", "event": 1, "deff": true}"#,
        r#"{"kind": "variance_covariance", "vars": "y", "missing": "impute"}"#,
        r#"{"kind": "tests", "row": "sex", "col": "year", "papi_style": true}"#,
        r#"{"kind": "quantile", "vars": "y", "probs": 0.5, "papi_style": true}"#,
    ] {
        assert_eq!(codes(answer(estimand)), ["not_supported_yet"], "{estimand}");
    }
    let replicates = r#"{"data": "t.csv", "design": {"weights": "w", "replicates": {"type": "random_groups"}},
        "estimand": {"kind": "mean", "vars": ["y"]}}"#;
    assert_eq!(codes(Request::parse(replicates).and_then(|request| request.run(&table()))), ["not_supported_yet"]);
    for design in [r#""lonely_psu": "merge""#, r#""pps": "tille""#, r#""variance": "second_stage""#] {
        let request = format!(
            r#"{{"data": "t.csv", "design": {{"weights": "w", {design}}}, "estimand": {{"kind": "mean", "vars": ["y"]}}}}"#
        );
        assert_eq!(codes(Request::parse(&request).and_then(|request| request.run(&table()))), ["not_supported_yet"]);
    }
}

#[test]
fn what_is_wrong_in_a_request_is_told_together() {
    assert_eq!(
        codes(answer(r#"{"kind": "mean", "vars": ["no", "sex", "y"], "by": ["none"]}"#)),
        ["table_unknown_column", "request_not_numeric", "table_unknown_column"]
    );
    assert_eq!(codes(answer(r#"{"kind": "mean", "level": 95}"#)), ["interval_level", "request_missing_key"]);
    assert_eq!(
        codes(answer(
            r#"{"kind": "contrast", "estimates": {"a": {"var": "y"}}, "contrasts": {"c": {"b": 1}, "d": {}}}"#
        )),
        ["request_unknown_part", "request_missing_key", "request_missing_key"]
    );
    assert_eq!(Request::parse("{").expect_err("a problem").0[0].code, "request_json");
    assert_eq!(codes(answer(r#"{"kind": "tests", "row": "sex", "lev": "a"}"#)), ["request_missing_key"; 2]);
    assert_eq!(codes(answer(r#"{"kind": "proportion_ci"}"#)), ["request_missing_key"; 2]);
    assert_eq!(codes(answer(r#"{"kind": "regression"}"#)), ["request_missing_key"]);
    assert_eq!(codes(answer(r#"{"kind": "cross_table", "row": "no", "col": "none"}"#)), ["table_unknown_column"; 2]);
    assert_eq!(codes(answer(r#"{"kind": "pps_total", "vars": ["no", "sex"]}"#)).len(), 3);
    let twice = r#"{"kind": "contrast", "estimates": {"a": {"var": "y"}, "a": {"var": "w"}}}"#;
    assert_eq!(codes(answer(twice)), ["request_json"]);
}

#[test]
fn a_quantile_may_name_its_rule_and_interval() {
    let one = r#"{"kind": "quantile", "vars": "y", "by": "sex", "probs": [0.5], "qrules": "hf7", "intervals": "beta"}"#;
    let got = serde_json::to_value(answer(one).expect("an answer")).expect("JSON");
    assert_eq!(got["estimates"].as_array().map(Vec::len), Some(2));
    assert_eq!((&got["estimates"][0]["qrule"], &got["estimates"][0]["interval"]), (&"hf7".into(), &"beta".into()));
    let out_of_range = r#"{"kind": "quantile", "vars": "y", "probs": [50]}"#;
    assert_eq!(codes(answer(out_of_range)), ["request_probability"]);
}

#[test]
fn one_name_and_a_list_of_names_mean_the_same() {
    let one = answer(r#"{"kind": "mean", "vars": "y", "by": "sex"}"#).expect("an answer");
    let list = answer(r#"{"kind": "mean", "vars": ["y"], "by": ["sex"], "deff": false, "missing": null}"#);
    assert_eq!(Ok(one), list);
}

#[test]
fn a_domain_without_answers_is_null_with_a_reason() {
    let got = serde_json::to_value(answer(r#"{"kind": "mean", "vars": ["empty", "y"]}"#).expect("an answer"));
    let got = got.expect("JSON");
    assert_eq!(got["estimates"][0]["est"], serde_json::Value::Null);
    assert_eq!(got["estimates"][0]["df"], serde_json::Value::Null);
    assert_eq!(got["estimates"][0]["n"], 0);
    assert_eq!(got["estimates"][0]["why_missing"], "no_answers");
    assert_eq!(got["estimates"][1]["n"], 5);
    let contrast = answer(
        r#"{"kind": "contrast", "estimates": {"a": {"var": "y", "domain": {"sex": "Nam"}},
        "b": {"var": "y", "domain": {"sex": "Khác"}}}, "contrasts": {"d": {"a": 1, "b": -1}}}"#,
    )
    .expect("an answer");
    assert_eq!(contrast.contrasts.expect("contrasts")[0].est, None);
    let vcov = contrast.vcov.expect("a matrix");
    assert!(vcov[0][0].is_some() && vcov[0][1].is_none() && vcov[1][1].is_none());
}

#[test]
fn domains_are_named_as_the_data_print_them() {
    let got = answer(r#"{"kind": "proportion", "vars": ["y"], "by": ["year", "sex"]}"#).expect("an answer");
    let got = serde_json::to_value(got).expect("JSON");
    assert_eq!(got["estimates"][0]["domain"].to_string(), r#"{"sex":"Nam","year":2023}"#);
    assert_eq!(got["estimates"][0]["name"], "factor(y)0");
    assert_eq!(got["estimates"].as_array().map(Vec::len), Some(8), "2 years, 2 sexes, 2 categories");
}

#[test]
fn years_may_be_asked_for_as_number_or_text() {
    let with = |year: &str| {
        answer(&format!(
            r#"{{"kind": "contrast", "estimates": {{"a": {{"var": "y", "domain": {{"year": {year}}}}}}}}}"#
        ))
        .map(|answer| rows_of(&answer)[0].est)
    };
    assert_eq!(with("2024"), with("\"2024\""));
    assert_eq!(with("2024"), Ok(Some(3.0 / 5.0)));
}

fn cell() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (0_u8..4).prop_map(f64::from), 1 => Just(f64::NAN), 1 => -1e6..1e6, 1 => Just(1e300), 1 => Just(0.0)]
}

/// Stratum, PSU, second-stage unit, two variables, group.
type Line = (u8, u8, u8, f64, f64, u8);

fn line() -> impl Strategy<Value = Line> {
    (0_u8..3, 0_u8..4, 0_u8..4, cell(), cell(), 0_u8..3)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(2024),
        ..ProptestConfig::default()
    })]

    /// Any design on any data ends in a problem or in numbers that are all finite.
    #[test]
    fn no_panic_and_no_nan_on_any_design(
        rows in prop::collection::vec(line(), 1..25),
        weights in prop::collection::vec(prop_oneof![0.0..10.0, Just(0.0), cell()], 25),
        fpc in prop::option::of(prop::collection::vec(prop_oneof![Just(0.5), Just(1.0), Just(20.0), 0.01..1.0], 2)),
        (rule, kind, nest, domain_lonely, brewer) in (0_usize..5, 0_usize..5, any::<bool>(), any::<bool>(), any::<bool>()),
    ) {
        let column = |pick: fn(&Line) -> f64| Column::numeric(rows.iter().map(pick).collect());
        let mut table = Table::new();
        for (name, values) in [
            ("h", column(|row| f64::from(row.0))),
            ("psu", column(|row| f64::from(row.1))),
            ("ssu", column(|row| f64::from(row.2))),
            ("y", column(|row| row.3)),
            ("x", column(|row| row.4)),
            ("g", column(|row| f64::from(row.5))),
        ] {
            table.insert(name, values).expect("equal lengths");
        }
        table.insert("w", Column::numeric(weights[..rows.len()].to_vec())).expect("equal lengths");
        for (number, value) in fpc.iter().flatten().enumerate() {
            table.insert(format!("f{number}"), Column::numeric(vec![*value; rows.len()])).expect("equal lengths");
        }
        let rule = ["fail", "remove", "certainty", "adjust", "average"][rule];
        let estimand = [
            r#"{"kind": "mean", "vars": ["y", "x"], "by": ["g"], "deff": true}"#,
            r#"{"kind": "total", "vars": ["y"], "by": ["g"], "deff": "replace"}"#,
            r#"{"kind": "ratio", "numerator": "y", "denominator": "x", "by": ["g"]}"#,
            r#"{"kind": "proportion", "vars": ["g"], "missing": "listwise"}"#,
            r#"{"kind": "contrast", "estimates": {"a": {"var": "y", "domain": {"g": 0}}, "b": {"var": "x"}}, "contrasts": {"c": {"a": 1, "b": -1}}}"#,
        ][kind];
        let fpc = if fpc.is_some() { r#"["f0", "f1"]"# } else { "null" };
        let pps = if brewer { r#""brewer""# } else { "false" };
        let request = format!(
            r#"{{"data": "t", "design": {{"ids": ["psu", "ssu"], "strata": "h", "nest": {nest}, "weights": "w", "fpc": {fpc},
            "pps": {pps}, "lonely_psu": "{rule}", "adjust_domain_lonely": {domain_lonely}}}, "estimand": {estimand}}}"#
        );
        match Request::parse(&request).expect("a known request").run(&table) {
            Err(problems) => prop_assert!(!problems.is_empty()),
            Ok(answer) => {
                for row in rows_of(&answer) {
                    let limits = [row.ci_t, row.ci_t_domain, row.ci_z].into_iter().flatten();
                    for value in [row.est, row.se, row.deff.flatten()].into_iter().chain(limits).flatten() {
                        prop_assert!(value.is_finite(), "{row:?}");
                    }
                    prop_assert!(row.se.is_none_or(|se| se >= 0.0));
                    prop_assert!(row.est.is_some() || row.why_missing.is_some());
                }
                for contrast in answer.contrasts.iter().flatten() {
                    for value in [contrast.est, contrast.se, contrast.t, contrast.p_t].into_iter().flatten() {
                        prop_assert!(value.is_finite(), "{contrast:?}");
                    }
                }
            }
        }
    }

    /// The same for inference: problems, or numbers that are all finite.
    #[test]
    fn no_panic_and_no_nan_in_any_inference(
        rows in prop::collection::vec(line(), 1..25),
        weights in prop::collection::vec(prop_oneof![8 => 0.1..10.0, 1 => Just(0.0), 1 => cell()], 25),
        pi in prop_oneof![Just(0.5), Just(1.0), 0.01..1.0],
        (rule, kind, estimator, stages) in (0_usize..6, 0_usize..10, 0_usize..4, 0_usize..3),
    ) {
        let column = |pick: fn(&Line) -> f64| Column::numeric(rows.iter().map(pick).collect());
        let mut table = Table::new();
        for (name, values) in [
            ("h", column(|row| f64::from(row.0))),
            ("psu", column(|row| f64::from(row.1))),
            ("y", column(|row| row.3)),
            ("x", column(|row| row.4)),
            ("g", column(|row| f64::from(row.5))),
            ("b", column(|row| f64::from(u8::from(row.3 > 1.0)))),
            ("pi", Column::numeric(vec![pi; rows.len()])),
        ] {
            table.insert(name, values).expect("equal lengths");
        }
        table.insert("w", Column::numeric(weights[..rows.len()].to_vec())).expect("equal lengths");
        let rule = ["fail", "remove", "certainty", "adjust", "average", "collapse"][rule];
        let estimand = [
            r#"{"kind": "proportion_ci", "vars": ["g", "b"], "event": 1, "by": "h", "small_cells": true}"#,
            r#"{"kind": "proportion_ci", "vars": "y", "event": 0, "methods": ["clopper_pearson", "papi_style"]}"#,
            r#"{"kind": "tests", "row": "g", "col": "h", "y": "y", "g": "b", "lev": 1}"#,
            r#"{"kind": "tests", "y": "x", "g": "g"}"#,
            r#"{"kind": "regression", "formula": "y ~ x + factor(g)"}"#,
            r#"{"kind": "regression", "formula": "b ~ x * factor(g)", "family": "quasibinomial"}"#,
            r#"{"kind": "variance_covariance", "vars": ["y", "x", "g"], "by": "b"}"#,
            r#"{"kind": "cross_table", "row": "g", "col": "b", "small_cells": true}"#,
            r#"{"kind": "pps_total", "vars": "y", "by": "g"}"#,
            r#"{"kind": "mean", "vars": "y", "by": "g", "small_cells": true, "papi_style": true}"#,
        ][kind];
        let pps = ["false", r#""brewer""#, r#""overton""#, r#""hartley_rao""#][estimator];
        let stages = ["all_stages", "ultimate_cluster", "first_stage"][stages];
        let request = format!(
            r#"{{"data": "t", "design": {{"ids": "psu", "strata": "h", "nest": true, "weights": "w", "fpc": "pi",
            "pps": {pps}, "lonely_psu": "{rule}", "variance": "{stages}"}}, "estimand": {estimand}}}"#
        );
        match Request::parse(&request).expect("a known request").run(&table) {
            Err(problems) => prop_assert!(!problems.is_empty()),
            // JSON would turn NaN into null without a word; the debug form does not.
            Ok(answer) => {
                let shown = format!("{answer:?}");
                for word in ["NaN", " inf", "(inf", "-inf", "[inf"] {
                    prop_assert!(!shown.contains(word), "{word} in {shown}");
                }
            }
        }
    }
}

fn weighted(design: &str, estimand: &str) -> Result<serde_json::Value, Problems> {
    let request =
        format!(r#"{{"data": "t.csv", "design": {{"ids": "psu", "weights": "w", {design}}}, "estimand": {estimand}}}"#);
    let answer = Request::parse(&request)?.run(&table())?;
    Ok(serde_json::to_value(&answer).expect("JSON"))
}

const MEAN: &str = r#"{"kind": "mean", "vars": ["y"]}"#;

#[test]
fn weights_go_through_the_steps_of_the_request_in_order() {
    let steps = r#""weighting": [
        {"step": "nonresponse", "status": "year", "respondent": [2023], "nonrespondent": 2024, "cells": "sex"},
        {"step": "poststratify", "var": "sex", "counts": {"Nam": 30, "Nữ": 50}},
        {"step": "trim", "upper": 30}]"#;
    let told = weighted(steps, MEAN).expect("an answer");
    let names: Vec<&str> = told["design"]["weighting"]
        .as_array()
        .expect("steps")
        .iter()
        .filter_map(|step| step["name"].as_str())
        .collect();
    assert_eq!(names, ["nonresponse", "poststratify", "trim"]);
    // Rows 1–3 answered: weights 1.5, 6, 1.5 in cells of 3 and 6; poststratified 15, 50, 15; trimmed 25, 30, 25. y is 1, 0 and missing.
    assert!((told["estimates"][0]["est"].as_f64().expect("a mean") - 25.0 / 55.0).abs() < 1e-12, "{told}");
    let crossed = r#""weighting": [{"step": "rake", "margins": [{"var": ["sex"], "counts": {"Nam": 4, "Nữ": 5}},
        {"var": ["year"], "counts": {"2023": 4.5, "2024": 4.5}}]}]"#;
    assert!(weighted(crossed, MEAN).is_ok());
    let nested = r#""weighting": [{"step": "poststratify", "var": ["sex", "year"],
        "counts": {"Nam": {"2023": 2, "2024": 1}, "Nữ": {"2023": 3, "2024": 4}}}]"#;
    assert!(weighted(nested, MEAN).is_ok());
}

#[test]
fn steps_that_do_not_fit_are_refused_with_their_place() {
    let code = |steps: &str| {
        let problems = weighted(&format!(r#""weighting": [{steps}]"#), MEAN).expect_err("a problem");
        (problems.0[0].code, problems.to_string())
    };
    let (unknown, text) = code(r#"{"step": "rakee", "margins": []}"#);
    assert!(unknown == "request_json" && text.contains("rakee"), "{text}");
    let (unknown, text) = code(r#"{"step": "trim", "uper": 3}"#);
    assert!(unknown == "request_json" && text.contains("uper"), "{text}");
    assert_eq!(code(r#"{"step": "calibrate", "method": "cubic", "totals": {"intercept": 9}}"#).0, "not_supported_yet");
    assert_eq!(code(r#"{"step": "calibrate", "method": "logit", "totals": {"intercept": 9}}"#).0, "calibration_bounds");
    let (missing, text) = code(r#"{"step": "calibrate", "method": "linear", "totals": {"intercept": 9, "age": 3}}"#);
    assert!(missing == "table_unknown_column" && text.contains("weighting[0] calibrate"), "{text}");
    assert_eq!(code(r#"{"step": "poststratify", "var": "sex", "counts": {"Nam": {"x": 1}}}"#).0, "request_counts");
    assert_eq!(code(r#"{"step": "poststratify", "var": "sex", "counts": {"Nam": 1}}"#).0, "margin_unknown_cell");
    assert_eq!(code(r#"{"step": "trim", "upper": 1}"#).0, "trim_infeasible");
}

#[test]
fn replicates_are_made_from_the_design_with_a_seed_of_their_own() {
    let boot = r#""replicates": {"type": "rao_wu", "n_rep": 40, "seed": 7}"#;
    let told = weighted(boot, MEAN).expect("an answer");
    assert_eq!(told, weighted(boot, MEAN).expect("an answer"));
    assert_eq!(told["design"]["replicates"]["seed"], 7);
    assert!(told["estimates"][0]["se"].as_f64().is_some_and(|se| se > 0.0));
    for kind in [
        r#"{"kind": "total", "vars": ["y"], "by": ["sex"]}"#,
        r#"{"kind": "proportion", "vars": ["sex"]}"#,
        r#"{"kind": "ratio", "numerator": "y", "denominator": "w"}"#,
        r#"{"kind": "quantile", "vars": ["w"], "probs": [0.5], "qrules": ["math", "hf7"]}"#,
        r#"{"kind": "contrast", "estimates": {"m": {"var": "w", "domain": {"sex": "Nam"}}, "f": {"var": "w", "domain": {"sex": "Nữ"}}},
            "contrasts": {"d": {"m": 1, "f": -1}}}"#,
    ] {
        let told = weighted(r#""replicates": {"type": "JK1"}"#, kind).expect(kind);
        assert!(told["estimates"][0]["est"].as_f64().is_some(), "{kind}: {told}");
        assert_eq!(told["estimates"][0]["df"], 2, "{kind}");
    }
    let code =
        |replicates: &str| weighted(&format!(r#""replicates": {replicates}"#), MEAN).expect_err(replicates).0[0].code;
    assert_eq!(code(r#"{"type": "rao_wu", "n_rep": 40}"#), "request_missing_key");
    assert_eq!(code(r#"{"type": "JK1", "seed": 7}"#), "not_supported_yet");
    assert_eq!(code(r#"{"file": "r.csv", "type": "JK1", "combined_weights": true}"#), "request_file");
    assert_eq!(code(r#"{"type": "JK1", "weights": 7}"#), "request_json");
    assert_eq!(codes(answer(r#"{"kind": "replicate_variance", "vars": ["y"]}"#)), ["request_missing_key"]);
    assert_eq!(codes(answer(r#"{"kind": "mean", "vars": ["y"], "method": "rake"}"#)), ["not_supported_yet"]);
}
