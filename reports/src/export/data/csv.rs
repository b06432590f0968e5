//! A data set as CSV: written cell by cell into one buffer.

use std::io::Write;

use chrono::{Days, NaiveDate};

use super::codebook;
use super::dataset::{Cell, DataSet, Kind, Variable, missing_mark};
use super::harmless::harmless;
use super::{CellWords, CsvFlavour, DataOptions};

/// What Excel knows UTF-8 by.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// The rows under a line of names.
#[must_use]
pub fn bytes(data: &DataSet, options: DataOptions) -> Vec<u8> {
    let writer = Writer::of(options.flavour);
    let mut out = writer.begun(data.n_rows() * data.variables().len() * 4);
    writer.line(&mut out, data.variables().iter().map(|variable| variable.name.as_str()));
    // The words of categories are looked at once, not once a cell.
    let words: Vec<Vec<Vec<u8>>> = data
        .variables()
        .iter()
        .map(|variable| {
            let of = |category: &super::Category| match options.words {
                CellWords::Codes => category.code.clone(),
                CellWords::Labels => category.label.clone(),
            };
            variable.categories().iter().map(|category| writer.quoted(&of(category))).collect()
        })
        .collect();
    for row in 0..data.n_rows() {
        for (place, (variable, words)) in data.variables().iter().zip(&words).enumerate() {
            if place > 0 {
                out.push(writer.separator);
            }
            writer.cell(&mut out, data, variable, words, row, options);
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The codebook, one line a variable.
#[must_use]
pub fn codebook(data: &DataSet, flavour: CsvFlavour) -> Vec<u8> {
    let writer = Writer::of(flavour);
    let table = codebook::variables(data);
    let mut out = writer.begun(table.rows.len() * 200);
    for row in std::iter::once(&table.headings).chain(&table.rows) {
        writer.line(&mut out, row.iter().map(String::as_str));
    }
    out
}

struct Writer {
    separator: u8,
    decimal_comma: bool,
    mark: bool,
}

impl Writer {
    fn of(flavour: CsvFlavour) -> Self {
        let excel = flavour == CsvFlavour::Excel;
        Self { separator: if excel { b';' } else { b',' }, decimal_comma: excel, mark: flavour != CsvFlavour::Standard }
    }

    fn begun(&self, n_bytes: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(n_bytes);
        if self.mark {
            out.extend_from_slice(MARK);
        }
        out
    }

    fn line<'a>(&self, out: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
        for (place, cell) in cells.enumerate() {
            if place > 0 {
                out.push(self.separator);
            }
            out.extend_from_slice(&self.quoted(cell));
        }
        out.extend_from_slice(b"\r\n");
    }

    fn cell(
        &self,
        out: &mut Vec<u8>,
        data: &DataSet,
        variable: &Variable,
        words: &[Vec<u8>],
        row: usize,
        options: DataOptions,
    ) {
        match variable.cell(row) {
            Cell::Category(position) => out.extend_from_slice(&words[position]),
            Cell::Text(text) => out.extend_from_slice(&self.quoted(text)),
            Cell::Number(days) if variable.kind == Kind::Date => {
                if let Some(date) = date(days) {
                    // Writing to a vector does not fail.
                    let _ = write!(out, "{date}");
                }
            }
            Cell::Number(number) => self.number(out, number),
            Cell::Missing(reason) => {
                if let Some(mark) = missing_mark(reason).filter(|_| !options.blank_missing) {
                    match options.words {
                        CellWords::Codes => self.number(out, f64::from(mark.code)),
                        CellWords::Labels => out.extend_from_slice(&self.quoted(mark.words(data.language))),
                    }
                }
            }
        }
    }

    /// The shortest text that gives the number back to the last bit.
    fn number(&self, out: &mut Vec<u8>, number: f64) {
        let whole = number as i64;
        if whole.unsigned_abs() < 1 << 53 && whole as f64 == number {
            if (0..10).contains(&whole) {
                out.push(b'0' + whole as u8);
            } else {
                let _ = write!(out, "{whole}");
            }
            return;
        }
        let from = out.len();
        let _ = write!(out, "{number}");
        if self.decimal_comma {
            for byte in &mut out[from..] {
                if *byte == b'.' {
                    *byte = b',';
                }
            }
        }
    }

    fn quoted(&self, text: &str) -> Vec<u8> {
        let text = harmless(text);
        let needs = |byte: u8| byte == self.separator || matches!(byte, b'"' | b'\r' | b'\n');
        if !text.bytes().any(needs) {
            return text.as_bytes().to_vec();
        }
        format!("\"{}\"", text.replace('"', "\"\"")).into_bytes()
    }
}

/// The day of a number of days since 1970-01-01.
pub(super) fn date(days: f64) -> Option<NaiveDate> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?;
    let whole = days.abs() as u64;
    if days < 0.0 { epoch.checked_sub_days(Days::new(whole)) } else { epoch.checked_add_days(Days::new(whole)) }
}
