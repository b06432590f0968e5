//! File names that survive every disk: ASCII, lower case.

use chrono::NaiveDate;

use super::Figure;
use crate::vietnamese::slug;

/// `{index}_{year}_{unit}_{figure}_{yyyymmdd}`, such as `papi_2026_bac-giang_p1-truc-noi-dung_20260512`.
#[must_use]
pub fn file_stem(index: &str, year: i32, unit: &str, figure: Figure, date: NaiveDate) -> String {
    format!("{}_{year}_{}_{}_{}", slug(index), slug(unit), figure.file_part(), date.format("%Y%m%d"))
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
    }
}
