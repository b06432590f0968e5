//! Every failure leaves this floor in one shape, in the reader's language:
//! `{"code", "message", "message_en"?, "details": [...], "hint"?, "receipt"?}`.

use std::fmt;

use ::problem::{Language, Problem, Problems};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CONTENT_LANGUAGE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use super::central;
use super::desk::error_page;
use super::receipt::ReceiptReply;
use crate::problem as catalogue;
use crate::store::StoreError;

/// A failure on its way out.
#[derive(Debug)]
pub(super) struct ApiError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    problem: Problem,
    details: Problems,
    receipt: Option<ReceiptReply>,
    retry_after_s: Option<i64>,
    /// The methods an address takes, where it was called with another.
    allowed: Option<String>,
}

impl ApiError {
    pub(super) fn new(problem: Problem) -> Self {
        Self::with_details(problem, Problems::none())
    }

    pub(super) fn with_details(problem: Problem, details: Problems) -> Self {
        Self(Box::new(Parts { problem, details, receipt: None, retry_after_s: None, allowed: None }))
    }

    /// The address does not take that method, but these.
    pub(super) fn method_unknown(allowed: String) -> Self {
        let mut error = Self::new(catalogue::method_unknown());
        error.0.allowed = Some(allowed);
        error
    }

    /// A refusal that is still a promise: what was sent is kept.
    pub(super) fn with_receipt(problem: Problem, receipt: ReceiptReply) -> Self {
        let mut error = Self::new(problem);
        error.0.receipt = Some(receipt);
        error
    }

    /// What is wrong and what to do about it, as a sentence for the person who must act.
    pub(super) fn sentence(&self, language: Language) -> String {
        let problem = &self.0.problem;
        let mut sentence = problem.message.in_language(language).to_owned();
        if let Some(got) = &problem.got {
            sentence.push_str(&format!(" ({})", got.in_language(language)));
        }
        if let Some(hint) = &problem.hint {
            sentence.push_str(&format!("; {}", hint.in_language(language)));
        }
        sentence
    }

    /// A refusal that ends by itself.
    pub(super) fn retry_after(problem: Problem, seconds: i64) -> Self {
        let mut error = Self::new(problem);
        error.0.retry_after_s = Some(seconds);
        error
    }

    /// What is wrong, for who does not speak HTTP.
    pub(super) fn into_problems(self) -> Problems {
        let Parts { problem, details, .. } = *self.0;
        if details.is_empty() { problem.into() } else { details }
    }

    /// What is wrong in words, for a page.
    pub(super) fn words(&self, language: Language) -> String {
        let Parts { problem, details, .. } = &*self.0;
        if details.is_empty() { Problems::from(problem.clone()).describe(language) } else { details.describe(language) }
    }

    /// What is wrong in particular, where one thing is, else what is wrong.
    pub(super) fn leading(&self) -> &Problem {
        self.0.details.iter().next().filter(|_| self.0.problem.code == "request_invalid").unwrap_or(&self.0.problem)
    }

    /// Whether it is told what is wrong in particular.
    pub(super) fn has_details(&self) -> bool {
        !self.0.details.is_empty()
    }

    /// How long to wait, where the refusal ends by itself.
    pub(super) fn waits_s(&self) -> Option<i64> {
        self.0.retry_after_s
    }

    /// The methods that the address takes, where it was called with another.
    pub(super) fn allowed(&self) -> Option<&str> {
        self.0.allowed.as_deref()
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(catalogue::status(self.0.problem.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn reply(&self, language: Language) -> HttpResponse {
        let status = self.status();
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if passes(status) {
            response.insert_header((RETRY_AFTER, "5"));
        }
        if let Some(seconds) = self.0.retry_after_s {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if let Some(allowed) = &self.0.allowed {
            response.insert_header((ALLOW, allowed.as_str()));
        }
        response.json(self.body(language))
    }

    pub(super) fn body(&self, language: Language) -> ErrorReply {
        let Parts { problem, details, receipt, .. } = &*self.0;
        let own = (problem.expected.is_some() || problem.got.is_some()).then_some(problem);
        ErrorReply {
            code: problem.code.to_owned(),
            message: problem.message.in_language(language).to_owned(),
            message_en: (language != Language::En).then(|| problem.message.en.clone()),
            details: own.into_iter().chain(details.iter()).map(|detail| DetailReply::new(detail, language)).collect(),
            hint: problem.hint.as_ref().map(|hint| hint.in_language(language).to_owned()),
            receipt: receipt.clone(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.problem, f)
    }
}

/// Whether the same request may succeed in a while without anybody changing it.
pub(super) fn passes(status: StatusCode) -> bool {
    matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE)
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.reply(Language::default())
    }
}

impl From<StoreError> for ApiError {
    /// A failure of ours is logged once, here, and told without its inner words.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy { .. } | StoreError::Stopped | StoreError::Full => {
                Self::new(catalogue::from_store(&error))
            }
            StoreError::Lost { .. } => {
                tracing::error!(%error, "the connection to the database broke");
                Self::new(catalogue::from_store(&error))
            }
            StoreError::Unreachable { .. } => {
                tracing::error!(%error, "the database is out of reach");
                Self::new(catalogue::from_store(&StoreError::Busy { detail: String::new() }))
            }
            _ => {
                tracing::error!(%error, "a request failed");
                Self::new(catalogue::internal())
            }
        }
    }
}

