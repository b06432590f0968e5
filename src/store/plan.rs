//! The plan: tables that an office handed in, and the reports of its agencies with their evidence. Rows are only ever added.

use diesel::prelude::*;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::schema::{plan_evidence, plan_report, plan_table};
use super::sequence;
use super::{Snapshot, Transaction, stored_words};
use crate::secret::sha256_hex;

stored_words! {
    /// What a table of the plan holds.
    PlanTableKind {
        /// Published results.
        Official = "official",
        /// Targets.
        Targets = "targets",
        /// Tasks.
        Tasks = "tasks",
        /// Agencies.
        Agencies = "agencies",
        /// Criteria of the PAR Index.
        ParCriteria = "par_criteria",
        /// Units of geography.
        Units = "units",
        /// What became of units.
        UnitChanges = "unit_changes",
    }
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanReportKind {
    /// A task.
    Task,
    /// A target that an office counts itself.
    Target,
    /// Points of the PAR Index.
    Par,
}

impl PlanReportKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Target => "target",
            Self::Par => "par",
        }
    }
}

/// A table as it was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTable {
    /// Order of arrival; later tables take the place of earlier ones, row by row.
    pub sequence: i64,
    /// What it holds.
    pub kind: PlanTableKind,
    /// Its bytes.
    pub body: Vec<u8>,
    /// When it came.
    pub imported_at: String,
    /// Who brought it.
    pub imported_by: String,
}

/// A file that proves a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvidence {
    /// Its name, without a path.
    pub file_name: String,
    /// What it is, such as `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub body: Vec<u8>,
}

/// A report to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlanReport {
    /// What it is about.
    pub kind: PlanReportKind,
    /// The number of the task, the id of the target, the code of the criterion.
    pub subject: String,
    /// The quarter, day or year it speaks of.
    pub period: String,
    /// The agency that reports; empty for points.
    pub agency: String,
    /// What is reported, as JSON.
    pub content: String,
    /// In the agency's own words.
    pub note: String,
    /// The files that prove it.
    pub evidence: Vec<NewEvidence>,
}

/// What keeping a report came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptReport {
    /// It is new; this is its number.
    New(i64),
    /// It is the same as the last one on its subject, period and agency, which has this number.
    Again(i64),
}

impl KeptReport {
    /// Its number.
    #[must_use]
    pub fn number(self) -> i64 {
        match self {
            Self::New(number) | Self::Again(number) => number,
        }
    }
}

/// A file that is kept, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Evidence {
    /// The report it proves.
    pub report_sequence: i64,
    /// Its number within the report, from 1.
    pub evidence_no: i64,
    /// Its name.
    pub file_name: String,
    /// What it is.
    pub media_type: String,
    /// SHA-256 of its bytes.
    pub body_sha256: String,
}

/// A report that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanReport {
    /// Order of arrival.
    pub sequence: i64,
    /// As in [`NewPlanReport`].
    pub subject: String,
    /// As in [`NewPlanReport`].
    pub period: String,
    /// As in [`NewPlanReport`].
    pub agency: String,
    /// As in [`NewPlanReport`].
    pub content: String,
    /// As in [`NewPlanReport`].
    pub note: String,
    /// When it was handed in.
    pub reported_at: String,
    /// By which token or command.
    pub reported_by: String,
    /// Its files.
    pub evidence: Vec<Evidence>,
}

type ReportRow = (i64, String, String, String, String, String, String, String);

