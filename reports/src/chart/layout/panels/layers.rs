//! The layers of a panel: lines, columns, crosses, upright and level lines.

use super::super::super::number::{range, with_unit};
use super::super::super::palette::{BAR_BEST, BLACK, BLUE, Color, MUTED, VERMILLION, WHITE};
use super::super::super::scene::{Anchor, Group, LEADING, Point, Rect};
use super::super::super::{Cell, ChartSpec, Column, Crossed, Layer, LineLook, LinePoint, Mark, Panel};
use super::super::marks::{self, Marker};
use super::super::{LABEL_BOLD, SMALL, bars};
use super::room::Room;
use super::{x_of, y_of};

/// Radius of points.
const DOT: f64 = 2.3;

/// Colour, marker and dashes of a line.
fn look(look: LineLook) -> (Color, Option<Marker>, Option<&'static str>) {
    match look {
        LineLook::Main => (BLUE, Some(Marker::Circle), None),
        LineLook::Other => (VERMILLION, Some(Marker::Square), Some("5 2.5")),
        LineLook::Middle => (MUTED, Some(Marker::Diamond), Some("1.2 2.2")),
        LineLook::Target => (BLACK, None, None),
    }
}

fn marker_name(look_of: LineLook) -> &'static str {
    look(look_of).1.map_or("step", Marker::name)
}

struct Drawing<'a> {
    spec: &'a ChartSpec,
    panel: &'a Panel,
    area: Rect,
}

pub(super) fn draw(spec: &ChartSpec, panel: &Panel, area: Rect) -> Vec<Group> {
    let drawing = Drawing { spec, panel, area };
    let mut room = Room::new(area);
    drawing.take(&mut room);
    let mut groups = Vec::new();
    for layer in &panel.layers {
        match layer {
            Layer::Line { series, look, points } => groups.extend(drawing.line(series, *look, points)),
            Layer::Columns { series, columns } => groups.extend(columns.iter().map(|one| drawing.column(series, one))),
            Layer::Crosses { points, .. } => groups.extend(points.iter().flat_map(|one| drawing.cross(one))),
            Layer::Upright { x, dotted, .. } => {
                let mut group = Group::class("guide").with("data-guide", x.to_string());
                upright(&mut group, x_of(panel, area, *x), (area.top, area.bottom), *dotted);
                groups.push(group);
            }
            Layer::Level { y, dotted, .. } => {
                let mut group = Group::class("guide").with("data-guide", y.to_string());
                let y = y_of(panel, area, *y);
                level(&mut group, (area.left, area.right), y, *dotted);
                groups.push(group);
            }
            Layer::Spread { series, five } => groups.extend(drawing.five(series, five)),
            Layer::Gap { .. } | Layer::Words { .. } => {}
        }
    }
    groups.push(drawing.texts(&mut room));
    groups
}

