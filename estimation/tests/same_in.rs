//! The code for other programs gives the same numbers there.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own files must stop")]

use std::path::Path;
use std::process::Command;

use estimation::read;
use estimation::request::{Program, Request};
use serde_json::Value;

fn reference() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference")
}

/// Estimates and standard errors of our own answer, in order.
fn ours(request: &Request) -> Vec<(f64, f64)> {
    let bytes = |name: &str| std::fs::read(reference().join(name)).unwrap();
    let table = read::csv(&bytes(&request.data), &request.data).unwrap();
    let files = request.other_files().into_iter().map(|name| (name.to_owned(), bytes(name))).collect();
    let answer = serde_json::to_value(request.run_with(&table, &files).unwrap()).unwrap();
    let pair = |row: &Value| row["est"].as_f64().zip(row["se"].as_f64());
    let mut all: Vec<(f64, f64)> = answer["estimates"].as_array().unwrap().iter().filter_map(pair).collect();
    all.extend(answer["contrasts"].as_array().into_iter().flatten().filter_map(pair));
    let domains = answer["domains"].as_array().into_iter().flatten();
    for fitted in domains.chain([&answer]) {
        if let Some(names) = fitted["coef"].as_object() {
            all.extend(names.keys().filter_map(|name| fitted["coef"][name].as_f64().zip(fitted["se"][name].as_f64())));
        }
    }
    all
}

