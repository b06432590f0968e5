//! A failure, told as a page to somebody who asked for one.

use ::problem::Language;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::frame::Frame;
use crate::http::error::ApiError;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    frame: Frame,
    message: String,
    details: Vec<String>,
    /// Whoever is not signed in is shown the way.
    is_stranger: bool,
}

/// Whether a page was asked for: a browser names HTML first of all, and no program's address is one of the pages.
pub(in crate::http) fn wants_page(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let of_programs = ["/api/", "/v1/", "/healthz", "/readyz"];
    accepts.split(',').any(|kind| kind.trim_start().starts_with("text/html"))
        && !of_programs.iter().any(|start| request.path().starts_with(start))
}

/// The page of a failure; `None` when not even that can be made.
pub(in crate::http) fn page(error: &ApiError, language: Language) -> Option<HttpResponse> {
    let status = error.status();
    let words = error.words(language);
    let mut lines = words.lines().map(str::to_owned);
    let message = lines.next()?;
    let page = ErrorPage {
        frame: Frame::plain(language == Language::En),
        message,
        details: lines.collect(),
        is_stranger: status.as_u16() == 401,
    };
    Some(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page.render().ok()?))
}
