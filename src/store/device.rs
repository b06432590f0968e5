//! Enumerators' devices: made by a one-time code, listed with what they said of themselves, revoked.

use diesel::prelude::*;

use super::clock::Timestamp;
use super::error::StoreError;
use super::schema::{access_token, activation_code, device};
use super::token::{NewToken, Role};
use super::{Snapshot, Transaction};

/// A code to be stored: its slow hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActivationCode {
    /// The slow hash of the code.
    pub code_hash: String,
    /// The enumerator.
    pub account_id: String,
    /// The round.
    pub round_code: String,
    /// From then on it makes no device.
    pub expires_at: Timestamp,
}

/// What a device is made of, when its code is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    /// Its public name.
    pub id: String,
    /// How it calls itself.
    pub name: String,
    /// Public name of its token.
    pub token_id: String,
    /// SHA-256 of its token's secret.
    pub token_sha256: String,
}

/// Whom a code was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The enumerator.
    pub account_id: String,
    /// The round.
    pub round_code: String,
}

/// What a device says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceState {
    /// Interviews and contact attempts that wait to be sent.
    pub n_unsent: i64,
    /// Interviews that were begun.
    pub n_drafts: i64,
    /// Version of its program.
    pub app_version: String,
    /// Whether its system promised not to throw the data away.
    pub storage_persisted: bool,
    /// Bytes used, where the system tells.
    pub storage_used_bytes: Option<i64>,
    /// Bytes allowed, where the system tells.
    pub storage_quota_bytes: Option<i64>,
    /// Its clock.
    pub device_time: Timestamp,
}

/// A device as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its public name.
    pub id: String,
    /// Its token.
    pub token_id: String,
    /// Whose it is.
    pub account_id: String,
    /// The round.
    pub round_code: String,
    /// How it calls itself.
    pub name: String,
    /// When it was made.
    pub activated_at: String,
    /// When it last finished a sync, by the server's clock.
    pub synced_at: Option<String>,
    /// What waits on it, as it said last.
    pub n_unsent: Option<i64>,
    /// What was begun on it, as it said last.
    pub n_drafts: Option<i64>,
    /// Version of its program.
    pub app_version: Option<String>,
    /// Whether its storage is protected.
    pub storage_persisted: Option<bool>,
    /// Its clock minus ours, in milliseconds.
    pub clock_offset_ms: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = device)]
struct Row {
    id: String,
    token_id: String,
    account_id: String,
    round_code: String,
    name: String,
    activated_at: String,
    synced_at: Option<String>,
    n_unsent: Option<i64>,
    n_drafts: Option<i64>,
    app_version: Option<String>,
    storage_persisted: Option<bool>,
    clock_offset_ms: Option<i64>,
}

impl Row {
    fn into_device(self, revoked_at: Option<String>) -> Device {
        Device {
            id: self.id,
            token_id: self.token_id,
            account_id: self.account_id,
            round_code: self.round_code,
            name: self.name,
            activated_at: self.activated_at,
            synced_at: self.synced_at,
            n_unsent: self.n_unsent,
            n_drafts: self.n_drafts,
            app_version: self.app_version,
            storage_persisted: self.storage_persisted,
            clock_offset_ms: self.clock_offset_ms,
            revoked_at,
        }
    }
}

