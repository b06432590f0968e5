//! Names of the upright lines, on top of the plot: none on another, none crossed by a line.

use super::super::Guide;
use super::super::scene::Anchor;
use super::SMALL;
use super::field::Field;

/// Where a name stands: its line up from the plot, and its span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) level: usize,
    /// Whether there is a name to write.
    pub(super) named: bool,
    pub(super) anchor: Anchor,
    pub(super) x: f64,
    left: f64,
    right: f64,
    /// Place of the upright line itself.
    line: f64,
}

/// White on both sides of a name.
const AIR: f64 = 3.0;

/// Tries every combination of line and side for the few names there are (the spec check allows three) and takes the lowest,
/// most centred one. When none is free of crossings, names are stacked.
pub(super) fn place(guides: &[Guide], field: Field<'_>) -> Vec<Label> {
    let count = guides.len();
    let choices: Vec<Vec<Label>> = (0..count).map(|index| choices(guides, field, index, count)).collect();
    let mut best: Option<(usize, Vec<Label>)> = None;
    let total: usize = choices.iter().map(Vec::len).product();
    for code in 0..total {
        let mut rest = code;
        let labels: Vec<Label> = choices
            .iter()
            .map(|options| {
                let label = options[rest % options.len()];
                rest /= options.len();
                label
            })
            .collect();
        let cost = cost(&labels);
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, labels));
        }
    }
    best.map(|(_, labels)| labels).unwrap_or_default()
}

fn choices(guides: &[Guide], field: Field<'_>, index: usize, levels: usize) -> Vec<Label> {
    let guide = &guides[index];
    let (line, width) = (field.x(guide.value), SMALL.width(&guide.label));
    let mut choices = Vec::new();
    for level in 0..levels {
        for (anchor, x, left) in [
            (Anchor::Middle, line, line - width / 2.0),
            (Anchor::End, line + 1.0, line + 1.0 - width),
            (Anchor::Start, line - 1.0, line - 1.0),
        ] {
            // A name may hang over the names at the left, never into the written values at the right.
            let over = (left + width - field.right).max(0.0);
            choices.push(Label {
                level,
                named: !guide.label.is_empty(),
                anchor,
                x: x - over,
                left: left - over,
                right: left - over + width,
                line,
            });
        }
    }
    choices
}

/// Lower is better; overlaps and crossings cost more than anything else.
fn cost(labels: &[Label]) -> usize {
    let mut cost = 0;
    for (index, label) in labels.iter().enumerate() {
        cost += 10 * label.level + usize::from(label.anchor != Anchor::Middle);
        for (other_index, other) in labels.iter().enumerate() {
            let on_it = other_index < index
                && other.level == label.level
                && label.left < other.right + AIR
                && other.left < label.right + AIR;
            let crossed = other_index != index
                && other.level > label.level
                && label.left - AIR < other.line
                && other.line < label.right + AIR;
            cost += 1000 * (usize::from(on_it) + usize::from(crossed));
        }
    }
    cost
}
