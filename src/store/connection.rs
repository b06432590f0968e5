//! Which database, how a connection is opened, and what is asked of the engine before it may keep responses.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::any_conn::AnyConn;
use super::error::StoreError;

/// The first SQLite whose write-ahead log cannot corrupt the file when two connections write and checkpoint at once.
const SQLITE_VERSION_MIN: [u32; 3] = [3, 51, 3];

/// How long a connection waits for another program's lock on the SQLite file before it answers "busy".
const BUSY_TIMEOUT_MS: u32 = 10_000;

/// How long it rests between two tries to open a file that is locked.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// The database a URL names.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A PostgreSQL connection URL, kept as given: it may hold a password, so it is never printed.
    Postgresql(String),
    /// A SQLite file.
    Sqlite(PathBuf),
}

impl DatabaseUrl {
    /// Reads `postgres://…`, `postgresql://…`, `sqlite:PATH`, `sqlite://PATH` or a plain path.
    ///
    /// # Errors
    /// [`StoreError::BadUrl`] for an empty text, an unknown scheme or a database in memory, which would not survive.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let bad = |reason: &str| Err(StoreError::BadUrl { reason: reason.to_owned() });
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgresql(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).unwrap_or(text);
        if path.is_empty() {
            return bad("it is empty");
        }
        if path.contains(":memory:") {
            return bad("a database in memory would forget every response when the program ends");
        }
        if path.contains("://") {
            return bad("only postgres:// and sqlite: are known");
        }
        if path.contains('\0') {
            return bad("a file name cannot hold a NUL character");
        }
        Ok(Self::Sqlite(PathBuf::from(path)))
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without user, password and options: fit for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgresql(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "postgresql://{}", place.split('?').next().unwrap_or_default())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Looks at a database that must not change, not even by being opened. The file must exist.
    Inspect,
    /// Reads only; the engine refuses writes.
    Read,
    /// Reads and writes.
    Write,
}

/// Opens a connection and settles the engine's promises.
pub(super) fn connect(url: &DatabaseUrl, purpose: Purpose) -> Result<AnyConn, StoreError> {
    match url {
        DatabaseUrl::Postgresql(text) => {
            let mut conn = PgConnection::establish(text).map_err(unreachable)?;
            check_postgresql(&mut conn)?;
            Ok(AnyConn::Postgresql(conn))
        }
        DatabaseUrl::Sqlite(path) => patiently(|| open_sqlite(path, purpose)).map(AnyConn::Sqlite),
    }
}

fn open_sqlite(path: &std::path::Path, purpose: Purpose) -> Result<SqliteConnection, StoreError> {
    let mut conn = SqliteConnection::establish(&sqlite_uri(path, purpose)?).map_err(unreachable)?;
    check_sqlite_version(&mut conn)?;
    conn.batch_execute(&sqlite_pragmas(purpose))?;
    Ok(conn)
}

