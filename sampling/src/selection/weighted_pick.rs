//! One unit with probability proportional to its size or weight.

use std::num::NonZeroU64;

use super::chance::uniform;
use crate::stream::Stream;

/// Picks with probability xₖ/Σx, exactly, from whole sizes.
pub(crate) struct SizePick {
    /// Sums of the sizes up to and with each unit.
    cumulative: Vec<u64>,
}

impl SizePick {
    /// From positive sizes whose total fits 64 bits.
    pub(crate) fn new(sizes: &[u64]) -> Self {
        let mut sum = 0_u64;
        let cumulative = sizes.iter().map(|size| {
            sum = sum.saturating_add(*size);
            sum
        });
        Self { cumulative: cumulative.collect() }
    }

    /// A unit's position; 0 when there are no units.
    pub(crate) fn pick(&self, stream: &mut Stream) -> usize {
        let Some(total) = self.cumulative.last().copied().and_then(NonZeroU64::new) else { return 0 };
        let point = stream.below(total);
        self.cumulative.partition_point(|sum| *sum <= point)
    }
}

/// Picks with probability proportional to weights that are not whole (sums rounded to a relative error below N·2^-53).
pub(crate) struct WeightedPick {
    cumulative: Vec<f64>,
    total: f64,
    /// The last unit with a positive weight: where a point that is rounded up to the total belongs.
    last: usize,
}

impl WeightedPick {
    /// From weights that are zero or positive, at least one positive.
    pub(crate) fn new(weights: impl Iterator<Item = f64>) -> Self {
        let mut total = 0.0;
        let cumulative: Vec<f64> = weights
            .map(|weight| {
                total += weight;
                total
            })
            .collect();
        let last = cumulative.partition_point(|sum| *sum < total);
        Self { cumulative, total, last }
    }

    /// A unit's position.
    pub(crate) fn pick(&self, stream: &mut Stream) -> usize {
        let point = uniform(stream) * self.total;
        self.cumulative.partition_point(|sum| *sum <= point).min(self.last)
    }
}
