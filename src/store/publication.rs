//! What the public was told of a round: added one after the other, withdrawn, never changed.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::publication;
use super::{RoundState, Snapshot, Transaction};
use crate::secret::sha256_hex;

/// What is known of a publication without its contents.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = publication)]
pub struct PublicationHead {
    /// Its number within the round, from 1.
    pub publication_no: i64,
    /// SHA-256 of the document.
    pub document_sha256: String,
    /// The id of an account or token.
    pub published_by: String,
    /// When, by the server's clock.
    pub published_at: String,
    /// Who took it back.
    pub withdrawn_by: Option<String>,
    /// When.
    pub withdrawn_at: Option<String>,
}

impl Snapshot<'_> {
    /// All publications of a round, the newest first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_publications(&mut self, round_code: &str) -> Result<Vec<PublicationHead>, StoreError> {
        Ok(publication::table
            .filter(publication::round_code.eq(round_code))
            .order(publication::publication_no.desc())
            .select(PublicationHead::as_select())
            .load(self.conn)?)
    }

    /// What the public sees of a round: the document and its SHA-256. `None` where nothing was published, or the last was withdrawn.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_published(&mut self, round_code: &str) -> Result<Option<(Vec<u8>, String)>, StoreError> {
        let last: Option<(Vec<u8>, String, Option<String>)> = publication::table
            .filter(publication::round_code.eq(round_code))
            .order(publication::publication_no.desc())
            .select((publication::document, publication::document_sha256, publication::withdrawn_at))
            .first(self.conn)
            .optional()?;
        Ok(last.and_then(|(document, sha256, withdrawn)| withdrawn.is_none().then_some((document, sha256))))
    }

    /// Whose answers stand behind each publication of a round, also of those that were withdrawn: what was once told stays told.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_released(&mut self, round_code: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(publication::table
            .filter(publication::round_code.eq(round_code))
            .order(publication::publication_no)
            .select(publication::released)
            .load(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Publishes a document of a round; it takes the place of the one before. `n_before` is how many publications its maker knew of.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when another was published meanwhile; [`StoreError::Missing`] when the round is not closed.
    pub fn publish(
        &mut self,
        round_code: &str,
        n_before: i64,
        document: &[u8],
        released: &[u8],
    ) -> Result<(), StoreError> {
        if self.find_round(round_code)?.is_none_or(|round| round.state != RoundState::Closed) {
            return Err(StoreError::Missing { what: format!("a closed round {round_code}") });
        }
        let known: i64 =
            publication::table.filter(publication::round_code.eq(round_code)).count().get_result(self.conn)?;
        let what = || format!("publication {} of round {round_code}", n_before + 1);
        if known != n_before {
            return Err(StoreError::Exists { what: what() });
        }
        let sha256 = sha256_hex(document);
        diesel::insert_into(publication::table)
            .values((
                publication::round_code.eq(round_code),
                publication::publication_no.eq(n_before + 1),
                publication::document.eq(document),
                publication::document_sha256.eq(&sha256),
                publication::released.eq(released),
                publication::published_by.eq(self.actor.clone()),
                publication::published_at.eq(self.now.to_string()),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(what))?;
        self.audit("round.published", round_code, &format!("{} {sha256}", n_before + 1))
    }

    /// Takes back what the public sees of a round.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when it sees nothing.
    pub fn withdraw_publication(&mut self, round_code: &str) -> Result<(), StoreError> {
        let last = self.list_publications(round_code)?.into_iter().next();
        let missing = || StoreError::Missing { what: format!("a publication of round {round_code}") };
        let last = last.filter(|head| head.withdrawn_at.is_none()).ok_or_else(missing)?;
        let row = publication::table.find((round_code, last.publication_no));
        diesel::update(row.filter(publication::withdrawn_at.is_null()))
            .set((
                publication::withdrawn_by.eq(Some(self.actor.clone())),
                publication::withdrawn_at.eq(Some(self.now.to_string())),
            ))
            .execute(self.conn)?;
        self.audit("round.withdrawn", round_code, &last.publication_no.to_string())
    }
}