/// Why a request that reads may be refused.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documents the replies")]
pub(super) enum ReadRefusals {
    /// The request is not as it should be.
    #[response(status = 400)]
    Request(ErrorReply),
    /// No token, or none that is known.
    #[response(status = 401)]
    Token(ErrorReply),
    /// The token does not allow it.
    #[response(status = 403)]
    Role(ErrorReply),
    /// Nothing can be read just now.
    #[response(status = 503)]
    Busy(ErrorReply),
}

/// Why a request that writes may be refused.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documents the replies")]
pub(super) enum WriteRefusals {
    /// The request is not as it should be.
    #[response(status = 400)]
    Request(ErrorReply),
    /// No token, or none that is known.
    #[response(status = 401)]
    Token(ErrorReply),
    /// The token does not allow it.
    #[response(status = 403)]
    Role(ErrorReply),
    /// What it speaks of is not there.
    #[response(status = 404)]
    Unknown(ErrorReply),
    /// The body came too slowly.
    #[response(status = 408)]
    TooSlow(ErrorReply),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(ErrorReply),
    /// The body is of a kind that is not taken.
    #[response(status = 415)]
    Kind(ErrorReply),
    /// Nothing can be kept just now.
    #[response(status = 503)]
    Busy(ErrorReply),
}

/// How every failure is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct ErrorReply {
    /// Stable name of the kind of problem.
    code: String,
    /// What is wrong, in the language asked for (Vietnamese unless `Accept-Language` prefers English).
    message: String,
    /// The same in English, when `message` is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_en: Option<String>,
    /// Everything in particular that is wrong; empty when the message says it all.
    details: Vec<DetailReply>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// With `response_conflict` and `contact_attempt_conflict`: the receipt of what was sent, for it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptReply>,
}

/// One particular thing that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct DetailReply {
    /// Stable name of the kind of problem.
    code: String,
    /// What is wrong.
    message: String,
    /// The field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// What would have been right.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    got: Option<String>,
}

impl DetailReply {
    fn new(problem: &Problem, language: Language) -> Self {
        Self {
            code: problem.code.to_owned(),
            message: problem.message.in_language(language).to_owned(),
            field: problem.place.as_ref().and_then(|place| place.column.clone()),
            expected: problem.expected.as_ref().map(|words| words.in_language(language).to_owned()),
            got: problem.got.as_ref().map(|words| words.in_language(language).to_owned()),
        }
    }
}

/// The language a request asks for: Vietnamese, unless English is preferred to it.
pub(super) fn language_of(headers: &HeaderMap) -> Language {
    let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (mut vietnamese, mut english) = (0.0_f32, 0.0_f32);
    for part in asked.split(',') {
        let mut pieces = part.split(';');
        let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
        let quality = pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        match tag.split('-').next() {
            Some("vi") => vietnamese = vietnamese.max(quality),
            Some("en") => english = english.max(quality),
            _ => {}
        }
    }
    if english > vietnamese { Language::En } else { Language::Vi }
}

/// Outermost: tells each failure in the language of its reader, and gives the framework's own failures our shape.
pub(super) async fn in_language(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_page = error_page::wants_page(request.request());
    // A page says its language in its address, so that links and the language switch hold for its failures as well.
    let language = match request.query_string().split('&').find_map(|part| part.strip_prefix("lang=")) {
        Some("en") if is_page => Language::En,
        Some("vi") if is_page => Language::Vi,
        _ => language_of(request.headers()),
    };
    let is_central = central::is_central(request.path());
    let mut response = next.call(request).await?.map_into_boxed_body();
    let tell = |error: &ApiError| match is_page {
        _ if is_central => central::reply(error, language),
        true => error_page::page(error, language).unwrap_or_else(|| error.reply(language)),
        false => error.reply(language),
    };
    let retold = response.response().error().map(|error| match error.as_error::<ApiError>() {
        Some(known) => tell(known),
        None if error.as_response_error().status_code().is_client_error() => {
            tell(&ApiError::new(catalogue::request_invalid()))
        }
        None => {
            tracing::error!(%error, "the framework failed");
            tell(&ApiError::new(catalogue::internal()))
        }
    });
    if let Some(retold) = retold {
        let (request, _old) = response.into_parts();
        response = ServiceResponse::new(request, retold);
        let name = HeaderValue::from_static(if language == Language::En { "en" } else { "vi" });
        response.headers_mut().insert(CONTENT_LANGUAGE, name);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(text).expect("a header"));
        language_of(&headers)
    }

    #[test]
    fn vietnamese_unless_english_is_preferred() {
        for text in ["", "vi", "fr", "vi-VN,en;q=0.8", "en;q=0.5,vi;q=0.5", "*", "en;q=0"] {
            assert_eq!(language(text), Language::Vi, "{text}");
        }
        for text in ["en", "en-GB,vi;q=0.9", "fr,en;q=0.3", "EN-us"] {
            assert_eq!(language(text), Language::En, "{text}");
        }
    }

    #[test]
    fn a_failure_of_the_database_is_not_told_in_its_own_words() {
        let error = ApiError::from(StoreError::Damaged { detail: "column secret".to_owned() });
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&error.body(Language::Vi)).expect("JSON");
        assert!(!text.contains("secret"), "{text}");
    }
}
