//! Systematic sampling with probability proportional to size.

use std::num::NonZeroU64;

use super::Selected;
use super::certainty::certain_by_size;
use super::size_total::SizeTotal;
use crate::sample::InclusionProbability;
use crate::stream::Stream;

/// Draws `n` units with probability proportional to size: certainty units by the size loop, the others systematically in
/// the order given. Selected units come in that order.
///
/// # Formula
/// πₖ = 1 for certainty units ([`certain_by_size`]), otherwise πₖ = n′·xₖ / Σ′x with n′ and Σ′ over the others; start
/// uniform on the whole numbers 0, …, Σ′x − 1, then [`pps_systematic_from`]. π holds exactly: n′·xₖ of the Σ′x starts take
/// unit k.
///
/// # Source
/// Madow (1949), "On the theory of systematic sampling, II"; Särndal, Swensson & Wretman (1992), §3.6.2; Tillé (2006), §7.1.
///
/// # Limits
/// The order of the frame is part of the design; many pairs have joint probability zero, hence no unbiased variance
/// estimator. Sizes are positive whole numbers whose total fits 64 bits (the frame checks both).
///
/// Checked: `selection::proofs::pps_systematic_*`, against exact tables and by repetition.
#[must_use]
pub fn pps_systematic(sizes: &[u64], n: u64, stream: &mut Stream) -> Vec<Selected> {
    let split = certain_by_size(sizes, n);
    let bound = u64::try_from(split.total_left).ok().and_then(NonZeroU64::new);
    let start = bound.filter(|_| split.n_left > 0).map(|bound| stream.below(bound));
    let drawn = match start {
        // Without certainty units, the usual case, nothing is copied.
        Some(start) if split.n_left == n => from_start(sizes, split.total_left, n, start),
        Some(start) => {
            let others: Vec<usize> = (0..sizes.len()).filter(|k| !split.certain[*k]).collect();
            let other_sizes: Vec<u64> = others.iter().map(|k| sizes[*k]).collect();
            from_start(&other_sizes, split.total_left, split.n_left, start)
                .into_iter()
                .map(|place| others[place])
                .collect()
        }
        None => Vec::new(),
    };
    let probability = |k: usize| {
        if split.certain[k] {
            InclusionProbability::CERTAIN
        } else {
            InclusionProbability::of_shares(u128::from(split.n_left) * u128::from(sizes[k]), split.total_left)
        }
    };
    let mut taken: Vec<usize> = drawn;
    if split.n_left < n {
        taken.extend((0..sizes.len()).filter(|k| split.certain[*k]));
        taken.sort_unstable();
    }
    taken.into_iter().map(|k| Selected { position: k as u64, probability: probability(k) }).collect()
}

/// The systematic sample of a given start in `0..Σx`, without certainty units (every n·xₖ < Σx).
///
/// # Formula
/// With cumulative sizes Cₖ = x₁ + … + xₖ, unit k is taken when some integer j has n·Cₖ₋₁ ≤ j·Σx + start < n·Cₖ:
/// whole-number arithmetic, exactly n units.
#[must_use]
pub fn pps_systematic_from(sizes: &[u64], n: u64, start: u64) -> Vec<usize> {
    from_start(sizes, SizeTotal::of(sizes).total, n, start)
}

/// Sizes that are passed over together where none of them is reached.
const BLOCK: usize = 128;

/// The same with the total known.
fn from_start(sizes: &[u64], total: u128, n: u64, start: u64) -> Vec<usize> {
    if n == 0 {
        return Vec::new();
    }
    let n = u128::from(n);
    // n·C > next exactly when C > ⌊next/n⌋, C being whole: one comparison a unit.
    let mut next = u128::from(start);
    let mut reach = next / n;
    let mut cumulative: u128 = 0;
    let mut taken = Vec::new();
    for (number, block) in sizes.chunks(BLOCK).enumerate() {
        // Exact when the total fits 64 bits; otherwise every unit is looked at.
        let sum = block.iter().fold(0_u64, |sum, size| sum.wrapping_add(*size));
        if total <= u128::from(u64::MAX) && cumulative + u128::from(sum) <= reach {
            cumulative += u128::from(sum);
            continue;
        }
        for (place, size) in block.iter().enumerate() {
            cumulative += u128::from(*size);
            if cumulative > reach {
                taken.push(number * BLOCK + place);
                next += total;
                reach = next / n;
            }
        }
    }
    taken
}
