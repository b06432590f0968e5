//! One scale: where the target is reached, the target, the figure with its interval.

use super::super::super::facts::basis_code;
use super::super::super::palette::{AXIS, BLACK, BLUE, GRID, MUTED};
use super::super::super::plan_spec::{PlanBasis, TargetRow};
use super::super::super::scene::{Anchor, Group, Point};
use super::super::SMALL;
use super::super::marks::{self, Marker};
use super::columns::{Columns, ends};

/// Half the height of the zone in which a target is reached.
const ZONE: f64 = 3.6;
/// Half the height of the mark of a target.
const BOUND: f64 = 5.2;
/// Radius of a figure's sign.
const SIGN: f64 = 2.6;
/// White between a scale and the number at its end.
const END_GAP: f64 = 5.5;

/// From the target to the better end.
pub(super) fn zone(group: &mut Group, from: f64, to: f64, y: f64) {
    group.area(&[(from, y - ZONE), (to, y - ZONE), (to, y + ZONE), (from, y + ZONE)], GRID);
}

/// The mark of a target.
pub(super) fn bound(group: &mut Group, x: f64, y: f64) {
    group.line(&[(x, y - BOUND), (x, y + BOUND)], BLACK, 1.3);
}

/// The line of an interval with its caps.
pub(super) fn interval(group: &mut Group, (left, right): (f64, f64), y: f64) {
    group.line(&[(left, y), (right, y)], BLUE, 1.5);
    for x in [left, right] {
        group.line(&[(x, y - marks::CAP), (x, y + marks::CAP)], BLUE, 1.0);
    }
}

fn marker(basis: PlanBasis) -> Marker {
    match basis {
        PlanBasis::Official => Marker::Circle,
        PlanBasis::OwnEstimate => Marker::Square,
        PlanBasis::Reported => Marker::Diamond,
    }
}

/// The sign of a figure: its shape tells what it is, hollow that it is older than the target's year.
pub(super) fn sign(group: &mut Group, basis: PlanBasis, at: Point, hollow: bool) {
    let radius = if basis == PlanBasis::Reported { SIGN + 0.9 } else { SIGN };
    if hollow {
        marks::hollow(group, marker(basis), at, radius + 0.3, BLUE, 1.1);
    } else {
        marks::filled(group, marker(basis), at, radius, BLUE);
    }
}

pub(super) fn draw(row: &TargetRow, columns: &Columns, y: f64) -> Vec<Group> {
    let Some(scale) = row.scale else { return Vec::new() };
    let (left, right) = (columns.strip_left, columns.strip_right);
    let mut axis = Group::class("axis");
    let at = row.bound.and_then(|value| columns.x(row, value));
    if let Some(x) = at {
        zone(&mut axis, x, right, y);
    }
    axis.line(&[(left, y), (right, y)], AXIS, 0.7);
    for x in [left, right] {
        axis.line(&[(x, y - 1.8), (x, y + 1.8)], AXIS, 0.7);
    }
    if let Some([worst, best]) = ends(row, columns.language) {
        let baseline = y + SMALL.centre_shift();
        axis.text((left - END_GAP, baseline), Anchor::End, SMALL, worst);
        axis.text((right + END_GAP, baseline), Anchor::Start, SMALL, best);
    }
    let mut groups = vec![axis];
    if let (Some(value), Some(x)) = (row.bound, at) {
        let mut group = Group::class("guide").with("data-row", row.id.clone()).with("data-guide", value.to_string());
        bound(&mut group, x, y);
        groups.push(group);
    }
    if let Some(value) = &row.value
        && let Some(x) = columns.x(row, value.value)
    {
        let hollow = !value.is_target_year;
        let shape = marker(value.basis).name();
        let mut group = Group::class("mark")
            .with("data-id", row.id.clone())
            .with("data-series", basis_code(value.basis))
            .with("data-marker", if hollow { format!("hollow-{shape}") } else { shape.to_owned() })
            .with("data-value", value.value.to_string());
        if let Some(limits) = value.interval {
            group = group.with("data-lo", limits.lower.to_string()).with("data-hi", limits.upper.to_string());
            let on_scale = |value: f64| columns.x(row, value).unwrap_or(x);
            let inside = |value: f64| (0.0..=1.0).contains(&scale.part(value));
            let ends = [limits.lower, limits.upper].map(on_scale);
            let (from, to) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            group.line(&[(from, y), (to, y)], BLUE, 1.5);
            for (limit, place) in [limits.lower, limits.upper].into_iter().zip(ends) {
                if inside(limit) {
                    group.line(&[(place, y - marks::CAP), (place, y + marks::CAP)], BLUE, 1.0);
                } else {
                    marks::arrow(&mut group, (place, y), place > left, MUTED);
                }
            }
        }
        let written = value.interval_written.as_deref().map(|text| format!(" {text}")).unwrap_or_default();
        group.tooltip = Some(format!("{} {}: {}{written}, {}", row.number, row.label, value.written, value.year));
        sign(&mut group, value.basis, (x, y), hollow);
        groups.push(group);
    }
    groups
}
