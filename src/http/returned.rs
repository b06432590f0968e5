//! Interviews that came back: what a device must correct, without the answers, for a device is write-only.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::fieldwork::review::ReviewState;
use crate::review::{self, Reviewed};
use crate::store::{InterviewHead, StoreError};

/// What came back to the person of a token.
#[derive(Serialize, ToSchema)]
pub(super) struct ReturnedListReply {
    /// In the order of arrival of the interviews.
    returned: Vec<ReturnedReply>,
}

/// An interview that came back.
#[derive(Clone, Serialize, ToSchema)]
pub(super) struct ReturnedReply {
    /// The interview; its correction names it as `replaces`.
    uuid: String,
    /// The case.
    case_id: String,
    /// What is to be done.
    comment: String,
    /// The question it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// When it was sent back, by the server's clock.
    returned_at: String,
}

impl ReturnedReply {
    /// What to correct, if the interview was sent back and nothing came yet.
    pub(super) fn of(reviewed: &Reviewed, interview: &InterviewHead) -> Option<Self> {
        if reviewed.state(&interview.uuid) != ReviewState::Returned {
            return None;
        }
        let said = reviewed.last(&interview.uuid)?;
        Some(Self {
            uuid: interview.uuid.clone(),
            case_id: interview.case_id.clone(),
            comment: said.comment.clone(),
            question: said.question.clone(),
            returned_at: said.reviewed_at.clone(),
        })
    }
}

/// The interviews that came back and are not corrected yet: those at cases that are the person's now.
#[utoipa::path(get, path = "/api/v1/returned", tag = "devices", security(("bearer" = [])), responses(
    (status = 200, body = ReturnedListReply),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 410, description = "The device was revoked", body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let token = caller.token()?.clone();
    let (Some(round), Some(account_id)) = (token.round_code, token.account_id) else {
        return Ok(HttpResponse::Ok().json(ReturnedListReply { returned: Vec::new() }));
    };
    let returned = in_store(app, move |store| {
        store.read(|snapshot| {
            let cases = snapshot.list_assigned_cases(&round, &account_id)?;
            let reviewed = review::of_round(snapshot, &round)?;
            let own = cases.iter().filter_map(|case| reviewed.counting_at(&case.case_id));
            Ok::<_, StoreError>(own.filter_map(|one| ReturnedReply::of(&reviewed, one)).collect())
        })
    })
    .await?;
    Ok(HttpResponse::Ok().json(ReturnedListReply { returned }))
}
