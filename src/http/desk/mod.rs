//! Pages for people: server-rendered, Vietnamese first, whole without scripts; `web/static/desk.mjs` adds comfort to three of them.
//!
//! ```text
//! frame            what every page has in common      error_page   a failure, told as a page
//! home  round_page  sign_in                           field_page  interviews_page  interview_page  quality_page  assignment_page  reserves_page  devices_page
//! rights_page      what respondents asked for, erasure by two
//! closing_page     the checklist, closing by two       publication_page  what is to be public    public_page  what is
//! plan_page        targets, tasks and their reports          design_page  how the sample was drawn, the list
//! analyst          index, question, cross table, comparison, weights, data
//! list             lists: searched, sorted, taken along    administration_page  the log, its seals, backup, doctor, people
//! ```
//!
//! A page that changes something is a form; what came of it is told above the page that follows.

pub(super) mod administration_page;
pub(super) mod analyst;
pub(super) mod assignment_page;
pub(super) mod closing_page;
pub(super) mod design_page;
pub(super) mod devices_page;
pub(super) mod error_page;
pub(super) mod field_page;
mod frame;
pub(super) mod interview_page;
pub(super) mod interviews_page;
mod list;
pub(super) mod new_round;
mod plan_list;
pub(super) mod plan_page;
pub(super) mod public_page;
pub(super) mod publication_page;
pub(super) mod quality_page;
pub(super) mod questionnaire_page;
pub(super) mod reserves_page;
pub(super) mod rights_page;
mod round_page;
pub(super) mod sign_in;

use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::auth::{Caller, LEADER_ROLES, ReadableRound};
use super::error::ApiError;
use super::results::of_round;
use super::{in_app, in_store};
use crate::app::App;
use crate::problem as catalogue;
use crate::results::progress_of;
use crate::store::{AreaLevel, Round, Snapshot, StoreError};
use frame::{Frame, Room, Told};
use list::{Cell, List, ListQuery, ListView, number, text};
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

impl PageQuery {
    /// The language asked for.
    pub(super) fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }
}

/// One line of the first page.
struct RoundLine {
    href: String,
    code: String,
    name: String,
    state: &'static str,
    /// Interviews done and wanted.
    done: u64,
    wanted: u64,
    percent: u64,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    /// Somebody has an account.
    has_people: bool,
    /// Whoever reads it may make the first round.
    may_begin: bool,
    rounds: Vec<RoundLine>,
    /// All of them as a list, where there are several.
    list: Option<ListView>,
}

/// The rounds the reader may see.
#[utoipa::path(get, path = "/", tag = "pages", security((), ("bearer" = [])),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(super) async fn home(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller);
    let known = caller.clone();
    let may_begin = caller.holds_everywhere(LEADER_ROLES);
    let (shared, whole) = (app.clone(), app.clone());
    let is_known = frame.person.is_some();
    let (rounds, has_people) = in_store(app, move |store| {
        store.read(|snapshot| {
            let mut lines = Vec::new();
            for round in snapshot.list_rounds()?.into_iter().filter(|round| caller.may_read(round)) {
                let counts = counts(&shared, snapshot, &round)?;
                lines.push((round, counts));
            }
            // Whether anybody has an account is looked at only where the page would else be empty.
            let has_people = !lines.is_empty() || is_known || !snapshot.list_accounts()?.is_empty();
            Ok::<_, StoreError>((lines, has_people))
        })
    })
    .await?;
    let list = round_list(&frame, &rounds);
    if listed.wants_csv() {
        return list.download(&whole, &known, &listed, "rounds").await;
    }
    let list = (rounds.len() > 1).then(|| list.view(&frame, "/", &listed, &[]));
    let rounds = rounds
        .into_iter()
        .map(|(round, (done, wanted))| RoundLine {
            href: frame.to(&format!("/rounds/{}", round.code)),
            state: round_page::state_words(round.state, &frame),
            done,
            wanted,
            percent: (100 * done).checked_div(wanted).unwrap_or(0).min(100),
            code: round.code,
            name: round.name,
        })
        .collect();
    html(&HomePage { may_begin, has_people, frame, rounds, list })
}

