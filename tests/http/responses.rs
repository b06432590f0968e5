use serde_json::json;

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, response_body, uuid};

on_both_databases! {
    fn the_same_interview_sent_fifty_times_at_once_is_one_row_and_one_receipt(database: &TestDatabase) {
        let service = TestService::start(database);
        let body = response_body("v1-1", "có");
        let barrier = std::sync::Barrier::new(50);
        let replies: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..50)
                .map(|_| {
                    let (barrier, service, body) = (&barrier, &service, &body);
                    scope.spawn(move || {
                        barrier.wait();
                        service.put_response(1, body)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
        assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 49);
        for reply in &replies {
            assert_eq!(reply.receipt(), replies[0].receipt());
        }
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), 1);
    }

    fn a_changed_resend_is_kept_as_a_conflict_and_nothing_is_overwritten(database: &TestDatabase) {
        let service = TestService::start(database);
        let (first, changed) = (response_body("v1-1", "có"), response_body("v1-1", "không"));
        assert_eq!(service.put_response(1, &first).status, 201);
        let conflict = service.put_response(1, &changed);
        assert_eq!((conflict.status, conflict.code().as_str()), (409, "response_conflict"));
        assert_eq!(conflict.receipt()["state"], "conflict");
        assert_eq!(conflict.receipt()["version_no"], 2);
        assert_eq!(service.put_response(1, &changed).receipt(), conflict.receipt(), "sent again, the same receipt");
        assert_eq!(service.put_response(1, &first).status, 200, "the first is still accepted");
        let path = format!("/api/v1/responses/{}", uuid(1));
        let stored = service.client.get(&path, Some(&service.coordinator)).json();
        let bodies: Vec<&str> =
            stored["versions"].as_array().expect("versions").iter().map(|v| v["body"].as_str().expect("text")).collect();
        assert_eq!(bodies, [String::from_utf8_lossy(&first), String::from_utf8_lossy(&changed)]);
    }

    fn the_receipt_is_of_the_bytes_that_were_sent(database: &TestDatabase) {
        let service = TestService::start(database);
        // Spaces, a repeated key and a trailing newline: a parsed copy would not have the same hash.
        let mut body = b"  ".to_vec();
        body.extend(response_body("v1-1", "e\u{302}"));
        body.push(b'\n');
        let reply = service.put_response(1, &body);
        assert_eq!(reply.receipt()["sha256"], khaosat::secret::sha256_hex(&body));
        assert_eq!(reply.receipt()["received_at"], "2024-10-01T01:00:00.000000Z");
        assert!(reply.flags().is_empty(), "{:?}", reply.flags());
    }

    fn what_is_odd_is_kept_and_flagged(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v9-9", "có")).flags(), ["case_unknown"]);
        assert_eq!(service.put_response(2, &response_body("v2-1", "có")).flags(), Vec::<String>::new());
        service.store.write("test", |tx| tx.set_round_state(ROUND, khaosat::store::RoundState::Closed)).expect("closed");
        assert_eq!(service.put_response(3, &response_body("v1-1", "có")).flags(), ["round_not_open"]);
        assert_eq!(service.put_response(1, &response_body("v9-9", "có")).flags(), ["case_unknown"], "as on arrival");
        let strange = json!({
            "round": ROUND, "questionnaire": "sipas", "case_id": "v1-1", "disposition": "done", "answers": {},
            "device_started_at": "yesterday",
        });
        let reply = service.put_response(4, strange.to_string().as_bytes());
        assert_eq!(reply.status, 201);
        assert_eq!(reply.flags(), ["round_not_open", "questionnaire_unknown", "disposition_unknown", "device_time_missing"]);
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), 4);
    }

    fn what_cannot_be_kept_is_refused_with_all_its_problems(database: &TestDatabase) {
        let service = TestService::start(database);
        for body in ["", "[]", "{", "\u{feff}{}"] {
            let reply = service.put_response(1, body.as_bytes());
            assert_eq!((reply.status, reply.code().as_str()), (400, "body_not_json"), "{body:?}");
        }
        let bad = json!({"round": ROUND, "questionnaire": 7, "case_id": "a\u{0}b", "answers": []});
        let reply = service.put_response(1, bad.to_string().as_bytes());
        assert_eq!((reply.status, reply.code().as_str()), (400, "body_invalid"));
        let details = reply.json()["details"].clone();
        let fields: Vec<&str> =
            details.as_array().expect("details").iter().map(|detail| detail["field"].as_str().expect("a field")).collect();
        assert_eq!(fields, ["questionnaire", "case_id", "disposition", "answers"]);
        let path = "/api/v1/responses/not-a-uuid";
        assert_eq!(service.client.put(path, Some(&service.enumerator), &response_body("v1-1", "x")).code(), "uuid_invalid");
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), 0);
    }

    fn contact_attempts_are_kept_once_and_count(database: &TestDatabase) {
        let service = TestService::start(database);
        let body = |no: i64| {
            json!({"round": ROUND, "case_id": "v1-2", "attempt_no": no, "disposition": "2.24", "at": "2024-10-01T09:00:00+07:00"})
                .to_string()
        };
        let put = |body: String| {
            let path = format!("/api/v1/contact-attempts/{}", uuid(1));
            service.client.put(&path, Some(&service.enumerator), body.as_bytes())
        };
        let first = put(body(1));
        assert_eq!(first.status, 201);
        let again = put(body(1));
        assert_eq!((again.status, again.receipt()), (200, first.receipt()));
        let changed = put(body(2));
        assert_eq!((changed.status, changed.code().as_str()), (409, "contact_attempt_conflict"));
        assert_eq!(put(body(0)).code(), "body_invalid");
        let cases = service.client.get("/api/v1/cases", Some(&service.enumerator)).json();
        assert_eq!(cases["cases"][1]["dispositions"], json!(["2.24"]));
    }

    fn running_requests_are_finished_when_the_service_stops(database: &TestDatabase) {
        let mut service = TestService::start(database);
        let (client, token) = (service.client.clone(), service.enumerator.clone());
        let (started, wait) = std::sync::mpsc::channel();
        let sender = std::thread::spawn(move || {
            let mut acknowledged = 0;
            for number in 0..100_000 {
                let path = format!("/api/v1/responses/{}", uuid(number));
                match client.send("PUT", &path, Some(&token), &[], &response_body("v1-1", "có")) {
                    Ok(reply) => {
                        assert_eq!(reply.status, 201);
                        acknowledged += 1;
                        let _nobody_waits = started.send(());
                    }
                    Err(_refused) => break,
                }
            }
            acknowledged
        });
        wait.recv().expect("one was acknowledged");
        let asked = std::time::Instant::now();
        service.stop();
        assert!(asked.elapsed().as_secs() < 10, "it took {:?}", asked.elapsed());
        let acknowledged = sender.join().expect("no request was answered otherwise");
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), acknowledged);
    }
}
