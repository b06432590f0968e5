//! Replicate weights: identities with the Taylor variance, repetition, refusals, and frozen draws.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop where the test fails")]

use estimation::replication::{Declared, Method, ReplicateWeights, Replicated};
use estimation::table::Column;
use estimation::{
    DesignColumns, EstimationDesign, LonelyPsu, QuantileRule, UnequalProbability, WhyMissing, mean, ratio, total,
};

/// Four strata of two PSUs (or more), three to five rows each.
struct Survey {
    stratum: Column,
    psu: Column,
    weight: Vec<f64>,
    y: Vec<f64>,
    x: Vec<f64>,
}

fn survey(psus_of_stratum: &[usize]) -> Survey {
    let (mut stratum, mut psu, mut weight, mut y, mut x) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut number = 0_u32;
    for (h, &n) in psus_of_stratum.iter().enumerate() {
        for i in 0..n {
            for row in 0..3 + (i + h) % 3 {
                number += 1;
                stratum.push(h as f64);
                psu.push((100 * h + i) as f64);
                weight.push(10.0 + f64::from(number * 7 % 5));
                y.push(f64::from(number * 37 % 23) + h as f64 + 2.0 * i as f64);
                x.push(5.0 + f64::from(number * 11 % 13) + row as f64);
            }
        }
    }
    Survey { stratum: Column::numeric(stratum), psu: Column::numeric(psu), weight, y, x }
}

impl Survey {
    fn columns(&self) -> DesignColumns<'_> {
        DesignColumns {
            ids: vec![("psu", &self.psu)],
            strata: vec![("stratum", &self.stratum)],
            weights: Some(("weight", &self.weight)),
            ..DesignColumns::new(self.weight.len())
        }
    }
}

fn make(columns: &DesignColumns<'_>, method: Method) -> ReplicateWeights {
    ReplicateWeights::make(&EstimationDesign::new(columns).unwrap(), columns, &method).unwrap()
}

fn refused(columns: &DesignColumns<'_>, method: Method) -> &'static str {
    ReplicateWeights::make(&EstimationDesign::new(columns).unwrap(), columns, &method).unwrap_err().0[0].code
}

fn variance(weights: &ReplicateWeights, one: &Replicated) -> f64 {
    weights.covariance(&[one]).unwrap().variance(0).unwrap()
}

fn taylor_total(columns: &DesignColumns<'_>, y: &[f64]) -> f64 {
    let design = EstimationDesign::new(columns).unwrap();
    design.covariance(&[&total(&design, y, None).unwrap()]).unwrap().variance(0).unwrap()
}

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() <= tolerance * expected.abs(), "{got} {expected}");
}

#[test]
fn the_jackknife_of_a_total_is_the_taylor_variance() {
    let s = survey(&[3, 2, 5, 4]);
    let fpc = vec![9.0; s.y.len()];
    for columns in [s.columns(), DesignColumns { fpc: vec![("N", &fpc)], ..s.columns() }] {
        let jkn = make(&columns, Method::JackknifeN);
        assert_eq!((jkn.n_replicates(), jkn.degrees_of_freedom()), (14, 10));
        close(variance(&jkn, &jkn.total("y", &s.y, None).unwrap()), taylor_total(&columns, &s.y), 1e-12);
    }
    let without_strata = DesignColumns { strata: Vec::new(), ..s.columns() };
    let jk1 = make(&without_strata, Method::Jackknife1);
    close(variance(&jk1, &jk1.total("y", &s.y, None).unwrap()), taylor_total(&without_strata, &s.y), 1e-12);
    let jkn = make(&without_strata, Method::JackknifeN);
    close(
        variance(&jkn, &jkn.mean("y", &s.y, None).unwrap()),
        variance(&jk1, &jk1.mean("y", &s.y, None).unwrap()),
        1e-12,
    );
}

