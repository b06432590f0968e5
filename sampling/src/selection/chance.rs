//! Chances from a stream: uniform numbers, events of a given probability, random orders.

use std::num::NonZeroU64;

use crate::stream::Stream;

/// 2^52: the most for which every midpoint is exact in a double, so that none is rounded to one.
pub(crate) const STEPS: NonZeroU64 = match NonZeroU64::new(1 << 52) {
    Some(steps) => steps,
    None => NonZeroU64::MIN,
};

/// A uniform number of the open interval from 0 to 1: one of the 2^52 midpoints (m + ½)/2^52.
pub(crate) fn uniform(stream: &mut Stream) -> f64 {
    midpoint(stream.below(STEPS))
}

/// The midpoint (m + ½)/2^52 of a step m below 2^52.
#[expect(clippy::cast_precision_loss, reason = "halves below 2^52 are exact in a double")]
pub(crate) fn midpoint(step: u64) -> f64 {
    (step as f64 + 0.5) / STEPS.get() as f64
}

/// An event of probability `share`/`total`, exactly.
pub(crate) fn happens(stream: &mut Stream, share: u64, total: NonZeroU64) -> bool {
    stream.below(total) < share
}

/// A random order of the positions 0, …, `len` − 1: Fisher–Yates, every order equally likely.
pub(crate) fn random_order(len: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    for place in 0..len {
        if let Some(left) = NonZeroU64::new((len - place) as u64) {
            let step = usize::try_from(stream.below(left)).unwrap_or(0);
            order.swap(place, place + step);
        }
    }
    order
}
