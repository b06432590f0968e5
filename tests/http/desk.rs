//! The desk's pages: what a coordinator, a supervisor and a stranger see and do, by forms alone.

use std::io::Read;

use khaosat::store::Role;

use crate::support::browser::{page, submit, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, Reply, TestService, response_body, uuid};

fn of_round(path: &str) -> String {
    format!("/rounds/{ROUND}/{path}")
}

on_both_databases! {
    fn an_interview_is_read_in_words_returned_and_approved_by_form(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "có <b>dấu</b>")).status, 201);
        service.person("giam-sat", Role::Supervisor, Some(ROUND));
        let browser = service.session("giam-sat");
        let queue = text(&page(&service, Some(&browser), &of_round("interviews")));
        assert!(queue.contains(&uuid(1)) && queue.contains("Cần xem (1)"), "{queue}");
        let here = of_round(&format!("interviews/{}", uuid(1)));
        let shown = text(&page(&service, Some(&browser), &here));
        assert!(shown.contains("có &#60;b&#62;dấu") || shown.contains("có &lt;b&gt;dấu"), "answers are shown, and harmless: {shown}");

        // Returned without a reason: the page says so and nothing is kept.
        let refused = submit(&service, &browser, &here, &[("verdict", "returned"), ("n_seen", "0"), ("comment", " ")]);
        assert_eq!(refused.status, 200);
        assert!(text(&refused).contains("phải ghi lý do"), "{}", text(&refused));
        let done = submit(&service, &browser, &here, &[("verdict", "returned"), ("n_seen", "0"), ("comment", "hỏi lại câu a")]);
        assert_eq!(done.status, 303, "{}", text(&done));
        assert!(done.headers["location"].starts_with(&here), "{:?}", done.headers);
        let shown = text(&page(&service, Some(&browser), &done.headers["location"]));
        assert!(shown.contains("hỏi lại câu a") && shown.contains("Đã trả lại điều tra viên"), "{shown}");
        // Somebody who has not seen that review is told.
        let stale = submit(&service, &browser, &here, &[("verdict", "approved"), ("n_seen", "0"), ("comment", "")]);
        assert_eq!(stale.status, 200, "the page again");
        assert!(text(&stale).contains("role=\"alert\""));
        assert_eq!(submit(&service, &browser, &here, &[("verdict", "approved"), ("n_seen", "1"), ("comment", "")]).status, 303);
        let all = text(&page(&service, Some(&browser), &of_round("interviews?show=approved")));
        assert!(all.contains("Đã duyệt (1)") && all.contains(&uuid(1)));
        let other = of_round(&format!("interviews/{}", uuid(9)));
        assert_eq!(page(&service, Some(&browser), &other).status, 404);
        assert_eq!(page(&service, Some(&browser), &of_round("interviews/xyz")).status, 400);
    }

    fn pages_travel_small_and_what_programs_agreed_on_travels_as_it_is(database: &TestDatabase) {
        let service = TestService::start(database);
        service.person("quan-tri", Role::Administrator, None);
        let browser = service.session("quan-tri");
        let get = |path: &str, encoding: &str| {
            let headers = [("Cookie", browser.cookie.as_str()), ("Accept-Encoding", encoding)];
            service.client.send("GET", path, None, &headers, b"").expect("a reply")
        };
        let here = of_round("devices");
        let (plain, small) = (get(&here, "identity"), get(&here, "gzip"));
        assert!(!plain.headers.contains_key("content-encoding"), "{:?}", plain.headers);
        assert_eq!(small.headers["content-encoding"], "gzip");
        assert!(small.headers["vary"].to_lowercase().contains("accept-encoding"), "{:?}", small.headers);
        let mut page = String::new();
        flate2::read::GzDecoder::new(small.bytes.as_slice()).read_to_string(&mut page).expect("a page");
        assert!(page.contains("</html>") && small.bytes.len() < page.len(), "{}", small.bytes.len());
        // Nothing secret reads the same in two pages: neither the token nor a part of it.
        let token = |page: &str| page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).map(str::to_owned);
        let (one, other) = (token(&page).expect("a form"), token(&text(&plain)).expect("a form"));
        assert!(one != other && one.len() == other.len() && one[..64] != other[..64] && one[64..] != other[64..]);
        for path in ["/api/v1/rounds", "/api/v1/openapi.json"] {
            let reply = get(path, "gzip");
            assert!(reply.status == 200 && !reply.headers.contains_key("content-encoding"), "{path}: {:?}", reply.headers);
        }
    }

    fn villages_are_given_and_taken_back_by_form(database: &TestDatabase) {
        let service = TestService::start(database);
        service.person("dieu-phoi", Role::Coordinator, Some(ROUND));
        let browser = service.session("dieu-phoi");
        let devices = of_round("devices");
        let added = submit(&service, &browser, &devices, &[("act", "add"), ("login", "hoa.tran"), ("name", "Trần Thị Hoa")]);
        assert_eq!(added.status, 303, "{}", text(&added));
        let wrong = submit(&service, &browser, &devices, &[("act", "add"), ("login", "!"), ("name", "")]);
        assert_eq!(wrong.status, 200);
        assert!(text(&wrong).contains("role=\"alert\""));
        let code = text(&submit(&service, &browser, &devices, &[("act", "code"), ("login", "hoa.tran")]));
        assert!(code.contains("Mã kích hoạt cho Trần Thị Hoa") && code.contains("<svg"), "{code}");
        assert!(!text(&page(&service, Some(&browser), &devices)).contains("Mã kích hoạt cho"), "shown once");

        let assignment = of_round("assignment");
        let shown = text(&page(&service, Some(&browser), &assignment));
        let area = shown.split("name=\"area\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a village").to_owned();
        let given = submit(&service, &browser, &assignment, &[("area", &area), ("enumerator", "hoa.tran")]);
        let is_given = |reply: &Reply| reply.status == 303 && reply.headers["location"].ends_with("done=given");
        // Households that were begun with ask for a word of confirmation.
        if !is_given(&given) {
            assert!(text(&given).contains("role=\"alert\""), "{}", text(&given));
            let fields = [("area", area.as_str()), ("enumerator", "hoa.tran"), ("even_started", "yes")];
            assert!(is_given(&submit(&service, &browser, &assignment, &fields)));
        }
        assert!(text(&page(&service, Some(&browser), &assignment)).contains("Trần Thị Hoa ("));
        let taken = submit(&service, &browser, &assignment, &[("area", &area), ("enumerator", "")]);
        assert!(taken.status == 303 && taken.headers["location"].ends_with("done=taken"), "{}", text(&taken));
        let nowhere = submit(&service, &browser, &assignment, &[("area", "99-99"), ("enumerator", "hoa.tran")]);
        assert!(nowhere.status == 200 && text(&nowhere).contains("role=\"alert\""));
    }

    fn progress_reserves_and_the_plan_are_pages(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        service.person("quan-tri", Role::Administrator, None);
        let browser = service.session("quan-tri");
        let field = text(&page(&service, Some(&browser), &of_round("field")));
        assert!(field.contains("Tiến độ thực địa") && field.contains("Theo điều tra viên"), "{field}");
        let reserves = page(&service, Some(&browser), &of_round("reserves"));
        assert_eq!(reserves.status, 200);
        let nothing = submit(&service, &browser, &of_round("reserves"), &[("replaces", "nobody"), ("disposition", "2.11"), ("reason", "x")]);
        assert!(nothing.status == 200 && text(&nothing).contains("role=\"alert\""), "{}", text(&nothing));

        let plan = text(&page(&service, Some(&browser), "/plan?day=2024-08-26"));
        assert!(plan.contains("Kế hoạch của Tỉnh Bắc Giang") && plan.matches("/plan/tasks/").count() >= 22, "{}", plan.len());
        let task = text(&page(&service, Some(&browser), "/plan/tasks/8"));
        let quarter = task.split("<option>").nth(1).and_then(|rest| rest.split('<').next()).expect("a quarter").to_owned();
        let agency = task.split("name=\"agency\"").nth(1).and_then(|rest| rest.split("value=\"").nth(1)).and_then(|rest| rest.split('"').next()).expect("an agency").to_owned();
        let fields = [("quarter", quarter.as_str()), ("agency", agency.as_str()), ("progress", "done"), ("note", "Đã khảo sát <4> bệnh viện")];
        let kept = submit(&service, &browser, "/plan/tasks/8", &fields);
        assert_eq!(kept.status, 303, "{}", text(&kept));
        let task = text(&page(&service, Some(&browser), &kept.headers["location"]));
        assert!(task.contains("Đã lưu báo cáo") && task.contains("bệnh viện") && !task.contains("<4>"), "{task}");
        let wrong = submit(&service, &browser, "/plan/tasks/8", &[("quarter", "2024Q9"), ("agency", "x"), ("progress", "?")]);
        assert!(wrong.status == 200 && text(&wrong).contains("role=\"alert\""));
        assert_eq!(page(&service, Some(&browser), "/plan/tasks/99").status, 404);
    }

    fn a_failure_is_a_page_for_people_and_json_for_programs(database: &TestDatabase) {
        let service = TestService::start(database);
        let asked = page(&service, None, &of_round("field"));
        assert_eq!(asked.status, 401);
        assert!(text(&asked).contains("<!doctype html>") && text(&asked).contains("/sign-in"), "{}", text(&asked));
        assert_eq!(page(&service, None, "/nothing-here").status, 404);
        assert!(text(&page(&service, None, "/nothing-here")).contains("Về trang đầu"));
        let program = service.client.get(&of_round("field"), None);
        assert_eq!((program.status, program.code().as_str()), (401, "token_missing"));
        let api = page(&service, None, "/api/v1/nothing");
        assert!(api.headers["content-type"].starts_with("application/json"), "{:?}", api.headers);
        let english = service.client.send("GET", "/nothing-here", None, &[("Accept", "text/html"), ("Accept-Language", "en")], b"").expect("a reply");
        assert!(text(&english).contains("To the first page"));
        for name in ["content-security-policy", "x-content-type-options"] {
            assert!(asked.headers.contains_key(name), "{name}: {:?}", asked.headers);
        }
    }
}
