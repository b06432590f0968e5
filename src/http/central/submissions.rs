//! Interviews as submissions: what is known of them, their XML, their files.

use std::collections::BTreeMap;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use super::super::auth::{Caller, ReadableRound};
use super::super::error::ApiError;
use super::super::in_store;
use super::super::responses::parse_uuid;
use super::feed::{Loaded, files_named, instance_of};
use super::{log, number_of_actor};
use crate::app::App;
use crate::openrosa::central::{instance_id, review_state, schema::Schema, xml};
use crate::problem as catalogue;
use crate::review::{self, Reviewed};
use crate::store::{BodyFormat, InterviewHead, Review, Round, StoreError, StoredResponse};

/// What is known of a submission.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralSubmissionReply {
    /// Its id: `uuid:` and the UUID of the interview.
    instance_id: String,
    /// Number of the token that sent it.
    submitter_id: i32,
    /// Null.
    device_id: Option<String>,
    /// Null.
    user_agent: Option<String>,
    /// Null.
    instance_name: Option<String>,
    /// `hasIssues`, `edited`, `rejected`, `approved`; null: received.
    review_state: Option<&'static str>,
    /// When it arrived, by the server's clock.
    created_at: String,
    /// When a reviewer last said something.
    updated_at: Option<String>,
    /// Where it stands in this service's own words.
    state: &'static str,
    /// Whether it counts in figures.
    counts: bool,
}

/// A file of a submission.
#[derive(Serialize, ToSchema)]
pub(crate) struct CentralAttachmentReply {
    /// Its name.
    name: String,
    /// Whether it has arrived.
    exists: bool,
}

/// The submission that an address names.
#[derive(serde::Deserialize)]
pub(crate) struct OfSubmission {
    form: String,
    instance: String,
    #[serde(default)]
    file: String,
}

impl OfSubmission {
    pub(super) fn unknown(&self) -> ApiError {
        ApiError::new(catalogue::response_unknown(&self.instance))
    }

    fn uuid(&self) -> Result<String, ApiError> {
        let text = self.instance.strip_prefix("uuid:").unwrap_or(&self.instance);
        parse_uuid(text).map_err(|_| self.unknown())
    }
}

pub(super) fn reply_of(reviewed: &Reviewed, head: &InterviewHead) -> CentralSubmissionReply {
    let state = reviewed.state(&head.uuid);
    CentralSubmissionReply {
        instance_id: instance_id(&head.uuid),
        submitter_id: number_of_actor(&head.token_id),
        device_id: None,
        user_agent: None,
        instance_name: None,
        review_state: review_state(state, head.replaces_uuid.is_some()),
        created_at: head.received_at.clone(),
        updated_at: reviewed.last(&head.uuid).map(|said| said.reviewed_at.clone()),
        state: state.as_str(),
        counts: reviewed.chains.counts(&head.uuid),
    }
}

/// The submissions to a form, the newest first.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/submissions", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, body = Vec<CentralSubmissionReply>),
        (status = 404, description = "No such round or form"),
    ))]
pub(crate) async fn submissions(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let form_id = path.into_inner().1;
    let code = round.0.code;
    let (reviewed, asked) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((review::of_round(snapshot, &code)?, snapshot.list_round_questionnaires(&code)?))
        })
    })
    .await?;
    if !asked.iter().any(|head| head.form_id == form_id) {
        return Err(super::form_unknown(&form_id));
    }
    let mine = reviewed.interviews.iter().rev().filter(|head| head.form_id == form_id);
    Ok(HttpResponse::Ok().json(mine.map(|head| reply_of(&reviewed, head)).collect::<Vec<_>>()))
}

/// A submission with its case's reviews: `None` when the round has no such interview to the form.
pub(super) struct Found {
    pub(super) reviewed: Reviewed,
    pub(super) response: StoredResponse,
}

impl Found {
    pub(super) fn head(&self) -> Option<&InterviewHead> {
        self.reviewed.interviews.iter().find(|one| one.uuid == self.response.receipt.uuid)
    }

    pub(super) fn reviews(&self) -> &[Review] {
        self.reviewed.reviews.get(&self.response.receipt.uuid).map(Vec::as_slice).unwrap_or_default()
    }
}

pub(super) async fn find(app: &web::Data<App>, round: &Round, path: &OfSubmission) -> Result<Found, ApiError> {
    let (uuid, code, form_id) = (path.uuid()?, round.code.clone(), path.form.clone());
    let found = in_store(app.clone(), move |store| {
        store.read(|snapshot| {
            let first = snapshot.list_response_versions(&uuid)?.into_iter().next();
            let Some(response) = first.filter(|one| one.round_code == code && one.form_id == form_id) else {
                return Ok(None);
            };
            let reviewed = review::of_case(snapshot, &code, &response.case_id)?;
            Ok::<_, StoreError>(Some(Found { reviewed, response }))
        })
    })
    .await?;
    found.filter(|found| found.head().is_some()).ok_or_else(|| path.unknown())
}

