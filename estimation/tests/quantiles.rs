//! Quantiles: definitions, identities, refusals.

#![expect(clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::table::Column;
use estimation::{DesignColumns, EstimationDesign, ProportionInterval, QuantileRule, SortedAnswers, WhyMissing};

/// The fractional rank of the p-quantile among n answers.
type Rank = fn(f64, f64) -> f64;

const HYNDMAN_FAN: [(QuantileRule, Rank); 6] = [
    (QuantileRule::Hf4, |n, p| n * p),
    (QuantileRule::Hf5, |n, p| n * p + 0.5),
    (QuantileRule::Hf6, |n, p| (n + 1.0) * p),
    (QuantileRule::Hf7, |n, p| (n - 1.0) * p + 1.0),
    (QuantileRule::Hf8, |n, p| (n + 1.0 / 3.0) * p + 1.0 / 3.0),
    (QuantileRule::Hf9, |n, p| (n + 0.25) * p + 0.375),
];

fn design(weights: &[f64]) -> EstimationDesign {
    EstimationDesign::new(&DesignColumns { weights: Some(("w", weights)), ..DesignColumns::new(weights.len()) })
        .expect("a valid design")
}

fn answers(y: &[f64], weights: &[f64]) -> SortedAnswers {
    SortedAnswers::new(&design(weights), y, None).expect("sorted answers")
}

/// Hyndman and Fan (1996): with equal weights the quantile lies at the fractional rank of each definition.
#[test]
fn with_equal_weights_each_rule_is_its_definition() {
    let y = [11.0, 2.0, 7.0, 3.0, 5.0, 17.0, 13.0];
    let sorted = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0];
    let answers = answers(&y, &[3.0; 7]);
    for (rule, rank) in HYNDMAN_FAN {
        for step in 0..=100 {
            let p = f64::from(step) / 100.0;
            let rank = rank(7.0, p).clamp(1.0, 7.0);
            let below = (rank.floor() as usize).min(6);
            let expected = sorted[below - 1] + (rank - below as f64) * (sorted[below] - sorted[below - 1]);
            let got = answers.quantile(p, rule).expect("a quantile");
            assert!((got - expected).abs() < 1e-9, "{rule:?} {p}: {got} {expected}");
        }
    }
}

#[test]
fn a_whole_weight_is_a_repeated_answer_for_the_rules_by_steps() {
    let weighted = answers(&[4.0, 1.0, 9.0], &[2.0, 3.0, 5.0]);
    let repeated = answers(&[1.0, 1.0, 1.0, 4.0, 4.0, 9.0, 9.0, 9.0, 9.0, 9.0], &[1.0; 10]);
    for step in 0..=40 {
        let p = f64::from(step) / 40.0;
        for rule in [QuantileRule::Math, QuantileRule::School] {
            assert_eq!(weighted.quantile(p, rule), repeated.quantile(p, rule), "{rule:?} {p}");
        }
    }
    assert_eq!(weighted.quantile(0.5, QuantileRule::Math), Some(4.0));
    assert_eq!(weighted.quantile(0.5, QuantileRule::School), Some(6.5));
    assert_eq!(weighted.quantile(0.51, QuantileRule::Math), Some(9.0));
}

#[test]
fn the_scale_of_the_weights_moves_no_quantile_but_that_of_shah_and_vaish() {
    let y = [3.0, 8.0, 1.0, 6.0, 2.0];
    let one = answers(&y, &[1.0, 2.0, 1.5, 0.5, 1.0]);
    let other = answers(&y, &[64.0, 128.0, 96.0, 32.0, 64.0]);
    for (rule, _) in HYNDMAN_FAN {
        assert_eq!(one.quantile(0.3, rule), other.quantile(0.3, rule));
    }
    assert_ne!(one.quantile(0.3, QuantileRule::Shahvaish), other.quantile(0.3, QuantileRule::Shahvaish));
}

#[test]
fn quantiles_never_decrease_and_stay_within_the_answers() {
    let answers = answers(&[5.0, 1.0, 4.0, 4.0, 2.0, 8.0], &[1.0, 7.0, 2.0, 0.3, 3.0, 1.0]);
    for rule in [QuantileRule::Math, QuantileRule::School].into_iter().chain(HYNDMAN_FAN.map(|pair| pair.0)) {
        let mut last = f64::NEG_INFINITY;
        for step in 0..=1000 {
            let quantile = answers.quantile(f64::from(step) / 1000.0, rule).expect("a quantile");
            assert!(quantile >= last && (1.0..=8.0).contains(&quantile), "{rule:?} {step}: {quantile} after {last}");
            last = quantile;
        }
    }
}

#[test]
fn missing_quantiles_and_limits_say_why() {
    let weights = [1.0, 2.0, 1.0, 0.0];
    let design = design(&weights);
    let y = [1.0, 2.0, 3.0, f64::NAN];
    let of = |y: &[f64], domain: [bool; 4]| {
        let answers = SortedAnswers::new(&design, y, Some(&domain)).expect("sorted answers");
        let (rule, interval) = (QuantileRule::Math, ProportionInterval::Mean);
        answers.woodruff(&design, y, 0.5, rule, interval, 0.95).expect("a quantile")
    };
    assert_eq!(of(&y, [false, false, false, true]).why_missing, Some(WhyMissing::NoAnswers));
    assert_eq!(of(&[1.0; 4], [false, false, false, true]).why_missing, Some(WhyMissing::NoWeight));
    let alone = of(&y, [true, false, false, false]);
    assert_eq!(
        (alone.estimate, alone.lower, alone.why_missing),
        (Some(1.0), None, Some(WhyMissing::NoDegreesOfFreedom))
    );
    let few = of(&y, [true; 4]);
    assert_eq!((few.estimate, few.upper, few.why_missing), (Some(2.0), None, Some(WhyMissing::LimitOutside)));
    assert_eq!(few.n, 3);
}

/// Woodruff's interval of a median by hand: 16 answers 1…16 of weight 1 as 8 PSUs {k, k+8}; half lie at or below 8, one in
/// each PSU, so that the proportion has no variance and the interval shrinks to the median itself.
#[test]
fn an_interval_follows_the_design_and_not_the_number_of_answers() {
    let y: Vec<f64> = (1..=16).map(f64::from).collect();
    let psu = Column::numeric((0..16).map(|row| f64::from(row % 8)).collect());
    let clustered = EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu)],
        weights: Some(("w", &[1.0; 16])),
        ..DesignColumns::new(16)
    })
    .expect("a valid design");
    let median = |design: &EstimationDesign| {
        let answers = SortedAnswers::new(design, &y, None).expect("sorted answers");
        let (rule, interval) = (QuantileRule::Math, ProportionInterval::Mean);
        answers.woodruff(design, &y, 0.5, rule, interval, 0.95).expect("a median")
    };
    let narrow = median(&clustered);
    assert_eq!((narrow.lower, narrow.upper, narrow.standard_error), (Some(8.0), Some(8.0), Some(0.0)));
    // Single answers as PSUs: se of the proportion √(16/15 · 16 · (1/32)²), t(15) = 2.13145: 0.5 ± 0.27517, inverted.
    let wide = median(&design(&[1.0; 16]));
    assert_eq!((wide.estimate, wide.lower, wide.upper), (Some(8.0), Some(4.0), Some(13.0)));
}
