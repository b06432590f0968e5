//! Numbers that can be followed by hand.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests stop where the test fails")]

use estimation::table::Column;
use estimation::{
    DesignColumns, EstimationDesign, LonelyPsu, Scores, UnequalProbability, estimate, mean, ratio, total,
};

fn close(got: Option<f64>, expected: f64) {
    let got = got.expect("a number");
    assert!((got - expected).abs() <= 1e-12 * expected.abs().max(1.0), "expected {expected}, got {got}");
}

/// A simple random sample of 4 from 20: y = 2, 4, 6, 8.
/// ȳ = 5, s² = (9 + 1 + 1 + 9)/3 = 20/3, V(ȳ) = (1 − 4/20) s²/4 = 4/3, total 100 with V = 400 · 4/3.
/// Cochran (1977), Sampling Techniques, ch. 2.
#[test]
fn a_simple_random_sample_has_cochrans_variance() {
    let population = [20.0; 4];
    let design =
        EstimationDesign::new(&DesignColumns { fpc: vec![("N", &population)], ..DesignColumns::new(4) }).unwrap();
    let y = [2.0, 4.0, 6.0, 8.0];
    let of_mean = estimate(&design, &mean(&design, &y, None).unwrap(), 0.95).unwrap();
    close(of_mean.estimate, 5.0);
    close(of_mean.standard_error, (4.0_f64 / 3.0).sqrt());
    assert_eq!((of_mean.n, of_mean.degrees_of_freedom), (4, 3));
    close(of_mean.design_effect, 1.0);
    let of_total = estimate(&design, &total(&design, &y, None).unwrap(), 0.95).unwrap();
    close(of_total.estimate, 100.0);
    close(of_total.standard_error, (400.0_f64 * 4.0 / 3.0).sqrt());
}

/// Two strata, N = 10 and 30, two units each: y = (1, 3) and (2, 8).
/// Total = 10·2 + 30·5 = 170; V = Σ N² (1 − n/N) s²/n = 100·0.8·2/2 + 900·(28/30)·18/2 = 80 + 7560 = 7640.
/// Cochran (1977), ch. 5.
#[test]
fn a_stratified_total_adds_the_variances_of_its_strata() {
    let stratum = Column::categorical(&["a", "a", "b", "b"].map(Some));
    let population = [10.0, 10.0, 30.0, 30.0];
    let design = EstimationDesign::new(&DesignColumns {
        strata: vec![("stratum", &stratum)],
        fpc: vec![("N", &population)],
        ..DesignColumns::new(4)
    })
    .unwrap();
    let result = estimate(&design, &total(&design, &[1.0, 3.0, 2.0, 8.0], None).unwrap(), 0.95).unwrap();
    close(result.estimate, 170.0);
    close(result.standard_error, 7640.0_f64.sqrt());
    assert_eq!(result.degrees_of_freedom, 2);
}

/// Two stages: 2 of 4 villages, then 2 of 3 and 2 of 6 households: y = (1, 2) and (3, 7).
/// Weights (4/2)(3/2) = 3 and (4/2)(6/2) = 6; village totals t̂ = 4.5 and 30; total = 2 (4.5 + 30) = 69.
/// V = `N²(1−f) s_t²/n + (N/n) Σ M²(1−f_i) s_i²/m`
///   = 16·0.5·(25.5²/2)/2 + 2 (9·(1/3)·0.5/2 + 36·(2/3)·8/2) = 1300.5 + 2 (0.75 + 96) = 1494.
/// Cochran (1977), ch. 11; Särndal, Swensson and Wretman (1992), result 4.3.1.
#[test]
fn a_two_stage_total_counts_both_stages() {
    let village = Column::numeric(vec![1.0, 1.0, 2.0, 2.0]);
    let household = Column::numeric(vec![1.0, 2.0, 1.0, 2.0]);
    let (villages, households) = ([4.0; 4], [3.0, 3.0, 6.0, 6.0]);
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("village", &village), ("household", &household)],
        fpc: vec![("N", &villages), ("M", &households)],
        ..DesignColumns::new(4)
    })
    .unwrap();
    assert_eq!(design.weights(), [3.0, 3.0, 6.0, 6.0]);
    let result = estimate(&design, &total(&design, &[1.0, 2.0, 3.0, 7.0], None).unwrap(), 0.95).unwrap();
    close(result.estimate, 69.0);
    close(result.standard_error, 1494.0_f64.sqrt());
    assert_eq!(result.degrees_of_freedom, 1);
}

