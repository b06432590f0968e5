//! Panels with two axes: trends, columns, histograms, scatters. Plain data, as every plot.

use serde::{Deserialize, Serialize};

use super::{Axis, Cell};

/// How a series is drawn; each has its own marker and dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineLook {
    /// Solid blue, ●.
    Main,
    /// Dashed vermillion, ■: the best unit, or another to compare with.
    Other,
    /// Dotted grey, ◆: middle or mean of all units.
    Middle,
    /// Solid black steps: the target.
    Target,
}

/// A place on the horizontal axis that is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct XTick {
    /// Where.
    pub at: f64,
    /// What is written.
    pub label: String,
}

/// The horizontal axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct XAxis {
    /// Left end.
    pub min: f64,
    /// Right end.
    pub max: f64,
    /// Ticks; those without room are not written.
    pub ticks: Vec<XTick>,
    /// Whether equal ratios have equal lengths.
    pub log: bool,
    /// What it is; empty for none.
    pub title: String,
}

/// A value at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinePoint {
    /// Where.
    pub x: f64,
    /// The place in words, such as the year.
    pub label: String,
    /// The value, or why there is none.
    pub cell: Cell,
    /// Whether the value is written beside it.
    pub written: bool,
}

/// A column from zero up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Left and right end.
    pub ends: (f64, f64),
    /// What it counts, in words.
    pub label: String,
    /// How many.
    pub cell: Cell,
}

/// A name with two estimates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Crossed {
    /// Stable code, printed beside the point.
    pub id: String,
    /// Name.
    pub label: String,
    /// The horizontal estimate.
    pub x: Cell,
    /// The vertical estimate.
    pub y: Cell,
}

/// One layer of a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Layer {
    /// Points joined where neighbours have values; broken where one has none.
    Line {
        /// Name in the key.
        series: String,
        /// Look.
        look: LineLook,
        /// Points from left to right.
        points: Vec<LinePoint>,
    },
    /// Columns from zero.
    Columns {
        /// Name in the key.
        series: String,
        /// Columns from left to right.
        columns: Vec<Column>,
    },
    /// Names with two estimates and both intervals.
    Crosses {
        /// Name in the key.
        series: String,
        /// The points.
        points: Vec<Crossed>,
    },
    /// Upright line.
    Upright {
        /// Where.
        x: f64,
        /// Its name in the key; the same name stands there once.
        label: String,
        /// Dotted for a break of method, solid for a limit.
        dotted: bool,
    },
    /// Level line.
    Level {
        /// Where.
        y: f64,
        /// Its name in the key.
        label: String,
        /// Dotted, to be told from another level line of the figure; else dashed.
        dotted: bool,
    },
    /// Where nothing was measured: a grey field from the bottom to the top.
    Gap {
        /// Left and right end.
        ends: (f64, f64),
        /// Its name in the key.
        label: String,
    },
    /// Smallest, quartiles, largest, in a strip above the columns.
    Spread {
        /// Name in the key.
        series: String,
        /// Five numbers in order; the place of each is its value.
        five: Vec<LinePoint>,
    },
    /// Words at a place, given as parts of width and height from the lower left.
    Words {
        /// Part of the width, part of the height.
        at: (f64, f64),
        /// The words.
        text: String,
    },
}

/// One panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Stable code.
    pub id: String,
    /// Its name, above it.
    pub title: String,
    /// Horizontal axis.
    pub x: XAxis,
    /// Vertical axis.
    pub y: Axis,
    /// Layers, drawn in order.
    pub layers: Vec<Layer>,
    /// Why it holds no data, if so.
    pub empty: Option<String>,
}

/// Panels in a grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PanelsPlot {
    /// What kind of picture it is, for those who do not see it.
    pub kind_words: String,
    /// Panels in a row.
    pub across: usize,
    /// Panels in reading order.
    pub panels: Vec<Panel>,
    /// Whether the figure counts things and estimates nothing.
    pub counts: bool,
    /// Names of the crosses, a list at the right; by code.
    pub names: Vec<(String, String)>,
    /// Sentences for those who do not see it; made of shown values only.
    pub told: Vec<String>,
}
