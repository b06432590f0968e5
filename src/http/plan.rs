//! The plan: targets with what the figures say, tasks with their reports, published results.

use ::problem::{Problem, Problems};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply, ReadRefusals, WriteRefusals};
use super::in_store;
use crate::app::App;
use crate::fieldwork::clock;
use crate::plan::quarter::Quarter;
use crate::plan::task::Progress;
use crate::problem as catalogue;
use crate::standing::{GivenTaskReport, Standing};
use crate::store::{KeptReport, Store, StoreError};

/// Which unit and day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetsQuery {
    /// The unit that the plan is of; without it, `bac-giang`.
    unit: Option<String>,
    /// The day on which it is judged, `2024-12-31`; without it, today in Vietnam.
    day: Option<NaiveDate>,
}

/// Which year and day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct TasksQuery {
    /// The year; without it, that of the day.
    year: Option<i32>,
    /// The day on which it is looked at; without it, today in Vietnam.
    day: Option<NaiveDate>,
}

/// Which results.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct OfficialQuery {
    /// `papi`, `sipas` or `par-index`.
    index: String,
    /// The unit, such as `bac-giang`.
    unit: String,
    /// The year.
    year: i32,
}

/// A report on a task.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; the fields are read one by one so that all problems are told")]
pub(super) struct TaskReportBody {
    /// The quarter, such as `2024Q3`.
    quarter: String,
    /// The agency that reports: one that leads the task, or that has taken over from it.
    agency: String,
    /// `not_started`, `partial` or `done`.
    progress: String,
    /// In the agency's own words.
    note: Option<String>,
}

/// A report was kept.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportKeptReply {
    /// Its number.
    report: i64,
}

/// What the figures say about each target: reached, not reached, not enough evidence, no figures yet.
#[utoipa::path(get, path = "/api/v1/plan/targets", tag = "plan", security(("bearer" = [])), params(TargetsQuery), responses(
    (status = 200, description = "One object a target and part", body = serde_json::Value),
    ReadRefusals,
))]
pub(super) async fn targets(app: web::Data<App>, query: web::Query<TargetsQuery>) -> Result<HttpResponse, ApiError> {
    let TargetsQuery { unit, day } = query.into_inner();
    let unit = unit.unwrap_or_else(|| "bac-giang".to_owned());
    let shared = app.clone();
    let lines = with_standing(app, move |store, standing| {
        let day = day.unwrap_or_else(|| today(store));
        let standing = standing.with_rounds(store, &shared.results, &unit)?;
        let lines = standing.verdicts(&unit, day)?.into_iter().map(|(target, judged)| {
            serde_json::json!({
                "id": target.id,
                "index": target.index,
                "name": target.name,
                "target_year": target.target_year,
                "responsible": target.responsible,
                "source": target.source,
                "certainty": target.certainty.code(),
                "judged": judged,
            })
        });
        Ok(lines.collect::<Vec<_>>())
    })
    .await?;
    Ok(HttpResponse::Ok().json(lines))
}

/// The tasks with the state of each quarter, and whom to remind.
#[utoipa::path(get, path = "/api/v1/plan/tasks", tag = "plan", security(("bearer" = [])), params(TasksQuery), responses(
    (status = 200, description = "One object a task", body = serde_json::Value),
    ReadRefusals,
))]
pub(super) async fn tasks(app: web::Data<App>, query: web::Query<TasksQuery>) -> Result<HttpResponse, ApiError> {
    let TasksQuery { year, day } = query.into_inner();
    let lines = with_standing(app, move |store, standing| {
        let day = day.unwrap_or_else(|| today(store));
        let statuses = standing.statuses(year.unwrap_or_else(|| day.year()), day);
        let lines = standing.tasks.iter().zip(statuses).map(|(task, status)| {
            serde_json::json!({
                "no": task.no,
                "name": task.name,
                "lead": task.lead,
                "lead_chain": task.lead.iter().map(|lead| {
                    standing.agencies.chain(lead, day).into_iter().map(|agency| agency.id.as_str()).collect::<Vec<_>>()
                }).collect::<Vec<_>>(),
                "coordinating": task.coordinating,
                "deadline": task.deadline,
                "papi_dimensions": task.papi_dimensions,
                "papi_sub_dimensions": task.papi_sub_dimensions,
                "sipas_factors": task.sipas_factors,
                "links_certainty": task.links_certainty.code(),
                "quarters": status.quarters.iter().map(|(quarter, state)| {
                    serde_json::json!({ "quarter": quarter, "state": state })
                }).collect::<Vec<_>>(),
                "missing": status.missing.iter().map(|(quarter, agency)| {
                    let now = standing.agencies.on(agency, day).map_or(agency.as_str(), |one| one.id.as_str());
                    serde_json::json!({ "quarter": quarter, "agency": agency, "answers_now": now })
                }).collect::<Vec<_>>(),
                "last_report": status.last,
            })
        });
        Ok(lines.collect::<Vec<_>>())
    })
    .await?;
    Ok(HttpResponse::Ok().json(lines))
}

