//! Sums that do not depend on luck.

/// A running sum that keeps what each addition rounds away: the error stays near one rounding, whatever the number of terms,
/// so that shuffled rows give the same estimate to the last digits printed.
///
/// # Source
/// Knuth (1969), TAOCP 2, §4.2.2 (the error of an addition, without a branch); Ogita, Rump and Oishi (2005), SIAM J. Sci.
/// Comput. 26, 1955–1988, algorithm 4.4.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sum {
    sum: f64,
    correction: f64,
}

impl Sum {
    /// Adds one term.
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let taken = sum - self.sum;
        self.correction += (self.sum - (sum - taken)) + (term - taken);
        self.sum = sum;
    }

    /// Adds another sum.
    #[inline]
    pub(crate) fn add_sum(&mut self, other: Self) {
        self.add(other.sum);
        self.correction += other.correction;
    }

    /// The sum of the terms times a factor.
    pub(crate) fn times(self, factor: f64) -> Self {
        Self { sum: self.sum * factor, correction: self.correction * factor }
    }

    /// The sum so far.
    #[inline]
    pub(crate) fn value(self) -> f64 {
        self.sum + self.correction
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_naive_sums_lose_is_kept() {
        let mut sum = Sum::default();
        for term in [1.0, 1e100, 1.0, -1e100] {
            sum.add(term);
        }
        assert_eq!(sum.value(), 2.0);
        let mut parts = [Sum::default(); 2];
        for (at, term) in [1.0, 1e100, 1.0, -1e100].into_iter().enumerate() {
            parts[at / 2].add(term);
        }
        let mut both = parts[0];
        both.add_sum(parts[1]);
        assert_eq!(both.value(), 2.0);
    }
}
