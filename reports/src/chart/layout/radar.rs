//! Spokes clockwise from twelve o'clock. A companion only: the shape depends on the order of the spokes and its area means nothing.

use std::f64::consts::TAU;

use problem::Problems;

use super::super::font::{widest, wrap_balanced};
use super::super::number::{bare, with_unit};
use super::super::palette::{AXIS, BLUE, GRID, WHITE};
use super::super::scene::{Anchor, Group, LEADING, Point, Rect};
use super::super::{Cell, ChartSpec, Mark, RadarPlot, RadarSeries, SeriesKind};
use super::key::{self, Entry};
use super::marks;
use super::{LABEL, LABEL_BOLD, SMALL, does_not_fit};

/// Least radius at which rings can be told apart.
const RADIUS_MIN: f64 = 42.0;
/// From the outer ring to the names.
const LABEL_GAP: f64 = 7.0;
/// Widest name beside and above the star.
const NAME_WIDTH: f64 = 124.0;

struct Star<'a> {
    spec: &'a ChartSpec,
    plot: &'a RadarPlot,
    centre: Point,
    radius: f64,
}

pub(super) fn lay(spec: &ChartSpec, plot: &RadarPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(plot), body);
    let leading = LABEL.size * LEADING;
    let lines = names(plot, body.width() / 2.0 - RADIUS_MIN - LABEL_GAP);
    let count = lines.len();
    let rows = |index: usize| (lines[index].len() + 1) as f64 * leading;
    let upper = rows(0) + LABEL_GAP;
    // With an odd number of spokes the two lowest stand beside the axis; their names hang lower than the ring by part of a block.
    let lower = rows(count / 2).max(rows(count.div_ceil(2) % count)) + LABEL_GAP;
    let radius = (body.bottom - top - upper - lower) / 2.0;
    if radius < RADIUS_MIN {
        return Err(does_not_fit("radius", RADIUS_MIN, radius));
    }
    let side = widest(lines.iter().flatten().map(String::as_str), LABEL.size, LABEL.weight);
    let half = body.width() / 2.0 - LABEL_GAP;
    if side > half - RADIUS_MIN {
        return Err(does_not_fit("names", side, half - RADIUS_MIN));
    }
    let radius = radius.min(half - side);
    let centre = (f64::midpoint(body.left, body.right), top + upper + (body.bottom - top - upper - lower) / 2.0);
    let star = Star { spec, plot, centre, radius };
    groups.push(star.rings());
    for series in plot.series.iter().rev() {
        groups.extend(star.series(series));
    }
    groups.extend(star.labels(&lines));
    let area =
        Rect { left: centre.0 - radius, right: centre.0 + radius, top: centre.1 - radius, bottom: centre.1 + radius };
    Ok((area, groups))
}

fn names(plot: &RadarPlot, room: f64) -> Vec<Vec<String>> {
    plot.spokes.iter().map(|(_, name)| wrap_balanced(name, LABEL.size, LABEL.weight, NAME_WIDTH.min(room))).collect()
}

fn key_entries(plot: &RadarPlot) -> Vec<Entry<'_>> {
    let entries = plot.series.iter().map(|series| Entry {
        width: 24.0,
        sign: Box::new(move |groups: &mut Vec<Group>, (x, y): Point| {
            let (color, marker, _) = marks::series_look(series.kind);
            let mut line = dashed(series.kind, Group::default());
            line.line(&[(x - 12.0, y), (x + 12.0, y)], color, 1.4);
            groups.push(line);
            let mut sign = Group::default();
            marks::filled(&mut sign, marker, (x, y), sign_radius(series.kind), color);
            groups.push(sign);
        }),
        label: series.label.clone(),
    });
    entries.collect()
}

fn dashed(kind: SeriesKind, group: Group) -> Group {
    match marks::series_look(kind).2 {
        Some(dashes) => group.with("stroke-dasharray", dashes),
        None => group,
    }
}

fn sign_radius(kind: SeriesKind) -> f64 {
    match kind {
        SeriesKind::Current => 3.0,
        SeriesKind::Previous => 2.4,
        SeriesKind::Reference => 3.0,
    }
}

