//! What the figures of the plan show: targets, each on its own scale, and tasks by quarter. Plain data, as every plot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Interval, ValueFormat};

/// What the figures say about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// ▲ reached.
    Reached,
    /// ▼ not reached.
    NotReached,
    /// ● there are figures, and they cannot tell.
    NotEnoughEvidence,
    /// ○ no figures of the year that decides.
    NoData,
}

/// What a value of a target is; decides its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanBasis {
    /// Published: circle.
    Official,
    /// An estimate of the office's own round, not official: square, with its interval.
    OwnEstimate,
    /// Counted and reported by an office: diamond.
    Reported,
}

/// The scale of one row. The better end is at the right, whichever is the larger number: ranks run from 63 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Left end.
    pub worst: f64,
    /// Right end.
    pub best: f64,
    /// How its ends are written.
    pub format: ValueFormat,
}

impl Scale {
    /// Where a value stands, 0 at the left end, 1 at the right one.
    #[must_use]
    pub fn part(&self, value: f64) -> f64 {
        (value - self.worst) / (self.best - self.worst)
    }
}

/// The figure that a target is judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetValue {
    /// The figure, in the unit of the row's scale.
    pub value: f64,
    /// Its interval, where there is one.
    pub interval: Option<Interval>,
    /// What it is.
    pub basis: PlanBasis,
    /// The year it speaks of.
    pub year: i32,
    /// Whether that is the year that decides; an older figure is drawn hollow.
    pub is_target_year: bool,
    /// As it is written: `81,62 %`, `hạng 4`.
    pub written: String,
    /// Its interval as it is written: `79,1–84,0`.
    pub interval_written: Option<String>,
}

/// One target, or one part of a target that is judged by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetRow {
    /// Stable code, such as `T13/1` or `T02/total/sipas-2024`.
    pub id: String,
    /// Its name in the plan's list, such as `T13`.
    pub number: String,
    /// The group it stands in; a heading is written where it changes.
    pub group: String,
    /// What it asks, in words.
    pub label: String,
    /// Its scale; a deadline has none.
    pub scale: Option<Scale>,
    /// Where the target begins: from here to the better end it is reached. `None` when there is no number.
    pub bound: Option<f64>,
    /// The figure, if there is one.
    pub value: Option<TargetValue>,
    /// How far beyond the target: negative is short of it. In the unit that `distance_written` names.
    pub distance: Option<f64>,
    /// The same in words: `+6 bậc`, `−8,38 điểm %`.
    pub distance_written: Option<String>,
    /// The verdict.
    pub state: PlanState,
    /// Its words.
    pub state_words: String,
    /// What a reader must know beside the verdict, short: `theo số 2023: đạt`.
    pub aside: Option<String>,
}

/// All targets, one row each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetPlot {
    /// Heads of the columns: target, scale, figure, distance, verdict.
    pub headings: [String; 5],
    /// Rows from top to bottom.
    pub rows: Vec<TargetRow>,
}

/// One task in one quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatrixCell {
    /// ■ every leading agency reported it done.
    Complete,
    /// ◧ reported in part.
    Partial,
    /// □ the quarter is over and nothing was reported.
    Overdue,
    /// · the quarter is not over.
    Open,
    /// – not due.
    NotDue,
}

/// One task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixRow {
    /// Stable code: its number in the plan.
    pub id: String,
    /// Who leads it; a heading is written where it changes.
    pub group: String,
    /// What is to be done.
    pub label: String,
    /// One cell a column.
    pub cells: Vec<MatrixCell>,
    /// What it serves, short: `1, 3`.
    pub tag: String,
}

/// Tasks by quarter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixPlot {
    /// Head of the column of tasks.
    pub label_heading: String,
    /// Heads of the cells, such as the quarters.
    pub columns: Vec<String>,
    /// Head of the tags.
    pub tag_heading: String,
    /// Rows from top to bottom.
    pub rows: Vec<MatrixRow>,
    /// Words of the line below: how many were reported in each column.
    pub total_label: String,
}
