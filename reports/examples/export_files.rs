//! Writes one data set that is hard to export, and an empty one, in every format, with what other programs must read back:
//! `cargo run -p khaosat-reports --example export_files -- FOLDER`. `tools/check_exports.py` reads them.

#![expect(clippy::expect_used, reason = "files that cannot be made are not to be checked")]

use std::collections::BTreeMap;
use std::path::Path;

use estimation::table::{Cells, Column, MissingReason};
use problem::{Language, Words};
use reports::export::data::odata::{Feed, ODataQuery};
use reports::export::data::{
    Category, Cell, CellWords, CsvFlavour, DataFormat, DataOptions, DataSet, Group, Kind, Multiple, Origin, Variable,
    files, missing_mark,
};
use serde_json::{Value, json};

const N: usize = 60;

fn variable(name: &str, label: &str, group: Group, kind: Kind, column: Column) -> Variable {
    Variable {
        name: name.to_owned(),
        label: label.to_owned(),
        section: "Phần A › Thông tin chung".to_owned(),
        relevant: String::new(),
        kind,
        group,
        multiple: None,
        column,
    }
}

fn numbers(of: impl Fn(usize) -> f64, n: usize) -> Column {
    Column::numeric((0..n).map(of).collect())
}

fn texts(of: impl Fn(usize) -> Option<String>, n: usize) -> Column {
    Column::categorical(&(0..n).map(of).collect::<Vec<_>>())
}

/// Codes by row; every seventh, eighth, ninth and tenth row is missing for its reason.
fn coded(codes: &[&str], n: usize) -> Column {
    let mut missing_reasons = BTreeMap::new();
    let positions = (0..n).map(|row| {
        let reason = match row % 11 {
            7 => Some(MissingReason::DontKnow),
            8 => Some(MissingReason::Refused),
            9 => Some(MissingReason::NotApplicable),
            10 => Some(MissingReason::NotAnswered),
            _ => None,
        };
        missing_reasons.extend(reason.map(|reason| (row, reason)));
        if reason.is_some() { Cells::MISSING_CODE } else { (row % codes.len()) as u32 }
    });
    let cells = Cells::Categorical {
        codes: positions.collect(),
        labels: codes.iter().map(|code| (*code).to_owned()).collect(),
    };
    Column { cells, missing_reasons }
}

fn origin(form: &str) -> Origin {
    Origin {
        program: "khaosat 0.1.0".to_owned(),
        round: "bac-giang-2026".to_owned(),
        round_name: "Khảo sát hài lòng Bắc Giang 2026 – đợt thử".to_owned(),
        form_id: form.to_owned(),
        form_title: "Phiếu \"khó\" <&> 'xuất'".to_owned(),
        form_version: "2026-1".to_owned(),
        questionnaire_sha256: "ab".repeat(32),
        sample_sha256: "cd".repeat(32),
        filter: "rows=interviews identifying=no".to_owned(),
        exported_at: "2026-11-26T03:04:05Z".to_owned(),
        notes: vec![Words::new("Ghi chú có dấu; xuống\ndòng", "A note; over\nlines")],
    }
}

