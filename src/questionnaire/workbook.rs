//! The sheets from the bytes of a spreadsheet (`.xlsx`).

use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, open_workbook_from_rs};
use problem::{Place, Problems};

use super::sheets::{MAX_COLUMNS, MAX_ROWS, Sheet, Sheets};
use super::{expression::Value, words};
use crate::package::{self, Room, SheetRows};

/// The largest file, in bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

impl Sheets {
    /// The sheets `survey`, `choices` and `settings` of a workbook; other sheets are left aside.
    ///
    /// # Errors
    /// When the file is no workbook or is too large, a sheet is missing, or a cell holds an error.
    pub fn from_xlsx(bytes: &[u8]) -> Result<Self, Problems> {
        if bytes.len() > MAX_BYTES {
            return Err(words::too_large("16 MiB").into());
        }
        package::check(bytes, Room::FORM).map_err(|why| words::sheet_unreadable(&why))?;
        let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes))
            .map_err(|error: calamine::XlsxError| words::sheet_unreadable(&error.to_string()))?;
        let mut problems = Problems::none();
        let mut read = |name: &str| {
            let rows = rows(&mut workbook, name, &mut problems);
            Sheet::new(name, rows, &mut problems)
        };
        let sheets =
            Self { survey: read("survey"), choices: read("choices"), settings: read("settings"), files: Vec::new() };
        problems.into_result(sheets)
    }
}

/// The cells of a sheet by row, row by row as the file gives them: a workbook may claim a million rows without having them.
fn rows(workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str, problems: &mut Problems) -> Vec<(usize, Vec<String>)> {
    let here = || Place::default().in_sheet(name);
    if !workbook.sheet_names().iter().any(|sheet| sheet == name) {
        problems.push(words::sheet_missing(name).at(here()));
        return Vec::new();
    }
    let mut rows = SheetRows::default();
    let mut cells = match workbook.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(error) => {
            problems.push(words::sheet_unreadable(&error.to_string()).at(here()));
            return Vec::new();
        }
    };
    loop {
        let cell = match cells.next_cell() {
            Ok(Some(cell)) => cell,
            Ok(None) => return rows.into_rows().into_iter().collect(),
            Err(error) => {
                problems.push(words::sheet_unreadable(&error.to_string()).at(here()));
                return Vec::new();
            }
        };
        let (row, column) = (cell.get_position().0 as usize, cell.get_position().1 as usize);
        let place = Place { row: Some(row + 1), ..here() };
        let text = match text(cell.get_value()) {
            Ok(text) => text,
            Err(fault) => {
                problems.push(words::sheet_unreadable(&fault).at(place));
                continue;
            }
        };
        if text.trim().is_empty() {
            continue;
        }
        if row > MAX_ROWS || column >= MAX_COLUMNS {
            problems.push(words::too_large(&format!("{MAX_ROWS} × {MAX_COLUMNS}")).at(place));
            return Vec::new();
        }
        if let Err(why) = rows.put(row + 1, column, text) {
            problems.push(words::too_large(&why).at(here()));
            return Vec::new();
        }
    }
}

/// A cell as text; whole numbers without a point, days as `yyyy-mm-dd`.
fn text(cell: &DataRef<'_>) -> Result<String, String> {
    Ok(match cell {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => Value::Number(*number).to_text(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) => {
            // Days since 1899-12-30; only whole days mean something in a questionnaire.
            let days = moment.as_f64().trunc();
            let date = (days.abs() < 3_000_000.0)
                .then(|| chrono::NaiveDate::from_ymd_opt(1899, 12, 30))
                .flatten()
                .and_then(|epoch| epoch.checked_add_signed(chrono::TimeDelta::days(days as i64)));
            date.map(|date| date.to_string()).ok_or_else(|| "#DATE".to_owned())?
        }
        DataRef::Error(error) => return Err(error.to_string()),
    })
}
