//! Workbooks as offices keep them: titles, merged cells, hidden rows, formulas, several sheets.

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use sampling::{Preset, SampleDesign, SamplingFrame};

use super::*;

const EXAMPLE: &str = include_str!("../../../sampling/frames/bac-giang-2019-example.csv");

fn design() -> SampleDesign {
    Preset::of_name("papi-3x2x2x20").unwrap().design().unwrap()
}

/// The first rows of the example frame as a sheet, below a title; numbers as numbers, codes as text.
fn write_example(sheet: &mut Worksheet, rows: usize) {
    sheet.write(0, 0, "DANH SÁCH THÔN, TỔ DÂN PHỐ").unwrap();
    let mut lines = EXAMPLE.lines();
    let headings: Vec<&str> = lines.next().unwrap().split(',').collect();
    let size = headings.iter().position(|heading| *heading == "households").unwrap();
    for (column, heading) in (0_u16..).zip(&headings) {
        let heading = if *heading == "households" { "Số\nhộ" } else { heading };
        sheet.write(2, column, heading).unwrap();
    }
    for (row, line) in (3_u32..).zip(lines.take(rows)) {
        for (column, cell) in line.split(',').enumerate() {
            let place = u16::try_from(column).unwrap();
            if column == size {
                sheet.write(row, place, cell.parse::<u32>().unwrap()).unwrap();
            } else {
                sheet.write(row, place, cell).unwrap();
            }
        }
    }
}

fn column(heading: &str) -> u16 {
    let place = EXAMPLE.lines().next().unwrap().split(',').position(|other| other == heading).unwrap();
    u16::try_from(place).unwrap()
}

fn reading() -> FrameReading {
    let mut reading = FrameReading::default();
    reading.map("households", "Số hộ").unwrap();
    reading
}

fn read_book(book: &mut Workbook, reading: &FrameReading) -> Result<SamplingFrame, Problems> {
    let bytes = book.save_to_buffer().unwrap();
    read_opened(&open(&bytes, reading)?, bytes.len(), &design(), reading)
}

fn codes(found: Result<SamplingFrame, Problems>) -> Vec<&'static str> {
    found.unwrap_err().iter().map(|problem| problem.code).collect()
}

#[test]
fn a_sheet_gives_the_same_frame_as_the_csv_file_it_was_made_from() {
    let mut book = Workbook::new();
    write_example(book.add_worksheet().set_name("Khung").unwrap(), 300);
    book.add_worksheet().set_name("Trống").unwrap();
    let frame = read_book(&mut book, &reading()).unwrap();
    let csv: String = EXAMPLE.lines().take(301).map(|line| format!("{line}\n")).collect();
    let same = SamplingFrame::read(csv.as_bytes(), &design()).unwrap();
    for level in ["province", "district", "commune", "village"] {
        let keys = |frame: &SamplingFrame| {
            frame.units(level).iter().map(|unit| (unit.key.clone(), unit.name.clone(), unit.parent)).collect::<Vec<_>>()
        };
        assert_eq!(keys(&frame), keys(&same), "{level}");
        assert_eq!(frame.sizes_of(level, "households"), same.sizes_of(level, "households"));
    }
    assert_eq!((frame.reading().sheet.as_deref(), frame.reading().header_row), (Some("Khung"), Some(3)));
    assert_eq!(frame.notes().len(), 1);
}

#[test]
fn of_several_sheets_one_must_be_named() {
    let mut book = Workbook::new();
    write_example(book.add_worksheet().set_name("Một").unwrap(), 5);
    write_example(book.add_worksheet().set_name("Hai").unwrap(), 7);
    assert_eq!(codes(read_book(&mut book, &reading())), ["frame_which_sheet"]);
    let named = |name: &str| FrameReading { sheet: Some(name.to_owned()), ..reading() };
    assert_eq!(read_book(&mut book, &named("Hai")).unwrap().units("village").len(), 7);
    assert_eq!(codes(read_book(&mut book, &named("Ba"))), ["frame_no_sheet"]);
    assert_eq!(read_book(&mut book, &named("Mo\u{302}\u{323}t")).unwrap().units("village").len(), 5, "NFD");
}

