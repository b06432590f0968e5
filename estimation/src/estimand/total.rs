//! Totals.

use problem::Problem;

use super::{answered, count, simple_random_variance};
use crate::scores::SimpleRandomVariance;
use crate::sum::Sum;
use crate::{EstimationDesign, Scores, WhyMissing};

/// The total of `y` over the rows of the domain that have an answer (`NaN` is no answer).
///
/// # Formula
/// `Σ w a y`, score `u = w a y`, with `a` as in [`mean`](crate::mean()). The simple random sampling variance of a total is
/// `N²` times that of the mean, `N = Σ w a`.
///
/// # Source
/// Horvitz and Thompson (1952), JASA 47, 663–685; Särndal, Swensson and Wretman (1992), §2.8.
///
/// # Limits
/// Missing answers are left out, not imputed: with item nonresponse the total is that of the answerers. A domain without
/// answers has no total; it is missing with its reason, not zero.
///
/// # Errors
/// `scores_length`, `scores_infinite_value`.
///
/// Checked: `tests/against_r.rs`, `tests/repetition.rs::totals_are_unbiased`.
pub fn total(design: &EstimationDesign, y: &[f64], domain: Option<&[bool]>) -> Result<Scores, Problem> {
    let rows = answered(design, "total", &[y], domain)?;
    Ok(total_of_rows(design, "total", rows, |row| y[row]))
}

/// The total of `y` over the given rows, all answered.
pub(crate) fn total_of_rows(design: &EstimationDesign, name: &str, rows: Vec<u32>, y: impl Fn(usize) -> f64) -> Scores {
    if rows.is_empty() {
        return Scores::missing(name, design.n_rows, WhyMissing::NoAnswers);
    }
    let (n, population) = count(design, &rows);
    if n == 0 {
        return Scores::missing(name, design.n_rows, WhyMissing::NoWeight);
    }
    let mut total = Sum::default();
    let scores: Vec<f64> = rows.iter().map(|&row| design.weights[row as usize] * y(row as usize)).collect();
    scores.iter().for_each(|&score| total.add(score));
    let mean = total.value() / population;
    let mut squares = Sum::default();
    for &row in &rows {
        squares.add(design.weights[row as usize] * (y(row as usize) - mean).powi(2));
    }
    let of_mean = simple_random_variance(n, population, squares.value());
    Scores {
        value: Ok(total.value()),
        n,
        simple_random: of_mean.map(|variance| SimpleRandomVariance {
            without_replacement: variance.without_replacement.map(|value| value * population * population),
            with_replacement: variance.with_replacement * population * population,
        }),
        rows,
        scores,
        ..Scores::missing(name, design.n_rows, WhyMissing::NoAnswers)
    }
    .finite()
}
