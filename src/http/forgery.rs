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

use super::auth::Caller;
use super::body;
use super::error::ApiError;
use crate::app::App;
use crate::config::Config;
use crate::problem as catalogue;
use crate::secret::sha256_hex;

const HEADER: &str = "x-csrf-token";
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form that was checked here.
#[derive(Clone, Debug, Default)]
pub(super) struct Posted(Vec<(String, String)>);

impl Posted {
    /// The first value of a field; empty when it is missing.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields(name).next().unwrap_or_default()
    }

    /// All values of a field, in their order.
    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
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
    let posted = posted(request, &app.config).await?;
    if caller.session().is_some() {
        let header = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        let given = header.or_else(|| posted.as_ref().map(|form| form.field("csrf"))).unwrap_or_default();
        // Both are SHA-256 of what only the session knows: comparing their hashes tells nothing by its time.
        if sha256_hex(given.as_bytes()) != sha256_hex(caller.csrf().as_bytes()) {
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

async fn posted(request: &mut ServiceRequest, config: &Config) -> Result<Option<Posted>, ApiError> {
    let is_form = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM));
    if !is_form {
        return Ok(None);
    }
    let mut payload = request.take_payload();
    let payload = web::Payload::from_request(request.request(), &mut payload)
        .await
        .map_err(|_unreadable| ApiError::new(catalogue::request_invalid()))?;
    let bytes = body::read(request.request(), payload, config).await?;
    let text = String::from_utf8(bytes).map_err(|_bytes| ApiError::new(catalogue::request_invalid()))?;
    fields_of(&text).map(Some).ok_or_else(|| ApiError::new(catalogue::request_invalid()))
}

/// The fields of a form, if it can be read.
pub(super) fn fields_of(text: &str) -> Option<Posted> {
    web::Query::<Vec<(String, String)>>::from_query(text).ok().map(|fields| Posted(fields.into_inner()))
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
}
