//! Joint probabilities, collapsed strata, ultimate clusters: what each choice of the variance gives.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its own design must stop")]

use estimation::joint::SquareMatrix;
use estimation::table::Column;
use estimation::{
    DesignColumns, EstimationDesign, LonelyPsu, UnequalProbability, VarianceStages, WhyMissing, estimate, mean, ratio,
    total,
};

fn variance(design: &EstimationDesign, y: &[f64]) -> f64 {
    design.covariance(&[&total(design, y, None).unwrap()]).unwrap().variance(0).unwrap()
}

fn joint(
    columns: &DesignColumns<'_>,
    pi: &[f64],
    matrix: &SquareMatrix,
    estimator: UnequalProbability,
) -> EstimationDesign {
    EstimationDesign::new(&DesignColumns {
        fpc: vec![("pi", pi)],
        unequal_probability: estimator,
        joint_probabilities: Some(matrix),
        ..columns.clone()
    })
    .unwrap()
}

/// A design of size 2 on four units, given by the probabilities of its six samples.
const SAMPLES: [((usize, usize), f64); 6] =
    [((0, 1), 0.05), ((0, 2), 0.10), ((0, 3), 0.25), ((1, 2), 0.15), ((1, 3), 0.15), ((2, 3), 0.30)];

#[test]
fn horvitz_thompson_and_yates_grundy_are_unbiased_over_all_samples() {
    let y = [3.0, 8.0, 5.0, 11.0];
    let mut pi = [0.0; 4];
    for ((a, b), p) in SAMPLES {
        pi[a] += p;
        pi[b] += p;
    }
    let truth: f64 = y.iter().sum();
    let (mut expected, mut true_variance, mut ht, mut yg) = (0.0, 0.0, 0.0, 0.0);
    for ((a, b), p) in SAMPLES {
        let own = [pi[a], pi[b]];
        let matrix = SquareMatrix::new(2, vec![pi[a], p, p, pi[b]]).unwrap();
        let sample = [y[a], y[b]];
        let of = |estimator| joint(&DesignColumns::new(2), &own, &matrix, estimator);
        let estimate = total(&of(UnequalProbability::Ht), &sample, None).unwrap().estimate().unwrap();
        expected += p * estimate;
        true_variance += p * (estimate - truth).powi(2);
        ht += p * variance(&of(UnequalProbability::Ht), &sample);
        yg += p * variance(&of(UnequalProbability::Yg), &sample);
    }
    assert!((expected / truth - 1.0).abs() < 1e-14);
    assert!(
        (ht / true_variance - 1.0).abs() < 1e-12 && (yg / true_variance - 1.0).abs() < 1e-12,
        "{ht} {yg} {true_variance}"
    );
}

#[test]
fn for_a_simple_random_sample_all_estimators_are_the_textbook_formula() {
    // π = n/N, π_kl = n(n−1)/(N(N−1)): the variance is N²(1−f)s²/n.
    let (n, population) = (5, 20.0);
    let y = [4.0, 9.0, 1.0, 7.0, 7.0];
    let pi = [5.0 / 20.0; 5];
    let pair = 5.0 * 4.0 / (20.0 * 19.0);
    let cells = (0..n * n).map(|at| if at / n == at % n { 0.25 } else { pair });
    let matrix = SquareMatrix::new(n, cells.collect()).unwrap();
    let textbook =
        EstimationDesign::new(&DesignColumns { fpc: vec![("N", &[population; 5])], ..DesignColumns::new(n) }).unwrap();
    let expected = variance(&textbook, &y);
    let mean_y = 28.0 / 5.0;
    let s2: f64 = y.iter().map(|y: &f64| (y - mean_y).powi(2)).sum::<f64>() / 4.0;
    assert!((expected / (population * population * 0.75 * s2 / 5.0) - 1.0).abs() < 1e-13);
    for estimator in [UnequalProbability::Ht, UnequalProbability::Yg] {
        let design = joint(&DesignColumns::new(n), &pi, &matrix, estimator);
        assert!((variance(&design, &y) / expected - 1.0).abs() < 1e-10, "{estimator:?}");
        // The operator takes any scores: means and ratios too.
        let of_mean = estimate(&design, &mean(&design, &y, None).unwrap(), 0.95).unwrap();
        assert!((of_mean.standard_error.unwrap() * population / expected.sqrt() - 1.0).abs() < 1e-10);
        let x = [1.0, 2.0, 1.0, 2.0, 3.0];
        let of = |design: &EstimationDesign| {
            estimate(design, &ratio(design, &y, &x, None).unwrap(), 0.95).unwrap().standard_error.unwrap()
        };
        assert!((of(&design) / of(&textbook) - 1.0).abs() < 1e-10);
    }
    // Overton's and Hartley and Rao's pairs are exact here: π_kl(1−1/N)⁻¹ … up to their order in 1/N.
    for estimator in [UnequalProbability::Overton, UnequalProbability::HartleyRao] {
        let design = EstimationDesign::new(&DesignColumns {
            fpc: vec![("pi", &pi)],
            unequal_probability: estimator,
            ..DesignColumns::new(n)
        })
        .unwrap();
        assert!((variance(&design, &y) / expected - 1.0).abs() < 1e-10, "{estimator:?} {}", variance(&design, &y));
    }
}

