//! The questionnaires of a round as forms.

use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::auth::{Caller, IDENTIFYING_ROLES, ReadableRound};
use super::super::collect::form_of;
use super::super::error::ApiError;
use super::super::in_store;
use super::{form_unknown, number_of_round};
use crate::app::{App, CollectForm, thawed};
use crate::openrosa::central::schema::{Content, FieldKind, Schema};
use crate::problem as catalogue;
use crate::questionnaire::Questionnaire;
use crate::store::{QuestionnaireVersionHead, Round, RoundState, Snapshot, StoreError};

/// A form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralFormReply {
    /// Number of the round.
    project_id: i32,
    /// Its id, the same in all versions.
    xml_form_id: String,
    /// Its title.
    name: String,
    /// Its version.
    version: String,
    /// MD5 of the XForm; empty where the questionnaire cannot be written as one.
    hash: String,
    /// SHA-256 of the published questionnaire.
    sha256: String,
    /// `open` or `closed`, as the round.
    state: &'static str,
    /// Null.
    enketo_id: Option<String>,
    /// Null.
    key_id: Option<i32>,
    /// When it was published.
    created_at: String,
    /// Null: a published version never changes.
    updated_at: Option<String>,
    /// When it was published.
    published_at: String,
}

/// A field of a form.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralFieldReply {
    /// Where it stands, from the form's root.
    path: String,
    /// Its name.
    name: String,
    /// `structure`, `repeat`, or the type of its value.
    r#type: &'static str,
    /// Whether it is the name of a file.
    binary: Option<bool>,
    /// Whether it holds several choices.
    select_multiple: Option<bool>,
}

impl CentralFormReply {
    fn new(round: &Round, head: QuestionnaireVersionHead, form: Option<&CollectForm>) -> Self {
        Self {
            project_id: number_of_round(&round.code),
            name: form.map_or(head.title, |form| form.title.clone()),
            hash: form.map(|form| form.md5.clone()).unwrap_or_default(),
            state: if round.state == RoundState::Closed { "closed" } else { "open" },
            xml_form_id: head.form_id,
            version: head.version,
            sha256: head.sha256,
            enketo_id: None,
            key_id: None,
            created_at: head.published_at.clone(),
            updated_at: None,
            published_at: head.published_at,
        }
    }
}

/// A version and its form, where it can be written as one.
type Version = (QuestionnaireVersionHead, Option<Arc<CollectForm>>);

/// All versions, of each form the latest first.
async fn all_versions(app: web::Data<App>, round: &Round) -> Result<Vec<Version>, ApiError> {
    let code = round.code.clone();
    in_store(app, move |store| {
        store.read(|snapshot| {
            let heads = snapshot.list_round_questionnaires(&code)?;
            heads
                .into_iter()
                .map(|head| {
                    let form = form_of(snapshot, &head.sha256)?;
                    Ok::<_, StoreError>((head, form))
                })
                .collect()
        })
    })
    .await
}

/// The forms of a round, of each the latest version.
#[utoipa::path(get, path = "/v1/projects/{project}/forms", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round")),
    responses(
        (status = 200, body = Vec<CentralFormReply>),
        (status = 404, description = "No such round"),
    ))]
pub(crate) async fn list(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let mut versions = all_versions(app, &round.0).await?;
    versions.dedup_by(|later, first| later.0.form_id == first.0.form_id);
    let forms = versions.into_iter().map(|(head, form)| CentralFormReply::new(&round.0, head, form.as_deref()));
    Ok(HttpResponse::Ok().json(forms.collect::<Vec<_>>()))
}

/// A form in its latest version.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, body = CentralFormReply),
        (status = 404, description = "No such round or form"),
    ))]
pub(crate) async fn show(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let form_id = path.into_inner().1;
    let mut all = all_versions(app, &round.0).await?.into_iter();
    let (head, form) = all.find(|(head, _)| head.form_id == form_id).ok_or_else(|| form_unknown(&form_id))?;
    Ok(HttpResponse::Ok().json(CentralFormReply::new(&round.0, head, form.as_deref())))
}

/// All versions of a form, the latest first.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/versions", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, body = Vec<CentralFormReply>),
        (status = 404, description = "No such round or form"),
    ))]
pub(crate) async fn versions(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let form_id = path.into_inner().1;
    let all = all_versions(app, &round.0).await?.into_iter().filter(|(head, _)| head.form_id == form_id);
    let found: Vec<CentralFormReply> =
        all.map(|(head, form)| CentralFormReply::new(&round.0, head, form.as_deref())).collect();
    if found.is_empty() {
        return Err(form_unknown(&form_id));
    }
    Ok(HttpResponse::Ok().json(found))
}

/// A form in its latest version as XForm: the one that ODK Collect gets.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}.xml", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, description = "XForm", content_type = "application/xml", body = String),
        (status = 404, description = "No such round or form, or one that cannot be written as XForm"),
    ))]
pub(crate) async fn xml(
    app: web::Data<App>,
    round: ReadableRound,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let form_id = path.into_inner().1;
    let mut all = all_versions(app, &round.0).await?.into_iter();
    let found = all.find(|(head, _)| head.form_id == form_id).and_then(|(_, form)| form);
    let form = found.ok_or_else(|| form_unknown(&form_id))?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/xml")).body(form.xml.clone()))
}

/// The fields of a form in its latest version; those that can tell a person only for roles that may read them.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}/fields", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, body = Vec<CentralFieldReply>),
        (status = 404, description = "No such round or form"),
    ))]
pub(crate) async fn fields(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let form_id = path.into_inner().1;
    let identifying = caller.holds(IDENTIFYING_ROLES, &round.0.code);
    let (code, wanted) = (round.0.code, form_id.clone());
    let questionnaire = in_store(app, move |store| store.read(|snapshot| latest(snapshot, &code, &wanted))).await?;
    let questionnaire = questionnaire.ok_or_else(|| form_unknown(&form_id))?;
    let schema = Schema::of(&questionnaire, identifying);
    let fields: Vec<CentralFieldReply> = schema
        .located()
        .into_iter()
        .map(|one| {
            let (kind, field) = match &one.node.content {
                Content::Field(kind) => (kind.name(), Some(*kind)),
                Content::Section(_) => ("structure", None),
                Content::Repeat(_) => ("repeat", None),
            };
            CentralFieldReply {
                path: format!("/{}", one.path.join("/")),
                name: one.node.name.clone(),
                r#type: kind,
                binary: (field == Some(FieldKind::File)).then_some(true),
                select_multiple: (field == Some(FieldKind::Several)).then_some(true),
            }
        })
        .collect();
    Ok(HttpResponse::Ok().json(fields))
}

/// The latest version of a form of a round, read.
pub(super) fn latest(
    snapshot: &mut Snapshot<'_>,
    round_code: &str,
    form_id: &str,
) -> Result<Option<Arc<Questionnaire>>, StoreError> {
    let heads = snapshot.list_round_questionnaires(round_code)?;
    let Some(head) = heads.into_iter().find(|head| head.form_id == form_id) else { return Ok(None) };
    let Some(sheets) = snapshot.find_questionnaire_sheets(&head.sha256)? else { return Ok(None) };
    match thawed(&sheets) {
        Ok(questionnaire) => Ok(Some(questionnaire)),
        Err(problems) => {
            tracing::error!(sha256 = head.sha256, ?problems, "a published questionnaire cannot be read");
            Err(StoreError::Damaged { detail: catalogue::internal().message.en })
        }
    }
}
