//! Papers: what is visible in one rendering is visible in the others, and the DOCX keeps the rules of Nghị định 30/2020.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails, and says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use problem::{Language, Words};
use reports::chart::SmallCellRule;
use reports::chart::build::{DimensionFigure, EstimateRow, Look, Metadata, p1_dimensions};
use reports::document::paper::{
    Accepted, Align, Block, Material, Outline, Paper, SENTENCES, Sentences, Table, TableColumn, Value, assemble, docx,
    figure_of, html, presets, xlsx,
};

const OUTLINE: &str = r#"
parent = "ỦY BAN NHÂN DÂN TỈNH BẮC GIANG"
body = "SỞ NỘI VỤ"
symbol = "BC-SNV"
place = "Bắc Giang"
title = "BÁO CÁO"
subject = "Kết quả năm {year} tại {unit}"
recipients = ["Như trên;", "Lưu: VT."]
signer = "GIÁM ĐỐC"
[[block]]
kind = "heading"
level = 1
text = "I. KẾT QUẢ"
[[block]]
kind = "sentences"
id = "overall"
[[block]]
kind = "figure"
id = "p1"
[[block]]
kind = "figure"
id = "none"
[[block]]
kind = "prompt"
text = "(viết ở đây)"
[[block]]
kind = "table"
id = "scores"
[[block]]
kind = "appendix"
number = "I"
text = "PHƯƠNG PHÁP"
[[block]]
kind = "method"
"#;

fn row(number: usize, value: f64) -> EstimateRow {
    EstimateRow {
        code: format!("D{number}"),
        name: Words::new(format!("Nội dung thứ {number} <&>"), format!("Dimension {number}")),
        estimate: Some(value),
        lower: Some(value - 0.375),
        upper: Some(value + 0.415),
        standard_error: Some(0.1),
        degrees_of_freedom: Some(12.0),
        n: Some(1_200 + number as u64),
        missing_reason: None,
        change: None,
    }
}

fn metadata() -> Metadata {
    Metadata {
        index: "PAPI".to_owned(),
        survey: Words::new("Khảo sát thử", "A survey"),
        unit: Words::new("Bắc Giang", "Bắc Giang"),
        year: 2024,
        n: Some(1_234),
        villages: Some(12),
        confidence_level: 0.95,
        method: Words::new("Taylor", "Taylor"),
        fieldwork: None,
        computed: chrono::NaiveDate::from_ymd_opt(2024, 8, 26).expect("a day"),
        fingerprint: "0123abcd".to_owned(),
        draft: false,
        remarks: Vec::new(),
        small_cells: SmallCellRule::default(),
    }
}

fn material(language: Language) -> Material {
    let figure = DimensionFigure {
        metadata: metadata(),
        scale: (1.0, 10.0),
        rows: (1..=8).map(|number| row(number, 3.0 + number as f64 / 2.0)).collect(),
        references: Vec::new(),
    };
    let look = Look { language, ..Look::default() };
    let spec = p1_dimensions(&figure, look).expect("a figure");
    let column = |heading: &str, align| TableColumn::new(heading, 20.0, align);
    let table = Table {
        caption: "Điểm".to_owned(),
        columns: vec![column("Nội dung", Align::Left), column("Điểm", Align::Right), column("n", Align::Right)],
        rows: (0..60)
            .map(|number| {
                let value =
                    if number == 7 { Value::Empty } else { Value::Number(f64::from(number) * 1_234.567 - 99.0, 2) };
                vec![Value::text(format!("=dòng {number}")), value, Value::Number(f64::from(number) * 1_001.0, 0)]
            })
            .collect(),
        note: "Nguồn: 0123abcd.".to_owned(),
        ..Table::default()
    };
    let fields = [
        ("name", "Tổng điểm"),
        ("unit", "Bắc Giang"),
        ("year", "2024"),
        ("value", "44,68"),
        ("range", "43,10–46,20"),
        ("level", "95%"),
        ("n", "1.234"),
    ];
    let fields: BTreeMap<String, String> = fields.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Material {
        facts: [("unit", "Bắc Giang"), ("year", "2024")].map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        sentences: BTreeMap::from([("overall".to_owned(), vec![("overall".to_owned(), fields)])]),
        figures: BTreeMap::from([("p1".to_owned(), figure_of(&spec).expect("drawn"))]),
        absent: BTreeSet::from(["none".to_owned()]),
        tables: BTreeMap::from([("scores".to_owned(), table)]),
        method: vec!["Khoảng tin cậy 95%, 12 bậc tự do.".to_owned()],
        ..Material::default()
    }
}

