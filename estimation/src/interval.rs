//! Confidence intervals and the quantiles they need.

mod likelihood;
mod proportion;
mod quantiles;

pub(crate) use proportion::{ProportionBasis, proportion_limits};
pub use proportion::{ProportionInterval, ProportionLimits, proportion_interval};
pub(crate) use quantiles::Quantiles;

use problem::Problem;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::{beta::inv_beta_reg, gamma::ln_gamma};

/// How an interval is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// `estimate ± t · SE` with the quantile of Student's t for these degrees of freedom.
    T {
        /// PSUs minus strata, of the design or of the domain.
        degrees_of_freedom: usize,
    },
    /// `estimate ± z · SE` with the normal quantile: too short when degrees of freedom are few.
    Normal,
    /// `estimate ± 1.645 · SE`, as PAPI's official files print it under the heading of 95 %. In truth it is a 90 % interval by
    /// the normal distribution; its [`Interval::level`] says 0.90 whatever level was asked for.
    PapiStyle,
}

/// The factor of PAPI's printed intervals (official file of 2019, all 63 provinces).
pub const PAPI_FACTOR: f64 = 1.645;

/// The level that `± 1.645 · SE` holds with many degrees of freedom.
pub(crate) const PAPI_LEVEL: f64 = 0.90;

/// A confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Confidence level, between 0 and 1.
    pub level: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// How it was made.
    pub method: IntervalMethod,
}

/// Checks a confidence level.
///
/// # Errors
/// `interval_level` unless it lies strictly between 0 and 1.
pub(crate) fn check_level(level: f64) -> Result<(), Problem> {
    if level > 0.0 && level < 1.0 {
        return Ok(());
    }
    Err(Problem::new("interval_level", "mức tin cậy không hợp lệ", "the confidence level is not usable")
        .expected(("số lớn hơn 0 và nhỏ hơn 1, ví dụ 0.95", "a number between 0 and 1, such as 0.95"))
        .got(level.to_string()))
}

/// The interval around an estimate, or `None` when there are no degrees of freedom.
///
/// # Formula
/// `estimate ± q · standard_error`, `q` the quantile at `(1 + level)/2` of Student's t or of the normal distribution, or 1.645.
///
/// # Source
/// Korn and Graubard (1999), Analysis of Health Surveys (t with PSUs minus strata).
///
/// # Errors
/// `interval_level` unless `level` lies strictly between 0 and 1.
///
/// Checked: `tests/against_r.rs` (`ci_t`, `ci_t_domain`, `ci_z`), `tests/repetition.rs`.
pub fn interval(
    estimate: f64,
    standard_error: f64,
    level: f64,
    method: IntervalMethod,
) -> Result<Option<Interval>, Problem> {
    Ok(Quantiles::new(level)?.interval(estimate, standard_error, method))
}

/// The quantile of Student's t distribution, or `None` unless `0 < probability < 1` and the degrees of freedom are positive.
///
/// # Formula
/// Start at the inverse of the regularized incomplete beta function, then Newton steps on the distribution function until
/// they no longer move the last digits (at most 20).
///
/// # Source
/// Abramowitz and Stegun (1964), 26.7.1 and 26.5.27; functions of the `statrs` crate.
///
/// Checked: `interval::tests::t_quantiles_are_exact_where_a_formula_exists`, `tests/against_r.rs`.
#[must_use]
pub fn t_quantile(probability: f64, degrees_of_freedom: f64) -> Option<f64> {
    let usable = probability > 0.0 && probability < 1.0 && degrees_of_freedom > 0.0 && degrees_of_freedom.is_finite();
    if !usable {
        return None;
    }
    if probability == 0.5 {
        return Some(0.0);
    }
    let tail = probability.min(1.0 - probability);
    let beta = inv_beta_reg(0.5 * degrees_of_freedom, 0.5, 2.0 * tail);
    let mut quantile = (degrees_of_freedom * (1.0 - beta) / beta).sqrt();
    let distribution = StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()?;
    let half = 0.5 * degrees_of_freedom;
    let log_constant = ln_gamma(half + 0.5) - ln_gamma(half) - 0.5 * (degrees_of_freedom * std::f64::consts::PI).ln();
    for _ in 0..20 {
        let density = (log_constant - (half + 0.5) * (quantile * quantile / degrees_of_freedom).ln_1p()).exp();
        let step = (distribution.cdf(-quantile) - tail) / density;
        quantile += step;
        if step.abs() <= 1e-15 * quantile.abs() {
            break;
        }
    }
    quantile.is_finite().then(|| if probability < 0.5 { -quantile } else { quantile })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_quantiles_are_exact_where_a_formula_exists() {
        // One degree of freedom is the Cauchy distribution, two have the closed form (2p−1)/√(2p(1−p)).
        for probability in [0.6, 0.75, 0.9, 0.95, 0.975, 0.995, 0.9995] {
            let cauchy = (std::f64::consts::PI * (probability - 0.5)).tan();
            let two = (2.0 * probability - 1.0) / (2.0 * probability * (1.0 - probability)).sqrt();
            for (degrees, exact) in [(1.0, cauchy), (2.0, two)] {
                let got = t_quantile(probability, degrees).unwrap();
                assert!((got / exact - 1.0).abs() < 1e-12, "{probability} {degrees}: {got} {exact}");
                assert_eq!(t_quantile(1.0 - probability, degrees).map(|value| value < 0.0), Some(true));
            }
        }
        // R 4.2.2: qt(0.975, 14) and qt(0.975, 197), out of the reference cases' own intervals.
        for (degrees, exact) in [(14.0, 2.144_786_687_916_927_7), (197.0, 1.972_079_033_778)] {
            let got = t_quantile(0.975, degrees).unwrap();
            assert!((got / exact - 1.0).abs() < 1e-9, "{degrees}: {got} {exact}");
        }
        assert_eq!(t_quantile(0.975, 0.0), None);
        assert_eq!(t_quantile(1.5, 3.0), None);
    }

    #[test]
    fn without_degrees_of_freedom_there_is_no_interval() {
        let none = interval(1.0, 2.0, 0.95, IntervalMethod::T { degrees_of_freedom: 0 });
        assert_eq!(none, Ok(None));
        assert_eq!(interval(1.0, 2.0, 1.0, IntervalMethod::Normal).unwrap_err().code, "interval_level");
        let normal = interval(0.0, 1.0, 0.95, IntervalMethod::Normal).unwrap().unwrap();
        assert!((normal.upper - 1.959_963_984_540_054).abs() < 1e-14, "{}", normal.upper);
    }

    #[test]
    fn the_papi_style_says_that_it_holds_ninety_percent() {
        let printed = interval(44.0, 2.0, 0.95, IntervalMethod::PapiStyle).unwrap().unwrap();
        assert_eq!((printed.lower, printed.upper, printed.level), (44.0 - 3.29, 44.0 + 3.29, 0.90));
        let true_90 = interval(44.0, 2.0, 0.90, IntervalMethod::Normal).unwrap().unwrap();
        assert!((printed.upper - true_90.upper).abs() < 4e-4, "1.645 is the normal quantile at 95 %, two-sided 90 %");
    }
}
