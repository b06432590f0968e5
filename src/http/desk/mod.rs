//! Pages for people: server-rendered, without scripts, Vietnamese first. Only what a reader of rounds may see.

pub(super) mod quality_page;
mod round_page;
pub(super) mod sign_in;

use ::problem::Language;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::auth::{Caller, RESPONSE_ROLES, ReadableRound};
use super::error::ApiError;
use super::in_store;
use super::results::{language_of, of_round};
use crate::app::App;
use crate::problem as catalogue;
use round_page::RoundPage;

/// The style sheet, also put into pages that are saved to stand alone.
const STYLE: &str = include_str!("../../../web/static/desk.css");

#[derive(RustEmbed)]
#[folder = "web/static"]
struct Static;

/// The fonts of the figures, for pages as well.
#[derive(RustEmbed)]
#[folder = "web/fonts"]
struct Fonts;

/// How a page is asked for.
#[derive(Deserialize)]
pub(super) struct PageQuery {
    /// `vi` or `en`.
    lang: Option<String>,
    /// Present: a page that stands alone, with its style inside, to be kept as a file.
    standalone: Option<String>,
}

/// What every page needs.
struct Frame {
    english: bool,
    standalone: bool,
}

impl Frame {
    fn new(request: &HttpRequest, query: &PageQuery) -> Self {
        let english = language_of(request, query.lang.as_deref()) == Language::En;
        Self { english, standalone: query.standalone.is_some() }
    }

    fn language(&self) -> Language {
        if self.english { Language::En } else { Language::Vi }
    }

    fn say<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        if self.english { en } else { vi }
    }
}

/// One line of the first page.
struct RoundLine {
    code: String,
    name: String,
    state: &'static str,
    /// Whether the reader may see the quality of its interviews.
    has_quality: bool,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    english: bool,
    standalone: bool,
    style: &'static str,
    version: &'static str,
    rounds: Vec<RoundLine>,
}

impl HomePage {
    fn say<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        if self.english { en } else { vi }
    }
}

/// The rounds the reader may see.
#[utoipa::path(get, path = "/", tag = "pages", security((), ("bearer" = [])),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(super) async fn home(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query);
    let mut rounds = in_store(app, |store| store.read(|snapshot| snapshot.list_rounds())).await?;
    rounds.retain(|round| caller.may_read(round));
    let rounds = rounds
        .into_iter()
        .map(|round| RoundLine {
            state: round_page::state_words(round.state, &frame),
            has_quality: caller.holds(RESPONSE_ROLES, &round.code),
            code: round.code,
            name: round.name,
        })
        .collect();
    html(&HomePage {
        english: frame.english,
        standalone: false,
        style: STYLE,
        version: env!("CARGO_PKG_VERSION"),
        rounds,
    })
}

/// One round: results with intervals, figures, sample list, progress, method.
#[utoipa::path(get, path = "/rounds/{code}", tag = "pages", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = super::error::ErrorReply)))]
pub(super) async fn round(
    app: web::Data<App>,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query);
    let code = round.0.code.clone();
    let cases = in_store(app.clone(), move |store| store.read(|snapshot| snapshot.list_cases(&code))).await?;
    let results = of_round(app, &round).await?;
    let page = web::block(move || RoundPage::new(&results, &cases, &frame))
        .await
        .map_err(|_cancelled| ApiError::new(catalogue::internal()))?;
    html(&page)
}

/// Style sheet and fonts.
#[utoipa::path(get, path = "/static/{file}", tag = "pages",
    params(("file" = String, Path, description = "Name of the file")),
    responses((status = 200, body = Vec<u8>), (status = 404, body = super::error::ErrorReply)))]
pub(super) async fn asset(path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let file =
        Static::get(&path).or_else(|| Fonts::get(&path)).ok_or_else(|| ApiError::new(catalogue::route_unknown()))?;
    let content_type = match path.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "ttf")) => "font/ttf",
        _ => "application/octet-stream",
    };
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(file.data.into_owned()))
}

fn html(page: &impl Template) -> Result<HttpResponse, ApiError> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        ApiError::new(catalogue::internal())
    })?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(text))
}
