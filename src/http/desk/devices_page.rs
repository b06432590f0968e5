//! Enumerators of a round and their devices: who has synced when, activation codes, revocation.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::frame::{Frame, Room};
use super::list::{Cell, List, ListQuery, ListView, number, text};
use super::{DoneQuery, PageQuery, refused, see};
use crate::app::App;
use crate::http::auth::{Caller, ReadableRound};
use crate::http::enumerators::{CodeReply, code_for, join, revoke_device};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::in_store;
use crate::problem as catalogue;
use crate::store::{Device, Round, StoreError};

/// A device that has not synced for so long is told.
const STALE_HOURS: i64 = 24;

struct Person {
    login: String,
    name: String,
    is_disabled: bool,
    code_until: Option<String>,
    devices: Vec<Phone>,
}

struct Phone {
    id: String,
    name: String,
    synced: String,
    /// The same as the store has it.
    synced_at: String,
    is_stale: bool,
    unsent: String,
    drafts: String,
    version: String,
    storage: &'static str,
    clock: Option<String>,
    is_revoked: bool,
}

struct Code {
    name: String,
    code: String,
    link: String,
    qr_svg: String,
    until: String,
}

#[derive(Template)]
#[template(path = "devices.html")]
struct DevicesPage {
    frame: Frame,
    here: String,
    may_lead: bool,
    people: Vec<Person>,
    n_stale: usize,
    n_unsent: i64,
    code: Option<Code>,
    list: Option<ListView>,
}

/// Enumerators and their devices.
#[utoipa::path(get, path = "/rounds/{code}/devices", tag = "pages", security(("bearer" = []), ("session" = [])),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Devices);
    frame.told = done.told(&[
        ("added", frame.say("Đã thêm điều tra viên.", "The enumerator was added.")),
        ("revoked", frame.say("Máy đã bị thu hồi quyền gửi.", "The device may not send any more.")),
    ]);
    page(app, &caller, round.0, frame, None, &listed).await
}

/// Adds an enumerator, makes an activation code or revokes a device, by form.
#[utoipa::path(post, path = "/rounds/{code}/devices", tag = "pages", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 303, description = "Done; leads back to the page"),
        (status = 200, description = "The page with the code, or saying why not", content_type = "text/html", body = String),
        (status = 400, body = ErrorReply),
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
    let mut frame = Frame::new(&request, &query, &caller).in_round(&round.0, &caller, Room::Devices);
    let back = format!("/rounds/{}/devices", round.0.code);
    let field = |name: &str| -> String { posted.field(name).chars().take(200).collect() };
    let done = match posted.field("act") {
        "add" => {
            join(&app, &caller, &round.0, &field("login"), &field("name")).await.map(|_| see(&frame, &back, "added"))
        }
        "revoke" => {
            revoke_device(&app, &caller, &round.0, field("device")).await.map(|()| see(&frame, &back, "revoked"))
        }
        "code" => match code_for(&app, &caller, &round.0, &field("login"), &request).await {
            // Shown this once: the answer itself carries it, and it is in no address.
            Ok(code) => return page(app, &caller, round.0, frame, Some(code), &ListQuery::default()).await,
            Err(error) => Err(error),
        },
        _ => Err(ApiError::new(catalogue::request_invalid())),
    };
    match done {
        Err(error) if error.status().is_client_error() => {
            frame.told = Some(refused(&error, &frame));
            page(app, &caller, round.0, frame, None, &ListQuery::default()).await
        }
        done => done,
    }
}

