//! The workbook is complete, the same every time, and cannot be changed unnoticed.

use reports::document::xlsx::{Cell, Workbook};
use sampling::{Preset, SampleDesign, SamplingFrame, draw};

use super::*;

const FRAME: &[u8] = include_bytes!("../../../sampling/frames/bac-giang-2019-example.csv");

fn drawn() -> (SamplingFrame, SampleDesign, Sample) {
    let design = Preset::of_name("papi-3x2x2x20").unwrap().design().unwrap();
    let frame = SamplingFrame::read(FRAME, &design).unwrap();
    let sample = draw(&frame, &design, 20_241).unwrap();
    (frame, design, sample)
}

#[test]
fn the_workbook_has_the_whole_list_a_form_for_each_village_and_the_provenance() {
    let (_, _, sample) = drawn();
    let book = workbook(&sample);
    assert_eq!(book.sheets.len(), 14);
    assert_eq!(book.sheets[0].rows.len(), 360);
    assert_eq!(
        book.sheets[0].columns.iter().map(|column| column.heading.clone()).collect::<Vec<_>>(),
        sample.table().headings
    );
    assert_eq!(book.sheets[13].name, PROVENANCE_SHEET);
    let form = &book.sheets[1];
    assert_eq!(form.name, "0720710 Tổ dân phố 10");
    assert!(
        form.above[0].starts_with("thôn: Tổ dân phố 10 (0720710); xã: Phường Ngô Quyền (07207); huyện: "),
        "{:?}",
        form.above
    );
    let legend = form.above[2].strip_prefix("Kết quả ghi bằng mã: ").unwrap();
    for entry in legend.split("; ") {
        let (code, words) = entry.split_once(' ').unwrap();
        assert!(crate::fieldwork::disposition::outcome(code).is_some() && !words.is_empty(), "{entry}");
    }
    assert_eq!(legend.split("; ").count(), 8);
    assert_eq!(form.rows.len(), 30);
    assert_eq!(form.rows[0][..3], [Cell::Number(1.0), Cell::Number(180.0), Cell::text("Chính")]);
    assert_eq!(form.rows[29][2], Cell::text("Dự phòng"));
    assert_eq!(form.rows[0].len(), 13);
    // The person to ask is written out for every size of the household.
    let number = sample.units[0].respondent_number.expect("a number");
    let Cell::Text(whom) = &form.rows[0][3] else { panic!("{:?}", form.rows[0]) };
    assert!(whom.starts_with(&format!("2→{}  3→{}", number.member(2).unwrap(), number.member(3).unwrap())), "{whom}");
    assert!(form.above.last().is_some_and(|line| line.starts_with("Người trả lời:")));
}

#[test]
fn the_same_sample_gives_the_same_bytes_and_they_verify() {
    let (frame, design, sample) = drawn();
    let bytes = to_xlsx(&sample).unwrap();
    assert_eq!(bytes, to_xlsx(&sample).unwrap());
    let verification = verify_xlsx(&frame, &design, &bytes).unwrap();
    assert_eq!((verification.n_main, verification.n_reserve), (240, 120));
    assert_eq!(verification.sample, sample);
}

/// The problems of a workbook that was changed before it was written.
fn told(change: impl FnOnce(&mut Workbook)) -> Vec<(&'static str, String)> {
    let (frame, design, sample) = drawn();
    let mut book = workbook(&sample);
    change(&mut book);
    let bytes = book.to_xlsx().unwrap();
    match verify_xlsx(&frame, &design, &bytes) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|problem| (problem.code, problem.to_string())).collect(),
    }
}

#[test]
fn what_the_field_fills_in_is_left_alone() {
    assert_eq!(told(|book| book.sheets[3].rows[4][5] = Cell::text("12/4, 8 giờ")), []);
}

#[test]
fn a_changed_cell_of_any_sheet_is_found_and_named() {
    let list = told(|book| book.sheets[0].rows[7][9] = Cell::Number(999.0));
    assert_eq!(list[0].0, "sample_cell_changed");
    assert!(list[0].1.contains("sheet Danh sách, row 9"), "{}", list[0].1);

    let form = told(|book| book.sheets[2].rows[0][1] = Cell::Number(77.0));
    assert_eq!(form.len(), 1);
    assert!(form[0].1.contains("row 8, column Số hộ") && form[0].1.contains("got 77"), "{}", form[0].1);

    let heading = told(|book| book.sheets[2].above[0].push('!'));
    assert_eq!(heading.len(), 1);

    let extra = told(|book| {
        let row = book.sheets[2].rows[0].clone();
        book.sheets[2].rows.push(row);
    });
    assert_eq!(extra.len(), 4, "a household slipped in below the list: {extra:?}");

    let seed = told(|book| book.sheets[13].rows[3][1] = Cell::text("20242"));
    assert_eq!(seed.len(), 1);
    assert!(seed[0].1.contains("sheet Nguồn gốc, row 5, column Giá trị"), "{}", seed[0].1);
}

#[test]
fn missing_and_added_sheets_and_other_files_are_told() {
    let missing = told(|book| drop(book.sheets.remove(4)));
    assert_eq!(missing.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["sample_sheet_missing"]);
    let added = told(|book| {
        let mut sheet = book.sheets[4].clone();
        sheet.name = "thêm".to_owned();
        book.sheets.push(sheet);
    });
    assert_eq!(added.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["sample_sheet_added"]);
    let (frame, design, _) = drawn();
    let problems = verify_xlsx(&frame, &design, b"PK not a workbook").unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, "sample_not_a_workbook");
}
