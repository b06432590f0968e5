//! Do the intervals of the demonstration keep their promise? A few seeds here; `benches/coverage.rs` runs hundreds.

use khaosat::simulation::coverage::{Tally, example_province};

const SEEDS: u64 = 12;

#[test]
fn the_total_is_covered_and_its_variance_is_of_the_right_size() {
    let province = example_province().expect("the shipped example reads");
    let mut tally = Tally::default();
    for seed in 1..=SEEDS {
        tally.add(&province.run(seed).expect("a survey"));
    }
    let total = tally.0["papi"];
    eprintln!("{}", tally.report());
    assert_eq!(total.n as u64, SEEDS, "every survey gave an interval");
    // With 95 % coverage, fewer than 8 of 12 come once in 200,000 times.
    assert!(total.covered >= 8, "{} of {SEEDS} intervals hold the truth", total.covered);
    let ratio = total.variances / total.squared_errors;
    assert!((1.0 / 3.0..3.0).contains(&ratio), "estimated variance over squared error: {ratio}");
    let dimensions: usize = (1..=8).map(|code| tally.0[&code.to_string()].covered).sum();
    assert!(dimensions >= 80, "{dimensions} of 96 intervals of the dimensions");
}
