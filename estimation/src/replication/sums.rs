//! Weighted sums by the full weights and by those of every replicate: what means, ratios and totals are made of.

use super::ReplicateWeights;
use super::weights::Store;
use crate::sum::Sum;

/// `Σ w y` of one column.
pub(super) struct Sums {
    /// By the full weights.
    pub(super) full: f64,
    /// By those of each replicate.
    pub(super) replicates: Vec<f64>,
}

impl ReplicateWeights {
    /// The sums of some columns over some rows, in one pass over them, always in the order of rows and units.
    ///
    /// Where the rows of a unit keep their proportions in every replicate, rows are summed to totals of units once, and only
    /// these meet the replicates: the cost is rows + units × replicates.
    pub(super) fn sums<const N: usize>(&self, rows: &[u32], values: impl Fn(usize) -> [f64; N]) -> [Sums; N] {
        let size = self.n_replicates();
        let mut full = [Sum::default(); N];
        let mut replicates: [Vec<f64>; N] = std::array::from_fn(|_| vec![0.0; size]);
        match &self.store {
            Store::Units { unit_of_row, factors } => {
                let mut units = vec![[0.0; N]; factors.len() / size.max(1)];
                for &row in rows {
                    let row = row as usize;
                    let unit = &mut units[unit_of_row[row] as usize];
                    for ((value, total), full) in values(row).into_iter().zip(unit).zip(&mut full) {
                        let part = self.full[row] * value;
                        full.add(part);
                        *total += part;
                    }
                }
                for (totals, factors) in units.iter().zip(factors.chunks_exact(size)) {
                    for (sums, total) in replicates.iter_mut().zip(totals).filter(|(_, total)| **total != 0.0) {
                        sums.iter_mut().zip(factors).for_each(|(sum, factor)| *sum += total * factor);
                    }
                }
            }
            Store::Rows(weights) => {
                for &row in rows {
                    let row = row as usize;
                    let weights = &weights[row * size..][..size];
                    for ((value, sums), full) in values(row).into_iter().zip(&mut replicates).zip(&mut full) {
                        full.add(self.full[row] * value);
                        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * value);
                    }
                }
            }
        }
        let mut replicates = replicates.into_iter();
        full.map(|full| Sums { full: full.value(), replicates: replicates.next().unwrap_or_default() })
    }
}
