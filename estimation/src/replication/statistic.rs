//! A statistic as its value and its value in every replicate.

use problem::Problem;

use super::ReplicateWeights;
use crate::estimand::answered_rows;
use crate::scores::wrong_length;
use crate::{QuantileRule, SortedAnswers, WhyMissing};

/// A statistic and what each replicate makes of it: the counterpart of [`Scores`](crate::Scores) for replicate weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicated {
    /// What is estimated.
    pub name: String,
    pub(super) value: Result<f64, WhyMissing>,
    /// One value a replicate; `None` where it does not exist.
    pub(super) replicates: Vec<Option<f64>>,
    pub(super) n: usize,
}

impl Replicated {
    /// The estimate, by the full-sample weights.
    #[must_use]
    pub fn estimate(&self) -> Option<f64> {
        self.value.ok()
    }

    /// Why there is no estimate.
    #[must_use]
    pub fn why_missing(&self) -> Option<WhyMissing> {
        self.value.err()
    }

    /// Unweighted number of answers (rows with full weight zero do not count).
    #[must_use]
    pub fn n(&self) -> usize {
        self.n
    }

    /// The value of each replicate; `None` where the statistic does not exist in it.
    #[must_use]
    pub fn replicates(&self) -> &[Option<f64>] {
        &self.replicates
    }

    fn missing(name: &str, why: WhyMissing, n: usize) -> Self {
        Self { name: name.to_owned(), value: Err(why), replicates: Vec::new(), n }
    }

    fn new(name: &str, n: usize, value: f64, replicates: impl Iterator<Item = f64>) -> Self {
        if !value.is_finite() {
            return Self::missing(name, WhyMissing::Overflow, n);
        }
        let replicates = replicates.map(|value| Some(value).filter(|value| value.is_finite())).collect();
        Self { name: name.to_owned(), value: Ok(value), replicates, n }
    }

    /// The statistic `constant + Σ aᵢ θᵢ`, in the full sample and in every replicate; its `n` is the sum of those of the parts.
    ///
    /// # Errors
    /// `scores_length` when parts have another number of replicates.
    ///
    /// Checked: `tests/replication.rs::a_contrast_of_replicates_is_the_quadratic_form_of_their_covariance`.
    pub fn linear_combination(name: &str, constant: f64, parts: &[(f64, &Self)]) -> Result<Self, Problem> {
        let parts: Vec<(f64, &Self)> = parts.iter().copied().filter(|part| part.0 != 0.0).collect();
        let n = parts.iter().map(|part| part.1.n).sum();
        if parts.iter().any(|part| part.1.value.is_err()) {
            return Ok(Self::missing(name, WhyMissing::PartMissing, n));
        }
        let size = parts.first().map_or(0, |part| part.1.replicates.len());
        if let Some(other) = parts.iter().find(|part| part.1.replicates.len() != size) {
            return Err(wrong_length(&other.1.name, size, other.1.replicates.len()));
        }
        let value = constant + parts.iter().map(|(a, part)| a * part.value.unwrap_or(0.0)).sum::<f64>();
        let of_replicate = |number: usize| {
            let terms: Option<Vec<f64>> = parts.iter().map(|(a, part)| Some(a * part.replicates[number]?)).collect();
            terms.map_or(f64::NAN, |terms| constant + terms.iter().sum::<f64>())
        };
        Ok(Self::new(name, n, value, (0..size).map(of_replicate)))
    }
}

impl ReplicateWeights {
    /// The mean of `y` (`NaN` is no answer) over a domain, with its replicates.
    ///
    /// # Formula
    /// `Σ w a y / Σ w a` with the full weights, and with those of each replicate; where the weights are constant in a unit, only the totals of
    /// the units are summed.
    ///
    /// # Errors
    /// `scores_length`, `scores_infinite_value`.
    pub fn mean(&self, name: &str, y: &[f64], domain: Option<&[bool]>) -> Result<Replicated, Problem> {
        let rows = answered_rows(self.n_rows(), name, &[y], domain)?;
        Ok(self.quotient_of_rows(name, &rows, |row| y[row], |_| 1.0))
    }

