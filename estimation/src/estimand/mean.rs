//! Means.

use problem::Problem;

use super::{answered, count, simple_random_variance};
use crate::scores::Scope;
use crate::sum::Sum;
use crate::{EstimationDesign, Scores, WhyMissing};

/// The mean of `y` over the rows of the domain that have an answer (`NaN` is no answer).
///
/// # Formula
/// `ȳ = Σ w a y / Σ w a`, score `u = w a (y − ȳ) / Σ w a`, with `a` = 1 on the rows that are in the domain and answered,
/// otherwise 0, and `w` the weight. Each item rests on its own answerers; `n` counts those with a weight above zero.
///
/// # Source
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, §5.7 and §5.8 (a domain mean is a ratio of two
/// totals); Binder (1983), Int. Stat. Rev. 51, 279–292.
///
/// # Limits
/// A linearization: good when the weighted count of answers varies little from sample to sample. Without answers, or
/// without weight, the estimate is missing with its reason.
///
/// # Errors
/// `scores_length` when `y` or `domain` does not have one value a row, `scores_infinite_value`.
///
/// Checked: `tests/against_r.rs`, `tests/identities.rs::a_domain_mean_is_a_ratio`, `tests/repetition.rs`.
pub fn mean(design: &EstimationDesign, y: &[f64], domain: Option<&[bool]>) -> Result<Scores, Problem> {
    let rows = answered(design, "mean", &[y], domain)?;
    Ok(mean_of_rows(design, "mean", rows, |row| y[row]))
}

/// The mean of `y` over the given rows, all answered.
pub(crate) fn mean_of_rows(design: &EstimationDesign, name: &str, rows: Vec<u32>, y: impl Fn(usize) -> f64) -> Scores {
    if rows.is_empty() {
        return Scores::missing(name, design.n_rows, WhyMissing::NoAnswers);
    }
    let (n, population) = count(design, &rows);
    if n == 0 {
        return Scores::missing(name, design.n_rows, WhyMissing::NoWeight);
    }
    let mut total = Sum::default();
    for &row in &rows {
        total.add(design.weights[row as usize] * y(row as usize));
    }
    let mean = total.value() / population;
    let mut squares = Sum::default();
    let scores = rows
        .iter()
        .map(|&row| {
            let weighted = design.weights[row as usize] * (y(row as usize) - mean);
            squares.add(weighted * (y(row as usize) - mean));
            weighted / population
        })
        .collect();
    Scores {
        value: Ok(mean),
        n,
        scope: Scope::OwnRows,
        simple_random: simple_random_variance(n, population, squares.value()),
        rows,
        scores,
        ..Scores::missing(name, design.n_rows, WhyMissing::NoAnswers)
    }
    .finite()
}
