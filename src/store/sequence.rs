//! The server's own order of things.
//!
//! PostgreSQL draws from a sequence, so that nodes do not wait for each other; numbers may then have gaps where a
//! transaction was undone. SQLite counts in a table: its single writer makes that safe, and without gaps.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::schema::sequence_counter;

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

/// The next number of what arrives: responses, contact attempts, reports, in one common order.
pub(super) fn next_arrival(conn: &mut AnyConn) -> Result<i64, StoreError> {
    match conn {
        AnyConn::Postgresql(postgresql) => {
            Ok(diesel::sql_query("SELECT nextval('arrival_sequence') AS value").get_result::<Next>(postgresql)?.value)
        }
        AnyConn::Sqlite(sqlite) => count(sqlite, "arrival"),
    }
}

/// The next number of a counter of SQLite.
pub(super) fn count(sqlite: &mut SqliteConnection, name: &str) -> Result<i64, StoreError> {
    Ok(diesel::update(sequence_counter::table.find(name))
        .set(sequence_counter::value.eq(sequence_counter::value + 1))
        .returning(sequence_counter::value)
        .get_result(sqlite)?)
}
