//! Devices: one code, one device; what it may see; its end.

use khaosat::store::Role;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, Reply, TestService, response_body, uuid};

fn token(reply: &Reply) -> String {
    reply.json()["token"].as_str().expect("a token").to_owned()
}

fn case_ids(service: &TestService, token: &str) -> Vec<String> {
    let reply = service.client.get("/api/v1/cases", Some(token)).json();
    let cases = reply["cases"].as_array().expect("cases");
    cases.iter().map(|case| case["case_id"].as_str().expect("an id").to_owned()).collect()
}

fn details(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let details = body["details"].as_array().expect("details");
    details.iter().map(|detail| detail["code"].as_str().expect("a code").to_owned()).collect()
}

on_both_databases! {
    fn a_code_makes_one_device_that_sees_the_own_cases_only(database: &TestDatabase) {
        let service = TestService::start(database);
        let code = service.activation_code("hoa");
        assert_eq!(database.number(&format!("SELECT count(*) AS n FROM activation_code WHERE code_hash LIKE '%{}%'", &code[..4])), 0);
        let typed = format!(" {} ", code.to_lowercase().replace('-', " "));
        let reply = service.activate(&typed);
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.bytes));
        let body = reply.json();
        assert_eq!((body["round"].as_str(), body["enumerator"]["login"].as_str()), (Some(ROUND), Some("hoa")));
        assert_eq!(body["forms"].as_array().map(Vec::len), Some(1));
        let hoa = token(&reply);
        let again = service.activate(&code);
        assert_eq!((again.status, again.code().as_str()), (401, "activation_code_invalid"));
        assert_eq!(case_ids(&service, &hoa), Vec::<String>::new());

        let given = service.post(&service.coordinator, "assignments", &json!({"enumerator": "hoa", "areas": ["v2"]}));
        assert_eq!(given.json(), json!({"cases": 3, "changed": 3}));
        assert_eq!(case_ids(&service, &hoa), ["v2-1", "v2-2", "v2-3"]);
        assert_eq!(case_ids(&service, &service.enumerator), ["v1-1", "v1-2", "v1-3"], "nobody else's changed");

        // Nothing of another's case comes back, whichever way it is asked for.
        assert_eq!(service.put_response(1, &response_body("v1-1", "bí mật của hộ")).status, 201);
        for path in [format!("/api/v1/responses/{}", uuid(1)), format!("/api/v1/rounds/{ROUND}/reviews"), format!("/api/v1/rounds/{ROUND}/assignments")] {
            assert_eq!(service.client.get(&path, Some(&hoa)).code(), "not_allowed", "{path}");
        }
        let mine = service.client.put(&format!("/api/v1/responses/{}", uuid(2)), Some(&hoa), &response_body("v1-2", "a"));
        assert_eq!(mine.status, 201, "kept");
        assert!(mine.flags().contains(&"case_of_another".to_owned()), "{:?}", mine.flags());
        let taken = service.client.put(&format!("/api/v1/responses/{}", uuid(1)), Some(&hoa), &response_body("v1-1", "b"));
        assert_eq!(taken.status, 409);
        assert!(!String::from_utf8_lossy(&taken.bytes).contains("bí mật"));
        assert_eq!(service.client.get("/api/v1/returned", Some(&hoa)).json(), json!({"returned": []}));
    }

    fn eight_at_once_with_one_code_get_one_device(database: &TestDatabase) {
        let service = TestService::start(database);
        let code = service.activation_code("hoa");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| service.activate(&code).status)).collect();
            all.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 7, "{statuses:?}");
        assert_eq!(database.number("SELECT count(*) AS n FROM device"), 1);
    }

    fn wrong_expired_cancelled_and_foreign_codes_are_refused_alike(database: &TestDatabase) {
        let service = TestService::start(database);
        let wrong = service.activate("AAAA-AAAA");
        assert_eq!((wrong.status, wrong.code().as_str()), (401, "activation_code_invalid"));
        let refused = |code: &str| {
            let reply = service.activate(code);
            assert_eq!((reply.status, reply.bytes), (401, wrong.bytes.clone()), "{code}");
        };
        refused("not a code at all");
        let first = service.activation_code("hoa");
        let second = service.activation_code("hoa");
        refused(&first);
        assert_eq!(service.activate(&second).status, 201, "the later one is good");
        let late = service.activation_code("hoa");
        service.clock.pass_seconds(72 * 3_600);
        refused(&late);
        let disabled = service.activation_code("hoa");
        assert!(khaosat(&["account", "disable", "hoa", "--database", &database.url]).status.success());
        refused(&disabled);
        assert_eq!(service.post(&service.coordinator, "activation-codes", &json!({"enumerator": "hoa"})).code(), "enumerator_unknown");
        assert_eq!(service.post(&service.coordinator, "enumerators", &json!({"login": "hoa", "name": "Hoa"})).code(), "account_unusable");
        service.person("elsewhere", Role::Coordinator, Some(ROUND));
        assert_eq!(service.post(&service.coordinator, "activation-codes", &json!({"enumerator": "elsewhere"})).code(), "enumerator_unknown");
    }

    fn guesses_at_codes_are_limited(database: &TestDatabase) {
        let service = TestService::start(database);
        let code = service.activation_code("hoa");
        let statuses: Vec<u16> = (0..12).map(|at| service.activate(&format!("AAAA-AAA{}", 2 + at % 8)).status).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 10, "{statuses:?}");
        let early = service.activate(&code);
        assert_eq!((early.status, early.code().as_str()), (429, "too_many_tries"));
        service.clock.pass_seconds(early.headers["retry-after"].parse().expect("seconds"));
        assert_eq!(service.activate(&code).status, 201, "the code was not used up by waiting");
    }

    fn a_device_says_how_it_stands_and_is_revoked(database: &TestDatabase) {
        let service = TestService::start(database);
        let hoa = token(&service.activate(&service.activation_code("hoa")));
        let devices = || -> Value { service.client.get(&format!("/api/v1/rounds/{ROUND}/devices"), Some(&service.coordinator)).json() };
        assert_eq!(devices()["devices"][0]["synced_at"], Value::Null);
        let state = |token: &str, body: &Value| {
            service.client.send("POST", "/api/v1/device/state", Some(token), &[], body.to_string().as_bytes()).expect("a reply")
        };
        let said = json!({
            "unsent": 3, "drafts": 1, "app_version": "abc", "storage_persisted": true, "storage_used_bytes": 10,
            "storage_quota_bytes": null, "device_time": "2024-10-01T08:00:05+07:00", "clock_offset_ms": 99,
        });
        assert_eq!(state(&hoa, &said).status, 204);
        let shown = devices()["devices"][0].clone();
        assert_eq!((shown["unsent"].as_i64(), shown["drafts"].as_i64(), shown["enumerator"].as_str()), (Some(3), Some(1), Some("hoa")));
        assert_eq!(shown["clock_offset_ms"], 5_000, "measured here, not believed");
        assert_eq!(shown["synced_at"], "2024-10-01T01:00:00.000000Z");
        assert_eq!(state(&hoa, &json!({"unsent": -1, "device_time": "soon"})).code(), "body_invalid");
        assert_eq!(state(&service.enumerator, &said).code(), "device_unknown", "a token of the command line is no device");

        let id = shown["id"].as_str().expect("an id");
        let revoke = |token: &str, id: &str| service.post(token, &format!("devices/{id}/revocation"), &json!({})).status;
        assert_eq!((revoke(&hoa, id), revoke(&service.coordinator, "dv-none")), (403, 404));
        assert_eq!((revoke(&service.coordinator, id), revoke(&service.coordinator, id)), (204, 204));
        for reply in [
            service.client.get("/api/v1/cases", Some(&hoa)),
            service.client.put(&format!("/api/v1/responses/{}", uuid(9)), Some(&hoa), &response_body("v2-1", "a")),
            state(&hoa, &said),
        ] {
            assert_eq!((reply.status, reply.code().as_str()), (410, "device_revoked"));
        }
        assert!(devices()["devices"][0]["revoked_at"].is_string());
        assert_eq!(service.activate(&service.activation_code("hoa")).status, 201, "a new code makes a new device");
    }

    fn the_forms_of_the_round_are_given_out_and_no_others(database: &TestDatabase) {
        let service = TestService::start(database);
        let hoa = token(&service.activate(&service.activation_code("hoa")));
        let listed = service.client.get("/api/v1/forms", Some(&hoa)).json();
        assert_eq!((listed["forms"][0]["form_id"].as_str(), listed["forms"].as_array().map(Vec::len)), (Some("papi-2019"), Some(1)));
        let other = service.client.get(&format!("/api/v1/forms/{}", "0".repeat(64)), Some(&hoa));
        assert_ne!(other.status, 200);
        let everywhere = service.token(Role::Administrator, None);
        assert_eq!(service.client.get("/api/v1/forms", Some(everywhere.secret.reveal())).json(), json!({"forms": []}));
    }

    fn an_assignment_is_done_whole_or_not_at_all(database: &TestDatabase) {
        let service = TestService::start(database);
        service.activation_code("hoa");
        let assign = |body: Value| service.post(&service.coordinator, "assignments", &body);
        let wrong = assign(json!({"enumerator": "nobody", "areas": ["v2", "v9"], "cases": ["v2-1", "x"]}));
        assert_eq!((wrong.status, details(&wrong)), (400, vec!["enumerator_unknown".to_owned(), "area_unknown".to_owned(), "case_unknown".to_owned()]));
        assert_eq!(details(&assign(json!({"enumerator": "hoa"}))), ["assignment_empty"]);
        assert_eq!(assign(json!({"areas": ["v2"]})).code(), "body_invalid", "nobody is null, not nothing");
        assert_eq!(assign(json!({"enumerator": "hoa", "areas": "v2"})).code(), "body_invalid");
        assert_eq!(database.number("SELECT count(*) AS n FROM sampled_unit WHERE assigned_account_id IS NOT NULL"), 3);

        assert_eq!(assign(json!({"enumerator": "hoa", "areas": ["c1-v2"], "cases": ["v2-1"]})).json(), json!({"cases": 3, "changed": 3}));
        assert_eq!(assign(json!({"enumerator": "hoa", "cases": ["v2-1"]})).json(), json!({"cases": 1, "changed": 0}));
        assert_eq!(service.put_response(1, &response_body("v1-1", "a")).status, 201);
        let started = assign(json!({"enumerator": "hoa", "areas": ["v1"]}));
        assert_eq!((started.status, started.code().as_str(), details(&started)), (409, "assignment_started", vec!["case_started".to_owned()]));
        assert_eq!(assign(json!({"enumerator": "hoa", "areas": ["v1"], "even_started": true})).json()["changed"], 3);
        assert_eq!(assign(json!({"enumerator": null, "cases": ["v2-3"]})).json()["changed"], 1);
        let shown = service.client.get(&format!("/api/v1/rounds/{ROUND}/assignments"), Some(&service.coordinator)).json();
        let last = &shown["assignments"][5];
        assert_eq!((&last["enumerator"], &last["before"], &last["area"]), (&Value::Null, &json!(["hoa"]), &json!("c1-v2")));
        let people = service.client.get(&format!("/api/v1/rounds/{ROUND}/enumerators"), Some(&service.coordinator)).json();
        let hoa = people["enumerators"].as_array().expect("people").iter().find(|one| one["login"] == "hoa").expect("Hoa");
        assert_eq!((hoa["cases"].as_i64(), hoa["devices"].as_i64(), hoa["code_expires_at"].is_string()), (Some(5), Some(0), true));
    }

    fn the_command_does_the_same(database: &TestDatabase) {
        let service = TestService::start(database);
        let account = |arguments: &[&str]| {
            let output = khaosat(&[&["account"], arguments, &["--database", &database.url]].concat());
            (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
        };
        assert_eq!(account(&["add", "--login", "mai", "--name", "Mai", "--role", "enumerator"]).0, Some(1), "no round");
        assert_eq!(account(&["add", "--login", "mai", "--name", "Mai", "--role", "enumerator", "--round", ROUND]).0, Some(0));
        assert_eq!(account(&["add", "--login", "MAI", "--name", "Mai", "--role", "analyst"]).0, Some(1), "the login is taken");
        assert_eq!(account(&["grant", "nobody", "--role", "auditor"]).0, Some(1));
        assert_eq!(account(&["grant", "mai", "--role", "supervisor", "--round", ROUND]).0, Some(0));
        assert_eq!(account(&["code", "nobody", "--round", ROUND]).0, Some(1));
        assert_eq!(account(&["assign", "mai", "--round", ROUND, "--area", "v2"]).0, Some(0));
        assert_eq!(account(&["assign", "mai", "--round", "none", "--area", "v2"]).0, Some(1));
        let listed = account(&["list"]).1;
        assert!(listed.contains(&format!("supervisor@{ROUND}")) && listed.contains(&format!("enumerator@{ROUND}")), "{listed}");
        let made = account(&["code", "mai", "--round", ROUND]).1;
        // The command's clock is the real one; the code outlives the test's.
        let reply = service.activate(made.lines().next().expect("a code"));
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.bytes));
        let mai = token(&reply);
        assert_eq!(case_ids(&service, &mai).len(), 3);
        assert_eq!(account(&["take", "mai", "--role", "enumerator", "--round", ROUND]).0, Some(0));
        assert_eq!(service.client.get("/api/v1/cases", Some(&mai)).code(), "device_revoked", "the device rested on the role");
    }
}
