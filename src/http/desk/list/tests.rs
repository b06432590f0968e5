//! Order, search, headings and the file of a list.

use super::*;

fn list() -> List<'static> {
    let row = |name: &str, n: Option<f64>| {
        vec![Cell::text(name), Cell::number(n, n.map_or_else(|| "–".to_owned(), |n| n.to_string()))]
    };
    List {
        id: "list",
        noun: "hộ".to_owned(),
        find: "Tìm".to_owned(),
        caption: "Hộ".to_owned(),
        columns: vec![text("name", "Tên"), number("n", "n")],
        rows: vec![
            row("Đỗ", Some(10.0)),
            row("Ân", None),
            row("Dung", Some(9.0)),
            row("=1+1", Some(-2.0)),
            row("An", Some(100.0)),
        ]
        .into(),
    }
}

fn asked(q: &str, sort: &str, dir: &str) -> ListQuery {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    ListQuery { q: some(q), sort: some(sort), dir: some(dir), ..ListQuery::default() }
}

fn names(asked: &ListQuery) -> Vec<String> {
    let list = list();
    list.found(asked).into_iter().map(|at| (list.rows.row)(at)[0].text.clone()).collect()
}

#[test]
fn names_are_sorted_as_vietnamese_sorts_and_numbers_as_numbers() {
    // ă, â come after a, đ after d: not as bytes, where Ân and Đỗ would be last together.
    assert_eq!(names(&asked("", "name", "asc")), ["=1+1", "An", "Ân", "Dung", "Đỗ"]);
    assert_eq!(names(&asked("", "name", "desc")), ["Đỗ", "Dung", "Ân", "An", "=1+1"]);
    // 9 before 10 before 100, and what has no number is last both ways.
    assert_eq!(names(&asked("", "n", "asc")), ["=1+1", "Dung", "Đỗ", "An", "Ân"]);
    assert_eq!(names(&asked("", "n", "desc")), ["An", "Đỗ", "Dung", "=1+1", "Ân"]);
    assert_eq!(names(&asked("", "no such column", "asc")), ["Đỗ", "Ân", "Dung", "=1+1", "An"], "the page's own order");
}

#[test]
fn it_is_searched_without_diacritics() {
    assert_eq!(names(&asked("do", "", "")), ["Đỗ"]);
    assert_eq!(names(&asked("ÂN", "name", "asc")), ["An", "Ân"]);
    assert!(names(&asked("không có", "", "")).is_empty());
}

#[test]
fn headings_turn_round_and_keep_what_is_asked() {
    let frame = Frame::plain(false);
    let view = list().view(&frame, "/x", &asked("n", "n", "desc"), &[("show", "all")]);
    assert_eq!(view.headings[1].aria, Some("descending"));
    assert!(view.headings[1].href.ends_with("?show=all&q=n&sort=n&dir=asc#list"), "{}", view.headings[1].href);
    assert!(view.headings[0].aria.is_none() && view.headings[0].href.contains("sort=name&dir=asc"));
    assert_eq!((view.n_found.as_str(), view.n_all.as_str()), ("3", "5"));
    assert!(view.csv.contains("format=csv") && view.csv.contains("q=n"));
}

#[test]
fn a_file_has_a_mark_and_runs_nothing() {
    let reply = list().csv(&asked("", "n", "asc"), "ho").expect("a file");
    let body = actix_web::body::MessageBody::try_into_bytes(reply.into_body()).map_err(|_| "no bytes").expect("bytes");
    let text = String::from_utf8(body.to_vec()).expect("UTF-8");
    assert!(text.starts_with("\u{feff}name,n\r\n'=1+1,-2\r\n"), "{text}");
    assert!(text.ends_with("Ân,\r\n"), "{text}");
}
