//! `khaosat audit`: who did what is listed and counted, and a log that was touched is found.

use std::sync::Arc;

use khaosat::store::SystemClock;

use super::workshop::{run_in, succeed_in, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, new_round};

on_both_databases! {
    fn the_log_is_listed_counted_sealed_and_verified(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        khaosat::cli::round::create(&store, &new_round(ROUND)).expect("a round");
        for number in 0..3 {
            store.write("account-1", move |tx| tx.log_export(ROUND, &format!("csv, {number} rows"))).expect("kept");
        }
        drop(store);
        let folder = tempfile::tempdir().expect("a folder");
        let run = |arguments: &[&str]| succeed_in(folder.path(), &[arguments, &["--database", &database.url]].concat());

        let listed = run(&["audit", "list", "--act", "data."]);
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!((lines.len(), lines[0]), (4, "sequence,at,actor,act,object,detail"), "{listed}");
        assert!(lines[1].contains(",account-1,data.exported,"), "{listed}");
        assert_eq!(run(&["audit", "list", "--to", "01/01/2020"]).lines().count(), 1, "only the heading");
        let counted = run(&["audit", "summary", "--actor", "account-1"]);
        assert!(counted.lines().nth(1).is_some_and(|line| line.starts_with("account-1,data.exported,3,1,")), "{counted}");

        let head = run(&["audit", "seal", "--heads", "heads.txt"]);
        assert!(head.starts_with("1 "), "{head}");
        assert_eq!(std::fs::read_to_string(folder.path().join("heads.txt")).expect("there"), head);
        assert!(run(&["audit", "verify", "--heads", "heads.txt"]).contains(head.trim()));

        let refused = |arguments: &[&str]| {
            let output = run_in(folder.path(), &[arguments, &["--database", &database.url]].concat());
            assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
            text(&output.stderr)
        };
        std::fs::write(folder.path().join("wrong.txt"), "một hai\n").expect("written");
        assert!(refused(&["audit", "verify", "--heads", "wrong.txt"]).contains("no line of a seal"));
        assert!(refused(&["audit", "verify", "--heads", "gone.txt"]).contains("the file of seals"));
        database.execute("UPDATE audit_event SET detail = 'csv, 0 rows' WHERE detail = 'csv, 1 rows'");
        assert!(refused(&["audit", "verify"]).contains("the audit log was changed"));
        assert!(refused(&["db", "check"]).contains("seal 1"), "the check of the database looks at it too");
    }
}
