//! A round's data for other programs: files, and a feed for Excel and Power BI. Every one is written down in the audit log.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use reports::export::data::odata::{Feed, ODataQuery};
use reports::export::data::{CellWords, CsvFlavour, DataFormat, DataOptions, DataSet};
use serde::Deserialize;
use utoipa::IntoParams;

use super::auth::{Caller, IDENTIFYING_ROLES, ReadableRound};
use super::error::{ApiError, ErrorReply};
use super::results::language_of;
use crate::analysis::microdata::{Rows, rows_of_name};
use crate::app::App;
use crate::export::{Wanted, data_sets, exported, log, the_one};
use crate::problem as catalogue;
use crate::results::ResultsError;
use ::problem::{Language, Problem, Problems};

/// The version of the protocol that every reply of a feed names.
const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const ROWS: HeaderName = HeaderName::from_static("x-export-rows");
const SHA256: HeaderName = HeaderName::from_static("x-export-data-sha256");
/// Bytes that are handed over at once: nobody waits for the whole file.
const PIECE: usize = 64 * 1024;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
pub(super) struct ExportQuery {
    /// `csv`, `xlsx`, `parquet`, `dta`, `sav` or `ddi`.
    format: String,
    /// Form id; may be left out where the round has one questionnaire.
    questionnaire: Option<String>,
    /// `interviews` (default) or `worked`: also cases without an interview.
    rows: Option<String>,
    /// `codes` (default) or `labels`, in CSV and XLSX.
    words: Option<String>,
    /// Of a CSV: `standard` (default), `bom`, or `excel` (mark, semicolon, decimal comma).
    flavour: Option<String>,
    /// `yes`: answers to a question with several choices in one column.
    joined: Option<String>,
    /// `yes`: missing answers are empty cells in CSV and XLSX, whatever their reason.
    blank: Option<String>,
    /// `yes`: also positions, devices and free texts; coordinators and administrators only.
    identifying: Option<String>,
    /// `vi` or `en`; else by `Accept-Language`.
    lang: Option<String>,
}

impl ExportQuery {
    /// Whether all of it is understood.
    pub(super) fn is_understood(&self) -> bool {
        self.read(Language::Vi).is_ok()
    }

    fn read(&self, language: Language) -> Result<(DataFormat, Wanted, DataOptions), Problems> {
        let mut problems = Problems::none();
        let mut collect = |problem: Problem| problems.push(problem);
        let format = DataFormat::of_name(&self.format).map_err(&mut collect).ok();
        let rows = self.rows.as_deref().map_or(Ok(Rows::default()), rows_of_name).map_err(&mut collect).ok();
        let words = match self.words.as_deref() {
            None | Some("codes") => CellWords::Codes,
            Some("labels") => CellWords::Labels,
            Some(other) => {
                collect(unknown("words", "codes, labels", other));
                CellWords::Codes
            }
        };
        let flavour = match self.flavour.as_deref() {
            None | Some("standard") => CsvFlavour::Standard,
            Some("bom") => CsvFlavour::Bom,
            Some("excel") => CsvFlavour::Excel,
            Some(other) => {
                collect(unknown("flavour", "standard, bom, excel", other));
                CsvFlavour::Standard
            }
        };
        let mut yes = |name: &'static str, value: &Option<String>| match value.as_deref() {
            None | Some("no") => false,
            Some("yes") => true,
            Some(other) => {
                collect(unknown(name, "yes, no", other));
                false
            }
        };
        let options = DataOptions {
            words,
            flavour,
            joined: yes("joined", &self.joined),
            blank_missing: yes("blank", &self.blank),
        };
        let identifying = yes("identifying", &self.identifying);
        match (format, rows) {
            (Some(format), Some(rows)) if problems.is_empty() => {
                let form = self.questionnaire.clone();
                Ok((format, Wanted { form, rows, identifying, in_english: language == Language::En }, options))
            }
            _ => Err(problems),
        }
    }
}

fn unknown(name: &str, expected: &str, got: &str) -> Problem {
    Problem::new("export_option", "tùy chọn xuất không hợp lệ", "the export option has no such value")
        .expected(format!("{name}: {expected}"))
        .got(got)
}

