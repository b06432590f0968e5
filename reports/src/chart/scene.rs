//! A laid-out figure: shapes with exact places, in points from the upper left corner. No drawing library.

use super::font::{self, Weight};
use super::palette::Color;

/// A place, in points.
pub(crate) type Point = (f64, f64);

/// An upright rectangle, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Rect {
    pub(crate) fn width(self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(self) -> f64 {
        self.bottom - self.top
    }

    /// Corners clockwise from the upper left.
    pub(crate) fn corners(self) -> [Point; 4] {
        [(self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)]
    }
}

/// Which end of a line of text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Size, weight and colour of letters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Letters {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) color: Color,
}

impl Letters {
    pub(crate) fn width(self, text: &str) -> f64 {
        font::width(text, self.size, self.weight)
    }

    /// Distance from the baseline down from the middle of the small capitals, so that text looks centred on a mark.
    pub(crate) fn centre_shift(self) -> f64 {
        // Inter's cap height is 0.727 em.
        self.size * 0.3635
    }
}

/// A thing to draw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Open line; `width` in points.
    Line { points: Vec<Point>, color: Color, width: f64 },
    /// Filled polygon.
    Area { points: Vec<Point>, color: Color },
    /// Disc, or ring if `width` is given.
    Circle { centre: Point, radius: f64, color: Color, width: Option<f64> },
    /// One line of text on its baseline.
    Text { at: Point, anchor: Anchor, letters: Letters, text: String },
}

/// What a group means and the attributes that its shapes share.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Group {
    /// Attributes of the SVG group, in order.
    pub(crate) attributes: Vec<(&'static str, String)>,
    /// Words shown when a pointer rests on it.
    pub(crate) tooltip: Option<String>,
    /// Its shapes, drawn in order.
    pub(crate) shapes: Vec<Shape>,
}

impl Group {
    /// A group that is named for the reader of the file.
    pub(crate) fn class(name: &str) -> Self {
        Self { attributes: vec![("class", name.to_owned())], ..Self::default() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    pub(crate) fn line(&mut self, points: &[Point], color: Color, width: f64) {
        self.shapes.push(Shape::Line { points: points.to_vec(), color, width });
    }

    pub(crate) fn area(&mut self, points: &[Point], color: Color) {
        self.shapes.push(Shape::Area { points: points.to_vec(), color });
    }

    pub(crate) fn text(&mut self, at: Point, anchor: Anchor, letters: Letters, text: impl Into<String>) {
        self.shapes.push(Shape::Text { at, anchor, letters, text: text.into() });
    }

    /// A block of lines centred on a height; returns nothing, leaves the next place to the caller.
    pub(crate) fn block(&mut self, lines: &[String], x: f64, middle: f64, anchor: Anchor, letters: Letters) {
        let leading = letters.size * LEADING;
        let first = middle - leading * (lines.len() as f64 - 1.0) / 2.0 + letters.centre_shift();
        for (index, line) in lines.iter().enumerate() {
            self.text((x, first + leading * index as f64), anchor, letters, line.clone());
        }
    }
}

/// Distance of baselines over letter size.
pub(crate) const LEADING: f64 = 1.22;

/// A figure ready to draw.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    /// Where marks may stand.
    pub(crate) plot: Rect,
    /// Groups, drawn in order.
    pub(crate) groups: Vec<Group>,
}

/// Cap height and descender of Inter, in em.
const CAP_HEIGHT: f64 = 0.727;
const DESCENDER: f64 = 0.2;

/// Box of a line of text without its highest marks.
fn text_box(shape: &Shape) -> Option<(&str, Rect)> {
    let Shape::Text { at: (x, y), anchor, letters, text } = shape else { return None };
    let width = letters.width(text);
    let left = match anchor {
        Anchor::Start => *x,
        Anchor::Middle => x - width / 2.0,
        Anchor::End => x - width,
    };
    let (top, bottom) = (y - CAP_HEIGHT * letters.size, y + DESCENDER * letters.size);
    Some((text, Rect { left, top, right: left + width, bottom }))
}

/// The first text that leaves the page, or that lies on another, which is then named too.
pub(crate) fn misplaced_text(groups: &[Group], (width, height): Point) -> Option<(&str, Option<&str>)> {
    // The watermark is turned and lies behind everything on purpose.
    let upright = groups.iter().filter(|group| !group.attributes.iter().any(|(name, _)| *name == "transform"));
    let boxes: Vec<(&str, Rect)> = upright.flat_map(|group| &group.shapes).filter_map(text_box).collect();
    boxes.iter().enumerate().find_map(|(index, (text, one))| {
        let outside = one.left < 0.0 || one.top < 0.0 || one.right > width || one.bottom > height;
        let on_another = boxes[..index].iter().find(|(_, other)| {
            one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
        });
        (outside || on_another.is_some()).then_some((*text, on_another.map(|(other, _)| *other)))
    })
}

impl Scene {
    /// Every text of the scene.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().flat_map(|group| &group.shapes).filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some(text.as_str()),
            Shape::Line { .. } | Shape::Area { .. } | Shape::Circle { .. } => None,
        })
    }
}