fn request(design: &str, estimand: &str, data: &str) -> Request {
    Request::parse(&format!(r#"{{"data": "data/{data}", "design": {design}, "estimand": {estimand}}}"#)).unwrap()
}

const SCHOOLS: &str = r#"{"strata": "stype", "weights": "pw", "fpc": "fpc"}"#;

/// Design, estimand, data.
const SAME_IN_R: [(&str, &str, &str); 20] = [
    (SCHOOLS, r#"{"kind": "mean", "vars": ["api00", "ell"], "by": ["sch_wide", "awards"]}"#, "apistrat_gaps.csv"),
    (SCHOOLS, r#"{"kind": "mean", "vars": ["api00", "ell"], "missing": "listwise"}"#, "apistrat_gaps.csv"),
    (SCHOOLS, r#"{"kind": "total", "vars": ["ell"]}"#, "apistrat_gaps.csv"),
    (SCHOOLS, r#"{"kind": "proportion", "vars": ["awards"], "by": "stype"}"#, "apistrat_gaps.csv"),
    (
        SCHOOLS,
        r#"{"kind": "ratio", "numerator": "api00", "denominator": "api99", "by": "awards"}"#,
        "apistrat_gaps.csv",
    ),
    (
        SCHOOLS,
        r#"{"kind": "quantile", "vars": "api00", "probs": [0.25, 0.5], "qrules": "hf7", "intervals": "mean"}"#,
        "apistrat_gaps.csv",
    ),
    (
        SCHOOLS,
        r#"{"kind": "contrast", "estimates": {"E": {"var": "ell", "domain": {"stype": "E"}}, "all": {"var": "ell"}},
            "contrasts": {"d": {"E": 1, "all": -1}}}"#,
        "apistrat_gaps.csv",
    ),
    (
        SCHOOLS,
        r#"{"kind": "proportion_ci", "vars": "awards", "event": "Yes", "by": "sch_wide", "methods": ["xlogit", "beta"]}"#,
        "apistrat_gaps.csv",
    ),
    (SCHOOLS, r#"{"kind": "regression", "formula": "api00 ~ stype * ell + I(awards == 'Yes')"}"#, "apistrat_gaps.csv"),
    (
        SCHOOLS,
        r#"{"kind": "regression", "formula": "api00 ~ ell + meals", "by": ["awards", "sch_wide"]}"#,
        "apistrat_gaps.csv",
    ),
    (
        r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}"#,
        r#"{"kind": "regression", "formula": "I(sch_wide == 'Yes') ~ api00", "family": "quasibinomial", "by": "stype"}"#,
        "apiclus2.csv",
    ),
    (
        r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"]}"#,
        r#"{"kind": "mean", "vars": ["api00", "enroll"], "by": "stype"}"#,
        "apiclus2.csv",
    ),
    (
        r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"], "variance": "ultimate_cluster"}"#,
        r#"{"kind": "mean", "vars": ["api00", "enroll"]}"#,
        "apiclus2.csv",
    ),
    (
        r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"], "variance": "first_stage"}"#,
        r#"{"kind": "mean", "vars": ["api00", "enroll"]}"#,
        "apiclus2.csv",
    ),
    (
        r#"{"ids": ["district", "commune", "village", "rid"], "strata": ["strat_d", "cert_c", "cert_v"],
            "fpc": ["f_d", "f_c", "f_v", "f_h"], "pps": "brewer", "lonely_psu": "certainty"}"#,
        r#"{"kind": "mean", "vars": ["dim1", "dim8"]}"#,
        "papi1.csv",
    ),
    (
        r#"{"fpc": "p", "joint_probabilities": "data/election__joint.csv"}"#,
        r#"{"kind": "pps_total", "vars": ["Bush", "Kerry"]}"#,
        "election.csv",
    ),
    (
        r#"{"fpc": "p", "pps": "yg", "joint_probabilities": "data/election__joint.csv"}"#,
        r#"{"kind": "ratio", "numerator": "Bush", "denominator": "Kerry"}"#,
        "election.csv",
    ),
    (r#"{"fpc": "p", "pps": "hartley_rao"}"#, r#"{"kind": "mean", "vars": ["Bush"]}"#, "election.csv"),
    (
        r#"{"ids": "dnum", "weights": "pw",
            "weighting": [{"step": "calibrate", "method": "raking", "totals": {"pw": 209640.4, "api99": 3914069}}]}"#,
        r#"{"kind": "mean", "vars": ["api00", "enroll"], "by": "stype"}"#,
        "apiclus1.csv",
    ),
    (
        r#"{"ids": "dnum", "weights": "pw",
            "weighting": [{"step": "calibrate", "method": "logit", "bounds": [0.5, 2.0], "totals": {"api99": 3914069, "api00": 4130000}}]}"#,
        r#"{"kind": "mean", "vars": ["enroll"]}"#,
        "apiclus1.csv",
    ),
];

#[test]
fn r_gives_the_same_numbers_from_the_code_it_is_given() {
    let has_survey =
        Command::new("Rscript").args(["-e", "suppressMessages({library(survey); library(MASS)})"]).output();
    if !has_survey.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no Rscript with the packages survey and MASS on this machine");
        return;
    }
    // One run for all: starting R takes longer than the estimates.
    let requests: Vec<Request> =
        SAME_IN_R.iter().map(|(design, estimand, data)| request(design, estimand, data)).collect();
    let codes: Vec<String> = requests.iter().map(|request| request.same_in(Program::R).unwrap()).collect();
    let script = std::env::temp_dir().join(format!("same_in_{}.R", std::process::id()));
    std::fs::write(&script, codes.join("\ncat(\"=====\\n\")\n")).unwrap();
    let output = Command::new("Rscript").arg(&script).current_dir(reference()).output().unwrap();
    std::fs::remove_file(&script).unwrap();
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}\n{errors}");
    let parts: Vec<&str> = text.split("=====\n").collect();
    assert_eq!(parts.len(), requests.len(), "{text}");
    for ((request, code), text) in requests.iter().zip(&codes).zip(parts) {
        let theirs = text.lines().filter_map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            (cells.len() == 4).then(|| (cells[2].parse().unwrap(), cells[3].parse().unwrap()))
        });
        same(ours(request), theirs.collect(), code);
    }
}

/// The same pairs of estimate and standard error, whatever the order of domains, variables and coefficients.
fn same(mut ours: Vec<(f64, f64)>, mut theirs: Vec<(f64, f64)>, code: &str) {
    ours.sort_by(|a, b| a.0.total_cmp(&b.0));
    theirs.sort_by(|a, b| a.0.total_cmp(&b.0));
    assert!(!ours.is_empty() && ours.len() == theirs.len(), "{ours:?} {theirs:?}\n{code}");
    // Estimates that differ in their last digits may come in another order; equal estimates have equal neighbours.
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-8 * a.abs().max(b.abs());
    for &(estimate, error) in &ours {
        let found = theirs.iter().any(|&(other, other_error)| near(estimate, other) && near(error, other_error));
        assert!(found, "{estimate} {error} is not among {theirs:?}\n{code}");
    }
}

