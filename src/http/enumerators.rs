//! The enumerators of a round, their activation codes and devices, as coordinators see them.

use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{Caller, ReadableRound};
use super::body::{self, Fields};
use super::error::{ApiError, ErrorReply};
use super::in_store;
use crate::app::App;
use crate::config::Config;
use crate::people::{self, CodeRefused, issue_code, shown_code};
use crate::problem as catalogue;
use crate::store::{Account, Device, Grant, Role, StoreError};

/// The enumerators of a round.
#[derive(Serialize, ToSchema)]
pub(super) struct EnumeratorsReply {
    /// By login.
    enumerators: Vec<EnumeratorReply>,
}

/// An enumerator.
#[derive(Serialize, ToSchema)]
struct EnumeratorReply {
    /// Public name of the account.
    id: String,
    /// The login; names the person in the other requests.
    login: String,
    /// The name.
    name: String,
    /// Whether the account was disabled.
    is_disabled: bool,
    /// Cases assigned now.
    cases: usize,
    /// Devices that may send.
    devices: usize,
    /// Until when an unused activation code works.
    #[serde(skip_serializing_if = "Option::is_none")]
    code_expires_at: Option<String>,
}

/// The enumerators of a round.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/enumerators", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = EnumeratorsReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn list(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let code = round.0.code;
    let (accounts, cases, devices, codes) = in_store(app, move |store| {
        store.read(|snapshot| {
            Ok::<_, StoreError>((
                snapshot.list_enumerators(&code)?,
                snapshot.list_cases(&code)?,
                snapshot.list_devices(&code)?,
                snapshot.list_open_codes(&code, store.now())?,
            ))
        })
    })
    .await?;
    let enumerators = accounts
        .into_iter()
        .map(|account| EnumeratorReply {
            is_disabled: account.disabled_at.is_some(),
            cases: cases.iter().filter(|case| case.assigned_account_id.as_ref() == Some(&account.id)).count(),
            devices: devices.iter().filter(|one| one.account_id == account.id && one.revoked_at.is_none()).count(),
            code_expires_at: codes.iter().find(|(id, _)| *id == account.id).map(|(_, until)| until.clone()),
            id: account.id,
            login: account.login,
            name: account.name,
        })
        .collect();
    Ok(HttpResponse::Ok().json(EnumeratorsReply { enumerators }))
}

/// A person who is to be an enumerator of the round.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct EnumeratorBody {
    /// The login: 2 to 60 letters, digits and `. - _ @`.
    login: String,
    /// The name.
    name: String,
}

/// Somebody who is an enumerator of the round now.
#[derive(Serialize, ToSchema)]
pub(super) struct AddedReply {
    /// Public name of the account.
    id: String,
    /// The login.
    login: String,
    /// The name as it is kept.
    name: String,
}

/// Adds an enumerator to the round. Whoever has an account gets the role and keeps the name.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/enumerators", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    request_body = EnumeratorBody,
    responses(
        (status = 201, description = "A new account", body = AddedReply),
        (status = 200, description = "The account was there", body = AddedReply),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 409, description = "The account is disabled, or was made this very moment", body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn add(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (login, name) = (fields.text("login", 120), fields.text("name", 120));
    fields.finish()?;
    let grant = Grant { role: Role::Enumerator, round_code: Some(round.0.code) };
    let new = people::new_account(&login, &name, vec![grant.clone()])
        .map_err(|problems| ApiError::with_details(catalogue::account_invalid(), problems))?;
    let actor = caller.actor()?;
    let added = in_store(app, move |store| {
        let done = store.write(&actor, move |tx| {
            let known = tx.find_account_by_login(&new.login)?;
            let Some(known) = known else {
                tx.create_account(&new)?;
                return Ok(Some((StatusCode::CREATED, new.id, new.login, new.name)));
            };
            if known.disabled_at.is_some() {
                return Ok(None);
            }
            tx.grant_role(&known.id, &grant)?;
            Ok(Some((StatusCode::OK, known.id, known.login, known.name)))
        });
        match done {
            Err(StoreError::Exists { .. }) => Ok(None),
            other => other,
        }
    })
    .await?;
    let (status, id, login, name) = added.ok_or_else(|| ApiError::new(catalogue::account_unusable(&login)))?;
    Ok(HttpResponse::build(status).json(AddedReply { id, login, name }))
}

/// Whose device is to be activated.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct CodeBody {
    /// Login or account id of the enumerator.
    enumerator: String,
}

/// A one-time code; it is shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct CodeReply {
    /// The code as people read it.
    code: String,
    /// Opens the phones' client with the code filled in.
    link: String,
    /// The link as a QR picture (SVG).
    qr_svg: String,
    /// For whom.
    enumerator: String,
    /// Until when it works.
    expires_at: String,
}