#[test]
fn balanced_half_samples_of_linear_statistics_are_the_taylor_variance_and_fay_with_rho_0_is_brr() {
    // One to twenty strata: orders 2 to 24, by Sylvester and by both of Paley's constructions.
    for n_strata in 1..=20 {
        let s = survey(&vec![2; n_strata]);
        let brr = make(&s.columns(), Method::Balanced { rho: 0.0 });
        assert!(brr.n_replicates() > n_strata);
        assert_eq!(brr.degrees_of_freedom(), n_strata);
        close(variance(&brr, &brr.total("y", &s.y, None).unwrap()), taylor_total(&s.columns(), &s.y), 1e-11);
        for rho in [0.3, 0.5, 0.9] {
            let fay = make(&s.columns(), Method::Balanced { rho });
            close(variance(&fay, &fay.total("y", &s.y, None).unwrap()), taylor_total(&s.columns(), &s.y), 1e-10);
        }
        // Full balance: each PSU is in half of the half samples.
        for row in 0..s.y.len() {
            let mean = (0..brr.n_replicates()).map(|r| brr.replicate(r)[row]).sum::<f64>() / brr.n_replicates() as f64;
            close(mean, s.weight[row], 1e-12);
        }
    }
}

/// 4000 replicates: the variance of a variance out of R normal replicates is 2V²/(R−1), so one standard deviation is 2.2 %.
#[test]
fn bootstraps_come_to_the_taylor_variance_within_their_own_noise() {
    let s = survey(&[3, 2, 5, 4]);
    let fpc = vec![9.0; s.y.len()];
    let n_replicates = 4000;
    let noise = 4.5 * (2.0 / (n_replicates as f64 - 1.0)).sqrt();
    let seed = 20_261_125;
    for (columns, methods) in [
        (
            s.columns(),
            vec![
                Method::RaoWu { n_draws: None, n_replicates, seed },
                Method::RaoWu { n_draws: Some(1), n_replicates, seed },
                Method::RaoWuYueBeaumont { n_replicates, seed },
                Method::Preston { n_replicates, seed },
            ],
        ),
        (
            DesignColumns { fpc: vec![("N", &fpc)], ..s.columns() },
            vec![
                Method::RaoWu { n_draws: None, n_replicates, seed },
                Method::RaoWuYueBeaumont { n_replicates, seed },
                Method::Preston { n_replicates, seed },
            ],
        ),
    ] {
        let expected = taylor_total(&columns, &s.y);
        for method in methods {
            let made = make(&columns, method);
            let got = variance(&made, &made.total("y", &s.y, None).unwrap());
            println!("{method:?}: {:.4}", got / expected);
            assert!((got / expected - 1.0).abs() < noise, "{method:?}: {got} {expected}");
            let weights = made.replicate(7);
            assert!(weights.iter().all(|&weight| weight >= 0.0), "{method:?}: negative");
        }
    }
}

/// Two stages with fractions at both, and a stratum taken completely: the lower stage must stay in the variance.
fn two_stages() -> (Survey, Column, Vec<f64>, Vec<f64>) {
    let s = survey(&[3, 2, 4]);
    let n = s.y.len();
    let household = Column::numeric((0..n).map(|row| row as f64).collect());
    let number_of = |row: usize| s.stratum.label(row).unwrap();
    // Stratum 1 holds two PSUs in the population, both sampled.
    let fpc1 = (0..n).map(|row| if number_of(row) == "1" { 2.0 } else { 8.0 }).collect();
    let fpc2 = vec![12.0; n];
    (s, household, fpc1, fpc2)
}

