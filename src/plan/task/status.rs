//! Where the tasks stand: reports by quarter, what is overdue, who has to be reminded, which weak parts lead to whom.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Agencies, Deadline, Task};
use crate::plan::official::{GapRow, Group};
use crate::plan::quarter::Quarter;

/// How far a task is, as the agency reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Not begun.
    NotStarted,
    /// Under way, or done in part.
    Partial,
    /// Done for the quarter (a regular task), or for good.
    Done,
}

impl Progress {
    /// The word in data.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotStarted => "not_started",
            Self::Partial => "partial",
            Self::Done => "done",
        }
    }

    /// The progress of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::NotStarted, Self::Partial, Self::Done].into_iter().find(|one| one.code() == word)
    }
}

/// A report on a task. Reports are never changed: a correction is a later report for the same quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskReport {
    /// The task.
    pub task_no: u32,
    /// For which quarter.
    pub quarter: Quarter,
    /// The agency that reports.
    pub agency: String,
    /// How far it is.
    pub progress: Progress,
    /// On which day it was handed in.
    pub day: NaiveDate,
    /// How many files of evidence came with it.
    pub n_evidence: u32,
}

/// A task in a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarterState {
    /// Every leading agency reported it done.
    Complete,
    /// There are reports, but not of every leading agency, or not done.
    Incomplete,
    /// No report, and the quarter has ended.
    Overdue,
    /// No report yet, and the quarter has not ended.
    Open,
    /// The task is not due in this quarter.
    NotDue,
}

/// Where one task stands in the quarters of a year.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskStatus {
    /// The task.
    pub task_no: u32,
    /// One state a quarter.
    pub quarters: Vec<(Quarter, QuarterState)>,
    /// The leading agencies that have not reported for the present quarter, or for one that has ended: whom to remind.
    pub missing: Vec<(Quarter, String)>,
    /// The newest report.
    pub last: Option<TaskReport>,
}

/// Where a task stands in the quarters of a year, seen on a day.
///
/// A regular task is due in every quarter in which the plan stands; a task with a day is due in each until that day or
/// until it is reported done. Of several reports of one agency for one quarter the last counts. After a merger those of the
/// successor count ([`Task::is_answered`]).
#[must_use]
pub fn status(task: &Task, reports: &[TaskReport], agencies: &Agencies, year: i32, today: NaiveDate) -> TaskStatus {
    let of_task: Vec<&TaskReport> = reports.iter().filter(|report| report.task_no == task.no).collect();
    let mut missing = Vec::new();
    let quarters = Quarter::of_year(year).map(|quarter| {
        let newest = |lead: &String| {
            let answers =
                |one: &&&TaskReport| one.quarter == quarter && task.is_answered(lead, &one.agency, quarter, agencies);
            of_task.iter().rev().find(answers)
        };
        let done = task.lead.iter().filter(|agency| newest(agency).is_some_and(|one| one.progress == Progress::Done));
        let silent: Vec<&String> = task.lead.iter().filter(|agency| newest(agency).is_none()).collect();
        let state = if !is_due(task, quarter, &of_task, agencies) {
            QuarterState::NotDue
        } else if done.count() == task.lead.len() {
            QuarterState::Complete
        } else if silent.len() < task.lead.len() {
            QuarterState::Incomplete
        } else if quarter.last_day() < today {
            QuarterState::Overdue
        } else {
            QuarterState::Open
        };
        if state != QuarterState::NotDue && quarter <= Quarter::of(today) {
            missing.extend(silent.into_iter().map(|agency| (quarter, agency.clone())));
        }
        (quarter, state)
    });
    TaskStatus {
        task_no: task.no,
        quarters: quarters.to_vec(),
        missing,
        last: of_task.last().map(|report| (*report).clone()),
    }
}

