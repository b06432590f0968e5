//! What the plan keeps: tables and reports are added, never changed, and nothing is doubled.

use std::sync::Arc;

use khaosat::store::{KeptReport, NewEvidence, NewPlanReport, PlanReportKind, PlanTableKind, SystemClock};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;

fn report(progress: &str, evidence: &[&str]) -> NewPlanReport {
    NewPlanReport {
        kind: PlanReportKind::Task,
        subject: "8".to_owned(),
        period: "2024Q3".to_owned(),
        agency: "so-y-te".to_owned(),
        content: format!(r#"{{"progress":"{progress}"}}"#),
        note: "đã khảo sát".to_owned(),
        evidence: evidence
            .iter()
            .map(|body| NewEvidence {
                file_name: "bao-cao.pdf".to_owned(),
                media_type: "application/pdf".to_owned(),
                body: body.as_bytes().to_vec(),
            })
            .collect(),
    }
}

on_both_databases! {
    fn a_report_is_kept_once_with_its_files_and_a_correction_after_it(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        let keep = |new: NewPlanReport| store.write("lan", move |tx| tx.keep_plan_report(&new)).expect("kept");
        let first = keep(report("partial", &["%PDF-1", "%PDF-2"]));
        assert!(matches!(first, KeptReport::New(_)));
        assert_eq!(keep(report("partial", &["%PDF-1", "%PDF-2"])), KeptReport::Again(first.number()));
        let of_other_files = keep(report("partial", &["%PDF-1"]));
        let corrected = keep(report("done", &["%PDF-1"]));
        // Back to what it was is a correction too: only the last report counts as said already.
        let back = keep(report("partial", &["%PDF-1"]));
        assert!([of_other_files, corrected, back].iter().all(|kept| matches!(kept, KeptReport::New(_))));
        let kept = store.read(|snapshot| snapshot.list_plan_reports(PlanReportKind::Task)).expect("read");
        let numbers: Vec<i64> = kept.iter().map(|one| one.sequence).collect();
        assert_eq!(numbers, [first, of_other_files, corrected, back].map(KeptReport::number));
        assert_eq!(kept[0].evidence.len(), 2);
        assert_eq!((kept[0].note.as_str(), kept[0].reported_by.as_str()), ("đã khảo sát", "lan"));
        let (file, body) = store
            .read(|snapshot| snapshot.find_evidence(first.number(), 2))
            .expect("read")
            .expect("the second file");
        assert_eq!((file.file_name.as_str(), body.as_slice()), ("bao-cao.pdf", b"%PDF-2".as_slice()));
        assert_eq!(store.read(|snapshot| snapshot.find_evidence(first.number(), 3)).expect("read"), None);
        assert!(store.read(|snapshot| snapshot.list_plan_reports(PlanReportKind::Par)).expect("read").is_empty());
        assert_eq!(database.number("SELECT count(*) AS n FROM audit_event WHERE act = 'plan.task.reported'"), 4);
    }

    fn reports_handed_in_at_once_are_one(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        let kept: Vec<KeptReport> = std::thread::scope(|scope| {
            let store = &store;
            let hands: Vec<_> = (0..8)
                .map(|_| scope.spawn(move || store.write("lan", |tx| tx.keep_plan_report(&report("done", &["%PDF-1"])))))
                .collect();
            hands.into_iter().map(|hand| hand.join().expect("no panic").expect("kept")).collect()
        });
        assert_eq!(kept.iter().filter(|one| matches!(one, KeptReport::New(_))).count(), 1, "{kept:?}");
        assert_eq!(database.number("SELECT count(*) AS n FROM plan_report"), 1);
        assert_eq!(database.number("SELECT count(*) AS n FROM plan_evidence"), 1);
    }

    fn tables_come_back_byte_for_byte_in_the_order_of_their_arrival(database: &TestDatabase) {
        let store = database.open(Arc::new(SystemClock));
        let keep = |kind, body: &'static [u8]| store.write("lan", move |tx| tx.keep_plan_table(kind, body)).expect("kept");
        keep(PlanTableKind::Targets, b"a,b\n1,2\n");
        keep(PlanTableKind::Official, b"\xff\x00");
        keep(PlanTableKind::Targets, b"a,b\n1,3\n");
        let kept = store.read(|snapshot| snapshot.list_plan_tables()).expect("read");
        let found: Vec<(PlanTableKind, &[u8])> = kept.iter().map(|table| (table.kind, table.body.as_slice())).collect();
        assert_eq!(found, [
            (PlanTableKind::Targets, b"a,b\n1,2\n".as_slice()),
            (PlanTableKind::Official, b"\xff\x00".as_slice()),
            (PlanTableKind::Targets, b"a,b\n1,3\n".as_slice()),
        ]);
    }
}