impl Snapshot<'_> {
    /// The devices of a round, in the order they were made, revoked ones too.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_devices(&mut self, round_code: &str) -> Result<Vec<Device>, StoreError> {
        let rows: Vec<(Row, Option<String>)> = device::table
            .inner_join(access_token::table)
            .filter(device::round_code.eq(round_code))
            .order((device::activated_at, device::id))
            .select((Row::as_select(), access_token::revoked_at))
            .load(self.conn)?;
        Ok(rows.into_iter().map(|(row, revoked_at)| row.into_device(revoked_at)).collect())
    }

    /// Whether a token is that of a device.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn is_device(&mut self, token_id: &str) -> Result<bool, StoreError> {
        let of_token = device::table.filter(device::token_id.eq(token_id));
        Ok(diesel::select(diesel::dsl::exists(of_token)).get_result(self.conn)?)
    }

    /// Codes of a round that still make a device: enumerator, expiry.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_open_codes(&mut self, round_code: &str, now: Timestamp) -> Result<Vec<(String, String)>, StoreError> {
        Ok(activation_code::table
            .filter(activation_code::round_code.eq(round_code))
            .filter(activation_code::used_at.is_null())
            .filter(activation_code::cancelled_at.is_null())
            .filter(activation_code::expires_at.gt(now.to_string()))
            .order(activation_code::expires_at)
            .select((activation_code::account_id, activation_code::expires_at))
            .load(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Stores a code for an enumerator; unused ones made before for the same person and round end.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the person is no enumerator of the round or is disabled.
    pub fn create_activation_code(&mut self, new: &NewActivationCode) -> Result<(), StoreError> {
        let account = self.find_account(&new.account_id)?;
        if !account.is_some_and(|one| one.disabled_at.is_none() && one.holds(&[Role::Enumerator], &new.round_code)) {
            return Err(StoreError::Missing {
                what: format!("enumerator {} in round {}", new.account_id, new.round_code),
            });
        }
        self.cancel_activation_codes(&new.account_id, Some(&new.round_code))?;
        let (made_at, made_by) = (self.now.to_string(), self.actor.clone());
        diesel::insert_into(activation_code::table)
            .values((
                activation_code::code_hash.eq(&new.code_hash),
                activation_code::account_id.eq(&new.account_id),
                activation_code::round_code.eq(&new.round_code),
                activation_code::made_at.eq(made_at),
                activation_code::made_by.eq(made_by),
                activation_code::expires_at.eq(new.expires_at.to_string()),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| "activation code".to_owned()))?;
        self.audit("activation_code.made", &new.account_id, &new.round_code)
    }

    /// Ends the unused codes of somebody, in one round or in all.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn cancel_activation_codes(&mut self, account_id: &str, round_code: Option<&str>) -> Result<(), StoreError> {
        let now = self.now.to_string();
        let open = activation_code::table
            .filter(activation_code::account_id.eq(account_id))
            .filter(activation_code::used_at.is_null())
            .filter(activation_code::cancelled_at.is_null());
        let cancelled = activation_code::cancelled_at.eq(Some(now));
        match round_code {
            None => diesel::update(open).set(cancelled).execute(self.conn)?,
            Some(code) => {
                diesel::update(open.filter(activation_code::round_code.eq(code))).set(cancelled).execute(self.conn)?
            }
        };
        Ok(())
    }

    /// Uses a code, once, and makes the device with its token; `None` for a code that is wrong, used, cancelled or too old. Of
    /// two at the same time one gets the device.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn activate(&mut self, code_hash: &str, new: &NewDevice) -> Result<Option<Activated>, StoreError> {
        let now = self.now.to_string();
        let used = diesel::update(
            activation_code::table
                .find(code_hash)
                .filter(activation_code::used_at.is_null())
                .filter(activation_code::cancelled_at.is_null())
                .filter(activation_code::expires_at.gt(&now)),
        )
        .set(activation_code::used_at.eq(Some(&now)))
        .execute(self.conn)?;
        if used == 0 {
            return Ok(None);
        }
        let (account_id, round_code): (String, String) = activation_code::table
            .find(code_hash)
            .select((activation_code::account_id, activation_code::round_code))
            .first(self.conn)?;
        self.hold_account(&account_id)?;
        let Some(account) = self.find_account(&account_id)? else { return Ok(None) };
        if account.disabled_at.is_some() || !account.holds(&[Role::Enumerator], &round_code) {
            return Ok(None);
        }
        self.create_token(&NewToken {
            id: new.token_id.clone(),
            round_code: Some(round_code.clone()),
            name: account.name,
            role: Role::Enumerator,
            token_sha256: new.token_sha256.clone(),
            expires_at: None,
            account_id: Some(account_id.clone()),
        })?;
        diesel::insert_into(device::table)
            .values((
                device::id.eq(&new.id),
                device::token_id.eq(&new.token_id),
                device::account_id.eq(&account_id),
                device::round_code.eq(&round_code),
                device::name.eq(&new.name),
                device::activated_at.eq(now),
            ))
            .execute(self.conn)?;
        self.audit("device.activated", &new.id, &account_id)?;
        Ok(Some(Activated { account_id, round_code }))
    }

    /// Keeps what a device says of itself; its clock is compared with ours. `false` for a token that is no device's.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn keep_device_state(&mut self, token_id: &str, state: &DeviceState) -> Result<bool, StoreError> {
        let clock_offset_ms = (state.device_time.micros() - self.now.micros()).div_euclid(1_000);
        let synced_at = self.now.to_string();
        let changed = diesel::update(device::table.filter(device::token_id.eq(token_id)))
            .set((
                device::synced_at.eq(Some(synced_at)),
                device::n_unsent.eq(Some(state.n_unsent)),
                device::n_drafts.eq(Some(state.n_drafts)),
                device::app_version.eq(Some(&state.app_version)),
                device::storage_persisted.eq(Some(state.storage_persisted)),
                device::storage_used_bytes.eq(state.storage_used_bytes),
                device::storage_quota_bytes.eq(state.storage_quota_bytes),
                device::clock_offset_ms.eq(Some(clock_offset_ms)),
            ))
            .execute(self.conn)?;
        Ok(changed == 1)
    }

    /// Revokes a device of a round, from now on and for good.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the round has no such device.
    pub fn revoke_device(&mut self, round_code: &str, device_id: &str) -> Result<(), StoreError> {
        let token_id: Option<String> = device::table
            .find(device_id)
            .filter(device::round_code.eq(round_code))
            .select(device::token_id)
            .first(self.conn)
            .optional()?;
        let token_id = token_id.ok_or_else(|| StoreError::Missing { what: format!("device {device_id}") })?;
        self.revoke_token(&token_id)?;
        self.audit("device.revoked", device_id, &token_id)
    }

    /// Revokes the tokens of somebody: all, or those of one role in one round.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn revoke_tokens_of(&mut self, account_id: &str, only: Option<(Role, &str)>) -> Result<(), StoreError> {
        let tokens: Vec<(String, String, Option<String>)> = access_token::table
            .filter(access_token::account_id.eq(account_id))
            .filter(access_token::revoked_at.is_null())
            .select((access_token::id, access_token::role, access_token::round_code))
            .load(self.conn)?;
        let falls = |role: &str, round: Option<&str>| {
            only.is_none_or(|(fallen, code)| role == fallen.as_str() && round == Some(code))
        };
        tokens
            .iter()
            .filter(|(_, role, round)| falls(role, round.as_deref()))
            .try_for_each(|(id, ..)| self.revoke_token(id))
    }
}
