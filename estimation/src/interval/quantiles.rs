//! Quantiles for many intervals of one level.

use std::collections::BTreeMap;

use problem::Problem;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Interval, IntervalMethod, PAPI_FACTOR, PAPI_LEVEL, check_level, t_quantile};

/// The quantiles that intervals of one level need, each computed once: thousands of estimates have few degrees of freedom
/// between them.
#[derive(Clone, Debug)]
pub(crate) struct Quantiles {
    level: f64,
    normal: f64,
    of_t: BTreeMap<usize, Option<f64>>,
}

impl Quantiles {
    /// # Errors
    /// `interval_level` unless `level` lies strictly between 0 and 1.
    pub(crate) fn new(level: f64) -> Result<Self, Problem> {
        check_level(level)?;
        let normal = Normal::standard().inverse_cdf((1.0 + level) / 2.0);
        Ok(Self { level, normal, of_t: BTreeMap::new() })
    }

    /// As [`super::interval`].
    pub(crate) fn interval(&mut self, estimate: f64, error: f64, method: IntervalMethod) -> Option<Interval> {
        let level = self.level;
        let quantile = match method {
            IntervalMethod::T { degrees_of_freedom } => *self
                .of_t
                .entry(degrees_of_freedom)
                .or_insert_with(|| t_quantile((1.0 + level) / 2.0, degrees_of_freedom as f64)),
            IntervalMethod::Normal => Some(self.normal),
            IntervalMethod::PapiStyle => Some(PAPI_FACTOR),
        }?;
        let level = if method == IntervalMethod::PapiStyle { PAPI_LEVEL } else { level };
        let (lower, upper) = (estimate - quantile * error, estimate + quantile * error);
        (lower.is_finite() && upper.is_finite()).then_some(Interval { level, lower, upper, method })
    }
}
