//! How long 500 Rao–Wu replicates and 120 means take on a survey of 63 provinces: 20,160 rows, about 8 % of answers missing.
//!
//! `cargo bench -p khaosat-estimation --bench replicates`
//!
//! Figures: `docs/methods/replication.md`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot run must stop")]

mod common;

use std::time::Instant;

use common::Random;
use estimation::replication::{Method, ReplicateWeights};
use estimation::request::Request;
use estimation::table::{Column, Table};
use estimation::weighting::{Adjustment, Margin, WeightSet};
use estimation::{DesignColumns, EstimationDesign};

const N_ROWS: usize = 20_160;
const N_ITEMS: usize = 120;
const N_REPLICATES: usize = 500;

/// Runs `n` times and says the shortest time in milliseconds.
fn best<T>(what: &str, n: usize, mut run: impl FnMut() -> T) -> T {
    let mut shortest = f64::INFINITY;
    let mut result = None;
    for _ in 0..n {
        let start = Instant::now();
        result = Some(run());
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    println!("{what}: {:.1} ms (best of {n})", shortest * 1e3);
    result.unwrap()
}

fn main() {
    let mut random = Random(1);
    // Province: 4 districts × 2 communes × 2 villages × 20; the communes of the first district and the other districts are the PSUs.
    let place = |row: usize| (row / 320, row / 80 % 4, row / 40 % 2);
    let stratum = (0..N_ROWS).map(|row| (place(row).0 * 2 + usize::from(place(row).1 > 0)) as f64).collect();
    let psu = |row: usize| {
        let (province, district, commune) = place(row);
        (province * 100 + if district == 0 { commune } else { 10 + district }) as f64
    };
    let psu = Column::numeric((0..N_ROWS).map(psu).collect());
    let stratum = Column::numeric(stratum);
    let weights: Vec<f64> = (0..N_ROWS).map(|_| 200.0 + 1000.0 * random.next()).collect();
    let items: Vec<Vec<f64>> = (0..N_ITEMS)
        .map(|_| {
            let mut answer = || if random.next() < 0.08 { f64::NAN } else { (1.0 + 5.0 * random.next()).floor() };
            (0..N_ROWS).map(|_| answer()).collect()
        })
        .collect();
    let columns = DesignColumns {
        ids: vec![("psu", &psu)],
        strata: vec![("stratum", &stratum)],
        weights: Some(("w", &weights)),
        ..DesignColumns::new(N_ROWS)
    };
    let design = EstimationDesign::new(&columns).unwrap();
    let method = Method::RaoWu { n_draws: None, n_replicates: N_REPLICATES, seed: 1 };
    let made = best("make 500 Rao-Wu replicates", 3, || ReplicateWeights::make(&design, &columns, &method).unwrap());
    let errors = |weights: &ReplicateWeights| -> f64 {
        let of = |y: &Vec<f64>| {
            let mean = weights.mean("item", y, None).unwrap();
            weights.covariance(&[&mean]).unwrap().standard_error(0).unwrap()
        };
        items.iter().map(of).sum()
    };
    let sum = best("120 means with their standard errors", 3, || errors(&made));
    println!("mean standard error {:.6}, df {}", sum / N_ITEMS as f64, made.degrees_of_freedom());
    best("all of it as a request", 3, || as_request(&psu, &stratum, &weights, &items));
    let sex: Vec<Option<String>> = (0..N_ROWS).map(|row| Some((row % 2).to_string())).collect();
    let counts = [("0".to_owned(), 7e6), ("1".to_owned(), 7e6)];
    let step = Adjustment::Poststratify(Margin::new("sex", &sex, &counts).unwrap());
    let set = best("poststratify full weights and 500 replicates", 1, || {
        WeightSet::new(&weights, Some(made.clone())).unwrap().apply("poststratify", &step).unwrap()
    });
    best("120 means from poststratified replicates", 1, || errors(set.replicates().unwrap()));
}

/// Replicates made and 120 means from them, as a user asks for them.
fn as_request(psu: &Column, stratum: &Column, weights: &[f64], items: &[Vec<f64>]) -> usize {
    let mut table = Table::new();
    let mut insert = |name: &str, column: Column| table.insert(name.to_owned(), column).unwrap();
    insert("psu", psu.clone());
    insert("stratum", stratum.clone());
    insert("w", Column::numeric(weights.to_vec()));
    let names: Vec<String> = (0..items.len()).map(|item| format!("q{item}")).collect();
    names.iter().zip(items).for_each(|(name, item)| insert(name, Column::numeric(item.clone())));
    let request = serde_json::json!({
        "data": "",
        "design": {"ids": "psu", "strata": "stratum", "weights": "w",
            "replicates": {"type": "rao_wu", "n_rep": N_REPLICATES, "seed": 1}},
        "estimand": {"kind": "mean", "vars": names}
    });
    Request::parse(&request.to_string()).unwrap().run(&table).unwrap().estimates.len()
}
