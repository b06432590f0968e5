//! What anybody may see of a round that was published: a page and files, all made from the one document that was frozen then.
//!
//! Nothing here looks at a token or a cookie, so every reader gets the same bytes, and caches may keep them for a while. A round that was
//! not published and one that does not exist are answered alike.

use ::problem::Language;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, IF_NONE_MATCH, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

use super::desk;
use super::error::{ApiError, ErrorReply};
use super::in_store;
use super::results::language_of;
use crate::analysis::publication::{PublishedRound, to_csv, to_xlsx};
use crate::app::App;
use crate::problem as catalogue;

/// For so long a cache may answer by itself; a withdrawal is seen by everybody after that.
const CACHED: &str = "public, max-age=300";

/// In which language.
#[derive(Deserialize)]
pub(super) struct PublicQuery {
    /// `vi` or `en`.
    lang: Option<String>,
}

/// The page of a published round.
#[utoipa::path(get, path = "/public/{round}", tag = "public",
    params(("round" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, description = "The page", content_type = "text/html", body = String),
        (status = 304, description = "As the reader has it"),
        (status = 404, description = "Not published, or no such round", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn page(
    app: web::Data<App>,
    path: web::Path<String>,
    query: web::Query<desk::PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (document, sha256) = published(app, &path).await?;
    let language = language_of(&request, query.lang());
    let tag = tag(&sha256, language);
    if is_known(&request, &tag) {
        return Ok(cached(HttpResponse::NotModified(), &tag).finish());
    }
    let text = desk::public_page::render(&read(&document)?, &request, &query)?;
    Ok(cached(HttpResponse::Ok(), &tag).content_type("text/html; charset=utf-8").body(text))
}

/// The same numbers as a file: `data.csv`, `data.xlsx`, `data.json`.
#[utoipa::path(get, path = "/public/{round}/{file}", tag = "public",
    params(("round" = String, Path, description = "Code of the round"),
           ("file" = String, Path, description = "`data.csv`, `data.xlsx` or `data.json`")),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "As the reader has it"),
        (status = 404, description = "Not published, or no such round or file", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn file(
    app: web::Data<App>,
    path: web::Path<(String, String)>,
    query: web::Query<PublicQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let (round, name) = path.into_inner();
    let (document, sha256) = published(app, &round).await?;
    let language = language_of(&request, query.lang.as_deref());
    let tag = tag(&sha256, language);
    let kind = match name.as_str() {
        "data.csv" => "text/csv; charset=utf-8",
        "data.xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "data.json" => "application/json",
        _ => return Err(ApiError::new(catalogue::publication_unknown())),
    };
    if is_known(&request, &tag) {
        return Ok(cached(HttpResponse::NotModified(), &tag).finish());
    }
    let internal = |problems| ApiError::with_details(catalogue::internal(), problems);
    let bytes = match name.as_str() {
        "data.csv" => to_csv(&read(&document)?, language).map_err(|problem| internal(problem.into()))?,
        "data.xlsx" => to_xlsx(&read(&document)?, language).map_err(internal)?,
        _ => document,
    };
    let as_file = format!("attachment; filename=\"{round}_{name}\"");
    Ok(cached(HttpResponse::Ok(), &tag).content_type(kind).insert_header((CONTENT_DISPOSITION, as_file)).body(bytes))
}

/// The document of a round and its SHA-256.
async fn published(app: web::Data<App>, round: &str) -> Result<(Vec<u8>, String), ApiError> {
    let unknown = || ApiError::new(catalogue::publication_unknown());
    if round.contains('\0') {
        return Err(unknown());
    }
    let round = round.to_owned();
    in_store(app, move |store| store.read(|snapshot| snapshot.find_published(&round))).await?.ok_or_else(unknown)
}

fn read(document: &[u8]) -> Result<PublishedRound, ApiError> {
    serde_json::from_slice(document).map_err(|error| {
        tracing::error!(%error, "a publication cannot be read");
        ApiError::new(catalogue::internal())
    })
}

/// The page's words come from the program, so its version belongs into the tag.
fn tag(sha256: &str, language: Language) -> String {
    let language = if language == Language::En { "en" } else { "vi" };
    format!("\"{}-{language}-{}\"", sha256.get(..32).unwrap_or(sha256), env!("CARGO_PKG_VERSION"))
}

fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)
}

fn cached(mut response: HttpResponseBuilder, tag: &str) -> HttpResponseBuilder {
    response.insert_header((CACHE_CONTROL, CACHED)).insert_header((ETAG, tag)).insert_header((VARY, "Accept-Language"));
    response
}
