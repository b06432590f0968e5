//! Responses: sent by enumerators' devices, read by coordinators and analysts.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use super::auth::{Caller, WHOLE_ROLES};
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use super::receipt::{KeptReply, ReceiptReply};
use super::repeated_keys::repeated_keys;
use crate::app::{App, CheckAnswers, interview_language};
use crate::fieldwork::arrival::{self, Arrival, Correction, QuestionnaireFit};
use crate::fieldwork::disposition::{Outcome, outcome};
use crate::fieldwork::review::ReviewState;
use crate::problem as catalogue;
use crate::review;
use crate::secret::sha256_hex;
use crate::store::{
    AccessToken, AttachmentHead, BodyFormat, CaseRole, Flag, InterviewHead, Kept, NewAttachment, NewResponse,
    QuestionnaireVersionHead, ReceivedKind, ReceivedState, RoundState, Snapshot, Store, StoreError, StoredResponse,
    Timestamp, Transaction,
};

/// The longest code of a case, round or form, in characters.
const CODE_CHARS_MAX: usize = 200;

/// So many findings of the form are kept with an interview; each is a row that people read.
const FLAGS_MAX: usize = 2_000;

/// An interview, as a device sends it. More fields may be sent; they are kept with the rest.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct ResponseBody {
    /// Code of the round.
    round: String,
    /// The form that was answered (`form_id`).
    questionnaire: String,
    /// SHA-256 of the published questionnaire that was answered.
    questionnaire_sha256: Option<String>,
    /// The case: `unit_id` of the sample list.
    case_id: String,
    /// Outcome code after AAPOR, such as `1.1` (complete).
    disposition: String,
    /// Start by the device's clock, RFC 3339.
    device_started_at: Option<String>,
    /// End by the device's clock, RFC 3339.
    device_ended_at: Option<String>,
    /// Language of the interview, such as `vi`.
    language: Option<String>,
    /// UUID of the returned interview that this one corrects; `corrects` says the same.
    replaces: Option<String>,
    /// Question name → answer.
    answers: Map<String, Value>,
}

/// What is read from the body; the body itself is kept as it came.
pub(super) struct Envelope {
    pub(super) round_code: String,
    pub(super) form_id: String,
    pub(super) questionnaire_sha256: Option<String>,
    pub(super) case_id: String,
    pub(super) disposition: String,
    pub(super) started_at: Option<Timestamp>,
    pub(super) ended_at: Option<Timestamp>,
    pub(super) language: Option<String>,
    /// The interview it corrects, as the sender says.
    pub(super) replaces_uuid: Option<String>,
    pub(super) answers: Map<String, Value>,
}

/// A response that has come, from whichever client.
pub(super) struct Arrived {
    pub(super) uuid: String,
    pub(super) envelope: Envelope,
    /// Keys that stand more than once in the answers.
    pub(super) repeated_keys: Vec<String>,
    pub(super) format: BodyFormat,
    pub(super) body: Vec<u8>,
    /// Files that came with it.
    pub(super) files: Vec<NewAttachment>,
}

impl Arrived {
    /// An interview as our own clients send it.
    pub(super) fn of_json(uuid: String, bytes: Vec<u8>) -> Result<Self, ApiError> {
        let envelope = Envelope::parse(&bytes)?;
        let repeated_keys = repeated_keys(&bytes);
        Ok(Self { uuid, envelope, repeated_keys, format: BodyFormat::Json, body: bytes, files: Vec::new() })
    }
}

impl Envelope {
    fn parse(bytes: &[u8]) -> Result<Self, ApiError> {
        let mut fields = Fields::parse(bytes)?;
        // A correction of nobody knows what is still an interview: it is kept, and flagged.
        let replaces = match fields.optional_text("replaces", 40) {
            None => fields.optional_text("corrects", 40),
            given => given,
        };
        let envelope = Self {
            replaces_uuid: replaces.map(|text| parse_uuid(&text).unwrap_or(text)),
            round_code: fields.text("round", CODE_CHARS_MAX),
            form_id: fields.text("questionnaire", CODE_CHARS_MAX),
            questionnaire_sha256: fields.optional_text("questionnaire_sha256", 64),
            case_id: fields.text("case_id", CODE_CHARS_MAX),
            disposition: fields.text("disposition", 40),
            started_at: fields.lenient_instant("device_started_at"),
            ended_at: fields.lenient_instant("device_ended_at"),
            language: fields.optional_text("language", 40),
            answers: fields.object("answers"),
        };
        fields.finish()?;
        Ok(envelope)
    }
}

