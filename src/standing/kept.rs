//! Reports as the store kept them, read again.

use ::problem::{Place, Problem};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::plan::par::Points;
use crate::plan::quarter::Quarter;
use crate::plan::target::Report;
use crate::plan::task::{Progress, TaskReport};
use crate::store::PlanReport;

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

/// A report on a task.
pub(super) fn task_report(report: &PlanReport) -> Result<TaskReport, Problem> {
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

/// A report on a target that an office counts itself.
pub(super) fn target_report(report: &PlanReport) -> Result<Report, Problem> {
    let content: TargetContent =
        serde_json::from_str(&report.content).map_err(|error| damaged(report, &error.to_string()))?;
    Ok(Report { day: day_of(report, &report.period)?, value: content.value })
}

/// Points of a criterion, with their year.
pub(super) fn given_points(report: &PlanReport) -> Result<(i32, Points), Problem> {
    let content: PointsContent =
        serde_json::from_str(&report.content).map_err(|error| damaged(report, &error.to_string()))?;
    let year = report.period.parse().map_err(|_| damaged(report, &report.period))?;
    Ok((year, Points { own: content.own, appraised: content.appraised }))
}

fn day_of(report: &PlanReport, text: &str) -> Result<NaiveDate, Problem> {
    text.parse().map_err(|_| damaged(report, text))
}
