//! Proofs of the methods: exact tables, identities, repetition, frozen draws.

use std::num::NonZeroU64;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::stream::StreamKey;

#[derive(Deserialize)]
struct Tables {
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    id: String,
    size: Vec<u64>,
    n: u64,
    target_pi: Vec<f64>,
    certainty_units: Vec<usize>,
    systematic_given_u: Vec<GivenStart>,
    pi: Vec<f64>,
    pi_joint: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct GivenStart {
    u: f64,
    units: Vec<usize>,
}

fn tables() -> Vec<Table> {
    let text = include_str!("../../tests/reference/systematic_exact.json");
    let tables: Tables = serde_json::from_str(text).unwrap();
    assert_eq!(tables.tables.len(), 5);
    tables.tables
}

fn stream(name: &str) -> Stream {
    Stream::new(&StreamKey { seed: 20_241, stage: name, stratum: "", parent: "" })
}

/// The sample of a given start, certainty units included, as sorted positions.
fn sample_from(sizes: &[u64], n: u64, start: impl Fn(u64) -> u64) -> Vec<usize> {
    let split = certain_by_size(sizes, n);
    let others: Vec<usize> = (0..sizes.len()).filter(|k| !split.certain[*k]).collect();
    let other_sizes: Vec<u64> = others.iter().map(|k| sizes[*k]).collect();
    let total = u64::try_from(split.total_left).unwrap();
    let drawn = pps_systematic_from(&other_sizes, split.n_left, start(total));
    let mut sample: Vec<usize> = (0..sizes.len()).filter(|k| split.certain[*k]).collect();
    sample.extend(drawn.into_iter().map(|k| others[k]));
    sample.sort_unstable();
    sample
}

#[test]
fn certainty_units_are_those_of_the_exact_tables() {
    for table in tables() {
        let split = certain_by_size(&table.size, table.n);
        let certain: Vec<usize> = (0..table.size.len()).filter(|k| split.certain[*k]).collect();
        assert_eq!(certain, table.certainty_units, "{}", table.id);
    }
}

#[test]
fn certainty_units_are_found_again_after_the_largest_are_taken() {
    // n = 3: 100 is certain at once (3·100 ≥ 126); then 20 (2·20 ≥ 26); then nobody (1·3 < 6).
    let split = certain_by_size(&[3, 20, 1, 100, 2], 3);
    assert_eq!(split.certain, [false, true, false, true, false]);
    assert_eq!((split.n_left, split.total_left), (1, 6));
}

#[test]
fn strata_in_memory_are_drawn_as_each_alone_would_be() {
    let sizes: Vec<u64> = (0..900_u64).map(|k| 10 + k * k % 83).collect();
    let strata = [("north", 0..400), ("south", 400..900)].map(|(label, units)| Stratum { label, units });
    for method in SelectionMethod::ALL {
        let drawn = select_in_strata(method, &sizes, &strata, 12, "village", 5).unwrap();
        let turned = [strata[1].clone(), strata[0].clone()];
        let other = select_in_strata(method, &sizes, &turned, 12, "village", 5).unwrap();
        assert_eq!((&drawn[0], &drawn[1]), (&other[1], &other[0]), "{}", method.name());
        let alone = select_in_strata(method, &sizes, &strata[1..], 12, "village", 5).unwrap();
        assert_eq!(alone[0], drawn[1], "another stratum changes nothing");
        assert!(drawn[1].iter().all(|one| (400..900).contains(&one.position)));
        let mut stream = Stream::new(&StreamKey { seed: 5, stage: "village", stratum: "north", parent: "" });
        let units = if method.uses_size() { Units::Sized(&sizes[..400]) } else { Units::Counted(400) };
        assert_eq!(drawn[0], select(method, units, 12, 0, &mut stream).unwrap(), "{}", method.name());
    }
}

#[test]
fn strata_that_are_none_are_all_told() {
    let sizes = [1_u64, 2, 0, 4];
    let told = |strata: &[(&str, std::ops::Range<usize>)], n| {
        let strata: Vec<Stratum<'_>> =
            strata.iter().map(|(label, units)| Stratum { label, units: units.clone() }).collect();
        let problems = select_in_strata(SelectionMethod::Brewer, &sizes, &strata, n, "s", 1).unwrap_err();
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(told(&[("a", 0..2), ("a", 2..9)], 1), ["selection_bad_strata"; 2]);
    assert_eq!(told(&[("a", 0..3), ("b", 2..4)], 1), ["selection_bad_strata"]);
    assert_eq!(told(&[("a", 0..2), ("b", 2..4)], 3), ["selection_too_many"; 2]);
    assert_eq!(told(&[("a", 0..2), ("b", 2..4)], 1), ["selection_bad_size"]);
}

#[test]
fn pps_systematic_takes_the_units_of_the_exact_tables_for_each_given_start() {
    let mut compared = 0;
    for table in tables() {
        for given in &table.systematic_given_u {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a start in 0..total"
            )]
            let sample = sample_from(&table.size, table.n, |total| (given.u * total as f64).floor() as u64);
            // A start on the very edge between two units belongs to the second here and to the first in the table.
            if table.id == "equal6_n3" && (given.u - 0.5).abs() < f64::EPSILON {
                assert_eq!((sample, given.units.as_slice()), (vec![1, 3, 5], [0, 2, 4].as_slice()));
                continue;
            }
            assert_eq!(sample, given.units, "{} u = {}", table.id, given.u);
            compared += 1;
        }
    }
    assert_eq!(compared, 24);
}

