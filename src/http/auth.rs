//! Who may do what. A route names who may call it (see the table in `http`); nothing reaches a handler that was not admitted.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::central;
use super::cookie::session_secret;
use super::error::ApiError;
use super::round_asked::RoundAsked;
use super::{forgery, in_store};
use crate::app::App;
use crate::problem as catalogue;
use crate::secret::sha256_hex;
use crate::store::{AccessToken, OpenSession, Role, Round, Snapshot, StoreError, Timestamp, Visibility};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Everybody, and neither token nor cookie is looked at.
    Anyone,
    /// Everybody; who sends a token (which must be valid) or is signed in sees more.
    AnyoneOrKnown,
    /// Everybody who is signed in.
    SignedIn,
    /// Bearers of these roles. No cookie is looked at: these are the addresses of devices and programs.
    Bearers(&'static [Role]),
    /// Bearers and people who hold one of these roles, in whatever round.
    Roles(&'static [Role]),
    /// Those who hold one of these roles in all rounds.
    RolesEverywhere(&'static [Role]),
    /// Those who hold one of these roles in the round in the path; everybody, if the round is public.
    RoundReaders(&'static [Role]),
    /// Those who hold one of these roles in the round in the path, and nobody else, even if the round is public.
    RoundRoles(&'static [Role]),
}

/// Those who send from the field. A coordinator may, for paper forms.
pub(super) const SENDERS: Who = Who::Bearers(&[Role::Enumerator, Role::Coordinator, Role::Administrator]);
/// Roles that may know of single responses: when they came, what was said of them, what looks odd.
pub(super) const RESPONSE_ROLES: &[Role] =
    &[Role::Coordinator, Role::Supervisor, Role::Analyst, Role::Auditor, Role::Administrator];
/// Roles that may read single responses as they came, with whatever tells who was asked: those who lead, review and audit. Analysts work
/// with tables, which leave that out.
pub(super) const WHOLE_ROLES: &[Role] = &[Role::Coordinator, Role::Supervisor, Role::Auditor, Role::Administrator];
/// Those who may read single responses as they came.
pub(super) const RESPONSE_READERS: Who = Who::Roles(WHOLE_ROLES);
/// The same, for addresses that name the round.
pub(super) const WHOLE_READERS: Who = Who::RoundRoles(WHOLE_ROLES);
/// Those who may read the plan: it holds no answers, but reports of agencies that are not public.
pub(super) const PLAN_READERS: Who = Who::Roles(PLAN_READER_ROLES);
/// Roles that may read the plan.
pub(super) const PLAN_READER_ROLES: &[Role] = &[Role::Coordinator, Role::Analyst, Role::Auditor, Role::Administrator];
/// Roles that may report on the plan.
pub(super) const PLAN_WRITER_ROLES: &[Role] = &[Role::Coordinator, Role::Administrator];
/// Those who may report on the plan.
pub(super) const PLAN_WRITERS: Who = Who::Roles(PLAN_WRITER_ROLES);
/// Roles that may read a private round. Not enumerators: their tokens lie on phones, and are write-only.
pub(super) const READER_ROLES: &[Role] =
    &[Role::Coordinator, Role::Supervisor, Role::Analyst, Role::Auditor, Role::Administrator];
/// Those who may read some private round.
pub(super) const READERS: Who = Who::Roles(READER_ROLES);
/// Those who may read a private round.
pub(super) const ROUND_READERS: Who = Who::RoundReaders(READER_ROLES);
/// Those who may take interviews out of the house, even of a public round.
pub(super) const EXPORTERS: Who = Who::RoundRoles(EXPORTER_ROLES);
/// Roles that may take interviews out of the house.
pub(super) const EXPORTER_ROLES: &[Role] = &[Role::Coordinator, Role::Analyst, Role::Administrator];
/// Those who may ask a round's answers whatever they want: estimates, never single answers.
pub(super) const ANALYSTS: Who = Who::RoundRoles(ANALYST_ROLES);
/// Roles that may ask a round's answers.
pub(super) const ANALYST_ROLES: &[Role] = &[Role::Coordinator, Role::Analyst, Role::Auditor, Role::Administrator];
/// Those who may read the office's templates of sentences; who may change them holds a role in all rounds.
pub(super) const SENTENCE_READERS: Who = Who::Roles(ANALYST_ROLES);
/// Roles that may take along what can tell a person.
pub(super) const IDENTIFYING_ROLES: &[Role] = &[Role::Coordinator, Role::Administrator];
/// Those who may release a reserve. Not enumerators: nobody in the field picks a household.
pub(super) const RELEASERS: Who = Who::RoundRoles(&[Role::Coordinator, Role::Administrator]);
/// Those who may read who released which reserve and why.
pub(super) const RELEASE_READERS: Who = Who::RoundRoles(READER_ROLES);
/// Roles that lead the field: enumerators, devices, assignment.
pub(super) const LEADER_ROLES: &[Role] = &[Role::Coordinator, Role::Administrator];
/// Those who lead the field.
pub(super) const FIELD_LEADERS: Who = Who::RoundRoles(LEADER_ROLES);
/// Those who make rounds: they lead the field of all of them.
pub(super) const ROUND_MAKERS: Who = Who::RolesEverywhere(LEADER_ROLES);
/// Roles that look after the whole house.
pub(super) const ADMINISTRATION_ROLES: &[Role] = &[Role::Administrator, Role::Auditor];
/// Those who look after the whole house: its log, its backups, its people.
pub(super) const ADMINISTRATION: Who = Who::RolesEverywhere(ADMINISTRATION_ROLES);
/// Those who may see who is in the field with what.
pub(super) const FIELD_READERS: Who = Who::RoundRoles(FIELD_READER_ROLES);
/// Roles that may see who is in the field with what.
pub(super) const FIELD_READER_ROLES: &[Role] =
    &[Role::Coordinator, Role::Supervisor, Role::Auditor, Role::Administrator];
/// Roles that review interviews.
pub(super) const REVIEWER_ROLES: &[Role] = &[Role::Supervisor, Role::Coordinator, Role::Administrator];
/// Those who review interviews.
pub(super) const REVIEWERS: Who = Who::RoundRoles(REVIEWER_ROLES);
/// Those who may read interviews with their reviews.
pub(super) const REVIEW_READERS: Who = Who::RoundRoles(RESPONSE_ROLES);

/// Who calls.
#[derive(Clone, Debug)]
pub(super) enum Identity {
    /// The bearer of a valid token.
    Token(AccessToken),
    /// Somebody who is signed in.
    Person(OpenSession),
}

impl Identity {
    /// Whether it holds one of the roles in a round.
    fn holds(&self, roles: &[Role], round_code: &str) -> bool {
        match self {
            Self::Token(token) => roles.contains(&token.role) && token.serves_round(round_code),
            Self::Person(session) => session.account.holds(roles, round_code),
        }
    }

    /// Whether it holds one of the roles in any round.
    fn holds_anywhere(&self, roles: &[Role]) -> bool {
        match self {
            Self::Token(token) => roles.contains(&token.role),
            Self::Person(session) => session.account.grants.iter().any(|grant| roles.contains(&grant.role)),
        }
    }

    /// Whether it holds one of the roles in all rounds.
    fn holds_everywhere(&self, roles: &[Role]) -> bool {
        match self {
            Self::Token(token) => roles.contains(&token.role) && token.round_code.is_none(),
            Self::Person(session) => {
                let grants = &session.account.grants;
                grants.iter().any(|grant| roles.contains(&grant.role) && grant.round_code.is_none())
            }
        }
    }
}

/// Whoever calls; `None` for a stranger.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    identity: Option<Identity>,
    /// What forms of this person must carry.
    csrf: String,
}

impl Caller {
    /// Nobody who is known.
    pub(super) const STRANGER: Self = Self { identity: None, csrf: String::new() };

    fn identity(&self) -> Result<&Identity, ApiError> {
        self.identity.as_ref().ok_or_else(|| ApiError::new(catalogue::token_missing()))
    }

    /// The token; routes for [`Who::Bearers`] always have one.
    pub(super) fn token(&self) -> Result<&AccessToken, ApiError> {
        match self.identity()? {
            Identity::Token(token) => Ok(token),
            Identity::Person(_) => Err(ApiError::new(catalogue::token_missing())),
        }
    }

    /// The session, if it is a person who is signed in.
    pub(super) fn session(&self) -> Option<&OpenSession> {
        match &self.identity {
            Some(Identity::Person(session)) => Some(session),
            _ => None,
        }
    }

    /// What forms of this person must carry; empty for whoever is not signed in.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Under which name the acts of this caller stand in the audit log.
    pub(super) fn actor(&self) -> Result<String, ApiError> {
        Ok(match self.identity()? {
            Identity::Token(token) => token.id.clone(),
            Identity::Person(session) => session.account.id.clone(),
        })
    }

    /// Whether this caller holds one of the roles in a round.
    pub(super) fn holds(&self, roles: &[Role], round_code: &str) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.holds(roles, round_code))
    }

    /// Whether this caller holds one of the roles in any round.
    pub(super) fn holds_anywhere(&self, roles: &[Role]) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.holds_anywhere(roles))
    }

    /// Whether this caller holds one of the roles in all rounds.
    pub(super) fn holds_everywhere(&self, roles: &[Role]) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.holds_everywhere(roles))
    }

    /// The name of one who may write the plan. It belongs to no round: who works in one round only does not write it.
    pub(super) fn plan_writer(&self) -> Result<String, ApiError> {
        if !self.holds_everywhere(PLAN_WRITER_ROLES) {
            return Err(ApiError::new(catalogue::not_allowed()));
        }
        self.actor()
    }

    /// Whether this caller may read a round.
    pub(super) fn may_read(&self, round: &Round) -> bool {
        round.visibility == Visibility::Public || self.holds(READER_ROLES, &round.code)
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
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let decided = match decide(who, &request).await {
        Ok((caller, round)) => forgery::check(&mut request, &caller).await.map(|()| (caller, round)),
        Err(refusal) => Err(refusal),
    };
    match decided {
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
        return Ok((Caller::STRANGER, None));
    }
    let app = request.app_data::<web::Data<App>>().cloned().ok_or_else(|| ApiError::new(catalogue::internal()))?;
    let is_central = central::is_central(request.path());
    let basic = if is_central { central::secret_by_basic(request.request(), &app.config)? } else { None };
    let secret = match basic {
        Some(secret) => Some(secret),
        None => bearer_secret(request.headers())?.map(str::to_owned),
    };
    let secret_sha256 = secret.map(|secret| sha256_hex(secret.as_bytes()));
    // A token goes before a cookie, and the addresses of devices never look at one.
    let cookie = match (who, &secret_sha256) {
        (Who::Bearers(_), _) | (_, Some(_)) => None,
        _ if is_central => None,
        _ => session_secret(request.request(), &app.config),
    };
    let csrf = cookie.as_deref().map(forgery::token_of).unwrap_or_default();
    let asked = match who {
        Who::RoundReaders(_) | Who::RoundRoles(_) => RoundAsked::of(request),
        _ => RoundAsked::None,
    };
    let (presented, round, round_code) = in_store(app.clone(), move |store| {
        let found = store.read(|snapshot| {
            let presented = match (&secret_sha256, &cookie) {
                (Some(sha256), _) => match token_of(snapshot, sha256, store.now())? {
                    // Programs of ODK Central sign in for a bearer token.
                    Presented::Invalid if is_central => session_of(snapshot, sha256, store.now())?,
                    presented => presented,
                },
                (None, None) => Presented::Nothing,
                // A cookie that opens nothing any more is as good as none: the person is asked to sign in.
                (None, Some(secret)) => {
                    let open = snapshot.find_open_session(&sha256_hex(secret.as_bytes()), store.now())?;
                    open.map_or(Presented::Nothing, |session| Presented::Valid(Identity::Person(session)))
                }
            };
            let (round, code) = asked.find(snapshot)?;
            Ok::<_, StoreError>((presented, round, code))
        })?;
        if let Presented::Valid(Identity::Person(session)) = &found.0
            && session.is_to_be_noted
        {
            let name = session.secret_sha256.clone();
            store.write(&session.account.id, move |tx| tx.note_session(&name))?;
        }
        Ok(found)
    })
    .await?;
    let caller = match presented {
        Presented::Nothing => Caller::STRANGER,
        Presented::Valid(identity) => Caller { csrf, identity: Some(identity) },
        Presented::Invalid => return Err(ApiError::new(catalogue::token_invalid())),
        Presented::RevokedDevice => return Err(ApiError::new(catalogue::device_revoked())),
    };
    let refused = || ApiError::new(catalogue::not_allowed());
    match who {
        Who::Anyone | Who::AnyoneOrKnown => Ok((caller, None)),
        Who::SignedIn => match caller.identity()? {
            Identity::Person(_) => Ok((caller, None)),
            Identity::Token(_) => Err(refused()),
        },
        Who::Bearers(roles) | Who::Roles(roles) => {
            if caller.identity()?.holds_anywhere(roles) {
                Ok((caller, None))
            } else {
                Err(refused())
            }
        }
        Who::RolesEverywhere(roles) => {
            if caller.identity()?.holds_everywhere(roles) {
                Ok((caller, None))
            } else {
                Err(refused())
            }
        }
        Who::RoundReaders(roles) => {
            let is_public = round.as_ref().is_some_and(|round| round.visibility == Visibility::Public);
            let roles = if is_public { None } else { Some(roles) };
            let round = admit_to_round(&caller, roles, round, &round_code)?;
            Ok((caller, Some(round)))
        }
        Who::RoundRoles(roles) => {
            let round = admit_to_round(&caller, Some(roles), round, &round_code)?;
            Ok((caller, Some(round)))
        }
    }
}

