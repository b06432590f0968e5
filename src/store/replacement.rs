//! Reserves that were released: added one after the other, never changed.

use diesel::prelude::*;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::schema::{replacement, survey_round};
use super::{Snapshot, Transaction};

/// A reserve to be released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReplacement {
    /// Its number within the round, from 1.
    pub release_no: i64,
    /// The reserve.
    pub case_id: String,
    /// The case it stands in for.
    pub replaces_case_id: String,
    /// Final outcome code of that case.
    pub disposition: String,
    /// Visits that were made to it.
    pub attempts: i64,
    /// Why it is replaced.
    pub reason: String,
}

/// A reserve that was released.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = replacement)]
pub struct Replacement {
    /// Its number within the round, from 1.
    pub release_no: i64,
    /// The reserve.
    pub case_id: String,
    /// The case it stands in for.
    pub replaces_case_id: String,
    /// Final outcome code of that case.
    pub disposition: String,
    /// Visits that were made to it.
    pub attempts: i64,
    /// Why it was replaced.
    pub reason: String,
    /// The id of the token that released it, or the command.
    pub released_by: String,
    /// When, by the server's clock.
    pub released_at: String,
}

impl Snapshot<'_> {
    /// All releases of a round, in order.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_replacements(&mut self, round_code: &str) -> Result<Vec<Replacement>, StoreError> {
        Ok(replacement::table
            .filter(replacement::round_code.eq(round_code))
            .order(replacement::release_no)
            .select(Replacement::as_select())
            .load(self.conn)?)
    }

    /// How many reserves of a round were released.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_replacements(&mut self, round_code: &str) -> Result<i64, StoreError> {
        Ok(replacement::table.filter(replacement::round_code.eq(round_code)).count().get_result(self.conn)?)
    }

    /// Whether a reserve was released.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn is_released(&mut self, round_code: &str, case_id: &str) -> Result<bool, StoreError> {
        let of_case =
            replacement::table.filter(replacement::round_code.eq(round_code)).filter(replacement::case_id.eq(case_id));
        Ok(diesel::select(diesel::dsl::exists(of_case)).get_result(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Lets one release of a round wait for the other, so that each sees what was released before it. SQLite has one writer
    /// anyway; on PostgreSQL the round's row is held until the transaction ends, in the one way that lets responses, which
    /// refer to it, pass.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn hold_releases(&mut self, round_code: &str) -> Result<(), StoreError> {
        if let AnyConn::Postgresql(postgresql) = &mut *self.conn {
            survey_round::table
                .find(round_code)
                .select(survey_round::code)
                .for_no_key_update()
                .first::<String>(postgresql)
                .optional()?;
        }
        Ok(())
    }

    /// Records the release of a reserve.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when another release took the number, the reserve or the case first.
    pub fn store_replacement(&mut self, round_code: &str, new: &NewReplacement) -> Result<Replacement, StoreError> {
        let stored = Replacement {
            release_no: new.release_no,
            case_id: new.case_id.clone(),
            replaces_case_id: new.replaces_case_id.clone(),
            disposition: new.disposition.clone(),
            attempts: new.attempts,
            reason: new.reason.clone(),
            released_by: self.actor.clone(),
            released_at: self.now.to_string(),
        };
        diesel::insert_into(replacement::table)
            .values((
                replacement::round_code.eq(round_code),
                replacement::release_no.eq(stored.release_no),
                replacement::case_id.eq(&stored.case_id),
                replacement::replaces_case_id.eq(&stored.replaces_case_id),
                replacement::disposition.eq(&stored.disposition),
                replacement::attempts.eq(stored.attempts),
                replacement::reason.eq(&stored.reason),
                replacement::released_by.eq(&stored.released_by),
                replacement::released_at.eq(&stored.released_at),
            ))
            .execute(self.conn)
            .map_err(|error| {
                StoreError::from(error)
                    .exists_if_unique(|| format!("a release for case {} of round {round_code}", new.replaces_case_id))
            })?;
        let detail = format!("for {} ({}) in round {round_code}", stored.replaces_case_id, stored.disposition);
        self.audit("reserve.released", &stored.case_id, &detail)?;
        Ok(stored)
    }
}
