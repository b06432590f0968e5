//! Joint probabilities of systematic sampling: overlaps of arcs.

use super::joint::JointProbabilities;
use crate::selection::Target;

/// Units for which all subsets of the others are gone through, in random order.
pub(crate) const POPULATION_MAX: usize = 20;

/// The length of the circle that two arcs share; the second begins `ahead` after the first; both shorter than the circle.
fn overlap(first: u64, second: u64, ahead: u64, circle: u64) -> u64 {
    let tail = first.saturating_sub(ahead).min(second);
    let round = second.saturating_sub(circle - ahead).min(first);
    tail + round
}

#[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
fn quotient(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// In the order given.
///
/// # Formula
/// With the cumulated target Cₖ wound round a circle of length one, unit k is selected when the random start falls into the
/// arc from Cₖ₋₁ to Cₖ. πₖₗ is the length that the arcs of k and l share; in whole numbers until the last division.
///
/// # Source
/// Madow (1949); Särndal, Swensson & Wretman (1992), §3.6.2; the arcs: Connor (1966), *JASA* 61, 384–390.
pub(crate) fn systematic_joint(target: &Target) -> JointProbabilities {
    let circle = target.total.get();
    let mut end = 0_u64;
    let starts: Vec<u64> = (0..target.sizes.len())
        .map(|unit| {
            let start = end;
            end = add_on(end, target.share(unit), circle);
            start
        })
        .collect();
    JointProbabilities::of_pairs(&target.pi(), |k, l| {
        let ahead = add_on(starts[l], circle - starts[k], circle);
        quotient(overlap(target.share(k), target.share(l), ahead, circle), circle)
    })
}

fn add_on(a: u64, b: u64, circle: u64) -> u64 {
    let sum = (u128::from(a) + u128::from(b)) % u128::from(circle);
    u64::try_from(sum).unwrap_or(0)
}

/// After a random order; `None` for more than [`POPULATION_MAX`] units.
///
/// # Formula
/// Round the circle of all N units, the set between k and l (from k on) is any set of j of the N − 2 others with probability
/// 1/((N−1)·C(N−2, j)). Given its total, πₖₗ is the overlap of two arcs; summed over all 2^(N−2) sets.
///
/// # Source
/// Connor (1966), *JASA* 61, 384–390; Hidiroglou & Gray (1980), *Applied Statistics* 29, 107–112 (algorithm AS 146).
pub(crate) fn random_order_joint(target: &Target) -> Option<JointProbabilities> {
    let population = target.sizes.len();
    if population > POPULATION_MAX {
        return None;
    }
    let circle = target.total.get();
    Some(JointProbabilities::of_pairs(&target.pi(), |k, l| {
        let others: Vec<u64> =
            (0..population).filter(|unit| *unit != k && *unit != l).map(|unit| target.share(unit)).collect();
        let (first, second) = (target.share(k), target.share(l));
        // For each number of units between them, the overlaps of all such sets, added up.
        let mut overlaps = vec![0_u128; others.len() + 1];
        let mut between = vec![0_u64; 1 << others.len()];
        for set in 0..between.len() {
            if let Some(earlier) = set.checked_sub(1) {
                let rest = set & earlier;
                between[set] = add_on(between[rest], others[set.trailing_zeros() as usize], circle);
            }
            let ahead = add_on(between[set], first, circle);
            overlaps[set.count_ones() as usize] += u128::from(overlap(first, second, ahead, circle));
        }
        mean_over_sets(&overlaps, population, circle)
    }))
}

/// Σⱼ overlapⱼ / (C(N−2, j)·(N−1)), over the circle.
#[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
fn mean_over_sets(overlaps: &[u128], population: usize, circle: u64) -> f64 {
    let mut sets = 1.0;
    let mut sum = 0.0;
    for (between, overlap) in overlaps.iter().enumerate() {
        sum += *overlap as f64 / sets;
        sets *= (overlaps.len() - 1 - between) as f64 / (between + 1) as f64;
    }
    sum / (population - 1) as f64 / circle as f64
}
