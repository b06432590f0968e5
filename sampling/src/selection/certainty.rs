//! Units so large that they are taken with certainty.

use problem::{Place, Problem, Problems};

use super::size_total::SizeTotal;

/// Which units of a group are certain, and what is left for the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertaintySplit {
    /// For each unit, whether it is taken with certainty.
    pub certain: Vec<bool>,
    /// How many units are still to be drawn from the others.
    pub n_left: u64,
    /// Total size of the others.
    pub total_left: u128,
}

/// Finds the units whose probability proportional to size would reach one.
///
/// # Formula
/// πₖ = n·xₖ / Σx. Units with πₖ ≥ 1 are taken, n and Σx are reduced by them, and π is computed again for the rest, until
/// no new unit is found. Compared in whole numbers (n·xₖ ≥ Σx): no rounding decides who is certain.
///
/// # Source
/// Särndal, Swensson & Wretman (1992), §3.6.1; Tillé, *Sampling Algorithms* (2006), §2.10.
///
/// # Limits
/// At most n passes over the group. With positive sizes the others always keep a positive probability.
///
/// Checked: `selection::proofs::certainty_*` against exact tables.
#[must_use]
pub fn certain_by_size(sizes: &[u64], n: u64) -> CertaintySplit {
    let mut certain = vec![false; sizes.len()];
    let mut n_left = n;
    let SizeTotal { total: mut total_left, largest, .. } = SizeTotal::of(sizes);
    if u128::from(n) * u128::from(largest) < total_left {
        return CertaintySplit { certain, n_left, total_left };
    }
    loop {
        let (n_now, total_now) = (n_left, total_left);
        let mut found = false;
        for (size, certain) in sizes.iter().zip(&mut certain) {
            let size = u128::from(*size);
            if !*certain && n_left > 0 && size > 0 && u128::from(n_now) * size >= total_now {
                *certain = true;
                found = true;
                n_left -= 1;
                total_left -= size;
            }
        }
        if !found {
            return CertaintySplit { certain, n_left, total_left };
        }
    }
}

/// As [`certain_by_size`], from a threshold below one on: units whose probability would reach it are taken with certainty.
///
/// # Formula
/// Units with n·xₖ / Σx ≥ threshold are taken, n and Σx are reduced by them, and so on until no new unit is found. Whole
/// numbers: the threshold is a number of millionths.
///
/// # Source
/// Särndal, Swensson & Wretman (1992), §3.6.1, with a threshold for those that come close, as in SAS SURVEYSELECT
/// (`CERTSIZE=P=`).
///
/// # Errors
/// A threshold that is not above 0 and at most 1, or has more than six decimals; more certainty units than are asked for, so
/// that the other units would have no chance, or some that reach the threshold would have to be left out.
///
/// Checked: `selection::proofs::a_threshold_takes_those_that_come_close_to_certainty`.
pub fn certain_from_threshold(sizes: &[u64], n: u64, threshold: f64) -> Result<CertaintySplit, Problems> {
    let millionths = threshold * 1e6;
    if !(threshold > 0.0 && threshold <= 1.0 && (millionths - millionths.round()).abs() < 1e-6) {
        return Err(Problem::new(
            "selection_bad_threshold",
            "ngưỡng chọn chắc chắn không hợp lệ",
            "the threshold of certainty is not usable",
        )
        .at(Place::column("certainty_threshold"))
        .expected("0 < t ≤ 1, at most six decimals")
        .got(threshold.to_string())
        .into());
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a million")]
    let millionths = millionths.round() as u128;
    let mut split = certain_by_size(sizes, n);
    loop {
        let (n_now, total_now) = (u128::from(split.n_left), split.total_left);
        let reaches =
            |size: u64| (n_now * u128::from(size)).saturating_mul(1_000_000) >= total_now.saturating_mul(millionths);
        let found: Vec<usize> =
            (0..sizes.len()).filter(|k| !split.certain[*k] && split.n_left > 0 && reaches(sizes[*k])).collect();
        if found.is_empty() {
            return Ok(split);
        }
        let left = sizes.len() - split.certain.iter().filter(|certain| **certain).count() - found.len();
        let still = split.n_left.checked_sub(found.len() as u64).filter(|still| *still > 0 || left == 0);
        let Some(still) = still else {
            return Err(Problem::new(
                "selection_too_many_certain",
                "số đơn vị đạt ngưỡng chọn chắc chắn không còn chỗ cho các đơn vị khác",
                "so many units reach the threshold of certainty that no place is left for the others",
            )
            .at(Place::column("certainty_threshold"))
            .expected(format!("fewer than {} units at or above {threshold}", split.n_left))
            .got(found.len().to_string())
            .hint("nâng ngưỡng hoặc tăng số đơn vị cần chọn", "raise the threshold or ask for more units")
            .into());
        };
        split.n_left = still;
        for k in found {
            split.certain[k] = true;
            split.total_left -= u128::from(sizes[k]);
        }
    }
}
