use std::collections::BTreeSet;
use std::sync::Arc;

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::secret::sha256_hex;
use khaosat::store::{
    BodyFormat, Flag, Kept, NewContactAttempt, NewResponse, ReceivedState, Role, Store, SystemClock, Timestamp,
};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, new_round, uuid};

fn store_with_round(database: &TestDatabase) -> (Arc<Store>, String) {
    let store = database.open(Arc::new(SystemClock));
    create(&store, &new_round(ROUND)).expect("a round");
    let token = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Nothing).expect("a token");
    (Arc::new(store), token.id)
}

fn response(token_id: &str, body: &[u8]) -> NewResponse {
    NewResponse {
        uuid: uuid(1),
        round_code: ROUND.to_owned(),
        form_id: "papi-2019".to_owned(),
        questionnaire_sha256: None,
        case_id: "v1-1".to_owned(),
        disposition: "1.1".to_owned(),
        token_id: token_id.to_owned(),
        replaces_uuid: None,
        takes_place_of: None,
        format: BodyFormat::Json,
        body: body.to_vec(),
        body_sha256: sha256_hex(body),
        flags: vec![Flag { code: "odd".to_owned(), question: Some("d101".to_owned()), detail: "lạ".to_owned() }],
    }
}

/// All threads start at once and write what `body_of` gives them.
fn write_at_once(store: &Arc<Store>, token_id: &str, n: usize, body_of: impl Fn(usize) -> Vec<u8>) -> Vec<Kept> {
    let barrier = Arc::new(std::sync::Barrier::new(n));
    let threads: Vec<_> = (0..n)
        .map(|number| {
            let (store, barrier, response) =
                (Arc::clone(store), Arc::clone(&barrier), response(token_id, &body_of(number)));
            std::thread::spawn(move || {
                barrier.wait();
                store.write("test", move |tx| tx.keep_response(&response)).expect("kept")
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
}

on_both_databases! {
    fn the_same_bytes_sent_at_once_are_one_row_and_one_receipt(database: &TestDatabase) {
        let (store, token_id) = store_with_round(database);
        let kept = write_at_once(&store, &token_id, 50, |_| b"{}".to_vec());
        assert_eq!(kept.iter().filter(|kept| matches!(kept, Kept::New(_))).count(), 1);
        for one in &kept {
            assert_eq!(one.receipt(), kept[0].receipt());
            assert_eq!(one.receipt().flags.len(), 1);
        }
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), 1);
        assert_eq!(database.number("SELECT count(*) AS n FROM response_flag"), 1);
        assert_eq!(database.number("SELECT count(*) AS n FROM audit_event WHERE act LIKE 'response.%'"), 1);
    }

    fn other_bytes_sent_at_once_are_all_kept_and_one_is_accepted(database: &TestDatabase) {
        let (store, token_id) = store_with_round(database);
        let kept = write_at_once(&store, &token_id, 20, |number| format!("{{\"n\":{number}}}").into_bytes());
        let versions: BTreeSet<i64> = kept.iter().map(|kept| kept.receipt().version_no).collect();
        assert_eq!(versions, (1..=20).collect());
        let accepted = kept.iter().filter(|kept| kept.receipt().state == ReceivedState::Accepted).count();
        assert_eq!(accepted, 1);
        let stored = store.read(|snapshot| snapshot.list_response_versions(&uuid(1))).expect("read");
        let bodies: BTreeSet<Vec<u8>> = stored.into_iter().map(|version| version.body).collect();
        assert_eq!(bodies.len(), 20);
    }

    fn every_stored_version_is_accepted_again_with_its_own_receipt(database: &TestDatabase) {
        let (store, token_id) = store_with_round(database);
        let send = |body: &[u8]| {
            let response = response(&token_id, body);
            store.write("test", move |tx| tx.keep_response(&response)).expect("kept")
        };
        let (first, changed) = (send(b"{}"), send(b"{ }"));
        assert_eq!(changed.receipt().state, ReceivedState::Conflict);
        assert_eq!(send(b"{}"), Kept::Again(first.receipt().clone()));
        assert_eq!(send(b"{ }"), Kept::Again(changed.receipt().clone()));
        assert!(changed.receipt().sequence > first.receipt().sequence);
    }

    fn bytes_are_kept_as_they_came(database: &TestDatabase) {
        let (store, token_id) = store_with_round(database);
        let body: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        let response = response(&token_id, &body);
        store.write("test", move |tx| tx.keep_response(&response)).expect("kept");
        let stored = store.read(|snapshot| snapshot.list_accepted_responses(ROUND)).expect("read");
        assert_eq!(stored[0].body, body);
        assert_eq!(stored[0].receipt.flags[0].question.as_deref(), Some("d101"));
    }

    fn contact_attempts_follow_the_same_rule(database: &TestDatabase) {
        let (store, token_id) = store_with_round(database);
        let send = |body: &[u8]| {
            let attempt = NewContactAttempt {
                uuid: uuid(7),
                round_code: ROUND.to_owned(),
                case_id: "v1-1".to_owned(),
                attempt_no: 1,
                disposition: "2.24".to_owned(),
                attempted_at: Timestamp::parse("2024-10-01T08:00:00Z").expect("an instant"),
                token_id: token_id.clone(),
                body: body.to_vec(),
                body_sha256: sha256_hex(body),
            };
            store.write("test", move |tx| tx.keep_contact_attempt(&attempt)).expect("kept")
        };
        let first = send(b"1");
        assert_eq!(send(b"1"), Kept::Again(first.receipt().clone()));
        assert_eq!(send(b"2").receipt().version_no, 2);
        assert_eq!(database.number("SELECT count(*) AS n FROM contact_attempt"), 2);
    }
}
