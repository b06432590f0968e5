//! Where the plan stands: the tables that come with the program, those of the office, and the reports of its agencies, read from
//! the store in one instant. The pure rooms of `plan` judge; this room only brings them their figures.

use std::collections::BTreeMap;

use ::problem::{Place, Problem, Problems};
use chrono::NaiveDate;
use reports::vietnamese::nfc;
use serde::Deserialize;

use crate::plan::geography::Geography;
use crate::plan::official::OfficialResults;
use crate::plan::par::{CriteriaSet, Points, read_criteria, shipped_criteria};
use crate::plan::quarter::Quarter;
use crate::plan::target::{Evidence, Judged, Report, Target, TargetKind, judge, read_targets, shipped_targets};
use crate::plan::task::{Agencies, Progress, Task, TaskReport, TaskStatus, read_tasks, shipped_tasks, status};
use crate::problem as catalogue;
use crate::store::{NewEvidence, NewPlanReport, PlanReport, PlanReportKind, PlanTable, PlanTableKind, Store};

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
    /// The units: the office's newest tables, else the shipped ones.
    pub geography: Geography,
    /// Reports on tasks, in the order of arrival.
    pub task_reports: Vec<TaskReport>,
    /// Reports on targets, by target, in the order of arrival.
    pub target_reports: BTreeMap<String, Vec<Report>>,
    /// Points by year and criterion; the last that came counts.
    pub points: BTreeMap<i32, BTreeMap<String, Points>>,
    units_text: Option<String>,
    changes_text: Option<String>,
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
            units_text: None,
            changes_text: None,
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
            standing.task_reports.push(task_report(report)?);
        }
        for report in &targets {
            let one = target_report(report)?;
            standing.target_reports.entry(report.subject.clone()).or_default().push(one);
        }
        for report in &points {
            let (year, given) = given_points(report)?;
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
            PlanTableKind::Units => self.units_text = Some(text.to_owned()),
            PlanTableKind::UnitChanges => self.changes_text = Some(text.to_owned()),
        }
        if matches!(kind, PlanTableKind::Units | PlanTableKind::UnitChanges) {
            let shipped = Geography::shipped_tables();
            self.geography = Geography::read(
                self.units_text.as_deref().unwrap_or(shipped.0),
                self.changes_text.as_deref().unwrap_or(shipped.1),
            )?;
        }
        Ok(self)
    }

    /// What the figures say about a target of a unit, on a day.
    ///
    /// # Errors
    /// As [`judge`].
    pub fn judge(&self, target: &Target, unit: &str, today: NaiveDate) -> Result<Vec<Judged>, Problems> {
        let reports = self.target_reports.get(&target.id).map_or(&[][..], Vec::as_slice);
        judge(target, Evidence { official: &self.official, unit, estimates: &[], reports, today })
    }

    /// Where every task stands in the quarters of a year, on a day.
    #[must_use]
    pub fn statuses(&self, year: i32, today: NaiveDate) -> Vec<TaskStatus> {
        self.tasks.iter().map(|task| status(task, &self.task_reports, year, today)).collect()
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

/// Reports, checked against the plan before they are kept: the command line and the API come through here.
impl Standing {
    /// A report on a task by one of the agencies that lead it.
    ///
    /// # Errors
    /// `task_unknown`, `agency_unknown`, `task_not_lead`.
    pub fn new_task_report(
        &self,
        no: u32,
        quarter: Quarter,
        agency: &str,
        progress: Progress,
        note: &str,
        evidence: Vec<NewEvidence>,
    ) -> Result<NewPlanReport, Problems> {
        self.known_agency(agency)?;
        let task = self.task(no)?;
        if !task.lead.iter().any(|lead| lead == agency) {
            return Err(Problem::new(
                "task_not_lead",
                "cơ quan này không chủ trì nhiệm vụ nên không báo cáo nhiệm vụ",
                "this agency does not lead the task and does not report it",
            )
            .expected(task.lead.join(", "))
            .got(agency.to_owned())
            .into());
        }
        Ok(NewPlanReport {
            kind: PlanReportKind::Task,
            subject: no.to_string(),
            period: quarter.to_string(),
            agency: agency.to_owned(),
            content: serde_json::json!({ "progress": progress.code() }).to_string(),
            note: nfc(note),
            evidence,
        })
    }

    /// A report on a target that the offices count themselves: a share in per cent, or that a thing was done.
    ///
    /// # Errors
    /// `target_unknown`, `agency_unknown`, `target_value` for a target that figures decide, or a value that does not fit. All at once.
    pub fn new_target_report(
        &self,
        id: &str,
        day: NaiveDate,
        value: Option<f64>,
        agency: &str,
        note: &str,
        evidence: Vec<NewEvidence>,
    ) -> Result<NewPlanReport, Problems> {
        let mut problems = Problems::none();
        problems.extend(self.known_agency(agency).err());
        match self.targets.iter().find(|target| target.id == id) {
            None => problems.push(unknown_target(&self.targets, id)),
            Some(target) => problems.extend(check_value(target, value).err()),
        }
        problems.into_result(NewPlanReport {
            kind: PlanReportKind::Target,
            subject: id.to_owned(),
            period: day.to_string(),
            agency: agency.to_owned(),
            content: serde_json::json!({ "value": value }).to_string(),
            note: nfc(note),
            evidence,
        })
    }

    /// Points of a criterion in a year; what was given before and is not given anew stays.
    ///
    /// # Errors
    /// `par_no_set`, and those of [`CriteriaSet::score`].
    pub fn new_points(
        &self,
        code: &str,
        year: i32,
        given: Points,
        note: &str,
        evidence: Vec<NewEvidence>,
    ) -> Result<NewPlanReport, Problems> {
        if given == Points::default() {
            return Err(Problem::new("par_points", "chưa nêu điểm", "no points were given")
                .expected("own points, appraised points or both")
                .into());
        }
        let before = self.points.get(&year).and_then(|of_year| of_year.get(code)).copied().unwrap_or_default();
        let points = Points { own: given.own.or(before.own), appraised: given.appraised.or(before.appraised) };
        self.criteria_of(year)?.score(&BTreeMap::from([(code.to_owned(), points)]))?;
        Ok(NewPlanReport {
            kind: PlanReportKind::Par,
            subject: code.to_owned(),
            period: year.to_string(),
            agency: String::new(),
            content: serde_json::json!({ "own": points.own, "appraised": points.appraised }).to_string(),
            note: nfc(note),
            evidence,
        })
    }

    /// A task by its number.
    ///
    /// # Errors
    /// `task_unknown` with the numbers that there are.
    pub fn task(&self, no: u32) -> Result<&Task, Problem> {
        self.tasks.iter().find(|task| task.no == no).ok_or_else(|| {
            let known: Vec<String> = self.tasks.iter().map(|task| task.no.to_string()).collect();
            Problem::new("task_unknown", "không có nhiệm vụ này", "there is no such task")
                .expected(known.join(", "))
                .got(no.to_string())
        })
    }

    fn known_agency(&self, id: &str) -> Result<(), Problem> {
        if self.agencies.get(id).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = self.agencies.iter().map(|agency| agency.id.as_str()).collect();
        Err(Problem::new("agency_unknown", "không có cơ quan này trong danh mục", "there is no such agency")
            .expected(known.join(", "))
            .got(id.to_owned()))
    }
}

fn unknown_target(targets: &[Target], id: &str) -> Problem {
    let known: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    Problem::new("target_unknown", "không có mục tiêu này", "there is no such target")
        .expected(known.join(", "))
        .got(id.to_owned())
}

fn check_value(target: &Target, value: Option<f64>) -> Result<(), Problem> {
    let is_counted = target.index == "operation" || target.kind == TargetKind::Deadline;
    let needs_value = target.value().is_some();
    let in_range = value.is_none_or(|value| (0.0..=100.0).contains(&value));
    if is_counted && needs_value == value.is_some() && in_range {
        return Ok(());
    }
    Err(Problem::new("target_value", "báo cáo không hợp với mục tiêu", "the report does not fit the target")
        .expected(match (is_counted, needs_value) {
            (false, _) => "a target that the offices count themselves (index operation)",
            (true, true) => "a value from 0 to 100",
            (true, false) => "no value",
        })
        .got(value.map_or_else(|| "–".to_owned(), |value| value.to_string())))
}

/// The most bytes of one file of evidence.
const EVIDENCE_BYTES_MAX: usize = 20 * 1024 * 1024;

/// A file of evidence, checked: its kind by the end of its name, its size.
///
/// # Errors
/// `evidence_kind`, `evidence_size`.
pub fn checked_evidence(file_name: &str, body: Vec<u8>) -> Result<NewEvidence, Problem> {
    // Only the last part counts: a name is shown, never opened.
    let name = nfc(file_name.rsplit(['/', '\\']).next().unwrap_or_default());
    let Some(media_type) = media_type(&name) else {
        return Err(Problem::new(
            "evidence_kind",
            "loại tệp minh chứng không nhận",
            "this kind of file is not taken as evidence",
        )
        .expected("pdf, docx, xlsx, csv, txt, png, jpg")
        .got(name));
    };
    if body.len() > EVIDENCE_BYTES_MAX {
        return Err(Problem::new("evidence_size", "tệp minh chứng quá lớn", "the file of evidence is too large")
            .expected("at most 20 MiB")
            .got(format!("{name}: {} bytes", body.len())));
    }
    Ok(NewEvidence { file_name: name, media_type: media_type.to_owned(), body })
}

fn media_type(name: &str) -> Option<&'static str> {
    let (stem, end) = name.rsplit_once('.')?;
    if stem.is_empty() || name.chars().any(char::is_control) {
        return None;
    }
    Some(match end.to_lowercase().as_str() {
        "pdf" => "application/pdf",
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv" => "text/csv",
        "txt" => "text/plain",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        _ => return None,
    })
}

