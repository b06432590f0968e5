//! How long a provincial report takes in each rendering, and how large it is:
//! `cargo bench --profile dev --workspace --bench papers` (the dev profile builds this crate and the renderer optimised).

#![expect(clippy::expect_used, reason = "a measurement that cannot run must stop")]

use std::collections::BTreeMap;
use std::time::Instant;

use problem::Language;
use reports::chart::build::Look;
use reports::chart::{Figure, from_json};
use reports::document::paper::{
    Accepted, Align, Material, Outline, OutlineBlock, Paper, SENTENCES, Sentences, Table, TableColumn, Value, assemble,
    docx, figure_of, html, pdf, xlsx,
};

/// Of so many runs the fastest counts: the rest is the machine's other work.
const N_RUNS: usize = 5;
const FIGURES: [Figure; 8] =
    [Figure::P1, Figure::P2, Figure::P3, Figure::P6, Figure::P8, Figure::S1, Figure::F2, Figure::F3];

/// A paper to bytes.
type Rendering = fn(&Paper) -> Vec<u8>;

fn main() {
    let began = Instant::now();
    let paper = paper();
    println!(
        "a report of {} blocks, drawn and put together in {:.0} ms",
        paper.blocks.len(),
        began.elapsed().as_secs_f64() * 1e3
    );
    let renderings: [(&str, Rendering); 4] = [
        ("docx", |paper| docx(paper).expect("written")),
        ("pdf", |paper| pdf(paper).expect("written")),
        ("html", |paper| html(paper).expect("written").into_bytes()),
        ("xlsx", |paper| xlsx(paper).expect("written")),
    ];
    for (name, rendering) in renderings {
        let (mut best, mut n_bytes) = (f64::INFINITY, 0);
        for _ in 0..N_RUNS {
            let began = Instant::now();
            let made = rendering(&paper);
            best = best.min(began.elapsed().as_secs_f64());
            n_bytes = made.len();
        }
        println!("{name:5} {best:6.3} s {:6.0} kB", n_bytes as f64 / 1e3);
    }
}

/// As large as the report of a province: eight figures, forty sentences, the scores of a PAPI tree, its indicators, 22 tasks.
fn paper() -> Paper {
    let mut material = Material::default();
    let mut blocks = Vec::new();
    for figure in FIGURES {
        let path = format!("{}/examples/{}.json", env!("CARGO_MANIFEST_DIR"), figure.code());
        let bytes = std::fs::read(&path).expect("an example");
        let spec = from_json(figure, &bytes, None, Look::default()).expect("a figure").fitted();
        let id = figure.code().to_owned();
        material.figures.insert(id.clone(), figure_of(&spec).expect("drawn"));
        blocks.push(OutlineBlock::Figure { id });
    }
    let fields: BTreeMap<String, String> = [
        ("name", "Tham gia của người dân ở cấp cơ sở"),
        ("value", "5,58"),
        ("range", "5,30–5,86"),
        ("level", "95%"),
        ("n", "1.234"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    material.sentences.insert("parts".to_owned(), vec![("part".to_owned(), fields); 40]);
    blocks.push(OutlineBlock::Sentences { id: "parts".to_owned() });
    for (id, n_rows) in [("scores", 38), ("indicators", 127), ("tasks", 22), ("questionnaire", 180)] {
        material.tables.insert(id.to_owned(), table(n_rows));
        blocks.push(OutlineBlock::Table { id: id.to_owned() });
    }
    material.method =
        vec!["Khoảng tin cậy 95%; phương pháp tuyến tính hoá Taylor, 12 bậc tự do.".to_owned(); 6];
    blocks.push(OutlineBlock::Method {});
    let outline =
        Outline {
            title: "BÁO CÁO".to_owned(), subject: "Kết quả khảo sát".to_owned(), blocks, ..Outline::default()
        };
    let sentences = Sentences::read(SENTENCES, None).expect("sentences");
    assemble(&outline, &sentences, &material, &Accepted::default(), Language::Vi).expect("a paper")
}

fn table(n_rows: usize) -> Table {
    let rows = (0..n_rows).map(|row| {
        let value = 1.0 + (row * 7_919 % 800) as f64 / 100.0;
        vec![
            Value::text(format!("{}.{}", row / 9 + 1, row % 9 + 1)),
            Value::text("Mức độ hài lòng của người dân về dịch vụ hành chính công ở cấp xã, phường"),
            Value::Number(value, 2),
            Value::Number(value - 0.31, 2),
            Value::Number(value + 0.29, 2),
            Value::Number((row * 31 % 1_200) as f64, 0),
        ]
    });
    let column = |heading: &str, width, align| TableColumn::new(heading, width, align);
    Table {
        caption: "Điểm theo nội dung".to_owned(),
        columns: vec![
            column("Mã", 8.0, Align::Left),
            column("Nội dung", 40.0, Align::Left),
            column("Điểm", 10.0, Align::Right),
            column("Cận dưới", 10.0, Align::Right),
            column("Cận trên", 10.0, Align::Right),
            column("n", 8.0, Align::Right),
        ],
        rows: rows.collect(),
        note: "Nguồn: khảo sát, mã số liệu 0123abcd.".to_owned(),
        ..Table::default()
    }
}
