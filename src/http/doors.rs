//! The doors of this room (`crate::doors`): what comes in a request, without a server around it.

use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::rt::Runtime;
use actix_web::test::TestRequest;
use actix_web::{HttpRequest, web};
use reports::export::data::odata::ODataQuery;

use super::auth::bearer_secret;
use super::client_address::network;
use super::collect::Upload;
use super::cookie::session_secret;
use super::error::language_of;
use super::estimates::EstimatesQuery;
use super::exports::ExportQuery;
use super::responses::{Arrived, parse_uuid};
use super::{contact_attempts, forgery};
use crate::config::Config;
use crate::openrosa::submission::Submission;
use crate::questionnaire::{Interview, Questionnaire, validate};
use crate::store::DatabaseUrl;

/// More lines of a head than the server takes.
const HEADERS_MAX: usize = 128;

/// The type of a form with parts, and its bytes, as Collect sends them.
pub(crate) fn multipart(bytes: &[u8]) -> bool {
    let (kind, body) = divided(bytes);
    let Ok(kind) = HeaderValue::from_bytes(kind) else { return false };
    let request = TestRequest::post().insert_header((CONTENT_TYPE, kind)).to_http_request();
    thread_local! {
        // Large forms are taken apart in several turns.
        static RUNTIME: Option<Runtime> = Runtime::new().ok();
    }
    RUNTIME.with(|runtime| {
        let read = runtime.as_ref().map(|runtime| runtime.block_on(Upload::read(&request, body.to_vec())));
        read.is_some_and(|read| read.is_ok_and(|upload| Submission::read(&upload.xml).is_ok()))
    })
}

/// An interview or a contact attempt as our own clients send it, and its answers held against a questionnaire.
pub(crate) fn interview(bytes: &[u8]) -> bool {
    let is_attempt = contact_attempts::is_attempt(bytes);
    let Ok(arrived) = Arrived::of_json(String::new(), bytes.to_vec()) else { return is_attempt };
    if let Some(asked) = crate::doors::asked() {
        let _findings = checked(asked, &arrived);
    }
    true
}

fn checked(asked: &Questionnaire, arrived: &Arrived) -> usize {
    let interview = Interview { language: arrived.envelope.language.clone(), today: None };
    validate(asked, &arrived.envelope.answers, &interview).findings.len()
}

/// Lines of a head (tokens, cookies, languages, addresses), the query of an address, and a form.
pub(crate) fn request(bytes: &[u8]) -> bool {
    let (head, rest) = divided(bytes);
    let (query, form) = divided(rest);
    let Ok(config) = DatabaseUrl::parse("x.db").map(Config::new) else { return false };
    let mut request = TestRequest::post();
    for line in head.split(|byte| *byte == b'\n').take(HEADERS_MAX) {
        let mut pieces = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.trim_ascii())) {
            request = request.append_header((name, value));
        }
    }
    let request: HttpRequest = request.to_http_request();
    let _language = language_of(request.headers());
    let _network = network(&request, &config);
    let _foreign = forgery::is_foreign(&request, &config);
    let is_bearer = matches!(bearer_secret(request.headers()), Ok(Some(_)));
    let is_signed_in = session_secret(&request, &config).is_some();
    let (Ok(query), Ok(form)) = (std::str::from_utf8(query), std::str::from_utf8(form)) else { return false };
    let _uuid = parse_uuid(query);
    let estimates = web::Query::<EstimatesQuery>::from_query(query).is_ok_and(|query| query.ask().is_some());
    let export = web::Query::<ExportQuery>::from_query(query).is_ok_and(|query| query.is_understood());
    let posted = forgery::fields_of(form).is_some_and(|fields| !fields.field("csrf").is_empty());
    is_bearer | is_signed_in | estimates | export | posted
}

/// The query of the feed.
pub(crate) fn odata(bytes: &[u8]) -> bool {
    let Ok(query) = std::str::from_utf8(bytes) else { return false };
    let Ok(pairs) = web::Query::<Vec<(String, String)>>::from_query(query) else { return false };
    ODataQuery::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))).is_ok()
}

/// What stands before the first zero byte, and what behind it.
fn divided(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default())
}
