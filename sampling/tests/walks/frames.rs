//! Frames: what is accepted, what is told.

use sampling::{SamplingFrame, frame_columns};

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
    assert_eq!(frame_columns(b"\xEF\xBB\xBFa;b\r\n1;2").unwrap(), ["a", "b"]);
}
