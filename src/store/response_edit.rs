//! Responses that take the place of others. The unique key decides who was first; what is replaced is kept, and read no more.

use diesel::dsl::{Eq, Filter, Select};
use diesel::prelude::*;

use super::error::StoreError;
use super::schema::response_edit;
use super::{Snapshot, Transaction};

/// Nobody edits one interview this often; a circle that was stored by two at once ends here as well.
const CHAIN_MAX: usize = 1000;

type ReplacedIn<'a> =
    Select<Filter<response_edit::table, Eq<response_edit::round_code, &'a str>>, response_edit::replaces_uuid>;

/// The UUIDs that were replaced in a round.
pub(super) fn replaced_in(round_code: &str) -> ReplacedIn<'_> {
    response_edit::table.filter(response_edit::round_code.eq(round_code)).select(response_edit::replaces_uuid)
}

impl Snapshot<'_> {
    /// What a response replaces, and what that replaced, back to the first of the chain: the newest first, without itself.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_replaced(&mut self, uuid: &str) -> Result<Vec<String>, StoreError> {
        let mut chain: Vec<String> = Vec::new();
        let mut current = uuid.to_owned();
        while chain.len() < CHAIN_MAX {
            let replaced: Option<String> =
                response_edit::table.find(&current).select(response_edit::replaces_uuid).first(self.conn).optional()?;
            match replaced {
                Some(replaced) if replaced != uuid && !chain.contains(&replaced) => {
                    chain.push(replaced.clone());
                    current = replaced;
                }
                _ => break,
            }
        }
        Ok(chain)
    }

    /// The response that took the place of another in a round, if one did.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_replacing(&mut self, round_code: &str, uuid: &str) -> Result<Option<String>, StoreError> {
        Ok(response_edit::table
            .filter(response_edit::round_code.eq(round_code))
            .filter(response_edit::replaces_uuid.eq(uuid))
            .select(response_edit::uuid)
            .first(self.conn)
            .optional()?)
    }

    /// Every replacement of a round: which response took the place of which.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_response_edits(&mut self, round_code: &str) -> Result<Vec<(String, String)>, StoreError> {
        Ok(response_edit::table
            .filter(response_edit::round_code.eq(round_code))
            .select((response_edit::uuid, response_edit::replaces_uuid))
            .load(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Puts one response in the place of another; `false` when another was first, or when it would go round in a circle.
    pub(super) fn replace(&mut self, round_code: &str, replaced: &str, uuid: &str) -> Result<bool, StoreError> {
        if replaced == uuid || self.list_replaced(replaced)?.iter().any(|earlier| earlier == uuid) {
            return Ok(false);
        }
        let inserted = self.savepoint(|tx| {
            diesel::insert_into(response_edit::table)
                .values((
                    response_edit::uuid.eq(uuid),
                    response_edit::round_code.eq(round_code),
                    response_edit::replaces_uuid.eq(replaced),
                ))
                .execute(tx.conn)?;
            Ok(())
        });
        match inserted {
            Ok(()) => Ok(true),
            Err(error) if error.is_unique_violation() => {
                Ok(self.find_replacing(round_code, replaced)?.is_some_and(|first| first == uuid))
            }
            Err(error) => Err(error),
        }
    }
}
