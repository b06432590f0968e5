//! ODK Collect's protocol, byte by byte: what its sources check, and what must never happen to what it sends.

use std::sync::Arc;

use khaosat::review::counting_responses;
use khaosat::store::{Role, RoundState};
use serde_json::{Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, Reply, TestService, response_body, uuid};

const HEADERS: [(&str, &str); 2] = [("X-OpenRosa-Version", "1.0"), ("Accept-Language", "vi")];
const BOUNDARY: &str = "----khaosat-test";

fn base(service: &TestService) -> String {
    format!("/v1/key/{}/projects/{ROUND}", service.enumerator)
}

fn get(service: &TestService, path: &str) -> Reply {
    service.client.send("GET", path, None, &HEADERS, b"").expect("a reply")
}

fn xml(number: u64, edits: Option<u64>, answer: &str) -> String {
    let deprecated =
        edits.map_or(String::new(), |edited| format!("<deprecatedID>uuid:{}</deprecatedID>", uuid(edited)));
    format!(
        "<data id=\"papi-2019\" version=\"1\"><khs_visit><khs_case_id>v1-1</khs_case_id><khs_reached>interview</khs_reached>\
         </khs_visit><khs_interview><a>{answer}</a></khs_interview><khs_finish>1.1</khs_finish><khs_disposition>1.1</khs_disposition>\
         <meta><instanceID>uuid:{}</instanceID>{deprecated}</meta></data>",
        uuid(number)
    )
}

/// An upload as Collect makes it: the answers, then the files.
fn upload(xml: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut part = |name: &str, file: &str, media_type: &str, bytes: &[u8]| {
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {media_type}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    };
    part("xml_submission_file", "answers.xml", "text/xml", xml.as_bytes());
    for (name, bytes) in files {
        part(name, name, "image/jpeg", bytes);
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn post_body(service: &TestService, body: &[u8]) -> Reply {
    let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [HEADERS[0], HEADERS[1], ("Content-Type", media_type.as_str())];
    service.client.send("POST", &format!("{}/submission", base(service)), None, &headers, body).expect("a reply")
}

fn post(service: &TestService, xml: &str, files: &[(&str, &[u8])]) -> Reply {
    post_body(service, &upload(xml, files))
}

fn kept(service: &TestService, number: u64) -> serde_json::Value {
    let reply = service.client.get(&format!("/api/v1/responses/{}", uuid(number)), Some(&service.coordinator));
    assert_eq!(reply.status, 200);
    reply.json()
}

/// The enumerator's households as Collect gets them.
fn households(service: &TestService) -> String {
    let list = text(&get(service, &format!("{}/formList", base(service))));
    let form = between(&list, "<downloadUrl>", ".xml</downloadUrl>").strip_prefix(&service.client.base).expect("ours");
    text(&get(service, &format!("{form}/households.csv")))
}

fn review(service: &TestService, number: u64, verdict: &str, n_seen: i64) {
    let comment = (verdict != "approved").then_some("hỏi lại câu a");
    let body = json!({"uuid": uuid(number), "verdict": verdict, "comment": comment, "n_seen": n_seen});
    assert_eq!(service.post(&service.coordinator, "reviews", &body).status, 201);
}

/// State and whether it counts, of each interview in the order of arrival.
fn standing(service: &TestService) -> Vec<(String, bool)> {
    let reply = service.client.get(&format!("/api/v1/rounds/{ROUND}/reviews"), Some(&service.coordinator)).json();
    let one = |one: &Value| (one["state"].as_str().expect("a state").to_owned(), one["counts"] == true);
    reply["interviews"].as_array().expect("interviews").iter().map(one).collect()
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.clone()).expect("UTF-8")
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("{start} in {text}"));
    rest.split_once(end).expect("an end").0
}