/// SQLite does not call its busy handler for every lock: whoever opens the file while the last connection of somebody else
/// folds the log into it, or recovers it, is told "locked" at once. That lasts milliseconds; it is waited for like any other.
fn patiently<T>(mut open: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let until = Instant::now() + Duration::from_millis(BUSY_TIMEOUT_MS.into());
    loop {
        match open() {
            Err(error) if error.is_locked() && Instant::now() < until => std::thread::sleep(BUSY_PAUSE),
            done => return done,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "so that it can stand in map_err")]
fn unreachable(error: ConnectionError) -> StoreError {
    StoreError::Unreachable { detail: error.to_string() }
}

/// A `file:` URI, because only a URI can say "read only" and "do not create".
fn sqlite_uri(path: &std::path::Path, purpose: Purpose) -> Result<String, StoreError> {
    let text =
        path.to_str().ok_or_else(|| StoreError::BadUrl { reason: "the file name is not valid UTF-8".to_owned() })?;
    let mut uri = String::from("file:");
    for character in text.chars() {
        match character {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            other => uri.push(other),
        }
    }
    uri.push_str(match purpose {
        // With a log beside it the file is in use, or its user was killed: read with the log. Without one even a reader
        // would make a log, unless it is told that nothing will change while it looks.
        Purpose::Inspect if log_beside(path).exists() => "?mode=ro",
        Purpose::Inspect => "?mode=ro&immutable=1",
        Purpose::Read => "?mode=rw",
        Purpose::Write => "?mode=rwc",
    });
    Ok(uri)
}

fn log_beside(path: &std::path::Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// The order matters: with the busy timeout first, switching to the write-ahead log waits instead of failing.
fn sqlite_pragmas(purpose: Purpose) -> String {
    let mut pragmas = format!(
        "PRAGMA busy_timeout={BUSY_TIMEOUT_MS}; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"
    );
    match purpose {
        Purpose::Inspect => {}
        Purpose::Read => pragmas.push_str("PRAGMA query_only=ON; PRAGMA cache_size=-16384;"),
        // FULL: NORMAL loses acknowledged rows at power loss. secure_delete: what is erased is overwritten.
        Purpose::Write => pragmas.push_str(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-65536;",
        ),
    }
    pragmas
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

fn check_sqlite_version(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: Setting = diesel::sql_query("SELECT sqlite_version() AS value").get_result(conn)?;
    if sqlite_is_trusted(&found.value) {
        return Ok(());
    }
    let [major, minor, patch] = SQLITE_VERSION_MIN;
    Err(StoreError::Untrustworthy {
        reason: format!(
            "SQLite {} can corrupt a database in write-ahead mode; {major}.{minor}.{patch} or later is needed",
            found.value
        ),
    })
}

fn sqlite_is_trusted(version: &str) -> bool {
    let numbers: Option<Vec<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
    numbers.is_some_and(|numbers| numbers.as_slice() >= SQLITE_VERSION_MIN.as_slice())
}

/// With `synchronous_commit` off PostgreSQL says "committed" up to 0.6 s before it is true.
fn check_postgresql(conn: &mut PgConnection) -> Result<(), StoreError> {
    for (name, admitted) in [
        ("synchronous_commit", ["on", "local", "remote_write", "remote_apply"].as_slice()),
        ("fsync", ["on"].as_slice()),
        ("server_encoding", ["UTF8"].as_slice()),
    ] {
        let found: Setting =
            diesel::sql_query("SELECT current_setting($1) AS value").bind::<Text, _>(name).get_result(conn)?;
        if !admitted.contains(&found.value.as_str()) {
            return Err(StoreError::Untrustworthy {
                reason: format!("PostgreSQL has {name} = {}; needed: {}", found.value, admitted.join(" or ")),
            });
        }
    }
    // What is received is bytes of UTF-8, and no query may hold a node for ever.
    conn.batch_execute("SET client_encoding TO 'UTF8'; SET lock_timeout TO '10s'; SET statement_timeout TO '60s';")?;
    Ok(())
}

/// Opens pooled connections.
#[derive(Debug)]
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    pub(super) purpose: Purpose,
}

impl diesel::r2d2::ManageConnection for Manager {
    type Connection = AnyConn;
    type Error = StoreError;

    fn connect(&self) -> Result<AnyConn, StoreError> {
        connect(&self.url, self.purpose)
    }

    fn is_valid(&self, conn: &mut AnyConn) -> Result<(), StoreError> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, conn: &mut AnyConn) -> bool {
        use diesel::r2d2::R2D2Connection;
        // A connection given back inside a transaction (its user panicked) must not serve anybody else.
        conn.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_say_which_database() {
        assert!(matches!(DatabaseUrl::parse("postgres://u:p@h/db"), Ok(DatabaseUrl::Postgresql(_))));
        for text in ["khaosat.db", "sqlite:khaosat.db", "sqlite://khaosat.db"] {
            assert_eq!(DatabaseUrl::parse(text).expect(text), DatabaseUrl::Sqlite("khaosat.db".into()));
        }
        for text in ["", "sqlite:", ":memory:", "sqlite::memory:", "mysql://h/db"] {
            assert!(matches!(DatabaseUrl::parse(text), Err(StoreError::BadUrl { .. })), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        let url = DatabaseUrl::parse("postgresql://anna:s3@cret@db.example/survey?password=x").expect("valid");
        assert_eq!(url.to_string(), "postgresql://db.example/survey");
        assert_eq!(format!("{url:?}"), "postgresql://db.example/survey");
    }

    #[test]
    fn a_file_that_others_open_and_close_all_the_time_is_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("busy.db"));
        // Each last close folds the log into the file under an exclusive lock; each first write makes a new log.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let mut conn = connect(&url, Purpose::Write).expect("it opens");
                        conn.batch_execute("CREATE TABLE IF NOT EXISTS t (n INTEGER)").expect("written");
                    }
                });
            }
        });
    }

    #[test]
    fn an_old_sqlite_is_not_trusted() {
        for (version, trusted) in
            [("3.51.3", true), ("3.53.2", true), ("4.0.0", true), ("3.51.2", false), ("3.40.1", false), ("x", false)]
        {
            assert_eq!(sqlite_is_trusted(version), trusted, "{version}");
        }
    }

    #[test]
    fn signs_that_mean_something_in_a_uri_are_escaped() {
        let uri = sqlite_uri(std::path::Path::new("/a b/100%?#.db"), Purpose::Inspect).expect("UTF-8");
        assert_eq!(uri, "file:/a b/100%25%3f%23.db?mode=ro&immutable=1");
    }
}
