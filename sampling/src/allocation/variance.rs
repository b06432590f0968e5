//! What an allocation gives: the variance of the estimated mean.

use super::AllocationStratum;

/// Variance of the stratified mean under simple random sampling in each stratum; `None` where a spread is not known or a
/// stratum has no unit.
///
/// # Formula
/// V = Σ (Nₕ/N)² (1 − nₕ/Nₕ) Sₕ²/nₕ with Nₕ the population of the stratum.
///
/// # Source
/// Cochran (1977), theorem 5.3; Särndal, Swensson & Wretman (1992), §3.7.
///
/// # Limits
/// For elements drawn by simple random sampling. Under clusters or selection by size it only compares allocations, roughly.
///
/// Checked: `allocation::proofs::variances_are_those_of_the_reference`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "populations and samples are far below 2⁵³")]
pub fn variance_of_mean(strata: &[AllocationStratum], n: &[f64]) -> Option<f64> {
    let population: f64 = strata.iter().map(|stratum| stratum.population as f64).sum();
    let terms = strata.iter().zip(n).map(|(stratum, n)| {
        let units = stratum.population as f64;
        let share = units / population;
        (*n > 0.0).then(|| Some(share * share * (1.0 - n / units) * stratum.spread?.powi(2) / n))?
    });
    let variance = terms.sum::<Option<f64>>()?;
    (n.len() == strata.len() && variance.is_finite()).then_some(variance)
}
