//! Lists of the desk: every one is searched, sorted and taken along by its address alone, and what is taken along is written down.

use khaosat::store::{AuditFilter, Role};

use crate::support::browser::{page, text};
use crate::support::database::TestDatabase;
use crate::support::on_both_databases;
use crate::support::service::{ROUND, TestService, response_body};

/// The first cells of a list's rows.
fn names(html: &str) -> Vec<String> {
    let rows = html.split("<th scope=\"row\">").skip(1);
    let cells = rows.map(|row| row.split("</th>").next().unwrap_or_default());
    cells
        .map(|cell| {
            cell.split('>')
                .nth(usize::from(cell.starts_with("<a")))
                .unwrap_or(cell)
                .split('<')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

on_both_databases! {
    fn every_list_is_sorted_searched_and_taken_along(database: &TestDatabase) {
        let service = TestService::start(database);
        assert_eq!(service.put_response(1, &response_body("v1-1", "có")).status, 201);
        for (login, role, round) in [("lan", Role::Administrator, None), ("kt", Role::Auditor, None), ("gs", Role::Supervisor, Some(ROUND))] {
            service.person(login, role, round);
        }
        let boss = service.session("lan");
        let shown = |path: &str| text(&page(&service, Some(&boss), path));
        let (design, interviews) = (format!("/rounds/{ROUND}/design"), format!("/rounds/{ROUND}/interviews?show=all"));
        let up = shown(&format!("{design}?sort=case&dir=asc"));
        let down = shown(&format!("{design}?sort=case&dir=desc"));
        let list = |html: &str| names(html.split("id=\"list\"").nth(1).expect("the list").split("Tải xuống (CSV)").nth(1).expect("the table"));
        let (mut first, second) = (list(&up), list(&down));
        assert!(first.len() > 2 && first != second, "{first:?}");
        first.reverse();
        assert_eq!(first, second);
        assert!(up.contains("aria-sort=\"ascending\"") && down.contains("aria-sort=\"descending\""));
        assert!(up.contains("sort=case&#38;dir=desc") || up.contains("sort=case&amp;dir=desc"), "the heading turns round: {up}");
        for (path, name) in [
            (design.as_str(), "list"), (interviews.as_str(), "interviews"), (&format!("/rounds/{ROUND}/reserves"), "released"),
            (&format!("/rounds/{ROUND}/devices"), "devices"), (&format!("/rounds/{ROUND}/quality?day=all"), "flags"), ("/plan", "tasks"),
            ("/administration", "log"), ("/administration/people", "people"), ("/", "rounds"),
        ] {
            let sign = if path.contains('?') { '&' } else { '?' };
            let file = page(&service, Some(&boss), &format!("{path}{sign}format=csv"));
            assert_eq!(file.status, 200, "{path}: {}", text(&file));
            assert!(file.bytes.starts_with("\u{feff}".as_bytes()), "{path}: {}", text(&file));
            let text_of = text(&file);
            assert!(text_of.lines().next().is_some_and(|line| line.contains(',')), "{path}: {text_of}");
            let filter = AuditFilter { act: Some("data.exported".to_owned()), ..AuditFilter::default() };
            let events = service.store.read(|snapshot| snapshot.find_last_audit_events(&filter, 1)).expect("read");
            assert!(events[0].detail.starts_with(&format!("list={name} rows=")), "{path}: {events:?}");
        }
        // The log: by act and person, whether it is whole, what the doctor says.
        let log = shown("/administration?act=data.&actor=lan");
        assert!(log.contains("data.exported") && !log.contains("response.accepted"), "{log}");
        assert!(shown("/administration?act=response.accepted").contains("response.accepted"));
        assert!(shown("/administration?since=2999-01-01").contains("0 / 0"));
        service.store.seal_audit_log("test").expect("sealed");
        let whole = shown("/administration?check=log");
        assert!(whole.contains("Không thấy dòng nào bị sửa"), "{whole}");
        assert!(shown("/administration?check=machine").contains("database.schema"));
        assert!(shown("/administration").contains("chưa có bản sao lưu nào"));
        assert_eq!(page(&service, Some(&service.session("kt")), "/administration").status, 200);
        assert_eq!(page(&service, Some(&service.session("gs")), "/administration").status, 403);
        assert!(!text(&page(&service, Some(&service.session("gs")), "/")).contains("/administration"));
    }
}
