//! Rows whose weights keep their proportions through a weighting step, in every replicate.

/// Kinds of rows, found replicate by replicate: rows of a unit are of one kind as long as their new weights are the same
/// multiple of their new full weights. A step that treats alike what is alike (cells, margins, controls of few values) leaves few kinds in a
/// unit, and one factor a kind and replicate stands for all its weights.
pub(super) struct Kinds {
    of_row: Vec<u32>,
    /// The factors of each kind, replicate by replicate.
    factors: Vec<Vec<f64>>,
    /// More kinds than this are not worth it.
    most: usize,
}

/// Factors this near to each other (relative) are one: a few roundings, far below any digit that is printed.
const SAME: f64 = 64.0 * f64::EPSILON;
/// A kind never splits into more than this number at once, so that looking for the right one stays cheap.
const MOST_AT_ONCE: usize = 256;
/// With fewer rows a kind on average, weights row by row are as good.
const ROWS_A_KIND: usize = 4;

impl Kinds {
    /// At first the rows of a unit are of one kind; never more than `most`, as long as there are not more units.
    pub(super) fn of_units(unit_of_row: &[u32], n_units: usize, most: usize) -> Self {
        let most = (unit_of_row.len() / ROWS_A_KIND).min(most).max(n_units);
        Self { of_row: unit_of_row.to_vec(), factors: vec![Vec::new(); n_units], most }
    }

    /// Takes in the weights of the next replicate and splits kinds that no longer agree. `false`: they are too many; what was
    /// taken in before is still there ([`Self::weights`]).
    #[must_use]
    pub(super) fn add(&mut self, full: &[f64], weights: &[f64]) -> bool {
        // The factor of each kind in this replicate, and the next of those that split off the same kind.
        let mut factors: Vec<Option<f64>> = vec![None; self.factors.len()];
        let mut next: Vec<Option<usize>> = vec![None; self.factors.len()];
        for ((kind_of_row, &full), &weight) in self.of_row.iter_mut().zip(full).zip(weights) {
            if full == 0.0 && weight == 0.0 {
                continue;
            }
            let factor = weight / full;
            if !factor.is_finite() {
                return false;
            }
            let mut kind = *kind_of_row as usize;
            let mut n_seen = 1;
            loop {
                let own = *factors[kind].get_or_insert(factor);
                if (own - factor).abs() <= SAME * own.abs() {
                    break;
                }
                if let Some(other) = next[kind] {
                    kind = other;
                } else if factors.len() == self.most || n_seen == MOST_AT_ONCE {
                    return false;
                } else {
                    self.factors.push(self.factors[kind].clone());
                    factors.push(None);
                    next.push(None);
                    let new = factors.len() - 1;
                    next[kind] = Some(new);
                    kind = new;
                }
                n_seen += 1;
            }
            *kind_of_row = kind as u32;
        }
        for (all, factor) in self.factors.iter_mut().zip(factors) {
            // Only rows without any weight: whatever the factor, they have none.
            all.push(factor.unwrap_or(0.0));
        }
        true
    }

    /// The weights of a replicate that was taken in.
    pub(super) fn weights(&self, full: &[f64], number: usize) -> Vec<f64> {
        self.of_row.iter().zip(full).map(|(&kind, full)| full * self.factors[kind as usize][number]).collect()
    }

    /// The kind of each row, and the factors kind by kind.
    pub(super) fn finish(self) -> (Vec<u32>, Vec<f64>) {
        (self.of_row, self.factors.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stay_together_as_long_as_they_agree() {
        let full = [1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 1.0, 1.0];
        let mut kinds = Kinds::of_units(&[0, 0, 0, 0, 0, 1, 1, 1], 2, usize::MAX);
        kinds.most = 4;
        let replicates = [
            [2.0, 4.0, 6.0, 8.0, 0.0, 0.0, 0.0, 0.0],
            // The first unit splits; a rounding does not split the second.
            [1.0, 2.0, 9.0, 12.0, 0.0, 0.1 + 0.2, 0.3, 0.3],
            [1.0, 2.0, 9.0, 12.0, 0.0, 5.0, 5.0, 5.0],
            // And once more.
            [1.0, 2.0, 9.0, 16.0, 0.0, 5.0, 5.0, 5.0],
        ];
        for weights in &replicates {
            assert!(kinds.add(&full, weights));
        }
        for (number, expected) in replicates.iter().enumerate() {
            for (got, expected) in kinds.weights(&full, number).iter().zip(expected) {
                assert!((got - expected).abs() <= 1e-14 * expected, "{number}: {got} {expected}");
            }
        }
        assert!(!kinds.add(&full, &[1.0, 3.0, 9.0, 12.0, 0.0, 5.0, 5.0, 5.0]), "a fifth kind");
        assert_eq!(kinds.weights(&full, 3)[3], 16.0, "earlier replicates are still there");
        let (of_row, factors) = kinds.finish();
        assert_eq!((&of_row[5..], factors.len()), (&[1, 1, 1][..], 16));
    }

    #[test]
    fn a_weight_without_a_full_weight_has_no_factor() {
        let mut kinds = Kinds::of_units(&[0, 0, 0, 0, 0, 0, 0, 0], 1, usize::MAX);
        assert!(!kinds.add(&[0.0; 8], &[1.0; 8]));
        assert!(!kinds.add(&[1e-300; 8], &[1e300; 8]));
    }
}
