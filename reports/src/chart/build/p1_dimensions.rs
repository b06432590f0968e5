//! P1: the dimension scores of PAPI, dot and interval.

use problem::{Language, Place, Problem, Problems};
use serde::{Deserialize, Serialize};

use super::{EstimateRow, Look, Metadata, ReferenceValues, aligned, cell, index_heading, say};
use crate::chart::check::checked;
use crate::chart::number::decimal;
use crate::chart::{
    Axis, ChartSpec, DotPlot, DotRow, Figure, Interval, Plot, Reference, ReferenceKind, ValueFormat, Verdict,
    VerdictKind,
};
use crate::verdict::{DifferenceVerdict, difference_verdict};
use crate::vietnamese::nfc;

/// What P1 and P2 are made from: one row a dimension, in the official order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// The dimensions in official order.
    pub rows: Vec<EstimateRow>,
    /// Previous round, national median, true values of a simulation …
    pub references: Vec<ReferenceValues>,
}

/// Ends of the scale of a dimension.
pub(super) const SCALE: (f64, f64) = (1.0, 10.0);

pub(super) fn axis(ticks: Vec<f64>) -> Axis {
    Axis { min: SCALE.0, max: SCALE.1, ticks, format: ValueFormat::Points, decimals: 2 }
}

/// Builds P1. Rows stay in the given order and are numbered; the axis is always 1–10.
///
/// The title is the finding: changes that the interval of the difference carries; otherwise dimensions whose whole interval
/// lies above the national median; otherwise above or below the middle of the scale. Without intervals it claims nothing.
///
/// # Errors
/// All that is wrong with the rows and the references.
pub fn p1_dimensions(figure: &DimensionFigure, look: Look) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let previous = figure.references.iter().find(|reference| reference.kind == ReferenceKind::Previous);
    let rows: Vec<DotRow> = figure
        .rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let cell = cell(row, &metadata.small_cells, SCALE.1 - SCALE.0, language, &mut problems);
            let before = previous.and_then(|reference| reference.values.get(&row.code).copied());
            let verdict = cell.mark().and_then(|_| change_verdict(row, before, language, &mut problems));
            DotRow {
                id: row.code.clone(),
                number: Some(format!("{}.", index + 1)),
                label: nfc(row.name.in_language(language)),
                cell,
                overall: false,
                verdict,
            }
        })
        .collect();
    let codes: Vec<&str> = figure.rows.iter().map(|row| row.code.as_str()).collect();
    let references: Vec<Reference> = figure
        .references
        .iter()
        .map(|reference| Reference {
            kind: reference.kind,
            label: nfc(reference.label.in_language(language)),
            values: aligned(reference, &codes, &mut problems),
        })
        .collect();
    let before = previous.map(|reference| nfc(reference.label.in_language(language)));
    let mut note = metadata.note(language);
    let has_verdicts = rows.iter().any(|row| row.verdict.is_some());
    if has_verdicts {
        note.remarks.insert(
            0,
            say(
                language,
                "▲ ▼: khoảng tin cậy của chênh lệch không chứa 0; ●: có chứa 0, chưa đủ cơ sở kết luận.",
                "▲ ▼: the interval of the difference does not hold 0; ●: it does, not enough evidence.",
            ),
        );
    }
    let dot_plot = DotPlot {
        axis: axis((1..=10).map(f64::from).collect()),
        series_label: format!("{} {}", nfc(metadata.unit.in_language(language)), metadata.year),
        value_heading: say(language, "Điểm", "Score"),
        verdict_heading: has_verdicts.then(|| match &before {
            Some(before) => say(language, format!("So với {before}"), format!("Against {before}")),
            None => say(language, "So với kỳ trước", "Against the previous round"),
        }),
        rows,
        references,
        guides: Vec::new(),
    };
    if !has_verdicts && dot_plot.rows.iter().any(|row| row.cell.mark().is_some_and(|mark| mark.interval.is_some())) {
        note.remarks.insert(
            0,
            say(
                language,
                "Trên hoặc dưới: cả khoảng tin cậy nằm về một phía.",
                "Above or below: the whole interval lies on one side.",
            ),
        );
    }
    let count = dot_plot.rows.len();
    let spec = ChartSpec {
        figure: Figure::P1,
        language,
        size: look.size,
        title: title(&dot_plot, before.as_deref(), language),
        subtitle: say(
            language,
            format!(
                "Điểm {} chỉ số nội dung {}; thang điểm 1–10",
                number_word(count),
                index_heading(metadata, language)
            ),
            format!("Scores of the {count} dimensions of {}; scale 1–10", index_heading(metadata, language)),
        ),
        plot: Plot::Dots(dot_plot),
        note,
        small_cells: metadata.small_cells,
        draft: metadata.draft,
        file_stem: metadata.file_stem(Figure::P1),
    };
    problems.into_result(())?;
    checked(&spec)
}

