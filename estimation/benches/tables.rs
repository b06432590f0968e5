//! How fast tables of estimates are made: `cargo bench -p khaosat-estimation --bench tables -- [JOB…]`.
//!
//! Jobs: `national` (20,160 rows × 120 items by 126 domains), `million` (1,008,000 × 20 by 126), `ten-million` (10,080,000 × 4
//! means), `province` (240 × 120). Data are made here with a fixed seed in the shape of a national survey: 63 provinces, 4
//! districts each, one of them with certainty, 8 % of the answers missing. Each job binds the design to the columns and carries the
//! whole request out; printed are the median of five runs, the processor time
//! of all threads (what counts on a busy machine) and the largest memory of the process. `-- write DIR [JOB…]` writes the
//! same data as Parquet for the peers' scripts in `benches/peers`; `-- stream FILE` estimates q1 to q4 by province and sex from a
//! Parquet file of any length, part after part.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]

mod common;

use std::hint::black_box;
use std::time::Instant;

use common::Random;
use estimation::read::Parquet;
use estimation::request::{Entry, Request};
use estimation::table::{Cells, Column, Table};
use polars::prelude::{DataFrame, Float64Chunked, IntoColumn};

/// Roughly normal: the sum of 12 uniform numbers less 6.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.next()).sum::<f64>() - 6.0
}

/// `villages` a commune, `households` a village, in so many provinces of 4 districts of 2 communes.
fn survey(provinces: usize, villages: usize, households: usize, items: usize, seed: u64) -> Table {
    let mut random = Random(seed);
    let n_rows = provinces * 8 * villages * households;
    let commune = |row: usize| row / (villages * households);
    let district = |row: usize| commune(row) / 2;
    let is_capital = |row: usize| district(row).is_multiple_of(4);
    let column = |value: &dyn Fn(usize) -> usize| Column::numeric((0..n_rows).map(|row| value(row) as f64).collect());
    let mut table = Table::new();
    let mut insert = |name: String, column: Column| table.insert(name, column).unwrap();
    insert("province".into(), column(&|row| district(row) / 4));
    insert("strat".into(), column(&|row| district(row) / 4 * 2 + usize::from(!is_capital(row))));
    insert("psu".into(), column(&|row| if is_capital(row) { commune(row) } else { 100_000 + district(row) }));
    insert("sex".into(), Column::numeric((0..n_rows).map(|_| (2.0 * random.next()).floor()).collect()));
    let of_village: Vec<f64> = (0..n_rows / households).map(|_| (6.5 + 0.8 * normal(&mut random)).exp()).collect();
    insert("w".into(), Column::numeric((0..n_rows).map(|row| of_village[row / households]).collect()));
    for item in 0..items {
        let effect: Vec<f64> = (0..n_rows / households).map(|_| 0.4 * normal(&mut random)).collect();
        let missing = 0.08 * (0.2 + 1.6 * ((item * 7 % 10) as f64) / 9.0);
        let mut answer = |row: usize| {
            let score = (3.0 + effect[row / households] + normal(&mut random)).round().clamp(1.0, 5.0);
            if random.next() < missing { f64::NAN } else { score }
        };
        insert(format!("q{}", item + 1), Column::numeric((0..n_rows).map(&mut answer).collect()));
    }
    table
}

fn request(items: usize, by: &str) -> Request {
    let names: Vec<String> = (1..=items).map(|item| format!("\"q{item}\"")).collect();
    Request::parse(&format!(
        r#"{{"data": "", "design": {{"ids": "psu", "strata": "strat", "weights": "w"}},
        "estimand": {{"kind": "mean", "vars": [{}], "by": {by}, "deff": true}}}}"#,
        names.join(",")
    ))
    .unwrap()
}

/// The process's largest memory so far, in MB, where the system tells.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).map_or(f64::NAN, |kb: f64| kb / 1024.0)
}

/// Processor time of all threads so far, in seconds, where the system tells (in ticks of 1/100 s).
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<f64> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().flat_map(str::parse).collect();
    // After the name and the state (no number): user and system time are the 14th and 15th field.
    if fields.len() > 13 { (fields[10] + fields[11]) / 100.0 } else { f64::NAN }
}

