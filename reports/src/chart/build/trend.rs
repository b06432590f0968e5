//! P4, P5 and S7: values through the years. What was not measured is a gap; nothing is drawn across it.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems, Words};

use super::common::{Framed, difference, framed, nice_ticks, short_enough, told};
use super::trend_input::{TrendFigure, TrendPanel, TrendPoint, TrendRole};
use super::{EstimateRow, Look, cell, say};
use crate::chart::number::{in_text, with_unit};
use crate::chart::{
    Axis, Cell, ChartSpec, Figure, Layer, LineLook, LinePoint, Panel, PanelsPlot, Plot, VerdictKind, XAxis, XTick,
};
use crate::verdict::{Verdict as State, verdict};

/// Builds P4: the total through the years, a panel each construction.
///
/// # Errors
/// All that is wrong with the values.
pub fn p4_total(figure: &TrendFigure, look: Look) -> Result<ChartSpec, Problems> {
    let what = Words::new("Tổng điểm", "Total");
    trend(figure, look, Figure::P4, figure.panels.len().clamp(1, 2), &what)
}

/// Builds P5: each dimension through the years, all on one scale.
///
/// # Errors
/// All that is wrong with the values.
pub fn p5_dimensions(figure: &TrendFigure, look: Look) -> Result<ChartSpec, Problems> {
    let across = if figure.panels.len() > 4 { 2 } else { 1 };
    trend(figure, look, Figure::P5, across, &Words::new("Điểm từng chỉ số nội dung", "Scores by dimension"))
}

/// Builds S7: the index of satisfaction through the years.
///
/// # Errors
/// All that is wrong with the values.
pub fn s7_satisfaction(figure: &TrendFigure, look: Look) -> Result<ChartSpec, Problems> {
    trend(figure, look, Figure::S7, 1, &Words::new("Mức độ hài lòng", "Satisfaction"))
}

fn trend(figure: &TrendFigure, look: Look, which: Figure, across: usize, what: &Words) -> Result<ChartSpec, Problems> {
    let language = look.language;
    let metadata = &figure.metadata;
    let mut problems = Problems::none();
    check_years(figure, &mut problems);
    problems.into_result(())?;
    let mut problems = Problems::none();
    let is_small = which == Figure::P5;
    let common = years(figure.panels.iter().flat_map(|panel| &panel.points));
    let panels: Vec<Panel> = figure
        .panels
        .iter()
        .map(|panel| {
            let own = if is_small { common } else { years(panel.points.iter()) };
            one_panel(figure, panel, own, is_small, language, &mut problems)
        })
        .collect();
    let what = told(what, language);
    let (first, last) = common.unwrap_or((metadata.year, metadata.year));
    let title = title(figure, &panels, which, &what, (first, last), language, &mut problems);
    let told_sentences = if is_small {
        newest_values(figure, &panels, language).into_iter().collect()
    } else {
        let pairs = figure.panels.iter().zip(&panels);
        pairs.filter_map(|(given, panel)| sentence(figure, given, panel, language)).collect()
    };
    let plot = PanelsPlot {
        kind_words: say(language, "Biểu đồ đường theo năm", "Line chart by year"),
        across,
        panels,
        counts: false,
        names: Vec::new(),
        told: told_sentences,
    };
    let unit = told(&metadata.unit, language);
    let subtitle = format!("{what} {}, {unit}, {first}–{last}", metadata.index);
    let remarks = vec![say(
        language,
        "Năm không có số liệu để trống, không nội suy.",
        "Years without data are left empty; nothing is interpolated.",
    )];
    framed(Framed { figure: which, title, subtitle, plot: Plot::Panels(plot), remarks }, metadata, look, problems)
}

/// Years that a survey can have; another one is a slip of the key, and would be a very long axis.
const YEARS: std::ops::RangeInclusive<i32> = 1950..=2150;

fn check_years(figure: &TrendFigure, problems: &mut Problems) {
    for panel in &figure.panels {
        for point in panel.points.iter().filter(|point| !YEARS.contains(&point.year)) {
            problems.push(
                Problem::new("chart_year", "năm không hợp lệ", "the year is not valid")
                    .at(Place::column(&panel.code))
                    .expected(format!("{}–{}", YEARS.start(), YEARS.end()))
                    .got(point.year.to_string()),
            );
        }
    }
}

/// First and last year that has a value.
fn years<'a>(points: impl Iterator<Item = &'a TrendPoint>) -> Option<(i32, i32)> {
    let measured = points.filter(|point| point.estimate.is_some()).map(|point| point.year);
    measured.fold(None, |ends, year| match ends {
        None => Some((year, year)),
        Some((first, last)) => Some((first.min(year), last.max(year))),
    })
}

fn row(panel: &TrendPanel, point: &TrendPoint, language: Language) -> EstimateRow {
    let missing = say(language, "không có số liệu", "no data");
    EstimateRow {
        code: format!("{} {}", panel.code, point.year),
        name: panel.name.clone(),
        estimate: point.estimate,
        lower: point.lower,
        upper: point.upper,
        standard_error: None,
        degrees_of_freedom: None,
        n: point.n,
        missing_reason: Some(Words::new(missing.clone(), missing)),
        change: point.change,
    }
}

