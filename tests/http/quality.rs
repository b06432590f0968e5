//! Quality of a round: flags on the daily page, thresholds of the office, back-checks that nobody draws twice, forms typed twice.

use khaosat::back_checks::{Drew, draw_back_check};
use khaosat::quality::back_check::Plan;
use khaosat::store::{NewAttachment, Visibility};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::process::khaosat;
use crate::support::service::{ROUND, TestService, new_round, response_body, uuid};

fn quality(service: &TestService, query: &str) -> Value {
    let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/quality{query}"), Some(&service.coordinator));
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
    reply.json()
}

fn page(service: &TestService, query: &str) -> String {
    let reply = service.client.get(&format!("/rounds/{ROUND}/quality{query}"), Some(&service.coordinator));
    assert_eq!(reply.status, 200);
    String::from_utf8(reply.bytes).expect("UTF-8")
}

/// Codes of the flags of each interview, in the order of the page.
fn flags(document: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let codes = |one: &Value| one["flags"].as_array().expect("flags").iter().map(|flag| text(&flag["code"])).collect();
    let listed = document["interviews"].as_array().expect("interviews");
    listed.iter().map(|one| (text(&one["case_id"]), codes(one))).collect()
}

fn changed(case_id: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(&response_body(case_id, "có")).expect("JSON");
    change(&mut body);
    body.to_string().into_bytes()
}

