//! Sampford's rejective sampling.

use super::conditional_walk::{ConditionalDesign, conditional_walk};
use super::prepared::Draw;
use super::target::Target;
use super::weighted_pick::{SizePick, WeightedPick};
use crate::stream::Stream;

/// Attempts before the exact walk takes over.
const ATTEMPTS_MAX: u32 = 1_000;

/// Sampford's design: fixed n, πₖ exactly as targeted, all πₖₗ above zero.
///
/// # Formula
/// P(s) ∝ Πₖ λₖ · Σₖ (1 − πₖ), λₖ = πₖ/(1 − πₖ). By rejection: the first unit with probability πₖ/n, n − 1
/// more with replacement with probability ∝ λₖ; accepted when all n differ. After 1,000 rejected attempts the sample is
/// drawn without rejection by [`conditional_walk`], from the same design: attempts are independent, so giving up after a
/// fixed number of them changes no probability.
///
/// # Source
/// Sampford (1967), "On sampling without replacement with unequal probabilities of selection", *Biometrika* 54, 499–513.
///
/// # Limits
/// Rejection is fast while n² Σ(π/n)² is small; otherwise time is proportional to N·√n (the walk). Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct Sampford {
    first: SizePick,
    rest: WeightedPick,
}

impl Sampford {
    #[expect(clippy::cast_precision_loss, reason = "a weight is a rounded quotient")]
    pub(crate) fn new(target: &Target) -> Self {
        let total = target.total.get();
        let ratio = |share: u64| share as f64 / (total - share) as f64;
        Self {
            first: SizePick::new(&target.sizes),
            rest: WeightedPick::new((0..target.sizes.len()).map(|unit| ratio(target.share(unit)))),
        }
    }

    /// One attempt; `None` at the first unit that comes twice. `seen` is all false before and after.
    fn attempt(&self, n: usize, seen: &mut [bool], stream: &mut Stream) -> Option<Vec<usize>> {
        let mut taken = Vec::with_capacity(n);
        let mut distinct = true;
        while distinct && taken.len() < n {
            let unit = if taken.is_empty() { self.first.pick(stream) } else { self.rest.pick(stream) };
            distinct = !seen[unit];
            if distinct {
                seen[unit] = true;
                taken.push(unit);
            }
        }
        for unit in &taken {
            seen[*unit] = false;
        }
        distinct.then_some(taken)
    }
}

impl Draw for Sampford {
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize> {
        let mut seen = vec![false; target.sizes.len()];
        for _ in 0..ATTEMPTS_MAX {
            if let Some(taken) = self.attempt(target.count(), &mut seen, stream) {
                return taken;
            }
        }
        sampford_walk(target, stream)
    }
}

/// Draws from the same design without rejection.
pub(crate) fn sampford_walk(target: &Target, stream: &mut Stream) -> Vec<usize> {
    conditional_walk(ConditionalDesign::Sampford, &target.odds(), target.count(), stream)
}
