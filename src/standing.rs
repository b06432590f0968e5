//! Where the plan stands: the tables that come with the program, those of the office, and the reports of its agencies, read from
//! the store in one instant. The pure rooms of `plan` judge; this room only brings them their figures.

mod charts;
mod incoming;
mod kept;
mod pin;
mod rounds;

use std::collections::BTreeMap;

use ::problem::{Problem, Problems, Words};
use chrono::NaiveDate;

use crate::plan::geography::Geography;
use crate::plan::official::OfficialResults;
use crate::plan::par::{CriteriaSet, Points, read_criteria, shipped_criteria};
use crate::plan::target::{Estimated, Evidence, Judged, Report, Target, judge, read_targets, shipped_targets};
use crate::plan::task::{Agencies, Task, TaskReport, TaskStatus, read_tasks, shipped_tasks, status};
use crate::problem as catalogue;
use crate::store::{PlanReportKind, PlanTable, PlanTableKind, Store};

pub use charts::PlanChart;
pub use incoming::{EVIDENCE_BYTES_MAX, GivenTaskReport, checked_evidence};
pub use pin::pinned;

/// Everything of the plan at one instant.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Published results: shipped, then the office's, row by row.
    pub official: OfficialResults,
    /// The targets: the office's newest list, else the shipped one.
    pub targets: Vec<Target>,
    /// The tasks, likewise.
    pub tasks: Vec<Task>,
    /// The agencies, likewise.
    pub agencies: Agencies,
    /// The criteria sets of the PAR Index: shipped, and the office's in place of those of the same name.
    pub criteria: Vec<CriteriaSet>,
    /// The units: shipped, then the office's, unit by unit.
    pub geography: Geography,
    /// Reports on tasks, in the order of arrival.
    pub task_reports: Vec<TaskReport>,
    /// Reports on targets, by target, in the order of arrival.
    pub target_reports: BTreeMap<String, Vec<Report>>,
    /// Points by year and criterion; the last that came counts.
    pub points: BTreeMap<i32, BTreeMap<String, Points>>,
    /// Estimates of the office's own closed rounds; none until they are asked for ([`Standing::with_rounds`]).
    pub estimates: Vec<Estimated>,
    /// What a reader of all its figures must know, such as that the reports are simulated.
    pub remarks: Vec<Words>,
}

impl Standing {
    /// What comes with the program, without a database.
    ///
    /// # Errors
    /// Only if the program's own tables were damaged; tests read them.
    pub fn shipped() -> Result<Self, Problems> {
        Ok(Self {
            official: OfficialResults::shipped()?,
            targets: shipped_targets()?,
            tasks: shipped_tasks()?,
            agencies: Agencies::shipped()?,
            criteria: shipped_criteria()?,
            geography: Geography::shipped()?,
            task_reports: Vec::new(),
            target_reports: BTreeMap::new(),
            points: BTreeMap::new(),
            estimates: Vec::new(),
            remarks: Vec::new(),
        })
    }

    /// What comes with the program and what the office added, at one instant of the database.
    ///
    /// # Errors
    /// That the database did not answer, or that what it holds cannot be read.
    pub fn of(store: &Store) -> Result<Self, Problems> {
        let (tables, tasks, targets, points) = store
            .read(|snapshot| {
                Ok((
                    snapshot.list_plan_tables()?,
                    snapshot.list_plan_reports(PlanReportKind::Task)?,
                    snapshot.list_plan_reports(PlanReportKind::Target)?,
                    snapshot.list_plan_reports(PlanReportKind::Par)?,
                ))
            })
            .map_err(|error| Problems::from(catalogue::from_store(&error)))?;
        let mut standing = Self::shipped()?;
        for PlanTable { kind, body, .. } in &tables {
            standing = standing.with_table(*kind, body)?;
        }
        for report in &tasks {
            standing.task_reports.push(kept::task_report(report)?);
        }
        for report in &targets {
            let one = kept::target_report(report)?;
            standing.target_reports.entry(report.subject.clone()).or_default().push(one);
        }
        for report in &points {
            let (year, given) = kept::given_points(report)?;
            standing.points.entry(year).or_default().insert(report.subject.clone(), given);
        }
        Ok(standing)
    }

