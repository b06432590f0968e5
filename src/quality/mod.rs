//! Quality of a round's interviews: what looks odd, by formulas and thresholds that an office can read and change. Pure.
//!
//! ```text
//! data        a round as plain data          rules    thresholds as data       flag     what is told, and how strongly
//! encode      answers → codes to compare     device_log  the devices' logs
//! statistics  medians, intervals, distances  kernel   equal bytes of two rows  report   all checks    page   a day of them
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
pub mod device_log;
mod encode;
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
mod page;
pub mod paper;
mod position;
mod report;
mod rules;
mod speed;
mod statistics;
mod straight_line;
mod travel;

pub use encode::{Encoded, Encoder, text_of as answer_text};
pub use flag::{Check, Flag, NotDone, Strength, Subject};
pub use interviewer_effect::{ItemEffect, OneWay, one_way};
pub use near_duplicate::percent_match;
pub use non_answer::Compared;
pub use page::{DayRow, EnumeratorRow, Page, Tally, VillageRow, day_of, page};
pub use report::{QualityReport, inspect};
pub use rules::{Rules, default_text};
pub use statistics::{clopper_pearson_interval, clustered_share, haversine_metres, wilson_interval};
