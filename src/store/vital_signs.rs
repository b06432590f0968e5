//! What an operator wants to know of a database at a glance.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::Snapshot;
use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::schema::audit_event;

/// The state of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VitalSigns {
    /// The engine with its version, and the settings that matter.
    pub engine: String,
    /// The clock of the database server (PostgreSQL).
    pub server_now: Option<String>,
    /// When the last line of the audit log was written.
    pub last_event_at: Option<String>,
    /// When the last backup was made.
    pub last_backup_at: Option<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    engine: String,
    #[diesel(sql_type = Nullable<Text>)]
    server_now: Option<String>,
}

/// Looks at a current database. That its engine can be trusted is settled by opening it.
///
/// # Errors
/// That it cannot be opened, or its engine cannot be trusted.
pub fn vital_signs(url: &DatabaseUrl) -> Result<VitalSigns, StoreError> {
    let mut conn = connect(url, Purpose::Read)?;
    let line: Line = match &mut conn {
        AnyConn::Sqlite(sqlite) => diesel::sql_query(
            "SELECT 'SQLite ' || sqlite_version() || ', journal_mode=' || journal_mode AS engine, NULL AS server_now \
             FROM pragma_journal_mode",
        )
        .get_result(sqlite)?,
        AnyConn::Postgresql(postgresql) => diesel::sql_query(
            "SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync=' || current_setting('fsync') || \
             ', synchronous_commit=' || current_setting('synchronous_commit') AS engine, \
             to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS server_now",
        )
        .get_result(postgresql)?,
    };
    let last_event_at =
        audit_event::table.order(audit_event::sequence.desc()).select(audit_event::at).first(&mut conn).optional()?;
    let last_backup_at = Snapshot { conn: &mut conn, keys: &super::sealing::Keys::none() }.last_backup_at()?;
    Ok(VitalSigns { engine: line.engine, server_now: line.server_now, last_event_at, last_backup_at })
}
