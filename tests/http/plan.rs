//! The plan in the service: targets, tasks with reports, published results.

use khaosat::store::Role;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{Reply, TestService};

fn report(service: &TestService, token: &str, no: u32, body: &Value) -> Reply {
    let path = format!("/api/v1/plan/tasks/{no}/reports");
    service.client.send("POST", &path, Some(token), &[], body.to_string().as_bytes()).expect("a reply")
}

fn done() -> Value {
    json!({ "quarter": "2024Q3", "agency": "so-y-te", "progress": "done", "note": "khảo sát 1.200 người bệnh" })
}

fn task(service: &TestService, no: u64) -> Value {
    let reply = service.client.get("/api/v1/plan/tasks?year=2024&day=2024-10-05", Some(&service.coordinator));
    assert_eq!(reply.status, 200);
    let tasks = reply.json();
    assert_eq!(tasks.as_array().expect("a list").len(), 22);
    tasks.as_array().expect("a list").iter().find(|one| one["no"] == no).expect("the task").clone()
}

on_both_databases! {
    fn a_report_changes_the_state_of_its_quarter_and_is_kept_once(database: &TestDatabase) {
        let service = TestService::start(database);
        let everywhere = service.token(Role::Coordinator, None).secret.reveal().to_owned();
        let state = |service: &TestService| task(service, 8)["quarters"][2]["state"].clone();
        assert_eq!(state(&service), "overdue");
        let kept = report(&service, &everywhere, 8, &done());
        assert_eq!(kept.status, 201, "{}", String::from_utf8_lossy(&kept.bytes));
        let again = report(&service, &everywhere, 8, &done());
        assert_eq!((again.status, again.json()), (200, kept.json()));
        assert_eq!(state(&service), "complete");
        assert_eq!(database.number("SELECT count(*) AS n FROM plan_report"), 1);
    }

    fn what_is_not_right_is_refused_in_words_and_nothing_is_kept(database: &TestDatabase) {
        let service = TestService::start(database);
        let everywhere = service.token(Role::Coordinator, None).secret.reveal().to_owned();
        let with = |key: &str, value: Value| {
            let mut body = done();
            body[key] = value;
            body
        };
        for (no, body, status, code) in [
            (8, with("agency", json!("so-noi-vu")), 400, "task_not_lead"),
            (8, with("agency", json!("so-khong-co")), 400, "agency_unknown"),
            (8, with("progress", json!("xong")), 400, "task_progress"),
            (8, with("quarter", json!("2024Q5")), 400, "plan_quarter"),
            (99, done(), 404, "task_unknown"),
        ] {
            let reply = report(&service, &everywhere, no, &body);
            assert_eq!((reply.status, reply.code().as_str()), (status, code), "{body}");
        }
        let of_round = report(&service, &service.coordinator, 8, &done());
        assert_eq!(of_round.status, 403, "a token of one round does not write the plan");
        assert_eq!(database.number("SELECT count(*) AS n FROM plan_report"), 0);
    }
}

on_both_databases! {
    fn after_a_merger_the_successor_reports_and_the_task_shows_the_chain(database: &TestDatabase) {
        let service = TestService::start(database);
        let everywhere = service.token(Role::Coordinator, None).secret.reveal().to_owned();
        let by = |agency: &str| json!({ "quarter": "2025Q2", "agency": agency, "progress": "done" });
        let early = report(&service, &everywhere, 12, &by("so-khcn"));
        assert_eq!((early.status, early.code().as_str()), (400, "task_not_lead"), "it has not taken over yet");
        service.clock.pass_days(280);
        // The token of the first day has run out by then.
        let everywhere = service.token(Role::Coordinator, None).secret.reveal().to_owned();
        let gone = report(&service, &everywhere, 12, &by("so-tttt"));
        assert_eq!((gone.status, gone.code().as_str()), (400, "task_agency_ended"));
        assert_eq!(report(&service, &everywhere, 12, &by("so-khcn")).status, 201);
        let tasks = service.client.get("/api/v1/plan/tasks?year=2025&day=2025-07-05", Some(&everywhere)).json();
        let task = tasks.as_array().expect("a list").iter().find(|one| one["no"] == 12).expect("the task").clone();
        assert_eq!(task["lead_chain"], json!([["so-tttt", "so-khcn"]]));
        assert_eq!(task["quarters"][1], json!({ "quarter": "2025Q2", "state": "complete" }));
        assert_eq!(task["missing"], json!([{ "quarter": "2025Q1", "agency": "so-tttt", "answers_now": "so-khcn" }]));
    }
}

fn attach(service: &TestService, token: &str, report: i64, name: &str, body: &[u8]) -> Reply {
    let path = format!("/api/v1/plan/reports/{report}/evidence?name={name}");
    service.client.send("POST", &path, Some(token), &[], body).expect("a reply")
}

