//! The instrument: what is asked, of whom, in which order, and what an answer may be.
//!
//! ```text
//! survey, choices, settings ──► Sheets ──► xlsform::read ──► Questionnaire (checked, frozen, hashed)
//!                                                              │
//!                          answers (JSON) ──► validate ──► Validated: every answer or why it is missing, and findings
//!                                                              │
//!                     columns, to_table, repeat_tables ──► estimation's tables; codebook
//!
//! Questionnaire ──► xlsform::to_sheets, to_xlsx ──► survey, choices, settings
//! ```
//!
//! Nothing here reads a file, a clock or the network: bytes and texts come in, values go out.

mod builtin;
mod check;
mod codebook;
mod csv_text;
pub mod expression;
mod kind;
mod model;
mod personal;
mod repeats;
mod routing;
mod sheets;
mod steps;
mod table;
mod validate;
mod version;
mod words;
mod workbook;
pub mod xlsform;

pub use builtin::{BUILTIN, Builtin, builtin};
pub use codebook::{CodebookEntry, MissingCode, codebook};
pub(crate) use csv_text::rows as csv_rows;
pub use model::{Choice, ChoiceList, Draft, FormLanguage, Formula, Group, Question, QuestionKind, Repeat, Texts};
pub use repeats::{Arranged, Scopes};
pub use routing::Route;
pub use sheets::{SHEET_FILES, Sheet, SheetRow, Sheets};
pub use steps::Step;
pub use table::{ColumnKind, ColumnSpec, INTERVIEW, PARENT_TURN, TURN, columns, repeat_tables, to_table};
pub use validate::{
    Answer, Finding, Geopoint, Interview, MISSING_CODES, RepeatAnswers, Severity, TurnAnswers, Validated, validate,
    validate_json,
};
pub use version::Questionnaire;
