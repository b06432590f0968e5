//! Is what we keep still what we received? Looked at without changing anything.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::Snapshot;
use super::any_conn::AnyConn;
use super::audit_seal;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::{
    attachment, audit_event, contact_attempt, plan_evidence, plan_table, questionnaire_version, respondent_key,
    response, sample, survey_round,
};
use super::sealing::{self, KeySource, Keys, Place, Stored};
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

/// [`check_with`] the key in its usual place.
///
/// # Errors
/// As [`check_with`].
pub fn check(url: &DatabaseUrl) -> Result<Checked, StoreError> {
    check_with(url, &KeySource::Beside)
}

/// Checks a current database: the engine's own check (SQLite), and the SHA-256 of everything that is kept byte for byte; what is
/// sealed must open with the key of the answers, and of the erased there must be nothing.
///
/// # Errors
/// That the database cannot be read, or that its key is missing or another one; damage that can be read around is in
/// [`Checked::damages`].
pub fn check_with(url: &DatabaseUrl, key_source: &KeySource) -> Result<Checked, StoreError> {
    let mut conn = connect(url, Purpose::Read)?;
    // A key is looked for where one was made, and never made by looking.
    let keys = match (sealing::recorded(&mut conn)?, key_source.file(url)) {
        (None, _) => Keys::none(),
        (Some(fingerprint), Some(file)) => Keys::under(sealing::fitting(&file, &fingerprint)?),
        (Some(fingerprint), None) => return Err(StoreError::KeyMissing { file: String::new(), fingerprint }),
    };
    let mut checked = Checked::default();
    if let AnyConn::Sqlite(sqlite) = &mut conn {
        checked.damages.extend(engine_damages(sqlite)?);
    }
    let erased: BTreeSet<String> = respondent_key::table
        .filter(respondent_key::erased_at.is_not_null())
        .select(respondent_key::key_id)
        .load(&mut conn)?
        .into_iter()
        .collect();
    {
        let mut snapshot = Snapshot { conn: &mut conn, keys: &keys };
        check_responses(&mut snapshot, &erased, &mut checked)?;
        check_contact_attempts(&mut snapshot, &erased, &mut checked)?;
        check_attachments(&mut snapshot, &erased, &mut checked)?;
        check_words(&mut snapshot, &mut checked)?;
    }
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

/// A body as it is stored: its table, UUID, name, version, key, bytes, and the SHA-256 of what they must be.
struct Body {
    uuid: String,
    /// Only of files.
    file_name: Option<String>,
    version_no: i64,
    key_id: Option<String>,
    body: Vec<u8>,
    sha256: String,
}

impl Body {
    fn place(&self, is_attempt: bool) -> Place<'_> {
        match (&self.file_name, is_attempt) {
            (Some(file_name), _) => Place::Attachment { uuid: &self.uuid, file_name, version_no: self.version_no },
            (None, true) => Place::ContactAttempt { uuid: &self.uuid, version_no: self.version_no },
            (None, false) => Place::Response { uuid: &self.uuid, version_no: self.version_no },
        }
    }
}

fn check_bodies(
    snapshot: &mut Snapshot<'_>,
    bodies: &[Body],
    is_attempt: bool,
    name: impl Fn(&Body) -> String,
    erased: &BTreeSet<String>,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let opened = snapshot.open_each(bodies, |one| Stored {
        key_id: one.key_id.as_deref(),
        place: one.place(is_attempt),
        bytes: &one.body,
    })?;
    for (one, opened) in bodies.iter().zip(opened) {
        if one.key_id.as_ref().is_some_and(|key_id| erased.contains(key_id)) {
            if !one.body.is_empty() {
                checked.damages.push(format!("{}: something is left of an erased respondent", name(one)));
            }
            continue;
        }
        match opened {
            Ok(plain) => {
                compare(plain.as_deref().unwrap_or(&one.body), &one.sha256, &name(one), &mut checked.damages);
            }
            Err(_closed) => checked.damages.push(format!("{}: it does not open with its key", name(one))),
        }
    }
    Ok(())
}

