//! Closing a round: what is still open, each with the way to it; closed by two people, opened again with a reason.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Room};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::fieldwork::closing::{ClosingCheck, ClosingFacts, checklist};
use crate::fieldwork::disposition::Outcome;
use crate::fieldwork::review::ReviewState;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::http::results::of_round;
use crate::problem as catalogue;
use crate::results::outcomes;
use crate::review;
use crate::store::{Account, CaseRole, Closing, ClosingOutcome, RoundState, StoreError};

/// So long a reason may be.
const REASON_MAX: usize = 500;

struct Line {
    text: String,
    /// What is open, and where to settle it.
    open: Option<(String, String)>,
}

struct Total {
    text: &'static str,
    n: String,
}

struct Step {
    when: String,
    text: String,
    reason: String,
}

/// A proposal that waits for a second person.
struct Proposal {
    number: i64,
    who: String,
    when: String,
    reason: String,
    is_own: bool,
}

#[derive(Template)]
#[template(path = "closing.html")]
struct ClosingPage {
    frame: Frame,
    here: String,
    is_closed: bool,
    may_close: bool,
    n_open: usize,
    lines: Vec<Line>,
    totals: Vec<Total>,
    proposal: Option<Proposal>,
    steps: Vec<Step>,
}

/// What is still open, and who closed the round.
#[utoipa::path(get, path = "/rounds/{code}/closing", tag = "pages", security(("bearer" = []), ("session" = [])),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Closing);
    frame.told = done.told(&[
        (
            "proposed",
            frame.say("Đã đề nghị khoá sổ; chờ người thứ hai xác nhận.", "Proposed; a second person must confirm."),
        ),
        ("confirmed", frame.say("Đã khoá sổ.", "The round is closed.")),
        ("withdrawn", frame.say("Đã bỏ đề nghị khoá sổ.", "The proposal was taken back.")),
        ("reopened", frame.say("Đã mở lại đợt khảo sát.", "The round is open again.")),
    ]);
    page(app, &caller, round, frame).await
}

/// Proposes, confirms or takes back a closing; opens a closed round again.
#[utoipa::path(post, path = "/rounds/{code}/closing", tag = "pages", security(("bearer" = []), ("session" = [])),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Closing);
    match act(&app, &caller, &round, &posted).await {
        Ok(done) => Ok(see(&frame, &format!("/rounds/{}/closing", round.0.code), done)),
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
    // Two people, not two tokens: a program that holds a token closes nothing.
    if caller.session().is_none() {
        return Err(ApiError::new(catalogue::closing_by_people()));
    }
    let (code, actor) = (round.0.code.clone(), caller.actor()?);
    let reason: String = posted.field("reason").trim().chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
    let number: i64 = posted.field("number").parse().unwrap_or_default();
    let act = posted.field("act").to_owned();
    if act == "propose" || act == "confirm" {
        let open: Vec<(ClosingCheck, usize)> =
            checklist(&facts(app, round).await?.0).into_iter().filter(|(_, n)| *n > 0).collect();
        let told_before = match act.as_str() {
            "propose" => reason.clone(),
            _ => {
                let code = code.clone();
                let closings = in_store(app.clone(), move |store| store.read(|snapshot| snapshot.list_closings(&code)));
                let closings = closings.await?;
                let proposal = closings.iter().find(|one| one.closing_no == number);
                if proposal.is_some_and(|one| one.proposed_by == actor) {
                    return Err(ApiError::new(catalogue::closing_second_person()));
                }
                proposal.map(|one| one.reason.clone()).unwrap_or_default()
            }
        };
        if !open.is_empty() && told_before.is_empty() {
            return Err(ApiError::new(catalogue::closing_open()));
        }
        let list: BTreeMap<ClosingCheck, usize> = open.into_iter().collect();
        let list = serde_json::to_string(&list).map_err(|error| {
            tracing::error!(%error, "a checklist could not be written");
            ApiError::new(catalogue::internal())
        })?;
        let is_proposal = act == "propose";
        write(app, actor, move |tx| match is_proposal {
            true => tx.propose_closing(&code, &list, &reason),
            false => tx.decide_closing(&code, number, true),
        })
        .await?;
        return Ok(if is_proposal { "proposed" } else { "confirmed" });
    }
    match act.as_str() {
        "withdraw" => {
            write(app, actor, move |tx| tx.decide_closing(&code, number, false)).await?;
            Ok("withdrawn")
        }
        "reopen" if reason.is_empty() => Err(ApiError::new(catalogue::closing_reason())),
        "reopen" => {
            write(app, actor, move |tx| tx.reopen_round(&code, &reason)).await?;
            Ok("reopened")
        }
        _ => Err(ApiError::new(catalogue::request_invalid())),
    }
}

