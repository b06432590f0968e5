//! How long each method takes on frames of growing size, preparation included: one line a method, frame and sample size.
//!
//! `cargo run --release -p khaosat-sampling --example selection_speed [N …]`

use std::time::{Duration, Instant};

use sampling::selection::{SelectionMethod, Units, select};
use sampling::{Stream, StreamKey};

fn main() {
    let asked: Vec<u64> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let populations = if asked.is_empty() { vec![20_000, 100_000, 1_000_000] } else { asked };
    println!("method\tN\tn\tmedian of 5 draws, ms");
    for population in populations {
        let sizes = skewed_sizes(population);
        for n in [200_u64, 2_000] {
            for method in SelectionMethod::ALL {
                let expensive = method == SelectionMethod::MaxEntropy;
                if !expensive || population * n <= 20_000_000 {
                    let milliseconds = median_of_draws(method, &sizes, n).as_secs_f64() * 1e3;
                    println!("{}\t{population}\t{n}\t{milliseconds:.3}", method.name());
                }
            }
        }
    }
}

fn median_of_draws(method: SelectionMethod, sizes: &[u64], n: u64) -> Duration {
    let mut times: Vec<Duration> = (0..5_u64)
        .map(|seed| {
            let mut stream = Stream::new(&StreamKey { seed, stage: "speed", stratum: "", parent: "" });
            let start = Instant::now();
            let drawn = select(method, Units::Sized(sizes), n, 0, &mut stream);
            let time = start.elapsed();
            assert!(drawn.is_ok_and(|drawn| !drawn.is_empty()), "{}", method.name());
            time
        })
        .collect();
    times.sort_unstable();
    times[2]
}

/// Sizes like those of villages, spread by a factor of about thirty with a long tail: a product of four uniform numbers.
fn skewed_sizes(population: u64) -> Vec<u64> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) % 9
    };
    (0..population).map(|_| 20 + next() * next() * next() * next()).collect()
}