fn data_set(form: &str, n: usize) -> DataSet {
    let long_label =
        "Ông/Bà đánh giá thế nào về thái độ phục vụ của công chức tại bộ phận tiếp nhận và trả kết quả? ".repeat(6);
    let scale = || {
        Kind::Category(vec![
            Category::new("1", "Rất không hài lòng"),
            Category::new("2", "Không hài lòng"),
            Category::new("3", "Bình thường"),
            Category::new("4", "Hài lòng"),
            Category::new("5", "Rất hài lòng"),
        ])
    };
    let answer =
        |name: &str, label: &str, kind: Kind, column: Column| variable(name, label, Group::Answer, kind, column);
    let mut all = vec![
        variable(
            "case_id",
            "Mã hộ",
            Group::Identity,
            Kind::Text,
            texts(|row| Some(format!("24-213-07201-{row:03}")), n),
        ),
        variable("stratum", "Tầng", Group::Design, Kind::Text, texts(|row| Some(format!("tầng {}", row % 2)), n)),
        variable("psu", "PSU", Group::Design, Kind::Text, texts(|row| Some(format!("psu {}", row % 6)), n)),
        variable("fpc", "Tỷ lệ mẫu", Group::Design, Kind::Number, numbers(|_| 0.0, n)),
        variable("weight", "Trọng số", Group::Design, Kind::Number, numbers(|row| 100.0 / 3.0 + row as f64 / 7.0, n)),
        answer(
            "d301_muc_do_hai_long_ve_ket_qua_cung_ung_dich_vu",
            &long_label,
            scale(),
            coded(&["1", "2", "3", "4", "5"], n),
        ),
        answer(
            "d301_muc_do_hai_long_ve_ket_qua_cung_ung_dich_vu_cong",
            "Nhãn ngắn",
            scale(),
            coded(&["1", "2", "3", "4", "5"], n),
        ),
        answer(
            "D301_MUC_DO_HAI_LONG_VE_KET_QUA_CUNG_UNG_DICH_VU",
            "Chữ hoa",
            scale(),
            coded(&["1", "2", "3", "4", "5"], n),
        ),
        answer(
            "if",
            "Mã bằng chữ",
            Kind::Category(vec![
                Category::new("co", "Có"),
                Category::new("khong", "Không"),
                Category::new("-5", "Dài ".repeat(60).trim_end()),
            ]),
            coded(&["co", "khong", "-5"], n),
        ),
        answer(
            "ngay",
            "Ngày",
            Kind::Date,
            numbers(|row| if row % 5 == 4 { f64::NAN } else { -3000.0 + 700.0 * row as f64 }, n),
        ),
    ];
    let mut money = numbers(|row| if row % 6 == 5 { f64::NAN } else { row as f64 * 1234567.125 - 1e6 }, n);
    for row in (0..n).filter(|row| row % 6 == 5) {
        let reason = if row % 12 == 5 { MissingReason::DontKnow } else { MissingReason::Refused };
        money.missing_reasons.insert(row, reason);
    }
    all.push(answer("thu_nhap", "Thu nhập", Kind::Number, money));
    all.push(answer("so_nguyen", "Số nguyên lớn", Kind::Number, numbers(|row| row as f64 * 71_582_788.0 - 5.0, n)));
    all.push(answer("nho", "Số nhỏ", Kind::Number, numbers(|row| (row as f64 - 30.0) / 1e12, n)));
    let hard = |row: usize| match row % 10 {
        0 => Some("=HYPERLINK(\"http://x\",\"y\")".to_owned()),
        1 => Some("+1-2".to_owned()),
        2 => Some("@SUM(A1)".to_owned()),
        3 => Some("dấu \"ngoặc\", phẩy; chấm phẩy".to_owned()),
        4 => Some("hai\ndòng".to_owned()),
        5 => Some("Đặng Thị Ước ≥ 5 𝄞".to_owned()),
        6 => Some("-888 là mã".to_owned()),
        7 => Some("'nháy đầu".to_owned()),
        8 => Some(String::new()),
        _ => None,
    };
    all.push(answer("van_ban", "Văn bản", Kind::Text, texts(hard, n)));
    let long = |row: usize| match row {
        0 => Some("Ư".repeat(16_000)),
        1 => Some("a".repeat(256)),
        2 => Some("b".repeat(255 * 3 + 7)),
        3 => Some("Ngắn".to_owned()),
        _ => None,
    };
    all.push(answer("van_ban_dai", "Văn bản dài 32 nghìn byte", Kind::Text, texts(long, n)));
    all.push(answer(
        "van_ban_qua_dai",
        "Văn bản quá dài",
        Kind::Text,
        texts(|row| (row == 0).then(|| "ọ".repeat(40_000)), n),
    ));
    for (place, (code, label)) in [("1", "Ti vi"), ("2", "Xe máy"), ("3", "Điện thoại")].into_iter().enumerate() {
        let mut chosen = answer(
            &format!("tai_san/{code}"),
            &format!("{label} – Hộ có gì?"),
            Kind::Category(vec![Category::new("0", "Không chọn"), Category::new("1", "Chọn")]),
            coded(&["0", "1"], n),
        );
        if let Cells::Categorical { codes, .. } = &mut chosen.column.cells {
            for (row, code) in codes.iter_mut().enumerate().filter(|(_, code)| **code != Cells::MISSING_CODE) {
                *code = ((row >> place) % 2) as u32;
            }
        }
        chosen.multiple = Some(Multiple {
            question: "tai_san".to_owned(),
            label: "Hộ có gì?".to_owned(),
            choice: Category::new(code, label),
        });
        all.push(chosen);
    }
    DataSet::new(origin(form), Language::Vi, n, all).expect("a data set")
}

