//! Reserves of a round: released by coordinators, one at a time, and listed for those who look after the fieldwork.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{Caller, ReadableRound};
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::fieldwork::replacement::REASON_CHARS_MAX;
use crate::problem as catalogue;
use crate::replacements::{Released, ReplacementWish, release_reserve};
use crate::store::Replacement;

/// A reserve is asked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct ReplacementBody {
    /// The case that has failed: a main one, or a reserve that was released before.
    replaces: String,
    /// Its final outcome code after AAPOR; what the field has reported must say the same.
    disposition: String,
    /// Why it is replaced. No names of people.
    reason: String,
    /// The reserve in hand; refused unless it is the next of the area.
    reserve: Option<String>,
}

/// The releases of a round.
#[derive(Serialize, ToSchema)]
pub(super) struct ReplacementsReply {
    /// In the order of their release.
    replacements: Vec<ReplacementReply>,
}

/// A reserve that was released.
#[derive(Serialize, ToSchema)]
pub(super) struct ReplacementReply {
    /// Its number within the round, from 1.
    number: i64,
    /// The reserve, which may be visited now.
    reserve: String,
    /// The case it stands in for.
    replaces: String,
    /// Final outcome code of that case.
    disposition: String,
    /// Visits that were made to it.
    attempts: i64,
    /// Why it was replaced.
    reason: String,
    /// The id of the token that released it, or the command.
    released_by: String,
    /// When, UTC.
    released_at: String,
}

impl From<&Replacement> for ReplacementReply {
    fn from(stored: &Replacement) -> Self {
        Self {
            number: stored.release_no,
            reserve: stored.case_id.clone(),
            replaces: stored.replaces_case_id.clone(),
            disposition: stored.disposition.clone(),
            attempts: stored.attempts,
            reason: stored.reason.clone(),
            released_by: stored.released_by.clone(),
            released_at: stored.released_at.clone(),
        }
    }
}

/// Releases the next reserve for a case that has failed. Asking the same again gives the same release.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/replacements", tag = "desk", security(("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    request_body = ReplacementBody,
    responses(
        (status = 201, description = "Released, and on the disk", body = ReplacementReply),
        (status = 200, description = "Released before: the same release", body = ReplacementReply),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 409, description = "The rule does not allow it; the details say why", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let wish = ReplacementWish {
        replaces: fields.text("replaces", 200),
        disposition: fields.text("disposition", 40),
        reason: fields.text("reason", REASON_CHARS_MAX),
        reserve: fields.optional_text("reserve", 200),
    };
    fields.finish()?;
    let (actor, code) = (caller.actor()?, round.0.code);
    let released = in_store(app, move |store| store.write(&actor, move |tx| release_reserve(tx, &code, &wish))).await?;
    let released = released.map_err(|problems| ApiError::with_details(catalogue::replacement_refused(), problems))?;
    let status = match released {
        Released::New(_) => StatusCode::CREATED,
        Released::Again(_) => StatusCode::OK,
    };
    Ok(HttpResponse::build(status).json(ReplacementReply::from(released.replacement())))
}

/// The reserves that were released, in order, with who released them and why.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/replacements", tag = "desk", security(("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = ReplacementsReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn list(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let code = round.0.code;
    let stored = in_store(app, move |store| store.read(|snapshot| snapshot.list_replacements(&code))).await?;
    let replacements = stored.iter().map(ReplacementReply::from).collect();
    Ok(HttpResponse::Ok().json(ReplacementsReply { replacements }))
}
