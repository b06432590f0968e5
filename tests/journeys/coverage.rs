//! Do the intervals of the demonstration keep their promise? A few seeds here; `benches/coverage.rs` runs hundreds.

use khaosat::simulation::coverage::{Tally, example_province};

const SEEDS: u64 = 12;

fn assert_promise_is_kept(instrument: &str, root: &str, level: &[&str]) {
    let province = example_province(instrument).expect("the shipped example reads");
    let mut tally = Tally::default();
    for seed in 1..=SEEDS {
        tally.add(&province.run(seed).expect("a survey"));
    }
    eprintln!("{instrument}, {SEEDS} seeds\n{}", tally.report());
    let total = tally.0[root];
    assert_eq!(total.n as u64, SEEDS, "every survey gave an interval");
    // With 95 % coverage, fewer than 8 of 12 come about once in 5,000 times.
    assert!(total.covered >= 8, "{} of {SEEDS} intervals hold the truth", total.covered);
    let ratio = total.variances / total.squared_errors;
    assert!((1.0 / 3.0..3.0).contains(&ratio), "estimated variance over squared error: {ratio}");
    let (n, covered) = level.iter().fold((0, 0), |(n, covered), code| {
        let one = tally.0[*code];
        (n + one.n, covered + one.covered)
    });
    assert!(covered as f64 >= 0.8 * n as f64, "{covered} of {n} intervals of {level:?} hold the truth");
}

#[test]
fn the_total_of_papi_is_covered_and_its_variance_is_of_the_right_size() {
    assert_promise_is_kept("papi-2019", "papi", &["1", "2", "3", "4", "5", "6", "7", "8"]);
}

#[test]
fn the_index_of_sipas_is_covered_and_its_variance_is_of_the_right_size() {
    assert_promise_is_kept("sipas-2023", "sipas", &["S1", "S2", "S3", "S4", "S5", "P1", "P2", "P3", "P4"]);
}