#[test]
fn multistage_bootstraps_keep_every_stage() {
    let (s, household, fpc1, fpc2) = two_stages();
    let columns = DesignColumns {
        ids: vec![("psu", &s.psu), ("household", &household)],
        fpc: vec![("N", &fpc1), ("M", &fpc2)],
        ..s.columns()
    };
    let expected = taylor_total(&columns, &s.y);
    let n_replicates = 4000;
    let noise = 4.5 * (2.0 / (n_replicates as f64 - 1.0)).sqrt();
    for method in [Method::RaoWuYueBeaumont { n_replicates, seed: 5 }, Method::Preston { n_replicates, seed: 5 }] {
        let made = make(&columns, method);
        let got = variance(&made, &made.total("y", &s.y, None).unwrap());
        println!("{method:?}: {:.4}", got / expected);
        assert!((got / expected - 1.0).abs() < noise, "{method:?}: {got} {expected}");
    }
    // Unit-by-unit probabilities: Brewer's variance and the bootstrap are two approximations of one thing.
    let (f1, f2): (Vec<f64>, Vec<f64>) =
        (fpc1.iter().map(|n| 2.0 / n).collect(), fpc2.iter().map(|n| 4.0 / n).collect());
    let brewer = DesignColumns {
        fpc: vec![("f", &f1), ("g", &f2)],
        unequal_probability: UnequalProbability::Brewer,
        ..columns.clone()
    };
    let made = make(&brewer, Method::RaoWuYueBeaumont { n_replicates, seed: 5 });
    let got = variance(&made, &made.mean("y", &s.y, None).unwrap());
    let design = EstimationDesign::new(&brewer).unwrap();
    let taylor = design.covariance(&[&mean(&design, &s.y, None).unwrap()]).unwrap().variance(0).unwrap();
    assert!((got / taylor - 1.0).abs() < 0.15, "{got} {taylor}");
}

#[test]
fn certainty_units_are_left_out_of_resampling_but_their_lower_stage_is_resampled() {
    let (s, household, fpc1, _) = two_stages();
    // Only the first stage has fractions, 1 in stratum 1 and 0 elsewhere (with replacement).
    let f1: Vec<f64> = fpc1.iter().map(|&n| if n == 2.0 { 1.0 } else { 0.0 }).collect();
    let columns =
        DesignColumns { ids: vec![("psu", &s.psu), ("household", &household)], fpc: vec![("f", &f1)], ..s.columns() };
    let jkn = make(&columns, Method::JackknifeN);
    let households_of_certain = (0..s.y.len()).filter(|&row| f1[row] == 1.0).count();
    assert_eq!(jkn.n_replicates(), 3 + 4 + households_of_certain);
    close(variance(&jkn, &jkn.total("y", &s.y, None).unwrap()), taylor_total(&columns, &s.y), 1e-12);
    // Without a stage below, a complete stratum has no part in the variance at all.
    let one_stage = DesignColumns { ids: vec![("psu", &s.psu)], ..columns.clone() };
    let jkn = make(&one_stage, Method::JackknifeN);
    assert_eq!(jkn.n_replicates(), 7);
    close(variance(&jkn, &jkn.total("y", &s.y, None).unwrap()), taylor_total(&one_stage, &s.y), 1e-12);
    let n_replicates = 4000;
    let boot = make(&columns, Method::RaoWu { n_draws: None, n_replicates, seed: 3 });
    let got = variance(&boot, &boot.total("y", &s.y, None).unwrap());
    let noise = 4.5 * (2.0 / (n_replicates as f64 - 1.0)).sqrt();
    assert!((got / taylor_total(&columns, &s.y) - 1.0).abs() < noise, "{got}");
}

