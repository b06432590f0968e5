//! Is what we keep still what we received? Looked at without changing anything.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::any_conn::AnyConn;
use super::audit_seal;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::{
    attachment, audit_event, contact_attempt, plan_evidence, plan_table, questionnaire_version, response, sample,
};
use crate::secret::sha256_hex;

/// How many bodies are held in memory at once.
const BODIES_AT_ONCE: i64 = 256;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Versions of responses whose bytes were hashed anew.
    pub n_responses: i64,
    /// Versions of contact attempts whose bytes were hashed anew.
    pub n_contact_attempts: i64,
    /// Lines of the audit log.
    pub n_audit_events: i64,
    /// What is damaged, one sentence each.
    pub damages: Vec<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Checks a current database: the engine's own check (SQLite), and the SHA-256 of everything that is kept byte for byte.
///
/// # Errors
/// That the database cannot be read; damage that can be read around is in [`Checked::damages`].
pub fn check(url: &DatabaseUrl) -> Result<Checked, StoreError> {
    let mut conn = connect(url, Purpose::Read)?;
    let mut checked = Checked::default();
    if let AnyConn::Sqlite(sqlite) = &mut conn {
        checked.damages.extend(engine_damages(sqlite)?);
    }
    check_responses(&mut conn, &mut checked)?;
    check_contact_attempts(&mut conn, &mut checked)?;
    let sheets: Vec<(Vec<u8>, String)> = questionnaire_version::table
        .select((questionnaire_version::sheets, questionnaire_version::sha256))
        .load(&mut conn)?;
    let lists: Vec<(Vec<u8>, String)> =
        sample::table.select((sample::list_csv, sample::list_sha256)).load(&mut conn)?;
    let tables: Vec<(Vec<u8>, String)> =
        plan_table::table.select((plan_table::body, plan_table::body_sha256)).load(&mut conn)?;
    for (bytes, sha256) in sheets.iter().chain(&lists).chain(&tables) {
        compare(bytes, sha256, sha256, &mut checked.damages);
    }
    check_evidence(&mut conn, &mut checked)?;
    check_attachments(&mut conn, &mut checked)?;
    checked.n_audit_events = audit_event::table.count().get_result(&mut conn)?;
    checked.damages.extend(audit_seal::verify_on(&mut conn, &[])?.breaks);
    Ok(checked)
}

/// What SQLite's own check finds: its structure, and rows that point to nothing.
pub(super) fn engine_damages(sqlite: &mut diesel::SqliteConnection) -> Result<Vec<String>, StoreError> {
    let lines: Vec<Line> =
        diesel::sql_query("SELECT integrity_check AS line FROM pragma_integrity_check").load(sqlite)?;
    let mut damages: Vec<String> = lines.into_iter().map(|row| row.line).filter(|line| line != "ok").collect();
    let orphans: Vec<Line> =
        diesel::sql_query("SELECT \"table\" AS line FROM pragma_foreign_key_check").load(sqlite)?;
    damages.extend(orphans.into_iter().map(|row| format!("a row of {} points to nothing", row.line)));
    Ok(damages)
}

/// One file at a time: evidence may be large.
fn check_evidence(conn: &mut AnyConn, checked: &mut Checked) -> Result<(), StoreError> {
    let keys: Vec<(i64, i64)> =
        plan_evidence::table.select((plan_evidence::report_sequence, plan_evidence::evidence_no)).load(conn)?;
    for key in keys {
        let (bytes, sha256): (Vec<u8>, String) =
            plan_evidence::table.find(key).select((plan_evidence::body, plan_evidence::body_sha256)).first(conn)?;
        compare(&bytes, &sha256, &format!("evidence {} of report {}", key.1, key.0), &mut checked.damages);
    }
    Ok(())
}

fn check_attachments(conn: &mut AnyConn, checked: &mut Checked) -> Result<(), StoreError> {
    let keys: Vec<(String, String, i64)> =
        attachment::table.select((attachment::uuid, attachment::file_name, attachment::version_no)).load(conn)?;
    for (uuid, file_name, version_no) in keys {
        let (bytes, sha256): (Vec<u8>, String) = attachment::table
            .find((&uuid, &file_name, version_no))
            .select((attachment::body, attachment::body_sha256))
            .first(conn)?;
        compare(&bytes, &sha256, &format!("file {file_name} of response {uuid}"), &mut checked.damages);
    }
    Ok(())
}

fn compare(bytes: &[u8], sha256: &str, name: &str, damages: &mut Vec<String>) {
    if sha256_hex(bytes) != sha256 {
        damages.push(format!("{name}: the bytes do not have the SHA-256 that was recorded"));
    }
}

type Body = (i64, String, Vec<u8>, String);

fn check_responses(conn: &mut AnyConn, checked: &mut Checked) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let bodies: Vec<Body> = response::table
            .filter(response::sequence.gt(after))
            .order(response::sequence)
            .limit(BODIES_AT_ONCE)
            .select((response::sequence, response::uuid, response::body, response::body_sha256))
            .load(conn)?;
        let Some((last, ..)) = bodies.last() else { return Ok(()) };
        after = *last;
        for (_, uuid, body, sha256) in &bodies {
            compare(body, sha256, &format!("response {uuid}"), &mut checked.damages);
            checked.n_responses += 1;
        }
    }
}

fn check_contact_attempts(conn: &mut AnyConn, checked: &mut Checked) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let bodies: Vec<Body> = contact_attempt::table
            .filter(contact_attempt::sequence.gt(after))
            .order(contact_attempt::sequence)
            .limit(BODIES_AT_ONCE)
            .select((
                contact_attempt::sequence,
                contact_attempt::uuid,
                contact_attempt::body,
                contact_attempt::body_sha256,
            ))
            .load(conn)?;
        let Some((last, ..)) = bodies.last() else { return Ok(()) };
        after = *last;
        for (_, uuid, body, sha256) in &bodies {
            compare(body, sha256, &format!("contact attempt {uuid}"), &mut checked.damages);
            checked.n_contact_attempts += 1;
        }
    }
}
