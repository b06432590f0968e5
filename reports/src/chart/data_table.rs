//! The figure's data as rows: what a reader without the picture, a spreadsheet or a program needs.

use problem::Language;
use serde::Serialize;

use super::{Caution, Cell, ChartSpec, plan_words};

/// One cell of a data table.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TableCell {
    /// Nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A number of the analysis, with all its digits.
    Number(f64),
    /// A count.
    Whole(u64),
}

/// A figure's data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataTable {
    /// Stable ASCII name and heading for people, a column each.
    pub columns: Vec<(String, String)>,
    /// Cells in the order of the columns.
    pub rows: Vec<Vec<TableCell>>,
}

/// How a CSV file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvProfile {
    /// For programs: RFC 4180, comma, decimal point, stable column names, no byte order mark, text untouched.
    Rfc4180,
    /// For spreadsheets set to Vietnamese: byte order mark, `;`, decimal comma, headings; text that looks like a formula
    /// gets an apostrophe in front.
    Vietnamese,
}

/// The data of a figure. A suppressed cell has its row and its reason, and nothing else.
#[must_use]
pub fn data_table(spec: &ChartSpec) -> DataTable {
    if let Some(table) = plan_words::table(spec) {
        return table;
    }
    let is_long = spec.plot.told().is_some();
    let heading = |vi: &str, en: &str| match spec.language {
        Language::Vi => vi.to_owned(),
        Language::En => en.to_owned(),
    };
    let mut columns: Vec<(String, String)> = [
        ("code", heading("Mã", "Code")),
        ("name", heading("Tên", "Name")),
        ("value", heading("Ước lượng", "Estimate")),
        ("lower", heading("Giới hạn dưới", "Lower limit")),
        ("upper", heading("Giới hạn trên", "Upper limit")),
        ("standard_error", heading("Sai số chuẩn", "Standard error")),
        ("degrees_of_freedom", heading("Bậc tự do", "Degrees of freedom")),
        ("n", "n".to_owned()),
        ("flag", heading("Lưu ý", "Caution")),
        ("missing", heading("Lý do không có", "Why missing")),
        ("verdict", heading("Kết luận", "Verdict")),
    ]
    .into_iter()
    .map(|(key, heading)| (key.to_owned(), heading))
    .collect();
    if is_long {
        // One line a number: the same name comes once in each panel and series.
        columns.insert(0, ("panel".to_owned(), heading("Phần", "Panel")));
        columns.insert(3, ("series".to_owned(), heading("Chuỗi", "Series")));
    }
    let comparisons = spec.plot.comparisons();
    columns.extend(
        comparisons
            .iter()
            .enumerate()
            .map(|(index, (name, _))| (format!("reference_{}", index + 1), (*name).to_owned())),
    );
    columns.extend(
        spec.plot
            .guides()
            .iter()
            .enumerate()
            .map(|(index, guide)| (format!("guide_{}", index + 1), guide.label.clone())),
    );
    let entries = spec.plot.entries();
    let rows = entries.iter().enumerate().map(|(index, entry)| {
        let mut row = vec![TableCell::Text(entry.id.to_owned()), TableCell::Text(entry.label.to_owned())];
        if is_long {
            row.insert(0, text(&entry.panel));
            row.push(text(entry.series));
        }
        row.extend(estimate(spec, &entry.cell));
        row.push(entry.verdict.map_or(TableCell::Empty, |verdict| TableCell::Text(verdict.words.clone())));
        row.extend(comparisons.iter().map(|(_, values)| number(values.get(index).copied().flatten())));
        row.extend(spec.plot.guides().iter().map(|guide| TableCell::Number(guide.value)));
        row
    });
    let rows = rows.collect();
    DataTable { columns, rows }
}

fn text(words: &str) -> TableCell {
    if words.is_empty() { TableCell::Empty } else { TableCell::Text(words.to_owned()) }
}

fn number(value: Option<f64>) -> TableCell {
    value.map_or(TableCell::Empty, TableCell::Number)
}

/// From `value` to `missing`.
fn estimate(spec: &ChartSpec, cell: &Cell) -> Vec<TableCell> {
    let hidden = |reason: String| {
        let mut cells = vec![TableCell::Empty; 7];
        cells.push(TableCell::Text(reason));
        cells
    };
    match cell {
        Cell::Suppressed => hidden(format!("n < {}", spec.small_cells.hide_below_n)),
        Cell::Missing { reason } => hidden(reason.clone()),
        Cell::Shown(mark) => vec![
            TableCell::Number(mark.value),
            number(mark.interval.map(|limits| limits.lower)),
            number(mark.interval.map(|limits| limits.upper)),
            number(mark.standard_error),
            number(mark.degrees_of_freedom),
            mark.n.map_or(TableCell::Empty, TableCell::Whole),
            flags(&mark.cautions),
            TableCell::Empty,
        ],
    }
}

fn flags(cautions: &[Caution]) -> TableCell {
    let names: Vec<&str> = cautions
        .iter()
        .map(|caution| match caution {
            Caution::SmallSample => "small_sample",
            Caution::WideInterval => "wide_interval",
            Caution::LargeRelativeError => "large_relative_error",
        })
        .collect();
    if names.is_empty() { TableCell::Empty } else { TableCell::Text(names.join(" ")) }
}

impl DataTable {
    /// The table as CSV, lines ended by CR LF.
    #[must_use]
    pub fn to_csv(&self, profile: CsvProfile) -> String {
        let separator = match profile {
            CsvProfile::Rfc4180 => ",",
            CsvProfile::Vietnamese => ";",
        };
        let mut lines = vec![
            self.columns
                .iter()
                .map(|(key, heading)| match profile {
                    CsvProfile::Rfc4180 => field(key, profile),
                    CsvProfile::Vietnamese => field(heading, profile),
                })
                .collect::<Vec<_>>()
                .join(separator),
        ];
        lines.extend(
            self.rows
                .iter()
                .map(|row| row.iter().map(|cell| written(cell, profile)).collect::<Vec<_>>().join(separator)),
        );
        let mark = if profile == CsvProfile::Vietnamese { "\u{FEFF}" } else { "" };
        format!("{mark}{}\r\n", lines.join("\r\n"))
    }

    /// The table as JSON: a list of objects with the stable column names; empty cells are `null`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let object = |row: &Vec<TableCell>| {
            let pairs = self.columns.iter().zip(row).map(|((key, _), cell)| (key.clone(), json(cell)));
            serde_json::Value::Object(pairs.collect())
        };
        serde_json::Value::Array(self.rows.iter().map(object).collect())
    }
}

fn json(cell: &TableCell) -> serde_json::Value {
    match cell {
        TableCell::Empty => serde_json::Value::Null,
        TableCell::Text(text) => text.as_str().into(),
        TableCell::Number(number) => (*number).into(),
        TableCell::Whole(number) => (*number).into(),
    }
}

fn written(cell: &TableCell, profile: CsvProfile) -> String {
    match (cell, profile) {
        (TableCell::Empty, _) => String::new(),
        (TableCell::Text(text), _) => field(text, profile),
        (TableCell::Number(number), CsvProfile::Rfc4180) => number.to_string(),
        (TableCell::Number(number), CsvProfile::Vietnamese) => number.to_string().replace('.', ","),
        (TableCell::Whole(number), _) => number.to_string(),
    }
}

fn field(text: &str, profile: CsvProfile) -> String {
    let looks_like_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text =
        if profile == CsvProfile::Vietnamese && looks_like_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', ';', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
