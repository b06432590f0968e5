//! What P4, P5 and S7 are made from.

use std::collections::BTreeMap;

use problem::Words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FactorTarget, Metadata};
use crate::chart::{Interval, ValueFormat};

/// The value of one year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendPoint {
    /// The year.
    pub year: i32,
    /// The value; without one a year is a gap.
    pub estimate: Option<f64>,
    /// Lower limit of its interval.
    pub lower: Option<f64>,
    /// Upper limit.
    pub upper: Option<f64>,
    /// Number of answers.
    pub n: Option<u64>,
    /// Interval of the difference from the year measured before it.
    pub change: Option<Interval>,
}

/// What a reference line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrendRole {
    /// The best unit, or another unit.
    Other,
    /// Median or mean of all units.
    Middle,
}

/// A line to compare with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendReference {
    /// What it is.
    pub role: TrendRole,
    /// Its name in the key.
    pub label: Words,
    /// Its value by year.
    pub values: BTreeMap<i32, f64>,
}

/// A panel: one index, or one dimension.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendPanel {
    /// Stable code.
    pub code: String,
    /// Name above the panel.
    pub name: Words,
    /// Ends of the axis of values.
    pub axis: (f64, f64),
    /// Values by year.
    pub points: Vec<TrendPoint>,
    /// Lines to compare with.
    #[serde(default)]
    pub references: Vec<TrendReference>,
    /// The target by year.
    #[serde(default)]
    pub targets: BTreeMap<i32, f64>,
}

/// What P4, P5 and S7 are made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrendFigure {
    /// What the round shares.
    pub metadata: Metadata,
    /// Points, percent or share.
    pub format: ValueFormat,
    /// One panel an index or a dimension; totals of different constructions are panels of their own.
    pub panels: Vec<TrendPanel>,
    /// Years in which the construction changed.
    #[serde(default)]
    pub method_changes: Vec<i32>,
    /// Name of the target in the key.
    pub target_label: Option<Words>,
    /// The rule of the target, for the verdict of the last year.
    pub target: Option<FactorTarget>,
}
