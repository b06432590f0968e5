//! Intervals of proportions: published limits, identities, coverage.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own design must stop")]

use estimation::table::Column;
use estimation::{
    DesignColumns, EstimationDesign, ProportionInterval, ProportionLimits, WhyMissing, estimate, mean,
    proportion_interval,
};

const ALL: [ProportionInterval; 9] = [
    ProportionInterval::Logit,
    ProportionInterval::Xlogit,
    ProportionInterval::Asin,
    ProportionInterval::Beta,
    ProportionInterval::Wilson,
    ProportionInterval::Likelihood,
    ProportionInterval::Mean,
    ProportionInterval::ClopperPearson,
    ProportionInterval::PapiStyle,
];

fn simple(n: usize, weights: &[f64]) -> EstimationDesign {
    EstimationDesign::new(&DesignColumns { weights: Some(("w", weights)), ..DesignColumns::new(n) }).unwrap()
}

fn limits(answers: &[f64], method: ProportionInterval, level: f64) -> ProportionLimits {
    let design = simple(answers.len(), &vec![3.0; answers.len()]);
    proportion_interval(&design, &mean(&design, answers, None).unwrap(), level, method).unwrap()
}

fn some(yes: usize, n: usize) -> Vec<f64> {
    (0..n).map(|i| f64::from(u8::from(i < yes))).collect()
}

#[test]
fn nobody_and_everybody_have_clopper_and_pearsons_limits() {
    // Clopper and Pearson (1934), 0 of n: 1 − 0.025^(1/n), here 0.115704 for 30 and 0.308497 for 10 (tables of exact limits).
    for (n, published) in [(30, 0.115_70), (10, 0.308_50)] {
        for method in ALL {
            let none = limits(&some(0, n), method, 0.95);
            let all = limits(&some(n, n), method, 0.95);
            assert_eq!(none.made_by, ProportionInterval::ClopperPearson, "the result says which method made it");
            assert_eq!((none.lower, all.upper), (Some(0.0), Some(1.0)));
            let expected =
                if method == ProportionInterval::PapiStyle { 1.0 - 0.05_f64.powf(1.0 / n as f64) } else { published };
            assert!((none.upper.unwrap() - expected).abs() < 5e-6, "{method:?} {none:?}");
            assert!((none.upper.unwrap() + all.lower.unwrap() - 1.0).abs() < 1e-9, "mirrored");
            assert_eq!(none.n_effective, Some(n as f64), "equal weights, as many degrees of freedom as answers");
        }
    }
    // 3 of 20 by the same method: 0.032071 to 0.378927 (tables of exact limits; R 4.2.2 binom.test(3, 20)).
    let three = limits(&some(3, 20), ProportionInterval::ClopperPearson, 0.95);
    assert!((three.lower.unwrap() - 0.032_070_937).abs() < 1e-8 && (three.upper.unwrap() - 0.378_926_828).abs() < 1e-8);
}

#[test]
fn unequal_weights_and_few_psus_make_the_sample_smaller() {
    let psu = Column::numeric((0..40).map(|i| f64::from(i / 10)).collect());
    let weights: Vec<f64> = (0..40).map(|i| if i % 2 == 0 { 1.0 } else { 3.0 }).collect();
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu)],
        weights: Some(("w", &weights)),
        ..DesignColumns::new(40)
    })
    .unwrap();
    let nobody = mean(&design, &[0.0; 40], None).unwrap();
    let got = proportion_interval(&design, &nobody, 0.95, ProportionInterval::Logit).unwrap();
    // Kish: 80²/200 = 32; t(39) = 2.022691, t(3) = 3.182446 (tables of Student's t).
    let expected = 32.0 * (2.022_691_f64 / 3.182_446).powi(2);
    assert!((got.n_effective.unwrap() / expected - 1.0).abs() < 1e-5, "{got:?} {expected}");
    assert!((got.upper.unwrap() - (1.0 - 0.025_f64.powf(1.0 / got.n_effective.unwrap()))).abs() < 1e-9);
}

#[test]
fn every_method_mirrors_the_proportion_of_those_who_do_not() {
    for method in ALL {
        let (yes, no) = (limits(&some(13, 60), method, 0.9), limits(&some(47, 60), method, 0.9));
        let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() + b.unwrap() - 1.0).abs() < 1e-7;
        assert!(near(yes.lower, no.upper) && near(yes.upper, no.lower), "{method:?} {yes:?} {no:?}");
        assert!(yes.lower.unwrap() < 13.0 / 60.0 && yes.upper.unwrap() > 13.0 / 60.0);
        assert_eq!(yes.made_by, method);
    }
}

