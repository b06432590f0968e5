//! Responses: kept exactly as received, with the flags found on arrival.

use diesel::prelude::*;

use super::error::StoreError;
use super::received::{Flag, Kept, Receipt, Received, ReceivedState};
use super::respondent::gone_in;
use super::schema::{response, response_flag};
use super::sealing::{Holder, Place, Stored, text_of};
use super::sequence;
use super::{Snapshot, Transaction, stored_words};

stored_words! {
    /// How the bytes of a response are to be read.
    BodyFormat {
        /// The document of our own clients.
        Json = "json",
        /// A submission of ODK Collect.
        Xform = "xform",
    }
}

/// A response as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewResponse {
    /// Made by the device, in lower case with hyphens.
    pub uuid: String,
    /// The round it belongs to.
    pub round_code: String,
    /// The form the sender says it answers.
    pub form_id: String,
    /// The published questionnaire it answers, if we know it.
    pub questionnaire_sha256: Option<String>,
    /// The case the sender says it is about.
    pub case_id: String,
    /// Outcome code of the interview.
    pub disposition: String,
    /// The token that sent it.
    pub token_id: String,
    /// The interview it corrects, as the sender says or, where one had gone back, as the server understood.
    pub replaces_uuid: Option<String>,
    /// How the body is to be read.
    pub format: BodyFormat,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    /// SHA-256 of the body, in hexadecimal.
    pub body_sha256: String,
    /// What was found odd on arrival.
    pub flags: Vec<Flag>,
}

/// A response as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResponse {
    /// Its receipt.
    pub receipt: Receipt,
    /// The round it belongs to.
    pub round_code: String,
    /// The form the sender says it answers.
    pub form_id: String,
    /// The published questionnaire it answers, if we know it.
    pub questionnaire_sha256: Option<String>,
    /// The case the sender says it is about.
    pub case_id: String,
    /// Outcome code of the interview.
    pub disposition: String,
    /// The token that sent it.
    pub token_id: String,
    /// How the body is to be read.
    pub format: BodyFormat,
    /// The interview it corrects, as the sender says.
    pub replaces_uuid: Option<String>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = response)]
struct Row {
    uuid: String,
    version_no: i64,
    sequence: i64,
    round_code: String,
    form_id: String,
    questionnaire_sha256: Option<String>,
    case_id: String,
    disposition: String,
    token_id: String,
    body: Vec<u8>,
    body_sha256: String,
    received_at: String,
    state: String,
    format: String,
    replaces_uuid: Option<String>,
    key_id: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = response_flag)]
struct FlagRow {
    uuid: String,
    version_no: i64,
    flag_no: i64,
    code: String,
    question: Option<String>,
    detail: String,
    key_id: Option<String>,
    sealed_detail: Option<Vec<u8>>,
}

impl Row {
    fn stored(&self) -> Stored<'_> {
        Stored {
            key_id: self.key_id.as_deref(),
            place: Place::Response { uuid: &self.uuid, version_no: self.version_no },
            bytes: &self.body,
        }
    }

    fn into_response(self, flags: Vec<Flag>) -> Result<StoredResponse, StoreError> {
        Ok(StoredResponse {
            receipt: Receipt {
                uuid: self.uuid,
                version_no: self.version_no,
                sha256: self.body_sha256,
                sequence: self.sequence,
                received_at: self.received_at,
                state: ReceivedState::from_stored(&self.state)?,
                flags,
            },
            round_code: self.round_code,
            form_id: self.form_id,
            questionnaire_sha256: self.questionnaire_sha256,
            case_id: self.case_id,
            disposition: self.disposition,
            token_id: self.token_id,
            format: BodyFormat::from_stored(&self.format)?,
            replaces_uuid: self.replaces_uuid,
            body: self.body,
        })
    }
}

impl FlagRow {
    fn stored(&self) -> Stored<'_> {
        Stored {
            // An empty detail stands for itself.
            key_id: self.key_id.as_deref().filter(|_| self.sealed_detail.is_some()),
            place: Place::Flag { uuid: &self.uuid, version_no: self.version_no, flag_no: self.flag_no },
            bytes: self.sealed_detail.as_deref().unwrap_or_default(),
        }
    }

    fn into_flag(self, opened: Option<Vec<u8>>) -> Result<Flag, StoreError> {
        Ok(Flag { code: self.code, question: self.question, detail: text_of(self.detail, opened)? })
    }
}

