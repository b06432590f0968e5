//! The reference cases: what R `survey` 4.5 says of the same request (see `tests/reference/README.md`).

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files must stop")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use estimation::read;
use estimation::request::Request;
use serde_json::Value;

const KINDS: [&str; 14] = [
    "mean",
    "total",
    "ratio",
    "proportion",
    "contrast",
    "composite",
    "quantile",
    "proportion_ci",
    "tests",
    "regression",
    "variance_covariance",
    "pps_total",
    "replicate_variance",
    "calibration",
];

/// The cases kept with the tests, and the whole collection where it lies beside the project.
fn collections() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    [here.join("tests/reference"), here.join("../../shared/reference/estimation")]
        .into_iter()
        .filter(|folder| folder.join("cases").is_dir())
        .collect()
}

/// Name, text (whose order of keys counts) and content of each case.
fn cases(folder: &Path) -> Vec<(String, String, Value)> {
    let mut cases: Vec<(String, String, Value)> = std::fs::read_dir(folder.join("cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let case = serde_json::from_str(&text).unwrap();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), text, case)
        })
        .collect();
    cases.sort_by(|a, b| a.0.cmp(&b.0));
    cases
}

/// Some cases list more than their request names (ratios, domains): the request is completed with what the case expects.
fn completed(text: &str, case: &Value) -> String {
    let mut request = case.clone();
    let expected = case["expected"]["estimates"].as_array().cloned().unwrap_or_default();
    let unasked = |key: &str| case["estimand"][key].as_array().is_none_or(Vec::is_empty);
    let kind = case["estimand"]["kind"].as_str().unwrap();
    if !matches!(kind, "replicate_variance" | "calibration") {
        return text.to_owned();
    }
    let ratios: Vec<Vec<&str>> = expected
        .iter()
        .filter(|entry| entry["stat"] == "ratio")
        .map(|entry| entry["name"].as_str().unwrap().split('/').collect())
        .collect();
    if unasked("ratios") && !ratios.is_empty() {
        request["estimand"]["ratios"] = serde_json::to_value(&ratios).unwrap();
    }
    if let (true, Some(domain)) = (unasked("by"), expected.iter().find_map(|entry| entry["domain"].as_object())) {
        request["estimand"]["by"] = domain.keys().cloned().collect();
    }
    request.to_string()
}

fn answer(folder: &Path, text: &str) -> Result<Value, String> {
    let request = Request::parse(text).map_err(|problems| problems.to_string())?;
    let bytes = std::fs::read(folder.join(&request.data)).unwrap();
    let table = read::csv(&bytes, &request.data).map_err(|problems| problems.to_string())?;
    let files =
        request.other_files().into_iter().map(|name| (name.to_owned(), std::fs::read(folder.join(name)).unwrap()));
    let answer = request.run_with(&table, &files.collect()).map_err(|problems| problems.to_string())?;
    Ok(serde_json::to_value(&answer).unwrap())
}

/// Every number of `expected` is in `got`, at the same place, within the tolerance.
fn compare(at: &str, expected: &Value, got: &Value, tolerance: f64, wrong: &mut Vec<String>, worst: &mut f64) {
    match (expected, got) {
        (Value::Number(expected), Value::Number(got)) => {
            let (expected, got) = (expected.as_f64().unwrap(), got.as_f64().unwrap());
            let size = expected.abs().max(got.abs());
            let gap = if size > 0.0 { (expected - got).abs() / size } else { 0.0 };
            *worst = worst.max(gap);
            if gap > tolerance {
                wrong.push(format!("{at}: expected {expected}, got {got}"));
            }
        }
        (Value::Object(expected), Value::Object(got)) => {
            for (key, value) in expected {
                let found = got.get(key).unwrap_or(&Value::Null);
                compare(&format!("{at}.{key}"), value, found, tolerance, wrong, worst);
            }
        }
        // Quantiles, proportions and statistics by replicates come by more rules and intervals than a case lists: each is
        // known by what it is, not by its place.
        (Value::Array(expected), Value::Array(got))
            if expected
                .first()
                .is_some_and(|entry| ["qrule", "method", "stat"].iter().any(|key| entry[key].is_string())) =>
        {
            let key = |entry: &Value| {
                ["domain", "name", "stat", "p", "qrule", "interval", "method"].map(|key| entry[key].clone())
            };
            for expected in expected {
                let found = got.iter().find(|entry| key(entry) == key(expected)).unwrap_or(&Value::Null);
                compare(&format!("{at}{:?}", key(expected)), expected, found, tolerance, wrong, worst);
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (number, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(&format!("{at}[{number}]"), expected, got, tolerance, wrong, worst);
            }
        }
        (expected, got) if expected == got => {}
        (expected, got) => wrong.push(format!("{at}: expected {expected}, got {got}")),
    }
}

#[test]
fn every_reference_case_of_a_supported_kind_is_met_at_its_own_tolerance() {
    let collections = collections();
    assert!(!collections.is_empty());
    for folder in collections {
        let (mut passed, mut worst, mut wrong) = (BTreeMap::<String, usize>::new(), 0.0, Vec::new());
        for (name, text, case) in cases(&folder) {
            let kind = case["estimand"]["kind"].as_str().unwrap().to_owned();
            if !KINDS.contains(&kind.as_str()) {
                continue;
            }
            let before = wrong.len();
            let refused = case["expected"].get("error").is_some();
            match answer(&folder, &completed(&text, &case)) {
                Err(problem) if !refused => wrong.push(format!("{name}: {problem}")),
                Ok(_) if refused => wrong.push(format!("{name}: R refuses it, we do not")),
                Err(_) => {}
                Ok(got) => {
                    let tolerance = case["tolerance_rel"].as_f64().unwrap();
                    compare(&name, &case["expected"], &got, tolerance, &mut wrong, &mut worst);
                }
            }
            *passed.entry(kind).or_default() += usize::from(wrong.len() == before);
        }
        let n: usize = passed.values().sum();
        println!("{}: {n} cases agree {passed:?}, largest relative difference {worst:.1e}", folder.display());
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
        assert!(n >= 15, "only {n} cases were run");
    }
}

#[test]
fn kinds_that_are_not_built_yet_are_refused_not_guessed() {
    for folder in collections() {
        for (name, text, case) in cases(&folder) {
            let kind = case["estimand"]["kind"].as_str().unwrap();
            if !KINDS.contains(&kind) {
                let problem = answer(&folder, &text).expect_err(&name);
                assert!(problem.contains("not supported yet"), "{name}: {problem}");
            }
        }
    }
}
