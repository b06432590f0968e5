//! Outlines on the page: places, holes, and where a label fits inside.

use super::super::super::Outline;
use super::super::super::scene::{Point, Rect};

/// Steps of the search for a label's place.
const STEPS: usize = 16;

/// Polygons with their rings on the page.
pub(super) fn placed(outline: &Outline, frame: Rect) -> Vec<Vec<Vec<Point>>> {
    let at = |&(x, y): &Point| (frame.left + x * frame.width(), frame.top + y * frame.height());
    let ring = |ring: &Vec<Point>| ring.iter().map(at).collect();
    outline.polygons.iter().map(|polygon| polygon.iter().map(ring).collect()).collect()
}

fn signed_area(ring: &[Point]) -> f64 {
    let next = |index: usize| ring[(index + 1) % ring.len()];
    ring.iter().enumerate().map(|(index, &(x, y))| x * next(index).1 - next(index).0 * y).sum::<f64>() / 2.0
}

/// One closed line of an outer ring and its holes: each hole is cut open towards the nearest corner.
pub(super) fn keyholed(rings: &[Vec<Point>]) -> Vec<Point> {
    let Some((outer, holes)) = rings.split_first() else { return Vec::new() };
    let mut line = outer.clone();
    for hole in holes.iter().filter(|hole| !hole.is_empty()) {
        let mut hole = hole.clone();
        if (signed_area(&hole) > 0.0) == (signed_area(outer) > 0.0) {
            hole.reverse();
        }
        let mut best = (f64::INFINITY, 0, 0);
        for (from, a) in line.iter().enumerate() {
            for (to, b) in hole.iter().enumerate() {
                let distance = (a.0 - b.0).powi(2) + (a.1 - b.1).powi(2);
                if distance < best.0 {
                    best = (distance, from, to);
                }
            }
        }
        let (_, from, to) = best;
        let mut way: Vec<Point> = hole[to..].iter().chain(&hole[..=to]).copied().collect();
        way.push(line[from]);
        line.splice(from + 1..from + 1, way);
    }
    line
}

fn holds(rings: &[Vec<Point>], (x, y): Point) -> bool {
    let mut inside = false;
    for ring in rings {
        for (index, &(ax, ay)) in ring.iter().enumerate() {
            let (bx, by) = ring[(index + 1) % ring.len()];
            if (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax) {
                inside = !inside;
            }
        }
    }
    inside
}

fn distance_to_edge(rings: &[Vec<Point>], (x, y): Point) -> f64 {
    let mut least = f64::INFINITY;
    for ring in rings {
        for (index, &(ax, ay)) in ring.iter().enumerate() {
            let (bx, by) = ring[(index + 1) % ring.len()];
            let length = (bx - ax).powi(2) + (by - ay).powi(2);
            let part = if length > 0.0 {
                (((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length).clamp(0.0, 1.0)
            } else {
                0.0
            };
            least = least.min((x - ax - part * (bx - ax)).hypot(y - ay - part * (by - ay)));
        }
    }
    least
}

/// The place inside the polygons that is farthest from an edge, if a label of these half sides fits there.
pub(super) fn label_place(polygons: &[Vec<Vec<Point>>], half_width: f64, half_height: f64) -> Option<Point> {
    let mut best: Option<(f64, Point)> = None;
    for rings in polygons {
        let points = rings.first()?;
        let (xs, ys) = (points.iter().map(|point| point.0), points.iter().map(|point| point.1));
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
        };
        let ((left, right), (top, bottom)) = (ends(&mut xs.into_iter()), ends(&mut ys.into_iter()));
        for row in 1..STEPS {
            for column in 1..STEPS {
                let part = |step: usize| step as f64 / STEPS as f64;
                let at = (left + part(column) * (right - left), top + part(row) * (bottom - top));
                if holds(rings, at) {
                    let distance = distance_to_edge(rings, at);
                    if best.is_none_or(|(most, _)| distance > most) {
                        best = Some((distance, at));
                    }
                }
            }
        }
    }
    best.filter(|(distance, _)| *distance >= half_width.max(half_height)).map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(from: f64, to: f64) -> Vec<Point> {
        vec![(from, from), (to, from), (to, to), (from, to)]
    }

    #[test]
    fn a_hole_is_cut_out_of_its_polygon() {
        let line = keyholed(&[square(0.0, 10.0), square(4.0, 6.0)]);
        assert_eq!(line.len(), 4 + 5 + 1);
        assert!((signed_area(&line).abs() - 96.0).abs() < 1e-9, "the hole turns the other way");
    }

    #[test]
    fn a_label_stands_inside_and_not_in_a_hole() {
        let rings = vec![square(0.0, 10.0), square(3.0, 7.0)];
        assert!(holds(&rings, (1.0, 1.0)) && !holds(&rings, (5.0, 5.0)));
        assert_eq!(label_place(&[rings], 2.0, 1.0), None, "the frame is too thin");
        let (x, y) = label_place(&[vec![square(0.0, 10.0)]], 2.0, 1.0).expect("room");
        assert!((x - 5.0).abs() < 1.0 && (y - 5.0).abs() < 1.0);
    }
}
