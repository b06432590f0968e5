//! What Prometheus reads: true numbers, on an address of their own, with labels that nobody outside can choose.

use std::collections::BTreeMap;
use std::process::Command;

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, SystemClock};
use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::Process;
use crate::support::service::{Client, ROUND, new_round, response_body, uuid};

/// Name with labels → value; and every name must have been announced with a type.
fn read(text: &str) -> BTreeMap<String, f64> {
    let mut types = BTreeMap::new();
    let mut values = BTreeMap::new();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').expect("a type");
            types.insert(name.to_owned(), kind.to_owned());
        } else if !line.starts_with('#') {
            let (series, value) = line.rsplit_once(' ').expect("a value");
            let name = series.split('{').next().expect("a name");
            let is_announced =
                |suffix: &str| name.strip_suffix(suffix).is_some_and(|family| types.contains_key(family));
            assert!(["", "_total", "_sum", "_count", "_bucket"].iter().any(|suffix| is_announced(suffix)), "{line}");
            let doubled = values.insert(series.to_owned(), value.parse::<f64>().expect("a number"));
            assert!(doubled.is_none(), "{line} stands twice");
        }
    }
    values
}

on_both_databases! {
    fn the_numbers_are_those_of_what_happened(database: &TestDatabase) {
        let store = database.open(std::sync::Arc::new(SystemClock));
        create(&store, &new_round(ROUND)).expect("a round");
        let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Everything).expect("a token");
        drop(store);
        let mut command = Command::new(env!("CARGO_BIN_EXE_khaosat"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--database", &database.url]);
        let (process, line) = Process::start_telling(command);
        let watched = Client::new(line.split_whitespace().last().expect("an address").trim_end_matches("/metrics").to_owned());
        let scrape = || {
            let reply = watched.get("/metrics", None);
            assert_eq!(reply.status, 200);
            assert!(reply.headers["content-type"].starts_with("application/openmetrics-text"));
            read(&String::from_utf8(reply.bytes).expect("text"))
        };
        let before = scrape();
        assert_eq!(before["khaosat_received_total{kind=\"response\",outcome=\"new\"}"], 0.0);
        assert_eq!(before["khaosat_database_ready"], 1.0);
        let secret = Some(issued.secret.reveal());
        let put = |number: u64, answer: &str| {
            process.client.put(&format!("/api/v1/responses/{}", uuid(number)), secret, &response_body("v1-1", answer)).status
        };
        assert_eq!((put(1, "có"), put(1, "có"), put(1, "không"), put(2, "có")), (201, 200, 409, 201));
        for number in 0..8 {
            let body = json!({"login": "nobody", "password": format!("đoán lần {number} không đúng")}).to_string();
            process.client.send("POST", "/api/v1/session", None, &[], body.as_bytes()).expect("a reply");
        }
        let after = scrape();
        let grown = |series: &str| after[series] - before.get(series).copied().unwrap_or_default();
        for (outcome, n) in [("new", 2.0), ("again", 1.0), ("conflict", 1.0)] {
            assert_eq!(grown(&format!("khaosat_received_total{{kind=\"response\",outcome=\"{outcome}\"}}")), n, "{outcome}");
        }
        let requests = |status: u16| {
            grown(&format!("khaosat_http_requests_total{{method=\"PUT\",route=\"/api/v1/responses/{{uuid}}\",status=\"{status}\"}}"))
        };
        assert_eq!((requests(201), requests(200), requests(409)), (2.0, 1.0, 1.0));
        assert_eq!(grown("khaosat_http_request_seconds_count{route=\"/api/v1/responses/{uuid}\"}"), 4.0);
        assert!(grown("khaosat_guesses_refused_total") >= 2.0, "after five it is too early");
        assert_eq!(after["khaosat_sessions_open"], 0.0);
        assert!(after["khaosat_start_time_seconds"] > 1.7e9);
        assert_eq!(after[&format!("khaosat_build{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))], 1.0);
        if database.is_sqlite() {
            assert!(after["khaosat_disk_free_bytes"] > 0.0 && after["khaosat_database_bytes"] > 0.0);
            assert!(after["khaosat_writer_commit_jobs_count"] >= 4.0);
            assert_eq!(after["khaosat_writer_commit_jobs_bucket{le=\"+Inf\"}"], after["khaosat_writer_commit_jobs_count"]);
            assert_eq!(after["khaosat_writer_waiting"], 0.0);
        }

        // Whatever a caller invents makes at most one more series for each status.
        for number in 0..40 {
            let path = format!("/rounds/%E1%BA%A1{number}/x{number}?y={number}");
            process.client.send("PATCH", &path, None, &[], b"").expect("a reply");
            process.client.get(&format!("/rounds/r{number}"), None);
        }
        let invented = scrape();
        assert!(invented.len() <= after.len() + 30, "{} series after {}", invented.len(), after.len());
        assert!(invented.keys().all(|series| !series.contains("PATCH") && !series.contains("r17")));
        // The service itself does not tell; the small server tells nothing else.
        assert_eq!(process.client.get("/metrics", None).status, 404);
        assert_eq!(watched.get("/api/v1/rounds", None).status, 404);
        assert_eq!(process.terminate(), Some(0));
    }
}
