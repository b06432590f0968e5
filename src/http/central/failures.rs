//! Failures as Central tells them.

use ::problem::Language;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::error::{ApiError, ErrorReply, passes};

/// How a failure is told to programs of ODK Central.
#[derive(Serialize, ToSchema)]
pub(crate) struct CentralErrorReply {
    /// What is wrong and what to do about it, in Vietnamese unless `Accept-Language` prefers English.
    message: String,
    /// Central's own number where the meaning is the same, such as 404.1, else the status.
    code: f64,
    /// The same failure in the shape of this service's own API.
    details: ErrorReply,
}

/// Central's numbers for what means the same there.
const CODES: &[(&str, f64)] = &[
    ("body_not_json", 400.1),
    ("body_invalid", 400.3),
    ("review_invalid", 400.8),
    ("odata_value", 400.8),
    ("odata_filter_unreadable", 400.18),
    ("odata_property", 400.23),
    ("sign_in_wrong", 401.2),
    ("token_invalid", 401.2),
    ("token_missing", 401.2),
    ("not_allowed", 403.1),
    ("round_not_served", 403.1),
    ("request_forged", 403.1),
    ("route_unknown", 404.1),
    ("round_unknown", 404.1),
    ("form_not_asked", 404.1),
    ("response_unknown", 404.1),
    ("response_file_unknown", 404.1),
    ("internal", 500.1),
    ("odata_option", 501.1),
    ("odata_filter_unsupported", 501.4),
];

/// The failure in Central's shape.
pub(crate) fn reply(error: &ApiError, language: Language) -> HttpResponse {
    let leading = error.leading();
    let code = CODES.iter().find(|(known, _)| *known == leading.code).map(|(_, code)| *code);
    let status = match code {
        // Central answers what it does not know of OData with 501, which a program must not mistake for a bad request.
        Some(code) if code > 501.0 => StatusCode::NOT_IMPLEMENTED,
        _ => error.status(),
    };
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Bearer"));
    }
    let waits = error.waits_s().or(passes(status).then_some(5));
    if let Some(seconds) = waits {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if let Some(allowed) = error.allowed() {
        response.insert_header((ALLOW, allowed));
    }
    response.json(CentralErrorReply {
        message: if error.has_details() { error.words(language) } else { error.sentence(language) },
        code: code.unwrap_or_else(|| f64::from(status.as_u16())),
        details: error.body(language),
    })
}
