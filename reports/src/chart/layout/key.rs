//! The key: one line that says what each sign is.

use problem::Language;

use super::super::scene::{Anchor, Group, Point, Rect};
use super::SMALL;
use super::marks::{self, Marker};

/// How a key entry draws its sign, centred at a place.
type DrawSign<'a> = Box<dyn Fn(&mut Vec<Group>, Point) + 'a>;

/// One entry of a key.
pub(super) struct Entry<'a> {
    /// Width of the sign.
    pub(super) width: f64,
    /// Draws the sign around its middle.
    pub(super) sign: DrawSign<'a>,
    /// What it means.
    pub(super) label: String,
}

/// What a hollow sign with a star means.
pub(super) fn careful<'a>(language: Language) -> Entry<'a> {
    Entry {
        width: 8.0,
        sign: Box::new(|groups, at| {
            let mut group = Group::default();
            marks::estimate(&mut group, Marker::Circle, at, true);
            groups.push(group);
        }),
        label: match language {
            Language::Vi => "* cần thận trọng".to_owned(),
            Language::En => "* read with care".to_owned(),
        },
    }
}

const GAP: f64 = 4.0;
const BETWEEN: f64 = 14.0;
const LINE: f64 = 12.0;

/// Sets the entries in lines from the top of `area`; returns the groups and where the next thing may begin.
pub(super) fn lay(entries: &[Entry<'_>], area: Rect) -> (Vec<Group>, f64) {
    if entries.is_empty() {
        return (Vec::new(), area.top);
    }
    let mut groups = Vec::new();
    let mut words = Group::class("key");
    let (mut x, mut middle) = (area.left, area.top + LINE / 2.0);
    for entry in entries {
        let width = entry.width + GAP + SMALL.width(&entry.label);
        if x > area.left && x + width > area.right {
            x = area.left;
            middle += LINE;
        }
        (entry.sign)(&mut groups, (x + entry.width / 2.0, middle));
        words.text((x + entry.width + GAP, middle + SMALL.centre_shift()), Anchor::Start, SMALL, entry.label.clone());
        x += width + BETWEEN;
    }
    groups.push(words);
    (groups, middle + LINE / 2.0 + 3.0)
}
