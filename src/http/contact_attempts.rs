//! Contact attempts: sent by enumerators' devices, under the same promises as responses.

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use super::receipt::KeptReply;
use super::responses::{parse_uuid, reply, serves};
use crate::app::App;
use crate::problem as catalogue;
use crate::secret::sha256_hex;
use crate::store::{AccessToken, NewContactAttempt, ReceivedKind, Timestamp};

/// A contact attempt, as a device sends it. More fields may be sent; they are kept with the rest.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct ContactAttemptBody {
    /// Code of the round.
    round: String,
    /// The case: `unit_id` of the sample list.
    case_id: String,
    /// Which attempt at this case, from 1.
    attempt_no: i64,
    /// Outcome code after AAPOR, such as `2.24` (no one home).
    disposition: String,
    /// When, by the device's clock, RFC 3339.
    at: String,
}

/// What is read from the body; the body itself is kept as it came.
struct Envelope {
    round_code: String,
    case_id: String,
    attempt_no: i64,
    disposition: String,
    at: Timestamp,
}

impl Envelope {
    fn parse(bytes: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::parse(bytes)?;
        let round_code = fields.text("round", 200);
        let case_id = fields.text("case_id", 200);
        let attempt_no = fields.integer("attempt_no", 1..=1_000);
        let disposition = fields.text("disposition", 40);
        let at = fields.instant("at");
        fields.finish()?;
        let at = at.ok_or_else(|| ApiError::new(catalogue::body_invalid()))?;
        Ok(Self { round_code, case_id, attempt_no, disposition, at })
    }
}

/// Whether bytes are a contact attempt.
pub(super) fn is_attempt(bytes: &[u8]) -> bool {
    Envelope::parse(bytes).is_ok()
}

/// A contact attempt as a device sends it.
pub(super) fn read_attempt(uuid: String, bytes: Vec<u8>, token: &AccessToken) -> Result<NewContactAttempt, ApiError> {
    let envelope = Envelope::parse(&bytes)?;
    Ok(NewContactAttempt {
        uuid,
        round_code: envelope.round_code,
        case_id: envelope.case_id,
        attempt_no: envelope.attempt_no,
        disposition: envelope.disposition,
        attempted_at: envelope.at,
        token_id: token.id.clone(),
        body_sha256: sha256_hex(&bytes),
        body: bytes,
    })
}

/// Keeps a contact attempt exactly once.
#[utoipa::path(put, path = "/api/v1/contact-attempts/{uuid}", tag = "devices", security(("bearer" = [])),
    params(("uuid" = String, Path, format = "uuid", description = "Made by the device once for each attempt")),
    request_body = ContactAttemptBody,
    responses(
        (status = 201, description = "Kept, and on the disk", body = KeptReply),
        (status = 200, description = "Kept before: the same receipt", body = KeptReply),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 408, body = ErrorReply),
        (status = 409, description = "Other bytes came before; these are kept as a conflict", body = ErrorReply),
        (status = 413, body = ErrorReply),
        (status = 415, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn put(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let uuid = parse_uuid(&path)?;
    let bytes = body::read(&request, payload, &app.config).await?;
    let token = caller.token()?.clone();
    let attempt = read_attempt(uuid, bytes, &token)?;
    serves(&token, &attempt.round_code)?;
    let round_code = attempt.round_code.clone();
    let kept = in_store(app, move |store| {
        let kept = store.write(&token.id, move |tx| match tx.find_round(&attempt.round_code)? {
            None => Ok(None),
            Some(_) => tx.keep_contact_attempt(&attempt).map(Some),
        })?;
        if let Some(kept) = &kept {
            store.signs().note_received(ReceivedKind::ContactAttempt, kept);
        }
        Ok(kept)
    })
    .await?
    .ok_or_else(|| ApiError::new(catalogue::round_unknown(&round_code)))?;
    reply(&kept, catalogue::contact_attempt_conflict)
}