async fn write(
    app: &web::Data<App>,
    actor: String,
    work: impl FnOnce(&mut crate::store::Transaction<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), ApiError> {
    let app = app.clone();
    let kept = web::block(move || app.store.write(&actor, work)).await;
    match kept.map_err(|_cancelled| ApiError::new(catalogue::internal()))? {
        Err(StoreError::Exists { .. } | StoreError::Missing { .. }) => {
            Err(ApiError::new(catalogue::closing_meanwhile()))
        }
        other => Ok(other?),
    }
}

/// The facts of the checklist, and how many households came to which end.
async fn facts(
    app: &web::Data<App>,
    round: &ReadableRound,
) -> Result<(ClosingFacts, BTreeMap<Outcome, usize>, usize), ApiError> {
    let code = round.0.code.clone();
    let (cases, released, events, reviewed, devices, n_conflicts) = in_store(app.clone(), move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_cases(&code)?,
                snapshot.list_replacements(&code)?,
                review::counting_events(snapshot, &code)?,
                review::of_round(snapshot, &code)?,
                snapshot.list_devices(&code)?,
                snapshot.count_conflicts(&code)?,
            ))
        })
    })
    .await?;
    let results = of_round(app.clone(), round).await?;
    let released: BTreeSet<&str> = released.iter().map(|one| one.case_id.as_str()).collect();
    let known = outcomes(&events);
    let due = cases.iter().filter(|case| case.role == CaseRole::Main || released.contains(case.case_id.as_str()));
    let mut ends: BTreeMap<Outcome, usize> = BTreeMap::new();
    known.values().for_each(|outcome| *ends.entry(*outcome).or_default() += 1);
    // A revoked phone says nothing any more; what was on it is known to be lost, or was handed in as a file.
    let devices = || devices.iter().filter(|device| device.revoked_at.is_none());
    let waiting = |n: Option<i64>| usize::try_from(n.unwrap_or_default()).unwrap_or_default();
    let is_away = |uuid: &str| reviewed.state(uuid) == ReviewState::Returned && reviewed.chains.stands(uuid);
    let stale = reviewed.interviews.iter().filter(|one| reviewed.state(&one.uuid) == ReviewState::Conflict).count();
    let facts = ClosingFacts {
        n_without_outcome: due.clone().filter(|case| !known.contains_key(&case.case_id)).count(),
        n_unsent: devices().map(|device| waiting(device.n_unsent) + waiting(device.n_drafts)).sum(),
        n_silent_devices: devices().filter(|device| device.n_unsent.is_none()).count(),
        n_conflicts: usize::try_from(n_conflicts).unwrap_or_default().max(stale),
        n_returned: reviewed.interviews.iter().filter(|one| is_away(&one.uuid)).count(),
        n_without_scores: results.indexes.iter().filter(|index| index.analysis.is_err()).count(),
    };
    Ok((facts, ends, due.count()))
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: ReadableRound,
    frame: Frame,
) -> Result<HttpResponse, ApiError> {
    let (facts, ends, n_due) = facts(&app, &round).await?;
    let code = round.0.code.clone();
    let (closings, accounts) = in_store(app, move |store| {
        store.read(|snapshot| Ok::<_, StoreError>((snapshot.list_closings(&code)?, snapshot.list_accounts()?)))
    })
    .await?;
    let code = &round.0.code;
    let listed = checklist(&facts);
    let line = |&(check, n): &(ClosingCheck, usize)| Line {
        text: frame.words(&check.words()),
        open: (n > 0)
            .then(|| (frame.words(&check.open_words(n)), frame.to(&format!("/rounds/{code}/{}", place(check))))),
    };
    let end = |wanted: &[Outcome]| wanted.iter().filter_map(|one| ends.get(one)).sum::<usize>();
    let total = |text: &'static str, n: usize| Total { text, n: frame.whole(n) };
    let other = [Outcome::OtherNonInterview, Outcome::UnknownHousehold, Outcome::UnknownOther, Outcome::NotEligible];
    let totals = vec![
        total(frame.say("Hộ phải đến", "Households to be visited"), n_due),
        total(frame.say("Phỏng vấn xong", "Interviewed"), end(&[Outcome::Complete, Outcome::Partial])),
        total(frame.say("Từ chối", "Refused"), end(&[Outcome::Refusal])),
        total(frame.say("Không gặp", "Not met"), end(&[Outcome::NonContact])),
        total(frame.say("Kết quả khác", "Other outcomes"), end(&other)),
        total(frame.say("Chưa có kết quả", "No outcome yet"), facts.n_without_outcome),
    ];
    let me = caller.session().map(|session| session.account.id.clone());
    let proposal = closings.iter().find(|one| one.outcome().is_ok_and(|it| it == ClosingOutcome::Proposed));
    super::html(&ClosingPage {
        here: frame.to(&format!("/rounds/{code}/closing")),
        is_closed: round.0.state == RoundState::Closed,
        may_close: Frame::leads(caller, &round.0) && me.is_some(),
        n_open: listed.iter().filter(|(_, n)| *n > 0).count(),
        lines: listed.iter().map(line).collect(),
        totals,
        proposal: proposal.map(|one| Proposal {
            number: one.closing_no,
            who: name(&accounts, &one.proposed_by),
            when: frame.moment(&one.proposed_at),
            reason: one.reason.clone(),
            is_own: me.as_deref() == Some(one.proposed_by.as_str()),
        }),
        steps: closings.iter().flat_map(|one| steps(&frame, one, &accounts)).collect(),
        frame,
    })
}

