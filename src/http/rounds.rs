//! Survey rounds, and the sample list of each.

use actix_web::http::header::{CONTENT_DISPOSITION, ETAG};
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{Caller, ReadableRound};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::problem as catalogue;
use crate::store::{QuestionnaireVersionHead, Round, StoreError, StoredSample};

/// The rounds the caller may read.
#[derive(Serialize, ToSchema)]
pub(super) struct RoundsReply {
    /// The newest first.
    rounds: Vec<RoundReply>,
}

/// One round.
#[derive(Serialize, ToSchema)]
struct RoundReply {
    /// Its name in addresses.
    code: String,
    /// Its name for people.
    name: String,
    /// `draft`, `open` or `closed`.
    state: &'static str,
    /// `private` or `public`.
    visibility: &'static str,
    /// When it was made, UTC.
    created_at: String,
}

impl From<Round> for RoundReply {
    fn from(round: Round) -> Self {
        Self {
            code: round.code,
            name: round.name,
            state: round.state.as_str(),
            visibility: round.visibility.as_str(),
            created_at: round.created_at,
        }
    }
}

/// One round with what it asks and whom.
#[derive(Serialize, ToSchema)]
pub(super) struct RoundDetailReply {
    /// The round.
    round: RoundReply,
    /// What it asks; of one form, the latest version first.
    questionnaires: Vec<QuestionnaireReply>,
    /// Its sample, once it has one.
    sample: Option<SampleReply>,
    /// Which units it keeps to; `null` for a round made before rounds had them.
    geography: Option<GeographyReply>,
}

/// Which units a round keeps to, whatever merges later.
#[derive(Serialize, ToSchema)]
struct GeographyReply {
    /// SHA-256 of the tables of units.
    version: String,
    /// The day on which they are looked at.
    seen_on: String,
    /// The unit that the sample lies in, by its id; `null` where the tables do not know it.
    unit: Option<String>,
}

/// A published questionnaire.
#[derive(Serialize, ToSchema)]
struct QuestionnaireReply {
    /// The form, the same in all its versions.
    form_id: String,
    /// The version.
    version: String,
    /// The title.
    title: String,
    /// SHA-256 of its sheets, in hexadecimal.
    sha256: String,
    /// When it was published, UTC.
    published_at: String,
}

impl From<QuestionnaireVersionHead> for QuestionnaireReply {
    fn from(head: QuestionnaireVersionHead) -> Self {
        Self {
            form_id: head.form_id,
            version: head.version,
            title: head.title,
            sha256: head.sha256,
            published_at: head.published_at,
        }
    }
}

/// What identifies a sample.
#[derive(Serialize, ToSchema)]
struct SampleReply {
    /// SHA-256 of the list as CSV, in hexadecimal.
    list_sha256: String,
    /// The certificate an auditor draws it again with.
    certificate: Option<serde_json::Value>,
}

/// The rounds the caller may read: public ones, and those the token serves.
#[utoipa::path(get, path = "/api/v1/rounds", tag = "desk", security((), ("bearer" = [])), responses(
    (status = 200, body = RoundsReply),
    (status = 401, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    let mut rounds = in_store(app, |store| store.read(|snapshot| snapshot.list_rounds())).await?;
    rounds.retain(|round| caller.may_read(round));
    let rounds = rounds.into_iter().map(RoundReply::from).collect();
    Ok(HttpResponse::Ok().json(RoundsReply { rounds }))
}

/// One round with what it asks and whom.
#[utoipa::path(get, path = "/api/v1/rounds/{code}", tag = "desk", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = RoundDetailReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn show(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let ReadableRound(round) = round;
    let code = round.code.clone();
    let (questionnaires, sample, geography) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_round_questionnaires(&code)?,
                snapshot.find_sample(&code)?,
                snapshot.find_round_geography(&code)?,
            ))
        })
    })
    .await?;
    let sample = sample.map(|sample| SampleReply {
        list_sha256: sample.list_sha256,
        certificate: sample.certificate.and_then(|text| serde_json::from_str(&text).ok()),
    });
    Ok(HttpResponse::Ok().json(RoundDetailReply {
        round: round.into(),
        questionnaires: questionnaires.into_iter().map(QuestionnaireReply::from).collect(),
        sample,
        geography: geography.map(|pin| GeographyReply { version: pin.version, seen_on: pin.seen_on, unit: pin.unit }),
    }))
}

/// The sample list, byte for byte as it left the draw.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/sample.csv", tag = "desk", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, content_type = "text/csv", body = String),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn sample_csv(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let sample = find_sample(app, &round).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, attachment(&round, "csv")))
        .insert_header((ETAG, format!("\"{}\"", sample.list_sha256)))
        .body(sample.list_csv))
}

/// The sample list as a workbook, one sheet for each area.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/sample.xlsx", tag = "desk", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn sample_xlsx(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let make = app.rooms.sample_workbook.ok_or_else(|| ApiError::new(catalogue::format_unavailable("xlsx")))?;
    let sample = find_sample(app, &round).await?;
    let made = web::block(move || make(&sample.list_csv, sample.certificate.as_deref())).await;
    let workbook = match made {
        Ok(Ok(workbook)) => workbook,
        Ok(Err(problems)) => {
            tracing::error!(%problems, "the stored sample list could not be made into a workbook");
            return Err(ApiError::new(catalogue::internal()));
        }
        Err(_cancelled) => return Err(ApiError::new(catalogue::internal())),
    };
    Ok(HttpResponse::Ok()
        .content_type("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        .insert_header((CONTENT_DISPOSITION, attachment(&round, "xlsx")))
        .body(workbook))
}

async fn find_sample(app: web::Data<App>, round: &ReadableRound) -> Result<StoredSample, ApiError> {
    let code = round.0.code.clone();
    in_store(app, move |store| store.read(|snapshot| snapshot.find_sample(&code)))
        .await?
        .ok_or_else(|| ApiError::new(catalogue::sample_unknown(&round.0.code)))
}

/// The code of a round holds only letters, digits and hyphens, so it needs no quoting (see `round create`).
fn attachment(round: &ReadableRound, extension: &str) -> String {
    let code: String = round.0.code.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("attachment; filename=\"{code}-sample.{extension}\"")
}
