//! Panels with two axes in a grid: frames, ticks, key, list of names.

mod layers;
mod room;

use problem::Problems;

use super::super::font::widest;
use super::super::palette::{AXIS, BLACK, BLUE, FIELD, GRID};
use super::super::scene::{Anchor, Group, LEADING, Point, Rect};
use super::super::wrap::wrap_balanced;
use super::super::{ChartSpec, Layer, Panel, PanelsPlot, RowLook};
use super::field::{self, tick_texts};
use super::key::{self, Entry};
use super::{LABEL, LABEL_BOLD, SMALL, TICK, bars, does_not_fit};

/// Draws the sign of a layer in the key, at a place.
type KeySign<'a> = Box<dyn Fn(&mut Group, Point) + 'a>;

/// White between panels.
const GUTTER: (f64, f64) = (14.0, 9.0);
/// Height of the axis numbers under a panel, and how far their tops lie below the axis: deeper than under rows, because the
/// lowest number of the other axis stands beside its corner.
const AXIS_HEIGHT: f64 = 16.0;
const NUMBERS_BELOW: f64 = 5.5;
/// Least width and height of the inside of a panel.
const LEAST: (f64, f64) = (64.0, 34.0);
/// Width of the list of names, part of the page.
const NAMES_PART: f64 = 0.36;

pub(super) fn lay(spec: &ChartSpec, plot: &PanelsPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let names_width = if plot.names.is_empty() { 0.0 } else { body.width() * NAMES_PART };
    let grid = Rect { top: top + 2.0, right: body.right - names_width, ..body };
    if names_width > 0.0 {
        groups.push(names(plot, Rect { left: grid.right + GUTTER.0, top: top + 2.0, ..body })?);
    }
    let across = plot.across.clamp(1, plot.panels.len().max(1));
    let down = plot.panels.len().div_ceil(across);
    let labels = plot.panels.iter().flat_map(|panel| tick_texts(&panel.y, f64::INFINITY, false, spec.language));
    let label_room = labels.map(|text| TICK.width(&text)).fold(0.0, f64::max) + 6.0;
    let width = (grid.width() - GUTTER.0 * (across - 1) as f64) / across as f64;
    let height = (grid.height() - GUTTER.1 * (down - 1) as f64) / down as f64;
    let titles: Vec<Vec<String>> = plot.panels.iter().map(|panel| title_lines(panel, width)).collect();
    let mut whole: Option<Rect> = None;
    for (row, panels) in plot.panels.chunks(across).enumerate() {
        let lines = titles[row * across..].iter().take(across).map(Vec::len).max().unwrap_or(0);
        for (column, panel) in panels.iter().enumerate() {
            let left = grid.left + (width + GUTTER.0) * column as f64;
            let top = grid.top + (height + GUTTER.1) * row as f64;
            let x_title = if panel.x.title.is_empty() { 0.0 } else { SMALL.size * LEADING };
            let area = Rect {
                left: left + label_room,
                right: left + width - overhang(panel),
                top: top + LABEL.size * LEADING * lines as f64 + 7.0,
                bottom: top + height - AXIS_HEIGHT - x_title,
            };
            if area.width() < LEAST.0 || area.height() < LEAST.1 {
                let (what, needed, got) = if area.width() < LEAST.0 {
                    ("width", LEAST.0, area.width())
                } else {
                    ("height", LEAST.1, area.height())
                };
                return Err(does_not_fit(what, needed, got));
            }
            groups.push(frame(spec, panel, &titles[row * across + column], left, area));
            groups.extend(layers::draw(spec, panel, area));
            let so_far = whole.unwrap_or(area);
            whole = Some(Rect {
                left: so_far.left.min(area.left),
                right: so_far.right.max(area.right),
                top: so_far.top.min(area.top),
                bottom: so_far.bottom.max(area.bottom),
            });
        }
    }
    Ok((whole.unwrap_or(grid), groups))
}

