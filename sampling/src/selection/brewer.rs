//! Brewer's draw-by-draw procedure for any n.

use super::chance::uniform;
use super::prepared::Draw;
use super::target::Target;
use super::weighted_pick::{SizePick, WeightedPick};
use crate::stream::Stream;

/// Proposals for one draw before all units are weighed.
const PROPOSALS_MAX: u32 = 32;

/// Brewer's general procedure: fixed n, πₖ exactly as targeted.
///
/// # Formula
/// At draw i = 1, …, n, with a = Σ π over the units already drawn, a remaining unit is drawn with probability proportional to
/// [`brewer_weight`]: πₖ·(n − a − πₖ)/(n − a − πₖ·(n − i + 1)). A draw is first tried by rejection: propose k with
/// probability πₖ/n, accept a remaining unit with the quotient's value over its value at the largest π; after 32 proposals
/// all units are weighed instead. Proposals are independent, so both ways give the same probabilities.
///
/// # Source
/// Brewer (1975), *Australian Journal of Statistics* 17, 166–172; Brewer & Hanif (1983), procedure 8 and its generalization;
/// Tillé (2006), algorithm 6.10.
///
/// # Limits
/// πₖₗ have no closed form for n > 2. Time about N + n·log N, at worst N·n. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct Brewer {
    pick: SizePick,
    pi: Vec<f64>,
    pi_max: f64,
    n: usize,
}

/// The weight of a remaining unit when `left` of `n` draws are to be made and `pi_left` = n − Σ π of the drawn ones.
pub(crate) fn brewer_weight(pi: f64, pi_left: f64, left: f64) -> f64 {
    pi * (pi_left - pi) / (pi_left - pi * left)
}

impl Brewer {
    pub(crate) fn new(target: &Target) -> Self {
        let pi = target.pi();
        let pi_max = pi.iter().copied().fold(0.0, f64::max);
        Self { pick: SizePick::new(&target.sizes), pi, pi_max, n: target.count() }
    }

    fn propose(&self, taken: &[bool], pi_left: f64, left: f64, stream: &mut Stream) -> Option<usize> {
        let quotient = |pi: f64| brewer_weight(pi, pi_left, left) / pi;
        let bound = quotient(self.pi_max);
        (0..PROPOSALS_MAX).find_map(|_| {
            let unit = self.pick.pick(stream);
            let accepted = !taken[unit] && uniform(stream) * bound < quotient(self.pi[unit]);
            accepted.then_some(unit)
        })
    }

    fn weigh(&self, taken: &[bool], pi_left: f64, left: f64, stream: &mut Stream) -> usize {
        let weight = |(pi, taken): (&f64, &bool)| if *taken { 0.0 } else { brewer_weight(*pi, pi_left, left) };
        WeightedPick::new(self.pi.iter().zip(taken).map(weight)).pick(stream)
    }
}

impl Draw for Brewer {
    #[expect(clippy::cast_precision_loss, reason = "a number of draws is far below 2^53")]
    fn draw(&self, stream: &mut Stream) -> Vec<usize> {
        let mut taken = vec![false; self.pi.len()];
        let mut drawn = Vec::with_capacity(self.n);
        let mut pi_left = self.n as f64;
        while drawn.len() < self.n {
            let left = (self.n - drawn.len()) as f64;
            let unit = self
                .propose(&taken, pi_left, left, stream)
                .unwrap_or_else(|| self.weigh(&taken, pi_left, left, stream));
            taken[unit] = true;
            pi_left -= self.pi[unit];
            drawn.push(unit);
        }
        drawn
    }
}
