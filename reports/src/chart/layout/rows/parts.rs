//! What stands in a row: bars, dots with intervals, ticks, strips.

use super::super::super::number::{range, with_unit};
use super::super::super::palette::{BLACK, BLUE, MUTED, TEXT};
use super::super::super::scene::{Anchor, Group, Letters, Point, Rect};
use super::super::super::{Cell, ChartRow, ChartSpec, Mark, RowLook, RowPart, RowsPlot};
use super::super::field::{self, Field};
use super::super::marks::{self, Marker};
use super::super::{SMALL, bars};
use super::columns::Columns;

/// White on both sides of a text inside a bar.
const INSIDE: f64 = 2.5;
/// Half the height of a stroke of a strip.
const STROKE: f64 = 3.2;
/// Strokes nearer than this are one.
const STROKE_STEP: f64 = 0.4;

/// Draws one part; a hidden or missing value draws nothing, its reason stands among the texts.
pub(super) fn draw(
    spec: &ChartSpec,
    plot: &RowsPlot,
    row: &ChartRow,
    part: &RowPart,
    columns: &Columns,
    middle: f64,
) -> Vec<Group> {
    let Some((series, field)) = plot.series.get(part.series).zip(columns.fields(plot).nth(part.panel)) else {
        return Vec::new();
    };
    if series.look == RowLook::Strip {
        return vec![strip(row, part, field, middle)];
    }
    let Some(Cell::Shown(mark)) = &part.cell else { return Vec::new() };
    let careful = !mark.cautions.is_empty();
    let mut group = Group::class(class(series.look))
        .with("data-id", row.id.clone())
        .with("data-series", series.label.clone())
        .with("data-panel", part.panel.to_string())
        .with("data-marker", marker_name(series.look, careful))
        .with("data-value", mark.value.to_string());
    if let Some(limits) = mark.interval {
        group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
    }
    if let Some(n) = mark.n {
        group = group.with("data-n", n.to_string());
    }
    group.tooltip = Some(format!("{}, {}: {}", row.label, series.label, written(spec, field, mark)));
    if series.look == RowLook::Written {
        return vec![group];
    }
    if let Some(span) = part.span.filter(|_| series.look.is_bar()) {
        let marked = row.parts.iter().filter(|other| other.panel == part.panel && is_drawn(plot, other));
        let marks: Vec<f64> = marked
            .filter_map(|other| Some(field.x(other.drawn.map_or(other.cell.as_ref()?.mark()?.value, |at| at.0))))
            .collect();
        let ends = (field.x(span.0), field.x(span.1));
        let inside = bar(&mut group, part, series.look, ends, columns, (middle, &marks));
        if let Some(limits) = mark.interval {
            field.interval(&mut group, limits, middle, careful, BLACK);
        }
        let alone = row.parts.iter().filter(|other| other.panel == part.panel && other.span.is_some()).count() == 1;
        let beside =
            part.written.as_ref().filter(|text| alone && !inside && !text.is_empty() && mark.interval.is_none());
        return match beside {
            Some(text) => vec![group, written_beside(text, (ends.0.max(ends.1), middle))],
            None => vec![group],
        };
    }
    let (place, interval) = part.drawn.unwrap_or((mark.value, mark.interval));
    if let Some(limits) = interval {
        field.interval(&mut group, limits, middle, careful, BLUE);
    }
    sign(&mut group, series.look, (field.x(place), middle), careful);
    vec![group]
}

/// The number of a bar that is too short to hold it.
fn written_beside(text: &str, (right, middle): Point) -> Group {
    let mut group = Group::class("value");
    let letters = Letters { color: TEXT, ..SMALL };
    group.text((right + INSIDE, middle + letters.centre_shift()), Anchor::Start, letters, text);
    group
}

/// Whether a part is a sign at a place.
fn is_drawn(plot: &RowsPlot, part: &RowPart) -> bool {
    let look = plot.series.get(part.series).map(|series| series.look);
    part.span.is_none() && look.is_some_and(|look| !matches!(look, RowLook::Written | RowLook::Strip))
}

fn class(look: RowLook) -> &'static str {
    match look {
        RowLook::Written => "written",
        _ if look.is_bar() => "bar",
        _ => "mark",
    }
}

fn written(spec: &ChartSpec, field: Field<'_>, mark: &Mark) -> String {
    let axis = field.axis;
    let value = with_unit(mark.value, axis.format, axis.decimals, spec.language);
    let interval = mark
        .interval
        .map(|limits| format!(" ({})", range(limits.lower, limits.upper, axis.format, axis.decimals, spec.language)));
    format!("{value}{}", interval.unwrap_or_default())
}

