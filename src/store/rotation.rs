//! A new master key: every respondent's key is wrapped anew in one transaction; what they seal stays as it is.
//!
//! ```text
//! X.key.new is written  →  one transaction: all keys, the fingerprint, a line in the log  →  read back  →  X.key → X.key.old-…  →  X.key.new → X.key
//! ```
//!
//! Cut off before the commit, the database still has the old key, and `.new` is of nothing; cut off after it, `.new` is the key, which
//! whoever opens the database finds there, too (`sealing::fitting`), and the next rotation only puts the names right.

use std::path::{Path, PathBuf};

use diesel::Connection;
use diesel::prelude::*;

use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::key_source::{KeySource, NEW_KEY, fitting, recorded};
use super::schema::{answer_key, respondent_key};
use super::sealing::Keys;
use super::{Snapshot, Timestamp, Transaction};
use crate::answer_key::{self as key_file, KeyFileError};
use crate::durable::{beside, sync_folder_of};

/// So many keys are read at once.
const KEYS_AT_ONCE: i64 = 1000;

/// What a rotation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Keys that were wrapped anew; none when an earlier rotation was only finished.
    pub n_keys: usize,
    /// The file of the key.
    pub file: PathBuf,
    /// The fingerprint of the new key.
    pub fingerprint: String,
    /// Where the old key is now: backups from before need it.
    pub old: PathBuf,
}

/// Gives a database a new master key. The service must not run: what it wraps meanwhile is refused.
///
/// # Errors
/// That the database has no key, that the key does not fit, or that something failed: the old key then still is the key.
pub fn rotate_key(url: &DatabaseUrl, source: &KeySource, now: Timestamp) -> Result<Rotated, StoreError> {
    let mut conn = connect(url, Purpose::Write)?;
    let file = source.file(url).ok_or(StoreError::KeyNeeded)?;
    let fingerprint = recorded(&mut conn)?.ok_or(StoreError::KeyNeeded)?;
    let old = fitting(&file, &fingerprint)?;
    let next = beside(&file, NEW_KEY);
    if key_file::read(&next).is_ok_and(|key| key.fingerprint() == fingerprint) {
        let old = put_in_place(&file, &next)?;
        return Ok(Rotated { n_keys: 0, file, fingerprint, old });
    }
    // Of a rotation that never came to its commit.
    let _was_not_there = std::fs::remove_file(&next);
    let new = key_file::SealKey::generate()?;
    key_file::write_new(&next, &new)?;
    let (keys, wanted) = (Keys::none(), new.fingerprint());
    let n_keys = conn.transaction(|conn| -> Result<usize, StoreError> {
        // Whoever makes a respondent's key reads this row first: it is taken before any of them is looked at.
        let n = diesel::update(answer_key::table.find(1_i64))
            .filter(answer_key::fingerprint.eq(&fingerprint))
            .set((answer_key::fingerprint.eq(&wanted), answer_key::made_at.eq(now.to_string())))
            .execute(conn)?;
        if n != 1 {
            return Err(StoreError::KeyChanged);
        }
        let (mut after, mut n_keys) = (String::new(), 0);
        loop {
            let rows: Vec<(String, Vec<u8>)> = respondent_key::table
                .filter(respondent_key::key_id.gt(&after))
                .filter(respondent_key::wrapped_key.is_not_null())
                .order(respondent_key::key_id)
                .limit(KEYS_AT_ONCE)
                .select((respondent_key::key_id, respondent_key::wrapped_key.assume_not_null()))
                .load(conn)?;
            let Some((last, _)) = rows.last() else { break };
            after.clone_from(last);
            for (key_id, wrapped) in &rows {
                let key = old.unwrap(key_id, wrapped).ok_or_else(|| StoreError::Damaged {
                    detail: format!("respondent key {key_id} does not open with the key of the answers"),
                })?;
                diesel::update(respondent_key::table.filter(respondent_key::key_id.eq(key_id)))
                    .set(respondent_key::wrapped_key.eq(new.wrap(key_id, &key)?))
                    .execute(conn)?;
                n_keys += 1;
            }
        }
        let mut tx =
            Transaction { now, actor: "khaosat key rotate".to_owned(), snapshot: Snapshot { conn, keys: &keys } };
        tx.audit("answer_key.rotated", "database", wanted.get(..16).unwrap_or_default())?;
        Ok(n_keys)
    })?;
    drop(conn);
    prove(url, &new)?;
    let old = put_in_place(&file, &next)?;
    Ok(Rotated { n_keys, file, fingerprint: new.fingerprint(), old })
}

/// The database, opened anew, has the new key, and all keys open with it.
fn prove(url: &DatabaseUrl, new: &key_file::SealKey) -> Result<(), StoreError> {
    let mut conn = connect(url, Purpose::Read)?;
    let rows: Vec<(String, Option<Vec<u8>>)> =
        respondent_key::table.select((respondent_key::key_id, respondent_key::wrapped_key)).load(&mut conn)?;
    let opens = |(key_id, wrapped): &(String, Option<Vec<u8>>)| {
        wrapped.as_deref().is_none_or(|wrapped| new.unwrap(key_id, wrapped).is_some())
    };
    if recorded(&mut conn)?.as_deref() == Some(&new.fingerprint()) && rows.iter().all(opens) {
        Ok(())
    } else {
        Err(StoreError::Damaged { detail: "after the rotation not every key opens with the new one".to_owned() })
    }
}

/// Gives the new key its name; the old one gets one by which it is found again.
fn put_in_place(file: &Path, next: &Path) -> Result<PathBuf, StoreError> {
    let failed = |error: std::io::Error| StoreError::KeyFile { detail: format!("{}: {error}", file.display()) };
    let old = match key_file::read(file) {
        Ok(key) => {
            let old = beside(file, &format!(".old-{}", &key.fingerprint()[..16]));
            std::fs::rename(file, &old).map_err(failed)?;
            old
        }
        // It was moved before the cut.
        Err(KeyFileError::Missing(_)) => beside(file, ".old-"),
        Err(error) => return Err(error.into()),
    };
    std::fs::rename(next, file).map_err(failed)?;
    sync_folder_of(file).map_err(failed)?;
    Ok(old)
}
