//! Units taken with certainty below a probability of one.

use super::certainty::CertaintySplit;

/// A probability above 0, at most 1, with at most six decimals, so that comparing with it rounds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertaintyThreshold {
    millionths: u32,
}

impl CertaintyThreshold {
    const ONE: u32 = 1_000_000;

    /// The threshold; `None` unless the number is above 0, at most 1 and has at most six decimals.
    #[must_use]
    pub fn new(threshold: f64) -> Option<Self> {
        if !(threshold > 0.0 && threshold <= 1.0) {
            return None;
        }
        let millionths = (threshold * f64::from(Self::ONE)).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, from 0 to a million")]
        let threshold_kept = Self { millionths: millionths as u32 };
        (threshold_kept.get().to_bits() == threshold.to_bits()).then_some(threshold_kept)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.millionths) / f64::from(Self::ONE)
    }
}

/// Finds the units whose probability proportional to size reaches a threshold, which are then taken with certainty.
///
/// # Formula
/// πₖ = n·xₖ / Σx. Units with πₖ ≥ t are taken, n and Σx are reduced by them, and π is computed again for the rest, until
/// no new unit is found. With t = 1 this is [`super::certain_by_size`].
///
/// # Source
/// Särndal, Swensson & Wretman (1992), §3.6.1, for t = 1; Valliant, Dever & Kreuter (2018), *Practical Tools*, ch. 3, for
/// thresholds such as 0.8: a unit that is nearly certain costs more variance than it saves.
///
/// # Limits
/// Below 1 the places can run out while units are left, which would then have no chance: `n_left` is 0 then, and a draw
/// must not be made from it (feasibility says so). Other than `CERTSIZE=P=` of SAS, which compares shares of the total
/// size.
///
/// Checked: `selection::certainty_threshold::tests`.
#[must_use]
pub fn certain_by_threshold(sizes: &[u64], n: u64, threshold: CertaintyThreshold) -> CertaintySplit {
    let (share, whole) = (u128::from(threshold.millionths), u128::from(CertaintyThreshold::ONE));
    let mut certain = vec![false; sizes.len()];
    let mut n_left = n;
    let mut total_left: u128 = sizes.iter().copied().map(u128::from).sum();
    loop {
        let (n_now, total_now) = (n_left, total_left);
        for (size, certain) in sizes.iter().zip(&mut certain) {
            let size = u128::from(*size);
            let reaches = u128::from(n_now) * size * whole >= total_now * share;
            if !*certain && n_left > 0 && size > 0 && reaches {
                *certain = true;
                n_left -= 1;
                total_left -= size;
            }
        }
        if n_left == n_now {
            return CertaintySplit { certain, n_left, total_left };
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::selection::certain_by_size;

    fn threshold(number: f64) -> CertaintyThreshold {
        CertaintyThreshold::new(number).unwrap()
    }

    #[test]
    fn a_threshold_is_a_probability_of_at_most_six_decimals() {
        for good in [1.0, 0.8, 0.000_001, 0.123_456] {
            assert!((threshold(good).get() - good).abs() < 1e-18);
        }
        for bad in [0.0, -0.5, 1.000_001, 1.5, f64::NAN, f64::INFINITY, 0.123_456_7, 1.0 / 3.0, 1e-9] {
            assert_eq!(CertaintyThreshold::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_rest_is_looked_at_again_after_units_are_taken() {
        // n = 3 of 100: 50 has π = 1.5, 20 has 0.6. Then 2 of 50: 20 has exactly 0.8. Then 1 of 30.
        let split = certain_by_threshold(&[50, 20, 10, 10, 10], 3, threshold(0.8));
        assert_eq!(split, CertaintySplit { certain: vec![true, true, false, false, false], n_left: 1, total_left: 30 });
        // A little higher, nobody after the first.
        let split = certain_by_threshold(&[50, 20, 10, 10, 10], 3, threshold(0.800_001));
        assert_eq!((split.n_left, split.total_left), (2, 50));
    }

    proptest! {
        #[test]
        fn a_threshold_of_one_is_the_ordinary_size_loop(
            sizes in proptest::collection::vec(1_u64..1_000, 1..30), n in 1_u64..30,
        ) {
            let n = n.min(sizes.len() as u64);
            prop_assert_eq!(certain_by_threshold(&sizes, n, threshold(1.0)), certain_by_size(&sizes, n));
        }

        #[test]
        fn nobody_who_is_left_reaches_the_threshold(
            sizes in proptest::collection::vec(1_u64..1_000, 1..30), n in 1_u64..30, percent in 1_u32..100,
        ) {
            let n = n.min(sizes.len() as u64);
            let split = certain_by_threshold(&sizes, n, threshold(f64::from(percent) / 100.0));
            prop_assert_eq!(split.certain.iter().filter(|certain| **certain).count() as u64 + split.n_left, n);
            for (size, _) in sizes.iter().zip(&split.certain).filter(|(_, certain)| !**certain) {
                prop_assert!(u128::from(split.n_left * size) * 100 < split.total_left * u128::from(percent));
            }
        }
    }
}
