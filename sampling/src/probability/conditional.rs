//! Joint probabilities of the two conditional designs: maximum entropy and Sampford.

use super::joint::JointProbabilities;
use super::{CountDistribution, MarkedDistribution};
use crate::selection::Odds;

/// The conditional Poisson design of working probabilities p with inclusion probabilities `inclusion`.
///
/// # Formula
/// πₖₗ = pₖ·pₗ·P(S₋ₖₗ = n−2)/P(S = n), S the count of independent events p. No difference of nearly equal numbers, unlike
/// the closed form in πₖ, πₗ and the odds, which fails for equal units.
///
/// # Source
/// Chen, Dempster & Liu (1994), *Biometrika* 81, 457–469.
pub(crate) fn conditional_poisson_joint(working: &[Odds], inclusion: &[f64], n: usize) -> JointProbabilities {
    let mut table = JointProbabilities::with_diagonal(inclusion);
    if n < 2 {
        return table;
    }
    let all = CountDistribution::of(working);
    let of_n = all.at(n);
    for k in 0..working.len() {
        let without_k = all.without(working[k]);
        for l in k + 1..working.len() {
            let (others, _) = without_k.around_without(working[l], n - 1);
            table.set(k, l, working[k].yes * working[l].yes * others / of_n);
        }
    }
    table
}

/// Sampford's design of target π, as odds.
///
/// # Formula
/// With f and b of the events without k and l ([`MarkedDistribution`]): πₖₗ = πₖ·πₗ·((qₖ + qₗ)·f(n−2) + b(n−2))/b(n),
/// b(n) that of all events.
///
/// # Source
/// Sampford (1967), eq. for the joint probabilities, written as distributions of counts.
pub(crate) fn sampford_joint(odds: &[Odds], n: usize) -> JointProbabilities {
    let pi: Vec<f64> = odds.iter().map(|odds| odds.yes).collect();
    let mut table = JointProbabilities::with_diagonal(&pi);
    let Some(others) = n.checked_sub(2) else { return table };
    let mut all = MarkedDistribution::nothing();
    for event in odds {
        all.add(*event);
    }
    let whole = all.marked_at(n);
    for k in 0..odds.len() {
        let without_k = all.without(odds[k]);
        for l in k + 1..odds.len() {
            let without = without_k.without(odds[l]);
            let weight = (odds[k].no + odds[l].no) * without.at(others) + without.marked_at(others);
            table.set(k, l, odds[k].yes * odds[l].yes * weight / whole);
        }
    }
    table
}
