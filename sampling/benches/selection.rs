//! How long selection and reading take: medians, with the peak memory of the process.
//!
//! `cargo bench -p khaosat-sampling --bench selection -- national` and the other words of [`USAGE`]. Side by side with other
//! programs: `benches/peers/sampling.sh`.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Instant;

use sampling::selection::{SelectionMethod, Stratum, Units, select, select_in_strata};
use sampling::{Preset, Role, SampleDesign, SamplingFrame, Stream, StreamKey, draw};

const USAGE: &str = "\
national [N …]                300 of each of 63 strata, PPS systematic, from N units (1, 3, 9 and 27 million)
methods [N] [n]               every method on one group (100,000 and 200)
draw FRAME.csv DESIGN [RUNS]  a whole draw by a built-in design or a file of one, reading apart
read ROWS                     reading a CSV frame of that many rows, made in memory
frame FOLDER N JOB n RUNS     one job on a frame of benches/peers/make_frame.py: national, sampford, brewer, pivotal, tille";

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    // `cargo bench` adds its own `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let word = |place: usize| words.get(place).map(String::as_str);
    let number = |place: usize, default: usize| word(place).map_or(Ok(default), str::parse);
    match word(0) {
        Some("national") => {
            let asked: Vec<usize> = words[1..].iter().map(|word| word.parse()).collect::<Result<_, _>>()?;
            let all = if asked.is_empty() { vec![1_000_000, 3_000_000, 9_000_000, 27_000_000] } else { asked };
            all.into_iter().try_for_each(|population| {
                let time = national(&skewed_sizes(population), &even_strata(population), 5)?;
                println!("national\tN {population}\t{time:.1} ms\tpeak {} MB", peak_megabytes());
                Ok(())
            })
        }
        Some("methods") => methods(number(1, 100_000)?, number(2, 200)? as u64),
        Some("draw") => whole_draw(word(1).ok_or(USAGE)?, word(2).ok_or(USAGE)?, number(3, 20)?),
        Some("read") => read(number(1, 1_000_000)?),
        Some("frame") => {
            frame(word(1).ok_or(USAGE)?, number(2, 0)?, word(3).ok_or(USAGE)?, number(4, 200)? as u64, number(5, 5)?)
        }
        _ => {
            println!("{USAGE}");
            Ok(())
        }
    }
}

/// The median time of some runs in milliseconds; each gets its number as a seed.
fn median<T>(runs: usize, mut run: impl FnMut(u64) -> Result<T, Box<dyn Error>>) -> Result<f64, Box<dyn Error>> {
    let mut times = Vec::new();
    for seed in 0..runs.max(1) {
        let start = Instant::now();
        let result = run(seed as u64)?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
        drop(result);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

/// The most memory this process has held so far, where the system tells it.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() / 1024
}

/// Sizes like those of villages, spread by a factor of hundreds with a long tail: a product of four uniform numbers.
fn skewed_sizes(population: usize) -> Vec<u64> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        1 + (state >> 33) % 9
    };
    (0..population).map(|_| 20 + next() * next() * next() * next()).collect()
}

fn even_strata(population: usize) -> Vec<i32> {
    (0..population).map(|unit| i32::try_from(unit * 63 / population).unwrap_or(0)).collect()
}

/// 300 of each stratum; the strata are found from the codes of the units, which is part of the time.
fn national(sizes: &[u64], codes: &[i32], runs: usize) -> Result<f64, Box<dyn Error>> {
    median(runs, |seed| {
        let mut ends: Vec<usize> = (1..codes.len()).filter(|unit| codes[*unit] != codes[unit - 1]).collect();
        ends.push(codes.len());
        let labels: Vec<String> = (0..ends.len()).map(|stratum| format!("{stratum:02}")).collect();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let units = starts.zip(&ends).map(|(start, end)| start..*end);
        let strata: Vec<Stratum<'_>> =
            labels.iter().zip(units).map(|(label, units)| Stratum { label, units }).collect();
        let drawn = select_in_strata(SelectionMethod::PpsSystematic, sizes, &strata, 300, "unit", seed)?;
        let n: usize = drawn.iter().map(Vec::len).sum();
        if n == 300 * strata.len() { Ok(drawn) } else { Err(format!("{n} units").into()) }
    })
}

