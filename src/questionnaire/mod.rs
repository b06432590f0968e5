//! The instrument: what is asked, of whom, in which order, and what an answer may be.
//!
//! ```text
//! survey, choices, settings ──► Sheets ──► xlsform::read ──► Questionnaire (checked, frozen, hashed)
//!                                                              │
//!                          answers (JSON) ──► validate ──► Validated: every answer or why it is missing, and findings
//!                                                              │
//!                                       columns, to_table ──► estimation's table; codebook
//! ```
//!
//! Nothing here reads a file, a clock or the network: bytes and texts come in, values go out.

mod builtin;
mod check;
mod codebook;
mod csv_text;
pub mod expression;
mod model;
mod routing;
mod sheets;
mod table;
mod validate;
mod version;
mod words;
mod workbook;
pub mod xlsform;

pub use builtin::{BUILTIN, Builtin, builtin};
pub use codebook::{CodebookEntry, MissingCode, codebook};
pub use model::{Choice, ChoiceList, Draft, FormLanguage, Formula, Group, Question, QuestionKind, Texts};
pub use routing::Route;
pub use sheets::{Sheet, SheetRow, Sheets};
pub use table::{ColumnKind, ColumnSpec, columns, to_table};
pub use validate::{Answer, Finding, Geopoint, Interview, MISSING_CODES, Severity, Validated, validate, validate_json};
pub use version::Questionnaire;