    /// The total of `y` (`NaN` is no answer) over a domain, with its replicates.
    ///
    /// # Errors
    /// `scores_length`, `scores_infinite_value`.
    pub fn total(&self, name: &str, y: &[f64], domain: Option<&[bool]>) -> Result<Replicated, Problem> {
        let rows = answered_rows(self.n_rows(), name, &[y], domain)?;
        Ok(self.total_of_rows(name, &rows, |row| y[row]))
    }

    /// The ratio of the totals of `y` and `x` over a domain, with its replicates.
    ///
    /// # Errors
    /// `scores_length`, `scores_infinite_value`.
    pub fn ratio(&self, name: &str, y: &[f64], x: &[f64], domain: Option<&[bool]>) -> Result<Replicated, Problem> {
        let rows = answered_rows(self.n_rows(), name, &[y, x], domain)?;
        Ok(self.quotient_of_rows(name, &rows, |row| y[row], |row| x[row]))
    }

    /// The `p`-quantile of `y` by a rule, with its replicates.
    ///
    /// # Limits
    /// The jackknife is inconsistent for quantiles; take a bootstrap or balanced half samples. Negative replicate weights have no
    /// distribution function: such a replicate is missing.
    ///
    /// # Errors
    /// `scores_length`, `scores_infinite_value`.
    pub fn quantile(
        &self,
        name: &str,
        y: &[f64],
        domain: Option<&[bool]>,
        p: f64,
        rule: QuantileRule,
    ) -> Result<Replicated, Problem> {
        let rows = answered_rows(self.n_rows(), name, &[y], domain)?;
        Ok(self.quantile_of_rows(name, &rows, y, p, rule))
    }

    pub(crate) fn total_of_rows(&self, name: &str, rows: &[u32], y: impl Fn(usize) -> f64) -> Replicated {
        let n = self.count(rows);
        match self.nobody(name, rows, n) {
            Some(missing) => missing,
            None => {
                let [total] = self.sums(rows, |row| [y(row)]);
                Replicated::new(name, n, total.full, total.replicates.into_iter())
            }
        }
    }

    pub(crate) fn quotient_of_rows(
        &self,
        name: &str,
        rows: &[u32],
        y: impl Fn(usize) -> f64,
        x: impl Fn(usize) -> f64,
    ) -> Replicated {
        let n = self.count(rows);
        if let Some(missing) = self.nobody(name, rows, n) {
            return missing;
        }
        let [above, below] = self.sums(rows, |row| [y(row), x(row)]);
        if below.full == 0.0 {
            return Replicated::missing(name, WhyMissing::ZeroDenominator, n);
        }
        let quotients = above.replicates.into_iter().zip(below.replicates).map(|(above, below)| above / below);
        Replicated::new(name, n, above.full / below.full, quotients)
    }

    pub(crate) fn quantile_of_rows(
        &self,
        name: &str,
        rows: &[u32],
        y: &[f64],
        p: f64,
        rule: QuantileRule,
    ) -> Replicated {
        let n = self.count(rows);
        if let Some(missing) = self.nobody(name, rows, n) {
            return missing;
        }
        let mut order = rows.to_vec();
        order.sort_by(|&a, &b| y[a as usize].total_cmp(&y[b as usize]));
        let of = |weights: &[f64]| {
            if order.iter().any(|&row| weights[row as usize] < 0.0) {
                return f64::NAN;
            }
            SortedAnswers::of_sorted(y, weights, &order).quantile(p, rule).unwrap_or(f64::NAN)
        };
        let replicates = (0..self.n_replicates()).map(|number| of(&self.replicate(number)));
        Replicated::new(name, n, of(&self.full), replicates)
    }

    fn count(&self, rows: &[u32]) -> usize {
        rows.iter().filter(|&&row| self.full[row as usize] != 0.0).count()
    }

    fn nobody(&self, name: &str, rows: &[u32], n: usize) -> Option<Replicated> {
        let why = if rows.is_empty() { WhyMissing::NoAnswers } else { WhyMissing::NoWeight };
        (n == 0).then(|| Replicated::missing(name, why, 0))
    }
}
