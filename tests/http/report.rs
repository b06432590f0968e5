//! The report's page: blocks are moved, left out and written by forms, sentences accepted by name, and nobody overwrites anybody.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use khaosat::app::Rooms;
use khaosat::cli::round::{NewRound, create};
use khaosat::store::{Role, RoundState};
use sampling::{SampleDesign, SamplingFrame, draw};
use serde_json::{Map, Value, json};

use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{Browser, Reply, TestService, uuid};

const CODE: &str = "hai-long";
const FORM: &str = "health-outpatient-2019";

/// A service with a scored round, all of whose households but the last were interviewed.
struct House {
    service: TestService,
    token: String,
    last: (usize, String),
    sheets: BTreeMap<String, String>,
}

impl House {
    fn open(database: &TestDatabase) -> Self {
        let service = TestService::start(database);
        let sheets = (Rooms::of_this_program().builtin_questionnaire.expect("built in"))(FORM).expect("an instrument");
        let preset = sampling::presets().iter().find(|one| one.name == "papi-3x2x2x20").expect("a preset").text;
        let before = preset.find("[respondent]").expect("a rule");
        // Six households a village: enough for numbers to be shown, few enough for a test.
        let design = format!("{}[respondent]\nrule = \"household\"\n", preset[..before].replace("n = 20", "n = 6"));
        let design = SampleDesign::from_toml(&design).expect("a design");
        let frame = khaosat::simulation::coverage::EXAMPLE_FRAME;
        let frame = SamplingFrame::read(frame.as_bytes(), &design).expect("a frame");
        let list = draw(&frame, &design, 9).expect("a sample").to_csv();
        let round = NewRound {
            code: CODE.to_owned(),
            name: "Người bệnh ngoại trú".to_owned(),
            list_csv: list.clone().into_bytes(),
            certificate: None,
            questionnaires: vec![sheets.clone()],
            geography_day: None,
        };
        create(&service.store, &round).expect("a round");
        let token = service.token(Role::Coordinator, Some(CODE)).secret.reveal().to_owned();
        let mut reader = csv::Reader::from_reader(list.as_bytes());
        let rows: Vec<BTreeMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("a list");
        let main: Vec<String> =
            rows.iter().filter(|row| row["role"] == "main").map(|row| row["unit_id"].clone()).collect();
        let last = main.len() - 1;
        let house = Self { service, token, last: (last, main[last].clone()), sheets };
        for (number, case) in main.iter().take(last).enumerate() {
            // Answers differ from village to village, so that intervals have a width.
            house.interview(number, case, ["5", "4", "3", "4", "2"][number / 6 % 5]);
        }
        house.service.person("phan-tich", Role::Analyst, Some(CODE));
        house.service.person("dong-nghiep", Role::Analyst, Some(CODE));
        house.service.person("kiem-toan", Role::Auditor, Some(CODE));
        house.service.person("truong-phong", Role::Analyst, None);
        house
    }

