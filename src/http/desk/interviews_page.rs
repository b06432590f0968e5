//! The queue of interviews to be reviewed.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::PageQuery;
use super::frame::{Frame, Room};
use super::list::{Cell, List, ListQuery, ListView, Rows, number, text};
use crate::app::App;
use crate::fieldwork::review::ReviewState;
use crate::http::auth::{Caller, ReadableRound, WHOLE_ROLES};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_app;
use crate::problem as catalogue;
use crate::store::{Case, InterviewHead};

/// Which interviews are listed.
#[derive(Default, Deserialize)]
pub(in crate::http) struct QueueQuery {
    /// `open` (the default: nobody has looked, or a correction came), `flagged`, `returned`, `approved`, `rejected` or `all`.
    show: Option<String>,
}

struct Chip {
    href: String,
    text: &'static str,
    n: usize,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "interviews.html")]
struct QueuePage {
    frame: Frame,
    chips: Vec<Chip>,
    show: String,
    is_empty: bool,
    list: ListView,
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
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Interviews);
    let code = round.0.code.clone();
    let shared = app.clone();
    let (happened, cases) =
        in_app(app, move |app| Ok((app.memory.happened(&app.store, &code)?, app.memory.cases(&app.store, &code)?)))
            .await?;
    let happened = happened.ok_or_else(|| ApiError::new(catalogue::round_unknown(&round.0.code)))?;
    let (reviewed, events) = (&happened.reviewed, &happened.events);
    let flags: HashMap<&str, i64> =
        events.iter().filter_map(|event| Some((event.uuid.as_deref()?, event.n_flags))).collect();
    let areas: HashMap<&str, &Case> = cases.iter().map(|case| (case.case_id.as_str(), case)).collect();
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
    // Only known names go on into addresses and names of files.
    let wanted = asked.show.unwrap_or_default();
    let show = FILTERS.iter().map(|(name, ..)| *name).find(|name| *name == wanted).unwrap_or("open").to_owned();
    let chips = FILTERS
        .iter()
        .map(|(name, vi, en)| Chip {
            href: frame.to(&format!("/rounds/{}/interviews?show={name}", round.0.code)),
            text: frame.say(vi, en),
            n: reviewed.interviews.iter().filter(|one| is_shown(name, one)).count(),
            is_here: *name == show,
        })
        .collect();
    // An interview tells who was asked: not everybody who counts them may open one.
    let may_open = caller.holds(WHOLE_ROLES, &round.0.code);
    let row = |one: &InterviewHead| {
        let case = Cell::text(one.case_id.clone());
        let area = areas.get(one.case_id.as_str()).map(|case| super::area_words(&case.area_path));
        vec![
            match may_open {
                true => case.to(frame.to(&format!("/rounds/{}/interviews/{}", round.0.code, one.uuid))),
                false => case,
            },
            Cell::text(area.unwrap_or_else(|| frame.say("ngoài mẫu", "outside the sample").to_owned())),
            Cell::text(one.disposition.clone()),
            Cell::text(state_words(reviewed.state(&one.uuid), &frame)),
            Cell::count(&frame, usize::try_from(n_flags(&one.uuid)).unwrap_or_default()),
            Cell::moment(&frame, &one.received_at),
        ]
    };
    let list = List {
        id: "interviews",
        noun: frame.say("phiếu", "interviews").to_owned(),
        find: frame
            .say("Tìm hộ hoặc địa bàn (không cần dấu)", "Find a case or an area (without diacritics)")
            .to_owned(),
        caption: frame.say("Phiếu", "Interviews").to_owned(),
        columns: vec![
            text("case", frame.say("Hộ", "Case")),
            text("area", frame.say("Địa bàn", "Area")),
            text("outcome", frame.say("Kết quả", "Outcome")),
            text("state", frame.say("Tình trạng", "State")),
            number("flags", frame.say("Dấu", "Flags")),
            text("arrived", frame.say("Nhận lúc", "Arrived")),
        ],
        rows: Rows::of(reviewed.interviews.iter().rev().filter(|one| is_shown(&show, one)).collect(), row),
    };
    if listed.wants_csv() {
        return list.download(&shared, &caller, &listed, &round.0.code).await;
    }
    let is_empty = list.rows.is_empty();
    let list = list.view(&frame, &format!("/rounds/{}/interviews", round.0.code), &listed, &[("show", &show)]);
    super::html(&QueuePage { chips, list, is_empty, show, frame })
}
