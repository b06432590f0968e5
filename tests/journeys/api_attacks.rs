//! Bad input at the door: strange messages, markup in names, crooked addresses. What is kept must not take the scores away.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use khaosat::cli::round::{NewRound, create};
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{DatabaseUrl, Role, RoundState, Store, SystemClock, Visibility};
use serde_json::{Value, json};

use super::workshop::{demonstration, files, rows};
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::service::{ROUND as TEST_ROUND, Reply, TestService, sample_list, sheets, uuid};

const ROUND: &str = "bac-giang-mo-phong";
const MARKUP: &str = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>]]>";

/// A finished demonstration, served from a copy of its database, open again for the field.
struct Field {
    process: Process,
    secret: String,
    administrator: String,
    /// Worked cases with a full interview, by the responses that are kept.
    case_id: String,
    folder: tempfile::TempDir,
}

impl Field {
    fn open() -> Self {
        Self::open_with("")
    }

    /// `sql` is run on the database first, past the program.
    fn open_with(sql: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files(&demonstration().folder) {
            if name.starts_with("khaosat.db") {
                std::fs::write(folder.path().join(name), bytes).expect("copied");
            }
        }
        let path = folder.path().join("khaosat.db").to_str().expect("UTF-8").to_owned();
        SqliteConnection::establish(&path).expect("opens").batch_execute(sql).expect(sql);
        let store = Store::open(&DatabaseUrl::parse(&path).expect("a path"), Arc::new(SystemClock)).expect("opens");
        store.write("test", |tx| tx.set_round_state(ROUND, RoundState::Open)).expect("opened again");
        let token = |role, round| issue(&store, role, round, "Hoa", None, Assign::Nothing).expect("a token");
        let secret = token(Role::Enumerator, Some(ROUND)).secret.reveal().to_owned();
        let administrator = token(Role::Administrator, None).secret.reveal().to_owned();
        drop(store);
        let sample = rows(&demonstration().text("sample/sample.csv"));
        // Reserves at the end of their order are those least likely to have been worked.
        let unworked = sample.iter().rev().find(|row| row["role"] == "reserve").expect("a reserve");
        Self { process: Process::serve(&path), secret, administrator, case_id: unworked["unit_id"].clone(), folder }
    }

    fn put(&self, number: u64, body: &[u8]) -> Reply {
        self.process.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(&self.secret), body)
    }

    fn body(&self, answers: &Value) -> Value {
        json!({
            "round": ROUND, "questionnaire": "papi-2019", "case_id": self.case_id, "disposition": "1.1",
            "device_started_at": "2024-08-20T08:00:00+07:00", "device_ended_at": "2024-08-20T08:45:00+07:00",
            "language": "vi", "answers": answers,
        })
    }

    /// The scores are still there, every number finite, and the page too.
    fn assert_scores_stand(&self, after: &str) {
        let get = |path: &str| {
            let reply = self.process.client.get(path, None);
            let text = String::from_utf8(reply.bytes).expect("UTF-8");
            assert_eq!(reply.status, 200, "{path} after {after}: {}", &text[..text.len().min(600)]);
            text
        };
        for code in ["papi-2019", "sipas-2023"] {
            let table = rows(&get(&format!("/api/v1/rounds/{ROUND}/scores.csv?index={code}")));
            for row in table.iter().filter(|row| row["kind"] == "score") {
                for column in ["estimate", "standard_error", "lower", "upper"] {
                    let value: f64 = row[column].parse().unwrap_or(f64::NAN);
                    assert!(value.is_finite(), "after {after}: {row:?}");
                }
            }
        }
        get(&format!("/api/v1/rounds/{ROUND}/scores.json"));
        let page = get(&format!("/rounds/{ROUND}"));
        assert_eq!(page.matches("<figure>").count(), 4, "after {after}");
    }
}

