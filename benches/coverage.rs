//! How often the intervals of the demonstration cover the truth: `cargo bench --bench coverage -- [INSTRUMENT] [SEEDS [FIRST [SCALE_PERCENT]]]`.
//!
//! Each seed makes a province, draws the PAPI sample, interviews and scores it: the same code as `khaosat demo` without the
//! network. Prints, for the total and each dimension, the share of 95 % intervals that hold the true score, and the ratio of
//! the mean estimated variance to the mean squared error. `SCALE_PERCENT` makes places differ more or less than in the demonstration.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a measurement that cannot go on stops")]

use khaosat::simulation::coverage::{Tally, example_province};

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let seeds = numbers.next().unwrap_or(200);
    let first = numbers.next().unwrap_or(1);
    let scale = numbers.next().map_or(1.0, |percent| percent as f64 / 100.0);
    let instrument =
        std::env::args().find(|argument| argument.contains("-20")).unwrap_or_else(|| "papi-2019".to_owned());
    let mut province = example_province(&instrument).expect("the shipped example reads");
    province.sizes.district *= scale;
    province.sizes.commune *= scale;
    province.sizes.village *= scale;
    let mut tally = Tally::default();
    for seed in first..first + seeds {
        tally.add(&province.run(seed).unwrap());
    }
    print!("{}", tally.report());
}
