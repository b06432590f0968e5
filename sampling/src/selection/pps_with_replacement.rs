//! Sampling with replacement, with probability proportional to size.

use super::prepared::Draw;
use super::target::Target;
use super::weighted_pick::SizePick;
use crate::stream::Stream;

/// n independent draws, each unit with probability pₖ = xₖ/Σx at each; the sample is the set of units drawn at least once.
///
/// # Formula
/// πₖ = 1 − (1 − pₖ)^n and πₖₗ = 1 − (1 − pₖ)^n − (1 − pₗ)^n + (1 − pₖ − pₗ)^n, exactly. A unit drawn twice stands in
/// the list once: it is interviewed once, and 1/πₖ is its weight (Horvitz–Thompson on the distinct units).
///
/// # Source
/// Hansen & Hurwitz (1943), *Annals of Mathematical Statistics* 14, 333–362; the distinct units: Raj & Khamis (1958), same
/// journal 29, 550–557.
///
/// # Limits
/// The number of distinct units is random, at most n. πₖ is not proportional to size. There are no certainty units. The
/// Hansen–Hurwitz estimator, which needs the number of times a unit was drawn, is not what these weights give. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct PpsWithReplacement {
    pick: SizePick,
    n: u64,
}

impl PpsWithReplacement {
    pub(crate) fn new(target: &Target) -> Self {
        Self { pick: SizePick::new(&target.sizes), n: target.n }
    }
}

impl Draw for PpsWithReplacement {
    fn draw(&self, _target: &Target, stream: &mut Stream) -> Vec<usize> {
        let mut drawn: Vec<usize> = (0..self.n).map(|_| self.pick.pick(stream)).collect();
        drawn.sort_unstable();
        drawn.dedup();
        drawn
    }
}
