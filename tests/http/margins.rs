//! Weights that meet margins, from the form to every place that shows a number: nothing is kept before the last step, results use a
//! version only when it is chosen, and everything names it.

use std::collections::BTreeMap;

use khaosat::cli::round::{NewRound, create};
use khaosat::store::{AuditFilter, Role};
use serde_json::{Value, json};

use super::surveys::sample;
use crate::support::browser::{hand_in, page, submit, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{Reply, TestService, uuid};

const CODE: &str = "bien";
const FORM: &str = "bien-thu";
const INDEX: &str = r#"
[index]
code = "bien-2024"
name_vi = "Biên"
name_en = "Margin"
valid_from = 2024
source = "made for a test"
certainty = "certain"
root = "bien"

[[node]]
code = "bien"
level = "index"
name_vi = "Biên"
name_en = "Margin"
aggregation = "linear_mean"
a = 0.0
b = 1.0
score_min = 0.0
score_max = 1.0
certainty = "certain"

[[indicator]]
code = "1"
parent = "bien"
name_vi = "Hài lòng"
name_en = "Content"
scale_min = 0
scale_max = 1
direction = "+"
certainty = "certain"
[indicator.value]
kind = "share"
questions = ["q1"]
codes = ["1"]
"#;

fn questionnaire() -> BTreeMap<String, String> {
    let survey = "type,name,label,required\nselect_one yes_no,consent,Đồng ý?,true()\nselect_one sex,gioi,Giới tính,\ninteger,tuoi,Tuổi,\n\
                  select_one yes_no,q1,Hài lòng?,\n";
    let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\nsex,1,Nam\nsex,2,Nữ\nsex,3,Khác\n";
    BTreeMap::from([
        ("survey.csv".to_owned(), survey.to_owned()),
        ("choices.csv".to_owned(), choices.to_owned()),
        ("settings.csv".to_owned(), format!("form_title,form_id,version,default_language\nBiên,{FORM},1,vi\n")),
        ("index.toml".to_owned(), INDEX.to_owned()),
    ])
}

/// 240 people: 160 men of whom a quarter is content, 80 women of whom three quarters are.
fn surveyed(database: &TestDatabase) -> TestService {
    let service = TestService::start(database);
    let list = sample("household");
    let round = NewRound {
        code: CODE.to_owned(),
        name: "Biên".to_owned(),
        list_csv: list.clone().into_bytes(),
        certificate: None,
        questionnaires: vec![questionnaire()],
        geography_day: None,
    };
    create(&service.store, &round).expect("a round");
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("a list");
    let token = service.token(Role::Coordinator, Some(CODE)).secret.reveal().to_owned();
    for (number, row) in rows.iter().filter(|row| row["role"] == "main").enumerate() {
        let man = !number.is_multiple_of(3);
        let content = if man { number.is_multiple_of(4) } else { !number.is_multiple_of(4) };
        let answers = json!({
            "consent": "1", "gioi": if man { "1" } else { "2" }, "tuoi": 18 + number % 60, "q1": if content { "1" } else { "0" },
        });
        let body = json!({
            "round": CODE, "questionnaire": FORM, "case_id": row["unit_id"], "disposition": "1.1",
            "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
            "language": "vi", "answers": answers,
        });
        let path = format!("/api/v1/responses/{}", uuid(number as u64 + 1));
        let reply = service.client.send("PUT", &path, Some(&token), &[], body.to_string().as_bytes()).expect("a reply");
        assert_eq!(reply.status, 201);
    }
    for (login, role) in [("phan-tich", Role::Analyst), ("kt", Role::Auditor), ("gs", Role::Supervisor)] {
        service.person(login, role, Some(CODE));
    }
    service
}

fn here() -> String {
    format!("/rounds/{CODE}/weights/margins")
}

fn get(service: &TestService, token: &str, path: &str) -> Value {
    let reply = service.client.get(&format!("/api/v1/rounds/{CODE}/{path}"), Some(token));
    assert_eq!(reply.status, 200, "{path}: {}", text(&reply));
    serde_json::from_slice(&reply.bytes).expect("JSON")
}

fn post(service: &TestService, token: &str, path: &str, body: &Value) -> Reply {
    let path = format!("/api/v1/rounds/{CODE}/{path}");
    service.client.send("POST", &path, Some(token), &[], body.to_string().as_bytes()).expect("a reply")
}

/// The hidden field of a page.
fn field(html: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let at = html.find(&begin).unwrap_or_else(|| panic!("{name}: {html}")) + begin.len();
    html[at..].split('"').next().expect("the value").to_owned()
}

fn score(service: &TestService, token: &str) -> (f64, f64) {
    let scores = get(service, token, "scores.json");
    let root = &scores["indexes"][0]["scores"]["scores"][0];
    let of = |name: &str| root["estimate"][name].as_f64().unwrap_or_else(|| panic!("{name}: {scores}"));
    (of("estimate"), of("standard_error"))
}

const FORM_OF_MARGINS: [(&str, &str); 9] = [
    ("questionnaire", FORM),
    ("variable", "gioi"),
    ("m0_unit", "persons"),
    ("m0_source", "Dân số 2024"),
    ("m0_category", "1"),
    ("m0_total", "480.000"),
    ("m0_category", "2|3"),
    ("m0_total", "520000"),
    ("method", "raking"),
];

fn with<'a>(act: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = FORM_OF_MARGINS.to_vec();
    // 480.000 could be 480: the form wants a number that can be read in one way.
    fields[5].1 = "480000";
    fields.push(("act", act));
    fields.extend_from_slice(more);
    fields
}