on_both_databases! {
    fn collect_finds_the_form_its_households_and_where_to_send(database: &TestDatabase) {
        let service = TestService::start(database);
        let list = get(&service, &format!("{}/formList?deviceID=collect%3Aabc", base(&service)));
        assert_eq!((list.status, list.headers["content-type"].as_str()), (200, "text/xml; charset=utf-8"));
        assert_eq!(list.headers["x-openrosa-version"], "1.0");
        assert!(list.headers.contains_key("x-openrosa-accept-content-length") && list.headers.contains_key("date"));
        let list = text(&list);
        assert_eq!(between(&list, "<formID>", "</formID>"), "papi-2019");
        let path_of = |url: &str| url.strip_prefix(&service.client.base).expect("absolute, as it was called").to_owned();
        let form = get(&service, &path_of(between(&list, "<downloadUrl>", "</downloadUrl>")));
        assert_eq!(form.status, 200);
        assert_eq!(between(&list, "<hash>md5:", "</hash>"), khaosat::openrosa::md5_hex(&form.bytes));
        let tag = form.headers["etag"].clone();
        let headers = [("If-None-Match", tag.as_str())];
        let path = path_of(between(&list, "<downloadUrl>", "</downloadUrl>"));
        assert_eq!(service.client.send("GET", &path, None, &headers, b"").expect("a reply").status, 304);

        let manifest = text(&get(&service, &path_of(between(&list, "<manifestUrl>", "</manifestUrl>"))));
        assert_eq!(between(&manifest, "<filename>", "</filename>"), "households.csv");
        let households = get(&service, &path_of(between(&manifest, "<downloadUrl>", "</downloadUrl>")));
        assert_eq!(between(&manifest, "<hash>md5:", "</hash>"), khaosat::openrosa::md5_hex(&households.bytes));
        let households = text(&households);
        let names: Vec<&str> = households.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!(names, ["v1-1", "v1-2"], "the reserve is not released, and v2 belongs to another");

        for method in ["HEAD", "GET"] {
            let ready = service.client.send(method, &format!("{}/submission", base(&service)), None, &HEADERS, b"").expect("a reply");
            assert_eq!((ready.status, ready.bytes.len()), (204, 0), "{method}");
        }
        let only = |query: &str| text(&get(&service, &format!("{}/formList?{query}", base(&service))));
        assert!(only("formID=papi-2019&verbose=true").contains("descriptionText"));
        assert!(!only("formID=other").contains("<xform>"));
        let bare = service.client.send("GET", &format!("{}/formList", base(&service)), None, &[], b"").expect("a reply");
        assert_eq!(bare.status, 400);
    }

    fn login_and_key_by_header_are_taken_over_tls_only(database: &TestDatabase) {
        let service = TestService::start_with(database, |config| config.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")]);
        service.person("hoa", Role::Enumerator, Some(ROUND));
        let issued = khaosat::secret::Secret::generate().expect("randomness");
        let new = khaosat::store::NewToken {
            id: "tk-hoa".to_owned(),
            token_sha256: issued.sha256(),
            round_code: Some(ROUND.to_owned()),
            name: "Hoa".to_owned(),
            role: Role::Enumerator,
            expires_at: None,
            account_id: Some("hoa".to_owned()),
        };
        service.store.write("test", move |tx| tx.create_token(&new)).expect("a token");
        let base = format!("/v1/key/-/projects/{ROUND}");
        let call = |method: &str, path: &str, basic: Option<&str>, proto: Option<&str>| {
            use base64::Engine as _;
            let encoded = basic.map(|text| format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text)));
            let mut headers = vec![HEADERS[0]];
            headers.extend(encoded.as_deref().map(|value| ("Authorization", value)));
            headers.extend(proto.map(|value| ("X-Forwarded-Proto", value)));
            service.client.send(method, &format!("{base}/{path}"), None, &headers, b"").expect("a reply")
        };
        let right = format!("HOA:{}", issued.reveal());
        for proto in [None, Some("http"), Some("https, http")] {
            let plain = call("GET", "formList", Some(&right), proto);
            assert_eq!(plain.status, 403, "{proto:?}");
            assert!(!plain.headers.contains_key("www-authenticate"), "nobody is asked for a key in clear");
        }
        let by_tls = |basic: Option<&str>| call("GET", "formList", basic, Some("https"));
        for basic in [None, Some("hoa:wrong".to_owned()), Some(format!("lan:{}", issued.reveal())), Some(format!("hoa:{}", service.enumerator))] {
            let refused = by_tls(basic.as_deref());
            assert_eq!(refused.status, 401, "{basic:?}");
            assert!(refused.headers["www-authenticate"].starts_with("Basic realm="), "Collect asks for them");
        }
        let list = text(&by_tls(Some(&right)));
        let form = between(&list, "<downloadUrl>", "</downloadUrl>");
        assert!(form.starts_with("https://") && form.contains("/v1/key/-/projects/") && !list.contains(issued.reveal()), "{list}");
        assert_eq!(by_tls(Some(&format!("tk-hoa:{}", issued.reveal()))).status, 200);
        assert_eq!(call("HEAD", "submission", Some(&right), Some("https")).status, 204);
        assert_eq!(call("HEAD", "submission", None, Some("https")).status, 401);
    }

    fn addresses_are_those_that_phones_reach(database: &TestDatabase) {
        let service = TestService::start_with(database, |config| config.public_url = Some("https://khaosat.example/".to_owned()));
        let list = text(&get(&service, &format!("{}/formList", base(&service))));
        assert!(between(&list, "<downloadUrl>", "</downloadUrl>").starts_with("https://khaosat.example/v1/key/"), "{list}");
    }

    fn a_submission_is_kept_once_whatever_is_sent_again(database: &TestDatabase) {
        let service = TestService::start(database);
        let name = "ảnh hộ gia đình - Đồng Văn.jpg";
        let first = post(&service, &xml(1, None, "có"), &[(name, b"\xff\xd8one")]);
        assert_eq!(first.status, 201, "{}", text(&first));
        assert!(text(&first).contains("OpenRosaResponse") && text(&first).contains("Đã nhận"));
        let again = post(&service, &xml(1, None, "có"), &[("b.jpg", b"two"), (name, b"\xff\xd8one")]);
        assert_eq!(again.status, 201);
        let other = post(&service, &xml(1, None, "không"), &[]);
        assert_eq!(other.status, 409);
        assert!(text(&other).contains("nature=\"error\""));
        assert_eq!(post(&service, &xml(1, None, "không"), &[]).status, 202, "kept before: no loop");
        assert_eq!(post(&service, &xml(1, None, "có"), &[]).status, 201, "and the first is as welcome as ever");
        let kept = kept(&service, 1);
        let states: Vec<&str> = kept["versions"].as_array().expect("versions").iter().map(|one| one["receipt"]["state"].as_str().expect("a state")).collect();
        assert_eq!(states, ["accepted", "conflict"]);
        assert_eq!(kept["versions"][0]["body"], xml(1, None, "có"));
        let files: Vec<&str> = kept["files"].as_array().expect("files").iter().map(|one| one["name"].as_str().expect("a name")).collect();
        assert_eq!(files, ["b.jpg", name]);
        let file = service.client.get(&format!("/api/v1/responses/{}/files/b.jpg", uuid(1)), Some(&service.coordinator));
        assert_eq!((file.status, file.bytes.as_slice(), file.headers["content-type"].as_str()), (200, b"two".as_slice(), "application/octet-stream"));
    }

    fn an_edit_takes_the_place_and_a_stale_one_is_a_conflict(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(post(&service, &xml(1, None, "có"), &[]).status, 201);
        assert_eq!(post(&service, &xml(2, Some(1), "không"), &[]).status, 201);
        assert_eq!(post(&service, &xml(2, Some(1), "không"), &[]).status, 201, "the edit again");
        assert_eq!(post(&service, &xml(1, None, "có"), &[]).status, 201, "the first after its edit");
        assert_eq!(post(&service, &xml(3, Some(1), "khác"), &[]).status, 409, "an edit of what was replaced");
        assert_eq!(post(&service, &xml(3, Some(1), "khác"), &[]).status, 202);
        assert_eq!(kept(&service, 1)["replaced_by"], uuid(2).as_str());
        let accepted = service.store.read(|snapshot| counting_responses(snapshot, ROUND)).expect("responses");
        assert_eq!(accepted.iter().map(|one| one.receipt.uuid.as_str()).collect::<Vec<_>>(), [uuid(2)]);
        assert_eq!(post(&service, &xml(5, Some(4), "trước"), &[]).status, 201, "an edit before what it edits");
        assert_eq!(post(&service, &xml(4, None, "sau"), &[]).status, 201);
        let accepted = service.store.read(|snapshot| counting_responses(snapshot, ROUND)).expect("responses");
        assert_eq!(accepted.iter().map(|one| one.receipt.uuid.as_str()).collect::<Vec<_>>(), [uuid(2), uuid(5)]);
    }

    fn an_interview_that_went_back_is_open_again_in_collect(database: &TestDatabase) {
        let service = TestService::start(database);
        let first_line = || households(&service).lines().nth(1).expect("a household").to_owned();
        assert_eq!(post(&service, &xml(1, None, "có"), &[]).status, 201);
        assert!(first_line().starts_with("v1-2,"), "interviewed households come last");
        review(&service, 1, "returned", 0);
        let line = first_line();
        assert!(line.starts_with("v1-1,") && line.contains("↩ trả lại: hỏi lại câu a") && line.contains(",returned,hỏi lại câu a"), "{line}");
        // The sent form is gone from the phone: a new one for the same household is the correction.
        assert_eq!(post(&service, &xml(2, None, "không"), &[]).status, 201);
        assert_eq!(post(&service, &xml(2, None, "không"), &[]).status, 201, "again, the same");
        let flags = kept(&service, 2)["versions"][0]["receipt"]["flags"].clone();
        assert!(flags.as_array().expect("flags").iter().any(|flag| flag["code"] == "correction_assumed"), "{flags}");
        assert_eq!(standing(&service), [("corrected".to_owned(), false), ("received".to_owned(), true)]);
        assert!(first_line().starts_with("v1-2,"));
        // A visit without an interview corrects nothing.
        review(&service, 2, "returned", 0);
        let visit = xml(3, None, "").replace("1.1", "2.24").replace(">interview<", ">2.24<");
        assert_eq!(post(&service, &visit, &[]).status, 201);
        assert!(first_line().starts_with("v1-1,"), "still to be corrected");
        // Edited where the form is still on the phone.
        assert_eq!(post(&service, &xml(4, Some(2), "có"), &[]).status, 201);
        assert_eq!(standing(&service).last(), Some(&("received".to_owned(), true)));
        let counting = service.store.read(|snapshot| counting_responses(snapshot, ROUND)).expect("responses");
        assert_eq!(counting.iter().map(|one| one.receipt.uuid.clone()).collect::<Vec<_>>(), [uuid(3), uuid(4)]);
    }

    fn one_rule_holds_for_corrections_of_both_clients(database: &TestDatabase) {
        let service = TestService::start(database);
        let of_browser = |number, of| {
            let mut body: Value = serde_json::from_slice(&response_body("v1-1", "sửa")).expect("JSON");
            body["replaces"] = json!(uuid(of));
            service.put_response(number, body.to_string().as_bytes())
        };
        assert_eq!(post(&service, &xml(1, None, "có"), &[]).status, 201);
        assert_eq!(of_browser(2, 1).status, 201, "nobody has judged the first");
        assert_eq!(post(&service, &xml(3, Some(1), "khác"), &[]).status, 409, "another was first");
        assert_eq!(post(&service, &xml(3, Some(1), "khác"), &[]).status, 202);
        let stale = of_browser(4, 1);
        assert_eq!((stale.status, stale.code().as_str()), (409, "response_conflict"));
        let states = |expected: [(&str, bool); 4]| {
            assert_eq!(standing(&service), expected.map(|(state, counts)| (state.to_owned(), counts)));
        };
        states([("received", false), ("received", true), ("conflict", false), ("conflict", false)]);
        let progress = || service.client.get(&format!("/api/v1/rounds/{ROUND}/progress"), Some(&service.coordinator)).json();
        assert_eq!((progress()["total"]["n_complete"].as_i64(), progress()["n_conflicts"].as_i64()), (Some(1), Some(2)));
        review(&service, 2, "approved", 0);
        assert_eq!(post(&service, &xml(5, Some(2), "lén"), &[]).status, 201, "kept, and waits for a reviewer");
        assert_eq!(standing(&service).last(), Some(&("received".to_owned(), false)));
        // The supervisor takes the stale one.
        review(&service, 3, "approved", 0);
        assert_eq!((standing(&service)[1].1, standing(&service)[2].clone()), (false, ("approved".to_owned(), true)));
        assert_eq!((progress()["total"]["n_complete"].as_i64(), progress()["n_conflicts"].as_i64()), (Some(1), Some(1)));
        assert_eq!(kept(&service, 1)["replaced_by"], uuid(3).as_str());
    }

    fn late_old_and_odd_submissions_are_kept_and_flagged(database: &TestDatabase) {
        let service = TestService::start(database);
        let old = xml(1, None, "có").replace("<khs_visit>", &format!("<khs_questionnaire>{}</khs_questionnaire><khs_visit>", "0".repeat(64)));
        assert_eq!(post(&service, &old, &[]).status, 201);
        service.store.write("test", |tx| tx.set_round_state(ROUND, RoundState::Closed)).expect("closed");
        assert!(!text(&get(&service, &format!("{}/formList", base(&service)))).contains("<xform>"));
        assert_eq!(post(&service, &xml(2, None, "có"), &[]).status, 201);
        assert_eq!(post(&service, &xml(3, None, "có").replace("v1-1", "x-9"), &[]).status, 201);
        let flags = |number| -> Vec<String> {
            let kept = kept(&service, number);
            let flags = kept["versions"][0]["receipt"]["flags"].as_array().expect("flags");
            flags.iter().map(|flag| flag["code"].as_str().expect("a code").to_owned()).collect()
        };
        assert!(flags(1).contains(&"questionnaire_version_unknown".to_owned()), "{:?}", flags(1));
        assert!(flags(2).contains(&"round_not_open".to_owned()), "{:?}", flags(2));
        assert!(flags(3).contains(&"case_unknown".to_owned()), "{:?}", flags(3));
    }

    fn what_cannot_be_taken_says_so_and_leaves_nothing(database: &TestDatabase) {
        let service = TestService::start(database);
        let whole = upload(&xml(1, None, "có"), &[("a.jpg", b"bytes")]);
        let nothing = upload("", &[]);
        for (body, status) in [
            (&whole[..whole.len() - 40], 400),
            (&nothing[..], 400),
            (b"".as_slice(), 400),
            (b"no parts at all".as_slice(), 400),
            (&upload("<data id=\"papi-2019\"><meta/></data>", &[])[..], 400),
            (&upload("<!DOCTYPE d [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><data id=\"papi-2019\">&a;</data>", &[])[..], 400),
            (&upload(&xml(1, None, "có").replace("papi-2019", "other"), &[])[..], 404),
        ] {
            let reply = post_body(&service, body);
            assert_eq!(reply.status, status, "{}", text(&reply));
            assert!(text(&reply).contains("<message nature=\"error\">"));
        }
        let none = service.client.get(&format!("/api/v1/responses/{}", uuid(1)), Some(&service.coordinator));
        assert_eq!(none.status, 404);
        let analyst = service.token(Role::Analyst, Some(ROUND)).secret.reveal().to_owned();
        for key in ["khs_wrong", analyst.as_str(), "%00", "a%2Fb"] {
            for path in ["formList", "submission", "forms/x.xml", "forms/x/manifest", "forms/x/households.csv"] {
                let reply = get(&service, &format!("/v1/key/{key}/projects/{ROUND}/{path}"));
                assert_eq!(reply.status, 403, "{key} {path}");
            }
        }
        let other = get(&service, &format!("/v1/key/{}/projects/other/formList", service.enumerator));
        assert_eq!(other.status, 403, "a token of one round opens no other");
    }

    fn many_at_once_give_one_row_each_and_the_same_receipt(database: &TestDatabase) {
        let service = Arc::new(TestService::start(database));
        let (n_ids, n_parallel) = (20_u64, 16);
        let replies: Vec<Vec<(u16, String)>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..n_parallel)
                .map(|thread| {
                    let service = Arc::clone(&service);
                    scope.spawn(move || {
                        (0..n_ids)
                            .map(|number| {
                                let file = format!("f{}.jpg", (thread + number) % 4);
                                let reply = post(&service, &xml(100 + number, None, "có"), &[(&file, file.as_bytes())]);
                                (reply.status, text(&reply))
                            })
                            .collect()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        for of_one in &replies {
            assert_eq!(of_one, &replies[0]);
            assert!(of_one.iter().all(|(status, _)| *status == 201));
        }
        let accepted = service.store.read(|snapshot| counting_responses(snapshot, ROUND)).expect("responses");
        assert_eq!(accepted.len() as u64, n_ids);
        for number in 0..n_ids {
            assert_eq!(kept(&service, 100 + number)["files"].as_array().expect("files").len(), 4);
        }
    }

    fn answers_and_four_files_arrive_in_any_order(database: &TestDatabase) {
        let service = TestService::start(database);
        let files: [(&str, &[u8]); 4] = [("a.jpg", b"a"), ("b.jpg", b"b"), ("c.jpg", b"c"), ("audit.csv", b"event,node\n")];
        let mut orders: Vec<Vec<usize>> = vec![vec![]];
        for place in 0..4 {
            orders = orders
                .into_iter()
                .flat_map(|order| (0..=place).map(move |at| { let mut next = order.clone(); next.insert(at, place); next }))
                .collect();
        }
        assert_eq!(orders.len(), 24);
        for (number, order) in (200_u64..).zip(&orders) {
            for place in order {
                assert_eq!(post(&service, &xml(number, None, "có"), &files[*place..=*place]).status, 201);
            }
            let kept = kept(&service, number);
            assert_eq!((kept["versions"].as_array().expect("versions").len(), kept["files"].as_array().expect("files").len()), (1, 4));
        }
    }
}
