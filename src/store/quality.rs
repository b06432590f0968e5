//! What the quality checks read beside responses, and the thresholds that an office set: added, never changed.

use diesel::prelude::*;

use super::attachment::AttachmentHead;
use super::error::StoreError;
use super::received::ReceivedState;
use super::respondent::gone_in;
use super::schema::{attachment, contact_attempt, quality_rules, response};
use super::sealing::{Place, Stored};
use super::{Snapshot, Transaction};

/// The name under which Collect sends its log.
const AUDIT_FILE: &str = "audit.csv";

/// Thresholds of a round.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = quality_rules)]
pub struct QualityRules {
    /// Their number within the round, from 1.
    pub rules_no: i64,
    /// The file as it was given.
    pub body: String,
    /// The id of an account or token, or the command.
    pub set_by: String,
    /// When.
    pub set_at: String,
}

/// A visit that was reported.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = contact_attempt)]
pub struct ReportedAttempt {
    /// Order of arrival.
    pub sequence: i64,
    /// The case.
    pub case_id: String,
    /// Outcome code.
    pub disposition: String,
    /// The token that sent it.
    pub token_id: String,
    /// When it arrived.
    pub received_at: String,
}

impl Snapshot<'_> {
    /// The thresholds of a round that hold now.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_quality_rules(&mut self, round_code: &str) -> Result<Option<QualityRules>, StoreError> {
        Ok(quality_rules::table
            .filter(quality_rules::round_code.eq(round_code))
            .order(quality_rules::rules_no.desc())
            .select(QualityRules::as_select())
            .first(self.conn)
            .optional()?)
    }

    /// The accepted visits of a round, in the order of arrival.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_reported_attempts(&mut self, round_code: &str) -> Result<Vec<ReportedAttempt>, StoreError> {
        Ok(contact_attempt::table
            .filter(contact_attempt::round_code.eq(round_code))
            .filter(contact_attempt::state.eq(ReceivedState::Accepted.as_str()))
            .filter(contact_attempt::case_id.ne_all(gone_in(round_code)))
            .order(contact_attempt::sequence)
            .select(ReportedAttempt::as_select())
            .load(self.conn)?)
    }

    /// What is known of all files of a round's responses, by response and name.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_round_attachments(&mut self, round_code: &str) -> Result<Vec<AttachmentHead>, StoreError> {
        let of_round = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::case_id.ne_all(gone_in(round_code)))
            .select(response::uuid);
        Ok(attachment::table
            .filter(attachment::uuid.eq_any(of_round))
            .order((attachment::uuid, attachment::file_name, attachment::version_no))
            .select(AttachmentHead::as_select())
            .load(self.conn)?)
    }

    /// The logs that Collect sent with a round's responses: UUID and bytes, the first received of each.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_audit_logs(&mut self, round_code: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let of_round = response::table
            .filter(response::round_code.eq(round_code))
            .filter(response::case_id.ne_all(gone_in(round_code)))
            .select(response::uuid);
        let rows: Vec<(String, Vec<u8>, Option<String>)> = attachment::table
            .filter(attachment::uuid.eq_any(of_round))
            .filter(attachment::file_name.eq(AUDIT_FILE))
            .filter(attachment::version_no.eq(1))
            .select((attachment::uuid, attachment::body, attachment::key_id))
            .load(self.conn)?;
        let opened = self.open_all(&rows, |(uuid, body, key_id)| Stored {
            key_id: key_id.as_deref(),
            place: Place::Attachment { uuid, file_name: AUDIT_FILE, version_no: 1 },
            bytes: body,
        })?;
        Ok(rows.into_iter().zip(opened).map(|((uuid, body, _), opened)| (uuid, opened.unwrap_or(body))).collect())
    }

    /// Numbers that change whenever the checks of a round may say something else: they only ever grow.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn quality_state(&mut self, round_code: &str) -> Result<[i64; 5], StoreError> {
        let responses: i64 =
            response::table.filter(response::round_code.eq(round_code)).count().get_result(self.conn)?;
        let attempts: i64 =
            contact_attempt::table.filter(contact_attempt::round_code.eq(round_code)).count().get_result(self.conn)?;
        let of_round = response::table.filter(response::round_code.eq(round_code)).select(response::uuid);
        let files: i64 = attachment::table.filter(attachment::uuid.eq_any(of_round)).count().get_result(self.conn)?;
        let rules = self.find_quality_rules(round_code)?.map_or(0, |rules| rules.rules_no);
        Ok([responses, attempts, files, self.count_reviews(round_code)?, rules])
    }
}

impl Transaction<'_> {
    /// Sets the thresholds of a round from now on.
    ///
    /// # Errors
    /// [`StoreError::Missing`] when there is no such round; [`StoreError::Exists`] when others were set at the same time.
    pub fn set_quality_rules(&mut self, round_code: &str, body: &str) -> Result<QualityRules, StoreError> {
        if self.find_round(round_code)?.is_none() {
            return Err(StoreError::Missing { what: format!("round {round_code}") });
        }
        let rules_no = self.find_quality_rules(round_code)?.map_or(1, |last| last.rules_no + 1);
        let set =
            QualityRules { rules_no, body: body.to_owned(), set_by: self.actor.clone(), set_at: self.now.to_string() };
        diesel::insert_into(quality_rules::table)
            .values((
                quality_rules::round_code.eq(round_code),
                quality_rules::rules_no.eq(set.rules_no),
                quality_rules::body.eq(&set.body),
                quality_rules::set_by.eq(&set.set_by),
                quality_rules::set_at.eq(&set.set_at),
            ))
            .execute(self.conn)
            .map_err(|error| {
                StoreError::from(error).exists_if_unique(|| format!("rules {rules_no} of round {round_code}"))
            })?;
        self.audit("quality_rules.set", round_code, &rules_no.to_string())?;
        Ok(set)
    }
}
