//! Calendar days in expressions: ISO dates, days since 1970-01-01, patterns of `format-date`.

use chrono::{Datelike, NaiveDate};

/// `NaiveDate::num_days_from_ce` of 1970-01-01.
const EPOCH_DAYS_FROM_CE: i32 = 719_163;

/// The day written as `yyyy-mm-dd`, ten characters exactly; nothing else is a date.
#[must_use]
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    let shape =
        |(index, byte): (usize, &u8)| if index == 4 || index == 7 { *byte == b'-' } else { byte.is_ascii_digit() };
    if bytes.len() != 10 || !bytes.iter().enumerate().all(shape) {
        return None;
    }
    NaiveDate::from_ymd_opt(text[0..4].parse().ok()?, text[5..7].parse().ok()?, text[8..10].parse().ok()?)
}

/// Days since 1970-01-01.
pub(super) fn days_since_epoch(date: NaiveDate) -> f64 {
    f64::from(date.num_days_from_ce() - EPOCH_DAYS_FROM_CE)
}

/// The day that lies so many days after 1970-01-01, fractions cut off; none outside the years 0 to 9999.
pub(super) fn date_from_days(days: f64) -> Option<NaiveDate> {
    let days = days.floor();
    // Also false for what is not a number.
    if days.abs() < 4_000_000.0 {
        let date = NaiveDate::from_num_days_from_ce_opt(days as i32 + EPOCH_DAYS_FROM_CE)?;
        (0..=9999).contains(&date.year()).then_some(date)
    } else {
        None
    }
}

/// Whether the pattern holds only what [`format_date`] can write.
pub(super) fn is_date_pattern(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character == '%' && !matches!(rest.next(), Some('Y' | 'y' | 'm' | 'n' | 'd' | 'e')) {
            return false;
        }
    }
    true
}

/// The date in a pattern: `%Y` year, `%y` its last two digits, `%m` and `%d` two digits, `%n` and `%e` without a zero.
pub(super) fn format_date(date: NaiveDate, pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        text.push_str(&match rest.next() {
            Some('Y') => format!("{:04}", date.year()),
            Some('y') => format!("{:02}", date.year().rem_euclid(100)),
            Some('m') => format!("{:02}", date.month()),
            Some('n') => date.month().to_string(),
            Some('d') => format!("{:02}", date.day()),
            Some('e') => date.day().to_string(),
            other => other.map(String::from).unwrap_or_default(),
        });
    }
    text
}
