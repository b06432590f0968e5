//! Seals on the audit log: whoever changes, adds or deletes a line afterwards breaks a chain of hashes.
//!
//! # Formula
//! `chain_n = SHA-256(prefix ‖ chain_{n−1} ‖ n ‖ last sequence ‖ number of lines ‖ instant ‖ lines)`, `chain_0` 64 zeros; each text
//! with its length before it, numbers as 8 bytes, least significant first.
//!
//! # Limits
//! Lines after the last seal are not covered. Whoever can write to the database can also make all seals anew: the last seal
//! ([`AuditSeal`] of the newest number) is therefore told outside (log, file, backup), and [`verify`] compares what is told there.

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use super::any_conn::AnyConn;
use super::audit::AuditEvent;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::{audit_event, audit_seal};
use super::{Snapshot, Store, Transaction};

/// Lines under one seal: so many are hashed in one transaction, and a break is told to within so many.
const LINES_MAX: i64 = 10_000;
const PREFIX: &[u8] = b"khaosat-audit-1";
const NO_SEAL: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A seal.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_seal)]
pub struct AuditSeal {
    /// From 1.
    pub seal_no: i64,
    /// The last line that it covers.
    pub last_sequence: i64,
    /// How many lines it covers.
    pub n_lines: i64,
    /// When, by the server's clock.
    pub sealed_at: String,
    /// The hash over the seal before it and its lines.
    pub chain_sha256: String,
}

/// What became of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditVerified {
    /// Seals that were looked at.
    pub n_seals: i64,
    /// Lines that they say they cover.
    pub n_sealed: i64,
    /// Lines after the last seal.
    pub n_unsealed: i64,
    /// The last seal.
    pub head: Option<AuditSeal>,
    /// Where the chain is broken, one sentence each.
    pub breaks: Vec<String>,
}

impl Store {
    /// Seals the lines that are there by now; several seals where there are many. The new ones, in order. Blocks.
    ///
    /// # Errors
    /// That the database did not take it; what was sealed before stays sealed.
    pub fn seal_audit_log(&self, actor: &str) -> Result<Vec<AuditSeal>, StoreError> {
        let horizon = self.write(actor, |tx| tx.settled_audit_line())?;
        let mut seals = Vec::new();
        while let Some(seal) = self.write(actor, move |tx| tx.seal_up_to(horizon))? {
            seals.push(seal);
        }
        Ok(seals)
    }
}

impl Transaction<'_> {
    /// The last line below which none can appear any more. On PostgreSQL a transaction may still hold a smaller number: a line draws its
    /// number under the table's lock, so that waiting for all locks of writers is waiting for all smaller numbers.
    fn settled_audit_line(&mut self) -> Result<i64, StoreError> {
        if let AnyConn::Postgresql(conn) = &mut *self.snapshot.conn {
            diesel::sql_query("LOCK TABLE audit_event IN SHARE MODE").execute(conn)?;
        }
        let newest: Option<i64> =
            audit_event::table.select(diesel::dsl::max(audit_event::sequence)).first(self.snapshot.conn)?;
        Ok(newest.unwrap_or(0))
    }

    fn seal_up_to(&mut self, horizon: i64) -> Result<Option<AuditSeal>, StoreError> {
        if let AnyConn::Postgresql(conn) = &mut *self.snapshot.conn {
            // Another node may be sealing too: one after the other.
            diesel::sql_query("LOCK TABLE audit_seal IN EXCLUSIVE MODE").execute(conn)?;
        }
        let last = self.snapshot.last_audit_seal()?;
        let (seal_no, after) = last.as_ref().map_or((1, i64::MIN), |seal| (seal.seal_no + 1, seal.last_sequence));
        let lines: Vec<AuditEvent> = audit_event::table
            .filter(audit_event::sequence.gt(after))
            .filter(audit_event::sequence.le(horizon))
            .order(audit_event::sequence)
            .limit(LINES_MAX)
            .select(AuditEvent::as_select())
            .load(self.snapshot.conn)?;
        let Some(newest) = lines.last() else { return Ok(None) };
        let mut seal = AuditSeal {
            seal_no,
            last_sequence: newest.sequence,
            n_lines: i64::try_from(lines.len()).unwrap_or(LINES_MAX),
            sealed_at: self.now.to_string(),
            chain_sha256: String::new(),
        };
        let before = last.as_ref().map_or(NO_SEAL, |seal| &seal.chain_sha256);
        seal.chain_sha256 = chain(before, &seal, &lines);
        diesel::insert_into(audit_seal::table).values(&seal).execute(self.snapshot.conn)?;
        Ok(Some(seal))
    }
}

