//! How far the field has come: by village, by enumerator, by day. Made anew from what arrived, at every look.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::PageQuery;
use super::frame::{Frame, Room};
use crate::app::App;
use crate::fieldwork::progress::Counts;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_store;
use crate::http::progress::count_areas;
use crate::review::counting_events;
use crate::store::{CaseEvent, CaseEventKind, InterviewHead, StoreError};

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
    let (cases, events, heads, accounts, devices, n_conflicts, now) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_cases(&code)?,
                counting_events(snapshot, &code)?,
                snapshot.list_interview_heads(&code, None)?,
                snapshot.list_enumerators(&code)?,
                snapshot.list_devices(&code)?,
                snapshot.count_conflicts(&code)?,
                store.now().to_string(),
            ))
        })
    })
    .await?;
    let (paths, progress) = count_areas(&cases, &events);
    let areas = paths
        .iter()
        .map(|path| super::area_words(path))
        .zip(&progress.areas)
        .map(|(name, counts)| Line::new(name, counts))
        .collect();
    let counting = interviews_that_count(&heads, &events);
    let today = frame.moment(&now);
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
            let is_today = |head: &&&InterviewHead| frame.moment(&head.received_at)[..10] == today[..10];
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
        days: by_day(&counting, &frame),
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
fn interviews_that_count<'a>(heads: &'a [InterviewHead], events: &[CaseEvent]) -> Vec<&'a InterviewHead> {
    let counting: std::collections::BTreeSet<&str> = events
        .iter()
        .filter(|event| event.kind == CaseEventKind::Response)
        .filter_map(|event| event.uuid.as_deref())
        .collect();
    heads.iter().filter(|head| counting.contains(head.uuid.as_str())).collect()
}

/// Whose an interview is: the owner of the device that sent it, else whoever has the case.
fn sender<'a>(
    head: &InterviewHead,
    assigned: &BTreeMap<&str, &'a str>,
    token_owner: &BTreeMap<&str, &'a str>,
) -> Option<&'a str> {
    token_owner.get(head.token_id.as_str()).or_else(|| assigned.get(head.case_id.as_str())).copied()
}

/// Interviews by the day on which they arrived, the last fourteen days on which any did.
fn by_day(interviews: &[&InterviewHead], frame: &Frame) -> Vec<DayLine> {
    const SHOWN: usize = 14;
    let mut days: Vec<(String, usize)> = Vec::new();
    for head in interviews {
        let day = frame.moment(&head.received_at)[..10].to_owned();
        match days.last_mut().filter(|(last, _)| *last == day) {
            Some((_, n)) => *n += 1,
            None => days.push((day, 1)),
        }
    }
    let most = days.iter().map(|(_, n)| *n).max().unwrap_or(1);
    days.into_iter()
        .rev()
        .take(SHOWN)
        .map(|(day, interviews)| DayLine { day, interviews, percent: 100 * interviews / most })
        .collect()
}
