//! Tillé's elimination procedure.

use std::num::NonZeroU64;
use std::ops::Range;

use super::chance::uniform;
use super::prepared::Draw;
use super::target::Target;
use crate::stream::Stream;

/// Tillé's elimination procedure: fixed n, πₖ exactly as targeted.
///
/// # Formula
/// With π(k|m) the target for a sample of m (certainty units by the size loop), starting from all N units, for m = N−1, …, n
/// one of the m+1 units left is dropped, unit k with probability 1 − π(k|m)/π(k|m+1). Then πₖₗ is the product over the steps
/// of 1 − rₖ − rₗ, r being the dropping probabilities. All units that are not certain for m+1 share the same r, so that a
/// step is one uniform choice, or one of the few units that are certain for m+1 and not for m.
///
/// # Source
/// Tillé (1996), "An elimination procedure for unequal probability sampling without replacement", *Biometrika* 83, 238–241.
///
/// # Limits
/// Time about N·log N (units sorted by size). Some πₖₗ are far from πₖ·πₗ: entropy is lower than Sampford's. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct Tille {
    elimination: Elimination,
}

/// The steps of the elimination; units by falling size.
pub(crate) struct Elimination {
    /// Positions by falling size.
    pub(crate) by_size: Vec<usize>,
    /// Σx from each place on, of the units by falling size; one more place, with 0.
    pub(crate) tail: Vec<u64>,
    /// For m = N−1, …, n: how many units (the largest) are certain in a sample of m.
    pub(crate) n_certain: Vec<usize>,
    sizes: Vec<u64>,
}

impl Elimination {
    pub(crate) fn new(target: &Target) -> Self {
        let mut by_size: Vec<usize> = (0..target.sizes.len()).collect();
        by_size.sort_by_key(|unit| std::cmp::Reverse(target.sizes[*unit]));
        let sizes: Vec<u64> = by_size.iter().map(|unit| target.sizes[*unit]).collect();
        let mut tail = vec![0_u64; sizes.len() + 1];
        for place in (0..sizes.len()).rev() {
            tail[place] = tail[place + 1] + sizes[place];
        }
        // In a sample of m the unit at place j is certain when (m − j)·xⱼ ≥ Σx from j on; then all before it are.
        let is_certain = |m: usize, j: usize| m > j && (m - j) as u128 * u128::from(sizes[j]) >= u128::from(tail[j]);
        let mut certain = sizes.len();
        let n_certain = (target.count()..sizes.len()).rev().map(|m| {
            while certain > 0 && !is_certain(m, certain - 1) {
                certain -= 1;
            }
            certain
        });
        let n_certain = n_certain.collect();
        Self { by_size, tail, n_certain, sizes }
    }

    /// The probability that a sample of `m` with `certain` certainty units holds the unit at a place at or after them.
    #[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
    pub(crate) fn probability(&self, m: usize, certain: usize, place: usize) -> f64 {
        (m - certain) as f64 * self.sizes[place] as f64 / self.tail[certain] as f64
    }

    /// For the step to `m`: the probability to be dropped of each unit that was not certain before the step.
    #[expect(clippy::cast_precision_loss, reason = "a probability is a rounded quotient")]
    pub(crate) fn drop_of_others(&self, m: usize, certain: usize, certain_before: usize) -> f64 {
        if certain == certain_before {
            return 1.0 / (m + 1 - certain) as f64;
        }
        let now = (m - certain) as f64 / self.tail[certain] as f64;
        let before = (m + 1 - certain_before) as f64 / self.tail[certain_before] as f64;
        1.0 - now / before
    }
}

impl Tille {
    pub(crate) fn new(target: &Target) -> Self {
        Self { elimination: Elimination::new(target) }
    }

    /// The unit dropped at the step to `m`, if it is one of those that are certain before the step and not after it.
    fn drop_of_newly_uncertain(
        &self,
        m: usize,
        mut newly: Range<usize>,
        n_others: usize,
        stream: &mut Stream,
    ) -> Option<usize> {
        let (certain, last) = (newly.start, newly.end.checked_sub(1));
        if newly.is_empty() {
            return None;
        }
        let mut point = uniform(stream);
        let dropped = newly.find(|place| {
            let drop = 1.0 - self.elimination.probability(m, certain, *place);
            let found = point < drop;
            point -= drop;
            found
        });
        // Without others their probabilities add up to one, but for rounding.
        if n_others == 0 { dropped.or(last) } else { dropped }
    }
}

impl Draw for Tille {
    fn draw(&self, _target: &Target, stream: &mut Stream) -> Vec<usize> {
        let steps = &self.elimination;
        let population = steps.by_size.len();
        // The places left that are not certain. Each is dropped from the end after a random choice.
        let mut others: Vec<usize> = Vec::new();
        let mut certain_before = population;
        for (step, certain) in steps.n_certain.iter().copied().enumerate() {
            let m = population - 1 - step;
            let dropped = self.drop_of_newly_uncertain(m, certain..certain_before, others.len(), stream);
            if dropped.is_none()
                && let Some(bound) = NonZeroU64::new(others.len() as u64)
            {
                others.swap_remove(usize::try_from(stream.below(bound)).unwrap_or(0));
            }
            others.extend((certain..certain_before).filter(|place| Some(*place) != dropped));
            certain_before = certain;
        }
        let places = (0..certain_before).chain(others);
        places.map(|place| steps.by_size[place]).collect()
    }
}
