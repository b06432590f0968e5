//! The portable migrations, and the rule that an old program never touches a newer database.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The number under which nodes that start at once take turns (PostgreSQL advisory lock).
const MIGRATION_LOCK: i64 = 0x006b_6861_6f73_6174; // "khaosat"

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

/// Runs the migrations that are missing and says which; none when the database is current.
///
/// # Errors
/// As [`inspect`], and that a migration failed (its transaction is then undone).
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, StoreError> {
    if matches!(inspect(url)?, SchemaState::Current { .. }) {
        return Ok(Vec::new());
    }
    if let DatabaseUrl::Sqlite(path) = url {
        create_private(path)?;
    }
    let mut conn = connect(url, Purpose::Write)?;
    match &mut conn {
        AnyConn::Sqlite(sqlite) => {
            let ran = sqlite.run_pending_migrations(MIGRATIONS).map_err(failed)?;
            Ok(ran.iter().map(ToString::to_string).collect())
        }
        AnyConn::Postgresql(postgresql) => {
            // A session lock: it goes with the connection, whatever happens. A long migration of another node is waited for.
            postgresql.batch_execute(&format!(
                "SET lock_timeout TO 0; SET statement_timeout TO 0; SELECT pg_advisory_lock({MIGRATION_LOCK});"
            ))?;
            let ran = postgresql.run_pending_migrations(MIGRATIONS).map_err(failed)?;
            let ran = ran.iter().map(ToString::to_string).collect();
            postgresql.batch_execute(
                "CREATE SEQUENCE IF NOT EXISTS arrival_sequence; CREATE SEQUENCE IF NOT EXISTS audit_sequence;",
            )?;
            Ok(ran)
        }
    }
}

/// A new file is its owner's alone: answers are personal. SQLite gives the files beside it the same mode.
fn create_private(path: &std::path::Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unreachable { detail: format!("{}: {error}", path.display()) }),
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
fn schema_state(conn: &mut AnyConn) -> Result<SchemaState, StoreError> {
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
    let select = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let applied: Vec<Version> = match conn {
        AnyConn::Sqlite(sqlite) => diesel::sql_query(select).load(sqlite)?,
        AnyConn::Postgresql(postgresql) => diesel::sql_query(select).load(postgresql)?,
    };
    compare(applied.into_iter().map(|row| row.version).collect(), known_versions()?)
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
