//! What goes to other programs and to the terminal: CSV, JSON, aligned text.

pub mod aligned;
pub mod compare;
pub mod data;
pub mod definition;
pub mod definition_toml;
pub mod scores;
pub mod values;

use problem::Problem;

/// A writer failed; strings and vectors in memory do not, so this is a defect of the machine.
pub(crate) fn failed(error: impl std::fmt::Display) -> Problem {
    Problem::new("export_failed", "không ghi được kết quả", "the result could not be written").got(error.to_string())
}
