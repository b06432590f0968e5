//! Proofs of the comparison of two samples.

use super::*;

pub(super) fn proportions(p1: f64, deff: f64) -> Comparison {
    Comparison {
        first: Quantity::Proportion(p1),
        deff,
        ratio: 1.0,
        overlap: None,
        alpha: 0.05,
        alternative: Alternative::TwoSided,
        null_variance: NullVariance::Unpooled,
        degrees_of_freedom: None,
    }
}

fn means(standard_deviation: f64) -> Comparison {
    Comparison { first: Quantity::Mean { mean: 5.0, standard_deviation }, ..proportions(0.5, 1.0) }
}

#[test]
fn power_is_that_of_another_program() {
    // R 4.2.2: power.prop.test (pooled under "no difference", wrong side not counted).
    let pooled = Comparison { null_variance: NullVariance::Pooled, ..proportions(0.5, 1.0) };
    close(pooled.power(Quantity::Proportion(0.75), 50.0).unwrap(), 0.740_165_901_331_387_9, 1e-10);
    // power.prop.test(p1 = .5, p2 = .75, power = .9, tol = 1e-13)$n
    close(pooled.required(Quantity::Proportion(0.75), 0.9).unwrap().first, 76.706_928_451_777_44, 1e-10);
    let one_sided = Comparison { alternative: Alternative::OneSided, first: Quantity::Proportion(0.82), ..pooled };
    close(one_sided.power(Quantity::Proportion(0.9), 300.0).unwrap(), 0.882_343_422_697_943_9, 1e-10);
    // power.t.test(n = 20, delta = 1); power.t.test(n = 20, delta = .5, sd = 1.3, alternative = "one.sided"): df = 38.
    let t = Comparison { degrees_of_freedom: Some(38), ..means(1.0) };
    let second = |mean, standard_deviation| Quantity::Mean { mean, standard_deviation };
    close(t.power(second(6.0, 1.0), 20.0).unwrap(), 0.868_952_801_692_497_8, 1e-9);
    let t = Comparison { degrees_of_freedom: Some(38), alternative: Alternative::OneSided, ..means(1.3) };
    close(t.power(second(5.5, 1.3), 20.0).unwrap(), 0.326_266_761_494_045_6, 1e-9);
    // scipy 1.17.1: the noncentrality with which nct.sf(t.ppf(.975, 2), 2, d) = 0.8 is 5.653489266405569; v = 2, difference 1.
    let t = Comparison { degrees_of_freedom: Some(2), ..means(1.0) };
    close(t.required(second(6.0, 1.0), 0.8).unwrap().first, 2.0 * 5.653_489_266_405_569_f64.powi(2), 1e-9);
}

#[test]
fn size_and_power_are_inverse_to_each_other() {
    let overlap = Some(Overlap { share: 0.4, correlation: 0.6 });
    for degrees_of_freedom in [None, Some(5)] {
        for overlap in [None, overlap] {
            for (first, second) in [
                (Quantity::Proportion(0.82), Quantity::Proportion(0.9)),
                (
                    Quantity::Mean { mean: 1.0, standard_deviation: 2.0 },
                    Quantity::Mean { mean: 0.2, standard_deviation: 3.0 },
                ),
            ] {
                let two = Comparison { first, overlap, degrees_of_freedom, ratio: 1.5, ..proportions(0.5, 1.7) };
                let sizes = two.required(second, 0.8).unwrap();
                close(sizes.second, 1.5 * sizes.first, 1e-14);
                close(two.power(second, sizes.first).unwrap(), 0.8, 1e-9);
            }
        }
    }
}

#[test]
fn a_panel_saves_what_its_correlation_explains() {
    let independent = means(2.0).required(Quantity::Mean { mean: 5.5, standard_deviation: 2.0 }, 0.8).unwrap().first;
    let panel = |share, correlation| {
        let overlap = Some(Overlap { share, correlation });
        let two = Comparison { overlap, ..means(2.0) };
        two.required(Quantity::Mean { mean: 5.5, standard_deviation: 2.0 }, 0.8).unwrap().first
    };
    // Kish (1965): the variance of the change is (1 − Pρ) of that without overlap.
    for (share, correlation) in [(1.0, 0.7), (0.5, 0.7), (0.5, -0.3), (0.0, 0.9)] {
        close(panel(share, correlation), independent * (1.0 - share * correlation), 1e-12);
    }
}

#[test]
fn a_detectable_difference_needs_the_sample_it_was_found_for() {
    for (p, n, df) in [(0.82, 240.0, None), (0.82, 240.0, Some(4)), (0.5, 600.0, None), (0.03, 2_000.0, Some(30))] {
        let two = Comparison { degrees_of_freedom: df, ..proportions(p, 2.0) };
        let found = two.detectable(n, 0.8).unwrap();
        for difference in [found.increase, found.decrease].into_iter().flatten() {
            close(two.required(Quantity::Proportion(p + difference), 0.8).unwrap().first, n, 1e-6);
        }
        assert!(found.increase.is_none_or(|up| up > 0.0) && found.decrease.is_none_or(|down| down < 0.0));
    }
    let found = means(2.0).detectable(100.0, 0.8).unwrap();
    // (1.96 + 0.84)·2·√(2/100)
    close(found.increase.unwrap(), (1.959_963_984_540_054 + 0.841_621_233_572_914) * 2.0 * 0.02_f64.sqrt(), 1e-12);
    assert_eq!(found.decrease.unwrap(), -found.increase.unwrap());
    // Two years of three districts: from 95 % no increase whatever can be found, and the program says so.
    let few = Comparison { degrees_of_freedom: Some(4), ..proportions(0.95, 2.0) };
    assert_eq!(few.detectable(80.0, 0.8).unwrap().increase, None);
}

#[test]
fn comparisons_that_mean_nothing_are_all_told() {
    let two = Comparison {
        overlap: Some(Overlap { share: 0.9, correlation: 1.2 }),
        ratio: 0.5,
        alpha: 0.0,
        degrees_of_freedom: Some(3),
        null_variance: NullVariance::Pooled,
        ..means(1.0)
    };
    let told = codes(two.power(Quantity::Proportion(0.5), 0.0));
    let told: Vec<&str> = told.iter().map(|(code, _)| *code).collect();
    assert_eq!(told.iter().filter(|code| **code == "size_out_of_range").count(), 4, "{told:?}");
    for code in ["size_pooled_with_df", "size_pooled_mean", "size_other_quantity"] {
        assert!(told.contains(&code), "{told:?}");
    }
    assert_eq!(codes(proportions(0.5, 1.0).required(Quantity::Proportion(0.5), 0.8))[0].1, "difference");
    assert_eq!(codes(proportions(0.5, 1.0).detectable(100.0, 0.01))[0].1, "power");
    let same = Comparison { overlap: Some(Overlap { share: 1.0, correlation: 1.0 }), ..means(1.0) };
    assert_eq!(codes(same.detectable(10.0, 0.8))[0].0, "size_no_variance");
}
