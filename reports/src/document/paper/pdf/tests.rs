//! What stands on the pages, before it is bytes; and that the bytes keep PDF/UA-1.

use problem::Language;

use super::super::model::{Align, Block, Letterhead, Origin, Paper, Sentence, Table, TableColumn, Value};
use super::super::{figure_of, html};
use super::pages::{BOTTOM, LEFT, Mark, PAGE, Pages, TOP};
use super::{layout, pdf};
use crate::chart::build::{Look, examples, p1_dimensions};

fn table(n_rows: usize, words: &str) -> Table {
    let column = |heading: &str, width, align| TableColumn::new(heading, width, align);
    Table {
        id: "scores".to_owned(),
        number: 1,
        caption: "Điểm theo nội dung".to_owned(),
        columns: vec![
            column("Nội dung", 40.0, Align::Left),
            column("Điểm", 1.0, Align::Right),
            column("Ghi chú", 20.0, Align::Centre),
        ],
        rows: (0..n_rows)
            .map(|row| {
                vec![Value::text(format!("{words} {row}")), Value::Number(1_234.5 + row as f64, 2), Value::Empty]
            })
            .collect(),
        note: "Nguồn: 0123abcd.".to_owned(),
    }
}

fn paper(blocks: Vec<Block>) -> Paper {
    let head = Letterhead {
        parent: "UBND TỈNH".into(),
        body: "SỞ NỘI VỤ".into(),
        symbol: "BC-SNV".into(),
        place: "Bắc Giang".into(),
    };
    Paper {
        language: Language::Vi,
        head,
        title: "BÁO CÁO".to_owned(),
        subject: "Kết quả khảo sát năm 2024".to_owned(),
        blocks,
        recipients: vec!["Như trên;".to_owned(), "Lưu: VT.".to_owned()],
        signer: "GIÁM ĐỐC".to_owned(),
        one_page: false,
        watermark: "SỐ LIỆU TẠM TÍNH".to_owned(),
    }
}

fn whole() -> Paper {
    let spec = p1_dimensions(&examples::bac_giang_2019(), Look::default()).expect("a figure");
    let sentence = Sentence {
        template: "a".to_owned(),
        slot: "vi/a".to_owned(),
        text: "Tỷ lệ hài lòng chung được ước lượng ở mức 82,14% (khoảng tin cậy 95%: 75,03–89,25; n = 1.234 người trả lời).".to_owned(),
        key: "0".to_owned(),
        accepted_by: None,
        origin: Origin::Template,
    };
    paper(vec![
        Block::Heading(1, "I. KẾT QUẢ".to_owned()),
        Block::Sentence(sentence),
        Block::Figure(figure_of(&spec).expect("drawn").numbered("p1", 1)),
        Block::Text("Một đoạn văn. ".repeat(120)),
        Block::Heading(3, "a) Nhỏ".to_owned()),
        Block::Prompt("(Cơ quan viết)".to_owned()),
        Block::Table(table(80, "Nội dung dài của dòng số")),
        Block::Ending,
        Block::Appendix("I".to_owned(), "PHƯƠNG PHÁP".to_owned()),
        Block::Text("Khoảng tin cậy 95%.".to_owned()),
    ])
}

fn pages(paper: &Paper) -> Pages {
    layout::laid_out(paper).expect("laid out").0
}

/// The words of a page, in the order in which they were set.
fn words(page: &[Mark]) -> String {
    let text = |mark: &Mark| match mark {
        Mark::Text { run, .. } => Some(run.text.clone()),
        _ => None,
    };
    page.iter().filter_map(text).collect::<Vec<_>>().join(" ")
}

fn numbers(text: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_ascii_digit() || ",.−".contains(letter);
    let words = text.split(|letter: char| !is_part(letter)).map(|word| word.trim_matches([',', '.']).to_owned());
    words.filter(|word| word.chars().filter(char::is_ascii_digit).count() > 1).collect()
}

