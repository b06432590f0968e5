//! Wald's test of several parameters at once.

use serde::Serialize;

use crate::distribution::f_upper;
use crate::linear_algebra::Cholesky;

/// Wald's statistic with its F distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WaldTest {
    /// The statistic.
    #[serde(rename = "F")]
    pub f: f64,
    /// Degrees of freedom of the numerator: the number of parameters.
    pub ndf: f64,
    /// Degrees of freedom of the denominator.
    pub ddf: f64,
    /// The probability of a larger statistic when all parameters are zero; `None` without denominator degrees of freedom.
    pub p: Option<f64>,
}

/// The test that all parameters are zero.
///
/// # Formula
/// `W = θᵀ V⁻¹ θ`, `k` parameters, `ν` degrees of freedom. Plain: `F = W/k` on `(k, ν)`. Adjusted: `F = W (ν − k + 1)/(k ν)` on `(k, ν − k + 1)`.
///
/// # Source
/// Wald (1943); Fellegi (1980), JASA 75, 261–268, and Korn and Graubard (1990), The American Statistician 44, 270–276 (the
/// adjustment); R `survey::regTermTest`, `svychisq`.
///
/// # Limits
/// V has few degrees of freedom in most surveys: with `k` near `ν` the plain form rejects far too often. `None` when V is singular,
/// as it is when `k` exceeds the degrees of freedom of the design.
///
/// # Errors
/// None: what cannot be computed is `None`.
///
/// Checked: `tests/hypotheses.rs`.
#[must_use]
pub fn wald(theta: &[f64], covariance: &[f64], degrees_of_freedom: f64, adjusted: bool) -> Option<WaldTest> {
    let k = theta.len() as f64;
    if theta.is_empty() || covariance.len() != theta.len() * theta.len() {
        return None;
    }
    let statistic = Cholesky::definite(covariance, theta.len())?.quadratic_form(theta);
    let ddf = if adjusted { degrees_of_freedom - k + 1.0 } else { degrees_of_freedom };
    let f = if adjusted { statistic * ddf / (k * degrees_of_freedom) } else { statistic / k };
    (f.is_finite() && ddf > 0.0).then(|| WaldTest { f, ndf: k, ddf, p: f_upper(f, k, ddf) })
}
