//! Brewer's draw-by-draw procedure for any n.

use super::chance::uniform;
use super::prepared::Draw;
use super::target::{Odds, Target};
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
    odds: Vec<Odds>,
    /// Those of the largest unit.
    largest: Odds,
    n: usize,
}

/// The weight of a remaining unit when `left` draws are to be made and `lacking` is Σ (1 − π) over the drawn units.
///
/// With n − a = left + lacking the quotient has no difference of nearly equal numbers, even for π near one.
pub(crate) fn brewer_weight(odds: Odds, left: f64, lacking: f64) -> f64 {
    odds.yes * brewer_quotient(odds, left, lacking)
}

fn brewer_quotient(odds: Odds, left: f64, lacking: f64) -> f64 {
    ((left - 1.0) + lacking + odds.no) / (left * odds.no + lacking)
}

impl Brewer {
    pub(crate) fn new(target: &Target) -> Self {
        let odds = target.odds();
        let largest = odds.iter().copied().fold(Odds { yes: 0.0, no: 1.0 }, |a, b| if b.yes > a.yes { b } else { a });
        Self { pick: SizePick::new(&target.sizes), odds, largest, n: target.count() }
    }

    fn propose(&self, taken: &[bool], left: f64, lacking: f64, stream: &mut Stream) -> Option<usize> {
        let bound = brewer_quotient(self.largest, left, lacking);
        (0..PROPOSALS_MAX).find_map(|_| {
            let unit = self.pick.pick(stream);
            let accepted = !taken[unit] && uniform(stream) * bound < brewer_quotient(self.odds[unit], left, lacking);
            accepted.then_some(unit)
        })
    }

    fn weigh(&self, taken: &[bool], left: f64, lacking: f64, stream: &mut Stream) -> usize {
        let weight = |(odds, taken): (&Odds, &bool)| if *taken { 0.0 } else { brewer_weight(*odds, left, lacking) };
        WeightedPick::new(self.odds.iter().zip(taken).map(weight)).pick(stream)
    }
}

impl Draw for Brewer {
    #[expect(clippy::cast_precision_loss, reason = "a number of draws is far below 2^53")]
    fn draw(&self, _target: &Target, stream: &mut Stream) -> Vec<usize> {
        let mut taken = vec![false; self.odds.len()];
        let mut drawn = Vec::with_capacity(self.n);
        let mut lacking = 0.0;
        while drawn.len() < self.n {
            let left = (self.n - drawn.len()) as f64;
            let unit = self
                .propose(&taken, left, lacking, stream)
                .unwrap_or_else(|| self.weigh(&taken, left, lacking, stream));
            taken[unit] = true;
            lacking += self.odds[unit].no;
            drawn.push(unit);
        }
        drawn
    }
}
