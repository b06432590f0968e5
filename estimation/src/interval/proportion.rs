//! Limits for a proportion, on the scale where its distribution is closest to normal.

use problem::Problem;
use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;

use super::likelihood::{likelihood_limits, working_variance};
use super::{PAPI_FACTOR, check_level, t_quantile};
use crate::{EstimationDesign, Scores, UnequalProbability, WhyMissing};

/// How the limits of a proportion are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProportionInterval {
    /// `p ± t · SE`; can leave \[0, 1\].
    Mean,
    /// The same on the scale log(p/(1−p)).
    Xlogit,
    /// The same on the scale asin √p.
    Asin,
    /// Korn and Graubard's beta limits with the effective sample size.
    Beta,
    /// The Wald interval of the intercept of a logistic regression, transformed back: the same numbers as `Xlogit`.
    Logit,
    /// All proportions that a Rao–Scott likelihood ratio test would not reject.
    Likelihood,
    /// Wilson's score interval with the effective sample size.
    Wilson,
    /// Clopper and Pearson's binomial limits with the effective sample size of the weights: what the other methods give way to
    /// when the proportion is 0 or 1 and no variance can be estimated.
    ClopperPearson,
    /// `p ± 1.645 · SE`, printed as a 95 % interval by PAPI's official files; in truth a 90 % interval that takes the degrees of
    /// freedom for infinite.
    PapiStyle,
}

impl ProportionInterval {
    /// Its name in requests and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Xlogit => "xlogit",
            Self::Asin => "asin",
            Self::Beta => "beta",
            Self::Logit => "logit",
            Self::Likelihood => "likelihood",
            Self::Wilson => "wilson",
            Self::ClopperPearson => "clopper_pearson",
            Self::PapiStyle => "papi_style",
        }
    }
}

/// What the limits of a proportion rest on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProportionBasis {
    /// The proportion.
    pub(crate) estimate: f64,
    /// Its standard error.
    pub(crate) standard_error: f64,
    /// Number of rows of the sample it was estimated from.
    pub(crate) n_rows: usize,
    /// PSUs minus strata of these rows.
    pub(crate) degrees_of_freedom: usize,
}

/// The two limits at a level strictly between 0 and 1; `None` where the method has none (no degrees of freedom, no variance,
/// a proportion of 0 or 1).
///
/// # Formula
/// `t` the quantile at (1+level)/2. Xlogit: logit p ± t SE/(p(1−p)), transformed back. Asin: sin²(asin √p ± t SE/(2 √(p(1−p)))).
/// Beta: n* = p(1−p)/SE² · (t(n−1)/t(df))², limits the quantiles (1−level)/2 of Beta(n*p, n*(1−p)+1) and (1+level)/2 of
/// Beta(n*p+1, n*(1−p)). Wilson: with `n_e = p(1−p)/SE²`, `k = t²/n_e`, `(p + k/2 ± t/(2 n_e) √(4 n_e p(1−p) + t²))/(1+k)`.
///
/// # Source
/// Korn and Graubard (1998), Survey Methodology 24, 193–201 (beta); Wilson (1927), JASA 22, 209–212; R
/// `survey::svyquantile`, `svyciprop`.
pub(crate) fn proportion_limits(
    basis: &ProportionBasis,
    level: f64,
    method: ProportionInterval,
) -> (Option<f64>, Option<f64>) {
    let (p, se) = (basis.estimate, basis.standard_error);
    let upper_tail = (1.0 + level) / 2.0;
    let Some(t) = t_quantile(upper_tail, basis.degrees_of_freedom as f64) else { return (None, None) };
    let both = |limit: &dyn Fn(f64) -> f64| {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite());
        (finite(limit(-1.0)), finite(limit(1.0)))
    };
    match method {
        ProportionInterval::Mean => both(&|sign| p + sign * t * se),
        ProportionInterval::PapiStyle => both(&|sign| p + sign * PAPI_FACTOR * se),
        // Both need the answers themselves: see `proportion_interval`.
        ProportionInterval::Likelihood | ProportionInterval::ClopperPearson => (None, None),
        ProportionInterval::Wilson => both(&|sign| {
            let n_effective = p * (1.0 - p) / (se * se);
            let k = t * t / n_effective;
            let half = t / (2.0 * n_effective) * (4.0 * n_effective * p * (1.0 - p) + t * t).sqrt();
            (p + 0.5 * k + sign * half) / (1.0 + k)
        }),
        ProportionInterval::Xlogit | ProportionInterval::Logit => both(&|sign| {
            let logit = (p / (1.0 - p)).ln() + sign * t * se / (p * (1.0 - p));
            1.0 / (1.0 + (-logit).exp())
        }),
        ProportionInterval::Asin => {
            both(&|sign| (p.sqrt().asin() + sign * t * se / (2.0 * (p * (1.0 - p)).sqrt())).sin().powi(2))
        }
        ProportionInterval::Beta => {
            let Some(t_rows) = t_quantile(upper_tail, basis.n_rows as f64 - 1.0) else { return (None, None) };
            let n_effective = p * (1.0 - p) / (se * se) * (t_rows / t).powi(2);
            let (successes, failures) = (n_effective * p, n_effective * (1.0 - p));
            (
                beta_quantile(1.0 - upper_tail, successes, failures + 1.0),
                beta_quantile(upper_tail, successes + 1.0, failures),
            )
        }
    }
}