fn paper(accepted: &Accepted) -> Paper {
    let sentences = Sentences::read(SENTENCES, None).expect("sentences");
    let outline = Outline::read(OUTLINE).expect("an outline");
    assemble(&outline, &sentences, &material(Language::Vi), accepted, Language::Vi).expect("a paper")
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut text = String::new();
    archive.by_name(name).unwrap_or_else(|_| panic!("no {name}")).read_to_string(&mut text).expect("text");
    text
}

/// The visible text of XML or HTML: what stands between tags; drawings and styles aside.
fn visible(xml: &str) -> String {
    let mut out = String::new();
    let mut rest = xml;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let tag = &rest[open..];
        let skipped = ["svg", "style", "head"].into_iter().find(|name| {
            // `<head>`, not `<header>`.
            tag.strip_prefix('<')
                .and_then(|tag| tag.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with(['>', ' ']))
        });
        let end = match skipped {
            Some(name) => tag.find(&format!("</{name}>")).map_or(tag.len(), |at| at + name.len() + 3),
            None => tag.find('>').map_or(tag.len(), |at| at + 1),
        };
        // Runs of one paragraph belong together; anything else parts words.
        if !tag.starts_with("<w:r")
            && !tag.starts_with("</w:r")
            && !tag.starts_with("<w:t")
            && !tag.starts_with("</w:t>")
        {
            out.push(' ');
        }
        rest = &tag[end..];
    }
    out.push_str(rest);
    out
}

/// Every number in a text, as it is written, with how often it occurs.
fn numbers(text: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let is_part = |letter: char| letter.is_ascii_digit() || ",.−".contains(letter);
    for word in text.split(|letter: char| !is_part(letter)) {
        let word = word.trim_matches([',', '.']);
        if word.contains(|letter: char| letter.is_ascii_digit()) {
            *found.entry(word.to_owned()).or_insert(0) += 1;
        }
    }
    found
}

#[test]
fn every_number_that_one_rendering_shows_the_others_show() {
    let paper = paper(&Accepted::default());
    let page = numbers(&visible(&html(&paper).expect("a page")));
    let document = numbers(&visible(&part(&docx(&paper).expect("a document"), "word/document.xml")));
    assert!(page.len() > 100, "there are numbers to compare: {}", page.len());
    let only = |one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| -> Vec<String> {
        one.keys().filter(|number| !other.contains_key(*number)).cloned().collect()
    };
    assert_eq!(only(&page, &document), Vec::<String>::new(), "in the page alone");
    assert_eq!(only(&document, &page), Vec::<String>::new(), "in the document alone");
    // The workbook holds numbers, not texts: shown with their decimals they are those of the page.
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(xlsx(&paper).expect("a workbook"))).expect("readable");
    for block in &paper.blocks {
        let (tab, table) = match block {
            Block::Table(table) => (format!("Bảng {}", table.number), table),
            Block::Figure(figure) => (format!("Hình {}", figure.number), &figure.data),
            _ => continue,
        };
        let range = book.worksheet_range(&tab).expect("a sheet");
        for (place, row) in table.rows.iter().enumerate() {
            for (column, value) in row.iter().enumerate() {
                let cell = range.get_value((place as u32 + 3, column as u32)).unwrap_or(&Data::Empty);
                match value {
                    Value::Number(number, _) => {
                        assert_eq!(cell, &Data::Float(*number), "{tab} {place} {column}");
                        let shown = value.shown(Language::Vi).expect("a number");
                        assert!(page.contains_key(&shown), "{shown} of {tab}");
                    }
                    Value::Text(text) => assert_eq!(cell, &Data::String(text.clone())),
                    Value::Empty => assert_eq!(cell, &Data::Empty),
                }
            }
        }
        assert_eq!(book.worksheet_formula(&tab).expect("a sheet").used_cells().count(), 0);
    }
    let text = book.worksheet_range("Nội dung").expect("the text");
    let words: String = text.used_cells().map(|(.., cell)| cell.to_string()).collect::<Vec<_>>().join("\n");
    for sentence in paper.sentences() {
        assert!(words.contains(&sentence.text));
    }
}

