//! Files that prove reports of the plan: added to a report, never changed, each once.

use diesel::prelude::*;

use super::error::StoreError;
use super::plan::NewEvidence;
use super::schema::{plan_evidence, plan_report};
use super::{AnyConn, Transaction};
use crate::secret::sha256_hex;

/// Most files of one report.
pub const EVIDENCE_FILES_MAX: i64 = 20;

/// What adding a file came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddedEvidence {
    /// It is new; this is its number within the report.
    New(i64),
    /// The report has these bytes already, under this number.
    Again(i64),
    /// The report has as many files as it may have.
    Full,
    /// There is no such report.
    NoReport,
}

impl Transaction<'_> {
    /// Adds a file to a report. The same bytes again are the file that is there.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn add_plan_evidence(&mut self, report: i64, file: &NewEvidence) -> Result<AddedEvidence, StoreError> {
        if let AnyConn::Postgresql(postgresql) = &mut *self.conn {
            // Files take turns, so that numbers follow each other; SQLite has one writer anyway.
            diesel::sql_query("LOCK TABLE plan_evidence IN SHARE ROW EXCLUSIVE MODE").execute(postgresql)?;
        }
        let known: Option<(String, String)> = plan_report::table
            .find(report)
            .select((plan_report::subject, plan_report::period))
            .first(self.conn)
            .optional()?;
        let Some((subject, period)) = known else { return Ok(AddedEvidence::NoReport) };
        let body_sha256 = sha256_hex(&file.body);
        let kept: Vec<(i64, String)> = plan_evidence::table
            .filter(plan_evidence::report_sequence.eq(report))
            .order(plan_evidence::evidence_no)
            .select((plan_evidence::evidence_no, plan_evidence::body_sha256))
            .load(self.conn)?;
        if let Some((number, _)) = kept.iter().find(|(_, sha256)| *sha256 == body_sha256) {
            return Ok(AddedEvidence::Again(*number));
        }
        let number = kept.last().map_or(1, |(last, _)| last + 1);
        if number > EVIDENCE_FILES_MAX {
            return Ok(AddedEvidence::Full);
        }
        diesel::insert_into(plan_evidence::table)
            .values((
                plan_evidence::report_sequence.eq(report),
                plan_evidence::evidence_no.eq(number),
                plan_evidence::file_name.eq(&file.file_name),
                plan_evidence::media_type.eq(&file.media_type),
                plan_evidence::body.eq(&file.body),
                plan_evidence::body_sha256.eq(&body_sha256),
            ))
            .execute(self.conn)?;
        self.audit("plan.evidence.added", &format!("{subject} {period} report {report}"), &body_sha256)?;
        Ok(AddedEvidence::New(number))
    }
}
