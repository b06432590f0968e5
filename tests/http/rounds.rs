use khaosat::cli::round::create;
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, Visibility};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, new_round, response_body, sample_list};

on_both_databases! {
    fn a_private_round_is_shown_to_its_own_and_a_public_one_to_all(database: &TestDatabase) {
        let service = TestService::start(database);
        let path = format!("/api/v1/rounds/{ROUND}");
        let rounds = |token: Option<&str>| {
            service.client.get("/api/v1/rounds", token).json()["rounds"].as_array().expect("rounds").len()
        };
        assert_eq!(service.client.get(&path, None).code(), "token_missing");
        assert_eq!(service.client.get("/api/v1/rounds/none", None).code(), "token_missing", "existence is not told");
        assert_eq!((rounds(None), rounds(Some(&service.coordinator)), rounds(Some(&service.enumerator))), (0, 1, 0));
        assert_eq!(service.client.get(&path, Some(&service.enumerator)).code(), "not_allowed");
        let shown = service.client.get(&path, Some(&service.coordinator)).json();
        assert_eq!(shown["questionnaires"][0]["form_id"], "papi-2019");
        assert_eq!(shown["sample"]["list_sha256"], khaosat::secret::sha256_hex(sample_list().as_bytes()));
        let analyst = service.token(Role::Analyst, None);
        assert_eq!(service.client.get("/api/v1/rounds/none", Some(analyst.secret.reveal())).code(), "round_unknown");

        service.store.write("test", |tx| tx.set_round_visibility(ROUND, Visibility::Public)).expect("published");
        assert_eq!(service.client.get(&path, None).status, 200);
        assert_eq!(rounds(None), 1);
        assert_eq!(service.client.get(&path, Some("khs_wrong")).code(), "token_invalid", "a wrong token is never silent");
    }

    fn the_sample_list_comes_back_byte_for_byte(database: &TestDatabase) {
        let service = TestService::start(database);
        let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/sample.csv"), Some(&service.coordinator));
        assert_eq!((reply.status, reply.bytes.as_slice()), (200, sample_list().as_bytes()));
        assert_eq!(reply.headers["content-disposition"], format!("attachment; filename=\"{ROUND}-sample.csv\""));
        let workbook = service.client.get(&format!("/api/v1/rounds/{ROUND}/sample.xlsx"), Some(&service.coordinator));
        assert_eq!(workbook.code(), "format_unavailable", "this service was built without that room");
    }

    fn an_enumerator_sees_only_the_own_cases(database: &TestDatabase) {
        let service = TestService::start(database);
        let reply = service.client.get("/api/v1/cases", Some(&service.enumerator)).json();
        let ids: Vec<&str> =
            reply["cases"].as_array().expect("cases").iter().map(|case| case["case_id"].as_str().expect("text")).collect();
        assert_eq!(ids, ["v1-1", "v1-2", "v1-3"]);
        assert_eq!(reply["cases"][0]["area_path"][1]["name"], "Thôn Hạ");
        assert!(reply["cases"][0].get("base_weight").is_none(), "weights are not for the field");
        let other = service.token(Role::Enumerator, Some(ROUND));
        let none = service.client.get("/api/v1/cases", Some(other.secret.reveal())).json();
        assert_eq!(none["cases"], serde_json::json!([]));
    }

    fn progress_counts_each_village(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        assert_eq!(service.put_response(1, &response_body("v1-1", "không")).status, 409);
        assert_eq!(service.put_response(2, &response_body("v1-3", "có")).status, 201);
        assert_eq!(service.put_response(3, &response_body("v9-9", "có")).status, 201);
        let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/progress"), Some(&service.coordinator)).json();
        let first = &reply["areas"][0];
        assert_eq!(first["area_path"][1]["code"], "v1");
        let count = |area: &serde_json::Value, name: &str| area[name].as_u64().expect("a count");
        let counts = ["n_main", "n_reserve", "n_asked", "n_reserves_used", "n_complete"].map(|name| count(&first["counts"], name));
        assert_eq!(counts, [2, 1, 2, 1, 2]);
        assert_eq!(count(&reply["areas"][1]["counts"], "n_asked"), 0);
        assert_eq!((count(&reply["total"], "n_complete"), count(&reply, "n_outside_sample"), count(&reply, "n_conflicts")), (2, 1, 1));
    }
}

#[test]
fn a_case_says_whom_to_ask_by_the_number_that_was_fixed_at_the_draw() {
    let database = TestDatabase::sqlite();
    let service = TestService::start(&database);
    let design = sampling::Preset::of_name("papi-3x2x2x20").expect("built in").design().expect("valid");
    let frame = include_bytes!("../../sampling/frames/bac-giang-2019-example.csv");
    let frame = sampling::SamplingFrame::read(frame, &design).expect("valid");
    let sample = sampling::draw(&frame, &design, 7).expect("a sample");
    let mut round = new_round("drawn");
    round.list_csv = sample.to_csv().into_bytes();
    create(&service.store, &round).expect("a round");
    let everyone =
        issue(&service.store, Role::Enumerator, Some("drawn"), "Hoa", None, Assign::Everything).expect("a token");
    let reply = service.client.get("/api/v1/cases", Some(everyone.secret.reveal())).json();
    let cases = reply["cases"].as_array().expect("cases");
    assert_eq!(cases.len(), 360);
    for case in cases {
        let unit = sample.units.iter().find(|unit| case["case_id"] == unit.unit_id.as_str()).expect("the unit");
        let number = u64::from(unit.respondent_number.expect("a number"));
        assert_eq!(case["respondent"], serde_json::json!({ "rule": "roster", "number": number }));
    }
    let by_hand = service.client.get("/api/v1/cases", Some(&service.enumerator)).json();
    assert!(by_hand["cases"][0].get("respondent").is_none(), "that list says nothing of it");
}
