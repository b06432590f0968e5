//! The page of respondents' rights: a request is recorded, withdrawn at once, erased by two people; and what a phone hears then.

use khaosat::store::Role;
use serde_json::Value;

use crate::support::browser::{page, submit, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{Browser, ROUND, TestService, response_body, uuid};

fn here() -> String {
    format!("/rounds/{ROUND}/rights")
}

fn progress(service: &TestService) -> Value {
    service.client.get(&format!("/api/v1/rounds/{ROUND}/progress"), Some(&service.coordinator)).json()
}

fn record(service: &TestService, browser: &Browser, case: &str, kind: &str, day: &str) -> (u16, String) {
    let fields = [("act", "record"), ("case", case), ("kind", kind), ("requested_on", day), ("note", "gọi điện")];
    let reply = submit(service, browser, &here(), &fields);
    (reply.status, text(&reply))
}

on_both_databases! {
    fn a_request_has_its_days_and_withdrawal_holds_at_once(database: &TestDatabase) {
        let service = TestService::start(database);
        service.person("lan", Role::Coordinator, Some(ROUND));
        let lan = service.session("lan");
        assert_eq!(service.put_response(1, &response_body("v1-1", "bí mật của dân")).status, 201);
        assert_eq!(service.put_response(2, &response_body("v1-2", "của người khác")).status, 201);
        assert_eq!(progress(&service)["total"]["n_complete"], 2);
        assert_eq!(record(&service, &lan, "v1-1", "withdraw", "2024-10-01").0, 303);
        // Tuesday, 1 October 2024: the answer is due on Thursday.
        let shown = text(&page(&service, Some(&lan), &here()));
        for words in ["v1-1", "rút lại sự đồng ý", "03/10/2024", "16/10/2024", "gọi điện"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains("bí mật"), "no answers on this page");
        for (case, kind, day) in [("v1-1", "withdraw", "2024-10-02"), ("v1-1", "forget", "2024-10-01"), ("v1-1", "erase", "")] {
            let (status, told) = record(&service, &lan, case, kind, day);
            assert!(status == 200 && told.contains("cần mã hộ"), "{case} {kind} {day}: {status}");
        }
        assert!(record(&service, &lan, "v9-9", "access", "2024-10-01").1.contains("không có hộ đó"));

        let withdrawn = submit(&service, &lan, &here(), &[("act", "withdraw"), ("case", "v1-1"), ("number", "1")]);
        assert_eq!(withdrawn.status, 303, "{}", text(&withdrawn));
        let now = progress(&service);
        assert_eq!((&now["total"]["n_complete"], &now["total"]["n_refusal"], &now["n_withdrawn"], &now["n_erased"]), (&1.into(), &1.into(), &1.into(), &0.into()));
        for address in [format!("/api/v1/responses/{}", uuid(1)), format!("/rounds/{ROUND}/interviews/{}", uuid(1))] {
            assert_eq!(service.client.get(&address, Some(&service.coordinator)).status, 404, "{address}");
        }
        let again = submit(&service, &lan, &here(), &[("act", "withdraw"), ("case", "v1-1"), ("number", "1")]);
        assert!(text(&again).contains("đã được giải quyết"));
        // The phone goes on as if nothing were: what it sends again is there.
        let resent = service.put_response(1, &response_body("v1-1", "bí mật của dân"));
        assert_eq!((resent.status, resent.receipt()["state"].as_str()), (200, Some("accepted")));
    }

    fn two_people_erase_and_a_phone_is_told(database: &TestDatabase) {
        // Erasures are written down beside the key, which all tests on PostgreSQL share.
        if !database.is_sqlite() {
            return;
        }
        let service = TestService::start(database);
        for login in ["lan", "minh"] {
            service.person(login, Role::Coordinator, Some(ROUND));
        }
        service.person("tuan", Role::Analyst, Some(ROUND));
        let (lan, minh, analyst) = (service.session("lan"), service.session("minh"), service.session("tuan"));
        let body = response_body("v1-1", "bí mật của dân");
        let first = service.put_response(1, &body).receipt();
        assert_eq!(record(&service, &lan, "v1-1", "erase", "2024-10-01").0, 303);
        assert_eq!(page(&service, Some(&analyst), &here()).status, 403);
        let erase = |browser: &Browser, typed: &str| {
            let fields = [("act", "erase"), ("case", "v1-1"), ("number", "1"), ("typed", typed)];
            submit(&service, browser, &here(), &fields)
        };
        assert!(text(&erase(&lan, "v1-1")).contains("người thứ hai phải xác nhận"), "not who recorded it");
        assert!(text(&erase(&minh, "v1-2")).contains("không khớp"));
        assert_eq!(service.client.get(&format!("/api/v1/responses/{}", uuid(1)), Some(&service.coordinator)).status, 200);
        let erased = erase(&minh, "v1-1");
        assert_eq!(erased.status, 303, "{}", text(&erased));
        assert!(text(&erase(&minh, "v1-1")).contains("đã được giải quyết"));
        let shown = text(&page(&service, Some(&lan), &here()));
        assert!(shown.contains("1 phiếu, 0 tệp, 0 lần tiếp xúc") && shown.contains("Người minh"), "{shown}");
        let now = progress(&service);
        assert_eq!((&now["n_withdrawn"], &now["n_erased"]), (&1.into(), &1.into()));

        // The same again: the old receipt. Another one: told to forget it.
        let same = service.put_response(1, &body);
        assert_eq!((same.status, &same.receipt()["sequence"]), (200, &first["sequence"]));
        let changed = response_body("v1-1", "khác");
        let told = service.put_response(1, &changed);
        assert_eq!((told.status, told.receipt()["state"].as_str()), (200, Some("erased")));
        assert_eq!(told.receipt()["sha256"], khaosat::secret::sha256_hex(&changed));
        assert_eq!(database.number("SELECT count(*) AS n FROM response"), 1);
        assert_eq!(database.damages(), Vec::<String>::new());
    }
}
