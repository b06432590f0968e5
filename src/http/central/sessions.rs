//! Signing in for programs of ODK Central: the same people, passwords and limits on guessing as everywhere, with the secret of the
//! session as a bearer token and not as a cookie.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::auth::Caller;
use super::super::body::{self, Fields};
use super::super::error::ApiError;
use super::super::{in_store, sessions};
use super::number_of_actor;
use crate::app::App;
use crate::problem as catalogue;
use crate::store::ABSOLUTE_S;

/// Login and password.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body; it is read field by field, so that all problems are told at once")]
pub(crate) struct CentralSignInBody {
    /// The login. Central has mail addresses here.
    email: String,
    /// The password.
    password: String,
}

/// A session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralSessionReply {
    /// To be sent as `Authorization: Bearer …`. It ends after 30 minutes without a request.
    token: String,
    /// What pages need; programs do not.
    csrf: String,
    /// When it began.
    created_at: String,
    /// When it ends at the latest.
    expires_at: String,
}

/// Who calls.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CentralUserReply {
    /// Its number.
    id: i32,
    /// `user` for a person, `token` for the bearer of a token.
    r#type: &'static str,
    /// The login; null for a token.
    email: Option<String>,
    /// The name.
    display_name: String,
    /// When it was made; null for a person.
    created_at: Option<String>,
    /// Null.
    updated_at: Option<String>,
}

/// What was asked for is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct CentralSuccessReply {
    /// True.
    success: bool,
}

/// Signs in; the token is that of `Authorization: Bearer`, only at addresses below `/v1/`.
#[utoipa::path(post, path = "/v1/sessions", tag = "central", request_body = CentralSignInBody, responses(
    (status = 200, description = "Signed in", body = CentralSessionReply),
    (status = 400, description = "A field is missing"),
    (status = 401, description = "Login or password is wrong: which is not said"),
    (status = 403, description = "The request comes from another site"),
    (status = 408, description = "Too slow"),
    (status = 413, description = "Too large"),
    (status = 415, description = "Compressed"),
    (status = 429, description = "Too many wrong guesses; `Retry-After` says how long to wait"),
))]
pub(crate) async fn sign_in(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let bytes = body::read(&request, payload, &app.config).await?;
    let mut fields = Fields::parse(&bytes)?;
    let (login, password) = (fields.text("email", 120), fields.text("password", sessions::PASSWORD_CHARS_MAX));
    fields.finish()?;
    let (secret, _account) = sessions::open(&app, &request, &login, password).await?;
    let now = in_store(app, |store| Ok(store.now())).await?;
    let ends = now.plus_seconds(ABSOLUTE_S).unwrap_or(now);
    Ok(HttpResponse::Ok().json(CentralSessionReply {
        csrf: super::super::forgery::token_of(secret.reveal()),
        token: secret.reveal().to_owned(),
        created_at: now.to_string(),
        expires_at: ends.to_string(),
    }))
}

/// Signs out.
#[utoipa::path(delete, path = "/v1/sessions/current", tag = "central", security(("bearer" = [])), responses(
    (status = 200, description = "Signed out", body = CentralSuccessReply),
))]
pub(crate) async fn sign_out(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    sessions::close(&app, &caller).await?;
    Ok(HttpResponse::Ok().json(CentralSuccessReply { success: true }))
}

/// Who calls.
#[utoipa::path(get, path = "/v1/users/current", tag = "central", security(("bearer" = [])), responses(
    (status = 200, body = CentralUserReply),
))]
pub(crate) async fn current(caller: Caller) -> Result<HttpResponse, ApiError> {
    let reply = match caller.session() {
        Some(session) => CentralUserReply {
            id: number_of_actor(&session.account.id),
            r#type: "user",
            email: Some(session.account.login.clone()),
            display_name: session.account.name.clone(),
            created_at: None,
            updated_at: None,
        },
        None => {
            let token = caller.token().map_err(|_| ApiError::new(catalogue::token_missing()))?;
            CentralUserReply {
                id: number_of_actor(&token.id),
                r#type: "token",
                email: None,
                display_name: token.name.clone(),
                created_at: Some(token.created_at.clone()),
                updated_at: None,
            }
        }
    };
    Ok(HttpResponse::Ok().json(reply))
}
