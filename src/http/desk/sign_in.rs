//! Pages to sign in, sign out and set a password by a link. Forms only, without scripts.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::PageQuery;
use super::frame::Frame;
use crate::app::App;
use crate::http::auth::Caller;
use crate::http::cookie::{no_session_cookie, session_cookie};
use crate::http::error::{ApiError, ErrorReply};
use crate::http::forgery::Posted;
use crate::http::sessions::{self, PASSWORD_CHARS_MAX};
use crate::problem as catalogue;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    /// Name, login and token of whoever is signed in.
    known: Option<(String, String, String)>,
    typed: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "set_password.html")]
struct PasswordPage {
    frame: Frame,
    link: String,
    is_done: bool,
    wrong: Option<String>,
}

fn page(status: StatusCode, page: &impl Template) -> Result<HttpResponse, ApiError> {
    let mut response = super::html(page)?;
    *response.status_mut() = status;
    Ok(response)
}

fn sign_in_page(frame: Frame, caller: &Caller, typed: &str, wrong: Option<String>) -> SignInPage {
    let known = caller
        .session()
        .map(|session| (session.account.name.clone(), session.account.login.clone(), frame.csrf.clone()));
    SignInPage { frame, known, typed: typed.to_owned(), wrong }
}

/// The form to sign in; for whoever is signed in, the button to sign out.
#[utoipa::path(get, path = "/sign-in", tag = "pages", security((), ("session" = [])),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(in crate::http) async fn show(
    caller: Caller,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &caller);
    page(StatusCode::OK, &sign_in_page(frame, &caller, "", None))
}

/// Signs in by form and leads to the first page.
#[utoipa::path(post, path = "/sign-in", tag = "pages", responses(
    (status = 303, description = "Signed in; leads to the first page"),
    (status = 400, body = ErrorReply),
    (status = 401, description = "The form again", content_type = "text/html", body = String),
    (status = 403, body = ErrorReply),
    (status = 429, description = "The form again", content_type = "text/html", body = String),
    (status = 503, body = ErrorReply),
))]
pub(in crate::http) async fn enter(
    app: web::Data<App>,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &Caller::STRANGER);
    let login: String = posted.field("login").chars().take(120).collect();
    let password: String = posted.field("password").chars().take(PASSWORD_CHARS_MAX).collect();
    match sessions::open(&app, &request, &login, password).await {
        Ok((secret, _)) => {
            let to = if frame.english { "/?lang=en" } else { "/" };
            let cookie = session_cookie(&app.config, secret.reveal().to_owned());
            Ok(HttpResponse::SeeOther().insert_header((LOCATION, to)).cookie(cookie).finish())
        }
        Err(refused) if refused.status().is_client_error() => {
            let words = refused.words(frame.language());
            page(refused.status(), &sign_in_page(frame, &Caller::STRANGER, &login, Some(words)))
        }
        Err(failed) => Err(failed),
    }
}

/// Signs out by form.
#[utoipa::path(post, path = "/sign-out", tag = "pages", security(("session" = [])), responses(
    (status = 303, description = "Signed out; leads to the first page"),
    (status = 401, body = ErrorReply),
    (status = 403, body = ErrorReply),
    (status = 503, body = ErrorReply),
))]
pub(in crate::http) async fn leave(app: web::Data<App>, caller: Caller) -> Result<HttpResponse, ApiError> {
    sessions::close(&app, &caller).await?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/")).cookie(no_session_cookie(&app.config)).finish())
}

/// The secret of a link.
#[derive(Deserialize)]
pub(in crate::http) struct LinkQuery {
    #[serde(default)]
    link: String,
}

/// The form to set a password by a link.
#[utoipa::path(get, path = "/set-password", tag = "pages",
    params(("link" = String, Query, description = "The secret of the link")),
    responses((status = 200, content_type = "text/html", body = String)))]
pub(in crate::http) async fn password_form(
    query: web::Query<PageQuery>,
    link: web::Query<LinkQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &Caller::STRANGER);
    page(StatusCode::OK, &password_page(frame, link.link.clone(), false, None))
}

/// Sets a password by a link and a form.
#[utoipa::path(post, path = "/set-password", tag = "pages", responses(
    (status = 200, description = "Set", content_type = "text/html", body = String),
    (status = 400, description = "The form again", content_type = "text/html", body = String),
    (status = 403, body = ErrorReply),
    (status = 404, description = "The link is wrong, used or expired", content_type = "text/html", body = String),
    (status = 429, description = "The form again", content_type = "text/html", body = String),
    (status = 503, body = ErrorReply),
))]
pub(in crate::http) async fn set_password(
    app: web::Data<App>,
    posted: Posted,
    query: web::Query<PageQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let frame = Frame::new(&request, &query, &Caller::STRANGER);
    let link: String = posted.field("link").chars().take(100).collect();
    let password: String = posted.field("password").chars().take(PASSWORD_CHARS_MAX).collect();
    let done = if password == posted.field("again") {
        sessions::use_link(&app, &link, password).await
    } else {
        Err(ApiError::new(catalogue::passwords_differ()))
    };
    match done {
        Ok(()) => page(StatusCode::OK, &password_page(frame, String::new(), true, None)),
        Err(refused) if refused.status().is_client_error() => {
            let words = refused.words(frame.language());
            page(refused.status(), &password_page(frame, link, false, Some(words)))
        }
        Err(failed) => Err(failed),
    }
}

fn password_page(frame: Frame, link: String, is_done: bool, wrong: Option<String>) -> PasswordPage {
    PasswordPage { frame, link, is_done, wrong }
}
