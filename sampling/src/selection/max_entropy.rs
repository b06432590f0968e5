//! Conditional Poisson sampling: the design of maximum entropy.

use super::conditional_walk::{ConditionalDesign, conditional_walk};
use super::prepared::Draw;
use super::target::{Odds, Target};
use crate::probability::CountDistribution;
use crate::stream::Stream;

/// Bound of the search for the working probabilities.
const STEPS_MAX: u32 = 500;

/// A search that ends closer than this (relative, to π and to 1 − π) is at the limit of the arithmetic.
const CLOSE: f64 = 1e-13;

/// Conditional Poisson sampling: of all designs with the same π and n the one of maximum entropy.
///
/// # Formula
/// P(s) ∝ Πₖ pₖ/(1 − pₖ), s of size n. The working probabilities p are such that the design's own inclusion
/// probabilities ψₖ = pₖ·P(S₋ₖ = n−1)/P(S = n) are the target πₖ (S the count of independent events p, S₋ₖ without k):
/// iterate pₖ/qₖ ← πₖ/(1 − πₖ)·P(S₋ₖ = n)/P(S₋ₖ = n−1), rescaled so that Σp = n; half steps (on the scale of the
/// logarithm) as soon as a full one does not halve the distance. Drawn by [`conditional_walk`].
///
/// # Source
/// Hájek (1964), *Annals of Mathematical Statistics* 35, 1491–1523; Chen, Dempster & Liu (1994), *Biometrika* 81, 457–469.
/// Probabilities come from the distribution of counts, not from Chen's alternating recursion, which loses all digits for
/// large n with large π.
///
/// # Limits
/// The units carry ψ, the probabilities of the design that is really drawn; it is at the target within rounding (1e-12)
/// unless 500 steps are not enough, which [`Self::distance`] tells. Time per step proportional to N·√n. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct MaxEntropy {
    working: Vec<Odds>,
    inclusion: Vec<f64>,
    distance: f64,
    n: usize,
}

impl MaxEntropy {
    pub(crate) fn new(target: &Target) -> Self {
        let (goal, n) = (target.odds(), target.count());
        let mut best = Step::at(&goal, &goal, n);
        let mut half = false;
        for _ in 0..STEPS_MAX {
            if best.distance <= CLOSE {
                break;
            }
            let next = best.next(&goal, n, half);
            let halved = next.distance <= 0.5 * best.distance;
            if next.distance < best.distance {
                best = next;
            } else if half {
                // Neither way comes closer: the limit of the arithmetic.
                break;
            }
            half |= !halved;
        }
        Self { working: best.working, inclusion: best.inclusion, distance: best.distance, n }
    }

    /// The working probabilities p, as odds; Σp = n.
    pub(crate) fn working(&self) -> &[Odds] {
        &self.working
    }

    /// ψ, the inclusion probabilities of the design.
    pub(crate) fn inclusion(&self) -> &[f64] {
        &self.inclusion
    }

    /// The largest relative distance of ψ from the target π, added to that of 1 − ψ from 1 − π.
    pub(crate) fn distance(&self) -> f64 {
        self.distance
    }
}

impl Draw for MaxEntropy {
    fn draw(&self, _target: &Target, stream: &mut Stream) -> Vec<usize> {
        conditional_walk(ConditionalDesign::ConditionalPoisson, &self.working, self.n, stream)
    }
}

/// Working probabilities with what they give.
struct Step {
    working: Vec<Odds>,
    inclusion: Vec<f64>,
    /// P(S₋ₖ = n)/P(S₋ₖ = n−1).
    quotients: Vec<f64>,
    distance: f64,
}

impl Step {
    fn at(working: &[Odds], goal: &[Odds], n: usize) -> Self {
        let working = scaled_to_sum(working, n);
        let count = CountDistribution::of(&working);
        let of_n = count.at(n);
        let (mut inclusion, mut quotients) = (Vec::with_capacity(goal.len()), Vec::with_capacity(goal.len()));
        let mut distance = 0.0_f64;
        for (odds, goal) in working.iter().zip(goal) {
            let (before, here) = count.around_without(*odds, n);
            let (taken, left) = (odds.yes * before / of_n, odds.no * here / of_n);
            let off = (taken / goal.yes - 1.0).abs() + (left / goal.no - 1.0).abs();
            distance = distance.max(if off.is_nan() { f64::INFINITY } else { off });
            inclusion.push(taken);
            quotients.push(here / before);
        }
        Self { working, inclusion, quotients, distance }
    }

    fn next(&self, goal: &[Odds], n: usize, half: bool) -> Self {
        let ratios = self.working.iter().zip(goal).zip(&self.quotients).map(|((now, goal), quotient)| {
            let full = goal.ratio() * quotient;
            Odds::of_ratio(if half { (full * now.ratio()).sqrt() } else { full })
        });
        Self::at(&ratios.collect::<Vec<Odds>>(), goal, n)
    }
}

/// The same design (all ratios times one factor) with Σp = n within a few percent, so that the count is centred at n.
#[expect(clippy::cast_precision_loss, reason = "a sample size is far below 2^53")]
fn scaled_to_sum(odds: &[Odds], n: usize) -> Vec<Odds> {
    let mut odds = odds.to_vec();
    for _ in 0..50 {
        let sum: f64 = odds.iter().map(|odds| odds.yes).sum();
        let spread: f64 = odds.iter().map(|odds| odds.yes * odds.no).sum();
        let miss = n as f64 - sum;
        if miss.abs() <= 0.01 * spread.sqrt().min(1.0) {
            break;
        }
        // One Newton step on the logarithm of the factor, within a factor of four.
        let step = (miss / spread).clamp(-0.75, 3.0);
        let factor = if step >= 0.0 { 1.0 + step } else { 1.0 / (1.0 - step) };
        odds = odds.iter().map(|odds| Odds::of_ratio(odds.ratio() * factor)).collect();
    }
    odds
}
