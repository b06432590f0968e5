//! What programs of ODK Central read: signing in, rights, rows, reviews, failures in Central's shape. The official client is tried by
//! `tools/check_pyodk.py`.

use khaosat::openrosa::central::number_of;
use khaosat::password::PasswordRoom;
use khaosat::store::Role;
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, Reply, TestService, new_round, response_body, uuid};

const PASSWORD: &str = "trâu vàng ăn cỏ bên sông";
const BOUNDARY: &str = "----khaosat-central";

fn project() -> String {
    format!("/v1/projects/{}", number_of("round", ROUND))
}

fn form() -> String {
    format!("{}/forms/papi-2019", project())
}

fn get(service: &TestService, token: &str, path: &str) -> Reply {
    service.client.get(path, Some(token))
}

fn rows(service: &TestService, token: &str, query: &str) -> Vec<Value> {
    let reply = get(service, token, &format!("{}.svc/Submissions{query}", form()));
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
    reply.json()["value"].as_array().expect("rows").clone()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["__id"].as_str().expect("an id").to_owned()).collect()
}

/// An interview from Collect, with a photograph.
fn collect(service: &TestService, number: u64, case: &str, answer: &str) {
    let xml = format!(
        "<data id=\"papi-2019\" version=\"1\"><khs_started>2024-10-01T08:00:00.000+07:00</khs_started><khs_visit><khs_case_id>{case}</khs_case_id>\
         </khs_visit><khs_interview><consent>1</consent><a>{answer}</a></khs_interview><khs_disposition>1.1</khs_disposition>\
         <meta><instanceID>uuid:{}</instanceID></meta></data>",
        uuid(number)
    );
    let body = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\nContent-Type: text/xml\r\n\r\n{xml}\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"ảnh.jpg\"; filename=\"ảnh.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nbytes\r\n--{BOUNDARY}--\r\n"
    );
    let headers =
        [("Content-Type", &*format!("multipart/form-data; boundary={BOUNDARY}")), ("X-OpenRosa-Version", "1.0")];
    let path = format!("/v1/key/{}/projects/{ROUND}/submission", service.enumerator);
    assert_eq!(service.client.send("POST", &path, None, &headers, body.as_bytes()).expect("a reply").status, 201);
}

fn sign_in(service: &TestService, login: &str, password: &str) -> Reply {
    let body = json!({"email": login, "password": password}).to_string();
    service.client.send("POST", "/v1/sessions", None, &[], body.as_bytes()).expect("a reply")
}

fn patch(service: &TestService, token: &str, number: u64, body: &Value) -> Reply {
    let path = format!("{}/submissions/uuid:{}", form(), uuid(number));
    service.client.send("PATCH", &path, Some(token), &[], body.to_string().as_bytes()).expect("a reply")
}

