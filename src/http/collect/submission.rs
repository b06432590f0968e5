//! What Collect hands over. Whatever can be read is kept, exactly once; what is odd about it is flagged.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest as _, Sha256};

use super::super::error::{ApiError, language_of};
use super::super::multipart::{self, Part};
use super::super::responses::{Arrived, Envelope, keep};
use super::super::{body, in_store};
use super::{Base, XML, admitted, answer, base_url, failure};
use crate::app::App;
use crate::openrosa::documents::{self, SubmissionReceipt};
use crate::openrosa::file_name::kept_name;
use crate::openrosa::submission::{Submission, Unreadable};
use crate::problem as catalogue;
use crate::store::{BodyFormat, Kept, NewAttachment, ReceivedState, StoreError, Timestamp};

/// The largest upload taken. Collect sends pieces of about 10 MB, but one file, such as a long recording, always in one.
const UPLOAD_BYTES_MAX: usize = 100 * 1024 * 1024;
/// The largest document with answers: a form of a thousand questions has a hundredth of it. Files may be larger, answers not.
const XML_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The part with the answers.
const XML_PART: &str = "xml_submission_file";
/// Collect's word that more files will come.
const INCOMPLETE_PART: &str = "*isIncomplete*";

/// Says where submissions go, and how large they may be.
#[utoipa::path(head, path = "/v1/key/{key}/projects/{round}/submission", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round")),
    responses(
        (status = 204, description = "Submissions are taken here"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "No such round"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn head(app: web::Data<App>, path: web::Path<Base>, request: HttpRequest) -> HttpResponse {
    ready_for(&app, &path, &request).await
}

/// The same, for what cannot say HEAD.
#[utoipa::path(get, path = "/v1/key/{key}/projects/{round}/submission", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round")),
    responses(
        (status = 204, description = "Submissions are taken here"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "No such round"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn probe(app: web::Data<App>, path: web::Path<Base>, request: HttpRequest) -> HttpResponse {
    ready_for(&app, &path, &request).await
}

async fn ready_for(app: &web::Data<App>, path: &Base, request: &HttpRequest) -> HttpResponse {
    match admitted(app, request, &path.key, &path.round).await {
        Ok(_) => {
            let here = format!("{}/submission", base_url(request, &app.config, &path.key, &path.round));
            answer(request, StatusCode::NO_CONTENT).insert_header((LOCATION, here)).finish()
        }
        Err(error) => failure(request, &error),
    }
}

/// Keeps a submission and its files, exactly once.
///
/// The same bytes again are always well received, in whatever order they come. Other bytes under one instance id, and an edit of what
/// another edit has already replaced, are kept beside the first as a conflict and answered 409 once; sent again, 202. What breaks a rule
/// of the form, comes after the round was closed or answers an old version is kept and flagged.
#[utoipa::path(post, path = "/v1/key/{key}/projects/{round}/submission", tag = "collect",
    params(("key" = String, Path, description = "The enumerator's token"), ("round" = String, Path, description = "Code of the round")),
    request_body(content_type = "multipart/form-data", description = "`xml_submission_file` and the files it names"),
    responses(
        (status = 201, description = "Kept, and on the disk; also when it had been kept before", content_type = "text/xml"),
        (status = 202, description = "A conflict that had been kept before"),
        (status = 400, description = "No XML, or XML that is no submission"),
        (status = 401, description = "Login or key in the header are wrong or missing, where the address has `-` for a key"),
        (status = 403, description = "The key is wrong, expired, revoked, or of another round"),
        (status = 404, description = "The round has no such form"),
        (status = 408, description = "Too slow"),
        (status = 409, description = "Kept beside the first as a conflict"),
        (status = 413, description = "Too large"),
        (status = 415, description = "Compressed"),
        (status = 503, description = "Try again later"),
    ))]
pub(in super::super) async fn post(
    app: web::Data<App>,
    path: web::Path<Base>,
    request: HttpRequest,
    payload: web::Payload,
) -> HttpResponse {
    match take(&app, &path, &request, payload).await {
        Ok((kept, submission)) => told(&request, &kept, &submission),
        Err(error) => failure(&request, &error),
    }
}

async fn take(
    app: &web::Data<App>,
    path: &Base,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<(Kept, Submission), ApiError> {
    let (token, round) = admitted(app, request, &path.key, &path.round).await?;
    let bytes = body::read_up_to(request, payload, &app.config, UPLOAD_BYTES_MAX).await?;
    let Upload { xml, files } = Upload::read(request, bytes).await?;
    // A large document takes a while: other connections of this thread shall not wait for it.
    let (xml, read) = web::block(move || {
        let read = Submission::read(&xml);
        (xml, read)
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))?;
    let mut submission = read.map_err(|unreadable| ApiError::new(why(unreadable)))?;
    let named = std::mem::take(&mut submission.texts);
    let files = files
        .into_iter()
        .filter_map(|file| Some(NewAttachment { file_name: kept_name(&file.file_name, &named)?, ..file }))
        .collect();
    let arrived = Arrived {
        uuid: uuid_of(&submission.instance_id),
        repeated_keys: Vec::new(),
        format: BodyFormat::Xform,
        body: xml,
        files,
        envelope: Envelope {
            round_code: round.code.clone(),
            form_id: submission.form_id.clone(),
            questionnaire_sha256: submission.questionnaire_sha256.clone(),
            case_id: submission.case_id.clone(),
            disposition: submission.disposition.clone(),
            started_at: submission.started_at.as_deref().and_then(Timestamp::parse),
            ended_at: submission.ended_at.as_deref().and_then(Timestamp::parse),
            language: None,
            replaces_uuid: submission.deprecated_id.as_deref().map(uuid_of),
            answers: std::mem::take(&mut submission.answers),
        },
    };
    let check = app.rooms.check_answers;
    let form_id = submission.form_id.clone();
    let kept = in_store(app.clone(), move |store| {
        let heads = store.read(|snapshot| snapshot.list_round_questionnaires(&round.code))?;
        if !heads.iter().any(|head| head.form_id == form_id) {
            return Ok(Err(heads.into_iter().map(|head| head.form_id).collect::<Vec<_>>()));
        }
        Ok::<_, StoreError>(Ok(keep(store, &token, check, arrived)?))
    })
    .await?
    .map_err(|asked| ApiError::new(catalogue::form_not_asked(&submission.form_id, &asked)))?
    .ok_or_else(|| ApiError::new(catalogue::round_unknown(&path.round)))?;
    Ok((kept, submission))
}

fn why(unreadable: Unreadable) -> ::problem::Problem {
    match unreadable {
        Unreadable::Xml(why) => catalogue::submission_unreadable(why),
        Unreadable::NoFormId => catalogue::submission_unreadable("id?"),
        Unreadable::NoInstanceId => catalogue::submission_unreadable("instanceID?"),
    }
}

/// The UUID in an instance id. An id of another kind gets one of its own, always the same (version 8, from its SHA-256).
fn uuid_of(instance_id: &str) -> String {
    let text = instance_id.strip_prefix("uuid:").unwrap_or(instance_id);
    if let Ok(uuid) = uuid::Uuid::try_parse(text)
        && text.len() == 36
    {
        return uuid.hyphenated().to_string();
    }
    let digest = Sha256::digest(instance_id.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, hashed)| *byte = hashed);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}

fn told(request: &HttpRequest, kept: &Kept, submission: &Submission) -> HttpResponse {
    let language = language_of(request.headers());
    let receipt = kept.receipt();
    let (status, problem) = match (receipt.state, kept) {
        (ReceivedState::Conflict, Kept::New(_)) => (StatusCode::CONFLICT, Some(catalogue::response_conflict())),
        (ReceivedState::Conflict, Kept::Again(_)) => (StatusCode::ACCEPTED, Some(catalogue::response_conflict())),
        _ => (StatusCode::CREATED, None),
    };
    let sentence = match problem {
        None if receipt.state == ReceivedState::Erased => {
            let words = ::problem::Words::new(
                "Người trả lời đã yêu cầu xóa: máy chủ không giữ phiếu này, không cần gửi lại.",
                "The respondent asked for erasure: the server does not keep this, and it need not be sent again.",
            );
            words.in_language(language).to_owned()
        }
        Some(problem) => ApiError::new(problem).sentence(language),
        None => {
            let words = ::problem::Words::new(
                format!("Đã nhận và lưu trên máy chủ, số {}.", receipt.sequence),
                format!("Received and on the server's disk, number {}.", receipt.sequence),
            );
            words.in_language(language).to_owned()
        }
    };
    let xml = if status == StatusCode::CONFLICT {
        documents::failure(&sentence)
    } else {
        documents::kept(
            &sentence,
            &SubmissionReceipt {
                form_id: submission.form_id.clone(),
                version: submission.version.clone().unwrap_or_default(),
                instance_id: submission.instance_id.clone(),
                received_at: receipt.received_at.clone(),
                sha256: receipt.sha256.clone(),
                sequence: receipt.sequence,
            },
        )
    };
    answer(request, status).insert_header((CONTENT_TYPE, XML)).body(xml)
}

/// The parts of an upload.
pub(in super::super) struct Upload {
    /// The answers.
    pub(in super::super) xml: Vec<u8>,
    files: Vec<NewAttachment>,
}

impl Upload {
    /// Takes an upload apart.
    pub(in super::super) async fn read(request: &HttpRequest, bytes: Vec<u8>) -> Result<Self, ApiError> {
        let unreadable = |why: String| ApiError::new(catalogue::submission_unreadable(why));
        let parts = multipart::parts(request.headers(), bytes).await.map_err(unreadable)?;
        let mut upload: (Option<Vec<u8>>, Vec<NewAttachment>) = (None, Vec::new());
        for Part { name, file_name, media_type, body } in parts {
            if name == XML_PART && body.len() > XML_BYTES_MAX {
                return Err(ApiError::new(catalogue::body_too_large(XML_BYTES_MAX)));
            }
            if name == XML_PART {
                if upload.0.replace(body).is_some() {
                    return Err(unreadable(format!("{XML_PART} × 2")));
                }
            } else if name != INCOMPLETE_PART {
                let file_name = file_name.unwrap_or(name);
                upload.1.push(NewAttachment { file_name, media_type: printable(&media_type), body });
            }
        }
        match upload {
            (Some(xml), files) => Ok(Self { xml, files }),
            (None, _) => Err(unreadable(format!("{XML_PART}?"))),
        }
    }
}

/// What PostgreSQL can keep in a text.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_id_has_one_uuid() {
        let own = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(uuid_of(&format!("uuid:{own}")), own);
        assert_eq!(uuid_of(&own.to_uppercase()), own);
        let other = uuid_of("kobo-2024/17");
        assert_eq!(other, uuid_of("kobo-2024/17"));
        assert_ne!(other, uuid_of("kobo-2024/18"));
        assert_eq!((other.len(), other.as_bytes()[14]), (36, b'8'));
    }
}