fn run(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String) {
    let output = khaosat(&[&["quality"], arguments, &["--database", &database.url]].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn plan(seed: &str) -> Plan {
    Plan { round: ROUND.to_owned(), seed_text: seed.to_owned(), share: 0.5, per_enumerator_min: 1 }
}

on_both_databases! {
    fn a_days_interviews_come_with_their_flags(database: &TestDatabase) {
        let service = TestService::start(database);
        let empty = quality(&service, "");
        assert_eq!((empty["total"]["n_interviews"].as_i64(), empty["days"].as_array().map(Vec::len)), (Some(0), Some(0)));
        assert!(page(&service, "").contains("Chưa có phiếu nào"));
        // Two households at the same time, and a visit without an interview.
        for (number, case) in [(1, "v1-1"), (2, "v1-2")] {
            assert_eq!(service.put_response(number, &response_body(case, "có")).status, 201);
        }
        let attempt = json!({"round": ROUND, "case_id": "v2-1", "attempt_no": 1, "disposition": "2.21", "at": "2024-10-01T08:00:00+07:00"});
        let path = format!("/api/v1/contact-attempts/{}", uuid(9));
        assert_eq!(service.client.put(&path, Some(&service.enumerator), attempt.to_string().as_bytes()).status, 201);

        let day = quality(&service, "?day=2024-10-01");
        let total = &day["total"];
        let counts = ["n_interviews", "n_attempts", "n_look_at", "n_strong", "n_believe"].map(|key| total[key].as_i64().expect("a count"));
        assert_eq!(counts, [2, 1, 2, 2, 0]);
        assert_eq!(total["minutes_median"], 45.0);
        let overlap = vec!["overlap".to_owned()];
        assert_eq!(flags(&day), [("v1-1".to_owned(), overlap.clone()), ("v1-2".to_owned(), overlap)]);
        let flag = &day["interviews"][0]["flags"][0];
        assert_eq!((flag["strength"].as_str(), flag["others"].clone(), flag["value"].as_f64()), (Some("strong"), json!([uuid(2)]), Some(45.0)));
        assert_eq!(day["enumerators"][0]["n_cases"], 3);
        assert_eq!((day["villages"][0]["n_main"].as_i64(), day["villages"][0]["n_complete_so_far"].as_i64()), (Some(2), Some(2)));
        let not_done: Vec<&str> = day["not_done"].as_array().expect("a list").iter().filter_map(|one| one["check"].as_str()).collect();
        assert!(not_done.contains(&"near_duplicate") && not_done.contains(&"travel"), "{not_done:?}");
        assert_eq!(day, quality(&service, "?day=01/10/2024"));
        assert_eq!(quality(&service, "?day=2024-09-30")["total"]["n_interviews"], 0);
        assert_eq!(quality(&service, "?day=all")["total"]["n_interviews"], 2);

        let shown = page(&service, "");
        assert!(shown.contains("trùng giờ") && shown.contains(&format!("/rounds/{ROUND}/interviews/{}", uuid(1))), "today is the day");
        assert!(!shown.contains("<script"));
        assert!(page(&service, "?lang=en").contains("overlapping in time"));
        assert!(page(&service, "?day=2024-09-30").contains("không nhận được phiếu nào"));
        for path in ["/api/v1/rounds/bac-giang-2024/quality?day=x", "/rounds/bac-giang-2024/quality?day=31/02/2024"] {
            let reply = service.client.get(path, Some(&service.coordinator));
            assert_eq!(reply.status, 400, "{path}");
        }

        let csv = service.client.get(&format!("/api/v1/rounds/{ROUND}/quality.csv"), Some(&service.coordinator));
        assert!(csv.bytes.starts_with(&[0xef, 0xbb, 0xbf]));
        let text = String::from_utf8(csv.bytes).expect("UTF-8");
        assert_eq!(text.lines().count(), 3);
        assert!(text.lines().nth(1).expect("a row").starts_with(&format!("look_at,{},v1-1,c1/v1,", uuid(1))), "{text}");

        let (code, table) = run(database, &[ROUND, "--day", "01/10/2024"]);
        assert_eq!(code, Some(0), "{table}");
        assert!(table.contains("2 phiếu nhận được") && table.contains("trùng giờ"), "{table}");
        let (code, json) = run(database, &[ROUND, "--day", "2024-10-01", "--format", "json"]);
        assert_eq!((code, serde_json::from_str::<Value>(&json).expect("JSON")), (Some(0), day));
        assert_eq!(run(database, &["nowhere"]).0, Some(1));
    }

    fn a_public_round_does_not_show_its_enumerators(database: &TestDatabase) {
        let service = TestService::start(database);
        service.store.write("test", |tx| tx.set_round_visibility(ROUND, Visibility::Public)).expect("published");
        assert_eq!(service.client.get(&format!("/rounds/{ROUND}"), None).status, 200);
        for path in ["/rounds/bac-giang-2024/quality", "/api/v1/rounds/bac-giang-2024/quality", "/api/v1/rounds/bac-giang-2024/quality.csv"] {
            assert_eq!(service.client.get(path, None).status, 401, "{path}");
            assert_eq!(service.client.get(path, Some(&service.enumerator)).status, 403, "{path}");
        }
    }

    fn logs_of_both_clients_are_read_and_corrections_take_their_place(database: &TestDatabase) {
        let service = TestService::start(database);
        // Our own client: two hours between two questions, and a clock that is an hour slow.
        let own = changed("v1-1", |body| {
            body["paradata"] = json!({"format": "khaosat-field-1", "clock_offset_ms": 3_600_000, "events": [
                [0, "open", null], [10, "enter", "a"], [7_300_000, "enter", "consent"], [7_310_000, "finish", null]]});
            body["device_started_at"] = json!("2024-10-01T06:00:00+07:00");
            body["device_ended_at"] = json!("2024-10-01T06:45:00+07:00");
        });
        assert_eq!(service.put_response(1, &own).status, 201);
        assert_eq!(service.put_response(2, &response_body("v2-1", "có")).status, 201);
        let (token, audit) = (service.enumerator_id.clone(), NewAttachment {
            file_name: "audit.csv".to_owned(),
            media_type: "text/csv".to_owned(),
            body: b"event,node,start,end,latitude,longitude,accuracy,old-value,new-value\nquestion,/data/a,1000,2000,21.2,106.1,0,,\nform finalize,,3000,,,,,,\nquestion,/data/a,4000,5000,,,,1,2\n".to_vec(),
        });
        service.store.write("test", move |tx| tx.keep_attachment(&uuid(2), &token, &audit)).expect("kept");
        let document = quality(&service, "");
        let told: Vec<(String, Vec<String>)> = flags(&document);
        let of = |case: &str| told.iter().find(|(id, _)| id == case).map(|(_, codes)| codes.clone()).unwrap_or_default();
        assert_eq!(of("v1-1"), ["long_pause", "clock_jump"], "7 h by the server's clock, not 6");
        assert_eq!(of("v2-1"), ["mock_position", "edit_after_end"]);
        let first = document["interviews"].as_array().expect("a list").iter().find(|one| one["case_id"] == "v1-1").expect("there").clone();
        assert_eq!((first["clock_offset_ms"].as_i64(), first["device_started_at"].as_str()), (Some(3_600_000), Some("2024-09-30T23:00:00Z")));

        // It goes back, and its correction takes its place; what was rejected stays and is shown as such.
        let review = |number: u64, verdict: &str, n_seen: i64| {
            let body = json!({"uuid": uuid(number), "verdict": verdict, "comment": "xem lại", "n_seen": n_seen});
            assert_eq!(service.post(&service.coordinator, "reviews", &body).status, 201);
        };
        review(1, "returned", 0);
        let again = changed("v1-1", |body| body["corrects"] = json!(uuid(1)));
        assert_eq!(service.put_response(3, &again).status, 201);
        review(2, "rejected", 0);
        let document = quality(&service, "");
        let states: Vec<(&str, &str)> = document["interviews"].as_array().expect("a list").iter()
            .map(|one| (one["uuid"].as_str().expect("text"), one["review"].as_str().expect("text"))).collect();
        assert_eq!(states.len(), 2, "{states:?}");
        assert!(states.contains(&(uuid(2).as_str(), "rejected")) && states.contains(&(uuid(3).as_str(), "received")), "{states:?}");
    }

    fn an_office_sets_its_thresholds_and_keeps_the_old_ones(database: &TestDatabase) {
        let service = TestService::start(database);
        for (number, case) in [(1, "v1-1"), (2, "v1-2")] {
            assert_eq!(service.put_response(number, &response_body(case, "có")).status, 201);
        }
        assert_eq!(quality(&service, "")["total"]["n_look_at"], 2);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rules.toml");
        let path = file.to_str().expect("UTF-8");
        std::fs::write(&file, "[place]\noverlap_seconds = 1e9\nspeed = 3\n").expect("written");
        let (code, said) = run(database, &["rules", "set", ROUND, path]);
        assert_eq!(code, Some(1));
        assert!(said.contains("place.overlap_seconds") || said.contains("place.speed"), "{said}");
        std::fs::write(&file, "[place]\noverlap_seconds = 86400\n").expect("written");
        assert_eq!(run(database, &["rules", "set", ROUND, path]).0, Some(0));
        let document = quality(&service, "");
        assert_eq!((document["total"]["n_look_at"].as_i64(), document["rules"]["number"].as_i64()), (Some(0), Some(1)));
        assert!(document["rules"]["version"].as_str().expect("text").starts_with("khaosat-quality-1+"));
        assert_eq!(run(database, &["rules", "set", ROUND, path]).0, Some(0));
        assert_eq!(database.number("SELECT count(*) AS n FROM quality_rules"), 2);
        assert!(run(database, &["rules", "show", ROUND]).1.contains("overlap_seconds = 86400"));
        assert!(run(database, &["rules", "show"]).1.contains("match_share = 0.85"));
        assert_eq!(run(database, &["rules", "set", "nowhere", path]).0, Some(1));
        // The database named by the environment, for the command and for what stands below it.
        for arguments in [vec!["quality", "rules", "show", ROUND], vec!["quality", ROUND]] {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_khaosat"));
            command.args(&arguments).env("KHAOSAT_DATABASE", &database.url);
            if !database.is_sqlite() {
                command.env("KHAOSAT_KEY_FILE", crate::support::answers::key_file());
            }
            let output = command.output().expect("the program runs");
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
    }

    fn a_back_check_is_drawn_once_recorded_and_verified(database: &TestDatabase) {
        let service = TestService::start(database);
        let nothing = service.store.write("test", |tx| draw_back_check(tx, ROUND, &plan("seed number 0"))).expect("asked");
        assert_eq!(nothing.expect_err("no interviews").0[0].code, "back_check_nothing");
        for (number, case) in [(1, "v1-1"), (2, "v1-2"), (3, "v2-1"), (4, "v2-2")] {
            assert_eq!(service.put_response(number, &response_body(case, "có")).status, 201);
        }
        let (code, said) = run(database, &["back-check", "draw", ROUND, "--seed-text", "XSMB 48210", "--share", "0.5", "--min", "1"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("2 trong 4 hộ"), "{said}");
        let (_, again) = run(database, &["back-check", "draw", ROUND, "--seed-text", "XSMB 48210", "--share", "0.5", "--min", "1"]);
        assert!(again.contains("đã được ghi") && again.ends_with(said.as_str()), "{again}");
        // Another seed finds nobody left, another share with the same seed is refused: nobody draws again.
        let (code, refused) = run(database, &["back-check", "draw", ROUND, "--seed-text", "another seed"]);
        assert_eq!(code, Some(1), "{refused}");
        assert_eq!(run(database, &["back-check", "draw", ROUND, "--seed-text", "XSMB 48210", "--share", "1"]).0, Some(1));
        // A new interview faces the next draw, alone.
        assert_eq!(service.put_response(5, &response_body("v1-3", "có")).status, 201);
        let both: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..2).map(|n| {
                let store = &service.store;
                scope.spawn(move || store.write("test", move |tx| draw_back_check(tx, ROUND, &plan(&format!("two at once {n}")))))
            }).collect();
            threads.into_iter().map(|one| one.join().expect("no panic")).collect()
        });
        let drawn = both.iter().filter(|one| matches!(one, Ok(Ok(Drew::New(_))))).count();
        assert_eq!(drawn, 1, "{both:?}");
        assert_eq!(database.number("SELECT count(*) AS n FROM back_check_unit"), 5);
        let (code, verified) = run(database, &["back-check", "verify", ROUND]);
        assert_eq!(code, Some(0), "{verified}");
        assert_eq!(verified.lines().count(), 2);
        let events = service.store.read(|snapshot| snapshot.list_audit_events(0, 1_000)).expect("read");
        assert_eq!(events.iter().filter(|event| event.act == "back_check.drawn").count(), 2);
        // Somebody with access to the database swaps who is visited.
        database.execute("UPDATE back_check_unit SET is_drawn = NOT is_drawn WHERE draw_no = 1");
        let (code, altered) = run(database, &["back-check", "verify", ROUND]);
        assert_eq!(code, Some(1));
        assert_eq!(altered.matches("không đúng").count(), 4, "{altered}");
    }

    fn second_answers_are_compared_from_a_file_or_from_a_round(database: &TestDatabase) {
        let service = TestService::start(database);
        for (number, case) in [(1, "v1-1"), (2, "v1-2"), (3, "v2-1")] {
            assert_eq!(service.put_response(number, &response_body(case, "có")).status, 201);
        }
        let everybody = Plan { share: 1.0, ..plan("everybody again") };
        service.store.write("test", move |tx| draw_back_check(tx, ROUND, &everybody)).expect("asked").expect("drawn");
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        let (rules, answers) = (path("rules.toml"), path("second.csv"));
        std::fs::write(&rules, "[[question]]\nname = \"a\"\ntype = 1\n").expect("written");
        std::fs::write(&answers, "case_id,a\nv1-1,có\nv1-2,không\nv2-9,có\n").expect("written");
        let compare = |more: &[&str]| run(database, &[&["back-check", "compare", ROUND, "--rules", &rules], more].concat());
        let (code, said) = compare(&["--answers", &answers, "--format", "json"]);
        assert_eq!(code, Some(0), "{said}");
        let document: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!((document["waiting"].clone(), document["not_drawn"].clone()), (json!(["v2-1"]), json!(["v2-9"])));
        let one = &document["comparison"]["enumerators"][0];
        assert_eq!((one["by_type"][0]["n_differing"].as_i64(), one["by_type"][0]["n_compared"].as_i64(), one["is_above"].as_bool()), (Some(1), Some(2), Some(true)));
        let (code, table) = compare(&["--answers", &answers]);
        assert_eq!(code, Some(0), "{table}");
        assert!(table.contains("v1-2 · a") && table.contains("Clopper–Pearson"), "{table}");

        khaosat::cli::round::create(&service.store, &new_round("second")).expect("a round of its own");
        let body = changed("v1-1", |body| { body["round"] = json!("second"); body["answers"]["a"] = json!("khác"); });
        let sender = service.token(khaosat::store::Role::Coordinator, Some("second"));
        assert_eq!(service.client.put(&format!("/api/v1/responses/{}", uuid(7)), Some(sender.secret.reveal()), &body).status, 201);
        let (code, said) = compare(&["--answers-round", "second", "--format", "csv"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.lines().nth(1).expect("a row").ends_with(",a,1,có,khác"), "{said}");
        assert_eq!(compare(&[]).0, Some(2), "second answers must be named");
        std::fs::write(&answers, "case_id,b\nv1-1,có\n").expect("written");
        assert_eq!(compare(&["--answers", &answers]).0, Some(1), "the question has no column");
    }
}

on_both_databases! {
    fn two_people_who_send_one_form_are_compared(database: &TestDatabase) {
        let service = TestService::start(database);
        let put = |number: u64, secret: &str, body: &[u8]| {
            assert_eq!(service.client.put(&format!("/api/v1/responses/{}", uuid(number)), Some(secret), body).status, 201);
        };
        put(1, &service.enumerator, &response_body("v1-1", "có"));
        put(2, &service.coordinator, &response_body("v1-1", "không"));
        put(3, &service.enumerator, &response_body("v1-2", "một lần"));
        let (code, said) = run(database, &["double-entry", "--round", ROUND, "--format", "csv"]);
        assert_eq!((code, said.as_str()), (Some(0), "form,field,first,second,value\nv1-1,a,có,không,\n"));
        assert_eq!(run(database, &["double-entry"]).0, Some(2));
    }
}

#[test]
fn forms_typed_twice_agree_only_by_an_explicit_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (first, second, decided, agreed) = (path("1.csv"), path("2.csv"), path("khac.csv"), path("chung.csv"));
    std::fs::write(&first, "case_id,a,b\nh1,1,có\nh2,2,không\n").expect("written");
    std::fs::write(&second, "case_id,a,b\nh1,1,có\nh2,3,không\n").expect("written");
    let run = |more: &[&str]| {
        let output = khaosat(&[&["quality", "double-entry", &first, &second], more].concat());
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (code, said) = run(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("h2 · a") && said.contains("1 ô khác nhau"), "{said}");
    assert_eq!(run(&["--out", &agreed]).0, Some(1), "a difference is open");
    assert!(!std::path::Path::new(&agreed).exists());
    let (_, differences) = run(&["--format", "csv"]);
    assert_eq!(differences, "form,field,first,second,value\nh2,a,2,3,\n");
    std::fs::write(&decided, differences.replace("2,3,", "2,3,7")).expect("written");
    let (code, said) = run(&["--resolutions", &decided, "--out", &agreed]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(std::fs::read_to_string(&agreed).expect("written"), "case_id,a,b\nh1,1,có\nh2,7,không\n");
}
