//! The request document: a design, a data file and what to estimate, as JSON.
//!
//! ```json
//! {
//!   "data": "apiclus2.csv",
//!   "design": { "ids": ["dnum", "snum"], "fpc": ["fpc1", "fpc2"] },
//!   "estimand": { "kind": "mean", "vars": ["api00", "enroll"], "by": ["stype"], "deff": true }
//! }
//! ```
//!
//! Kinds: `mean`, `total`, `proportion` (of each category of a column), `ratio`, `contrast` and `composite` (linear combinations of
//! domain means). What the program does not know it refuses with `not_supported_yet`; it never guesses.

mod answer;
mod document;
mod linear;
mod run;

pub use answer::{Answer, Contrast, DesignSummary, Row};
pub use document::Request;
