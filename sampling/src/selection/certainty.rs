//! Units so large that they are taken with certainty.

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