#[test]
fn wilson_limits_of_a_simple_sample_are_wilsons() {
    // With SE² = p(1−p)/(n−1), n_e is n − 1: Wilson's own formula with t for z, solved here as the roots of
    // (p − x)² = t² x(1−x)/n_e.
    let (p, n, t) = (0.2, 49.0, 2.009_575_234);
    let got = limits(&some(10, 50), ProportionInterval::Wilson, 0.95);
    for x in [got.lower.unwrap(), got.upper.unwrap()] {
        assert!(((p - x) * (p - x) - t * t * x * (1.0 - x) / n).abs() < 1e-10, "{x}");
    }
}

#[test]
fn the_papi_style_is_told_to_hold_ninety_percent() {
    let answers = some(24, 60);
    let design = simple(60, &[1.0; 60]);
    let scores = mean(&design, &answers, None).unwrap();
    let error = estimate(&design, &scores, 0.95).unwrap().standard_error.unwrap();
    let printed = proportion_interval(&design, &scores, 0.95, ProportionInterval::PapiStyle).unwrap();
    assert!((printed.upper.unwrap() - (0.4 + 1.645 * error)).abs() < 1e-15);
    assert_eq!(printed.level, 0.90, "whatever level was asked for");
    let honest = proportion_interval(&design, &scores, 0.95, ProportionInterval::Mean).unwrap();
    assert!(honest.upper > printed.upper && honest.lower < printed.lower);
}

#[test]
fn what_has_no_limits_says_why() {
    let design = simple(4, &[1.0; 4]);
    let nobody = mean(&design, &[f64::NAN; 4], None).unwrap();
    for method in ALL {
        let got = proportion_interval(&design, &nobody, 0.95, method).unwrap();
        assert_eq!((got.lower, got.why_missing), (None, Some(WhyMissing::NoAnswers)));
    }
    let one = mean(&design, &[1.0, f64::NAN, f64::NAN, f64::NAN], None).unwrap();
    let got = proportion_interval(&design, &one, 0.95, ProportionInterval::Beta).unwrap();
    assert_eq!((got.lower, got.why_missing), (None, Some(WhyMissing::NoDegreesOfFreedom)));
    assert_eq!(proportion_interval(&design, &one, 1.0, ProportionInterval::Beta).unwrap_err().code, "interval_level");
    // A complete census: no error, an interval of no width, and no division by zero.
    let all = EstimationDesign::new(&DesignColumns { fpc: vec![("N", &[4.0; 4])], ..DesignColumns::new(4) }).unwrap();
    let half = mean(&all, &[1.0, 0.0, 1.0, 0.0], None).unwrap();
    for method in ALL.into_iter().filter(|method| *method != ProportionInterval::ClopperPearson) {
        let got = proportion_interval(&all, &half, 0.95, method).unwrap();
        assert_eq!((got.lower, got.upper), (Some(0.5), Some(0.5)), "{method:?}");
    }
}

#[test]
fn exact_coverage_of_small_proportions_is_near_the_level() {
    // Every outcome of 40 independent answers with its binomial probability: no simulation is needed.
    let n = 40;
    for (method, least) in [
        (ProportionInterval::Logit, 0.94),
        (ProportionInterval::Wilson, 0.92),
        (ProportionInterval::Beta, 0.95),
        (ProportionInterval::ClopperPearson, 0.95),
    ] {
        let intervals: Vec<(f64, f64)> = (0..=n)
            .map(|yes| limits(&some(yes, n), method, 0.95))
            .map(|limits| (limits.lower.unwrap(), limits.upper.unwrap()))
            .collect();
        for p in [0.05, 0.1, 0.2, 0.35, 0.5] {
            let mut probability = (1.0_f64 - p).powi(n as i32);
            let mut covered = 0.0;
            for (yes, (lower, upper)) in intervals.iter().enumerate() {
                covered += if *lower <= p && p <= *upper { probability } else { 0.0 };
                probability *= (n - yes) as f64 / (yes + 1) as f64 * p / (1.0 - p);
            }
            assert!(covered >= least, "{method:?} at {p}: {covered}");
        }
    }
}