/// What is known of a submission.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission")),
    responses(
        (status = 200, body = CentralSubmissionReply),
        (status = 404, description = "No such round, form or submission"),
    ))]
pub(crate) async fn submission(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<OfSubmission>,
) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &round.0, &path).await?;
    let head = found.head().ok_or_else(|| path.unknown())?;
    Ok(HttpResponse::Ok().json(reply_of(&found.reviewed, head)))
}

/// A submission as XML: byte for byte as Collect sent it, or, where another client sent it, the same answers written so.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}.xml", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission")),
    responses(
        (status = 200, description = "XML", content_type = "application/xml", body = String),
        (status = 404, description = "No such round, form or submission"),
    ))]
pub(crate) async fn submission_xml(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<OfSubmission>,
) -> Result<HttpResponse, ApiError> {
    let Found { response, .. } = find(&app, &round.0, &path).await?;
    let sha256 = response.receipt.sha256.clone();
    let bytes = match response.format {
        BodyFormat::Xform => response.body,
        BodyFormat::Json => {
            let loaded = Loaded::of(&app, &round.0, &path.form).await?;
            let schema = Schema::of(&loaded.questionnaire, true);
            let read = loaded.read(&response);
            let instance = instance_of(&loaded, &schema, &response, read.as_ref());
            xml::submission(&schema, &instance).into_bytes()
        }
    };
    let detail = format!("format=central-xml questionnaire={} uuid={} sha256={sha256}", path.form, path.uuid()?);
    log_in_store(&app, &caller, &round.0, detail).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/xml")).body(bytes))
}

/// The files of a submission, and those that it names and that have not arrived.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments", tag = "central",
    security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission")),
    responses(
        (status = 200, body = Vec<CentralAttachmentReply>),
        (status = 404, description = "No such round, form or submission"),
    ))]
pub(crate) async fn attachments(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<OfSubmission>,
) -> Result<HttpResponse, ApiError> {
    let Found { response, .. } = find(&app, &round.0, &path).await?;
    let uuid = response.receipt.uuid.clone();
    let heads = in_store(app.clone(), move |store| store.read(|snapshot| snapshot.list_attachments(&uuid))).await?;
    let loaded = Loaded::of(&app, &round.0, &path.form).await?;
    let schema = Schema::of(&loaded.questionnaire, true);
    let read = loaded.read(&response);
    let named = read.as_ref().map(|read| files_named(&schema, &loaded.questionnaire.arranged(&read.answers)));
    let mut files: BTreeMap<String, bool> = named.into_iter().flatten().map(|name| (name, false)).collect();
    files.extend(heads.into_iter().map(|head| (head.file_name, true)));
    let files = files.into_iter().map(|(name, exists)| CentralAttachmentReply { name, exists });
    Ok(HttpResponse::Ok().json(files.collect::<Vec<_>>()))
}

/// A file of a submission: the first bytes received under its name.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/submissions/{instance}/attachments/{file}", tag = "central",
    security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("instance" = String, Path, description = "Id of the submission"), ("file" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The bytes as they came", content_type = "application/octet-stream"),
        (status = 404, description = "No such round, form, submission or file"),
    ))]
pub(crate) async fn attachment(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<OfSubmission>,
) -> Result<HttpResponse, ApiError> {
    let Found { response, .. } = find(&app, &round.0, &path).await?;
    let uuid = response.receipt.uuid;
    let name: String = path.file.nfc().collect();
    let wanted = (uuid.clone(), name.clone());
    let file = in_store(app.clone(), move |store| {
        if wanted.1.contains('\0') {
            return Ok(None);
        }
        store.read(|snapshot| snapshot.find_attachment(&wanted.0, &wanted.1))
    })
    .await?
    .ok_or_else(|| ApiError::new(catalogue::response_file_unknown(&uuid, &name)))?;
    let detail =
        format!("format=central-file questionnaire={} uuid={uuid} sha256={}", path.form, file.head.body_sha256);
    log_in_store(&app, &caller, &round.0, detail).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .body(file.body))
}

async fn log_in_store(app: &web::Data<App>, caller: &Caller, round: &Round, detail: String) -> Result<(), ApiError> {
    let (app, caller, round) = (app.clone(), caller.clone(), round.clone());
    web::block(move || log(&app.store, &caller, &round, detail))
        .await
        .map_err(|_cancelled| ApiError::new(catalogue::internal()))?
}