impl Drawing<'_> {
    fn at(&self, x: f64, value: f64) -> Point {
        (x_of(self.panel, self.area, x), y_of(self.panel, self.area, value))
    }

    fn text(&self, value: f64) -> String {
        with_unit(value, self.panel.y.format, self.panel.y.decimals, self.spec.language)
    }

    fn group(&self, id: &str, series: &str, marker: &str, mark: &Mark) -> Group {
        let mut group = Group::class("mark")
            .with("data-panel", self.panel.id.clone())
            .with("data-id", id)
            .with("data-series", series)
            .with("data-marker", marker)
            .with("data-value", mark.value.to_string());
        if let Some(limits) = mark.interval {
            group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
        }
        if let Some(n) = mark.n {
            group = group.with("data-n", n.to_string());
        }
        group
    }

    /// The joined line, broken where a point has no value, then its points.
    fn line(&self, series: &str, kind: LineLook, points: &[LinePoint]) -> Vec<Group> {
        let (color, marker, dash) = look(kind);
        let mut line = Group::class("series").with("data-series", series);
        if let Some(dash) = dash {
            line = line.with("stroke-dasharray", dash);
        }
        let mut run: Vec<Point> = Vec::new();
        let mut flush = |run: &mut Vec<Point>| {
            if run.len() > 1 {
                line.line(run, color, 1.4);
            }
            run.clear();
        };
        for point in points {
            let Some(mark) = point.cell.mark() else {
                flush(&mut run);
                continue;
            };
            if kind == LineLook::Target {
                run.extend([self.at(point.x - 0.5, mark.value), self.at(point.x + 0.5, mark.value)]);
            } else {
                run.push(self.at(point.x, mark.value));
            }
        }
        flush(&mut run);
        let mut groups = vec![line];
        for point in points {
            let Some(mark) = point.cell.mark() else { continue };
            let careful = !mark.cautions.is_empty();
            let name = marker_name(kind);
            let name = if careful { format!("hollow-{name}") } else { name.to_owned() };
            let mut group = self.group(&point.label, series, &name, mark);
            let (x, y) = self.at(point.x, mark.value);
            let mut words = self.text(mark.value);
            if let Some(limits) = mark.interval {
                self.whisker(&mut group, x, mark, color);
                let axis = &self.panel.y;
                let text = range(limits.lower, limits.upper, axis.format, axis.decimals, self.spec.language);
                words = format!("{words} ({text})");
            }
            group.tooltip = Some(format!("{}, {series}: {words}", point.label));
            match marker {
                Some(marker) if careful => marks::hollow(&mut group, marker, (x, y), DOT + 0.3, color, 1.1),
                Some(marker) => marks::filled(&mut group, marker, (x, y), DOT, color),
                None => {
                    group.line(&[self.at(point.x - 0.5, mark.value), self.at(point.x + 0.5, mark.value)], color, 1.4);
                }
            }
            groups.push(group);
        }
        groups
    }

    /// Upright line of an interval; an end beyond the axis has no cap and ends in an arrow head.
    fn whisker(&self, group: &mut Group, x: f64, mark: &Mark, color: Color) {
        let Some(limits) = mark.interval else { return };
        let [low, high] = [limits.lower, limits.upper].map(|value| y_of(self.panel, self.area, value));
        group.line(&[(x, low), (x, high)], color, 1.3);
        for (value, y, back) in [(limits.lower, low, -5.0), (limits.upper, high, 5.0)] {
            if (0.0..=1.0).contains(&self.panel.y.part(value)) {
                group.line(&[(x - marks::CAP, y), (x + marks::CAP, y)], color, 1.0);
            } else {
                group.area(&[(x, y), (x - 3.0, y + back), (x + 3.0, y + back)], color);
            }
        }
    }

    fn column(&self, series: &str, column: &Column) -> Group {
        let Cell::Shown(mark) = &column.cell else { return Group::class("absent") };
        let mut group = self.group(&column.label, series, "column", mark);
        group.tooltip = Some(format!("{}, {series}: {}", column.label, self.text(mark.value)));
        let [left, right] = [column.ends.0, column.ends.1].map(|x| x_of(self.panel, self.area, x));
        let top = y_of(self.panel, self.area, mark.value);
        if self.area.bottom - top > 0.05 {
            let air = ((right - left) * 0.08).min(1.5);
            let corners = Rect { left: left + air, right: right - air, top, bottom: self.area.bottom }.corners();
            group.area(&corners, BAR_BEST);
        }
        group
    }

    /// Both estimates of a name: two groups, so that each number can be read by itself.
    fn cross(&self, point: &Crossed) -> Vec<Group> {
        let (Some(x), Some(y)) = (point.x.mark(), point.y.mark()) else { return Vec::new() };
        let at = self.at(x.value, y.value);
        let careful = !x.cautions.is_empty() || !y.cautions.is_empty();
        let mut across = self.group(&point.id, &self.panel.x.title, "circle", x);
        if let Some(limits) = x.interval {
            let [from, to] = [limits.lower, limits.upper].map(|value| x_of(self.panel, self.area, value));
            across.line(&[(from, at.1), (to, at.1)], BLUE, 0.9);
        }
        let mut up = self.group(&point.id, &self.panel.title, "circle", y);
        if let Some(limits) = y.interval {
            let [from, to] = [limits.lower, limits.upper].map(|value| y_of(self.panel, self.area, value));
            up.line(&[(at.0, from), (at.0, to)], BLUE, 0.9);
        }
        up.tooltip = Some(format!("{} {}", point.id, point.label));
        marks::estimate(&mut up, Marker::Circle, at, careful);
        vec![across, up]
    }

    fn five(&self, series: &str, five: &[LinePoint]) -> Vec<Group> {
        let places: Vec<f64> = five.iter().map(|point| x_of(self.panel, self.area, point.x)).collect();
        let [a, b, c, d, e] = places[..] else { return Vec::new() };
        let y = self.area.top + 6.0;
        let mut drawing = Group::class("spread").with("data-panel", self.panel.id.clone());
        spread(&mut drawing, [a, b, c, d, e], y, (MUTED, BLACK));
        let mut groups = vec![drawing];
        for (point, x) in five.iter().zip(places) {
            let Some(mark) = point.cell.mark() else { continue };
            let mut group = self.group(&point.label, series, "five", mark);
            group.tooltip = Some(format!("{series}, {}: {}", point.label, self.text(mark.value)));
            group.line(&[(x, y - 3.0), (x, y + 3.0)], MUTED, 0.8);
            groups.push(group);
        }
        groups
    }

    /// Points, whiskers and lines: no text may lie on them.
    fn take(&self, room: &mut Room) {
        let mut point = |(x, y): Point, radius: f64| {
            room.take(Rect { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius });
        };
        for layer in &self.panel.layers {
            match layer {
                Layer::Line { points, .. } => {
                    points
                        .iter()
                        .filter_map(|one| Some(self.at(one.x, one.cell.mark()?.value)))
                        .for_each(|at| point(at, 3.0));
                }
                Layer::Crosses { points, .. } => {
                    let places =
                        points.iter().filter_map(|one| Some(self.at(one.x.mark()?.value, one.y.mark()?.value)));
                    places.for_each(|at| point(at, 3.2));
                }
                _ => {}
            }
        }
        for layer in &self.panel.layers {
            match layer {
                Layer::Upright { x, .. } => {
                    let x = x_of(self.panel, self.area, *x);
                    room.avoid_line((x, self.area.top), (x, self.area.bottom));
                }
                Layer::Level { y, .. } => {
                    let y = y_of(self.panel, self.area, *y);
                    room.avoid_line((self.area.left, y), (self.area.right, y));
                }
                Layer::Crosses { points, .. } => {
                    for (x, y) in points.iter().filter_map(|one| Some((one.x.mark()?, one.y.mark()?))) {
                        if let Some(limits) = x.interval {
                            room.avoid_line(self.at(limits.lower, y.value), self.at(limits.upper, y.value));
                        }
                        if let Some(limits) = y.interval {
                            room.avoid_line(self.at(x.value, limits.lower), self.at(x.value, limits.upper));
                        }
                    }
                }
                _ => {}
            }
        }
        for layer in &self.panel.layers {
            let Layer::Line { points, look, .. } = layer else { continue };
            for point in points {
                let Some(mark) = point.cell.mark() else { continue };
                if let Some(limits) = mark.interval {
                    room.take_line(self.at(point.x, limits.lower), self.at(point.x, limits.upper));
                }
                if *look == LineLook::Target {
                    room.take_line(self.at(point.x - 0.5, mark.value), self.at(point.x + 0.5, mark.value));
                }
            }
            for two in points.windows(2) {
                if let (Some(one), Some(other)) = (two[0].cell.mark(), two[1].cell.mark())
                    && *look != LineLook::Target
                {
                    room.take_line(self.at(two[0].x, one.value), self.at(two[1].x, other.value));
                }
            }
        }
    }

    /// Written values, codes of crosses, words; dashes where a value is hidden.
    fn texts(&self, room: &mut Room) -> Group {
        let mut group = Group::class("value").with("data-panel", self.panel.id.clone());
        for layer in &self.panel.layers {
            match layer {
                Layer::Line { points, .. } => {
                    for point in points {
                        match &point.cell {
                            Cell::Shown(mark) if point.written => {
                                let star = if mark.cautions.is_empty() { "" } else { "*" };
                                let text = format!("{}{star}", self.text(mark.value));
                                room.write(&mut group, self.at(point.x, mark.value), 3.0, LABEL_BOLD, &text);
                            }
                            Cell::Suppressed => {
                                let x = x_of(self.panel, self.area, point.x);
                                group.text((x, self.area.bottom - 3.0), Anchor::Middle, SMALL, "–");
                            }
                            _ => {}
                        }
                    }
                }
                Layer::Crosses { points, .. } => {
                    for point in points {
                        let (Some(x), Some(y)) = (point.x.mark(), point.y.mark()) else { continue };
                        room.write(&mut group, self.at(x.value, y.value), 2.6, LABEL_BOLD, &point.id);
                    }
                }
                _ => {}
            }
        }
        for layer in &self.panel.layers {
            if let Layer::Words { at, text } = layer {
                let x = self.area.left + 4.0 + at.0 * (self.area.width() - 8.0);
                let y = self.area.bottom - 4.0 - at.1 * (self.area.height() - 8.0 - SMALL.size);
                let width = SMALL.width(text);
                let left = if at.0 > 0.5 { x - width } else { x };
                let middle = (left + width / 2.0, y - SMALL.size * LEADING / 2.0);
                // The first place that is free, at its corner or nowhere.
                let mut words = Group::default();
                room.write(&mut words, middle, -SMALL.size * 0.6, SMALL, text);
                group.shapes.extend(words.shapes);
            }
        }
        group
    }
}

