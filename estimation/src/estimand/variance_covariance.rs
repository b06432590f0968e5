//! Variances, covariances and correlations of variables in the population.

use problem::Problem;

use super::{answered, mean_of_rows};
use crate::{EstimationDesign, Scores, WhyMissing};

/// The population covariance of `x` and `y` (the variance, when they are the same column) over the rows of the domain that have
/// both answers.
///
/// # Formula
/// `s_xy = n/(n−1) · Σ w (x − x̄)(y − ȳ) / Σ w`, `n` the answers with a weight above zero, `x̄` and `ȳ` the weighted means of these rows;
/// score `u = w (n/(n−1) (x − x̄)(y − ȳ) − s_xy) / Σ w`. The estimation of the means adds nothing to first order.
///
/// # Source
/// Särndal, Swensson and Wretman (1992), §5.9 (estimation of a population variance); R `survey::svyvar` 4.5.
///
/// # Limits
/// R counts rows without an answer in its `n` too when it drops them itself; here `n` is that of the answers, as R's is on a
/// subset of complete rows.
///
/// # Errors
/// `scores_length`, `scores_infinite_value`.
///
/// Checked: `tests/against_r.rs`, `tests/moments.rs`.
pub fn covariance(design: &EstimationDesign, x: &[f64], y: &[f64], domain: Option<&[bool]>) -> Result<Scores, Problem> {
    let rows = answered(design, "covariance", &[x, y], domain)?;
    Ok(covariance_of_rows(design, "covariance", rows, |row| x[row], |row| y[row]))
}

/// The correlation of `x` and `y` over the rows of the domain that have both answers.
///
/// # Formula
/// `r = s_xy / √(s_xx s_yy)`, score `u = u_xy/√(s_xx s_yy) − r (u_xx/(2 s_xx) + u_yy/(2 s_yy))`, all three on the same rows.
///
/// # Source
/// Woodruff (1971), JASA 66, 411–414 (linearization), applied to [`covariance()`]; the value is R's `cov2cor(svyvar())`.
///
/// # Limits
/// A variable that does not vary has no correlation ([`WhyMissing::ZeroDenominator`]). Near ±1 the t interval can leave \[−1, 1\].
///
/// # Errors
/// `scores_length`, `scores_infinite_value`; `scores_coefficient` when the variances overflow.
///
/// Checked: `tests/against_r.rs`, `tests/moments.rs`.
pub fn correlation(
    design: &EstimationDesign,
    x: &[f64],
    y: &[f64],
    domain: Option<&[bool]>,
) -> Result<Scores, Problem> {
    let rows = answered(design, "correlation", &[x, y], domain)?;
    correlation_of_rows(design, "correlation", &rows, |row| x[row], |row| y[row])
}

pub(crate) fn covariance_of_rows(
    design: &EstimationDesign,
    name: &str,
    rows: Vec<u32>,
    x: impl Fn(usize) -> f64,
    y: impl Fn(usize) -> f64,
) -> Scores {
    let means = [mean_of_rows(design, name, rows.clone(), &x), mean_of_rows(design, name, rows.clone(), &y)];
    let (x_mean, y_mean) = match means.map(|mean| mean.value) {
        [Ok(x_mean), Ok(y_mean)] => (x_mean, y_mean),
        [Err(why), _] | [_, Err(why)] => return Scores::missing(name, design.n_rows, why),
    };
    let n = rows.iter().filter(|&&row| design.weights[row as usize] != 0.0).count();
    if n < 2 {
        return Scores::missing(name, design.n_rows, WhyMissing::ZeroDenominator);
    }
    let unbiased = n as f64 / (n as f64 - 1.0);
    let products = mean_of_rows(design, name, rows, |row| unbiased * (x(row) - x_mean) * (y(row) - y_mean));
    Scores { simple_random: None, ..products }
}

pub(crate) fn correlation_of_rows(
    design: &EstimationDesign,
    name: &str,
    rows: &[u32],
    x: impl Fn(usize) -> f64,
    y: impl Fn(usize) -> f64,
) -> Result<Scores, Problem> {
    let xy = covariance_of_rows(design, name, rows.to_vec(), &x, &y);
    let xx = covariance_of_rows(design, name, rows.to_vec(), &x, &x);
    let yy = covariance_of_rows(design, name, rows.to_vec(), &y, &y);
    let (s_xy, s_xx, s_yy) = match (xy.value, xx.value, yy.value) {
        (Ok(s_xy), Ok(s_xx), Ok(s_yy)) => (s_xy, s_xx, s_yy),
        (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => return Ok(Scores::missing(name, design.n_rows, why)),
    };
    if s_xx <= 0.0 || s_yy <= 0.0 {
        return Ok(Scores::missing(name, design.n_rows, WhyMissing::ZeroDenominator));
    }
    let scale = s_xx.sqrt() * s_yy.sqrt();
    let r = s_xy / scale;
    let parts = [(1.0 / scale, &xy), (-0.5 * r / s_xx, &xx), (-0.5 * r / s_yy, &yy)];
    let linear = Scores::linear_combination(name, 0.0, &parts)?;
    Ok(Scores { value: Ok(r), n: xy.n, scope: xy.scope, ..linear }.finite())
}
