//! The drawn sample as it left the draw, byte for byte.

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::sample;
use super::{Snapshot, Transaction};

/// A stored sample list.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sample)]
pub struct StoredSample {
    /// The list, byte for byte.
    pub list_csv: Vec<u8>,
    /// Its SHA-256, in hexadecimal.
    pub list_sha256: String,
    /// The text of the design it was drawn by.
    pub design: Option<String>,
    /// The certificate an auditor draws it again with (JSON).
    pub certificate: Option<String>,
}

impl Snapshot<'_> {
    /// The sample of a round, if one is stored.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_sample(&mut self, round_code: &str) -> Result<Option<StoredSample>, StoreError> {
        Ok(sample::table.find(round_code).select(StoredSample::as_select()).first(self.conn).optional()?)
    }
}

impl Snapshot<'_> {
    /// The SHA-256 of the sample list of a round, for who knows the list already.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_sample_sha256(&mut self, round_code: &str) -> Result<Option<String>, StoreError> {
        Ok(sample::table.find(round_code).select(sample::list_sha256).first(self.conn).optional()?)
    }
}

impl Transaction<'_> {
    /// Stores the sample of a round, once and for all.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the round has a sample: a drawn sample never changes.
    pub fn store_sample(&mut self, round_code: &str, stored: &StoredSample) -> Result<(), StoreError> {
        let stored_at = self.now.to_string();
        diesel::insert_into(sample::table)
            .values((
                sample::round_code.eq(round_code),
                sample::list_csv.eq(&stored.list_csv),
                sample::list_sha256.eq(&stored.list_sha256),
                sample::design.eq(&stored.design),
                sample::certificate.eq(&stored.certificate),
                sample::stored_at.eq(stored_at),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("a sample of round {round_code}")))?;
        self.audit("sample.stored", round_code, &stored.list_sha256)
    }
}
