//! Proofs of planning: published examples, other programs, identities and inversions. Repetition is in `simulation`.

mod comparison;
mod outlook;
mod simulation;

use problem::Problems;

use super::noncentral::upper_tail;
use super::*;

pub(super) fn close(got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs().max(1e-300), "got {got}, expected {expected}");
}

pub(super) fn codes<T: std::fmt::Debug>(result: Result<T, Problems>) -> Vec<(&'static str, String)> {
    let problems = result.expect_err("problems");
    let place = |problem: &problem::Problem| problem.place.clone().and_then(|place| place.column).unwrap_or_default();
    problems.iter().map(|problem| (problem.code, place(problem))).collect()
}

pub(super) fn half_width(quantity: Quantity, half_width: f64) -> SizeRequest {
    SizeRequest {
        quantity,
        precision: Precision::HalfWidth(half_width),
        level: 0.95,
        deff: 1.0,
        population: None,
        response: 1.0,
        eligibility: 1.0,
    }
}

#[test]
fn quantiles_are_exact_where_a_formula_exists() {
    for probability in [0.6_f64, 0.75, 0.9, 0.975, 0.9995] {
        // One degree of freedom is the Cauchy distribution, two have (2p − 1)/√(2p(1 − p)).
        let two = (2.0 * probability - 1.0) / (2.0 * probability * (1.0 - probability)).sqrt();
        close(t_quantile(probability, 1).unwrap(), (std::f64::consts::PI * (probability - 0.5)).tan(), 1e-12);
        close(t_quantile(probability, 2).unwrap(), two, 1e-12);
        close(t_quantile(1.0 - probability, 7).unwrap(), -t_quantile(probability, 7).unwrap(), 1e-12);
    }
    assert_eq!(t_quantile(0.5, 3), Some(0.0));
    assert_eq!((t_quantile(0.975, 0), t_quantile(1.0, 3), normal_quantile(0.0)), (None, None, None));
    assert_eq!((t_quantile(f64::NAN, 3), normal_quantile(f64::NAN)), (None, None));
}

#[test]
fn quantiles_are_those_of_another_program() {
    // R 4.2.2: qt(c(.975, .995), df), qnorm.
    for (df, q975, q995) in [
        (2, 4.302_652_729_749_462, 9.924_843_200_918_29),
        (3, 3.182_446_305_283_708, 5.840_909_309_733_354),
        (9, 2.262_157_162_798_205, 3.249_835_541_592_125_4),
        (27, 2.051_830_516_480_285, 2.770_682_957_122_211_6),
    ] {
        close(t_quantile(0.975, df).unwrap(), q975, 1e-12);
        close(t_quantile(0.995, df).unwrap(), q995, 1e-12);
    }
    // R 4.2.2: qt(.975, 1e5), and just below, where another road is taken.
    close(t_quantile(0.975, 100_000).unwrap(), 1.959_987_707_534_608_8, 1e-11);
    close(t_quantile(0.975, 99_999).unwrap(), t_quantile(0.975, 100_000).unwrap(), 1e-9);
    close(normal_quantile(0.975).unwrap(), 1.959_963_984_540_053_6, 1e-13);
    close(normal_quantile(0.0005).unwrap(), -3.290_526_731_491_894_5, 1e-12);
}

#[test]
fn the_power_of_a_t_test_is_that_of_another_program() {
    // R 4.2.2: pt(t, df, ncp = delta, lower.tail = FALSE), which claims 1e-12 at best; scipy 1.17.1 nct.sf agrees to 1e-12.
    for (t, df, delta, expected) in [
        (4.3, 2, 5.0, 0.719_578_324_343_045_6),
        (2.262, 9, 3.0, 0.761_200_141_313_286),
        (12.7, 1, 20.0, 0.883_571_821_475_585_4),
        (2.0, 27, 0.3, 0.052_213_814_219_536_3),
        (1.97, 197, 2.8, 0.796_288_207_568_412),
        (-1.0, 5, -2.0, 0.158_135_643_556_791_5),
    ] {
        close(upper_tail(t, df, delta), expected, 1e-10);
    }
    // Identity: without noncentrality it is Student's t.
    for df in [1, 2, 5, 60, 5_000] {
        close(upper_tail(t_quantile(0.975, df).unwrap(), df, 0.0), 0.025, 1e-9);
    }
}

