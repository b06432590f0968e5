//! Rows under group headings, as both figures of the plan have them.

use super::super::palette::GRID;
use super::super::scene::{Anchor, Group, Letters, Rect};

/// White between two rows.
pub(super) const ROW_GAP: f64 = 2.4;
/// A row is at least this high, so that signs of two rows do not touch.
pub(super) const ROW_MIN: f64 = 12.0;
/// White above a group heading, and below it.
const HEADING_AIR: (f64, f64) = (3.4, 1.6);
/// Rows of a list do not drift apart more than this, however much room there is.
pub(super) const SPARE_MAX: f64 = 9.0;

/// Where headings and rows stand.
pub(super) struct Rows {
    /// Text and baseline of each group heading.
    pub(super) headings: Vec<(String, f64)>,
    /// Middle of each row.
    pub(super) middles: Vec<f64>,
    /// Lower end of each row.
    pub(super) bottoms: Vec<f64>,
    /// Lower end of the last row.
    pub(super) bottom: f64,
}

/// Stacks rows of the given heights, at most `spare_max` apart; a heading comes where the group changes, none for a group
/// without a name. The height needed where `area` is too low.
pub(super) fn stack(
    groups: &[&str],
    heights: &[f64],
    letters: Letters,
    area: Rect,
    spare_max: f64,
) -> Result<Rows, f64> {
    let changes = |index: usize, group: &str| index == 0 || groups[index - 1] != group;
    let starts: Vec<bool> =
        groups.iter().enumerate().map(|(index, group)| !group.is_empty() && changes(index, group)).collect();
    let heading = letters.size + HEADING_AIR.0 + HEADING_AIR.1;
    let needed = heights.iter().sum::<f64>() + heading * starts.iter().filter(|start| **start).count() as f64;
    if needed > area.height() {
        return Err(needed);
    }
    let spare = ((area.height() - needed) / heights.len().max(1) as f64).min(spare_max);
    let mut top = area.top;
    let (mut headings, mut middles, mut bottoms) = (Vec::new(), Vec::new(), Vec::new());
    for ((group, height), starts_group) in groups.iter().zip(heights).zip(starts) {
        if starts_group {
            headings.push(((*group).to_owned(), top + HEADING_AIR.0 + letters.size * 0.86));
            top += heading;
        }
        middles.push(top + (height + spare) / 2.0);
        top += height + spare;
        bottoms.push(top);
    }
    Ok(Rows { headings, middles, bottoms, bottom: top })
}

impl Rows {
    /// Group headings over hairlines across the page.
    pub(super) fn draw_headings(&self, letters: Letters, area: Rect) -> Group {
        let mut group = Group::class("groups");
        for (text, baseline) in &self.headings {
            let below = baseline + 2.6;
            group.line(&[(area.left, below), (area.right, below)], GRID, 0.7);
            group.text((area.left, *baseline), Anchor::Start, letters, text.clone());
        }
        group
    }
}