on_both_databases! {
    fn a_file_of_evidence_is_kept_once_and_comes_back_as_it_was(database: &TestDatabase) {
        let service = TestService::start(database);
        let everywhere = service.token(Role::Coordinator, None).secret.reveal().to_owned();
        let number = report(&service, &everywhere, 8, &done()).json()["report"].as_i64().expect("a number");
        let kept = attach(&service, &everywhere, number, "bao-cao.pdf", b"%PDF-1.7 one");
        assert_eq!((kept.status, kept.json()), (201, json!({ "report": number, "evidence": 1 })));
        let again = attach(&service, &everywhere, number, "ten-khac.pdf", b"%PDF-1.7 one");
        assert_eq!((again.status, again.json()), (200, kept.json()));
        assert_eq!(attach(&service, &everywhere, number, "hai.pdf", b"%PDF-1.7 two").json()["evidence"], 2);
        // A report sent again after its files is still the report that is there.
        assert_eq!(report(&service, &everywhere, 8, &done()).json()["report"], number);
        let path = format!("/api/v1/plan/reports/{number}/evidence/1");
        let back = service.client.get(&path, Some(&everywhere));
        assert_eq!((back.status, back.bytes.as_slice()), (200, b"%PDF-1.7 one".as_slice()));
        assert_eq!(database.number("SELECT count(*) AS n FROM audit_event WHERE act = 'plan.evidence.added'"), 2);

        for (name, body, status, code) in [
            ("virus.exe", b"MZ".as_slice(), 415, "evidence_kind"),
            ("anh.png", b"%PDF-1.7".as_slice(), 415, "evidence_content"),
            ("bang.csv", b"\xff\xfe\x00".as_slice(), 415, "evidence_content"),
            ("..%2F..%2Fetc%2Fpasswd", b"root".as_slice(), 415, "evidence_kind"),
            (".pdf", b"%PDF-1.7".as_slice(), 415, "evidence_kind"),
        ] {
            let reply = attach(&service, &everywhere, number, name, body);
            assert_eq!((reply.status, reply.code().as_str()), (status, code), "{name}");
        }
        assert_eq!(attach(&service, &everywhere, number + 999, "a.pdf", b"%PDF-1.7").status, 404);
        assert_eq!(attach(&service, &service.coordinator, number, "a.pdf", b"%PDF-1.7").status, 403);
        for file in 3..=20 {
            assert_eq!(attach(&service, &everywhere, number, "a.txt", format!("{file}").as_bytes()).status, 201);
        }
        let full = attach(&service, &everywhere, number, "a.txt", b"one too many");
        assert_eq!((full.status, full.code().as_str()), (409, "evidence_full"));
        assert_eq!(database.number("SELECT count(*) AS n FROM plan_evidence"), 20);
    }

    fn the_same_file_handed_in_at_once_is_one(database: &TestDatabase) {
        let service = TestService::start(database);
        let everywhere = service.token(Role::Coordinator, None).secret.reveal().to_owned();
        let number = report(&service, &everywhere, 8, &done()).json()["report"].as_i64().expect("a number");
        let (service, token) = (&service, everywhere.as_str());
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let hands: Vec<_> =
                (0..6).map(|_| scope.spawn(move || attach(service, token, number, "a.pdf", b"%PDF-1.7").status)).collect();
            hands.into_iter().map(|hand| hand.join().expect("no panic")).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
        assert_eq!(database.number("SELECT count(*) AS n FROM plan_evidence"), 1);
    }

    fn the_figures_of_the_plan_are_served_in_every_format(database: &TestDatabase) {
        let service = TestService::start(database);
        let get = |path: &str| service.client.get(path, Some(&service.coordinator));
        let svg = get("/api/v1/plan/charts/r1.svg?day=2025-06-30&lang=vi");
        assert_eq!(svg.status, 200, "{}", String::from_utf8_lossy(&svg.bytes));
        let text = String::from_utf8_lossy(&svg.bytes).into_owned();
        assert!(text.contains("0 mục đạt, 1 chưa đạt, 9 chưa đủ cơ sở") && text.contains("data-id=\"T04/total\""));
        assert!(get("/api/v1/plan/charts/r2.png?year=2024").bytes.starts_with(b"\x89PNG"));
        let rows = get("/api/v1/plan/charts/r2.json?year=2024&day=2024-08-26&lang=en").json();
        assert_eq!(rows["rows"].as_array().map(Vec::len), Some(22));
        assert_eq!(rows["title"], "0 of 22 tasks were reported for quarter II");
        assert_eq!(get("/api/v1/plan/charts/r3.svg?day=2024-08-26").status, 200);
        assert!(get("/api/v1/plan/charts/r1.pdf").bytes.starts_with(b"%PDF-"));
        assert_eq!(get("/api/v1/plan/charts/r9.svg").status, 404);
        assert_eq!(get("/api/v1/plan/charts/r1.docx").status, 404);
        assert_eq!(get("/api/v1/plan/charts/r1.svg?day=yesterday").status, 400);
    }
}

#[test]
fn targets_and_published_results_say_where_they_come_from() {
    let database = TestDatabase::sqlite();
    let service = TestService::start(&database);
    let get = |path: &str| service.client.get(path, Some(&service.coordinator));
    let targets = get("/api/v1/plan/targets?unit=bac-giang&day=2024-12-31").json();
    let ids: std::collections::BTreeSet<&str> =
        targets.as_array().expect("a list").iter().map(|one| one["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), 18);
    for one in targets.as_array().expect("a list") {
        assert!(
            ["reached", "not_reached", "not_enough_evidence", "no_data"]
                .contains(&one["judged"]["state"].as_str().expect("a state")),
            "{one}"
        );
        assert!(!one["source"].as_str().expect("a source").is_empty() && one["certainty"].is_string(), "{one}");
    }
    let official = get("/api/v1/plan/official?index=papi&unit=bac-giang&year=2023").json();
    let rows = official.as_array().expect("a list");
    let sum: f64 = rows
        .iter()
        .filter(|row| row["gap"]["code"].as_str().is_some_and(|code| code.len() == 1))
        .map(|row| row["published"]["value"].as_f64().expect("a value"))
        .sum();
    assert!((sum - 44.3204).abs() < 0.005, "{sum}");
    assert_eq!(get("/api/v1/plan/official?index=papi&unit=nowhere&year=2023").status, 404);
}
