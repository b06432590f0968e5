//! What reviewers say of interviews.

use ::problem::{Problem, Problems};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{Caller, ReadableRound};
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use super::responses::parse_uuid;
use crate::app::App;
use crate::problem as catalogue;
use crate::review;
use crate::store::{NewReview, Review, StoreError, Verdict};

/// The interviews of a round.
#[derive(Serialize, ToSchema)]
pub(super) struct ReviewsReply {
    /// In the order of arrival; conflicts are not among them.
    interviews: Vec<InterviewReply>,
}

/// An interview with what was said of it.
#[derive(Serialize, ToSchema)]
struct InterviewReply {
    /// Its UUID.
    uuid: String,
    /// The case.
    case_id: String,
    /// Outcome code.
    disposition: String,
    /// The interview it corrects.
    replaces: Option<String>,
    /// The token that sent it.
    token_id: String,
    /// When it arrived.
    received_at: String,
    /// `received`, `returned`, `corrected`, `approved` or `rejected`.
    state: &'static str,
    /// Whether it counts in figures, as far as reviews go.
    counts: bool,
    /// All reviews, the first one first; `n_seen` of the next review is their number.
    reviews: Vec<ReviewReply>,
}

/// A review.
#[derive(Serialize, ToSchema)]
struct ReviewReply {
    /// `approved`, `returned` or `rejected`.
    verdict: &'static str,
    /// Why; what the enumerator must do.
    comment: String,
    /// The question it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    question: Option<String>,
    /// When.
    reviewed_at: String,
    /// Account or token.
    reviewed_by: String,
}

impl From<&Review> for ReviewReply {
    fn from(stored: &Review) -> Self {
        Self {
            verdict: stored.verdict.as_str(),
            comment: stored.comment.clone(),
            question: stored.question.clone(),
            reviewed_at: stored.reviewed_at.clone(),
            reviewed_by: stored.reviewed_by.clone(),
        }
    }
}

/// The interviews of a round with their reviews. Bodies are at `/api/v1/responses/{uuid}`.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/reviews", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = ReviewsReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn list(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let code = round.0.code;
    let reviewed = in_store(app, move |store| store.read(|snapshot| review::of_round(snapshot, &code))).await?;
    let interviews = reviewed
        .interviews
        .iter()
        .map(|one| InterviewReply {
            uuid: one.uuid.clone(),
            case_id: one.case_id.clone(),
            disposition: one.disposition.clone(),
            replaces: one.replaces_uuid.clone(),
            token_id: one.token_id.clone(),
            received_at: one.received_at.clone(),
            state: reviewed.state(&one.uuid).as_str(),
            counts: reviewed.chains.counts(&one.uuid),
            reviews: reviewed.reviews.get(&one.uuid).into_iter().flatten().map(ReviewReply::from).collect(),
        })
        .collect();
    Ok(HttpResponse::Ok().json(ReviewsReply { interviews }))
}

/// A review to be kept.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct ReviewBody {
    /// The interview.
    uuid: String,
    /// `approved`, `returned` (to the enumerator, to be corrected) or `rejected` (it counts nowhere).
    verdict: String,
    /// Needed unless approved: what to correct, or why it is not used.
    comment: Option<String>,
    /// The question it is about.
    question: Option<String>,
    /// How many reviews the reviewer has seen.
    n_seen: i64,
}

/// Adds a review to an interview. The interview itself is never altered.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/reviews", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    request_body = ReviewBody,
    responses(
        (status = 201, description = "Kept"),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 409, description = "Another review came in the meantime", body = ErrorReply),
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
    let (uuid, word) = (fields.text("uuid", 40), fields.text("verdict", 40));
    let comment = fields.optional_text("comment", 1_000).unwrap_or_default();
    let question = fields.optional_text("question", 200);
    let n_seen = fields.integer("n_seen", 0..=1_000_000);
    fields.finish()?;
    let uuid = parse_uuid(&uuid)?;
    let verdict = verdict(&word, &comment)
        .map_err(|problem| ApiError::with_details(catalogue::review_invalid(), Problems::from(problem)))?;
    let new = NewReview { uuid: uuid.clone(), round_code: round.0.code, n_seen, verdict, comment, question };
    let actor = caller.actor()?;
    in_store(app, move |store| match store.write(&actor, move |tx| tx.create_review(&new)) {
        Ok(()) => Ok(Ok(())),
        Err(StoreError::Missing { .. }) => Ok(Err(catalogue::response_unknown(&uuid))),
        Err(StoreError::Exists { .. }) => Ok(Err(catalogue::review_meanwhile())),
        Err(error) => Err(error),
    })
    .await?
    .map_err(ApiError::new)?;
    Ok(HttpResponse::Created().finish())
}

fn verdict(word: &str, comment: &str) -> Result<Verdict, Problem> {
    let verdict = Verdict::parse(word).ok_or_else(|| {
        Problem::new("verdict_unknown", "không có kết quả duyệt này", "there is no such verdict")
            .expected("approved, returned, rejected")
            .got(word)
    })?;
    if verdict != Verdict::Approved && comment.trim().is_empty() {
        return Err(Problem::new(
            "comment_missing",
            "trả lại hoặc không chấp nhận thì phải ghi lý do",
            "to return or reject an interview, say why",
        ));
    }
    Ok(verdict)
}
