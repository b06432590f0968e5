//! Spokes clockwise from twelve o'clock. A companion only: the shape depends on the order of the spokes and its area means nothing.

use std::f64::consts::TAU;

use problem::{Language, Problems};

use super::super::font::widest;
use super::super::number::{bare, level, with_unit};
use super::super::palette::{AXIS, BLUE, GRID, WHITE};
use super::super::scene::{Anchor, Group, LEADING, Point, Rect, misplaced_text};
use super::super::wrap::wrap_balanced;
use super::super::{Cell, ChartSpec, Mark, RadarPlot, RadarSeries, SeriesKind};
use super::key::{self, Entry};
use super::marks;
use super::{LABEL, LABEL_BOLD, SMALL, cramped, does_not_fit};

/// Least radius at which rings can be told apart.
const RADIUS_MIN: f64 = 42.0;
/// From the outer ring to the names.
const LABEL_GAP: f64 = 7.0;
/// Widest line of a name beside the star.
const NAME_WIDTH_BESIDE: f64 = 112.0;
/// Widths tried for the names above and below it, which must stay clear of their neighbours.
const NAME_WIDTHS_ABOVE: [f64; 3] = [112.0, 90.0, 72.0];
/// Between a name and its value.
const VALUE_GAP: f64 = 4.5;
/// Distance at which a ring number and a line no longer disturb each other.
const CLEARANCE_ENOUGH: f64 = 6.0;

struct Star<'a> {
    spec: &'a ChartSpec,
    plot: &'a RadarPlot,
    centre: Point,
    radius: f64,
}

pub(super) fn lay(spec: &ChartSpec, plot: &RadarPlot, body: Rect) -> Result<(Rect, Vec<Group>), Problems> {
    let (mut groups, top) = key::lay(&key_entries(spec, plot), body);
    let body = Rect { top, ..body };
    let mut shortage = None;
    for above in NAME_WIDTHS_ABOVE {
        let labels = labels(spec, plot, above);
        let star = match Star::new(spec, plot, body, &labels) {
            Ok(star) => star,
            Err(radius) => {
                shortage = Some(does_not_fit("radius", RADIUS_MIN, radius));
                continue;
            }
        };
        let names = star.names(&labels);
        if let Some((text, other)) = misplaced_text(std::slice::from_ref(&names), spec.size.points()) {
            shortage = Some(cramped(text, other));
            continue;
        }
        groups.push(star.rings());
        for series in plot.series.iter().rev() {
            groups.extend(star.series(series));
        }
        groups.push(names);
        return Ok((star.area(), groups));
    }
    Err(shortage.unwrap_or_default())
}

/// Lines of a name, and the value that stands behind the last one.
type Label = (Vec<String>, String);

fn labels(spec: &ChartSpec, plot: &RadarPlot, above: f64) -> Vec<Label> {
    let cells = plot.series.first().map_or(&[][..], |series| &series.cells);
    let label = |(spoke, ((_, name), cell)): (usize, (&(String, String), &Cell))| {
        let beside = direction(plot, spoke).0.abs() > 0.1;
        let room = if beside { NAME_WIDTH_BESIDE } else { above };
        (wrap_balanced(name, LABEL.size, LABEL.weight, room), value_text(spec, plot, cell))
    };
    plot.spokes.iter().zip(cells).enumerate().map(label).collect()
}

fn label_width((name, value): &Label) -> f64 {
    let last = name.last().map_or(0.0, |line| LABEL.width(line));
    widest(name.iter().map(String::as_str), LABEL.size, LABEL.weight).max(last + VALUE_GAP + LABEL_BOLD.width(value))
}

/// Direction of a spoke: sine to the right, cosine upwards.
fn direction(plot: &RadarPlot, spoke: usize) -> (f64, f64) {
    (TAU * spoke as f64 / plot.spokes.len() as f64).sin_cos()
}

fn value_text(spec: &ChartSpec, plot: &RadarPlot, cell: &Cell) -> String {
    match cell {
        Cell::Shown(mark) => {
            let star = if mark.cautions.is_empty() { "" } else { "*" };
            format!("{}{star}", with_unit(mark.value, plot.axis.format, plot.axis.decimals, spec.language))
        }
        Cell::Suppressed => format!("– (n < {})", spec.small_cells.hide_below_n),
        Cell::Missing { reason } => format!("– ({reason})"),
    }
}

fn key_entries<'a>(spec: &'a ChartSpec, plot: &'a RadarPlot) -> Vec<Entry<'a>> {
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
        label: key_label(spec, series),
    });
    entries.collect()
}

/// Name of a series; the one with whiskers says what they are.
fn key_label(spec: &ChartSpec, series: &RadarSeries) -> String {
    let has_whiskers = series.kind == SeriesKind::Current
        && series.cells.iter().filter_map(Cell::mark).any(|mark| mark.interval.is_some());
    if !has_whiskers {
        return series.label.clone();
    }
    let level = level(spec.note.confidence_level, spec.language);
    match spec.language {
        Language::Vi => format!("{} (vạch: khoảng tin cậy {level})", series.label),
        Language::En => format!("{} (whiskers: {level} interval)", series.label),
    }
}

fn dashed(kind: SeriesKind, group: Group) -> Group {
    match marks::series_look(kind).2 {
        Some(dashes) => group.with("stroke-dasharray", dashes),
        None => group,
    }
}

