//! Proofs of the methods by size: repetition through the path that draws samples, frozen draws, fixed sizes.

use super::conditional_walk::{ConditionalDesign, conditional_walk};
use super::sampford::sampford_walk;
use super::*;
use crate::probability::{JointProbabilities, inclusion_probabilities, simulate};
use crate::stream::StreamKey;

const DRAWS: u64 = 200_000;

fn stream(name: &str) -> Stream {
    Stream::new(&StreamKey { seed: 20_241, stage: name, stratum: "", parent: "" })
}

/// Shares of `DRAWS` draws against exact probabilities: within 4.5 standard errors, and exactly 0 and 1 where they say so.
fn assert_observed(name: &str, exact: &JointProbabilities, observed: &JointProbabilities) {
    for (place, (exact, observed)) in exact.rows().flatten().zip(observed.rows().flatten()).enumerate() {
        let sigma = (exact * (1.0 - exact) / DRAWS as f64).max(0.0).sqrt();
        let off = (exact - observed).abs();
        assert!(off <= 4.5 * sigma + 1e-12, "{name}, pair {place}: exact {exact}, observed {observed}, sigma {sigma}");
    }
}

#[test]
fn each_method_draws_units_and_pairs_as_often_as_its_exact_probabilities_say() {
    // A certainty unit; equal sizes and a chance of 0.95.
    for (sizes, n) in [(&[5_u64, 8, 12, 20, 30, 400][..], 3), (&[10, 10, 21, 35, 50, 76, 38], 3)] {
        for method in SelectionMethod::ALL {
            let exact = inclusion_probabilities(method, sizes, n).unwrap().joint.unwrap();
            let observed = simulate(method, sizes, n, DRAWS, 7).unwrap();
            assert_observed(&format!("{} n={n}", method.name()), &exact, &observed.joint);
        }
    }
}

#[test]
fn sampfords_walk_draws_from_the_same_design_as_its_rejection() {
    let (sizes, n) = ([10_u64, 10, 21, 35, 50, 76, 38], 3);
    let target = Target::new(&sizes, n).unwrap();
    let exact = inclusion_probabilities(SelectionMethod::Sampford, &sizes, n).unwrap().joint.unwrap();
    let mut observed = JointProbabilities::with_diagonal(&[0.0; 7]);
    let mut stream = stream("walk");
    for _ in 0..DRAWS {
        let drawn = sampford_walk(&target, &mut stream);
        for (place, k) in drawn.iter().enumerate() {
            for l in &drawn[place..] {
                observed.add(*k, *l, 1.0 / DRAWS as f64);
            }
        }
    }
    // Sums of 200,000 terms: rounded in the eleventh digit, hence not compared with 0 and 1 but with shares in between.
    assert_observed("walk", &exact, &observed);
}

#[test]
fn a_walk_over_many_blocks_takes_n_units_as_often_as_the_target_says() {
    let sizes: Vec<u64> = (0..900_u64).map(|k| 5 + k * k % 101).collect();
    let target = Target::new(&sizes, 300).unwrap();
    let odds = target.odds();
    for design in [ConditionalDesign::ConditionalPoisson, ConditionalDesign::Sampford] {
        let (mut stream, draws) = (stream("blocks"), 400_u32);
        let mut counts = vec![0_u32; sizes.len()];
        for _ in 0..draws {
            let drawn = conditional_walk(design, &odds, 300, &mut stream);
            assert_eq!(drawn.len(), 300);
            assert!(drawn.windows(2).all(|pair| pair[0] < pair[1]), "each unit once, in order");
            drawn.iter().for_each(|unit| counts[*unit] += 1);
        }
        // Chi-square of 900 standardized counts: mean 900, standard deviation about 42; 4.5 of them. The conditional Poisson
        // design of p = π is within 0.001 of π here, far below the standard error 0.02.
        let chi_square: f64 = counts
            .iter()
            .zip(&odds)
            .map(|(count, odds)| {
                (f64::from(*count) / f64::from(draws) - odds.yes).powi(2) * f64::from(draws) / odds.yes / odds.no
            })
            .sum();
        assert!((chi_square - 900.0).abs() < 190.0, "{design:?}: chi-square {chi_square}");
    }
}

#[test]
fn sampford_where_rejection_is_hopeless_still_draws_n_units() {
    // About e^-40 of all attempts would be accepted.
    let sizes: Vec<u64> = (0..1_000_u64).map(|k| 50 + k % 100).collect();
    let drawn = select(SelectionMethod::Sampford, Units::Sized(&sizes), 300, 0, &mut stream("hopeless")).unwrap();
    assert_eq!(drawn.len(), 300);
    assert!(drawn.windows(2).all(|pair| pair[0].position < pair[1].position));
}