enum Presented {
    Nothing,
    Valid(Identity),
    Invalid,
    RevokedDevice,
}

fn session_of(snapshot: &mut Snapshot<'_>, sha256: &str, now: Timestamp) -> Result<Presented, StoreError> {
    let open = snapshot.find_open_session(sha256, now)?;
    Ok(open.map_or(Presented::Invalid, |session| Presented::Valid(Identity::Person(session))))
}

fn token_of(snapshot: &mut Snapshot<'_>, sha256: &str, now: Timestamp) -> Result<Presented, StoreError> {
    let Some(token) = snapshot.find_token_by_sha256(sha256)? else { return Ok(Presented::Invalid) };
    if token.is_valid_at(now) {
        return Ok(Presented::Valid(Identity::Token(token)));
    }
    // Only whoever holds the device's own secret is told, so nothing is given away, and the enumerator knows what to do.
    let is_revoked_device = token.revoked_at.is_some() && snapshot.is_device(&token.id)?;
    Ok(if is_revoked_device { Presented::RevokedDevice } else { Presented::Invalid })
}

/// Whoever may not read a private round is not told whether it exists. Without `roles` everybody is admitted.
fn admit_to_round(
    caller: &Caller,
    roles: Option<&[Role]>,
    round: Option<Round>,
    code: &str,
) -> Result<Round, ApiError> {
    if let Some(roles) = roles {
        let identity = caller.identity()?;
        if !identity.holds_anywhere(roles) {
            return Err(ApiError::new(catalogue::not_allowed()));
        }
        if !identity.holds(roles, code) {
            return Err(ApiError::new(catalogue::round_not_served(code)));
        }
    }
    round.ok_or_else(|| ApiError::new(catalogue::round_unknown(code)))
}

/// The secret of `Authorization: Bearer …`; `None` without the header. Anything else in it is an invalid token.
pub(super) fn bearer_secret(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
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
