//! `khaosat estimate`: the reference cases of R `survey`, through the program.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::workshop::{beside_project, fail_in, of_project, run_in, text};

fn collections() -> Vec<PathBuf> {
    let with_the_tests = of_project("estimation/tests/reference");
    [Some(with_the_tests), beside_project("reference/estimation")].into_iter().flatten().collect()
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder.join("cases"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    cases.sort();
    cases
}

/// Some cases list more than their request names (ratios, domains): the request asks for what the case lists.
fn completed(text: &str, case: &Value) -> String {
    let mut request = case.clone();
    let expected = case["expected"]["estimates"].as_array().cloned().unwrap_or_default();
    let unasked = |key: &str| case["estimand"][key].as_array().is_none_or(Vec::is_empty);
    if !matches!(case["estimand"]["kind"].as_str(), Some("replicate_variance" | "calibration")) {
        // As it is written: the order of a contrast's parts is its own.
        return text.to_owned();
    }
    let names = |entry: &Value| entry["name"].as_str().expect("a name").split('/').map(Value::from).collect();
    let ratios: Vec<Value> = expected.iter().filter(|entry| entry["stat"] == "ratio").map(names).collect();
    if unasked("ratios") && !ratios.is_empty() {
        request["estimand"]["ratios"] = ratios.into();
    }
    if let (true, Some(domain)) = (unasked("by"), expected.iter().find_map(|entry| entry["domain"].as_object())) {
        request["estimand"]["by"] = domain.keys().cloned().collect();
    }
    request.to_string()
}

/// What an estimate is known by, when more come out than a case lists.
fn known_by(entry: &Value) -> [Value; 7] {
    ["domain", "name", "stat", "p", "qrule", "interval", "method"].map(|key| entry[key].clone())
}

/// Every number, word and null that is expected stands in what was printed, at the same place; where a case lists some rules,
/// intervals or statistics of several, at the place of the same.
fn differences(at: &str, expected: &Value, got: &Value, tolerance: f64) -> Vec<String> {
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => expected
            .iter()
            .flat_map(|(key, value)| {
                differences(&format!("{at}.{key}"), value, got.get(key).unwrap_or(&Value::Null), tolerance)
            })
            .collect(),
        (Value::Array(expected), Value::Array(got))
            if ["qrule", "method", "stat"]
                .iter()
                .any(|key| expected.first().is_some_and(|first| first[key].is_string())) =>
        {
            let same =
                |wanted: &Value| got.iter().find(|entry| known_by(entry) == known_by(wanted)).unwrap_or(&Value::Null);
            expected
                .iter()
                .flat_map(|wanted| differences(&format!("{at}{:?}", known_by(wanted)), wanted, same(wanted), tolerance))
                .collect()
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => expected
            .iter()
            .zip(got)
            .enumerate()
            .flat_map(|(number, (expected, got))| differences(&format!("{at}[{number}]"), expected, got, tolerance))
            .collect(),
        (Value::Number(expected), Value::Number(got)) => {
            let (expected, got) = (expected.as_f64().expect("a number"), got.as_f64().expect("a number"));
            let near = (expected - got).abs() <= tolerance * expected.abs().max(got.abs());
            if near { Vec::new() } else { vec![format!("{at}: {expected} expected, {got} printed")] }
        }
        (expected, got) if expected == got => Vec::new(),
        (expected, got) => vec![format!("{at}: {expected} expected, {got} printed")],
    }
}

#[test]
fn every_case_is_met_or_refused_as_r_does() {
    for folder in collections() {
        let (mut met, mut refused_as_r_does, mut wrong) = (0, 0, Vec::new());
        let requests = tempfile::tempdir().expect("a folder");
        let data_dir = folder.to_str().expect("UTF-8").to_owned();
        for path in cases(&folder) {
            let written = std::fs::read_to_string(&path).expect("a case");
            let case: Value = serde_json::from_str(&written).expect("JSON");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let kind = case["estimand"]["kind"].as_str().expect("a kind");
            let request = requests.path().join(path.file_name().expect("a name"));
            std::fs::write(&request, completed(&written, &case)).expect("written");
            let output = run_in(&folder, &["estimate", request.to_str().expect("UTF-8"), "--data-dir", &data_dir]);
            let told = text(&output.stderr);
            match output.status.code() {
                Some(0) if !case["expected"]["error"].is_null() => wrong.push(format!("{name}: R refuses it")),
                Some(0) => {
                    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
                    let tolerance = case["tolerance_rel"].as_f64().expect("a tolerance");
                    let found = differences(&name, &case["expected"], &printed, tolerance);
                    met += usize::from(found.is_empty());
                    wrong.extend(found);
                }
                Some(1) if !output.stdout.is_empty() => {
                    wrong.push(format!("{name}: refused, and printed all the same"));
                }
                Some(1) if !case["expected"]["error"].is_null() => refused_as_r_does += 1,
                code => wrong.push(format!("{name} ({kind}): {code:?} {told}")),
            }
        }
        eprintln!("{}: {met} met, {refused_as_r_does} refused as R does", folder.display());
        assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong[..wrong.len().min(30)].join("\n"));
        assert!(met >= 15, "only {met}");
    }
}