fn one_panel(
    figure: &TrendFigure,
    panel: &TrendPanel,
    ends: Option<(i32, i32)>,
    is_small: bool,
    language: Language,
    problems: &mut Problems,
) -> Panel {
    let (first, last) = ends.unwrap_or((figure.metadata.year, figure.metadata.year));
    let own = years(panel.points.iter());
    let mut by_year: BTreeMap<i32, &TrendPoint> = BTreeMap::new();
    for point in &panel.points {
        if by_year.insert(point.year, point).is_some() {
            let problem = Problem::new("chart_duplicate_id", "mã dòng bị trùng", "two rows have the same code");
            problems.push(problem.at(Place::column(&panel.code)).got(point.year.to_string()));
        }
    }
    let missing = || Cell::Missing { reason: say(language, "không có số liệu", "no data") };
    let (own_first, own_last) = own.unwrap_or((first, last));
    let measured: Vec<i32> =
        by_year.values().filter(|point| point.estimate.is_some()).map(|point| point.year).collect();
    let points: Vec<LinePoint> = (own_first..=own_last)
        .map(|year| {
            let cell = by_year.get(&year).map_or_else(missing, |point| {
                let row = row(panel, point, language);
                cell(&row, &figure.metadata.small_cells, panel.axis.1 - panel.axis.0, language, problems)
            });
            // Small panels write their ends only.
            let written = !is_small || measured.first() == Some(&year) || measured.last() == Some(&year);
            LinePoint { x: f64::from(year), label: year.to_string(), cell, written }
        })
        .collect();
    let gaps: Vec<i32> = (own_first..=own_last).filter(|year| !measured.contains(year)).collect();
    let mut layers: Vec<Layer> = gaps
        .iter()
        .filter(|_| own.is_some())
        .map(|year| Layer::Gap {
            ends: (f64::from(*year) - 0.5, f64::from(*year) + 0.5),
            label: say(language, "không có số liệu", "no data"),
        })
        .collect();
    let breaks = figure.method_changes.iter().filter(|year| **year > first && **year <= last);
    layers.extend(breaks.map(|year| Layer::Upright {
        x: f64::from(*year) - 0.5,
        label: say(language, "đổi cấu trúc chỉ số", "construction changed"),
        dotted: true,
    }));
    let line = |series: String, look: LineLook, values: &BTreeMap<i32, f64>| Layer::Line {
        series,
        look,
        points: (first..=last)
            .map(|year| LinePoint {
                x: f64::from(year),
                label: year.to_string(),
                cell: values.get(&year).map_or_else(missing, |value| Cell::known(*value)),
                written: false,
            })
            .skip_while(|point| point.cell.mark().is_none())
            .collect(),
    };
    if !panel.targets.is_empty() {
        let label = figure.target_label.as_ref().map(|label| told(label, language));
        let label = label.unwrap_or_else(|| say(language, "mục tiêu", "target"));
        layers.push(line(label, LineLook::Target, &panel.targets));
    }
    for reference in &panel.references {
        let look = match reference.role {
            TrendRole::Other => LineLook::Other,
            TrendRole::Middle => LineLook::Middle,
        };
        layers.push(line(told(&reference.label, language), look, &reference.values));
    }
    layers.push(Layer::Line { series: told(&figure.metadata.unit, language), look: LineLook::Main, points });
    let ticks = (first..=last).map(|year| XTick { at: f64::from(year), label: year.to_string() }).collect();
    let (low, high) = panel.axis;
    Panel {
        id: crate::vietnamese::nfc(&panel.code),
        title: told(&panel.name, language),
        x: XAxis { min: f64::from(first) - 0.6, max: f64::from(last) + 0.6, ticks, log: false, title: String::new() },
        y: Axis {
            min: low,
            max: high,
            ticks: with_lower_end(nice_ticks(low, high, if is_small { 3 } else { 5 }), low, is_small),
            format: figure.format,
            decimals: 2,
            log: false,
        },
        layers,
        empty: own.is_none().then(|| say(language, "không có số liệu", "no data")),
    }
}

/// The measured values of a panel, in order: year and cell.
fn main_points(panel: &Panel) -> Vec<&LinePoint> {
    let lines = panel.layers.iter().filter_map(|layer| match layer {
        Layer::Line { look: LineLook::Main, points, .. } => Some(points),
        _ => None,
    });
    lines.flatten().filter(|point| point.cell.mark().is_some()).collect()
}