#[test]
fn a_negative_variance_is_told_and_not_clipped() {
    // Units 0 and 3 come together more often than π_k π_l: Yates and Grundy's estimate from them is negative.
    let pi = [0.5, 0.5];
    let matrix = SquareMatrix::new(2, vec![0.5, 0.4, 0.4, 0.5]).unwrap();
    let design = joint(&DesignColumns::new(2), &pi, &matrix, UnequalProbability::Yg);
    let y = [1.0, 4.0];
    // By hand: −(1 − 0.25/0.4)·(2 − 8)².
    assert!((variance(&design, &y) + 0.375 * 36.0).abs() < 1e-12);
    let got = estimate(&design, &total(&design, &y, None).unwrap(), 0.95).unwrap();
    assert_eq!((got.estimate, got.standard_error, got.interval), (Some(10.0), None, None));
    assert_eq!(got.why_missing, Some(WhyMissing::NegativeVariance));
}

#[test]
fn joint_probabilities_that_cannot_be_are_refused() {
    let pi = [0.5, 0.4];
    let refuse = |values: [f64; 4], columns: &DesignColumns<'_>| {
        let matrix = SquareMatrix::new(2, values.to_vec()).unwrap();
        EstimationDesign::new(&DesignColumns {
            fpc: vec![("pi", &pi)],
            unequal_probability: UnequalProbability::Ht,
            joint_probabilities: Some(&matrix),
            ..columns.clone()
        })
        .unwrap_err()
        .0[0]
            .code
    };
    let plain = DesignColumns::new(2);
    assert_eq!(refuse([0.5, 0.0, 0.0, 0.4], &plain), "joint_value", "systematic draws have zeros");
    assert_eq!(refuse([0.5, 0.45, 0.45, 0.4], &plain), "joint_value", "more often together than one of them alone");
    assert_eq!(refuse([0.5, 0.2, 0.1, 0.4], &plain), "joint_symmetry");
    assert_eq!(refuse([0.4, 0.2, 0.2, 0.4], &plain), "joint_diagonal");
    let (psu, ssu) = (Column::numeric(vec![1.0, 2.0]), Column::numeric(vec![1.0, 1.0]));
    let stages = DesignColumns {
        ids: vec![("psu", &psu), ("ssu", &ssu)],
        weights: Some(("w", &[1.0; 2])),
        ..DesignColumns::new(2)
    };
    assert_eq!(refuse([0.5, 0.2, 0.2, 0.4], &stages), "design_one_stage");
    let three = SquareMatrix::new(3, vec![0.5; 9]).unwrap();
    let wrong_size = DesignColumns {
        fpc: vec![("pi", &pi)],
        unequal_probability: UnequalProbability::Yg,
        joint_probabilities: Some(&three),
        ..DesignColumns::new(2)
    };
    assert_eq!(EstimationDesign::new(&wrong_size).unwrap_err().0[0].code, "joint_size");
    let without = DesignColumns { joint_probabilities: None, ..wrong_size };
    assert_eq!(EstimationDesign::new(&without).unwrap_err().0[0].code, "joint_missing");
    let two = SquareMatrix::new(2, vec![0.5, 0.2, 0.2, 0.4]).unwrap();
    let unused = DesignColumns { fpc: vec![("pi", &pi)], joint_probabilities: Some(&two), ..DesignColumns::new(2) };
    let unused = DesignColumns { unequal_probability: UnequalProbability::Brewer, ..unused };
    assert_eq!(EstimationDesign::new(&unused).unwrap_err().0[0].code, "design_key_unused");
    let stratum = Column::numeric(vec![1.0, 2.0]);
    let lonely = DesignColumns {
        strata: vec![("h", &stratum)],
        fpc: vec![("pi", &pi)],
        unequal_probability: UnequalProbability::Overton,
        ..DesignColumns::new(2)
    };
    assert_eq!(EstimationDesign::new(&lonely).unwrap_err().0[0].code, "lonely_psu");
}