/// Verdict of a change from the interval of the difference, which must be the difference that the figure shows.
fn change_verdict(
    row: &EstimateRow,
    before: Option<f64>,
    language: Language,
    problems: &mut Problems,
) -> Option<Verdict> {
    let change = row.change?;
    if let (Some(now), Some(before)) = (row.estimate, before)
        && !(change.lower <= now - before && now - before <= change.upper)
    {
        problems.push(
            Problem::new(
                "chart_change_contradicts",
                "khoảng tin cậy của chênh lệch không chứa chênh lệch của chính dòng này",
                "the interval of the difference does not hold the row's own difference",
            )
            .at(Place::column(&row.code))
            .expected(format!("{} ≤ {} ≤ {}", change.lower, now - before, change.upper)),
        );
    }
    let (kind, words) = match difference_verdict(change.lower, change.upper) {
        Ok(DifferenceVerdict::Higher) => (VerdictKind::Up, say(language, "tăng", "up")),
        Ok(DifferenceVerdict::Lower) => (VerdictKind::Down, say(language, "giảm", "down")),
        Ok(DifferenceVerdict::NoClearDifference) => (VerdictKind::Unclear, say(language, "chưa đủ cơ sở", "unclear")),
        Err(problem) => {
            problems.push(problem.at(Place::column(&row.code)));
            return None;
        }
    };
    Some(Verdict { kind, words })
}

/// Small counts in Vietnamese text are written as words.
pub(super) fn number_word(count: usize) -> String {
    const WORDS: [&str; 11] = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

fn title(plot: &DotPlot, before: Option<&str>, language: Language) -> String {
    let count = plot.rows.len();
    if plot.verdict_heading.is_some() {
        return change_title(plot, before, language);
    }
    let intervals: Vec<(usize, Interval)> =
        plot.rows.iter().enumerate().filter_map(|(index, row)| Some((index, row.cell.mark()?.interval?))).collect();
    if intervals.is_empty() {
        return say(
            language,
            "Điểm các chỉ số nội dung, không kèm khoảng tin cậy",
            "Dimension scores, without confidence intervals",
        );
    }
    if let Some(median) = plot.references.iter().find(|reference| reference.kind == ReferenceKind::Median) {
        let above = intervals
            .iter()
            .filter(|(index, limits)| {
                median.values.get(*index).copied().flatten().is_some_and(|value| limits.lower > value)
            })
            .count();
        if above == 0 {
            return say(
                language,
                "Chưa đủ cơ sở khẳng định chỉ số nào trên trung vị",
                "Not enough evidence of any dimension above the median",
            );
        }
        return say(
            language,
            format!("{above} trong {count} chỉ số nội dung trên trung vị toàn quốc"),
            format!("{above} of {count} dimensions lie above the national median"),
        );
    }
    let middle = f64::midpoint(SCALE.0, SCALE.1);
    let above = intervals.iter().filter(|(_, limits)| limits.lower > middle).count();
    let below = intervals.iter().filter(|(_, limits)| limits.upper < middle).count();
    let middle = decimal(middle, 1, language);
    say(
        language,
        format!("{above} nội dung trên, {below} nội dung dưới mức giữa thang {middle}"),
        format!("{above} dimensions above, {below} below the scale midpoint of {middle}"),
    )
}

fn change_title(plot: &DotPlot, before: Option<&str>, language: Language) -> String {
    let count = plot.rows.len();
    let of_kind =
        |kind| plot.rows.iter().filter(|row| row.verdict.as_ref().is_some_and(|verdict| verdict.kind == kind)).count();
    let (up, down) = (of_kind(VerdictKind::Up), of_kind(VerdictKind::Down));
    let before = before.map_or_else(|| say(language, "kỳ trước", "the previous round"), str::to_owned);
    match (up, down) {
        (0, 0) => say(
            language,
            format!("Chưa đủ cơ sở kết luận thay đổi so với {before}"),
            format!("Not enough evidence of change since {before}"),
        ),
        (_, 0) => say(
            language,
            format!("{up} trong {count} chỉ số nội dung tăng so với {before}"),
            format!("{up} of {count} dimensions rose since {before}"),
        ),
        (0, _) => say(
            language,
            format!("{down} trong {count} chỉ số nội dung giảm so với {before}"),
            format!("{down} of {count} dimensions fell since {before}"),
        ),
        _ => say(
            language,
            format!("{up} chỉ số nội dung tăng, {down} giảm so với {before}"),
            format!("{up} dimensions rose and {down} fell since {before}"),
        ),
    }
}
