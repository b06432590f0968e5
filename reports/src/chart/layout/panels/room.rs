//! Room for small texts beside points: none on another, none on a point.

use super::super::super::scene::{Anchor, Group, Letters, Point, Rect};

/// What is taken in a panel.
pub(super) struct Room {
    area: Rect,
    taken: Vec<Rect>,
    /// Thin lines that a text crosses only where nothing else is free.
    avoided: Vec<Rect>,
}

impl Room {
    pub(super) fn new(area: Rect) -> Self {
        Self { area, taken: Vec::new(), avoided: Vec::new() }
    }

    pub(super) fn take(&mut self, area: Rect) {
        self.taken.push(area);
    }

    /// A level or upright line that texts shall not cross if they can help it.
    pub(super) fn avoid_line(&mut self, (ax, ay): Point, (bx, by): Point) {
        self.avoided.push(Rect {
            left: ax.min(bx) - 0.8,
            right: ax.max(bx) + 0.8,
            top: ay.min(by) - 0.8,
            bottom: ay.max(by) + 0.8,
        });
    }

    /// Takes a straight line as a chain of small boxes.
    pub(super) fn take_line(&mut self, (ax, ay): Point, (bx, by): Point) {
        let steps = ((bx - ax).abs().max((by - ay).abs()) / 4.0).ceil().max(1.0) as usize;
        for step in 0..=steps {
            let part = step as f64 / steps as f64;
            let (x, y) = (ax + part * (bx - ax), ay + part * (by - ay));
            self.take(Rect { left: x - 0.8, right: x + 0.8, top: y - 0.8, bottom: y + 0.8 });
        }
    }

    fn is_free(&self, one: Rect, strictly: bool) -> bool {
        let inside = one.left >= self.area.left
            && one.right <= self.area.right + 5.0
            && one.top >= self.area.top - 3.0
            && one.bottom <= self.area.bottom - 0.5;
        inside
            && self.taken.iter().chain(self.avoided.iter().filter(|_| strictly)).all(|other| {
                one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top
            })
    }

    /// Writes a text near a point, above it before below, beside it last; leaves it out where there is no room.
    pub(super) fn write(&mut self, group: &mut Group, (x, y): Point, clear: f64, letters: Letters, text: &str) {
        let width = letters.width(text);
        // Cap height and descender of the letters.
        let (up, down) = (letters.size * 0.727, letters.size * 0.2);
        let beside = clear + 3.0;
        let places = [
            (x, y - clear - down - 1.0, Anchor::Middle),
            (x, y + clear + up + 1.0, Anchor::Middle),
            (x + beside, y + up / 2.0, Anchor::Start),
            (x - beside, y + up / 2.0, Anchor::End),
            (x + beside, y - clear - 2.0, Anchor::Start),
            (x - beside, y - clear - 2.0, Anchor::End),
            (x + beside, y + clear + up, Anchor::Start),
            (x - beside, y + clear + up, Anchor::End),
            (x, y - clear - down - 8.0, Anchor::Middle),
            (x, y + clear + up + 8.0, Anchor::Middle),
        ];
        let tries = [true, false].into_iter().flat_map(|strictly| places.map(|place| (strictly, place)));
        for (strictly, (at_x, baseline, anchor)) in tries {
            let left = match anchor {
                Anchor::Start => at_x,
                Anchor::Middle => at_x - width / 2.0,
                Anchor::End => at_x - width,
            };
            let area =
                Rect { left: left - 0.6, right: left + width + 0.6, top: baseline - up - 0.4, bottom: baseline + down };
            if self.is_free(area, strictly) {
                group.text((at_x, baseline), anchor, letters, text);
                self.take(area);
                return;
            }
        }
    }
}
