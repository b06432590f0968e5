//! What can go wrong between us and the database, told apart by kind and not by the text of a message.

use diesel::result::DatabaseErrorKind;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database was made by a newer program; it was left untouched.
    #[error("the database has migrations this program does not know: {}", unknown.join(", "))]
    Newer {
        /// The migrations this program does not know.
        unknown: Vec<String>,
    },
    /// The database has not been migrated, or not fully.
    #[error("the database lacks migrations: {}", pending.join(", "))]
    Older {
        /// The migrations still to be run.
        pending: Vec<String>,
    },
    /// A database server is to be migrated, and nobody said that there is a backup.
    #[error("the database lacks migrations and nobody said that there is a backup: {}", pending.join(", "))]
    Unguarded {
        /// The migrations still to be run.
        pending: Vec<String>,
    },
    /// The copy that is made before a migration could not be made; nothing was migrated.
    #[error("no copy could be made before the migration: {detail}")]
    NoCopy {
        /// Why.
        detail: String,
    },
    /// The database holds tables of another program.
    #[error("the database belongs to another program: it has tables but no migrations of ours")]
    Foreign,
    /// The database URL cannot be used.
    #[error("the database URL cannot be used: {reason}")]
    BadUrl {
        /// Why.
        reason: String,
    },
    /// The database cannot be reached or opened.
    #[error("the database cannot be opened: {detail}")]
    Unreachable {
        /// What the driver said; without the password, for drivers do not repeat it.
        detail: String,
    },
    /// The engine would not keep what it promised (an old SQLite, or PostgreSQL with `synchronous_commit` off).
    #[error("the database engine cannot be trusted with responses: {reason}")]
    Untrustworthy {
        /// What is wrong with it.
        reason: String,
    },
    /// Another program holds the database; nothing was written, trying again is right.
    #[error("the database is busy: {detail}")]
    Busy {
        /// What the driver said.
        detail: String,
    },
    /// The connection broke while the work was under way: whether it was committed is not known. Sending the same again
    /// is right, and harmless.
    #[error("the connection to the database was lost: {detail}")]
    Lost {
        /// What the driver said.
        detail: String,
    },
    /// A commit failed earlier, so nothing is written any more until the program is started again.
    #[error("writing has stopped after a failed commit")]
    Stopped,
    /// The disk is full: nothing was written, and the next try finds room or does not.
    #[error("the disk is full")]
    Full,
    /// Something of that name exists already.
    #[error("{what} exists already")]
    Exists {
        /// The thing, such as `round bac-giang-2024`.
        what: String,
    },
    /// There is no such thing.
    #[error("there is no {what}")]
    Missing {
        /// The thing, such as `round bac-giang-2024`.
        what: String,
    },
    /// A stored value breaks a rule of the program.
    #[error("a stored value breaks a rule: {detail}")]
    Damaged {
        /// Which value and which rule.
        detail: String,
    },
    /// The database is sealed, and the key of its answers was not found.
    #[error("the key of the answers is missing: {file}")]
    KeyMissing {
        /// The file that was looked for; empty where none was named.
        file: String,
        /// The fingerprint of the key that is needed.
        fingerprint: String,
    },
    /// The key that was given is not the one that the database is sealed with.
    #[error("the key in {file} is not the one of this database")]
    KeyWrong {
        /// The file.
        file: String,
        /// The fingerprint of the key that is needed.
        expected: String,
        /// The fingerprint of the key that was given.
        got: String,
    },
    /// The file of the key cannot be used.
    #[error("the file of the key of the answers cannot be used: {detail}")]
    KeyFile {
        /// Why.
        detail: String,
    },
    /// Answers were to be read or kept, and nobody gave the key or said that they are kept as they come.
    #[error("the key of the answers was not given")]
    KeyNeeded,
    /// The key of the answers was rotated while this program ran.
    #[error("the key of the answers was changed meanwhile")]
    KeyChanged,
    /// Any other failure of the database.
    #[error("the database failed: {0}")]
    Database(#[from] diesel::result::Error),
}

impl StoreError {
    /// Whether a unique key said no.
    pub(super) fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(diesel::result::Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Whether SQLite found the file locked. The one case told by a message: diesel passes on no code for it, and the words have
    /// been the engine's since 2004.
    pub(super) fn is_locked(&self) -> bool {
        let told = match self {
            Self::Database(diesel::result::Error::DatabaseError(_, information)) => information.message(),
            Self::Unreachable { detail } => detail.as_str(),
            _ => return false,
        };
        told.contains("database is locked")
    }

    /// Whether the engine found no room. Told by the message for the same reason as [`Self::is_locked`]: SQLite's own words, and
    /// PostgreSQL's for `ENOSPC`.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Full => true,
            Self::Database(diesel::result::Error::DatabaseError(_, information)) => {
                let told = information.message();
                told.contains("database or disk is full") || told.contains("No space left on device")
            }
            _ => false,
        }
    }

    /// A unique violation becomes "exists already"; other errors stay what they are.
    pub(super) fn exists_if_unique(self, what: impl FnOnce() -> String) -> Self {
        if self.is_unique_violation() { Self::Exists { what: what() } } else { self }
    }
}
