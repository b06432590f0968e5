use std::sync::Arc;

use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, Store, StoreError};

use crate::support::clock::TestClock;
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, new_round};

fn store(database: &TestDatabase) -> (Store, Arc<TestClock>) {
    let clock = TestClock::at("2024-10-01T00:00:00Z");
    let store = database.open(Arc::<TestClock>::clone(&clock));
    create(&store, &new_round(ROUND)).expect("a round");
    (store, clock)
}

on_both_databases! {
    fn the_secret_is_nowhere_in_the_database(database: &TestDatabase) {
        let (store, _clock) = store(database);
        let issued = issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, Assign::Everything).expect("a token");
        assert_eq!(issued.n_assigned, 6);
        let by_hash = store.read(|snapshot| snapshot.find_token_by_sha256(&issued.secret.sha256())).expect("read");
        assert_eq!(by_hash.expect("found by its hash").id, issued.id);
        assert_eq!(database.number("SELECT count(*) AS n FROM access_token WHERE length(token_sha256) = 64"), 1);
        // Negative control: the same search finds the hash, so it would have found the secret.
        let contains = |needle: &str| {
            database.files().iter().any(|file| {
                let bytes = std::fs::read(file).expect("a file");
                bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
            })
        };
        if database.is_sqlite() {
            assert!(contains(&issued.secret.sha256()));
            assert!(!contains(issued.secret.reveal()) && !contains(&issued.secret.reveal()[4..]));
        }
    }

    fn an_expired_or_revoked_token_is_not_valid(database: &TestDatabase) {
        let (store, clock) = store(database);
        let until = store.now().plus_days(30);
        let issued = issue(&store, Role::Analyst, None, "An", until, Assign::Nothing).expect("a token");
        let valid = |store: &Store| {
            let token = store.read(|snapshot| snapshot.find_token_by_sha256(&issued.secret.sha256())).expect("read");
            token.expect("known").is_valid_at(store.now())
        };
        assert!(valid(&store));
        clock.pass_days(29);
        assert!(valid(&store));
        clock.pass_days(1);
        assert!(!valid(&store));
        clock.pass_days(-20);
        let id = issued.id.clone();
        store.write("test", move |tx| tx.revoke_token(&id)).expect("revoked");
        assert!(!valid(&store));
        let revoked = store.write("test", |tx| tx.revoke_token("tk-none"));
        assert!(matches!(revoked, Err(StoreError::Missing { .. })));
    }

    fn an_enumerator_without_a_round_and_an_area_without_cases_are_refused(database: &TestDatabase) {
        let (store, _clock) = store(database);
        assert!(issue(&store, Role::Enumerator, None, "Hoa", None, Assign::Nothing).is_err());
        assert!(issue(&store, Role::Enumerator, Some("none"), "Hoa", None, Assign::Nothing).is_err());
        let nowhere = Assign::Areas(vec!["v9".to_owned()]);
        assert!(issue(&store, Role::Enumerator, Some(ROUND), "Hoa", None, nowhere).is_err());
        assert_eq!(database.number("SELECT count(*) AS n FROM access_token"), 0, "nothing was left behind");
    }
}