/// One file at a time: they may be large.
fn check_attachments(
    snapshot: &mut Snapshot<'_>,
    erased: &BTreeSet<String>,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let keys: Vec<(String, String, i64)> = attachment::table
        .select((attachment::uuid, attachment::file_name, attachment::version_no))
        .load(snapshot.conn)?;
    for (uuid, file_name, version_no) in keys {
        let (body, sha256, key_id): (Vec<u8>, String, Option<String>) = attachment::table
            .find((&uuid, &file_name, version_no))
            .select((attachment::body, attachment::body_sha256, attachment::key_id))
            .first(snapshot.conn)?;
        let one = Body { uuid, file_name: Some(file_name), version_no, key_id, body, sha256 };
        let name =
            |one: &Body| format!("file {} of response {}", one.file_name.as_deref().unwrap_or_default(), one.uuid);
        check_bodies(snapshot, &[one], false, name, erased, checked)?;
    }
    Ok(())
}

/// What quotes or comments answers opens, too.
fn check_words(snapshot: &mut Snapshot<'_>, checked: &mut Checked) -> Result<(), StoreError> {
    let rounds: Vec<String> = survey_round::table.select(survey_round::code).load(snapshot.conn)?;
    for round in rounds {
        if let Err(error) = snapshot.list_reviews(&round) {
            checked.damages.push(format!("reviews of round {round}: {error}"));
        }
    }
    let mut after = (String::new(), 0);
    loop {
        let (n, damages, last) = snapshot.check_flags(&after, BODIES_AT_ONCE)?;
        checked.damages.extend(damages);
        match last {
            Some(last) if n > 0 => after = last,
            _ => return Ok(()),
        }
    }
}

fn compare(bytes: &[u8], sha256: &str, name: &str, damages: &mut Vec<String>) {
    if sha256_hex(bytes) != sha256 {
        damages.push(format!("{name}: the bytes do not have the SHA-256 that was recorded"));
    }
}

type BodyRow = (i64, String, i64, Option<String>, Vec<u8>, String);

fn body((_, uuid, version_no, key_id, body, sha256): BodyRow) -> Body {
    Body { uuid, file_name: None, version_no, key_id, body, sha256 }
}

fn check_responses(
    snapshot: &mut Snapshot<'_>,
    erased: &BTreeSet<String>,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let rows: Vec<BodyRow> = response::table
            .filter(response::sequence.gt(after))
            .order(response::sequence)
            .limit(BODIES_AT_ONCE)
            .select((
                response::sequence,
                response::uuid,
                response::version_no,
                response::key_id,
                response::body,
                response::body_sha256,
            ))
            .load(snapshot.conn)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        let bodies: Vec<Body> = rows.into_iter().map(body).collect();
        check_bodies(snapshot, &bodies, false, |one| format!("response {}", one.uuid), erased, checked)?;
        checked.n_responses += i64::try_from(bodies.len()).unwrap_or_default();
    }
}

fn check_contact_attempts(
    snapshot: &mut Snapshot<'_>,
    erased: &BTreeSet<String>,
    checked: &mut Checked,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let rows: Vec<BodyRow> = contact_attempt::table
            .filter(contact_attempt::sequence.gt(after))
            .order(contact_attempt::sequence)
            .limit(BODIES_AT_ONCE)
            .select((
                contact_attempt::sequence,
                contact_attempt::uuid,
                contact_attempt::version_no,
                contact_attempt::key_id,
                contact_attempt::body,
                contact_attempt::body_sha256,
            ))
            .load(snapshot.conn)?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        after = *last;
        let bodies: Vec<Body> = rows.into_iter().map(body).collect();
        check_bodies(snapshot, &bodies, true, |one| format!("contact attempt {}", one.uuid), erased, checked)?;
        checked.n_contact_attempts += i64::try_from(bodies.len()).unwrap_or_default();
    }
}