/// How far the last number of the horizontal axis hangs over its end.
fn overhang(panel: &Panel) -> f64 {
    panel.x.ticks.last().map_or(0.0, |tick| TICK.width(&tick.label) / 2.0).max(6.0)
}

fn title_lines(panel: &Panel, width: f64) -> Vec<String> {
    if panel.title.is_empty() {
        return Vec::new();
    }
    wrap_balanced(&panel.title, LABEL_BOLD.size, LABEL_BOLD.weight, width - 4.0)
}

/// Where a place of the horizontal axis stands.
fn x_of(panel: &Panel, area: Rect, value: f64) -> f64 {
    let part = super::super::spec::part(value, panel.x.min, panel.x.max, panel.x.log);
    area.left + part.clamp(0.0, 1.0) * area.width()
}

/// Where a value stands.
fn y_of(panel: &Panel, area: Rect, value: f64) -> f64 {
    area.bottom - panel.y.part(value).clamp(0.0, 1.0) * area.height()
}

/// Title, grid, ticks, axis lines; fields without data behind everything.
fn frame(spec: &ChartSpec, panel: &Panel, title: &[String], left: f64, area: Rect) -> Group {
    let mut group = Group::class("axis").with("data-panel", panel.id.clone());
    for layer in &panel.layers {
        if let Layer::Gap { ends, .. } = layer {
            let (from, to) = (x_of(panel, area, ends.0), x_of(panel, area, ends.1));
            group.area(&Rect { left: from, right: to, ..area }.corners(), FIELD);
        }
    }
    let leading = LABEL_BOLD.size * LEADING;
    for (index, line) in title.iter().rev().enumerate() {
        group.text((left, area.top - 8.0 - leading * index as f64), Anchor::Start, LABEL_BOLD, line.clone());
    }
    for (&tick, text) in panel.y.ticks.iter().zip(tick_texts(&panel.y, f64::INFINITY, false, spec.language)) {
        let y = y_of(panel, area, tick);
        group.line(&[(area.left, y), (area.right, y)], GRID, 0.5);
        group.text((area.left - 4.0, y + TICK.centre_shift()), Anchor::End, TICK, text);
    }
    let every = tick_step(panel, area);
    for (index, tick) in panel.x.ticks.iter().rev().enumerate() {
        let x = x_of(panel, area, tick.at);
        group.line(&[(x, area.bottom), (x, area.bottom + if index % every == 0 { 3.0 } else { 1.8 })], AXIS, 0.7);
        if index % every == 0 {
            group.text((x, area.bottom + NUMBERS_BELOW + TICK.size * 0.85), Anchor::Middle, TICK, tick.label.clone());
        }
    }
    if !panel.x.title.is_empty() {
        let baseline = area.bottom + AXIS_HEIGHT + SMALL.size * 0.85;
        group.text((area.right, baseline), Anchor::End, SMALL, panel.x.title.clone());
    }
    group.line(&[(area.left, area.bottom), (area.right, area.bottom)], AXIS, 0.7);
    if let Some(reason) = &panel.empty {
        let lines = wrap_balanced(reason, SMALL.size, SMALL.weight, area.width() - 8.0);
        let middle = (f64::midpoint(area.left, area.right), f64::midpoint(area.top, area.bottom));
        group.block(&lines, middle.0, middle.1, Anchor::Middle, SMALL);
    }
    group
}

/// Every how manieth tick is written, counted from the last, so that none touches another.
fn tick_step(panel: &Panel, area: Rect) -> usize {
    let ticks: Vec<(f64, f64)> =
        panel.x.ticks.iter().rev().map(|tick| (x_of(panel, area, tick.at), TICK.width(&tick.label))).collect();
    let free = |step: &usize| {
        let written: Vec<&(f64, f64)> = ticks.iter().step_by(*step).collect();
        written.windows(2).all(|two| two[0].0 - two[0].1 / 2.0 > two[1].0 + two[1].1 / 2.0 + 3.0)
    };
    (1..=ticks.len().max(1)).find(free).unwrap_or(1)
}