#[test]
fn pps_systematic_over_all_starts_has_exactly_the_probabilities_and_joint_probabilities_of_the_tables() {
    for table in tables() {
        let split = certain_by_size(&table.size, table.n);
        let starts = u64::try_from(split.total_left).unwrap();
        let mut counts = vec![vec![0_u32; table.size.len()]; table.size.len()];
        for start in 0..starts {
            let sample = sample_from(&table.size, table.n, |_| start);
            assert_eq!(sample.len() as u64, table.n, "{} start {start}", table.id);
            for k in &sample {
                for l in &sample {
                    counts[*k][*l] += 1;
                }
            }
        }
        for (counts, expected) in counts.iter().zip(&table.pi_joint) {
            for (count, expected) in counts.iter().zip(expected) {
                #[expect(clippy::cast_precision_loss, reason = "a few thousand starts")]
                let joint = f64::from(*count) / starts as f64;
                assert!((joint - expected).abs() < 1e-12, "{}: {joint}, expected {expected}", table.id);
            }
        }
    }
}

#[test]
fn pps_systematic_states_the_probabilities_of_the_tables() {
    for table in tables() {
        let mut seen = vec![false; table.size.len()];
        let mut stream = stream("stated");
        for _ in 0..500 {
            for one in pps_systematic(&table.size, table.n, &mut stream) {
                let k = usize::try_from(one.position).unwrap();
                assert!((one.probability.get() - table.target_pi[k]).abs() < 1e-15, "{} unit {k}", table.id);
                assert!((one.probability.get() - table.pi[k]).abs() < 1e-12, "{} unit {k}", table.id);
                seen[k] = true;
            }
        }
        assert!(seen.iter().all(|seen| *seen), "{}: 500 draws reach every unit", table.id);
    }
}

const DRAWS: u32 = 50_000;

/// Largest distance of an observed frequency from its probability, in standard errors of the frequency.
fn worst_sigma(counts: &[u32], pi: &[f64]) -> f64 {
    let sigma = |pi: f64| (pi * (1.0 - pi) / f64::from(DRAWS)).sqrt();
    counts
        .iter()
        .zip(pi)
        .map(|(count, pi)| {
            let distance = (f64::from(*count) / f64::from(DRAWS) - pi).abs();
            if *pi < 1.0 { distance / sigma(*pi) } else { distance * 1e9 }
        })
        .fold(0.0, f64::max)
}

fn repeat(method: SelectionMethod, units: Units<'_>, n: u64) -> Vec<u32> {
    let mut stream = stream(method.name());
    let mut counts = vec![0_u32; usize::try_from(units.population()).unwrap()];
    for _ in 0..DRAWS {
        for one in select(method, units, n, 0, &mut stream).unwrap() {
            counts[usize::try_from(one.position).unwrap()] += 1;
        }
    }
    counts
}

#[test]
fn pps_systematic_observed_over_many_draws_has_the_stated_probabilities() {
    for table in tables() {
        let counts = repeat(SelectionMethod::PpsSystematic, Units::Sized(&table.size), table.n);
        let worst = worst_sigma(&counts, &table.target_pi);
        assert!(worst < 4.5, "{}: {worst} sigma", table.id);
    }
}

#[test]
fn simple_random_observed_over_many_draws_has_equal_probabilities() {
    let worst = worst_sigma(&repeat(SelectionMethod::SimpleRandom, Units::Counted(11), 4), &[4.0 / 11.0; 11]);
    assert!(worst < 4.5, "{worst} sigma");
}

#[test]
fn systematic_observed_over_many_draws_has_equal_probabilities() {
    let worst = worst_sigma(&repeat(SelectionMethod::Systematic, Units::Counted(11), 4), &[4.0 / 11.0; 11]);
    assert!(worst < 4.5, "{worst} sigma");
}

