//! Proportions of a category.

use problem::Problem;

use super::mean::mean_of_rows;
use crate::scores::wrong_length;
use crate::table::Cells;
use crate::{EstimationDesign, Scores};

/// The proportion of a category among the rows of the domain that have an answer.
///
/// # Formula
/// The mean of `y` = 1 on rows of the category, 0 on rows of another one; missing cells are no answer. The proportions of
/// all categories sum to 1 and their scores to 0.
///
/// # Source
/// Särndal, Swensson and Wretman (1992), §5.8.
///
/// # Limits
/// A category that nobody chose has proportion 0 and standard error 0; its interval says nothing then. The t interval can
/// leave \[0, 1\] for small proportions.
///
/// # Errors
/// `scores_length` when the codes or the domain do not have one value a row.
///
/// Checked: `tests/against_r.rs`, `tests/identities.rs::a_proportion_is_the_mean_of_its_category`.
pub fn proportion(
    design: &EstimationDesign,
    codes: &[u32],
    category: u32,
    domain: Option<&[bool]>,
) -> Result<Scores, Problem> {
    for length in [codes.len()].into_iter().chain(domain.map(<[bool]>::len)) {
        if length != design.n_rows() {
            return Err(wrong_length("proportion", design.n_rows(), length));
        }
    }
    let rows = (0..design.n_rows())
        .filter(|&row| codes[row] != Cells::MISSING_CODE && domain.is_none_or(|domain| domain[row]))
        .map(|row| row as u32)
        .collect();
    Ok(mean_of_rows(design, "proportion", rows, |row| if codes[row] == category { 1.0 } else { 0.0 }))
}