#[test]
fn sizes_are_those_of_the_reference_table() {
    let table: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/reference/sample_size.json")).unwrap();
    let number = |case: &serde_json::Value, key: &str| case[key].as_f64();
    for case in table["precision"].as_array().unwrap() {
        let p = number(case, "p").unwrap();
        let size = required_size(&SizeRequest {
            deff: number(case, "deff").unwrap(),
            population: number(case, "N"),
            response: number(case, "response").unwrap(),
            ..half_width(Quantity::Proportion(p), number(case, "half_width").unwrap())
        })
        .unwrap();
        for (got, key) in [
            (size.n_infinite, "n_infinite"),
            (size.n_fpc_cochran_minus1, "n_fpc_cochran_minus1"),
            (size.n_fpc_plain, "n_fpc_plain"),
            (size.gross, "gross"),
        ] {
            close(got, number(case, key).unwrap(), 1e-12);
        }
    }
    for case in table["two_props"].as_array().unwrap() {
        let two = comparison::proportions(number(case, "p1").unwrap(), number(case, "deff").unwrap());
        let two = Comparison { alpha: number(case, "alpha").unwrap(), ..two };
        let second = Quantity::Proportion(number(case, "p2").unwrap());
        let sizes = two.required(second, number(case, "power").unwrap()).unwrap();
        close(sizes.first, number(case, "n_per_group_unpooled").unwrap(), 1e-12);
    }
}

#[test]
fn published_examples_of_required_sizes() {
    let size = |request: SizeRequest| required_size(&request).unwrap();
    // Cochran (1977), §4.4: p = 0.5, d = 0.05, t = 2, an island of 3,200: n0 = 400, n = 400/(1 + 399/3200) = 356.
    let two = 2.0 * statrs::distribution::ContinuousCDF::cdf(&statrs::distribution::Normal::standard(), 2.0) - 1.0;
    let island = SizeRequest { level: two, population: Some(3_200.0), ..half_width(Quantity::Proportion(0.5), 0.05) };
    close(size(island).n_infinite, 400.0, 1e-9);
    assert_eq!(size(island).n_fpc_cochran_minus1.round(), 356.0);
    // PracTools 1.7, vignette "Sample size calculation in single-stage sampling": half-widths 0.01 … 0.08 at p = 0.5.
    let table = [9_604, 2_401, 1_068, 601, 385, 267, 196, 151];
    for (step, expected) in (1_u8..).zip(table) {
        let n = size(half_width(Quantity::Proportion(0.5), f64::from(step) / 100.0)).n_infinite;
        assert_eq!(whole(n).unwrap(), expected, "half-width 0.0{step}");
    }
    // The same: population CV 2, wanted CV 0.05: 1,600; in a population of 500: 381.
    let mean = Quantity::Mean { mean: 10.0, standard_deviation: 20.0 };
    let cv = SizeRequest { precision: Precision::CoefficientOfVariation(0.05), ..half_width(mean, 1.0) };
    close(size(cv).n_infinite, 1_600.0, 1e-12);
    assert_eq!(size(SizeRequest { population: Some(500.0), ..cv }).n_fpc_plain.round(), 381.0);
    // The same: wanted CVs 0.01, 0.03 … 0.21.
    let table = [40_000, 4_445, 1_600, 817, 494, 331, 237, 178, 139, 111, 91];
    for (step, expected) in (0_u8..).zip(table) {
        let precision = Precision::CoefficientOfVariation(f64::from(1 + 2 * step) / 100.0);
        assert_eq!(whole(size(SizeRequest { precision, ..cv }).n_infinite).unwrap(), expected);
    }
}

