//! Who is signed in. Sessions stand in the database, so that several nodes share them and a disabled person is out at once.

use diesel::prelude::*;

use super::account::Account;
use super::clock::Timestamp;
use super::error::StoreError;
use super::schema::{password_link, session};
use super::{Snapshot, Transaction};

/// How long a session lives without a request, in seconds.
pub const IDLE_S: i64 = 30 * 60;
/// How long a session lives at most, in seconds.
pub const ABSOLUTE_S: i64 = 12 * 60 * 60;
/// A request is noted when the last note is older than this, in seconds: not every click is a write.
const NOTE_EVERY_S: i64 = 60;

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// Hash of the cookie's secret: the session's name.
    pub secret_sha256: String,
    /// The person.
    pub account: Account,
    /// Whether the last note of a request is old enough for another.
    pub is_to_be_noted: bool,
}

fn before(now: Timestamp, seconds: i64) -> String {
    now.plus_seconds(-seconds).map(|instant| instant.to_string()).unwrap_or_default()
}

impl Snapshot<'_> {
    /// The session of a cookie, if it is open and its person may still sign in.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_open_session(
        &mut self,
        secret_sha256: &str,
        now: Timestamp,
    ) -> Result<Option<OpenSession>, StoreError> {
        let row: Option<(String, String)> = session::table
            .find(secret_sha256)
            .filter(session::ended_at.is_null())
            .filter(session::ends_at.gt(now.to_string()))
            .filter(session::seen_at.gt(before(now, IDLE_S)))
            .select((session::account_id, session::seen_at))
            .first(self.conn)
            .optional()?;
        let Some((account_id, seen_at)) = row else { return Ok(None) };
        let account = self.find_account(&account_id)?.filter(|account| account.disabled_at.is_none());
        Ok(account.map(|account| OpenSession {
            secret_sha256: secret_sha256.to_owned(),
            account,
            is_to_be_noted: seen_at < before(now, NOTE_EVERY_S),
        }))
    }

    /// How many sessions are open.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_open_sessions(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        let n: i64 = session::table
            .filter(session::ended_at.is_null())
            .filter(session::ends_at.gt(now.to_string()))
            .filter(session::seen_at.gt(before(now, IDLE_S)))
            .count()
            .get_result(self.conn)?;
        Ok(u64::try_from(n).unwrap_or_default())
    }

    /// Whose password a link sets, if it may still be used and the person may sign in.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_password_link(&mut self, secret_sha256: &str, now: Timestamp) -> Result<Option<Account>, StoreError> {
        let account_id: Option<String> = password_link::table
            .find(secret_sha256)
            .filter(password_link::used_at.is_null())
            .filter(password_link::expires_at.gt(now.to_string()))
            .select(password_link::account_id)
            .first(self.conn)
            .optional()?;
        let Some(account_id) = account_id else { return Ok(None) };
        Ok(self.find_account(&account_id)?.filter(|account| account.disabled_at.is_none()))
    }
}

impl Transaction<'_> {
    /// Opens a session under a new secret, and ends the one the browser had before, whosever that was.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn open_session(
        &mut self,
        account_id: &str,
        secret_sha256: &str,
        before_sha256: Option<&str>,
    ) -> Result<(), StoreError> {
        if let Some(before) = before_sha256 {
            let open = session::table.find(before).filter(session::ended_at.is_null());
            diesel::update(open).set(session::ended_at.eq(Some(self.now.to_string()))).execute(self.snapshot.conn)?;
        }
        let now = self.now.to_string();
        let ends_at = self.now.plus_seconds(ABSOLUTE_S).map(|instant| instant.to_string()).unwrap_or_default();
        diesel::insert_into(session::table)
            .values((
                session::secret_sha256.eq(secret_sha256),
                session::account_id.eq(account_id),
                session::started_at.eq(&now),
                session::seen_at.eq(&now),
                session::ends_at.eq(ends_at),
            ))
            .execute(self.conn)?;
        self.audit("session.opened", account_id, "")
    }

    /// Notes that a session is used.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn note_session(&mut self, secret_sha256: &str) -> Result<(), StoreError> {
        let now = self.now.to_string();
        diesel::update(session::table.find(secret_sha256)).set(session::seen_at.eq(now)).execute(self.conn)?;
        Ok(())
    }

    /// Ends one session.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn end_session(&mut self, account_id: &str, secret_sha256: &str) -> Result<(), StoreError> {
        let now = self.now.to_string();
        diesel::update(session::table.find(secret_sha256).filter(session::ended_at.is_null()))
            .set(session::ended_at.eq(Some(now)))
            .execute(self.conn)?;
        self.audit("session.ended", account_id, "")
    }

    /// Makes a password link valid for some hours; earlier ones of the same person end.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn create_password_link(
        &mut self,
        account_id: &str,
        secret_sha256: &str,
        hours: i64,
    ) -> Result<(), StoreError> {
        let now = self.now.to_string();
        let expires_at = self.now.plus_seconds(hours * 3_600).map(|instant| instant.to_string()).unwrap_or_default();
        self.end_password_links(account_id)?;
        let made_by = self.actor.clone();
        diesel::insert_into(password_link::table)
            .values((
                password_link::secret_sha256.eq(secret_sha256),
                password_link::account_id.eq(account_id),
                password_link::made_at.eq(now),
                password_link::made_by.eq(made_by),
                password_link::expires_at.eq(expires_at),
            ))
            .execute(self.conn)?;
        self.audit("password_link.made", account_id, "")
    }

    /// Ends the unused links of somebody.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn end_password_links(&mut self, account_id: &str) -> Result<(), StoreError> {
        let now = self.now.to_string();
        let open = password_link::table
            .filter(password_link::account_id.eq(account_id))
            .filter(password_link::used_at.is_null());
        diesel::update(open).set(password_link::used_at.eq(Some(now))).execute(self.conn)?;
        Ok(())
    }

    /// Uses a password link, once: of two at the same time one gets it, the other `None`.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn use_password_link(&mut self, secret_sha256: &str) -> Result<Option<Account>, StoreError> {
        let now = self.now;
        let Some(account) = self.find_password_link(secret_sha256, now)? else { return Ok(None) };
        let used = diesel::update(password_link::table.find(secret_sha256).filter(password_link::used_at.is_null()))
            .set(password_link::used_at.eq(Some(now.to_string())))
            .execute(self.conn)?;
        Ok((used == 1).then_some(account))
    }
}
