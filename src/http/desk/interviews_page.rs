//! Interviews to be reviewed: the queue, and one interview with its answers in words, its flags and what was said of it.

use std::collections::BTreeMap;

use ::problem::Problems;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::frame::{Frame, Room, Told};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::fieldwork::review::ReviewState;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::http::responses::parse_uuid;
use crate::http::reviews::{Said, say};
use crate::problem as catalogue;
use crate::questionnaire::{Question, Questionnaire, Texts};
use crate::results::{answers_of, thaw};
use crate::review;
use crate::store::{InterviewHead, Round, StoreError, StoredResponse, Verdict};

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

fn state_words(state: ReviewState, frame: &Frame) -> &'static str {
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
    let areas: BTreeMap<&str, String> = cases
        .iter()
        .map(|case| {
            let names: Vec<&str> = case.area_path.iter().skip(1).map(|level| level.name.as_str()).collect();
            (case.case_id.as_str(), names.join(" › "))
        })
        .collect();
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
    super::html(&QueuePage { chips, lines, n_found: found.len(), more, show, wanted, frame })
}

struct AnswerLine {
    section: Option<String>,
    name: String,
    question: String,
    answer: Option<String>,
}

struct ReviewLine {
    when: String,
    who: String,
    verdict: &'static str,
    comment: String,
    question: Option<String>,
}

struct FlagLine {
    code: String,
    question: Option<String>,
    detail: String,
}

struct VersionLine {
    number: i64,
    is_conflict: bool,
    received: String,
    sha256: String,
}

#[derive(Template)]
#[template(path = "interview.html")]
struct InterviewPage {
    frame: Frame,
    here: String,
    case_id: String,
    area: String,
    facts: Vec<(String, String)>,
    state: &'static str,
    flags: Vec<FlagLine>,
    versions: Vec<VersionLine>,
    reviews: Vec<ReviewLine>,
    n_seen: usize,
    answers: Vec<AnswerLine>,
    unreadable: bool,
    may_review: bool,
    typed: String,
    next: Option<String>,
}

/// One interview, with what was said of it and the form to say more.
#[utoipa::path(get, path = "/rounds/{code}/interviews/{uuid}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), ("uuid" = String, Path, format = "uuid", description = "The interview")),
    responses((status = 200, content_type = "text/html", body = String), (status = 404, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    path: web::Path<(String, String)>,
    query: web::Query<PageQuery>,
    done: web::Query<DoneQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Interviews);
    frame.told = done.told(&[
        ("approved", frame.say("Đã duyệt phiếu trước.", "The interview before was approved.")),
        ("returned", frame.say("Đã trả lại điều tra viên.", "Returned to the enumerator.")),
        ("rejected", frame.say("Phiếu không được dùng.", "The interview is not used.")),
    ]);
    interview(app, caller, round.0, path.into_inner().1, frame, String::new()).await
}

/// Says something of an interview by form.
#[utoipa::path(post, path = "/rounds/{code}/interviews/{uuid}", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round"), ("uuid" = String, Path, format = "uuid", description = "The interview")),
    responses(
        (status = 303, description = "Kept; leads to the next interview to be reviewed, or back"),
        (status = 400, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
    ))]
pub(in crate::http) async fn post(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    path: web::Path<(String, String)>,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Interviews);
    let uuid = path.into_inner().1;
    let question = Some(posted.field("question")).filter(|name| !name.is_empty()).map(str::to_owned);
    let said = Said {
        uuid: uuid.clone(),
        verdict: posted.field("verdict").to_owned(),
        comment: posted.field("comment").chars().take(1_000).collect(),
        question,
        n_seen: posted.field("n_seen").parse().unwrap_or(-1),
    };
    let (word, typed, next) = (said.verdict.clone(), said.comment.clone(), posted.field("next").to_owned());
    match say(&app, &caller, &round.0, said).await {
        Ok(()) => {
            let to = if next.is_empty() || parse_uuid(&next).is_err() { uuid } else { next };
            Ok(see(&frame, &format!("/rounds/{}/interviews/{to}", round.0.code), &word))
        }
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            interview(app, caller, round.0, uuid, frame, typed).await
        }
        Err(error) => Err(error),
    }
}

