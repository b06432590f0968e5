//! Reserves: which cases have failed and may be replaced, the form that releases the next reserve, and what was released.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Room};
use super::list::{Cell, List, ListQuery, ListView, number, text};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::fieldwork::disposition::{Outcome, outcome};
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::http::replacements::release;
use crate::replacements::ReplacementWish;
use crate::review::counting_events;
use crate::store::{CaseRole, Replacement, Round, StoreError};

struct Failed {
    case_id: String,
    area: String,
    disposition: String,
    attempts: usize,
}

struct Stock {
    area: String,
    released: usize,
    reserves: usize,
}

#[derive(Template)]
#[template(path = "reserves.html")]
struct ReservesPage {
    frame: Frame,
    here: String,
    may_release: bool,
    failed: Vec<Failed>,
    stocks: Vec<Stock>,
    n_released: usize,
    list: ListView,
}

/// Cases that have failed, and the reserves.
#[utoipa::path(get, path = "/rounds/{code}/reserves", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Reserves);
    frame.told = done.told(&[("released", frame.say("Đã cho dùng hộ dự phòng.", "The reserve was released."))]);
    page(app, &caller, round.0, frame, &listed).await
}

/// Releases the next reserve for a case.
#[utoipa::path(post, path = "/rounds/{code}/reserves", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Released; leads back to the page"),
        (status = 200, description = "The page, saying why not", content_type = "text/html", body = String),
        (status = 403, body = ErrorReply),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Reserves);
    let wish = ReplacementWish {
        replaces: posted.field("replaces").chars().take(200).collect(),
        disposition: posted.field("disposition").chars().take(40).collect(),
        reason: posted.field("reason").to_owned(),
        reserve: None,
    };
    match release(&app, &caller, &round.0, wish).await {
        Ok(_) => Ok(see(&frame, &format!("/rounds/{}/reserves", round.0.code), "released")),
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            page(app, &caller, round.0, frame, &ListQuery::default()).await
        }
        Err(error) => Err(error),
    }
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: Round,
    frame: Frame,
    listed: &ListQuery,
) -> Result<HttpResponse, ApiError> {
    let code = round.code.clone();
    let shared = app.clone();
    let (cases, events, released, accounts) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_cases(&code)?,
                counting_events(snapshot, &code)?,
                snapshot.list_replacements(&code)?,
                snapshot.list_accounts()?,
            ))
        })
    })
    .await?;
    let mut of_case: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in &events {
        of_case.entry(&event.case_id).or_default().push(&event.disposition);
    }
    let replaced: BTreeSet<&str> = released.iter().map(|one| one.replaces_case_id.as_str()).collect();
    let used: BTreeSet<&str> = released.iter().map(|one| one.case_id.as_str()).collect();
    let mut stocks: Vec<Stock> = Vec::new();
    let mut failed = Vec::new();
    for case in &cases {
        let area = super::area_words(&case.area_path);
        if case.role == CaseRole::Reserve {
            if stocks.last().is_none_or(|stock| stock.area != area) {
                stocks.push(Stock { area: area.clone(), released: 0, reserves: 0 });
            }
            if let Some(stock) = stocks.last_mut() {
                stock.reserves += 1;
                stock.released += usize::from(used.contains(case.case_id.as_str()));
            }
        }
        let may_be_visited = case.role == CaseRole::Main || used.contains(case.case_id.as_str());
        let happened = of_case.get(case.case_id.as_str()).map_or(&[][..], Vec::as_slice);
        let has_interview =
            happened.iter().any(|one| matches!(outcome(one), Some(Outcome::Complete | Outcome::Partial)));
        if let Some(last) = happened.last().filter(|_| may_be_visited && !has_interview)
            && !replaced.contains(case.case_id.as_str())
        {
            failed.push(Failed {
                case_id: case.case_id.clone(),
                area,
                disposition: (*last).to_owned(),
                attempts: happened.len(),
            });
        }
    }
    let name_of =
        |id: &str| accounts.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone());
    let row = |one: &Replacement| {
        vec![
            Cell::text(one.case_id.clone()),
            Cell::number(Some(one.release_no as f64), one.release_no.to_string()),
            Cell::text(one.replaces_case_id.clone()),
            Cell::text(one.disposition.clone()),
            Cell::number(Some(one.attempts as f64), one.attempts.to_string()),
            Cell::text(one.reason.clone()),
            Cell::text(name_of(&one.released_by)),
            Cell::moment(&frame, &one.released_at),
        ]
    };
    let list = List {
        id: "released",
        noun: frame.say("lần cho dùng", "releases").to_owned(),
        find: frame
            .say("Tìm hộ, lý do, người (không cần dấu)", "Find a case, a reason, a person (without diacritics)")
            .to_owned(),
        caption: frame.say("Đã cho dùng", "Released").to_owned(),
        columns: vec![
            text("reserve", frame.say("Hộ dự phòng", "Reserve")),
            number("no", frame.say("Số", "No.")),
            text("instead_of", frame.say("Thay cho", "Instead of")),
            text("outcome", frame.say("Kết quả", "Outcome")),
            number("attempts", frame.say("Lần đến", "Attempts")),
            text("why", frame.say("Lý do", "Why")),
            text("who", frame.say("Ai", "Who")),
            text("when", frame.say("Khi nào", "When")),
        ],
        rows: released.iter().rev().map(row).collect(),
    };
    if listed.wants_csv() {
        return list.download(&shared, caller, listed, &round.code).await;
    }
    let path = format!("/rounds/{}/reserves", round.code);
    super::html(&ReservesPage {
        here: frame.to(&path),
        may_release: Frame::leads(caller, &round),
        failed,
        stocks,
        n_released: list.rows.len(),
        list: list.view(&frame, &path, listed, &[]),
        frame,
    })
}