/// An upright line: dotted for a break, solid for a limit.
pub(super) fn upright(group: &mut Group, x: f64, (top, bottom): (f64, f64), dotted: bool) {
    if !dotted {
        return group.line(&[(x, top), (x, bottom)], BLACK, 1.2);
    }
    let mut y = top;
    while y < bottom {
        group.line(&[(x, y), (x, (y + 1.6).min(bottom))], MUTED, 1.0);
        y += 3.8;
    }
}

/// A level line: dashes, or dots closer and heavier.
pub(super) fn level(group: &mut Group, (left, right): (f64, f64), y: f64, dotted: bool) {
    if !dotted {
        return dashes(group, (left, y), (right, y), MUTED);
    }
    let mut x = left;
    while x < right {
        group.line(&[(x, y), ((x + 1.4).min(right), y)], BLACK, 1.4);
        x += 3.2;
    }
}

/// A level line of dashes.
fn dashes(group: &mut Group, from: Point, to: Point, color: Color) {
    let mut x = from.0;
    while x < to.0 {
        group.line(&[(x, from.1), ((x + 4.0).min(to.0), from.1)], color, 0.9);
        x += 7.0;
    }
}

/// Smallest, quartiles and largest as a box on a line.
pub(super) fn spread(group: &mut Group, [a, b, c, d, e]: [f64; 5], y: f64, (color, middle): (Color, Color)) {
    group.line(&[(a, y), (e, y)], color, 0.9);
    group.area(&Rect { left: b, right: d, top: y - 3.4, bottom: y + 3.4 }.corners(), WHITE);
    bars::outline(group, &Rect { left: b, right: d, top: y - 3.4, bottom: y + 3.4 }.corners(), color, 0.9);
    group.line(&[(c, y - 3.4), (c, y + 3.4)], middle, 1.8);
}

