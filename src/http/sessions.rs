//! Signing in and out, and the own password; for programs in JSON. The pages for it are `desk/sign_in.rs`.

use ::problem::Problems;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{self, Fields};
use super::client_address::network;
use super::cookie::{no_session_cookie, session_cookie, session_secret};
use super::error::{ApiError, ErrorReply};
use super::guessing::{self, Try};
use super::{forgery, in_store};
use crate::app::App;
use crate::password::{self, HashFailure};
use crate::problem as catalogue;
use crate::secret::{Secret, sha256_hex};
use crate::store::{Account, StoreError};

/// The longest password that is looked at, in characters.
pub(super) const PASSWORD_CHARS_MAX: usize = 256;

/// Login and password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct SignInBody {
    /// The login; case does not matter.
    login: String,
    /// The password.
    password: String,
}

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionReply {
    /// Public name of the account.
    id: String,
    /// The login.
    login: String,
    /// The name.
    name: String,
    /// What the person may do.
    roles: Vec<GrantReply>,
    /// What each request that changes something must carry as `X-CSRF-Token`.
    csrf: String,
}

/// A role somebody holds.
#[derive(Serialize, ToSchema)]
struct GrantReply {
    /// The role.
    role: &'static str,
    /// The round; null for all.
    round: Option<String>,
}

impl SessionReply {
    fn new(account: &Account, csrf: String) -> Self {
        let grants = account.grants.iter();
        Self {
            id: account.id.clone(),
            login: account.login.clone(),
            name: account.name.clone(),
            roles: grants
                .map(|grant| GrantReply { role: grant.role.as_str(), round: grant.round_code.clone() })
                .collect(),
            csrf,
        }
    }
}