impl Star<'_> {
    /// Direction of a spoke: sine to the right, cosine upwards.
    fn direction(&self, spoke: usize) -> (f64, f64) {
        (TAU * spoke as f64 / self.plot.spokes.len() as f64).sin_cos()
    }

    fn at(&self, spoke: usize, value: f64) -> Point {
        let axis = &self.plot.axis;
        let reach = ((value - axis.min) / (axis.max - axis.min)).clamp(0.0, 1.0) * self.radius;
        self.out(spoke, reach)
    }

    fn out(&self, spoke: usize, reach: f64) -> Point {
        let (sine, cosine) = self.direction(spoke);
        (self.centre.0 + sine * reach, self.centre.1 - cosine * reach)
    }

    fn rings(&self) -> Group {
        let mut group = Group::class("axis");
        let axis = &self.plot.axis;
        for spoke in 0..self.plot.spokes.len() {
            group.line(&[self.centre, self.out(spoke, self.radius)], GRID, 0.6);
        }
        let half_step = TAU / self.plot.spokes.len() as f64 / 2.0;
        for &tick in &axis.ticks {
            let reach = (tick - axis.min) / (axis.max - axis.min) * self.radius;
            let outer = tick >= axis.max;
            group.shapes.push(super::super::scene::Shape::Circle {
                centre: self.centre,
                radius: reach,
                color: if outer { AXIS } else { GRID },
                width: Some(if outer { 0.7 } else { 0.6 }),
            });
            let text = bare(tick, axis.format, 0, self.spec.language);
            // Between the last spoke and the first, where no value is drawn.
            let (sine, cosine) = (-half_step).sin_cos();
            let (x, y) = (self.centre.0 + sine * reach, self.centre.1 - cosine * reach);
            let (half_width, half_height) = (SMALL.width(&text) / 2.0 + 1.0, SMALL.size * 0.45);
            group.area(
                &[
                    (x - half_width, y - half_height),
                    (x + half_width, y - half_height),
                    (x + half_width, y + half_height),
                    (x - half_width, y + half_height),
                ],
                WHITE,
            );
            group.text((x, y + SMALL.centre_shift()), Anchor::Middle, SMALL, text);
        }
        group
    }

    fn series(&self, series: &RadarSeries) -> Vec<Group> {
        let (color, _, _) = marks::series_look(series.kind);
        let mut line = dashed(series.kind, Group::class("series").with("data-series", series.label.clone()));
        for piece in self.pieces(series) {
            line.line(&piece, color, 1.4);
        }
        let mut groups = vec![line];
        groups.extend(
            series.cells.iter().enumerate().filter_map(|(spoke, cell)| Some(self.mark(series, spoke, cell.mark()?))),
        );
        groups
    }

    /// Runs of neighbouring spokes with a value; a hidden spoke breaks the line, nothing is drawn across it.
    fn pieces(&self, series: &RadarSeries) -> Vec<Vec<Point>> {
        let count = series.cells.len();
        let points: Vec<Option<Point>> =
            series.cells.iter().enumerate().map(|(spoke, cell)| Some(self.at(spoke, cell.mark()?.value))).collect();
        let mut sides: Vec<Vec<Point>> = Vec::new();
        let start = points.iter().position(Option::is_none).map_or(0, |gap| gap + 1);
        let mut previous: Option<Point> = None;
        for step in 0..=count {
            let point = points[(start + step) % count];
            match (previous, point, sides.last_mut()) {
                (Some(_), Some(to), Some(side)) => side.push(to),
                (None, Some(to), _) => sides.push(vec![to]),
                _ => {}
            }
            previous = point;
        }
        sides.retain(|side| side.len() > 1);
        sides
    }

    fn mark(&self, series: &RadarSeries, spoke: usize, mark: &Mark) -> Group {
        let (color, marker, _) = marks::series_look(series.kind);
        let (id, name) = &self.plot.spokes[spoke];
        let mut group = Group::class("mark")
            .with("data-id", id.clone())
            .with("data-series", series.label.clone())
            .with("data-marker", marker.name())
            .with("data-value", mark.value.to_string());
        if let Some(limits) = mark.interval {
            group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
        }
        if let Some(n) = mark.n {
            group = group.with("data-n", n.to_string());
        }
        let axis = &self.plot.axis;
        let text = with_unit(mark.value, axis.format, axis.decimals, self.spec.language);
        group.tooltip = Some(format!("{name}, {}: {text}", series.label));
        if series.kind == SeriesKind::Current
            && let Some(limits) = mark.interval
        {
            self.whisker(&mut group, spoke, limits.lower, limits.upper);
        }
        let at = self.at(spoke, mark.value);
        if mark.cautions.is_empty() {
            marks::filled(&mut group, marker, at, sign_radius(series.kind), color);
        } else {
            marks::hollow(&mut group, marker, at, sign_radius(series.kind), color, 1.1);
        }
        group
    }

    fn whisker(&self, group: &mut Group, spoke: usize, lower: f64, upper: f64) {
        group.line(&[self.at(spoke, lower), self.at(spoke, upper)], BLUE, 1.5);
        let (sine, cosine) = self.direction(spoke);
        for (value, inside) in [(lower, lower >= self.plot.axis.min), (upper, upper <= self.plot.axis.max)] {
            if inside {
                let (x, y) = self.at(spoke, value);
                group.line(&[(x - cosine * 2.4, y - sine * 2.4), (x + cosine * 2.4, y + sine * 2.4)], BLUE, 1.0);
            }
        }
    }

    fn labels(&self, lines: &[Vec<String>]) -> Vec<Group> {
        let Some(series) = self.plot.series.first() else { return Vec::new() };
        let leading = LABEL.size * LEADING;
        let mut groups = Vec::new();
        for (spoke, (name, cell)) in lines.iter().zip(&series.cells).enumerate() {
            let (sine, cosine) = self.direction(spoke);
            let (x, y) = self.out(spoke, self.radius + LABEL_GAP);
            let anchor = if sine.abs() < 0.1 {
                Anchor::Middle
            } else if sine > 0.0 {
                Anchor::Start
            } else {
                Anchor::End
            };
            let height = leading * (name.len() + 1) as f64;
            let middle = y - cosine * height / 2.0;
            let mut group = Group::class("names");
            group.block(name, x, middle - leading / 2.0, anchor, LABEL);
            let value = self.value_text(cell);
            let letters = if cell.mark().is_some() { LABEL_BOLD } else { SMALL };
            let below = middle + leading * name.len() as f64 / 2.0;
            group.text((x, below + letters.centre_shift()), anchor, letters, value);
            groups.push(group);
        }
        groups
    }

    fn value_text(&self, cell: &Cell) -> String {
        let axis = &self.plot.axis;
        match cell {
            Cell::Shown(mark) => {
                let star = if mark.cautions.is_empty() { "" } else { "*" };
                format!("{}{star}", with_unit(mark.value, axis.format, axis.decimals, self.spec.language))
            }
            Cell::Suppressed => format!("– (n < {})", self.spec.small_cells.hide_below_n),
            Cell::Missing { reason } => format!("– ({reason})"),
        }
    }
}
