//! What an expression is worth, and the conversions of `XPath` 1.0.

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::dates::{MILLISECONDS_OF_A_DAY, MOMENT, days_since_epoch, parse_date, parse_moment};

/// The value of an expression or of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; it may be NaN or infinite, as in `XPath`.
    Number(f64),
    /// A text; the empty text is "no answer".
    Text(String),
    /// True or false.
    Boolean(bool),
    /// A day.
    Date(NaiveDate),
    /// A day and a time, with the zone of the device.
    Moment(DateTime<FixedOffset>),
}

impl Value {
    /// No answer.
    #[must_use]
    pub fn empty() -> Self {
        Self::Text(String::new())
    }

    /// As a number: a text by the number grammar of `XPath` 1.0 (otherwise NaN), a boolean as 1 or 0, a date as days since
    /// 1970-01-01, a moment as days and their fraction since 1970-01-01T00:00Z.
    #[must_use]
    pub fn to_number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => parse_number(text).unwrap_or(f64::NAN),
            Self::Boolean(truth) => f64::from(u8::from(*truth)),
            Self::Date(date) => days_since_epoch(*date),
            Self::Moment(moment) => moment.timestamp_millis() as f64 / MILLISECONDS_OF_A_DAY,
        }
    }

    /// As a condition: false for the empty text, for 0 and for what is not a number; true for all else.
    #[must_use]
    pub fn to_boolean(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::Boolean(truth) => *truth,
            Self::Date(_) | Self::Moment(_) => true,
        }
    }

    /// As text: numbers without exponent and without a point when they are whole, dates as `yyyy-mm-dd`.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Number(number) => number_to_text(*number),
            Self::Text(text) => text.clone(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Date(date) => date.format("%Y-%m-%d").to_string(),
            Self::Moment(moment) => moment.format(MOMENT).to_string(),
        }
    }

    /// Whether there is nothing: the empty text, or what is not a number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Number(number) => number.is_nan(),
            Self::Text(text) => text.is_empty(),
            Self::Boolean(_) | Self::Date(_) | Self::Moment(_) => false,
        }
    }

    /// The operator `=`.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(_), _) | (_, Self::Boolean(_)) => self.to_boolean() == other.to_boolean(),
            (Self::Number(_), _) | (_, Self::Number(_)) => self.to_number() == other.to_number(),
            (Self::Date(date), Self::Text(text)) | (Self::Text(text), Self::Date(date)) => {
                parse_date(text.trim()) == Some(*date)
            }
            (Self::Date(one), Self::Date(two)) => one == two,
            (Self::Moment(one), Self::Moment(two)) => one == two,
            (Self::Moment(moment), Self::Text(text)) | (Self::Text(text), Self::Moment(moment)) => {
                parse_moment(text.trim()).as_ref() == Some(moment)
            }
            (Self::Moment(_), Self::Date(_)) | (Self::Date(_), Self::Moment(_)) => {
                self.to_number() == other.to_number()
            }
            (Self::Text(one), Self::Text(two)) => one == two,
        }
    }
}

/// A number by the grammar of `XPath` 1.0: digits with at most one point, perhaps a minus, blanks around; no plus, exponent,
/// comma or group mark.
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    text.parse().ok()
}

fn number_to_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 {
        // Negative zero has no sign in XPath.
        "0".to_owned()
    } else {
        number.to_string()
    }
}
