//! What the variance must know of calibrated weights: scores are replaced by their residuals on the calibration variables.

use super::{Controls, Margin};
use crate::linear_algebra::{orthonormal_basis, remove};

/// A calibration that weights went through, as the variance operator needs it.
///
/// A calibrated estimator varies only as far as a variable is *not* explained by the calibration variables, because their totals are
/// fixed. Leaving this out gives standard errors that are wrong in either direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// Poststratification: residuals from the cell's mean by the weights before it.
    Cells { margin: Margin, before: Vec<f64>, after: Vec<f64> },
    /// Raking: residuals from the plain cell means of each margin in turn, ten sweeps.
    Margins { margins: Vec<Margin>, after: Vec<f64> },
    /// Calibration: residuals of the regression with the weights before it. `root` is `g √w`, 0 where a row takes no part.
    Regression { basis: Vec<Vec<f64>>, root: Vec<f64> },
}

/// R's tolerance for dependent columns in `qr`.
const QR_TOLERANCE: f64 = 1e-7;
/// Sweeps over the margins (R `survey:::svyrecvar`).
const SWEEPS: usize = 10;

impl Calibration {
    pub(super) fn of_cells(margin: &Margin, before: &[f64], after: &[f64]) -> Self {
        Self(Kind::Cells { margin: margin.clone(), before: before.to_vec(), after: after.to_vec() })
    }

    pub(super) fn of_margins(margins: &[Margin], after: &[f64]) -> Self {
        Self(Kind::Margins { margins: margins.to_vec(), after: after.to_vec() })
    }

    pub(super) fn of_controls(controls: &Controls, before: &[f64], after: &[f64]) -> Self {
        let rows: Vec<usize> = (0..before.len()).filter(|&row| before[row] > 0.0 && after[row] != 0.0).collect();
        let values = controls.matrix(&rows);
        let n_controls = controls.len();
        let columns = (0..n_controls).map(|at| {
            let mut column = vec![0.0; before.len()];
            for (position, &row) in rows.iter().enumerate() {
                column[row] = values[position * n_controls + at] * before[row].sqrt();
            }
            column
        });
        let basis = orthonormal_basis(columns, QR_TOLERANCE);
        let mut root = vec![0.0; before.len()];
        rows.iter().for_each(|&row| root[row] = after[row] / before[row].sqrt());
        Self(Kind::Regression { basis, root })
    }

    /// Replaces scores (one a row of the data) by their residuals.
    ///
    /// # Formula
    /// With `u = w' e` the score of a row: poststratification subtracts `w' · Σ_c w e / Σ_c w`; raking subtracts `w'` times the mean of
    /// `u/w'` in the cell, margin by margin, ten times over; calibration replaces `e` by the residual of its regression on the controls
    /// with the weights `w` before the step. Rows whose weight is zero after the step take no part.
    ///
    /// # Source
    /// Särndal, Swensson and Wretman (1992), §6.6; Deville and Särndal (1992), §3; R `survey` 4.5, `svyrecvar`.
    pub(crate) fn residualize(&self, scores: &mut [f64]) {
        match &self.0 {
            Kind::Cells { margin, before, after } => {
                let mut sums = vec![(0.0, 0.0); margin.counts.len()];
                for row in cells(margin, after) {
                    let sum = &mut sums[margin.cell_of_row[row] as usize];
                    sum.0 += scores[row] * before[row] / after[row];
                    sum.1 += before[row];
                }
                for row in cells(margin, after) {
                    let (sum, weight) = sums[margin.cell_of_row[row] as usize];
                    scores[row] -= sum / weight * after[row];
                }
            }
            Kind::Margins { margins, after } => {
                for margin in (0..SWEEPS).flat_map(|_| margins) {
                    let mut sums = vec![(0.0, 0.0); margin.counts.len()];
                    for row in cells(margin, after) {
                        let sum = &mut sums[margin.cell_of_row[row] as usize];
                        sum.0 += scores[row] / after[row];
                        sum.1 += 1.0;
                    }
                    for row in cells(margin, after) {
                        let (sum, n) = sums[margin.cell_of_row[row] as usize];
                        scores[row] -= sum / n * after[row];
                    }
                }
            }
            Kind::Regression { basis, root } => {
                let there = |row: &usize| root[*row] != 0.0;
                let mut scaled = vec![0.0; scores.len()];
                (0..scores.len()).filter(there).for_each(|row| scaled[row] = scores[row] / root[row]);
                basis.iter().for_each(|unit| remove(&mut scaled, unit));
                (0..scores.len()).filter(there).for_each(|row| scores[row] = scaled[row] * root[row]);
            }
        }
    }
}

/// The rows that have a cell and a weight.
fn cells<'a>(margin: &'a Margin, weights: &'a [f64]) -> impl Iterator<Item = usize> + 'a {
    (0..weights.len()).filter(|&row| weights[row] != 0.0 && margin.cell_of_row[row] != Margin::NO_CELL)
}
