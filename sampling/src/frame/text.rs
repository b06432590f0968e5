//! From bytes to rows of cells: byte order mark, encoding, separator, row numbers as a person sees them.

use problem::{Place, Problem, Problems};

use super::table::{HEADER_SEARCH, Header, headings_of};

/// The text of a file, without a byte order mark.
pub(super) fn open(bytes: &[u8]) -> Result<&str, Problems> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Problem::new(
            "frame_is_a_workbook",
            "tệp là bảng tính hoặc tệp nén, không phải văn bản CSV",
            "the file is a workbook or an archive, not CSV text",
        )
        .hint("lưu dạng .xlsx hoặc “CSV UTF-8 (*.csv)”", "save it as .xlsx or as \"CSV UTF-8 (*.csv)\"")
        .into());
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(not_utf8(1, "UTF-16").into());
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let row_of = |place: usize| bytes[..place].iter().filter(|byte| **byte == b'\n').count() + 1;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to();
        let byte = bytes.get(place).copied().unwrap_or_default();
        not_utf8(row_of(place), &format!("byte 0x{byte:02X} (Windows-1258, TCVN3, VNI, …)"))
    })?;
    if let Some(place) = bytes.iter().position(|byte| *byte == 0) {
        return Err(not_utf8(row_of(place), "byte 0x00 (UTF-16?)").into());
    }
    if text.trim().is_empty() {
        return Err(Problem::new("frame_empty", "tệp khung mẫu trống", "the frame file is empty")
            .expected(("một dòng tiêu đề và mỗi đơn vị một dòng", "a header and one row for each unit"))
            .into());
    }
    if let Some(place) = text.find('\u{FFFD}') {
        return Err(Problem::new(
            "frame_lost_letters",
            "tệp có ký tự thay thế “\u{FFFD}”: một chương trình trước đã làm mất chữ",
            "the file holds the replacement sign \"\u{FFFD}\": an earlier program has lost letters",
        )
        .at(Place::row(row_of(place)))
        .hint(
            "lấy lại từ tệp gốc và lưu dạng “CSV UTF-8 (*.csv)”",
            "go back to the original and save as \"CSV UTF-8 (*.csv)\"",
        )
        .into());
    }
    Ok(text)
}

fn not_utf8(row: usize, got: &str) -> Problem {
    Problem::new("frame_not_utf8", "tệp không phải văn bản UTF-8", "the file is not UTF-8 text")
        .at(Place::row(row))
        .expected("UTF-8")
        .got(got)
        .hint(
            "trong Excel, lưu dạng “CSV UTF-8 (*.csv)”; chương trình không đoán bảng mã",
            "in Excel, save as \"CSV UTF-8 (*.csv)\"; the program does not guess encodings",
        )
}

/// The rows at the top as each separator cuts them; the separator that cuts the first row into most cells comes first.
pub(super) fn candidates(text: &str) -> Vec<Header> {
    let mut all: Vec<Vec<Header>> = Vec::new();
    for separator in [b',', b';', b'\t'] {
        let mut headers = Vec::new();
        each_record(text, separator, |row, record| {
            let cells: Vec<&str> = record.iter().collect();
            headers.push(Header { row, separator: Some(separator), headings: headings_of(&cells) });
            headers.len() < HEADER_SEARCH
        });
        all.push(headers);
    }
    // Stable: comma before semicolon before tab where they cut alike.
    all.sort_by_key(|headers| std::cmp::Reverse(headers.first().map_or(0, |header| header.headings.len())));
    all.into_iter().flatten().collect()
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Calls `each` with the row number and the cells of every row, until it says false; rows without any content are passed
/// over. Reading from memory cannot fail: no line is refused (flexible) and the text is UTF-8.
fn each_record(text: &str, separator: u8, mut each: impl FnMut(usize, &csv::StringRecord) -> bool) {
    let mut reader = reader(text, separator);
    let mut record = csv::StringRecord::new();
    let mut lines = Lines { text, offset: 0, line: 1 };
    while let Ok(true) = reader.read_record(&mut record) {
        let start = record.position().map_or(0, csv::Position::byte);
        let row = lines.line_of_content(usize::try_from(start).unwrap_or(usize::MAX));
        if record.iter().any(|cell| !cell.trim().is_empty()) && !each(row, &record) {
            return;
        }
    }
}

/// Calls `each` with the row number, the cells and the share of the text passed for every row below the header.
pub(super) fn each_row(text: &str, header: &Header, mut each: impl FnMut(usize, &csv::StringRecord, f64)) {
    #[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
    let share = |record: &csv::StringRecord| {
        record.position().map_or(0.0, |position| position.byte() as f64 / text.len().max(1) as f64)
    };
    each_record(text, header.separator.unwrap_or(b','), |row, record| {
        if row > header.row {
            each(row, record, share(record));
        }
        true
    });
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