fn sign_radius(kind: SeriesKind) -> f64 {
    match kind {
        SeriesKind::Current => 2.3,
        SeriesKind::Previous => 2.1,
        SeriesKind::Reference => 2.5,
    }
}

impl<'a> Star<'a> {
    /// The largest star that leaves room for its names, or the radius it would have.
    fn new(spec: &'a ChartSpec, plot: &'a RadarPlot, body: Rect, labels: &[Label]) -> Result<Self, f64> {
        let leading = LABEL.size * LEADING;
        // Names above and below the star need their height, the others their width.
        let room = |spoke: usize| labels[spoke].0.len() as f64 * leading + LABEL_GAP;
        let (upper, lower) = (room(0), room(plot.spokes.len() / 2));
        let height = body.height() - upper - lower;
        let beside = labels.iter().enumerate().filter(|(spoke, _)| direction(plot, *spoke).0.abs() > 0.1);
        let side = beside.map(|(_, label)| label_width(label)).fold(0.0, f64::max);
        let radius = (height / 2.0).min(body.width() / 2.0 - LABEL_GAP - side);
        if radius < RADIUS_MIN {
            return Err(radius);
        }
        let centre = (f64::midpoint(body.left, body.right), body.top + upper + height / 2.0);
        Ok(Self { spec, plot, centre, radius })
    }

    fn area(&self) -> Rect {
        let ((x, y), radius) = (self.centre, self.radius);
        Rect { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius }
    }

    fn at(&self, spoke: usize, value: f64) -> Point {
        let axis = &self.plot.axis;
        let reach = ((value - axis.min) / (axis.max - axis.min)).clamp(0.0, 1.0) * self.radius;
        self.out(spoke, reach)
    }

    fn out(&self, spoke: usize, reach: f64) -> Point {
        let (sine, cosine) = direction(self.plot, spoke);
        (self.centre.0 + sine * reach, self.centre.1 - cosine * reach)
    }

    fn rings(&self) -> Group {
        let mut group = Group::class("axis");
        let axis = &self.plot.axis;
        for spoke in 0..self.plot.spokes.len() {
            group.line(&[self.centre, self.out(spoke, self.radius)], GRID, 0.6);
        }
        let gap = self.freest_gap();
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
            let (sine, cosine) = gap.sin_cos();
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
        let (sine, cosine) = direction(self.plot, spoke);
        for (value, inside) in [(lower, lower >= self.plot.axis.min), (upper, upper <= self.plot.axis.max)] {
            if inside {
                let (x, y) = self.at(spoke, value);
                group.line(
                    &[
                        (x - cosine * marks::CAP, y - sine * marks::CAP),
                        (x + cosine * marks::CAP, y + sine * marks::CAP),
                    ],
                    BLUE,
                    1.0,
                );
            }
        }
    }

    fn names(&self, labels: &[Label]) -> Group {
        let leading = LABEL.size * LEADING;
        let mut group = Group::class("names");
        for (spoke, (name, value)) in labels.iter().enumerate() {
            let (sine, cosine) = direction(self.plot, spoke);
            let (x, y) = self.out(spoke, self.radius + LABEL_GAP);
            // The block stands wholly above the top spoke, wholly below the lowest, centred beside the level ones.
            let middle = y - cosine.powi(3) * leading * name.len() as f64 / 2.0;
            let Some((last, before)) = name.split_last() else { continue };
            let last_width = LABEL.width(last);
            let whole = last_width + VALUE_GAP + LABEL_BOLD.width(value);
            let (anchor, left) = if sine.abs() < 0.1 {
                (Anchor::Middle, x - whole / 2.0)
            } else if sine > 0.0 {
                (Anchor::Start, x)
            } else {
                (Anchor::End, x - whole)
            };
            group.block(before, x, middle - leading / 2.0, anchor, LABEL);
            let base = middle + leading * before.len() as f64 / 2.0 + LABEL.centre_shift();
            group.text((left, base), Anchor::Start, LABEL, last.clone());
            group.text(
                (left + last_width + VALUE_GAP, base),
                Anchor::Start,
                if value.starts_with('–') { LABEL } else { LABEL_BOLD },
                value.clone(),
            );
        }
        group
    }

    /// Middle between two spokes where the ring numbers are farthest from the lines of the series.
    fn freest_gap(&self) -> f64 {
        let count = self.plot.spokes.len();
        let step = TAU / count as f64;
        let axis = &self.plot.axis;
        let reach = |value: f64| (value - axis.min) / (axis.max - axis.min) * self.radius;
        let mut best = (f64::NEG_INFINITY, 0.0);
        for gap in 0..count {
            let mut clearance = f64::INFINITY;
            for series in &self.plot.series {
                let ends =
                    [gap, (gap + 1) % count].map(|spoke| series.cells[spoke].mark().map(|mark| reach(mark.value)));
                if let [Some(one), Some(other)] = ends {
                    // Where the straight line between two spokes cuts the bisector.
                    let cut = 2.0 * one * other * (step / 2.0).cos() / (one + other).max(f64::MIN_POSITIVE);
                    clearance = axis.ticks.iter().map(|tick| (reach(*tick) - cut).abs()).fold(clearance, f64::min);
                }
            }
            let clearance = clearance.min(CLEARANCE_ENOUGH);
            // The gap before twelve o'clock is where readers look; others must be clearly better.
            let usual = if gap + 1 == count { 1.0 } else { 0.0 };
            if clearance + usual > best.0 {
                best = (clearance + usual, (gap as f64 + 0.5) * step);
            }
        }
        best.1
    }
}
