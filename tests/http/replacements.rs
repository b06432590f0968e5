//! Reserves in the service: released by rule, recorded once, and never worked silently.

use khaosat::store::{Role, Visibility};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, Reply, TestService, response_body, uuid};

fn attempt(service: &TestService, number: u64, case_id: &str, disposition: &str) {
    let body = json!({
        "round": ROUND, "case_id": case_id, "attempt_no": 1, "disposition": disposition,
        "at": "2024-10-01T08:00:00+07:00",
    });
    let path = format!("/api/v1/contact-attempts/{}", uuid(number));
    let reply = service.client.put(&path, Some(&service.enumerator), body.to_string().as_bytes());
    assert_eq!(reply.status, 201);
}

fn ask(service: &TestService, token: Option<&str>, body: &Value) -> Reply {
    let path = format!("/api/v1/rounds/{ROUND}/replacements");
    service.client.send("POST", &path, token, &[], body.to_string().as_bytes()).expect("a reply")
}

fn wish(replaces: &str, disposition: &str) -> Value {
    json!({"replaces": replaces, "disposition": disposition, "reason": "từ chối tại cửa"})
}

fn details(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let details = body["details"].as_array().expect("details");
    details.iter().map(|detail| detail["code"].as_str().expect("a code").to_owned()).collect()
}

fn recorded(service: &TestService) -> Vec<Value> {
    let path = format!("/api/v1/rounds/{ROUND}/replacements");
    let reply = service.client.get(&path, Some(&service.coordinator)).json();
    reply["replacements"].as_array().expect("a list").clone()
}

