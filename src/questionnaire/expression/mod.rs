//! The expressions of a questionnaire: `relevant`, `constraint`, `calculation`, `required`, `choice_filter`.
//!
//! One text, one tree, one meaning: [`parse`] reads the `XPath` 1.0 subset that ODK forms use into an [`Expression`],
//! [`Expression::evaluate`] gives its [`Value`]. Everything that can be wrong is found when the text is parsed, so evaluating
//! never fails and never panics, and the same tree as JSON means the same in the browser.
//!
//! # Meaning
//! * A question that was not answered, or that routing skipped, is the empty text `''`; `number('')` is not a number.
//! * `=` and `!=`: if one side is a boolean both are compared as booleans, else if one is a number as numbers, else as
//!   text. `<`, `<=`, `>`, `>=` always compare numbers. Every comparison with what is not a number is false, except
//!   `!=`, which is true.
//! * A date counts as the number of days since 1970-01-01; it equals a text that is the same ISO date.
//! * `min` and `max` leave out what is not a number, as ODK Collect does.
//! * As a condition: `''`, 0 and what is not a number are false, every other text and number is true.
//!
//! # Source
//! W3C `XPath` 1.0 §3 and §4; ODK `XForms` specification, "`XPath` functions".
//!
//! # Repeats
//! A question inside a repeat is the one of the same turn where the reader stands in that turn. `sum`, `count`,
//! `count-non-empty`, `join`, `concat`, `min` and `max` of a question read its answers in all turns below the turn that both
//! have in common; turns that are not due are not there. Turns are counted from 1.
//!
//! # Patterns
//! `regex` fits the whole text, in linear time here and in the browser: no look-around, no back-references.
//!
//! # Limits
//! Node paths, predicates and functions of position in a node-set are refused with a message that says so. A text has at most
//! [`MAX_CHARACTERS`] characters and a tree at most [`MAX_DEPTH`] levels.

mod ast;
mod dates;
mod digest;
mod error;
mod evaluate;
mod function;
mod geometry;
mod numbers;
mod parse;
mod pattern;
mod shape;
mod texts;
mod token;
mod value;

pub use ast::{Expression, Operator};
pub(super) use dates::parse_time;
pub use dates::{parse_date, parse_moment};
pub use error::{ExpressionError, ExpressionFault};
pub use evaluate::Context;
pub use function::Function;
pub use parse::{MAX_CHARACTERS, MAX_DEPTH, parse};
pub use value::{Value, parse_number};