on_both_databases! {
    fn a_person_signs_in_for_a_token_that_opens_these_addresses_and_no_others(database: &TestDatabase) {
        let service = TestService::start(database);
        khaosat::cli::round::create(&service.store, &new_round("other")).expect("another round");
        for (login, role, round) in [("lan", Role::Analyst, ROUND), ("mai", Role::Supervisor, "other"), ("hoa", Role::Enumerator, ROUND)] {
            service.person(login, role, Some(round));
            let hash = PasswordRoom::default().hash(PASSWORD).expect("hashed");
            service.store.write("test", move |tx| tx.set_password(login, &hash, None)).expect("set");
        }
        let wrong = sign_in(&service, "lan", "wrong");
        assert_eq!((wrong.status, wrong.json()["code"].as_f64()), (401, Some(401.2)));
        let token = |login: &str| {
            let reply = sign_in(&service, login, PASSWORD);
            assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
            assert!(!reply.headers.contains_key("set-cookie"), "programs hold no cookie");
            reply.json()["token"].as_str().expect("a token").to_owned()
        };
        let lan = token("lan");
        assert_eq!(get(&service, &lan, "/v1/users/current").json()["email"], "lan");
        let projects = get(&service, &lan, "/v1/projects").json();
        assert_eq!(projects[0]["id"], number_of("round", ROUND));
        assert_eq!((projects.as_array().expect("a list").len(), projects[0]["description"].as_str()), (1, Some(ROUND)));
        assert_eq!(get(&service, &lan, &project()).status, 200);
        assert_eq!(get(&service, &lan, &format!("/api/v1/rounds/{ROUND}")).status, 401, "a session is no token elsewhere");
        // Who may not read the round is not told whether it is there.
        let mai = token("mai");
        assert_eq!(get(&service, &mai, "/v1/projects").json().as_array().expect("a list").len(), 1);
        for number in [number_of("round", ROUND).to_string(), "7".to_owned(), "x".to_owned()] {
            let refused = get(&service, &mai, &format!("/v1/projects/{number}"));
            assert_eq!((refused.status, refused.json()["code"].as_f64()), (403, Some(403.1)), "{number}");
        }
        let hoa = token("hoa");
        assert_eq!(get(&service, &hoa, "/v1/projects").status, 403, "enumerators read nothing");
        // The cookie of a browser opens nothing here.
        let browser = service.session("lan");
        let by_cookie = service.client.send("GET", "/v1/projects", None, &[("Cookie", &browser.cookie)], b"").expect("a reply");
        assert_eq!((by_cookie.status, by_cookie.json()["code"].as_f64()), (401, Some(401.2)));
        let out = service.client.send("DELETE", "/v1/sessions/current", Some(&lan), &[], b"").expect("a reply");
        assert_eq!((out.status, out.json()), (200, json!({"success": true})));
        assert_eq!(get(&service, &lan, "/v1/projects").status, 401);
    }

    fn a_token_may_be_the_password_of_basic_over_tls_only(database: &TestDatabase) {
        use base64::Engine as _;
        let service = TestService::start_with(database, |config| config.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")]);
        let call = |password: &str, path: &str, proto: &str| {
            let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("excel:{password}")));
            let headers = [("Authorization", basic.as_str()), ("X-Forwarded-Proto", proto)];
            service.client.send("GET", path, None, &headers, b"").expect("a reply")
        };
        assert_eq!(call(&service.coordinator, "/v1/projects", "https").status, 200);
        assert_eq!(call("wrong", "/v1/projects", "https").status, 401);
        assert_eq!(call(&service.coordinator, "/v1/projects", "http").status, 403);
        let own = call(&service.coordinator, &format!("/api/v1/rounds/{ROUND}"), "https");
        assert_eq!(own.code(), "token_invalid", "our own addresses take bearers only");
    }

    fn too_many_wrong_guesses_wait_as_everywhere(database: &TestDatabase) {
        let service = TestService::start(database);
        for _ in 0..5 {
            assert_eq!(sign_in(&service, "lan", "wrong").status, 401);
        }
        let refused = sign_in(&service, "lan", "wrong");
        assert_eq!(refused.status, 429);
        assert!(refused.headers.contains_key("retry-after") && refused.json()["message"].is_string());
        assert_eq!(service.client.send("POST", "/v1/sessions", None, &[], b"{}").expect("a reply").json()["code"].as_f64(), Some(400.3));
    }

    fn what_was_handed_in_is_read_back_by_rows_xml_and_files(database: &TestDatabase) {
        let service = TestService::start(database);
        collect(&service, 1, "v1-1", "Nguyễn");
        assert_eq!(service.put_response(2, &response_body("v1-2", "Trần & Đỗ")).status, 201);
        let token = service.coordinator.clone();
        let forms = get(&service, &token, &format!("{}/forms", project())).json();
        assert_eq!((forms[0]["xmlFormId"].as_str(), forms[0]["state"].as_str()), (Some("papi-2019"), Some("open")));
        let xform = get(&service, &token, &format!("{}.xml", form()));
        assert_eq!(forms[0]["hash"], khaosat::openrosa::md5_hex(&xform.bytes));
        let list = get(&service, &token, &format!("{}/submissions", form())).json();
        let listed: Vec<&str> = list.as_array().expect("a list").iter().map(|one| one["instanceId"].as_str().expect("an id")).collect();
        assert_eq!(listed, [format!("uuid:{}", uuid(2)), format!("uuid:{}", uuid(1))], "the newest first");
        let of = |number: u64, rest: &str| get(&service, &token, &format!("{}/submissions/uuid:{}{rest}", form(), uuid(number)));
        assert_eq!(of(1, "").json(), list[1]);
        assert!(String::from_utf8_lossy(&of(1, ".xml").bytes).contains("<a>Nguyễn</a>"));
        let made = String::from_utf8(of(2, ".xml").bytes).expect("UTF-8");
        let made = roxmltree::Document::parse(&made).expect("well-formed");
        let text = |name: &str| made.descendants().find(|node| node.has_tag_name(name)).and_then(|node| node.text().map(str::to_owned));
        assert_eq!((text("a").as_deref(), text("khs_case_id").as_deref()), (Some("Trần & Đỗ"), Some("v1-2")));
        assert_eq!(of(1, "/attachments").json(), json!([{"name": "ảnh.jpg", "exists": true}]));
        assert_eq!(of(1, "/attachments/%E1%BA%A3nh.jpg").bytes, b"bytes");
        for (number, rest, status) in [(1, "/attachments/b.jpg", 404), (3, "", 404), (3, ".xml", 404)] {
            assert_eq!(of(number, rest).status, status, "{number}{rest}");
        }
        assert_eq!(get(&service, &token, &format!("{}/forms/other/submissions", project())).status, 404);

        let all = rows(&service, &token, "");
        assert_eq!(ids(&all), listed);
        assert_eq!(all[1]["khs_interview"], json!({"consent": "1", "a": "Nguyễn"}));
        assert_eq!(all[1]["khs_visit"]["khs_case_id"], "v1-1");
        assert_eq!((all[0]["__system"]["reviewState"].clone(), all[1]["__system"]["attachmentsPresent"].clone()), (Value::Null, json!(1)));
        let page = get(&service, &token, &format!("{}.svc/Submissions?%24top=1&%24count=true", form())).json();
        assert_eq!((page["@odata.count"].clone(), page["value"][0]["__id"].clone()), (json!(2), json!(listed[0])));
        let next = page["@odata.nextLink"].as_str().expect("a next page").strip_prefix(&service.client.base).expect("ours").to_owned();
        let last = get(&service, &token, &next).json();
        assert_eq!((last["value"][0]["__id"].clone(), last.get("@odata.nextLink")), (json!(listed[1]), None));
        assert_eq!(ids(&rows(&service, &token, &format!("('uuid:{}')", uuid(1)))), [listed[1]]);
        assert_eq!(ids(&rows(&service, &token, &format!("?%24filter=__id%20eq%20'uuid:{}'", uuid(1)))), [listed[1]]);
        assert_eq!(rows(&service, &token, "?%24filter=__system/submissionDate%20lt%202024-10-01").len(), 0);
        assert_eq!(rows(&service, &token, "?%24select=khs_interview/consent")[1], json!({"__id": listed[1], "khs_interview": {"consent": "1"}}));
        let refused = get(&service, &token, &format!("{}.svc/Submissions?%24orderby=__id", form()));
        assert_eq!((refused.status, refused.json()["code"].as_f64()), (501, Some(501.1)));
        let refused = get(&service, &token, &format!("{}.svc/Submissions?%24filter=a%20eq%201", form()));
        assert_eq!((refused.status, refused.json()["code"].as_f64()), (501, Some(501.4)));
        assert_eq!(get(&service, &token, &format!("{}.svc/Other", form())).json()["code"].as_f64(), Some(404.1));
        let types = String::from_utf8(get(&service, &token, &format!("{}.svc/$metadata", form())).bytes).expect("UTF-8");
        roxmltree::Document::parse(&types).expect("well-formed");
    }

    fn what_can_tell_a_person_needs_the_role_and_each_reading_is_logged(database: &TestDatabase) {
        let service = TestService::start(database);
        collect(&service, 1, "v1-1", "Nguyễn");
        let analyst = service.token(Role::Analyst, Some(ROUND)).secret.reveal().to_owned();
        assert_eq!(rows(&service, &analyst, "")[0]["khs_interview"], json!({"consent": "1"}), "no free text for an analyst");
        assert_eq!(rows(&service, &service.coordinator, "")[0]["khs_interview"]["a"], "Nguyễn");
        let fields = |token: &str| get(&service, token, &format!("{}/fields", form())).json().to_string();
        assert!(fields(&service.coordinator).contains("/khs_interview/a\"") && !fields(&analyst).contains("/khs_interview/a\""));
        get(&service, &service.coordinator, &format!("{}/submissions/uuid:{}.xml", form(), uuid(1)));
        get(&service, &service.coordinator, &format!("{}/submissions/uuid:{}/attachments/%E1%BA%A3nh.jpg", form(), uuid(1)));
        let logged = service.store.read(|snapshot| snapshot.list_exports(ROUND, 10)).expect("events");
        let kinds: Vec<&str> = logged.iter().map(|event| event.detail.split_whitespace().next().expect("a word")).collect();
        assert_eq!(kinds, ["format=central-file", "format=central-xml", "format=central-odata", "format=central-odata"]);
        assert!(logged[3].detail.contains("identifying=false") && logged[2].detail.contains("identifying=true"));
        assert!(logged.iter().all(|event| !event.detail.contains("Nguyễn")));
    }

    fn reviews_are_mapped_where_they_mean_the_same_and_refused_where_not(database: &TestDatabase) {
        let service = TestService::start(database);
        collect(&service, 1, "v1-1", "có");
        let token = service.coordinator.clone();
        let comments = format!("{}/submissions/uuid:{}/comments", form(), uuid(1));
        let say = |words: &str| {
            let body = json!({"body": words}).to_string();
            service.client.send("POST", &comments, Some(&token), &[], body.as_bytes()).expect("a reply")
        };
        assert_eq!(say("tốt").status, 409, "nobody has judged it");
        for (body, status) in [
            (json!({"reviewState": "edited"}), 400),
            (json!({"reviewState": "received"}), 400),
            (json!({"reviewState": "rejected"}), 400),
            (json!({"reviewState": "hasIssues"}), 400),
            (json!({}), 400),
            (json!({"reviewState": "hasIssues", "comment": "hỏi lại câu a"}), 200),
        ] {
            let reply = patch(&service, &token, 1, &body);
            assert_eq!(reply.status, status, "{body}: {}", String::from_utf8_lossy(&reply.bytes));
        }
        let state = || rows(&service, &token, "")[0]["__system"]["reviewState"].clone();
        assert_eq!(state(), "hasIssues");
        assert_eq!(patch(&service, &token, 1, &json!({"reviewState": "approved"})).json()["reviewState"], "approved");
        assert_eq!(say("đã gọi lại").json()["body"], "đã gọi lại");
        assert_eq!(state(), "approved", "a comment changes nothing else");
        let said = get(&service, &token, &comments).json();
        let words: Vec<&str> = said.as_array().expect("a list").iter().map(|one| one["body"].as_str().expect("words")).collect();
        assert_eq!(words, ["đã gọi lại", "hỏi lại câu a"]);
        let own = service.client.get(&format!("/api/v1/rounds/{ROUND}/reviews"), Some(&token)).json();
        assert_eq!(own["interviews"][0]["reviews"].as_array().expect("reviews").len(), 3, "the same reviews as everywhere");
        let analyst = service.token(Role::Analyst, Some(ROUND)).secret.reveal().to_owned();
        assert_eq!(patch(&service, &analyst, 1, &json!({"reviewState": "approved"})).status, 403);
        assert_eq!(rows(&service, &token, "?%24filter=__system/reviewState%20eq%20'approved'").len(), 1);
        assert_eq!(rows(&service, &token, "?%24filter=__system/reviewState%20ne%20'approved'").len(), 0);
    }
}
