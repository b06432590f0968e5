//! Expected overlaps against enumeration, and what moving the numbers does.

use super::*;

/// The overlap by definition: over all b, with the binomial written out and the ranks counted one by one.
fn enumerated(population: u64, n_first: u64, n_second: u64, d: f64) -> f64 {
    let choose = |b: u64| (0..b).fold(1.0, |c, i| c * (population - i) as f64 / (i + 1) as f64);
    (0..=population)
        .map(|b| {
            let weight = choose(b) * d.powi(b as i32) * (1.0 - d).powi((population - b) as i32);
            let common = (b..b + n_second).filter(|rank| rank % population < n_first).count();
            weight * common as f64
        })
        .sum()
}

#[test]
fn the_formula_for_simple_random_is_that_of_the_enumeration() {
    for (population, n_first, n_second) in [(1, 1, 1), (5, 2, 2), (6, 4, 5), (9, 3, 6), (20, 20, 7), (31, 12, 11)] {
        for d in [0.0, 0.05, 0.25, 0.5, 0.8, 0.999] {
            let expected = enumerated(population, n_first, n_second, d);
            let found = expected_overlap_simple_random(population, n_first, n_second, d);
            assert!((found - expected).abs() < 1e-10, "{population} {n_first} {n_second} {d}: {found}, {expected}");
        }
    }
    // Large frames lose nothing to rounding: the mean of n − b is n − N·d where b stays below n.
    let found = expected_overlap_simple_random(1_000_000, 100_000, 100_000, 0.05);
    assert!((found - 50_000.0).abs() < 1e-5, "{found}");
}

#[test]
fn arcs_meet_as_long_as_a_fine_grid_says() {
    const GRID: u32 = 10_000;
    for (one, other, d) in
        [(0.3, 0.3, 0.0), (0.3, 0.2, 0.1), (0.3, 0.5, 0.9), (0.9, 0.8, 0.5), (0.2, 0.2, 0.2), (1.0, 0.4, 0.7)]
    {
        let inside = |at: f64, begin: f64, length: f64| (at - begin).rem_euclid(1.0) < length;
        let counted = (0..GRID)
            .map(|point| (f64::from(point) + 0.5) / f64::from(GRID))
            .filter(|at| inside(*at, 0.0, one) && inside(*at, d, other))
            .count();
        let found = expected_overlap_of_arcs(one, other, d);
        assert!((found - counted as f64 / f64::from(GRID)).abs() < 3.0 / f64::from(GRID), "{one} {other} {d}: {found}");
    }
}

#[test]
fn a_number_is_frozen_and_moves_round_the_circle() {
    let number = permanent_number(2024, "commune", "07207");
    assert_eq!(number, FROZEN, "a changed number ends the coordination with earlier rounds");
    assert_ne!(number, permanent_number(2024, "village", "07207"));
    assert_ne!(number, permanent_number(2025, "commune", "07207"));
    let at = |start, rotation| PermanentNumbers { start, rotation };
    assert_eq!(at(0.0, 0.0).moved(number, 0.3), number);
    assert_eq!(at(0.0, 3.0).moved(number, 1.0 / 4.0), at(0.75, 0.0).moved(number, 0.9));
    assert_eq!(at(0.5, 0.0).moved(0, 0.1), STEPS.get() / 2);
    assert_eq!(at(0.25, 3.0).moved(7, 0.25), 7, "a whole turn");
    assert!(at(0.999_999_999_999, 0.0).moved(STEPS.get() - 1, 0.5) < STEPS.get());
}

const FROZEN: u64 = 902_217_075_991_934;
