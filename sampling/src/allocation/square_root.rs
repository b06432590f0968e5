//! Square-root allocation.

/// The score of square-root allocation: the root of the measure.
///
/// # Formula
/// aₕ = √Nₕ.
///
/// # Source
/// Bankier (1988), *The American Statistician* 42, 174–177 (power allocation with q = ½ and equal variation); Lehtonen &
/// Pahkinen (2004), ch. 3.
///
/// # Limits
/// Between equal and proportional: small strata get more than their share, at the price of unequal weights.
///
/// Checked: `allocation::proofs::real_numbers_are_those_of_the_reference`.
#[must_use]
pub fn square_root_score(measure: f64) -> f64 {
    measure.sqrt()
}
