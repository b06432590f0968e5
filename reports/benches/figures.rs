//! How long each figure of the catalogue takes as SVG, PNG and PDF, from the examples:
//! `cargo bench --profile dev --workspace --bench figures` (the dev profile builds this crate and the renderer optimised).

#![expect(clippy::expect_used, reason = "a measurement that cannot run must stop")]

use std::time::Instant;

use reports::chart::build::Look;
use reports::chart::{Figure, from_json, pdf, png, svg};

/// Of so many runs the fastest counts: the rest is the machine's other work.
const N_RUNS: usize = 7;

fn best_of<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..N_RUNS {
        let began = Instant::now();
        std::hint::black_box(work());
        best = best.min(began.elapsed().as_secs_f64() * 1e3);
    }
    best
}

fn main() {
    println!("figure   SVG ms   PNG ms   PDF ms");
    for figure in Figure::ALL {
        let path = format!("{}/examples/{}.json", env!("CARGO_MANIFEST_DIR"), figure.code());
        let bytes = std::fs::read(&path).expect("an example");
        let spec = from_json(figure, &bytes, None, Look::default()).expect("a figure").fitted();
        let drawing = svg(&spec).expect("drawn");
        let times = [
            best_of(|| svg(&spec).expect("drawn")),
            best_of(|| png(&drawing, spec.size).expect("a picture")),
            best_of(|| pdf(&spec).expect("a page")),
        ];
        println!("{:6} {:8.2} {:8.1} {:8.1}", figure.code(), times[0], times[1], times[2]);
    }
}
