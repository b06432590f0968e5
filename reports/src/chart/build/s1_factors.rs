//! S1: satisfaction by factor against the target.

use problem::{Language, Place, Problem, Problems, Words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{n_text, share_axis, whole_of};
use super::{EstimateRow, Look, Metadata, ReferenceValues, aligned, cell, index_heading, say};
use crate::chart::check::checked;
use crate::chart::number::{in_text, with_unit};
use crate::chart::{
    ChartSpec, DotPlot, DotRow, Figure, Guide, GuideKind, Mark, Plot, Reference, ValueFormat, Verdict, VerdictKind,
};
use crate::verdict::{TargetRule, Verdict as State, verdict};
use crate::vietnamese::nfc;

/// What S1 is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// The whole index; drawn first, as a diamond.
    pub overall: Option<EstimateRow>,
    /// The factors; drawn by value, highest first.
    pub rows: Vec<EstimateRow>,
    /// [`ValueFormat::Percent`] (values 0–100) or [`ValueFormat::Share`] (values 0–1).
    pub format: ValueFormat,
    /// What the plan asks for.
    pub target: Option<FactorTarget>,
    /// Values to compare with, such as the national mean: name and value, in the unit of the values.
    #[serde(default)]
    pub comparisons: Vec<(Words, f64)>,
    /// Previous round, true values of a simulation …
    #[serde(default)]
    pub references: Vec<ReferenceValues>,
}

/// A target as the plan words it: "trên 90 %" is not met by 90 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorTarget {
    /// The value, in the unit of the figure's values.
    pub value: f64,
    /// Whether the value itself meets it.
    pub rule: TargetRule,
}

/// Builds S1. The axis is 50–100 % when every value fits, otherwise 0–100 %; an interval that leaves it ends in an arrow.
///
/// The verdict against the target has three states, by the target's own rule ([`verdict`]): met when the whole interval lies
/// on its side, not met when the whole interval lies on the other, otherwise not enough evidence. Without an interval there
/// is no verdict.
///
/// # Errors
/// All that is wrong with the rows, the references and the target.
pub fn s1_factors(figure: &FactorFigure, look: Look) -> Result<ChartSpec, Problems> {
    factors(figure, look, Figure::S1)
}

/// Builds S3: the same by kind of service. Kinds with few answers keep their row, with the reason in place of the value.
///
/// # Errors
/// As [`s1_factors`].
pub fn s3_services(figure: &FactorFigure, look: Look) -> Result<ChartSpec, Problems> {
    factors(figure, look, Figure::S3)
}

fn factors(figure: &FactorFigure, look: Look, which: Figure) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    let Some(whole) = whole_of(figure.format) else {
        return Err(Problem::new("chart_format", "biểu đồ này cần tỷ lệ phần trăm", "this figure needs percentages")
            .expected("percent, share")
            .into());
    };
    let mut build = |row: &EstimateRow, overall: bool| {
        let cell = cell(row, &metadata.small_cells, whole, language, &mut problems);
        let verdict = figure.target.and_then(|target| target_verdict(cell.mark()?, target, language)).transpose();
        let verdict = verdict.unwrap_or_else(|problem| {
            problems.push(problem.at(Place::column(&row.code)));
            None
        });
        DotRow {
            id: row.code.clone(),
            number: None,
            label: nfc(row.name.in_language(language)),
            overall,
            group: None,
            aside: if which == Figure::S3 { n_text(&cell, language) } else { String::new() },
            cell,
            verdict,
        }
    };
    let overall = figure.overall.as_ref().map(|row| build(row, true));
    let mut factors: Vec<DotRow> = figure.rows.iter().map(|row| build(row, false)).collect();
    // Highest first; a stable sort keeps ties and hidden rows in the given order, hidden ones last.
    let value = |row: &DotRow| row.cell.mark().map_or(f64::NEG_INFINITY, |mark| mark.value);
    factors.sort_by(|one, other| value(other).total_cmp(&value(one)));
    let rows: Vec<DotRow> = overall.into_iter().chain(factors).collect();
    let codes: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let references: Vec<Reference> = figure
        .references
        .iter()
        .map(|reference| Reference {
            kind: reference.kind,
            label: nfc(reference.label.in_language(language)),
            values: aligned(reference, &codes, &mut problems),
        })
        .collect();
    let guides = guides(figure, language);
    let values = rows.iter().filter_map(|row| row.cell.mark()).map(|mark| mark.value);
    let known = references.iter().flat_map(|reference| reference.values.iter().flatten().copied());
    let lines = guides.iter().map(|guide| guide.value);
    let axis = share_axis(figure.format, whole, values.chain(known).chain(lines));
    let mut note = metadata.note(language);
    let has_verdicts = rows.iter().any(|row| row.verdict.is_some());
    if let Some(target) = figure.target.filter(|_| has_verdicts) {
        note.remarks.insert(0, verdict_signs(target.rule, language));
    }
    let plot = DotPlot {
        axis,
        series_label: format!("{} {}", nfc(metadata.unit.in_language(language)), metadata.year),
        value_heading: say(language, "Tỷ lệ hài lòng", "Satisfied"),
        verdict_heading: has_verdicts.then(|| say(language, "So với mục tiêu", "Against the target")),
        rows,
        references,
        guides,
        bands: Vec::new(),
        aside_heading: (which == Figure::S3).then(|| "n".to_owned()),
    };
    let (by, noun) = match which {
        Figure::S3 => (Words::new("loại dịch vụ", "kind of service"), Words::new("loại dịch vụ", "kinds of service")),
        _ => (Words::new("yếu tố", "factor"), Words::new("yếu tố", "factors")),
    };
    let (by, noun) = (by.in_language(language), noun.in_language(language));
    let spec = ChartSpec {
        figure: which,
        language,
        size: look.size,
        title: title(&plot, figure.target, noun, language),
        subtitle: say(
            language,
            format!("Mức độ hài lòng theo {by}, {}", index_heading(metadata, language)),
            format!("Satisfaction by {by}, {}", index_heading(metadata, language)),
        ),
        plot: Plot::Dots(plot),
        note,
        small_cells: metadata.small_cells,
        draft: metadata.draft,
        file_stem: metadata.file_stem(which),
    };
    problems.into_result(())?;
    checked(&spec)
}

