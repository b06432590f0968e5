//! What was kept before there was a key is sealed afterwards: in batches, each of them one transaction, so that it may be cut off and begun
//! again at any time, while the service works.

use diesel::prelude::*;

use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::{attachment, contact_attempt, response, response_flag, review};
use super::sealing::{Holder, Keys, Place};
use super::{Snapshot, Store, Transaction};

/// Rows of one transaction; a file is one by itself.
const ROWS_AT_ONCE: i64 = 200;

impl Snapshot<'_> {
    /// How many rows with words of respondents are as they came.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_plain(&mut self) -> Result<u64, StoreError> {
        let responses: i64 = response::table.filter(response::key_id.is_null()).count().get_result(self.conn)?;
        let files: i64 = attachment::table
            .filter(attachment::key_id.is_null())
            .filter(attachment::uuid.eq_any(response::table.select(response::uuid)))
            .count()
            .get_result(self.conn)?;
        let attempts: i64 =
            contact_attempt::table.filter(contact_attempt::key_id.is_null()).count().get_result(self.conn)?;
        let flags: i64 = response_flag::table
            .filter(response_flag::key_id.is_null())
            .filter(response_flag::detail.ne(""))
            .count()
            .get_result(self.conn)?;
        let reviews: i64 = review::table
            .filter(review::key_id.is_null())
            .filter(review::comment.ne(""))
            .count()
            .get_result(self.conn)?;
        Ok(u64::try_from(responses + files + attempts + flags + reviews).unwrap_or_default())
    }
}

