//! How numbers, dates and names are written, compared and searched in Vietnamese.

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate};
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed, CollatorPreferences};
use icu_locale_core::locale;
use problem::Problem;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The narrow space that stands before a per cent sign in figures.
pub const THIN_SPACE: char = '\u{2009}';

/// The minus sign of typeset numbers.
pub const MINUS: char = '\u{2212}';

/// The text in Unicode NFC, the only form that is stored, compared and searched; phones may send NFD.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// A number with a decimal comma, dots for thousands and a real minus sign: `−1.234,50`.
///
/// Rounds half away from zero on the decimal digits that the shortest writing of the number has, as people do with pencil
/// and paper (2,675 → 2,68). A result that rounds to zero has no sign.
///
/// # Errors
/// `vietnamese_not_finite` for NaN or infinity: a missing number has a reason, not a text.
pub fn number(value: f64, decimals: usize) -> Result<String, Problem> {
    if !value.is_finite() {
        return Err(Problem::new("vietnamese_not_finite", "không phải là một số hữu hạn", "not a finite number")
            .got(value.to_string()));
    }
    let rounded = round_as_written(value.abs(), decimals);
    let (whole, fraction) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let negative = value < 0.0 && rounded.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    let mut text = String::new();
    if negative {
        text.push(MINUS);
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            text.push('.');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push(',');
        text.push_str(fraction);
    }
    Ok(text)
}

/// A per cent for figures and tables, with a thin space: `82,66 %`. The value is in per cent already.
///
/// # Errors
/// As [`number`].
pub fn percent_in_figure(value: f64, decimals: usize) -> Result<String, Problem> {
    Ok(format!("{}{THIN_SPACE}%", number(value, decimals)?))
}

/// A per cent for running text, following ministry usage: `82,66%`. The value is in per cent already.
///
/// # Errors
/// As [`number`].
pub fn percent_in_text(value: f64, decimals: usize) -> Result<String, Problem> {
    Ok(format!("{}%", number(value, decimals)?))
}

/// A range with an en dash: `75,03–90,61`.
///
/// # Errors
/// As [`number`].
pub fn range(low: f64, high: f64, decimals: usize) -> Result<String, Problem> {
    Ok(format!("{}–{}", number(low, decimals)?, number(high, decimals)?))
}

/// A date as `dd/mm/yyyy`.
#[must_use]
pub fn date(date: NaiveDate) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// A date in an official paper: `ngày 05 tháng 3 năm 2026`, a zero before days 1–9 and months 1–2 only (Nghị định
/// 30/2020/NĐ-CP).
#[must_use]
pub fn date_in_paper(date: NaiveDate) -> String {
    let month = if date.month() <= 2 { format!("{:02}", date.month()) } else { date.month().to_string() };
    format!("ngày {:02} tháng {month} năm {}", date.day(), date.year())
}

