//! The ordered (sequential) pivotal method, in the frame's order or in a random one.

use std::num::NonZeroU64;

use super::chance::{happens, random_order};
use super::prepared::Draw;
use super::target::Target;
use crate::stream::Stream;

/// The pivotal method on neighbours: fixed n, πₖ exactly as targeted, well spread over the order of the units.
///
/// # Formula
/// Units fight in order. With probabilities a and b of the two: if a + b ≤ 1, one drops out and the other goes on with a + b
/// (the second with probability b/(a+b)); if a + b > 1, one is taken and the other goes on with a + b − 1 (the first is taken
/// with probability (1−b)/(2−a−b)). In whole numbers (shares n·xₖ of Σx): every duel has exactly its probability.
///
/// # Source
/// Deville & Tillé (1998), "Unequal probability sampling without replacement through a splitting method", *Biometrika* 85,
/// 89–101; Chauvet (2012), *Bernoulli* 18, 1320–1340, on the ordered version.
///
/// # Limits
/// In the frame's order the order is part of the design and many πₖₗ are zero, hence no unbiased variance estimator; in a
/// random order all are positive. Time proportional to N.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct Pivotal {
    /// Whether the units are put in random order before each draw.
    pub(crate) in_random_order: bool,
}

impl Draw for Pivotal {
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize> {
        let population = target.sizes.len();
        if self.in_random_order {
            duels(target, random_order(population, stream).into_iter(), stream)
        } else {
            duels(target, 0..population, stream)
        }
    }
}

/// The duels of the units in an order.
fn duels(target: &Target, order: impl Iterator<Item = usize>, stream: &mut Stream) -> Vec<usize> {
    let total = target.total.get();
    let mut taken = Vec::with_capacity(target.count());
    // The one who goes on, with the share it fights with.
    let mut fighter: Option<(usize, u64)> = None;
    for unit in order {
        let share = target.share(unit);
        fighter = match fighter {
            None => Some((unit, share)),
            Some((first, first_share)) if share <= total - first_share => {
                // One drops out; both shares are positive, so is their sum.
                let sum = first_share + share;
                let second_wins = NonZeroU64::new(sum).is_some_and(|sum| happens(stream, share, sum));
                Some((if second_wins { unit } else { first }, sum))
            }
            Some((first, first_share)) => {
                let (first_lacks, lacks) = (total - first_share, total - share);
                let first_taken = NonZeroU64::new(first_lacks + lacks).is_some_and(|sum| happens(stream, lacks, sum));
                let (winner, goes_on) = if first_taken { (first, unit) } else { (unit, first) };
                taken.push(winner);
                Some((goes_on, share - first_lacks))
            }
        };
        if let Some((last, share)) = fighter
            && share == total
        {
            taken.push(last);
            fighter = None;
        }
    }
    taken
}