/// Published results of a unit in a year, with their gaps to others.
#[utoipa::path(get, path = "/api/v1/plan/official", tag = "plan", security(("bearer" = [])), params(OfficialQuery), responses(
    (status = 200, description = "One object a value", body = serde_json::Value),
    ReadRefusals,
    (status = 404, body = ErrorReply),
))]
pub(super) async fn official(app: web::Data<App>, query: web::Query<OfficialQuery>) -> Result<HttpResponse, ApiError> {
    let OfficialQuery { index, unit, year } = query.into_inner();
    let lines = with_standing(app, move |_, standing| {
        let gaps = standing.official.gaps(&index, &unit, year)?;
        let lines = gaps.into_iter().map(|gap| {
            serde_json::json!({ "published": standing.official.value(&index, year, &unit, &gap.code), "gap": gap })
        });
        Ok(lines.collect::<Vec<_>>())
    })
    .await?;
    Ok(HttpResponse::Ok().json(lines))
}

/// Keeps the report of an agency on a task; a correction is a later report, and the same as the last one is that one.
#[utoipa::path(post, path = "/api/v1/plan/tasks/{no}/reports", tag = "plan", security(("bearer" = [])),
    params(("no" = u32, Path, description = "Number of the task in the plan's appendix")),
    request_body = TaskReportBody,
    responses(
        (status = 201, description = "Kept, and on the disk", body = ReportKeptReply),
        (status = 200, description = "Kept before: the same as the last report of the agency", body = ReportKeptReply),
        WriteRefusals,
    ))]
pub(super) async fn report_task(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<u32>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    caller.plan_writer()?;
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (quarter, agency, progress) =
        (fields.text("quarter", 10), fields.text("agency", 100), fields.text("progress", 20));
    let note = fields.optional_text("note", 4_000).unwrap_or_default();
    fields.finish()?;
    let kept = keep_task_report(app, &caller, (path.into_inner(), quarter, agency, progress, note)).await?;
    let reply = ReportKeptReply { report: kept.number() };
    Ok(match kept {
        KeptReport::New(_) => HttpResponse::Created().json(reply),
        KeptReport::Again(_) => HttpResponse::Ok().json(reply),
    })
}

/// Keeps a report (task, quarter, agency, progress, note), or says why not.
pub(super) async fn keep_task_report(
    app: web::Data<App>,
    caller: &Caller,
    (no, quarter, agency, progress, note): (u32, String, String, String, String),
) -> Result<KeptReport, ApiError> {
    let actor = caller.plan_writer()?;
    with_standing(app, move |store, standing| {
        let quarter: Quarter = quarter.parse()?;
        let progress = Progress::parse(&progress).ok_or_else(|| {
            Problem::new("task_progress", "mức độ thực hiện không hợp lệ", "there is no such progress")
                .expected("not_started, partial, done")
                .got(progress.clone())
        })?;
        let report = standing.new_task_report(GivenTaskReport {
            no,
            quarter,
            agency: &agency,
            progress,
            note: &note,
            evidence: Vec::new(),
            today: today(store),
        })?;
        store
            .write(&actor, move |tx| tx.keep_plan_report(&report))
            .map_err(|error| Problems::from(catalogue::from_store(&error)))
    })
    .await
}

/// Today in Vietnam by the store's clock.
pub(super) fn today(store: &Store) -> NaiveDate {
    clock::day_of_micros(store.now().micros())
}

/// Works on the plan as it stands, on the threads that may block.
pub(super) async fn with_standing<T: Send + 'static>(
    app: web::Data<App>,
    work: impl FnOnce(&Store, Standing) -> Result<T, Problems> + Send + 'static,
) -> Result<T, ApiError> {
    let done =
        in_store(app, move |store| Ok::<_, StoreError>(Standing::of(store).and_then(|standing| work(store, standing))))
            .await?;
    done.map_err(|problems| {
        let mut problems = problems.into_iter();
        let first = problems.next().unwrap_or_else(catalogue::internal);
        ApiError::with_details(first, Problems(problems.collect()))
    })
}