#[test]
fn size_to_precision_and_back_is_the_same_size() {
    for quantity in [Quantity::Proportion(0.9), Quantity::Mean { mean: -3.0, standard_deviation: 7.0 }] {
        for population in [None, Some(700.0), Some(1e6)] {
            for (deff, e) in [(1.0, 0.04), (2.5, 0.2)] {
                let request = SizeRequest { deff, population, ..half_width(quantity, e) };
                let size = required_size(&request).unwrap();
                for (correction, n) in [
                    (PopulationCorrection::Plain, size.n_fpc_plain),
                    (PopulationCorrection::CochranMinusOne, size.n_fpc_cochran_minus1),
                ] {
                    let planned = PlannedEstimate {
                        quantity,
                        n,
                        deff,
                        degrees_of_freedom: None,
                        level: 0.95,
                        population: population.map(|size| Population { size, correction }),
                    };
                    let interval = expected_interval(&planned).unwrap();
                    close(interval.half_width, e, 1e-9);
                    let cv = Precision::CoefficientOfVariation(interval.cv.unwrap());
                    let back = required_size(&SizeRequest { precision: cv, ..request }).unwrap();
                    let back = match correction {
                        PopulationCorrection::Plain => back.n_fpc_plain,
                        PopulationCorrection::CochranMinusOne => back.n_fpc_cochran_minus1,
                    };
                    close(back, n, 1e-9);
                }
            }
        }
    }
    // What is lost in the field is drawn beforehand.
    let request = SizeRequest { response: 0.8, eligibility: 0.5, ..half_width(Quantity::Proportion(0.5), 0.05) };
    let size = required_size(&request).unwrap();
    close(size.gross * 0.8 * 0.5, size.n_fpc_plain, 1e-14);
}

#[test]
fn the_finite_population_variance_is_that_of_all_samples() {
    // All 56 samples of 3 of these 8, three of whom say yes: Var(p) by enumeration.
    let people = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let (mut sum, mut samples) = (0.0, 0.0);
    for i in 0..8 {
        for j in i + 1..8 {
            for k in j + 1..8 {
                let p: f64 = (people[i] + people[j] + people[k]) / 3.0;
                sum += (p - 0.375) * (p - 0.375);
                samples += 1.0;
            }
        }
    }
    let planned = PlannedEstimate {
        quantity: Quantity::Proportion(0.375),
        n: 3.0,
        deff: 1.0,
        degrees_of_freedom: None,
        level: 0.95,
        population: Some(Population { size: 8.0, correction: PopulationCorrection::CochranMinusOne }),
    };
    close(expected_interval(&planned).unwrap().standard_error, f64::sqrt(sum / samples), 1e-14);
    // The plain correction with S² over N − 1 is the same variance.
    let quantity = Quantity::Mean { mean: 0.375, standard_deviation: f64::sqrt(0.375 * 0.625 * 8.0 / 7.0) };
    let population = Some(Population { size: 8.0, correction: PopulationCorrection::Plain });
    let planned = PlannedEstimate { quantity, population, ..planned };
    close(expected_interval(&planned).unwrap().standard_error, f64::sqrt(sum / samples), 1e-14);
}

#[test]
fn limits_are_those_of_another_program() {
    let expected = |p, n, degrees_of_freedom| {
        let quantity = Quantity::Proportion(p);
        let planned = PlannedEstimate { quantity, n, deff: 1.0, degrees_of_freedom, level: 0.95, population: None };
        expected_interval(&planned).unwrap()
    };
    // statsmodels 0.15.0: proportion_confint(count, n, 0.05, "wilson").
    for (count, n, lower, upper) in [
        (36.0, 40.0, 0.769_482_247_724_777, 0.960_420_471_317_393_7),
        (120.0, 240.0, 0.437_242_689_785_255_27, 0.562_757_310_214_744_7),
        (82.0, 100.0, 0.733_326_416_136_992_6, 0.882_997_745_010_536_4),
    ] {
        let wilson = expected(count / n, n, None).wilson.unwrap();
        close(wilson.lower, lower, 1e-12);
        close(wilson.upper, upper, 1e-12);
    }
    // Near 0.9 with few degrees of freedom the plain interval leaves the scale and the others do not.
    let interval = expected(0.9, 40.0, Some(2));
    assert!(interval.plain.upper > 1.0);
    assert!(interval.logit.unwrap().upper < 1.0 && interval.wilson.unwrap().upper < 1.0);
    // Logit limits are symmetric on the logit scale, and those of 1 − p mirror those of p.
    let logit = |p: f64| (p / (1.0 - p)).ln();
    let (limits, mirrored) = (interval.logit.unwrap(), expected(0.1, 40.0, Some(2)).logit.unwrap());
    close(logit(limits.upper) - logit(0.9), logit(0.9) - logit(limits.lower), 1e-12);
    close(1.0 - mirrored.upper, limits.lower, 1e-12);
}

