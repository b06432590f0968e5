//! Whose the cases of a round are.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{Caller, ReadableRound};
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::assignment::{AssignmentRefused, AssignmentWish, assign};
use crate::problem as catalogue;
use crate::store::StoreError;

/// So many areas or cases may be named at once.
const NAMED_MAX: usize = 20_000;

/// The cases of a round with their enumerators.
#[derive(Serialize, ToSchema)]
pub(super) struct AssignmentsReply {
    /// In the order of the sample list.
    assignments: Vec<AssignmentReply>,
}

/// A case.
#[derive(Serialize, ToSchema)]
struct AssignmentReply {
    /// The case.
    case_id: String,
    /// Codes of its area from the top, joined by hyphens.
    area: String,
    /// `main` or `reserve`.
    role: &'static str,
    /// Login of the enumerator; null while it is nobody's.
    enumerator: Option<String>,
    /// Since when.
    assigned_at: Option<String>,
    /// Who had it before, by login, the first one first.
    before: Vec<String>,
}

/// Whose the cases are, and whose they were.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/assignments", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = AssignmentsReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn list(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let code = round.0.code;
    let (cases, steps, accounts) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_cases(&code)?,
                snapshot.list_assignments(&code)?,
                snapshot.list_accounts()?,
            ))
        })
    })
    .await?;
    let logins: BTreeMap<String, String> = accounts.into_iter().map(|one| (one.id, one.login)).collect();
    let login = |id: &String| logins.get(id).cloned();
    let mut history: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for step in steps {
        history.entry(step.case_id.clone()).or_default().push(step);
    }
    let assignments = cases
        .into_iter()
        .map(|case| {
            let mut steps = history.remove(&case.case_id).unwrap_or_default();
            let last = steps.pop();
            AssignmentReply {
                area: case.area_path.iter().map(|level| level.code.as_str()).collect::<Vec<_>>().join("-"),
                role: case.role.as_str(),
                enumerator: case.assigned_account_id.as_ref().and_then(login),
                assigned_at: last.filter(|step| step.account_id.is_some()).map(|step| step.assigned_at),
                before: steps.iter().filter_map(|step| step.account_id.as_ref().and_then(login)).collect(),
                case_id: case.case_id,
            }
        })
        .collect();
    Ok(HttpResponse::Ok().json(AssignmentsReply { assignments }))
}

/// Cases are to change hands.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct AssignmentBody {
    /// Login or account id of the enumerator; null takes the cases back.
    enumerator: Option<String>,
    /// Areas of the list's lowest level: the code alone, or the codes from the top joined by hyphens.
    areas: Option<Vec<String>>,
    /// Single cases.
    cases: Option<Vec<String>>,
    /// Whether cases that were started may change hands.
    even_started: Option<bool>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub(super) struct AssignedReply {
    /// Cases that were named.
    cases: usize,
    /// Of these, cases that changed hands.
    changed: usize,
}

/// Gives villages and cases to an enumerator or takes them back: all of it or nothing.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/assignments", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    request_body = AssignmentBody,
    responses(
        (status = 200, body = AssignedReply),
        (status = 400, description = "The details say what is not there; nothing was changed", body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 409, description = "Started cases would change hands; `even_started` confirms it", body = ErrorReply),
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
    let wish = AssignmentWish {
        enumerator: fields.text_or_null("enumerator", 120),
        areas: fields.texts("areas", NAMED_MAX, 200),
        cases: fields.texts("cases", NAMED_MAX, 200),
        even_started: fields.lenient_bool("even_started"),
    };
    fields.finish()?;
    let (actor, code) = (caller.actor()?, round.0.code);
    let done = in_store(app, move |store| store.write(&actor, move |tx| assign(tx, &code, &wish))).await?;
    let assigned = done.map_err(|refused| match refused {
        AssignmentRefused::Invalid(problems) => ApiError::with_details(catalogue::assignment_invalid(), problems),
        AssignmentRefused::Started(problems) => ApiError::with_details(catalogue::assignment_started(), problems),
    })?;
    Ok(HttpResponse::Ok().json(AssignedReply { cases: assigned.n_named, changed: assigned.n_changed }))
}
