//! Rounds as projects.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::auth::{Caller, READER_ROLES, ReadableRound};
use super::super::error::ApiError;
use super::super::in_store;
use super::number_of_round;
use crate::app::App;
use crate::store::Round;

/// A round.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralProjectReply {
    /// Its number: the first 31 bits of the SHA-256 of `round:` and its code.
    id: i32,
    /// Its name.
    name: String,
    /// Its code at this service's own addresses.
    description: String,
    /// Whether fieldwork is over.
    archived: bool,
    /// Null: answers are not encrypted in the form.
    key_id: Option<i32>,
    /// When it was made.
    created_at: String,
    /// Null.
    updated_at: Option<String>,
    /// Null: rounds are never deleted.
    deleted_at: Option<String>,
}

impl From<Round> for CentralProjectReply {
    fn from(round: Round) -> Self {
        Self {
            id: number_of_round(&round.code),
            name: round.name,
            archived: round.state == crate::store::RoundState::Closed,
            description: round.code,
            key_id: None,
            created_at: round.created_at,
            updated_at: None,
            deleted_at: None,
        }
    }
}

/// The rounds that the caller may read.
#[utoipa::path(get, path = "/v1/projects", tag = "central", security(("bearer" = [])), responses(
    (status = 200, body = Vec<CentralProjectReply>),
))]
pub(crate) async fn projects(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let rounds = in_store(app, |store| store.read(|snapshot| snapshot.list_rounds())).await?;
    let mine = rounds.into_iter().filter(|round| caller.holds(READER_ROLES, &round.code));
    Ok(HttpResponse::Ok().json(mine.map(CentralProjectReply::from).collect::<Vec<_>>()))
}

/// A round.
#[utoipa::path(get, path = "/v1/projects/{project}", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round")),
    responses(
        (status = 200, body = CentralProjectReply),
        (status = 404, description = "No such round"),
    ))]
pub(crate) async fn project(round: ReadableRound) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(CentralProjectReply::from(round.0)))
}
