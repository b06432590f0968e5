//! The power of a t test: the upper tail of the noncentral t distribution.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::{checked_gamma_lr, ln_gamma};

/// Steps of the quadrature; even.
const STEPS: u32 = 2_000;
/// How far the integration goes, in standard deviations of a normal value, and in units of 1/√ν from 1 for √(χ²/ν):
/// what lies beyond weighs less than 10⁻¹⁷.
const REACH: f64 = 9.0;

/// P(T > t) for T = (Z + δ)/s noncentral t, with s = √(χ²/ν), for t not far below 0.
///
/// # Formula
/// Simpson's rule on whichever of the two integrals has the smoother integrand. t ≤ √ν: ∫ Φ(δ − t·s) f(s) ds with the
/// density f(s) = 2(ν/2)^{ν/2}/Γ(ν/2) · s^{ν−1} e^{−νs²/2}. t > √ν: ∫_{z > −δ} φ(z) P(χ² < ν((z + δ)/t)²) dz. Beyond
/// a million degrees of freedom Φ(δ − t), right to 10⁻⁶.
///
/// # Source
/// Johnson, Kotz and Balakrishnan (1995), *Continuous Univariate Distributions* 2, ch. 31.
///
/// Proofs: `size::proofs::the_power_of_a_t_test_is_that_of_another_program`.
pub(super) fn upper_tail(t: f64, degrees_of_freedom: u64, delta: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "degrees of freedom are far below 2^53")]
    let nu = degrees_of_freedom as f64;
    let normal = Normal::standard();
    if degrees_of_freedom > 1_000_000 {
        return normal.cdf(delta - t);
    }
    let tail = if t > nu.sqrt() {
        let below = |z: f64| {
            let chi_square = nu * ((z + delta) / t).powi(2);
            if chi_square > 0.0 { checked_gamma_lr(0.5 * nu, 0.5 * chi_square).unwrap_or(f64::NAN) } else { 0.0 }
        };
        let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        simpson(|z| density(z) * below(z), -REACH.min(delta), REACH)
    } else {
        let log_constant = std::f64::consts::LN_2 + 0.5 * nu * (0.5 * nu).ln() - ln_gamma(0.5 * nu);
        let density = |s: f64| {
            let log_power = if degrees_of_freedom == 1 { 0.0 } else { (nu - 1.0) * s.ln() };
            (log_constant + log_power - 0.5 * nu * s * s).exp()
        };
        let reach = REACH / nu.sqrt();
        simpson(|s| density(s) * normal.cdf(delta - t * s), (1.0 - reach).max(0.0), 1.0 + reach)
    };
    tail.clamp(0.0, 1.0)
}

fn simpson(term: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let step = (high - low) / f64::from(STEPS);
    let inner: f64 = (1..STEPS)
        .map(|place| f64::from(if place % 2 == 1 { 4_u8 } else { 2 }) * term(low + step * f64::from(place)))
        .sum();
    (term(low) + inner + term(high)) * step / 3.0
}
