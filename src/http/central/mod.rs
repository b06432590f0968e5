//! The reading API in the shape of ODK Central, for programs that were written for it: `pyodk`, Excel and Power BI with Central's feed.
//!
//! ```text
//! sessions     signing in for a bearer token; who that is
//! projects     rounds                    forms        what they ask
//! submissions  interviews, their files    reviews  what reviewers said
//! feed         OData
//! failures     in Central's shape: {"message", "code"}
//! ```
//!
//! A project is a round; its number follows from its code ([`number_of`]). Who may read what is the same as at our own addresses: the
//! same guards, the same log. What cannot be mapped honestly is refused.

mod failures;
mod feed;
mod forms;
mod projects;
mod reviews;
mod sessions;
mod submissions;

pub(super) use failures::{CentralErrorReply, reply};
pub(super) use feed::{__path_metadata, __path_rows, __path_service, metadata, rows, service};
pub(super) use forms::{
    __path_fields, __path_list, __path_show, __path_versions, __path_xml, fields, list, show, versions, xml,
};
pub(super) use projects::{__path_project, __path_projects, project, projects};
pub(super) use reviews::{__path_comment, __path_comments, __path_review, comment, comments, review};
pub(super) use sessions::{__path_current, __path_sign_in, __path_sign_out, current, sign_in, sign_out};
pub(super) use submissions::{
    __path_attachment, __path_attachments, __path_submission, __path_submission_xml, __path_submissions, attachment,
    attachments, submission, submission_xml, submissions,
};

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use super::auth::Caller;
use super::client_address::came_by_tls;
use super::collect::basic::credentials;
use super::error::ApiError;
use crate::app::App;
use crate::config::Config;
use crate::openrosa::central::number_of;
use crate::problem as catalogue;
use crate::store::{Round, Snapshot, Store, StoreError};

/// Whether an address is one of these. Collect's stand below `/v1/key/`.
pub(super) fn is_central(path: &str) -> bool {
    path.starts_with("/v1/") && !path.starts_with("/v1/key/")
}

/// The token of `Authorization: Basic`, which stands there as the password, for programs that know no other way to sign in, such as Excel and
/// Power BI. Over TLS only.
pub(super) fn secret_by_basic(request: &HttpRequest, config: &Config) -> Result<Option<String>, ApiError> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((_, secret)) = header.and_then(credentials) else { return Ok(None) };
    if !came_by_tls(request, config) {
        return Err(ApiError::new(catalogue::basic_needs_https()));
    }
    Ok(Some(secret))
}

/// The number of a round.
pub(super) fn number_of_round(code: &str) -> i32 {
    number_of("round", code)
}

/// The number of a token or account.
fn number_of_actor(id: &str) -> i32 {
    number_of("actor", id)
}

/// The round of a number in an address. Of two with one number, which 31 bits make all but impossible, none.
pub(super) fn find_round(snapshot: &mut Snapshot<'_>, number: &str) -> Result<Option<Round>, StoreError> {
    let Ok(number) = number.parse::<i32>() else { return Ok(None) };
    let mut found: Vec<Round> = snapshot.list_rounds()?;
    found.retain(|round| number_of_round(&round.code) == number);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(Some(only)),
        (Some(_), false) => {
            tracing::error!(number, "two rounds have one number for programs of ODK Central");
            Ok(None)
        }
        (None, _) => Ok(None),
    }
}

/// Writes down that data of a round were read out, before they leave.
fn log(store: &Store, caller: &Caller, round: &Round, detail: String) -> Result<(), ApiError> {
    let (actor, code) = (caller.actor()?, round.code.clone());
    Ok(store.write(&actor, move |tx| tx.log_export(&code, &detail))?)
}

/// The address of the service as the caller reached it.
fn service_address(request: &HttpRequest, app: &App) -> String {
    app.config.public_url.as_deref().map_or_else(
        || {
            let connection = request.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        },
        |url| url.trim_end_matches('/').to_owned(),
    )
}

fn form_unknown(form_id: &str) -> ApiError {
    ApiError::new(catalogue::form_not_asked(form_id, &[]))
}