fn is_due(task: &Task, quarter: Quarter, reports: &[&TaskReport], agencies: &Agencies) -> bool {
    let stands =
        Quarter::of(task.valid_from) <= quarter && task.valid_to.is_none_or(|last| quarter <= Quarter::of(last));
    let open = match task.deadline {
        Deadline::Regular => true,
        Deadline::On(day) => {
            let was_done = |lead: &String| {
                reports
                    .iter()
                    .filter(|one| one.progress == Progress::Done && one.quarter < quarter)
                    .any(|one| task.is_answered(lead, &one.agency, one.quarter, agencies))
            };
            quarter <= Quarter::of(day) && !task.lead.iter().all(was_done)
        }
    };
    stands && open
}

/// The tasks of one agency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgencyTasks {
    /// The agency that did or does the work on the day.
    pub agency: String,
    /// The tasks it leads.
    pub leads: Vec<u32>,
    /// The tasks it helps with.
    pub coordinates: Vec<u32>,
    /// The quarters for which it has not reported, by task.
    pub missing: Vec<(u32, Quarter)>,
}

/// Tasks by agency, most missing reports first, then by name in data; the work of agencies that have merged goes to
/// their successors on the day.
#[must_use]
pub fn by_agency(tasks: &[Task], statuses: &[TaskStatus], agencies: &Agencies, day: NaiveDate) -> Vec<AgencyTasks> {
    let now = |id: &String| agencies.on(id, day).map_or_else(|| id.clone(), |agency| agency.id.clone());
    let mut ids: Vec<String> =
        tasks.iter().flat_map(|task| task.lead.iter().chain(&task.coordinating)).map(&now).collect();
    ids.sort();
    ids.dedup();
    let mut all: Vec<AgencyTasks> = ids
        .into_iter()
        .map(|agency| {
            let of = |list: fn(&Task) -> &Vec<String>| {
                tasks.iter().filter(|task| list(task).iter().any(|id| now(id) == agency)).map(|task| task.no).collect()
            };
            let mut missing: Vec<(u32, Quarter)> = statuses
                .iter()
                .flat_map(|status| status.missing.iter().map(|(quarter, id)| (status.task_no, *quarter, id)))
                .filter(|(_, _, id)| now(id) == agency)
                .map(|(task_no, quarter, _)| (task_no, quarter))
                .collect();
            // Two leading agencies that have become one owe one report.
            missing.sort_unstable();
            missing.dedup();
            AgencyTasks { leads: of(|task| &task.lead), coordinates: of(|task| &task.coordinating), missing, agency }
        })
        .collect();
    all.sort_by(|a, b| (b.missing.len(), b.leads.len(), &a.agency).cmp(&(a.missing.len(), a.leads.len(), &b.agency)));
    all
}

/// A part of PAPI that lies low, with the tasks that serve it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeakPart {
    /// The dimension or sub-dimension.
    pub code: String,
    /// Its gap to the third quartile, negative.
    pub to_p75: f64,
    /// Its group.
    pub group: Option<Group>,
    /// The tasks that serve it; the links are inferred.
    pub tasks: Vec<u32>,
    /// The agencies that lead them, each once.
    pub lead: Vec<String>,
}

/// The sub-dimensions that lie below the median, widest gap to the third quartile first, and who answers for them.
#[must_use]
pub fn for_weak(gaps: &[GapRow], tasks: &[Task]) -> Vec<WeakPart> {
    let mut weak: Vec<WeakPart> = gaps
        .iter()
        .filter(|row| row.code.contains('.') && row.to_median.is_some_and(|gap| gap < 0.0))
        .filter_map(|row| {
            let serving: Vec<&Task> = tasks.iter().filter(|task| task.serves(&row.code)).collect();
            let mut lead: Vec<String> = serving.iter().flat_map(|task| task.lead.clone()).collect();
            lead.sort();
            lead.dedup();
            Some(WeakPart {
                code: row.code.clone(),
                to_p75: row.to_p75?,
                group: row.grouped.map(|one| one.group),
                tasks: serving.iter().map(|task| task.no).collect(),
                lead,
            })
        })
        .collect();
    weak.sort_by(|a, b| a.to_p75.total_cmp(&b.to_p75).then_with(|| a.code.cmp(&b.code)));
    weak
}

#[cfg(test)]
mod tests {
    use super::super::shipped_tasks;
    use super::*;
    use crate::plan::official::OfficialResults;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn agencies() -> Agencies {
        Agencies::shipped().expect("shipped")
    }

