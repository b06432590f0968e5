//! The queue of interviews to be reviewed.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::PageQuery;
use super::frame::{Frame, Room};
use crate::app::App;
use crate::fieldwork::review::ReviewState;
use crate::http::auth::{Caller, ReadableRound, WHOLE_ROLES};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_store;
use crate::review;
use crate::store::{InterviewHead, StoreError};

/// So many interviews are listed on one page.
const LISTED: usize = 100;

/// Which interviews are listed.
#[derive(Default, Deserialize)]
pub(in crate::http) struct QueueQuery {
    /// `open` (the default: nobody has looked, or a correction came), `flagged`, `returned`, `approved`, `rejected` or `all`.
    show: Option<String>,
    /// Part of a case, an area's name, or an enumerator's name.
    q: Option<String>,
    /// From which interview on.
    from: Option<usize>,
}

struct Chip {
    href: String,
    text: &'static str,
    n: usize,
    is_here: bool,
}

struct Line {
    href: String,
    case_id: String,
    area: String,
    outcome: String,
    state: &'static str,
    flags: i64,
    sent: String,
}

#[derive(Template)]
#[template(path = "interviews.html")]
struct QueuePage {
    frame: Frame,
    chips: Vec<Chip>,
    show: String,
    wanted: String,
    lines: Vec<Line>,
    n_found: usize,
    /// Whether the reader may open an interview: it tells who was asked.
    may_open: bool,
    /// Where the next page begins.
    more: Option<usize>,
}

const FILTERS: [(&str, &str, &str); 6] = [
    ("open", "Cần xem", "To be reviewed"),
    ("flagged", "Có dấu", "With flags"),
    ("returned", "Đã trả lại", "Returned"),
    ("approved", "Đã duyệt", "Approved"),
    ("rejected", "Không dùng", "Rejected"),
    ("all", "Tất cả", "All"),
];

pub(super) fn state_words(state: ReviewState, frame: &Frame) -> &'static str {
    match state {
        ReviewState::Received => frame.say("chưa xem", "not looked at"),
        ReviewState::Returned => frame.say("đã trả lại", "returned"),
        ReviewState::Corrected => frame.say("đã có bản sửa", "corrected"),
        ReviewState::Conflict => frame.say("xung đột, chờ quyết định", "conflict, to be decided"),
        ReviewState::Rejected => frame.say("không dùng", "rejected"),
        ReviewState::Approved => frame.say("đã duyệt", "approved"),
    }
}

/// The queue of interviews.
#[utoipa::path(get, path = "/rounds/{code}/interviews", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn list(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    query: web::Query<PageQuery>,
    asked: web::Query<QueueQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Interviews);
    let code = round.0.code.clone();
    let (reviewed, events, cases) = in_store(app, move |store| {
        store.read(|snapshot| {
            let reviewed = review::of_round(snapshot, &code)?;
            Ok::<_, StoreError>((reviewed, snapshot.list_case_events(&code)?, snapshot.list_cases(&code)?))
        })
    })
    .await?;
    let flags: BTreeMap<&str, i64> =
        events.iter().filter_map(|event| Some((event.uuid.as_deref()?, event.n_flags))).collect();
    let areas: BTreeMap<&str, String> =
        cases.iter().map(|case| (case.case_id.as_str(), super::area_words(&case.area_path))).collect();
    let n_flags = |uuid: &str| flags.get(uuid).copied().unwrap_or_default();
    let is_shown = |filter: &str, one: &InterviewHead| {
        let (uuid, state) = (one.uuid.as_str(), reviewed.state(&one.uuid));
        match filter {
            "flagged" => n_flags(uuid) > 0,
            "returned" => state == ReviewState::Returned,
            "approved" => state == ReviewState::Approved,
            "rejected" => state == ReviewState::Rejected,
            "all" => true,
            _ => reviewed.waits_for_a_look(one),
        }
    };
    let asked = asked.into_inner();
    let show = asked.show.unwrap_or_else(|| "open".to_owned());
    let wanted = asked.q.unwrap_or_default();
    let sought = reports::vietnamese::search_key(&wanted);
    let chips = FILTERS
        .iter()
        .map(|(name, vi, en)| Chip {
            href: frame.to(&format!("/rounds/{}/interviews?show={name}", round.0.code)),
            text: frame.say(vi, en),
            n: reviewed.interviews.iter().filter(|one| is_shown(name, one)).count(),
            is_here: *name == show,
        })
        .collect();
    let found: Vec<_> = reviewed
        .interviews
        .iter()
        .rev()
        .filter(|one| is_shown(&show, one))
        .filter(|one| {
            let area = areas.get(one.case_id.as_str()).map_or("", String::as_str);
            sought.is_empty() || reports::vietnamese::search_key(&format!("{} {area}", one.case_id)).contains(&sought)
        })
        .collect();
    let from = asked.from.unwrap_or_default().min(found.len());
    let more = (found.len() > from + LISTED).then_some(from + LISTED);
    let lines = found[from..]
        .iter()
        .take(LISTED)
        .map(|one| Line {
            href: frame.to(&format!("/rounds/{}/interviews/{}", round.0.code, one.uuid)),
            area: areas
                .get(one.case_id.as_str())
                .cloned()
                .unwrap_or_else(|| frame.say("ngoài mẫu", "outside the sample").to_owned()),
            case_id: one.case_id.clone(),
            outcome: one.disposition.clone(),
            state: state_words(reviewed.state(&one.uuid), &frame),
            flags: n_flags(&one.uuid),
            sent: frame.moment(&one.received_at),
        })
        .collect();
    let may_open = caller.holds(WHOLE_ROLES, &round.0.code);
    super::html(&QueuePage { chips, lines, n_found: found.len(), may_open, more, show, wanted, frame })
}
