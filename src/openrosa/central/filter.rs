//! `$filter`: an expression over what the server knows of a submission.
//!
//! Understood: the fields `__id` and `__system/submissionDate`, `updatedAt`, `submitterId`, `reviewState` (in the tables of repeats with
//! `$root/Submissions/` before them); `eq ne lt le gt ge`, `and or not`, brackets; `now() year() month() day() hour() minute() second()`; texts
//! in quotes, numbers, days, moments, `null`. A day is its midnight and the parts of a moment are taken in UTC, as Central does.
//! Anything else is refused by name: a filter that is half understood gives wrong rows.
//!
//! Source: `OData` 4.0, URL conventions, section 5.1.1.

mod read;

use std::cmp::Ordering;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use problem::Problem;

/// What is known of a submission when it is filtered.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// Its id.
    pub id: &'a str,
    /// When it arrived.
    pub submission_date: DateTime<Utc>,
    /// When something was last said of it.
    pub updated_at: Option<DateTime<Utc>>,
    /// The number of who sent it.
    pub submitter_id: i32,
    /// Where it stands.
    pub review_state: Option<&'a str>,
    /// The present.
    pub now: DateTime<Utc>,
}

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter(Expression);

/// A field of a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Id,
    SubmissionDate,
    UpdatedAt,
    SubmitterId,
    ReviewState,
}

/// A part of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

#[derive(Clone, Debug, PartialEq)]
enum Expression {
    Constant(Value),
    Field(Field),
    Now,
    Part(Part, Box<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Null,
    Truth(bool),
    Text(String),
    Number(f64),
    Moment(DateTime<Utc>),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `odata_filter_unreadable`: what is no expression, with its place; `odata_filter_unsupported`: what this server does not know.
    pub fn read(text: &str) -> Result<Self, Problem> {
        read::read(text).map(Self)
    }

    /// Whether a submission is among those wanted. What is compared with nothing is, as in the standard, only equal to nothing.
    #[must_use]
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        self.0.value(facts) == Value::Truth(true)
    }
}

impl Expression {
    fn value(&self, facts: &Facts<'_>) -> Value {
        match self {
            Self::Constant(value) => value.clone(),
            Self::Field(field) => match field {
                Field::Id => Value::Text(facts.id.to_owned()),
                Field::SubmissionDate => Value::Moment(facts.submission_date),
                Field::UpdatedAt => facts.updated_at.map_or(Value::Null, Value::Moment),
                Field::SubmitterId => Value::Number(f64::from(facts.submitter_id)),
                Field::ReviewState => facts.review_state.map_or(Value::Null, |state| Value::Text(state.to_owned())),
            },
            Self::Now => Value::Moment(facts.now),
            Self::Part(part, of) => match of.value(facts) {
                Value::Moment(moment) => Value::Number(f64::from(part.of(moment))),
                _ => Value::Null,
            },
            Self::Compare(comparison, left, right) => {
                Value::Truth(comparison.holds(&left.value(facts), &right.value(facts)))
            }
            Self::Not(inner) => match inner.value(facts) {
                Value::Truth(truth) => Value::Truth(!truth),
                _ => Value::Null,
            },
            Self::And(left, right) => {
                Value::Truth(left.value(facts) == Value::Truth(true) && right.value(facts) == Value::Truth(true))
            }
            Self::Or(left, right) => {
                Value::Truth(left.value(facts) == Value::Truth(true) || right.value(facts) == Value::Truth(true))
            }
        }
    }
}