/// Answers of a simulated interview that is kept in the demonstration, as a start for crooked ones.
fn real_answers() -> serde_json::Map<String, Value> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["khaosat.db", "khaosat.db.key"] {
        std::fs::copy(demonstration().folder.join(name), folder.path().join(name)).expect("copied");
    }
    let url = DatabaseUrl::Sqlite(folder.path().join("khaosat.db"));
    let store = Store::open(&url, Arc::new(SystemClock)).expect("opens");
    let kept = store.read(|snapshot| snapshot.list_first_responses(ROUND)).expect("read");
    let complete = kept.iter().filter(|one| one.form_id == "papi-2019" && one.disposition == "1.1");
    let first = complete.min_by(|one, other| one.receipt.uuid.cmp(&other.receipt.uuid)).expect("a response");
    let body: Value = serde_json::from_slice(&first.body).expect("JSON");
    body["answers"].as_object().expect("answers").clone()
}

#[test]
fn one_crooked_interview_does_not_take_the_scores_away() {
    let field = Field::open();
    let good = real_answers();
    let every = |value: &Value| -> Value {
        // The household's size stays, so that the interview gets a weight and its answers reach the scores.
        good.iter()
            .map(|(name, answer)| (name.clone(), if name == "n_adults" { answer.clone() } else { value.clone() }))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let only = |name: &str, value: Value| {
        let mut answers = good.clone();
        answers.insert(name.to_owned(), value);
        Value::Object(answers)
    };
    let attacks = [
        ("numbers beyond all scales", every(&json!(1e300))),
        ("numbers below all scales", every(&json!(-123_456))),
        ("tiny numbers", every(&json!(1e-320))),
        ("lists", every(&json!(["1", "2"]))),
        ("empty lists", every(&json!([]))),
        ("objects", every(&json!({"a": {"b": []}}))),
        ("true", every(&json!(true))),
        ("null", every(&Value::Null)),
        ("words", every(&json!("e\u{302}\u{301} NaN Infinity"))),
        ("number-like words", every(&json!("NaN"))),
        ("infinite words", every(&json!("-inf"))),
        ("other digits", every(&json!("\u{661}\u{662}"))),
        ("markup", every(&json!(MARKUP))),
        ("control characters", every(&json!("a\u{0}b\u{1b}[31m"))),
        ("no answers", json!({})),
        ("unknown questions", only("no_such_question\u{0}", json!(1))),
        ("nobody at home", only("n_adults", json!(0))),
        ("a crowd at home", only("n_adults", json!(1_000_000))),
        ("half an adult", only("n_adults", json!(1.5))),
        ("adults in words", only("n_adults", json!("hai"))),
        ("no consent", only("consent", json!("0"))),
    ];
    let spare: Vec<String> = rows(&demonstration().text("sample/sample.csv"))
        .into_iter()
        .rev()
        .filter(|row| row["role"] == "reserve")
        .map(|row| row["unit_id"].clone())
        .collect();
    for (number, (what, answers)) in attacks.iter().enumerate() {
        let mut body = field.body(answers);
        // Spread over the reserves, so that each is the first interview of its case.
        body["case_id"] = json!(spare[number * spare.len() / attacks.len()]);
        let reply = field.put(number as u64, body.to_string().as_bytes());
        assert_eq!(reply.status, 201, "{what}: {}", String::from_utf8_lossy(&reply.bytes));
        if *what != "null" && *what != "empty lists" {
            assert!(!reply.flags().is_empty(), "{what} is flagged");
        }
        field.assert_scores_stand(what);
    }
}

#[test]
fn messages_that_contradict_each_other_do_not_take_the_scores_away() {
    let field = Field::open();
    let good = Value::Object(real_answers());
    let client = &field.process.client;
    // An interview, then a second one of the same case by another device, then word that nobody was met there.
    for number in 0..2 {
        let body = field.body(&good).to_string();
        assert_eq!(field.put(number, body.as_bytes()).status, 201);
        field.assert_scores_stand("an interview of the same case");
    }
    for (number, disposition) in ["2.11", "4.7", "1.1", "nonsense"].iter().enumerate() {
        let attempt = json!({"round": ROUND, "case_id": field.case_id, "attempt_no": number + 1,
            "disposition": disposition, "at": "2024-08-21T09:00:00+07:00"});
        let path = format!("/api/v1/contact-attempts/{}", uuid(100 + number as u64));
        assert_eq!(client.put(&path, Some(&field.secret), attempt.to_string().as_bytes()).status, 201);
        field.assert_scores_stand(disposition);
    }
    // Complete, by word of mouth alone: an attempt without any answers, at a case that has none.
    let sample = rows(&demonstration().text("sample/sample.csv"));
    for (number, row) in sample.iter().filter(|row| row["role"] == "reserve").enumerate().step_by(7) {
        let attempt = json!({"round": ROUND, "case_id": row["unit_id"], "attempt_no": 9, "disposition": "1.1",
            "at": "2024-08-21T09:00:00+07:00"});
        let path = format!("/api/v1/contact-attempts/{}", uuid(200 + number as u64));
        assert_eq!(client.put(&path, Some(&field.secret), attempt.to_string().as_bytes()).status, 201);
    }
    field.assert_scores_stand("interviews without answers");
    // A case that is not in the sample, and one whose name no database likes.
    for (number, case_id) in
        ["no-such-case", "'; DROP TABLE response; --", MARKUP, "\u{202e}gnp.exe"].iter().enumerate()
    {
        let mut body = field.body(&good);
        body["case_id"] = json!(case_id);
        let reply = field.put(300 + number as u64, body.to_string().as_bytes());
        assert!(reply.flags().contains(&"case_unknown".to_owned()));
    }
    field.assert_scores_stand("unknown cases");
}

#[test]
fn a_message_is_kept_as_it_came_or_refused_and_never_half_read() {
    let field = Field::open();
    let good = Value::Object(real_answers());
    let body = field.body(&good).to_string();
    // A hundred letters of a UUID in either case are the same UUID.
    let lower = "0123abcd-ef01-4abc-8def-0123456789ab";
    let put = |uuid: &str, body: &str| {
        field.process.client.put(&format!("/api/v1/responses/{uuid}"), Some(&field.secret), body.as_bytes())
    };
    assert_eq!(put(&lower.to_uppercase(), &body).status, 201);
    let again = put(lower, &body);
    assert_eq!((again.status, again.receipt()["uuid"].as_str()), (200, Some(lower)));
    for crooked in ["0123abcdef014abc8def0123456789ab", "%7B0123abcd-ef01-4abc-8def-0123456789ab%7D", "1", "%00", ".."]
    {
        let reply = put(crooked, &body);
        assert!([400, 404].contains(&reply.status), "{crooked}: {}", reply.status);
    }
    let replaced = |from: &str, to: &str| body.replacen(from, to, 1);
    let round = format!("\"round\":\"{ROUND}\"");
    for (what, text) in [
        ("a bare NaN", replaced("\"language\":\"vi\"", "\"language\":NaN")),
        ("a bare Infinity", replaced("\"answers\":{", "\"answers\":{\"x\":Infinity,")),
        ("a trailing comma", replaced("\"answers\":{", "\"answers\":{,")),
        ("two documents", format!("{body}{body}")),
        ("a list of answers", replaced("\"answers\":{", "\"answers\":[],\"was\":{")),
        ("no round", replaced(&round, "\"rond\":\"x\"")),
        ("a round that is a number", replaced(&round, "\"round\":1")),
    ] {
        assert_ne!(text, body, "{what}");
        let reply = field.put(1, text.as_bytes());
        assert_eq!(reply.status, 400, "{what}: {}", String::from_utf8_lossy(&reply.bytes));
    }
    // A round that the token does not serve, and one that is not there.
    let elsewhere = replaced(&round, "\"round\":\"lang-son-2024\"");
    assert_eq!(field.put(1, elsewhere.as_bytes()).code(), "round_not_served");
    let path = format!("/api/v1/responses/{}", uuid(1));
    let unknown = field.process.client.put(&path, Some(&field.administrator), elsewhere.as_bytes());
    assert_eq!((unknown.status, unknown.code().as_str()), (404, "round_unknown"));
    let path = format!("/api/v1/responses/{}", uuid(1));
    assert_eq!(field.process.client.get(&path, Some(&field.administrator)).status, 404, "nothing of it was kept");
    field.assert_scores_stand("refused messages");
}

#[test]
fn a_repeated_key_is_flagged_for_two_readers_would_see_two_answers() {
    let field = Field::open();
    let good = Value::Object(real_answers());
    let body = field.body(&good).to_string();
    let twice_at_the_top = body.replacen("\"language\":\"vi\"", "\"language\":\"en\",\"language\":\"vi\"", 1);
    let twice_in_the_answers = body.replacen("\"answers\":{", "\"answers\":{\"n_adults\":1,", 1);
    for (number, text) in [twice_at_the_top, twice_in_the_answers].iter().enumerate() {
        assert_ne!(*text, body);
        let reply = field.put(number as u64, text.as_bytes());
        assert_eq!(reply.status, 201);
        assert!(reply.flags().contains(&"key_repeated".to_owned()), "{:?}", reply.flags());
        assert_eq!(reply.receipt()["sha256"], khaosat::secret::sha256_hex(text.as_bytes()), "kept as it came");
    }
    field.assert_scores_stand("repeated keys");
}

#[test]
fn markup_in_names_stays_text_on_pages_and_figures() {
    let quoted = MARKUP.replace('\'', "''");
    let field = Field::open_with(&format!("UPDATE survey_round SET name = '{quoted}' WHERE code = '{ROUND}'"));
    let client = &field.process.client;
    for path in ["/", &format!("/rounds/{ROUND}"), &format!("/rounds/{ROUND}?standalone=1&lang=en")] {
        let page = String::from_utf8(client.get(path, None).bytes).expect("UTF-8");
        assert!(page.contains("alert(1)"), "{path} shows the name");
        assert_no_markup(&page, path);
    }
    for figure in ["p1", "p2", "p3", "s1"] {
        let svg = client.get(&format!("/api/v1/rounds/{ROUND}/charts/{figure}.svg"), None);
        assert_eq!(svg.status, 200);
        assert_no_markup(&String::from_utf8(svg.bytes).expect("UTF-8"), figure);
        assert_eq!(client.get(&format!("/api/v1/rounds/{ROUND}/charts/{figure}.png"), None).status, 200);
    }
    drop(field.folder);

    let service = TestService::start(&TestDatabase::sqlite());
    let list = sample_list().replace("Thôn Hạ", "\"Thôn <script>alert(1)</script><img src=x onerror=alert(2)>\"");
    let round = NewRound {
        code: "markup".to_owned(),
        name: MARKUP.to_owned(),
        list_csv: list.into_bytes(),
        certificate: None,
        questionnaires: vec![sheets("papi-2019", "1")],
        geography_day: None,
    };
    create(&service.store, &round).expect("a round");
    service.store.write("test", |tx| tx.set_round_visibility("markup", Visibility::Public)).expect("public");
    let page = service.client.get("/rounds/markup", None);
    let text = String::from_utf8_lossy(&page.bytes).into_owned();
    // This list has not the provenance of a draw, so there may be no page; but what there is has no markup in it.
    assert_no_markup(&text, "the page of a list with markup");
    let progress = service.client.get("/api/v1/rounds/markup/progress", None);
    assert_eq!(progress.headers["content-type"], "application/json");
    assert_eq!(progress.headers["x-content-type-options"], "nosniff");
}

fn assert_no_markup(page: &str, of: &str) {
    for forbidden in ["<script", "<img", "onerror=alert(2)>]]>\"", "]]><"] {
        assert!(!page.contains(forbidden), "{of}: {forbidden}");
    }
}

#[test]
fn crooked_addresses_lead_nowhere() {
    let field = Field::open();
    let client = &field.process.client;
    let chart = |file: &str| format!("/api/v1/rounds/{ROUND}/charts/{file}");
    let mut paths: Vec<String> = [
        "/static/../Cargo.toml",
        "/static/..%2f..%2fCargo.toml",
        "/static/%2e%2e%2f%2e%2e%2fCargo.toml",
        "/static/..%5c..%5cCargo.toml",
        "/static/%2fetc%2fpasswd",
        "/static/....//....//etc/passwd",
        "/static/desk.css%00",
        "/static/desk.css/",
        "/static/",
        "/static/%ff",
        "//etc/passwd",
        "/rounds/../../etc/passwd",
        "/rounds/%2e%2e",
        "/rounds/",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.extend(
        [
            "p1",
            "p1.",
            ".svg",
            ".",
            "..",
            "P1.SVG",
            "p1.SVG",
            "p1.exe",
            "p1.svg.png",
            "p1.svg%00",
            "p9.svg",
            "%ff.svg",
            "..%2fp1.svg",
            "p1.svg%0d%0aset-cookie:a=b",
            "<script>.svg",
            "p1.<script>",
            "%F0%9F%98%80.png",
        ]
        .map(|file| chart(&file.replace('<', "%3C").replace('>', "%3E"))),
    );
    for path in paths {
        let reply = client.get(&path, None);
        let text = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!([400, 401, 403, 404].contains(&reply.status), "{path}: {} {text}", reply.status);
        assert_eq!(reply.headers["content-type"], "application/json", "{path}");
        assert!(reply.json()["code"].is_string(), "{path}");
        assert!(!reply.headers.contains_key("set-cookie"), "{path}");
        assert!(!text.contains("root:") && !text.contains("[package]") && !text.contains(env!("CARGO_MANIFEST_DIR")));
    }
    // Odd questions to good addresses are answered or refused, never failed on.
    for query in
        ["?lang=%00", "?lang=<script>", "?lang=en&lang=vi", "?index=%27", "?index=&lang=", "?%ff", "?=&&=", "?lang"]
    {
        for path in [format!("/rounds/{ROUND}"), chart("p1.csv"), format!("/api/v1/rounds/{ROUND}/scores.csv")] {
            let reply = client.get(&format!("{path}{}", query.replace('<', "%3C").replace('>', "%3E")), None);
            assert!(reply.status < 500, "{path}{query}: {}", reply.status);
        }
    }
    assert_eq!(client.get(&format!("/api/v1/rounds/{TEST_ROUND}"), None).status, 401, "another round is not told of");
    assert_eq!(client.get("/static/desk.css", None).status, 200);
    field.assert_scores_stand("crooked addresses");
}

#[test]
fn a_resend_to_a_closed_round_finds_its_receipt_and_a_changed_one_is_a_conflict() {
    let field = Field::open();
    let body = field.body(&Value::Object(real_answers())).to_string();
    let first = field.put(1, body.as_bytes());
    assert_eq!(first.status, 201);
    let path = field.folder.path().join("khaosat.db");
    let arguments = ["round", "close", ROUND, "--database", path.to_str().expect("UTF-8")];
    super::workshop::succeed_in(field.folder.path(), &arguments);
    let again = field.put(1, body.as_bytes());
    assert_eq!((again.status, again.receipt()), (200, first.receipt()), "the promise outlives the fieldwork");
    let conflict = field.put(1, body.replacen("08:45", "08:46", 1).as_bytes());
    assert_eq!((conflict.status, conflict.receipt()["state"].as_str()), (409, Some("conflict")));
    assert!(conflict.receipt()["flags"].to_string().contains("round_not_open"));
    let late = field.put(2, body.as_bytes());
    assert!(late.status == 201 && late.flags().contains(&"round_not_open".to_owned()), "{:?}", late.flags());
    field.assert_scores_stand("late messages");
}
