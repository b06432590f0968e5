//! Files of the plan: its figures, and the evidence of its reports.

use ::problem::Problem;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{Datelike, NaiveDate};
use reports::chart::{ChartFormat, rendered};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::body;
use super::error::{ApiError, ErrorReply, ReadRefusals, WriteRefusals};
use super::in_store;
use super::plan::{today, with_standing};
use super::results::language_of;
use crate::app::App;
use crate::problem as catalogue;
use crate::standing::{EVIDENCE_BYTES_MAX, PlanChart, checked_evidence};
use crate::store::{AddedEvidence, EVIDENCE_FILES_MAX};

/// Which unit, year and day.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartQuery {
    /// The unit that the plan is of; without it, `bac-giang`.
    unit: Option<String>,
    /// The year of the tasks; without it, that of the plan.
    year: Option<i32>,
    /// The day on which it is looked at, `2024-12-31`; without it, today in Vietnam.
    day: Option<NaiveDate>,
    /// `vi` or `en`; without it, as the browser asks.
    lang: Option<String>,
}

/// The name of the file.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceQuery {
    /// Its name, such as `bao-cao.pdf`: pdf, docx, xlsx, csv, txt, png, jpg.
    name: Option<String>,
}

/// A file was kept.
#[derive(Serialize, ToSchema)]
pub(super) struct EvidenceKeptReply {
    /// The report.
    report: i64,
    /// Its number within the report.
    evidence: i64,
}

/// A figure of the plan: all targets with verdicts (r1), all tasks by quarter (r2).
#[utoipa::path(get, path = "/api/v1/plan/charts/{file}", tag = "plan", security(("bearer" = [])),
    params(("file" = String, Path, description = "Figure and format: r1, r2 or r3; svg, png, pdf, csv or json"), ChartQuery),
    responses(
        (status = 200, content_type = "image/svg+xml", body = String),
        ReadRefusals,
        (status = 404, body = ErrorReply),
    ))]
pub(super) async fn chart(
    app: web::Data<App>,
    path: web::Path<String>,
    query: web::Query<ChartQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let file = path.into_inner();
    let (id, format) = file.rsplit_once('.').ok_or_else(|| ApiError::new(catalogue::format_unavailable(&file)))?;
    let figure = PlanChart::of_id(id).map_err(ApiError::new)?;
    let format =
        ChartFormat::of_extension(format).ok_or_else(|| ApiError::new(catalogue::format_unavailable(format)))?;
    let language = language_of(&request, query.lang.as_deref());
    let ChartQuery { unit, year, day, .. } = query.into_inner();
    let unit = unit.unwrap_or_else(|| "bac-giang".to_owned());
    let shared = app.clone();
    let bytes = with_standing(app, move |store, standing| {
        let day = day.unwrap_or_else(|| today(store));
        let standing = standing.with_rounds(store, &shared.results, &unit)?;
        let year = year.or_else(|| standing.plan_year()).unwrap_or_else(|| day.year());
        rendered(&standing.chart(figure, &unit, year, day, language)?, format)
    })
    .await?;
    Ok(HttpResponse::Ok().content_type(format.media_type()).body(bytes))
}

/// Adds a file that proves a report; the body is the file. The same bytes again are the file that is there.
#[utoipa::path(post, path = "/api/v1/plan/reports/{report}/evidence", tag = "plan", security(("bearer" = [])),
    params(("report" = i64, Path, description = "Number of the report"), EvidenceQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "Kept, and on the disk", body = EvidenceKeptReply),
        (status = 200, description = "Kept before: the report has these bytes", body = EvidenceKeptReply),
        (status = 409, description = "The report has as many files as it may have", body = ErrorReply),
        WriteRefusals,
    ))]
pub(super) async fn add_evidence(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<i64>,
    query: web::Query<EvidenceQuery>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let actor = caller.plan_writer()?;
    let report = path.into_inner();
    let bytes = body::read_up_to(&request, payload, &app.config, EVIDENCE_BYTES_MAX).await?;
    let file = checked_evidence(query.name.as_deref().unwrap_or_default(), bytes).map_err(ApiError::new)?;
    let added = in_store(app, move |store| store.write(&actor, move |tx| tx.add_plan_evidence(report, &file))).await?;
    match added {
        AddedEvidence::New(evidence) => Ok(HttpResponse::Created().json(EvidenceKeptReply { report, evidence })),
        AddedEvidence::Again(evidence) => Ok(HttpResponse::Ok().json(EvidenceKeptReply { report, evidence })),
        AddedEvidence::Full => Err(ApiError::new(
            Problem::new("evidence_full", "báo cáo đã có đủ số tệp minh chứng", "the report has its fill of files")
                .expected(format!("≤ {EVIDENCE_FILES_MAX}")),
        )),
        AddedEvidence::NoReport => Err(ApiError::new(catalogue::evidence_unknown(report, 0))),
    }
}

/// A file that proves a report.
#[utoipa::path(get, path = "/api/v1/plan/reports/{report}/evidence/{number}", tag = "plan", security(("bearer" = [])),
    params(
        ("report" = i64, Path, description = "Number of the report"),
        ("number" = i64, Path, description = "Number of the file within it"),
    ),
    responses(
        (status = 200, description = "The file, as it was handed in", content_type = "application/octet-stream"),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn evidence(app: web::Data<App>, path: web::Path<(i64, i64)>) -> Result<HttpResponse, ApiError> {
    let (report, number) = path.into_inner();
    let found = in_store(app, move |store| store.read(|snapshot| snapshot.find_evidence(report, number))).await?;
    let (file, body) = found.ok_or_else(|| ApiError::new(catalogue::evidence_unknown(report, number)))?;
    // The name may hold any letters; a reader of headers gets a plain one, and the media type that was checked.
    let end = file.file_name.rsplit_once('.').map_or("bin", |(_, end)| end).to_lowercase();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"evidence-{report}-{number}.{end}\"")))
        .body(body))
}