/// `KHAOSAT_PYTHON` may name a Python that has the package.
#[test]
fn python_gives_the_same_numbers_from_the_code_it_is_given() {
    let python = std::env::var("KHAOSAT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_svy = Command::new(&python).args(["-c", "import svy, polars"]).output();
    if !has_svy.is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: no Python with the package svy on this machine");
        return;
    }
    let clusters = r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"], "weights": "pw"}"#;
    for (design, estimand, data) in [
        (SCHOOLS, r#"{"kind": "mean", "vars": ["api00", "ell"], "by": ["sch_wide"]}"#, "apistrat_gaps.csv"),
        (SCHOOLS, r#"{"kind": "ratio", "numerator": "api00", "denominator": "api99"}"#, "apistrat_gaps.csv"),
        (SCHOOLS, r#"{"kind": "proportion", "vars": ["awards"]}"#, "apistrat_gaps.csv"),
        (SCHOOLS, r#"{"kind": "total", "vars": ["meals"]}"#, "apistrat_gaps.csv"),
        (clusters, r#"{"kind": "mean", "vars": ["api00"], "by": "stype"}"#, "apiclus2.csv"),
    ] {
        let request = request(design, estimand, data);
        let code = request.same_in(Program::Python).unwrap();
        let output = Command::new(&python).arg("-c").arg(&code).current_dir(reference()).output().unwrap();
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{code}\n{errors}");
        let theirs: Vec<(f64, f64)> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|row| row["est"].as_f64().zip(row["se"].as_f64()))
            .collect();
        same(ours(&request), theirs, &code);
    }
}

#[test]
fn stata_code_declares_the_design_and_asks_for_the_estimate() {
    let schools = request(SCHOOLS, r#"{"kind": "mean", "vars": "api00", "by": "awards"}"#, "apistrat_gaps.csv");
    assert_eq!(
        schools.same_in(Program::Stata).unwrap(),
        "version 16\nimport delimited \"data/apistrat_gaps.csv\", case(preserve) varnames(1) encoding(\"UTF-8\") clear\n\
         egen long _stratum1 = group(stype)\nsvyset _n [pweight=pw], strata(_stratum1) fpc(fpc) singleunit(missing)\n\
         egen _domain = group(awards), label\nsvy, level(95): mean api00, over(_domain)\n"
    );
    let two_stages = request(
        r#"{"ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"], "weights": "pw", "lonely_psu": "adjust"}"#,
        r#"{"kind": "regression", "formula": "I(awards == 'Yes') ~ 0 + factor(stype) + ell", "family": "quasibinomial"}"#,
        "apiclus2.csv",
    );
    let code = two_stages.same_in(Program::Stata).unwrap();
    assert!(
        code.contains("svyset _unit1 [pweight=pw], fpc(fpc1) singleunit(centered) || _unit2, fpc(fpc2)\n"),
        "{code}"
    );
    assert!(code.contains("svy, level(95): logit _x0 i._x1 ell, noconstant\n"), "{code}");
}

#[test]
fn what_a_program_cannot_repeat_is_told() {
    let mean = r#"{"kind": "mean", "vars": "y"}"#;
    for (design, estimand, program) in [
        (r#"{"weights": "w", "pps": "brewer", "fpc": "p"}"#, mean, Program::Stata),
        (r#"{"weights": "w", "lonely_psu": "collapse"}"#, mean, Program::R),
        (r#"{"ids": ["a", "b"], "fpc": ["f", "g"]}"#, mean, Program::Python),
        (r#"{"weights": "tên có dấu cách"}"#, mean, Program::Stata),
        (r#"{"weights": "w"}"#, r#"{"kind": "variance_covariance", "vars": "y"}"#, Program::Python),
        // Code that left the steps out would give other numbers without a word.
        (r#"{"weights": "w", "weighting": [{"step": "trim", "upper": 4}]}"#, mean, Program::R),
        (r#"{"weights": "w", "weighting": [{"step": "trim", "upper": 4}]}"#, mean, Program::Stata),
        (r#"{"weights": "w", "weighting": [{"step": "trim", "upper": 4}]}"#, mean, Program::Python),
    ] {
        let refused = request(design, estimand, "d.csv").same_in(program).map_err(|problem| problem.code);
        assert_eq!(refused, Err("same_in_unsupported"), "{design} {estimand}");
    }
}