#[test]
fn a_request_that_cannot_be_carried_out_ends_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    let request = |data: &str, estimand: &str| {
        format!(r#"{{"data": "{data}", "design": {{"ids": "psu", "weights": "w"}}, "estimand": {estimand}}}"#)
    };
    let mean = r#"{"kind": "mean", "vars": ["y"]}"#;
    write("good.csv", "psu,w,y\n1,2,1\n1,2,0\n2,3,1\n2,1,0\n");
    let told = |text: &str| {
        write("request.json", text);
        fail_in(folder.path(), &["estimate", "request.json"])
    };
    assert!(told("").contains("request.json"));
    assert!(told("[]").contains("request.json"));
    assert!(told(&request("lost.csv", mean)).contains("lost.csv"));
    assert!(told(&request(".", mean)).contains("cannot be read"));
    let unsupported = told(&request("good.csv", r#"{"kind": "principal_components", "vars": ["y"]}"#));
    assert!(unsupported.contains("not supported yet"), "{unsupported}");
    assert!(told(&request("good.csv", r#"{"kind": "regression", "formula": "y ~ x"}"#)).contains("no column x"));
    assert!(told(&request("good.csv", r#"{"kind": "mean", "vars": ["z"]}"#)).contains('z'));
    for (name, data) in [
        ("empty.csv", ""),
        ("heading.csv", "psu,w,y\n"),
        ("negative.csv", "psu,w,y\n1,-2,1\n2,3,0\n"),
        ("nan.csv", "psu,w,y\n1,NaN,1\n2,3,0\n"),
        ("huge.csv", "psu,w,y\n1,1e400,1\n2,3,0\n"),
        ("nan_value.csv", "psu,w,y\n1,1,NaN\n2,3,0\n"),
        ("inf_value.csv", "psu,w,y\n1,1,inf\n2,3,0\n"),
        ("short.csv", "psu,w,y\n1,2\n2,3,0\n"),
        ("semicolon.csv", "psu;w;y\n1;2;1\n2;3;0\n"),
    ] {
        write(name, data);
        let told = told(&request(name, mean));
        assert!(told.contains(name), "{name}: {told}");
    }
}

#[test]
fn a_mark_of_byte_order_and_windows_line_ends_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let request =
        r#"{"data": "d.csv", "design": {"ids": "psu", "weights": "w"}, "estimand": {"kind": "mean", "vars": ["y"]}}"#;
    std::fs::write(folder.path().join("request.json"), request).expect("written");
    let plain = "psu,w,y\n1,2,1\n1,2,0\n2,3,1\n3,1,0\n";
    let printed = |data: String| {
        std::fs::write(folder.path().join("d.csv"), data).expect("written");
        super::workshop::succeed_in(folder.path(), &["estimate", "request.json"])
    };
    let first = printed(plain.to_owned());
    assert_eq!(printed(format!("\u{feff}{plain}")), first);
    assert_eq!(printed(plain.replace('\n', "\r\n")), first);
    let document: Value = serde_json::from_str(&first).expect("JSON");
    assert!((document["estimates"][0]["est"].as_f64().expect("a number") - 5.0 / 8.0).abs() < 1e-15);
}
