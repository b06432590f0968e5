//! Neyman's allocation.

/// The score of Neyman's allocation: least variance of the mean (or total) for a given number of units.
///
/// # Formula
/// aₕ = Nₕ Sₕ, which minimises Σ Nₕ² Sₕ²/nₕ for Σ nₕ = n.
///
/// # Source
/// Tschuprow (1923); Neyman (1934), *JRSS* 97, 558–606; Cochran (1977), §5.5; in whole numbers Wright (2012, 2017).
///
/// # Limits
/// Sₕ is a guess from earlier rounds; a wrong one costs precision, never correctness. Best for one variable only.
///
/// Checked: `allocation::proofs`: against the reference, Lohr's caribou, `no_whole_numbers_beat_neyman`.
#[must_use]
pub fn neyman_score(measure: f64, spread: f64) -> f64 {
    measure * spread
}
