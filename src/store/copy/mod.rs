//! All rows of a database, table by table, in a form that is equal on both engines: for backups, and for moving house.
//!
//! ```text
//! value    one cell, and a row of them       catalog  which tables there are, in an order that foreign keys allow
//! digest   what a table adds up to           filler   an empty database is filled: all of it or nothing
//! ```
//!
//! Rows are read out of one snapshot and handed to a [`Sink`]. Nothing here knows what a table means, so that a new migration
//! needs no change here.

mod catalog;
mod digest;
mod filler;
mod value;

use diesel::connection::{AnsiTransactionManager, DefaultLoadingMode, SimpleConnection};
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use digest::{Sums, TableSum, Tally};
pub use filler::{Filler, Finished, Settling};
pub use value::{Kind, Row, Value};

use super::SchemaState;
use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;
use super::migrate::{applied_versions, schema_state, unknown_among};
use catalog::quoted;
use value::Raw;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds, beside nulls.
    pub kind: Kind,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, by name in the order of bytes: the same on both engines, however they came to be there.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub n_rows: u64,
}

/// What a copy is going to hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The engine it is read from, with its version.
    pub engine: String,
    /// The migrations that have run, in order.
    pub migrations: Vec<String>,
    /// The tables, in an order that foreign keys allow.
    pub tables: Vec<Table>,
}

impl Contents {
    /// All rows.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.tables.iter().fold(0, |all, table| all.saturating_add(table.n_rows))
    }

    /// The migrations that this program does not know.
    ///
    /// # Errors
    /// Only that the program's own migrations cannot be read.
    pub fn unknown_migrations(&self) -> Result<Vec<String>, StoreError> {
        unknown_among(&self.migrations)
    }
}

/// Takes the rows of a copy.
pub trait Sink {
    /// Why it did not take them.
    type Error: From<StoreError>;

    /// Once, before the first row.
    ///
    /// # Errors
    /// Whatever keeps it from taking rows.
    fn start(&mut self, contents: &Contents) -> Result<(), Self::Error>;

    /// One row of a table; the tables come in the order of the contents, each once.
    ///
    /// # Errors
    /// Whatever keeps it from taking this row.
    fn row(&mut self, table: &Table, row: Row) -> Result<(), Self::Error>;
}

/// Hands all rows of a database, as they are at one instant, to `sink`, and says what they add up to. The database may be older
/// than the program; it is not changed, and others may write to it meanwhile.
///
/// # Errors
/// That the database is empty, newer or foreign, or cannot be read; and what the sink says.
pub fn copy_out<S: Sink>(url: &DatabaseUrl, sink: &mut S) -> Result<Sums, S::Error> {
    let mut conn = open_snapshot(url)?;
    let contents = contents(&mut conn)?;
    sink.start(&contents)?;
    let mut sums = Sums { sequences: catalog::sequences(&mut conn)?, ..Sums::default() };
    for table in &contents.tables {
        let tally = each_row(&mut conn, table, |row| sink.row(table, row))?;
        if tally.n_rows() != table.n_rows {
            let detail = format!("{} rows of {} were counted and {} read", table.n_rows, table.name, tally.n_rows());
            return Err(StoreError::Damaged { detail }.into());
        }
        sums.tables.insert(table.name.clone(), tally.sum());
    }
    Ok(sums)
}

/// What all rows of a database add up to at this instant.
///
/// # Errors
/// As [`copy_out`].
pub fn digest(url: &DatabaseUrl) -> Result<Sums, StoreError> {
    struct Nobody;
    impl Sink for Nobody {
        type Error = StoreError;
        fn start(&mut self, _: &Contents) -> Result<(), StoreError> {
            Ok(())
        }
        fn row(&mut self, _: &Table, _: Row) -> Result<(), StoreError> {
            Ok(())
        }
    }
    copy_out(url, &mut Nobody)
}

/// Whether rows were added or deleted since a copy was read. Every act that changes something adds a line to the audit log.
///
/// # Errors
/// That the database cannot be read.
pub fn has_changed_since(url: &DatabaseUrl, sums: &Sums) -> Result<bool, StoreError> {
    let now = contents(&mut open_snapshot(url)?)?;
    Ok(now.tables.iter().any(|table| sums.tables.get(&table.name).is_none_or(|sum| sum.n_rows != table.n_rows)))
}

fn open_snapshot(url: &DatabaseUrl) -> Result<AnyConn, StoreError> {
    if matches!(super::inspect(url)?, SchemaState::Empty) {
        return Err(StoreError::Missing { what: format!("database {url}") });
    }
    let mut conn = connect(url, Purpose::Read)?;
    match &mut conn {
        AnyConn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, "BEGIN")?,
        AnyConn::Postgresql(postgresql) => {
            postgresql.batch_execute("SET statement_timeout TO 0")?;
            let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            AnsiTransactionManager::begin_transaction_sql(postgresql, begin)?;
        }
    }
    Ok(conn)
}

fn contents(conn: &mut AnyConn) -> Result<Contents, StoreError> {
    // Looked at again inside the snapshot: another node may have migrated since.
    schema_state(conn)?;
    let migrations = applied_versions(conn)?;
    let mut tables = catalog::tables(conn)?;
    for table in &mut tables {
        table.n_rows = catalog::count(conn, &table.name)?;
    }
    Ok(Contents { engine: catalog::engine(conn)?, migrations, tables })
}

/// Reads a table row by row, without holding it in memory.
fn each_row<E: From<StoreError>>(
    conn: &mut AnyConn,
    table: &Table,
    mut take: impl FnMut(Row) -> Result<(), E>,
) -> Result<Tally, E> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let select = format!("SELECT {} FROM {}", columns.join(", "), quoted(&table.name));
    let mut tally = Tally::default();
    let mut take = |raw: QueryResult<Raw>| {
        let row = raw.map_err(StoreError::from)?.into_row(table)?;
        tally.add(&row);
        take(row)
    };
    match conn {
        AnyConn::Sqlite(sqlite) => {
            let rows = diesel::sql_query(&select).load_iter::<Raw, DefaultLoadingMode>(sqlite);
            rows.map_err(StoreError::from)?.try_for_each(&mut take)?;
        }
        AnyConn::Postgresql(postgresql) => {
            let rows = diesel::sql_query(&select).load_iter::<Raw, PgRowByRowLoadingMode>(postgresql);
            rows.map_err(StoreError::from)?.try_for_each(&mut take)?;
        }
    }
    Ok(tally)
}