/// Keeps an interview exactly once.
///
/// Sending the same bytes again gives the same receipt. Other bytes under the same UUID are kept beside the first as a
/// conflict. What breaks a rule is kept and flagged.
#[utoipa::path(put, path = "/api/v1/responses/{uuid}", tag = "devices", security(("bearer" = [])),
    params(("uuid" = String, Path, format = "uuid", description = "Made by the device once for each interview")),
    request_body = ResponseBody,
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
    let arrived = Arrived::of_json(uuid, bytes)?;
    serves(&token, &arrived.envelope.round_code)?;
    let check = app.rooms.check_answers;
    let round_code = arrived.envelope.round_code.clone();
    let kept = in_store(app, move |store| keep(store, &token, check, arrived))
        .await?
        .ok_or_else(|| ApiError::new(catalogue::round_unknown(&round_code)))?;
    reply(&kept, catalogue::response_conflict)
}

/// Judges what has come and keeps it, the files with it, in one act; `None` when there is no such round. It is judged outside the
/// writer, which has better things to do: a flag that is a moment old is still true of the moment.
pub(super) fn keep(
    store: &Store,
    token: &AccessToken,
    check: Option<CheckAnswers>,
    arrived: Arrived,
) -> Result<Option<Kept>, StoreError> {
    let Some((response, files)) = store.read(|snapshot| prepare(snapshot, token, check, arrived))? else {
        return Ok(None);
    };
    let act = move |tx: &mut Transaction<'_>| {
        let kept = tx.keep_response(&response)?;
        let files = files.iter().filter(|_| kept.receipt().state != ReceivedState::Erased);
        for file in files {
            tx.keep_attachment(&response.uuid, &response.token_id, file)?;
        }
        Ok::<_, StoreError>(kept)
    };
    let kept = store.write(&token.id, act)?;
    store.signs().note_received(ReceivedKind::Response, &kept);
    Ok(Some(kept))
}

/// What has come, judged and ready to be kept, and its files; `None` when there is no such round.
pub(super) fn prepare(
    snapshot: &mut Snapshot<'_>,
    token: &AccessToken,
    check: Option<CheckAnswers>,
    arrived: Arrived,
) -> Result<Option<(NewResponse, Vec<NewAttachment>)>, StoreError> {
    let Arrived { uuid, envelope, repeated_keys, format, body, files } = arrived;
    // Collect has one form for both: where nobody was reached there is nothing to answer, and nothing missing.
    let is_visit = format == BodyFormat::Xform
        && envelope.answers.is_empty()
        && outcome(&envelope.disposition).is_some_and(|outcome| !outcome.is_interview());
    let check = check.filter(|_| !is_visit);
    let Some(judged) = judge(snapshot, &uuid, &envelope, &repeated_keys, token, check)? else { return Ok(None) };
    let response = NewResponse {
        uuid,
        round_code: envelope.round_code,
        form_id: envelope.form_id,
        questionnaire_sha256: judged.questionnaire_sha256,
        case_id: envelope.case_id,
        disposition: envelope.disposition,
        token_id: token.id.clone(),
        replaces_uuid: judged.replaces_uuid,
        format,
        body_sha256: sha256_hex(&body),
        body,
        flags: judged.flags,
    };
    Ok(Some((response, files)))
}

pub(super) fn parse_uuid(text: &str) -> Result<String, ApiError> {
    match uuid::Uuid::try_parse(text) {
        Ok(parsed) if text.len() == 36 => Ok(parsed.hyphenated().to_string()),
        _ => Err(ApiError::new(catalogue::uuid_invalid(text))),
    }
}

pub(super) fn serves(token: &AccessToken, round_code: &str) -> Result<(), ApiError> {
    if token.serves_round(round_code) { Ok(()) } else { Err(ApiError::new(catalogue::round_not_served(round_code))) }
}