    fn interview(&self, number: usize, case: &str, answer: &str) {
        let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
            let mut reader = csv::Reader::from_reader(self.sheets[name].as_bytes());
            reader.deserialize().collect::<Result<_, _>>().expect("a sheet")
        };
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in rows("choices.csv") {
            lists.entry(row["list_name"].clone()).or_default().push(row["name"].clone());
        }
        let mut all = Map::new();
        for row in rows("survey.csv") {
            let (kind, list) = row["type"].split_once(' ').unwrap_or((&row["type"], ""));
            let value = match kind {
                "select_one"
                    if ["1", "2", "3", "4", "5"].iter().all(|one| lists[list].iter().any(|code| code == one)) =>
                {
                    json!(answer)
                }
                "select_one" => json!(lists[list][number % lists[list].len().min(2)]),
                "integer" => json!(3),
                _ => continue,
            };
            all.insert(row["name"].clone(), value);
        }
        all.insert("consent".to_owned(), json!("1"));
        let body = json!({
            "round": CODE, "questionnaire": FORM, "case_id": case, "disposition": "1.1",
            "device_started_at": "2024-10-01T08:00:00+07:00", "device_ended_at": "2024-10-01T08:45:00+07:00",
            "language": "vi", "answers": Value::Object(all),
        });
        let path = format!("/api/v1/responses/{}", uuid(number as u64 + 1));
        let sent = self.service.client.send("PUT", &path, Some(&self.token), &[], body.to_string().as_bytes());
        let reply = sent.expect("a reply");
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.bytes));
    }

    fn get(&self, browser: &Browser, path: &str) -> Reply {
        let headers = [("Accept", "text/html"), ("Cookie", browser.cookie.as_str())];
        self.service.client.send("GET", path, None, &headers, b"").expect("a reply")
    }

    fn page(&self, browser: &Browser) -> String {
        let reply = self.get(browser, &of("report"));
        assert_eq!(reply.status, 200, "{}", text(&reply));
        plain(&text(&reply))
    }

    fn act(&self, browser: &Browser, fields: &[(&str, &str)]) -> Reply {
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let mut form = format!("csrf={}", browser.csrf);
        for (name, value) in fields {
            form.push_str(&format!("&{name}={}", encoded(value)));
        }
        let headers = [
            ("Accept", "text/html"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Cookie", browser.cookie.as_str()),
        ];
        let path =
            if fields.iter().any(|(name, _)| name.contains(".vi")) { "/sentences".to_owned() } else { of("report") };
        self.service.client.send("POST", &path, None, &headers, form.as_bytes()).expect("a reply")
    }

    fn audit(&self) -> Vec<(String, String)> {
        let events = self.service.store.read(|snapshot| snapshot.list_audit_events(0, 10_000)).expect("read");
        let of_reports =
            events.into_iter().filter(|one| one.act.starts_with("report.") || one.act.starts_with("sentences."));
        of_reports.map(|one| (one.actor, one.act)).collect()
    }
}

fn of(path: &str) -> String {
    format!("/rounds/{CODE}/{path}")
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.bytes.clone()).expect("UTF-8")
}

