//! ODK Collect: the addresses of the OpenRosa protocol, one server address for each enumerator, with a key in it.
//!
//! ```text
//! forms       the list, a form, its manifest, the households
//! submission  what comes back
//! basic       login and key by header, in the place of the key in the address
//! ```
//!
//! Answers are XML, also failures: Collect shows the enumerator the sentence in it. What an answer's status does in Collect is in
//! `docs/API.md`; reasons are in `docs/DESIGN.md`.

pub(super) mod basic;
mod forms;
mod submission;

use ::problem::Language;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, WWW_AUTHENTICATE,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

pub(super) use forms::{
    __path_form, __path_form_list, __path_households, __path_manifest, form, form_list, form_of, households, manifest,
};
pub(super) use submission::{__path_head, __path_post, __path_probe, Upload, head, post, probe};

use basic::Presented;

use super::error::{ApiError, language_of, passes};
use super::in_store;
use crate::app::App;
use crate::config::Config;
use crate::openrosa::{documents, path_part};
use crate::problem as catalogue;
use crate::secret::sha256_hex;
use crate::store::{AccessToken, Role, Round, StoreError};

/// Collect sends an upload in pieces of about this size.
const ACCEPT_CONTENT_LENGTH: &str = "10485760";
const XML: &str = "text/xml; charset=utf-8";

/// The enumerator's key and round, from the address.
#[derive(Deserialize)]
pub(super) struct Base {
    key: String,
    round: String,
}

/// The same with one published questionnaire.
#[derive(Deserialize)]
pub(super) struct OfForm {
    key: String,
    round: String,
    sha256: String,
}

/// Whose key it is, and the round. A wrong key is told nothing else.
async fn admitted(
    app: &web::Data<App>,
    request: &HttpRequest,
    key: &str,
    round_code: &str,
) -> Result<(AccessToken, Round), ApiError> {
    let shown = Presented::of(request, &app.config, key)?;
    let refused = if shown.login.is_some() { catalogue::credentials_wrong } else { catalogue::key_invalid };
    let (sha256, code) = (sha256_hex(shown.secret.as_bytes()), round_code.to_owned());
    let (token, round) = in_store(app.clone(), move |store| {
        let now = store.now();
        store.read(|snapshot| {
            let token = snapshot.find_token_by_sha256(&sha256)?.filter(|token| token.is_valid_at(now));
            let token = match token {
                Some(token) if shown.is_of(snapshot, &token)? => Some(token),
                _ => None,
            };
            let round = if code.contains('\0') { None } else { snapshot.find_round(&code)? };
            Ok::<_, StoreError>((token, round))
        })
    })
    .await?;
    let token = token.ok_or_else(|| ApiError::new(refused()))?;
    if !matches!(token.role, Role::Enumerator | Role::Coordinator | Role::Administrator) {
        return Err(ApiError::new(catalogue::not_allowed()));
    }
    if !token.serves_round(round_code) {
        return Err(ApiError::new(catalogue::round_not_served(round_code)));
    }
    let round = round.ok_or_else(|| ApiError::new(catalogue::round_unknown(round_code)))?;
    Ok((token, round))
}

/// The address that everything of one enumerator hangs on: absolute, since Collect takes no other. As it is configured, else as the
/// device called it, by the `Forwarded` or `X-Forwarded-*` headers where there is a proxy.
fn base_url(request: &HttpRequest, config: &Config, key: &str, round: &str) -> String {
    let service = config.public_url.as_deref().map_or_else(
        || {
            let connection = request.connection_info();
            format!("{}://{}", connection.scheme(), connection.host())
        },
        |url| url.trim_end_matches('/').to_owned(),
    );
    format!("{service}/v1/key/{}/projects/{}", path_part(key), path_part(round))
}

fn answer(request: &HttpRequest, status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    let language = if language_of(request.headers()) == Language::En { "en" } else { "vi" };
    response
        .insert_header((HeaderName::from_static("x-openrosa-version"), "1.0"))
        .insert_header((HeaderName::from_static("x-openrosa-accept-content-length"), ACCEPT_CONTENT_LENGTH))
        .insert_header((CONTENT_LANGUAGE, language));
    response
}

/// The failure in the protocol's words.
fn failure(request: &HttpRequest, error: &ApiError) -> HttpResponse {
    let sentence = error.sentence(language_of(request.headers()));
    let mut response = answer(request, error.status());
    if error.status() == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"khaosat\", charset=\"UTF-8\""));
    }
    if passes(error.status()) {
        response.insert_header((actix_web::http::header::RETRY_AFTER, "5"));
    }
    response.insert_header((CONTENT_TYPE, XML)).body(documents::failure(&sentence))
}

/// Bytes with their hash as entity tag; 304 for one that has them already.
fn tagged(request: &HttpRequest, media_type: &'static str, md5: &str, bytes: Vec<u8>) -> HttpResponse {
    let tag = format!("\"{md5}\"");
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let has_it = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response = answer(request, if has_it { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
    response.insert_header((ETAG, tag)).insert_header(("cache-control", "private, no-cache"));
    if has_it {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(media_type))).body(bytes)
}