/// The limits of a proportion, and how they were made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ProportionLimits {
    /// Lower limit.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// The method that gave them: the one asked for, or Clopper and Pearson's for a proportion of 0 or 1.
    pub made_by: ProportionInterval,
    /// The level that they hold: for the PAPI style 0.90, whatever was asked for or is printed.
    pub level: f64,
    /// The number of answers that Clopper and Pearson's limits count with.
    pub n_effective: Option<f64>,
    /// Why there are none.
    pub why_missing: Option<WhyMissing>,
}

/// The confidence interval of a proportion with the degrees of freedom of its domain.
///
/// # Formula
/// See [`ProportionInterval`]. With the estimate `p`, its standard error, `n` the answers, `t` the quantile at (1+level)/2 for the
/// PSUs minus strata of the domain: logit and xlogit `logit p ± t SE/(p(1−p))`, arcsine `asin √p ± t SE/(2√(p(1−p)))`, both
/// transformed back; beta, Wilson and likelihood in their files. A proportion of 0 or 1 has no estimated variance: every method
/// gives way to Clopper and Pearson's limits with `n* = min(n, (Σw)²/Σw² · (t(n−1)/t)²)`: for 0 from 0 to the quantile
/// (1+level)/2 of Beta(1, n*), mirrored for 1. A proportion inside with a standard error of exactly 0 has an interval of no width.
///
/// # Source
/// Korn and Graubard (1998), Survey Methodology 24, 193–201; Clopper and Pearson (1934), Biometrika 26, 404–413; effective
/// size of weights: Kish (1965), Survey Sampling, §11.7; R `survey::svyciprop` 4.5 (which has no limits at 0 and 1).
///
/// # Limits
/// At 0 and 1 the clustering of the answers is not in the limits, only the weights and the degrees of freedom: nothing in the
/// data tells it. `mean` and the PAPI style can leave \[0, 1\]. The PAPI style holds 90 %, not 95 %.
///
/// # Errors
/// `interval_level`; those of [`EstimationDesign::covariance`].
///
/// Checked: `tests/against_r.rs`, `tests/proportions.rs`.
pub fn proportion_interval(
    design: &EstimationDesign,
    scores: &Scores,
    level: f64,
    method: ProportionInterval,
) -> Result<ProportionLimits, Problem> {
    check_level(level)?;
    let level = if method == ProportionInterval::PapiStyle { super::PAPI_LEVEL } else { level };
    let missing = |why| ProportionLimits {
        lower: None,
        upper: None,
        made_by: method,
        level,
        n_effective: None,
        why_missing: Some(why),
    };
    let covariance = design.covariance(&[scores])?;
    let (Some(p), Some(standard_error)) = (scores.estimate(), covariance.standard_error(0)) else {
        return Ok(missing(covariance.why_missing(0).unwrap_or(WhyMissing::NoWeight)));
    };
    let degrees_of_freedom = scores
        .domain_degrees_of_freedom
        .unwrap_or_else(|| design.degrees_of_freedom_of(scores.iter().map(|(row, _)| row)));
    if degrees_of_freedom == 0 && method != ProportionInterval::PapiStyle {
        return Ok(missing(WhyMissing::NoDegreesOfFreedom));
    }
    let there = |lower: Option<f64>, upper: Option<f64>, made_by, n_effective| ProportionLimits {
        lower,
        upper,
        made_by,
        level,
        n_effective,
        why_missing: (lower.is_none() || upper.is_none()).then_some(WhyMissing::Overflow),
    };
    let certain = p <= 0.0 || p >= 1.0;
    if certain || method == ProportionInterval::ClopperPearson {
        let Some(n_effective) = effective_size(design, scores, level, degrees_of_freedom) else {
            return Ok(missing(WhyMissing::NoDegreesOfFreedom));
        };
        let tail = (1.0 - level) / 2.0;
        let (successes, failures) = (n_effective * p, n_effective * (1.0 - p));
        let lower = if p <= 0.0 { Some(0.0) } else { beta_quantile(tail, successes, failures + 1.0) };
        let upper = if p >= 1.0 { Some(1.0) } else { beta_quantile(1.0 - tail, successes + 1.0, failures) };
        return Ok(there(lower, upper, ProportionInterval::ClopperPearson, Some(n_effective)));
    }
    if standard_error == 0.0 {
        return Ok(there(Some(p), Some(p), method, None));
    }
    let whole = design.unequal_probability == UnequalProbability::Brewer;
    let n_rows = if whole { design.n_rows } else { scores.rows.len() };
    // The PAPI style knows no degrees of freedom; any number above zero lets it pass.
    let degrees_of_freedom = degrees_of_freedom.max(1);
    let basis = ProportionBasis { estimate: p, standard_error, n_rows, degrees_of_freedom };
    let (lower, upper) = if method == ProportionInterval::Likelihood {
        // The score of an answer is w (y − p)/Σw: above zero where the event happened.
        let answer = |(row, score): (usize, f64)| (design.weights[row], f64::from(u8::from(score > 0.0)));
        let answers: Vec<(f64, f64)> =
            scores.iter().filter(|&(row, _)| design.weights[row] != 0.0).map(answer).collect();
        likelihood_limits(&basis, working_variance(&answers), level)
    } else {
        proportion_limits(&basis, level, method)
    };
    Ok(there(lower, upper, method, None))
}

