use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use khaosat::store::{AuditSeal, Store, SystemClock, verify_audit_log};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;

/// Lines between two seals, and seals.
const LINES: i64 = 20;
const SEALS: i64 = 5;

/// A log of [`SEALS`] seals of [`LINES`] lines, and three lines after the last.
fn sealed(database: &TestDatabase) -> (Store, Vec<AuditSeal>) {
    let store = database.open(Arc::new(SystemClock));
    let mut seals = Vec::new();
    for part in 0..SEALS {
        say(&store, part * LINES, LINES);
        seals.extend(store.seal_audit_log("test").expect("sealed"));
    }
    say(&store, SEALS * LINES, 3);
    (store, seals)
}

fn say(store: &Store, from: i64, n: i64) {
    for number in from..from + n {
        store
            .write("test", move |tx| tx.log_export(&format!("round-{number}"), &format!("sách {number}")))
            .expect("kept");
    }
}

fn breaks(database: &TestDatabase, told: &[AuditSeal]) -> Vec<String> {
    let told: Vec<(i64, String)> = told.iter().map(|seal| (seal.seal_no, seal.chain_sha256.clone())).collect();
    verify_audit_log(&database.parsed(), &told).expect("read").breaks
}

on_both_databases! {
    fn an_untouched_log_is_whole(database: &TestDatabase) {
        let (store, seals) = sealed(database);
        let seen = verify_audit_log(&database.parsed(), &[]).expect("read");
        assert_eq!((seen.n_seals, seen.n_sealed, seen.n_unsealed), (SEALS, SEALS * LINES, 3));
        assert_eq!((seen.breaks, seen.head.as_ref()), (Vec::new(), seals.last()));
        assert_eq!(store.seal_audit_log("test").expect("sealed").len(), 1, "the last lines");
        assert!(store.seal_audit_log("test").expect("sealed").is_empty(), "nothing new, no seal");
        assert_eq!(database.damages(), Vec::<String>::new());
    }

    /// Every sealed line, each column, one at a time; each break is told at its own seal and nowhere else.
    fn a_changed_line_is_found_at_its_seal(database: &TestDatabase) {
        let (_store, seals) = sealed(database);
        for line in 1..=SEALS * LINES {
            let column = ["at", "actor", "act", "object", "detail"][usize::try_from(line).expect("small") % 5];
            database.execute(&format!("UPDATE audit_event SET {column} = {column} || 'x' WHERE sequence = {line}"));
            let found = breaks(database, &[]);
            let seal = seals.iter().find(|seal| line <= seal.last_sequence).expect("sealed");
            assert_eq!(found.len(), 1, "line {line}, {column}: {found:?}");
            assert!(found[0].starts_with(&format!("seal {} ", seal.seal_no)), "{found:?}");
            database.execute(&format!(
                "UPDATE audit_event SET {column} = substr({column}, 1, length({column}) - 1) WHERE sequence = {line}"
            ));
        }
        assert!(breaks(database, &seals).is_empty(), "mended again");
    }

    fn deleted_added_and_swapped_lines_are_found(database: &TestDatabase) {
        let (_store, seals) = sealed(database);
        for (harm, mend) in [
            ("UPDATE audit_event SET sequence = -sequence WHERE sequence = 37", "UPDATE audit_event SET sequence = 37 WHERE sequence = -37"),
            ("INSERT INTO audit_event SELECT -5, at, actor, act, object, detail FROM audit_event WHERE sequence = 5", "DELETE FROM audit_event WHERE sequence = -5"),
            (
                "UPDATE audit_event SET sequence = -1 WHERE sequence = 41; UPDATE audit_event SET sequence = 41 WHERE sequence = 42; UPDATE audit_event SET sequence = 42 WHERE sequence = -1",
                "UPDATE audit_event SET sequence = -1 WHERE sequence = 41; UPDATE audit_event SET sequence = 41 WHERE sequence = 42; UPDATE audit_event SET sequence = 42 WHERE sequence = -1",
            ),
        ] {
            database.execute(harm);
            assert!(!breaks(database, &[]).is_empty(), "{harm}");
            database.execute(mend);
        }
        assert!(breaks(database, &seals).is_empty(), "mended again");
        database.execute("UPDATE audit_seal SET sealed_at = '2020-01-01T00:00:00.000000Z' WHERE seal_no = 2");
        assert_eq!(breaks(database, &[]).len(), 1, "the instant of a seal is covered too");
        database.execute("DELETE FROM audit_seal WHERE seal_no = 3");
        assert!(breaks(database, &[]).iter().any(|sentence| sentence.contains("seal 3 is missing")));
        assert!(breaks(database, &seals).iter().any(|sentence| sentence.contains("which was told outside")));
    }

    /// What nobody can see from inside: only the seals that were told outside show it.
    fn a_log_cut_off_or_written_anew_is_found_by_what_was_told(database: &TestDatabase) {
        let (store, seals) = sealed(database);
        let last = seals.last().expect("sealed");
        database.execute(&format!("DELETE FROM audit_seal WHERE seal_no = {}", last.seal_no));
        database.execute(&format!("DELETE FROM audit_event WHERE sequence > {}", last.last_sequence - LINES));
        assert!(breaks(database, &[]).is_empty(), "the control: from inside the shorter log is whole");
        assert!(breaks(database, &seals)[0].contains("cut off"));
        say(&store, 900, LINES);
        store.seal_audit_log("test").expect("sealed");
        assert!(breaks(database, &[]).is_empty(), "the control: so is one written anew");
        assert!(breaks(database, &seals)[0].contains("written anew"));
    }

    /// Lines that are numbered before a seal and committed after it would look like forgeries.
    fn seals_made_while_others_write_stay_whole(database: &TestDatabase) {
        let store = Arc::new(database.open(Arc::new(SystemClock)));
        let done = Arc::new(AtomicBool::new(false));
        let sealers: Vec<_> = (0..2)
            .map(|_| {
                let (store, done) = (Arc::clone(&store), Arc::clone(&done));
                std::thread::spawn(move || {
                    while !done.load(Ordering::Acquire) {
                        store.seal_audit_log("test").expect("sealed");
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..6)
            .map(|thread| {
                let store = Arc::clone(&store);
                std::thread::spawn(move || say(&store, thread * 1_000, 60))
            })
            .collect();
        writers.into_iter().for_each(|thread| thread.join().expect("no panic"));
        done.store(true, Ordering::Release);
        sealers.into_iter().for_each(|thread| thread.join().expect("no panic"));
        store.seal_audit_log("test").expect("sealed");
        let seen = verify_audit_log(&database.parsed(), &[]).expect("read");
        assert_eq!((seen.breaks, seen.n_sealed, seen.n_unsealed), (Vec::new(), 360, 0));
    }
}
