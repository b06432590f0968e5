//! Proportional allocation.

/// The score of proportional allocation: the measure of the stratum.
///
/// # Formula
/// aₕ = Nₕ, nₕ = n·Nₕ/N: every unit has the same probability n/N, but for whole numbers.
///
/// # Source
/// Bowley (1926); Särndal, Swensson & Wretman (1992), §3.7.
///
/// # Limits
/// Where the measure is not the number of units drawn (households of a stratum of communes), "the same probability" holds
/// for what is measured, after selection by that size.
///
/// Checked: `allocation::proofs`: against the reference, and `the_house_of_representatives_of_2020`.
#[must_use]
pub fn proportional_score(measure: f64) -> f64 {
    measure
}