#[test]
fn the_document_keeps_the_rules_of_the_decree() {
    let bytes = docx(&paper(&Accepted::default())).expect("a document");
    let document = part(&bytes, "word/document.xml");
    let millimetres = |name: &str| -> f64 {
        let at = document.find(&format!("w:{name}=\"")).expect(name) + name.len() + 4;
        let digits: String = document[at..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<f64>().expect("a number") * 25.4 / 1440.0
    };
    let margins = document.split("<w:pgMar").nth(1).expect("margins").to_owned();
    let margin = |name: &str| -> f64 {
        let at = margins.find(&format!("w:{name}=\"")).expect(name) + name.len() + 4;
        let digits: String = margins[at..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<f64>().expect("a number") * 25.4 / 1440.0
    };
    for (name, low, high) in [("top", 20.0, 25.0), ("bottom", 20.0, 25.0), ("left", 30.0, 35.0), ("right", 15.0, 20.0)]
    {
        assert!((low - 0.1..=high + 0.1).contains(&margin(name)), "{name}: {}", margin(name));
    }
    assert!(document.contains("w:w=\"11906\" w:h=\"16838\""), "A4: {}", millimetres("w"));
    assert!(document.contains("<w:titlePg/>"), "no number on the first page");
    let header = part(&bytes, "word/header1.xml");
    assert!(header.contains(" PAGE ") && header.contains("<w:jc w:val=\"center\"/>"));
    let styles = part(&bytes, "word/styles.xml");
    assert!(
        styles.contains("Times New Roman")
            && styles.contains("w:sz w:val=\"28\"")
            && styles.contains("w:lang w:val=\"vi-VN\"")
    );
    assert!(!document.contains("w:rFonts"), "one font throughout");
    for text in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "SỞ NỘI VỤ",
        "Nơi nhận:",
        "GIÁM ĐỐC",
        "Phụ lục I",
        "/BC-SNV",
    ] {
        assert!(document.contains(text), "{text}");
    }
    // Tables of numbers repeat their heads; the letterhead and the ending are no such tables.
    assert_eq!(document.matches("<w:tblHeader/>").count(), 2);
    let pictures = document.matches("<pic:pic>").count();
    assert_eq!(pictures, 1);
    let alt = document.split("descr=\"").nth(1).expect("alt text").split('"').next().expect("alt text");
    assert!(alt.chars().count() > 60, "{alt}");
    // Number, date and signature are blank.
    assert!(document.contains("Số:          /BC-SNV") && document.contains("ngày      tháng      năm"));
    assert_eq!(bytes, docx(&paper(&Accepted::default())).expect("again"), "the same bytes");
}

#[test]
fn a_paper_is_a_draft_until_each_sentence_is_accepted() {
    let draft = paper(&Accepted::default());
    assert!(draft.is_draft());
    let all = [html(&draft).expect("a page"), part(&docx(&draft).expect("a document"), "word/document.xml")];
    assert!(all.iter().all(|text| text.contains("DỰ THẢO – CHƯA ĐƯỢC CHẤP NHẬN")));
    let file = Accepted::to_toml(draft.sentences()).replace("accepted_by = \"\"", "accepted_by = \"Nguyễn Thị Đào\"");
    let accepted = paper(&Accepted::read(&file).expect("a file"));
    assert!(!accepted.is_draft());
    let all = [html(&accepted).expect("a page"), part(&docx(&accepted).expect("a document"), "word/document.xml")];
    assert!(all.iter().all(|text| !text.contains("DỰ THẢO") && !text.contains("chưa chấp nhận")));
}

#[test]
fn what_the_outline_asks_for_in_vain_is_told_at_once() {
    let text = OUTLINE
        .replace("id = \"scores\"", "id = \"nothing\"")
        .replace("{unit}", "{place}")
        .replace("id = \"p1\"", "id = \"p9\"");
    let sentences = Sentences::read(SENTENCES, None).expect("sentences");
    let outline = Outline::read(&text).expect("an outline");
    let problems = assemble(&outline, &sentences, &material(Language::Vi), &Accepted::default(), Language::Vi);
    let codes: Vec<&str> = problems.expect_err("three problems").iter().map(|one| one.code).collect();
    assert_eq!(codes, ["placeholder_unknown", "outline_unknown", "outline_unknown"]);
    let without = OUTLINE.replace("kind = \"method\"", "kind = \"text\"\ntext = \"x\"");
    assert_eq!(Outline::read(&without).expect_err("no method").0[0].code, "outline_method");
    assert_eq!(Outline::read("title = 1").expect_err("no outline").0[0].code, "outline_toml");
}

#[test]
fn the_shipped_outlines_can_be_read() {
    for preset in presets() {
        let outline = Outline::read(preset.text).unwrap_or_else(|problems| panic!("{}: {problems}", preset.name));
        assert!(!outline.blocks.is_empty());
    }
}

#[test]
fn hostile_words_stay_words() {
    let mut paper = paper(&Accepted::default());
    paper.blocks.push(Block::Text("</w:t><script>alert(1)</script>\u{0}\u{1b} & \"x\"".to_owned()));
    paper.head.body = "<b>SỞ</b>".to_owned();
    let page = html(&paper).expect("a page");
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    let document = part(&docx(&paper).expect("a document"), "word/document.xml");
    assert!(!document.contains("<script") && !document.contains('\u{1b}'));
}
