//! Many samples from a known population: do the intervals hold the truth as often as they say?

use estimation::Scores;
use estimation::table::{Cells, Column, Table};
use reports::index::{estimate_index, linearize_index};

use crate::scene::{Numbers, Scene, TWO_DIMENSIONS, definition};

/// A population of two strata of 40 villages of 12 people, whose villages differ.
fn population() -> (Scene, Table) {
    let scene = Scene { weights: vec![1.0; 960], ..Scene::new(40, 12, 1) };
    let mut numbers = Numbers(71);
    let mut levels = Vec::new();
    for _ in 0..80 {
        levels.push(2 + numbers.below(7));
    }
    let mut table = Table::new();
    let mut answer = |row: usize, shift: u64| numbers.below(10) < levels[(row / 12) % 80].saturating_sub(shift);
    let (mut qa, mut qb, mut qd) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..960 {
        qa.push(Some(if answer(row, 0) { "1" } else { "0" }));
        qb.push(1.0 + (0..4).map(|_| f64::from(u8::from(answer(row, 1)))).sum::<f64>());
        qd.push(if answer(row, 1) {
            Some("1")
        } else if answer(row, 0) {
            Some("0")
        } else {
            None
        });
    }
    table.insert("qa", Column::categorical(&qa)).expect("a column");
    table.insert("qb", Column::numeric(qb)).expect("a column");
    table.insert("qd", Column::categorical(&qd)).expect("a column");
    (scene, table)
}

/// The same answers in the rows of a sample.
fn rows_of(table: &Table, rows: &[usize]) -> Table {
    let mut taken = Table::new();
    for name in ["qa", "qb", "qd"] {
        let column = match &table.get(name).expect("a column").cells {
            Cells::Numeric(values) => Column::numeric(rows.iter().map(|row| values[*row]).collect()),
            Cells::Categorical { codes, labels } => {
                Column::categorical(&rows.iter().map(|row| labels.get(codes[*row] as usize)).collect::<Vec<_>>())
            }
        };
        taken.insert(name, column).expect("a column");
    }
    taken
}

#[test]
fn intervals_of_the_total_hold_the_truth_about_as_often_as_they_say() {
    let (population, answers) = population();
    let small = definition(TWO_DIMENSIONS);
    let truth = linearize_index(&small, &population.design(), &answers, None).expect("an index");
    let truth = truth.scores("total").and_then(Scores::estimate).expect("a total");
    let mut numbers = Numbers(72);
    let (mut covered, mut squares, mut variances) = (0_u32, 0.0, 0.0);
    const SAMPLES: u32 = 500;
    for _ in 0..SAMPLES {
        // Ten villages a stratum, drawn with replacement, everybody in them: the design that the operator assumes.
        let (mut rows, mut stratum, mut psu) = (Vec::new(), Vec::new(), Vec::new());
        for draw in 0..20 {
            let village = (draw / 10) * 40 + numbers.below(40) as usize;
            for person in 0..12 {
                rows.push(village * 12 + person);
                stratum.push((draw / 10) as f64);
                psu.push(draw as f64);
            }
        }
        let sample = Scene { stratum, psu, weights: vec![4.0; rows.len()] };
        let estimates = estimate_index(&small, &sample.design(), &rows_of(&answers, &rows), 0.95).expect("estimates");
        let total = estimates.score("total").and_then(|node| node.estimate.clone()).expect("an estimate");
        let interval = total.interval.expect("an interval");
        covered += u32::from(interval.lower <= truth && truth <= interval.upper);
        squares += (total.estimate.expect("a value") - truth).powi(2);
        variances += total.standard_error.expect("an error").powi(2);
    }
    let coverage = f64::from(covered) / f64::from(SAMPLES);
    println!("coverage {coverage}, mean variance over mean squared error {}", variances / squares);
    assert!((0.92..=0.98).contains(&coverage), "{coverage}");
    assert!((0.85..=1.18).contains(&(variances / squares)), "{}", variances / squares);
}
