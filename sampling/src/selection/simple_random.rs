//! Simple random sampling without replacement.

use std::collections::HashMap;
use std::num::NonZeroU64;

use crate::stream::Stream;

/// The first `n` positions of a random permutation of `0..population`; all of them, permuted, if `n` is larger.
///
/// # Formula
/// Fisher–Yates from the front: for i = 0, 1, …, n−1 swap place i with a place drawn uniformly from i..N. Every ordered
/// n-tuple of different units is equally likely, so π = n/N and πₖₗ = n(n−1)/(N(N−1)); and the first m of the n are
/// themselves a simple random sample of m, which is what makes ordered reserves honest. Only the places that were swapped
/// are stored: memory grows with n, not with N.
///
/// # Source
/// Fisher & Yates (1938); Knuth, *TAOCP* 2, §3.4.2, algorithm P; Särndal, Swensson & Wretman (1992), §3.3.
///
/// # Limits
/// Equal probabilities only.
///
/// Checked: `selection::proofs::simple_random_*`.
#[must_use]
pub fn simple_random(population: u64, n: u64, stream: &mut Stream) -> Vec<u64> {
    let mut moved: HashMap<u64, u64> = HashMap::new();
    let mut drawn = Vec::new();
    for place in 0..n.min(population) {
        let Some(left) = NonZeroU64::new(population - place) else { break };
        let chosen = place + stream.below(left);
        drawn.push(moved.get(&chosen).copied().unwrap_or(chosen));
        let here = moved.get(&place).copied().unwrap_or(place);
        moved.insert(chosen, here);
    }
    drawn
}
