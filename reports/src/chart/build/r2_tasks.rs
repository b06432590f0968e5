//! R2: every task of the plan with its reports, quarter by quarter, under the agency that leads it.

use problem::{Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::r1_targets::PlanMetadata;
use super::{Look, say};
use crate::chart::check::checked;
use crate::chart::{ChartSpec, Figure, MatrixCell, MatrixPlot, MatrixRow, Plot, SmallCellRule};
use crate::vietnamese::nfc;

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTask {
    /// Its number in the plan.
    pub no: u32,
    /// Who leads it.
    pub lead: Words,
    /// What is to be done.
    pub name: Words,
    /// The four quarters.
    pub quarters: [MatrixCell; 4],
    /// The dimensions of PAPI that it serves.
    pub dimensions: Vec<String>,
}

/// What R2 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFigure {
    /// What the plan's figures share.
    pub metadata: PlanMetadata,
    /// The tasks in the order of the figure; those of one agency stand together.
    pub tasks: Vec<PlanTask>,
    /// The quarter that the title speaks of, 1 to 4.
    pub quarter: usize,
}

const ROMAN: [&str; 4] = ["I", "II", "III", "IV"];

/// The Roman name of a quarter, 1 to 4.
pub(super) fn quarter_name(quarter: usize) -> &'static str {
    ROMAN[quarter.clamp(1, 4) - 1]
}

/// Builds R2. The title says how many tasks were reported in the quarter.
///
/// # Errors
/// All that is wrong with the rows.
pub fn r2_tasks(figure: &TaskFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let column = figure.quarter.clamp(1, 4) - 1;
    let of = |test: fn(MatrixCell) -> bool| figure.tasks.iter().filter(|task| test(task.quarters[column])).count();
    let due = of(|cell| cell != MatrixCell::NotDue);
    let reported = of(|cell| matches!(cell, MatrixCell::Complete | MatrixCell::Partial));
    let quarter = quarter_name(figure.quarter);
    let title = if due == 0 {
        say(
            language,
            format!("Không nhiệm vụ nào phải báo cáo quý {quarter}"),
            format!("No task is to be reported in quarter {quarter}"),
        )
    } else {
        say(
            language,
            format!("{reported} trong {due} nhiệm vụ có báo cáo quý {quarter}"),
            format!("{reported} of {due} tasks were reported for quarter {quarter}"),
        )
    };
    let unit = metadata.unit.in_language(language);
    let rows = figure.tasks.iter().map(|task| MatrixRow {
        id: task.no.to_string(),
        group: nfc(task.lead.in_language(language)),
        label: nfc(task.name.in_language(language)),
        cells: task.quarters.to_vec(),
        tag: dimensions(&task.dimensions),
    });
    checked(&ChartSpec {
        figure: Figure::R2,
        language,
        size: look.size,
        title,
        subtitle: nfc(&say(
            language,
            format!("{} nhiệm vụ của kế hoạch theo cơ quan chủ trì, {unit}, năm {}", figure.tasks.len(), metadata.year),
            format!("{} tasks of the plan by leading agency, {unit}, {}", figure.tasks.len(), metadata.year),
        )),
        plot: Plot::Matrix(MatrixPlot {
            label_heading: say(language, "Nhiệm vụ", "Task"),
            columns: ROMAN.map(|quarter| say(language, format!("Quý {quarter}"), format!("Q {quarter}"))).to_vec(),
            tag_heading: say(language, "Trục PAPI (suy ra)", "PAPI (inferred)"),
            rows: rows.collect(),
            total_label: say(language, "Có báo cáo / phải báo cáo", "Reported / due"),
        }),
        note: metadata.note(language),
        small_cells: SmallCellRule::default(),
        draft: false,
        file_stem: metadata.file_stem(Figure::R2),
    })
}

/// `1, 3`; all eight are `1–8`.
fn dimensions(codes: &[String]) -> String {
    let all: Vec<String> = (1..=8).map(|number: u32| number.to_string()).collect();
    if codes == all { "1–8".to_owned() } else { codes.join(", ") }
}
