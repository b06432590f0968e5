//! Limits for a proportion, on the scale where its distribution is closest to normal.

use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;

use super::t_quantile;

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
/// Beta(n*p+1, n*(1−p)).
///
/// # Source
/// Korn and Graubard (1998), Survey Methodology 24, 193–201 (beta); R `survey::svyquantile`, `svyciprop`.
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
        ProportionInterval::Xlogit => both(&|sign| {
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
