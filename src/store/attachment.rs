//! Files that came with a response: each kept once, whatever the network did; nothing is overwritten.

use diesel::prelude::*;

use super::error::StoreError;
use super::respondent::gone_in;
use super::schema::{attachment, response};
use super::sealing::{Holder, Place, Stored};
use super::{Snapshot, Transaction};
use crate::secret::sha256_hex;

/// As for responses: so many different files would have to come under one name at the same instant.
const TRIES_MAX: u32 = 32;

/// A file to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    /// Its name, without folders, in NFC.
    pub file_name: String,
    /// Its type, as the sender says.
    pub media_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// What is known of a file that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = attachment)]
pub struct AttachmentHead {
    /// The response it came with.
    pub uuid: String,
    /// Its name.
    pub file_name: String,
    /// 1 for the first bytes under its name, higher for others.
    pub version_no: i64,
    /// Its type, as the sender says.
    pub media_type: String,
    /// How many bytes it has.
    pub body_bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub body_sha256: String,
    /// When it arrived, by the server's clock.
    pub received_at: String,
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What is known of it.
    pub head: AttachmentHead,
    /// Its bytes.
    pub body: Vec<u8>,
}

impl Snapshot<'_> {
    /// The files of a response: by name, the first received first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_attachments(&mut self, uuid: &str) -> Result<Vec<AttachmentHead>, StoreError> {
        if self.has_gone(uuid)? {
            return Ok(Vec::new());
        }
        let mut heads: Vec<AttachmentHead> =
            attachment::table.filter(attachment::uuid.eq(uuid)).select(AttachmentHead::as_select()).load(self.conn)?;
        // Here and not in SQL, where the order of texts depends on the server's collation.
        heads.sort_by(|a, b| a.file_name.cmp(&b.file_name).then(a.version_no.cmp(&b.version_no)));
        Ok(heads)
    }

    /// A file of a response by its name: the first bytes received under it.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_attachment(&mut self, uuid: &str, file_name: &str) -> Result<Option<Attachment>, StoreError> {
        if self.has_gone(uuid)? {
            return Ok(None);
        }
        let found: Option<(AttachmentHead, Vec<u8>, Option<String>)> = attachment::table
            .find((uuid, file_name, 1_i64))
            .select((AttachmentHead::as_select(), attachment::body, attachment::key_id))
            .first(self.conn)
            .optional()?;
        let Some((head, body, key_id)) = found else { return Ok(None) };
        let place = Place::Attachment { uuid, file_name, version_no: head.version_no };
        let opened = self.open_stored(Stored { key_id: key_id.as_deref(), place, bytes: &body })?;
        Ok(Some(Attachment { head, body: opened.unwrap_or(body) }))
    }

    /// How many files each response of a round has.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn count_attachments(&mut self, round_code: &str) -> Result<Vec<(String, i64)>, StoreError> {
        let of_round = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::case_id.ne_all(gone_in(round_code)))
            .select(response::uuid);
        Ok(attachment::table
            .filter(attachment::uuid.eq_any(of_round))
            .filter(attachment::version_no.eq(1))
            .group_by(attachment::uuid)
            .select((attachment::uuid, diesel::dsl::count_star()))
            .load(self.conn)?)
    }
}

impl Transaction<'_> {
    /// Keeps a file of a response; says whether its bytes are new under its name. Of an erased respondent nothing is kept.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such response; that the token does not exist, or that the database did not take it.
    pub fn keep_attachment(&mut self, uuid: &str, token_id: &str, file: &NewAttachment) -> Result<bool, StoreError> {
        let body_sha256 = sha256_hex(&file.body);
        let of_response: Option<(String, String)> = response::table
            .find((uuid, 1_i64))
            .select((response::round_code, response::case_id))
            .first(self.conn)
            .optional()?;
        let (round_code, case_id) =
            of_response.ok_or_else(|| StoreError::Missing { what: format!("response {uuid}") })?;
        let holder = self.holder(&round_code, &case_id)?;
        if matches!(holder, Holder::Erased) {
            return Ok(false);
        }
        for _ in 0..TRIES_MAX {
            let kept: Vec<(i64, String)> = attachment::table
                .filter(attachment::uuid.eq(uuid))
                .filter(attachment::file_name.eq(&file.file_name))
                .order(attachment::version_no)
                .select((attachment::version_no, attachment::body_sha256))
                .load(self.conn)?;
            if kept.iter().any(|(_, sha256)| *sha256 == body_sha256) {
                return Ok(false);
            }
            let version_no = kept.last().map_or(1, |(last, _)| last + 1);
            let received_at = self.now.to_string();
            let place = Place::Attachment { uuid, file_name: &file.file_name, version_no };
            let body = holder.seal(place, &file.body)?;
            let inserted = self.savepoint(|tx| {
                diesel::insert_into(attachment::table)
                    .values((
                        attachment::uuid.eq(uuid),
                        attachment::file_name.eq(&file.file_name),
                        attachment::version_no.eq(version_no),
                        attachment::media_type.eq(&file.media_type),
                        attachment::body.eq(body.as_ref()),
                        attachment::body_bytes.eq(i64::try_from(file.body.len()).unwrap_or(i64::MAX)),
                        attachment::body_sha256.eq(&body_sha256),
                        attachment::received_at.eq(&received_at),
                        attachment::token_id.eq(token_id),
                        attachment::key_id.eq(holder.key_id()),
                    ))
                    .execute(tx.conn)?;
                Ok(())
            });
            match inserted {
                Ok(()) => {
                    self.audit("attachment.kept", uuid, &body_sha256)?;
                    return Ok(true);
                }
                Err(error) if error.is_unique_violation() => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy { detail: "too many different files at once under one name".to_owned() })
    }
}
