//! The one variance operator of replicates.

use problem::Problem;

use super::{ReplicateWeights, Replicated};
use crate::scores::wrong_length;
use crate::sum::Sum;
use crate::{CovarianceMatrix, WhyMissing};

impl ReplicateWeights {
    /// The covariance matrix of the statistics, out of their replicates.
    ///
    /// # Formula
    /// `V = scale · Σ_r rscale_r (θ_r − c)(θ_r − c)ᵀ`; c is the full-sample estimate with `mse`, else the mean of the replicates with rscale
    /// above 0.
    ///
    /// # Source
    /// Wolter (2007), *Introduction to Variance Estimation*; R `survey::svrVar` 4.5.
    ///
    /// # Limits
    /// A statistic that does not exist in some replicate has no variance
    /// ([`WhyMissing::MissingInReplicate`]); R leaves such replicates out, which understates it.
    ///
    /// # Errors
    /// `scores_length` for statistics of other replicates.
    ///
    /// Checked: `tests/against_r.rs` (`replicate_variance`), `tests/replication.rs`.
    pub fn covariance(&self, statistics: &[&Replicated]) -> Result<CovarianceMatrix, Problem> {
        let size = self.n_replicates();
        let other = statistics.iter().find(|one| one.value.is_ok() && one.replicates.len() != size);
        if let Some(other) = other {
            return Err(wrong_length(&other.name, size, other.replicates.len()));
        }
        let why_missing: Vec<Option<WhyMissing>> = statistics.iter().map(|one| self.why_missing(one)).collect();
        let deviations: Vec<Vec<f64>> = statistics
            .iter()
            .zip(&why_missing)
            .map(|(one, why)| if why.is_none() { self.deviations(one) } else { Vec::new() })
            .collect();
        let n = statistics.len();
        let mut values = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let mut sum = Sum::default();
                for ((left, right), rscale) in deviations[i].iter().zip(&deviations[j]).zip(&self.rscales) {
                    sum.add(rscale * left * right);
                }
                values[i * n + j] = self.scale * sum.value();
                values[j * n + i] = values[i * n + j];
            }
        }
        let why = |(i, why): (usize, &Option<WhyMissing>)| {
            why.or_else(|| (!values[i * n + i].is_finite()).then_some(WhyMissing::Overflow))
        };
        let why_missing = why_missing.iter().enumerate().map(why).collect();
        Ok(CovarianceMatrix::new(values, why_missing))
    }

    fn why_missing(&self, one: &Replicated) -> Option<WhyMissing> {
        let lost = || one.replicates.iter().any(Option::is_none).then_some(WhyMissing::MissingInReplicate);
        one.value.err().or_else(lost)
    }

    fn deviations(&self, one: &Replicated) -> Vec<f64> {
        let values = one.replicates.iter().flatten();
        let centre = if self.mse {
            one.value.unwrap_or(f64::NAN)
        } else {
            let (mut sum, mut n) = (Sum::default(), 0_usize);
            for (value, _) in values.clone().zip(&self.rscales).filter(|(_, rscale)| **rscale > 0.0) {
                sum.add(*value);
                n += 1;
            }
            sum.value() / n as f64
        };
        values.map(|value| value - centre).collect()
    }
}