/// Name of a look in the file.
fn marker_name(look: RowLook, careful: bool) -> String {
    let name = match look {
        RowLook::BarWorst => "bar-worst",
        RowLook::BarBad => "bar-bad",
        RowLook::BarNeutral => "bar-neutral",
        RowLook::BarGood => "bar-good",
        RowLook::BarBest => "bar-best",
        RowLook::BarHatched => "bar-hatched",
        RowLook::BarEmpty => "bar-empty",
        RowLook::Estimate if careful => "hollow-circle",
        RowLook::Estimate => "circle",
        RowLook::Before => "ring",
        RowLook::Against => "tick",
        RowLook::Middle => "black-tick",
        RowLook::Strip => "strip",
        RowLook::Written => "written",
    };
    name.to_owned()
}

fn sign(group: &mut Group, look: RowLook, at: Point, careful: bool) {
    match look {
        RowLook::Before => marks::hollow(group, Marker::Circle, at, 3.4, MUTED, 0.9),
        RowLook::Against => marks::filled(group, Marker::Tick, at, 5.0, MUTED),
        RowLook::Middle => group.line(&[(at.0, at.1 - 5.2), (at.0, at.1 + 5.2)], BLACK, 2.0),
        _ => marks::estimate(group, Marker::Circle, at, careful),
    }
}

/// Draws a bar; whether its number stands in it.
fn bar(
    group: &mut Group,
    part: &RowPart,
    look: RowLook,
    (from, to): (f64, f64),
    columns: &Columns,
    (middle, marks): (f64, &[f64]),
) -> bool {
    let (left, right) = (from.min(to), from.max(to));
    if right - left < 0.05 {
        return false;
    }
    let half = columns.half_bar;
    bars::bar(group, look, Rect { left, right, top: middle - half, bottom: middle + half });
    let letters = Letters { color: bars::look(look).1, ..SMALL };
    // A tick through a number would make both unreadable.
    let is_crossed = |text: &str| {
        let half = letters.width(text) / 2.0 + 2.0;
        marks.iter().any(|x| (x - f64::midpoint(left, right)).abs() < half)
    };
    if let Some(text) = &part.written
        && look != RowLook::BarHatched
        && !is_crossed(text)
        && letters.width(text) + 2.0 * INSIDE <= right - left
        && letters.size <= 2.0 * half
    {
        let at = (f64::midpoint(left, right), middle + letters.centre_shift());
        group.text(at, Anchor::Middle, letters, text.clone());
        return true;
    }
    false
}

/// One thin stroke a value; strokes at the same place are drawn once, so that a long round stays a small file.
fn strip(row: &ChartRow, part: &RowPart, field: Field<'_>, middle: f64) -> Group {
    let mut group =
        Group::class("strip").with("data-id", row.id.clone()).with("data-count", part.values.len().to_string());
    let mut places: Vec<i64> = part.values.iter().map(|value| (field.x(*value) / STROKE_STEP).round() as i64).collect();
    places.sort_unstable();
    places.dedup();
    for place in places {
        let x = (place as f64 * STROKE_STEP).clamp(field.left, field.right);
        group.line(&[(x, middle - STROKE), (x, middle + STROKE)], BLUE, 0.6);
    }
    group
}

/// Width of a look in the key.
pub(super) fn key_width(look: RowLook, with_interval: bool) -> f64 {
    match look {
        RowLook::Estimate if with_interval => 22.0,
        RowLook::Strip => 16.0,
        _ if look.is_bar() => 14.0,
        _ => 9.0,
    }
}

/// A look in the key.
pub(super) fn key_sign(look: RowLook, with_interval: bool, at: Point) -> Group {
    let (x, y) = at;
    let mut group = Group::default();
    if look.is_bar() {
        bars::bar(&mut group, look, Rect { left: x - 7.0, right: x + 7.0, top: y - 3.6, bottom: y + 3.6 });
    } else if look == RowLook::Strip {
        for step in [-6.0, -3.5, -2.5, 0.5, 2.0, 6.0] {
            group.line(&[(x + step, y - STROKE), (x + step, y + STROKE)], BLUE, 0.6);
        }
    } else {
        if look == RowLook::Estimate && with_interval {
            field::interval_sign(&mut group, at);
        }
        sign(&mut group, look, at, false);
    }
    group
}
