//! Poststratification: one margin met exactly.

use problem::Problems;

use super::step::{check_weights, summarize};
use super::{Convergence, Margin, WeightStep};

/// Multiplies the weights of each poststratum so that they sum to its population count.
///
/// # Formula
/// `w' = w · N_c / Σ_{i∈c} w` in cell c.
///
/// # Source
/// Holt and Smith (1979), Post stratification, JRSS A 142, 33–46; Särndal, Swensson and Wretman (1992), §7.6.
///
/// # Limits
/// Cells need several respondents each (20 is a common floor): the factor of a cell of two is mostly noise.
///
/// # Errors
/// `weight_value`, `weight_length`, `margin_missing_value`, `margin_empty_cell`, all at once.
///
/// Checked: `tests/against_r.rs` (`apiclus1_poststrat`), `tests/weighting.rs::raking_on_one_margin_is_poststratification`,
/// `linear_calibration_on_indicators_is_poststratification`.
pub fn poststratify(name: &str, weights: &[f64], margin: &Margin) -> Result<WeightStep, Problems> {
    check_weights(weights)?;
    let mut problems = Problems::none();
    margin.check(weights, &mut problems);
    problems.into_result(())?;
    let mut adjusted = weights.to_vec();
    margin.scale(&mut adjusted);
    let cells = summarize(|row| margin.label_of_row(row), weights, &adjusted);
    let convergence = Convergence { iterations: 1, largest_gap: margin.gap(&adjusted) };
    Ok(WeightStep::new(name, weights, adjusted, cells, Some(convergence))?)
}
