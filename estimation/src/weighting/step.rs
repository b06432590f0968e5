//! What every weighting step returns.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use serde::Serialize;

use super::{WeightDiagnostics, diagnose};

/// What happened in one cell of a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellAdjustment {
    /// The cell's label.
    pub cell: String,
    /// Units whose weight fell.
    pub n_reduced: usize,
    /// Units whose weight rose.
    pub n_increased: usize,
    /// Sum of the weights before the step.
    pub sum_before: f64,
    /// Sum of the weights after it.
    pub sum_after: f64,
    /// Factor of the weights that stay in the cell: of the receivers where weight is moved, of all where a cell is scaled.
    pub factor: f64,
}

/// How an iterative step ended. A step that did not converge is a problem, never a result.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Convergence {
    /// Number of iterations.
    pub iterations: usize,
    /// Largest relative distance of a total from its control.
    pub largest_gap: f64,
}

/// The result of one weighting step: new weights, never a change of the old ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightStep {
    /// What was done, such as `nonresponse`.
    pub name: String,
    /// One weight a row.
    #[serde(skip)]
    pub weights: Vec<f64>,
    /// The cells in order of their labels; empty for a step without cells.
    pub cells: Vec<CellAdjustment>,
    /// The new weights at a glance.
    pub diagnostics: WeightDiagnostics,
    /// Units whose weight changed, as a share of those that had one.
    pub changed_share: f64,
    /// Smallest and largest new weight over old weight, among units that keep one.
    pub factor_range: [f64; 2],
    /// Units with a negative weight (linear calibration without bounds can make them).
    pub n_negative: usize,
    /// How the iterations ended, for a step that has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub convergence: Option<Convergence>,
}

impl WeightStep {
    /// Describes what became of the weights.
    ///
    /// # Errors
    /// `weight_nobody_left` when no weight is positive.
    pub(super) fn new(
        name: &str,
        before: &[f64],
        after: Vec<f64>,
        cells: Vec<CellAdjustment>,
        convergence: Option<Convergence>,
    ) -> Result<Self, Problem> {
        let Some(diagnostics) = diagnose(&after) else {
            return Err(Problem::new(
                "weight_nobody_left",
                format!("bước {name}: không còn đơn vị nào có trọng số dương"),
                format!("step {name}: no unit with a positive weight is left"),
            ));
        };
        let (mut n, mut changed, mut factor_range) = (0_usize, 0_usize, [f64::INFINITY, 0.0_f64]);
        for (&old, &new) in before.iter().zip(&after).filter(|(old, _)| **old != 0.0) {
            n += 1;
            changed += usize::from(old != new);
            if new != 0.0 {
                factor_range = [factor_range[0].min(new / old), factor_range[1].max(new / old)];
            }
        }
        Ok(Self {
            name: name.to_owned(),
            n_negative: after.iter().filter(|&&weight| weight < 0.0).count(),
            weights: after,
            cells,
            diagnostics,
            changed_share: changed as f64 / n.max(1) as f64,
            factor_range,
            convergence,
        })
    }
}

/// Checks weights that enter a step.
///
/// # Errors
/// `weight_value` for each that is negative or not finite, with its row (counted from 1, without a header).
pub(super) fn check_weights(weights: &[f64]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for (row, weight) in weights.iter().enumerate().filter(|(_, weight)| !weight.is_finite() || **weight < 0.0) {
        problems.push(bad_weight(row, *weight));
    }
    problems.into_result(())
}

pub(super) fn bad_weight(row: usize, weight: f64) -> Problem {
    Problem::new("weight_value", "trọng số phải là số không âm", "a weight must be a number of at least 0")
        .at(Place::row(row + 1))
        .got(weight.to_string())
}

/// The problem of a column that is not as long as the weights.
pub(super) fn wrong_length(what: &str, expected: usize, got: usize) -> Problem {
    Problem::new(
        "weight_length",
        format!("{what} không dài bằng trọng số"),
        format!("{what} is not as long as the weights"),
    )
    .expected(format!("{expected} rows"))
    .got(format!("{got} rows"))
}

/// The cells of a step that scales or shifts weights inside cells, by label.
pub(super) fn summarize<'a>(
    cell_of_row: impl Fn(usize) -> Option<&'a str>,
    before: &[f64],
    after: &[f64],
) -> Vec<CellAdjustment> {
    let mut cells: BTreeMap<&str, CellAdjustment> = BTreeMap::new();
    for row in 0..before.len() {
        let Some(label) = cell_of_row(row) else { continue };
        let cell = cells.entry(label).or_insert_with(|| CellAdjustment {
            cell: label.to_owned(),
            n_reduced: 0,
            n_increased: 0,
            sum_before: 0.0,
            sum_after: 0.0,
            factor: 1.0,
        });
        cell.n_reduced += usize::from(after[row] < before[row]);
        cell.n_increased += usize::from(after[row] > before[row]);
        cell.sum_before += before[row];
        cell.sum_after += after[row];
    }
    cells
        .into_values()
        .map(|cell| CellAdjustment {
            factor: if cell.sum_before > 0.0 { cell.sum_after / cell.sum_before } else { 1.0 },
            ..cell
        })
        .collect()
}