#[test]
fn wilson_limits_solve_their_own_equation() {
    for (p, n) in [(0.9, 240.0), (0.02, 55.0), (0.5, 1.0)] {
        let quantity = Quantity::Proportion(p);
        let planned =
            PlannedEstimate { quantity, n, deff: 2.0, degrees_of_freedom: Some(9), level: 0.9, population: None };
        let interval = expected_interval(&planned).unwrap();
        for x in [interval.wilson.unwrap().lower, interval.wilson.unwrap().upper] {
            close((x - p).powi(2), interval.quantile.powi(2) * 2.0 / n * x * (1.0 - x), 1e-9);
        }
    }
}

#[test]
fn clusters_are_the_smallest_number_that_is_enough() {
    let clusters = Clusters { cluster_size: 20.0, deff: 2.0, strata: 3 };
    for e in [0.02, 0.05, 0.08, 0.3, 0.9] {
        let m = required_clusters(Quantity::Proportion(0.8162), e, 0.95, clusters).unwrap();
        let found = |m: u64| {
            let planned = PlannedEstimate {
                quantity: Quantity::Proportion(0.8162),
                n: m as f64 * 20.0,
                deff: 2.0,
                degrees_of_freedom: Some(m - 3),
                level: 0.95,
                population: None,
            };
            expected_interval(&planned).unwrap().half_width
        };
        assert!(found(m) <= e && (m == 4 || found(m - 1) > e), "{m} clusters for {e}");
    }
    // 12 villages of 20 give ± 8.0 (the planning table), so ± 8.01 takes no more than them.
    assert_eq!(required_clusters(Quantity::Proportion(0.8162), 0.0801, 0.95, clusters).unwrap(), 12);
    let told = codes(required_clusters(Quantity::Proportion(0.5), 1e-9, 0.95, clusters));
    assert_eq!(told, [("size_out_of_reach", String::new())]);
}

#[test]
fn clusters_cost_what_kish_says() {
    close(design_effect(20.0, 0.05).unwrap(), 1.95, 1e-14);
    assert_eq!(design_effect(1.0, 0.3).unwrap(), 1.0);
    assert_eq!(design_effect(20.0, 1.0).unwrap(), 20.0);
    for (b, rho) in [(20.0, 0.05), (3.5, -0.2), (60.0, 0.6)] {
        close(intraclass_correlation(b, design_effect(b, rho).unwrap()).unwrap(), rho, 1e-12);
    }
    close(weighting_effect(0.5).unwrap(), 1.25, 1e-15);
    // A population of two clusters {1,1,1}, {2,2,2}: everything lies between clusters; with equal means the least there is.
    assert_eq!(intraclass_correlation(3.0, 3.0).unwrap(), 1.0);
    assert_eq!(intraclass_correlation(3.0, 0.0).unwrap(), -0.5);
}

#[test]
fn one_level_is_kish_and_levels_add_up() {
    let level = |clusters, share| LevelHomogeneity { clusters, share };
    close(multistage_effect(240.0, &[level(12.0, 0.05)]).unwrap(), design_effect(20.0, 0.05).unwrap(), 1e-14);
    let both = multistage_effect(240.0, &[level(3.0, 0.02), level(12.0, 0.05)]).unwrap();
    close(both, 1.0 + 0.02 * 79.0 + 0.05 * 19.0, 1e-14);
    assert_eq!(multistage_effect(240.0, &[]).unwrap(), 1.0);
    // Everything between districts: the sample is as good as three people.
    close(240.0 / multistage_effect(240.0, &[level(3.0, 1.0)]).unwrap(), 3.0, 1e-12);
}

#[test]
fn the_optimal_cluster_is_that_of_another_program() {
    // PracTools 1.7, help of clusOpt2: C1 = 750, C2 = 100, delta = 0.05 gives n.opt = 11.9; delta = 0.01 gives 27.2.
    let costs = ClusterCosts { per_cluster: 750.0, per_interview: 100.0 };
    assert_eq!((optimal_cluster_size(costs, 0.05).unwrap().exact * 10.0).round(), 119.0);
    assert_eq!((optimal_cluster_size(costs, 0.01).unwrap().exact * 10.0).round(), 272.0);
    assert_eq!(optimal_cluster_size(costs, 1.0).unwrap().cluster_size, 1);
}

