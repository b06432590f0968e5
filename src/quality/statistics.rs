//! Small statistics that several checks share.

use std::f64::consts::PI;

use statrs::distribution::{Beta, ContinuousCDF};

/// Mean radius of the earth in metres (IUGG R₁).
const EARTH_RADIUS_METRES: f64 = 6_371_008.8;
/// The factor that makes the MAD of normal data their standard deviation: 1/Φ⁻¹(3/4).
pub(super) const MAD_TO_SIGMA: f64 = 1.4826;

/// Great-circle distance in metres.
///
/// # Formula
/// Haversine: `a = sin²(Δφ/2) + cos φ₁ cos φ₂ sin²(Δλ/2)`, `d = 2 R asin √a`, R = 6,371,008.8 m.
///
/// # Source
/// Sinnott (1984), "Virtues of the haversine", *Sky & Telescope* 68, 159; R of IUGG.
///
/// # Limits
/// A sphere: up to 0.6 % off the ellipsoid.
#[must_use]
pub fn haversine_metres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let radians = |degrees: f64| degrees * PI / 180.0;
    let (lat1, lat2) = (radians(from.0), radians(to.0));
    let half = |a: f64, b: f64| ((b - a) / 2.0).sin().powi(2);
    let a = half(lat1, lat2) + lat1.cos() * lat2.cos() * half(radians(from.1), radians(to.1));
    2.0 * EARTH_RADIUS_METRES * a.clamp(0.0, 1.0).sqrt().asin()
}

/// The quantile of sorted numbers, R's type 7; `None` of nothing.
pub(super) fn quantile(sorted: &[f64], probability: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = probability.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    Some(low + (place - below as f64) * (high - low))
}

/// Sorted copies of the finite numbers.
pub(super) fn sorted(numbers: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut finite: Vec<f64> = numbers.into_iter().filter(|number| number.is_finite()).collect();
    finite.sort_by(f64::total_cmp);
    finite
}

/// The median; `None` of nothing.
pub(super) fn median(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(&sorted(numbers), 0.5)
}

/// Wilson's score interval of a proportion, at the quantile `z` of the normal distribution.
///
/// # Formula
/// `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`.
///
/// # Source
/// Wilson (1927), *JASA* 22, 209–212.
///
/// # Limits
/// Independent trials. `None` without trials.
#[must_use]
pub fn wilson_interval(successes: usize, trials: usize, z: f64) -> Option<(f64, f64)> {
    if trials == 0 || successes > trials {
        return None;
    }
    let n = trials as f64;
    wilson(successes as f64 / n, n, z)
}

