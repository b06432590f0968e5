//! The portable migrations, and the rule that an old program never touches a newer database.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::any_conn::AnyConn;
use super::before::copy_before;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use crate::durable::create_private;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The number under which nodes that start at once take turns (PostgreSQL advisory lock).
pub(super) const MIGRATION_LOCK: i64 = 0x006b_6861_6f73_6174; // "khaosat"

/// How a database stands to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// There is nothing yet.
    Empty,
    /// Ours, with these migrations still to run.
    Older {
        /// Versions of the migrations to run.
        pending: Vec<String>,
    },
    /// Ours and complete.
    Current {
        /// Versions of the migrations that have run.
        applied: Vec<String>,
    },
}

/// Looks at a database without changing it.
///
/// # Errors
/// [`StoreError::Newer`] or [`StoreError::Foreign`] when this program must not touch it, or that it cannot be opened.
pub fn inspect(url: &DatabaseUrl) -> Result<SchemaState, StoreError> {
    if let DatabaseUrl::Sqlite(path) = url
        && std::fs::metadata(path).map_or(true, |file| file.len() == 0)
    {
        return Ok(SchemaState::Empty);
    }
    schema_state(&mut connect(url, Purpose::Inspect)?)
}

/// What the operator holds against a migration that turns out to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safeguard {
    /// A checked copy of the SQLite file is made beside it first. PostgreSQL cannot be copied so: its migration is refused.
    CopyBeside,
    /// The operator says that there is a backup (PostgreSQL); for SQLite the copy is made all the same.
    BackupExists,
}

/// What a migration did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The migrations that ran, in order.
    pub ran: Vec<String>,
    /// The copy of the file as it was before (SQLite, unless it was empty).
    pub copy: Option<std::path::PathBuf>,
}

/// [`migrate_with`] a copy beside; gives only what ran.
///
/// # Errors
/// As [`migrate_with`].
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    Ok(migrate_with(url, Safeguard::CopyBeside)?.ran)
}

/// Runs the migrations that are missing and says which; none when the database is current.
///
/// # Errors
/// As [`inspect`], that there is no safeguard, and that a migration failed (its transaction is then undone).
pub fn migrate_with(url: &DatabaseUrl, safeguard: Safeguard) -> Result<Migrated, StoreError> {
    let state = inspect(url)?;
    if matches!(state, SchemaState::Current { .. }) {
        return Ok(Migrated::default());
    }
    let mut copy = None;
    if let DatabaseUrl::Sqlite(path) = url {
        match &state {
            SchemaState::Older { pending } => copy = Some(copy_before(path, pending)?),
            _ => own(path)?,
        }
    }
    let mut conn = connect(url, Purpose::Write)?;
    if let AnyConn::Postgresql(postgresql) = &mut conn {
        // A session lock: it goes with the connection, whatever happens. A long migration of another node is waited for.
        postgresql.batch_execute(&format!(
            "SET lock_timeout TO 0; SET statement_timeout TO 0; SELECT pg_advisory_lock({MIGRATION_LOCK});"
        ))?;
        // Only now is it certain that nobody else is at it.
        match schema_state(&mut conn)? {
            SchemaState::Older { pending } if safeguard == Safeguard::CopyBeside => {
                return Err(StoreError::Unguarded { pending });
            }
            _ => {}
        }
    }
    Ok(Migrated { ran: run_remaining(&mut conn)?, copy })
}

/// Runs all migrations that are missing.
pub(super) fn run_remaining(conn: &mut AnyConn) -> Result<Vec<String>, StoreError> {
    run(conn, None)
}

/// Runs those of the missing migrations that are listed.
pub(super) fn run_listed(conn: &mut AnyConn, listed: &[String]) -> Result<Vec<String>, StoreError> {
    run(conn, Some(listed))
}

fn run(conn: &mut AnyConn, only: Option<&[String]>) -> Result<Vec<String>, StoreError> {
    let is_wanted = |version: &str| only.is_none_or(|only| only.iter().any(|listed| listed == version));
    let mut ran = Vec::new();
    macro_rules! run_on {
        ($conn:expr) => {
            for migration in $conn.pending_migrations(MIGRATIONS).map_err(failed)? {
                let version = migration.name().version().to_string();
                if is_wanted(&version) {
                    $conn.run_migration(&*migration).map_err(failed)?;
                    ran.push(version);
                }
            }
        };
    }
    match conn {
        AnyConn::Sqlite(sqlite) => run_on!(sqlite),
        AnyConn::Postgresql(postgresql) => {
            run_on!(postgresql);
            postgresql.batch_execute(
                "CREATE SEQUENCE IF NOT EXISTS arrival_sequence; CREATE SEQUENCE IF NOT EXISTS audit_sequence;",
            )?;
        }
    }
    Ok(ran)
}

