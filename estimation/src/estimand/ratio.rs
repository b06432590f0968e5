//! Ratios of two totals.

use problem::Problem;

use super::{answered, total::total_of_rows};
use crate::sum::Sum;
use crate::{EstimationDesign, Scores, WhyMissing};

/// The ratio of the totals of `y` and `x` over the rows of the domain where both have an answer.
///
/// # Formula
/// `R = Σ w a y / Σ w a x`, score `u = w a (y − R x) / Σ w a x`, with `a` = 1 on rows in the domain with both answers.
/// Its design effect is that of the total of the residuals `(y − R x) / Σ w a x`.
///
/// # Source
/// Särndal, Swensson and Wretman (1992), §5.6; Woodruff (1971).
///
/// # Limits
/// A linearization: biased when the denominator varies much from sample to sample. The domain's degrees of freedom are
/// those of the rows of the domain, answered or not, as in R's `svyratio`.
///
/// # Errors
/// `scores_length`, `scores_infinite_value`.
///
/// Checked: `tests/against_r.rs`, `tests/identities.rs::a_domain_mean_is_a_ratio`.
pub fn ratio(design: &EstimationDesign, y: &[f64], x: &[f64], domain: Option<&[bool]>) -> Result<Scores, Problem> {
    let rows = answered(design, "ratio", &[y, x], domain)?;
    let of_domain =
        design.degrees_of_freedom_of((0..design.n_rows).filter(|&row| domain.is_none_or(|domain| domain[row])));
    Ok(ratio_of_rows(design, "ratio", rows, of_domain, |row| y[row], |row| x[row]))
}

/// The ratio over the given rows, all answered in both.
pub(crate) fn ratio_of_rows(
    design: &EstimationDesign,
    name: &str,
    rows: Vec<u32>,
    domain_degrees_of_freedom: usize,
    y: impl Fn(usize) -> f64,
    x: impl Fn(usize) -> f64,
) -> Scores {
    let missing = |why| Scores::missing(name, design.n_rows, why);
    if rows.is_empty() {
        return missing(WhyMissing::NoAnswers);
    }
    if rows.iter().all(|&row| design.weights[row as usize] == 0.0) {
        return missing(WhyMissing::NoWeight);
    }
    let (mut numerator, mut denominator) = (Sum::default(), Sum::default());
    for &row in &rows {
        let weight = design.weights[row as usize];
        numerator.add(weight * y(row as usize));
        denominator.add(weight * x(row as usize));
    }
    let denominator = denominator.value();
    if denominator == 0.0 {
        return missing(WhyMissing::ZeroDenominator);
    }
    let ratio = numerator.value() / denominator;
    let residuals = total_of_rows(design, name, rows, |row| (y(row) - ratio * x(row)) / denominator);
    if let Err(why) = residuals.value {
        return missing(why);
    }
    Scores { value: Ok(ratio), domain_degrees_of_freedom: Some(domain_degrees_of_freedom), ..residuals }.finite()
}
