//! Equal allocation.

/// The score of equal allocation: the same for every stratum.
///
/// # Formula
/// aₕ = 1, nₕ = n/H.
///
/// # Source
/// Lohr (2010), *Sampling: Design and Analysis*, §3.4.
///
/// # Limits
/// For comparing strata with each other. For the whole population weights differ between strata and the variance is larger
/// than in proportion.
///
/// Checked: `allocation::proofs::real_numbers_are_those_of_the_reference`.
#[must_use]
pub fn equal_score() -> f64 {
    1.0
}