/// A new file is its owner's alone: answers are personal. SQLite gives the files beside it the same mode.
fn own(path: &std::path::Path) -> Result<(), StoreError> {
    match create_private(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(StoreError::Unreachable { detail: format!("{}: {error}", path.display()) })
        }
        _made_or_there => Ok(()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "so that it can stand in map_err")]
fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Damaged { detail: format!("a migration failed and was undone: {error}") }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Reads the versions by hand, for diesel's own way creates its table when it is missing.
pub(super) fn schema_state(conn: &mut AnyConn) -> Result<SchemaState, StoreError> {
    // First whether there is any table, then whether ours is there: another node may be making it at this moment.
    let (any, ours) = match conn {
        AnyConn::Sqlite(sqlite) => (
            count_sqlite(sqlite, "SELECT count(*) AS n FROM sqlite_master")?,
            count_sqlite(sqlite, "SELECT count(*) AS n FROM sqlite_master WHERE name = '__diesel_schema_migrations'")?,
        ),
        AnyConn::Postgresql(postgresql) => {
            let tables = "SELECT count(*) AS n FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') \
                          AND relnamespace = current_schema()::regnamespace";
            let ours = format!("{tables} AND relname = '__diesel_schema_migrations'");
            (
                diesel::sql_query(tables).get_result::<Count>(postgresql)?.n,
                diesel::sql_query(ours).get_result::<Count>(postgresql)?.n,
            )
        }
    };
    match (any, ours) {
        (0, _) => return Ok(SchemaState::Empty),
        (_, 0) => return Err(StoreError::Foreign),
        _ => {}
    }
    compare(applied_versions(conn)?, known_versions()?)
}

/// The migrations that have run, in order.
pub(super) fn applied_versions(conn: &mut AnyConn) -> Result<Vec<String>, StoreError> {
    let select = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let applied: Vec<Version> = match conn {
        AnyConn::Sqlite(sqlite) => diesel::sql_query(select).load(sqlite)?,
        AnyConn::Postgresql(postgresql) => diesel::sql_query(select).load(postgresql)?,
    };
    Ok(applied.into_iter().map(|row| row.version).collect())
}

/// Those that this program does not know.
pub(super) fn unknown_among(versions: &[String]) -> Result<Vec<String>, StoreError> {
    let known = known_versions()?;
    Ok(versions.iter().filter(|version| !known.contains(version)).cloned().collect())
}

fn count_sqlite(conn: &mut SqliteConnection, sql: &str) -> Result<i64, StoreError> {
    Ok(diesel::sql_query(sql).get_result::<Count>(conn)?.n)
}

fn known_versions() -> Result<Vec<String>, StoreError> {
    let known: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = MIGRATIONS.migrations().map_err(failed)?;
    let mut versions: Vec<String> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

fn compare(applied: Vec<String>, known: Vec<String>) -> Result<SchemaState, StoreError> {
    let unknown: Vec<String> = applied.iter().filter(|version| !known.contains(version)).cloned().collect();
    if !unknown.is_empty() {
        return Err(StoreError::Newer { unknown });
    }
    let pending: Vec<String> = known.into_iter().filter(|version| !applied.contains(version)).collect();
    Ok(if pending.is_empty() { SchemaState::Current { applied } } else { SchemaState::Older { pending } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_version_we_do_not_know_makes_the_database_newer() {
        let verdict = compare(versions(&["1", "2", "9"]), versions(&["1", "2"]));
        assert!(matches!(verdict, Err(StoreError::Newer { unknown }) if unknown == ["9"]));
    }

    #[test]
    fn a_version_not_yet_run_makes_it_older() {
        let verdict = compare(versions(&["1"]), versions(&["1", "2"])).expect("not newer");
        assert_eq!(verdict, SchemaState::Older { pending: versions(&["2"]) });
        let verdict = compare(versions(&["1", "2"]), versions(&["1", "2"])).expect("not newer");
        assert_eq!(verdict, SchemaState::Current { applied: versions(&["1", "2"]) });
    }
}
