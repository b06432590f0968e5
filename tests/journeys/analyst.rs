//! What analysts read of the demonstration: page, API and CSV say the same numbers, R repeats them, few answers stay hidden.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::process::Command;

use serde_json::Value;

use super::workshop::{demonstration, files};
use crate::support::process::{Process, khaosat};

const ROUND: &str = "bac-giang-mo-phong";

/// A server on a copy of the demonstration's database, and the token of an analyst.
struct Desk {
    process: Process,
    token: String,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files(&demonstration().folder) {
            if name.starts_with("khaosat.db") {
                std::fs::write(folder.path().join(name), bytes).expect("copied");
            }
        }
        let database = folder.path().join("khaosat.db").to_str().expect("UTF-8").to_owned();
        let made =
            khaosat(&["token", "add", "--role", "analyst", "--round", ROUND, "--name", "x", "--database", &database]);
        let told = String::from_utf8(made.stdout).expect("UTF-8");
        let token = told.split_whitespace().find(|word| word.starts_with("khs_")).expect("a token").to_owned();
        Self { process: Process::serve(&database), token, _folder: folder }
    }

    fn bytes(&self, path: &str) -> Vec<u8> {
        let reply = self.process.client.get(path, Some(&self.token));
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.bytes));
        reply.bytes
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.bytes(&format!("/api/v1/rounds/{ROUND}/{path}"))).expect("JSON")
    }

    fn csv(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let bytes = self.bytes(&format!("/api/v1/rounds/{ROUND}/{path}"));
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        reader.deserialize().map(|row| row.expect("a row")).collect()
    }

    fn page(&self, path: &str) -> String {
        String::from_utf8(self.bytes(&format!("/rounds/{ROUND}/{path}"))).expect("UTF-8")
    }
}

