//! The forms of a round, as devices work with them.

use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::problem as catalogue;
use crate::store::StoreError;

/// The forms of the token's round.
#[derive(Serialize, ToSchema)]
pub(super) struct FormsReply {
    /// By form; of one form the latest version first.
    forms: Vec<FormReply>,
}

/// A form.
#[derive(Serialize, ToSchema)]
struct FormReply {
    /// The form, the same in all its versions.
    form_id: String,
    /// The version.
    version: String,
    /// SHA-256 of its sheets, in hexadecimal: the name of its content.
    sha256: String,
    /// The title.
    title: String,
}

/// The forms of the round the token serves; none for a token of all rounds.
#[utoipa::path(get, path = "/api/v1/forms", tag = "devices", security(("bearer" = [])), responses(
    (status = 200, body = FormsReply),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 410, description = "The device was revoked", body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let Some(round) = caller.token()?.round_code.clone() else {
        return Ok(HttpResponse::Ok().json(FormsReply { forms: Vec::new() }));
    };
    let heads = in_store(app, move |store| store.read(|snapshot| snapshot.list_round_questionnaires(&round))).await?;
    let forms = heads
        .into_iter()
        .map(|head| FormReply { form_id: head.form_id, version: head.version, sha256: head.sha256, title: head.title })
        .collect();
    Ok(HttpResponse::Ok().json(FormsReply { forms }))
}

/// One form of the round as JSON: the questionnaire with its formulas as trees, and its own hash. It never changes.
#[utoipa::path(get, path = "/api/v1/forms/{sha256}", tag = "devices", security(("bearer" = [])),
    params(("sha256" = String, Path, description = "SHA-256 of the form, in hexadecimal")),
    responses(
        (status = 200, content_type = "application/json", body = serde_json::Value),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 410, description = "The device was revoked", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn show(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let sha256 = path.into_inner();
    let unknown = || ApiError::new(catalogue::form_unknown(&sha256));
    let make = app.rooms.form_document.ok_or_else(|| ApiError::new(catalogue::format_unavailable("json")))?;
    let round = caller.token()?.round_code.clone().ok_or_else(unknown)?;
    let wanted = sha256.clone();
    let sheets = in_store(app, move |store| {
        store.read(|snapshot| {
            if !snapshot.list_round_questionnaires(&round)?.iter().any(|head| head.sha256 == wanted) {
                return Ok::<_, StoreError>(None);
            }
            snapshot.find_questionnaire_sheets(&wanted)
        })
    })
    .await?
    .ok_or_else(unknown)?;
    let made = web::block(move || make(&sheets)).await;
    let mut document = match made {
        Ok(Ok(document)) => document,
        Ok(Err(problems)) => {
            tracing::error!(%problems, "a stored questionnaire could not be read");
            return Err(ApiError::new(catalogue::internal()));
        }
        Err(_cancelled) => return Err(ApiError::new(catalogue::internal())),
    };
    document["sha256"] = sha256.clone().into();
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, format!("\"{sha256}\"")))
        .insert_header((CACHE_CONTROL, "private, max-age=31536000, immutable"))
        .json(document))
}