#[derive(Deserialize)]
struct TaskContent {
    progress: String,
}

#[derive(Deserialize)]
struct TargetContent {
    value: Option<f64>,
}

#[derive(Deserialize)]
struct PointsContent {
    own: Option<f64>,
    appraised: Option<f64>,
}

/// Only a changed database can hold such a report: the commands check before they keep.
fn damaged(report: &PlanReport, what: &str) -> Problem {
    Problem::new(
        "plan_damaged",
        "báo cáo trong cơ sở dữ liệu không đọc được",
        "a report in the database cannot be read",
    )
    .at(Place::row(usize::try_from(report.sequence).unwrap_or_default()))
    .got(what.to_owned())
}

fn task_report(report: &PlanReport) -> Result<TaskReport, Problem> {
    let content: TaskContent =
        serde_json::from_str(&report.content).map_err(|error| damaged(report, &error.to_string()))?;
    Ok(TaskReport {
        task_no: report.subject.parse().map_err(|_| damaged(report, &report.subject))?,
        quarter: report.period.parse::<Quarter>()?,
        agency: report.agency.clone(),
        progress: Progress::parse(&content.progress).ok_or_else(|| damaged(report, &content.progress))?,
        day: day_of(report, report.reported_at.get(..10).unwrap_or_default())?,
        n_evidence: u32::try_from(report.evidence.len()).unwrap_or(u32::MAX),
    })
}

fn target_report(report: &PlanReport) -> Result<Report, Problem> {
    let content: TargetContent =
        serde_json::from_str(&report.content).map_err(|error| damaged(report, &error.to_string()))?;
    Ok(Report { day: day_of(report, &report.period)?, value: content.value })
}

fn given_points(report: &PlanReport) -> Result<(i32, Points), Problem> {
    let content: PointsContent =
        serde_json::from_str(&report.content).map_err(|error| damaged(report, &error.to_string()))?;
    let year = report.period.parse().map_err(|_| damaged(report, &report.period))?;
    Ok((year, Points { own: content.own, appraised: content.appraised }))
}

fn day_of(report: &PlanReport, text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(|_| damaged(report, text))
}
