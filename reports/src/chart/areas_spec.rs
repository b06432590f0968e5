//! Areas in classes: a map from outlines that a user brings, otherwise tiles. Plain data, as every plot.

use serde::{Deserialize, Serialize};

use super::{Cell, ValueFormat};

/// A class of values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreaClass {
    /// Its limits in words.
    pub label: String,
    /// How many areas it holds.
    pub count: usize,
}

/// The outline of an area, in a square of 0–1 that all areas share, `y` downwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// Polygons; each is an outer ring and its holes.
    pub polygons: Vec<Vec<Vec<(f64, f64)>>>,
}

/// One area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Stable code.
    pub id: String,
    /// Number beside its name in the list, and on the map.
    pub number: usize,
    /// Name.
    pub label: String,
    /// Its value, or why there is none.
    pub cell: Cell,
    /// Its class, the highest first; `None` without a value.
    pub class: Option<usize>,
    /// Its outline; a tile has none.
    pub outline: Option<Outline>,
}

/// Areas in classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AreasPlot {
    /// What kind of picture it is, for those who do not see it.
    pub kind_words: String,
    /// Name of the series.
    pub series: String,
    /// Classes, the highest first; at most four.
    pub classes: Vec<AreaClass>,
    /// Areas in the order of the list.
    pub areas: Vec<Area>,
    /// Width over height of the map.
    pub aspect: f64,
    /// How values are written.
    pub format: ValueFormat,
    /// Decimals of written values.
    pub decimals: usize,
    /// Sentences for those who do not see it.
    pub told: Vec<String>,
}
