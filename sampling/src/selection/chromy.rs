//! Chromy's sequential selection.

use super::chance::happens;
use super::prepared::Draw;
use super::target::Target;
use super::weighted_pick::SizePick;
use crate::stream::Stream;
use std::num::NonZeroU64;

/// Chromy's sequential selection with minimal replacement, for units that are not certain: fixed n, πₖ exactly as
/// targeted, spread over the order of the units like a systematic sample, all πₖₗ above zero.
///
/// # Formula
/// A unit drawn with probability xₖ/Σx comes first, the others follow it in order, round the end of the list to the start.
/// With the cumulated target I + F (whole and fractional part) the number taken is I or I + 1. Passing a unit from F to F′:
/// no whole number passed: taken with probability (F′ − F)/(1 − F) if the number is I, not taken if it is I + 1; a whole
/// number passed: taken if the number is I, taken with probability F′/F if it is I + 1. In whole numbers.
///
/// # Source
/// Chromy (1979), "Sequential sample selection methods", *Proceedings of the ASA Survey Research Methods Section*, 401–406;
/// Chauvet (2021), "A note on Chromy's sampling procedure", *J. Survey Statistics and Methodology* 9, shows that for one
/// starting unit it is the ordered pivotal method.
///
/// # Limits
/// The order of the frame is part of the design. Time proportional to N.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct Chromy {
    start: SizePick,
}

impl Chromy {
    pub(crate) fn new(target: &Target) -> Self {
        Self { start: SizePick::new(&target.sizes) }
    }
}

impl Draw for Chromy {
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize> {
        let total = target.total.get();
        let (population, start) = (target.sizes.len(), self.start.pick(stream));
        let mut taken = Vec::with_capacity(target.count());
        let (mut fraction, mut ahead) = (0_u64, false);
        for unit in (start..population).chain(0..start) {
            let share = target.share(unit);
            let to_whole = total - fraction;
            let selected = if share < to_whole {
                let selected = !ahead && NonZeroU64::new(to_whole).is_some_and(|rest| happens(stream, share, rest));
                ahead |= selected;
                fraction += share;
                selected
            } else {
                let past = share - to_whole;
                // `ahead` only with a fraction above zero.
                let selected = !ahead || NonZeroU64::new(fraction).is_some_and(|before| happens(stream, past, before));
                ahead &= selected;
                fraction = past;
                selected
            };
            if selected {
                taken.push(unit);
            }
        }
        taken
    }
}