impl Snapshot<'_> {
    /// The newest seal on the audit log.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn last_audit_seal(&mut self) -> Result<Option<AuditSeal>, StoreError> {
        Ok(audit_seal::table
            .order(audit_seal::seal_no.desc())
            .select(AuditSeal::as_select())
            .first(self.conn)
            .optional()?)
    }
}

fn chain(before: &str, seal: &AuditSeal, lines: &[AuditEvent]) -> String {
    let mut hash = Sha256::new();
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    hash.update(PREFIX);
    text(&mut hash, before);
    for number in [seal.seal_no, seal.last_sequence, seal.n_lines] {
        hash.update(number.to_le_bytes());
    }
    text(&mut hash, &seal.sealed_at);
    for line in lines {
        hash.update(line.sequence.to_le_bytes());
        for part in [&line.at, &line.actor, &line.act, &line.object, &line.detail] {
            text(&mut hash, part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Looks through the whole log without changing it. `told` are seals that were told outside, as number and chain.
///
/// # Errors
/// That the database cannot be read; broken seals are in [`AuditVerified::breaks`].
pub fn verify(url: &DatabaseUrl, told: &[(i64, String)]) -> Result<AuditVerified, StoreError> {
    verify_on(&mut connect(url, Purpose::Read)?, told)
}

pub(super) fn verify_on(conn: &mut AnyConn, told: &[(i64, String)]) -> Result<AuditVerified, StoreError> {
    let seals: Vec<AuditSeal> =
        audit_seal::table.order(audit_seal::seal_no).select(AuditSeal::as_select()).load(conn)?;
    let mut seen = AuditVerified { head: seals.last().cloned(), ..AuditVerified::default() };
    let (mut before, mut after) = (NO_SEAL.to_owned(), i64::MIN);
    for (expected_no, seal) in (1..).zip(&seals) {
        let name = format!("seal {} (lines up to {})", seal.seal_no, seal.last_sequence);
        if seal.seal_no != expected_no {
            // What lies after a gap cannot be judged: its lines are covered by seals that are gone.
            seen.breaks.push(format!("{name}: seal {expected_no} is missing before it"));
            break;
        }
        let lines: Vec<AuditEvent> = audit_event::table
            .filter(audit_event::sequence.gt(after))
            .filter(audit_event::sequence.le(seal.last_sequence))
            .order(audit_event::sequence)
            .limit(LINES_MAX + 1)
            .select(AuditEvent::as_select())
            .load(conn)?;
        if i64::try_from(lines.len()).ok() != Some(seal.n_lines) {
            let n = lines.len();
            seen.breaks.push(format!(
                "{name}: it covers {} lines and there are {n}; lines were added or deleted",
                seal.n_lines
            ));
        } else if chain(&before, seal, &lines) != seal.chain_sha256 {
            seen.breaks.push(format!("{name}: a line or the seal was changed"));
        }
        (seen.n_seals, seen.n_sealed) = (seen.n_seals + 1, seen.n_sealed + seal.n_lines);
        // Later seals are judged by what this one says: each break is told where it is.
        before.clone_from(&seal.chain_sha256);
        after = seal.last_sequence;
    }
    seen.n_unsealed = audit_event::table.filter(audit_event::sequence.gt(after)).count().get_result(conn)?;
    for (seal_no, chain_sha256) in told {
        match seals.iter().find(|seal| seal.seal_no == *seal_no) {
            Some(seal) if seal.chain_sha256 == *chain_sha256 => {}
            Some(_) => {
                seen.breaks
                    .push(format!("seal {seal_no}: not the one that was told outside; the log was written anew"));
            }
            None => seen
                .breaks
                .push(format!("seal {seal_no}, which was told outside, is gone; the end of the log was cut off")),
        }
    }
    Ok(seen)
}
