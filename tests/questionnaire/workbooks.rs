//! A workbook says the same as the three texts.

use khaosat::questionnaire::{Sheets, xlsform};
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::support::{CHOICES, SETTINGS, SURVEY, household, told};

/// A workbook with these sheets; numbers as numbers, TRUE as a truth, as people type them.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, text) in sheets {
        let worksheet = workbook.add_worksheet().set_name(*name).expect("a name");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        for (row, record) in (0_u32..).zip(reader.records()) {
            for (column, cell) in (0_u16..).zip(record.expect("a row").iter()) {
                match cell.parse::<f64>() {
                    Ok(number) => worksheet.write_number(row, column, number),
                    Err(_) if cell == "TRUE" => worksheet.write_boolean(row, column, true),
                    Err(_) => worksheet.write_string(row, column, cell),
                }
                .expect("a cell");
            }
        }
    }
    workbook.save_to_buffer().expect("bytes")
}

#[test]
fn a_workbook_gives_the_same_questionnaire_as_the_texts() {
    let survey = SURVEY.replace(",yes,", ",TRUE,");
    let bytes = workbook(&[("survey", &survey), ("choices", CHOICES), ("settings", SETTINGS), ("notes", "anything")]);
    let questionnaire = xlsform::read(&Sheets::from_xlsx(&bytes).expect("sheets")).expect("no problems");
    let hash = household().version_hash().expect("a hash");
    assert_eq!(questionnaire.version_hash().expect("a hash"), hash);
    assert_eq!(questionnaire.question("bye").and_then(|question| question.row), Some(23));
}

#[test]
fn a_workbook_without_a_sheet_or_with_faults_is_told_with_its_rows() {
    let bytes = workbook(&[("survey", SURVEY), ("settings", SETTINGS)]);
    let problems = Sheets::from_xlsx(&bytes).expect_err("no choices");
    assert_eq!(problems.0[0].code, "questionnaire_sheet_missing");
    let broken = SURVEY.replace("integer,n_adults", "number,n_adults");
    let bytes = workbook(&[("survey", &broken), ("choices", CHOICES), ("settings", SETTINGS)]);
    assert_eq!(told(xlsform::read(&Sheets::from_xlsx(&bytes).expect("sheets"))), ["type_unknown 6 type"]);
}

#[test]
fn a_file_that_is_no_workbook_is_told() {
    for bytes in [b"".as_slice(), b"PK\x03\x04", SURVEY.as_bytes()] {
        let problems = Sheets::from_xlsx(bytes).expect_err("no workbook");
        assert_eq!(problems.0[0].code, "questionnaire_unreadable");
    }
}

#[test]
fn a_cell_far_away_does_not_take_the_memory() {
    let mut workbook = Workbook::new();
    for name in ["survey", "choices", "settings"] {
        let worksheet = workbook.add_worksheet().set_name(name).expect("a name");
        worksheet.write_string(1_048_575, 16_383, "x").expect("the last cell");
    }
    let bytes = workbook.save_to_buffer().expect("bytes");
    let problems = Sheets::from_xlsx(&bytes).expect_err("too large");
    assert_eq!(problems.0[0].code, "questionnaire_too_large");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_broken_workbook_makes_the_reader_panic(at in 0.0..1.0f64, byte in any::<u8>()) {
        let mut bytes = workbook(&[("survey", SURVEY), ("choices", CHOICES), ("settings", SETTINGS)]);
        let index = (at * (bytes.len() - 1) as f64) as usize;
        bytes[index] = byte;
        if let Ok(sheets) = Sheets::from_xlsx(&bytes) {
            let _ = xlsform::read(&sheets);
        }
    }
}
