//! A round's data on their way out: who may take them, what a file states, what is written down.

use std::io::{Cursor, Read};

use khaosat::store::{Role, Visibility};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, Reply, TestService, response_body, uuid};

fn export(service: &TestService, query: &str, token: Option<&str>) -> Reply {
    service.client.get(&format!("/api/v1/rounds/{ROUND}/export?{query}"), token)
}

fn unpacked(reply: &Reply) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(reply.bytes.as_slice())).expect("an archive");
    (0..archive.len())
        .map(|place| {
            let mut file = archive.by_index(place).expect("a file");
            let mut text = String::new();
            file.read_to_string(&mut text).expect("text");
            (file.name().expect("a name").into_owned(), text)
        })
        .collect()
}

fn logged(service: &TestService) -> Vec<String> {
    let events = service.store.read(|snapshot| snapshot.list_audit_events(0, 1_000)).expect("the log");
    events.into_iter().filter(|event| event.act == "data.exported").map(|event| event.detail).collect()
}

on_both_databases! {
    fn a_csv_comes_with_its_codebook_states_what_it_is_and_is_written_down(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "=1+1")).status, 201);
        let reply = export(&service, "format=csv&lang=vi", Some(&service.coordinator));
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
        assert_eq!(reply.headers["content-type"], "application/zip");
        assert_eq!(reply.headers["x-export-rows"], "1");
        let files = unpacked(&reply);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, [
            "bac-giang-2024_papi-2019_20241001.csv",
            "bac-giang-2024_papi-2019_20241001.codebook.csv",
            "bac-giang-2024_papi-2019_20241001.about.json",
        ]);
        let (head, row) = files[0].1.split_once("\r\n").expect("a head");
        assert!(head.starts_with("case_id,response_uuid,"), "{head}");
        assert!(head.ends_with(",consent"), "the free text is left out: {head}");
        assert!(row.starts_with(&format!("v1-1,{},", uuid(1))), "{row}");
        let about: serde_json::Value = serde_json::from_str(&files[2].1).expect("JSON");
        assert_eq!(about["n_rows"], 1);
        assert_eq!(about["data_sha256"].as_str(), Some(reply.headers["x-export-data-sha256"].as_str()));
        assert!(about["questionnaire_sha256"].as_str().is_some_and(|hash| hash.len() == 64));
        let log = logged(&service);
        assert_eq!(log.len(), 1);
        assert!(log[0].contains("format=csv") && log[0].contains("rows=1") && log[0].contains(&reply.headers["x-export-data-sha256"]));
        assert!(!log[0].contains("=1+1"), "the log holds no answers");
    }

    fn what_can_tell_a_person_leaves_only_with_those_who_lead_the_round(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "=1+1")).status, 201);
        let analyst = service.token(Role::Analyst, Some(ROUND)).secret.reveal().to_owned();
        assert_eq!(export(&service, "format=csv", Some(&analyst)).status, 200);
        assert_eq!(export(&service, "format=csv&identifying=yes", Some(&analyst)).status, 403);
        assert_eq!(logged(&service).len(), 1, "what was refused is no export");
        let reply = export(&service, "format=csv&identifying=yes", Some(&service.coordinator));
        assert!(unpacked(&reply)[0].1.contains(",'=1+1"), "made harmless");
        // Interviews are not public where results are.
        service.store.write("test", |tx| tx.set_round_visibility(ROUND, Visibility::Public)).expect("public");
        assert_eq!(export(&service, "format=csv", None).status, 401);
        assert_eq!(export(&service, "format=csv", Some(&service.enumerator)).status, 403);
    }

    fn every_format_is_given_also_of_an_empty_round(database: &TestDatabase) {
        let service = TestService::start(database);
        for (format, begins) in
            [("csv", &b"PK"[..]), ("xlsx", b"PK"), ("parquet", b"PAR1"), ("dta", b"<stata_dta>"), ("sav", b"$FL2"), ("ddi", b"<?xml")]
        {
            let reply = export(&service, &format!("format={format}"), Some(&service.coordinator));
            assert_eq!((reply.status, reply.headers["x-export-rows"].as_str()), (200, "0"), "{format}");
            assert!(reply.bytes.starts_with(begins), "{format}");
            assert_eq!(reply.headers["content-length"], reply.bytes.len().to_string(), "{format}");
        }
    }

    fn what_is_not_understood_is_told_at_once_and_exports_nothing(database: &TestDatabase) {
        let service = TestService::start(database);
        let token = Some(service.coordinator.as_str());
        let reply = export(&service, "format=doc&rows=all&words=x&flavour=y&joined=perhaps", token);
        assert_eq!(reply.status, 400);
        assert_eq!(reply.json()["details"].as_array().map(Vec::len), Some(5));
        assert_eq!(export(&service, "format=csv&questionnaire=none", token).status, 400);
        assert_eq!(export(&service, "", token).status, 400);
        assert_eq!(logged(&service), Vec::<String>::new());
    }

    fn the_feed_pages_counts_and_selects(database: &TestDatabase) {
        let service = TestService::start(database);
        for (number, case) in [(1, "v1-1"), (2, "v1-2")] {
            assert_eq!(service.put_response(number, &response_body(case, "có")).status, 201);
        }
        let get = |path: &str| service.client.get(&format!("/api/v1/rounds/{ROUND}/odata/{path}"), Some(&service.coordinator));
        let root = get("");
        assert_eq!((root.status, root.headers["odata-version"].as_str()), (200, "4.0"));
        let sets: Vec<String> = root.json()["value"].as_array().expect("sets").iter().map(|set| set["name"].to_string()).collect();
        assert_eq!(sets, ["\"papi_2019\"", "\"papi_2019_labels\"", "\"papi_2019_codebook\""]);
        let metadata = get("$metadata");
        assert_eq!(metadata.status, 200);
        assert!(String::from_utf8_lossy(&metadata.bytes).contains("EntitySet Name=\"papi_2019_labels\""));
        assert_eq!(logged(&service), Vec::<String>::new(), "no answers so far");
        let first = get("papi_2019?$top=1&$count=true&$select=case_id").json();
        assert_eq!(first["@odata.count"], 2);
        assert_eq!(first["value"], serde_json::json!([{"case_id": "v1-1"}]));
        assert!(first.get("@odata.nextLink").is_none(), "all that was asked for");
        assert_eq!(get("papi_2019?$skip=1").json()["value"].as_array().map(Vec::len), Some(1));
        assert_eq!(logged(&service).len(), 2);
        for refused in ["papi_2019?$filter=a%20eq%201", "papi_2019?$top=x", "papi_2019?$select=nothing"] {
            assert_eq!(get(refused).status, 400, "{refused}");
        }
        assert_eq!(get("nothing").status, 404);
    }
}
