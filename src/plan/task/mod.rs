//! Tasks given to agencies: what, who, until when, for which part of the indices; and whether they were reported.

mod agency;
mod answer;
mod read;
mod status;

use chrono::NaiveDate;
use problem::Words;
use reports::index::Certainty;
use serde::Serialize;

pub use agency::{Agencies, Agency};
pub use read::{read_tasks, shipped_tasks};
pub use status::{AgencyTasks, Progress, QuarterState, TaskReport, TaskStatus, WeakPart, by_agency, for_weak, status};

/// Until when a task is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// "Thường xuyên": all the time. Overdue means: no report for a quarter that has ended.
    Regular,
    /// Until a day.
    On(NaiveDate),
}

/// A task of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its number in the plan's appendix.
    pub no: u32,
    /// As the plan words it, shortened.
    pub name: Words,
    /// The agencies that lead, by their names in the list of agencies.
    pub lead: Vec<String>,
    /// The agencies that help.
    pub coordinating: Vec<String>,
    /// Until when.
    pub deadline: Deadline,
    /// The PAPI dimensions it serves.
    pub papi_dimensions: Vec<String>,
    /// The PAPI sub-dimensions it serves.
    pub papi_sub_dimensions: Vec<String>,
    /// The factors and contents of SIPAS it serves.
    pub sipas_factors: Vec<String>,
    /// How sure the links to indices are: the plan does not print them.
    pub links_certainty: Certainty,
    /// The survey it orders, if it does.
    pub survey: Option<String>,
    /// The plan stands from this day.
    pub valid_from: NaiveDate,
    /// To this day.
    pub valid_to: Option<NaiveDate>,
    /// Where it is written.
    pub source: String,
    /// How sure that is.
    pub certainty: Certainty,
}

impl Task {
    /// Whether it serves a part of PAPI: a dimension (`6`) or a sub-dimension (`6.2`). Where a task names sub-dimensions of the
    /// dimension, only those count.
    #[must_use]
    pub fn serves(&self, code: &str) -> bool {
        let Some((dimension, _)) = code.split_once('.') else {
            return self.papi_dimensions.iter().any(|one| one == code);
        };
        let named: Vec<&String> =
            self.papi_sub_dimensions.iter().filter(|one| one.split('.').next() == Some(dimension)).collect();
        if named.is_empty() { self.serves(dimension) } else { named.iter().any(|one| *one == code) }
    }
}
