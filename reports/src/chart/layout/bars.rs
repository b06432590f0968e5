//! Bars and fields: fills that are told apart without colour, and slanting lines for what is not known or not done.

use super::super::RowLook;
use super::super::palette::{BAR_BAD, BAR_BEST, BAR_GOOD, BAR_NEUTRAL, BAR_WORST, Color, MUTED, TEXT, WHITE};
use super::super::scene::{Group, Point, Rect};

/// Width of the outline of light fills.
const OUTLINE: f64 = 0.5;
/// Distance of slanting lines.
const SLANT: f64 = 3.6;

/// Fill of a bar, and the colour of text on it.
pub(super) fn look(look: RowLook) -> (Color, Color) {
    match look {
        RowLook::BarWorst => (BAR_WORST, WHITE),
        RowLook::BarBad => (BAR_BAD, TEXT),
        RowLook::BarNeutral => (BAR_NEUTRAL, TEXT),
        RowLook::BarGood => (BAR_GOOD, TEXT),
        RowLook::BarBest => (BAR_BEST, WHITE),
        _ => (WHITE, TEXT),
    }
}

/// A bar with its outline; slanting lines where the look has them.
pub(super) fn bar(group: &mut Group, kind: RowLook, area: Rect) {
    let corners = area.corners();
    group.area(&corners, look(kind).0);
    if kind == RowLook::BarHatched {
        slants(group, &[corners.to_vec()]);
    }
    outline(group, &corners, MUTED, OUTLINE);
}

/// A closed line.
pub(super) fn outline(group: &mut Group, ring: &[Point], color: Color, width: f64) {
    let mut closed = ring.to_vec();
    closed.extend(ring.first());
    group.line(&closed, color, width);
}

/// Slanting lines inside rings, which may have holes (even-odd).
pub(super) fn slants(group: &mut Group, rings: &[Vec<Point>]) {
    // Lines x + y = constant; the constants are multiples of the distance, so that neighbours line up.
    let step = SLANT * std::f64::consts::SQRT_2;
    let sums = rings.iter().flatten().map(|(x, y)| x + y);
    let (low, high) = sums.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), sum| (low.min(sum), high.max(sum)));
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let mut line = (low / step).floor() * step + step;
    while line < high {
        let mut cuts: Vec<Point> = Vec::new();
        for ring in rings {
            for (index, &(ax, ay)) in ring.iter().enumerate() {
                let (bx, by) = ring[(index + 1) % ring.len()];
                let (a, b) = (ax + ay - line, bx + by - line);
                if (a < 0.0) != (b < 0.0) {
                    let part = a / (a - b);
                    cuts.push((ax + part * (bx - ax), ay + part * (by - ay)));
                }
            }
        }
        cuts.sort_by(|one, other| one.0.total_cmp(&other.0));
        for pair in cuts.chunks_exact(2) {
            group.line(&[pair[0], pair[1]], MUTED, 0.5);
        }
        line += step;
    }
}