/// The number of equally weighted independent answers that these are taken for.
fn effective_size(design: &EstimationDesign, scores: &Scores, level: f64, degrees_of_freedom: usize) -> Option<f64> {
    let (mut sum, mut squares) = (0.0, 0.0);
    for &row in &scores.rows {
        let weight = design.weights[row as usize];
        sum += weight;
        squares += weight * weight;
    }
    let n = scores.n() as f64;
    let upper_tail = (1.0 + level) / 2.0;
    // One answer has no t quantile of its own: nothing to adjust.
    let adjust = match t_quantile(upper_tail, n - 1.0) {
        Some(of_rows) => of_rows / t_quantile(upper_tail, degrees_of_freedom.max(1) as f64)?,
        None => 1.0,
    };
    Some((sum * sum / squares * adjust * adjust).min(n)).filter(|size| size.is_finite() && *size > 0.0)
}

/// The quantile of the beta distribution, by bisection of its distribution function to the last bits; `None` unless both
/// shapes are positive and finite.
fn beta_quantile(probability: f64, a: f64, b: f64) -> Option<f64> {
    let usable = |shape: f64| shape > 0.0 && shape.is_finite();
    if !usable(a) || !usable(b) {
        return None;
    }
    let (mut low, mut high) = (0.0, 1.0);
    // Halving [0, 1] 1100 times reaches the smallest number; it stops at neighbouring ones, usually after 60.
    for _ in 0..1100 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if checked_beta_reg(a, b, middle).ok()? < probability { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_quantiles_are_exact_where_a_formula_exists() {
        // Beta(a, 1) has the distribution function x^a, Beta(1, b) has 1 − (1−x)^b.
        for probability in [0.025_f64, 0.3, 0.975] {
            for shape in [0.5, 3.0, 80.0] {
                let left = beta_quantile(probability, shape, 1.0).unwrap();
                assert!((left / probability.powf(1.0 / shape) - 1.0).abs() < 1e-12, "{left}");
                let right = beta_quantile(probability, 1.0, shape).unwrap();
                assert!((right / -((-probability).ln_1p() / shape).exp_m1() - 1.0).abs() < 1e-12, "{right}");
            }
        }
        assert_eq!(beta_quantile(0.5, 0.0, 1.0), None);
        assert_eq!(beta_quantile(0.5, f64::NAN, 1.0), None);
    }

    #[test]
    fn limits_of_certain_proportions_do_not_exist_off_the_plain_scale() {
        let basis = ProportionBasis { estimate: 1.0, standard_error: 0.0, n_rows: 30, degrees_of_freedom: 8 };
        for method in [ProportionInterval::Xlogit, ProportionInterval::Asin, ProportionInterval::Beta] {
            assert_eq!(proportion_limits(&basis, 0.95, method), (None, None));
        }
        assert_eq!(proportion_limits(&basis, 0.95, ProportionInterval::Mean), (Some(1.0), Some(1.0)));
    }
}
