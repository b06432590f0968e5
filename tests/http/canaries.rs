//! Words that must never be told: names, telephones, answers, passwords, tokens. They go through the whole service while it logs all
//! it can; then they are looked for in the log, in the metrics and in what is said of failures.

use std::fs::File;
use std::process::{Command, Stdio};

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::password::PasswordRoom;
use khaosat::store::{Grant, NewAccount, Role, SystemClock};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::Process;
use crate::support::service::{Client, ROUND, new_round, uuid};

const NAME: &str = "Chim Hoàng Yến Thị Canary";
const TELEPHONE: &str = "0912-777-canary";
const ANSWER: &str = "tôi đã phải đưa phong bì canary";
const PASSWORD: &str = "mật khẩu rất riêng canary 77";
const WRONG: &str = "mật khẩu gõ nhầm canary 78";
const PLACE: &str = "21.277700 106.177700 7 4";
const FILE: &str = "anh-can-cuoc-canary.jpg";

on_both_databases! {
    fn what_people_said_and_what_lets_them_in_is_in_no_log_no_metric_and_no_failure(database: &TestDatabase) {
        let store = database.open(std::sync::Arc::new(SystemClock));
        create(&store, &new_round(ROUND)).expect("a round");
        let issued = issue(&store, Role::Enumerator, Some(ROUND), NAME, None, Assign::Everything).expect("a token");
        let person = NewAccount {
            id: "lan".to_owned(),
            login: "lan.chim".to_owned(),
            name: NAME.to_owned(),
            password_hash: Some(PasswordRoom::default().hash(PASSWORD).expect("hashed")),
            grants: vec![Grant { role: Role::Coordinator, round_code: Some(ROUND.to_owned()) }],
        };
        store.write("test", move |tx| tx.create_account(&person)).expect("a person");
        drop(store);
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--database", &database.url])
            .env("RUST_LOG", "trace")
            .env("KHAOSAT_LOG_FORMAT", if database.is_sqlite() { "text" } else { "json" })
            .stderr(Stdio::from(File::create(&log).expect("a file")));
        let (process, line) = Process::start_telling(command);
        let watched = Client::new(line.split_whitespace().last().expect("an address").trim_end_matches("/metrics").to_owned());
        let secret = issued.secret.reveal();
        let mut failures = String::new();
        let mut send = |method: &str, path: &str, token: Option<&str>, headers: &[(&str, &str)], body: &[u8]| {
            let reply = process.client.send(method, path, token, headers, body).expect("a reply");
            // A conflict is kept: what comes back is a receipt to whoever sent it, with what was odd about it.
            if reply.status >= 400 && reply.status != 409 {
                failures.push_str(&String::from_utf8_lossy(&reply.bytes));
                for value in reply.headers.values() {
                    failures.push_str(value);
                }
            }
            reply
        };

        // Interviews: kept, in conflict, crooked, of strangers, with a wrong token, under a wrong name.
        let body = |answer: &str| {
            json!({"round": ROUND, "questionnaire": "papi-2019", "case_id": "v1-1", "disposition": "1.1", "language": "vi",
                "answers": {"a": answer, "consent": ANSWER, "name": NAME, "phone": TELEPHONE, "place": PLACE}})
            .to_string()
        };
        let at = |number: u64| format!("/api/v1/responses/{}", uuid(number));
        assert_eq!(send("PUT", &at(1), Some(secret), &[], body(ANSWER).as_bytes()).status, 201);
        assert_eq!(send("PUT", &at(1), Some(secret), &[], body(NAME).as_bytes()).status, 409);
        for crooked in [
            body(ANSWER).replace("\"v1-1\"", "7"),
            body(ANSWER).replace("\"round\"", "\"runde\""),
            body(ANSWER)[..150].to_owned(),
            body(ANSWER).replace("vi\"", "vi\u{1}\""),
            format!("[{:?}]", ANSWER),
            body(ANSWER).replace("\"1.1\"", &format!("[{ANSWER:?}]")),
        ] {
            assert_eq!(send("PUT", &at(2), Some(secret), &[], crooked.as_bytes()).status, 400, "{crooked}");
        }
        assert_eq!(send("PUT", &at(3), Some("khs_canary-token"), &[], body(ANSWER).as_bytes()).status, 401);
        assert_eq!(send("PUT", &at(3), Some(secret), &[("Content-Encoding", "gzip")], body(ANSWER).as_bytes()).status, 415);
        let attempt = json!({"round": ROUND, "case_id": "v1-1", "attempt_no": ANSWER, "disposition": "2.11", "at": TELEPHONE, "note": NAME});
        assert_eq!(send("PUT", &at(4).replace("responses", "contact-attempts"), Some(secret), &[], attempt.to_string().as_bytes()).status, 400);
        let large = vec![b'x'; 1024 * 1024 + 1];
        assert_eq!(send("PUT", &at(5), Some(secret), &[], &large).status, 413);

        // Collect: the key stands in the address; files have names.
        let xml = |inside: &str| format!("<data id=\"papi-2019\"><a>{ANSWER}</a><n>{NAME}</n><f>{FILE}</f>{inside}</data>");
        let upload = |xml: &str| {
            format!(
                "--b\r\nContent-Disposition: form-data; name=\"xml_submission_file\"\r\n\r\n{xml}\r\n--b\r\nContent-Disposition: \
                 form-data; name=\"{FILE}\"; filename=\"{FILE}\"\r\n\r\n{TELEPHONE}\r\n--b--\r\n"
            )
        };
        let collect = |key: &str| format!("/v1/key/{key}/projects/{ROUND}/submission");
        let form = [("Content-Type", "multipart/form-data; boundary=b")];
        let whole = xml("<meta><instanceID>uuid:11112222-3333-4444-8000-0000000000aa</instanceID></meta>");
        assert_eq!(send("POST", &collect(secret), None, &form, upload(&whole).as_bytes()).status, 201);
        for crooked in [xml(""), xml("<open>"), whole.replace("papi-2019", "nobody"), format!("<!DOCTYPE a>{whole}")] {
            assert!(send("POST", &collect(secret), None, &form, upload(&crooked).as_bytes()).status >= 400);
        }
        assert_eq!(send("POST", &collect("khs_canary-token"), None, &form, upload(&whole).as_bytes()).status, 403);

        // People.
        let sign_in = |login: &str, password: &str| json!({"login": login, "password": password}).to_string();
        assert_eq!(send("POST", "/api/v1/session", None, &[], sign_in("lan.chim", WRONG).as_bytes()).status, 401);
        assert_eq!(send("POST", "/api/v1/session", None, &[], sign_in(WRONG, "x").as_bytes()).status, 401);
        let entered = send("POST", "/api/v1/session", None, &[], sign_in("lan.chim", PASSWORD).as_bytes());
        assert_eq!(entered.status, 200);
        let cookie = entered.headers["set-cookie"].split(';').next().expect("a cookie").to_owned();
        let csrf = entered.json()["csrf"].as_str().expect("a token").to_owned();
        let known = [("Cookie", cookie.as_str()), ("X-CSRF-Token", csrf.as_str())];
        let reply = send("GET", &at(1), None, &known, b"");
        assert!(reply.status == 200 && String::from_utf8_lossy(&reply.bytes).contains(ANSWER), "it is there");
        let change = json!({"current": WRONG, "new": PASSWORD}).to_string();
        assert_eq!(send("POST", "/api/v1/session/password", None, &known, change.as_bytes()).status, 401);
        let typed = format!("login=lan.chim&password={}", WRONG.replace(' ', "+"));
        let plain = [("Content-Type", "application/x-www-form-urlencoded")];
        send("POST", "/sign-in", None, &plain, typed.as_bytes());
        send("POST", "/api/v1/activation", None, &[], json!({"code": "CANARY77", "device_name": NAME}).to_string().as_bytes());
        send("POST", &format!("/rounds/{ROUND}/assignment"), None, &known, format!("csrf={csrf}&to={NAME}").as_bytes());
        send("GET", &format!("/rounds/{ROUND}/interviews?case={}", TELEPHONE), None, &known, b"");
        send("DELETE", "/api/v1/session", None, &[("Cookie", &cookie), ("X-CSRF-Token", WRONG.split(' ').next_back().expect("a word"))], b"");

        let numbers = String::from_utf8(watched.get("/metrics", None).bytes).expect("text");
        assert_eq!(process.terminate(), Some(0));
        let log = std::fs::read_to_string(&log).expect("a log");
        // The negative control: what happened is in both.
        assert!(log.contains("/api/v1/responses/{uuid}") && log.contains("TRACE") | log.contains("INFO"), "{log}");
        assert!(numbers.contains("khaosat_http_requests_total"));
        let session = cookie.split_once('=').expect("a value").1;
        let words = [
            NAME, TELEPHONE, ANSWER, PASSWORD, WRONG, PLACE, FILE, secret, session, csrf.as_str(), "canary", "Canary", "CANARY",
            "21.2777", "106.1777", "khs_", "phong bì", "Hoàng Yến",
        ];
        for (place, text) in [("the log", &log), ("the metrics", &numbers), ("what is said of failures", &failures)] {
            for word in words {
                let at = text.find(word);
                let around = at.map(|at| text[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect::<String>());
                assert!(at.is_none(), "{word:?} stands in {place}, behind {around:?}");
            }
        }
        eprintln!("{} words, {} bytes of log, {} of failures, 0 hits", words.len(), log.len(), failures.len());
    }
}
