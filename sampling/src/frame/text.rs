//! From bytes to rows of cells: byte order mark, encoding, separator, row numbers as a person sees them.

use problem::{Place, Problem, Problems};

use crate::hash::nfc;

/// The text of a file, without a byte order mark.
pub(super) fn open(bytes: &[u8]) -> Result<&str, Problems> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(not_utf8(1).got("UTF-16").into());
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| not_utf8(bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1))?;
    if text.trim().is_empty() {
        return Err(Problem::new("frame_empty", "tệp khung mẫu trống", "the frame file is empty")
            .expected("a header and one row for each unit")
            .into());
    }
    Ok(text)
}

fn not_utf8(row: usize) -> Problem {
    Problem::new("frame_not_utf8", "tệp không phải văn bản UTF-8", "the file is not UTF-8 text")
        .at(Place::row(row))
        .hint("trong Excel, lưu dạng “CSV UTF-8 (*.csv)”", "in Excel, save as \"CSV UTF-8 (*.csv)\"")
}

/// The separator (the one of comma, semicolon and tab that splits the header most) and the headings.
pub(super) fn header(text: &str) -> (u8, Vec<String>) {
    let mut best = (b',', Vec::new());
    for separator in [b',', b';', b'\t'] {
        let mut record = csv::StringRecord::new();
        // Reading from memory cannot fail: no line is refused (flexible) and the text is UTF-8.
        if reader(text, separator).read_record(&mut record).is_ok() && record.len() > best.1.len() {
            best = (separator, record.iter().map(nfc).collect());
        }
    }
    best
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Calls `each` with the row number and the cells of every row below the header; rows without any content are passed over.
pub(super) fn each_row(text: &str, separator: u8, mut each: impl FnMut(usize, &csv::StringRecord)) {
    let mut reader = reader(text, separator);
    let mut record = csv::StringRecord::new();
    let mut first = true;
    let mut lines = Lines { text, offset: 0, line: 1 };
    while let Ok(true) = reader.read_record(&mut record) {
        let start = record.position().map_or(0, csv::Position::byte);
        let row = lines.line_of_content(usize::try_from(start).unwrap_or(usize::MAX));
        if !first && record.iter().any(|cell| !cell.trim().is_empty()) {
            each(row, &record);
        }
        first = false;
    }
}

/// Counts lines while moving forward, and steps over blank ones, which the reader swallows before a record.
struct Lines<'a> {
    text: &'a str,
    offset: usize,
    line: usize,
}

impl Lines<'_> {
    fn line_of_content(&mut self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = start.min(bytes.len());
        while end < bytes.len() && (bytes[end] == b'\n' || bytes[end] == b'\r') {
            end += 1;
        }
        self.line += bytes[self.offset..end].iter().filter(|byte| **byte == b'\n').count();
        self.offset = end;
        self.line
    }
}
