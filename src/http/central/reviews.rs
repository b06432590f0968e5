//! What reviewers say of submissions, as far as Central's words mean the same as ours.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::auth::{Caller, ReadableRound};
use super::super::body::{self, Fields};
use super::super::error::ApiError;
use super::super::reviews::{Said, say};
use super::number_of_actor;
use super::submissions::{CentralSubmissionReply, Found, OfSubmission, find, reply_of};
use crate::app::App;
use crate::problem as catalogue;
use crate::store::{Review, Round, Verdict};

/// What somebody said of a submission.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralCommentReply {
    /// The words.
    body: String,
    /// Number of the account or token.
    actor_id: i32,
    /// When.
    created_at: String,
}

/// What a reviewer says.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(crate) struct CentralReviewBody {
    /// `approved`, `hasIssues` or `rejected`.
    #[schema(rename = "reviewState")]
    review_state: String,
    /// Why; needed unless approved.
    comment: Option<String>,
}

/// A comment.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(crate) struct CentralCommentBody {
    /// The words.
    body: String,
}

/// Reviews a submission: `approved`, `hasIssues` (it goes back to the enumerator) or `rejected`. The last two need a `comment`, which
/// Central does not ask for: nobody can correct what is returned without a word.
#[utoipa::path(patch, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission")),
    request_body = CentralReviewBody,
    responses(
        (status = 200, body = CentralSubmissionReply),
        (status = 404, description = "No such round, form or submission"),
        (status = 408, description = "Too slow"),
        (status = 409, description = "Another review came in the meantime"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Compressed"),
    ))]
pub(crate) async fn review(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<OfSubmission>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let word = fields.text("reviewState", 40);
    let comment = fields.optional_text("comment", 1_000).unwrap_or_default();
    fields.finish()?;
    let verdict = match word.as_str() {
        "approved" => Verdict::Approved,
        "hasIssues" => Verdict::Returned,
        "rejected" => Verdict::Rejected,
        _ => return Err(ApiError::with_details(catalogue::review_invalid(), not_ours(&word).into())),
    };
    let found = find(&app, &round.0, &path).await?;
    speak(&app, &caller, &round.0, &found, verdict, comment).await?;
    let found = find(&app, &round.0, &path).await?;
    let head = found.head().ok_or_else(|| path.unknown())?;
    Ok(HttpResponse::Ok().json(reply_of(&found.reviewed, head)))
}

fn not_ours(word: &str) -> ::problem::Problem {
    ::problem::Problem::new(
        "verdict_unknown",
        "không đặt được trạng thái duyệt này: \"received\" và \"edited\" là do máy chủ tự ghi",
        "this review state cannot be set: \"received\" and \"edited\" are written by the server itself",
    )
    .expected("approved, hasIssues, rejected")
    .got(word)
}

async fn speak(
    app: &web::Data<App>,
    caller: &Caller,
    round: &Round,
    found: &Found,
    verdict: Verdict,
    comment: String,
) -> Result<(), ApiError> {
    let said = Said {
        uuid: found.response.receipt.uuid.clone(),
        verdict: verdict.as_str().to_owned(),
        comment,
        question: None,
        n_seen: i64::try_from(found.reviews().len()).unwrap_or(i64::MAX),
    };
    say(app, caller, round, said).await
}

/// What reviewers said of a submission, the last word first.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}/comments", tag = "central",
    security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission")),
    responses(
        (status = 200, body = Vec<CentralCommentReply>),
        (status = 404, description = "No such round, form or submission"),
    ))]
pub(crate) async fn comments(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<OfSubmission>,
) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &round.0, &path).await?;
    let said = found.reviews().iter().rev().filter(|review| !review.comment.is_empty());
    Ok(HttpResponse::Ok().json(said.map(comment_of).collect::<Vec<_>>()))
}

fn comment_of(review: &Review) -> CentralCommentReply {
    CentralCommentReply {
        body: review.comment.clone(),
        actor_id: number_of_actor(&review.reviewed_by),
        created_at: review.reviewed_at.clone(),
    }
}

/// Adds a comment: a further review with the verdict that stands. Of an interview nobody has judged there is none, so it is refused.
#[utoipa::path(post, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}/comments", tag = "central",
    security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission")),
    request_body = CentralCommentBody,
    responses(
        (status = 200, body = CentralCommentReply),
        (status = 404, description = "No such round, form or submission"),
        (status = 408, description = "Too slow"),
        (status = 409, description = "Nobody has judged it, or another review came in the meantime"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Compressed"),
    ))]
pub(crate) async fn comment(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<OfSubmission>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let words = fields.text("body", 1_000);
    fields.finish()?;
    let found = find(&app, &round.0, &path).await?;
    let verdict =
        found.reviews().last().map(|last| last.verdict).ok_or_else(|| ApiError::new(catalogue::comment_alone()))?;
    speak(&app, &caller, &round.0, &found, verdict, words).await?;
    let found = find(&app, &round.0, &path).await?;
    let said = found.reviews().last().map(comment_of).ok_or_else(|| path.unknown())?;
    Ok(HttpResponse::Ok().json(said))
}