impl Received for NewResponse {
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
        let state = match &self.replaces_uuid {
            Some(_) if state == ReceivedState::Accepted && !tx.is_first_correction(self)? => ReceivedState::Conflict,
            _ => state,
        };
        let sequence = sequence::next_arrival(tx.conn)?;
        let received_at = tx.now.to_string();
        let body = holder.seal(Place::Response { uuid: &self.uuid, version_no }, &self.body)?;
        diesel::insert_into(response::table)
            .values((
                response::uuid.eq(&self.uuid),
                response::version_no.eq(version_no),
                response::sequence.eq(sequence),
                response::round_code.eq(&self.round_code),
                response::form_id.eq(&self.form_id),
                response::questionnaire_sha256.eq(&self.questionnaire_sha256),
                response::case_id.eq(&self.case_id),
                response::disposition.eq(&self.disposition),
                response::token_id.eq(&self.token_id),
                response::body.eq(body.as_ref()),
                response::body_sha256.eq(&self.body_sha256),
                response::received_at.eq(&received_at),
                response::state.eq(state.as_str()),
                response::format.eq(self.format.as_str()),
                response::replaces_uuid.eq(&self.replaces_uuid),
                response::key_id.eq(holder.key_id()),
            ))
            .execute(tx.conn)?;
        for (flag_no, flag) in (1_i64..).zip(&self.flags) {
            let (detail, sealed_detail) =
                holder.seal_text(Place::Flag { uuid: &self.uuid, version_no, flag_no }, &flag.detail)?;
            diesel::insert_into(response_flag::table)
                .values((
                    response_flag::uuid.eq(&self.uuid),
                    response_flag::version_no.eq(version_no),
                    response_flag::flag_no.eq(flag_no),
                    response_flag::code.eq(&flag.code),
                    response_flag::question.eq(&flag.question),
                    response_flag::detail.eq(detail),
                    response_flag::key_id.eq(holder.key_id()),
                    response_flag::sealed_detail.eq(sealed_detail),
                ))
                .execute(tx.conn)?;
        }
        tx.audit(&format!("response.{}", state.as_str()), &self.uuid, &self.body_sha256)?;
        Ok(Receipt {
            uuid: self.uuid.clone(),
            version_no,
            sha256: self.body_sha256.clone(),
            sequence,
            received_at,
            state,
            flags: self.flags.clone(),
        })
    }

    fn find_same(&self, tx: &mut Transaction<'_>) -> Result<Option<Receipt>, StoreError> {
        let row: Option<Row> = response::table
            .filter(response::uuid.eq(&self.uuid))
            .filter(response::body_sha256.eq(&self.body_sha256))
            .select(Row::as_select())
            .first(tx.conn)
            .optional()?;
        row.map(|row| tx.with_flags(row).map(|response| response.receipt)).transpose()
    }

    fn was_erased(&self, tx: &mut Transaction<'_>) -> Result<bool, StoreError> {
        tx.was_response_erased(&self.uuid)
    }

    fn version_no_max(&self, tx: &mut Transaction<'_>) -> Result<i64, StoreError> {
        let highest: Option<i64> = response::table
            .filter(response::uuid.eq(&self.uuid))
            .select(diesel::dsl::max(response::version_no))
            .first(tx.conn)?;
        Ok(highest.unwrap_or(0))
    }
}

/// A version of a response: its UUID and number.
type Version = (String, i64);

