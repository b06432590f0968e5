//! Numbers and dates as a reader of the language writes them.

use chrono::NaiveDate;
use problem::Language;

use super::ValueFormat;
use crate::vietnamese::{self, THIN_SPACE};

/// A number with fixed decimals, `5,58` or `5.58`, rounded and signed as in every other paper of the house. A number that
/// is not finite, which no checked figure holds, is a dash.
pub(crate) fn decimal(value: f64, decimals: usize, language: Language) -> String {
    let text = vietnamese::number(value, decimals).unwrap_or_else(|_| "–".to_owned());
    match language {
        Language::Vi => text,
        Language::En => text
            .chars()
            .map(|letter| match letter {
                ',' => '.',
                '.' => ',',
                other => other,
            })
            .collect(),
    }
}

/// A whole number with separated thousands: `1.234` or `1,234`.
pub(crate) fn whole(value: u64, language: Language) -> String {
    decimal(value as f64, 0, language)
}

/// A value of an axis without its unit: shares become percentages.
pub(crate) fn bare(value: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    match format {
        ValueFormat::Share => decimal(value * 100.0, decimals, language),
        ValueFormat::Count => decimal(value, 0, language),
        ValueFormat::Change => signed(value, decimals, language),
        ValueFormat::Points | ValueFormat::Percent => decimal(value, decimals, language),
    }
}

/// A difference with its sign: `+0,31`, `−0,20`; what is written as zero has none.
pub(crate) fn signed(value: f64, decimals: usize, language: Language) -> String {
    let text = decimal(value, decimals, language);
    let is_zero = !text.chars().any(|letter| ('1'..='9').contains(&letter));
    if value > 0.0 && !is_zero { format!("+{text}") } else { text }
}

/// A value with its unit, for figures: `82,66 %` with a thin space.
pub(crate) fn with_unit(value: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    let text = bare(value, format, decimals, language);
    match (format, language) {
        (ValueFormat::Points | ValueFormat::Change | ValueFormat::Count, _) => text,
        (_, Language::Vi) => format!("{text}{THIN_SPACE}%"),
        (_, Language::En) => format!("{text}%"),
    }
}

/// A value with its unit, for running text: `82,66%`.
pub(crate) fn in_text(value: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    with_unit(value, format, decimals, language).replace(THIN_SPACE, "")
}

/// Two limits: `5,30–5,86`.
pub(crate) fn range(lower: f64, upper: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    let [lower, upper] = [lower, upper].map(|limit| bare(limit, format, decimals, language));
    // Two signed limits need a word between them: −0,31–+0,12 cannot be read.
    if format == ValueFormat::Change || lower.starts_with('−') {
        let to = if language == Language::Vi { "đến" } else { "to" };
        return format!("{lower} {to} {upper}");
    }
    format!("{lower}–{upper}")
}

/// Confidence level: `95 %`.
pub(crate) fn level(level: f64, language: Language) -> String {
    let percent = level * 100.0;
    let decimals = usize::from((percent - percent.round()).abs() > 1e-9);
    with_unit(percent, ValueFormat::Percent, decimals, language)
}

/// `05/03/2026`, in English `5 Mar 2026`.
pub(crate) fn date(date: NaiveDate, language: Language) -> String {
    match language {
        Language::Vi => vietnamese::date(date),
        Language::En => date.format("%-d %b %Y").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        assert_eq!(decimal(-1234.5, 2, Language::Vi), "−1.234,50");
        assert_eq!(decimal(-1234.5, 2, Language::En), "−1,234.50");
        assert_eq!(with_unit(0.8166, ValueFormat::Share, 2, Language::Vi), "81,66\u{2009}%");
        assert_eq!(in_text(81.66, ValueFormat::Percent, 2, Language::Vi), "81,66%");
        assert_eq!(with_unit(81.66, ValueFormat::Percent, 2, Language::En), "81.66%");
        assert_eq!(level(0.95, Language::Vi), "95\u{2009}%");
        assert_eq!(level(0.975, Language::En), "97.5%");
        assert_eq!(with_unit(0.305, ValueFormat::Change, 2, Language::Vi), "+0,31");
        assert_eq!(with_unit(0.001, ValueFormat::Change, 2, Language::Vi), "0,00");
        assert_eq!(range(-0.3, 0.1, ValueFormat::Change, 2, Language::Vi), "−0,30 đến +0,10");
        assert_eq!(with_unit(12345.0, ValueFormat::Count, 2, Language::Vi), "12.345");
        assert_eq!(range(5.3, 5.86, ValueFormat::Points, 2, Language::Vi), "5,30–5,86");
    }
}
