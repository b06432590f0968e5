//! R3: how the leading agencies stand with their reports of a quarter.

use problem::{Language, Problems};

use super::common::{count_axis, counted};
use super::r2_tasks::{TaskFigure, quarter_name};
use super::{Look, say};
use crate::chart::check::checked;
use crate::chart::plan_words::cell_words;
use crate::chart::{
    ChartRow, ChartSpec, Figure, MatrixCell, Plot, RowLook, RowPanel, RowPart, RowSeries, RowsPlot, SmallCellRule,
    TextColumn,
};
use crate::vietnamese::nfc;

/// States in the order of the bar, with their looks.
const STATES: [(MatrixCell, RowLook); 4] = [
    (MatrixCell::Complete, RowLook::BarBest),
    (MatrixCell::Partial, RowLook::BarGood),
    (MatrixCell::Open, RowLook::BarEmpty),
    (MatrixCell::Overdue, RowLook::BarHatched),
];

/// Builds R3 from the same tasks as R2: a bar an agency, most missing reports first.
///
/// # Errors
/// All that is wrong with the rows.
pub fn r3_agencies(figure: &TaskFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let column = figure.quarter.clamp(1, 4) - 1;
    let quarter = quarter_name(figure.quarter);
    let mut agencies: Vec<(String, [u64; 4])> = Vec::new();
    for task in &figure.tasks {
        let lead = nfc(task.lead.in_language(language));
        let Some(state) = STATES.iter().position(|(state, _)| *state == task.quarters[column]) else { continue };
        match agencies.iter_mut().find(|(name, _)| *name == lead) {
            Some((_, counts)) => counts[state] += 1,
            None => {
                let mut counts = [0; 4];
                counts[state] = 1;
                agencies.push((lead, counts));
            }
        }
    }
    agencies.sort_by_key(|(_, counts)| std::cmp::Reverse((counts[3], counts[2])));
    let due = |counts: &[u64; 4]| counts.iter().sum::<u64>();
    let behind = agencies.iter().filter(|(_, counts)| counts[3] > 0).count();
    let count = agencies.len();
    let title = match (count, behind) {
        (0, _) => say(
            language,
            format!("Không nhiệm vụ nào phải báo cáo quý {quarter}"),
            format!("No task is to be reported in quarter {quarter}"),
        ),
        (_, 0) => say(
            language,
            format!("Không cơ quan nào chậm báo cáo quý {quarter}"),
            format!("No agency is late with quarter {quarter}"),
        ),
        _ => say(
            language,
            format!("{behind} trong {count} cơ quan chậm báo cáo quý {quarter}"),
            format!("{behind} of {count} agencies are late with quarter {quarter}"),
        ),
    };
    let largest = agencies.iter().map(|(_, counts)| due(counts)).max().unwrap_or(1);
    let told: Vec<String> = agencies.iter().filter(|(_, counts)| counts[3] > 0).map(|(name, _)| name.clone()).collect();
    let sentence = (!told.is_empty())
        .then(|| say(language, format!("Chậm báo cáo: {}.", told.join("; ")), format!("Late: {}.", told.join("; "))));
    let rows = agencies.iter().map(|(name, counts)| row(name, counts)).collect::<Vec<_>>();
    let rows = if rows.is_empty() { vec![nothing_due(language)] } else { rows };
    let unit = nfc(metadata.unit.in_language(language));
    checked(&ChartSpec {
        figure: Figure::R3,
        language,
        size: look.size,
        title,
        subtitle: say(
            language,
            format!("Nhiệm vụ quý {quarter} năm {} theo cơ quan chủ trì, {unit}", metadata.year),
            format!("Tasks of quarter {quarter}, {}, by leading agency, {unit}", metadata.year),
        ),
        plot: Plot::Rows(RowsPlot {
            kind_words: say(language, "Biểu đồ thanh xếp chồng", "Stacked bars"),
            series: STATES
                .iter()
                .map(|(state, look)| RowSeries { label: cell_words(*state, language).to_owned(), look: *look })
                .collect(),
            panels: vec![RowPanel {
                heading: say(language, "Số nhiệm vụ", "Tasks"),
                axis: count_axis(largest as f64, 5),
                without_signs: false,
                guides: Vec::new(),
                weight: 1.0,
            }],
            columns: vec![TextColumn {
                heading: say(language, "Có báo cáo / phải báo cáo", "Reported / due"),
                numeric: true,
                strong: false,
            }],
            verdict_heading: None,
            rows,
            counts: true,
            told: sentence.into_iter().collect(),
        }),
        note: metadata.note(language),
        small_cells: SmallCellRule::default(),
        draft: false,
        file_stem: metadata.file_stem(Figure::R3),
    })
}

fn row(name: &str, counts: &[u64; 4]) -> ChartRow {
    let mut end = 0.0;
    let parts = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(series, &count)| {
        let start = end;
        end += count as f64;
        RowPart::bar(0, series, counted(count), (start, end), count.to_string())
    });
    ChartRow {
        id: name.to_owned(),
        label: name.to_owned(),
        group: None,
        parts: parts.collect(),
        texts: vec![format!("{}/{}", counts[0] + counts[1], counts.iter().sum::<u64>())],
        verdict: None,
    }
}

/// The one row of a quarter in which nothing is due: an empty figure must say so.
fn nothing_due(language: Language) -> ChartRow {
    ChartRow {
        id: "none".to_owned(),
        label: say(language, "Không nhiệm vụ nào phải báo cáo", "Nothing is due"),
        group: None,
        parts: Vec::new(),
        texts: vec!["–".to_owned()],
        verdict: None,
    }
}
