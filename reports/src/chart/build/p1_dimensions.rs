//! P1: the dimension scores of PAPI, dot and interval.

use problem::{Language, Place, Problem, Problems};
use schemars::JsonSchema;
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DimensionFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Ends of the scale of the scores: 1 and 10 for dimensions of PAPI, 1 and 5 for means of satisfaction.
    pub scale: (f64, f64),
    /// The dimensions in official order.
    pub rows: Vec<EstimateRow>,
    /// Previous round, national median, true values of a simulation …
    #[serde(default)]
    pub references: Vec<ReferenceValues>,
}

/// Ends of the scale of a dimension of PAPI.
pub(crate) const SCALE: (f64, f64) = (1.0, 10.0);

/// A tick at each whole number.
fn whole_ticks((min, max): (f64, f64)) -> Vec<f64> {
    (0_u8..=100).map(|step| min + f64::from(step)).take_while(|tick| *tick <= max).collect()
}

/// What the rows are called: dimensions of PAPI, factors of other surveys.
fn noun(scale: (f64, f64), language: Language) -> &'static str {
    match (scale == SCALE, language) {
        (true, Language::Vi) => "chỉ số nội dung",
        (true, Language::En) => "dimensions",
        (false, Language::Vi) => "yếu tố",
        (false, Language::En) => "factors",
    }
}

pub(super) fn axis((min, max): (f64, f64), ticks: Vec<f64>) -> Axis {
    Axis { min, max, ticks, format: ValueFormat::Points, decimals: 2, log: false }
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
            let cell = cell(row, &metadata.small_cells, figure.scale.1 - figure.scale.0, language, &mut problems);
            let before = previous.and_then(|reference| reference.values.get(&row.code).copied());
            let verdict = cell.mark().and_then(|_| change_verdict(row, before, language, &mut problems));
            DotRow {
                id: row.code.clone(),
                number: Some(format!("{}.", index + 1)),
                label: nfc(row.name.in_language(language)),
                cell,
                overall: false,
                group: None,
                aside: String::new(),
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
        axis: axis(figure.scale, whole_ticks(figure.scale)),
        series_label: format!("{} {}", nfc(metadata.unit.in_language(language)), metadata.year),
        value_heading: say(language, "Điểm", "Score"),
        verdict_heading: has_verdicts.then(|| match &before {
            Some(before) => say(language, format!("So với {before}"), format!("Against {before}")),
            None => say(language, "So với kỳ trước", "Against the previous round"),
        }),
        rows,
        references,
        guides: Vec::new(),
        bands: Vec::new(),
        aside_heading: None,
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
    let noun = noun(figure.scale, language);
    let [low, high] = [figure.scale.0, figure.scale.1].map(|end| decimal(end, 0, language));
    let spec = ChartSpec {
        figure: Figure::P1,
        language,
        size: look.size,
        title: title(&dot_plot, before.as_deref(), figure.scale, language),
        subtitle: say(
            language,
            format!(
                "Điểm {} {noun} {}; thang điểm {low}–{high}",
                number_word(count),
                index_heading(metadata, language)
            ),
            format!("Scores of the {count} {noun} of {}; scale {low}–{high}", index_heading(metadata, language)),
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

fn title(plot: &DotPlot, before: Option<&str>, scale: (f64, f64), language: Language) -> String {
    let count = plot.rows.len();
    let noun = noun(scale, language);
    if plot.verdict_heading.is_some() {
        return change_title(plot, before, noun, language);
    }
    let intervals: Vec<(usize, Interval)> =
        plot.rows.iter().enumerate().filter_map(|(index, row)| Some((index, row.cell.mark()?.interval?))).collect();
    if intervals.is_empty() {
        return say(
            language,
            format!("Điểm các {noun}, không kèm khoảng tin cậy"),
            format!("Scores of {noun}, without confidence intervals"),
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
            format!("{above} trong {count} {noun} trên trung vị toàn quốc"),
            format!("{above} of {count} {noun} lie above the national median"),
        );
    }
    let middle = f64::midpoint(scale.0, scale.1);
    let above = intervals.iter().filter(|(_, limits)| limits.lower > middle).count();
    let below = intervals.iter().filter(|(_, limits)| limits.upper < middle).count();
    let middle = decimal(middle, 1, language);
    let short = if scale == SCALE { "nội dung" } else { noun };
    say(
        language,
        format!("{above} {short} trên, {below} {short} dưới mức giữa thang {middle}"),
        format!("{above} {noun} above, {below} below the scale midpoint of {middle}"),
    )
}

fn change_title(plot: &DotPlot, before: Option<&str>, noun: &str, language: Language) -> String {
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
            format!("{up} trong {count} {noun} tăng so với {before}"),
            format!("{up} of {count} {noun} rose since {before}"),
        ),
        (0, _) => say(
            language,
            format!("{down} trong {count} {noun} giảm so với {before}"),
            format!("{down} of {count} {noun} fell since {before}"),
        ),
        _ => say(
            language,
            format!("{up} {noun} tăng, {down} giảm so với {before}"),
            format!("{up} {noun} rose and {down} fell since {before}"),
        ),
    }
}
