//! Rows of bars, dots and strips, side by side in one or more panels. Plain data, as every plot.

use serde::{Deserialize, Serialize};

use super::{Axis, Cell, Guide, Interval, Verdict};

/// How a series of rows is drawn; each is told from its neighbours without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowLook {
    /// Bar, dark red: the worst answer.
    BarWorst,
    /// Bar, light red with an outline.
    BarBad,
    /// Bar, light grey with an outline: neither.
    BarNeutral,
    /// Bar, light blue with an outline.
    BarGood,
    /// Bar, blue: the best answer, or what is done.
    BarBest,
    /// Bar, white with slanting lines: begun, not done.
    BarHatched,
    /// Bar, white with an outline: still to do.
    BarEmpty,
    /// Dot with its interval: the estimate.
    Estimate,
    /// Hollow grey circle: before.
    Before,
    /// Upright grey tick: what it is held against.
    Against,
    /// Upright black tick: the middle of a strip.
    Middle,
    /// One thin stroke a value.
    Strip,
    /// Not drawn: it stands among the texts.
    Written,
}

impl RowLook {
    /// Whether it is a bar.
    #[must_use]
    pub fn is_bar(self) -> bool {
        matches!(
            self,
            Self::BarWorst
                | Self::BarBad
                | Self::BarNeutral
                | Self::BarGood
                | Self::BarBest
                | Self::BarHatched
                | Self::BarEmpty
        )
    }
}

/// A series: its name in the key and its look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowSeries {
    /// Name in the key.
    pub label: String,
    /// How it is drawn.
    pub look: RowLook,
}

/// A panel with its own axis; all rows run through it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowPanel {
    /// What its axis is, above it; empty for none.
    pub heading: String,
    /// Its axis.
    pub axis: Axis,
    /// Whether the axis is written without signs, as that of a diverging bar is.
    pub without_signs: bool,
    /// Upright lines.
    pub guides: Vec<Guide>,
    /// Its part of the width.
    pub weight: f64,
}

/// One thing drawn in a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowPart {
    /// Which panel.
    pub panel: usize,
    /// Which series.
    pub series: usize,
    /// Its value, with its interval where it has one; a strip has none.
    pub cell: Option<Cell>,
    /// Where it is drawn when its axis has another unit than its value, such as per cent of the possible range.
    pub drawn: Option<(f64, Option<Interval>)>,
    /// Ends of a bar on the axis.
    pub span: Option<(f64, f64)>,
    /// What is written inside a bar where it has room.
    pub written: Option<String>,
    /// The values of a strip.
    pub values: Vec<f64>,
}

impl RowPart {
    /// A value at its own place.
    #[must_use]
    pub fn at(panel: usize, series: usize, cell: Cell) -> Self {
        Self { panel, series, cell: Some(cell), drawn: None, span: None, written: None, values: Vec::new() }
    }

    /// A bar between two ends, with what is written inside.
    #[must_use]
    pub fn bar(panel: usize, series: usize, cell: Cell, span: (f64, f64), written: String) -> Self {
        Self { span: Some(span), written: Some(written), ..Self::at(panel, series, cell) }
    }
}

/// A column of text at the right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextColumn {
    /// Its head.
    pub heading: String,
    /// Whether numbers stand in it, which end at one edge.
    pub numeric: bool,
    /// Whether it is set in bold.
    pub strong: bool,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChartRow {
    /// Stable code.
    pub id: String,
    /// Name.
    pub label: String,
    /// The group it stands in; a heading is written where it changes.
    pub group: Option<String>,
    /// What is drawn, in order.
    pub parts: Vec<RowPart>,
    /// One text a column.
    pub texts: Vec<String>,
    /// Verdict column.
    pub verdict: Option<Verdict>,
}

/// Rows of bars, dots or strips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowsPlot {
    /// What kind of picture it is, for those who do not see it: "Biểu đồ thanh".
    pub kind_words: String,
    /// Series in the order of the key.
    pub series: Vec<RowSeries>,
    /// Panels from left to right.
    pub panels: Vec<RowPanel>,
    /// Columns of text.
    pub columns: Vec<TextColumn>,
    /// Head of the verdict column; no column without it.
    pub verdict_heading: Option<String>,
    /// Rows from top to bottom.
    pub rows: Vec<ChartRow>,
    /// Whether the figure counts things and estimates nothing: its note speaks of no intervals.
    pub counts: bool,
    /// Sentences for those who do not see it; made of shown values only.
    pub told: Vec<String>,
}
