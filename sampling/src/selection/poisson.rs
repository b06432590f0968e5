//! Poisson sampling.

use super::chance::{STEPS, happens};
use super::prepared::Draw;
use super::target::Target;
use crate::stream::Stream;

/// Poisson sampling: each unit on its own, with probability πₖ; the sample size is random, n on average.
///
/// # Formula
/// Unit k is taken with probability πₖ = n·xₖ/Σx, exactly (whole numbers), independently: πₖₗ = πₖ·πₗ.
///
/// # Source
/// Hájek (1964); Särndal, Swensson & Wretman (1992), §3.5.2.
///
/// # Limits
/// The size of the sample varies, with variance Σ π(1 − π); it can be empty. Order-free.
///
/// Checked: `selection::method_proofs`, `probability::proofs`.
pub(crate) struct Poisson;

impl Draw for Poisson {
    fn draw(&self, target: &Target, stream: &mut Stream) -> Vec<usize> {
        (0..target.sizes.len()).filter(|unit| happens(stream, target.share(*unit), target.total)).collect()
    }

    fn draw_by_numbers(&self, target: &Target, steps: &[u64]) -> Option<Vec<usize>> {
        // step/2^52 < share/total, in whole numbers.
        let is_taken = |unit: &usize| {
            u128::from(steps[*unit]) * u128::from(target.total.get())
                < u128::from(target.share(*unit)) * u128::from(STEPS.get())
        };
        Some((0..target.sizes.len()).filter(is_taken).collect())
    }
}
