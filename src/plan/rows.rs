//! Rows of a table in text form, with every cell that cannot be read told by row and column.

use chrono::NaiveDate;
use problem::{Place, Problem, Problems, Words};
use reports::index::Certainty;
use unicode_normalization::UnicodeNormalization;

/// A table: its headings and its rows, in NFC.
pub(super) struct Rows {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// One row being read; problems gather in the table's list.
pub(super) struct Row<'a> {
    headings: &'a [String],
    cells: &'a [String],
    /// Its number as a spreadsheet counts: the header is row 1.
    pub(super) number: usize,
    problems: &'a mut Problems,
}

impl Rows {
    /// Splits the text; the separator is a comma, or a semicolon where the heading has semicolons and no comma.
    ///
    /// # Errors
    /// `plan_csv` for text that is no table, `plan_heading` for headings that are missing, unknown or there twice.
    pub(super) fn read(text: &str, required: &[&str], optional: &[&str]) -> Result<Self, Problems> {
        let text: String = text.strip_prefix('\u{feff}').unwrap_or(text).nfc().collect();
        let first = text.lines().next().unwrap_or_default();
        let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let (mut rows, mut problems) = (Vec::new(), Problems::none());
        for (number, record) in reader.records().enumerate() {
            match record {
                Ok(record) => rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()),
                Err(error) => problems.push(
                    Problem::new(
                        "plan_csv",
                        "không đọc được dòng này của bảng",
                        "this row of the table cannot be read",
                    )
                    .at(Place::row(number + 1))
                    .got(error.to_string()),
                ),
            }
        }
        problems.into_result(())?;
        let headings = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
        let mut problems = Problems::none();
        let heading = |vi: String, en: String, name: &str| {
            Problem::new("plan_heading", vi, en).at(Place::cell(1, name)).expected(required.join(", "))
        };
        for name in required.iter().filter(|name| !headings.iter().any(|heading| heading == *name)) {
            problems.push(heading(format!("thiếu cột {name}"), format!("column {name} is missing"), name));
        }
        for (position, name) in headings.iter().enumerate() {
            if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
                problems.push(heading(
                    format!("không có cột nào tên {name}"),
                    format!("there is no column {name}"),
                    name,
                ));
            }
            if headings[..position].contains(name) {
                problems.push(heading(format!("cột {name} có hai lần"), format!("column {name} stands twice"), name));
            }
        }
        problems.into_result(Self { headings, rows })
    }

    /// Reads every row; all problems of all rows come together.
    ///
    /// # Errors
    /// Those that `read` and the cells found.
    pub(super) fn each<T>(&self, mut read: impl FnMut(&mut Row<'_>) -> Option<T>) -> Result<Vec<T>, Problems> {
        let mut problems = Problems::none();
        let mut values = Vec::with_capacity(self.rows.len());
        for (position, cells) in self.rows.iter().enumerate() {
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let mut row = Row { headings: &self.headings, cells, number: position + 2, problems: &mut problems };
            if cells.len() > self.headings.len() {
                row.problem("dòng có nhiều ô hơn số cột", "the row has more cells than there are columns", "", "");
            }
            values.extend(read(&mut row));
        }
        problems.into_result(values)
    }
}

impl Row<'_> {
    /// Tells a problem of this row.
    pub(super) fn problem(&mut self, vi: &str, en: &str, column: &str, expected: impl Into<Words>) {
        let place = if column.is_empty() { Place::row(self.number) } else { Place::cell(self.number, column) };
        let mut problem = Problem::new("plan_value", vi, en).at(place);
        let expected = expected.into();
        if !expected.en.is_empty() {
            problem = problem.expected(expected);
        }
        if let Some(got) = self.text(column) {
            problem = problem.got(got);
        }
        self.problems.push(problem);
    }

    /// The text of a cell; `None` when it is empty.
    pub(super) fn text(&self, column: &str) -> Option<String> {
        let position = self.headings.iter().position(|heading| heading == column)?;
        self.cells.get(position).filter(|cell| !cell.is_empty()).cloned()
    }

    /// The text of a cell that may not be empty.
    pub(super) fn required(&mut self, column: &str) -> Option<String> {
        let text = self.text(column);
        if text.is_none() {
            self.problem("ô bắt buộc còn trống", "this cell must not be empty", column, "");
        }
        text
    }

    /// A finite number with a decimal point; `None` when the cell is empty or wrong (then it is told).
    pub(super) fn number(&mut self, column: &str) -> Option<f64> {
        let text = self.text(column)?;
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            let expected = if text.contains(',') { "44.3204 (with a point, not a comma)" } else { "44.3204" };
            self.problem("không phải là số", "this is no number", column, expected);
        }
        number
    }

    /// A whole number that is not negative.
    pub(super) fn whole(&mut self, column: &str) -> Option<u32> {
        let text = self.text(column)?;
        let number = text.parse().ok();
        if number.is_none() {
            self.problem("không phải là số nguyên không âm", "this is no whole number from 0", column, "16");
        }
        number
    }

    /// A year, 1990 to 2100.
    pub(super) fn year(&mut self, column: &str) -> Option<i32> {
        let text = self.text(column)?;
        let year = text.parse().ok().filter(|year| (1990..=2100).contains(year));
        if year.is_none() {
            self.problem("không phải là năm", "this is no year", column, "1990 to 2100");
        }
        year
    }

    /// A day, written `2025-07-01`.
    pub(super) fn day(&mut self, column: &str) -> Option<NaiveDate> {
        let text = self.text(column)?;
        let day = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok();
        if day.is_none() {
            self.problem("không phải là ngày", "this is no day", column, "2025-07-01");
        }
        day
    }

    /// One word of a closed list; the cell may not be empty.
    pub(super) fn word<T: Copy>(&mut self, column: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.required(column)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            self.problem("không có từ này trong danh mục", "this word is not on the list", column, &expected);
        }
        found
    }

    /// How sure the row is.
    pub(super) fn certainty(&mut self) -> Option<Certainty> {
        let words = [Certainty::Certain, Certainty::Inferred, Certainty::Recalled].map(|one| (one.code(), one));
        self.word("certainty", &words)
    }
}
