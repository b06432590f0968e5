//! Targets: what a plan asks for, as data, and what the figures say about it.

mod figure;
mod judge;
mod read;

use chrono::NaiveDate;
use problem::Words;
use reports::index::Certainty;
use reports::verdict::TargetRule;
use serde::Serialize;

use super::official::Group;

pub use figure::figure_rows;
pub use judge::{Basis, Estimated, Evidence, Judged, Report, TargetState, judge, probability_from};
pub use read::{read_targets, shipped_targets};

/// What a target asks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A value on one side of a number, in the unit of the index.
    Value {
        /// Which side, and whether the number itself counts.
        rule: TargetRule,
        /// The number.
        value: f64,
    },
    /// A published rank from 1 to k.
    RankAtMost(u32),
    /// A group, or a better one.
    Group(Group),
    /// No lower than in the baseline year.
    Maintain,
    /// Higher than in the baseline year.
    Improve,
    /// Done before the end of its validity.
    Deadline,
}

/// A target of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// Its name in the plan's list, such as `T02`.
    pub id: String,
    /// The index, or `operation` for what the offices count themselves.
    pub index: String,
    /// What of the index: `total`, dimensions; several are judged one by one.
    pub codes: Vec<String>,
    /// What it asks.
    pub kind: TargetKind,
    /// Where the plan started from: year, value, rank.
    pub baseline: Option<Baseline>,
    /// The year whose figures decide.
    pub target_year: i32,
    /// The plan stands from this day.
    pub valid_from: NaiveDate,
    /// To this day; also the deadline of a [`TargetKind::Deadline`].
    pub valid_to: Option<NaiveDate>,
    /// The agencies that answer for it, by their names in the list of agencies.
    pub responsible: Vec<String>,
    /// Section of the plan.
    pub section: String,
    /// As the plan words it.
    pub name: Words,
    /// Where it is written.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
    /// What a reader must know.
    pub note: Option<String>,
}

/// Where a plan started from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Baseline {
    /// The year.
    pub year: i32,
    /// The value, where the plan names one for the target as a whole.
    pub value: Option<f64>,
    /// The rank.
    pub rank: Option<u32>,
}

impl Target {
    /// Whether the plan stands on a day.
    #[must_use]
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last)
    }

    /// The rule and number of a target that is a value.
    #[must_use]
    pub fn value(&self) -> Option<(TargetRule, f64)> {
        match self.kind {
            TargetKind::Value { rule, value } => Some((rule, value)),
            _ => None,
        }
    }
}

/// The value that a plan asks of the total of an index in a year, if one does.
#[must_use]
pub fn target_of(index: &str, year: i64) -> Option<Target> {
    let targets = shipped_targets().unwrap_or_default();
    targets
        .into_iter()
        .filter(|target| target.index == index && target.codes == ["total"] && target.value().is_some())
        .filter(|target| i64::from(target.target_year) == year)
        .max_by_key(|target| target.valid_from)
}