/// What the triangles beside the verdicts mean.
fn verdict_signs(rule: TargetRule, language: Language) -> String {
    let (reached, not_reached) = rule.sides();
    let (reached, not_reached) = (reached.in_language(language), not_reached.in_language(language));
    say(
        language,
        format!("▲ đạt: cả khoảng tin cậy {reached}; ▼ chưa đạt: cả khoảng {not_reached}."),
        format!("▲ reached: the whole interval {reached}; ▼ not reached: the whole interval {not_reached}."),
    )
}

/// Three-state verdict of an interval against a target; none without an interval.
pub(super) fn target_verdict(
    mark: &Mark,
    target: FactorTarget,
    language: Language,
) -> Option<Result<Verdict, Problem>> {
    let limits = mark.interval?;
    let state = verdict(limits.lower, limits.upper, target.value, target.rule);
    Some(state.map(|state| {
        let kind = match state {
            State::Reached => VerdictKind::Up,
            State::NotReached => VerdictKind::Down,
            State::NotEnoughEvidence => VerdictKind::Unclear,
        };
        Verdict { kind, words: state.words().in_language(language).to_owned() }
    }))
}

/// Decimals of a target: `90 %`, but `82,5 %`.
fn target_decimals(value: f64, format: ValueFormat) -> usize {
    let percent = if format == ValueFormat::Share { value * 100.0 } else { value };
    if (percent - percent.round()).abs() < 1e-9 { 0 } else { 2 }
}

fn guides(figure: &FactorFigure, language: Language) -> Vec<Guide> {
    let label = |name: &str, value: f64| {
        format!("{name} {}", with_unit(value, figure.format, target_decimals(value, figure.format), language))
    };
    let target = figure.target.map(|target| Guide {
        kind: GuideKind::Target,
        value: target.value,
        label: label(&say(language, "Mục tiêu", "Target"), target.value),
    });
    let others = figure.comparisons.iter().map(|(name, value)| Guide {
        kind: GuideKind::Comparison,
        value: *value,
        label: label(&nfc(name.in_language(language)), *value),
    });
    target.into_iter().chain(others).collect()
}

fn title(plot: &DotPlot, target: Option<FactorTarget>, noun: &str, language: Language) -> String {
    let format = plot.axis.format;
    let overall =
        plot.rows.iter().find(|row| row.overall).and_then(|row| Some((row.cell.mark()?, row.verdict.as_ref())));
    let goal = target.map(|target| {
        let value = in_text(target.value, format, target_decimals(target.value, format), language);
        target.rule.words(&value).in_language(language).to_owned()
    });
    match (overall, goal) {
        (Some((mark, Some(verdict))), Some(goal)) => {
            let value = in_text(mark.value, format, plot.axis.decimals, language);
            match verdict.kind {
                VerdictKind::Up => say(
                    language,
                    format!("Hài lòng chung {value}: đạt mục tiêu {goal}"),
                    format!("Overall satisfaction {value}: the target of {goal} is reached"),
                ),
                VerdictKind::Down => say(
                    language,
                    format!("Hài lòng chung {value}: chưa đạt mục tiêu {goal}"),
                    format!("Overall satisfaction {value}: the target of {goal} is not reached"),
                ),
                VerdictKind::Unclear => say(
                    language,
                    format!("Hài lòng chung {value}: chưa đủ cơ sở khẳng định {goal}"),
                    format!("Overall satisfaction {value}: not enough evidence that it is {goal}"),
                ),
            }
        }
        (Some((mark, _)), _) => {
            let value = in_text(mark.value, format, plot.axis.decimals, language);
            say(language, format!("Mức độ hài lòng chung là {value}"), format!("Overall satisfaction is {value}"))
        }
        (None, Some(goal)) if plot.verdict_heading.is_some() => {
            let count = plot.rows.iter().filter(|row| !row.overall).count();
            let met = plot.rows.iter().filter(|row| {
                !row.overall && row.verdict.as_ref().is_some_and(|verdict| verdict.kind == VerdictKind::Up)
            });
            let met = met.count();
            say(
                language,
                format!("{met} trong {count} {noun} đạt mục tiêu {goal}"),
                format!("{met} of {count} {noun} reach the target of {goal}"),
            )
        }
        (None, _) => say(language, format!("Mức độ hài lòng theo từng {noun}"), format!("Satisfaction by {noun}")),
    }
}
