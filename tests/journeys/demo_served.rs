//! `khaosat serve` on the database that a demonstration leaves behind.

use super::workshop::{demonstration, files, rows, succeed_in};
use crate::support::process::Process;

const ROUND: &str = "bac-giang-mo-phong";

/// A server on a copy, so that the demonstration itself stays as it was made.
fn served(folder: &tempfile::TempDir) -> Process {
    for (name, bytes) in files(&demonstration().folder) {
        if name.starts_with("khaosat.db") {
            std::fs::write(folder.path().join(name), bytes).expect("copied");
        }
    }
    Process::serve(folder.path().join("khaosat.db").to_str().expect("UTF-8"))
}

#[test]
fn what_is_served_is_what_lies_in_the_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = served(&folder);
    let demo = demonstration();
    let api = |path: &str| {
        let reply = process.client.get(&format!("/api/v1/rounds/{ROUND}/{path}"), None);
        assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.bytes));
        reply.bytes
    };
    assert!(api("sample.csv") == demo.read("sample/sample.csv"), "the sample list");
    assert!(api("sample.xlsx") == demo.read("sample/sample.xlsx"), "the lists by village, byte for byte");
    std::fs::write(folder.path().join("list.xlsx"), api("sample.xlsx")).expect("written");
    let frame = demo.folder.join("frame.csv");
    let verify = ["sample", "verify", "--sample", "list.xlsx", "--frame", frame.to_str().expect("UTF-8")];
    assert!(succeed_in(folder.path(), &verify).contains("Verified: 240"), "the lists by village");
    for code in ["papi-2019", "sipas-2023"] {
        for format in ["csv", "json"] {
            let served = api(&format!("scores.{format}?index={code}"));
            assert!(served == demo.read(&format!("scores/{code}.{format}")), "{code}.{format}");
        }
    }
    for figure in ["p1", "p2", "s1"] {
        for format in ["svg", "png", "csv", "json"] {
            let served = api(&format!("charts/{figure}.{format}?lang=vi"));
            assert!(served == demo.read(&format!("figures/{figure}.{format}")), "{figure}.{format}");
        }
    }
    let alone = process.client.get(&format!("/rounds/{ROUND}?standalone=1&lang=vi"), None);
    assert!(alone.bytes == demo.read("index.html"), "the page");
    let home = process.client.get("/", None);
    assert!(String::from_utf8_lossy(&home.bytes).contains(&format!("href=\"/rounds/{ROUND}\"")));
    assert_eq!(process.terminate(), Some(0));
}

#[test]
fn the_links_of_the_page_lead_somewhere_in_both_languages() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = served(&folder);
    for language in ["vi", "en"] {
        let page = process.client.get(&format!("/rounds/{ROUND}?lang={language}"), None);
        let page = String::from_utf8(page.bytes).expect("UTF-8");
        assert!(page.contains(&format!("<html lang=\"{language}\">")));
        let mut links: Vec<&str> = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        links.retain(|link| link.starts_with('/'));
        assert!(links.len() >= 19, "{links:?}");
        for link in links {
            assert_eq!(process.client.get(&link.replace("&amp;", "&"), None).status, 200, "{link}");
        }
    }
}

/// The text between tags, cell by cell, of every row of the page's tables.
fn table_rows(page: &str) -> Vec<Vec<String>> {
    page.split("<tr")
        .skip(1)
        .filter_map(|rest| rest.split("</tr>").next())
        .map(|row| {
            let cells = row.split("<t").skip(1).filter(|cell| cell.starts_with("h ") || cell.starts_with("d"));
            cells.filter_map(|cell| Some(cell.split_once('>')?.1.split("</t").next()?.trim().to_owned())).collect()
        })
        .collect()
}

/// A number as the page writes it in Vietnamese.
fn vietnamese(text: &str) -> f64 {
    let plain = text.replace('.', "").replace(',', ".").replace('−', "-");
    plain.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

#[test]
fn the_numbers_on_the_page_are_those_of_the_tables() {
    let demo = demonstration();
    let page = table_rows(&demo.text("index.html"));
    let mut compared = 0;
    for code in ["papi-2019", "sipas-2023"] {
        for score in rows(&demo.text(&format!("scores/{code}.csv"))).iter().filter(|row| row["kind"] == "score") {
            let heading = format!("{} {}", score["code"], score["name_vi"]);
            let shown = page
                .iter()
                .find(|cells| cells.len() == 6 && cells[0] == heading)
                .unwrap_or_else(|| panic!("{heading} is not on the page"));
            let near = |text: &str, column: &str, rounding: f64| {
                let exact: f64 = score[column].parse().expect("a number");
                assert!((vietnamese(text) - exact).abs() <= rounding + 1e-9, "{heading}: {column} {text}, not {exact}");
            };
            near(&shown[1], "estimate", 0.005);
            let (lower, upper) = shown[2].split_once('–').expect("an interval");
            near(lower, "lower", 0.005);
            near(upper, "upper", 0.005);
            near(&shown[3], "standard_error", 0.0005);
            near(&shown[4], "degrees_of_freedom", 0.0);
            near(&shown[5], "n", 0.0);
            compared += 1;
        }
    }
    assert!(compared >= 44, "{compared} rows");
}
