//! Sampford's rejective sampling.

use super::conditional_walk::{ConditionalDesign, conditional_walk};
use super::prepared::Draw;
use super::target::{Odds, Target};
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
    odds: Vec<Odds>,
    n: usize,
}

impl Sampford {
    pub(crate) fn new(target: &Target) -> Self {
        let odds = target.odds();
        Self {
            first: SizePick::new(&target.sizes),
            rest: WeightedPick::new(odds.iter().map(|odds| odds.ratio())),
            n: target.count(),
            odds,
        }
    }

    /// One attempt; `None` at the first unit that comes twice. `seen` is all false before and after.
    fn attempt(&self, seen: &mut [bool], stream: &mut Stream) -> Option<Vec<usize>> {
        let mut taken = Vec::with_capacity(self.n);
        let mut distinct = true;
        while distinct && taken.len() < self.n {
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
    fn draw(&self, stream: &mut Stream) -> Vec<usize> {
        let mut seen = vec![false; self.odds.len()];
        for _ in 0..ATTEMPTS_MAX {
            if let Some(taken) = self.attempt(&mut seen, stream) {
                return taken;
            }
        }
        self.walk(stream)
    }
}

impl Sampford {
    /// Draws from the same design without rejection.
    pub(crate) fn walk(&self, stream: &mut Stream) -> Vec<usize> {
        conditional_walk(ConditionalDesign::Sampford, &self.odds, self.n, stream)
    }
}
