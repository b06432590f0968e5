//! People: who they are and what they may do. Passwords come here as their argon2id hash.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{account, account_role, session};
use super::token::Role;
use super::{Snapshot, Transaction};

/// The scope of a role that holds for all rounds.
const ALL_ROUNDS: &str = "*";

/// A role somebody holds, in one round or in all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The round; `None` for all. An enumerator always has one.
    pub round_code: Option<String>,
}

impl Grant {
    /// Whether it holds in a round.
    #[must_use]
    pub fn holds_in(&self, round_code: &str) -> bool {
        self.round_code.as_deref().is_none_or(|own| own == round_code)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its public name, safe to log.
    pub id: String,
    /// What the person signs in with, NFC and lower case.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// Whether the person has a password.
    pub has_password: bool,
    /// When it was made.
    pub created_at: String,
    /// Since when nobody signs in with it.
    pub disabled_at: Option<String>,
    /// What the person may do.
    pub grants: Vec<Grant>,
}

impl Account {
    /// Whether the person holds one of the roles in a round.
    #[must_use]
    pub fn holds(&self, roles: &[Role], round_code: &str) -> bool {
        self.grants.iter().any(|grant| roles.contains(&grant.role) && grant.holds_in(round_code))
    }
}

/// A person to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccount {
    /// Its public name.
    pub id: String,
    /// What the person signs in with, NFC and lower case.
    pub login: String,
    /// Name for people.
    pub name: String,
    /// The argon2id hash; none for somebody who signs in nowhere.
    pub password_hash: Option<String>,
    /// What the person may do.
    pub grants: Vec<Grant>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = account)]
struct Row {
    id: String,
    login: String,
    name: String,
    password_hash: Option<String>,
    created_at: String,
    disabled_at: Option<String>,
}

impl Row {
    fn into_account(self, grants: Vec<Grant>) -> Account {
        Account {
            id: self.id,
            login: self.login,
            name: self.name,
            has_password: self.password_hash.is_some(),
            created_at: self.created_at,
            disabled_at: self.disabled_at,
            grants,
        }
    }
}

fn grant((role, round_code): (String, Option<String>)) -> Result<Grant, StoreError> {
    Ok(Grant { role: Role::from_stored(&role)?, round_code })
}

impl Snapshot<'_> {
    fn with_grants(&mut self, row: Row) -> Result<Account, StoreError> {
        let grants: Vec<(String, Option<String>)> = account_role::table
            .filter(account_role::account_id.eq(&row.id))
            .select((account_role::role, account_role::round_code))
            .load(self.conn)?;
        let mut grants = grants.into_iter().map(grant).collect::<Result<Vec<_>, _>>()?;
        grants.sort();
        Ok(row.into_account(grants))
    }

    /// The person of an id.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_account(&mut self, id: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<Row> = account::table.find(id).select(Row::as_select()).first(self.conn).optional()?;
        row.map(|row| self.with_grants(row)).transpose()
    }

    /// The person of a login.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_account_by_login(&mut self, login: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<Row> =
            account::table.filter(account::login.eq(login)).select(Row::as_select()).first(self.conn).optional()?;
        row.map(|row| self.with_grants(row)).transpose()
    }

    /// The password's hash of somebody who may sign in; `None` for whoever may not.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_password_hash(&mut self, account_id: &str) -> Result<Option<String>, StoreError> {
        let hash: Option<Option<String>> = account::table
            .find(account_id)
            .filter(account::disabled_at.is_null())
            .select(account::password_hash)
            .first(self.conn)
            .optional()?;
        Ok(hash.flatten())
    }

    /// All people, by login.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_accounts(&mut self) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<Row> = account::table.select(Row::as_select()).load(self.conn)?;
        let granted: Vec<(String, String, Option<String>)> = account_role::table
            .select((account_role::account_id, account_role::role, account_role::round_code))
            .load(self.conn)?;
        let mut by_account: BTreeMap<String, Vec<Grant>> = BTreeMap::new();
        for (id, role, round_code) in granted {
            by_account.entry(id).or_default().push(grant((role, round_code))?);
        }
        let mut accounts: Vec<Account> = rows
            .into_iter()
            .map(|row| {
                let mut grants = by_account.remove(&row.id).unwrap_or_default();
                grants.sort();
                row.into_account(grants)
            })
            .collect();
        accounts.sort_by(|a, b| a.login.cmp(&b.login));
        Ok(accounts)
    }

    /// The enumerators of a round, by login, also those that were disabled.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_enumerators(&mut self, round_code: &str) -> Result<Vec<Account>, StoreError> {
        let mut accounts = self.list_accounts()?;
        accounts.retain(|one| one.holds(&[Role::Enumerator], round_code));
        Ok(accounts)
    }
}