async fn page(
    app: web::Data<App>,
    caller: &Caller,
    round: Round,
    frame: Frame,
    issued: Option<CodeReply>,
    listed: &ListQuery,
) -> Result<HttpResponse, ApiError> {
    let (code, shared) = (round.code.clone(), app.clone());
    let (accounts, devices, codes, limit) = in_store(app, move |store| {
        let limit = store.now().plus_seconds(-STALE_HOURS * 3600).map(|limit| limit.to_string());
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_enumerators(&code)?,
                snapshot.list_devices(&code)?,
                snapshot.list_open_codes(&code, store.now())?,
                limit.unwrap_or_default(),
            ))
        })
    })
    .await?;
    let people: Vec<Person> = accounts
        .iter()
        .map(|account| Person {
            login: account.login.clone(),
            name: account.name.clone(),
            is_disabled: account.disabled_at.is_some(),
            code_until: codes.iter().find(|(id, _)| *id == account.id).map(|(_, until)| frame.moment(until)),
            devices: devices
                .iter()
                .filter(|device| device.account_id == account.id)
                .map(|device| phone(device, &limit, &frame))
                .collect(),
        })
        .collect();
    let active = || people.iter().flat_map(|person| &person.devices).filter(|device| !device.is_revoked);
    let code = issued.map(|issued| Code {
        name: accounts
            .iter()
            .find(|account| account.login == issued.enumerator)
            .map_or_else(|| issued.enumerator.clone(), |account| account.name.clone()),
        code: issued.code,
        link: issued.link,
        qr_svg: issued.qr_svg,
        until: frame.moment(&issued.expires_at),
    });
    let list = device_list(&frame, &people);
    if listed.wants_csv() {
        return list.download(&shared, caller, listed, &round.code).await;
    }
    let path = format!("/rounds/{}/devices", round.code);
    super::html(&DevicesPage {
        list: (list.rows.len() > 1).then(|| list.view(&frame, &path, listed, &[])),
        here: frame.to(&format!("/rounds/{}/devices", round.code)),
        may_lead: Frame::leads(caller, &round),
        n_stale: active().filter(|device| device.is_stale).count(),
        n_unsent: devices.iter().filter(|one| one.revoked_at.is_none()).filter_map(|one| one.n_unsent).sum(),
        people,
        code,
        frame,
    })
}

fn device_list(frame: &Frame, people: &[Person]) -> List {
    let count = |text: &str| Cell::number(text.parse().ok(), text.to_owned());
    let row = |person: &Person, device: &Phone| {
        let state = match (device.is_revoked, device.is_stale) {
            (true, _) => frame.say("đã thu hồi", "revoked"),
            (false, true) => frame.say("quá 24 giờ", "over 24 h"),
            (false, false) => frame.say("đang dùng", "in use"),
        };
        vec![
            Cell::text(device.name.clone()),
            Cell::text(person.name.clone()).note(person.login.clone()),
            Cell::text(device.synced_at.clone()).shown(device.synced.clone()),
            count(&device.unsent),
            count(&device.drafts),
            Cell::text(device.storage),
            Cell::text(device.version.clone()),
            Cell::text(state),
        ]
    };
    List {
        id: "devices",
        noun: frame.say("máy", "devices").to_owned(),
        find: frame
            .say("Tìm máy hoặc người (không cần dấu)", "Find a device or a person (without diacritics)")
            .to_owned(),
        caption: frame.say("Mọi máy của đợt", "All devices of the round").to_owned(),
        columns: vec![
            text("device", frame.say("Máy", "Device")),
            text("enumerator", frame.say("Điều tra viên", "Enumerator")),
            text("synced", frame.say("Đồng bộ gần nhất", "Last sync")),
            number("unsent", frame.say("Chờ gửi", "Unsent")),
            number("begun", frame.say("Đang dở", "Begun")),
            text("storage", frame.say("Bộ nhớ", "Storage")),
            text("version", frame.say("Phiên bản", "Version")),
            text("state", frame.say("Tình trạng", "State")),
        ],
        rows: people.iter().flat_map(|person| person.devices.iter().map(|device| row(person, device))).collect(),
    }
}

fn phone(device: &Device, limit: &str, frame: &Frame) -> Phone {
    let count = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
    Phone {
        id: device.id.clone(),
        name: device.name.clone(),
        synced: device
            .synced_at
            .as_deref()
            .map_or_else(|| frame.say("chưa lần nào", "never").to_owned(), |at| frame.moment(at)),
        synced_at: device.synced_at.clone().unwrap_or_default(),
        is_stale: device.synced_at.as_deref().unwrap_or(&device.activated_at) < limit,
        unsent: count(device.n_unsent),
        drafts: count(device.n_drafts),
        version: device.app_version.clone().unwrap_or_else(|| "–".to_owned()),
        storage: match device.storage_persisted {
            Some(true) => frame.say("được bảo vệ", "protected"),
            Some(false) => frame.say("có thể bị xóa khi máy đầy", "may be cleared when full"),
            None => "–",
        },
        // A minute of difference is nothing; more makes times of interviews doubtful.
        clock: device
            .clock_offset_ms
            .filter(|offset| offset.abs() > 120_000)
            .map(|offset| frame.number(Some(offset as f64 / 60_000.0), 0)),
        is_revoked: device.revoked_at.is_some(),
    }
}
