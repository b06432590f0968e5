//! Weights, step by step: each step takes weights and returns new ones with a diagnosis, nothing is changed in place.
//!
//! base weight → unknown eligibility → nonresponse; both adjustments are one act, [`redistribute`].

mod diagnostics;
mod redistribute;

pub use diagnostics::{WeightDiagnostics, diagnose};
pub use redistribute::{CellAdjustment, WeightStep, redistribute};
