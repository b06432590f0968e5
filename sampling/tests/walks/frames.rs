//! Frames: what is accepted, what is told.

use std::collections::BTreeMap;

use sampling::{CellFault, Certificate, FrameFile, FrameReading, SamplingFrame, SheetCells, draw};

use crate::{SMALL_FRAME, example, preset, small_design, small_frame, told};

fn problems_of(text: &str) -> (Vec<&'static str>, String) {
    told(&SamplingFrame::read(text.as_bytes(), &small_design()).expect_err("a wrong frame"))
}

const HEADER: &str = "region,region_name,cluster,cluster_name,households\n";

#[test]
fn the_example_frame_has_the_published_totals_of_bac_giang() {
    let (frame, _) = example();
    assert_eq!(frame.counts(), [("province", 1), ("district", 10), ("commune", 209), ("village", 2095)]);
    // Population and Housing Census of 1 April 2019: 478,834 households.
    assert_eq!(frame.totals(), [("households", 478_834)]);
    let by_population = preset("papi-2011-small");
    let frame = SamplingFrame::read(crate::BAC_GIANG, &by_population).unwrap();
    assert_eq!(frame.totals(), [("population", 1_803_950), ("households", 478_834)]);
}

#[test]
fn separators_line_ends_and_a_byte_order_mark_make_no_difference() {
    let plain = small_frame(SMALL_FRAME);
    for text in [
        format!("\u{feff}{SMALL_FRAME}"),
        SMALL_FRAME.replace('\n', "\r\n"),
        SMALL_FRAME.replace(',', ";"),
        SMALL_FRAME.replace(',', "\t"),
        format!("{SMALL_FRAME}\n\n,,,,\n"),
        SMALL_FRAME.trim_end().to_owned(),
    ] {
        let other = small_frame(&text);
        assert_eq!(plain.units("cluster"), other.units("cluster"), "{text:?}");
        assert_eq!(plain.totals(), other.totals());
    }
}

#[test]
fn a_name_typed_on_another_system_is_the_same_unit() {
    let frame = small_frame(&SMALL_FRAME.replace("Cô", "Co\u{302}"));
    assert_eq!(frame.units("cluster")[2].name, "Cô");
}

#[test]
fn every_wrong_size_is_told_with_row_and_column() {
    let rows = ["", "-3", "0", "12.5", "NaN", "abc", "1.234,5", "99999999999999"];
    let text: String = rows.iter().enumerate().map(|(k, size)| format!("N,North,{k},An,\"{size}\"\n")).collect();
    let (codes, told) = problems_of(&format!("{HEADER}{text}"));
    assert_eq!(
        codes,
        [
            "frame_missing_size",
            "frame_negative_size",
            "frame_zero_size",
            "frame_size_not_whole",
            "frame_size_not_a_number",
            "frame_size_not_a_number",
            "frame_size_not_a_number",
            "frame_absurd_size"
        ]
    );
    assert!(told.contains("row 2, column households: the size is missing"), "{told}");
    assert!(told.contains("row 9, column households: the size is absurdly large"), "{told}");
}

#[test]
fn duplicates_orphans_and_differing_names_are_told_all_at_once() {
    let (codes, told) = problems_of(&format!(
        "{HEADER}N,North,1,An,10\nN,North,1,An,10\n,North,2,Ba,10\nN,Nord,3,Cô,10\nN,North,,Du,10\nN,North,5,,10\n"
    ));
    assert_eq!(
        codes,
        ["frame_duplicate_code", "frame_orphan", "frame_name_differs", "frame_missing_code", "frame_missing_name"]
    );
    assert!(
        told.contains(
            "row 3, column cluster: the unit stands twice in the frame (expected one row for 1, got 1 also in row 2)"
        ),
        "{told}"
    );
    assert!(
        told.contains("row 5, column region_name: differs from row 2 of the same unit (expected North, got Nord)"),
        "{told}"
    );
}

#[test]
fn rows_are_numbered_as_a_person_sees_them_even_after_blank_lines_and_long_cells() {
    let (_, told) = problems_of(&format!("{HEADER}\nN,North,1,\"An\nBình\",10\n\r\n\nN,North,2,Ba,x\n"));
    assert!(told.contains("row 7, column households"), "{told}");
}