on_both_databases! {
    fn a_version_is_looked_at_kept_and_chosen_and_everything_names_it(database: &TestDatabase) {
        let service = surveyed(database);
        let analyst = service.session("phan-tich");
        let token = service.token(Role::Analyst, Some(CODE)).secret.reveal().to_owned();
        let before = score(&service, &token);
        // A variable brings its cells with what the sample estimates now.
        let added = text(&submit(&service, &analyst, &here(), &[("act", "add"), ("questionnaire", FORM), ("add", "gioi")]));
        assert!(added.contains("Nam") && added.contains(">160<") && added.contains("name=\"m0_total\""), "{added}");
        // Numbers that can be read in two ways are refused, by margin and cell.
        let mut odd = FORM_OF_MARGINS.to_vec();
        odd.push(("act", "preview"));
        let odd = text(&submit(&service, &analyst, &here(), &odd));
        assert!(odd.contains("gioi = 1") && odd.contains("480.000"), "{odd}");
        // Nobody of the third sex was interviewed.
        let mut empty = with("preview", &[("m0_category", "3"), ("m0_total", "10")]);
        empty[6].1 = "2";
        let empty = text(&submit(&service, &analyst, &here(), &empty));
        assert!(empty.contains("biên gioi: nhóm 3 (Khác)") && empty.contains("gộp nhóm này"), "{empty}");
        assert!(!empty.contains("id=\"preview\""), "no half of a preview");
        // The look at it.
        let seen = text(&submit(&service, &analyst, &here(), &with("preview", &[])));
        for expected in ["Hội tụ sau", "480.000", "520.000", "Hệ số Kish", "phần dư của hiệu chỉnh", "Dân số 2024"] {
            assert!(seen.contains(expected), "{expected}: {seen}");
        }
        let hash = field(&seen, "seen");
        assert_eq!(get(&service, &token, "weights/versions")["versions"], json!([]), "nothing was kept");
        // With other weights than those that were looked at nothing is kept; nor under no name.
        let other = text(&submit(&service, &analyst, &here(), &with("keep", &[("seen", &"0".repeat(64)), ("name", "Bản 1")])));
        assert!(other.contains("số liệu đã đổi"), "{other}");
        let nameless = text(&submit(&service, &analyst, &here(), &with("keep", &[("seen", &hash), ("name", " ")])));
        assert!(nameless.contains("văn bản trống"), "{nameless}");
        let kept = submit(&service, &analyst, &here(), &with("keep", &[("seen", &hash), ("name", "Dân số 2024")]));
        assert_eq!(kept.status, 303, "{}", text(&kept));
        let twice = text(&submit(&service, &analyst, &here(), &with("keep", &[("seen", &hash), ("name", "Dân số 2024")])));
        assert!(twice.contains("đã có bản trọng số"), "{twice}");
        assert_eq!(score(&service, &token), before, "a version changes nothing until it is chosen");
        // Chosen, with a reason.
        let silent = text(&submit(&service, &analyst, &here(), &[("act", "choose"), ("questionnaire", FORM), ("version", "1"), ("reason", "")]));
        assert!(silent.contains("văn bản trống"), "{silent}");
        let chosen = submit(&service, &analyst, &here(), &[("act", "choose"), ("questionnaire", FORM), ("version", "1"), ("reason", "biên đã kiểm tra")]);
        assert_eq!(chosen.status, 303, "{}", text(&chosen));
        let after = score(&service, &token);
        assert!((after.0 - before.0).abs() > 0.01 && (after.1 - before.1).abs() > 1e-3, "{before:?} {after:?}");
        let versions = get(&service, &token, "weights/versions");
        let version = &versions["versions"][0];
        assert_eq!((version["is_used"].as_bool(), version["name"].as_str()), (Some(true), Some("Dân số 2024")));
        assert_eq!(version["weights_sha256"], json!(hash));
        let short = &version["recipe_sha256"].as_str().expect("a hash")[..8];
        // The question page's own estimate is that of the index, with the same standard error: the request repeats the calibration.
        let estimates = get(&service, &token, "estimates.json?question=q1");
        let found = &estimates["finding"]["steps"][0]["answer"]["estimates"];
        let yes = found.as_array().expect("estimates").iter().find(|one| one["event"] == "1" || one["event"] == json!(1)).expect("yes");
        for (name, expected) in [("est", after.0), ("se", after.1)] {
            let found = yes[name].as_f64().expect("a number");
            assert!((found / expected - 1.0).abs() < 1e-8, "{name}: {found} and {expected}");
        }
        let r = estimates["finding"]["steps"][0]["r"].as_str().expect("R");
        assert!(r.contains("calibrate(design, ~0 + `control_01`") && r.contains("weights = ~`weight_before_margins`"), "{r}");
        // Everything names the version and its hash.
        let weights = get(&service, &token, "weights.json");
        assert_eq!(weights["indexes"][0]["calibration"]["version"], json!(1));
        for path in ["weights", "index", "", "data"] {
            let shown = text(&page(&service, Some(&analyst), format!("/rounds/{CODE}/{path}").trim_end_matches('/')));
            if path != "data" {
                assert!(shown.contains("Dân số 2024") && shown.contains(short), "{path}: {shown}");
            }
        }
        let export = service.client.get(&format!("/api/v1/rounds/{CODE}/export?format=csv&questionnaire={FORM}"), Some(&token));
        assert_eq!(export.status, 200);
        let acts: Vec<(String, String)> = service
            .store
            .read(|snapshot| snapshot.find_audit_events(&AuditFilter { act: Some("weights.".to_owned()), ..AuditFilter::default() }, i64::MIN, 10))
            .expect("read")
            .into_iter()
            .map(|event| (event.act, event.detail))
            .collect();
        assert_eq!(acts.iter().map(|(act, _)| act.as_str()).collect::<Vec<_>>(), ["weights.saved", "weights.chosen"]);
        assert!(acts[1].1.contains("biên đã kiểm tra"), "{acts:?}");
        // And back again: the very numbers of before.
        let back = post(&service, &token, "weights/choice", &json!({ "version": null, "reason": "thử lại" }));
        assert_eq!(back.status, 204, "{}", text(&back));
        assert_eq!(score(&service, &token), before);
        assert_eq!(post(&service, &token, "weights/choice", &json!({ "version": 7, "reason": "x" })).status, 400);
    }
}

