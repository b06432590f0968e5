//! Responses: kept exactly as received, with the flags found on arrival.

use diesel::prelude::*;

use super::error::StoreError;
use super::received::{Flag, Kept, Receipt, Received, ReceivedState};
use super::schema::{response, response_flag};
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
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = response_flag)]
struct FlagRow {
    uuid: String,
    version_no: i64,
    code: String,
    question: Option<String>,
    detail: String,
}

impl Row {
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
    fn into_flag(self) -> Flag {
        Flag { code: self.code, question: self.question, detail: self.detail }
    }
}

impl Received for NewResponse {
    fn insert(&self, tx: &mut Transaction<'_>, version_no: i64, state: ReceivedState) -> Result<Receipt, StoreError> {
        let state = match &self.replaces_uuid {
            Some(_) if state == ReceivedState::Accepted && !tx.is_first_correction(self)? => ReceivedState::Conflict,
            _ => state,
        };
        let sequence = sequence::next_arrival(tx.conn)?;
        let received_at = tx.now.to_string();
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
                response::body.eq(&self.body),
                response::body_sha256.eq(&self.body_sha256),
                response::received_at.eq(&received_at),
                response::state.eq(state.as_str()),
                response::format.eq(self.format.as_str()),
                response::replaces_uuid.eq(&self.replaces_uuid),
            ))
            .execute(tx.conn)?;
        for (flag_no, flag) in (1_i64..).zip(&self.flags) {
            diesel::insert_into(response_flag::table)
                .values((
                    response_flag::uuid.eq(&self.uuid),
                    response_flag::version_no.eq(version_no),
                    response_flag::flag_no.eq(flag_no),
                    response_flag::code.eq(&flag.code),
                    response_flag::question.eq(&flag.question),
                    response_flag::detail.eq(&flag.detail),
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

    fn version_no_max(&self, tx: &mut Transaction<'_>) -> Result<i64, StoreError> {
        let highest: Option<i64> = response::table
            .filter(response::uuid.eq(&self.uuid))
            .select(diesel::dsl::max(response::version_no))
            .first(tx.conn)?;
        Ok(highest.unwrap_or(0))
    }
}

impl Snapshot<'_> {
    fn with_flags(&mut self, row: Row) -> Result<StoredResponse, StoreError> {
        let flags: Vec<FlagRow> = response_flag::table
            .filter(response_flag::uuid.eq(&row.uuid))
            .filter(response_flag::version_no.eq(row.version_no))
            .order(response_flag::flag_no)
            .select(FlagRow::as_select())
            .load(self.conn)?;
        row.into_response(flags.into_iter().map(FlagRow::into_flag).collect())
    }

    /// All versions under a UUID, the first received first.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_response_versions(&mut self, uuid: &str) -> Result<Vec<StoredResponse>, StoreError> {
        let rows: Vec<Row> = response::table
            .filter(response::uuid.eq(uuid))
            .order(response::version_no)
            .select(Row::as_select())
            .load(self.conn)?;
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
            .order(response::sequence)
            .limit(n_max)
            .select(Row::as_select())
            .load(self.conn)?;
        rows.into_iter().map(|row| row.into_response(Vec::new())).collect()
    }

    /// What came first under each UUID in a round, in the order of arrival. Which of it counts, `crate::review` says.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_first_responses(&mut self, round_code: &str) -> Result<Vec<StoredResponse>, StoreError> {
        let rows: Vec<Row> = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::version_no.eq(1))
            .order(response::sequence)
            .select(Row::as_select())
            .load(self.conn)?;
        let in_round = response::table.filter(response::round_code.eq(round_code)).select(response::uuid);
        let flags: Vec<FlagRow> = response_flag::table
            .filter(response_flag::uuid.eq_any(in_round))
            .filter(response_flag::version_no.eq(1))
            .order((response_flag::uuid, response_flag::flag_no))
            .select(FlagRow::as_select())
            .load(self.conn)?;
        let mut by_response = std::collections::BTreeMap::<(String, i64), Vec<Flag>>::new();
        for row in flags {
            by_response.entry((row.uuid.clone(), row.version_no)).or_default().push(row.into_flag());
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
