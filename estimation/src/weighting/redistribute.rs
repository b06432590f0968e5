//! Moving weight from units that did not answer to units that did, within cells.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::step::{bad_weight, wrong_length};
use super::{CellAdjustment, WeightStep};

/// Sets the weights of the units in `reduce` to zero and raises those in `increase` so that every cell keeps its sum.
///
/// One act serves two steps: unknown eligibility (reduce: unknown; increase: known) and nonresponse (reduce: eligible
/// nonrespondents; increase: respondents). Units in neither class keep their weight.
///
/// # Formula
/// In cell c, for units to increase: `w' = w · (Σ_reduce w + Σ_increase w) / Σ_increase w`; for units to reduce: `w' = 0`.
///
/// # Source
/// Valliant, Dever, Kreuter (2018), *Practical Tools for Designing and Weighting Survey Samples*, §13.4–13.5 (weighting
/// class adjustment).
///
/// # Limits
/// Removes nonresponse bias only as far as answering and the answers are unrelated within a cell.
///
/// # Errors
/// `weight_length` when the slices differ in length, `weight_value` for a negative or non-finite weight, `weight_class`
/// for a unit in both classes, `weight_empty_cell` for a cell with weight to move and nobody to receive it, all at once.
///
/// Checked: `every_cell_keeps_its_sum`, `a_cell_without_receivers_is_told_not_dropped`, `untouched_units_keep_their_weight`.
pub fn redistribute(
    name: &str,
    weights: &[f64],
    cells: &[String],
    reduce: &[bool],
    increase: &[bool],
) -> Result<WeightStep, Problems> {
    check(weights, cells, reduce, increase)?;
    let mut sums: BTreeMap<&str, Cell> = BTreeMap::new();
    for row in 0..weights.len() {
        let cell = sums.entry(cells[row].as_str()).or_default();
        if reduce[row] {
            cell.n_reduced += 1;
            cell.reduced += weights[row];
        } else if increase[row] {
            cell.n_increased += 1;
            cell.increased += weights[row];
        } else {
            cell.untouched += weights[row];
        }
    }
    let mut problems = Problems::none();
    for (label, cell) in sums.iter().filter(|(_, cell)| cell.reduced > 0.0 && cell.increased <= 0.0) {
        problems.push(empty_cell(name, label, cell));
    }
    let adjusted: Vec<f64> = (0..weights.len())
        .map(|row| match (reduce[row], increase[row]) {
            (true, _) => 0.0,
            (false, true) => weights[row] * sums[cells[row].as_str()].factor(),
            (false, false) => weights[row],
        })
        .collect();
    let cells = sums
        .iter()
        .map(|(label, cell)| CellAdjustment {
            cell: (*label).to_owned(),
            n_reduced: cell.n_reduced,
            n_increased: cell.n_increased,
            sum_before: cell.reduced + cell.increased + cell.untouched,
            sum_after: cell.increased * cell.factor() + cell.untouched,
            factor: cell.factor(),
        })
        .collect();
    match WeightStep::new(name, weights, adjusted, cells, None) {
        Ok(step) => problems.into_result(step),
        Err(problem) => {
            problems.push(problem);
            Err(problems)
        }
    }
}

#[derive(Default)]
struct Cell {
    n_reduced: usize,
    n_increased: usize,
    reduced: f64,
    increased: f64,
    untouched: f64,
}

impl Cell {
    /// 1 where nothing moves, so that a cell of unadjusted units is left alone.
    fn factor(&self) -> f64 {
        if self.increased > 0.0 { (self.reduced + self.increased) / self.increased } else { 1.0 }
    }
}

fn check(weights: &[f64], cells: &[String], reduce: &[bool], increase: &[bool]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for (what, length) in [("cells", cells.len()), ("reduce", reduce.len()), ("increase", increase.len())] {
        if length != weights.len() {
            problems.push(wrong_length(what, weights.len(), length));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    for (row, &weight) in weights.iter().enumerate() {
        if !weight.is_finite() || weight < 0.0 {
            problems.push(bad_weight(row, weight));
        }
        if reduce[row] && increase[row] {
            problems.push(
                Problem::new(
                    "weight_class",
                    "đơn vị vừa giảm vừa tăng trọng số",
                    "a unit is to be reduced and increased at once",
                )
                .at(Place::row(row + 1)),
            );
        }
    }
    problems.into_result(())
}

fn empty_cell(step: &str, label: &str, cell: &Cell) -> Problem {
    Problem::new(
        "weight_empty_cell",
        format!(
            "bước {step}: ô {label} có {} đơn vị phải nhường trọng số nhưng không có đơn vị nào nhận",
            cell.n_reduced
        ),
        format!(
            "step {step}: cell {label} has {} units to give their weight away and nobody to receive it",
            cell.n_reduced
        ),
    )
    .hint("gộp ô này với ô bên cạnh", "merge this cell with a neighbour")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(labels: &[&str]) -> Vec<String> {
        labels.iter().map(|label| (*label).to_owned()).collect()
    }

    #[test]
    fn every_cell_keeps_its_sum() {
        let weights = [10.0, 20.0, 30.0, 5.0, 7.0];
        let cells = cells(&["a", "a", "a", "b", "b"]);
        let reduce = [true, false, false, false, true];
        let increase = [false, true, true, true, false];
        let step = redistribute("nonresponse", &weights, &cells, &reduce, &increase).expect("valid");
        assert_eq!(step.weights[0], 0.0);
        assert!((step.weights[..3].iter().sum::<f64>() - 60.0).abs() < 1e-12);
        assert!((step.weights[3] - 12.0).abs() < 1e-12);
        assert!((step.weights[1] / step.weights[2] - 20.0 / 30.0).abs() < 1e-15, "shares inside the cell stay");
        assert!((step.cells[0].factor - 1.2).abs() < 1e-15);
    }

    #[test]
    fn untouched_units_keep_their_weight() {
        let step = redistribute("x", &[3.0, 4.0, 5.0], &cells(&["a"; 3]), &[true, false, false], &[false, true, false])
            .expect("valid");
        assert_eq!(step.weights, [0.0, 7.0, 5.0]);
    }

    #[test]
    fn a_cell_without_receivers_is_told_not_dropped() {
        let told =
            redistribute("x", &[3.0, 4.0], &cells(&["a", "b"]), &[true, false], &[false, true]).expect_err("empty");
        assert_eq!(told.0[0].code, "weight_empty_cell");
    }

    #[test]
    fn all_bad_rows_are_told_at_once() {
        let told =
            redistribute("x", &[f64::NAN, -1.0, 1.0], &cells(&["a"; 3]), &[false, false, true], &[false, false, true])
                .expect_err("three problems");
        assert_eq!(told.len(), 3);
    }
}
