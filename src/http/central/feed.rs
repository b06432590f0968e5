//! A form's submissions as an `OData` feed in Central's shape: `Submissions`, and a table for each repeat.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::super::auth::{Caller, IDENTIFYING_ROLES, ReadableRound};
use super::super::error::ApiError;
use super::super::in_store;
use super::forms::latest;
use super::{form_unknown, log, number_of_actor, service_address};
use crate::app::App;
use crate::openrosa::central::filter::Facts;
use crate::openrosa::central::query::Query;
use crate::openrosa::central::rows::{Instance, SUBMISSIONS, Shape, System, rows as rows_of};
use crate::openrosa::central::schema::{Content, FieldKind, Node, Schema};
use crate::openrosa::central::{document, instance_id, review_state};
use crate::openrosa::path_part;
use crate::problem as catalogue;
use crate::questionnaire::{Arranged, Questionnaire};
use crate::results::{Received, received};
use crate::review::{self, Reviewed};
use crate::store::{QuestionnaireVersionHead, Round, Snapshot, StoreError, StoredResponse};

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");

/// The form of a feed and the names in it.
pub(super) struct Loaded {
    pub(super) questionnaire: Arc<Questionnaire>,
    heads: Vec<QuestionnaireVersionHead>,
    reviewed: Reviewed,
    n_files: BTreeMap<String, i64>,
    senders: BTreeMap<String, String>,
}

impl Loaded {
    fn read_from(snapshot: &mut Snapshot<'_>, code: &str, form_id: &str) -> Result<Option<Self>, StoreError> {
        let Some(questionnaire) = latest(snapshot, code, form_id)? else { return Ok(None) };
        Ok(Some(Self {
            questionnaire,
            heads: snapshot.list_round_questionnaires(code)?,
            reviewed: review::of_round(snapshot, code)?,
            n_files: snapshot.count_attachments(code)?.into_iter().collect(),
            senders: snapshot.list_tokens()?.into_iter().map(|token| (token.id, token.name)).collect(),
        }))
    }

    /// What a round says of a form.
    pub(super) async fn of(app: &web::Data<App>, round: &Round, form_id: &str) -> Result<Self, ApiError> {
        let (code, wanted) = (round.code.clone(), form_id.to_owned());
        in_store(app.clone(), move |store| store.read(|snapshot| Self::read_from(snapshot, &code, &wanted)))
            .await?
            .ok_or_else(|| form_unknown(form_id))
    }

    /// What a response says, if its body can be read.
    pub(super) fn read(&self, response: &StoredResponse) -> Option<Received> {
        received(response)
    }

    fn review_state(&self, response: &StoredResponse) -> Option<&'static str> {
        review_state(self.reviewed.state(&response.receipt.uuid), response.replaces_uuid.is_some())
    }

    fn updated_at(&self, response: &StoredResponse) -> Option<&str> {
        self.reviewed.last(&response.receipt.uuid).map(|said| said.reviewed_at.as_str())
    }
}

/// A response as a submission of the form.
pub(super) fn instance_of<'a>(
    loaded: &'a Loaded,
    schema: &Schema,
    response: &StoredResponse,
    read: Option<&'a Received>,
) -> Instance<'a> {
    let answers = read.map(|read| loaded.questionnaire.arranged(&read.answers)).unwrap_or_default();
    let version = loaded.heads.iter().find(|head| Some(&head.sha256) == response.questionnaire_sha256.as_ref());
    let present = loaded.n_files.get(&response.receipt.uuid).copied().unwrap_or(0);
    let named = i64::try_from(files_named(schema, &answers).len()).unwrap_or(i64::MAX);
    Instance {
        id: instance_id(&response.receipt.uuid),
        case_id: response.case_id.clone(),
        disposition: response.disposition.clone(),
        questionnaire_sha256: response.questionnaire_sha256.clone(),
        started_at: read.and_then(|read| read.started_at.clone()),
        ended_at: read.and_then(|read| read.ended_at.clone()),
        answers,
        system: System {
            submission_date: response.receipt.received_at.clone(),
            updated_at: loaded.updated_at(response).map(str::to_owned),
            submitter_id: number_of_actor(&response.token_id),
            submitter_name: loaded.senders.get(&response.token_id).cloned(),
            n_attachments: present,
            n_attachments_expected: named.max(present),
            review_state: loaded.review_state(response),
            n_edits: i64::from(response.replaces_uuid.is_some()),
            form_version: version.map(|head| head.version.clone()),
        },
    }
}