/// The walk of a user: strata and PSUs in, weights out, and the linearized answer beside the replicated one.
#[test]
fn means_ratios_and_domains_are_near_their_linearization() {
    let s = survey(&[6, 5, 7, 6]);
    let columns = s.columns();
    let design = EstimationDesign::new(&columns).unwrap();
    let domain: Vec<bool> = s.x.iter().map(|&x| x > 8.0).collect();
    let taylor = |scores| design.covariance(&[&scores]).unwrap().variance(0).unwrap();
    let jkn = make(&columns, Method::JackknifeN);
    for (got, scores) in [
        (jkn.mean("y", &s.y, None).unwrap(), mean(&design, &s.y, None).unwrap()),
        (jkn.mean("y", &s.y, Some(&domain)).unwrap(), mean(&design, &s.y, Some(&domain)).unwrap()),
        (jkn.ratio("r", &s.y, &s.x, None).unwrap(), ratio(&design, &s.y, &s.x, None).unwrap()),
    ] {
        assert_eq!((got.estimate(), got.n()), (scores.estimate(), scores.n()));
        close(variance(&jkn, &got), taylor(scores), 0.1);
    }
}

#[test]
fn a_contrast_of_replicates_is_the_quadratic_form_of_their_covariance() {
    let s = survey(&[3, 2, 5, 4]);
    let jkn = make(&s.columns(), Method::JackknifeN);
    let (a, b) = (jkn.mean("a", &s.y, None).unwrap(), jkn.mean("b", &s.x, None).unwrap());
    let contrast = Replicated::linear_combination("c", 1.0, &[(2.0, &a), (-3.0, &b)]).unwrap();
    let v = jkn.covariance(&[&a, &b, &contrast]).unwrap();
    let get = |i, j| v.get(i, j).unwrap();
    close(get(2, 2), 4.0 * get(0, 0) + 9.0 * get(1, 1) - 12.0 * get(0, 1), 1e-10);
    close(contrast.estimate().unwrap(), 1.0 + 2.0 * a.estimate().unwrap() - 3.0 * b.estimate().unwrap(), 1e-13);
}

#[test]
fn a_domain_that_a_replicate_loses_is_missing_with_its_reason() {
    let s = survey(&[3, 2, 5, 4]);
    let jkn = make(&s.columns(), Method::JackknifeN);
    let one_psu: Vec<bool> = (0..s.y.len()).map(|row| s.psu.label(row).unwrap() == "201").collect();
    let lost = jkn.mean("y", &s.y, Some(&one_psu)).unwrap();
    assert!(lost.estimate().is_some());
    let v = jkn.covariance(&[&lost]).unwrap();
    assert_eq!((v.variance(0), v.why_missing(0)), (None, Some(WhyMissing::MissingInReplicate)));
    let nobody = jkn.mean("y", &vec![f64::NAN; s.y.len()], None).unwrap();
    assert_eq!(nobody.why_missing(), Some(WhyMissing::NoAnswers));
    assert!(jkn.total("y", &vec![f64::INFINITY; s.y.len()], None).is_err());
}

#[test]
fn quantiles_have_replicates_too() {
    let s = survey(&[6, 5, 7, 6]);
    let columns = s.columns();
    let boot = make(&columns, Method::RaoWu { n_draws: None, n_replicates: 500, seed: 1 });
    let median = boot.quantile("y", &s.y, None, 0.5, QuantileRule::Math).unwrap();
    let error = boot.covariance(&[&median]).unwrap().standard_error(0).unwrap();
    assert!((8.0..20.0).contains(&median.estimate().unwrap()) && (0.2..4.0).contains(&error), "{median:?} {error}");
    assert!(median.replicates().iter().flatten().all(|value| s.y.contains(value)), "math takes answers only");
}