/// Text as it was before it was put into a page.
fn plain(html: &str) -> String {
    let named = [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    named.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// All estimates of an answer: number, standard error and interval, keyed by what they are of.
fn estimates(finding: &Value) -> Vec<(String, Option<f64>, Option<f64>)> {
    let steps = finding["steps"].as_array().expect("steps");
    let mut all = Vec::new();
    for step in steps {
        for one in step["answer"]["estimates"].as_array().into_iter().flatten() {
            let group =
                one["domain"].as_object().and_then(|domain| domain.values().next()).map(text_of).unwrap_or_default();
            let value = if one["event"].is_null() { String::new() } else { text_of(&one["event"]) };
            all.push((format!("{group}/{value}"), one["est"].as_f64(), one["se"].as_f64()));
        }
        for cell in step["answer"]["cells"].as_array().into_iter().flatten() {
            for part in ["of_table", "of_row", "of_col"] {
                let name = format!("{part}:{}/{}", text_of(&cell["row"]), text_of(&cell["col"]));
                all.push((name, cell[part]["est"].as_f64(), cell[part]["se"].as_f64()));
            }
        }
        for pair in step["answer"]["comparisons"].as_array().into_iter().flatten() {
            let name = format!("difference:{}/{}", text_of(&pair["a"]), text_of(&pair["b"]));
            all.push((name, pair["diff"].as_f64(), pair["se"].as_f64()));
        }
    }
    all
}

/// The same number, or none on both sides. The reader of JSON may lose the last bit.
fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 4.0 * f64::EPSILON * one.abs(),
        (one, other) => one == other,
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

const ASKED: [&str; 6] = [
    "questionnaire=papi-2019&question=sex",
    "questionnaire=papi-2019&question=education&by=sex",
    "questionnaire=papi-2019&question=age_years&by=education",
    "questionnaire=papi-2019&row=sex&col=education",
    "questionnaire=papi-2019&question=education&groups=sex&value=3",
    "questionnaire=papi-2019&question=age_years&groups=sex",
];

fn page_of(asked: &str) -> String {
    let page = match asked {
        asked if asked.contains("row=") => "cross-table",
        asked if asked.contains("groups=") => "comparison",
        _ => "question",
    };
    format!("{page}?{asked}&lang=en")
}

#[test]
fn page_api_and_csv_say_the_same_numbers() {
    let desk = Desk::open();
    for asked in ASKED {
        let reply = desk.json(&format!("estimates.json?{asked}"));
        let of_api = estimates(&reply["finding"]);
        let of_csv = desk.csv(&format!("estimates.csv?{asked}"));
        assert!(!of_api.is_empty() && of_api.len() == of_csv.len(), "{asked}: {} and {}", of_api.len(), of_csv.len());
        let page = desk.page(&page_of(asked));
        let mut n_shown = 0;
        for row in &of_csv {
            let prefix = match row["part"].as_str() {
                "share" | "mean" => String::new(),
                part => format!("{part}:"),
            };
            let name = format!("{prefix}{}/{}", row["group"], row["value"]);
            let (_, estimate, error) = of_api
                .iter()
                .find(|(other, ..)| *other == name)
                .unwrap_or_else(|| panic!("{asked}: no {name} in {of_api:?}"));
            assert!(same(row["estimate"].parse().ok(), *estimate), "{asked}: {name} {row:?} {estimate:?}");
            assert!(same(row["standard_error"].parse().ok(), *error), "{asked}: {name} {row:?} {error:?}");
            // Of a cross table the page shows shares of rows.
            if let Some(estimate) = estimate.filter(|_| !["of_table", "of_col"].contains(&row["part"].as_str())) {
                let is_share = !asked.contains("age_years");
                let shown = if is_share { format!("{:.1} %", 100.0 * estimate) } else { format!("{estimate:.2}") };
                assert!(page.contains(&shown), "{asked}: {name} = {shown} is not on the page");
                n_shown += 1;
            }
        }
        assert!(n_shown > 0, "{asked}");
        let input = reply["input"].as_str().expect("a hash");
        assert!(page.contains(&format!("input={input}")), "{asked}: the permanent link");
    }
}

#[test]
fn the_index_page_shows_the_scores_of_the_api() {
    let desk = Desk::open();
    for code in ["papi-2019", "sipas-2023"] {
        let scores = desk.json(&format!("scores.json?index={code}"));
        let of_csv = desk.csv(&format!("scores.csv?index={code}"));
        let page = desk.page(&format!("index?index={code}&lang=en"));
        let mut n_shown = 0;
        for row in &of_csv {
            let Ok(estimate) = row["estimate"].parse::<f64>() else { continue };
            if row["n"].parse::<usize>().is_ok_and(|n| n >= 30) {
                let shown = format!(">{estimate:.2}<");
                assert!(page.contains(&shown), "{code} {}: {shown}", row["code"]);
                n_shown += 1;
            }
        }
        assert!(n_shown > 10, "{code}: {n_shown}");
        let fingerprint = scores["indexes"][0]["fingerprint"].as_str().expect("a fingerprint");
        assert!(page.contains(&format!("input={fingerprint}")));
    }
    // The whole of SIPAS is held against the target of the plan.
    assert!(desk.page("index?index=sipas-2023").contains("Mục tiêu của kế hoạch"));
}

#[test]
fn what_rests_on_few_answers_is_shown_nowhere() {
    let desk = Desk::open();
    let asked = "questionnaire=papi-2019&question=sex&by=occupation";
    let rows = desk.csv(&format!("estimates.csv?{asked}"));
    let (few, many): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row["n"].parse::<usize>().is_ok_and(|n| n < 30));
    assert!(!few.is_empty(), "the demonstration has small groups");
    for row in &few {
        assert!(row["estimate"].is_empty() && row["lower"].is_empty(), "{row:?}");
        assert!(row["flag"].contains("answers_under_30"), "{row:?}");
    }
    assert!(many.iter().all(|row| !row["estimate"].is_empty()));
    let page = desk.page(&format!("question?{asked}&lang=en"));
    assert!(page.contains(&format!("{} numbers are hidden", few.len())), "{page}");
}

#[test]
fn what_cannot_be_asked_is_told_on_the_page_and_refused_by_the_api() {
    let desk = Desk::open();
    for asked in
        ["question=nope", "row=sex&col=sex", "question=education&groups=sex&value=99", "question=sex&groups=nope", ""]
    {
        let reply =
            desk.process.client.get(&format!("/api/v1/rounds/{ROUND}/estimates.json?{asked}"), Some(&desk.token));
        assert_eq!(reply.status, 400, "{asked}");
        assert_eq!(
            desk.process.client.get(&format!("/rounds/{ROUND}/{}", page_of(asked)), Some(&desk.token)).status,
            200
        );
    }
    assert!(desk.page("question?question=nope").contains("role=\"alert\""));
    let other =
        desk.process.client.get(&format!("/api/v1/rounds/{ROUND}/comparison.json?with=khong-co"), Some(&desk.token));
    assert_eq!(other.status, 404);
}

#[test]
fn a_round_beside_itself_has_not_changed_and_is_said_not_to_be_independent() {
    let desk = Desk::open();
    let reply = desk.json(&format!("comparison.json?with={ROUND}&family=papi"));
    let nodes = reply["comparison"]["nodes"].as_array().expect("nodes");
    assert!(nodes.len() > 30, "{}", nodes.len());
    for node in nodes.iter().filter(|node| node["why_not"].is_null()) {
        assert_eq!(node["change"].as_f64(), Some(0.0), "{node}");
        assert!(node["p_holm"].is_null() || node["p_holm"].as_f64() == Some(1.0), "{node}");
    }
    assert_eq!(reply["comparison"]["n_shared_areas"].as_u64(), Some(12));
    let page = desk.page(&format!("comparison?with={ROUND}&family=papi&lang=en"));
    assert!(page.contains("12 areas are in both samples"), "{page}");
}

#[test]
fn weights_and_sizes_on_the_pages_are_those_of_the_files() {
    let desk = Desk::open();
    let weights = desk.json("weights.json");
    let page = desk.page("weights?lang=en");
    for index in weights["indexes"].as_array().expect("indexes") {
        for step in index["steps"].as_array().expect("steps") {
            let kish = step["diagnostics"]["kish_design_effect"].as_f64().expect("a number");
            assert!(page.contains(&format!(">{kish:.3}<")), "{kish}");
        }
    }
    let rate = weights["rates"]["response_rate_1"].as_f64().expect("a rate");
    assert!(page.contains(&format!("{:.1} %", 100.0 * rate)));
    let page = desk.page("data?lang=en");
    let csv = desk.bytes(&format!("/api/v1/rounds/{ROUND}/export?format=sav&questionnaire=papi-2019&lang=en"));
    let shown = csv.len() as f64 / 1024.0;
    let shown = if shown < 1024.0 { format!("{shown:.1} KB") } else { format!("{:.1} MB", shown / 1024.0) };
    assert!(page.contains(&shown), "{shown}");
}

/// The code on the page, run in R on the export that the page names, gives the numbers of the API.
#[test]
fn the_code_in_r_gives_the_same_numbers() {
    if !has_survey() {
        eprintln!("SKIPPED: no R with the package survey");
        return;
    }
    agrees_with_r(&Desk::open(), &[ASKED[0], ASKED[1], ASKED[2], ASKED[4]], 1e-9);
}

/// The same with weights that were brought to margins: R is told to do so as well, and its standard errors are those of residuals.
#[test]
fn weights_that_meet_margins_give_the_same_numbers_in_r() {
    let desk = Desk::open();
    let share = |variable: &str, cells: &[(&str, f64)]| {
        let totals: Vec<Value> =
            cells.iter().map(|(category, total)| serde_json::json!({ "category": category, "total": total })).collect();
        serde_json::json!({ "variable": variable, "unit": "share", "totals": totals })
    };
    let margins = [
        share("sex", &[("1", 47.0), ("*", 53.0)]),
        share("age_years", &[("18-39", 46.0), ("40-59", 34.0), ("60+", 20.0)]),
    ];
    let mut plain_error = None;
    for (number, (distance, bounds)) in
        [("raking", None), ("logit", Some([0.05, 9.0])), ("linear", Some([0.05, 9.0]))].into_iter().enumerate()
    {
        let mut recipe = serde_json::json!({ "distance": distance, "missing": "share", "margins": margins });
        if let Some(bounds) = bounds {
            recipe["bounds"] = serde_json::json!(bounds);
        }
        let post = |path: &str, body: Value| {
            let path = format!("/api/v1/rounds/{ROUND}/weights/{path}");
            let reply = desk
                .process
                .client
                .send("POST", &path, Some(&desk.token), &[], body.to_string().as_bytes())
                .expect("a reply");
            assert!(reply.status < 300, "{distance}: {}", String::from_utf8_lossy(&reply.bytes));
        };
        let before = estimates(&desk.json(&format!("estimates.json?{}", ASKED[2]))["finding"]);
        plain_error = plain_error.or(before[0].2);
        post("versions", serde_json::json!({ "questionnaire": "papi-2019", "name": distance, "recipe": recipe }));
        post("choice", serde_json::json!({ "questionnaire": "papi-2019", "version": number + 1, "reason": "a test" }));
        let after = estimates(&desk.json(&format!("estimates.json?{}", ASKED[2]))["finding"]);
        assert_ne!(after[0].2, plain_error, "{distance}: nothing changed, so nothing would be proved");
        // The page of ages and schooling, and shares: R calibrates to ten digits, its errors follow.
        if has_survey() {
            agrees_with_r(&desk, &[ASKED[2], ASKED[1]], 1e-6);
        }
    }
}

fn has_survey() -> bool {
    Command::new("Rscript")
        .args(["-e", "library(survey); library(MASS)"])
        .output()
        .is_ok_and(|done| done.status.success())
}

/// Runs the code that a page gives in R, on the data that it names.
fn agrees_with_r(desk: &Desk, all: &[&str], of_errors: f64) {
    let folder = tempfile::tempdir().expect("a folder");
    for &asked in all {
        let page = plain(&desk.page(&page_of(asked)));
        let code = page
            .split("aria-label=\"R\"><code>")
            .nth(1)
            .and_then(|rest| rest.split("</code>").next())
            .expect("code in R");
        let fetch = code.split('\'').nth(1).expect("an address").split(ROUND).nth(1).expect("a path").to_owned();
        let zip = desk.bytes(&format!("/api/v1/rounds/{ROUND}{fetch}"));
        let mut archive = zip::ZipArchive::new(Cursor::new(zip)).expect("an archive");
        let mut file = archive.by_index(0).expect("the data");
        let name = file.name().expect("a name").into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("read");
        // The name holds the day: that of the code may be the day before.
        let named = code.split("read.csv(\"").nth(1).and_then(|rest| rest.split('"').next()).expect("the file's name");
        assert_eq!(named, name);
        std::fs::write(folder.path().join(named), bytes).expect("written");
        std::fs::write(folder.path().join("code.R"), code).expect("written");
        let done = Command::new("Rscript").arg("code.R").current_dir(folder.path()).output().expect("R runs");
        let told = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{asked}: {}\n{code}", String::from_utf8_lossy(&done.stderr));
        let of_r: Vec<(f64, f64)> = told
            .lines()
            .filter_map(|line| {
                let cells: Vec<&str> = line.split('\t').collect();
                Some((cells.get(2)?.parse().ok()?, cells.get(3)?.parse().ok()?))
            })
            .collect();
        let reply = desk.json(&format!("estimates.json?{asked}"));
        let ours = estimates(&reply["finding"]);
        let ours: Vec<_> = ours.iter().filter(|(name, ..)| !name.starts_with("difference")).collect();
        assert_eq!(of_r.len(), ours.len(), "{asked}: {told}");
        // R takes the share from a logistic fit whose iterations stop early; its standard error does not depend on them.
        let near = |a: f64, b: f64, digits: f64| (a - b).abs() <= digits * a.abs().max(1e-6);
        for (name, estimate, error) in ours {
            // Hidden ones have no number; R shows them.
            if let Some((estimate, error)) = estimate.zip(*error) {
                assert!(
                    of_r.iter().any(|(r, se)| near(estimate, *r, 1e-6) && near(error, *se, of_errors)),
                    "{asked}: {name} {estimate} {error} in {of_r:?}"
                );
            }
        }
    }
}