    fn report(task_no: u32, quarter: &str, agency: &str, progress: Progress) -> TaskReport {
        let quarter: Quarter = quarter.parse().expect("a quarter");
        TaskReport { task_no, quarter, agency: agency.to_owned(), progress, day: quarter.last_day(), n_evidence: 1 }
    }

    fn states(no: u32, reports: &[TaskReport], today: &str) -> Vec<QuarterState> {
        let tasks = shipped_tasks().expect("shipped");
        let task = tasks.iter().find(|task| task.no == no).expect("a task");
        status(task, reports, &agencies(), 2024, day(today)).quarters.into_iter().map(|(_, state)| state).collect()
    }

    #[test]
    fn a_regular_task_is_overdue_when_a_quarter_ended_without_a_report() {
        use QuarterState::{Complete, Incomplete, NotDue, Open, Overdue};
        // The plan stands from May 2024: nothing is due in the first quarter.
        assert_eq!(states(1, &[], "2024-08-15"), [NotDue, Overdue, Open, Open]);
        let done = report(1, "2024Q2", "so-noi-vu", Progress::Done);
        assert_eq!(states(1, std::slice::from_ref(&done), "2024-08-15"), [NotDue, Complete, Open, Open]);
        let corrected = [done, report(1, "2024Q2", "so-noi-vu", Progress::Partial)];
        assert_eq!(states(1, &corrected, "2024-08-15"), [NotDue, Incomplete, Open, Open]);
    }

    #[test]
    fn every_leading_agency_has_to_report() {
        let one = [report(20, "2024Q2", "ubnd-huyen", Progress::Done)];
        assert_eq!(states(20, &one, "2024-08-15")[1], QuarterState::Incomplete);
        let tasks = shipped_tasks().expect("shipped");
        let status = status(&tasks[19], &one, &agencies(), 2024, day("2024-06-15"));
        assert_eq!(status.missing, [("2024Q2".parse().expect("a quarter"), "ubnd-xa".to_owned())]);
    }

    #[test]
    fn a_task_with_a_day_is_no_longer_due_once_it_is_done() {
        use QuarterState::{Complete, NotDue, Overdue};
        let done = [report(8, "2024Q3", "so-y-te", Progress::Done)];
        assert_eq!(states(8, &done, "2025-01-15"), [NotDue, Overdue, Complete, NotDue]);
    }

    #[test]
    fn agencies_with_most_missing_reports_come_first_and_merged_ones_pass_on_their_work() {
        let tasks = shipped_tasks().expect("shipped");
        let agencies = Agencies::shipped().expect("shipped");
        let statuses: Vec<TaskStatus> =
            tasks.iter().map(|task| status(task, &[], &agencies, 2024, day("2024-12-31"))).collect();
        let now = by_agency(&tasks, &statuses, &agencies, day("2024-12-31"));
        assert!(now.windows(2).all(|pair| pair[0].missing.len() >= pair[1].missing.len()));
        assert_eq!(now[0].agency, "ubnd-huyen");
        let later = by_agency(&tasks, &statuses, &agencies, day("2025-08-01"));
        assert_eq!(later[0].agency, "ubnd-xa");
        assert!(later.iter().all(|one| one.agency != "ubnd-huyen" && one.agency != "so-tttt"));
        let n_leads = |all: &[AgencyTasks]| all.iter().map(|one| one.leads.len()).sum::<usize>();
        assert!(n_leads(&later) <= n_leads(&now));
    }

    #[test]
    fn weak_sub_dimensions_lead_to_the_agencies_that_answer_for_them() {
        let gaps = OfficialResults::shipped().expect("shipped").gaps("papi", "bac-giang", 2023).expect("published");
        let weak = for_weak(&gaps, &shipped_tasks().expect("shipped"));
        assert!(!weak.is_empty() && weak.windows(2).all(|pair| pair[0].to_p75 <= pair[1].to_p75));
        for part in &weak {
            assert!(part.code.contains('.') && part.to_p75 < 0.0 && !part.lead.is_empty(), "{part:?}");
        }
    }
}
