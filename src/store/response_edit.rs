//! Who was first to correct an interview: the unique key decides, also between several nodes. What follows from it is
//! decided in `crate::fieldwork::review`.

use diesel::prelude::*;

use super::Transaction;
use super::error::StoreError;
use super::response::NewResponse;
use super::schema::{response, response_edit};

/// Nobody corrects one interview this often; a circle that was stored by two at once ends here as well.
const CHAIN_MAX: usize = 1000;

impl Transaction<'_> {
    /// Whether a correction is the first of what it corrects; `false` when another was first, or when it would go round in a circle.
    /// What names itself, no UUID, or an interview of another case is no correction, and in nobody's way.
    pub(super) fn is_first_correction(&mut self, new: &NewResponse) -> Result<bool, StoreError> {
        let Some(replaced) = new.replaces_uuid.as_deref().filter(|one| is_uuid(one) && *one != new.uuid) else {
            return Ok(true);
        };
        // It may arrive before what it corrects.
        let known: Option<(String, String)> = response::table
            .find((replaced, 1_i64))
            .select((response::round_code, response::case_id))
            .first(self.conn)
            .optional()?;
        if known.is_some_and(|(round_code, case_id)| round_code != new.round_code || case_id != new.case_id) {
            return Ok(true);
        }
        if self.goes_in_a_circle(replaced, &new.uuid)? {
            return Ok(false);
        }
        let inserted = self.savepoint(|tx| {
            diesel::insert_into(response_edit::table)
                .values((
                    response_edit::uuid.eq(&new.uuid),
                    response_edit::round_code.eq(&new.round_code),
                    response_edit::replaces_uuid.eq(replaced),
                ))
                .execute(tx.conn)?;
            Ok(())
        });
        match inserted {
            Ok(()) => Ok(true),
            Err(error) if error.is_unique_violation() => {
                let first: Option<String> = response_edit::table
                    .filter(response_edit::round_code.eq(&new.round_code))
                    .filter(response_edit::replaces_uuid.eq(replaced))
                    .select(response_edit::uuid)
                    .first(self.conn)
                    .optional()?;
                Ok(first.is_some_and(|first| first == new.uuid))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether what is corrected goes back, through other corrections, to the one that corrects it.
    fn goes_in_a_circle(&mut self, replaced: &str, uuid: &str) -> Result<bool, StoreError> {
        let mut current = replaced.to_owned();
        for _ in 0..CHAIN_MAX {
            let earlier: Option<String> =
                response_edit::table.find(&current).select(response_edit::replaces_uuid).first(self.conn).optional()?;
            match earlier {
                None => return Ok(false),
                Some(earlier) if earlier == uuid => return Ok(true),
                Some(earlier) => current = earlier,
            }
        }
        Ok(true)
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}
