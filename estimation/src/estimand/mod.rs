//! What is estimated: each file gives a value and its linearized scores.

mod mean;
mod proportion;
mod quantile;
mod ratio;
mod total;
mod variance_covariance;

pub use mean::mean;
pub(crate) use mean::mean_of_rows;
pub use proportion::proportion;
pub use quantile::{Quantile, QuantileRule, SortedAnswers};
pub use ratio::ratio;
pub use total::total;
pub(crate) use total::total_of_rows;
pub use variance_covariance::{correlation, covariance};
pub(crate) use variance_covariance::{correlation_of_rows, covariance_of_rows};

use problem::{Place, Problem};

use crate::EstimationDesign;
use crate::scores::{SimpleRandomVariance, wrong_length};
use crate::sum::Sum;

/// The rows of the domain in which every column has an answer, ascending.
///
/// Infinite values and wrong lengths are problems; NaN is an answer that is not there.
pub(crate) fn answered(
    design: &EstimationDesign,
    name: &str,
    columns: &[&[f64]],
    domain: Option<&[bool]>,
) -> Result<Vec<u32>, Problem> {
    answered_rows(design.n_rows, name, columns, domain)
}

/// The same for a table of so many rows.
pub(crate) fn answered_rows(
    n_rows: usize,
    name: &str,
    columns: &[&[f64]],
    domain: Option<&[bool]>,
) -> Result<Vec<u32>, Problem> {
    for length in columns.iter().map(|values| values.len()).chain(domain.map(<[bool]>::len)) {
        if length != n_rows {
            return Err(wrong_length(name, n_rows, length));
        }
    }
    let in_domain = |row: &usize| domain.is_none_or(|domain| domain[*row]);
    let mut rows = Vec::new();
    for row in (0..n_rows).filter(in_domain) {
        if columns.iter().any(|values| values[row].is_nan()) {
            continue;
        }
        if columns.iter().any(|values| values[row].is_infinite()) {
            return Err(infinite_value(name, row));
        }
        rows.push(row as u32);
    }
    Ok(rows)
}

/// The problem of an infinite answer; `row` counts from 0.
pub(crate) fn infinite_value(name: &str, row: usize) -> Problem {
    Problem::new("scores_infinite_value", format!("{name}: có giá trị vô hạn"), format!("{name}: a value is infinite"))
        .at(Place::row(row + 2))
        .expected(("số hữu hạn, hoặc để trống", "a finite number, or a missing value"))
}

/// Number of the rows with a weight above zero, and the sum of the weights.
pub(crate) fn count(design: &EstimationDesign, rows: &[u32]) -> (usize, f64) {
    let (mut n, mut population) = (0, Sum::default());
    for &row in rows {
        let weight = design.weights[row as usize];
        n += usize::from(weight != 0.0);
        population.add(weight);
    }
    (n, population.value())
}

/// The sampling variance of the mean of `values` under simple random sampling of the same `n`.
///
/// # Formula
/// `S² = n/(n−1) · Σ w (y−ȳ)² / Σ w`; with replacement `S²/n`, without `S² (N−n)/(N n)`, `N = Σ w`. Rows with weight zero
/// count neither in `n` nor in `N`.
///
/// # Source
/// Kish (1965), Survey Sampling; R `survey::svymean(deff=)`.
pub(crate) fn simple_random_variance(n: usize, population: f64, sum_of_squares: f64) -> Option<SimpleRandomVariance> {
    if n < 2 {
        return None;
    }
    let size = n as f64;
    let spread = size / (size - 1.0) * sum_of_squares / population;
    Some(SimpleRandomVariance {
        with_replacement: spread / size,
        without_replacement: (population > size).then(|| spread * (population - size) / (population * size)),
    })
}
