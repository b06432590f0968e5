//! Review: an interview goes back, is corrected, is approved; the figures follow.

use khaosat::store::Role;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, Reply, TestService, response_body, uuid};

fn review(service: &TestService, number: u64, verdict: &str, comment: &str, n_seen: i64) -> Reply {
    let comment = (!comment.is_empty()).then_some(comment);
    let body = json!({"uuid": uuid(number), "verdict": verdict, "comment": comment, "question": "a", "n_seen": n_seen});
    service.post(&service.coordinator, "reviews", &body)
}

/// A correction, sent as the phones' client sends it.
fn correct(service: &TestService, number: u64, of: u64, field: &str) -> Reply {
    let mut body: Value = serde_json::from_slice(&response_body("v1-1", "sửa")).expect("JSON");
    body[field] = json!(uuid(of));
    service.put_response(number, body.to_string().as_bytes())
}

fn case(service: &TestService) -> Value {
    service.client.get("/api/v1/cases", Some(&service.enumerator)).json()["cases"][0].clone()
}

fn returned(service: &TestService) -> Value {
    service.client.get("/api/v1/returned", Some(&service.enumerator)).json()["returned"].clone()
}

fn interviews(service: &TestService) -> Vec<(String, String, bool)> {
    let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/reviews"), Some(&service.coordinator)).json();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let listed = reply["interviews"].as_array().expect("interviews");
    listed.iter().map(|one| (text(&one["uuid"]), text(&one["state"]), one["counts"] == true)).collect()
}

fn n_complete(service: &TestService) -> i64 {
    let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/progress"), Some(&service.coordinator)).json();
    reply["total"]["n_complete"].as_i64().expect("a count")
}

on_both_databases! {
    fn an_interview_goes_back_is_corrected_and_approved(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "nhầm")).status, 201);
        assert_eq!(case(&service)["state"], "received");
        assert_eq!(review(&service, 1, "returned", "hỏi lại câu a", 0).status, 201);
        let back = returned(&service);
        assert_eq!((back[0]["uuid"].as_str(), back[0]["comment"].as_str(), back[0]["question"].as_str()), (Some(uuid(1).as_str()), Some("hỏi lại câu a"), Some("a")));
        assert!(back[0].get("answers").is_none(), "a device is write-only");
        assert_eq!((case(&service)["state"].as_str(), case(&service)["returned"]["uuid"].as_str()), (Some("returned"), Some(uuid(1).as_str())));

        let sent = correct(&service, 2, 1, "corrects");
        assert_eq!(sent.status, 201);
        assert!(!sent.flags().iter().any(|flag| flag.starts_with("correction")), "{:?}", sent.flags());
        assert_eq!(correct(&service, 2, 1, "corrects").status, 200, "again, the same receipt");
        assert_eq!(returned(&service), json!([]));
        assert_eq!(case(&service)["state"], "received", "the correction waits for a look");
        assert_eq!(interviews(&service), [(uuid(1), "corrected".to_owned(), false), (uuid(2), "received".to_owned(), true)]);
        assert_eq!(n_complete(&service), 1, "one interview, not two");
        assert_eq!(review(&service, 2, "approved", "", 0).status, 201);
        assert_eq!(case(&service)["state"], "approved");
        // The first one is as it came.
        let kept = service.client.get(&format!("/api/v1/responses/{}", uuid(1)), Some(&service.coordinator)).json();
        assert!(kept["versions"][0]["body"].as_str().expect("a body").contains("nhầm"));
        assert_eq!(kept["versions"].as_array().map(Vec::len), Some(1));
    }

    fn a_rejected_interview_counts_nowhere_and_the_enumerator_is_told(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "bịa")).status, 201);
        assert_eq!(n_complete(&service), 1);
        assert_eq!(review(&service, 1, "rejected", "hộ nói không ai đến", 0).status, 201);
        assert_eq!(n_complete(&service), 0);
        assert_eq!((case(&service)["state"].as_str(), case(&service)["rejected"].as_str()), (Some("rejected"), Some("hộ nói không ai đến")));
        assert_eq!(returned(&service), json!([]));
        // Nobody can slip a correction in; a new visit is a new interview.
        assert!(correct(&service, 2, 1, "replaces").flags().contains(&"correction_not_asked".to_owned()));
        assert_eq!(n_complete(&service), 0);
        assert_eq!(service.put_response(3, &response_body("v1-1", "thật")).status, 201);
        assert_eq!((n_complete(&service), case(&service)["state"].as_str()), (1, Some("received")));
    }

    fn a_review_needs_its_reason_and_overrules_nobody_unseen(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "a")).status, 201);
        let plain = |body: Value| service.post(&service.coordinator, "reviews", &body);
        for verdict in ["returned", "rejected"] {
            assert_eq!(plain(json!({"uuid": uuid(1), "verdict": verdict, "n_seen": 0})).code(), "review_invalid");
        }
        assert_eq!(plain(json!({"uuid": uuid(1), "verdict": "fine", "n_seen": 0})).code(), "review_invalid");
        assert_eq!(plain(json!({"uuid": "x", "verdict": "approved", "n_seen": 0})).code(), "uuid_invalid");
        assert_eq!(plain(json!({"uuid": uuid(1), "verdict": "approved"})).code(), "body_invalid");
        assert_eq!(review(&service, 7, "approved", "", 0).code(), "response_unknown");
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let both: Vec<_> = ["approved", "returned"]
                .map(|verdict| scope.spawn(|| review(&service, 1, verdict, "vì sao", 0).status))
                .into_iter()
                .collect();
            both.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        let mut sorted = statuses.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [201, 409], "{statuses:?}");
        assert_eq!(review(&service, 1, "approved", "", 0).code(), "review_meanwhile");
        assert_eq!(review(&service, 1, "approved", "", 1).status, 201);
        // A supervisor who is signed in reviews, too; the actor is the person.
        service.person("thu", Role::Supervisor, Some(ROUND));
        let browser = service.session("thu");
        let headers = [("Cookie", browser.cookie.as_str()), ("X-CSRF-Token", browser.csrf.as_str())];
        let body = json!({"uuid": uuid(1), "verdict": "returned", "comment": "xem lại", "n_seen": 2}).to_string();
        let path = format!("/api/v1/rounds/{ROUND}/reviews");
        assert_eq!(service.client.send("POST", &path, None, &headers, body.as_bytes()).expect("a reply").status, 201);
        let events = service.store.read(|snapshot| snapshot.list_audit_events(0, 1_000)).expect("read");
        assert!(events.iter().any(|event| event.act == "response.reviewed" && event.actor == "thu"));
    }

    fn a_correction_of_what_is_not_there_is_kept_and_flagged(database: &TestDatabase) {
        let service = TestService::start(database);
        assert!(correct(&service, 1, 99, "replaces").flags().contains(&"correction_of_unknown".to_owned()));
        let mut odd: Value = serde_json::from_slice(&response_body("v1-2", "a")).expect("JSON");
        odd["corrects"] = json!("no uuid");
        let sent = service.put_response(2, odd.to_string().as_bytes());
        assert_eq!(sent.status, 201);
        assert!(sent.flags().contains(&"correction_of_unknown".to_owned()));
    }
}