/// 201 the first time, 200 for the same again, and for a conflict 409 with the receipt that says it is kept.
pub(super) fn reply(kept: &Kept, conflict: fn() -> ::problem::Problem) -> Result<HttpResponse, ApiError> {
    let receipt = ReceiptReply::from(kept.receipt());
    if kept.receipt().state == ReceivedState::Conflict {
        return Err(ApiError::with_receipt(conflict(), receipt));
    }
    let status = match kept {
        Kept::New(_) => StatusCode::CREATED,
        Kept::Again(_) => StatusCode::OK,
    };
    Ok(HttpResponse::build(status).json(KeptReply { receipt }))
}

struct Judged {
    /// The interview it corrects, as the sender says or as we understand.
    replaces_uuid: Option<String>,
    questionnaire_sha256: Option<String>,
    flags: Vec<Flag>,
}

/// Looks at what arrived before it is kept; `None` when there is no such round.
fn judge(
    snapshot: &mut Snapshot<'_>,
    uuid: &str,
    envelope: &Envelope,
    repeated_keys: &[String],
    token: &AccessToken,
    check: Option<CheckAnswers>,
) -> Result<Option<Judged>, StoreError> {
    let Some(round) = snapshot.find_round(&envelope.round_code)? else { return Ok(None) };
    let case = snapshot.find_case(&round.code, &envelope.case_id)?;
    let asked = snapshot.list_round_questionnaires(&round.code)?;
    let (fit, questionnaire_sha256) =
        fit_questionnaire(&asked, &envelope.form_id, envelope.questionnaire_sha256.as_deref());
    let is_unreleased_reserve = match &case {
        Some(case) if case.role == CaseRole::Reserve => !snapshot.is_released(&round.code, &case.case_id)?,
        _ => false,
    };
    let (replaces_uuid, correction) = correction(snapshot, uuid, envelope)?;
    let oddities = arrival::oddities(&Arrival {
        round_is_open: round.state == RoundState::Open,
        case_is_known: case.is_some(),
        is_unreleased_reserve,
        assignee: case.as_ref().and_then(|case| case.assigned_account_id.as_deref()),
        sender: token.account_id.as_deref(),
        correction,
        questionnaire: fit,
        disposition: &envelope.disposition,
        repeated_keys,
        device_started_us: envelope.started_at.map(Timestamp::micros),
        device_ended_us: envelope.ended_at.map(Timestamp::micros),
    });
    let language = interview_language(envelope.language.as_deref());
    let mut flags: Vec<Flag> = oddities
        .into_iter()
        .map(|(code, detail)| {
            printable(Flag { code: code.to_owned(), question: None, detail: detail.in_language(language).to_owned() })
        })
        .collect();
    if let (Some(check), Some(sha256)) = (check, &questionnaire_sha256)
        && let Some(sheets) = snapshot.find_questionnaire_sheets(sha256)?
    {
        let found = check(&sheets, envelope.language.as_deref(), &envelope.answers);
        flags.extend(found.into_iter().take(FLAGS_MAX).map(printable));
    }
    Ok(Some(Judged { replaces_uuid, questionnaire_sha256, flags }))
}

/// The interview that this one corrects, and what is known of it. An interview that names none, at a case whose interview went back,
/// is its correction: Collect can only begin a new form once the sent one is gone from the phone.
fn correction(
    snapshot: &mut Snapshot<'_>,
    uuid: &str,
    envelope: &Envelope,
) -> Result<(Option<String>, Correction), StoreError> {
    let Some(replaced) = &envelope.replaces_uuid else {
        if !outcome(&envelope.disposition).is_some_and(Outcome::is_interview) {
            return Ok((None, Correction::No));
        }
        let reviewed = review::of_case(snapshot, &envelope.round_code, &envelope.case_id)?;
        let went_back = |one: &&InterviewHead| {
            one.uuid != uuid
                && one.form_id == envelope.form_id
                && reviewed.chains.stands(&one.uuid)
                && reviewed.state(&one.uuid) == ReviewState::Returned
        };
        // Sent again, it is what it was the first time.
        let is_new = reviewed.interviews.iter().all(|one| one.uuid != uuid);
        return Ok(match reviewed.interviews.iter().rev().find(went_back) {
            Some(one) if is_new => (Some(one.uuid.clone()), Correction::Assumed),
            _ => (None, Correction::No),
        });
    };
    let versions = snapshot.list_response_versions(replaced)?;
    let is_of_case = |one: &StoredResponse| one.round_code == envelope.round_code && one.case_id == envelope.case_id;
    let kind = if replaced == uuid || !versions.first().is_some_and(is_of_case) {
        Correction::OfUnknown
    } else if snapshot.was_returned(replaced)? {
        Correction::Asked
    } else {
        Correction::NotAsked
    };
    Ok((Some(replaced.clone()), kind))
}

