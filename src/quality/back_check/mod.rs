//! Back-checks: a second visit to some households, drawn so that anybody can draw them again, and compared by rules.
//!
//! ```text
//! draw     interviews → which are visited again     rules    which questions, how far they may differ, as data
//! compare  both answers → differences and rates, with intervals
//! ```

mod compare;
mod draw;
mod rules;

pub use compare::{Comparison, Difference, EnumeratorErrors, Pair, QuestionErrors, Rate, compare};
pub use draw::{Candidate, Drawn, Plan, check_draw, draw, frame_sha256, ticket};
pub use rules::{BackCheckRules, QuestionRule, QuestionType};
