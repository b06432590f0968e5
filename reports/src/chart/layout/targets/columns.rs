//! Where columns and rows of the targets stand.

use problem::Language;

use super::super::super::font::widest;
use super::super::super::number::bare;
use super::super::super::plan_spec::{TargetPlot, TargetRow};
use super::super::super::scene::{Anchor, Group, LEADING, Letters, Rect};
use super::super::super::wrap::wrap_balanced;
use super::super::plan_rows::{ROW_GAP, ROW_MIN, Rows, SPARE_MAX, stack};
use super::super::{LABEL, LABEL_BOLD, SMALL};

/// Length of a scale.
const STRIP: f64 = 74.0;
/// Room at each end of a scale for its number.
pub(super) const END_ROOM: f64 = 22.0;
/// White between columns.
const GUTTER: f64 = 8.0;
/// Room for the sign of a verdict.
pub(super) const VERDICT_SIGN: f64 = 11.0;
/// Widest words of a verdict, and of a distance.
const VERDICT_MAX: f64 = 68.0;
const DISTANCE_MAX: f64 = 44.0;
/// Least room for what a target asks.
const NAME_MIN: f64 = 96.0;

/// Places of the columns.
pub(super) struct Columns {
    size: f64,
    pub(super) language: Language,
    pub(super) number: f64,
    pub(super) name: f64,
    pub(super) strip_left: f64,
    pub(super) strip_right: f64,
    pub(super) value: f64,
    pub(super) distance: f64,
    pub(super) verdict: f64,
}

/// The lines of a row.
pub(super) struct Block {
    pub(super) label: Vec<String>,
    pub(super) distance: Vec<String>,
    pub(super) verdict: Vec<String>,
    pub(super) aside: Vec<String>,
}

/// Everything placed.
pub(super) struct Placed {
    pub(super) columns: Columns,
    /// Where the rows begin.
    pub(super) top: f64,
    pub(super) rows: Rows,
    pub(super) blocks: Vec<Block>,
}

/// What is short, how much is needed, how much there is.
type Shortage = (&'static str, f64, f64);

fn widest_of<'a>(lines: impl Iterator<Item = &'a String>, letters: Letters) -> f64 {
    widest(lines.map(String::as_str), letters.size, letters.weight)
}

fn wrapped(text: &str, letters: Letters, limit: f64) -> Vec<String> {
    wrap_balanced(text, letters.size, letters.weight, limit)
}

impl Columns {
    pub(super) fn place(plot: &TargetPlot, body: Rect, size: f64, language: Language) -> Result<Placed, Shortage> {
        let (label, bold) = (Letters { size, ..LABEL }, Letters { size, ..LABEL_BOLD });
        let mut blocks: Vec<Block> = plot.rows.iter().map(|row| block(row, label)).collect();
        let heading = |column: usize, limit: f64| wrapped(&plot.headings[column], SMALL, limit);
        let number = widest_of(plot.rows.iter().map(|row| &row.number), label) + 5.0;
        let written = plot.rows.iter().filter_map(|row| row.value.as_ref()).map(|value| {
            let first = bold.width(&value.written) + label.width(&format!("\u{A0}· {}", value.year));
            first.max(value.interval_written.as_deref().map_or(0.0, |text| SMALL.width(text)))
        });
        let value = written.fold(widest_of(heading(2, 60.0).iter(), SMALL), f64::max);
        let distance = widest_of(blocks.iter().flat_map(|block| &block.distance), label)
            .max(widest_of(heading(3, DISTANCE_MAX).iter(), SMALL));
        let verdict = VERDICT_SIGN
            + widest_of(blocks.iter().flat_map(|block| &block.verdict), label)
                .max(widest_of(blocks.iter().flat_map(|block| &block.aside), SMALL))
                .max(widest_of(heading(4, VERDICT_MAX).iter(), SMALL));
        let verdict_at = body.right - verdict;
        let distance_at = verdict_at - GUTTER - distance;
        let value_at = distance_at - GUTTER - value;
        let strip_right = value_at - GUTTER / 2.0 - END_ROOM;
        let columns = Self {
            size,
            language,
            number: body.left,
            name: body.left + number,
            strip_left: strip_right - STRIP,
            strip_right,
            value: value_at,
            distance: distance_at,
            verdict: verdict_at,
        };
        let room = columns.strip_left - END_ROOM - GUTTER / 2.0 - columns.name;
        for (row, block) in plot.rows.iter().zip(&mut blocks) {
            block.label = wrapped(&row.label, label, room);
        }
        let name = widest_of(blocks.iter().flat_map(|block| &block.label), label).max(NAME_MIN);
        if name > room {
            return Err(("width", name, room));
        }
        let heights: Vec<f64> = plot.rows.iter().zip(&blocks).map(|(row, block)| height(row, block, size)).collect();
        let groups: Vec<&str> = plot.rows.iter().map(|row| row.group.as_str()).collect();
        let top = body.top + columns.heading_height(plot);
        let area = Rect { top, ..body };
        match stack(&groups, &heights, bold, area, SPARE_MAX) {
            Ok(rows) => Ok(Placed { columns, top, rows, blocks }),
            Err(needed) => Err(("height", needed, area.height())),
        }
    }