#[test]
fn draws_hang_on_labels_and_not_on_the_order_of_rows_or_on_other_strata() {
    let s = survey(&[3, 2, 5, 4]);
    let method = Method::RaoWu { n_draws: None, n_replicates: 20, seed: 9 };
    let made = make(&s.columns(), method);
    let n = s.y.len();
    let order: Vec<usize> = (0..n).map(|row| (row * 5 + 3) % n).collect();
    let mut seen = order.clone();
    seen.sort_unstable();
    assert_eq!(seen, (0..n).collect::<Vec<_>>(), "a permutation");
    let take = |column: &Column, rows: &[usize]| {
        Column::numeric(rows.iter().map(|&row| column.label(row).unwrap().parse().unwrap()).collect())
    };
    let part = |rows: &[usize]| {
        let (stratum, psu) = (take(&s.stratum, rows), take(&s.psu, rows));
        let weight: Vec<f64> = rows.iter().map(|&row| s.weight[row]).collect();
        let columns = DesignColumns {
            ids: vec![("psu", &psu)],
            strata: vec![("stratum", &stratum)],
            weights: Some(("weight", &weight)),
            ..DesignColumns::new(rows.len())
        };
        make(&columns, method)
    };
    let shuffled = part(&order);
    let alone: Vec<usize> = (0..n).filter(|&row| s.stratum.label(row).unwrap() == "2").collect();
    let one_stratum = part(&alone);
    for number in 0..20 {
        let whole = made.replicate(number);
        let expected: Vec<f64> = order.iter().map(|&row| whole[row]).collect();
        assert_eq!(shuffled.replicate(number), expected);
        assert_eq!(one_stratum.replicate(number), alone.iter().map(|&row| whole[row]).collect::<Vec<_>>());
    }
    assert_ne!(made.replicate(0), made.replicate(1));
}

#[test]
fn the_same_seed_gives_the_same_bits_and_the_first_replicates_do_not_depend_on_how_many() {
    let s = survey(&[3, 2, 5, 4]);
    for method in [
        |n_replicates| Method::RaoWu { n_draws: None, n_replicates, seed: 4 },
        |n_replicates| Method::RaoWuYueBeaumont { n_replicates, seed: 4 },
        |n_replicates| Method::Preston { n_replicates, seed: 4 },
    ] {
        let (few, many) = (make(&s.columns(), method(10)), make(&s.columns(), method(50)));
        assert_eq!(few, make(&s.columns(), method(10)));
        assert!((0..10).all(|number| few.replicate(number) == many.replicate(number)));
    }
}

#[test]
fn what_a_method_cannot_do_is_refused() {
    let s = survey(&[3, 2, 5, 4]);
    let n = s.y.len();
    let seed = 1;
    assert_eq!(refused(&s.columns(), Method::Jackknife1), "replicates_strata");
    assert_eq!(refused(&s.columns(), Method::Balanced { rho: 0.0 }), "replicates_pairs");
    assert_eq!(refused(&s.columns(), Method::RaoWu { n_draws: None, n_replicates: 1, seed }), "replicates_number");
    assert_eq!(refused(&s.columns(), Method::RaoWu { n_draws: Some(2), n_replicates: 5, seed }), "replicates_draws");
    assert_eq!(refused(&s.columns(), Method::RaoWu { n_draws: Some(0), n_replicates: 5, seed }), "replicates_draws");
    let many = Method::RaoWu { n_draws: None, n_replicates: usize::MAX, seed };
    assert_eq!(refused(&s.columns(), many), "replicates_too_many");
    let pairs = survey(&[2, 2]);
    assert_eq!(refused(&pairs.columns(), Method::Balanced { rho: 1.0 }), "replicates_rho");
    assert_eq!(refused(&pairs.columns(), Method::Balanced { rho: f64::NAN }), "replicates_rho");
    let fpc = vec![0.5; pairs.y.len()];
    let with_fpc = DesignColumns { fpc: vec![("f", &fpc)], ..pairs.columns() };
    assert_eq!(refused(&with_fpc, Method::Balanced { rho: 0.0 }), "replicates_fpc");
    let household = Column::numeric((0..n).map(|row| row as f64).collect());
    let (f1, f2) = (vec![9.0; n], vec![30.0; n]);
    let stages = DesignColumns {
        ids: vec![("psu", &s.psu), ("household", &household)],
        fpc: vec![("N", &f1), ("M", &f2)],
        ..s.columns()
    };
    assert_eq!(refused(&stages, Method::JackknifeN), "replicates_lower_stages");
    let lonely = survey(&[3, 1]);
    assert_eq!(refused(&lonely.columns(), Method::JackknifeN), "lonely_psu");
    let adjust = DesignColumns { lonely_psu: LonelyPsu::Adjust, ..lonely.columns() };
    assert_eq!(refused(&adjust, Method::RaoWu { n_draws: None, n_replicates: 5, seed }), "replicates_lonely");
    let certainty = DesignColumns { lonely_psu: LonelyPsu::Certainty, ..lonely.columns() };
    let jkn = make(&certainty, Method::JackknifeN);
    close(variance(&jkn, &jkn.total("y", &lonely.y, None).unwrap()), taylor_total(&certainty, &lonely.y), 1e-12);
    let all_alone = survey(&[1, 1]);
    let removed = DesignColumns { lonely_psu: LonelyPsu::Remove, ..all_alone.columns() };
    for method in [
        Method::JackknifeN,
        Method::RaoWu { n_draws: None, n_replicates: 5, seed },
        Method::RaoWuYueBeaumont { n_replicates: 5, seed },
        Method::Preston { n_replicates: 5, seed },
    ] {
        assert_eq!(refused(&removed, method), "replicates_nothing");
    }
    let brewer = vec![0.5; n];
    let unequal =
        DesignColumns { fpc: vec![("f", &brewer)], unequal_probability: UnequalProbability::Brewer, ..s.columns() };
    assert_eq!(refused(&unequal, Method::JackknifeN), "replicates_unequal");
    assert_eq!(refused(&unequal, Method::Preston { n_replicates: 5, seed }), "replicates_unequal");
}

