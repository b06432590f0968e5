use std::sync::Arc;

use khaosat::store::{StoreError, SystemClock};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;

on_both_databases! {
    fn a_failed_act_is_undone_alone_and_leaves_no_audit_line(database: &TestDatabase) {
        let store = Arc::new(database.open(Arc::new(SystemClock)));
        let threads: Vec<_> = (0..40)
            .map(|number| {
                let store = Arc::clone(&store);
                std::thread::spawn(move || {
                    store.write("test", move |tx| {
                        tx.create_round(&format!("round-{number}"), "x")?;
                        if number % 4 == 0 {
                            return Err(StoreError::Missing { what: "courage".to_owned() });
                        }
                        Ok(())
                    })
                })
            })
            .collect();
        let failed = threads.into_iter().map(|thread| thread.join().expect("no panic")).filter(Result::is_err).count();
        assert_eq!(failed, 10);
        assert_eq!(database.number("SELECT count(*) AS n FROM survey_round"), 30);
        assert_eq!(database.number("SELECT count(*) AS n FROM audit_event WHERE act = 'round.created'"), 30);
        assert_eq!(database.number("SELECT count(DISTINCT sequence) AS n FROM audit_event"), 30);
    }

    fn what_is_answered_is_seen_by_others_at_once(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        for number in 0..20 {
            let code = format!("round-{number}");
            let made = code.clone();
            store.write("test", move |tx| tx.create_round(&made, "x")).expect("made");
            assert!(store.read(|snapshot| snapshot.find_round(&code)).expect("read").is_some());
        }
    }

    fn an_act_that_panics_harms_nobody_else(database: &TestDatabase) {
        if !database.is_sqlite() {
            return; // there the panic unwinds the caller's own thread
        }
        let store = database.open(Arc::new(SystemClock));
        let panicked = store.write("test", |tx| -> Result<(), StoreError> {
            tx.create_round("half", "x")?;
            panic!("a defect of the program");
        });
        assert!(matches!(panicked, Err(StoreError::Damaged { .. })));
        store.write("test", |tx| tx.create_round("whole", "x")).expect("the writer lives");
        assert!(store.is_ready());
        assert_eq!(database.number("SELECT count(*) AS n FROM survey_round"), 1);
    }
}
