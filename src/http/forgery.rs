//! Against forged requests: another site must not act with the cookie of somebody who is signed in here.
//!
//! What changes something and comes without a bearer token must come from our own pages (`Sec-Fetch-Site`, `Origin`). From
//! somebody who is signed in it must also carry the token of the session, as the field `csrf` of a form or as the header
//! `X-CSRF-Token`. The token hangs on the session's secret and changes with it; it is kept nowhere.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN};
use actix_web::http::{Method, Uri};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use std::future::{Ready, ready};
use std::sync::Arc;

use super::auth::Caller;
use super::body;
use super::error::ApiError;
use super::multipart::{self, Part};
use crate::app::App;
use crate::config::Config;
use crate::problem as catalogue;
use crate::secret::{Secret, sha256_hex};

/// Digits of a token.
const DIGITS: usize = 64;
const HEADER: &str = "x-csrf-token";
const FORM: &str = "application/x-www-form-urlencoded";

const FORM_WITH_FILES: &str = "multipart/form-data";
/// The largest form with files that a page takes.
const UPLOAD_BYTES_MAX: usize = 20 * 1024 * 1024;

/// The fields of a form that was checked here.
#[derive(Clone, Debug, Default)]
pub(super) struct Posted {
    fields: Vec<(String, String)>,
    files: Vec<PostedFile>,
}

/// A file out of a form.
#[derive(Clone, Debug)]
pub(super) struct PostedFile {
    field: String,
    /// Its name as the browser told it: without a folder, without control characters.
    pub(super) name: String,
    /// Its bytes; shared, for the request keeps them too.
    pub(super) bytes: Arc<Vec<u8>>,
}

impl Posted {
    /// The first value of a field; empty when it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields(name).next().unwrap_or_default()
    }

    /// All values of a field, in their order.
    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All files, in their order.
    pub(super) fn all_files(&self) -> impl Iterator<Item = &PostedFile> {
        self.files.iter().filter(|file| !file.bytes.is_empty())
    }

    /// The file of a field; an empty one is what browsers send where none was chosen.
    pub(super) fn file(&self, field: &str) -> Option<&PostedFile> {
        self.files.iter().find(|file| file.field == field && !file.bytes.is_empty())
    }
}

impl FromRequest for Posted {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| ApiError::new(catalogue::request_invalid())))
    }
}

/// The token of a session.
pub(super) fn token_of(session_secret: &str) -> String {
    sha256_hex(format!("khaosat csrf {session_secret}").as_bytes())
}

/// The token as a page carries it, another one each time: pages travel compressed, and from their lengths somebody who can make a
/// browser ask for pages could otherwise find out a token that always reads the same, letter by letter. Empty, so that the form is
/// refused, where there is no session or the machine has no randomness to give.
pub(super) fn masked(token: &str) -> String {
    match Secret::generate() {
        Ok(secret) if !token.is_empty() => {
            let pad = secret.sha256();
            format!("{pad}{}", crossed(token, &pad))
        }
        _ => String::new(),
    }
}

/// The token out of what a page carried; what is not masked is as it is.
fn unmasked(given: &str) -> String {
    match given.split_at_checked(DIGITS) {
        Some((pad, rest)) if rest.len() == DIGITS => crossed(rest, pad),
        _ => given.to_owned(),
    }
}

/// Two texts of hexadecimal digits, digit by digit exclusive or; empty for other texts.
fn crossed(one: &str, other: &str) -> String {
    let digits = one
        .chars()
        .zip(other.chars())
        .map(|(one, other)| char::from_digit(one.to_digit(16)? ^ other.to_digit(16)?, 16));
    digits.collect::<Option<String>>().unwrap_or_default()
}

/// Lets a request through that nobody forged; the fields of a form are then at hand as [`Posted`].
pub(super) async fn check(request: &mut ServiceRequest, caller: &Caller) -> Result<(), ApiError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) || request.headers().contains_key(AUTHORIZATION) {
        return Ok(());
    }
    let app = request.app_data::<web::Data<App>>().cloned().ok_or_else(|| ApiError::new(catalogue::internal()))?;
    let forged = || ApiError::new(catalogue::request_forged());
    if is_foreign(request.request(), &app.config) {
        return Err(forged());
    }
    // Files come from people only; Collect has a way of its own.
    let posted = posted(request, &app.config, caller.session().is_some()).await?;
    if caller.session().is_some() {
        let header = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        let given = header.or_else(|| posted.as_ref().map(|form| form.field("csrf"))).unwrap_or_default();
        // Both are SHA-256 of what only the session knows: comparing their hashes tells nothing by its time.
        if sha256_hex(unmasked(given).as_bytes()) != sha256_hex(caller.csrf().as_bytes()) {
            return Err(forged());
        }
    }
    if let Some(posted) = posted {
        request.extensions_mut().insert(posted);
    }
    Ok(())
}