/// Codes and names of the crosses.
fn names(plot: &PanelsPlot, area: Rect) -> Result<Group, Problems> {
    let mut group = Group::class("names");
    let code_room = widest(plot.names.iter().map(|(code, _)| code.as_str()), LABEL_BOLD.size, LABEL_BOLD.weight) + 5.0;
    let mut top = area.top;
    for (code, name) in &plot.names {
        // A heading has no code and takes the whole width.
        let (letters, x) = if code.is_empty() { (LABEL_BOLD, area.left) } else { (LABEL, area.left + code_room) };
        let lines = wrap_balanced(name, letters.size, letters.weight, area.right - x);
        let leading = letters.size * LEADING;
        if code.is_empty() {
            top += 4.0;
        }
        group.text((area.left, top + letters.size), Anchor::Start, LABEL_BOLD, code.clone());
        for (index, line) in lines.iter().enumerate() {
            group.text((x, top + letters.size + leading * index as f64), Anchor::Start, letters, line.clone());
        }
        top += leading * lines.len() as f64 + 2.0;
    }
    if top > area.bottom {
        return Err(does_not_fit("height", top - area.top, area.height()));
    }
    group.shapes.retain(|shape| !matches!(shape, super::super::scene::Shape::Text { text, .. } if text.is_empty()));
    Ok(group)
}

fn key_entries<'a>(spec: &'a ChartSpec, plot: &'a PanelsPlot) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    let mut careful = false;
    for layer in plot.panels.iter().flat_map(|panel| &panel.layers) {
        let (label, width, sign): (&str, f64, KeySign<'a>) = match layer {
            Layer::Line { series, look, points } => {
                let marks = || points.iter().filter_map(|point| point.cell.mark());
                careful |= marks().any(|mark| !mark.cautions.is_empty());
                let whiskers = marks().any(|mark| mark.interval.is_some());
                (series, 24.0, Box::new(move |group, at| layers::key_line(group, *look, whiskers, at)))
            }
            Layer::Columns { series, .. } => (
                series,
                12.0,
                Box::new(|group, (x, y)| {
                    let area = Rect { left: x - 5.0, right: x + 5.0, top: y - 3.6, bottom: y + 3.6 };
                    bars::bar(group, RowLook::BarBest, area);
                }),
            ),
            Layer::Crosses { series, points } => {
                careful |= points.iter().filter_map(|point| point.x.mark()).any(|mark| !mark.cautions.is_empty());
                (series, 20.0, Box::new(layers::key_cross))
            }
            Layer::Upright { label, dotted, .. } => {
                let dotted = *dotted;
                (
                    label,
                    8.0,
                    Box::new(move |group, (x, y)| {
                        layers::upright(group, x, (y - 5.0, y + 5.0), dotted);
                    }),
                )
            }
            Layer::Level { label, dotted, .. } => {
                let dotted = *dotted;
                (label, 20.0, Box::new(move |group, (x, y)| layers::level(group, (x - 10.0, x + 10.0), y, dotted)))
            }
            Layer::Gap { label, .. } => (label, 13.0, Box::new(field::band_sign)),
            Layer::Spread { series, .. } => (
                series,
                26.0,
                Box::new(|group, (x, y)| {
                    layers::spread(group, [x - 13.0, x - 6.0, x, x + 6.0, x + 13.0], y, (BLUE, BLACK));
                }),
            ),
            Layer::Words { .. } => continue,
        };
        if label.is_empty() || entries.iter().any(|entry| entry.label == label) {
            continue;
        }
        entries.push(Entry {
            width,
            sign: Box::new(move |groups, at| {
                let mut group = Group::default();
                sign(&mut group, at);
                groups.push(group);
            }),
            label: label.to_owned(),
        });
    }
    if careful {
        entries.push(key::careful(spec.language));
    }
    entries
}
