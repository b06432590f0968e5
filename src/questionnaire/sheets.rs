//! The three sheets of an XLSForm as named columns and rows of text, whatever file they came from.

use problem::{Place, Problems};
use unicode_normalization::UnicodeNormalization;

use super::{csv_text, words};

/// The most rows of a sheet.
pub(super) const MAX_ROWS: usize = 20_000;
/// The most columns of a sheet.
pub(super) const MAX_COLUMNS: usize = 200;

/// A row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// Its number as a spreadsheet shows it: the header is row 1.
    pub number: usize,
    /// Its cells, in the order of the columns; trimmed, NFC.
    pub cells: Vec<String>,
}

/// A sheet: named columns, and the rows that are not blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// `survey`, `choices` or `settings`.
    pub name: String,
    /// The headings, trimmed, NFC.
    pub columns: Vec<String>,
    /// The rows below the header that hold anything.
    pub rows: Vec<SheetRow>,
}

/// The sheets of an XLSForm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheets {
    /// Questions and groups.
    pub survey: Sheet,
    /// Choice lists.
    pub choices: Sheet,
    /// Title, name, version, languages.
    pub settings: Sheet,
    /// Lists and tables in files of their own, by file name (`villages.csv`).
    pub files: Vec<Sheet>,
}

impl Sheets {
    /// The sheets from three texts of comma- or semicolon-separated values (RFC 4180, UTF-8).
    ///
    /// # Errors
    /// All that is wrong with the tables as tables: a quote never closed, a doubled heading, content outside the columns.
    pub fn from_csv(survey: &str, choices: &str, settings: &str) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut read = |name: &str, text: &str| {
            let rows = csv_text::rows(text).unwrap_or_else(|row| {
                problems.push(words::quote_open().at(Place::row(row).in_sheet(name)));
                Vec::new()
            });
            Sheet::new(name, rows, &mut problems)
        };
        let sheets = Self {
            survey: read("survey", survey),
            choices: read("choices", choices),
            settings: read("settings", settings),
            files: Vec::new(),
        };
        problems.into_result(sheets)
    }

    /// The same with lists and tables from files beside the sheets, by file name.
    ///
    /// # Errors
    /// All that is wrong with the files as tables.
    pub fn with_files<'a>(mut self, files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        for (name, text) in files {
            let name: String = name.nfc().collect();
            let rows = csv_text::rows(text).unwrap_or_else(|row| {
                problems.push(words::quote_open().at(Place::row(row).in_sheet(&name)));
                Vec::new()
            });
            self.files.push(Sheet::new(&name, rows, &mut problems));
        }
        self.files.sort_by(|one, two| one.name.cmp(&two.name));
        problems.into_result(self)
    }
}

/// The names of the files that hold the sheets; any other `.csv` beside them is a list or table of its own.
pub const SHEET_FILES: [&str; 3] = ["survey.csv", "choices.csv", "settings.csv"];

impl Sheet {
    /// A sheet from numbered rows of raw cells; the first row with content is the header.
    pub(super) fn new(name: &str, rows: Vec<(usize, Vec<String>)>, problems: &mut Problems) -> Self {
        let mut rows = rows
            .into_iter()
            .map(|(number, cells)| SheetRow { number, cells: cells.iter().map(|cell| clean(cell)).collect() })
            .filter(|row| row.cells.iter().any(|cell| !cell.is_empty()));
        let header = rows.next();
        let header_row = header.as_ref().map_or(1, |row| row.number);
        let columns = header.map(|row| row.cells).unwrap_or_default();
        let place = |row: usize| Place::row(row).in_sheet(name);
        if columns.len() > MAX_COLUMNS {
            problems.push(words::too_large(&format!("{MAX_ROWS} × {MAX_COLUMNS}")).at(place(header_row)));
            return Self { name: name.to_owned(), columns: Vec::new(), rows: Vec::new() };
        }
        for (index, column) in columns.iter().enumerate() {
            if !column.is_empty() && columns[..index].contains(column) {
                problems.push(words::column_duplicate(column).at(place(header_row)));
            }
        }
        let mut sheet = Self { name: name.to_owned(), columns, rows: rows.collect() };
        if sheet.rows.len() > MAX_ROWS {
            problems.push(words::too_large(&format!("{MAX_ROWS} × {MAX_COLUMNS}")).at(Place::default().in_sheet(name)));
            sheet.rows.truncate(MAX_ROWS);
        }
        for row in &sheet.rows {
            let unnamed = |index: usize| sheet.columns.get(index).is_none_or(String::is_empty);
            if row.cells.iter().enumerate().any(|(index, cell)| !cell.is_empty() && unnamed(index)) {
                problems.push(words::cell_outside().at(place(row.number)));
            }
        }
        sheet
    }

    /// As comma-separated text (RFC 4180).
    #[must_use]
    pub fn to_csv(&self) -> String {
        let line = |cells: &[String]| {
            let quoted = cells.iter().map(|cell| {
                if cell.contains([',', '"', '\n', '\r', ';']) {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                } else {
                    cell.clone()
                }
            });
            quoted.collect::<Vec<_>>().join(",") + "\n"
        };
        std::iter::once(line(&self.columns)).chain(self.rows.iter().map(|row| line(&row.cells))).collect()
    }

    /// The cell of a row in a named column; empty when there is no such column.
    #[must_use]
    pub fn cell<'a>(&self, row: &'a SheetRow, column: &str) -> &'a str {
        let index = self.columns.iter().position(|name| name == column);
        index.and_then(|index| row.cells.get(index)).map_or("", String::as_str)
    }

    /// The place of a cell.
    #[must_use]
    pub fn place(&self, row: &SheetRow, column: &str) -> Place {
        Place::cell(row.number, column).in_sheet(&self.name)
    }
}

/// Trimmed (also of no-break spaces) and in Unicode normal form C.
fn clean(cell: &str) -> String {
    cell.trim().nfc().collect()
}