fn round_list(frame: &Frame, rounds: &[(Round, (u64, u64))]) -> List<'static> {
    let count = |n: u64| Cell::count(frame, usize::try_from(n).unwrap_or(usize::MAX));
    let row = |(round, (done, wanted)): &(Round, (u64, u64))| {
        vec![
            Cell::text(round.name.clone()).to(frame.to(&format!("/rounds/{}", round.code))),
            Cell::text(round.code.clone()),
            Cell::text(round_page::state_words(round.state, frame)),
            count(*done),
            count(*wanted),
            Cell::moment(frame, &round.created_at),
        ]
    };
    List {
        id: "rounds",
        noun: frame.say("đợt", "rounds").to_owned(),
        find: frame.say("Tìm đợt khảo sát (không cần dấu)", "Find a round (without diacritics)").to_owned(),
        caption: frame.say("Các đợt khảo sát", "Survey rounds").to_owned(),
        columns: vec![
            text("name", frame.say("Đợt", "Round")),
            text("code", frame.say("Mã", "Code")),
            text("state", frame.say("Tình trạng", "State")),
            number("done", frame.say("Phỏng vấn", "Interviews")),
            number("wanted", frame.say("Cần", "Wanted")),
            text("made", frame.say("Tạo lúc", "Made")),
        ],
        rows: rounds.iter().map(row).collect::<Vec<_>>().into(),
    }
}

/// Interviews of a round that are there, and wanted: counted once for as long as nothing new happens.
fn counts(app: &App, snapshot: &mut Snapshot<'_>, round: &Round) -> Result<(u64, u64), StoreError> {
    let now = progress_of(snapshot, round.clone())?;
    if let Some(known) = app.counts.get(&now) {
        return Ok(known);
    }
    let cases = snapshot.list_cases(&round.code)?;
    let events = crate::review::counting_events(snapshot, &round.code)?;
    let total = super::progress::count_areas(&cases, &events).1.total;
    let counted = (total.n_complete + total.n_partial, total.n_main);
    app.counts.keep(now, counted);
    Ok(counted)
}

/// One round: results with intervals, figures, sample list, progress, method.
#[utoipa::path(get, path = "/rounds/{code}", tag = "pages", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = super::error::ErrorReply)))]
pub(super) async fn round(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Results);
    let code = round.0.code.clone();
    let cases = in_app(app.clone(), move |app| app.memory.cases(&app.store, &code)).await?;
    let results = of_round(app, &round).await?;
    let page = web::block(move || RoundPage::new(&results, &cases, frame))
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
        Some((_, "mjs")) => "text/javascript; charset=utf-8",
        Some((_, "ttf")) => "font/ttf",
        _ => "application/octet-stream",
    };
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(file.data.into_owned()))
}

/// The names of the areas that a case lies in, below the top one: what people call its village.
fn area_words(path: &[AreaLevel]) -> String {
    path.iter().skip(1).map(|level| level.name.as_str()).collect::<Vec<_>>().join(" › ")
}

fn html(page: &impl Template) -> Result<HttpResponse, ApiError> {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        ApiError::new(catalogue::internal())
    })?;
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(text))
}

/// Leads to a page after something was done, so that loading it again does nothing twice. `done` names the words to be told there.
fn see(frame: &Frame, path: &str, done: &str) -> HttpResponse {
    let sign = if path.contains('?') { '&' } else { '?' };
    HttpResponse::SeeOther().insert_header((LOCATION, frame.to(&format!("{path}{sign}done={done}")))).finish()
}

/// What came of an act that was just done, by the name that [`see`] gave it.
#[derive(Default, Deserialize)]
pub(super) struct DoneQuery {
    done: Option<String>,
}

impl DoneQuery {
    fn told(&self, known: &[(&str, &str)]) -> Option<Told> {
        let (_, text) = known.iter().find(|(name, _)| Some(*name) == self.done.as_deref())?;
        Some(Told { is_problem: false, text: (*text).to_owned() })
    }
}

/// Why an act was refused, to be told above the page that asked for it.
fn refused(error: &ApiError, frame: &Frame) -> Told {
    Told { is_problem: true, text: error.words(frame.language()) }
}