impl Snapshot<'_> {
    fn with_flags(&mut self, row: Row) -> Result<StoredResponse, StoreError> {
        let flags: Vec<FlagRow> = response_flag::table
            .filter(response_flag::uuid.eq(&row.uuid))
            .filter(response_flag::version_no.eq(row.version_no))
            .order(response_flag::flag_no)
            .select(FlagRow::as_select())
            .load(self.conn)?;
        let flags = self.open_flags(flags)?.into_iter().map(|(_, flag)| flag).collect();
        row.into_response(flags)
    }

    /// Flags with the response and version they belong to.
    fn open_flags(&mut self, rows: Vec<FlagRow>) -> Result<Vec<(Version, Flag)>, StoreError> {
        let opened = self.open_all(&rows, FlagRow::stored)?;
        let both = rows.into_iter().zip(opened);
        both.map(|(row, opened)| Ok(((row.uuid.clone(), row.version_no), row.into_flag(opened)?))).collect()
    }

    /// Opens some flags after a place, for a check: how many there were, what does not open, and the place of the last.
    pub(super) fn check_flags(
        &mut self,
        after: &Version,
        n_max: i64,
    ) -> Result<(usize, Vec<String>, Option<Version>), StoreError> {
        let behind = response_flag::uuid
            .gt(&after.0)
            .or(response_flag::uuid.eq(&after.0).and(response_flag::version_no.gt(after.1)));
        let heads: Vec<Version> = response_flag::table
            .filter(behind)
            .select((response_flag::uuid, response_flag::version_no))
            .distinct()
            .order((response_flag::uuid, response_flag::version_no))
            .limit(n_max)
            .load(self.conn)?;
        let uuids: Vec<&str> = heads.iter().map(|(uuid, _)| uuid.as_str()).collect();
        let rows: Vec<FlagRow> = response_flag::table
            .filter(response_flag::uuid.eq_any(uuids))
            .select(FlagRow::as_select())
            .load(self.conn)?;
        let opened = self.open_each(&rows, FlagRow::stored)?;
        let closed = rows.iter().zip(opened).filter(|(_, opened)| opened.is_err());
        let damages = closed.map(|(row, _)| format!("flag {} of response {}: it does not open", row.flag_no, row.uuid));
        Ok((heads.len(), damages.collect(), heads.last().cloned()))
    }

    /// Rows as they came.
    fn open_rows(&mut self, mut rows: Vec<Row>) -> Result<Vec<Row>, StoreError> {
        let opened = self.open_all(&rows, Row::stored)?;
        for (row, opened) in rows.iter_mut().zip(opened) {
            if let Some(body) = opened {
                row.body = body;
            }
        }
        Ok(rows)
    }

    /// All versions under a UUID, the first received first; none when their respondent withdrew or was erased.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_response_versions(&mut self, uuid: &str) -> Result<Vec<StoredResponse>, StoreError> {
        let mut rows: Vec<Row> = response::table
            .filter(response::uuid.eq(uuid))
            .order(response::version_no)
            .select(Row::as_select())
            .load(self.conn)?;
        if rows.is_empty() || self.has_gone(uuid)? {
            return Ok(Vec::new());
        }
        // Another version may name the case of somebody who has gone.
        let mut gone = Vec::new();
        for row in &rows {
            gone.push(self.is_gone(&row.round_code, &row.case_id)?);
        }
        let mut is_gone = gone.into_iter();
        rows.retain(|_| !is_gone.next().unwrap_or(false));
        let rows = self.open_rows(rows)?;
        rows.into_iter().map(|row| self.with_flags(row)).collect()
    }

    /// As [`Self::list_first_responses`] without flags, at most so many from this number in the order of arrival on.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_first_responses_from(
        &mut self,
        round_code: &str,
        sequence: i64,
        n_max: i64,
    ) -> Result<Vec<StoredResponse>, StoreError> {
        let rows: Vec<Row> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::version_no.eq(1))
            .filter(response::sequence.ge(sequence))
            .filter(response::case_id.ne_all(gone_in(round_code)))
            .order(response::sequence)
            .limit(n_max)
            .select(Row::as_select())
            .load(self.conn)?;
        let rows = self.open_rows(rows)?;
        rows.into_iter().map(|row| row.into_response(Vec::new())).collect()
    }

    /// What came first under each UUID in a round, in the order of arrival, without what respondents took back. Which of it counts,
    /// `crate::review` says.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_first_responses(&mut self, round_code: &str) -> Result<Vec<StoredResponse>, StoreError> {
        let rows: Vec<Row> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::version_no.eq(1))
            .filter(response::case_id.ne_all(gone_in(round_code)))
            .order(response::sequence)
            .select(Row::as_select())
            .load(self.conn)?;
        let rows = self.open_rows(rows)?;
        let in_round = response::table.filter(response::round_code.eq(round_code)).select(response::uuid);
        let flags: Vec<FlagRow> = response_flag::table
            .filter(response_flag::uuid.eq_any(in_round))
            .filter(response_flag::version_no.eq(1))
            .order((response_flag::uuid, response_flag::flag_no))
            .select(FlagRow::as_select())
            .load(self.conn)?;
        let mut by_response = std::collections::BTreeMap::<(String, i64), Vec<Flag>>::new();
        for (of, flag) in self.open_flags(flags)? {
            by_response.entry(of).or_default().push(flag);
        }
        rows.into_iter()
            .map(|row| {
                let flags = by_response.remove(&(row.uuid.clone(), row.version_no)).unwrap_or_default();
                row.into_response(flags)
            })
            .collect()
    }
}

impl Transaction<'_> {
    /// Keeps a response, exactly once.
    ///
    /// # Errors
    /// That its round, questionnaire or token does not exist, or that the database did not take it.
    pub fn keep_response(&mut self, response: &NewResponse) -> Result<Kept, StoreError> {
        self.keep(response)
    }
}
