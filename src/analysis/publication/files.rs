//! A publication as CSV and XLSX: the same numbers as its page, no more.

use problem::{Language, Problem, Problems, Words};
use reports::export::data::harmless::{harmless, is_formula};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::document::{Hidden, PublishedRound};

/// One number with what it says.
struct Line {
    /// `score` or `share`.
    kind: &'static str,
    /// Code of the index, or name of the question.
    of: String,
    of_label: String,
    by: String,
    group: String,
    group_label: String,
    item: String,
    item_label: String,
    numbers: [Option<f64>; 3],
    hidden: Option<Hidden>,
}

const COLUMNS: [&str; 12] = [
    "kind",
    "of",
    "of_label",
    "by",
    "group",
    "group_label",
    "item",
    "item_label",
    "estimate",
    "lower",
    "upper",
    "hidden",
];

fn lines(published: &PublishedRound, language: Language) -> Vec<Line> {
    let say = |words: &Words| words.in_language(language).to_owned();
    let mut lines = Vec::new();
    for index in &published.indexes {
        lines.extend(index.scores.iter().map(|score| Line {
            kind: "score",
            of: index.code.clone(),
            of_label: say(&index.name),
            by: String::new(),
            group: String::new(),
            group_label: String::new(),
            item: score.code.clone(),
            item_label: say(&score.name),
            numbers: [score.estimate, score.lower, score.upper],
            hidden: score.hidden,
        }));
    }
    for table in &published.tables {
        lines.extend(table.cells.iter().map(|cell| Line {
            kind: "share",
            of: table.question.clone(),
            of_label: say(&table.label),
            by: table.by.clone().unwrap_or_default(),
            group: cell.group.clone(),
            group_label: say(&cell.group_label),
            item: if cell.variable == table.question { cell.answer.clone() } else { cell.variable.clone() },
            item_label: say(&cell.answer_label),
            numbers: [cell.share, cell.lower, cell.upper],
            hidden: cell.hidden,
        }));
    }
    lines
}

impl Line {
    fn texts(&self) -> [&str; 8] {
        [self.kind, &self.of, &self.of_label, &self.by, &self.group, &self.group_label, &self.item, &self.item_label]
    }

    fn why_hidden(&self, language: Language) -> String {
        self.hidden.map(|hidden| hidden.words().in_language(language).to_owned()).unwrap_or_default()
    }
}

/// As CSV (RFC 4180): UTF-8 with a mark at the beginning, so that spreadsheets read it; comma, decimal point.
///
/// # Errors
/// `publication_file` when the writer fails.
pub fn to_csv(published: &PublishedRound, language: Language) -> Result<Vec<u8>, Problem> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for line in lines(published, language) {
        let texts = line.texts().map(|text| harmless(text).into_owned());
        let numbers = line.numbers.map(|number| number.map(|number| number.to_string()).unwrap_or_default());
        let record = texts.into_iter().chain(numbers).chain([line.why_hidden(language)]);
        writer.write_record(record).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

/// As a workbook: the numbers, and what a reader must know of them.
///
/// # Errors
/// `publication_file` when the writer fails.
pub fn to_xlsx(published: &PublishedRound, language: Language) -> Result<Vec<u8>, Problems> {
    workbook(published, language).map_err(|error| failed(&error).into())
}

fn workbook(published: &PublishedRound, language: Language) -> Result<Vec<u8>, XlsxError> {
    let vi = language == Language::Vi;
    let mut book = Workbook::new();
    // A fixed day: the same publication makes the same bytes.
    book.set_properties(
        &DocProperties::new().set_title(&published.name).set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?),
    );
    let bold = Format::new().set_bold();
    let literal = Format::new().set_quote_prefix();
    let sheet = book.add_worksheet();
    sheet.set_name(if vi { "Số liệu" } else { "Data" })?;
    for (col, heading) in (0_u16..).zip(COLUMNS) {
        sheet.write_with_format(0, col, heading, &bold)?;
    }
    for (row, line) in (1_u32..).zip(lines(published, language)) {
        let mut col = 0_u16;
        for text in line.texts() {
            write_text(sheet, row, col, text, &literal)?;
            col += 1;
        }
        for number in line.numbers {
            if let Some(number) = number {
                sheet.write(row, col, number)?;
            }
            col += 1;
        }
        sheet.write(row, col, line.why_hidden(language))?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_column_width(2, 50)?;
    sheet.set_column_width(7, 40)?;
    let notes = book.add_worksheet();
    notes.set_name(if vi { "Phương pháp" } else { "Method" })?;
    let mut told = vec![published.name.clone(), published.unit.clone(), published.published_at.clone()];
    told.extend(method_lines(published, language));
    for (row, text) in (0_u32..).zip(&told) {
        write_text(notes, row, 0, text, &literal)?;
    }
    notes.set_column_width(0, 120)?;
    book.save_to_buffer()
}

/// A text that looks like a formula stays a text.
fn write_text(sheet: &mut Worksheet, row: u32, col: u16, text: &str, literal: &Format) -> Result<(), XlsxError> {
    if is_formula(text) { sheet.write_with_format(row, col, text, literal) } else { sheet.write(row, col, text) }?;
    Ok(())
}

/// How the numbers came about, line by line.
fn method_lines(published: &PublishedRound, language: Language) -> Vec<String> {
    let vi = language == Language::Vi;
    let mut told = vec![
        if vi {
            format!("Số phỏng vấn: {}", published.n_interviews)
        } else {
            format!("Interviews: {}", published.n_interviews)
        },
        if vi {
            format!("Mỗi con số dựa trên ít nhất {} người.", published.n_min)
        } else {
            format!("Every number rests on at least {} people.", published.n_min)
        },
    ];
    told.extend(
        published
            .indexes
            .iter()
            .map(|index| format!("{}: {}", index.name.in_language(language), index.method.in_language(language))),
    );
    told.extend(published.notes.iter().map(|note| note.in_language(language).to_owned()));
    told
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    Problem::new("publication_file", "không ghi được tệp", "the file could not be written").got(error.to_string())
}
