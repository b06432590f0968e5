//! Closing a round: proposed by one, confirmed by another; opened again with a reason. All of it stays readable.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::closing;
use super::{RoundState, Snapshot, Transaction, stored_words};

stored_words! {
    /// How far a closing has come.
    ClosingOutcome {
        /// One person proposes it.
        Proposed = "proposed",
        /// Another confirmed it: the round is closed.
        Confirmed = "confirmed",
        /// It was taken back or refused.
        Withdrawn = "withdrawn",
        /// The round was opened again.
        Reopened = "reopened",
    }
}

/// A closing.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = closing)]
pub struct Closing {
    /// Its number within the round, from 1.
    pub closing_no: i64,
    /// The checklist as the first person saw it (JSON).
    pub checklist: String,
    /// Why the round is closed although something is open; may be empty.
    pub reason: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: String,
    /// A [`ClosingOutcome`].
    pub outcome: String,
    /// Who confirmed it or took it back.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<String>,
    /// Who opened the round again.
    pub reopened_by: Option<String>,
    /// When.
    pub reopened_at: Option<String>,
    /// Why.
    pub reopened_reason: Option<String>,
}

impl Closing {
    /// How far it has come.
    ///
    /// # Errors
    /// A word in the database that this program does not know.
    pub fn outcome(&self) -> Result<ClosingOutcome, StoreError> {
        ClosingOutcome::from_stored(&self.outcome)
    }
}

impl Snapshot<'_> {
    /// All closings of a round, the newest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_closings(&mut self, round_code: &str) -> Result<Vec<Closing>, StoreError> {
        Ok(closing::table
            .filter(closing::round_code.eq(round_code))
            .order(closing::closing_no.desc())
            .select(Closing::as_select())
            .load(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Proposes that a round be closed.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when somebody already did; [`StoreError::Missing`] when the round is not open.
    pub fn propose_closing(&mut self, round_code: &str, checklist: &str, reason: &str) -> Result<(), StoreError> {
        if self.find_round(round_code)?.is_none_or(|round| round.state != RoundState::Open) {
            return Err(StoreError::Missing { what: format!("an open round {round_code}") });
        }
        let last = self.list_closings(round_code)?.into_iter().next();
        let closing_no = last.as_ref().map_or(1, |last| last.closing_no + 1);
        let taken = || format!("a proposal to close round {round_code}");
        if last.is_some_and(|last| last.outcome == ClosingOutcome::Proposed.as_str()) {
            return Err(StoreError::Exists { what: taken() });
        }
        diesel::insert_into(closing::table)
            .values((
                closing::round_code.eq(round_code),
                closing::closing_no.eq(closing_no),
                closing::checklist.eq(checklist),
                closing::reason.eq(reason),
                closing::proposed_by.eq(self.actor.clone()),
                closing::proposed_at.eq(self.now.to_string()),
                closing::outcome.eq(ClosingOutcome::Proposed.as_str()),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(taken))?;
        self.audit("closing.proposed", round_code, &closing_no.to_string())
    }

    /// Confirms or takes back the proposal of that number. Nobody confirms an own proposal.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such proposal, or the one who confirms is the one who proposed.
    pub fn decide_closing(&mut self, round_code: &str, closing_no: i64, is_confirmed: bool) -> Result<(), StoreError> {
        let outcome = if is_confirmed { ClosingOutcome::Confirmed } else { ClosingOutcome::Withdrawn };
        let open = closing::table
            .filter(closing::round_code.eq(round_code))
            .filter(closing::closing_no.eq(closing_no))
            .filter(closing::outcome.eq(ClosingOutcome::Proposed.as_str()));
        let actor = self.actor.clone();
        let decided = (
            closing::outcome.eq(outcome.as_str()),
            closing::decided_by.eq(Some(actor.clone())),
            closing::decided_at.eq(Some(self.now.to_string())),
        );
        let n_changed = if is_confirmed {
            diesel::update(open.filter(closing::proposed_by.ne(actor))).set(decided).execute(self.conn)?
        } else {
            diesel::update(open).set(decided).execute(self.conn)?
        };
        if n_changed == 0 {
            return Err(StoreError::Missing { what: format!("a proposal to close round {round_code}") });
        }
        self.audit(&format!("closing.{}", outcome.as_str()), round_code, &closing_no.to_string())?;
        if is_confirmed { self.set_round_state(round_code, RoundState::Closed) } else { Ok(()) }
    }

    /// Opens a closed round again.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when the round is not closed.
    pub fn reopen_round(&mut self, round_code: &str, reason: &str) -> Result<(), StoreError> {
        if self.find_round(round_code)?.is_none_or(|round| round.state != RoundState::Closed) {
            return Err(StoreError::Missing { what: format!("a closed round {round_code}") });
        }
        // A round that the command line closed has no closing to be marked.
        if let Some(last) = self.list_closings(round_code)?.into_iter().next()
            && last.outcome == ClosingOutcome::Confirmed.as_str()
        {
            diesel::update(closing::table.find((round_code, last.closing_no)))
                .set((
                    closing::outcome.eq(ClosingOutcome::Reopened.as_str()),
                    closing::reopened_by.eq(Some(self.actor.clone())),
                    closing::reopened_at.eq(Some(self.now.to_string())),
                    closing::reopened_reason.eq(Some(reason)),
                ))
                .execute(self.conn)?;
        }
        self.set_round_state(round_code, RoundState::Open)?;
        self.audit("closing.reopened", round_code, reason)
    }
}
