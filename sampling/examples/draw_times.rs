//! How long a draw takes: `cargo run --release -p khaosat-sampling --example draw_times -- FRAME.csv DESIGN [RUNS]`.

use std::error::Error;
use std::time::Instant;

use sampling::{Preset, Role, SamplingFrame, draw};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(design)) = (arguments.next(), arguments.next()) else {
        return Err("usage: draw_times FRAME.csv DESIGN [RUNS]".into());
    };
    let runs: u64 = arguments.next().map_or(Ok(20), |runs| runs.parse())?;
    let design = Preset::of_name(&design).ok_or("no such design")?.design()?;
    let bytes = std::fs::read(&file)?;
    let start = Instant::now();
    let frame = SamplingFrame::read(&bytes, &design)?;
    println!("read and checked {} bytes: {:.1} ms", bytes.len(), start.elapsed().as_secs_f64() * 1e3);
    let mut times = Vec::new();
    let mut units = (0, 0);
    for seed in 0..runs {
        let start = Instant::now();
        let sample = draw(&frame, &design, seed)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        units = (sample.units_of(Role::Main).count(), sample.units_of(Role::Reserve).count());
    }
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    let worst = times.last().copied().unwrap_or_default();
    println!("draw: median {median:.1} ms, longest {worst:.1} ms of {runs}; {} main, {} reserve", units.0, units.1);
    let sample = draw(&frame, &design, 1)?;
    let start = Instant::now();
    let csv = sample.to_csv();
    println!("list of {} bytes: {:.1} ms", csv.len(), start.elapsed().as_secs_f64() * 1e3);
    Ok(())
}
