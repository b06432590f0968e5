//! Who may do what. A route names who may call it (see the table in `http`); nothing reaches a handler that was not admitted.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::error::ApiError;
use super::in_store;
use crate::app::App;
use crate::problem as catalogue;
use crate::secret::sha256_hex;
use crate::store::{AccessToken, Role, Round, StoreError, Visibility};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Everybody, and no token is looked at.
    Anyone,
    /// Everybody; a token, if one is sent, must be valid and shows more.
    AnyoneOrBearer,
    /// Bearers of these roles.
    Roles(&'static [Role]),
    /// Bearers of these roles whose token serves the round in the path; everybody, if the round is public.
    RoundReaders(&'static [Role]),
    /// Bearers of these roles whose token serves the round in the path, and nobody else, even if the round is public.
    RoundRoles(&'static [Role]),
}

/// Those who send from the field. A coordinator may, for paper forms.
pub(super) const SENDERS: Who = Who::Roles(&[Role::Enumerator, Role::Coordinator, Role::Administrator]);
/// Those who may read single responses.
pub(super) const RESPONSE_READERS: Who = Who::Roles(&[Role::Coordinator, Role::Analyst, Role::Administrator]);
/// Those who may read the plan: it holds no answers, but reports of agencies that are not public.
pub(super) const PLAN_READERS: Who = Who::Roles(&[Role::Coordinator, Role::Analyst, Role::Administrator]);
/// Those who may report on the plan.
pub(super) const PLAN_WRITERS: Who = Who::Roles(&[Role::Coordinator, Role::Administrator]);
/// Those who may read a private round. Not enumerators: their tokens lie on phones, and are write-only.
pub(super) const ROUND_READERS: Who = Who::RoundReaders(&[Role::Coordinator, Role::Analyst, Role::Administrator]);

/// Those who may release a reserve. Not enumerators: nobody in the field picks a household.
pub(super) const RELEASERS: Who = Who::RoundRoles(&[Role::Coordinator, Role::Administrator]);
/// Those who may read who released which reserve and why.
pub(super) const RELEASE_READERS: Who = Who::RoundRoles(&[Role::Coordinator, Role::Analyst, Role::Administrator]);

/// The bearer of a valid token; `None` for a stranger.
#[derive(Clone, Debug)]
pub(super) struct Caller(pub(super) Option<AccessToken>);

impl Caller {
    /// The token; routes for [`Who::Roles`] always have one.
    pub(super) fn token(&self) -> Result<&AccessToken, ApiError> {
        self.0.as_ref().ok_or_else(|| ApiError::new(catalogue::token_missing()))
    }

    /// The token of one who may write the plan. The plan belongs to no round: a token of one round does not write it.
    pub(super) fn plan_token(&self) -> Result<AccessToken, ApiError> {
        let token = self.token()?;
        if token.round_code.is_some() {
            return Err(ApiError::new(catalogue::not_allowed()));
        }
        Ok(token.clone())
    }

    /// Whether this caller may read a round.
    pub(super) fn may_read(&self, round: &Round) -> bool {
        round.visibility == Visibility::Public
            || self.0.as_ref().is_some_and(|token| token.role != Role::Enumerator && token.serves_round(&round.code))
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Missing only if a route was registered past the table: then nobody is let in.
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| ApiError::new(catalogue::token_missing())))
    }
}

/// The round in the path, which the caller may read.
#[derive(Clone, Debug)]
pub(super) struct ReadableRound(pub(super) Round);

impl FromRequest for ReadableRound {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| ApiError::new(catalogue::token_missing())))
    }
}

