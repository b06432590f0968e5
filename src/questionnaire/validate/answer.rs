//! An answer, or why there is none.

use chrono::NaiveDate;
use estimation::table::MissingReason;
use serde::{Deserialize, Serialize};

use crate::questionnaire::expression::Value;

/// The codes of answers that are not there, the same in every instrument.
pub const MISSING_CODES: [(&str, MissingReason); 3] =
    [("-888", MissingReason::DontKnow), ("-999", MissingReason::Refused), ("-777", MissingReason::NotApplicable)];

/// The reason that a code stands for.
pub(super) fn missing_reason(code: &str) -> Option<MissingReason> {
    MISSING_CODES.iter().find(|(known, _)| *known == code).map(|(_, reason)| *reason)
}

/// A position on the earth (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Geopoint {
    /// Degrees north, from -90 to 90.
    pub latitude_degrees: f64,
    /// Degrees east, from -180 to 180.
    pub longitude_degrees: f64,
    /// Metres above the ellipsoid, if measured.
    pub altitude_metres: Option<f64>,
    /// Radius of uncertainty in metres, if measured.
    pub accuracy_metres: Option<f64>,
}

/// An answer as it counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A finite number.
    Number(f64),
    /// A text, NFC; also moments and devices.
    Text(String),
    /// The code of one choice.
    Choice(String),
    /// The codes of the choices made, in the order received.
    Choices(Vec<String>),
    /// A day.
    Date(NaiveDate),
    /// A position.
    Geopoint(Geopoint),
    /// A confirmation.
    Acknowledged,
    /// No answer, and why.
    Missing(MissingReason),
    /// Something that cannot be read as an answer of this kind, as it came; it counts as not answered.
    Unreadable(String),
}

impl Answer {
    /// What a calculation gives: not a number, an infinite number and the empty text are no answer.
    pub(super) fn calculated(value: &Value) -> Self {
        match value {
            Value::Number(number) if number.is_finite() => Self::Number(*number),
            Value::Text(text) if !text.is_empty() => Self::Text(text.clone()),
            Value::Boolean(truth) => Self::Text(truth.to_string()),
            Value::Date(date) => Self::Date(*date),
            Value::Number(_) | Value::Text(_) => Self::Missing(MissingReason::NotAnswered),
        }
    }

    /// Why the answer is missing, if it is.
    #[must_use]
    pub fn missing(&self) -> Option<MissingReason> {
        match self {
            Self::Missing(reason) => Some(*reason),
            Self::Unreadable(_) => Some(MissingReason::NotAnswered),
            _ => None,
        }
    }
}
