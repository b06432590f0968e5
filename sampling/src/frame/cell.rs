//! One cell of a frame: a size, a flag.

use problem::{Place, Problem, Problems, Words};

/// The largest size a cell may hold: more than any country's people, and totals of millions of rows stay within 64 bits.
const SIZE_MAX: u64 = 1_000_000_000_000;

/// A measure of size: a whole number of at least 1.
pub(super) fn size(text: &str, row: usize, column: &str) -> Result<u64, Problems> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(size) if digits && (1..=SIZE_MAX).contains(&size) => Ok(size),
        _ => Err(wrong_size(text, digits)
            .at(Place::cell(row, column))
            .expected(format!("1–{SIZE_MAX}"))
            .got(shown(text))
            .into()),
    }
}

fn wrong_size(text: &str, digits: bool) -> Problem {
    if text.is_empty() {
        return Problem::new("frame_missing_size", "thiếu số quy mô", "the size is missing");
    }
    if digits && text.bytes().all(|byte| byte == b'0') {
        return Problem::new("frame_zero_size", "quy mô bằng 0", "the size is zero").hint(
            "bỏ đơn vị không có hộ nào khỏi khung, hoặc sửa số",
            "take a unit without households out of the frame, or correct the number",
        );
    }
    if digits {
        return Problem::new("frame_absurd_size", "quy mô lớn vô lý", "the size is absurdly large");
    }
    if is_grouped(text) {
        let plain: String = text.chars().filter(char::is_ascii_digit).collect();
        return Problem::new(
            "frame_size_grouped",
            "số có dấu phân cách hàng nghìn, có thể đọc nhầm thành số lẻ",
            "the number has a thousands separator, which could be read as a decimal sign",
        )
        .hint(
            format!("viết liền: {plain}; trong Excel, bỏ dấu phân cách hàng nghìn của cột rồi lưu lại"),
            format!("write {plain}; in Excel, take the thousands separator off the column's format and save again"),
        );
    }
    match text.replace(',', ".").parse::<f64>() {
        Ok(value) if value.is_finite() && value < 0.0 => {
            Problem::new("frame_negative_size", "quy mô âm", "the size is negative")
        }
        Ok(value) if value.is_finite() => Problem::new(
            "frame_size_not_whole",
            "quy mô không phải số nguyên viết liền",
            "the size is not a plain whole number",
        )
        .hint("viết số không có dấu phân cách, ví dụ 1234", "write numbers without separators, such as 1234"),
        _ => Problem::new("frame_size_not_a_number", "quy mô không phải là số", "the size is not a number")
            .hint("viết số không có dấu phân cách, ví dụ 1234", "write numbers without separators, such as 1234"),
    }
}

/// Whether digits stand in groups of three after a first group of one to three, as in 1.234, 1,234,567 or 1 234.
fn is_grouped(text: &str) -> bool {
    let is_separator = |c: char| c == '.' || c == ',' || c == '\'' || c.is_whitespace();
    let mut groups = text.split(is_separator);
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().is_some_and(|group| digits(group) && group.len() <= 3);
    let mut rest = groups.peekable();
    first && rest.peek().is_some() && rest.all(|group| digits(group) && group.len() == 3)
}

/// A flag: 0 or 1.
pub(super) fn flag(text: &str, row: usize, column: &str) -> Result<bool, Problems> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Problem::new("frame_bad_flag", "cờ phải là 0 hoặc 1", "a flag is 0 or 1")
            .at(Place::cell(row, column))
            .expected("0, 1")
            .got(shown(text))
            .into()),
    }
}

fn shown(text: &str) -> Words {
    if text.is_empty() { Words::new("ô trống", "an empty cell") } else { text.into() }
}
