//! The signs: each is told from the others by its shape alone.

use super::super::palette::{BLUE, Color, MUTED, VERMILLION, WHITE};
use super::super::scene::{Group, Point};
use super::super::{PlanState, ReferenceKind, SeriesKind, VerdictKind};

/// Shape of a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Diamond,
    /// Upright tick.
    Tick,
}

impl Marker {
    /// Name in the file, for tests and for those who style it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Circle => "circle",
            Self::Square => "square",
            Self::Diamond => "diamond",
            Self::Tick => "tick",
        }
    }
}

fn outline(marker: Marker, (x, y): Point, radius: f64) -> Vec<Point> {
    match marker {
        Marker::Diamond => vec![(x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y)],
        Marker::Circle | Marker::Square | Marker::Tick => {
            vec![(x - radius, y - radius), (x + radius, y - radius), (x + radius, y + radius), (x - radius, y + radius)]
        }
    }
}

/// A filled sign.
pub(super) fn filled(group: &mut Group, marker: Marker, at: Point, radius: f64, color: Color) {
    match marker {
        Marker::Circle => {
            group.shapes.push(super::super::scene::Shape::Circle { centre: at, radius, color, width: None });
        }
        Marker::Tick => group.line(&[(at.0, at.1 - radius), (at.0, at.1 + radius)], color, 1.6),
        Marker::Square | Marker::Diamond => group.area(&outline(marker, at, radius), color),
    }
}

/// A sign with white inside.
pub(super) fn hollow(group: &mut Group, marker: Marker, at: Point, radius: f64, color: Color, width: f64) {
    match marker {
        Marker::Tick => filled(group, marker, at, radius, color),
        Marker::Circle => {
            filled(group, marker, at, radius, WHITE);
            group.shapes.push(super::super::scene::Shape::Circle {
                centre: at,
                radius: radius - width / 2.0,
                color,
                width: Some(width),
            });
        }
        Marker::Square | Marker::Diamond => {
            filled(group, marker, at, radius, color);
            let inner =
                if marker == Marker::Diamond { radius - width * std::f64::consts::SQRT_2 } else { radius - width };
            filled(group, marker, at, inner, WHITE);
        }
    }
}

/// Radius of the main dot.
const DOT: f64 = 2.4;
/// Radius of the diamond of the whole.
const OVERALL: f64 = 3.8;
/// Half the height of the cap at the end of an interval; more than the dot's radius, or a short interval would vanish.
pub(super) const CAP: f64 = 3.2;

/// The sign of a main estimate: hollow when it asks for care.
pub(super) fn estimate(group: &mut Group, marker: Marker, at: Point, careful: bool) {
    let radius = if marker == Marker::Diamond { OVERALL } else { DOT };
    if careful { hollow(group, marker, at, radius + 0.3, BLUE, 1.1) } else { filled(group, marker, at, radius, BLUE) }
}

/// Shape of a reference series.
pub(super) fn reference_marker(kind: ReferenceKind) -> Marker {
    match kind {
        ReferenceKind::Previous => Marker::Circle,
        ReferenceKind::Median => Marker::Tick,
        ReferenceKind::Other => Marker::Diamond,
    }
}

/// The sign of a reference value; wider than the main dot, so that it shows around a dot that stands on it.
pub(super) fn reference(group: &mut Group, kind: ReferenceKind, at: Point) {
    match kind {
        ReferenceKind::Previous => hollow(group, Marker::Circle, at, 3.9, MUTED, 0.9),
        ReferenceKind::Median => filled(group, Marker::Tick, at, 5.6, MUTED),
        ReferenceKind::Other => hollow(group, Marker::Diamond, at, 4.8, MUTED, 0.9),
    }
}

/// Colour, shape and dashes of a radar series.
pub(super) fn series_look(kind: SeriesKind) -> (Color, Marker, Option<&'static str>) {
    match kind {
        SeriesKind::Current => (BLUE, Marker::Circle, None),
        SeriesKind::Previous => (VERMILLION, Marker::Square, Some("5 2.5")),
        SeriesKind::Reference => (MUTED, Marker::Diamond, Some("1.2 2.2")),
    }
}

/// ▲ ▼ ● of a verdict.
pub(super) fn verdict(group: &mut Group, kind: VerdictKind, (x, y): Point) {
    match kind {
        VerdictKind::Up => group.area(&[(x - 3.6, y + 2.8), (x, y - 3.4), (x + 3.6, y + 2.8)], BLUE),
        VerdictKind::Down => group.area(&[(x - 3.6, y - 2.8), (x, y + 3.4), (x + 3.6, y - 2.8)], VERMILLION),
        VerdictKind::Unclear => filled(group, Marker::Circle, (x, y), 2.6, MUTED),
    }
}

/// ▲ ▼ ● ○ of a target.
pub(super) fn plan_state(group: &mut Group, state: PlanState, at: Point) {
    match state {
        PlanState::Reached => verdict(group, VerdictKind::Up, at),
        PlanState::NotReached => verdict(group, VerdictKind::Down, at),
        PlanState::NotEnoughEvidence => verdict(group, VerdictKind::Unclear, at),
        PlanState::NoData => hollow(group, Marker::Circle, at, 2.9, MUTED, 0.9),
    }
}

/// Arrow head at the edge of the plot: the line goes on. `right` tells which way; the tip stands at `at`.
pub(super) fn arrow(group: &mut Group, at: Point, right: bool, color: Color) {
    let back = if right { -5.0 } else { 5.0 };
    group.area(&[at, (at.0 + back, at.1 - 3.0), (at.0 + back, at.1 + 3.0)], color);
}