/// Where what is open is settled.
fn place(check: ClosingCheck) -> &'static str {
    match check {
        ClosingCheck::Outcomes => "field",
        ClosingCheck::Unsent | ClosingCheck::Silent => "devices",
        ClosingCheck::Conflicts => "interviews?show=open",
        ClosingCheck::Returned => "interviews?show=returned",
        ClosingCheck::Weights => "index",
    }
}

fn name(accounts: &[Account], id: &str) -> String {
    accounts.iter().find(|one| one.id == id).map_or_else(|| id.to_owned(), |one| one.name.clone())
}

/// What happened in a closing, the latest first.
fn steps(frame: &Frame, one: &Closing, accounts: &[Account]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut step = |who: &str, when: &str, what: &str, reason: &str| {
        steps.push(Step {
            when: frame.moment(when),
            text: format!("{}: {what}", name(accounts, who)),
            reason: reason.to_owned(),
        });
    };
    if let (Some(who), Some(when)) = (&one.reopened_by, &one.reopened_at) {
        step(who, when, frame.say("mở lại", "opened again"), one.reopened_reason.as_deref().unwrap_or_default());
    }
    if let (Some(who), Some(when)) = (&one.decided_by, &one.decided_at) {
        let is_withdrawn = one.outcome().is_ok_and(|outcome| outcome == ClosingOutcome::Withdrawn);
        let what = if is_withdrawn {
            frame.say("bỏ đề nghị", "took the proposal back")
        } else {
            frame.say("xác nhận khoá sổ", "confirmed the closing")
        };
        step(who, when, what, "");
    }
    step(&one.proposed_by, &one.proposed_at, frame.say("đề nghị khoá sổ", "proposed the closing"), &one.reason);
    steps
}