impl Part {
    fn of(self, moment: DateTime<Utc>) -> i32 {
        let small = |number: u32| i32::try_from(number).unwrap_or_default();
        match self {
            Self::Year => moment.year(),
            Self::Month => small(moment.month()),
            Self::Day => small(moment.day()),
            Self::Hour => small(moment.hour()),
            Self::Minute => small(moment.minute()),
            Self::Second => small(moment.second()),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Null, Value::Null) => Some(Ordering::Equal),
            (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
            (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
            (Value::Moment(left), Value::Moment(right)) => Some(left.cmp(right)),
            (Value::Truth(left), Value::Truth(right)) => Some(left.cmp(right)),
            // A day or a moment may stand in quotes, a number, too.
            (Value::Moment(left), Value::Text(right)) => read::moment(right).map(|right| left.cmp(&right)),
            (Value::Text(left), Value::Moment(right)) => read::moment(left).map(|left| left.cmp(right)),
            (Value::Number(left), Value::Text(right)) => {
                right.parse().ok().and_then(|right: f64| left.partial_cmp(&right))
            }
            (Value::Text(left), Value::Number(right)) => {
                left.parse().ok().and_then(|left: f64| left.partial_cmp(right))
            }
            _ => None,
        };
        let is_nothing = matches!(left, Value::Null) || matches!(right, Value::Null);
        match self {
            Self::Eq => order == Some(Ordering::Equal),
            Self::Ne => order != Some(Ordering::Equal),
            _ if is_nothing => false,
            Self::Lt => order == Some(Ordering::Less),
            Self::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Self::Gt => order == Some(Ordering::Greater),
            Self::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).expect("a moment").with_timezone(&Utc)
    }

    fn facts(review_state: Option<&str>) -> Facts<'_> {
        Facts {
            id: "uuid:a",
            submission_date: at("2026-11-26T01:30:00.5Z"),
            updated_at: None,
            submitter_id: 7,
            review_state,
            now: at("2026-11-27T00:00:00Z"),
        }
    }

    fn holds(text: &str, review_state: Option<&str>) -> bool {
        Filter::read(text).unwrap_or_else(|problem| panic!("{text}: {problem}")).holds(&facts(review_state))
    }

    #[test]
    fn what_holds_and_what_does_not() {
        for (text, state, expected) in [
            ("__system/submissionDate ge 2026-11-26", None, true),
            ("__system/submissionDate lt 2026-11-26", None, false),
            ("__system/submissionDate gt 2026-11-26T08:30:00.000+07:00", None, true),
            ("__system/submissionDate le 2026-11-26T01:30:00Z", None, false),
            ("__system/submissionDate ge '2026-11-26'", None, true),
            ("$root/Submissions/__system/submissionDate lt now()", None, true),
            ("__system/reviewState eq 'approved'", Some("approved"), true),
            ("__system/reviewState ne 'approved'", None, true),
            ("__system/reviewState eq null", None, true),
            ("__system/reviewState eq null", Some("rejected"), false),
            ("not (__system/reviewState eq 'rejected') and __system/submitterId eq 7", None, true),
            ("__system/submitterId eq 8 or __system/submitterId eq 7 and __id eq 'uuid:b'", None, false),
            ("(__system/submitterId eq 8 or __system/submitterId eq 7) and __id eq 'uuid:a'", None, true),
            ("__system/submitterId eq '7'", None, true),
            ("year(__system/submissionDate) eq 2026 and hour(__system/submissionDate) eq 1", None, true),
            ("__system/updatedAt eq null", None, true),
            ("__system/updatedAt lt 2027-01-01", None, false),
            ("__id ne 'it''s'", None, true),
        ] {
            assert_eq!(holds(text, state), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_and_never_guessed() {
        let code = |text: &str| Filter::read(text).expect_err(text).code;
        for text in
            ["", "__id", "__id eq", "eq", "__id eq 'a", "(__id eq 'a'", "2026-13-01 eq null", "1 eq 1)", "'a' and 'b'"]
        {
            assert_eq!(code(text), "odata_filter_unreadable", "{text}");
        }
        for text in [
            "age gt 30",
            "__system/deviceId eq 'x'",
            "contains(__id, 'a')",
            "__system/submitterId add 1 eq 8",
            "__id in ('a')",
            "__id eq 'a' __id",
        ] {
            assert_eq!(code(text), "odata_filter_unsupported", "{text}");
        }
        let deep = format!("{}__id eq 'a'{}", "(".repeat(5_000), ")".repeat(5_000));
        assert_eq!(code(&deep), "odata_filter_unreadable");
    }
}
