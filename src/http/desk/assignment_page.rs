//! Whose the households are, village by village, and the form that gives them to an enumerator.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Room};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::assignment::AssignmentWish;
use crate::http::assignments::give;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_app;
use crate::store::{CaseRole, Round};

struct Village {
    /// Codes from the top, joined by hyphens: how the form names it.
    key: String,
    name: String,
    n_main: usize,
    n_reserve: usize,
    /// Who has how many of its households.
    held: Vec<(String, usize)>,
    n_unassigned: usize,
}

struct Load {
    login: String,
    name: String,
    villages: usize,
    main: usize,
}

#[derive(Template)]
#[template(path = "assignment.html")]
struct AssignmentPage {
    frame: Frame,
    here: String,
    devices: String,
    may_assign: bool,
    villages: Vec<Village>,
    loads: Vec<Load>,
    n_unassigned: usize,
}

/// Whose the households are.
#[utoipa::path(get, path = "/rounds/{code}/assignment", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Assignment);
    frame.told = done.told(&[
        ("given", frame.say("Đã phân công.", "Assigned.")),
        ("taken", frame.say("Đã thu lại các hộ.", "The households were taken back.")),
    ]);
    page(app, &caller, round.0, frame).await
}

/// Gives villages to an enumerator, or takes them back.
#[utoipa::path(post, path = "/rounds/{code}/assignment", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Done; leads back to the page"),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Assignment);
    let enumerator = Some(posted.field("enumerator")).filter(|login| !login.is_empty()).map(str::to_owned);
    let is_given = enumerator.is_some();
    let wish = AssignmentWish {
        enumerator,
        areas: posted.fields("area").map(str::to_owned).collect(),
        cases: Vec::new(),
        even_started: posted.field("even_started") == "yes",
    };
    match give(&app, &caller, &round.0, wish).await {
        Ok(_) => {
            let path = format!("/rounds/{}/assignment", round.0.code);
            Ok(see(&frame, &path, if is_given { "given" } else { "taken" }))
        }
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            page(app, &caller, round.0, frame).await
        }
        Err(error) => Err(error),
    }
}

async fn page(app: web::Data<App>, caller: &Caller, round: Round, frame: Frame) -> Result<HttpResponse, ApiError> {
    let code = round.code.clone();
    let (cases, people) = in_app(app, move |app| {
        let cases = app.memory.cases(&app.store, &code)?;
        Ok((cases, app.store.read(|snapshot| snapshot.list_enumerators(&code))?))
    })
    .await?;
    let name_of: BTreeMap<&str, &str> = people.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let mut villages: Vec<(Village, BTreeMap<&str, usize>)> = Vec::new();
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases.iter() {
        let key = case.area_path.iter().map(|level| level.code.as_str()).collect::<Vec<_>>().join("-");
        let at = *place.entry(key.clone()).or_insert_with(|| {
            let name = super::area_words(&case.area_path);
            let village = Village { key, name, n_main: 0, n_reserve: 0, held: Vec::new(), n_unassigned: 0 };
            villages.push((village, BTreeMap::new()));
            villages.len() - 1
        });
        let (village, held) = &mut villages[at];
        match case.role {
            CaseRole::Main => village.n_main += 1,
            CaseRole::Reserve => village.n_reserve += 1,
        }
        match case.assigned_account_id.as_deref() {
            Some(account) => *held.entry(account).or_default() += 1,
            None => village.n_unassigned += 1,
        }
    }
    let loads = people
        .iter()
        .filter(|one| one.disabled_at.is_none())
        .map(|one| Load {
            login: one.login.clone(),
            name: one.name.clone(),
            villages: villages.iter().filter(|(_, held)| held.contains_key(one.id.as_str())).count(),
            main: cases
                .iter()
                .filter(|case| case.role == CaseRole::Main && case.assigned_account_id.as_ref() == Some(&one.id))
                .count(),
        })
        .collect();
    let mut villages: Vec<Village> = villages
        .into_iter()
        .map(|(mut village, held)| {
            let name = |id: &str| name_of.get(id).map_or_else(|| id.to_owned(), |name| (*name).to_owned());
            village.held = held.into_iter().map(|(id, n)| (name(id), n)).collect();
            village
        })
        .collect();
    // What nobody has comes first.
    villages.sort_by_key(|village| village.n_unassigned == 0);
    super::html(&AssignmentPage {
        here: frame.to(&format!("/rounds/{}/assignment", round.code)),
        devices: frame.to(&format!("/rounds/{}/devices", round.code)),
        may_assign: Frame::leads(caller, &round),
        n_unassigned: villages.iter().filter(|village| village.n_unassigned > 0).count(),
        villages,
        loads,
        frame,
    })
}
