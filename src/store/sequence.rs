//! The server's own order of things.
//!
//! PostgreSQL draws from a sequence, so that nodes do not wait for each other; numbers may then have gaps where a
//! transaction was undone. SQLite counts in a table: its single writer makes that safe, and without gaps.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::any_conn::AnyConn;
use super::error::StoreError;
use super::schema::sequence_counter;

#[derive(Clone, Copy, Debug)]
pub(super) enum Sequence {
    /// Responses and contact attempts, in one common order.
    Arrival,
    /// Audit events.
    Audit,
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

pub(super) fn next(conn: &mut AnyConn, sequence: Sequence) -> Result<i64, StoreError> {
    match conn {
        AnyConn::Postgresql(postgresql) => {
            let select = match sequence {
                Sequence::Arrival => "SELECT nextval('arrival_sequence') AS value",
                Sequence::Audit => "SELECT nextval('audit_sequence') AS value",
            };
            Ok(diesel::sql_query(select).get_result::<Next>(postgresql)?.value)
        }
        AnyConn::Sqlite(sqlite) => {
            let name = match sequence {
                Sequence::Arrival => "arrival",
                Sequence::Audit => "audit",
            };
            Ok(diesel::update(sequence_counter::table.find(name))
                .set(sequence_counter::value.eq(sequence_counter::value + 1))
                .returning(sequence_counter::value)
                .get_result(sqlite)?)
        }
    }
}
