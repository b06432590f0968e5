//! Tail probabilities of the distributions that tests use.

use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::checked_gamma_ur;

/// The probability that |T| exceeds `t` under Student's t, or `None` without degrees of freedom: the two-sided p value of a
/// difference over its standard error.
///
/// # Errors
/// None: what cannot be computed is `None`.
///
/// # Source
/// Abramowitz and Stegun (1964), 26.7.1: the regularized incomplete beta function at `df/(df + t²)`, which keeps small
/// probabilities to full precision.
#[must_use]
pub fn t_two_sided(t: f64, degrees_of_freedom: f64) -> Option<f64> {
    let usable = t.is_finite() && degrees_of_freedom > 0.0 && degrees_of_freedom.is_finite();
    usable.then(|| beta_tail(0.5 * degrees_of_freedom, 0.5, degrees_of_freedom / (degrees_of_freedom + t * t)))?
}

/// The probability that F exceeds `f`, or `None` unless both degrees of freedom (not necessarily whole) are positive.
///
/// # Source
/// Abramowitz and Stegun (1964), 26.6.2.
pub(crate) fn f_upper(f: f64, numerator: f64, denominator: f64) -> Option<f64> {
    let usable = |value: f64| value > 0.0 && value.is_finite();
    if !usable(numerator) || !usable(denominator) || !f.is_finite() {
        return None;
    }
    let at = denominator / (denominator + numerator * f.max(0.0));
    beta_tail(0.5 * denominator, 0.5 * numerator, at)
}

/// The probability that chi-squared exceeds `x`, or `None` without degrees of freedom.
///
/// # Source
/// Abramowitz and Stegun (1964), 26.4.19.
pub(crate) fn chi_squared_upper(x: f64, degrees_of_freedom: f64) -> Option<f64> {
    let usable = x.is_finite() && degrees_of_freedom > 0.0 && degrees_of_freedom.is_finite();
    if !usable {
        return None;
    }
    if x <= 0.0 {
        return Some(1.0);
    }
    checked_gamma_ur(0.5 * degrees_of_freedom, 0.5 * x).ok().filter(|p| p.is_finite())
}

fn beta_tail(a: f64, b: f64, x: f64) -> Option<f64> {
    checked_beta_reg(a, b, x.clamp(0.0, 1.0)).ok().filter(|p| p.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: Option<f64>, exact: f64) {
        let got = got.unwrap();
        assert!((got / exact - 1.0).abs() < 1e-10, "{got} {exact}");
    }

    #[test]
    fn tails_are_exact_where_a_formula_exists() {
        // t with 1 and 2 degrees of freedom, F with 2 numerator degrees of freedom, chi-squared with 2.
        for t in [0.1_f64, 1.0, 4.3, 60.0] {
            near(t_two_sided(t, 1.0), 2.0 * (1.0 / t).atan() / std::f64::consts::PI);
            near(t_two_sided(t, 2.0), 2.0 / (2.0 + t * t + t * (2.0 + t * t).sqrt()));
            near(f_upper(t, 2.0, 7.5), (1.0 + 2.0 * t / 7.5).powf(-3.75));
            near(chi_squared_upper(t, 2.0), (-0.5 * t).exp());
            near(f_upper(t * t, 1.0, 9.0), t_two_sided(t, 9.0).unwrap());
        }
        // R 4.2.2: pf(5.19336954147488, 1.49463977770746, 20.9249568879044, lower.tail = FALSE).
        near(f_upper(5.193_369_541_474_88, 1.494_639_777_707_46, 20.924_956_887_904_4), 0.021_747_462_370_796_9);
    }

    #[test]
    fn without_degrees_of_freedom_there_is_no_probability() {
        assert_eq!(t_two_sided(1.0, 0.0), None);
        assert_eq!(t_two_sided(f64::NAN, 3.0), None);
        assert_eq!(f_upper(1.0, 2.0, -1.0), None);
        assert_eq!(chi_squared_upper(1.0, 0.0), None);
        assert_eq!(chi_squared_upper(0.0, 3.0), Some(1.0));
    }
}
