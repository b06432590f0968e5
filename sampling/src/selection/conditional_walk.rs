//! Exact draws of a fixed number of independent events, one unit after the other.

use super::chance::uniform;
use super::target::Odds;
use crate::probability::MarkedDistribution;
use crate::stream::Stream;

/// Which of the two designs of a fixed number of independent events is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConditionalDesign {
    /// P(s) ∝ Π pₖ/qₖ: conditional Poisson, the design of maximum entropy.
    ConditionalPoisson,
    /// P(s) ∝ Π pₖ/qₖ · Σ qₖ: Sampford's.
    Sampford,
}

/// Draws `n` units; `events` hold the working probabilities, which should add up to about `n`.
///
/// # Formula
/// With f and b of the events from k on ([`MarkedDistribution`]) and m units still to take, unit k is left out with weight
/// q·f₊(m) and taken with weight p·f₊(m−1), f₊ being that of the events after k. Sampford's design carries one mark: while it
/// is pending the weights are q·b₊(m), p·b₊(m−1) (mark later) and p·q·f₊(m−1) (k is marked).
///
/// # Source
/// Chen & Liu (1997), procedure 2 ("id-checking"), for the conditional Poisson design; the same argument with the mark.
///
/// # Limits
/// Time proportional to N times the width of the distribution (about 20·√n), memory to √N times it: the distributions are
/// kept at √N places and made again in between. No rejection, so always as many steps.
pub(crate) fn conditional_walk(
    design: ConditionalDesign,
    events: &[Odds],
    n: usize,
    stream: &mut Stream,
) -> Vec<usize> {
    let block = events.len().isqrt().max(1);
    let mut from_block = Vec::new();
    let mut after = MarkedDistribution::nothing();
    for (place, event) in events.iter().enumerate().rev() {
        if (place + 1) % block == 0 || place + 1 == events.len() {
            from_block.push(after.clone());
        }
        after.add(*event);
    }
    let mut pending = design == ConditionalDesign::Sampford;
    let (mut taken, mut left) = (Vec::with_capacity(n), n);
    for (number, units) in events.chunks(block).enumerate() {
        let Some(last) = from_block.pop() else { break };
        let mut after_unit = vec![last];
        for event in units.iter().skip(1).rev() {
            let mut next = after_unit[after_unit.len() - 1].clone();
            next.add(*event);
            after_unit.push(next);
        }
        for ((place, event), after) in units.iter().enumerate().zip(after_unit.iter().rev()) {
            if left == 0 {
                return taken;
            }
            let (skip, take, mark) = if pending {
                let mark = event.yes * event.no * after.at(left - 1);
                (event.no * after.marked_at(left), event.yes * after.marked_at(left - 1), mark)
            } else {
                (event.no * after.at(left), event.yes * after.at(left - 1), 0.0)
            };
            let point = uniform(stream) * (skip + take + mark);
            if point >= skip {
                taken.push(number * block + place);
                left -= 1;
                pending = pending && point < skip + take;
            }
        }
    }
    taken
}
