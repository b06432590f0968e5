//! The power of a t test: the upper tail of the noncentral t distribution.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::ln_gamma;

/// Steps of the quadrature; even.
const STEPS: u32 = 8_000;
/// How far from 1 the integration goes, in units of 1/√ν: beyond it the density of √(χ²/ν) is below 10⁻¹⁷.
const REACH: f64 = 9.0;

/// P(T > t) for T noncentral t with `degrees_of_freedom` and noncentrality `delta`.
///
/// # Formula
/// ∫ Φ(δ − t·s) f(s) ds over the density f of s = √(χ²_ν/ν), by Simpson's rule; f(s) = 2(ν/2)^{ν/2}/Γ(ν/2) · s^{ν−1} e^{−νs²/2}.
///
/// # Source
/// Johnson, Kotz and Balakrishnan (1995), *Continuous Univariate Distributions* 2, §31.2.
///
/// Proofs: `size::proofs::the_power_of_a_t_test_is_that_of_another_program`.
#[expect(clippy::cast_precision_loss, reason = "degrees of freedom are far below 2^53")]
pub(super) fn upper_tail(t: f64, degrees_of_freedom: u64, delta: f64) -> f64 {
    let nu = degrees_of_freedom as f64;
    let normal = Normal::standard();
    let log_constant = std::f64::consts::LN_2 + 0.5 * nu * (0.5 * nu).ln() - ln_gamma(0.5 * nu);
    let term = |s: f64| {
        let log_power = if degrees_of_freedom == 1 { 0.0 } else { (nu - 1.0) * s.ln() };
        (log_constant + log_power - 0.5 * nu * s * s).exp() * normal.cdf(delta - t * s)
    };
    let (low, high) = ((1.0 - REACH / nu.sqrt()).max(0.0), 1.0 + REACH / nu.sqrt());
    let step = (high - low) / f64::from(STEPS);
    let inner: f64 = (1..STEPS)
        .map(|place| f64::from(if place % 2 == 1 { 4_u8 } else { 2 }) * term(low + step * f64::from(place)))
        .sum();
    ((term(low) + inner + term(high)) * step / 3.0).clamp(0.0, 1.0)
}
