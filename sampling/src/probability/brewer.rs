//! Joint probabilities of Brewer's procedure, over all sets of drawn units.

use super::joint::JointProbabilities;
use crate::selection::{Odds, brewer_weight};

/// Sets of drawn units that are gone through; each costs N steps.
const SETS_MAX: f64 = 2e6;

/// Exact; `None` when there are more than two million sets of up to n units.
///
/// # Formula
/// The probability of a set of i drawn units, whatever their order, from those of the sets of i − 1: each remaining unit is
/// added with its [`brewer_weight`] over the sum of the weights. πₖₗ is the sum over the sets of n that hold both.
///
/// # Source
/// Brewer (1975), *Australian Journal of Statistics* 17, 166–172; Tillé (2006), algorithm 6.10. For n = 2 this is Brewer (1963).
pub(crate) fn brewer_joint(odds: &[Odds], n: usize) -> Option<JointProbabilities> {
    let pi: Vec<f64> = odds.iter().map(|odds| odds.yes).collect();
    let mut table = JointProbabilities::with_diagonal(&pi);
    if n < 2 {
        return Some(table);
    }
    if number_of_sets(pi.len(), n) > SETS_MAX {
        return None;
    }
    let ranks = Ranks::new(pi.len(), n);
    let mut layer = vec![1.0];
    for drawn in 0..n {
        layer = next_layer(&layer, odds, drawn, n, &ranks);
    }
    let mut set: Vec<usize> = (0..n).collect();
    for probability in layer {
        for (place, k) in set.iter().enumerate() {
            for l in &set[..place] {
                table.add(*k, *l, probability);
            }
        }
        advance(&mut set, pi.len());
    }
    Some(table)
}

#[expect(clippy::cast_precision_loss, reason = "a number of draws is far below 2^53")]
fn next_layer(layer: &[f64], odds: &[Odds], drawn: usize, n: usize, ranks: &Ranks) -> Vec<f64> {
    let mut next = vec![0.0; ranks.choose(odds.len(), drawn + 1)];
    let mut set: Vec<usize> = (0..drawn).collect();
    let mut weights = vec![0.0; odds.len()];
    for probability in layer {
        let lacking = set.iter().map(|unit| odds[*unit].no).sum::<f64>();
        for (unit, weight) in weights.iter_mut().enumerate() {
            *weight = if set.contains(&unit) { 0.0 } else { brewer_weight(odds[unit], (n - drawn) as f64, lacking) };
        }
        let sum: f64 = weights.iter().sum();
        for (unit, weight) in weights.iter().enumerate() {
            if *weight > 0.0 {
                next[ranks.with(&set, unit)] += probability * weight / sum;
            }
        }
        advance(&mut set, odds.len());
    }
    next
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn number_of_sets(population: usize, n: usize) -> f64 {
    let mut of_size = 1.0;
    let mut sum = 1.0;
    for size in 0..n {
        of_size *= (population - size) as f64 / (size + 1) as f64;
        sum += of_size;
    }
    sum
}

/// The next set of the same size in the order of the last element first (colexicographic).
fn advance(set: &mut [usize], population: usize) {
    for place in 0..set.len() {
        let bound = set.get(place + 1).copied().unwrap_or(population);
        if set[place] + 1 < bound {
            set[place] += 1;
            for (before, unit) in set[..place].iter_mut().enumerate() {
                *unit = before;
            }
            return;
        }
    }
}

/// The place of a set in that order: Σ C(uᵢ, i) over its units u₁ < u₂ < ….
struct Ranks {
    rows: Vec<Vec<usize>>,
}

impl Ranks {
    fn new(population: usize, n: usize) -> Self {
        let mut rows = vec![vec![0_usize; n + 2]; population + 1];
        for all in 0..=population {
            rows[all][0] = 1;
            for some in 1..n + 2 {
                if all > 0 {
                    rows[all][some] = rows[all - 1][some - 1].saturating_add(rows[all - 1][some]);
                }
            }
        }
        Self { rows }
    }

    fn choose(&self, all: usize, some: usize) -> usize {
        self.rows[all][some]
    }

    /// The rank of a set with one more unit.
    fn with(&self, set: &[usize], unit: usize) -> usize {
        let before = set.iter().take_while(|other| **other < unit).count();
        let below: usize = set[..before].iter().enumerate().map(|(i, u)| self.choose(*u, i + 1)).sum();
        let above: usize = set[before..].iter().enumerate().map(|(i, u)| self.choose(*u, before + i + 2)).sum();
        below + self.choose(unit, before + 1) + above
    }
}
