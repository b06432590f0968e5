//! Interviews that were written down elsewhere: tables of CSV or XLSX, exports of ODK Central and KoboToolbox → what a device
//! would have sent, all of it or every problem with its row and column.
//!
//! ```text
//! mapping    which column is what: a TOML file
//! table      the rows of a file, numbered as people see them
//! fields     case, outcome, id, times of an interview
//! columns    which column answers which question
//! cells      a cell as the answer of a question
//! interviews rows, and the rows of repeats that hang on them → interviews
//! ```
//!
//! Nothing here reads a file, a clock or the database. What cannot be read is a problem of the file and is mended there; what can
//! be read and breaks a rule of the questionnaire is an interview like any other, and is flagged when it arrives.

mod cells;
mod columns;
mod fields;
mod interviews;
mod mapping;
mod table;

pub use interviews::{ImportedInterview, interviews};
pub use mapping::{Mapping, Source};
pub use table::Table;