/// A round's interviews with weights, strata, PSUs and codebook, for Excel, R, Stata, SPSS and archives. CSV comes as a ZIP with
/// its codebook. The file states versions, filter, time, rows and hash, and so do the headers `X-Export-Rows` and
/// `X-Export-Data-Sha256`.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/export", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), ExportQuery),
    responses(
        (status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 400, description = "An option is not understood, or several questionnaires and none named", body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn export(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    query: web::Query<ExportQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let language = language_of(&request, query.lang.as_deref());
    let (format, wanted, options) = query.read(language).map_err(invalid)?;
    if wanted.identifying && !caller.holds(IDENTIFYING_ROLES, &round.0.code) {
        return Err(ApiError::new(catalogue::not_allowed()));
    }
    let (actor, code) = (caller.actor()?, round.0.code.clone());
    let (data_facts, name, file) = blocking(move || {
        let all = data_sets(&app.store, &code, &wanted).map_err(failed)?;
        let all = all.ok_or_else(|| ApiError::new(catalogue::round_unknown(&code)))?;
        let data = the_one(all, &wanted).map_err(|problem| invalid(problem.into()))?;
        let (name, file) = exported(&app.store, &actor, &data, format, options).map_err(failed)?;
        Ok(((data.n_rows(), data.sha256().to_owned()), name, file))
    })
    .await?;
    let media_type = if file.ending == ".zip" { "application/zip" } else { format.media_type() };
    let mut bytes = actix_web::web::Bytes::from(file.bytes);
    let length = bytes.len() as u64;
    let pieces = std::iter::from_fn(move || {
        (!bytes.is_empty()).then(|| Ok::<_, std::io::Error>(bytes.split_to(bytes.len().min(PIECE))))
    });
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((ROWS, data_facts.0.to_string()))
        .insert_header((SHA256, data_facts.1))
        .no_chunking(length)
        .streaming(futures_util::stream::iter(pieces)))
}

/// The service document of the feed: its entity sets.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/odata/", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = serde_json::Value), (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn odata_service(
    app: web::Data<App>,
    round: ReadableRound,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let root = root(&request, &round);
    let all = all_of(app, &round, &request).await?;
    let feed = Feed::new(&all.iter().collect::<Vec<_>>()).service(&root);
    Ok(reply().json(feed))
}

/// The types of the feed (CSDL).
#[utoipa::path(get, path = "/api/v1/rounds/{code}/odata/$metadata", tag = "results", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, content_type = "application/xml", body = String), (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn odata_metadata(
    app: web::Data<App>,
    round: ReadableRound,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let all = all_of(app, &round, &request).await?;
    let document = Feed::new(&all.iter().collect::<Vec<_>>()).metadata();
    Ok(reply().content_type("application/xml").body(document))
}

/// Rows of an entity set: `$top`, `$skip`, `$count`, `$select`; what follows is behind `@odata.nextLink`.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/odata/{set}", tag = "results", security(("bearer" = []), ("session" = [])),
    params(
        ("code" = String, Path, description = "Code of the round"),
        ("set" = String, Path, description = "Entity set, as the service document names it"),
    ),
    responses(
        (status = 200, body = serde_json::Value), (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply), (status = 403, body = ErrorReply), (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn odata_rows(
    app: web::Data<App>,
    round: ReadableRound,
    caller: Caller,
    path: web::Path<(String, String)>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let set = path.into_inner().1;
    let pairs = pairs(&request);
    let query = ODataQuery::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))).map_err(invalid)?;
    let (root, actor) = (root(&request, &round), caller.actor()?);
    let all = all_of(app.clone(), &round, &request).await?;
    let answer = blocking(move || {
        let feed = Feed::new(&all.iter().collect::<Vec<_>>());
        let page = feed.page(&root, &set, &query).ok_or_else(|| ApiError::new(catalogue::route_unknown()))?;
        let page = page.map_err(invalid)?;
        // Codebooks hold no answers.
        if let Some(data) = feed.rows_of(&set) {
            log(&app.store, &actor, data, &format!("format=odata set={set} skip={}", query.skip)).map_err(failed)?;
        }
        Ok(page)
    })
    .await?;
    Ok(reply().json(answer))
}

fn reply() -> actix_web::HttpResponseBuilder {
    let mut reply = HttpResponse::Ok();
    reply.insert_header((ODATA_VERSION, HeaderValue::from_static("4.0")));
    reply
}

/// The address of the feed as the caller reached it.
fn root(request: &HttpRequest, round: &ReadableRound) -> String {
    let connection = request.connection_info();
    format!("{}://{}/api/v1/rounds/{}/odata/", connection.scheme(), connection.host(), round.0.code)
}

fn pairs(request: &HttpRequest) -> Vec<(String, String)> {
    web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .unwrap_or_default()
}

/// The feed never tells a person: it is fetched again and again by programs with a stored password.
async fn all_of(
    app: web::Data<App>,
    round: &ReadableRound,
    request: &HttpRequest,
) -> Result<Arc<Vec<DataSet>>, ApiError> {
    let asked: BTreeMap<String, String> = pairs(request).into_iter().collect();
    let in_english = language_of(request, asked.get("lang").map(String::as_str)) == Language::En;
    let code = round.0.code.clone();
    blocking(move || {
        let wanted = Wanted { in_english, ..Wanted::default() };
        let all = app.feeds.data_sets(&app.store, &code, &wanted).map_err(failed)?;
        all.ok_or_else(|| ApiError::new(catalogue::round_unknown(&code)))
    })
    .await
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    web::block(work).await.map_err(|_cancelled| ApiError::new(catalogue::internal()))?
}

fn invalid(problems: Problems) -> ApiError {
    ApiError::with_details(catalogue::request_invalid(), problems)
}

fn failed(error: ResultsError) -> ApiError {
    match error {
        ResultsError::Store(error) => error.into(),
        ResultsError::Data(problems) => {
            tracing::error!(%problems, "what is kept of a round cannot be exported");
            ApiError::new(catalogue::internal())
        }
    }
}
