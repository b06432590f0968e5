//! An estimate with everything it must travel with.

use problem::Problem;
use serde::Serialize;

use crate::interval::{Interval, IntervalMethod, check_level, interval};
use crate::{EstimationDesign, Scores, WhyMissing};

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
    check_level(level)?;
    let covariance = design.covariance(&[scores])?;
    let standard_error = covariance.standard_error(0);
    let degrees_of_freedom = design.degrees_of_freedom();
    let domain_degrees_of_freedom = scores
        .domain_degrees_of_freedom
        .unwrap_or_else(|| design.degrees_of_freedom_of(scores.iter().map(|(row, _)| row)));
    let of_t = match (scores.estimate(), standard_error) {
        (Some(value), Some(error)) => interval(value, error, level, IntervalMethod::T { degrees_of_freedom })?,
        _ => None,
    };
    let variance = covariance.variance(0);
    let simple_random = scores.simple_random;
    let no_interval = of_t.is_none().then_some(WhyMissing::NoDegreesOfFreedom);
    Ok(Estimate {
        name: scores.name.clone(),
        estimate: scores.estimate(),
        standard_error,
        degrees_of_freedom,
        domain_degrees_of_freedom,
        n: scores.n(),
        interval: of_t,
        design_effect: over(variance, simple_random.and_then(|variance| variance.without_replacement)),
        design_effect_with_replacement: over(variance, simple_random.map(|variance| variance.with_replacement)),
        why_missing: scores.why_missing().or(covariance.why_missing(0)).or(no_interval),
    })
}

/// The quotient of two variances, if it exists.
fn over(variance: Option<f64>, of_simple_random: Option<f64>) -> Option<f64> {
    let (numerator, denominator) = variance.zip(of_simple_random.filter(|value| value.is_finite()))?;
    Some(numerator / denominator).filter(|effect| effect.is_finite())
}