impl Transaction<'_> {
    fn sealing_holder(&mut self, round_code: &str, case_id: &str) -> Result<Holder, StoreError> {
        match self.holder(round_code, case_id)? {
            Holder::Sealed { key_id, key } => Ok(Holder::Sealed { key_id, key }),
            Holder::Plain => Err(StoreError::KeyNeeded),
            Holder::Erased => Err(StoreError::Damaged {
                detail: format!(
                    "words of the erased respondent {case_id} of round {round_code} are there as they came"
                ),
            }),
        }
    }

    /// Seals some rows that are as they came; says how many. 0: there are none.
    fn seal_some(&mut self) -> Result<usize, StoreError> {
        let rows: Vec<(String, i64, String, String, Vec<u8>)> = response::table
            .filter(response::key_id.is_null())
            .limit(ROWS_AT_ONCE)
            .select((response::uuid, response::version_no, response::round_code, response::case_id, response::body))
            .load(self.conn)?;
        for (uuid, version_no, round_code, case_id, body) in &rows {
            let holder = self.sealing_holder(round_code, case_id)?;
            let sealed = holder.seal(Place::Response { uuid, version_no: *version_no }, body)?;
            diesel::update(response::table.find((uuid, version_no)))
                .set((response::body.eq(sealed.as_ref()), response::key_id.eq(holder.key_id())))
                .execute(self.conn)?;
        }
        if !rows.is_empty() {
            return Ok(rows.len());
        }
        let rows: Vec<(String, i64, String, String, Vec<u8>)> = contact_attempt::table
            .filter(contact_attempt::key_id.is_null())
            .limit(ROWS_AT_ONCE)
            .select((
                contact_attempt::uuid,
                contact_attempt::version_no,
                contact_attempt::round_code,
                contact_attempt::case_id,
                contact_attempt::body,
            ))
            .load(self.conn)?;
        for (uuid, version_no, round_code, case_id, body) in &rows {
            let holder = self.sealing_holder(round_code, case_id)?;
            let sealed = holder.seal(Place::ContactAttempt { uuid, version_no: *version_no }, body)?;
            diesel::update(contact_attempt::table.find((uuid, version_no)))
                .set((contact_attempt::body.eq(sealed.as_ref()), contact_attempt::key_id.eq(holder.key_id())))
                .execute(self.conn)?;
        }
        if !rows.is_empty() {
            return Ok(rows.len());
        }
        self.seal_a_file().and_then(|n| if n > 0 { Ok(n) } else { self.seal_some_words() })
    }

    /// The respondent of what belongs to a UUID: the one that came first under it names.
    fn holder_of(&mut self, uuid: &str, version_no: i64) -> Result<Holder, StoreError> {
        let (round_code, case_id): (String, String) = response::table
            .find((uuid, version_no))
            .select((response::round_code, response::case_id))
            .first(self.conn)?;
        self.sealing_holder(&round_code, &case_id)
    }

    fn seal_a_file(&mut self) -> Result<usize, StoreError> {
        let found: Option<(String, String, i64, Vec<u8>)> = attachment::table
            .filter(attachment::key_id.is_null())
            .filter(attachment::uuid.eq_any(response::table.select(response::uuid)))
            .select((attachment::uuid, attachment::file_name, attachment::version_no, attachment::body))
            .first(self.conn)
            .optional()?;
        let Some((uuid, file_name, version_no, body)) = found else { return Ok(0) };
        let holder = self.holder_of(&uuid, 1)?;
        let sealed = holder.seal(Place::Attachment { uuid: &uuid, file_name: &file_name, version_no }, &body)?;
        Ok(diesel::update(attachment::table.find((&uuid, &file_name, version_no)))
            .set((attachment::body.eq(sealed.as_ref()), attachment::key_id.eq(holder.key_id())))
            .execute(self.conn)?)
    }

    fn seal_some_words(&mut self) -> Result<usize, StoreError> {
        let flags: Vec<(String, i64, i64, String)> = response_flag::table
            .filter(response_flag::key_id.is_null())
            .filter(response_flag::detail.ne(""))
            .limit(ROWS_AT_ONCE)
            .select((response_flag::uuid, response_flag::version_no, response_flag::flag_no, response_flag::detail))
            .load(self.conn)?;
        for (uuid, version_no, flag_no, detail) in &flags {
            let holder = self.holder_of(uuid, *version_no)?;
            let place = Place::Flag { uuid, version_no: *version_no, flag_no: *flag_no };
            let (detail, sealed) = holder.seal_text(place, detail)?;
            diesel::update(response_flag::table.find((uuid, version_no, flag_no)))
                .set((
                    response_flag::detail.eq(detail),
                    response_flag::key_id.eq(holder.key_id()),
                    response_flag::sealed_detail.eq(sealed),
                ))
                .execute(self.conn)?;
        }
        let reviews: Vec<(String, i64, String)> = review::table
            .filter(review::key_id.is_null())
            .filter(review::comment.ne(""))
            .limit(ROWS_AT_ONCE)
            .select((review::uuid, review::review_no, review::comment))
            .load(self.conn)?;
        for (uuid, review_no, comment) in &reviews {
            let holder = self.holder_of(uuid, 1)?;
            let (comment, sealed) = holder.seal_text(Place::Comment { uuid, review_no: *review_no }, comment)?;
            diesel::update(review::table.find((uuid, review_no)))
                .set((
                    review::comment.eq(comment),
                    review::key_id.eq(holder.key_id()),
                    review::sealed_comment.eq(sealed),
                ))
                .execute(self.conn)?;
        }
        Ok(flags.len() + reviews.len())
    }
}

/// How many rows of a database with words of respondents are as they came; nothing is opened for it.
///
/// # Errors
/// That it cannot be read.
pub fn count_plain_in(url: &DatabaseUrl) -> Result<u64, StoreError> {
    Snapshot { conn: &mut connect(url, Purpose::Read)?, keys: &Keys::none() }.count_plain()
}

impl Store {
    /// Seals all that is as it came, and takes away what the engine still holds of it. Tells how many rows are done, of how many. Gives
    /// their number.
    ///
    /// # Errors
    /// That there is no key, or that the database did not take it; what was sealed before stays sealed, and the rest is as it was.
    pub fn seal_plain(&self, actor: &str, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        let all = self.read(|snapshot| snapshot.count_plain())?;
        let mut done = 0_u64;
        progress(done, all);
        loop {
            let n = self.write(actor, |tx| tx.seal_some())?;
            if n == 0 {
                break;
            }
            done += n as u64;
            progress(done, all.max(done));
        }
        if done > 0 {
            self.write(actor, move |tx| tx.audit("answers.sealed", "database", &format!("{done} rows")))?;
            super::leftovers::scrub(&self.url)?;
        }
        Ok(done)
    }
}
