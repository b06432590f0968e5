//! The client of the enumerators' phones: files of `web/field`, served under `/field/` as they stand.
//!
//! There is no build step. Scripts and styles go out without comments and needless blanks (`lean`); the service worker gets the list of all files
//! and the hash over them, so that a new version of the program is a new service worker and nothing else is.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use super::error::ApiError;
use super::lean::lean;
use crate::problem as catalogue;
use crate::secret::sha256_hex;

#[derive(RustEmbed)]
#[folder = "web/field"]
struct Shell;

/// The first page, and the worker that is made here.
const PAGE: &str = "index.html";
const WORKER: &str = "sw.js";
/// What comes with the first form that needs it, and not with the client.
const RARE: &str = "rare.mjs";

/// The client may load from its own address only; nothing inline.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

struct File {
    bytes: Vec<u8>,
    etag: String,
}

/// Every file as it is sent, by name.
static FILES: LazyLock<BTreeMap<String, File>> = LazyLock::new(|| {
    let mut files: BTreeMap<String, Vec<u8>> = Shell::iter()
        // The drawing that the icons are made from stays here.
        .filter(|name| !name.ends_with(".svg"))
        .filter_map(|name| Shell::get(&name).map(|file| (name.to_string(), lean(&name, &file.data))))
        .collect();
    let worker = files.remove(WORKER).unwrap_or_default();
    let all: String = files.iter().map(|(name, bytes)| format!("{name} {}\n", sha256_hex(bytes))).collect();
    let version = sha256_hex(format!("{all}{}", sha256_hex(&worker)).as_bytes());
    // The empty name is the first page.
    let names: Vec<&str> =
        std::iter::once("").chain(files.keys().map(String::as_str).filter(|name| *name != RARE)).collect();
    let shell = serde_json::json!({ "version": version.get(..16), "files": names });
    let mut made = format!("self.SHELL = {shell};\n").into_bytes();
    made.extend_from_slice(&worker);
    files.insert(WORKER.to_owned(), made);
    files
        .into_iter()
        .map(|(name, bytes)| {
            let etag = format!("\"{}\"", sha256_hex(&bytes));
            (name, File { bytes, etag })
        })
        .collect()
});

/// The client's first page.
#[utoipa::path(get, path = "/field/", tag = "pages",
    responses((status = 200, content_type = "text/html", body = String), (status = 304)))]
pub(super) async fn page(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    file(&request, PAGE)
}

/// `/field` is not below the scope of the service worker: it leads to `/field/`.
#[utoipa::path(get, path = "/field", tag = "pages", responses((status = 308)))]
pub(super) async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/field/")).finish()
}

/// Scripts, styles, icons, manifest and service worker of the client.
#[utoipa::path(get, path = "/field/{file}", tag = "pages", params(("file" = String, Path, description = "Name of the file")),
    responses((status = 200, body = Vec<u8>), (status = 304), (status = 404, body = super::error::ErrorReply)))]
pub(super) async fn asset(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    file(&request, &name)
}

/// The screens of the client.
#[utoipa::path(get, path = "/field/screens/{file}", tag = "pages", params(("file" = String, Path, description = "Name of the file")),
    responses((status = 200, body = Vec<u8>), (status = 304), (status = 404, body = super::error::ErrorReply)))]
pub(super) async fn screen(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    file(&request, &format!("screens/{name}"))
}

fn file(request: &HttpRequest, name: &str) -> Result<HttpResponse, ApiError> {
    let found = FILES.get(name).ok_or_else(|| ApiError::new(catalogue::route_unknown()))?;
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == found.etag));
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, found.etag.clone()))
        // Asked again each time: the service worker keeps the copies, and only one version of all files together.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((HeaderName::from_static("content-security-policy"), HeaderValue::from_static(POLICY)));
    if is_known {
        return Ok(response.finish());
    }
    Ok(response.content_type(content_type(name)).body(found.bytes.clone()))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "html")) => "text/html; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "mjs" | "js")) => "text/javascript; charset=utf-8",
        Some((_, "webmanifest")) => "application/manifest+json",
        Some((_, "png")) => "image/png",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_names_every_file_and_a_version() {
        let worker = String::from_utf8(FILES[WORKER].bytes.clone()).expect("text");
        for name in FILES.keys().filter(|name| ![WORKER, RARE].contains(&name.as_str())) {
            assert!(worker.lines().next().expect("a line").contains(&format!("\"{name}\"")), "{name}");
        }
        assert!(worker.starts_with("self.SHELL = {"), "{worker}");
        assert!(FILES.contains_key(PAGE) && FILES.contains_key("icon-512.png") && FILES.len() > 20);
        assert!(FILES.keys().all(|name| !name.ends_with(".svg")));
    }
}
