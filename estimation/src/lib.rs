//! Design-based estimation for complex surveys.
//!
//! One idea carries the statistics: every statistic gives a value and one linearized score per row; one operator turns any
//! set of scores into a covariance matrix for any design.

pub mod table;
pub mod weighting;