/// The names of files that the answers say.
pub(super) fn files_named(schema: &Schema, answers: &Arranged<'_>) -> Vec<String> {
    fn walk(nodes: &[Node], answers: &Arranged<'_>, found: &mut Vec<String>) {
        for node in nodes {
            match &node.content {
                Content::Field(FieldKind::File) => {
                    let name = answers.answers.get(node.name.as_str()).and_then(|answer| answer.as_str());
                    found.extend(name.filter(|name| !name.is_empty()).map(str::to_owned));
                }
                Content::Field(_) => {}
                Content::Section(inside) => walk(inside, answers, found),
                Content::Repeat(inside) => {
                    for turn in answers.turns.get(node.name.as_str()).into_iter().flatten() {
                        walk(inside, turn, found);
                    }
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(&schema.nodes, answers, &mut found);
    found
}

/// The tables of a form's feed.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}.svc", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 404, description = "No such round or form"),
    ))]
pub(crate) async fn service(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (project, form_id) = path.into_inner();
    let root = root(&request, &app, &project, &form_id);
    let schema = schema_of(&app, &round.0, &caller, &form_id).await?;
    Ok(reply().json(document::service(&schema, &root)))
}

/// The types of a form's feed (EDMX).
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}.svc/$metadata", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id")),
    responses(
        (status = 200, content_type = "application/xml", body = String),
        (status = 404, description = "No such round or form"),
    ))]
pub(crate) async fn metadata(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let schema = schema_of(&app, &round.0, &caller, &path.into_inner().1).await?;
    Ok(reply().content_type("application/xml").body(document::metadata(&schema)))
}

async fn schema_of(app: &web::Data<App>, round: &Round, caller: &Caller, form_id: &str) -> Result<Schema, ApiError> {
    let (code, wanted) = (round.code.clone(), form_id.to_owned());
    let questionnaire = in_store(app.clone(), move |store| store.read(|snapshot| latest(snapshot, &code, &wanted)))
        .await?
        .ok_or_else(|| form_unknown(form_id))?;
    Ok(Schema::of(&questionnaire, caller.holds(IDENTIFYING_ROLES, &round.code)))
}

/// Rows of a table, the newest submission first: `$top`, `$skip`, `$count`, `$filter`, `$expand=*`, `$select`, `$wkt`. Without `$top` all of
/// them; with it, what follows is behind `@odata.nextLink`.
#[utoipa::path(get, path = "/v1/projects/{project}/forms/{form}.svc/{table}", tag = "central", security(("bearer" = [])),
    params(("project" = i32, Path, description = "Number of the round"), ("form" = String, Path, description = "Form id"),
        ("table" = String, Path, description = "`Submissions`, or a table that the service document names")),
    responses(
        (status = 200, body = serde_json::Value),
        (status = 404, description = "No such round, form or table"),
        (status = 501, description = "An option of OData that this server does not know"),
    ))]
pub(crate) async fn rows(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<(String, String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (project, form_id, table) = path.into_inner();
    let root = root(&request, &app, &project, &form_id);
    let pairs = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|_| ApiError::new(catalogue::request_invalid()))?;
    let query = Query::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())))
        .map_err(|problems| ApiError::with_details(catalogue::request_invalid(), problems))?;
    let asked = Asked { table, query, root, identifying: caller.holds(IDENTIFYING_ROLES, &round.0.code) };
    let answer = web::block(move || {
        let now = app.store.now();
        let read = app.store.read(|snapshot| {
            let loaded = Loaded::read_from(snapshot, &round.0.code, &form_id)?;
            Ok::<_, StoreError>((loaded, snapshot.list_first_responses(&round.0.code)?))
        })?;
        let loaded = read.0.ok_or_else(|| form_unknown(&form_id))?;
        let mine: Vec<StoredResponse> = read.1.into_iter().rev().filter(|one| one.form_id == form_id).collect();
        let now = DateTime::from_timestamp_micros(now.micros()).unwrap_or_default();
        let (answer, n_rows) = asked.answer(&loaded, &mine, now)?;
        let Asked { table, query, .. } = &asked;
        let detail = format!(
            "format=central-odata questionnaire={form_id} table={table} skip={} rows={n_rows} identifying={}",
            query.skip, asked.identifying
        );
        log(&app.store, &caller, &round.0, detail)?;
        Ok::<_, ApiError>(answer)
    })
    .await
    .map_err(|_cancelled| ApiError::new(catalogue::internal()))??;
    Ok(reply().json(answer))
}

struct Asked {
    table: String,
    query: Query,
    root: String,
    identifying: bool,
}

