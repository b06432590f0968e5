//! The rows of a file, numbered as a spreadsheet numbers them.

use std::collections::BTreeSet;
use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, open_workbook_from_rs};
use problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use crate::package::{self, Room, SheetRows};
use crate::questionnaire::csv_rows;

/// The most rows of a table; more is for several files.
const MAX_ROWS: usize = 200_000;
/// The most columns of a table.
const MAX_COLUMNS: usize = 5_000;
/// The largest file, in bytes.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// A table: headings, and the rows that are not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// What problems call it: the file, and its sheet where it has several.
    pub name: String,
    /// The headings, trimmed, NFC.
    pub headings: Vec<String>,
    /// Rows below the headings: number as a spreadsheet shows it, and cells, trimmed, NFC.
    pub rows: Vec<(usize, Vec<String>)>,
    /// Cells that are numbers of a workbook, by row and position: they have a point, whatever the file writes in texts.
    numbers: BTreeSet<(usize, usize)>,
}

impl Table {
    /// The table in a file, by its name: a workbook ends in `.xlsx`, anything else is comma- or semicolon-separated UTF-8.
    ///
    /// # Errors
    /// That the file cannot be read as a table: not UTF-8, an open quote, a doubled heading, cells without a heading, too large.
    pub fn read(name: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Self, Problems> {
        if bytes.len() > MAX_BYTES {
            return Err(too_large(name).into());
        }
        let (name, rows, numbers) = if name.to_lowercase().ends_with(".xlsx") {
            workbook(name, bytes, sheet)?
        } else {
            let text = std::str::from_utf8(bytes).map_err(|_not_utf8| {
                unreadable(name, "UTF-8?").hint("trong Excel: Lưu thành → CSV UTF-8", "in Excel: Save as → CSV UTF-8")
            })?;
            let rows = csv_rows(text).map_err(|row| unreadable(name, "\"").at(Place::row(row)).in_file(name))?;
            (name.to_owned(), rows, BTreeSet::new())
        };
        Self::of(name, rows, numbers)
    }

    fn of(name: String, rows: Vec<(usize, Vec<String>)>, numbers: BTreeSet<(usize, usize)>) -> Result<Self, Problems> {
        let clean = |cell: &String| -> String { cell.trim().trim_matches('\u{feff}').nfc().collect() };
        let mut rows = rows
            .into_iter()
            .map(|(number, cells)| (number, cells.iter().map(clean).collect::<Vec<_>>()))
            .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
        let mut problems = Problems::none();
        let Some((first, headings)) = rows.next() else { return Err(unreadable(&name, "0").into()) };
        for (at, heading) in headings.iter().enumerate().filter(|(_, heading)| !heading.is_empty()) {
            if headings[..at].contains(heading) {
                let problem = Problem::new("import_column_doubled", "hai cột trùng tên", "two columns have one name");
                problems.push(problem.at(Place::cell(first, heading)).in_file(&name));
            }
        }
        let table = Self { headings, rows: rows.collect(), name, numbers };
        if table.rows.len() > MAX_ROWS || table.headings.len() > MAX_COLUMNS {
            problems.push(too_large(&table.name));
            return Err(problems);
        }
        for (number, cells) in &table.rows {
            let lost =
                |(at, cell): (usize, &String)| !cell.is_empty() && table.headings.get(at).is_none_or(String::is_empty);
            if cells.iter().enumerate().any(lost) {
                let problem = Problem::new(
                    "import_cell_without_column",
                    "có nội dung ở ngoài các cột có tên",
                    "there is content outside the named columns",
                );
                problems.push(problem.at(Place::row(*number)).in_file(&table.name));
            }
        }
        problems.into_result(table)
    }

    /// Whether a cell is a number of a workbook.
    pub(crate) fn is_number(&self, row: usize, column: usize) -> bool {
        self.numbers.contains(&(row, column))
    }

    /// The position of a heading, whatever its capitals.
    pub(super) fn column(&self, heading: &str) -> Option<usize> {
        let exact = self.headings.iter().position(|known| known == heading);
        exact.or_else(|| self.headings.iter().position(|known| known.to_lowercase() == heading.to_lowercase()))
    }
}

/// Name, rows and the cells that are numbers.
type Sheet = (String, Vec<(usize, Vec<String>)>, BTreeSet<(usize, usize)>);

fn workbook(name: &str, bytes: &[u8], sheet: Option<&str>) -> Result<Sheet, Problems> {
    package::check(bytes, Room::TABLE).map_err(|why| unreadable(name, &why))?;
    let mut workbook: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| unreadable(name, &error.to_string()))?;
    let names = workbook.sheet_names();
    let chosen = match sheet {
        Some(sheet) => names.iter().find(|known| known.nfc().eq(sheet.nfc())).cloned(),
        None => names.first().cloned(),
    };
    let Some(chosen) = chosen else {
        let problem = Problem::new("import_sheet_missing", "không có trang này", "there is no such sheet");
        return Err(problem.expected(names.join(", ")).got(sheet.unwrap_or_default()).in_file(name).into());
    };
    let shown = format!("{name}, {chosen}");
    let mut cells = workbook.worksheet_cells_reader(&chosen).map_err(|error| unreadable(&shown, &error.to_string()))?;
    let mut rows = SheetRows::default();
    let (mut problems, mut numbers) = (Problems::none(), BTreeSet::new());
    loop {
        let cell = match cells.next_cell() {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            Err(error) => return Err(unreadable(&shown, &error.to_string()).into()),
        };
        let (row, column) = (cell.get_position().0 as usize, cell.get_position().1 as usize);
        if matches!(cell.get_value(), DataRef::Float(_) | DataRef::Int(_)) {
            numbers.insert((row + 1, column));
        }
        match text(cell.get_value()) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(_) if row > MAX_ROWS || column >= MAX_COLUMNS => return Err(too_large(&shown).into()),
            Ok(text) => rows.put(row + 1, column, text).map_err(|_mostly_empty| too_large(&shown))?,
            Err(fault) => problems.push(unreadable(&shown, &fault).at(Place::row(row + 1)).in_file(&shown)),
        }
    }
    problems.into_result((shown, rows.into_rows().into_iter().collect(), numbers))
}