#[test]
fn simple_random_takes_every_ordered_pair_equally_often_so_that_reserves_are_honest() {
    let mut stream = stream("pairs");
    let mut counts = [0_u32; 25];
    for _ in 0..DRAWS {
        let pair = simple_random(5, 2, &mut stream);
        counts[usize::try_from(pair[0] * 5 + pair[1]).unwrap()] += 1;
    }
    let pi: Vec<f64> = (0..25).map(|cell| if cell / 5 == cell % 5 { 0.0 } else { 1.0 / 20.0 }).collect();
    let (off_diagonal, diagonal): (Vec<usize>, Vec<usize>) = (0..25).partition(|cell| cell / 5 != cell % 5);
    assert!(diagonal.iter().all(|cell| counts[*cell] == 0), "no unit twice");
    let pick = |cells: &[usize]| cells.iter().map(|cell| counts[*cell]).collect::<Vec<u32>>();
    let worst = worst_sigma(&pick(&off_diagonal), &off_diagonal.iter().map(|cell| pi[*cell]).collect::<Vec<f64>>());
    assert!(worst < 4.5, "{worst} sigma");
}

#[test]
fn systematic_over_all_starts_takes_each_unit_n_times_and_always_n_units() {
    // samplics issue 55: N = 77, n = 10 gave 9 units.
    for (population, n) in [(77_u64, 10_u64), (10, 3), (7, 7), (1000, 1), (5, 2)] {
        let mut counts = vec![0_u64; usize::try_from(population).unwrap()];
        for start in 0..population {
            let mut sample = systematic_from(population, n, start);
            assert_eq!(sample.len() as u64, n);
            sample.dedup();
            assert_eq!(sample.len() as u64, n, "no unit twice");
            for k in sample {
                counts[usize::try_from(k).unwrap()] += 1;
            }
        }
        assert!(counts.iter().all(|count| *count == n), "N {population}, n {n}: {counts:?}");
    }
}

#[test]
fn equal_sizes_make_pps_systematic_the_systematic_sample() {
    for start in 0..77 {
        let equal: Vec<u64> = pps_systematic_from(&[1; 77], 10, start).into_iter().map(|k| k as u64).collect();
        assert_eq!(equal, systematic_from(77, 10, start));
    }
}

#[test]
fn the_frozen_draw_of_each_method() {
    let sizes = [10, 20, 30, 40, 50, 60, 70];
    let draw = |method| {
        let drawn = select(method, Units::Sized(&sizes), 3, 0, &mut stream("frozen")).unwrap();
        drawn.into_iter().map(|one| one.position).collect::<Vec<u64>>()
    };
    // The others are frozen in `method_proofs`.
    let first = [SelectionMethod::SimpleRandom, SelectionMethod::Systematic, SelectionMethod::PpsSystematic];
    let all: Vec<Vec<u64>> = first.into_iter().map(draw).collect();
    assert_eq!(all, [vec![2, 0, 4], vec![0, 3, 5], vec![2, 4, 6]], "a changed draw needs a new version of the method");
}

#[test]
fn every_size_of_one_unit_can_be_drawn_from() {
    assert_eq!(pps_systematic(&[5], 1, &mut stream("one")).len(), 1);
    assert_eq!(simple_random(0, 3, &mut stream("none")), Vec::<u64>::new());
    assert_eq!(systematic(0, 3, &mut stream("none")), Vec::<u64>::new());
    assert!(NonZeroU64::new(0).is_none());
}

proptest! {
    #[test]
    fn a_fixed_size_method_gives_n_different_units_whose_probabilities_come_from_a_vector_that_sums_to_n(
        sizes in proptest::collection::vec(1_u64..2_000, 1..60),
        share in 0.01_f64..1.0,
        seed in any::<u64>(),
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a test's n")]
        let n = ((sizes.len() as f64 * share).ceil() as u64).clamp(1, sizes.len() as u64);
        for method in SelectionMethod::ALL.into_iter().filter(|method| method.has_fixed_size()) {
            let mut stream = Stream::new(&StreamKey { seed, stage: "p", stratum: "", parent: "" });
            let drawn = select(method, Units::Sized(&sizes), n, 0, &mut stream).unwrap();
            prop_assert_eq!(drawn.len() as u64, n);
            let mut positions: Vec<u64> = drawn.iter().map(|one| one.position).collect();
            positions.sort_unstable();
            positions.dedup();
            prop_assert_eq!(positions.len() as u64, n);
        }
        let split = certain_by_size(&sizes, n);
        let certain = split.certain.iter().filter(|certain| **certain).count() as u64;
        prop_assert_eq!(certain + split.n_left, n);
        let others = sizes.iter().zip(&split.certain).filter(|(_, certain)| !**certain);
        let left: u128 = others.clone().map(|(size, _)| u128::from(*size)).sum();
        prop_assert_eq!(left, split.total_left);
        for (size, _) in others {
            prop_assert!(u128::from(split.n_left) * u128::from(*size) < left, "the others stay below one");
        }
    }

    #[test]
    fn simple_random_is_a_prefix_of_the_longer_draw(population in 1_u64..500, n in 1_u64..50, seed in any::<u64>()) {
        let key = StreamKey { seed, stage: "p", stratum: "", parent: "" };
        let short = simple_random(population, n, &mut Stream::new(&key));
        let long = simple_random(population, n + 10, &mut Stream::new(&key));
        prop_assert_eq!(&long[..short.len()], &short[..]);
    }
}
