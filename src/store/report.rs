//! Reports that people edit: versions, acceptances of their sentences, the office's templates. Rows are only added.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::error::StoreError;
use super::schema::{report_acceptance, report_version, sentence_library};
use super::{Snapshot, Transaction};

/// A saved state of a report.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = report_version)]
pub struct ReportVersion {
    /// From 1 within the report.
    pub version_no: i64,
    /// The draft as JSON.
    pub body: String,
    /// What was done.
    pub act: String,
    /// The id of an account or token.
    pub saved_by: String,
    /// When.
    pub saved_at: String,
}

/// The last that somebody said of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = report_acceptance)]
pub struct ReportAcceptance {
    /// The place of the sentence.
    pub slot: String,
    /// Its number within the slot.
    pub act_no: i64,
    /// The key of the very sentence.
    pub sentence_key: String,
    /// Its words.
    pub sentence: String,
    /// Accepted, or the acceptance taken back.
    pub is_accepted: bool,
    /// The id of an account or token.
    pub acted_by: String,
    /// When.
    pub acted_at: String,
}

/// A sentence that somebody says something of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidOfSentence {
    /// The place of the sentence.
    pub slot: String,
    /// The key of the very sentence.
    pub key: String,
    /// Its words.
    pub text: String,
}

/// A state of the office's templates.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = sentence_library)]
pub struct SentenceLibrary {
    /// From 1.
    pub version_no: i64,
    /// TOML: only what differs from the program's.
    pub body: String,
    /// The id of an account or token.
    pub set_by: String,
    /// When.
    pub set_at: String,
}

/// What came of a save.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportSaved {
    /// Kept under this number.
    Kept(i64),
    /// Somebody else saved in the meantime; nothing was kept.
    Meanwhile,
}

impl Snapshot<'_> {
    /// The last saved state of a report; `None` when nobody has changed it yet.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_report(&mut self, round_code: &str, form_id: &str) -> Result<Option<ReportVersion>, StoreError> {
        Ok(self.list_report_versions(round_code, form_id, 1)?.pop())
    }

    /// The last saved states of a report, the newest first; at most `n_max`.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_report_versions(
        &mut self,
        round_code: &str,
        form_id: &str,
        n_max: i64,
    ) -> Result<Vec<ReportVersion>, StoreError> {
        Ok(report_version::table
            .filter(report_version::round_code.eq(round_code))
            .filter(report_version::form_id.eq(form_id))
            .order(report_version::version_no.desc())
            .limit(n_max)
            .select(ReportVersion::as_select())
            .load(self.conn)?)
    }

    /// The last that was said of each sentence of a report, by slot.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_report_acceptances(
        &mut self,
        round_code: &str,
        form_id: &str,
    ) -> Result<BTreeMap<String, ReportAcceptance>, StoreError> {
        let rows: Vec<ReportAcceptance> = report_acceptance::table
            .filter(report_acceptance::round_code.eq(round_code))
            .filter(report_acceptance::form_id.eq(form_id))
            .order(report_acceptance::act_no)
            .select(ReportAcceptance::as_select())
            .load(self.conn)?;
        // Later acts take the place of earlier ones.
        Ok(rows.into_iter().map(|row| (row.slot.clone(), row)).collect())
    }

    /// The office's templates that hold now; `None` while those of the program do.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_sentence_library(&mut self) -> Result<Option<SentenceLibrary>, StoreError> {
        Ok(sentence_library::table
            .order(sentence_library::version_no.desc())
            .select(SentenceLibrary::as_select())
            .first(self.conn)
            .optional()?)
    }
}

