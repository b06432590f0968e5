//! Systematic sampling proportional to size after a random ordering.

use super::chance::random_order;
use super::pps_systematic::pps_systematic_from;
use super::prepared::Draw;
use super::target::Target;
use crate::stream::Stream;

/// Systematic sampling proportional to size, the units put in random order first: fixed n, πₖ exactly as targeted.
///
/// # Formula
/// A random order of the units that are not certain, then [`pps_systematic_from`] with a uniform start.
///
/// # Source
/// Goodman & Kish (1950), *JASA* 45, 350–372; Hartley & Rao (1962), *Annals of Mathematical Statistics* 33, 350–374.
///
/// # Limits
/// On small frames with unequal sizes some πₖₗ can still be zero. Time proportional to N. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct SystematicRandomOrder;

impl Draw for SystematicRandomOrder {
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize> {
        let order = random_order(target.sizes.len(), stream);
        let sizes: Vec<u64> = order.iter().map(|unit| target.sizes[*unit]).collect();
        let start = stream.below(target.total);
        pps_systematic_from(&sizes, target.n, start).into_iter().map(|place| order[place]).collect()
    }
}
