//! Joint probabilities of the ordered pivotal method and of Chromy's selection.

use super::joint::JointProbabilities;
use crate::selection::Target;

/// What one unit does to the two states of a sequential draw: the number taken is the whole part of the cumulated target
/// ("level") or one more ("ahead").
struct Passage {
    /// From level: the probability to be taken; it then is ahead if no whole number is passed, level otherwise.
    level: f64,
    /// From ahead: the probability to be taken; it then stays ahead.
    ahead: f64,
    /// Whether a whole number is passed.
    passes: bool,
    /// The probability to be ahead before.
    ahead_before: f64,
}

impl Passage {
    /// The two states after the unit, given those before, restricted to the unit being taken.
    fn taken(&self, (level, ahead): (f64, f64)) -> (f64, f64) {
        if self.passes {
            (level * self.level, ahead * self.ahead)
        } else {
            (0.0, level * self.level + ahead * self.ahead)
        }
    }

    /// The two states after the unit, taken or not.
    fn after(&self, (level, ahead): (f64, f64)) -> (f64, f64) {
        let (level_taken, ahead_taken) = self.taken((level, ahead));
        // Not taken from level: still level. Not taken from ahead: still ahead, or level when a whole number is passed.
        let (left_level, left_ahead) = (level * (1.0 - self.level), ahead * (1.0 - self.ahead));
        if self.passes {
            (level_taken + left_level + left_ahead, ahead_taken)
        } else {
            (level_taken + left_level, ahead_taken + left_ahead)
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
fn passages(target: &Target, order: impl Iterator<Item = usize>) -> Vec<Passage> {
    let total = target.total.get();
    let mut fraction = 0_u64;
    let quotient = |a: u64, b: u64| a as f64 / b as f64;
    order
        .map(|unit| {
            let (share, to_whole, ahead_before) = (target.share(unit), total - fraction, quotient(fraction, total));
            if share < to_whole {
                fraction += share;
                return Passage { level: quotient(share, to_whole), ahead: 0.0, passes: false, ahead_before };
            }
            let past = share - to_whole;
            let ahead = if fraction == 0 { 0.0 } else { quotient(past, fraction) };
            fraction = past;
            Passage { level: 1.0, ahead, passes: true, ahead_before }
        })
        .collect()
}

/// The ordered pivotal method.
///
/// # Formula
/// The method is a chain with two states (level, ahead); the chance to be ahead before unit k is the fractional part of
/// Cₖ₋₁. For each k, the states after "k is taken" are carried forward; the weight taken at l is πₖₗ. Time N².
///
/// # Source
/// Chauvet (2012), "On a characterization of ordered pivotal sampling", *Bernoulli* 18, 1320–1340: the ordered pivotal method
/// has the same probabilities as the sequential procedures that take I or I + 1 units; Chauvet (2021) for Chromy's.
pub(crate) fn pivotal_joint(target: &Target) -> JointProbabilities {
    let order: Vec<usize> = (0..target.sizes.len()).collect();
    let mut table = JointProbabilities::with_diagonal(&target.pi());
    add_chain(target, &order, 1.0, &mut table);
    table
}

/// Chromy's selection: the chains of all starting units, each weighted by its probability to be the first. Time N³.
pub(crate) fn chromy_joint(target: &Target) -> JointProbabilities {
    let population = target.sizes.len();
    let mut table = JointProbabilities::with_diagonal(&target.pi());
    #[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
    for start in 0..population {
        let order: Vec<usize> = (start..population).chain(0..start).collect();
        add_chain(target, &order, target.sizes[start] as f64 / target.total.get() as f64, &mut table);
    }
    table
}

fn add_chain(target: &Target, order: &[usize], weight: f64, table: &mut JointProbabilities) {
    let chain = passages(target, order.iter().copied());
    for (place, passage) in chain.iter().enumerate() {
        let mut state = passage.taken((1.0 - passage.ahead_before, passage.ahead_before));
        for (later, passage) in chain.iter().enumerate().skip(place + 1) {
            let taken = passage.taken(state);
            table.add(order[place], order[later], weight * (taken.0 + taken.1));
            state = passage.after(state);
        }
    }
}

/// The ordered pivotal method in a random order: the mean over all orders; `None` for more than [`ORDERED_MAX`] units.
pub(crate) fn random_order_joint(target: &Target) -> Option<JointProbabilities> {
    let population = target.sizes.len();
    if population > ORDERED_MAX {
        return None;
    }
    let mut table = JointProbabilities::with_diagonal(&target.pi());
    let mut order: Vec<usize> = (0..population).collect();
    let orders: usize = (1..=population).product();
    #[expect(clippy::cast_precision_loss, reason = "at most 8! orders")]
    let weight = 1.0 / orders as f64;
    for _ in 0..orders {
        add_chain(target, &order, weight, &mut table);
        advance(&mut order);
    }
    Some(table)
}

/// Units for which all orders are gone through.
const ORDERED_MAX: usize = 8;

/// The next order in the order of the dictionary; the last is followed by itself.
fn advance(order: &mut [usize]) {
    let Some(turn) = (1..order.len()).rev().find(|place| order[place - 1] < order[*place]) else { return };
    if let Some(larger) = (turn..order.len()).rev().find(|place| order[*place] > order[turn - 1]) {
        order.swap(turn - 1, larger);
        order[turn..].reverse();
    }
}