impl Transaction<'_> {
    /// Stores a person with all roles.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the login is taken; [`StoreError::Missing`] when a round does not exist.
    pub fn create_account(&mut self, new: &NewAccount) -> Result<(), StoreError> {
        let created_at = self.now.to_string();
        diesel::insert_into(account::table)
            .values((
                account::id.eq(&new.id),
                account::login.eq(&new.login),
                account::name.eq(&new.name),
                account::password_hash.eq(&new.password_hash),
                account::created_at.eq(created_at),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("account {}", new.login)))?;
        self.audit("account.created", &new.id, &new.login)?;
        new.grants.iter().try_for_each(|grant| self.grant_role(&new.id, grant))
    }

    /// Holds the row of a person until the transaction ends: what is made for somebody and disabling that person come one
    /// after the other.
    pub(super) fn hold_account(&mut self, account_id: &str) -> Result<(), StoreError> {
        diesel::update(account::table.find(account_id)).set(account::name.eq(account::name)).execute(self.conn)?;
        Ok(())
    }

    /// Gives somebody a role. Giving it again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the round does not exist.
    pub fn grant_role(&mut self, account_id: &str, grant: &Grant) -> Result<(), StoreError> {
        if let Some(code) = &grant.round_code
            && self.find_round(code)?.is_none()
        {
            return Err(StoreError::Missing { what: format!("round {code}") });
        }
        let scope = grant.round_code.as_deref().unwrap_or(ALL_ROUNDS).to_owned();
        let (granted_at, granted_by) = (self.now.to_string(), self.actor.clone());
        let added = self.savepoint(|tx| {
            diesel::insert_into(account_role::table)
                .values((
                    account_role::account_id.eq(account_id),
                    account_role::role.eq(grant.role.as_str()),
                    account_role::scope.eq(&scope),
                    account_role::round_code.eq(&grant.round_code),
                    account_role::granted_at.eq(granted_at),
                    account_role::granted_by.eq(granted_by),
                ))
                .execute(tx.conn)?;
            Ok(())
        });
        match added {
            Err(error) if error.is_unique_violation() => return Ok(()),
            other => other?,
        }
        self.audit("account.role.given", account_id, &format!("{} {scope}", grant.role.as_str()))
    }

    /// Takes a role from somebody, at once.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the person does not hold it.
    pub fn revoke_role(&mut self, account_id: &str, grant: &Grant) -> Result<(), StoreError> {
        let scope = grant.round_code.as_deref().unwrap_or(ALL_ROUNDS).to_owned();
        self.hold_account(account_id)?;
        let removed =
            diesel::delete(account_role::table.find((account_id, grant.role.as_str(), &scope))).execute(self.conn)?;
        if removed == 0 {
            return Err(StoreError::Missing { what: format!("role {} in {scope}", grant.role.as_str()) });
        }
        // Tokens that rest on the role go with it.
        if let Some(code) = &grant.round_code {
            self.revoke_tokens_of(account_id, Some((grant.role, code)))?;
            if grant.role == Role::Enumerator {
                self.cancel_activation_codes(account_id, Some(code))?;
            }
        }
        self.audit("account.role.taken", account_id, &format!("{} {scope}", grant.role.as_str()))
    }

    /// Lets somebody sign in no more and ends what is open; or lets them again.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such person.
    pub fn set_account_disabled(&mut self, account_id: &str, disabled: bool) -> Result<(), StoreError> {
        let at = disabled.then(|| self.now.to_string());
        let changed =
            diesel::update(account::table.find(account_id)).set(account::disabled_at.eq(at)).execute(self.conn)?;
        if changed == 0 {
            return Err(StoreError::Missing { what: format!("account {account_id}") });
        }
        if disabled {
            self.end_sessions(account_id, None)?;
            self.revoke_tokens_of(account_id, None)?;
            self.end_password_links(account_id)?;
            self.cancel_activation_codes(account_id, None)?;
        }
        self.audit(if disabled { "account.disabled" } else { "account.enabled" }, account_id, "")
    }

    /// Sets a password and ends the sessions it opened before, except one.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such person.
    pub fn set_password(
        &mut self,
        account_id: &str,
        password_hash: &str,
        keep_session: Option<&str>,
    ) -> Result<(), StoreError> {
        let changed = diesel::update(account::table.find(account_id))
            .set(account::password_hash.eq(Some(password_hash)))
            .execute(self.conn)?;
        if changed == 0 {
            return Err(StoreError::Missing { what: format!("account {account_id}") });
        }
        self.end_sessions(account_id, keep_session)?;
        self.audit("account.password.set", account_id, "")
    }

    /// Ends the sessions of somebody, except one; says how many.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn end_sessions(&mut self, account_id: &str, except: Option<&str>) -> Result<usize, StoreError> {
        let now = self.now.to_string();
        let n = diesel::update(
            session::table
                .filter(session::account_id.eq(account_id))
                .filter(session::ended_at.is_null())
                .filter(session::secret_sha256.ne(except.unwrap_or_default())),
        )
        .set(session::ended_at.eq(Some(now)))
        .execute(self.conn)?;
        if n > 0 {
            self.audit("session.ended", account_id, &format!("{n} sessions"))?;
        }
        Ok(n)
    }
}
