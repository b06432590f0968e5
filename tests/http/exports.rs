//! A round's data on their way out: who may take them, what a file states, what is written down.

use std::io::{Cursor, Read};

use khaosat::cli::round::{self, NewRound};
use khaosat::cli::token::{Assign, issue};
use khaosat::store::{Role, Visibility};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, Reply, TestService, new_round, response_body, uuid};

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

const HOUSEHOLDS: &str = "bac-giang-2024-ho";

/// A round that asks about the members of a household and their jobs, with two interviews; gives its coordinator's secret.
fn with_repeats(service: &TestService) -> String {
    let sheets = std::collections::BTreeMap::from([
        (
            "survey.csv".to_owned(),
            "type,name,label,required\nselect_one yes_no,consent,Đồng ý?,true()\nbegin_repeat,member,Thành viên,\n\
             integer,age,Tuổi,\ntext,nickname,Tên,\nbegin_repeat,job,Việc,\ninteger,hours,Số giờ,\nend_repeat,,,\n\
             end_repeat,,,\n"
                .to_owned(),
        ),
        ("choices.csv".to_owned(), "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\n".to_owned()),
        ("settings.csv".to_owned(), "form_title,form_id,version,default_language\nHộ,ho-2024,1,vi\n".to_owned()),
    ]);
    round::create(&service.store, &NewRound { questionnaires: vec![sheets], ..new_round(HOUSEHOLDS) })
        .expect("a round");
    let token =
        |role, assign| issue(&service.store, role, Some(HOUSEHOLDS), "Hoa", None, assign).expect("a token").secret;
    let enumerator = token(Role::Enumerator, Assign::Areas(vec!["v1".to_owned()]));
    for (number, case, members) in [
        (
            1,
            "v1-1",
            serde_json::json!([{"age": 40, "job": [{"hours": 8}, {"hours": 3}]}, {"age": 7, "nickname": "Ba"}]),
        ),
        (2, "v1-2", serde_json::json!([{"age": 61, "job": [{"hours": 5}]}])),
    ] {
        let body = serde_json::json!({
            "round": HOUSEHOLDS, "questionnaire": "ho-2024", "case_id": case, "disposition": "1.1", "language": "vi",
            "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
            "answers": {"consent": "1", "member": members},
        });
        let path = format!("/api/v1/responses/{}", uuid(number));
        let reply = service.client.put(&path, Some(enumerator.reveal()), body.to_string().as_bytes());
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.bytes));
    }
    token(Role::Coordinator, Assign::Nothing).reveal().to_owned()
}

on_both_databases! {
    fn repeats_are_tables_of_their_own_linked_by_keys(database: &TestDatabase) {
        let service = TestService::start(database);
        let coordinator = with_repeats(&service);
        let token = Some(coordinator.as_str());
        let export = |query: &str| service.client.get(&format!("/api/v1/rounds/{HOUSEHOLDS}/export?{query}"), token);
        let reply = export("format=csv&lang=en");
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
        assert_eq!(reply.headers["x-export-rows"], "2", "the interviews");
        let files = unpacked(&reply);
        let table = |ending: &str| -> Vec<String> {
            let (_, text) = files.iter().find(|(name, _)| name.ends_with(ending)).expect("a file");
            text.lines().map(str::to_owned).collect()
        };
        let (one, two) = (uuid(1), uuid(2));
        assert_eq!(table("_20241001.member.csv"), [
            "key,parent_key,case_id,response_uuid,turn,age".to_owned(),
            format!("{one}/member[1],{one},v1-1,{one},1,40"),
            format!("{one}/member[2],{one},v1-1,{one},2,7"),
            format!("{two}/member[1],{two},v1-2,{two},1,61"),
        ], "the nickname is a free text");
        assert_eq!(table("_20241001.job.csv"), [
            "key,parent_key,case_id,response_uuid,turn,hours".to_owned(),
            format!("{one}/member[1]/job[1],{one}/member[1],v1-1,{one},1,8"),
            format!("{one}/member[1]/job[2],{one}/member[1],v1-1,{one},2,3"),
            format!("{two}/member[1]/job[1],{two}/member[1],v1-2,{two},1,5"),
        ]);
        let about: serde_json::Value = serde_json::from_str(&table("_20241001.about.json").join("\n")).expect("JSON");
        assert_eq!(about["repeats"][0]["table"], "member");
        assert_eq!(about["repeats"][1]["n_rows"], 3);
        let log = logged(&service);
        assert!(log[0].contains("repeat=member rows=3") && log[0].contains("repeat=job rows=3"), "{log:?}");
        for (format, n_files) in [("parquet", 3), ("dta", 3), ("sav", 3)] {
            let reply = export(&format!("format={format}"));
            assert_eq!(reply.headers["content-type"], "application/zip", "{format}");
            let archive = zip::ZipArchive::new(Cursor::new(reply.bytes.as_slice())).expect("an archive");
            assert_eq!(archive.len(), n_files, "{format}");
        }
        assert_eq!(export("format=xlsx").status, 200);
        let ddi = export("format=ddi");
        assert!(String::from_utf8_lossy(&ddi.bytes).contains("<fileName>bac-giang-2024-ho-ho-2024.job</fileName>"));
        let feed = service.client.get(&format!("/api/v1/rounds/{HOUSEHOLDS}/odata/ho_2024_job"), token);
        assert_eq!(feed.json()["value"].as_array().map(Vec::len), Some(3), "{}", String::from_utf8_lossy(&feed.bytes));
        // Who sees no free texts elsewhere sees none here.
        let reply = export("format=csv&identifying=yes");
        let files = unpacked(&reply);
        assert!(files.iter().any(|(name, text)| name.ends_with(".member.csv") && text.contains("nickname") && text.contains("Ba")));
    }

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