    /// The same with one more table. Nothing is taken over unless all of it can be.
    ///
    /// # Errors
    /// Every problem of the table, with row and column.
    pub fn with_table(mut self, kind: PlanTableKind, body: &[u8]) -> Result<Self, Problems> {
        let text = std::str::from_utf8(body).map_err(|error| {
            Problem::new("plan_csv", "tệp không ở dạng UTF-8", "the file is not UTF-8")
                .got(error.to_string())
                .hint("lưu lại bảng ở dạng CSV UTF-8", "save the table as CSV UTF-8")
        })?;
        match kind {
            PlanTableKind::Official => self.official = self.official.with_table(text)?,
            PlanTableKind::Targets => self.targets = read_targets(text)?,
            PlanTableKind::Tasks => self.tasks = read_tasks(text, &self.agencies)?,
            PlanTableKind::Agencies => self.agencies = Agencies::read(text)?,
            PlanTableKind::ParCriteria => {
                for set in read_criteria(text)? {
                    self.criteria.retain(|known| known.name != set.name);
                    self.criteria.push(set);
                }
                self.criteria.sort_by_key(|set| set.first_year);
            }
            PlanTableKind::Units => self.geography = self.geography.with_units(text)?,
            PlanTableKind::UnitChanges => self.geography = self.geography.with_changes(text)?,
        }
        Ok(self)
    }

    /// What the figures say about a target of a unit, on a day.
    ///
    /// # Errors
    /// As [`judge`].
    pub fn judge(&self, target: &Target, unit: &str, today: NaiveDate) -> Result<Vec<Judged>, Problems> {
        let reports = self.target_reports.get(&target.id).map_or(&[][..], Vec::as_slice);
        let of_index: Vec<Estimated> =
            self.estimates.iter().filter(|one| one.index == target.index && one.unit == unit).cloned().collect();
        judge(target, Evidence { official: &self.official, unit, estimates: &of_index, reports, today })
    }

    /// The same for every target of the plan, in its order.
    ///
    /// # Errors
    /// As [`judge`].
    pub fn verdicts(&self, unit: &str, today: NaiveDate) -> Result<Vec<(&Target, Judged)>, Problems> {
        let mut all = Vec::new();
        for target in &self.targets {
            all.extend(self.judge(target, unit, today)?.into_iter().map(|judged| (target, judged)));
        }
        Ok(all)
    }

    /// Where every task stands in the quarters of a year, on a day.
    #[must_use]
    pub fn statuses(&self, year: i32, today: NaiveDate) -> Vec<TaskStatus> {
        self.tasks.iter().map(|task| status(task, &self.task_reports, &self.agencies, year, today)).collect()
    }

    /// The criteria set that scores a year.
    ///
    /// # Errors
    /// `par_no_set` with the years that have one.
    pub fn criteria_of(&self, year: i32) -> Result<&CriteriaSet, Problem> {
        let of_year = |set: &&CriteriaSet| set.first_year <= year && set.last_year.is_none_or(|last| year <= last);
        self.criteria.iter().rev().find(of_year).ok_or_else(|| {
            let known: Vec<String> = self
                .criteria
                .iter()
                .map(|set| match set.last_year {
                    Some(last) => format!("{} ({}–{last})", set.name, set.first_year),
                    None => format!("{} ({}–)", set.name, set.first_year),
                })
                .collect();
            Problem::new("par_no_set", "không có bộ tiêu chí cho năm này", "there is no criteria set for this year")
                .expected(known.join(", "))
                .got(year.to_string())
        })
    }
}