#[test]
fn every_number_of_the_html_is_on_the_pages() {
    let paper = whole();
    let pages = pages(&paper);
    let all: Vec<String> = numbers(&pages.pages.iter().map(|page| words(page)).collect::<Vec<_>>().join(" "));
    let page = html(&paper).expect("a page");
    let body = &page[page.find("<main>").expect("main")..];
    // Without the drawing, whose letters are its own.
    let mut visible = String::new();
    for (place, part) in body.split("<svg").enumerate() {
        visible.push_str(if place == 0 { part } else { part.split_once("</svg>").map_or("", |(_, rest)| rest) });
    }
    let plain: String = visible
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect::<Vec<_>>()
        .join(" ");
    let wanted = numbers(&plain);
    assert!(wanted.len() > 90, "{}", wanted.len());
    let lost: Vec<&String> = wanted.iter().filter(|number| !all.contains(number)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn heads_come_again_and_nothing_leaves_the_page() {
    let pages = pages(&whole());
    assert!(pages.pages.len() >= 5, "{} pages", pages.pages.len());
    for (number, page) in pages.pages.iter().enumerate() {
        assert!(matches!(&page[0], Mark::Watermark { text } if text == "SỐ LIỆU TẠM TÍNH"));
        let numbered =
            page.iter().any(|mark| matches!(mark, Mark::PageNumber { text } if *text == (number + 1).to_string()));
        assert_eq!(numbered, number > 0, "page {}", number + 1);
        for mark in page {
            let (left, right, top, bottom) = match mark {
                Mark::Text { x, y, points, run, widened } => {
                    let spaces = run.text.matches(' ').count() as f64;
                    (*x, *x + super::width(&run.text, *points, run.face) + spaces * widened, *y - points, *y)
                }
                Mark::Picture { x, y, width, height, .. } => (*x, *x + width, *y, *y + height),
                Mark::Rule { from, to, .. } => (from.0.min(to.0), from.0.max(to.0), from.1.min(to.1), from.1.max(to.1)),
                Mark::PageNumber { .. } | Mark::Watermark { .. } => continue,
            };
            assert!(left >= LEFT - 8.0 && right <= PAGE.0 - 50.0, "{mark:?}");
            assert!(top >= TOP - 15.0 && bottom <= BOTTOM + 1.0, "{mark:?}");
        }
    }
    let rows = pages.pages.iter().filter(|page| words(page).contains("Nội dung dài của dòng số"));
    let mut n = 0;
    for page in rows {
        assert!(words(page).contains("Ghi chú"), "the head stands over every part of the table");
        n += 1;
    }
    assert!(n >= 2, "{n} pages of the table");
    // The repetition is not read aloud again: one head in the tree.
    let heads = pages.nodes.iter().filter(|node| node.role == super::pages::Role::Head).count();
    assert_eq!(heads, 2, "that of the table and that of the figure's data");
}

#[test]
fn a_row_higher_than_a_page_goes_on_and_a_heading_never_stands_alone() {
    let mut long = table(1, "");
    long.rows[0][0] = Value::text("chữ ".repeat(4_000));
    let all = pages(&paper(vec![Block::Table(long)]));
    let n_words: usize = all.pages.iter().map(|page| words(page).matches("chữ").count()).sum();
    assert_eq!(n_words, 4_000);
    assert!(all.pages.len() > 3);
    for n in 20..60 {
        let mut blocks: Vec<Block> = (0..n).map(|_| Block::Text("Một dòng.".to_owned())).collect();
        blocks.push(Block::Heading(1, "II. ĐẦU MỤC".to_owned()));
        blocks.push(Block::Text("Dưới đầu mục.".to_owned()));
        let all = pages(&paper(blocks));
        let of = |text: &str| all.pages.iter().position(|page| words(page).contains(text));
        assert_eq!(of("II. ĐẦU MỤC"), of("Dưới đầu mục."), "{n}");
    }
}

#[test]
fn the_file_keeps_pdf_ua_and_is_the_same_each_time() {
    let paper = whole();
    let bytes = pdf(&paper).expect("PDF/UA-1");
    assert!(bytes == pdf(&paper).expect("again"));
    let text = String::from_utf8_lossy(&bytes);
    for part in ["%PDF-1.7", "/StructTreeRoot", "/Lang", "/ToUnicode", "pdfuaid:part", "/Outlines"] {
        assert!(text.contains(part), "{part}");
    }
    let english = Paper { language: Language::En, watermark: String::new(), ..paper };
    assert!(pdf(&english).is_ok());
    // Bare papers, too: no recipients, no blocks.
    let bare = Paper { recipients: Vec::new(), blocks: Vec::new(), one_page: true, ..english };
    assert!(pdf(&bare).is_ok());
}

#[test]
fn a_character_without_a_glyph_is_named() {
    let problems = pdf(&paper(vec![Block::Text("Tốt 🙂".to_owned())])).expect_err("no such letter");
    assert_eq!(problems.0[0].code, "paper_pdf_glyph");
    assert!(problems.0[0].got.as_ref().is_some_and(|got| got.vi.contains("U+1F642")));
    // Letters with their marks apart are composed.
    assert!(pdf(&paper(vec![Block::Text("Bắc Giang".to_owned())])).is_ok());
}
