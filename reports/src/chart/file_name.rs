//! File names that survive every disk: ASCII, lower case.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::Figure;

/// `{index}_{year}_{unit}_{figure}_{yyyymmdd}`, such as `papi_2026_bac-giang_p1-truc-noi-dung_20260512`.
#[must_use]
pub fn file_stem(index: &str, year: i32, unit: &str, figure: Figure, date: NaiveDate) -> String {
    format!("{}_{year}_{}_{}_{}", slug(index), slug(unit), figure.file_part(), date.format("%Y%m%d"))
}

/// Letters without marks, everything else a hyphen.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.nfd().filter(|&letter| !is_combining_mark(letter)) {
        let letter = match letter {
            'đ' | 'Đ' => 'd',
            other => other.to_ascii_lowercase(),
        };
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vietnamese_name_becomes_an_ascii_file_name() {
        let day = NaiveDate::from_ymd_opt(2026, 5, 12).expect("a day");
        assert_eq!(
            file_stem("PAPI", 2026, "Bắc Giang", Figure::P1, day),
            "papi_2026_bac-giang_p1-truc-noi-dung_20260512"
        );
        assert_eq!(slug("  Thừa Thiên – Huế (Đông)  "), "thua-thien-hue-dong");
    }
}
