//! Quality of a round: what looks odd, for programs and for spreadsheets. It names enumerators: nobody reads it without a role, even
//! where the round is public.

use std::sync::Arc;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::ReadableRound;
use super::error::{ApiError, ErrorReply};
use super::results::language_of;
use crate::app::App;
use crate::inspection::{Inspection, csv, json};
use crate::problem as catalogue;
use crate::results::ResultsError;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
pub(super) struct QualityQuery {
    /// The day on which the server received the interviews, `2026-11-27` or `27/11/2026`; the whole round, if absent or `all`.
    pub(super) day: Option<String>,
    /// `vi` or `en`; else by `Accept-Language`.
    pub(super) lang: Option<String>,
}

/// Flags by interview, with who did what by enumerator, village and day; thresholds, what could not be checked, interviewer effects.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/quality", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), QualityQuery),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 400, description = "No such day", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn show(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<QualityQuery>,
) -> Result<HttpResponse, ApiError> {
    let day = day(query.day.as_deref())?;
    let found = of_round(app, &round).await?;
    let document = in_background(move || json(&found, &found.page(day))).await?;
    Ok(HttpResponse::Ok().json(document))
}

/// The interviews with their flags as CSV, those to look at first.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/quality.csv", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), QualityQuery),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 400, description = "No such day", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn show_csv(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<QualityQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let day = day(query.day.as_deref())?;
    let language = language_of(&request, query.lang.as_deref());
    let found = of_round(app, &round).await?;
    let bytes = in_background(move || csv(&found, &found.page(day), language)).await?.map_err(|problems| {
        tracing::error!(%problems, "the table of a round's quality could not be written");
        ApiError::new(catalogue::internal())
    })?;
    let name = format!("attachment; filename=\"{}-quality.csv\"", round.0.code);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}

/// The inspection of a round that the caller may read.
pub(super) async fn of_round(app: web::Data<App>, round: &ReadableRound) -> Result<Arc<Inspection>, ApiError> {
    let code = round.0.code.clone();
    match in_background(move || app.inspections.of_round(&app.store, &code)).await? {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(ApiError::new(catalogue::round_unknown(&round.0.code))),
        Err(ResultsError::Store(error)) => Err(error.into()),
        Err(ResultsError::Data(problems)) => {
            tracing::error!(%problems, "what is kept of a round cannot be read");
            Err(ApiError::new(catalogue::internal()))
        }
    }
}

pub(super) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    web::block(work).await.map_err(|_cancelled| ApiError::new(catalogue::internal()))
}

/// Days since 1970-01-01; `None` for the whole round.
pub(super) fn day(asked: Option<&str>) -> Result<Option<i64>, ApiError> {
    let Some(text) = asked.map(str::trim).filter(|text| !text.is_empty() && *text != "all") else { return Ok(None) };
    let read = NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"));
    match read {
        Ok(date) => Ok(Some((date - NaiveDate::default()).num_days())),
        Err(_) => Err(ApiError::new(catalogue::day_invalid(text))),
    }
}
