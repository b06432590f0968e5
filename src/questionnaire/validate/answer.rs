//! An answer, or why there is none.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use estimation::table::MissingReason;
use serde::{Deserialize, Serialize};

use crate::questionnaire::expression::Value;
use crate::questionnaire::model::{Draft, Group};
use crate::questionnaire::repeats::{Scopes, Turns};

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

/// The turns of one repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepeatAnswers {
    /// Its name.
    pub repeat: String,
    /// The repeat around it, if there is one.
    pub around: Option<String>,
    /// Its turns, in the order in which they came.
    pub turns: Vec<TurnAnswers>,
}

/// One turn of a repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnAnswers {
    /// The turn of the repeat around it, as a position in [`RepeatAnswers::turns`]; 0 where there is none.
    pub parent: usize,
    /// Its number among the turns of the same parent, from 1.
    pub number: usize,
    /// Every question of the repeat itself that can hold an answer.
    pub answers: Vec<(String, Answer)>,
}

impl RepeatAnswers {
    /// Every repeat of the questionnaire with its turns, without answers.
    pub(super) fn blank(draft: &Draft, turns: &Turns) -> BTreeMap<usize, Self> {
        let repeats = draft.groups.iter().enumerate().filter(|(_, group)| group.repeat.is_some());
        let blank = |(repeat, group): (usize, &Group)| {
            let turn = |at| TurnAnswers {
                parent: turns.parent(repeat, at),
                number: turns.number(repeat, at),
                answers: Vec::new(),
            };
            let around = draft.scope_around(repeat).map(|around| draft.groups[around].name.clone());
            let turns = (0..turns.count(Some(repeat))).map(turn).collect();
            (repeat, Self { repeat: group.name.clone(), around, turns })
        };
        repeats.map(blank).collect()
    }
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
            Value::Moment(_) => Self::Text(value.to_text()),
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