/// The text for searching: no diacritics, đ as d, lower case, single spaces. `Nguyễn Văn Đũng` → `nguyen van dung`.
#[must_use]
pub fn search_key(text: &str) -> String {
    let plain: String = text.nfd().filter(|letter| !is_combining_mark(*letter)).map(plain_letter).collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name for a file or an address: lower-case ASCII letters and digits, hyphens between. `Bắc Giang, đợt 1` →
/// `bac-giang-dot-1`. Empty when the text holds neither letter nor digit.
#[must_use]
pub fn slug(text: &str) -> String {
    let key = search_key(text);
    key.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

fn plain_letter(letter: char) -> char {
    match letter {
        'đ' => 'd',
        'Đ' => 'D',
        other => other,
    }
}

/// The Vietnamese order of names (CLDR `vi`): a ă â b c d đ e ê …, tones ngang huyền hỏi ngã sắc nặng.
pub struct Alphabet {
    collator: CollatorBorrowed<'static>,
}

impl Alphabet {
    /// The Vietnamese alphabet; its data are compiled into the program.
    ///
    /// # Errors
    /// `vietnamese_no_collation` when the data are not there, which a test excludes.
    pub fn vietnamese() -> Result<Self, Problem> {
        let preferences = CollatorPreferences::from(&locale!("vi"));
        let collator = Collator::try_new(preferences, CollatorOptions::default()).map_err(|error| {
            Problem::new(
                "vietnamese_no_collation",
                "không có dữ liệu sắp xếp tiếng Việt",
                "there are no data for Vietnamese order",
            )
            .got(error.to_string())
        })?;
        Ok(Self { collator })
    }

    /// Which of two texts comes first; texts that the alphabet holds equal are ordered by their bytes, so that every sort
    /// has one result.
    #[must_use]
    pub fn compare(&self, left: &str, right: &str) -> Ordering {
        self.collator.compare(left, right).then_with(|| left.cmp(right))
    }

    /// Bytes whose plain order is the Vietnamese order: for a database column or a cached sort.
    #[must_use]
    pub fn sort_key(&self, text: &str) -> Vec<u8> {
        let mut key = Vec::new();
        // Writing into a vector cannot fail: its error type has no values.
        let Ok(()) = self.collator.write_sort_key_to(text, &mut key);
        key
    }
}

/// Decimal rounding, half away from zero, of a number that is not negative.
fn round_as_written(value: f64, decimals: usize) -> String {
    let written = format!("{value}");
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    if fraction.len() <= decimals {
        let zeros = "0".repeat(decimals - fraction.len());
        return if decimals == 0 { whole.to_owned() } else { format!("{whole}.{fraction}{zeros}") };
    }
    let up = fraction.as_bytes().get(decimals).is_some_and(|digit| *digit >= b'5');
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes().take(decimals)).collect();
    if up {
        let mut carried = true;
        for digit in digits.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                carried = false;
                break;
            }
        }
        if carried {
            digits.insert(0, b'1');
        }
    }
    let split = digits.len() - decimals;
    let text: String = digits.iter().map(|digit| char::from(*digit)).collect();
    let (whole, fraction) = text.split_at(split);
    if decimals == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_have_a_decimal_comma_and_dots_for_thousands() {
        assert_eq!(number(1_234_567.891, 2).unwrap(), "1.234.567,89");
        assert_eq!(number(82.66, 2).unwrap(), "82,66");
        assert_eq!(number(999.0, 0).unwrap(), "999");
        assert_eq!(number(1000.0, 0).unwrap(), "1.000");
        assert_eq!(number(0.05, 2).unwrap(), "0,05");
        assert_eq!(number(-3.36, 2).unwrap(), "\u{2212}3,36");
        assert_eq!(range(75.03, 90.61, 2).unwrap(), "75,03–90,61");
    }

    #[test]
    fn rounding_follows_the_written_digits() {
        assert_eq!(number(2.675, 2).unwrap(), "2,68");
        assert_eq!(number(0.5, 0).unwrap(), "1");
        assert_eq!(number(9.995, 2).unwrap(), "10,00");
        assert_eq!(number(-0.004, 2).unwrap(), "0,00");
        assert_eq!(number(1e21, 0).unwrap(), "1.000.000.000.000.000.000.000");
        assert_eq!(number(1e-9, 3).unwrap(), "0,000");
    }

    #[test]
    fn a_number_that_is_not_there_has_no_text() {
        assert!(number(f64::NAN, 2).is_err());
        assert!(number(f64::INFINITY, 2).is_err());
    }

    #[test]
    fn percents_have_a_thin_space_in_figures_only() {
        assert_eq!(percent_in_figure(82.66, 2).unwrap(), "82,66\u{2009}%");
        assert_eq!(percent_in_text(82.66, 2).unwrap(), "82,66%");
    }

    #[test]
    fn dates_follow_the_decree() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 5).unwrap();
        assert_eq!(date(day), "05/03/2026");
        assert_eq!(date_in_paper(day), "ngày 05 tháng 3 năm 2026");
        assert_eq!(date_in_paper(NaiveDate::from_ymd_opt(2026, 2, 15).unwrap()), "ngày 15 tháng 02 năm 2026");
    }

    #[test]
    fn both_unicode_forms_become_one() {
        let decomposed: String = "Bắc Giang".nfd().collect();
        assert_ne!(decomposed, "Bắc Giang");
        assert_eq!(nfc(&decomposed), "Bắc Giang");
        assert_eq!(search_key(&decomposed), "bac giang");
    }

    #[test]
    fn names_are_found_without_diacritics() {
        assert_eq!(search_key("Nguyễn  Văn Đũng"), "nguyen van dung");
        assert_eq!(slug("Bắc Giang: đợt 1 / SIPAS 2023"), "bac-giang-dot-1-sipas-2023");
        assert_eq!(slug("Đường Ưng Ước"), "duong-ung-uoc");
        assert_eq!(slug(" – "), "");
    }

    #[test]
    fn names_sort_in_the_vietnamese_alphabet() {
        let alphabet = Alphabet::vietnamese().unwrap();
        let sorted = [
            "An", "Ánh", "Ăn", "Ân", "Ẩn", "Ấn", "Âu", "ba", "bà", "bả", "bã", "bá", "bạ", "Dung", "Dũng", "Đào",
            "Đạt", "Ưng", "Ước",
        ];
        let mut names = sorted;
        names.reverse();
        names.sort_by(|left, right| alphabet.compare(left, right));
        assert_eq!(names, sorted);
        names.reverse();
        names.sort_by_key(|name| alphabet.sort_key(name));
        assert_eq!(names, sorted);
    }

    proptest! {
        #[test]
        fn every_finite_number_can_be_read_back(value in -1e12_f64..1e12, decimals in 0_usize..8) {
            let text = number(value, decimals).unwrap().replace('.', "").replace(',', ".").replace(MINUS, "-");
            let back: f64 = text.parse().unwrap();
            prop_assert!((back - value).abs() <= 0.5001 * 10_f64.powi(-(decimals as i32)) + value.abs() * 1e-15);
        }

        #[test]
        fn a_slug_is_plain_ascii(text in "\\PC{0,30}") {
            prop_assert!(slug(&text).bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
    }
}