#[test]
fn declared_replicates_are_checked() {
    let full = [1.0, 2.0, 3.0];
    let (a, b) = ([2.0, 0.0, 3.0], [0.0, 4.0, 3.0]);
    let good = Declared {
        full: &full,
        replicates: vec![("a", &a), ("b", &b)],
        combined: true,
        scale: 0.5,
        rscales: vec![1.0],
        mse: false,
        degrees_of_freedom: None,
    };
    let made = ReplicateWeights::declared(&good).unwrap();
    assert_eq!((made.degrees_of_freedom(), made.replicate(1)), (1, b.to_vec()));
    // θ = 4 and 10 for the total of (2, 1, 0): v = ½ · ((4−4)² + (4−4)²); of (1, 0, 0): 2 and 0 around 1.
    close(variance(&made, &made.total("t", &[1.0, 0.0, 0.0], None).unwrap()), 0.5 * 2.0, 1e-14);
    let factors = ReplicateWeights::declared(&Declared { combined: false, ..good.clone() }).unwrap();
    assert_eq!(factors.replicate(0), [2.0, 0.0, 9.0]);
    let mse = made.around_the_estimate(true);
    close(variance(&mse, &mse.total("t", &[0.0, 1.0, 0.0], None).unwrap()), 0.5 * 8.0, 1e-14);
    let code = |declared: &Declared<'_>| ReplicateWeights::declared(declared).unwrap_err().0[0].code;
    assert_eq!(code(&Declared { replicates: vec![("a", &a)], ..good.clone() }), "replicates_number");
    assert_eq!(code(&Declared { replicates: vec![("a", &a), ("b", &b[..2])], ..good.clone() }), "replicates_length");
    let bad = [f64::NAN, 1.0, 1.0];
    assert_eq!(code(&Declared { replicates: vec![("a", &a), ("b", &bad)], ..good.clone() }), "replicates_value");
    assert_eq!(code(&Declared { rscales: vec![1.0, 1.0, 1.0], ..good.clone() }), "replicates_scale");
    assert_eq!(code(&Declared { rscales: vec![0.0], ..good.clone() }), "replicates_scale");
    assert_eq!(code(&Declared { scale: f64::NAN, ..good }), "replicates_scale");
}