/// Text as it was before it was put into a page.
fn plain(html: &str) -> String {
    let named = [("&#38;", "&"), ("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    named.iter().fold(html.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The numbers of blocks in the order of the page.
fn order(page: &str) -> Vec<u32> {
    page.split("<li id=\"b").skip(1).filter_map(|rest| rest.split('"').next()?.parse().ok()).collect()
}

/// The part of the page that shows a block.
fn block(page: &str, id: u32) -> &str {
    let from = page.find(&format!("<li id=\"b{id}\"")).expect("the block");
    let rest = &page[from..];
    &rest[..rest[1..].find("<li id=\"b").map_or(rest.len(), |at| at + 1)]
}

fn keys(part: &str) -> Vec<String> {
    part.split("name=\"key\" value=\"").skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
}

/// The block that shows the words.
fn with(page: &str, words: &str) -> u32 {
    let found = order(page).into_iter().find(|id| block(page, *id).contains(words));
    found.unwrap_or_else(|| panic!("no block says {words}"))
}

on_both_databases! {
    fn blocks_move_and_of_two_editors_the_second_is_told(database: &TestDatabase) {
        let house = House::open(database);
        let (first, second) = (house.service.session("phan-tich"), house.service.session("dong-nghiep"));
        let page = house.page(&first);
        let before = order(&page);
        assert!(before.len() > 15 && page.contains("Dàn ý mặc định"), "{page}");
        let down = [("act", "down"), ("seen", "0"), ("block", "1")];
        assert_eq!(house.act(&first, &down).status, 303);
        let moved = house.page(&first);
        assert_eq!(order(&moved)[..2], [before[1], before[0]]);
        assert!(moved.contains("Bản lưu số 1: Người phan-tich"), "{moved}");
        // The other one still has the page as it was: nothing is overwritten, and the own words are given back.
        let heading = [("act", "write"), ("seen", "0"), ("block", "1"), ("text", "I. TÔI VIẾT Ở ĐÂY")];
        let refused = house.act(&second, &heading);
        assert_eq!(refused.status, 409);
        let told = plain(&text(&refused));
        assert!(told.contains("không có gì bị ghi đè") && told.contains("I. TÔI VIẾT Ở ĐÂY"), "{told}");
        assert!(!house.page(&second).contains("TÔI VIẾT"));
        let again = [("act", "write"), ("seen", "1"), ("block", "1"), ("text", "I. TÔI VIẾT Ở ĐÂY")];
        assert_eq!(house.act(&second, &again).status, 303);
        // What is left out stays in the outline; the method never leaves.
        let id = before[1].to_string();
        assert_eq!(house.act(&first, &[("act", "leave_out"), ("seen", "2"), ("block", &id)]).status, 303);
        let page = house.page(&first);
        assert!(block(&page, before[1]).contains("đã bỏ ra"));
        let method = with(&page, "Phương pháp</h3>").to_string();
        let kept = house.act(&first, &[("act", "leave_out"), ("seen", "3"), ("block", &method)]);
        assert!(kept.status == 200 && text(&kept).contains("không có khối phương pháp"), "{}", text(&kept));
        let audit = house.audit();
        let saved: Vec<&str> = audit.iter().filter(|(_, act)| act == "report.saved").map(|(actor, _)| actor.as_str()).collect();
        assert_eq!(saved, ["phan-tich", "dong-nghiep", "phan-tich"]);
        // An auditor reads and changes nothing.
        let auditor = house.service.session("kiem-toan");
        assert!(!house.page(&auditor).contains("value=\"up\""));
        assert_eq!(house.act(&auditor, &[("act", "down"), ("seen", "3"), ("block", "1")]).status, 403);
    }

    fn a_sentence_is_a_draft_until_it_is_accepted_and_again_when_its_number_changes(database: &TestDatabase) {
        let house = House::open(database);
        let browser = house.service.session("phan-tich");
        let page = house.page(&browser);
        let overall = with(&page, "được ước lượng ở mức");
        let part = block(&page, overall);
        assert!(part.contains("[DỰ THẢO]"), "{part}");
        let key = keys(part)[0].clone();
        assert_eq!(house.act(&browser, &[("act", "accept"), ("key", &key)]).status, 303);
        let page = house.page(&browser);
        let part = block(&page, overall);
        assert!(part.contains("Đã chấp nhận: Người phan-tich, ") && !part.contains("[DỰ THẢO]"), "{part}");
        // The files: the accepted sentence carries no mark, the others do, and the open round stands across every page.
        let docx = house.get(&browser, &of("report/paper.docx"));
        assert!(docx.headers["content-disposition"].contains("bao-cao_"), "{:?}", docx.headers);
        let mut archive = zip::ZipArchive::new(Cursor::new(docx.bytes)).expect("an archive");
        let mut part_of = |name: &str| {
            let mut text = String::new();
            archive.by_name(name).expect(name).read_to_string(&mut text).expect("text");
            text
        };
        let (document, header) = (part_of("word/document.xml"), part_of("word/header1.xml"));
        assert!(header.contains("SỐ LIỆU TẠM TÍNH") && document.contains("DỰ THẢO – CHƯA ĐƯỢC CHẤP NHẬN"));
        let n_marks = document.matches(">[DỰ THẢO]<").count() + document.matches("> [DỰ THẢO]<").count();
        let html = text(&house.get(&browser, &of("report/paper.html")));
        assert_eq!(html.matches("[DỰ THẢO]").count(), n_marks);
        assert!(n_marks >= 2, "{n_marks}");
        for (ending, begin) in [("pdf", &b"%PDF"[..]), ("xlsx", b"PK"), ("html", b"<!doctype")] {
            let file = house.get(&browser, &of(&format!("report/paper.{ending}")));
            assert!(file.status == 200 && file.bytes.starts_with(begin), "{ending}: {}", file.status);
        }
        assert_eq!(house.get(&browser, &of("report/paper.odt")).status, 404);
        // Another interview changes the number behind it.
        house.interview(house.last.0, &house.last.1, "1");
        let page = house.page(&browser);
        let part = block(&page, overall);
        assert!(part.contains("[DỰ THẢO]") && part.contains("Số liệu đã đổi") && part.contains("Đã chấp nhận trước đó"), "{part}");
        // What was read before cannot be accepted now.
        let stale = house.act(&browser, &[("act", "accept"), ("key", &key)]);
        assert!(stale.status == 409 && text(&stale).contains("vừa thay đổi"), "{}", text(&stale));
        // Withdrawn, it is a draft again; both acts stay in the log.
        let key = keys(part)[0].clone();
        assert_eq!(house.act(&browser, &[("act", "accept"), ("key", &key)]).status, 303);
        assert_eq!(house.act(&browser, &[("act", "withdraw"), ("key", &key)]).status, 303);
        assert!(block(&house.page(&browser), overall).contains("[DỰ THẢO]"));
        let acts: Vec<String> = house.audit().into_iter().map(|(_, act)| act).filter(|act| act.contains("accept")).collect();
        assert_eq!(acts, ["report.accepted", "report.accepted", "report.acceptance_withdrawn"]);
        assert!(house.audit().iter().filter(|(_, act)| act == "report.downloaded").count() >= 4);
        // A closed and public round has nothing across its pages.
        house.service.store.write("test", |tx| tx.set_round_state(CODE, RoundState::Closed)).expect("closed");
        assert!(house.page(&browser).contains("in chìm: DỰ THẢO"));
        house.service.store.write("test", |tx| tx.set_round_visibility(CODE, khaosat::store::Visibility::Public)).expect("public");
        assert!(!house.page(&browser).contains("in chìm"));
    }

    fn own_words_are_checked_and_faults_named_with_their_place(database: &TestDatabase) {
        let house = House::open(database);
        let browser = house.service.session("phan-tich");
        let words = "Điểm chung là {{health.total}} và {{health.tota}}.\nTiếp cận đã tăng lên 4,1 điểm.";
        assert_eq!(house.act(&browser, &[("act", "add"), ("seen", "0"), ("kind", "text"), ("text", words)]).status, 303);
        let page = house.page(&browser);
        let id = with(&page, "{{health.tota}}.");
        let part = block(&page, id);
        assert!(part.contains("không có số liệu mang tên này") && part.contains("{{health.total}},"), "{part}");
        let refused = house.get(&browser, &of("report/paper.pdf"));
        assert!(refused.status == 409 && text(&refused).contains("{{health.tota}}"), "{}", text(&refused));
        // The preview shows what can be shown.
        let preview = house.get(&browser, &of("report/paper.html?preview=yes"));
        assert!(preview.status == 200 && preview.headers["content-security-policy"].contains("frame-ancestors 'self'"));
        let words = "Điểm chung là {{health.total}}.\nTiếp cận đã tăng lên 4,1 điểm.";
        let id = id.to_string();
        assert_eq!(house.act(&browser, &[("act", "write"), ("seen", "1"), ("block", &id), ("text", words)]).status, 303);
        let page = house.page(&browser);
        let part = block(&page, id.parse().expect("a number"));
        assert!(part.contains("[lời văn tự viết, chưa đối chiếu]") && part.contains("Số gõ tay"), "{part}");
        let html = text(&house.get(&browser, &of("report/paper.html")));
        assert!(html.contains("[lời văn tự viết, chưa đối chiếu]"));
        let key = keys(part)[0].clone();
        assert_eq!(house.act(&browser, &[("act", "accept"), ("key", &key)]).status, 303);
        assert!(!text(&house.get(&browser, &of("report/paper.html"))).contains("lời văn tự viết"));
        // An edited sentence may leave out, and never judge.
        let overall = with(&page, "được ước lượng ở mức");
        let slot = block(&page, overall).split("name=\"slot\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a slot").to_owned();
        let judging = [("act", "edit"), ("seen", "2"), ("slot", slot.as_str()), ("text", "{name} đã đạt {value}.")];
        let refused = house.act(&browser, &judging);
        assert!(refused.status == 200 && text(&refused).contains("chỉ {verdict} được kết luận"), "{}", text(&refused));
        let short = [("act", "edit"), ("seen", "2"), ("slot", slot.as_str()), ("text", "{name}: {value} điểm.")];
        assert_eq!(house.act(&browser, &short).status, 303);
        assert!(block(&house.page(&browser), overall).contains(" điểm.") );
        assert!(block(&house.page(&browser), overall).contains("đã sửa cho báo cáo này"));
    }

    fn tables_of_analysts_come_into_the_report_and_say_when_they_are_old(database: &TestDatabase) {
        let house = House::open(database);
        let browser = house.service.session("phan-tich");
        let question = "question?question=sex";
        let page = plain(&text(&house.get(&browser, &of(question))));
        assert!(page.contains("Thêm vào báo cáo"), "{page}");
        let field = |name: &str| page.split(&format!("name=\"{name}\" value=\"")).nth(1).and_then(|rest| rest.split('"').next()).expect(name).to_owned();
        let (query, input) = (field("query"), field("input"));
        let cite = [("act", "cite"), ("page", "question"), ("query", query.as_str()), ("input", input.as_str())];
        assert_eq!(house.act(&browser, &cite).status, 303);
        let shown = house.page(&browser);
        let id = with(&shown, "Bảng từ trang phân tích");
        assert!(!block(&shown, id).contains("Số liệu đã đổi"));
        let html = text(&house.get(&browser, &of("report/paper.html")));
        assert!(html.contains("Khoảng tin cậy 95% theo thiết kế mẫu"), "the table is in the paper");
        house.interview(house.last.0, &house.last.1, "1");
        let shown = house.page(&browser);
        let part = block(&shown, id);
        assert!(part.contains("Số liệu đã đổi") && part.contains("Đã xem số liệu mới"), "{part}");
        let now = part.split("name=\"input\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a hash").to_owned();
        let id = id.to_string();
        assert_eq!(house.act(&browser, &[("act", "renew"), ("seen", "1"), ("block", &id), ("input", &now)]).status, 303);
        assert!(!house.page(&browser).contains("Đã xem số liệu mới"));
        // A link that asks nothing is a fault of its block, not of the page.
        let wrong = [("act", "cite"), ("page", "question"), ("query", "question=khong-co"), ("input", "0")];
        assert_eq!(house.act(&browser, &wrong).status, 303);
        assert!(house.page(&browser).contains("khong-co"));
        assert_eq!(house.get(&browser, &of("report/paper.docx")).status, 409);
    }

    fn the_office_words_its_sentences_once_for_all_rounds(database: &TestDatabase) {
        let house = House::open(database);
        let (member, lead) = (house.service.session("phan-tich"), house.service.session("truong-phong"));
        let own = [("seen", "0"), ("overall.vi", "{name} của {unit}: {value}."), ("overall.en", "{name}: {value}.")];
        assert_eq!(house.act(&member, &own).status, 403, "who works in one round only");
        let judging = [("seen", "0"), ("overall.vi", "{name} đã vượt {value}.")];
        let refused = house.act(&lead, &judging);
        assert!(refused.status == 200 && text(&refused).contains("đã vượt"), "what was typed stays");
        assert_eq!(house.act(&lead, &own).status, 303);
        assert!(house.page(&member).contains(" của ") && !house.page(&member).contains("được ước lượng ở mức"));
        assert_eq!(house.act(&lead, &own).status, 409, "somebody who has not seen the new ones");
        let kept = house.service.store.read(|snapshot| snapshot.find_sentence_library()).expect("read").expect("kept");
        assert_eq!(kept.body.matches("vi = ").count(), 1, "only what differs is kept: {}", kept.body);
        let back = [("seen", "1"), ("overall.vi", ""), ("overall.en", "")];
        assert_eq!(house.act(&lead, &back).status, 303);
        assert!(house.page(&member).contains("được ước lượng ở mức"));
    }
}

#[test]
fn a_round_without_scores_says_why_there_is_no_report() {
    let database = TestDatabase::sqlite();
    let service = TestService::start(&database);
    service.person("phan-tich", Role::Analyst, Some(crate::support::service::ROUND));
    let browser = service.session("phan-tich");
    let headers = [("Accept", "text/html"), ("Cookie", browser.cookie.as_str())];
    let path = format!("/rounds/{}/report", crate::support::service::ROUND);
    let reply = service.client.send("GET", &path, None, &headers, b"").expect("a reply");
    assert!(reply.status == 200 && text(&reply).contains("Chưa làm được báo cáo"), "{}", text(&reply));
}
