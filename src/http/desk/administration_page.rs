//! Administration: who did what, whether the log of it is unchanged, the last backup, the doctor's findings, people. Only read here.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{Days, NaiveDate};
use serde::Deserialize;

use super::PageQuery;
use super::frame::Frame;
use super::list::{Cell, List, ListQuery, ListView, number, text};
use crate::app::App;
use crate::doctor::{Finding, Health, Patient, examine};
use crate::fieldwork::clock;
use crate::http::auth::Caller;
use crate::http::error::{ApiError, ErrorReply};
use crate::http::in_store;
use crate::problem as catalogue;
use crate::store::{Account, AuditEvent, AuditFilter, StoreError, Timestamp, verify_audit_log};

/// Lines of the log that are looked at, the newest; older ones are found by narrowing the days.
const LINES_MAX: i64 = 20_000;
/// How old the last backup may be, in hours, before it is told as old.
const BACKUP_WITHIN_H: u32 = 26;

/// Which lines of the log, and what else is looked at.
#[derive(Default, Deserialize)]
pub(in crate::http) struct AdministrationQuery {
    /// Login of a person, or the id of an account, token or command.
    actor: Option<String>,
    /// The act; all that begin so where it ends with a dot.
    act: Option<String>,
    /// The first day in the field.
    since: Option<String>,
    /// The last day.
    until: Option<String>,
    /// `log` looks for breaks of the log, `machine` asks the doctor.
    check: Option<String>,
}

struct FindingLine {
    mark: &'static str,
    check: &'static str,
    text: String,
}

struct Verified {
    is_whole: bool,
    text: String,
    breaks: Vec<String>,
}

#[derive(Template)]
#[template(path = "administration.html")]
struct AdministrationPage {
    frame: Frame,
    here: String,
    backup: String,
    actor: String,
    act: String,
    since: String,
    until: String,
    /// More lines are there than are looked at.
    is_cut: bool,
    list: ListView,
    verified: Option<Verified>,
    findings: Vec<FindingLine>,
    n_people: String,
    people: String,
    /// Rounds with the way to their enumerators and devices.
    rounds: Vec<(String, String)>,
}

/// The audit log with its seals, the last backup, the doctor's findings, people.
#[utoipa::path(get, path = "/administration", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses((status = 200, content_type = "text/html", body = String), (status = 403, body = ErrorReply)))]
pub(in crate::http) async fn show(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    asked: web::Query<AdministrationQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller);
    let asked = asked.into_inner();
    let text_of =
        |field: &Option<String>| field.as_deref().unwrap_or_default().trim().chars().take(120).collect::<String>();
    let (actor, act, since, until) =
        (text_of(&asked.actor), text_of(&asked.act), text_of(&asked.since), text_of(&asked.until));
    let (accounts, rounds, backup) = in_store(app.clone(), |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((snapshot.list_accounts()?, snapshot.list_rounds()?, snapshot.last_backup_at()?))
        })
    })
    .await?;
    let id_of = |login: &str| {
        let known = accounts.iter().find(|one| one.login == login.to_lowercase());
        known.map_or_else(|| login.to_owned(), |account| account.id.clone())
    };
    let filter = AuditFilter {
        from: day(&since).and_then(midnight),
        before: day(&until).and_then(|day| day.checked_add_days(Days::new(1))).and_then(midnight),
        actor: Some(actor.as_str()).filter(|text| !text.is_empty()).map(id_of),
        act: Some(act.clone()).filter(|text| !text.is_empty()),
        object: None,
    };
    let events =
        in_store(app.clone(), move |store| store.read(|snapshot| snapshot.find_last_audit_events(&filter, LINES_MAX)))
            .await?;
    let is_cut = events.len() >= usize::try_from(LINES_MAX).unwrap_or(usize::MAX);
    let list = log_list(&frame, &events, &accounts);
    if listed.wants_csv() {
        return list.download(&app, &caller, &listed, "audit").await;
    }
    let check = asked.check.unwrap_or_default();
    let verified = match check.as_str() {
        "log" => Some(verified(&app, &frame).await?),
        _ => None,
    };
    let findings = if check == "machine" { findings(&app, &frame).await? } else { Vec::new() };
    let kept = [("actor", actor.as_str()), ("act", act.as_str()), ("since", since.as_str()), ("until", until.as_str())];
    let list = list.view(&frame, "/administration", &listed, &kept);
    let rounds = rounds.into_iter().map(|round| (round.name, frame.to(&format!("/rounds/{}/devices", round.code))));
    super::html(&AdministrationPage {
        here: frame.to("/administration"),
        backup: backup.map_or_else(
            || frame.say("chưa có bản sao lưu nào", "no backup was made yet").to_owned(),
            |at| frame.moment(&at),
        ),
        is_cut,
        list,
        verified,
        findings,
        n_people: frame.whole(accounts.len()),
        people: frame.to("/administration/people"),
        rounds: rounds.collect(),
        actor,
        act,
        since,
        until,
        frame,
    })
}

/// A day as a date field writes it, or as people do.
fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y")).ok()
}

fn midnight(day: NaiveDate) -> Option<Timestamp> {
    Timestamp::new(clock::midnight(day)?)
}

