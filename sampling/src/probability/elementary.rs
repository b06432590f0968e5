//! Logarithm and exponential by arithmetic alone, so that every machine gives the same last bit.
//!
//! The functions of the standard library are those of the operating system and may differ in the last bit; a sample that is
//! drawn again elsewhere must not.

use crate::selection::Odds;

const LN_2: f64 = std::f64::consts::LN_2;

/// −ln(1 − p), also for p near zero.
pub(crate) fn minus_ln_of_no(odds: Odds) -> f64 {
    if odds.yes <= 0.25 { twice_artanh(odds.yes / (1.0 + odds.no)) } else { -ln(odds.no) }
}

/// ln x for a positive normal number: x = m·2^e with m between √½ and √2, ln m = 2·artanh((m − 1)/(m + 1)).
fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1023;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    let (mantissa, exponent) =
        if mantissa > std::f64::consts::SQRT_2 { (0.5 * mantissa, exponent + 1) } else { (mantissa, exponent) };
    f64::from(exponent) * LN_2 + twice_artanh((mantissa - 1.0) / (mantissa + 1.0))
}

/// 2·(s + s³/3 + s⁵/5 + …) for |s| ≤ 0.1716: thirteen terms leave less than 1e-21.
fn twice_artanh(s: f64) -> f64 {
    let square = s * s;
    let sum = (0..13_u32).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * s * sum
}

/// An event of probability 1 − e^−x, x ≥ 0, with both probabilities to full precision.
pub(crate) fn within(x: f64) -> Odds {
    if x < 0.5 {
        // 1 − e^−x = x·(1 − x/2·(1 − x/3·(…))).
        let yes = x * (2..20_u32).rev().fold(1.0, |sum, k| 1.0 - x / f64::from(k) * sum);
        return Odds { yes, no: 1.0 - yes };
    }
    let no = exp_of_minus(x);
    Odds { yes: 1.0 - no, no }
}

/// e^−x for x ≥ 0: x = k·ln 2 + r, e^−r by its series (24 terms leave less than 1e-27).
fn exp_of_minus(x: f64) -> f64 {
    let halvings = (x / LN_2).floor();
    if halvings > 1_000.0 {
        return 0.0;
    }
    let rest = x - halvings * LN_2;
    let series = (1..24_u32).rev().fold(1.0, |sum, k| 1.0 - rest / f64::from(k) * sum);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let scale = f64::from_bits((1023 - halvings as u64) << 52);
    series * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_exponential_agree_with_the_system_within_a_few_last_bits() {
        for k in 1..4_000_u32 {
            let p = f64::from(k) / 4_000.0;
            let log = minus_ln_of_no(Odds { yes: p, no: 1.0 - p });
            assert!((log / -(-p).ln_1p() - 1.0).abs() < 2e-15, "p {p}: {log}");
            let x = f64::from(k) * 0.02;
            let odds = within(x);
            assert!((odds.yes / -(-x).exp_m1() - 1.0).abs() < 2e-15, "x {x}");
            assert!((odds.no / (-x).exp() - 1.0).abs() < 1e-13, "x {x}");
        }
        assert!((minus_ln_of_no(Odds { yes: 1e-12, no: 1.0 - 1e-12 }) / 1e-12 - 1.0).abs() < 1e-11);
        assert_eq!(within(1e6), Odds { yes: 1.0, no: 0.0 });
    }
}
