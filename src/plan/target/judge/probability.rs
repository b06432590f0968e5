//! How probable it is that a target is reached.

use problem::Problem;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The probability that the true value lies above a bound, given an estimate and its standard error.
///
/// # Formula
/// 1 − F((bound − estimate) / SE), F the normal distribution, or Student's t with the degrees of freedom of the estimate.
///
/// # Source
/// The posterior of a normal mean under a flat prior: Gelman et al. (2013), *Bayesian Data Analysis*, §2.5 and §3.2.
///
/// # Limits
/// Says how well the *sample* separates the value from the bound, nothing else: the bound is taken as fixed (a cut-off that
/// moves with the other units is not), and errors other than sampling are not in it.
///
/// # Errors
/// `verdict_interval` when a number is not finite, the standard error is not above 0, or there are no degrees of freedom.
///
/// Checked: `the_probability_is_one_half_on_the_bound_and_follows_the_tables`.
pub fn probability_from(
    estimate: f64,
    standard_error: f64,
    degrees_of_freedom: Option<u32>,
    bound: f64,
) -> Result<f64, Problem> {
    let z = (bound - estimate) / standard_error;
    if !z.is_finite() || standard_error <= 0.0 {
        return Err(unusable((
            "ước lượng và ngưỡng hữu hạn, sai số chuẩn lớn hơn 0",
            "a finite estimate and bound, a standard error above 0",
        )));
    }
    match degrees_of_freedom {
        None => Ok(Normal::standard().sf(z)),
        Some(df) => {
            let t = StudentsT::new(0.0, 1.0, f64::from(df))
                .map_err(|_| unusable(("ít nhất 1 bậc tự do", "at least 1 degree of freedom")))?;
            Ok(t.sf(z))
        }
    }
}

/// The quantile of two-sided intervals of 95 %.
pub(super) fn t_quantile_95(degrees_of_freedom: u32) -> Result<f64, Problem> {
    estimation::t_quantile(0.975, f64::from(degrees_of_freedom))
        .ok_or_else(|| unusable(("ít nhất 1 bậc tự do", "at least 1 degree of freedom")))
}

fn unusable(expected: (&str, &str)) -> Problem {
    Problem::new("verdict_interval", "không tính được từ các số này", "these numbers cannot be used").expected(expected)
}
