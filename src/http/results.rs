//! Results of a round: scores and figures, computed from what is kept.

use std::sync::Arc;

use ::problem::Language;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use reports::chart::{ChartFormat, ChartSpec, rendered};
use reports::export;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::ReadableRound;
use super::error::{self, ApiError, ErrorReply};
use crate::analysis::figures::ScoreFigure;
use crate::app::App;
use crate::problem as catalogue;
use crate::results::{IndexResult, ResultsError, RoundResults};

/// What is asked for.
#[derive(Deserialize, IntoParams)]
pub(super) struct ResultsQuery {
    /// Form id of one index; all, if absent.
    index: Option<String>,
    /// `vi` or `en`; else by `Accept-Language`.
    pub(super) lang: Option<String>,
}

/// The scores of a round.
#[derive(Serialize, ToSchema)]
struct ScoresReply {
    /// Code of the round.
    round: String,
    /// One entry an index.
    indexes: Vec<serde_json::Value>,
}

/// Scores with standard errors, degrees of freedom, n and intervals.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/scores.json", tag = "results", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round"), ResultsQuery),
    responses(
        (status = 200, body = ScoresReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 409, description = "Nothing to compute from yet", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn scores_json(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<ResultsQuery>,
) -> Result<HttpResponse, ApiError> {
    let results = of_round(app, &round).await?;
    let mut indexes = Vec::new();
    for index in chosen(&results, query.index.as_deref())? {
        let analysis = index.analysis.as_ref().map_err(|problems| no_scores(problems.clone()))?;
        let scores = export::scores::to_json_value(&analysis.estimates).map_err(ApiError::new)?;
        indexes.push(serde_json::json!({
            "form_id": index.questionnaire.id(),
            "fingerprint": analysis.fingerprint,
            "n_interviews": analysis.n_interviews,
            "n_areas": analysis.n_areas,
            "variance": {
                "n_psus": analysis.n_psus,
                "n_strata": analysis.n_strata,
                "degrees_of_freedom": analysis.degrees_of_freedom,
                "method": analysis.method,
            },
            "weights": analysis.weights.steps,
            "calibration": analysis.calibration,
            "notes": analysis.weights.notes,
            "scores": scores,
        }));
    }
    Ok(HttpResponse::Ok().json(ScoresReply { round: results.round.code.clone(), indexes }))
}

/// The same as CSV, one index at a time.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/scores.csv", tag = "results", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round"), ResultsQuery),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 409, description = "Nothing to compute from yet", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn scores_csv(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<ResultsQuery>,
) -> Result<HttpResponse, ApiError> {
    let results = of_round(app, &round).await?;
    let index = chosen(&results, query.index.as_deref())?.into_iter().next().ok_or_else(unknown_index)?;
    let analysis = index.analysis.as_ref().map_err(|problems| no_scores(problems.clone()))?;
    let text = export::scores::to_csv(&analysis.estimates).map_err(ApiError::new)?;
    let name = format!("attachment; filename=\"{}-scores.csv\"", index.definition.code());
    Ok(HttpResponse::Ok().content_type("text/csv; charset=utf-8").insert_header((CONTENT_DISPOSITION, name)).body(text))
}

/// A figure: `p1` (dimensions with intervals), `p2` (radar), `p3` (parts of the weakest dimension), `s1` (factors against the
/// target), as `.svg`, `.png`, `.pdf`, `.csv` (its data) or `.json` (its data, alternative text and title).
#[utoipa::path(get, path = "/api/v1/rounds/{code}/charts/{file}", tag = "results", security((), ("bearer" = [])),
    params(
        ("code" = String, Path, description = "Code of the round"),
        ("file" = String, Path, description = "Figure and format, such as p1.svg"),
        ResultsQuery,
    ),
    responses(
        (status = 200, content_type = "image/svg+xml", body = String),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 409, description = "Nothing to compute from yet", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn chart(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<(String, String)>,
    query: web::Query<ResultsQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (_, file) = path.into_inner();
    let (id, format) = file.rsplit_once('.').ok_or_else(|| ApiError::new(catalogue::format_unavailable(&file)))?;
    let figure = ScoreFigure::of_id(id).map_err(ApiError::new)?;
    let format =
        ChartFormat::of_extension(format).ok_or_else(|| ApiError::new(catalogue::format_unavailable(format)))?;
    let language = language_of(&request, query.lang.as_deref());
    let results = of_round(app, &round).await?;
    let made = web::block(move || {
        let spec = spec(&results, figure, language)?;
        rendered(&spec, format).map_err(|problems| {
            tracing::error!(%problems, "a figure could not be drawn");
            ApiError::new(catalogue::internal())
        })
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))?;
    Ok(HttpResponse::Ok().content_type(format.media_type()).body(made?))
}

/// The figure of a round, from the index that it shows.
pub(super) fn spec(results: &RoundResults, figure: ScoreFigure, language: Language) -> Result<ChartSpec, ApiError> {
    let index = results.indexes.iter().find(|index| figure.shows(&index.definition)).ok_or_else(unknown_index)?;
    results.chart(index, figure, language).map_err(no_scores)
}

/// The results of a round that the caller may read.
pub(super) async fn of_round(app: web::Data<App>, round: &ReadableRound) -> Result<Arc<RoundResults>, ApiError> {
    let code = round.0.code.clone();
    let found = web::block(move || app.results.of_round(&app.store, &code))
        .await
        .map_err(|_cancelled| ApiError::new(catalogue::internal()))?;
    match found {
        Ok(Some(results)) => Ok(results),
        Ok(None) => Err(ApiError::new(catalogue::round_unknown(&round.0.code))),
        Err(ResultsError::Store(error)) => Err(error.into()),
        Err(ResultsError::Data(problems)) => {
            tracing::error!(%problems, "what is kept of a round cannot be read");
            Err(ApiError::new(catalogue::internal()))
        }
    }
}

fn chosen<'a>(results: &'a RoundResults, form_id: Option<&str>) -> Result<Vec<&'a IndexResult>, ApiError> {
    let chosen: Vec<&IndexResult> = results
        .indexes
        .iter()
        .filter(|index| form_id.is_none_or(|form_id| index.questionnaire.id() == form_id))
        .collect();
    if chosen.is_empty() { Err(unknown_index()) } else { Ok(chosen) }
}

fn unknown_index() -> ApiError {
    ApiError::new(catalogue::index_unknown())
}

fn no_scores(problems: ::problem::Problems) -> ApiError {
    ApiError::with_details(catalogue::scores_unavailable(), problems)
}

/// The language a person asked for: by the address, else by the browser, else Vietnamese.
pub(super) fn language_of(request: &HttpRequest, asked: Option<&str>) -> Language {
    match asked {
        Some("en") => Language::En,
        Some(_) => Language::Vi,
        None => error::language_of(request.headers()),
    }
}