on_both_databases! {
    fn a_reserve_is_released_for_a_reported_failure_once_and_recorded(database: &TestDatabase) {
        let service = TestService::start(database);
        let coordinator = Some(service.coordinator.as_str());
        let unreported = ask(&service, coordinator, &wish("v1-1", "2.11"));
        assert_eq!((unreported.status, unreported.code().as_str()), (409, "replacement_refused"));
        assert!(details(&unreported).contains(&"replacement_not_reported".to_owned()), "{:?}", details(&unreported));

        attempt(&service, 1, "v1-1", "2.11");
        assert_eq!(details(&ask(&service, coordinator, &wish("v1-1", "4.50"))), ["replacement_disposition_differs"]);
        let given = ask(&service, coordinator, &wish("v1-1", "2.11"));
        assert_eq!(given.status, 201, "{}", String::from_utf8_lossy(&given.bytes));
        assert_eq!((given.json()["reserve"].as_str(), given.json()["attempts"].as_i64()), (Some("v1-3"), Some(1)));
        let again = ask(&service, coordinator, &wish("v1-1", "2.11"));
        assert_eq!((again.status, again.json()), (200, given.json()), "a repeated request is harmless");
        let other_words = json!({"replaces": "v1-1", "disposition": "2.11", "reason": "again"});
        assert!(details(&ask(&service, coordinator, &other_words)).contains(&"replacement_twice".to_owned()));
        assert_eq!(recorded(&service), [given.json()]);
        let acts = service.store.read(|snapshot| snapshot.list_audit_events(0, 1_000)).expect("read");
        assert_eq!(acts.iter().filter(|event| event.act == "reserve.released").count(), 1);

        // The only reserve of the village is gone; a village keeps its own.
        attempt(&service, 2, "v1-2", "2.11");
        assert_eq!(details(&ask(&service, coordinator, &wish("v1-2", "2.11"))), ["replacement_no_reserve"]);
        let other = json!({"replaces": "v2-1", "disposition": "2.11", "reason": "r", "reserve": "v1-3"});
        assert!(details(&ask(&service, coordinator, &other)).contains(&"replacement_out_of_order".to_owned()));
    }

    fn a_completed_case_and_one_with_visits_left_are_not_replaced(database: &TestDatabase) {
        let service = TestService::start(database);
        let coordinator = Some(service.coordinator.as_str());
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        assert_eq!(details(&ask(&service, coordinator, &wish("v1-1", "2.11"))), ["replacement_completed"]);
        attempt(&service, 2, "v1-2", "2.24");
        attempt(&service, 3, "v1-2", "2.24");
        assert_eq!(details(&ask(&service, coordinator, &wish("v1-2", "2.24"))), ["replacement_attempts_open"]);
        attempt(&service, 4, "v1-2", "2.24");
        assert_eq!(ask(&service, coordinator, &wish("v1-2", "2.24")).status, 201);
    }

    fn an_interview_at_a_reserve_that_nobody_released_is_kept_and_flagged(database: &TestDatabase) {
        let service = TestService::start(database);
        let early = service.put_response(1, &response_body("v1-3", "có"));
        assert_eq!(early.status, 201, "kept");
        assert!(early.flags().contains(&"reserve_not_released".to_owned()), "{:?}", early.flags());
        attempt(&service, 2, "v1-1", "2.11");
        assert_eq!(ask(&service, Some(&service.coordinator), &wish("v1-1", "2.11")).status, 201);
        let flags = service.put_response(3, &response_body("v1-3", "có")).flags();
        assert!(!flags.contains(&"reserve_not_released".to_owned()), "{flags:?}");
        let cases = service.client.get("/api/v1/cases", Some(&service.enumerator)).json();
        let released: Vec<bool> =
            cases["cases"].as_array().expect("cases").iter().map(|case| case["is_released"] == true).collect();
        assert_eq!(released, [true, true, true]);
    }

    fn only_coordinators_of_the_round_release_even_when_it_is_public(database: &TestDatabase) {
        let service = TestService::start(database);
        attempt(&service, 1, "v1-1", "2.11");
        service.store.write("test", |tx| tx.set_round_visibility(ROUND, Visibility::Public)).expect("published");
        let code = |token: Option<&str>| ask(&service, token, &wish("v1-1", "2.11")).code();
        assert_eq!(code(None), "token_missing");
        assert_eq!(code(Some(&service.enumerator)), "not_allowed");
        let analyst = service.token(Role::Analyst, Some(ROUND));
        assert_eq!(code(Some(analyst.secret.reveal())), "not_allowed");
        let path = format!("/api/v1/rounds/{ROUND}/replacements");
        assert_eq!(service.client.get(&path, None).code(), "token_missing", "reasons are not for everybody");
        assert_eq!(service.client.get(&path, Some(analyst.secret.reveal())).status, 200);
        let empty = ask(&service, Some(&service.coordinator), &json!({"replaces": 1, "reserve": ""}));
        assert_eq!((empty.status, empty.code().as_str()), (400, "body_invalid"));
        assert_eq!(empty.json()["details"].as_array().map(Vec::len), Some(4), "all at once");
        assert!(recorded(&service).is_empty());
    }

    fn the_command_releases_and_lists_what_the_service_has(database: &TestDatabase) {
        let service = TestService::start(database);
        attempt(&service, 1, "v2-2", "2.11");
        let release = |case: &str| {
            let fixed = ["round", "release", ROUND, "--for", case, "--disposition", "2.11", "--reason", "từ chối"];
            khaosat(&[&fixed[..], &["--database", &database.url]].concat())
        };
        assert!(release("v2-2").status.success());
        assert_eq!(release("v2-1").status.code(), Some(1), "nothing was reported of it");
        let listed = khaosat(&["round", "releases", ROUND, "--database", &database.url]);
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(text.contains("v2-2 → v2-3") && text.lines().count() == 1, "{text}");
        assert_eq!(recorded(&service).len(), 1);
        assert_eq!(khaosat(&["round", "releases", "none", "--database", &database.url]).status.code(), Some(1));
    }

    fn releases_asked_for_at_once_take_one_reserve_each(database: &TestDatabase) {
        let service = TestService::start(database);
        for (number, case) in [(1, "v1-1"), (2, "v1-2")] {
            attempt(&service, number, case, "2.11");
        }
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let both: Vec<_> = ["v1-1", "v1-2"]
                .map(|case| scope.spawn(|| ask(&service, Some(&service.coordinator), &wish(case, "2.11")).status))
                .into_iter()
                .collect();
            both.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}: there is one reserve");
        assert_eq!(recorded(&service).len(), 1);
    }
}
