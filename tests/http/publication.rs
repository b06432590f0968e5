//! From fieldwork to the public by forms alone: closed by two people, published by one, seen by everybody, taken back.

use std::collections::BTreeMap;

use khaosat::cli::round::{NewRound, create};
use khaosat::store::{Role, RoundState};
use serde_json::{Value, json};

use super::surveys::sample;
use crate::support::browser::{page, submit, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{Reply, TestService, uuid};

const CODE: &str = "ba-huyen";

fn questionnaire() -> BTreeMap<String, String> {
    let survey = "type,name,label,required\nselect_one yes_no,consent,Đồng ý?,true()\nselect_one sex,gioi,Giới tính,\n\
                  select_one level,hai_long,Ông/Bà hài lòng không?,\nselect_multiple place,noi,Đến nơi nào?,\ntext,gop_y,Góp ý,\n";
    let choices = "list_name,name,label\nyes_no,1,Có\nyes_no,0,Không\nsex,1,Nam\nsex,2,Nữ\nlevel,1,Rất hài lòng\n\
                   level,2,Hài lòng\nlevel,3,Bình thường\nlevel,4,Không hài lòng\nlevel,5,=1+1\nplace,a,Xã\nplace,b,Huyện\n";
    BTreeMap::from([
        ("survey.csv".to_owned(), survey.to_owned()),
        ("choices.csv".to_owned(), choices.to_owned()),
        ("settings.csv".to_owned(), "form_title,form_id,version,default_language\nHài lòng,hai-long,1,vi\n".to_owned()),
    ])
}

/// Of 240 people 3 chose the fifth level, 6 gave no answer, and among the women nobody chose the fourth.
fn answers(number: usize) -> Value {
    let sex = if number.is_multiple_of(2) { "1" } else { "2" };
    let level = match number {
        0..3 => json!("5"),
        3..9 => Value::Null,
        9..80 if sex == "1" => json!("4"),
        9..110 => json!("1"),
        110..190 => json!("2"),
        _ => json!("3"),
    };
    let place = if number < 120 { json!(["a"]) } else { json!(["a", "b"]) };
    let mut all = json!({"consent": "1", "gioi": sex, "noi": place, "gop_y": "CANARY-7731 ông Nguyễn Văn A"});
    if !level.is_null() {
        all["hai_long"] = level;
    }
    all
}

/// A round with 240 interviews, and its cases.
fn surveyed(database: &TestDatabase) -> (TestService, Vec<String>) {
    let service = TestService::start(database);
    let list = sample("household");
    let round = NewRound {
        code: CODE.to_owned(),
        name: "Hài lòng 2024".to_owned(),
        list_csv: list.clone().into_bytes(),
        certificate: None,
        questionnaires: vec![questionnaire()],
        geography_day: None,
    };
    create(&service.store, &round).expect("a round");
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("a list");
    let cases: Vec<String> =
        rows.iter().filter(|row| row["role"] == "main").map(|row| row["unit_id"].clone()).collect();
    assert_eq!(cases.len(), 240);
    let token = service.token(Role::Coordinator, Some(CODE)).secret.reveal().to_owned();
    for (number, case_id) in cases.iter().enumerate() {
        assert_eq!(interview(&service, &token, number, case_id, &answers(number)).status, 201);
    }
    for (login, role) in [
        ("mot", Role::Coordinator),
        ("hai", Role::Administrator),
        ("phan-tich", Role::Analyst),
        ("gs", Role::Supervisor),
    ] {
        service.person(login, role, Some(CODE));
    }
    (service, cases)
}

fn interview(service: &TestService, token: &str, number: usize, case_id: &str, answers: &Value) -> Reply {
    let body = json!({
        "round": CODE, "questionnaire": "hai-long", "case_id": case_id, "disposition": "1.1",
        "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
        "language": "vi", "answers": answers,
    });
    let path = format!("/api/v1/responses/{}", uuid(number as u64 + 1));
    service.client.send("PUT", &path, Some(token), &[], body.to_string().as_bytes()).expect("a reply")
}

fn closing() -> String {
    format!("/rounds/{CODE}/closing")
}

fn publication() -> String {
    format!("/rounds/{CODE}/publication")
}

/// Closes the round by two people.
fn close(service: &TestService) {
    let (first, second) = (service.session("mot"), service.session("hai"));
    let proposed = submit(service, &first, &closing(), &[("act", "propose"), ("reason", "hết hạn")]);
    assert_eq!(proposed.status, 303, "{}", text(&proposed));
    let n = service.store.read(|snapshot| snapshot.list_closings(CODE)).expect("read").len().to_string();
    let confirmed = submit(service, &second, &closing(), &[("act", "confirm"), ("number", &n)]);
    assert_eq!(confirmed.status, 303, "{}", text(&confirmed));
}

const CHOICE: [(&str, &str); 6] = [
    ("act", "publish"),
    ("questionnaire", "hai-long"),
    ("question", "hai_long"),
    ("question", "noi"),
    ("by", "gioi"),
    ("confirmed", "yes"),
];

fn publish(service: &TestService, n_before: &str, n_min: &str) -> Reply {
    let mut fields = CHOICE.to_vec();
    fields.extend([("n_before", n_before), ("n_min", n_min)]);
    submit(service, &service.session("mot"), &publication(), &fields)
}

/// The cells of a table of the published JSON: by group and answer, share and whether it is hidden.
fn cells(document: &Value, question: &str, by: Option<&str>) -> BTreeMap<(String, String), Option<f64>> {
    let tables = document["tables"].as_array().expect("tables");
    let table = tables
        .iter()
        .find(|table| table["question"] == question && table["by"].as_str() == by)
        .unwrap_or_else(|| panic!("{question} {by:?}: {document}"));
    let text = |cell: &Value, key: &str| cell[key].as_str().expect("a text").to_owned();
    let cells = table["cells"].as_array().expect("cells").iter();
    cells
        .map(|cell| {
            assert_eq!(cell["share"].is_null(), !cell["hidden"].is_null(), "{cell}");
            assert_eq!(cell["share"].is_null(), cell["lower"].is_null(), "{cell}");
            (
                (text(cell, "group"), format!("{}={}", text(cell, "variable"), text(cell, "answer"))),
                cell["share"].as_f64(),
            )
        })
        .collect()
}

on_both_databases! {
    fn a_round_is_closed_by_two_people_and_opened_with_a_reason(database: &TestDatabase) {
        let service = TestService::start(database);
        let here = format!("/rounds/{}/closing", crate::support::service::ROUND);
        let round = Some(crate::support::service::ROUND);
        for (login, role) in [("mot", Role::Coordinator), ("hai", Role::Coordinator), ("gs", Role::Supervisor)] {
            service.person(login, role, round);
        }
        let (first, second) = (service.session("mot"), service.session("hai"));
        let shown = text(&page(&service, Some(&first), &here));
        assert!(shown.contains("4 hộ chưa có kết quả") && shown.contains("/field\""), "{shown}");
        // Something is open: not without a word why.
        let silent = submit(&service, &first, &here, &[("act", "propose"), ("reason", " ")]);
        assert!(silent.status == 200 && text(&silent).contains("chưa ghi lý do"), "{}", text(&silent));
        let proposed = submit(&service, &first, &here, &[("act", "propose"), ("reason", "bão, hết hạn <thực địa>")]);
        assert_eq!(proposed.status, 303, "{}", text(&proposed));
        let again = submit(&service, &second, &here, &[("act", "propose"), ("reason", "x")]);
        assert!(text(&again).contains("trong lúc đó"), "{}", text(&again));
        let own = submit(&service, &first, &here, &[("act", "confirm"), ("number", "1")]);
        assert!(text(&own).contains("người đề nghị không tự xác nhận được"), "{}", text(&own));
        let seen = text(&page(&service, Some(&second), &here));
        assert!(seen.contains("bão, hết hạn") && !seen.contains("<thực địa>") && seen.contains("Xác nhận khoá sổ"), "{seen}");
        assert_eq!(submit(&service, &service.session("gs"), &here, &[("act", "confirm"), ("number", "1")]).status, 403);
        let state = |service: &TestService| {
            service.store.read(|snapshot| snapshot.find_round(crate::support::service::ROUND)).expect("read").expect("there").state
        };
        assert_eq!(state(&service), RoundState::Open, "one person closes nothing");
        assert_eq!(submit(&service, &second, &here, &[("act", "confirm"), ("number", "1")]).status, 303);
        assert_eq!(state(&service), RoundState::Closed);
        let none = submit(&service, &first, &here, &[("act", "reopen"), ("reason", "")]);
        assert!(text(&none).contains("chưa ghi lý do mở lại"), "{}", text(&none));
        assert_eq!(submit(&service, &first, &here, &[("act", "reopen"), ("reason", "thiếu thôn Hạ")]).status, 303);
        assert_eq!(state(&service), RoundState::Open);
        let shown = text(&page(&service, Some(&first), &here));
        assert!(shown.contains("mở lại") && shown.contains("thiếu thôn Hạ"), "{shown}");
        let acts: Vec<String> = service
            .store
            .read(|snapshot| snapshot.list_audit_events(0, 10_000))
            .expect("read")
            .into_iter()
            .map(|event| event.act)
            .filter(|act| act.starts_with("closing."))
            .collect();
        assert_eq!(acts, ["closing.proposed", "closing.confirmed", "closing.reopened"]);
        // A token is no person.
        let token = service.client.send("POST", &here, Some(&service.coordinator), &[], b"").expect("a reply");
        assert_ne!(token.status, 303);
        // A proposal can be taken back, and closed without one nothing is.
        assert_eq!(submit(&service, &second, &here, &[("act", "propose"), ("reason", "y")]).status, 303);
        assert_eq!(submit(&service, &second, &here, &[("act", "withdraw"), ("number", "2")]).status, 303);
        let gone = submit(&service, &first, &here, &[("act", "confirm"), ("number", "2")]);
        assert!(text(&gone).contains("trong lúc đó"), "{}", text(&gone));
        assert_eq!(state(&service), RoundState::Open);
    }

    fn the_public_sees_what_was_published_and_nothing_of_anybody(database: &TestDatabase) {
        let (service, cases) = surveyed(database);
        let public = format!("/public/{CODE}");
        let unknown = page(&service, None, "/public/khong-co");
        let unpublished = page(&service, None, &public);
        assert_eq!((unknown.status, unpublished.status), (404, 404));
        assert_eq!(unknown.bytes, unpublished.bytes, "who asks is not told which");
        assert_eq!(service.client.get(&format!("{public}/data.csv"), None).code(), "publication_unknown");

        // Open rounds are not published.
        let early = publish(&service, "0", "10");
        assert!(early.status == 200 && text(&early).contains("chỉ công bố đợt khảo sát đã khoá sổ"), "{}", text(&early));
        close(&service);
        let coordinator = service.session("mot");
        let chosen = format!("{}?questionnaire=hai-long&question=hai_long&question=noi&by=gioi&n_min=10&preview=yes", publication());
        let preview = text(&page(&service, Some(&coordinator), &chosen));
        assert!(preview.contains("Ông/Bà hài lòng không?") && preview.contains("Công bố cho mọi người"), "{preview}");
        assert_eq!(page(&service, None, &public).status, 404, "a preview publishes nothing");
        let unconfirmed = submit(&service, &coordinator, &publication(), &CHOICE[..5]);
        assert!(text(&unconfirmed).contains("chưa xác nhận"), "{}", text(&unconfirmed));
        assert_eq!(submit(&service, &service.session("phan-tich"), &publication(), &CHOICE).status, 403);
        let published = publish(&service, "0", "10");
        assert_eq!(published.status, 303, "{}", text(&published));
        assert!(text(&publish(&service, "0", "10")).contains("trong lúc đó"), "two at once");

        let seen = page(&service, None, &public);
        assert_eq!(seen.status, 200);
        let html = text(&seen);
        assert!(html.contains("Hài lòng 2024") && html.contains("240") && html.contains("Nữ"), "{html}");
        assert!(seen.headers["cache-control"].starts_with("public") && seen.headers.contains_key("content-security-policy"));
        assert!(!seen.headers.contains_key("set-cookie"));
        let known = service.client.send("GET", &public, None, &[("Accept", "text/html"), ("If-None-Match", &seen.headers["etag"])], b"");
        assert_eq!(known.expect("a reply").status, 304);
        let signed_in = page(&service, Some(&coordinator), &public);
        assert_eq!(signed_in.bytes, seen.bytes, "the same for everybody");
        let english = text(&page(&service, None, &format!("{public}?lang=en")));
        assert!(english.contains("People interviewed") && english.contains("not shown, to protect"), "{english}");

        let document = service.client.get(&format!("{public}/data.json"), None).json();
        let level = cells(&document, "hai_long", None);
        let of = |answer: &str| level[&(String::new(), format!("hai_long={answer}"))];
        // 3 and 6 are hidden, and nine together are too few: a third goes with them.
        assert!(of("5").is_none() && of("no_answer").is_none(), "{level:?}");
        assert_eq!(level.values().filter(|share| share.is_none()).count(), 3, "{level:?}");
        let by_sex = cells(&document, "hai_long", Some("gioi"));
        assert!(by_sex[&("2".to_owned(), "hai_long=4".to_owned())].is_none(), "no woman chose it: {by_sex:?}");
        assert!(by_sex[&("1".to_owned(), "hai_long=2".to_owned())].is_some(), "{by_sex:?}");
        // Everybody went to the commune: that is told of nobody.
        let places = cells(&document, "noi", None);
        assert!(places.keys().any(|(_, answer)| answer.ends_with("=1")), "{places:?}");
        assert_eq!(places.values().filter(|share| share.is_some()).count(), 1, "{places:?}");

        let csv = service.client.get(&format!("{public}/data.csv"), None);
        let xlsx = service.client.get(&format!("{public}/data.xlsx"), None);
        let lines = text(&csv);
        let n_shown = lines.lines().skip(1).filter(|line| line.starts_with("share") && line.ends_with(',')).count();
        let in_json = document["tables"].as_array().expect("tables").iter().flat_map(|table| table["cells"].as_array().expect("cells"));
        assert_eq!(n_shown, in_json.filter(|cell| cell["hidden"].is_null()).count());
        assert!(lines.contains("'=1+1") && !lines.contains(",=1+1"), "no formula: {lines}");
        assert!(xlsx.bytes.starts_with(b"PK"));
        assert_eq!(service.client.get(&format!("{public}/released.json"), None).status, 404);
        let everything = [html, english, text(&service.client.get(&format!("{public}/data.json"), None)), lines].concat();
        for secret in ["CANARY-7731", "gop_y", "Người mot", &uuid(1), cases[0].as_str()] {
            assert!(!everything.contains(secret), "{secret} is public");
        }

        let listed = text(&page(&service, Some(&coordinator), &publication()));
        assert!(listed.contains("Người mot") && listed.contains(&public), "who and when: {listed}");
        assert_eq!(submit(&service, &coordinator, &publication(), &[("act", "withdraw")]).status, 303);
        let gone = page(&service, None, &public);
        assert_eq!((gone.status, &gone.bytes), (404, &unknown.bytes));
        assert!(text(&submit(&service, &coordinator, &publication(), &[("act", "withdraw")])).contains("trong lúc đó"));
        let acts = service.store.read(|snapshot| snapshot.list_audit_events(0, 10_000)).expect("read");
        assert!(["round.published", "round.withdrawn"].iter().all(|act| acts.iter().any(|event| event.act == *act)));
    }

    fn what_was_told_is_held_against_what_is_to_be_told(database: &TestDatabase) {
        let (service, cases) = surveyed(database);
        close(&service);
        assert_eq!(publish(&service, "0", "10").status, 303);
        // The same again is no news.
        assert_eq!(publish(&service, "1", "10").status, 303);
        let n_shown = || {
            let document = service.client.get(&format!("/public/{CODE}/data.json"), None).json();
            cells(&document, "hai_long", None).values().filter(|share| share.is_some()).count()
        };
        assert_eq!(n_shown(), 3);
        // Under a milder rule six people may be told of; the three stay hidden among what the reader of both can say.
        let mild = publish(&service, "2", "5");
        assert_eq!((mild.status, n_shown()), (303, 4), "{}", text(&mild));
        // Back to the stricter one, what was told cannot be taken back, and is no longer protected.
        let strict = publish(&service, "3", "10");
        assert!(strict.status == 200 && text(&strict).contains("cùng với số liệu đã công bố trước đây"), "{}", text(&strict));

        // Two interviews are corrected: the difference of old and new would tell of two people.
        let (one, two) = (service.session("mot"), service.session("hai"));
        assert_eq!(submit(&service, &one, &closing(), &[("act", "reopen"), ("reason", "sửa hai phiếu")]).status, 303);
        let token = service.token(Role::Coordinator, Some(CODE)).secret.reveal().to_owned();
        for number in [200, 201] {
            let mut body = json!({
                "round": CODE, "questionnaire": "hai-long", "case_id": cases[number], "disposition": "1.1",
                "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
                "language": "vi", "answers": answers(number), "replaces": uuid(number as u64 + 1),
            });
            body["answers"]["hai_long"] = json!("1");
            let path = format!("/api/v1/responses/{}", uuid(1000 + number as u64));
            let reply = service.client.send("PUT", &path, Some(&token), &[], body.to_string().as_bytes()).expect("a reply");
            assert_eq!(reply.status, 201, "{}", text(&reply));
        }
        assert_eq!(submit(&service, &one, &closing(), &[("act", "propose"), ("reason", "xong")]).status, 303);
        assert_eq!(submit(&service, &two, &closing(), &[("act", "confirm"), ("number", "2")]).status, 303);
        let n_before = service.store.read(|snapshot| snapshot.list_publications(CODE)).expect("read").len().to_string();
        let refused = publish(&service, &n_before, "10");
        assert!(refused.status == 200 && text(&refused).contains("khác nhau ở quá ít người"), "{}", text(&refused));
        // Without that question there is nothing to be worked out.
        let others = [("act", "publish"), ("questionnaire", "hai-long"), ("question", "noi"), ("confirmed", "yes"), ("n_min", "10"), ("n_before", n_before.as_str())];
        let kept = submit(&service, &one, &publication(), &others);
        assert_eq!(kept.status, 303, "{}", text(&kept));
    }
}