fn wilson(p: f64, n: f64, z: f64) -> Option<(f64, f64)> {
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    Some((((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0)))
}

/// Clopper and Pearson's exact interval of a proportion.
///
/// # Formula
/// Lower: the α/2 quantile of Beta(x, n − x + 1), 0 for x = 0; upper: the 1 − α/2 quantile of Beta(x + 1, n − x), 1 for x = n.
///
/// # Source
/// Clopper and Pearson (1934), *Biometrika* 26, 404–413.
///
/// # Limits
/// Independent trials; covers at least as often as it says, mostly more. `None` without trials.
#[must_use]
pub fn clopper_pearson_interval(successes: usize, trials: usize, alpha: f64) -> Option<(f64, f64)> {
    if trials == 0 || successes > trials {
        return None;
    }
    let quantile = |a: usize, b: usize, probability: f64| {
        let quantile = Beta::new(a as f64, b as f64).ok()?.inverse_cdf(probability);
        quantile.is_finite().then_some(quantile)
    };
    let low = if successes == 0 { 0.0 } else { quantile(successes, trials - successes + 1, alpha / 2.0)? };
    let high = if successes == trials { 1.0 } else { quantile(successes + 1, trials - successes, 1.0 - alpha / 2.0)? };
    Some((low, high))
}

/// A share of answers in clusters (interviews), with Wilson's interval at the effective number of answers.
///
/// # Formula
/// `p = Σ d_i / Σ n_i`; `v = m/(m−1) Σ (d_i − p n_i)² / (Σ n_i)²` over the m interviews; `deff = max(1, v / (p(1−p)/Σ n_i))`;
/// Wilson's interval with `Σ n_i / deff` trials.
///
/// # Source
/// Cochran (1977), *Sampling Techniques*, §3.12 (ratio over clusters); Kish and Frankel (1974); Korn and Graubard (1998), *Survey Methodology* 24
/// (effective size).
///
/// # Limits
/// No interval with fewer than two interviews: nothing then says how alike the answers of one interview are. With p at 0 or 1 deff is 1.
#[must_use]
pub fn clustered_share(clusters: &[(usize, usize)]) -> Option<ClusteredShare> {
    let (d, n) = clusters.iter().fold((0, 0), |(d, n), (more_d, more_n)| (d + more_d, n + more_n));
    if n == 0 || d > n {
        return None;
    }
    let (share, trials) = (d as f64 / n as f64, n as f64);
    let m = clusters.iter().filter(|(_, n)| *n > 0).count();
    if m < 2 {
        return Some(ClusteredShare { share, design_effect: None, interval: None });
    }
    let squares: f64 = clusters.iter().map(|(d, n)| (*d as f64 - share * *n as f64).powi(2)).sum();
    let variance = m as f64 / (m as f64 - 1.0) * squares / (trials * trials);
    let simple = share * (1.0 - share) / trials;
    let design_effect = if simple > 0.0 { (variance / simple).max(1.0) } else { 1.0 };
    Some(ClusteredShare {
        share,
        design_effect: Some(design_effect),
        interval: wilson(share, trials / design_effect, Z95),
    })
}

/// A share of answers that come in interviews.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredShare {
    /// The share.
    pub share: f64,
    /// How much the answers of one interview being alike widens the error; `None` for one interview.
    pub design_effect: Option<f64>,
    /// 95 % interval; `None` for one interview.
    pub interval: Option<(f64, f64)>,
}

