//! What is being put together in the browser. Drafts change and go; what is made of them does not.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::draft;
use super::{Snapshot, Transaction, stored_words};

/// So many drafts are kept: each may hold a file.
pub const DRAFTS_MAX: i64 = 40;

stored_words! {
    /// What a draft is to become.
    DraftKind {
        /// A round.
        Round = "round",
        /// A version of a questionnaire for a round.
        Questionnaire = "questionnaire",
    }
}

/// A draft without its file.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = draft)]
pub struct DraftHead {
    /// Its name in addresses.
    pub draft_id: String,
    /// A [`DraftKind`].
    pub kind: String,
    /// The round that a questionnaire is for.
    pub round_code: Option<String>,
    /// What was chosen so far (JSON).
    pub settings: String,
    /// Name of the file that was handed in.
    pub file_name: Option<String>,
    /// Who made it.
    pub made_by: String,
    /// When it last changed.
    pub changed_at: String,
}

impl DraftHead {
    /// What it is to become.
    ///
    /// # Errors
    /// A word in the database that this program does not know.
    pub fn kind(&self) -> Result<DraftKind, StoreError> {
        DraftKind::from_stored(&self.kind)
    }
}

impl Snapshot<'_> {
    /// All drafts of a kind, the newest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_drafts(&mut self, kind: DraftKind) -> Result<Vec<DraftHead>, StoreError> {
        Ok(draft::table
            .filter(draft::kind.eq(kind.as_str()))
            .order((draft::changed_at.desc(), draft::draft_id))
            .select(DraftHead::as_select())
            .load(self.conn)?)
    }

    /// A draft.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_draft(&mut self, id: &str, kind: DraftKind) -> Result<Option<DraftHead>, StoreError> {
        Ok(draft::table
            .find(id)
            .filter(draft::kind.eq(kind.as_str()))
            .select(DraftHead::as_select())
            .first(self.conn)
            .optional()?)
    }

    /// The file of a draft.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_draft_file(&mut self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let file: Option<Option<Vec<u8>>> = draft::table.find(id).select(draft::file).first(self.conn).optional()?;
        Ok(file.flatten())
    }
}

impl Transaction<'_> {
    /// Keeps a new draft.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when there are [`DRAFTS_MAX`] already.
    pub fn create_draft(
        &mut self,
        id: &str,
        kind: DraftKind,
        round_code: Option<&str>,
        settings: &str,
        file: Option<(&str, &[u8])>,
    ) -> Result<(), StoreError> {
        let n: i64 = draft::table.count().get_result(self.conn)?;
        if n >= DRAFTS_MAX {
            return Err(StoreError::Exists { what: format!("{n} drafts") });
        }
        let (actor, now) = (self.actor.clone(), self.now.to_string());
        diesel::insert_into(draft::table)
            .values((
                draft::draft_id.eq(id),
                draft::kind.eq(kind.as_str()),
                draft::round_code.eq(round_code),
                draft::settings.eq(settings),
                draft::file_name.eq(file.map(|(name, _)| name)),
                draft::file.eq(file.map(|(_, bytes)| bytes)),
                draft::made_by.eq(actor),
                draft::changed_at.eq(now),
            ))
            .execute(self.conn)?;
        self.audit("draft.made", id, kind.as_str())
    }

    /// Changes what was chosen in a draft, and its file where one is given.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such draft.
    pub fn change_draft(&mut self, id: &str, settings: &str, file: Option<(&str, &[u8])>) -> Result<(), StoreError> {
        let now = self.now.to_string();
        let row = draft::table.find(id);
        let mut n_changed =
            diesel::update(row).set((draft::settings.eq(settings), draft::changed_at.eq(now))).execute(self.conn)?;
        if let Some((name, bytes)) = file {
            n_changed = diesel::update(row)
                .set((draft::file_name.eq(Some(name)), draft::file.eq(Some(bytes))))
                .execute(self.conn)?;
        }
        if n_changed == 0 { Err(StoreError::Missing { what: format!("draft {id}") }) } else { Ok(()) }
    }

    /// Throws a draft away; one that is gone already is no fault.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn drop_draft(&mut self, id: &str) -> Result<(), StoreError> {
        diesel::delete(draft::table.find(id)).execute(self.conn)?;
        self.audit("draft.dropped", id, "")
    }
}