fn log_list(frame: &Frame, events: &[AuditEvent], accounts: &[Account]) -> List<'static> {
    let name = |id: &str| accounts.iter().find(|one| one.id == id).map(|one| one.name.clone());
    let row = |event: &AuditEvent| {
        let actor = match name(&event.actor) {
            Some(name) => Cell::text(name).note(event.actor.clone()),
            None => Cell::text(event.actor.clone()),
        };
        vec![
            Cell::number(Some(event.sequence as f64), event.sequence.to_string()),
            Cell::moment(frame, &event.at),
            actor,
            Cell::text(event.act.clone()),
            Cell::text(event.object.clone()),
            Cell::text(event.detail.clone()),
        ]
    };
    List {
        id: "log",
        noun: frame.say("dòng", "lines").to_owned(),
        find: frame
            .say("Tìm trong các dòng này (không cần dấu)", "Find in these lines (without diacritics)")
            .to_owned(),
        caption: frame.say("Nhật ký", "Audit log").to_owned(),
        columns: vec![
            number("line", frame.say("Dòng", "Line")),
            text("at", frame.say("Lúc", "At")),
            text("actor", frame.say("Ai", "Who")),
            text("act", frame.say("Việc", "Act")),
            text("object", frame.say("Đối tượng", "Object")),
            text("detail", frame.say("Chi tiết", "Detail")),
        ],
        rows: events.iter().map(row).collect::<Vec<_>>().into(),
    }
}

/// Looks through the whole log. Only breaks within it are found here: a log that was written anew as a whole, or cut off at its end, is
/// found with the seals that are kept outside.
async fn verified(app: &web::Data<App>, frame: &Frame) -> Result<Verified, ApiError> {
    let url = app.config.database.clone();
    let seen = web::block(move || verify_audit_log(&url, &[]))
        .await
        .map_err(|_cancelled| ApiError::new(catalogue::internal()))??;
    let whole = |n: i64| frame.whole(usize::try_from(n).unwrap_or_default());
    Ok(Verified {
        is_whole: seen.breaks.is_empty(),
        text: format!(
            "{} {}, {} {}; {} {}",
            whole(seen.n_seals),
            frame.say("dấu niêm phong", "seals"),
            whole(seen.n_sealed),
            frame.say("dòng", "lines"),
            whole(seen.n_unsealed),
            frame.say("dòng mới chưa niêm phong", "new lines not yet sealed"),
        ),
        breaks: seen.breaks,
    })
}

/// What the doctor finds without what takes long.
async fn findings(app: &web::Data<App>, frame: &Frame) -> Result<Vec<FindingLine>, ApiError> {
    let patient = Patient {
        database: app.config.database.clone(),
        keys: app.config.keys.clone(),
        public_url: app.config.public_url.clone(),
        now: app.store.now(),
        backup_within_h: BACKUP_WITHIN_H,
        is_quick: true,
    };
    let report =
        web::block(move || examine(&patient)).await.map_err(|_cancelled| ApiError::new(catalogue::internal()))?;
    let line = |finding: &Finding| FindingLine {
        mark: match finding.health {
            Health::Good => frame.say("✓ tốt", "✓ good"),
            Health::Warning => frame.say("▲ xem lại", "▲ look"),
            Health::Bad => frame.say("✕ hỏng", "✕ bad"),
        },
        check: finding.check,
        text: match (&finding.problem, &finding.found) {
            (Some(problem), _) => problem.describe(frame.language()),
            (None, Some(found)) => frame.words(found),
            (None, None) => String::new(),
        },
    };
    Ok(report.findings.iter().map(line).collect())
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    frame: Frame,
    back: String,
    list: ListView,
}

/// Everybody who has an account.
#[utoipa::path(get, path = "/administration/people", tag = "pages", security(("bearer" = []), ("session" = [])),
    responses((status = 200, content_type = "text/html", body = String), (status = 403, body = ErrorReply)))]
pub(in crate::http) async fn people(
    app: web::Data<App>,
    caller: Caller,
    query: web::Query<PageQuery>,
    listed: web::Query<ListQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller);
    let accounts = in_store(app.clone(), |store| store.read(|snapshot| snapshot.list_accounts())).await?;
    let list = List {
        id: "people",
        noun: frame.say("người", "people").to_owned(),
        find: frame.say("Tìm tên, vai trò (không cần dấu)", "Find a name, a role (without diacritics)").to_owned(),
        caption: frame.say("Người dùng", "People").to_owned(),
        columns: vec![
            text("name", frame.say("Họ tên", "Name")),
            text("login", frame.say("Tên đăng nhập", "Login")),
            text("roles", frame.say("Vai trò", "Roles")),
            text("state", frame.say("Tình trạng", "State")),
            text("made", frame.say("Tạo lúc", "Made")),
        ],
        rows: accounts.iter().map(|account| person(&frame, account)).collect::<Vec<_>>().into(),
    };
    if listed.wants_csv() {
        return list.download(&app, &caller, &listed, "accounts").await;
    }
    let list = list.view(&frame, "/administration/people", &listed, &[]);
    super::html(&PeoplePage { back: frame.to("/administration"), list, frame })
}

fn person(frame: &Frame, account: &Account) -> Vec<Cell> {
    let grant = |grant: &crate::store::Grant| match &grant.round_code {
        Some(round) => format!("{} ({round})", grant.role.as_str()),
        None => grant.role.as_str().to_owned(),
    };
    let state = match (&account.disabled_at, account.has_password) {
        (Some(_), _) => frame.say("đã khoá", "disabled"),
        (None, true) => frame.say("đang dùng", "in use"),
        (None, false) => frame.say("chưa đặt mật khẩu", "no password yet"),
    };
    vec![
        Cell::text(account.name.clone()),
        Cell::text(account.login.clone()),
        Cell::text(account.grants.iter().map(grant).collect::<Vec<_>>().join(", ")),
        Cell::text(state),
        Cell::moment(frame, &account.created_at),
    ]
}
