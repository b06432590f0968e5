//! Order sampling of fixed size: Pareto, sequential Poisson and exponential order.

use super::chance::{midpoint, uniform};
use super::prepared::Draw;
use super::target::{Odds, Target};
use crate::probability::minus_ln_of_no;
use crate::stream::Stream;

/// How the ranking variable is distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrderKind {
    /// Q = U·(1 − π)/(π·(1 − U)).
    Pareto,
    /// Q = U/π: sequential Poisson sampling.
    Uniform,
    /// Q = ln(1 − U)/ln(1 − π): successive sampling.
    Exponential,
}

/// Order sampling: each unit gets a ranking variable from its own uniform random number; the n smallest are taken.
///
/// # Formula
/// Qₖ as in [`OrderKind`]; P(Qₖ ≤ 1) = πₖ. With permanent random numbers Uₖ the overlap of two samples is controlled.
///
/// # Source
/// Rosén (1997), "On sampling with probability proportional to size", *J. Statistical Planning and Inference* 62, 159–191
/// (all three; Pareto is the best of them); Ohlsson (1998), *J. Official Statistics* 14, 149–162 (sequential Poisson).
///
/// # Limits
/// The true πₖ differ from the target (by up to 0.06 on frames of ten units); they are computed by
/// [`crate::probability`] where that is affordable, and otherwise the sample says that it carries the target. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct OrderSampling {
    kind: OrderKind,
}

impl OrderSampling {
    pub(crate) fn new(kind: OrderKind) -> Self {
        Self { kind }
    }
}

/// The ranking variable of a unit with its random number.
fn ranking(kind: OrderKind, odds: Odds, random: f64) -> f64 {
    match kind {
        OrderKind::Pareto => random / (1.0 - random) / odds.ratio(),
        OrderKind::Uniform => random / odds.yes,
        OrderKind::Exponential => minus_ln_of_no(Odds { yes: random, no: 1.0 - random }) / minus_ln_of_no(odds),
    }
}

impl Draw for OrderSampling {
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize> {
        self.smallest(target, |_| uniform(stream))
    }

    fn draw_by_numbers(&self, target: &Target, steps: &[u64]) -> Option<Vec<usize>> {
        Some(self.smallest(target, |unit| midpoint(steps[unit])))
    }
}

impl OrderSampling {
    /// The n units with the smallest ranking variables.
    fn smallest(&self, target: &Target, mut random: impl FnMut(usize) -> f64) -> Vec<usize> {
        let n = target.count();
        let mut ranks: Vec<(f64, usize)> = target
            .odds()
            .into_iter()
            .enumerate()
            .map(|(unit, odds)| (ranking(self.kind, odds, random(unit)), unit))
            .collect();
        if n < ranks.len() {
            ranks.select_nth_unstable_by(n, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            ranks.truncate(n);
        }
        ranks.into_iter().map(|(_, unit)| unit).collect()
    }
}