/// A cell as text: whole numbers without a point, days as `yyyy-mm-dd`, moments as `yyyy-mm-ddThh:mm:ss`, times as `hh:mm:ss`.
fn text(cell: &DataRef<'_>) -> Result<String, String> {
    Ok(match cell {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) => {
            let days = moment.as_f64();
            let seconds = (days.fract() * 86_400.0).round();
            let epoch = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).and_then(|epoch| epoch.and_hms_opt(0, 0, 0));
            let moment = (0.0..3_000_000.0).contains(&days).then_some(epoch).flatten().and_then(|epoch| {
                epoch.checked_add_signed(chrono::TimeDelta::seconds(days.trunc() as i64 * 86_400 + seconds as i64))
            });
            let pattern = match (days < 1.0, seconds == 0.0) {
                (true, false) => "%H:%M:%S",
                (_, true) => "%Y-%m-%d",
                (false, false) => "%Y-%m-%dT%H:%M:%S",
            };
            moment.map(|moment| moment.format(pattern).to_string()).ok_or_else(|| "#DATE".to_owned())?
        }
        DataRef::Error(error) => return Err(error.to_string()),
    })
}

fn unreadable(name: &str, reason: &str) -> Problem {
    Problem::new("import_unreadable", "tệp không đọc được như một bảng", "the file cannot be read as a table")
        .got(reason)
        .in_file(name)
}

fn too_large(name: &str) -> Problem {
    Problem::new("import_too_large", "bảng quá lớn", "the table is too large")
        .expected(format!("≤ {MAX_ROWS} × {MAX_COLUMNS}"))
        .in_file(name)
}
