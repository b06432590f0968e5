//! The rights of those who answered: what they asked for, by when it is due, withdrawal, and erasure by two people.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::NaiveDate;

use super::frame::{Frame, Room};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::fieldwork::deadline::Holidays;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::problem as catalogue;
use crate::respondents::{day_in_vietnam, due, is_late};
use crate::store::{Account, Erasure, NewErasure, NewRequest, RequestKind, RespondentRequest, Store, StoreError};

/// The longest note, in characters.
const NOTE_MAX: usize = 500;

struct Line {
    case_id: String,
    number: i64,
    kind: &'static str,
    is_withdrawal: bool,
    is_erasure: bool,
    requested: String,
    note: String,
    who: String,
    is_own: bool,
    answer_by: String,
    done_by: String,
    is_answered: bool,
    is_done: bool,
    is_late: bool,
    is_certain: bool,
}

struct Proof {
    case_id: String,
    requested: String,
    when: String,
    who: String,
    what: String,
}

#[derive(Template)]
#[template(path = "rights.html")]
struct RightsPage {
    frame: Frame,
    here: String,
    /// A person, not a program, reads the page.
    may_act: bool,
    today: String,
    open: Vec<Line>,
    settled: Vec<Line>,
    proofs: Vec<Proof>,
}

/// What respondents of a round asked for.
#[utoipa::path(get, path = "/rounds/{code}/rights", tag = "pages", security(("bearer" = []), ("session" = [])),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Rights);
    frame.told = done.told(&[
        ("recorded", frame.say("Đã ghi yêu cầu.", "The request is recorded.")),
        ("settled", frame.say("Đã ghi.", "Recorded.")),
        (
            "withdrawn",
            frame.say("Đã ngừng dùng câu trả lời của hộ này.", "The answers of this case are not used any more."),
        ),
        ("erased", frame.say("Đã xóa; không thể lấy lại.", "Erased; it cannot be brought back.")),
    ]);
    page(app, &caller, round, frame).await
}

/// Records a request, that it was answered or done, withdraws or erases.
#[utoipa::path(post, path = "/rounds/{code}/rights", tag = "pages", security(("bearer" = []), ("session" = [])),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Rights);
    match act(&app, &caller, &round, &posted).await {
        Ok(done) => Ok(see(&frame, &format!("/rounds/{}/rights", round.0.code), done)),
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            page(app, &caller, round, frame).await
        }
        Err(error) => Err(error),
    }
}

async fn act(
    app: &web::Data<App>,
    caller: &Caller,
    round: &ReadableRound,
    posted: &Posted,
) -> Result<&'static str, ApiError> {
    // Two people, not two tokens.
    if caller.session().is_none() {
        return Err(ApiError::new(catalogue::rights_by_people()));
    }
    let (code, actor) = (round.0.code.clone(), caller.actor()?);
    let case: String = posted.field("case").trim().chars().take(200).collect();
    let number: i64 = posted.field("number").parse().unwrap_or_default();
    match posted.field("act") {
        "record" => {
            let new = new_request(app, code, case, posted)?;
            on_store(app, move |store| store.write(&actor, move |tx| tx.record_request(&new)).map(|_| ())).await?;
            Ok("recorded")
        }
        act @ ("answered" | "done") => {
            let is_done = act == "done";
            on_store(app, move |store| store.write(&actor, move |tx| tx.settle_request(&code, &case, number, is_done)))
                .await?;
            Ok("settled")
        }
        "withdraw" => {
            on_store(app, move |store| store.write(&actor, move |tx| tx.withdraw_respondent(&code, &case))).await?;
            Ok("withdrawn")
        }
        "erase" => {
            erase(app, code, actor, case, number, posted.field("typed").trim().to_owned()).await?;
            Ok("erased")
        }
        _ => Err(ApiError::new(catalogue::request_invalid())),
    }
}

fn new_request(app: &web::Data<App>, code: String, case: String, posted: &Posted) -> Result<NewRequest, ApiError> {
    let note: String = posted.field("note").trim().chars().filter(|c| !c.is_control()).take(NOTE_MAX).collect();
    let requested_on: Option<NaiveDate> = posted.field("requested_on").trim().parse().ok();
    let requested_on = requested_on.filter(|day| *day <= day_in_vietnam(app.store.now()));
    match (requested_on, RequestKind::parse(posted.field("kind")), note.is_empty()) {
        (Some(day), Some(kind), false) => {
            Ok(NewRequest { round_code: code, case_id: case, kind, requested_on: day.to_string(), note })
        }
        _ => Err(ApiError::new(catalogue::rights_invalid())),
    }
}