fn title(
    figure: &TrendFigure,
    panels: &[Panel],
    which: Figure,
    what: &str,
    (first, last): (i32, i32),
    language: Language,
    problems: &mut Problems,
) -> String {
    let words = [("tăng", "up"), ("giảm", "down"), ("chưa đủ cơ sở", "unclear")];
    let mut changes = Vec::new();
    for panel in &figure.panels {
        let newest = panel.points.iter().filter(|point| point.estimate.is_some()).max_by_key(|point| point.year);
        // A hidden value hides what its change would tell.
        let shown = newest.filter(|point| point.n.is_none_or(|n| n >= figure.metadata.small_cells.hide_below_n));
        if let Some(change) = shown.and_then(|point| point.change) {
            changes.extend(difference(&panel.code, change, words, language, problems));
        }
    }
    if which == Figure::P5 {
        let of = |kind| changes.iter().filter(|verdict| verdict.kind == kind).count();
        let (up, down) = (of(VerdictKind::Up), of(VerdictKind::Down));
        return if changes.is_empty() {
            format!("{what}, {first}–{last}")
        } else {
            say(
                language,
                format!("{up} chỉ số nội dung tăng, {down} giảm trong năm {last}"),
                format!("{up} dimensions rose, {down} fell in {last}"),
            )
        };
    }
    let newest = panels.iter().rev().find_map(|panel| {
        let points = main_points(panel);
        let (newest, before) = (*points.last()?, points.iter().rev().nth(1).copied());
        Some((newest, before))
    });
    let Some((newest, before)) = newest else {
        return say(language, format!("{what}: chưa có số liệu"), format!("{what}: no data yet"));
    };
    let value = |point: &LinePoint| {
        point.cell.mark().map_or_else(String::new, |mark| in_text(mark.value, figure.format, 2, language))
    };
    let now = format!("{what} {} {}: {}", figure.metadata.index, newest.label, value(newest));
    let judged = newest.cell.mark().and_then(|mark| mark.interval).zip(figure.target);
    let judged =
        judged.and_then(|(limits, target)| verdict(limits.lower, limits.upper, target.value, target.rule).ok());
    let after = match (judged, changes.last(), before) {
        (Some(state), _, _) => {
            let state = match state {
                State::Reached => say(language, "đạt mục tiêu", "target reached"),
                State::NotReached => say(language, "chưa đạt mục tiêu", "target not reached"),
                State::NotEnoughEvidence => say(language, "chưa đủ cơ sở", "not enough evidence"),
            };
            format!(", {state}")
        }
        (None, Some(change), Some(before)) => match change.kind {
            VerdictKind::Unclear => say(
                language,
                format!(", chưa rõ thay đổi từ {}", before.label),
                format!(", change since {} unclear", before.label),
            ),
            _ => say(
                language,
                format!(", {} so với {}", change.words, before.label),
                format!(", {} since {}", change.words, before.label),
            ),
        },
        (None, _, Some(before)) => say(
            language,
            format!("; năm {}: {}", before.label, value(before)),
            format!("; {}: {}", before.label, value(before)),
        ),
        (None, _, None) => String::new(),
    };
    short_enough([format!("{now}{after}"), now, what.to_owned()])
}

/// The newest value of each of many panels, in one sentence.
fn newest_values(figure: &TrendFigure, panels: &[Panel], language: Language) -> Option<String> {
    let of = |(given, panel): (&TrendPanel, &Panel)| {
        let point = *main_points(panel).last()?;
        let value = with_unit(point.cell.mark()?.value, figure.format, 2, language);
        Some(format!("{} {value} ({})", told(&given.name, language), point.label))
    };
    let all: Vec<String> = figure.panels.iter().zip(panels).filter_map(of).collect();
    let head = say(language, "Giá trị mới nhất", "Newest values");
    (!all.is_empty()).then(|| format!("{head}: {}.", all.join("; ")))
}

/// What a panel tells in words: first, lowest, highest and last value.
fn sentence(figure: &TrendFigure, given: &TrendPanel, panel: &Panel, language: Language) -> Option<String> {
    let points = main_points(panel);
    let write = |point: &LinePoint| {
        let value = point.cell.mark().map_or(0.0, |mark| mark.value);
        format!("{} ({})", with_unit(value, figure.format, 2, language), point.label)
    };
    let value = |point: &&&LinePoint| point.cell.mark().map_or(0.0, |mark| mark.value);
    let low = points.iter().min_by(|one, other| value(one).total_cmp(&value(other)))?;
    let high = points.iter().max_by(|one, other| value(one).total_cmp(&value(other)))?;
    let (name, first, last) = (told(&given.name, language), points.first()?, points.last()?);
    Some(say(
        language,
        format!(
            "{name}: đầu kỳ {}, cuối kỳ {}, thấp nhất {}, cao nhất {}.",
            write(first),
            write(last),
            write(low),
            write(high)
        ),
        format!(
            "{name}: first {}, last {}, lowest {}, highest {}.",
            write(first),
            write(last),
            write(low),
            write(high)
        ),
    ))
}
/// Small panels have few ticks: the lower end of the scale is one of them.
fn with_lower_end(mut ticks: Vec<f64>, low: f64, is_small: bool) -> Vec<f64> {
    if is_small && ticks.first().is_none_or(|first| *first > low) {
        ticks.insert(0, low);
    }
    ticks
}