impl Transaction<'_> {
    /// Saves a report, if nobody else has since `seen` (0 for a report that nobody has saved).
    ///
    /// # Errors
    /// [`StoreError::Exists`] when somebody saves in the very same moment: as good as [`ReportSaved::Meanwhile`].
    pub fn save_report(
        &mut self,
        (round_code, form_id): (&str, &str),
        seen: i64,
        body: &str,
        act: &str,
    ) -> Result<ReportSaved, StoreError> {
        let last = self.find_report(round_code, form_id)?.map_or(0, |last| last.version_no);
        if last != seen {
            return Ok(ReportSaved::Meanwhile);
        }
        let version_no = seen + 1;
        let (by, at) = (self.actor.clone(), self.now.to_string());
        diesel::insert_into(report_version::table)
            .values((
                report_version::round_code.eq(round_code),
                report_version::form_id.eq(form_id),
                report_version::version_no.eq(version_no),
                report_version::body.eq(body),
                report_version::act.eq(act),
                report_version::saved_by.eq(by),
                report_version::saved_at.eq(at),
            ))
            .execute(self.conn)
            .map_err(|error| {
                StoreError::from(error).exists_if_unique(|| format!("version {version_no} of the report {form_id}"))
            })?;
        self.audit("report.saved", round_code, &format!("questionnaire={form_id} version={version_no} act={act}"))?;
        Ok(ReportSaved::Kept(version_no))
    }

    /// Accepts sentences, or takes that back.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when somebody else acts on one of them in the same moment.
    pub fn say_of_sentences(
        &mut self,
        (round_code, form_id): (&str, &str),
        sentences: &[SaidOfSentence],
        is_accepted: bool,
    ) -> Result<(), StoreError> {
        let known = self.list_report_acceptances(round_code, form_id)?;
        let (by, at) = (self.actor.clone(), self.now.to_string());
        for one in sentences {
            let act_no = known.get(&one.slot).map_or(1, |last| last.act_no + 1);
            diesel::insert_into(report_acceptance::table)
                .values((
                    report_acceptance::round_code.eq(round_code),
                    report_acceptance::form_id.eq(form_id),
                    report_acceptance::slot.eq(&one.slot),
                    report_acceptance::act_no.eq(act_no),
                    report_acceptance::sentence_key.eq(&one.key),
                    report_acceptance::sentence.eq(&one.text),
                    report_acceptance::is_accepted.eq(is_accepted),
                    report_acceptance::acted_by.eq(&by),
                    report_acceptance::acted_at.eq(&at),
                ))
                .execute(self.conn)
                .map_err(|error| {
                    StoreError::from(error).exists_if_unique(|| format!("act {act_no} of {}", one.slot))
                })?;
        }
        let act = if is_accepted { "report.accepted" } else { "report.acceptance_withdrawn" };
        let keys: Vec<&str> = sentences.iter().map(|one| one.key.as_str()).collect();
        self.audit(act, round_code, &format!("questionnaire={form_id} sentences={}", keys.join(" ")))
    }

    /// Sets the office's templates, if nobody else has since `seen` (0 for none).
    ///
    /// # Errors
    /// [`StoreError::Exists`] when somebody sets them in the very same moment.
    pub fn set_sentence_library(&mut self, seen: i64, body: &str) -> Result<ReportSaved, StoreError> {
        if self.find_sentence_library()?.map_or(0, |last| last.version_no) != seen {
            return Ok(ReportSaved::Meanwhile);
        }
        let version_no = seen + 1;
        let (by, at) = (self.actor.clone(), self.now.to_string());
        diesel::insert_into(sentence_library::table)
            .values((
                sentence_library::version_no.eq(version_no),
                sentence_library::body.eq(body),
                sentence_library::set_by.eq(by),
                sentence_library::set_at.eq(at),
            ))
            .execute(self.conn)
            .map_err(|error| StoreError::from(error).exists_if_unique(|| format!("sentences {version_no}")))?;
        self.audit("sentences.set", "office", &version_no.to_string())?;
        Ok(ReportSaved::Kept(version_no))
    }

    /// Writes down that a paper left the house: which, and whether it was a draft.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn log_paper(&mut self, round_code: &str, detail: &str) -> Result<(), StoreError> {
        self.audit("report.downloaded", round_code, detail)
    }
}
