//! Whose a case is: given to a person, taken back, given to another; every step is kept.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{assignment, sampled_unit};
use super::{Snapshot, Transaction};

/// One step of a case's history.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = assignment)]
pub struct Assignment {
    /// The case.
    pub case_id: String,
    /// Its number, from 1.
    pub assignment_no: i64,
    /// The person; `None` when it was taken back.
    pub account_id: Option<String>,
    /// When.
    pub assigned_at: String,
    /// The id of an account or token, or the command.
    pub assigned_by: String,
}

impl Snapshot<'_> {
    /// How many steps the cases of a round have gone through: while it stays, everybody has what they had.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_assignments(&mut self, round_code: &str) -> Result<i64, StoreError> {
        Ok(assignment::table.filter(assignment::round_code.eq(round_code)).count().get_result(self.conn)?)
    }

    /// Who had the cases of a round, in order of case and time.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_assignments(&mut self, round_code: &str) -> Result<Vec<Assignment>, StoreError> {
        Ok(assignment::table
            .filter(assignment::round_code.eq(round_code))
            .order((assignment::case_id, assignment::assignment_no))
            .select(Assignment::as_select())
            .load(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Gives a case to a person, or takes it back. Giving it to whoever has it changes nothing; says whether anything changed.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the round has no such case.
    pub fn assign_case(
        &mut self,
        round_code: &str,
        case_id: &str,
        account_id: Option<&str>,
    ) -> Result<bool, StoreError> {
        let place = sampled_unit::table.find((round_code, case_id));
        // The update holds the row, so that two assignments at once come one after the other.
        let known = diesel::update(place)
            .set(sampled_unit::assigned_account_id.eq(sampled_unit::assigned_account_id))
            .execute(self.conn)?;
        if known == 0 {
            return Err(StoreError::Missing { what: format!("case {case_id} in round {round_code}") });
        }
        let holder: Option<String> = place.select(sampled_unit::assigned_account_id).first(self.conn)?;
        if holder.as_deref() == account_id {
            return Ok(false);
        }
        diesel::update(place).set(sampled_unit::assigned_account_id.eq(account_id)).execute(self.conn)?;
        let last: Option<i64> = assignment::table
            .filter(assignment::round_code.eq(round_code))
            .filter(assignment::case_id.eq(case_id))
            .select(diesel::dsl::max(assignment::assignment_no))
            .first(self.conn)?;
        let (assigned_at, assigned_by) = (self.now.to_string(), self.actor.clone());
        diesel::insert_into(assignment::table)
            .values((
                assignment::round_code.eq(round_code),
                assignment::case_id.eq(case_id),
                assignment::assignment_no.eq(last.unwrap_or(0) + 1),
                assignment::account_id.eq(account_id),
                assignment::assigned_at.eq(assigned_at),
                assignment::assigned_by.eq(assigned_by),
            ))
            .execute(self.conn)?;
        Ok(true)
    }

    /// Writes down that cases of a round changed hands.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn audit_assignment(&mut self, round_code: &str, detail: &str) -> Result<(), StoreError> {
        self.audit("cases.assigned", round_code, detail)
    }
}