#[test]
fn ragged_rows_missing_and_doubled_columns_are_told() {
    let (codes, told) = problems_of(&format!("{HEADER}N,North,1,An\nN,North,2,Ba,10,10\n"));
    assert_eq!(codes, ["frame_ragged_row", "frame_ragged_row"]);
    assert!(told.contains("row 2: the row has not as many cells as the header (expected 5, got 4)"), "{told}");
    let (codes, told) = problems_of("region,cluster,cluster_name\nN,1,An\n");
    assert_eq!(codes, ["frame_missing_column", "frame_missing_column"]);
    assert!(told.contains("column households"), "{told}");
    let (codes, _) = problems_of("region,region_name,cluster,cluster_name,households,households\nN,North,1,An,1,1\n");
    assert_eq!(codes, ["frame_column_twice"]);
}

#[test]
fn empty_and_foreign_files_are_told() {
    for (text, code) in [("", "frame_empty"), ("\u{feff} \n", "frame_empty"), (HEADER, "frame_empty")] {
        assert_eq!(problems_of(text).0, [code], "{text:?}");
    }
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("a;b".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let latin = [HEADER.as_bytes(), b"N,North,1,C\xF4,10\n"].concat();
    for bytes in [utf16, latin] {
        let problems = SamplingFrame::read(&bytes, &small_design()).expect_err("not UTF-8");
        assert_eq!(told(&problems).0, ["frame_not_utf8"]);
    }
}

#[test]
fn flags_are_zero_or_one_and_the_same_in_all_rows_of_a_unit() {
    let text = std::str::from_utf8(crate::BAC_GIANG).unwrap();
    let design = preset("papi-3x2x2x20");
    let mut rows: Vec<String> = text.lines().take(4).map(str::to_owned).collect();
    rows[2] = rows[2].replace(",1,0,0,", ",yes,0,0,");
    rows[3] = rows[3].replace(",1,0,1,", ",0,0,1,");
    let problems = SamplingFrame::read(rows.join("\n").as_bytes(), &design).expect_err("wrong flags");
    let (codes, told) = told(&problems);
    assert_eq!(codes, ["frame_bad_flag", "frame_flag_differs"]);
    assert!(told.contains("row 3, column district_capital: a flag is 0 or 1 (expected 0, 1, got yes)"), "{told}");
}

#[test]
fn a_code_that_is_unique_in_the_frame_may_not_stand_under_two_parents() {
    let text = std::str::from_utf8(crate::BAC_GIANG).unwrap();
    let moved =
        text.replacen("24,Tỉnh Bắc Giang,215,Huyện Yên Thế,07246", "24,Tỉnh Bắc Giang,215,Huyện Yên Thế,07201", 1);
    let problems =
        SamplingFrame::read(moved.as_bytes(), &preset("papi-3x2x2x20")).expect_err("one code, two districts");
    assert!(told(&problems).0.contains(&"frame_duplicate_code"), "{problems}");
}

#[test]
fn headings_are_read_without_a_design() {
    let file = FrameFile::csv(b"\xEF\xBB\xBFa;b\r\n1;2").unwrap();
    assert_eq!(file.possible_headers()[0], (1, vec!["a".to_owned(), "b".to_owned()]));
}

/// A frame of a province as an office keeps it: a title on top, its own headings.
const OFFICE_FRAME: &str =
    "DANH SÁCH THÔN;;;;\n;;;;\nVùng;Tên vùng;Mã  thôn;Tên thôn;\"Số\nhộ\"\nN;North;1;An;10\nN;North;2;Ba;20\n";

fn office_reading() -> FrameReading {
    let mut reading = FrameReading::default();
    for (design, file) in [
        ("region", "Vùng"),
        ("region_name", "Tên vùng"),
        ("cluster", "Mã thôn"),
        ("cluster_name", "Te\u{302}n thôn"),
        ("households", "Số hộ"),
    ] {
        reading.map(design, file).unwrap();
    }
    reading
}

fn read_as(text: &str, reading: &FrameReading) -> Result<SamplingFrame, problem::Problems> {
    SamplingFrame::of_file(&FrameFile::csv(text.as_bytes()).unwrap(), &small_design(), reading, &mut |_| {})
}

#[test]
fn an_offices_own_headings_below_a_title_are_read_by_a_mapping() {
    let frame = read_as(OFFICE_FRAME, &office_reading()).unwrap();
    assert_eq!(frame.counts(), [("region", 1), ("cluster", 2)]);
    assert_eq!(frame.totals(), [("households", 30)]);
    assert_eq!(frame.units("cluster")[1].row, 6, "the heading in two lines counts as two");
    assert_eq!(frame.reading().header_row, Some(3));
    // The same as the frame with the design's headings, but for the place in the file.
    let plain = small_frame(&format!("{HEADER}N,North,1,An,10\nN,North,2,Ba,20\n"));
    assert_eq!(frame.sizes_of("cluster", "households"), plain.sizes_of("cluster", "households"));
    assert!(plain.reading().is_plain());
}

#[test]
fn problems_of_a_mapped_frame_name_the_files_own_headings() {
    let problems = read_as(&OFFICE_FRAME.replace(";20", ";1.234"), &office_reading()).unwrap_err();
    let (codes, told) = told(&problems);
    assert_eq!(codes, ["frame_size_grouped"]);
    assert!(told.contains("row 6, column Số hộ: ") && told.contains("write 1234"), "{told}");
}

#[test]
fn a_mapping_that_does_not_fit_design_or_file_is_told() {
    let mut reading = office_reading();
    assert_eq!(reading.map("region", "Khu").unwrap_err().0[0].code, "frame_map_twice");
    assert_eq!(reading.map(" ", "Khu").unwrap_err().0[0].code, "frame_map_empty");
    reading.map("population", "Dân số").unwrap();
    assert_eq!(told(&read_as(OFFICE_FRAME, &reading).unwrap_err()).0, ["frame_map_unknown"]);
    let problems = read_as(&OFFICE_FRAME.replace("Tên thôn", "Tên"), &office_reading()).unwrap_err();
    let (codes, told_as) = told(&problems);
    assert_eq!(codes, ["frame_missing_column"]);
    assert!(told_as.contains("row 3, column Tên thôn") && told_as.contains("--map cluster_name="), "{told_as}");
    reading = FrameReading { header_row: Some(40), ..office_reading() };
    assert_eq!(told(&read_as(OFFICE_FRAME, &reading).unwrap_err()).0, ["frame_no_header"]);
}

#[test]
fn a_mapping_is_a_small_toml_text() {
    let text = "sheet = \"Khung\"\nheader_row = 3\n[columns]\nregion = \"Vùng\"\n";
    let reading = FrameReading::from_toml(text).unwrap();
    assert_eq!((reading.sheet.as_deref(), reading.header_row), (Some("Khung"), Some(3)));
    assert_eq!(reading.columns["region"], "Vùng");
    for (wrong, place) in
        [("shet = \"a\"", "row 1"), ("[columns]\na = 1", "row 2"), ("[columns]\na = \"\"", "lacks a side")]
    {
        let told = FrameReading::from_toml(wrong).unwrap_err().to_string();
        assert!(told.contains(place), "{told}");
    }
}

#[test]
fn numbers_with_thousands_separators_are_refused_with_the_number_to_write() {
    for size in ["1.234", "1,234", "1 234", "1\u{a0}234", "1.234.567", "12'345"] {
        let (codes, told) = problems_of(&format!("{HEADER}N,North,1,An,\"{size}\"\n"));
        assert_eq!(codes, ["frame_size_grouped"], "{size}");
        let plain: String = size.chars().filter(char::is_ascii_digit).collect();
        assert!(told.contains(&format!("write {plain}")), "{told}");
    }
    for size in ["1.23", "12.3456", "1.2345", "1,23,456"] {
        let (codes, _) = problems_of(&format!("{HEADER}N,North,1,An,\"{size}\"\n"));
        assert_ne!(codes, ["frame_size_grouped"], "{size}");
    }
}

#[test]
fn foreign_encodings_and_lost_letters_are_told_and_not_guessed() {
    let code = |bytes: &[u8]| {
        let problems = SamplingFrame::read(bytes, &small_design()).unwrap_err();
        (problems.0[0].code, problems.to_string())
    };
    // "Bắc" in Windows-1258 and without its letter.
    let (found, told) = code(&[HEADER.as_bytes(), b"N,B\xE3\xECc,1,An,10\n"].concat());
    assert!(found == "frame_not_utf8" && told.contains("row 2") && told.contains("0xE3"), "{told}");
    assert_eq!(code(&HEADER.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>()).0, "frame_not_utf8");
    assert_eq!(code(format!("{HEADER}N,B\u{FFFD}c,1,An,10\n").as_bytes()).0, "frame_lost_letters");
    assert_eq!(code(b"PK\x03\x04rest of a workbook").0, "frame_is_a_workbook");
}

#[test]
fn of_very_many_problems_two_hundred_are_told_and_the_others_counted() {
    let rows: String = (0..5_000).map(|k| format!("N,North,{k},An,0\n")).collect();
    let (codes, told) = problems_of(&format!("{HEADER}{rows}"));
    assert_eq!(codes.len(), 201);
    assert!(told.contains("and 4800 more problems") && told.contains("frame_zero_size: 4800"), "{told}");
}

fn sheet(rows: &[(usize, &[&str])]) -> SheetCells {
    let rows = rows.iter().map(|(row, cells)| (*row, cells.iter().map(|cell| (*cell).to_owned()).collect()));
    SheetCells { name: "Khung".to_owned(), rows: rows.collect(), ..SheetCells::default() }
}

#[test]
fn a_sheets_cells_are_a_frame_like_any_other() {
    let cells = sheet(&[
        (2, &["KHUNG MẪU"]),
        (4, &["region", "region_name", "cluster", "cluster_name", "households", ""]),
        (5, &["N", "North", "1", "An", "10"]),
        (9, &["N", "North", "2", "Ba", "x"]),
    ]);
    let read = |cells: SheetCells, reading: &FrameReading| {
        SamplingFrame::of_file(&FrameFile::sheet(b"bytes", cells), &small_design(), reading, &mut |_| {})
    };
    let (codes, told_as) = told(&read(cells.clone(), &FrameReading::default()).unwrap_err());
    assert_eq!(codes, ["frame_size_not_a_number"]);
    assert!(told_as.contains("sheet Khung, row 9, column households"), "{told_as}");

    let mut right = cells;
    right.rows[3].1[4] = "20".to_owned();
    let frame = read(right.clone(), &FrameReading::default()).unwrap();
    assert_eq!(frame.totals(), [("households", 30)]);
    assert_eq!(frame.sha256(), sampling::sha256_hex(b"bytes"));

    // A cell merged with the one above: refused, unless its content is said to count for all of its rows.
    right.faults = BTreeMap::from([((9, 0), CellFault::MergedInto(5)), ((9, 5), CellFault::Error)]);
    let (codes, told_as) = told(&read(right.clone(), &FrameReading::default()).unwrap_err());
    assert_eq!(codes, ["frame_cell_merged"], "a column that is not read is nobody's business");
    assert!(told_as.contains("merged with row 5"), "{told_as}");
    assert!(read(right.clone(), &FrameReading { fill_merged: true, ..FrameReading::default() }).is_ok());
    right.faults = BTreeMap::from([((5, 4), CellFault::Error), ((9, 2), CellFault::Date)]);
    let (codes, _) = told(&read(right, &FrameReading { fill_merged: true, ..FrameReading::default() }).unwrap_err());
    assert_eq!(codes, ["frame_cell_error", "frame_cell_date"]);
}

#[test]
fn how_the_frame_was_read_stands_in_the_certificate() {
    let rows: String =
        (1..=30).map(|k| format!("N;North;{k};Thôn {k};{}\nS;South;{k};Xóm {k};{}\n", 100 + k, 80 + k)).collect();
    let header = &OFFICE_FRAME[..OFFICE_FRAME.find("N;North").unwrap()];
    let frame = read_as(&format!("{header}{rows}"), &office_reading()).unwrap();
    let sample = draw(&frame, &small_design(), 5).unwrap();
    assert_eq!(sample.provenance.frame_reading.as_ref(), Some(frame.reading()));
    assert!(sample.notes[0].vi.contains("households = “Số hộ”"), "{:?}", sample.notes);
    let text = Certificate::of(&sample, &small_design(), b"list").to_json().unwrap();
    let certificate = Certificate::from_json(text.as_bytes()).unwrap();
    assert_eq!(certificate.frame_reading(), Some(frame.reading()));
    certificate.check(&sample, &small_design()).unwrap();
    // A frame that was read as it lies leaves no trace of a reading.
    let plain = draw(&small_frame(SMALL_FRAME), &small_design(), 5).unwrap();
    assert!(!Certificate::of(&plain, &small_design(), b"list").to_json().unwrap().contains("frame_reading"));
}