fn one_group(method: SelectionMethod, sizes: &[u64], n: u64, runs: usize) -> Result<f64, Box<dyn Error>> {
    median(runs, |seed| {
        let mut stream = Stream::new(&StreamKey { seed, stage: "speed", stratum: "", parent: "" });
        let drawn = select(method, Units::Sized(sizes), n, 0, &mut stream)?;
        if drawn.is_empty() { Err("nothing drawn".into()) } else { Ok(drawn) }
    })
}

fn methods(population: usize, n: u64) -> Outcome {
    let sizes = skewed_sizes(population);
    for method in SelectionMethod::ALL {
        let runs = if method == SelectionMethod::MaxEntropy { 3 } else { 11 };
        println!("{}\tN {population}\tn {n}\t{:.2} ms", method.name(), one_group(method, &sizes, n, runs)?);
    }
    Ok(())
}

fn whole_draw(file: &str, design: &str, runs: usize) -> Outcome {
    let design = match Preset::of_name(design) {
        Some(preset) => preset.design()?,
        None => SampleDesign::from_toml(&std::fs::read_to_string(design)?)?,
    };
    let bytes = std::fs::read(file)?;
    let read = median(3, |_| Ok(SamplingFrame::read(&bytes, &design)?))?;
    let frame = SamplingFrame::read(&bytes, &design)?;
    let time = median(runs, |seed| Ok(draw(&frame, &design, seed)?))?;
    let sample = draw(&frame, &design, 1)?;
    let count = |role| sample.units_of(role).count();
    println!(
        "read {:.1} MB: {read:.1} ms; draw of {} main and {} reserve units: {time:.1} ms; peak {} MB",
        bytes.len() as f64 / 1e6,
        count(Role::Main),
        count(Role::Reserve),
        peak_megabytes()
    );
    Ok(())
}

/// A frame of districts of 250 communes of 10 villages.
fn read(rows: usize) -> Outcome {
    let design = SampleDesign::from_toml(
        r#"
        name = "speed"
        [[level]]
        name = "district"
        code = "district"
        label = "district_name"
        [[level]]
        name = "commune"
        code = "commune"
        label = "commune_name"
        [[level]]
        name = "village"
        code = "village"
        label = "village_name"
        [[stage]]
        level = "district"
        n = 2
        method = "pps_systematic"
        size = "households"
        "#,
    )?;
    let mut text = "district,district_name,commune,commune_name,village,village_name,households\n".to_owned();
    for (row, size) in skewed_sizes(rows).into_iter().enumerate() {
        let (district, commune) = (row / 2_500, row / 10);
        writeln!(text, "{district},Huyện số {district},{commune},Xã Ngô Quyền {commune},{row},Thôn Đông {row},{size}")?;
    }
    let before = peak_megabytes();
    let time = median(3, |_| Ok(SamplingFrame::read(text.as_bytes(), &design)?))?;
    let megabytes = text.len() as f64 / 1e6;
    println!("read {rows} rows, {megabytes:.0} MB: {time:.0} ms; peak {} MB, {before} MB before", peak_megabytes());
    Ok(())
}

/// One job on the frame that other programs get too.
fn frame(folder: &str, population: usize, job: &str, n: u64, runs: usize) -> Outcome {
    let sizes: Vec<u64> = numbers(&format!("{folder}/sizes_{population}.f64"), |bytes: [u8; 8]| {
        // Whole sizes below 2^53.
        f64::from_le_bytes(bytes) as u64
    })?;
    let time = if job == "national" {
        let codes = numbers(&format!("{folder}/strata_{population}.i32"), i32::from_le_bytes)?;
        national(&sizes, &codes, runs)?
    } else {
        one_group(SelectionMethod::of_name(job).ok_or(USAGE)?, &sizes, n, runs)?
    };
    println!("khaosat\t{}\t{job}\t{population}\t{n}\t{time:.2}\t{}", sampling::PROGRAM_VERSION, peak_megabytes());
    Ok(())
}

fn numbers<T, const N: usize>(file: &str, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Box<dyn Error>> {
    let bytes = std::fs::read(file)?;
    Ok(bytes.chunks_exact(N).filter_map(|chunk| chunk.try_into().ok()).map(number).collect())
}
