//! Survey rounds: made, listed, opened, closed, made public.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::survey_round;
use super::{Snapshot, Transaction, stored_words};

stored_words! {
    /// Whether a round takes responses. Whatever arrives outside `open` is kept all the same, and flagged.
    RoundState {
        /// Being prepared.
        Draft = "draft",
        /// In the field.
        Open = "open",
        /// Fieldwork is over.
        Closed = "closed",
    }
}

stored_words! {
    /// Who may read a round and its results.
    Visibility {
        /// Only those with a token that allows it.
        Private = "private",
        /// Everybody.
        Public = "public",
    }
}

/// One round of fieldwork.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Its name in URLs, such as `bac-giang-2024`.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Whether it takes responses.
    pub state: RoundState,
    /// Who may read it.
    pub visibility: Visibility,
    /// When it was made.
    pub created_at: String,
}

type Row = (String, String, String, String, String);

fn from_row((code, name, state, visibility, created_at): Row) -> Result<Round, StoreError> {
    Ok(Round {
        code,
        name,
        state: RoundState::from_stored(&state)?,
        visibility: Visibility::from_stored(&visibility)?,
        created_at,
    })
}

impl Snapshot<'_> {
    /// The round of a code, if there is one.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_round(&mut self, code: &str) -> Result<Option<Round>, StoreError> {
        survey_round::table.find(code).first::<Row>(self.conn).optional()?.map(from_row).transpose()
    }

    /// All rounds, the newest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_rounds(&mut self) -> Result<Vec<Round>, StoreError> {
        let rows: Vec<Row> = survey_round::table.load(self.conn)?;
        let mut rounds: Vec<Round> = rows.into_iter().map(from_row).collect::<Result<_, _>>()?;
        // Here and not in SQL, where the order of texts depends on the server's collation.
        rounds.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.code.cmp(&b.code)));
        Ok(rounds)
    }
}

impl Transaction<'_> {
    /// Makes a round: private, and open for responses.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the code is taken.
    pub fn create_round(&mut self, code: &str, name: &str) -> Result<(), StoreError> {
        let created_at = self.now.to_string();
        diesel::insert_into(survey_round::table)
            .values((
                survey_round::code.eq(code),
                survey_round::name.eq(name),
                survey_round::state.eq(RoundState::Open.as_str()),
                survey_round::visibility.eq(Visibility::Private.as_str()),
                survey_round::created_at.eq(created_at),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("round {code}")))?;
        self.audit("round.created", code, name)
    }

    /// Opens or closes a round.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round.
    pub fn set_round_state(&mut self, code: &str, state: RoundState) -> Result<(), StoreError> {
        let changed = diesel::update(survey_round::table.find(code))
            .set(survey_round::state.eq(state.as_str()))
            .execute(self.conn)?;
        found(changed, code)?;
        self.audit("round.state", code, state.as_str())
    }

    /// Makes a round public, or private again.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round.
    pub fn set_round_visibility(&mut self, code: &str, visibility: Visibility) -> Result<(), StoreError> {
        let changed = diesel::update(survey_round::table.find(code))
            .set(survey_round::visibility.eq(visibility.as_str()))
            .execute(self.conn)?;
        found(changed, code)?;
        self.audit("round.visibility", code, visibility.as_str())
    }
}

fn found(n_changed: usize, code: &str) -> Result<(), StoreError> {
    if n_changed == 0 { Err(StoreError::Missing { what: format!("round {code}") }) } else { Ok(()) }
}
