//! A level axis between two edges: where values stand, ticks, upright lines, intervals. Every plot with rows uses it.

use problem::Language;

use super::super::number::{bare, with_unit};
use super::super::palette::{AXIS, BLACK, BLUE, Color, FIELD, GRID, MUTED};
use super::super::scene::{Anchor, Group, LEADING, Letters, Rect};
use super::super::{Axis, Guide, GuideKind, Interval, ValueFormat};
use super::guides::Label;
use super::{SMALL, TICK, marks};

/// Height of the axis numbers under a plot.
pub(super) const AXIS_HEIGHT: f64 = 14.0;
/// Distance of two lines of a column head.
pub(super) const HEADING_LEADING: f64 = SMALL.size * LEADING;

/// An axis and its edges on the page.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) axis: &'a Axis,
    pub(super) left: f64,
    pub(super) right: f64,
}

/// Least decimals that tell the ticks apart.
fn tick_decimals(axis: &Axis) -> usize {
    let whole = |decimals: i32| {
        let factor = if axis.format == ValueFormat::Share { 100.0 } else { 1.0 } * 10_f64.powi(decimals);
        axis.ticks.iter().all(|tick| (tick * factor - (tick * factor).round()).abs() < 1e-6)
    };
    (0..2_i32).find(|decimals| whole(*decimals)).unwrap_or(2) as usize
}

/// Ticks as they are written: with the unit if there is room for all of them.
pub(super) fn tick_texts(axis: &Axis, room: f64, without_signs: bool, language: Language) -> Vec<String> {
    let decimals = tick_decimals(axis);
    let value = |tick: f64| if without_signs { tick.abs() } else { tick };
    let texts = |write: fn(f64, ValueFormat, usize, Language) -> String| -> Vec<String> {
        axis.ticks.iter().map(|tick| write(value(*tick), axis.format, decimals, language)).collect()
    };
    let full = texts(with_unit);
    if full.iter().map(|text| TICK.width(text)).fold(0.0, f64::max) + 4.0 < room { full } else { texts(bare) }
}

impl Field<'_> {
    /// Horizontal place of a value.
    pub(super) fn x(&self, value: f64) -> f64 {
        self.left + self.axis.part(value).clamp(0.0, 1.0) * (self.right - self.left)
    }

    /// Grid lines, ticks with their numbers, and the axis line at `bottom`. Numbers that would touch are left out.
    pub(super) fn ticks(&self, group: &mut Group, (top, bottom): (f64, f64), signs: bool, language: Language) {
        let room = (self.right - self.left) / self.axis.ticks.len().max(2) as f64;
        let mut taken = f64::NEG_INFINITY;
        for (&tick, text) in self.axis.ticks.iter().zip(tick_texts(self.axis, room, !signs, language)) {
            let x = self.x(tick);
            group.line(&[(x, top), (x, bottom)], GRID, 0.5);
            group.line(&[(x, bottom), (x, bottom + 2.5)], AXIS, 0.7);
            let half = TICK.width(&text) / 2.0;
            if x - half > taken + 2.0 {
                group.text((x, bottom + 3.5 + TICK.size * 0.85), Anchor::Middle, TICK, text);
                taken = x + half;
            }
        }
        group.line(&[(self.left, bottom), (self.right, bottom)], AXIS, 0.7);
    }

    /// The line of an interval, with caps so that a short one shows beside its dot; an end beyond the axis becomes an arrow
    /// head at the edge.
    pub(super) fn interval(&self, group: &mut Group, limits: Interval, y: f64, careful: bool, color: Color) {
        let Interval { lower, upper } = limits;
        let width = if careful { 0.9 } else { 1.5 };
        group.line(&[(self.x(lower), y), (self.x(upper), y)], color, width);
        for (value, inside, edge, right) in
            [(lower, lower >= self.axis.min, self.left, false), (upper, upper <= self.axis.max, self.right, true)]
        {
            if inside {
                let x = self.x(value);
                group.line(&[(x, y - marks::CAP), (x, y + marks::CAP)], color, 1.0);
            } else {
                marks::arrow(group, (edge, y), right, color);
            }
        }
    }

    /// A grey field from one value to another.
    pub(super) fn band(&self, limits: Interval, (top, bottom): (f64, f64)) -> Group {
        let mut group =
            Group::class("band").with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
        let (left, right) = (self.x(limits.lower), self.x(limits.upper));
        group.area(&[(left, top), (right, top), (right, bottom), (left, bottom)], FIELD);
        group
    }

    /// The upright lines with their names on top.
    pub(super) fn guides(&self, guides: &[Guide], labels: &[Label], (top, bottom): (f64, f64)) -> Vec<Group> {
        let drawn = guides.iter().zip(labels).map(|(guide, label)| {
            let x = self.x(guide.value);
            let base = top - 4.0 - HEADING_LEADING * label.level as f64;
            let mut group = Group::class("guide").with("data-guide", guide.value.to_string());
            let (color, width) = match guide.kind {
                GuideKind::Target => (BLACK, 1.2),
                GuideKind::Zero => (MUTED, 0.9),
                GuideKind::Comparison => {
                    group = group.with("stroke-dasharray", "1.5 2");
                    (MUTED, 1.0)
                }
            };
            let start = if guide.label.is_empty() { top } else { base + 2.2 };
            group.line(&[(x, start), (x, bottom)], color, width);
            if !guide.label.is_empty() {
                group.text((label.x, base), label.anchor, Letters { color, ..SMALL }, guide.label.clone());
            }
            group
        });
        drawn.collect()
    }
}

/// The sign of a grey field in a key.
pub(super) fn band_sign(group: &mut Group, (x, y): (f64, f64)) {
    let area = Rect { left: x - 6.0, top: y - 4.0, right: x + 6.0, bottom: y + 4.0 };
    group.area(&area.corners(), FIELD);
    let [a, b, c, d] = area.corners();
    group.line(&[a, b, c, d, a], AXIS, 0.4);
}

/// The sign of a main estimate in a key: its dot on a short interval.
pub(super) fn interval_sign(group: &mut Group, (x, y): (f64, f64)) {
    group.line(&[(x - 10.5, y), (x + 10.5, y)], BLUE, 1.5);
    for end in [x - 10.5, x + 10.5] {
        group.line(&[(end, y - marks::CAP), (end, y + marks::CAP)], BLUE, 1.0);
    }
}
