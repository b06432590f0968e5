//! Trimming: extreme weights cut, the excess given to the others.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::WeightStep;
use super::step::{check_weights, summarize, wrong_length};

const MAX_ROUNDS: usize = 10_000;

/// Between which limits weights must lie afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrimLimits {
    /// Smallest weight allowed for a unit that has one.
    pub lower: f64,
    /// Largest weight allowed.
    pub upper: f64,
    /// Repeat until no weight lies outside. Without it one round is made, after which a weight near a limit may lie beyond it by
    /// its share of the excess.
    pub strict: bool,
}

/// Cuts weights to the limits and adds what was cut in equal parts to the weights of the cell that lay inside them.
///
/// # Formula
/// In a cell, with `w̃ = min(max(w, L), U)`: weights outside become w̃; to each weight inside is added `Σ (w − w̃) / #inside`. Strict:
/// repeated until no weight lies outside. Sums of cells stay as they are.
///
/// # Source
/// Potter (1990), Proc. ASA Survey Research Methods, 225–230; the rule of R `survey::trimWeights` (there zero weights take part;
/// here they are no weights and stay zero).
///
/// # Limits
/// Trades bias for variance; afterwards calibrated totals are no longer met exactly, so trimming comes with the distance it causes
/// in the report of the cells, or is followed by another calibration.
///
/// # Errors
/// `weight_value`, `weight_length`, `trim_limits` when they are not numbers with 0 ≤ lower < upper, `trim_infeasible` when the sum of a
/// cell cannot be kept between the limits, or nobody is left inside to take the excess.
///
/// Checked: `tests/weighting.rs::trimming_follows_the_rule_of_r_and_keeps_the_sum`, `strict_trimming_ends_inside_the_limits`.
pub fn trim(name: &str, weights: &[f64], limits: TrimLimits, cells: Option<&[String]>) -> Result<WeightStep, Problems> {
    check_weights(weights)?;
    let mut problems = Problems::none();
    let usable = limits.lower >= 0.0 && limits.upper > limits.lower;
    if !usable {
        problems.push(
            Problem::new("trim_limits", "giới hạn cắt trọng số không hợp lệ", "the trimming limits are not usable")
                .expected("0 <= lower < upper")
                .got((
                    format!("dưới {}, trên {}", limits.lower, limits.upper),
                    format!("lower {}, upper {}", limits.lower, limits.upper),
                )),
        );
    }
    if let Some(cells) = cells.filter(|cells| cells.len() != weights.len()) {
        problems.push(wrong_length("cells", weights.len(), cells.len()));
    }
    problems.into_result(())?;
    let mut rows_of_cell: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in (0..weights.len()).filter(|&row| weights[row] > 0.0) {
        rows_of_cell.entry(cells.map_or("", |cells| cells[row].as_str())).or_default().push(row);
    }
    let mut trimmed = weights.to_vec();
    let mut problems = Problems::none();
    for (cell, rows) in &rows_of_cell {
        problems.extend(trim_cell(name, cell, rows, limits, &mut trimmed).err());
    }
    problems.into_result(())?;
    let label = |row: usize| cells.map(|cells| cells[row].as_str());
    let cells = summarize(label, weights, &trimmed);
    Ok(WeightStep::new(name, weights, trimmed, cells, None)?)
}

fn trim_cell(name: &str, cell: &str, rows: &[usize], limits: TrimLimits, weights: &mut [f64]) -> Result<(), Problem> {
    let outside = |weight: f64| weight < limits.lower || weight > limits.upper;
    let n = rows.len() as f64;
    let sum: f64 = rows.iter().map(|&row| weights[row]).sum();
    if limits.strict && (sum > n * limits.upper || sum < n * limits.lower) {
        return Err(infeasible(name, cell, sum / n, limits));
    }
    for _ in 0..MAX_ROUNDS {
        let (mut excess, mut n_inside) = (0.0, 0_usize);
        for &row in rows {
            if outside(weights[row]) {
                excess += weights[row] - weights[row].clamp(limits.lower, limits.upper);
            } else {
                n_inside += 1;
            }
        }
        if n_inside == rows.len() {
            return Ok(());
        }
        if n_inside == 0 {
            return Err(infeasible(name, cell, sum / n, limits));
        }
        let share = excess / n_inside as f64;
        for &row in rows {
            weights[row] = if outside(weights[row]) {
                weights[row].clamp(limits.lower, limits.upper)
            } else {
                weights[row] + share
            };
        }
        if !limits.strict {
            return Ok(());
        }
    }
    // What is left after so many rounds is rounding, or else the limits are as good as met by nobody.
    Err(infeasible(name, cell, sum / n, limits))
}

fn infeasible(name: &str, cell: &str, mean: f64, limits: TrimLimits) -> Problem {
    let (of_vi, of_en) = if cell.is_empty() {
        (String::new(), String::new())
    } else {
        (format!(" của ô {cell}"), format!(" of cell {cell}"))
    };
    Problem::new(
        "trim_infeasible",
        format!("bước {name}: không thể giữ tổng trọng số{of_vi} trong giới hạn này"),
        format!("step {name}: the sum of the weights{of_en} cannot be kept between these limits"),
    )
    .at(Place::column(cell))
    .expected((
        format!("giới hạn nằm hai bên quyền số trung bình {mean}"),
        format!("limits around the mean weight {mean}"),
    ))
    .got((
        format!("dưới {}, trên {}", limits.lower, limits.upper),
        format!("lower {}, upper {}", limits.lower, limits.upper),
    ))
    .hint("nới giới hạn, hoặc gộp ô", "widen the limits, or merge cells")
}