/// A table of a repeat: answers of the same kinds, linked to the interviews.
fn repeat(form: &str, n: usize) -> DataSet {
    let text = |name: &str, of: fn(usize) -> String| {
        variable(name, name, Group::Identity, Kind::Text, texts(|row| Some(of(row)), n))
    };
    let link = |row: usize| format!("24-213-07201-{:03}", row / 2);
    let whole = data_set(form, n);
    let mut all = vec![
        text("key", move |row| format!("24-213-07201-{:03}/thanh_vien[{}]", row / 2, row % 2 + 1)),
        text("parent_key", link),
        variable("turn", "Lượt", Group::Identity, Kind::Number, numbers(|row| (row % 2 + 1) as f64, n)),
        variable("weight", "Trọng số", Group::Design, Kind::Number, numbers(|row| row as f64 / 7.0, n)),
    ];
    all.extend(whole.variables().iter().filter(|one| one.group == Group::Answer).cloned());
    DataSet::new(origin(form), Language::Vi, n, all).expect("a data set")
}

/// What another program must find: every cell by its column.
fn truth(data: &DataSet) -> Value {
    let stata = reports::export::data::names::stata(data.variables().iter().map(|one| one.name.as_str()));
    let spss = reports::export::data::names::spss(data.variables().iter().map(|one| one.name.as_str()));
    let columns: Vec<Value> = data
        .variables()
        .iter()
        .zip(stata.iter().zip(spss))
        .map(|(variable, (stata, spss))| {
            let numbers = variable.category_numbers();
            let cells: Vec<Value> = (0..data.n_rows())
                .map(|row| match variable.cell(row) {
                    Cell::Number(number) => json!(number),
                    Cell::Text(text) => json!(text),
                    Cell::Category(position) => json!(numbers[position]),
                    Cell::Missing(reason) => json!({ "missing": missing_mark(reason).map(|mark| mark.code) }),
                })
                .collect();
            let kind = match variable.kind {
                Kind::Number => "number",
                Kind::Category(_) => "category",
                Kind::Text => "text",
                Kind::Date => "date",
            };
            let categories: Vec<Value> = variable
                .categories()
                .iter()
                .zip(&numbers)
                .map(|(category, number)| json!({ "code": category.code, "number": number, "label": category.label }))
                .collect();
            json!({
                "name": variable.name, "stata": stata, "spss": spss, "label": variable.label, "kind": kind,
                "answer": variable.group == Group::Answer, "categories": categories, "cells": cells,
            })
        })
        .collect();
    json!({ "table": data.table(), "n_rows": data.n_rows(), "sha256": data.sha256(), "columns": columns })
}

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).expect("the folder");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.join(name), bytes).expect("written");
    let with_repeats = |form: &str, n: usize| {
        let repeats = vec![
            ("thanh_vien".to_owned(), repeat(form, 2 * n)),
            ("Sổ mã".to_owned(), repeat(form, n)),
            ("thanh_vien_cua_ho_gia_dinh_co_ten_dai".to_owned(), repeat(form, 0)),
        ];
        data_set(form, n).with_repeats(repeats)
    };
    for (stem, data) in [("hard", with_repeats("kho", N)), ("empty", data_set("trong", 0))] {
        let truths: Vec<Value> = data.repeats().iter().map(truth).collect();
        let mut whole = truth(&data);
        whole["repeats"] = json!(truths);
        write(&format!("{stem}.truth.json"), whole.to_string().as_bytes());
        for format in DataFormat::ALL {
            for file in files(&data, format, DataOptions::default()).expect("exported") {
                write(&format!("{stem}{}", file.ending), &file.bytes);
            }
        }
        let excel =
            DataOptions { words: CellWords::Labels, flavour: CsvFlavour::Excel, joined: true, blank_missing: false };
        for (format, ending) in [(DataFormat::Csv, ".csv"), (DataFormat::Xlsx, ".xlsx")] {
            let made = files(&data, format, excel).expect("exported");
            write(&format!("{stem}-excel{ending}"), &made[0].bytes);
        }
        let feed = Feed::new(&[&data]);
        write(&format!("{stem}.metadata.xml"), feed.metadata().as_bytes());
        let query = ODataQuery { count: true, ..ODataQuery::default() };
        let set = data.origin.form_id.clone();
        let page = feed.page("http://127.0.0.1/odata/", &set, &query).expect("a set").expect("a page");
        write(&format!("{stem}.odata.json"), page.to_string().as_bytes());
    }
}
