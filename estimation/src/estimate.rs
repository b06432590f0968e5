//! An estimate with everything it must travel with.

use problem::Problem;
use serde::Serialize;

use crate::interval::{Interval, IntervalMethod, Quantiles};
use crate::{EstimationDesign, Scores, SimpleRandomVariance, WhyMissing};

/// An estimate: value, precision, what they rest on, and the reason for anything that is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// What is estimated.
    pub name: String,
    /// The estimate.
    pub estimate: Option<f64>,
    /// Its standard error.
    pub standard_error: Option<f64>,
    /// Degrees of freedom of the whole design: PSUs minus strata.
    pub degrees_of_freedom: usize,
    /// Degrees of freedom of the domain: PSUs minus strata among those that hold an answer of it.
    pub domain_degrees_of_freedom: usize,
    /// Unweighted number of answers.
    pub n: usize,
    /// Student's t interval with the degrees of freedom of the whole design.
    pub interval: Option<Interval>,
    /// Variance over that of a simple random sample without replacement of the same size.
    pub design_effect: Option<f64>,
    /// Variance over that of a simple random sample with replacement of the same size.
    pub design_effect_with_replacement: Option<f64>,
    /// Why the first missing of estimate, standard error and interval is missing.
    pub why_missing: Option<WhyMissing>,
}

/// The estimate of a statistic under its design, with a t interval at the given level.
///
/// # Formula
/// Standard error: the root of the variance by [`EstimationDesign::covariance`]. Interval: `estimate ± t · SE`, degrees of
/// freedom PSUs − strata. Design effects: `v / (S² (N−n)/(N n))` and `v / (S²/n)`, see
/// [`SimpleRandomVariance`](crate::SimpleRandomVariance).
///
/// # Limits
/// Combinations have no design effect. The design effect of a very small design (few degrees of freedom) is mostly noise.
///
/// # Errors
/// `interval_level`; those of [`EstimationDesign::covariance`].
///
/// Checked: `tests/against_r.rs`.
pub fn estimate(design: &EstimationDesign, scores: &Scores, level: f64) -> Result<Estimate, Problem> {
    let mut quantiles = Quantiles::new(level)?;
    let covariance = design.covariance(&[scores])?;
    let parts = Parts {
        value: scores.value,
        variance: covariance.variance(0),
        why_no_variance: covariance.why_missing(0),
        n: scores.n(),
        domain_degrees_of_freedom: scores
            .domain_degrees_of_freedom
            .unwrap_or_else(|| design.degrees_of_freedom_of(scores.iter().map(|(row, _)| row))),
        simple_random: scores.simple_random,
    };
    Ok(parts.estimate(&scores.name, design.degrees_of_freedom(), &mut quantiles))
}

impl Estimate {
    /// An estimate that is not there.
    pub(crate) fn missing(name: &str, degrees_of_freedom: usize, why: WhyMissing) -> Self {
        Self {
            name: name.to_owned(),
            estimate: None,
            standard_error: None,
            degrees_of_freedom,
            domain_degrees_of_freedom: 0,
            n: 0,
            interval: None,
            design_effect: None,
            design_effect_with_replacement: None,
            why_missing: Some(why),
        }
    }
}

/// What an estimate is put together from, whichever way its scores were summed.
pub(crate) struct Parts {
    pub(crate) value: Result<f64, WhyMissing>,
    pub(crate) variance: Option<f64>,
    pub(crate) why_no_variance: Option<WhyMissing>,
    pub(crate) n: usize,
    pub(crate) domain_degrees_of_freedom: usize,
    pub(crate) simple_random: Option<SimpleRandomVariance>,
}

impl Parts {
    pub(crate) fn estimate(self, name: &str, degrees_of_freedom: usize, quantiles: &mut Quantiles) -> Estimate {
        // Estimators from joint probabilities can be negative: told, not clipped.
        let negative = self.variance.is_some_and(|variance| variance < 0.0).then_some(WhyMissing::NegativeVariance);
        let variance = self.variance.filter(|&variance| variance >= 0.0);
        let standard_error = variance.map(f64::sqrt);
        let of_t = self
            .value
            .ok()
            .zip(standard_error)
            .and_then(|(value, error)| quantiles.interval(value, error, IntervalMethod::T { degrees_of_freedom }));
        let no_interval = of_t.is_none().then_some(WhyMissing::NoDegreesOfFreedom);
        let with_replacement = self.simple_random.map(|variance| variance.with_replacement);
        let without_replacement = self.simple_random.and_then(|variance| variance.without_replacement);
        Estimate {
            name: name.to_owned(),
            estimate: self.value.ok(),
            standard_error,
            degrees_of_freedom,
            domain_degrees_of_freedom: self.domain_degrees_of_freedom,
            n: self.n,
            interval: of_t,
            design_effect: over(variance, without_replacement),
            design_effect_with_replacement: over(variance, with_replacement),
            why_missing: self.value.err().or(self.why_no_variance).or(negative).or(no_interval),
        }
    }
}

/// The quotient of two variances, if it exists.
fn over(variance: Option<f64>, of_simple_random: Option<f64>) -> Option<f64> {
    let (numerator, denominator) = variance.zip(of_simple_random.filter(|value| value.is_finite()))?;
    Some(numerator / denominator).filter(|effect| effect.is_finite())
}
