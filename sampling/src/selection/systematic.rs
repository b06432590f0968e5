//! Systematic sampling with equal probabilities.

use std::num::NonZeroU64;

use crate::stream::Stream;

/// `n` positions of `0..population` at equal distances from a random start; all of them if `n` is larger.
///
/// # Formula
/// See [`systematic_from`], with the start uniform on 0, …, N−1. π = n/N exactly.
///
/// # Source
/// Madow & Madow (1944); Murthy (1967), fractional interval; Särndal, Swensson & Wretman (1992), §3.4.
///
/// # Limits
/// The order of the frame is part of the design. Many pairs have joint probability zero, so there is no unbiased variance
/// estimator; a frame with a period of the interval's length makes the sample one of a kind.
///
/// Checked: `selection::proofs::systematic_*`.
#[must_use]
pub fn systematic(population: u64, n: u64, stream: &mut Stream) -> Vec<u64> {
    match NonZeroU64::new(population) {
        Some(bound) => systematic_from(population, n, stream.below(bound)),
        None => Vec::new(),
    }
}

/// The systematic sample of a given start in `0..population`.
///
/// # Formula
/// Unit k (from 0) is taken when some integer j has n·k ≤ j·N + start < n·(k+1): whole-number arithmetic, so exactly n units
/// come out even when n does not divide N, and exactly n of the N starts take each unit.
#[must_use]
pub fn systematic_from(population: u64, n: u64, start: u64) -> Vec<u64> {
    if n == 0 {
        return Vec::new();
    }
    let (population, n) = (u128::from(population), u128::from(n.min(population)));
    #[expect(clippy::cast_possible_truncation, reason = "the quotient is below the population, which is 64 bits")]
    (0..n).map(|j| ((j * population + u128::from(start) % population) / n) as u64).collect()
}
