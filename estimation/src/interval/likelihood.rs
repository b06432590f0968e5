//! The likelihood interval of a proportion.

use statrs::distribution::{ContinuousCDF, Normal};

use super::proportion::ProportionBasis;
use super::t_quantile;

/// The limits at which the working likelihood ratio, scaled by Rao and Scott, reaches the square of the t quantile.
///
/// # Formula
/// With `D(b)` the deviance of `n` independent answers at the logit `b` (`p` the estimate), the signed root
/// `z(b) = ± √((D(b) − D(logit p))·(n−1)/n)` is computed on the grid `logit p ± k·δ`, `k = 1, 2, …` (at most 9 each way, until
/// |z| passes `z_max`), `δ = z_max/5 · SE/(p(1−p))`. Limits: `z = ± t √λ`, `λ = n SE² v/(p(1−p))²` the design effect, `v` the
/// binomial variance of [`working_variance`]. The curve through the grid is a cubic spline of which three times as many points
/// are taken, and straight lines between these.
///
/// # Source
/// Rao and Scott (1984), Annals of Statistics 12, 46–60; R `survey::svyciprop(method = "likelihood")` 4.5, whose grid and
/// interpolation these are, so that the limits agree with it to the last digits.
///
/// # Limits
/// Interpolation and working variance move the limits by about a hundred-thousandth; the test compares them with the exact roots.
pub(super) fn likelihood_limits(basis: &ProportionBasis, working: f64, level: f64) -> (Option<f64>, Option<f64>) {
    limits(basis, working, level).map_or((None, None), |(lower, upper)| (Some(lower), Some(upper)))
}

/// `μ(1−μ)` at the last step but one of the reweighted least squares that fit a logistic regression without variables, which
/// R takes for `p(1−p)`: the steps stop when the deviance changes by less than 10⁻⁸ of itself (at most 25).
pub(super) fn working_variance(answers: &[(f64, f64)]) -> f64 {
    let mean = answers.iter().map(|(weight, _)| weight).sum::<f64>() / answers.len() as f64;
    let p = answers.iter().map(|(weight, y)| weight * y).sum::<f64>() / (mean * answers.len() as f64);
    let n = answers.len() as f64;
    let deviance = |q: f64| -2.0 * n * (p * q.ln() + (1.0 - p) * (1.0 - q).ln());
    // The first step starts from answers drawn half towards the middle, each by its own weight.
    let (mut top, mut bottom, mut before) = (0.0, 0.0, 0.0);
    for &(weight, y) in answers {
        let weight = weight / mean;
        let mu = (weight * y + 0.5) / (weight + 1.0);
        let variance = mu * (1.0 - mu);
        top += weight * variance * ((mu / (1.0 - mu)).ln() + (y - mu) / variance);
        bottom += weight * variance;
        before -= 2.0 * weight * if y > 0.5 { mu.ln() } else { (1.0 - mu).ln() };
    }
    let (mut logit, mut used) = (top / bottom, bottom / n);
    for _ in 1..25 {
        let q = 1.0 / (1.0 + (-logit).exp());
        let after = deviance(q);
        if (after - before).abs() / (after.abs() + 0.1) < 1e-8 {
            break;
        }
        before = after;
        used = q * (1.0 - q);
        logit += (p - q) / used;
    }
    used
}

/// Most steps of the grid to each side.
const STEPS: usize = 9;

fn limits(basis: &ProportionBasis, working: f64, level: f64) -> Option<(f64, f64)> {
    let (p, n) = (basis.estimate, basis.n_rows as f64);
    let binomial = p * (1.0 - p);
    let t = t_quantile((1.0 + level) / 2.0, basis.degrees_of_freedom as f64)?;
    let standard_error = basis.standard_error / binomial;
    let cutoff = t * (standard_error * standard_error * n * working).sqrt();
    let tail = 0.5 * Normal::standard().cdf(-cutoff);
    let furthest = t_quantile(1.0 - 0.5 * tail, n - 1.0)?;
    let step = 0.2 * furthest * standard_error;
    let logit = (p / (1.0 - p)).ln();
    let signed_root = |at: f64| {
        let q = 1.0 / (1.0 + (-at).exp());
        let deviance = 2.0 * n * (p * (p / q).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln());
        (deviance * (n - 1.0) / n).max(0.0).sqrt().copysign(at - logit)
    };
    let mut curve = vec![(logit, 0.0)];
    for sign in [-1.0, 1.0] {
        for k in 1..=STEPS {
            let at = logit + sign * k as f64 * step;
            let z = signed_root(at);
            curve.push((at, z));
            if z.abs() >= furthest {
                break;
            }
        }
    }
    curve.sort_by(|a, b| a.0.total_cmp(&b.0));
    let smooth = spline(&curve, 3 * curve.len())?;
    let proportion = |at: f64| 1.0 / (1.0 + (-at).exp());
    let (lower, upper) = (proportion(reach(&smooth, -cutoff)?), proportion(reach(&smooth, cutoff)?));
    (lower.is_finite() && upper.is_finite()).then_some((lower, upper))
}

