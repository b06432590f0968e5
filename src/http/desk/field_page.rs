//! How far the field has come: by village, by enumerator, by day. Made anew from what arrived, at every look.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::PageQuery;
use super::frame::{Frame, Room};
use crate::app::App;
use crate::fieldwork::progress::Counts;
use crate::happened::Happened;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_app;
use crate::http::progress::count_areas;
use crate::problem as catalogue;
use crate::store::InterviewHead;

struct Line {
    name: String,
    done: u64,
    wanted: u64,
    percent: u64,
    refused: u64,
    not_met: u64,
    other: u64,
    reserves: u64,
    flagged: u64,
}

impl Line {
    fn new(name: String, counts: &Counts) -> Self {
        let done = counts.n_complete + counts.n_partial;
        Self {
            name,
            done,
            wanted: counts.n_main,
            percent: (100 * done).checked_div(counts.n_main).unwrap_or(0).min(100),
            refused: counts.n_refusal,
            not_met: counts.n_non_contact,
            other: counts.n_other + counts.n_unknown + counts.n_not_eligible + counts.n_unreadable,
            reserves: counts.n_reserves_used,
            flagged: counts.n_flagged_responses,
        }
    }
}

/// What an enumerator sent.
struct EnumeratorLine {
    name: String,
    cases: usize,
    interviews: usize,
    today: usize,
    last: String,
}

struct DayLine {
    day: String,
    interviews: usize,
    percent: usize,
}

#[derive(Template)]
#[template(path = "field.html")]
struct FieldPage {
    frame: Frame,
    total: Line,
    remaining: u64,
    days: Vec<DayLine>,
    areas: Vec<Line>,
    enumerators: Vec<EnumeratorLine>,
    n_outside: u64,
    n_conflicts: i64,
    as_of: String,
}

/// How far the field has come.
#[utoipa::path(get, path = "/rounds/{code}/field", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Field);
    let code = round.0.code;
    let round_code = code.clone();
    let (happened, cases, accounts, devices, n_conflicts, now) = in_app(app, move |app| {
        let (happened, cases) = (app.memory.happened(&app.store, &code)?, app.memory.cases(&app.store, &code)?);
        app.store.read(|snapshot| {
            let (accounts, devices) = (snapshot.list_enumerators(&code)?, snapshot.list_devices(&code)?);
            let n_conflicts = snapshot.count_conflicts(&code)?;
            Ok((happened, cases, accounts, devices, n_conflicts, app.store.now().to_string()))
        })
    })
    .await?;
    let happened = happened.ok_or_else(|| ApiError::new(catalogue::round_unknown(&round_code)))?;
    let (paths, progress) = count_areas(&cases, happened.counting());
    let areas = paths
        .iter()
        .map(|path| super::area_words(path))
        .zip(&progress.areas)
        .map(|(name, counts)| Line::new(name, counts))
        .collect();
    let counting = interviews_that_count(&happened);
    let today = frame.moment(&now);
    let day_of = days_of(&counting, &frame);
    let token_owner: BTreeMap<&str, &str> =
        devices.iter().map(|device| (device.token_id.as_str(), device.account_id.as_str())).collect();
    let assigned: BTreeMap<&str, &str> =
        cases.iter().filter_map(|case| Some((case.case_id.as_str(), case.assigned_account_id.as_deref()?))).collect();
    let mut n_assigned: BTreeMap<&str, usize> = BTreeMap::new();
    assigned.values().for_each(|account| *n_assigned.entry(account).or_default() += 1);
    let mut of_sender: BTreeMap<&str, Vec<&InterviewHead>> = BTreeMap::new();
    for &head in &counting {
        if let Some(sender) = sender(head, &assigned, &token_owner) {
            of_sender.entry(sender).or_default().push(head);
        }
    }
    let enumerators = accounts
        .iter()
        .map(|account| {
            let own = of_sender.get(account.id.as_str()).map_or(&[][..], Vec::as_slice);
            let is_today = |head: &&&InterviewHead| day_of.get(hour(head)).is_some_and(|day| today.starts_with(day));
            EnumeratorLine {
                name: account.name.clone(),
                cases: n_assigned.get(account.id.as_str()).copied().unwrap_or(0),
                interviews: own.len(),
                today: own.iter().filter(is_today).count(),
                last: own.last().map_or_else(|| "–".to_owned(), |head| frame.moment(&head.received_at)),
            }
        })
        .collect();
    let total = Line::new(frame.say("Cả đợt", "The whole round").to_owned(), &progress.total);
    super::html(&FieldPage {
        remaining: total.wanted.saturating_sub(total.done),
        days: by_day(&counting, &day_of),
        total,
        areas,
        enumerators,
        n_outside: progress.n_outside_sample,
        n_conflicts,
        as_of: today,
        frame,
    })
}

/// The interviews that count, in the order of their arrival.
fn interviews_that_count(happened: &Happened) -> Vec<&InterviewHead> {
    let chains = &happened.reviewed.chains;
    happened.reviewed.interviews.iter().filter(|head| !head.is_visit && chains.counts(&head.uuid)).collect()
}

/// Whose an interview is: the owner of the device that sent it, else whoever has the case.
fn sender<'a>(
    head: &InterviewHead,
    assigned: &BTreeMap<&str, &'a str>,
    token_owner: &BTreeMap<&str, &'a str>,
) -> Option<&'a str> {
    token_owner.get(head.token_id.as_str()).or_else(|| assigned.get(head.case_id.as_str())).copied()
}

/// The hour in which an interview arrived, as the store writes it.
fn hour(head: &InterviewHead) -> &str {
    head.received_at.get(..13).unwrap_or_default()
}

/// The day of the field's clock on which each of these hours lies: no day begins within one.
fn days_of<'a>(interviews: &[&'a InterviewHead], frame: &Frame) -> BTreeMap<&'a str, String> {
    let mut days: BTreeMap<&str, String> = BTreeMap::new();
    for head in interviews {
        days.entry(hour(head)).or_insert_with(|| frame.moment(&head.received_at).chars().take(10).collect());
    }
    days
}

/// Interviews by the day on which they arrived, the last fourteen days on which any did.
fn by_day(interviews: &[&InterviewHead], day_of: &BTreeMap<&str, String>) -> Vec<DayLine> {
    const SHOWN: usize = 14;
    let mut days: Vec<(String, usize)> = Vec::new();
    for head in interviews {
        let Some(day) = day_of.get(hour(head)) else { continue };
        match days.last_mut().filter(|(last, _)| last == day) {
            Some((_, n)) => *n += 1,
            None => days.push((day.clone(), 1)),
        }
    }
    let most = days.iter().map(|(_, n)| *n).max().unwrap_or(1);
    days.into_iter()
        .rev()
        .take(SHOWN)
        .map(|(day, interviews)| DayLine { day, interviews, percent: 100 * interviews / most })
        .collect()
}