#[test]
fn fixed_size_methods_take_exactly_n_different_units_with_their_probabilities() {
    let sizes: Vec<u64> = (0..60_u64).map(|k| 1 + k * k % 53 + if k == 40 { 2_000 } else { 0 }).collect();
    for method in SelectionMethod::ALL {
        for n in [1, 2, 17, 45, 59, 60] {
            let exact = inclusion_probabilities(method, &sizes, n).unwrap();
            let prepared = PreparedSelection::new(method, Units::Sized(&sizes), n, 0).unwrap();
            let mut stream = stream(method.name());
            for _ in 0..5 {
                let drawn = prepared.draw(&mut stream);
                let mut positions: Vec<u64> = drawn.iter().map(|one| one.position).collect();
                positions.sort_unstable();
                positions.dedup();
                assert_eq!(positions.len(), drawn.len(), "{} n={n}", method.name());
                if method.has_fixed_size() {
                    assert_eq!(drawn.len() as u64, n, "{}", method.name());
                    assert!(prepared.note().is_none(), "{} n={n}", method.name());
                }
                for one in drawn {
                    let pi = exact.pi[usize::try_from(one.position).unwrap()];
                    assert!((one.probability.get() - pi).abs() < 1e-12, "{} n={n}", method.name());
                }
            }
        }
    }
}

#[test]
fn a_probability_that_is_only_the_target_is_said_so() {
    let sizes: Vec<u64> = (0..40_000_u64).map(|k| 1 + k % 97).collect();
    let prepared = PreparedSelection::new(SelectionMethod::Pareto, Units::Sized(&sizes), 500, 0).unwrap();
    assert!(prepared.note().unwrap().en.contains("target probabilities"));
    let prepared = PreparedSelection::new(SelectionMethod::Pareto, Units::Sized(&sizes[..300]), 20, 0).unwrap();
    assert!(prepared.note().is_none(), "the true probabilities are carried");
    let prepared = PreparedSelection::new(SelectionMethod::Poisson, Units::Sized(&sizes), 500, 0).unwrap();
    assert!(prepared.note().unwrap().vi.contains("ngẫu nhiên"));
}

#[test]
fn sizes_that_cannot_be_drawn_from_are_clear_problems() {
    let code = |sizes: &[u64], n: u64| {
        PreparedSelection::new(SelectionMethod::Sampford, Units::Sized(sizes), n, 0).err().unwrap().0[0].code
    };
    assert_eq!(code(&[3, 0, 2], 1), "selection_bad_size");
    assert_eq!(code(&[3, 1, 2], 4), "selection_too_many");
    assert_eq!(code(&[u64::MAX, u64::MAX, u64::MAX], 1), "selection_total_size");
    assert!(select(SelectionMethod::Brewer, Units::Sized(&[]), 0, 0, &mut stream("none")).unwrap().is_empty());
}

#[test]
fn samples_are_frozen() {
    let sizes: Vec<u64> = (0..60_u64).map(|k| 10 + k * 37 % 91 + if k == 41 { 900 } else { 0 }).collect();
    let drawn: Vec<(&str, Vec<u64>)> = SelectionMethod::ALL
        .into_iter()
        .map(|method| {
            let drawn = select(method, Units::Sized(&sizes), 6, 0, &mut stream("golden")).unwrap();
            (method.versioned_name(), drawn.iter().map(|one| one.position).collect())
        })
        .collect();
    let frozen: Vec<(&str, Vec<u64>)> = FROZEN.iter().map(|(name, sample)| (*name, sample.to_vec())).collect();
    assert_eq!(drawn, frozen);
}

/// Drawn once with version 1 of each method; they never change.
const FROZEN: [(&str, &[u64]); 16] = [
    ("simple_random_v1", &[56, 31, 46, 36, 29, 18]),
    ("systematic_v1", &[9, 19, 29, 39, 49, 59]),
    ("pps_systematic_v1", &[12, 23, 35, 41, 49, 59]),
    ("systematic_random_order_v1", &[11, 28, 40, 41, 45, 56]),
    ("sampford_v1", &[27, 29, 35, 41, 48, 57]),
    ("brewer_v1", &[2, 9, 27, 41, 48, 57]),
    ("tille_v1", &[9, 27, 33, 41, 50, 58]),
    ("pivotal_v1", &[9, 22, 34, 41, 47, 56]),
    ("pivotal_random_order_v1", &[38, 41, 44, 45, 49, 59]),
    ("max_entropy_v1", &[23, 26, 28, 41, 43, 49]),
    ("chromy_v1", &[2, 18, 25, 40, 41, 48]),
    ("poisson_v1", &[8, 16, 21, 33, 41, 46, 55]),
    ("sequential_poisson_v1", &[16, 21, 33, 41, 46, 55]),
    ("pareto_v1", &[16, 21, 33, 41, 46, 55]),
    ("exponential_order_v1", &[16, 21, 33, 41, 46, 55]),
    ("pps_with_replacement_v1", &[19, 36, 40, 41, 44, 56]),
];