on_both_databases! {
    fn files_paste_and_programs_say_the_same_and_readers_change_nothing(database: &TestDatabase) {
        let service = surveyed(database);
        let analyst = service.session("phan-tich");
        let token = service.token(Role::Analyst, Some(CODE)).secret.reveal().to_owned();
        let csv = "biến;nhóm;tổng thể;đơn vị\ngioi;1;48;%\ngioi;2|3;52;%\ntuoi;18-39;400000;người\ntuoi;40+;600000;người\n";
        let file = ("file", "bien.csv", csv.as_bytes());
        let read = text(&hand_in(&service, &analyst, &here(), &[("act", "file"), ("questionnaire", FORM), ("source", "TK 2024")], &[file]));
        assert!(read.contains("value=\"40+\"") && read.contains("value=\"600000\"") && read.contains("TK 2024"), "{read}");
        let pasted = csv.replace(';', "\t");
        let again = text(&submit(&service, &analyst, &here(), &[("act", "file"), ("questionnaire", FORM), ("pasted", &pasted)]));
        assert!(again.contains("value=\"40+\""), "{again}");
        let odd = ("file", "bien.csv", "biến;nhóm;tổng thể\ngioi;1;1.234\n".as_bytes());
        let odd = text(&hand_in(&service, &analyst, &here(), &[("act", "file"), ("questionnaire", FORM)], &[odd]));
        assert!(odd.contains("1.234") && odd.contains("không đọc được số này"), "{odd}");
        let recipe = json!({ "margins": [
            { "variable": "gioi", "unit": "share", "totals": [{ "category": "1", "total": 48.0 }, { "category": "2|3", "total": 52.0 }] },
            { "variable": "tuoi", "totals": [{ "category": "18-39", "total": 400_000.0 }, { "category": "40+", "total": 600_000.0 }] },
        ] });
        let preview = post(&service, &token, "weights/preview", &json!({ "recipe": recipe }));
        assert_eq!(preview.status, 200, "{}", text(&preview));
        let preview: Value = serde_json::from_slice(&preview.bytes).expect("JSON");
        let cell = &preview["calibration"]["margins"][0]["cells"][0];
        assert!((cell["after"].as_f64().expect("a number") / 480_000.0 - 1.0).abs() < 1e-9, "{cell}");
        let refused = post(&service, &token, "weights/preview", &json!({ "recipe": { "margins": [] } }));
        assert_eq!(refused.status, 400);
        assert!(text(&refused).contains("margin_none"), "{}", text(&refused));
        assert_eq!(post(&service, &token, "weights/versions", &json!({ "name": "b", "recipe": recipe, "what": 1 })).status, 400);
        let kept = post(&service, &token, "weights/versions", &json!({ "name": "b", "recipe": recipe }));
        assert_eq!(kept.status, 201, "{}", text(&kept));
        // An auditor looks on; a supervisor does not see the page at all.
        let auditor = service.session("kt");
        let shown = text(&page(&service, Some(&auditor), &here()));
        assert!(shown.contains("1. b") && !shown.contains("name=\"act\""), "{shown}");
        assert_eq!(submit(&service, &auditor, &here(), &[("act", "choose"), ("version", "1"), ("reason", "x")]).status, 403);
        assert_eq!(page(&service, Some(&service.session("gs")), &here()).status, 403);
    }
}
