//! Basic authentication in the place of the key in the address (RFC 7617): the login of the enumerator, and the key as password. Then no
//! key stands in an address, where proxies write it down. Only over TLS: Collect sends it there only, and anybody on the line could read it.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unicode_normalization::UnicodeNormalization;

use super::super::client_address::came_by_tls;
use super::super::error::ApiError;
use crate::config::Config;
use crate::problem as catalogue;
use crate::store::{AccessToken, Snapshot, StoreError};

/// What stands in the address in the place of a key.
const BY_HEADER: &str = "-";

/// What a client shows.
pub(super) struct Presented {
    /// The key.
    pub(super) secret: String,
    /// Whose it is, as the client says; `None` where the key stands in the address.
    pub(super) login: Option<String>,
}

impl Presented {
    /// What a request shows: the key in its address, or login and key in its header.
    pub(super) fn of(request: &HttpRequest, config: &Config, key: &str) -> Result<Self, ApiError> {
        if key != BY_HEADER {
            return Ok(Self { secret: key.to_owned(), login: None });
        }
        if !came_by_tls(request, config) {
            return Err(ApiError::new(catalogue::basic_needs_https()));
        }
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (login, secret) =
            header.and_then(credentials).ok_or_else(|| ApiError::new(catalogue::credentials_wrong()))?;
        Ok(Self { secret, login: Some(login) })
    }

    /// Whether the token belongs to the login that came with it: that of its person, or its own id.
    pub(super) fn is_of(&self, snapshot: &mut Snapshot<'_>, token: &AccessToken) -> Result<bool, StoreError> {
        let Some(login) = &self.login else { return Ok(true) };
        if *login == token.id {
            return Ok(true);
        }
        let Some(account_id) = &token.account_id else { return Ok(false) };
        Ok(snapshot.find_account(account_id)?.is_some_and(|account| account.login == *login))
    }
}

/// Login and password of `Basic base64(login:password)`.
pub(in super::super) fn credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (login, password) = text.split_once(':')?;
    Some((login.trim().to_lowercase().nfc().collect(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_read_as_the_standard_says() {
        let of = |text: &str| credentials(&format!("Basic {}", STANDARD.encode(text)));
        assert_eq!(of("Hoa:khs_1:2"), Some(("hoa".to_owned(), "khs_1:2".to_owned())), "a password may hold a colon");
        assert_eq!(of("no colon"), None);
        for header in ["Basic", "Basic ???", "Bearer aG9hOng=", "Digest username=\"x\""] {
            assert_eq!(credentials(header), None, "{header}");
        }
    }
}