/// One row a PSU; strata by label, collapsed in the order of `size` when it is given.
fn collapsed(strata: &[&str], size: Option<&[f64]>, fpc: Option<&[f64]>) -> EstimationDesign {
    let n = strata.len();
    let stratum = Column::categorical(&strata.iter().map(|label| Some(*label)).collect::<Vec<_>>());
    let size = size.map(|values| Column::numeric(values.to_vec()));
    EstimationDesign::new(&DesignColumns {
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &vec![1.0; n])),
        fpc: fpc.map(|values| ("N", values)).into_iter().collect(),
        lonely_psu: LonelyPsu::Collapse,
        collapse_by: size.as_ref().map(|column| ("size", column)),
        ..DesignColumns::new(n)
    })
    .unwrap()
}

#[test]
fn two_lonely_strata_give_their_squared_difference() {
    // Cochran (1977), eq. 5A.56: Σ over pairs of (ŷ₁ − ŷ₂)².
    let design = collapsed(&["a", "b", "c", "d"], None, None);
    assert!((variance(&design, &[1.0, 4.0, 10.0, 12.0]) - (9.0 + 4.0)).abs() < 1e-13);
    assert_eq!(design.degrees_of_freedom(), 2, "four units, two joined strata");
    // In the order of size a is next to c, and b next to d.
    let by_size = collapsed(&["a", "b", "c", "d"], Some(&[1.0, 3.0, 2.0, 4.0]), None);
    assert!((variance(&by_size, &[1.0, 4.0, 10.0, 12.0]) - (81.0 + 64.0)).abs() < 1e-12);
}

#[test]
fn an_odd_lonely_stratum_joins_the_last_pair_and_a_single_one_its_neighbour() {
    let three = collapsed(&["a", "b", "c"], None, None);
    // 3/2 Σ(z − 5)² with z = 1, 4, 10.
    assert!((variance(&three, &[1.0, 4.0, 10.0]) - 1.5 * (16.0 + 1.0 + 25.0)).abs() < 1e-12);
    // b alone joins c: units 4 | 6, 8 around their mean 6.
    let one = collapsed(&["a", "a", "b", "c", "c"], None, None);
    let expected = 2.0 * 2.0 * 0.25 + 1.5 * (4.0 + 0.0 + 4.0);
    assert!((variance(&one, &[1.0, 2.0, 4.0, 6.0, 8.0]) - expected).abs() < 1e-12);
    assert_eq!(one.degrees_of_freedom(), 3);
    // The last one joins the one before it.
    let last = collapsed(&["a", "a", "b"], None, None);
    assert!((variance(&last, &[1.0, 2.0, 6.0]) - 1.5 * (4.0 + 1.0 + 9.0)).abs() < 1e-12);
}

#[test]
fn collapsing_keeps_fractions_and_leaves_certain_units_and_full_strata_alone() {
    // a is certain (1 of 1): it needs no partner. b and c have fractions 1/4 and 1/2 of their own.
    let design = collapsed(&["a", "b", "c", "d", "d"], None, Some(&[1.0, 4.0, 2.0, 4.0, 4.0]));
    // 2[(1−1/4)(−1)² + (1−1/2)(1)²] for b and c around 3, and 2·(1−1/2)·(0.5² + 0.5²) for d.
    let expected = 2.0 * (0.75 + 0.5) + 0.5;
    assert!((variance(&design, &[9.0, 2.0, 4.0, 5.0, 6.0]) - expected).abs() < 1e-12);
    // Without a lonely stratum the rule changes nothing.
    let strata = ["a", "a", "b", "b"];
    let stratum = Column::categorical(&strata.map(Some));
    let plain = EstimationDesign::new(&DesignColumns {
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &[1.0; 4])),
        ..DesignColumns::new(4)
    })
    .unwrap();
    let y = [1.0, 5.0, 2.0, 8.0];
    assert_eq!(variance(&collapsed(&strata, None, None), &y), variance(&plain, &y));
}

