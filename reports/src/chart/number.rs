//! Numbers and dates as a reader of the language writes them.

use chrono::NaiveDate;
use problem::Language;

use super::ValueFormat;

/// A number with fixed decimals: `5,58` or `5.58`; the sign is a real minus.
pub(crate) fn decimal(value: f64, decimals: usize, language: Language) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let text = match language {
        Language::Vi => text.replace('.', ","),
        Language::En => text,
    };
    let is_zero = text.chars().all(|letter| matches!(letter, '0' | '.' | ','));
    if value < 0.0 && !is_zero { format!("−{text}") } else { text }
}

/// A whole number with separated thousands: `1.234` or `1,234`.
pub(crate) fn whole(value: u64, language: Language) -> String {
    let separator = match language {
        Language::Vi => '.',
        Language::En => ',',
    };
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A value of an axis without its unit: shares become percentages.
pub(crate) fn bare(value: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    let scaled = if format == ValueFormat::Share { value * 100.0 } else { value };
    decimal(scaled, decimals, language)
}

/// A value with its unit, for figures: `82,66 %` with a narrow space that does not break.
pub(crate) fn with_unit(value: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    let text = bare(value, format, decimals, language);
    match (format, language) {
        (ValueFormat::Points, _) => text,
        (_, Language::Vi) => format!("{text}\u{202F}%"),
        (_, Language::En) => format!("{text}%"),
    }
}

/// A value with its unit, for running text: `82,66%`.
pub(crate) fn in_text(value: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    with_unit(value, format, decimals, language).replace('\u{202F}', "")
}

/// Two limits: `5,30–5,86`.
pub(crate) fn range(lower: f64, upper: f64, format: ValueFormat, decimals: usize, language: Language) -> String {
    format!("{}–{}", bare(lower, format, decimals, language), bare(upper, format, decimals, language))
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
        Language::Vi => date.format("%d/%m/%Y").to_string(),
        Language::En => date.format("%-d %b %Y").to_string(),
    }
}