    /// Letters of names and figures.
    pub(super) fn label(&self) -> Letters {
        Letters { size: self.size, ..LABEL }
    }

    /// Letters of values and group headings.
    pub(super) fn bold(&self) -> Letters {
        Letters { size: self.size, ..LABEL_BOLD }
    }

    /// Place, width and text of each column head.
    fn heads<'a>(&self, plot: &'a TargetPlot) -> [(f64, f64, &'a String); 5] {
        let [target, scale, value, distance, verdict] = &plot.headings;
        let scale_left = self.strip_left - END_ROOM + 6.0;
        [
            (self.number, scale_left - GUTTER - self.number, target),
            (scale_left, self.value - GUTTER / 2.0 - scale_left, scale),
            (self.value, self.distance - GUTTER / 2.0 - self.value, value),
            (self.distance, self.verdict - GUTTER / 2.0 - self.distance, distance),
            (self.verdict, VERDICT_MAX + VERDICT_SIGN, verdict),
        ]
    }

    fn heading_height(&self, plot: &TargetPlot) -> f64 {
        let lines = self.heads(plot).into_iter().map(|(_, width, text)| wrapped(text, SMALL, width).len()).max();
        SMALL.size * LEADING * lines.unwrap_or(0) as f64 + 1.0
    }

    pub(super) fn headings(&self, plot: &TargetPlot, top: f64) -> Group {
        let mut group = Group::class("headings");
        for (x, width, text) in self.heads(plot) {
            for (index, line) in wrapped(text, SMALL, width).iter().rev().enumerate() {
                let baseline = top - 2.0 - SMALL.size * LEADING * index as f64;
                group.text((x, baseline), Anchor::Start, SMALL, line.clone());
            }
        }
        group
    }

    /// Where a value of a row stands.
    pub(super) fn x(&self, row: &TargetRow, value: f64) -> Option<f64> {
        let part = row.scale?.part(value).clamp(0.0, 1.0);
        Some(self.strip_left + part * (self.strip_right - self.strip_left))
    }
}

fn block(row: &TargetRow, label: Letters) -> Block {
    Block {
        label: Vec::new(),
        distance: row.distance_written.as_deref().map_or_else(Vec::new, |text| wrapped(text, label, DISTANCE_MAX)),
        verdict: wrapped(&row.state_words, label, VERDICT_MAX),
        aside: row.aside.as_deref().map_or_else(Vec::new, |text| wrapped(text, SMALL, VERDICT_MAX)),
    }
}

fn height(row: &TargetRow, block: &Block, size: f64) -> f64 {
    let has_interval = row.value.as_ref().is_some_and(|value| value.interval_written.is_some());
    let lines = block.label.len().max(block.distance.len()).max(1 + usize::from(has_interval));
    let verdict = block.verdict.len() as f64 * size + block.aside.len() as f64 * SMALL.size;
    (LEADING * (size * lines as f64).max(verdict) + ROW_GAP).max(ROW_MIN)
}

/// The numbers at the ends of a scale.
pub(super) fn ends(row: &TargetRow, language: Language) -> Option<[String; 2]> {
    let scale = row.scale?;
    Some([scale.worst, scale.best].map(|end| bare(end, scale.format, 0, language)))
}