/// Names that a sender chose may hold what PostgreSQL cannot keep in a text.
fn printable(flag: Flag) -> Flag {
    let clean = |text: String| text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    Flag { code: flag.code, question: flag.question.map(clean), detail: clean(flag.detail) }
}

/// The versions come with the latest of each form first.
fn fit_questionnaire(
    asked: &[QuestionnaireVersionHead],
    form_id: &str,
    sha256: Option<&str>,
) -> (QuestionnaireFit, Option<String>) {
    let versions: Vec<_> = asked.iter().filter(|version| version.form_id == form_id).collect();
    match (versions.as_slice(), sha256) {
        ([], _) => (QuestionnaireFit::FormUnknown, None),
        (versions, Some(sha256)) => {
            if versions.iter().any(|version| version.sha256 == sha256) {
                (QuestionnaireFit::Asked, Some(sha256.to_owned()))
            } else {
                (QuestionnaireFit::VersionUnknown, None)
            }
        }
        ([only], None) => (QuestionnaireFit::Asked, Some(only.sha256.clone())),
        ([latest, ..], None) => (QuestionnaireFit::VersionAssumed, Some(latest.sha256.clone())),
    }
}

/// Everything kept under one UUID.
#[derive(Serialize, ToSchema)]
pub(super) struct ResponseVersionsReply {
    /// The first received first; version 1 is the accepted one.
    versions: Vec<ResponseVersionReply>,
    /// The response that stands in the place of this one, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<String>,
    /// The files that came with it.
    files: Vec<FileReply>,
}

/// A file that came with a response.
#[derive(Serialize, ToSchema)]
struct FileReply {
    /// Its name.
    name: String,
    /// 1 for the first bytes under its name, higher for others.
    version_no: i64,
    /// Its type, as the sender says.
    media_type: String,
    /// How many bytes it has.
    bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal.
    sha256: String,
}

impl From<AttachmentHead> for FileReply {
    fn from(head: AttachmentHead) -> Self {
        Self {
            name: head.file_name,
            version_no: head.version_no,
            media_type: head.media_type,
            bytes: head.body_bytes,
            sha256: head.body_sha256,
        }
    }
}

/// One version of a response.
#[derive(Serialize, ToSchema)]
struct ResponseVersionReply {
    /// Its receipt.
    receipt: ReceiptReply,
    /// Code of the round.
    round: String,
    /// The form that was answered.
    questionnaire: String,
    /// The published questionnaire, if it is known.
    questionnaire_sha256: Option<String>,
    /// The case it is about.
    case_id: String,
    /// Outcome code.
    disposition: String,
    /// The token that sent it.
    token_id: String,
    /// `json` from our own clients, `xform` from ODK Collect.
    format: &'static str,
    /// What was sent, as text: its UTF-8 bytes are the bytes received, and `receipt.sha256` is their hash.
    body: String,
}

impl From<StoredResponse> for ResponseVersionReply {
    fn from(stored: StoredResponse) -> Self {
        Self {
            receipt: ReceiptReply::from(&stored.receipt),
            round: stored.round_code,
            questionnaire: stored.form_id,
            questionnaire_sha256: stored.questionnaire_sha256,
            case_id: stored.case_id,
            disposition: stored.disposition,
            token_id: stored.token_id,
            format: stored.format.as_str(),
            // Only valid UTF-8 is ever kept (JSON or XML), so nothing is replaced here.
            body: String::from_utf8_lossy(&stored.body).into_owned(),
        }
    }
}

