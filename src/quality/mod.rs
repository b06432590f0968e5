//! Quality of a round's interviews: what looks odd, by formulas and thresholds that an office can read and change. Pure.
//!
//! ```text
//! data        a round as plain data          rules    thresholds as data       flag     what is told, and how strongly
//! statistics  medians, logits, distances     kernel   equal bytes of two rows  report   all checks, tables for the day
//! one file a check: speed overlap travel position straight_line non_answer filter_question near_duplicate
//!                   exact_duplicate heaping interviewer_effect outlier audit_log
//! paper       two entries of one paper form  back_check  a second visit to some households
//! ```
//!
//! A flag is a question to a person, never a verdict: nothing here alters, hides or removes an answer. Formulas, sources and
//! limits are in `docs/methods/quality.md`; times are ordered by the server's sequence wherever order matters.

mod audit_log;
pub mod back_check;
pub mod data;
mod exact_duplicate;
mod filter_question;
mod flag;
mod heaping;
mod interviewer_effect;
mod kernel;
mod near_duplicate;
mod non_answer;
mod outlier;
mod overlap;
pub mod paper;
mod position;
mod report;
mod rules;
mod speed;
mod statistics;
mod straight_line;
mod travel;

pub use flag::{Check, Flag, NotDone, Strength, Subject};
pub use interviewer_effect::{ItemEffect, OneWay, one_way};
pub use non_answer::Compared;
pub use report::{DayRow, EnumeratorRow, QualityReport, VillageRow, inspect};
pub use rules::Rules;
pub use statistics::{haversine_metres, wilson_interval};