/// Makes a one-time activation code; earlier unused ones of the same enumerator end.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/activation-codes", tag = "field",
    security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    request_body = CodeBody,
    responses(
        (status = 201, body = CodeReply),
        (status = 400, body = ErrorReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 429, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn make_code(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let named = fields.text("enumerator", 120);
    fields.finish()?;
    let (actor, code, wanted, room) = (caller.actor()?, round.0.code, named.clone(), app.clone());
    let issued =
        in_store(app.clone(), move |store| Ok(issue_code(store, &room.passwords, &actor, &code, &wanted))).await?;
    let issued = issued.map_err(|refused| match refused {
        CodeRefused::Unknown => ApiError::new(catalogue::enumerator_unknown(&named)),
        CodeRefused::Busy => ApiError::retry_after(catalogue::too_many_tries(2), 2),
        CodeRefused::Failed(_) => ApiError::new(catalogue::internal()),
        CodeRefused::Store(error) => ApiError::from(error),
    })?;
    let link = format!("{}/field/#t={}", base_url(&request, &app.config), shown_code(&issued.code));
    let qr_svg = qrcode::QrCode::new(link.as_bytes())
        .map(|qr| qr.render::<qrcode::render::svg::Color<'_>>().min_dimensions(240, 240).build())
        .map_err(|_too_long| ApiError::new(catalogue::internal()))?;
    Ok(HttpResponse::Created().json(CodeReply {
        code: shown_code(&issued.code),
        link,
        qr_svg,
        enumerator: issued.enumerator.login,
        expires_at: issued.expires_at.to_string(),
    }))
}

/// Where people reach the service: as it is configured, else as this request did.
fn base_url(request: &HttpRequest, config: &Config) -> String {
    match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => {
            let host = request.headers().get(HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
            format!("http://{host}")
        }
    }
}

/// The devices of a round.
#[derive(Serialize, ToSchema)]
pub(super) struct DevicesReply {
    /// In the order they were activated, revoked ones too.
    devices: Vec<DeviceReply>,
}

/// A device.
#[derive(Serialize, ToSchema)]
struct DeviceReply {
    /// Its public name.
    id: String,
    /// Login of its enumerator.
    enumerator: String,
    /// Name of its enumerator.
    enumerator_name: String,
    /// How it calls itself.
    name: String,
    /// When it was activated.
    activated_at: String,
    /// When it last finished a sync; null when it never did.
    synced_at: Option<String>,
    /// What waits on it to be sent, as it said last.
    unsent: Option<i64>,
    /// Interviews begun on it, as it said last.
    drafts: Option<i64>,
    /// Version of its program.
    app_version: Option<String>,
    /// Whether its system promised to keep its storage.
    storage_persisted: Option<bool>,
    /// Its clock minus the server's, in milliseconds.
    clock_offset_ms: Option<i64>,
    /// When it was revoked.
    revoked_at: Option<String>,
}

impl DeviceReply {
    fn new(device: Device, accounts: &[Account]) -> Self {
        let owner = accounts.iter().find(|account| account.id == device.account_id);
        Self {
            id: device.id,
            enumerator: owner.map(|account| account.login.clone()).unwrap_or_default(),
            enumerator_name: owner.map(|account| account.name.clone()).unwrap_or_default(),
            name: device.name,
            activated_at: device.activated_at,
            synced_at: device.synced_at,
            unsent: device.n_unsent,
            drafts: device.n_drafts,
            app_version: device.app_version,
            storage_persisted: device.storage_persisted,
            clock_offset_ms: device.clock_offset_ms,
            revoked_at: device.revoked_at,
        }
    }
}

/// The devices of a round, with their last sync and what waits on them.
#[utoipa::path(get, path = "/api/v1/rounds/{code}/devices", tag = "field", security(("bearer" = []), ("session" = [])),
    params(("code" = String, Path, description = "Code of the round")),
    responses(
        (status = 200, body = DevicesReply),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn devices(app: web::Data<App>, round: ReadableRound) -> Result<HttpResponse, ApiError> {
    let code = round.0.code;
    let (devices, accounts) = in_store(app, move |store| {
        store.read(|snapshot| Ok::<_, StoreError>((snapshot.list_devices(&code)?, snapshot.list_accounts()?)))
    })
    .await?;
    let devices = devices.into_iter().map(|device| DeviceReply::new(device, &accounts)).collect();
    Ok(HttpResponse::Ok().json(DevicesReply { devices }))
}

/// Revokes a device, from the next request on and for good. What lies on it stays there.
#[utoipa::path(post, path = "/api/v1/rounds/{code}/devices/{device}/revocation", tag = "field",
    security(("bearer" = []), ("session" = [])),
    params(
        ("code" = String, Path, description = "Code of the round"),
        ("device" = String, Path, description = "Public name of the device"),
    ),
    responses(
        (status = 204, description = "Revoked, or it was before"),
        (status = 401, body = ErrorReply),
        (status = 403, body = ErrorReply),
        (status = 404, body = ErrorReply),
        (status = 503, body = ErrorReply),
    ))]
pub(super) async fn revoke(
    app: web::Data<App>,
    caller: Caller,
    round: ReadableRound,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (actor, code, (_, device)) = (caller.actor()?, round.0.code, path.into_inner());
    let known = in_store(app, move |store| {
        if device.contains('\0') {
            return Ok(false);
        }
        match store.write(&actor, move |tx| tx.revoke_device(&code, &device)) {
            Ok(()) => Ok(true),
            Err(StoreError::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    })
    .await?;
    if known { Ok(HttpResponse::NoContent().finish()) } else { Err(ApiError::new(catalogue::device_unknown())) }
}
