//! Where the master key of the answers is found, and made where there never was one.

use std::path::{Path, PathBuf};

use diesel::prelude::*;

use super::Timestamp;
use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::answer_key;
use super::sealing::{Keys, Settled};
use crate::answer_key::{self as key_file, KeyFileError, NoRandomness, SealKey};
use crate::durable::beside;

/// What is behind the name of a key file while the new key of a rotation has not taken its place.
pub(super) const NEW_KEY: &str = ".new";

/// Where the master key of the answers is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum KeySource {
    /// Beside the SQLite file (`X.db` → `X.db.key`), and made with it; PostgreSQL has no such place.
    #[default]
    Beside,
    /// In this file, which all nodes share.
    File(PathBuf),
    /// Answers are kept as they come: only where no key was ever made.
    Plain,
    /// Whoever asks neither reads nor keeps answers.
    NotNeeded,
}

impl KeySource {
    /// The file in which the key of this database is, or would be.
    #[must_use]
    pub fn file(&self, url: &DatabaseUrl) -> Option<PathBuf> {
        match (self, url) {
            (Self::File(path), _) => Some(path.clone()),
            (Self::Beside, DatabaseUrl::Sqlite(path)) => Some(beside(path, ".key")),
            (Self::Beside, DatabaseUrl::Postgresql(_)) | (Self::Plain | Self::NotNeeded, _) => None,
        }
    }

    /// The file in which erasures are written down, so that a restore can do them again.
    #[must_use]
    pub fn erased_file(&self, url: &DatabaseUrl) -> Option<PathBuf> {
        match (self.file(url), url) {
            (Some(file), _) => Some(key_file::erased_beside(&file)),
            (None, DatabaseUrl::Sqlite(path)) => Some(beside(path, ".erased")),
            (None, DatabaseUrl::Postgresql(_)) => None,
        }
    }
}

impl From<NoRandomness> for StoreError {
    fn from(error: NoRandomness) -> Self {
        Self::KeyFile { detail: error.to_string() }
    }
}

impl From<KeyFileError> for StoreError {
    fn from(error: KeyFileError) -> Self {
        Self::KeyFile { detail: error.to_string() }
    }
}

/// The fingerprint of the master key that a database was sealed with.
pub(super) fn recorded(conn: &mut AnyConn) -> Result<Option<String>, StoreError> {
    Ok(answer_key::table.find(1_i64).select(answer_key::fingerprint).first(conn).optional()?)
}

/// The fingerprint of the key of the answers that a database names; `None` when it never had one.
///
/// # Errors
/// That the database cannot be read, or is not current.
pub fn answer_key_of(url: &DatabaseUrl) -> Result<Option<String>, StoreError> {
    match super::inspect(url)? {
        super::SchemaState::Current { .. } => recorded(&mut connect(url, Purpose::Read)?),
        super::SchemaState::Older { pending } => Err(StoreError::Older { pending }),
        super::SchemaState::Empty => Ok(None),
    }
}

/// The key of a file, or of the one that a rotation left beside it before it was finished, if it is the one that is meant.
pub(super) fn fitting(file: &Path, fingerprint: &str) -> Result<SealKey, StoreError> {
    let next = beside(file, NEW_KEY);
    if let Ok(key) = key_file::read(&next)
        && key.fingerprint() == fingerprint
    {
        tracing::warn!(file = %next.display(), "a rotation of the key was not finished: run khaosat key rotate once more");
        return Ok(key);
    }
    let (name, fingerprint) = (file.display().to_string(), fingerprint.to_owned());
    match key_file::read(file) {
        Ok(key) if key.fingerprint() == fingerprint => Ok(key),
        Ok(key) => Err(StoreError::KeyWrong { file: name, expected: fingerprint, got: key.fingerprint() }),
        Err(KeyFileError::Missing(_)) => Err(StoreError::KeyMissing { file: name, fingerprint }),
        Err(error) => Err(error.into()),
    }
}

/// The key that lies at its place, or a new one; the database then knows its fingerprint. Of two that do so at once one is first, and
/// the other is told that its key does not fit.
pub(super) fn adopt_or_make(url: &DatabaseUrl, file: PathBuf, now: Timestamp) -> Result<Settled, StoreError> {
    let (key, is_new) = match key_file::read(&file) {
        Ok(key) => (key, false),
        Err(KeyFileError::Missing(_)) => {
            let key = SealKey::generate()?;
            match key_file::write_new(&file, &key) {
                Ok(()) => (key, true),
                Err(KeyFileError::Io(_, error)) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    (key_file::read(&file)?, false)
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => return Err(error.into()),
    };
    let mut conn = connect(url, Purpose::Write)?;
    let line = (
        answer_key::id.eq(1_i64),
        answer_key::fingerprint.eq(key.fingerprint()),
        answer_key::made_at.eq(now.to_string()),
    );
    let insert = diesel::insert_into(answer_key::table).values(line);
    match &mut conn {
        AnyConn::Postgresql(conn) => insert.on_conflict_do_nothing().execute(conn)?,
        AnyConn::Sqlite(conn) => insert.on_conflict_do_nothing().execute(conn)?,
    };
    match recorded(&mut conn)? {
        Some(fingerprint) if fingerprint == key.fingerprint() => {
            Ok(Settled { keys: Keys::under(key), made: is_new.then_some(file) })
        }
        other => {
            if is_new {
                let _of_nothing = std::fs::remove_file(&file);
            }
            let expected = other.unwrap_or_default();
            Err(StoreError::KeyWrong { file: file.display().to_string(), expected, got: key.fingerprint() })
        }
    }
}
