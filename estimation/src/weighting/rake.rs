//! Raking: several margins met at once, by iterative proportional fitting.

use problem::{Place, Problem, Problems};

use super::step::{check_weights, summarize};
use super::{Convergence, Margin, WeightStep};

/// A margin counts as met at this relative distance.
const MET: f64 = 1e-11;
const MAX_SWEEPS: usize = 2000;
/// Totals of two margins that differ by more than this cannot be met together.
const SAME_TOTAL: f64 = 1e-9;

/// Poststratifies to each margin in turn until all are met.
///
/// # Formula
/// Sweep over the margins m = 1…M: `w ← w · N_{m,c} / Σ_{i∈c} w`, until every cell of every margin is within 10⁻¹¹ of its count.
/// The result is the nearest to the old weights in the raking-ratio distance (Deville, Särndal and Sautory 1993).
///
/// # Source
/// Deming and Stephan (1940), Ann. Math. Stat. 11, 427–444; Deville, Särndal and Sautory (1993), JASA 88, 1013–1020.
///
/// # Limits
/// Meets margins only, not their crossing. Empty crossings can make it impossible: then it does not converge, and says so.
///
/// # Errors
/// `weight_value`, `weight_length`, `margin_missing_value`, `margin_empty_cell`, `rake_no_margin`, `rake_totals_differ` when margins
/// disagree on the size of the population, all at once; `rake_not_converged`.
///
/// Checked: `tests/against_r.rs` (`apiclus1_rake`), `tests/weighting.rs::raking_is_calibration_with_the_raking_distance`,
/// `raking_on_one_margin_is_poststratification`.
pub fn rake(name: &str, weights: &[f64], margins: &[Margin]) -> Result<WeightStep, Problems> {
    check_weights(weights)?;
    let mut problems = Problems::none();
    margins.iter().for_each(|margin| margin.check(weights, &mut problems));
    totals_agree(margins, &mut problems);
    problems.into_result(())?;
    let mut adjusted = weights.to_vec();
    let (mut iterations, mut largest_gap) = (0, f64::INFINITY);
    while largest_gap > MET && iterations < MAX_SWEEPS {
        margins.iter().for_each(|margin| margin.scale(&mut adjusted));
        largest_gap = margins.iter().map(|margin| margin.gap(&adjusted)).fold(0.0, f64::max);
        iterations += 1;
    }
    if largest_gap > MET {
        return Err(not_converged(name, iterations, margins, &adjusted).into());
    }
    let cells = margins
        .iter()
        .flat_map(|margin| {
            let cells = summarize(|row| margin.label_of_row(row), weights, &adjusted);
            cells
                .into_iter()
                .map(|cell| super::CellAdjustment { cell: format!("{}={}", margin.name, cell.cell), ..cell })
        })
        .collect();
    Ok(WeightStep::new(name, weights, adjusted, cells, Some(Convergence { iterations, largest_gap }))?)
}

fn totals_agree(margins: &[Margin], problems: &mut Problems) {
    let Some(first) = margins.first() else {
        problems.push(Problem::new("rake_no_margin", "không có biên nào", "there is no margin"));
        return;
    };
    for margin in margins.iter().filter(|margin| (margin.total() / first.total() - 1.0).abs() > SAME_TOTAL) {
        problems.push(
            Problem::new(
                "rake_totals_differ",
                format!("tổng của biên {} khác tổng của biên {}", margin.name, first.name),
                format!("margin {} sums to another total than margin {}", margin.name, first.name),
            )
            .at(Place::column(margin.name.as_str()))
            .expected(first.total().to_string())
            .got(margin.total().to_string())
            .hint(
                "dùng các biên của cùng một tổng thể; nếu chỉ lệch do làm tròn thì chỉnh cho khớp trước",
                "use margins of one population; if they differ by rounding only, scale them to agree first",
            ),
        );
    }
}

fn not_converged(name: &str, iterations: usize, margins: &[Margin], weights: &[f64]) -> Problem {
    let worst = margins.iter().max_by(|a, b| a.gap(weights).total_cmp(&b.gap(weights)));
    let (margin, gap) = worst.map_or(("", f64::NAN), |margin| (margin.name.as_str(), margin.gap(weights)));
    Problem::new(
        "rake_not_converged",
        format!("bước {name}: sau {iterations} vòng vẫn chưa khớp mọi biên"),
        format!("step {name}: the margins are not met together after {iterations} sweeps"),
    )
    .at(Place::column(margin))
    .expected(("mỗi ô lệch không quá 1e-11 so với số đếm", "every cell within 1e-11 of its count"))
    .got((format!("độ lệch tương đối {gap:.1e}"), format!("a relative distance of {gap:.1e}")))
    .hint(
        "có lẽ một số ô chéo trống khiến các biên mâu thuẫn; hãy gộp ô",
        "empty crossings probably make the margins contradict each other; merge cells",
    )
}
