//! The one cookie: who is signed in.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

use crate::config::Config;

/// Where the address is https, the browser itself sees that no other host and no plain connection can set or read it.
const SECURE_NAME: &str = "__Host-khaosat";
const PLAIN_NAME: &str = "khaosat";

fn name(config: &Config) -> &'static str {
    if config.is_https() { SECURE_NAME } else { PLAIN_NAME }
}

/// The secret of the session cookie, if it looks like one of ours.
pub(super) fn session_secret(request: &HttpRequest, config: &Config) -> Option<String> {
    let cookie = request.cookie(name(config))?;
    (cookie.value().len() <= 100).then(|| cookie.value().to_owned())
}

/// The cookie of a new session. It has no age: it goes with the browser, and the server ends it anyway.
pub(super) fn session_cookie(config: &Config, secret: String) -> Cookie<'static> {
    Cookie::build(name(config), secret)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .finish()
}

/// Takes the session cookie away.
pub(super) fn no_session_cookie(config: &Config) -> Cookie<'static> {
    let mut cookie = session_cookie(config, String::new());
    cookie.make_removal();
    cookie
}