/// Everything kept under one UUID: the accepted response and its conflicts.
#[utoipa::path(get, path = "/api/v1/responses/{uuid}", tag = "desk", security(("bearer" = [])),
    params(("uuid" = String, Path, format = "uuid", description = "The UUID of the response")),
    responses(
        (status = 200, body = ResponseVersionsReply),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn get(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let uuid = parse_uuid(&path)?;
    let wanted = uuid.clone();
    let (mut versions, replaced_by, files) = in_store(app, move |store| {
        store.read(|snapshot| {
            let versions = snapshot.list_response_versions(&wanted)?;
            let replaced_by = match versions.first() {
                Some(first) => review::of_case(snapshot, &first.round_code, &first.case_id)?
                    .chains
                    .replaced_by(&wanted)
                    .map(str::to_owned),
                None => None,
            };
            Ok::<_, StoreError>((versions, replaced_by, snapshot.list_attachments(&wanted)?))
        })
    })
    .await?;
    versions.retain(|version| caller.holds(WHOLE_ROLES, &version.round_code));
    if versions.is_empty() {
        return Err(ApiError::new(catalogue::response_unknown(&uuid)));
    }
    let versions = versions.into_iter().map(ResponseVersionReply::from).collect();
    let files = files.into_iter().map(FileReply::from).collect();
    Ok(HttpResponse::Ok().json(ResponseVersionsReply { versions, replaced_by, files }))
}

/// A file that came with a response: the first bytes received under its name.
#[utoipa::path(get, path = "/api/v1/responses/{uuid}/files/{name}", tag = "desk", security(("bearer" = [])),
    params(("uuid" = String, Path, format = "uuid", description = "The UUID of the response"), ("name" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The bytes as they came"),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn file(
    app: web::Data<App>,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (uuid, name) = path.into_inner();
    let uuid = parse_uuid(&uuid)?;
    let name: String = name.nfc().collect();
    let wanted = (uuid.clone(), name.clone());
    let (versions, found) = in_store(app, move |store| {
        store.read(|snapshot| {
            let file = if wanted.1.contains('\0') { None } else { snapshot.find_attachment(&wanted.0, &wanted.1)? };
            Ok::<_, StoreError>((snapshot.list_response_versions(&wanted.0)?, file))
        })
    })
    .await?;
    let found = found.filter(|_| versions.iter().any(|version| caller.holds(WHOLE_ROLES, &version.round_code)));
    let file = found.ok_or_else(|| ApiError::new(catalogue::response_file_unknown(&uuid, &name)))?;
    // A phone says of what kind it is, and a browser must not believe it: nothing that came from outside is shown in place.
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .body(file.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(form_id: &str, sha256: &str) -> QuestionnaireVersionHead {
        QuestionnaireVersionHead {
            sha256: sha256.to_owned(),
            form_id: form_id.to_owned(),
            version: String::new(),
            title: String::new(),
            published_at: String::new(),
        }
    }

    #[test]
    fn a_response_finds_its_questionnaire_or_is_flagged() {
        let asked = [version("papi", "b"), version("papi", "a"), version("sipas", "c")];
        let fit = |form: &str, sha256: Option<&str>| fit_questionnaire(&asked, form, sha256);
        assert_eq!(fit("papi", Some("a")), (QuestionnaireFit::Asked, Some("a".to_owned())));
        assert_eq!(fit("papi", None), (QuestionnaireFit::VersionAssumed, Some("b".to_owned())));
        assert_eq!(fit("papi", Some("c")), (QuestionnaireFit::VersionUnknown, None));
        assert_eq!(fit("sipas", None), (QuestionnaireFit::Asked, Some("c".to_owned())));
        assert_eq!(fit("other", Some("a")), (QuestionnaireFit::FormUnknown, None));
    }

    #[test]
    fn only_the_hyphenated_form_is_a_uuid() {
        assert_eq!(
            parse_uuid("67E55044-10B1-426F-9247-BB680E5FE0C8").expect("a UUID"),
            "67e55044-10b1-426f-9247-bb680e5fe0c8"
        );
        for text in ["67e5504410b1426f9247bb680e5fe0c8", "{67e55044-10b1-426f-9247-bb680e5fe0c8}", "", "x"] {
            assert!(parse_uuid(text).is_err(), "{text}");
        }
    }
}