#[test]
fn no_other_cluster_size_is_cheaper() {
    for (per_cluster, per_interview, rho) in [(750.0, 100.0, 0.05), (10.0, 90.0, 0.4), (3e6, 2e4, 0.003)] {
        let best = optimal_cluster_size(ClusterCosts { per_cluster, per_interview }, rho).unwrap();
        for b in 1..2_000_u32 {
            let b = f64::from(b);
            let price = (1.0 + (b - 1.0) * rho) * (per_cluster / b + per_interview);
            assert!(price >= best.cost_per_effective_interview - 1e-9 * price, "{b} beside {best:?}");
        }
    }
}

#[test]
fn an_estimate_at_the_bound_has_an_interval_that_ends_on_the_target() {
    for (df, deff) in [(None, 1.0), (Some(9), 2.0), (Some(2), 2.0)] {
        let at = |p| PlannedEstimate {
            quantity: Quantity::Proportion(p),
            n: 240.0,
            deff,
            degrees_of_freedom: df,
            level: 0.95,
            population: None,
        };
        let outlook = target_outlook(&at(0.82), 0.9, 0.8).unwrap();
        close(expected_interval(&at(outlook.reached_from)).unwrap().plain.lower, 0.9, 1e-12);
        close(expected_interval(&at(outlook.missed_up_to)).unwrap().plain.upper, 0.9, 1e-12);
        assert!(outlook.true_value_for_chance > outlook.reached_from && outlook.true_value_for_chance < 1.0);
        let even = target_outlook(&at(0.82), 0.9, 0.5).unwrap();
        close(even.true_value_for_chance, even.reached_from, 1e-12);
    }
}

#[test]
fn arguments_that_mean_nothing_are_all_told() {
    let nan = f64::NAN;
    let request = SizeRequest {
        quantity: Quantity::Proportion(1.0),
        precision: Precision::HalfWidth(0.0),
        level: 95.0,
        deff: nan,
        population: Some(1.0),
        response: 0.0,
        eligibility: 1.5,
    };
    let places: Vec<String> = codes(required_size(&request)).into_iter().map(|(_, place)| place).collect();
    assert_eq!(places, ["p", "level", "deff", "response", "eligibility", "half_width", "population"]);
    let zero = Quantity::Mean { mean: 0.0, standard_deviation: f64::INFINITY };
    let request = SizeRequest { precision: Precision::CoefficientOfVariation(0.1), ..half_width(zero, 1.0) };
    assert_eq!(codes(required_size(&request)).len(), 2);
    assert!(required_size(&half_width(Quantity::Proportion(0.5), 1e-200)).is_err(), "no infinite size");
    let planned = PlannedEstimate {
        quantity: Quantity::Proportion(0.5),
        n: 100.0,
        deff: 1.0,
        degrees_of_freedom: Some(0),
        level: 0.95,
        population: Some(Population { size: 100.0, correction: PopulationCorrection::Plain }),
    };
    assert_eq!(codes(expected_interval(&planned)).len(), 2, "no degrees of freedom; n = N");
    assert_eq!(codes(target_outlook(&planned, 1.5, 0.2)).len(), 4, "target, chance, and the two above");
    assert!(design_effect(20.0, -0.5).is_err() && design_effect(0.5, 0.1).is_err() && weighting_effect(-1.0).is_err());
    assert!(intraclass_correlation(1.0, 1.0).is_err() && intraclass_correlation(20.0, 21.0).is_err());
    let costs = ClusterCosts { per_cluster: 0.0, per_interview: nan };
    assert_eq!(codes(optimal_cluster_size(costs, 0.0)).len(), 3);
    assert_eq!((whole(384.1).unwrap(), whole(385.0).unwrap(), whole(385.000_000_000_01).unwrap()), (385, 385, 385));
    assert!(whole(nan).is_err() && whole(-1.5).is_err() && whole(1e18).is_err());
}