#[test]
fn psus_with_the_same_code_in_joined_strata_stay_two_psus() {
    let stratum = Column::categorical(&["a", "a", "b", "b"].map(Some));
    let psu = Column::numeric(vec![1.0, 1.0, 1.0, 1.0]);
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu)],
        strata: vec![("stratum", &stratum)],
        nest: true,
        weights: Some(("w", &[1.0; 4])),
        lonely_psu: LonelyPsu::Collapse,
        ..DesignColumns::new(4)
    })
    .unwrap();
    assert_eq!((design.n_psus(), design.n_strata(), design.degrees_of_freedom()), (2, 1, 1));
    assert!((variance(&design, &[1.0, 2.0, 3.0, 5.0]) - 25.0).abs() < 1e-13, "(3 − 8)²");
}

#[test]
fn a_domain_outside_one_of_two_joined_strata_counts_its_unit_as_zero() {
    let design = collapsed(&["a", "b"], None, None);
    let of_a = total(&design, &[3.0, 7.0], Some(&[true, false])).unwrap();
    let got = design.covariance(&[&of_a]).unwrap().variance(0).unwrap();
    assert!((got - 9.0).abs() < 1e-13, "(3 − 0)²: {got}");
}

#[test]
fn collapsing_by_a_column_that_varies_in_a_stratum_is_refused() {
    let stratum = Column::categorical(&["a", "a", "b"].map(Some));
    let size = Column::numeric(vec![1.0, 2.0, 3.0]);
    let columns = DesignColumns {
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &[1.0; 3])),
        lonely_psu: LonelyPsu::Collapse,
        collapse_by: Some(("size", &size)),
        ..DesignColumns::new(3)
    };
    assert_eq!(EstimationDesign::new(&columns).unwrap_err().0[0].code, "collapse_varies");
    let unused = DesignColumns { lonely_psu: LonelyPsu::Adjust, ..columns };
    assert_eq!(EstimationDesign::new(&unused).unwrap_err().0[0].code, "design_key_unused");
}

/// Two villages of 2 households from 4, each 2 of 3.
fn two_stages(fpc: &[f64; 4], stages: VarianceStages) -> Result<EstimationDesign, problem::Problems> {
    let village = Column::numeric(vec![1.0, 1.0, 2.0, 2.0]);
    let household = Column::numeric(vec![1.0, 2.0, 1.0, 2.0]);
    EstimationDesign::new(&DesignColumns {
        ids: vec![("village", &village), ("household", &household)],
        fpc: vec![("N", fpc), ("M", &[3.0; 4])],
        variance: stages,
        ..DesignColumns::new(4)
    })
}

#[test]
fn ultimate_clusters_are_villages_drawn_with_replacement() {
    let y = [3.0, 7.0, 2.0, 9.0];
    // Weights 4/2 · 3/2 = 3: totals 30 and 33. With replacement: 2/1 · 2 · 1.5² = 9.
    let with_replacement = two_stages(&[4.0; 4], VarianceStages::UltimateCluster).unwrap();
    assert!((variance(&with_replacement, &y) - 9.0).abs() < 1e-12);
    let first = two_stages(&[4.0; 4], VarianceStages::FirstStage).unwrap();
    assert!((variance(&first, &y) - 4.5).abs() < 1e-12, "times 1 − 2/4");
    let all = two_stages(&[4.0; 4], VarianceStages::AllStages).unwrap();
    // Plus f₁ Σ (1−2/3) 2 Σ(z − z̄)²: ½·⅓·2·(2·6² + 2·10.5²).
    let below = 0.5 / 3.0 * 2.0 * (2.0 * 36.0 + 2.0 * 110.25);
    assert!((variance(&all, &y) - 4.5 - below).abs() < 1e-12);
}

#[test]
fn certain_units_keep_the_variance_of_the_stages_below() {
    let y = [3.0, 7.0, 2.0, 9.0];
    // Both of two villages are in the sample: weight 3/2, all variance comes from the households: ⅓·2·(2·3² + 2·5.25²).
    let certain = two_stages(&[2.0; 4], VarianceStages::AllStages).unwrap();
    assert!((variance(&certain, &y) - 2.0 / 3.0 * (2.0 * 9.0 + 2.0 * 27.5625)).abs() < 1e-12);
    let refused = two_stages(&[2.0; 4], VarianceStages::FirstStage).unwrap_err();
    assert_eq!(refused.0[0].code, "variance_certainty_units", "it would be 0");
}
