//! Access tokens: made, found by their hash, listed, revoked. The secret itself never comes here.

use diesel::prelude::*;

use super::clock::Timestamp;
use super::error::StoreError;
use super::schema::access_token;
use super::{Snapshot, Transaction, stored_words};

stored_words! {
    /// What a person, or the bearer of a token, may do; `http/auth.rs` says what that is.
    Role {
        /// Everything.
        Administrator = "administrator",
        /// Runs the fieldwork of a round.
        Coordinator = "coordinator",
        /// Reviews interviews and watches over enumerators.
        Supervisor = "supervisor",
        /// Sends interviews and sees the cases assigned to the person, nothing else.
        Enumerator = "enumerator",
        /// Reads responses and results.
        Analyst = "analyst",
        /// Reads everything that was done, changes nothing.
        Auditor = "auditor",
    }
}

impl Role {
    /// The roles a token can have. Supervisors and auditors are people: they sign in.
    pub const OF_TOKENS: &'static [Self] = &[Self::Administrator, Self::Coordinator, Self::Enumerator, Self::Analyst];
}

/// A token to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// Its public name, safe to log.
    pub id: String,
    /// The round it serves; `None` for all. An enumerator's token needs one.
    pub round_code: Option<String>,
    /// Whose it is.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the secret, in hexadecimal.
    pub token_sha256: String,
    /// From this instant on it is no longer valid.
    pub expires_at: Option<Timestamp>,
    /// The person it belongs to; an enumerator's token needs one.
    pub account_id: Option<String>,
}

/// A stored token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Its public name, safe to log.
    pub id: String,
    /// The round it serves; `None` for all.
    pub round_code: Option<String>,
    /// Whose it is.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: String,
    /// From this instant on it is no longer valid.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// The person it belongs to.
    pub account_id: Option<String>,
}

impl AccessToken {
    /// Whether it may still be used. The texts compare as the instants do (see [`Timestamp`]).
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.as_ref().is_none_or(|expiry| now.to_string() < *expiry)
    }

    /// Whether it serves a round.
    #[must_use]
    pub fn serves_round(&self, round_code: &str) -> bool {
        self.round_code.as_deref().is_none_or(|own| own == round_code)
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = access_token)]
struct Row {
    id: String,
    round_code: Option<String>,
    name: String,
    role: String,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    account_id: Option<String>,
}

impl Row {
    fn into_token(self) -> Result<AccessToken, StoreError> {
        Ok(AccessToken {
            role: Role::from_stored(&self.role)?,
            id: self.id,
            round_code: self.round_code,
            name: self.name,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            account_id: self.account_id,
        })
    }
}

impl Snapshot<'_> {
    /// The token of a hash, valid or not.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_token_by_sha256(&mut self, token_sha256: &str) -> Result<Option<AccessToken>, StoreError> {
        let row: Option<Row> = access_token::table
            .filter(access_token::token_sha256.eq(token_sha256))
            .select(Row::as_select())
            .first(self.conn)
            .optional()?;
        row.map(Row::into_token).transpose()
    }

    /// All tokens, in the order they were made.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_tokens(&mut self) -> Result<Vec<AccessToken>, StoreError> {
        let rows: Vec<Row> = access_token::table
            .order((access_token::created_at, access_token::id))
            .select(Row::as_select())
            .load(self.conn)?;
        rows.into_iter().map(Row::into_token).collect()
    }
}

impl Transaction<'_> {
    /// Stores a token.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when its round does not exist.
    pub fn create_token(&mut self, token: &NewToken) -> Result<(), StoreError> {
        if let Some(code) = &token.round_code
            && self.find_round(code)?.is_none()
        {
            return Err(StoreError::Missing { what: format!("round {code}") });
        }
        let created_at = self.now.to_string();
        diesel::insert_into(access_token::table)
            .values((
                access_token::id.eq(&token.id),
                access_token::round_code.eq(&token.round_code),
                access_token::name.eq(&token.name),
                access_token::role.eq(token.role.as_str()),
                access_token::token_sha256.eq(&token.token_sha256),
                access_token::created_at.eq(created_at),
                access_token::expires_at.eq(token.expires_at.map(|instant| instant.to_string())),
                access_token::account_id.eq(&token.account_id),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("token {}", token.id)))?;
        self.audit("token.created", &token.id, token.role.as_str())
    }

    /// Revokes a token, from now on and for good. Revoking it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such token.
    pub fn revoke_token(&mut self, id: &str) -> Result<(), StoreError> {
        let revoked_at = self.now.to_string();
        let known: i64 = access_token::table.filter(access_token::id.eq(id)).count().get_result(self.conn)?;
        if known == 0 {
            return Err(StoreError::Missing { what: format!("token {id}") });
        }
        let changed = diesel::update(access_token::table.find(id).filter(access_token::revoked_at.is_null()))
            .set(access_token::revoked_at.eq(Some(revoked_at)))
            .execute(self.conn)?;
        if changed == 0 { Ok(()) } else { self.audit("token.revoked", id, "") }
    }
}