/// Where the broken line through the points (ascending in both) reaches the height `z`.
fn reach(points: &[(f64, f64)], z: f64) -> Option<f64> {
    let above = points.partition_point(|point| point.1 < z);
    let (right, left) = (points.get(above)?, points.get(above.checked_sub(1)?)?);
    Some(left.0 + (right.0 - left.0) * (z - left.1) / (right.1 - left.1))
}

/// `n_out` evenly spaced points of the cubic spline through the points, whose ends have the third derivative of the cubic
/// through the four nearest points (Forsythe, Malcolm and Moler 1977, Computer Methods for Mathematical Computations, §4.4).
fn spline(points: &[(f64, f64)], n_out: usize) -> Option<Vec<(f64, f64)>> {
    let n = points.len();
    if n < 4 {
        return None;
    }
    let width: Vec<f64> = points.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let slope: Vec<f64> = points.windows(2).map(|pair| (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0)).collect();
    // The third divided difference of four neighbours, the first of which is given.
    let third = |i: usize| {
        let second = |i: usize| (slope[i + 1] - slope[i]) / (points[i + 2].0 - points[i].0);
        (second(i + 1) - second(i)) / (points[i + 3].0 - points[i].0)
    };
    // Tridiagonal equations for a sixth of the second derivative at each point.
    let mut diagonal = vec![0.0; n];
    let mut right = vec![0.0; n];
    (diagonal[0], right[0]) = (-width[0], width[0] * width[0] * third(0));
    (diagonal[n - 1], right[n - 1]) = (-width[n - 2], -width[n - 2] * width[n - 2] * third(n - 4));
    for i in 1..n - 1 {
        diagonal[i] = 2.0 * (width[i - 1] + width[i]);
        right[i] = slope[i] - slope[i - 1];
    }
    for i in 1..n {
        let factor = width[i - 1] / diagonal[i - 1];
        diagonal[i] -= factor * width[i - 1];
        right[i] -= factor * right[i - 1];
    }
    let mut sixth = right;
    sixth[n - 1] /= diagonal[n - 1];
    for i in (0..n - 1).rev() {
        sixth[i] = (sixth[i] - width[i] * sixth[i + 1]) / diagonal[i];
    }
    let (first, last) = (points[0].0, points[n - 1].0);
    let out = (0..n_out).map(|k| {
        let at = first + (last - first) * k as f64 / (n_out - 1) as f64;
        let i = points.partition_point(|point| point.0 <= at).clamp(1, n - 1) - 1;
        let b = slope[i] - width[i] * (sixth[i + 1] + 2.0 * sixth[i]);
        let d = (sixth[i + 1] - sixth[i]) / width[i];
        let dx = at - points[i].0;
        (at, points[i].1 + dx * (b + dx * (3.0 * sixth[i] + dx * d)))
    });
    Some(out.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_is_its_own_spline() {
        let cubic = |x: f64| 1.0 + x * (2.0 + x * (-3.0 + 0.5 * x));
        let points: Vec<(f64, f64)> = [-2.0, -1.0, 0.5, 0.9, 2.0, 4.0].map(|x| (x, cubic(x))).to_vec();
        for (x, y) in spline(&points, 25).unwrap() {
            assert!((y - cubic(x)).abs() < 1e-12, "{x} {y}");
        }
    }

    #[test]
    fn the_working_variance_is_nearly_that_of_the_proportion() {
        let answers: Vec<(f64, f64)> =
            (0..90).map(|i| (1.0 + f64::from(i % 7), f64::from(u8::from(i % 5 == 0)))).collect();
        let sum: f64 = answers.iter().map(|(weight, _)| weight).sum();
        let p = answers.iter().map(|(weight, y)| weight * y).sum::<f64>() / sum;
        let working = working_variance(&answers);
        assert!((working / (p * (1.0 - p)) - 1.0).abs() < 1e-3, "{working} {p}");
    }

    #[test]
    fn limits_lie_where_the_scaled_likelihood_ratio_is_the_square_of_t() {
        for (p, se, n, df) in
            [(0.7104, 0.033, 183, 14), (0.04, 0.011, 200, 197), (0.5, 0.1, 14, 7), (0.9, 0.02, 227, 2)]
        {
            let basis = ProportionBasis { estimate: p, standard_error: se, n_rows: n, degrees_of_freedom: df };
            let (lower, upper) = limits(&basis, p * (1.0 - p), 0.95).unwrap();
            assert!(0.0 < lower && lower < p && p < upper && upper < 1.0);
            let t = t_quantile(0.975, df as f64).unwrap();
            for limit in [lower, upper] {
                let ratio = 2.0 * (p * (p / limit).ln() + (1.0 - p) * ((1.0 - p) / (1.0 - limit)).ln());
                let scaled = ratio * (n as f64 - 1.0) / n as f64 * p * (1.0 - p) / (se * se);
                assert!((scaled.sqrt() / t - 1.0).abs() < 2e-4, "{p} {limit}: {} {t}", scaled.sqrt());
            }
        }
    }
}
