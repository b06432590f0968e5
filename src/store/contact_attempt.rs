//! Contact attempts: each knock on a door, kept under the same rules as a response.

use diesel::prelude::*;

use super::Transaction;
use super::clock::Timestamp;
use super::error::StoreError;
use super::received::{Kept, Receipt, Received, ReceivedState};
use super::schema::{contact_attempt, respondent_key};
use super::sealing::{Holder, Place};
use super::sequence;

/// A contact attempt as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContactAttempt {
    /// Made by the device, in lower case with hyphens.
    pub uuid: String,
    /// The round it belongs to.
    pub round_code: String,
    /// The case the sender says it is about.
    pub case_id: String,
    /// Which attempt at this case, from 1.
    pub attempt_no: i64,
    /// Outcome code of the attempt.
    pub disposition: String,
    /// When, by the device's clock.
    pub attempted_at: Timestamp,
    /// The token that sent it.
    pub token_id: String,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// SHA-256 of the body, in hexadecimal.
    pub body_sha256: String,
}

type ReceiptRow = (String, i64, String, i64, String, String);

fn receipt((uuid, version_no, sha256, sequence, received_at, state): ReceiptRow) -> Result<Receipt, StoreError> {
    let state = ReceivedState::from_stored(&state)?;
    Ok(Receipt { uuid, version_no, sha256, sequence, received_at, state, flags: Vec::new() })
}

impl Received for NewContactAttempt {
    fn respondent(&self) -> (&str, &str) {
        (&self.round_code, &self.case_id)
    }

    fn name(&self) -> (&str, &str) {
        (&self.uuid, &self.body_sha256)
    }

    fn insert(
        &self,
        tx: &mut Transaction<'_>,
        version_no: i64,
        state: ReceivedState,
        holder: &Holder,
    ) -> Result<Receipt, StoreError> {
        let sequence = sequence::next_arrival(tx.conn)?;
        let received_at = tx.now.to_string();
        let body = holder.seal(Place::ContactAttempt { uuid: &self.uuid, version_no }, &self.body)?;
        diesel::insert_into(contact_attempt::table)
            .values((
                contact_attempt::uuid.eq(&self.uuid),
                contact_attempt::version_no.eq(version_no),
                contact_attempt::sequence.eq(sequence),
                contact_attempt::round_code.eq(&self.round_code),
                contact_attempt::case_id.eq(&self.case_id),
                contact_attempt::attempt_no.eq(self.attempt_no),
                contact_attempt::disposition.eq(&self.disposition),
                contact_attempt::attempted_at.eq(self.attempted_at.to_string()),
                contact_attempt::token_id.eq(&self.token_id),
                contact_attempt::body.eq(body.as_ref()),
                contact_attempt::body_sha256.eq(&self.body_sha256),
                contact_attempt::received_at.eq(&received_at),
                contact_attempt::state.eq(state.as_str()),
                contact_attempt::key_id.eq(holder.key_id()),
            ))
            .execute(tx.conn)?;
        tx.audit(&format!("contact_attempt.{}", state.as_str()), &self.uuid, &self.body_sha256)?;
        receipt((
            self.uuid.clone(),
            version_no,
            self.body_sha256.clone(),
            sequence,
            received_at,
            state.as_str().to_owned(),
        ))
    }

    fn find_same(&self, tx: &mut Transaction<'_>) -> Result<Option<Receipt>, StoreError> {
        contact_attempt::table
            .filter(contact_attempt::uuid.eq(&self.uuid))
            .filter(contact_attempt::body_sha256.eq(&self.body_sha256))
            .select((
                contact_attempt::uuid,
                contact_attempt::version_no,
                contact_attempt::body_sha256,
                contact_attempt::sequence,
                contact_attempt::received_at,
                contact_attempt::state,
            ))
            .first::<ReceiptRow>(tx.conn)
            .optional()?
            .map(receipt)
            .transpose()
    }

    fn was_erased(&self, tx: &mut Transaction<'_>) -> Result<bool, StoreError> {
        let erased = respondent_key::table.filter(respondent_key::erased_at.is_not_null());
        let kept = contact_attempt::table
            .filter(contact_attempt::uuid.eq(&self.uuid))
            .filter(contact_attempt::key_id.eq_any(erased.select(respondent_key::key_id.nullable())));
        Ok(diesel::select(diesel::dsl::exists(kept)).get_result(tx.conn)?)
    }

    fn version_no_max(&self, tx: &mut Transaction<'_>) -> Result<i64, StoreError> {
        let highest: Option<i64> = contact_attempt::table
            .filter(contact_attempt::uuid.eq(&self.uuid))
            .select(diesel::dsl::max(contact_attempt::version_no))
            .first(tx.conn)?;
        Ok(highest.unwrap_or(0))
    }
}

impl Transaction<'_> {
    /// Keeps a contact attempt, exactly once.
    ///
    /// # Errors
    /// That its round or token does not exist, or that the database did not take it.
    pub fn keep_contact_attempt(&mut self, attempt: &NewContactAttempt) -> Result<Kept, StoreError> {
        self.keep(attempt)
    }
}