/// A village taken with certainty still has households that were sampled: only the second stage is left,
/// (1 − 2/5) · 5² · s²/2 = 0.6·25·2/2 = 15 for y = (1, 3), and 0 for the village that was taken completely.
#[test]
fn a_certainty_unit_keeps_the_variance_of_its_lower_stages() {
    let village = Column::numeric(vec![1.0, 1.0, 2.0, 2.0]);
    let household = Column::numeric(vec![1.0, 2.0, 3.0, 4.0]);
    let (villages, households) = ([2.0; 4], [5.0, 5.0, 2.0, 2.0]);
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("village", &village), ("household", &household)],
        fpc: vec![("N", &villages), ("M", &households)],
        ..DesignColumns::new(4)
    })
    .unwrap();
    let result = estimate(&design, &total(&design, &[1.0, 3.0, 9.0, 4.0], None).unwrap(), 0.95).unwrap();
    close(result.standard_error, 15.0_f64.sqrt());
}

/// Brewer: V = n/(n−1) Σ (1−π)(z − z̄)² with z = y/π. π = 0.5, 0.25, y = 3, 1: z = 6, 4, z̄ = 5,
/// V = 2 (0.5·1 + 0.75·1) = 2.5. Brewer (2002), ch. 9; R `survey` with `pps = "brewer"`.
#[test]
fn brewers_approximation_uses_each_units_own_probability() {
    let probability = [0.5, 0.25];
    let design = EstimationDesign::new(&DesignColumns {
        fpc: vec![("pi", &probability)],
        unequal_probability: UnequalProbability::Brewer,
        ..DesignColumns::new(2)
    })
    .unwrap();
    let result = estimate(&design, &total(&design, &[3.0, 1.0], None).unwrap(), 0.95).unwrap();
    close(result.estimate, 10.0);
    close(result.standard_error, 2.5_f64.sqrt());
}

/// Stratum a has the totals 2 and 6, stratum b the single total 5 (weights 1, with replacement).
/// Stratum a: 2/1 · (4 + 4) = 16. Lonely b: remove and certainty 0; adjust (5 − 13/3)² = 4/9; average 16 · 2/1 = 32.
fn lonely(rule: LonelyPsu) -> Result<Option<f64>, problem::Problem> {
    let stratum = Column::categorical(&["a", "a", "b"].map(Some));
    let design = EstimationDesign::new(&DesignColumns {
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &[1.0; 3])),
        lonely_psu: rule,
        ..DesignColumns::new(3)
    })
    .unwrap();
    let scores = total(&design, &[2.0, 6.0, 5.0], None).unwrap();
    Ok(design.covariance(&[&scores])?.variance(0))
}

#[test]
fn each_rule_for_lonely_psus_gives_its_own_variance() {
    close(lonely(LonelyPsu::Remove).unwrap(), 16.0);
    close(lonely(LonelyPsu::Certainty).unwrap(), 16.0);
    close(lonely(LonelyPsu::Adjust).unwrap(), 16.0 + 4.0 / 9.0);
    close(lonely(LonelyPsu::Average).unwrap(), 32.0);
    let refused = lonely(LonelyPsu::Fail).unwrap_err();
    assert_eq!(refused.code, "lonely_psu");
    assert!(refused.to_string().contains("stratum \"b\""), "{refused}");
}