async fn interview(
    app: web::Data<App>,
    caller: Caller,
    round: Round,
    uuid: String,
    mut frame: Frame,
    typed: String,
) -> Result<HttpResponse, ApiError> {
    let uuid = parse_uuid(&uuid)?;
    let (code, wanted) = (round.code.clone(), uuid.clone());
    let (versions, reviewed, case, sheets, accounts) = in_store(app, move |store| {
        store.read(|snapshot| {
            let versions = snapshot.list_response_versions(&wanted)?;
            let first = versions.first().filter(|first| first.round_code == code);
            let case = first.map(|first| snapshot.find_case(&code, &first.case_id)).transpose()?.flatten();
            let sheets = match first.and_then(|first| first.questionnaire_sha256.as_ref()) {
                Some(sha256) => snapshot.find_questionnaire_sheets(sha256)?,
                None => None,
            };
            Ok::<_, StoreError>((versions, review::of_round(snapshot, &code)?, case, sheets, snapshot.list_accounts()?))
        })
    })
    .await?;
    let Some(first) = versions.first().filter(|first| first.round_code == round.code) else {
        return Err(ApiError::with_details(catalogue::response_unknown(&uuid), Problems::none()));
    };
    let questionnaire = sheets.as_deref().and_then(|sheets| thaw(sheets).ok()).map(|(questionnaire, _)| questionnaire);
    let answers = answers_of(first);
    let name_of =
        |id: &str| accounts.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone());
    let verdict = |one: Verdict| match one {
        Verdict::Approved => frame.say("Duyệt", "Approved"),
        Verdict::Returned => frame.say("Trả lại", "Returned"),
        Verdict::Rejected => frame.say("Không dùng", "Rejected"),
    };
    let reviews: Vec<ReviewLine> = reviewed
        .reviews
        .get(&uuid)
        .into_iter()
        .flatten()
        .map(|one| ReviewLine {
            when: frame.moment(&one.reviewed_at),
            who: name_of(&one.reviewed_by),
            verdict: verdict(one.verdict),
            comment: one.comment.clone(),
            question: one.question.clone(),
        })
        .collect();
    let next = reviewed
        .interviews
        .iter()
        .find(|one| one.uuid != uuid && reviewed.waits_for_a_look(one))
        .map(|one| one.uuid.clone());
    let area = case.as_ref().map_or_else(
        || frame.say("ngoài mẫu", "outside the sample").to_owned(),
        |case| case.area_path.iter().skip(1).map(|level| level.name.as_str()).collect::<Vec<_>>().join(" › "),
    );
    if answers.is_none() && frame.told.is_none() {
        frame.told = Some(Told {
            is_problem: true,
            text: frame
                .say(
                    "Không đọc được nội dung phiếu; tệp gốc vẫn được giữ.",
                    "The body cannot be read; the bytes are kept.",
                )
                .to_owned(),
        });
    }
    let page = InterviewPage {
        here: frame.to(&format!("/rounds/{}/interviews/{uuid}", round.code)),
        case_id: first.case_id.clone(),
        area,
        facts: facts(first, &frame),
        state: state_words(reviewed.state(&uuid), &frame),
        flags: first
            .receipt
            .flags
            .iter()
            .map(|flag| FlagLine {
                code: flag.code.clone(),
                question: flag.question.clone(),
                detail: flag.detail.clone(),
            })
            .collect(),
        versions: versions
            .iter()
            .map(|version| VersionLine {
                number: version.receipt.version_no,
                is_conflict: version.receipt.version_no > 1,
                received: frame.moment(&version.receipt.received_at),
                sha256: version.receipt.sha256.clone(),
            })
            .collect(),
        n_seen: reviews.len(),
        reviews,
        unreadable: answers.is_none(),
        answers: answer_lines(questionnaire.as_ref(), &answers.unwrap_or_default(), &frame),
        may_review: Frame::reviews(&caller, &round),
        typed,
        next,
        frame,
    };
    super::html(&page)
}

fn facts(response: &StoredResponse, frame: &Frame) -> Vec<(String, String)> {
    let fact = |vi: &str, en: &str, value: String| (frame.say(vi, en).to_owned(), value);
    vec![
        fact("Kết quả tiếp cận", "Outcome", response.disposition.clone()),
        fact("Bảng hỏi", "Questionnaire", response.form_id.clone()),
        fact("Nhận lúc", "Arrived", frame.moment(&response.receipt.received_at)),
        fact("Mã phiếu", "Interview", response.receipt.uuid.clone()),
    ]
}

/// The answers as the questionnaire words them; without a questionnaire that can be read, as they came.
fn answer_lines(questionnaire: Option<&Questionnaire>, answers: &Map<String, Value>, frame: &Frame) -> Vec<AnswerLine> {
    let Some(questionnaire) = questionnaire else {
        return answers
            .iter()
            .map(|(name, value)| AnswerLine {
                section: None,
                name: name.clone(),
                question: name.clone(),
                answer: Some(plain(value)),
            })
            .collect();
    };
    let mut section = String::new();
    let mut lines = Vec::new();
    for question in questionnaire.questions().iter().filter(|question| question.kind.is_asked()) {
        let sections = questionnaire.sections(question);
        let title =
            sections.iter().map(|group| text(&group.label, questionnaire, frame, &group.name)).collect::<Vec<_>>();
        let title = title.join(" › ");
        let is_new = title != section;
        section.clone_from(&title);
        lines.push(AnswerLine {
            section: (is_new && !title.is_empty()).then_some(title),
            name: question.name.clone(),
            question: text(&question.label, questionnaire, frame, &question.name),
            answer: answers.get(&question.name).and_then(|value| in_words(value, question, questionnaire, frame)),
        });
    }
    lines
}

/// Words in the reader's language, else in the form's own.
fn text(texts: &Texts, questionnaire: &Questionnaire, frame: &Frame, otherwise: &str) -> String {
    let own = frame.say("vi", "en");
    texts.first_of(&[own, questionnaire.default_language()]).unwrap_or(otherwise).to_owned()
}

fn in_words(value: &Value, question: &Question, questionnaire: &Questionnaire, frame: &Frame) -> Option<String> {
    let list = questionnaire.choices(question);
    let word = |code: &str| {
        let choice = list.and_then(|list| list.choice(code));
        choice.map_or_else(|| code.to_owned(), |choice| text(&choice.label, questionnaire, frame, code))
    };
    match value {
        Value::Null => None,
        Value::String(code) if list.is_some() => Some(code.split(' ').map(word).collect::<Vec<_>>().join("; ")),
        Value::Array(codes) if list.is_some() => {
            Some(codes.iter().map(|code| word(code.as_str().unwrap_or_default())).collect::<Vec<_>>().join("; "))
        }
        other => Some(plain(other)),
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
