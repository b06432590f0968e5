//! One connection type for both databases, so that every query is written once.

use diesel::{PgConnection, SqliteConnection};

/// A connection to PostgreSQL or to SQLite.
#[derive(diesel::MultiConnection)]
pub(super) enum AnyConn {
    /// Several nodes, one database server.
    Postgresql(PgConnection),
    /// One machine, one file.
    Sqlite(SqliteConnection),
}