impl Asked {
    /// The answer, and how many rows it has.
    fn answer(
        &self,
        loaded: &Loaded,
        responses: &[StoredResponse],
        now: DateTime<Utc>,
    ) -> Result<(Value, usize), ApiError> {
        let unknown = || ApiError::new(catalogue::route_unknown());
        let schema = Schema::of(&loaded.questionnaire, self.identifying);
        let (table, only) = self.table_and_key();
        let mut parts = table.split('.');
        if parts.next() != Some(SUBMISSIONS) {
            return Err(unknown());
        }
        let parts: Vec<&str> = parts.collect();
        if !parts.is_empty() && !schema.repeats().contains(&parts) {
            return Err(unknown());
        }
        let wanted: Vec<&StoredResponse> = responses.iter().filter(|one| self.wants(loaded, one, only, now)).collect();
        let top = self.query.top.unwrap_or(usize::MAX);
        let shape = Shape { wkt: self.query.wkt, expand: self.query.expand };
        let made = |responses: &[&StoredResponse]| -> Vec<Map<String, Value>> {
            responses
                .iter()
                .flat_map(|response| {
                    let read = loaded.read(response);
                    let instance = instance_of(loaded, &schema, response, read.as_ref());
                    rows_of(&schema, &parts, &instance, shape).unwrap_or_default()
                })
                .collect()
        };
        // One row a submission: those of other pages are not made.
        let (page, n_all) = if parts.is_empty() {
            let from = self.query.skip.min(wanted.len());
            let to = from.saturating_add(top).min(wanted.len());
            (made(wanted.get(from..to).unwrap_or_default()), wanted.len())
        } else {
            let all = made(&wanted);
            let n_all = all.len();
            (all.into_iter().skip(self.query.skip).take(top).collect(), n_all)
        };
        if only.is_some() && page.is_empty() {
            return Err(unknown());
        }
        let n_rows = page.len();
        let selected = page.iter().map(|row| self.query.selected(row)).collect::<Result<Vec<_>, _>>();
        let selected =
            selected.map_err(|problem| ApiError::with_details(catalogue::request_invalid(), problem.into()))?;
        let mut answer = Map::new();
        answer.insert("@odata.context".to_owned(), json!(format!("{}/$metadata#{table}", self.root)));
        if self.query.count {
            answer.insert("@odata.count".to_owned(), json!(n_all));
        }
        if let Some(next) = self.next(table, n_rows, n_all) {
            answer.insert("@odata.nextLink".to_owned(), json!(next));
        }
        answer.insert("value".to_owned(), json!(selected));
        Ok((Value::Object(answer), n_rows))
    }

    /// `Submissions('uuid:…')` names one row.
    fn table_and_key(&self) -> (&str, Option<&str>) {
        let key = self.table.strip_prefix(SUBMISSIONS).and_then(|rest| rest.strip_prefix("('")?.strip_suffix("')"));
        match key {
            Some(key) => (SUBMISSIONS, Some(key)),
            None => (&self.table, None),
        }
    }

    fn wants(&self, loaded: &Loaded, response: &StoredResponse, only: Option<&str>, now: DateTime<Utc>) -> bool {
        let id = instance_id(&response.receipt.uuid);
        if only.is_some_and(|only| only != id) {
            return false;
        }
        let Some(filter) = &self.query.filter else { return true };
        let moment = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.with_timezone(&Utc));
        filter.holds(&Facts {
            id: &id,
            submission_date: moment(&response.receipt.received_at).unwrap_or_default(),
            updated_at: loaded.updated_at(response).and_then(moment),
            submitter_id: number_of_actor(&response.token_id),
            review_state: loaded.review_state(response),
            now,
        })
    }

    /// Where the next page is, as in Central with the same `$top`.
    fn next(&self, table: &str, n_rows: usize, n_all: usize) -> Option<String> {
        let top = self.query.top.filter(|top| *top > 0)?;
        let skip = self.query.skip.checked_add(n_rows)?;
        if skip >= n_all {
            return None;
        }
        let kept = self.query.kept.iter().map(|(key, value)| format!("{}={}&", path_part(key), path_part(value)));
        Some(format!("{}/{table}?{}%24top={top}&%24skip={skip}", self.root, kept.collect::<String>()))
    }
}

fn reply() -> actix_web::HttpResponseBuilder {
    let mut reply = HttpResponse::Ok();
    reply.insert_header((ODATA_VERSION, HeaderValue::from_static("4.0")));
    reply
}

fn root(request: &HttpRequest, app: &App, project: &str, form_id: &str) -> String {
    let service = service_address(request, app);
    format!("{service}/v1/projects/{}/forms/{}.svc", path_part(project), path_part(form_id))
}