impl Transaction<'_> {
    /// Keeps a table, and says which number it has.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn keep_plan_table(&mut self, kind: PlanTableKind, body: &[u8]) -> Result<i64, StoreError> {
        let sequence = sequence::next_arrival(self.conn)?;
        let body_sha256 = sha256_hex(body);
        diesel::insert_into(plan_table::table)
            .values((
                plan_table::sequence.eq(sequence),
                plan_table::kind.eq(kind.as_str()),
                plan_table::body.eq(body),
                plan_table::body_sha256.eq(&body_sha256),
                plan_table::imported_at.eq(self.now.to_string()),
                plan_table::imported_by.eq(self.actor.clone()),
            ))
            .execute(self.conn)?;
        self.audit("plan.imported", kind.as_str(), &body_sha256)?;
        Ok(sequence)
    }

    /// Keeps a report with its evidence, and says which number it has. The same as the last one on its subject, period and
    /// agency is that one, handed in again: nothing is doubled when an answer was lost on its way.
    ///
    /// # Errors
    /// Only that the database did not take it.
    pub fn keep_plan_report(&mut self, report: &NewPlanReport) -> Result<KeptReport, StoreError> {
        if let AnyConn::Postgresql(postgresql) = &mut *self.conn {
            // Reports take turns, so that the last one is known; SQLite has one writer anyway.
            diesel::sql_query("LOCK TABLE plan_report IN SHARE ROW EXCLUSIVE MODE").execute(postgresql)?;
        }
        if let Some(number) = self.same_as_last_report(report)? {
            return Ok(KeptReport::Again(number));
        }
        let sequence = sequence::next_arrival(self.conn)?;
        diesel::insert_into(plan_report::table)
            .values((
                plan_report::sequence.eq(sequence),
                plan_report::kind.eq(report.kind.as_str()),
                plan_report::subject.eq(&report.subject),
                plan_report::period.eq(&report.period),
                plan_report::agency.eq(&report.agency),
                plan_report::content.eq(&report.content),
                plan_report::note.eq(&report.note),
                plan_report::reported_at.eq(self.now.to_string()),
                plan_report::reported_by.eq(self.actor.clone()),
            ))
            .execute(self.conn)?;
        for (number, file) in (1_i64..).zip(&report.evidence) {
            diesel::insert_into(plan_evidence::table)
                .values((
                    plan_evidence::report_sequence.eq(sequence),
                    plan_evidence::evidence_no.eq(number),
                    plan_evidence::file_name.eq(&file.file_name),
                    plan_evidence::media_type.eq(&file.media_type),
                    plan_evidence::body.eq(&file.body),
                    plan_evidence::body_sha256.eq(sha256_hex(&file.body)),
                ))
                .execute(self.conn)?;
        }
        let object = format!("{} {}", report.subject, report.period);
        self.audit(&format!("plan.{}.reported", report.kind.as_str()), &object, &report.agency)?;
        Ok(KeptReport::New(sequence))
    }

    fn same_as_last_report(&mut self, report: &NewPlanReport) -> Result<Option<i64>, StoreError> {
        let last: Option<(i64, String, String)> = plan_report::table
            .filter(plan_report::kind.eq(report.kind.as_str()))
            .filter(plan_report::subject.eq(&report.subject))
            .filter(plan_report::period.eq(&report.period))
            .filter(plan_report::agency.eq(&report.agency))
            .order(plan_report::sequence.desc())
            .select((plan_report::sequence, plan_report::content, plan_report::note))
            .first(self.conn)
            .optional()?;
        let Some((sequence, content, note)) = last else { return Ok(None) };
        let files: Vec<(String, String)> = plan_evidence::table
            .filter(plan_evidence::report_sequence.eq(sequence))
            .order(plan_evidence::evidence_no)
            .select((plan_evidence::file_name, plan_evidence::body_sha256))
            .load(self.conn)?;
        let handed_in = report.evidence.iter().map(|file| (file.file_name.clone(), sha256_hex(&file.body)));
        // A report that names no files is the same also when files were added to it since: a lost answer doubles nothing.
        let same_files = report.evidence.is_empty() || handed_in.eq(files);
        let is_same = content == report.content && note == report.note && same_files;
        Ok(is_same.then_some(sequence))
    }
}

impl Snapshot<'_> {
    /// All tables, in the order of their arrival.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_plan_tables(&mut self) -> Result<Vec<PlanTable>, StoreError> {
        type Row = (i64, String, Vec<u8>, String, String);
        let rows: Vec<Row> = plan_table::table
            .order(plan_table::sequence)
            .select((
                plan_table::sequence,
                plan_table::kind,
                plan_table::body,
                plan_table::imported_at,
                plan_table::imported_by,
            ))
            .load(self.conn)?;
        rows.into_iter()
            .map(|(sequence, kind, body, imported_at, imported_by)| {
                Ok(PlanTable { sequence, kind: PlanTableKind::from_stored(&kind)?, body, imported_at, imported_by })
            })
            .collect()
    }

    /// All reports of a kind, in the order of their arrival, with what is known of their evidence.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn list_plan_reports(&mut self, kind: PlanReportKind) -> Result<Vec<PlanReport>, StoreError> {
        let rows: Vec<ReportRow> = plan_report::table
            .filter(plan_report::kind.eq(kind.as_str()))
            .order(plan_report::sequence)
            .select((
                plan_report::sequence,
                plan_report::subject,
                plan_report::period,
                plan_report::agency,
                plan_report::content,
                plan_report::note,
                plan_report::reported_at,
                plan_report::reported_by,
            ))
            .load(self.conn)?;
        let evidence: Vec<Evidence> = plan_evidence::table
            .inner_join(plan_report::table.on(plan_report::sequence.eq(plan_evidence::report_sequence)))
            .filter(plan_report::kind.eq(kind.as_str()))
            .order((plan_evidence::report_sequence, plan_evidence::evidence_no))
            .select((
                plan_evidence::report_sequence,
                plan_evidence::evidence_no,
                plan_evidence::file_name,
                plan_evidence::media_type,
                plan_evidence::body_sha256,
            ))
            .load(self.conn)?;
        let of = |sequence: i64| evidence.iter().filter(|file| file.report_sequence == sequence).cloned().collect();
        Ok(rows
            .into_iter()
            .map(|(sequence, subject, period, agency, content, note, reported_at, reported_by)| PlanReport {
                evidence: of(sequence),
                sequence,
                subject,
                period,
                agency,
                content,
                note,
                reported_at,
                reported_by,
            })
            .collect())
    }

    /// The bytes of a file, with what is known of it.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn find_evidence(&mut self, report: i64, number: i64) -> Result<Option<(Evidence, Vec<u8>)>, StoreError> {
        let row: Option<(i64, i64, String, String, String, Vec<u8>)> = plan_evidence::table
            .find((report, number))
            .select((
                plan_evidence::report_sequence,
                plan_evidence::evidence_no,
                plan_evidence::file_name,
                plan_evidence::media_type,
                plan_evidence::body_sha256,
                plan_evidence::body,
            ))
            .first(self.conn)
            .optional()?;
        Ok(row.map(|(report_sequence, evidence_no, file_name, media_type, body_sha256, body)| {
            (Evidence { report_sequence, evidence_no, file_name, media_type, body_sha256 }, body)
        }))
    }
}