/// `97.5 %` quantile of the normal distribution.
pub(super) const Z95: f64 = 1.959_963_984_540_054;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn distances_are_those_of_the_sphere() {
        // A degree of latitude, a quarter of the equator, and no way at all.
        let degree = EARTH_RADIUS_METRES * PI / 180.0;
        assert!((haversine_metres((21.0, 105.0), (22.0, 105.0)) - degree).abs() < 1e-6);
        assert!((haversine_metres((0.0, 0.0), (0.0, 90.0)) - EARTH_RADIUS_METRES * PI / 2.0).abs() < 1e-6);
        assert_eq!(haversine_metres((21.3, 106.2), (21.3, 106.2)), 0.0);
        // Hanoi to Bac Giang, by the spherical law of cosines (Python 3.11 `math`, 2026-11-26).
        assert!((haversine_metres((21.028_5, 105.854_2), (21.273_1, 106.194_6)) - 44_563.461_433).abs() < 1e-4);
    }

    #[test]
    fn quantiles_are_those_of_r() {
        // quantile(c(1,2,4,8,16), c(.1,.25,.5,.9)), R 4.
        let numbers = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (probability, value) in [(0.1, 1.4), (0.25, 2.0), (0.5, 4.0), (0.9, 12.8)] {
            assert!((quantile(&numbers, probability).expect("numbers") - value).abs() < 1e-12);
        }
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(median([f64::NAN, 3.0, 1.0]), Some(2.0));
    }

    #[test]
    fn wilson_is_r_prop_test_without_correction() {
        // prop.test(3, 20, correct = FALSE)$conf.int, prop.test(0, 20, correct = FALSE)$conf.int, R 4.
        let (low, high) = wilson_interval(3, 20, Z95).expect("trials");
        assert!((low - 0.052_368_745_9).abs() < 1e-9 && (high - 0.360_418_864_7).abs() < 1e-9, "{low} {high}");
        let (low, high) = wilson_interval(0, 20, Z95).expect("trials");
        assert!(low == 0.0 && (high - 0.161_125_158_1).abs() < 1e-9, "{low} {high}");
        assert_eq!(wilson_interval(0, 0, Z95), None);
    }

    #[test]
    fn the_exact_interval_is_that_of_r() {
        // binom.test(x, n)$conf.int, R 4.
        for (x, n, low, high) in [
            (3, 20, 0.032_070_937_185_464, 0.378_926_826_545_314),
            (0, 20, 0.0, 0.168_433_470_983_085),
            (20, 20, 0.831_566_529_016_915, 1.0),
            (1, 1, 0.025, 1.0),
        ] {
            let made = clopper_pearson_interval(x, n, 0.05).expect("trials");
            assert!((made.0 - low).abs() < 1e-9 && (made.1 - high).abs() < 1e-9, "{x} of {n}: {made:?}");
        }
        assert_eq!(clopper_pearson_interval(0, 0, 0.05), None);
        assert_eq!(clopper_pearson_interval(3, 2, 0.05), None);
    }

    #[test]
    fn a_share_over_interviews_as_in_r() {
        // R 4, the formula written out: d <- c(0,3,1,0,6,0,2,0); n <- c(20,20,18,20,20,19,20,20).
        let clusters = [(0, 20), (3, 20), (1, 18), (0, 20), (6, 20), (0, 19), (2, 20), (0, 20)];
        let made = clustered_share(&clusters).expect("answers");
        let (low, high) = made.interval.expect("an interval");
        assert!((made.share - 0.076_433_121_019_108).abs() < 1e-12);
        assert!((made.design_effect.expect("deff") - 3.262_761_339_985_148).abs() < 1e-10, "{made:?}");
        assert!(
            (low - 0.029_011_094_478_471).abs() < 1e-10 && (high - 0.186_484_406_900_460).abs() < 1e-10,
            "{low} {high}"
        );
        assert_eq!(clustered_share(&[(1, 5)]).expect("answers").interval, None, "one interview");
        assert_eq!(clustered_share(&[(0, 0), (0, 0)]), None);
        let none = clustered_share(&[(0, 10), (0, 10)]).expect("answers");
        assert_eq!(none.interval, wilson_interval(0, 20, Z95));
    }

    proptest! {
        #[test]
        fn the_exact_interval_is_what_its_definition_says(n in 1_usize..60, part in 0.0..1.0_f64) {
            let x = (part * (n + 1) as f64) as usize;
            let (low, high) = clopper_pearson_interval(x, n, 0.05).expect("trials");
            // P(X ≥ x | low) = α/2 and P(X ≤ x | high) = α/2, by summing the binomial.
            let term = |k: usize, p: f64| {
                (0..k).fold(1.0, |c, i| c * (n - i) as f64 / (i + 1) as f64) * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32)
            };
            if x > 0 {
                prop_assert!(((x..=n).map(|k| term(k, low)).sum::<f64>() - 0.025).abs() < 1e-7);
            }
            if x < n {
                prop_assert!(((0..=x).map(|k| term(k, high)).sum::<f64>() - 0.025).abs() < 1e-7);
            }
        }

        #[test]
        fn distance_is_symmetric_and_bounded(a in -90.0..90.0_f64, b in -180.0..180.0_f64, c in -90.0..90.0_f64, d in -180.0..180.0_f64) {
            let there = haversine_metres((a, b), (c, d));
            prop_assert!((there - haversine_metres((c, d), (a, b))).abs() < 1e-6);
            prop_assert!((0.0..=EARTH_RADIUS_METRES * PI + 1e-6).contains(&there));
        }

        #[test]
        fn wilson_holds_the_share(n in 1_usize..500, part in 0.0..1.0_f64) {
            let x = (part * n as f64) as usize;
            let (low, high) = wilson_interval(x, n, Z95).expect("trials");
            let p = x as f64 / n as f64;
            prop_assert!(low <= p + 1e-12 && p <= high + 1e-12 && high <= 1.0 && low >= 0.0);
        }
    }
}