/// A line of the key.
pub(super) fn key_line(group: &mut Group, kind: LineLook, whiskers: bool, (x, y): Point) {
    let (color, marker, _) = look(kind);
    match kind {
        LineLook::Main | LineLook::Target => group.line(&[(x - 12.0, y), (x + 12.0, y)], color, 1.4),
        LineLook::Other => [(-12.0, -5.0), (5.0, 12.0)]
            .iter()
            .for_each(|(from, to)| group.line(&[(x + from, y), (x + to, y)], color, 1.4)),
        LineLook::Middle => {
            for step in 0..8 {
                let from = x - 12.0 + 3.1 * f64::from(step);
                group.line(&[(from, y), (from + 1.2, y)], color, 1.4);
            }
        }
    }
    if whiskers {
        group.line(&[(x, y - 5.0), (x, y + 5.0)], color, 1.3);
        for end in [y - 5.0, y + 5.0] {
            group.line(&[(x - 2.6, end), (x + 2.6, end)], color, 1.0);
        }
    }
    if let Some(marker) = marker {
        marks::filled(group, marker, (x, y), DOT, color);
    }
}

/// A cross of the key.
pub(super) fn key_cross(group: &mut Group, (x, y): Point) {
    group.line(&[(x - 9.0, y), (x + 9.0, y)], BLUE, 0.9);
    group.line(&[(x, y - 5.0), (x, y + 5.0)], BLUE, 0.9);
    marks::estimate(group, Marker::Circle, (x, y), false);
}