#[test]
fn merged_cells_are_refused_or_filled_as_asked() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_example(sheet, 6);
    let district = EXAMPLE.lines().nth(1).unwrap().split(',').nth(usize::from(column("district_code"))).unwrap();
    let place = column("district_code");
    sheet.merge_range(3, place, 8, place, district, &Format::new()).unwrap();
    let found = read_book(&mut book, &reading());
    assert_eq!(codes(found), ["frame_cell_merged"; 5], "the first row holds the content itself");
    let filled = FrameReading { fill_merged: true, ..reading() };
    assert_eq!(read_book(&mut book, &filled).unwrap().counts()[1], ("district", 1));
}

#[test]
fn hidden_rows_are_in_the_frame_and_told() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write_example(sheet, 6);
    sheet.set_row_hidden(5).unwrap();
    sheet.set_row_hidden(700).unwrap();
    let frame = read_book(&mut book, &reading()).unwrap();
    assert_eq!(frame.units("village").len(), 6);
    assert!(frame.notes()[1].vi.starts_with("1 dòng bị ẩn") && frame.notes()[1].vi.contains("dòng đầu tiên: 6"));
}

#[test]
fn formulas_count_with_their_value_and_failed_ones_dates_and_grouped_text_are_told() {
    let size = column("households");
    let book_with = |write: &dyn Fn(&mut Worksheet)| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        write_example(sheet, 3);
        write(sheet);
        read_book(&mut book, &reading())
    };
    let right = book_with(&|sheet| {
        sheet.write_formula(4, size, Formula::new("=100+23").set_result("123")).unwrap();
    });
    assert_eq!(right.unwrap().sizes_of("village", "households").unwrap()[1], 123);
    let found = codes(book_with(&|sheet| {
        sheet.write_formula(3, size, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write(4, size, "1.234").unwrap();
        let day = Format::new().set_num_format("dd/mm/yyyy");
        sheet.write_with_format(5, size, 45_000, &day).unwrap();
    }));
    assert_eq!(found, ["frame_cell_error", "frame_size_grouped", "frame_cell_date"]);
}

#[test]
fn files_that_are_no_workbooks_are_told() {
    for bytes in [&b"PK\x03\x04 not a workbook"[..], b"\xD0\xCF\x11\xE0 an old one"] {
        assert!(open(bytes, &FrameReading::default()).is_err());
    }
    let named = FrameReading { sheet: Some("Khung".to_owned()), ..FrameReading::default() };
    assert_eq!(open(b"a,b\n", &named).unwrap_err().0[0].code, "frame_no_sheet");
    assert_eq!(codes(read_book(&mut Workbook::new(), &reading())), ["frame_empty"]);
}

#[test]
fn arguments_and_a_mapping_file_say_the_same_and_all_slips_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.toml");
    std::fs::write(&path, "sheet = \"Khung\"\n[columns]\nhouseholds = \"Số hộ\"\n").unwrap();
    let from_file = ReadingArgs { mapping: Some(path), ..ReadingArgs::default() };
    let by_hand = ReadingArgs {
        map: vec!["households=Số hộ".to_owned()],
        sheet: Some("Khung".to_owned()),
        ..ReadingArgs::default()
    };
    assert_eq!(from_file.reading().unwrap(), by_hand.reading().unwrap());
    assert_eq!(ReadingArgs::default().reading().unwrap(), None);
    let wrong = ReadingArgs {
        map: vec!["households".to_owned(), "a=b".to_owned(), "a=c".to_owned()],
        header_row: Some(0),
        ..ReadingArgs::default()
    };
    let found: Vec<_> = wrong.reading().unwrap_err().iter().map(|problem| problem.code).collect();
    assert_eq!(found, ["frame_map_empty", "frame_map_twice", "frame_no_header"]);
}