/// In a domain that lacks the second row, stratum a (two PSUs) keeps one of them. Its totals are 2 and 0: 2 · (1 + 1) = 4 as they
/// stand. With `adjust_domain_lonely`, `adjust` takes both from the mean of all four PSUs, 7/4, and `average` leaves it out.
#[test]
fn a_stratum_with_one_psu_left_in_a_domain_is_lonely_only_when_asked() {
    let stratum = Column::categorical(&["a", "a", "b", "b"].map(Some));
    let with = |lonely_psu, adjust_domain_lonely| {
        let design = EstimationDesign::new(&DesignColumns {
            strata: vec![("stratum", &stratum)],
            weights: Some(("w", &[1.0; 4])),
            lonely_psu,
            adjust_domain_lonely,
            ..DesignColumns::new(4)
        })
        .unwrap();
        let domain = [true, false, true, true];
        let scores = total(&design, &[2.0, 6.0, 1.0, 4.0], Some(&domain)).unwrap();
        design.covariance(&[&scores]).unwrap().variance(0)
    };
    // Stratum b: totals 1 and 4, 2 · (2.25 + 2.25) = 9.
    close(with(LonelyPsu::Fail, false), 4.0 + 9.0);
    close(with(LonelyPsu::Adjust, false), 4.0 + 9.0);
    close(with(LonelyPsu::Average, true), 2.0 * 9.0);
    let centre: f64 = 7.0 / 4.0;
    close(with(LonelyPsu::Adjust, true), 2.0 * ((2.0 - centre).powi(2) + centre.powi(2)) + 9.0);
}

/// A ratio by hand: y = (1, 3), x = (2, 2), weights 1: R = 1, residuals (−1, 1)/4; V = 2 · (1/16 + 1/16) = 1/4.
#[test]
fn a_ratio_has_the_variance_of_its_residuals() {
    let design =
        EstimationDesign::new(&DesignColumns { weights: Some(("w", &[1.0; 2])), ..DesignColumns::new(2) }).unwrap();
    let result = estimate(&design, &ratio(&design, &[1.0, 3.0], &[2.0, 2.0], None).unwrap(), 0.9).unwrap();
    close(result.estimate, 1.0);
    close(result.standard_error, 0.5);
    // One degree of freedom: t(0.95) = tan(0.45 π).
    let half = (0.45 * std::f64::consts::PI).tan() * 0.5;
    close(result.interval.map(|interval| interval.upper), 1.0 + half);
}

#[test]
fn what_is_missing_says_why_and_is_never_zero() {
    let design =
        EstimationDesign::new(&DesignColumns { weights: Some(("w", &[1.0, 1.0, 0.0])), ..DesignColumns::new(3) })
            .unwrap();
    let y = [f64::NAN, 2.0, 3.0];
    let why = |scores: Scores| {
        let result = estimate(&design, &scores, 0.95).unwrap();
        assert_eq!((result.estimate, result.standard_error, result.interval), (None, None, None));
        serde_json::to_value(result.why_missing).unwrap().as_str().map(str::to_owned)
    };
    let of_first = mean(&design, &y, Some(&[true, false, false])).unwrap();
    assert_eq!(why(of_first.clone()).as_deref(), Some("no_answers"));
    let of_last = mean(&design, &y, Some(&[false, false, true])).unwrap();
    assert_eq!(why(of_last).as_deref(), Some("no_weight"));
    let no_denominator = ratio(&design, &y, &[1.0, 0.0, 1.0], None).unwrap();
    assert_eq!(why(no_denominator).as_deref(), Some("zero_denominator"));
    let everyone = mean(&design, &y, None).unwrap();
    let difference = Scores::linear_combination("difference", 0.0, &[(1.0, &everyone), (-1.0, &of_first)]).unwrap();
    assert_eq!(why(difference).as_deref(), Some("part_missing"));
}