/// Before each handler: admits the caller or answers in its place.
pub(super) async fn admit(
    who: Who,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    match decide(who, &request).await {
        Ok((caller, round)) => {
            {
                let mut extensions = request.extensions_mut();
                extensions.insert(caller);
                if let Some(round) = round {
                    extensions.insert(ReadableRound(round));
                }
            }
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(refusal) => Ok(request.error_response(refusal)),
    }
}

async fn decide(who: Who, request: &ServiceRequest) -> Result<(Caller, Option<Round>), ApiError> {
    if who == Who::Anyone {
        return Ok((Caller(None), None));
    }
    let app = request.app_data::<web::Data<App>>().cloned().ok_or_else(|| ApiError::new(catalogue::internal()))?;
    let secret_sha256 = bearer_secret(request.headers())?.map(|secret| sha256_hex(secret.as_bytes()));
    let round_code = match who {
        Who::RoundReaders(_) | Who::RoundRoles(_) => Some(request.match_info().query("code").to_owned()),
        _ => None,
    };
    let asked = round_code.clone();
    let (token, round) = in_store(app.clone(), move |store| {
        store.read(|snapshot| {
            let token = match &secret_sha256 {
                None => Presented::Nothing,
                Some(sha256) => match snapshot.find_token_by_sha256(sha256)? {
                    Some(token) if token.is_valid_at(store.now()) => Presented::Valid(token),
                    _ => Presented::Invalid,
                },
            };
            let round = match &asked {
                Some(code) if !code.contains('\0') => snapshot.find_round(code)?,
                _ => None,
            };
            Ok::<_, StoreError>((token, round))
        })
    })
    .await?;
    let caller = match token {
        Presented::Nothing => Caller(None),
        Presented::Valid(token) => Caller(Some(token)),
        Presented::Invalid => return Err(ApiError::new(catalogue::token_invalid())),
    };
    match who {
        Who::Anyone | Who::AnyoneOrBearer => Ok((caller, None)),
        Who::Roles(roles) => {
            if roles.contains(&caller.token()?.role) {
                Ok((caller, None))
            } else {
                Err(ApiError::new(catalogue::not_allowed()))
            }
        }
        Who::RoundReaders(roles) => {
            let is_public = round.as_ref().is_some_and(|round| round.visibility == Visibility::Public);
            let roles = if is_public { None } else { Some(roles) };
            let round = admit_to_round(&caller, roles, round, round_code.as_deref().unwrap_or_default())?;
            Ok((caller, Some(round)))
        }
        Who::RoundRoles(roles) => {
            let round = admit_to_round(&caller, Some(roles), round, round_code.as_deref().unwrap_or_default())?;
            Ok((caller, Some(round)))
        }
    }
}

enum Presented {
    Nothing,
    Valid(AccessToken),
    Invalid,
}

/// Whoever may not read a private round is not told whether it exists. Without `roles` everybody is admitted.
fn admit_to_round(
    caller: &Caller,
    roles: Option<&[Role]>,
    round: Option<Round>,
    code: &str,
) -> Result<Round, ApiError> {
    if let Some(roles) = roles {
        let token = caller.token()?;
        if !roles.contains(&token.role) {
            return Err(ApiError::new(catalogue::not_allowed()));
        }
        if !token.serves_round(code) {
            return Err(ApiError::new(catalogue::round_not_served(code)));
        }
    }
    round.ok_or_else(|| ApiError::new(catalogue::round_unknown(code)))
}

/// The secret of `Authorization: Bearer …`; `None` without the header. Anything else in it is an invalid token.
fn bearer_secret(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    let secret = value.to_str().ok().and_then(|text| {
        let (scheme, secret) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
    });
    match (secret, values.next()) {
        (Some(secret), None) if !secret.is_empty() => Ok(Some(secret)),
        _ => Err(ApiError::new(catalogue::token_invalid())),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn only_one_bearer_header_is_read() {
        let mut headers = HeaderMap::new();
        assert!(matches!(bearer_secret(&headers), Ok(None)));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer abc"));
        assert!(matches!(bearer_secret(&headers), Ok(Some("abc"))));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer def"));
        assert!(bearer_secret(&headers).is_err(), "two tokens are one too many");
        for text in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(text));
            assert!(bearer_secret(&headers).is_err(), "{text}");
        }
    }
}