fn measure(name: &str, table: &Table, requests: &[Request]) {
    let data = peak();
    let mut seconds = Vec::new();
    let mut n_estimates = 0;
    let busy = processor();
    for _ in 0..5 {
        let start = Instant::now();
        n_estimates = requests.iter().map(|request| black_box(request.run(table).unwrap()).estimates.len()).sum();
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    println!(
        "{name}: {n_estimates} estimates, median {:.4} s {seconds:.4?}, processor {:.3} s a run, peak {:.0} MB, with the data alone {data:.0} MB",
        seconds[2],
        (processor() - busy) / 5.0,
        peak()
    );
}

/// The numbers of the national file's first estimates, to be compared with the peers'.
fn show(table: &Table) {
    let answer = request(120, "[\"province\", \"sex\"]").run(table).unwrap();
    for entry in answer.estimates.iter().take(2) {
        if let Entry::Estimate(row) = entry {
            println!(
                "  {:?} {}: est {:.12} se {:.12} df {:?}",
                row.domain,
                row.name,
                row.est.unwrap(),
                row.se.unwrap(),
                row.df
            );
        }
    }
}

fn write(folder: &str, name: &str, table: &Table) {
    let columns = table.names().map(|name| match &table.get(name).unwrap().cells {
        Cells::Numeric(values) => {
            let gaps: Float64Chunked = values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect();
            gaps.with_name(name.into()).into_column()
        }
        Cells::Categorical { .. } => unreachable!("all columns are numeric"),
    });
    let mut frame = DataFrame::new_infer_height(columns.collect()).unwrap();
    let file = std::fs::File::create(format!("{folder}/{name}.parquet")).unwrap();
    polars_io::prelude::ParquetWriter::new(file).finish(&mut frame).unwrap();
}

/// Means of four items by province and sex, from a file that need not fit into memory.
fn stream(path: &str) {
    let (start, busy) = (Instant::now(), processor());
    let request = request(4, r#"["province", "sex"]"#);
    let mut stream = request.stream().unwrap();
    let mut parquet = Parquet::new(std::fs::File::open(path).unwrap(), path).unwrap();
    parquet.parts(&request.columns().unwrap_or_default(), |rows| stream.add(rows)).unwrap();
    let answer = stream.finish().unwrap();
    println!(
        "{} rows, {} estimates: {:.1} s, processor {:.1} s, peak {:.0} MB",
        answer.design.n_rows,
        answer.estimates.len(),
        start.elapsed().as_secs_f64(),
        processor() - busy,
        peak()
    );
}

fn main() {
    let mut asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [task, path] = &asked[..]
        && task == "stream"
    {
        return stream(path);
    }
    let folder = (asked.first().map(String::as_str) == Some("write")).then(|| asked.drain(..2).nth(1).unwrap());
    let all = r#"[]"#;
    let cells = r#"["province", "sex"]"#;
    let jobs = [
        ("province", (1, 2, 15, 120), vec![("everyone and by sex", vec![all, r#"["sex"]"#])]),
        ("national", (63, 2, 20, 120), vec![("everyone", vec![all]), ("by 126 domains", vec![cells])]),
        ("million", (63, 20, 100, 20), vec![("everyone", vec![all]), ("by 126 domains", vec![cells])]),
        ("ten-million", (63, 100, 200, 4), vec![("everyone", vec![all])]),
    ];
    for (seed, (name, (provinces, villages, households, items), tasks)) in (1..).zip(jobs) {
        if !asked.is_empty() && !asked.iter().any(|other| other == name) {
            continue;
        }
        let table = survey(provinces, villages, households, items, seed);
        if let Some(folder) = &folder {
            write(folder, name, &table);
            continue;
        }
        for (task, by) in tasks {
            let requests: Vec<Request> = by.into_iter().map(|by| request(items, by)).collect();
            measure(&format!("{name}, {} x {items}, {task}", table.n_rows()), &table, &requests);
        }
        if name == "national" {
            show(&table);
        }
    }
}