/// What was recorded by one person is erased by another, who types the code of the case.
async fn erase(
    app: &web::Data<App>,
    code: String,
    actor: String,
    case: String,
    number: i64,
    typed: String,
) -> Result<(), ApiError> {
    let (round, wanted) = (code.clone(), case.clone());
    let requests = in_store(app.clone(), move |store| store.read(|snapshot| snapshot.list_requests(Some(&round))));
    let requests = requests.await?;
    let request = requests.into_iter().find(|one| {
        one.case_id == wanted && one.request_no == number && one.kind == RequestKind::Erase && one.done_at.is_none()
    });
    let Some(request) = request else { return Err(ApiError::new(catalogue::rights_meanwhile())) };
    if request.recorded_by == actor {
        return Err(ApiError::new(catalogue::rights_second_person()));
    }
    if typed != case {
        return Err(ApiError::new(catalogue::rights_unconfirmed()));
    }
    let new = NewErasure {
        round_code: code,
        case_id: case,
        requested_on: request.requested_on,
        reason: format!("theo yêu cầu số {number}"),
    };
    on_store(app, move |store| store.erase(&actor, new).map(|_| ())).await
}

async fn on_store(
    app: &web::Data<App>,
    work: impl FnOnce(&Store) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), ApiError> {
    let app = app.clone();
    let done = web::block(move || work(&app.store)).await;
    match done.map_err(|_cancelled| ApiError::new(catalogue::internal()))? {
        Err(StoreError::Missing { what }) => Err(ApiError::new(catalogue::case_unknown(&what))),
        Err(StoreError::Exists { .. }) => Err(ApiError::new(catalogue::rights_meanwhile())),
        other => Ok(other?),
    }
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: ReadableRound,
    frame: Frame,
) -> Result<HttpResponse, ApiError> {
    let code = round.0.code.clone();
    let (requests, erasures, accounts, now) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_requests(Some(&code))?,
                snapshot.list_erasures(&code)?,
                snapshot.list_accounts()?,
                store.now(),
            ))
        })
    })
    .await?;
    let today = day_in_vietnam(now);
    let me = caller.session().map(|session| session.account.id.clone());
    let holidays = Holidays::built_in();
    let lines = requests.iter().filter_map(|one| line(&frame, one, me.as_deref(), &accounts, &holidays, today));
    let (settled, open): (Vec<Line>, Vec<Line>) = lines.partition(|line| line.is_done);
    super::html(&RightsPage {
        here: frame.to(&format!("/rounds/{}/rights", round.0.code)),
        may_act: me.is_some(),
        today: today.to_string(),
        open,
        settled,
        proofs: erasures.iter().map(|one| proof(&frame, one, &accounts)).collect(),
        frame,
    })
}

fn name(accounts: &[Account], id: &str) -> String {
    accounts.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone())
}

/// A stored day as people write it.
fn written(day: &str) -> String {
    day.parse::<NaiveDate>().map_or_else(|_| day.to_owned(), |day| day.format("%d/%m/%Y").to_string())
}

fn line(
    frame: &Frame,
    one: &RespondentRequest,
    me: Option<&str>,
    accounts: &[Account],
    holidays: &Holidays,
    today: NaiveDate,
) -> Option<Line> {
    let due = due(one, holidays)?;
    Some(Line {
        case_id: one.case_id.clone(),
        number: one.request_no,
        kind: kind_words(frame, one.kind),
        is_withdrawal: one.kind == RequestKind::Withdraw,
        is_erasure: one.kind == RequestKind::Erase,
        requested: written(&one.requested_on),
        note: one.note.clone(),
        who: name(accounts, &one.recorded_by),
        is_own: me == Some(one.recorded_by.as_str()),
        answer_by: written(&due.answer_by.to_string()),
        done_by: written(&due.done_by.to_string()),
        is_answered: one.answered_at.is_some(),
        is_done: one.done_at.is_some(),
        is_late: is_late(one, &due, today),
        is_certain: due.is_certain,
    })
}

fn kind_words(frame: &Frame, kind: RequestKind) -> &'static str {
    let (vi, en) = match kind {
        RequestKind::Access => ("xem dữ liệu của mình", "see what is kept"),
        RequestKind::Correct => ("sửa dữ liệu của mình", "have it corrected"),
        RequestKind::Withdraw => ("rút lại sự đồng ý", "withdraw"),
        RequestKind::Erase => ("xóa dữ liệu của mình", "have it erased"),
    };
    frame.say(vi, en)
}

fn proof(frame: &Frame, one: &Erasure, accounts: &[Account]) -> Proof {
    let (responses, files, visits) = (one.n_responses, one.n_attachments, one.n_contact_attempts);
    Proof {
        case_id: one.case_id.clone(),
        requested: written(&one.requested_on),
        when: frame.moment(&one.erased_at),
        who: name(accounts, &one.erased_by),
        what: format!(
            "{responses} {}, {files} {}, {visits} {}",
            frame.say("phiếu", "interviews"),
            frame.say("tệp", "files"),
            frame.say("lần tiếp xúc", "visits")
        ),
    }
}
