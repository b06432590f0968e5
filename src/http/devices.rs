//! Enumerators' devices: activated by a one-time code, heard of after each sync.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{self, Fields};
use super::client_address::network;
use super::error::{ApiError, ErrorReply};
use super::guessing::{self, Try};
use super::in_store;
use crate::app::App;
use crate::people::{new_id, typed_code};
use crate::problem as catalogue;
use crate::secret::Secret;
use crate::store::{DeviceState, NewDevice, StoreError};

/// What a device hands in once.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct ActivationBody {
    /// Eight letters and digits; case, blanks and hyphens do not matter.
    code: String,
    /// How the device calls itself.
    device_name: String,
}

/// What a device gets once.
#[derive(Serialize, ToSchema)]
pub(super) struct ActivationReply {
    /// The device's token, a bearer of role `enumerator`; it is shown this once.
    token: String,
    /// Whose device it is.
    enumerator: EnumeratorReply,
    /// Code of the round.
    round: String,
    /// The server's clock, UTC.
    server_time: String,
    /// SHA-256 of the forms of the round.
    forms: Vec<String>,
}

/// The enumerator.
#[derive(Serialize, ToSchema)]
struct EnumeratorReply {
    /// Public name of the account.
    id: String,
    /// The login.
    login: String,
    /// The name.
    name: String,
}

/// Exchanges a one-time code for the token of a device.
#[utoipa::path(post, path = "/api/v1/activation", tag = "devices", request_body = ActivationBody, responses(
    (status = 201, description = "Activated; the code is used", body = ActivationReply),
    (status = 400, body = ErrorReply),
    (status = 401, description = "Wrong, used, cancelled or expired: which is not said", body = ErrorReply),
    (status = 429, description = "Too many wrong codes from this network; `Retry-After` says how long to wait", body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn activate(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (typed, name) = (fields.text("code", 100), fields.text("device_name", 100));
    fields.finish()?;
    let subjects = [guessing::codes_of(&network(&request, &app.config))];
    let secret = Secret::generate().map_err(|_none| ApiError::new(catalogue::internal()))?;
    let id = new_id("dv").map_err(|_none| ApiError::new(catalogue::internal()))?;
    let token_sha256 = secret.sha256();
    let token_id = format!("tk-{}", token_sha256.get(..12).unwrap_or_default());
    let new = NewDevice { id, name, token_id, token_sha256 };
    let hashing = app.clone();
    let tried = in_store(app.clone(), move |store| {
        guessing::try_once(store, "activation", &subjects, move |store| {
            let Some(code) = typed_code(&typed) else { return Ok(Try::Wrong) };
            let Ok(code_hash) = hashing.passwords.hash_code(&code) else { return Ok(Try::Busy) };
            let activated = store.write("activation", move |tx| tx.activate(&code_hash, &new))?;
            let Some(activated) = activated else { return Ok(Try::Wrong) };
            let found = store.read(|snapshot| {
                let account = snapshot.find_account(&activated.account_id)?;
                let forms = snapshot.list_round_questionnaires(&activated.round_code)?;
                Ok::<_, StoreError>((account, forms))
            })?;
            Ok(Try::Right((activated.round_code, found, store.now().to_string())))
        })
    })
    .await?;
    let (round, (account, forms), server_time) = guessing::verdict(tried, catalogue::activation_code_invalid)?;
    let account = account.ok_or_else(|| ApiError::new(catalogue::internal()))?;
    Ok(HttpResponse::Created().json(ActivationReply {
        token: secret.reveal().to_owned(),
        enumerator: EnumeratorReply { id: account.id, login: account.login, name: account.name },
        round,
        server_time,
        forms: forms.into_iter().map(|head| head.sha256).collect(),
    }))
}

/// What a device says of itself.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct DeviceStateBody {
    /// Interviews and contact attempts that wait to be sent.
    unsent: i64,
    /// Interviews that were begun.
    drafts: i64,
    /// Version of its program.
    app_version: String,
    /// Whether its system promised to keep its storage.
    storage_persisted: bool,
    /// Its clock, RFC 3339.
    device_time: String,
    /// Bytes used.
    storage_used_bytes: Option<i64>,
    /// Bytes allowed.
    storage_quota_bytes: Option<i64>,
}

/// Keeps what an activated device says of itself after a sync.
#[utoipa::path(post, path = "/api/v1/device/state", tag = "devices", security(("bearer" = [])),
    request_body = DeviceStateBody, responses(
    (status = 204, description = "Kept"),
    (status = 400, body = ErrorReply),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 404, description = "The token is that of no activated device", body = ErrorReply),
    (status = 410, description = "The device was revoked", body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn state(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    const COUNT_MAX: i64 = 1_000_000;
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (n_unsent, n_drafts) = (fields.integer("unsent", 0..=COUNT_MAX), fields.integer("drafts", 0..=COUNT_MAX));
    // A test build may have no version; that is no reason to hear nothing of the device.
    let app_version = fields.lenient_text("app_version", 100);
    let storage_persisted = fields.lenient_bool("storage_persisted");
    let (used, quota) = (fields.lenient_integer("storage_used_bytes"), fields.lenient_integer("storage_quota_bytes"));
    let device_time = fields.instant("device_time");
    fields.finish()?;
    let device_time = device_time.ok_or_else(|| ApiError::new(catalogue::body_invalid()))?;
    let state = DeviceState {
        n_unsent,
        n_drafts,
        app_version,
        storage_persisted,
        storage_used_bytes: used,
        storage_quota_bytes: quota,
        device_time,
    };
    let token_id = caller.token()?.id.clone();
    let kept = in_store(app, move |store| {
        let actor = token_id.clone();
        store.write(&actor, move |tx| tx.keep_device_state(&token_id, &state))
    })
    .await?;
    if kept { Ok(HttpResponse::NoContent().finish()) } else { Err(ApiError::new(catalogue::device_unknown())) }
}