/// Opens a session for login and password. The secret is always a new one, whatever cookie the browser came with.
pub(super) async fn open(
    app: &web::Data<App>,
    request: &HttpRequest,
    login: &str,
    password: String,
) -> Result<(Secret, Account), ApiError> {
    // What cannot be a login is a wrong guess like any other.
    let login: String = login.trim().to_lowercase().nfc().take(120).collect();
    let secret = Secret::generate().map_err(|_none| ApiError::new(catalogue::internal()))?;
    let secret_sha256 = secret.sha256();
    let before = session_secret(request, &app.config).map(|secret| sha256_hex(secret.as_bytes()));
    let subjects = [guessing::login_of(&login), guessing::address_of(&network(request, &app.config))];
    let room = app.clone();
    let tried = in_store(app.clone(), move |store| {
        guessing::try_once(store, "sign_in", &subjects, move |store| {
            let (account, hash) = store.read(|snapshot| {
                let account = if login.contains('\0') { None } else { snapshot.find_account_by_login(&login)? };
                let hash = match &account {
                    Some(account) => snapshot.find_password_hash(&account.id)?,
                    None => None,
                };
                Ok::<_, StoreError>((account, hash))
            })?;
            // Without an account or a password it takes as long.
            match room.passwords.verify(&password, hash.as_deref()) {
                Err(_full) => return Ok(Try::Busy),
                Ok(false) => return Ok(Try::Wrong),
                Ok(true) => {}
            }
            let Some(account) = account else { return Ok(Try::Wrong) };
            let id = account.id.clone();
            let opened = store.write(&account.id, move |tx| {
                // The password may have been changed, or the person disabled, while it was being looked at.
                if tx.find_password_hash(&id)? != hash {
                    return Ok(false);
                }
                tx.open_session(&id, &secret_sha256, before.as_deref())?;
                Ok(true)
            })?;
            Ok(if opened { Try::Right(account) } else { Try::Wrong })
        })
    })
    .await?;
    Ok((secret, guessing::verdict(tried, catalogue::sign_in_wrong)?))
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/session", tag = "people", request_body = SignInBody, responses(
    (status = 200, description = "Signed in; the cookie is set", body = SessionReply),
    (status = 400, body = ErrorReply),
    (status = 401, description = "Login or password is wrong: which is not said", body = ErrorReply),
    (status = 403, description = "The request comes from another site", body = ErrorReply),
    (status = 429, description = "Too many wrong guesses; `Retry-After` says how long to wait", body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn sign_in(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (login, password) = (fields.text("login", 120), fields.text("password", PASSWORD_CHARS_MAX));
    fields.finish()?;
    let (secret, account) = open(&app, &request, &login, password).await?;
    let reply = SessionReply::new(&account, forgery::token_of(secret.reveal()));
    Ok(HttpResponse::Ok().cookie(session_cookie(&app.config, secret.reveal().to_owned())).json(reply))
}

/// Who is signed in, with the token against forged requests.
#[utoipa::path(get, path = "/api/v1/session", tag = "people", security(("session" = [])), responses(
    (status = 200, body = SessionReply),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn show(caller: Caller) -> Result<HttpResponse, ApiError> {
    let session = caller.session().ok_or_else(|| ApiError::new(catalogue::token_missing()))?;
    Ok(HttpResponse::Ok().json(SessionReply::new(&session.account, caller.csrf().to_owned())))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "people", security(("session" = [])), responses(
    (status = 204, description = "Signed out"),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn sign_out(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    close(&app, &caller).await?;
    Ok(HttpResponse::NoContent().cookie(no_session_cookie(&app.config)).finish())
}

/// Ends the caller's session.
pub(super) async fn close(app: &web::Data<App>, caller: &Caller) -> Result<(), ApiError> {
    let session = caller.session().ok_or_else(|| ApiError::new(catalogue::token_missing()))?;
    let (id, secret_sha256) = (session.account.id.clone(), session.secret_sha256.clone());
    in_store(app.clone(), move |store| {
        let actor = id.clone();
        store.write(&actor, move |tx| tx.end_session(&id, &secret_sha256))
    })
    .await
}

/// The present password and the one to come.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct PasswordBody {
    /// The present password.
    current: String,
    /// The new one: 12 to 128 characters, none of those that are tried first.
    new: String,
}

/// Changes the own password; other sessions of the same person end.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "people", security(("session" = [])),
    request_body = PasswordBody, responses(
    (status = 204, description = "Changed"),
    (status = 400, description = "The details say what is wrong with the new one", body = ErrorReply),
    (status = 401, description = "The present password is wrong", body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 429, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn change_password(
    app: web::Data<App>,
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let session = caller.session().ok_or_else(|| ApiError::new(catalogue::token_missing()))?.clone();
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (current, new) = (fields.text("current", PASSWORD_CHARS_MAX), fields.text("new", PASSWORD_CHARS_MAX));
    fields.finish()?;
    password::check(&new, &session.account.login).map_err(refused)?;
    let subjects = [guessing::login_of(&session.account.login), guessing::address_of(&network(&request, &app.config))];
    let room = app.clone();
    let tried = in_store(app, move |store| {
        guessing::try_once(store, "password_change", &subjects, move |store| {
            let id = session.account.id.clone();
            let hash = store.read(|snapshot| snapshot.find_password_hash(&id))?;
            match room.passwords.verify(&current, hash.as_deref()) {
                Err(_full) => return Ok(Try::Busy),
                Ok(false) => return Ok(Try::Wrong),
                Ok(true) => {}
            }
            let Ok(new_hash) = room.passwords.hash(&new) else { return Ok(Try::Busy) };
            store.write(&id.clone(), move |tx| tx.set_password(&id, &new_hash, Some(&session.secret_sha256)))?;
            Ok(Try::Right(()))
        })
    })
    .await?;
    guessing::verdict(tried, catalogue::sign_in_wrong)?;
    Ok(HttpResponse::NoContent().finish())
}

/// A link's secret and the password to come.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(super) struct LinkBody {
    /// The secret of the link.
    link: String,
    /// The new password.
    password: String,
}

/// Sets a password by a one-time link; all sessions of the person end.
#[utoipa::path(post, path = "/api/v1/password", tag = "people", request_body = LinkBody, responses(
    (status = 204, description = "Set; the link is used"),
    (status = 400, description = "The details say what is wrong with the password; the link still works", body = ErrorReply),
    (status = 403, description = "The request comes from another site", body = ErrorReply),
    (status = 404, description = "Wrong, used or expired link", body = ErrorReply),
    (status = 429, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(super) async fn set_password(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (link, password) = (fields.text("link", 100), fields.text("password", PASSWORD_CHARS_MAX));
    fields.finish()?;
    use_link(&app, &link, password).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets the password of the person a link is for.
pub(super) async fn use_link(app: &web::Data<App>, link: &str, password: String) -> Result<(), ApiError> {
    let invalid = || ApiError::new(catalogue::password_link_invalid());
    let link_sha256 = sha256_hex(link.as_bytes());
    let wanted = link_sha256.clone();
    let account =
        in_store(app.clone(), move |store| store.read(|snapshot| snapshot.find_password_link(&wanted, store.now())))
            .await?
            .ok_or_else(invalid)?;
    password::check(&password, &account.login).map_err(refused)?;
    let room = app.clone();
    let used = in_store(app.clone(), move |store| {
        let hash = match room.passwords.hash(&password) {
            Ok(hash) => hash,
            Err(failure) => return Ok(Err(failure)),
        };
        store.write(&account.id, move |tx| match tx.use_password_link(&link_sha256)? {
            None => Ok(Ok(false)),
            Some(account) => tx.set_password(&account.id, &hash, None).map(|()| Ok(true)),
        })
    })
    .await?;
    match used {
        Ok(true) => Ok(()),
        Ok(false) => Err(invalid()),
        Err(HashFailure::Busy) => Err(ApiError::retry_after(catalogue::too_many_tries(2), 2)),
        Err(HashFailure::Failed) => Err(ApiError::new(catalogue::internal())),
    }
}

fn refused(problems: Problems) -> ApiError {
    ApiError::with_details(catalogue::account_invalid(), problems)
}