/// Whether a browser says that another site is behind the request. Programs that are no browsers say nothing.
pub(super) fn is_foreign(request: &HttpRequest, config: &Config) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    if header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return true;
    }
    let Some(origin) = header(ORIGIN.as_str()) else { return false };
    let authority = origin.parse::<Uri>().ok().and_then(|uri| uri.authority().map(|part| part.as_str().to_owned()));
    let own = header(HOST.as_str());
    let public = config.public_url.as_deref().map(|url| url.trim_end_matches('/'));
    !(public == Some(origin) || (authority.is_some() && authority.as_deref() == own))
}

async fn posted(request: &mut ServiceRequest, config: &Config, may_hand_in: bool) -> Result<Option<Posted>, ApiError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let with_files = kind == FORM_WITH_FILES && may_hand_in;
    if kind != FORM && !with_files {
        return Ok(None);
    }
    let invalid = || ApiError::new(catalogue::request_invalid());
    let mut payload = request.take_payload();
    let payload = web::Payload::from_request(request.request(), &mut payload).await.map_err(|_unreadable| invalid())?;
    if with_files {
        let bytes = body::read_up_to(request.request(), payload, config, UPLOAD_BYTES_MAX).await?;
        let parts = multipart::parts(request.headers(), bytes).await.map_err(|_unreadable| invalid())?;
        return of_parts(parts).map(Some).ok_or_else(invalid);
    }
    let bytes = body::read(request.request(), payload, config).await?;
    let text = String::from_utf8(bytes).map_err(|_bytes| invalid())?;
    fields_of(&text).map(Some).ok_or_else(invalid)
}

/// The fields of a form, if it can be read.
pub(super) fn fields_of(text: &str) -> Option<Posted> {
    let fields = web::Query::<Vec<(String, String)>>::from_query(text).ok()?.into_inner();
    Some(Posted { fields, files: Vec::new() })
}

fn of_parts(parts: Vec<Part>) -> Option<Posted> {
    let mut posted = Posted::default();
    for Part { name, file_name, body, .. } in parts {
        match file_name {
            Some(file_name) => {
                let last = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
                let name_of_file = last.chars().filter(|c| !c.is_control()).take(200).collect();
                posted.files.push(PostedFile { field: name, name: name_of_file, bytes: Arc::new(body) });
            }
            None => posted.fields.push((name, String::from_utf8(body).ok()?)),
        }
    }
    Some(posted)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::store::DatabaseUrl;

    fn foreign(headers: &[(&'static str, &'static str)], public_url: Option<&str>) -> bool {
        let mut config = Config::new(DatabaseUrl::parse("x.db").expect("a URL"));
        config.public_url = public_url.map(str::to_owned);
        let mut request = TestRequest::post().insert_header(("host", "survey.example:8080"));
        for header in headers {
            request = request.insert_header(*header);
        }
        is_foreign(&request.to_http_request(), &config)
    }

    #[test]
    fn only_our_own_pages_and_programs_may_post() {
        for own in [
            &[][..],
            &[("origin", "http://survey.example:8080")],
            &[("sec-fetch-site", "same-origin"), ("origin", "http://survey.example:8080")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!foreign(own, None), "{own:?}");
        }
        for other in [
            &[("origin", "http://evil.example")][..],
            &[("origin", "http://survey.example")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site"), ("origin", "http://survey.example:8080")],
        ] {
            assert!(foreign(other, None), "{other:?}");
        }
        assert!(!foreign(&[("origin", "https://khaosat.gov.vn")], Some("https://khaosat.gov.vn/")));
    }

    #[test]
    fn the_token_hangs_on_the_secret() {
        assert_ne!(token_of("a"), token_of("b"));
        assert_eq!(token_of("a"), token_of("a"));
    }

    #[test]
    fn a_page_carries_the_token_in_another_form_each_time() {
        let token = token_of("a");
        let (one, other) = (masked(&token), masked(&token));
        assert!(one != other && !one.contains(&token) && one.len() == 2 * DIGITS);
        assert_eq!((unmasked(&one), unmasked(&other), unmasked(&token)), (token.clone(), token.clone(), token.clone()));
        let pad = "0".repeat(DIGITS);
        for wrong in ["", "é", "x".repeat(2 * DIGITS).as_str(), format!("{pad}{}", token_of("b")).as_str(), &one[1..]]
        {
            assert_ne!(unmasked(wrong), token, "{wrong}");
        }
        assert_eq!(masked(""), "", "nobody is signed in");
    }
}
