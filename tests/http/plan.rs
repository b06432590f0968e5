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
