//! Quantiles of the normal and of Student's t distribution.

use statrs::distribution::{Continuous, ContinuousCDF, Normal, StudentsT};

/// From here on the expansion in 1/ν is exact to 10⁻¹¹, and the beta function slow.
const MANY: u64 = 100_000;

/// The quantile of the standard normal distribution; `None` unless the probability lies strictly between 0 and 1.
///
/// # Source
/// Abramowitz and Stegun (1964), 26.2; the inverse error function of the `statrs` crate.
#[must_use]
pub fn normal_quantile(probability: f64) -> Option<f64> {
    (probability > 0.0 && probability < 1.0).then(|| Normal::standard().inverse_cdf(probability))
}

/// The quantile of Student's t with whole degrees of freedom; `None` unless 0 < probability < 1 and there is at least
/// one.
///
/// # Formula
/// The inverse of the regularized incomplete beta function, then Newton steps on the distribution function in the tail
/// until the last digits stand still. From 100,000 degrees of freedom on, z + (z³ + z)/(4ν) + (5z⁵ + 16z³ + 3z)/(96ν²).
///
/// # Source
/// Abramowitz and Stegun (1964), 26.7.1 and 26.7.5; functions of the `statrs` crate.
///
/// Proofs: `size::proofs::quantiles_are_exact_where_a_formula_exists`,
/// `size::proofs::quantiles_are_those_of_another_program`.
#[must_use]
pub fn t_quantile(probability: f64, degrees_of_freedom: u64) -> Option<f64> {
    if !(probability > 0.0 && probability < 1.0) || degrees_of_freedom == 0 {
        return None;
    }
    if probability == 0.5 {
        return Some(0.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rounding of 1 in 2^53 changes nothing that is seen")]
    let nu = degrees_of_freedom as f64;
    if degrees_of_freedom >= MANY {
        let z = normal_quantile(probability)?;
        let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * nu * nu);
        return Some(z + (z.powi(3) + z) / (4.0 * nu) + second);
    }
    let distribution = StudentsT::new(0.0, 1.0, nu).ok()?;
    let tail = probability.min(1.0 - probability);
    let mut quantile = -distribution.inverse_cdf(tail);
    for _ in 0..20 {
        let step = (distribution.cdf(-quantile) - tail) / distribution.pdf(quantile);
        quantile += step;
        if step.abs() <= 1e-15 * quantile.abs() {
            break;
        }
    }
    quantile.is_finite().then_some(if probability < 0.5 { -quantile } else { quantile })
}

/// The quantile that an interval or a test uses: Student's t when degrees of freedom are given, else the normal one.
pub(super) fn quantile(probability: f64, degrees_of_freedom: Option<u64>) -> Option<f64> {
    match degrees_of_freedom {
        Some(degrees_of_freedom) => t_quantile(probability, degrees_of_freedom),
        None => normal_quantile(probability),
    }
}
