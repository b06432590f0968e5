//! An empty database is filled with a copy: all of it, read back and compared, or nothing.
//!
//! SQLite is filled under another name (`….restoring`) and gets its own only when everything is right and on the disk.
//! PostgreSQL is filled in one transaction.

use std::fs::File;
use std::path::{Path, PathBuf};

use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Binary, Bool, Double, Nullable, Text};

use super::catalog::{self, quoted, set_sequence};
use super::{Contents, Kind, Row, Sink, Sums, Table, Value, each_row};
use crate::answer_key;
use crate::durable::{beside, create_private, publish};
use crate::erased::ErasedLine;
use crate::store::any_conn::AnyConn;
use crate::store::connection::{DatabaseUrl, Purpose, connect};
use crate::store::erasure::erase_again;
use crate::store::error::StoreError;
use crate::store::leftovers::scrub;
use crate::store::migrate::{MIGRATION_LOCK, run_listed, run_remaining, schema_state};
use crate::store::sealing::{fitting, recorded};
use crate::store::{Clock as _, SchemaState, SystemClock, check};

/// One INSERT takes at most so many rows, values (PostgreSQL takes 65,535, SQLite 32,766) and bytes.
const BATCH_ROWS_MAX: usize = 200;
const BATCH_VALUES_MAX: usize = 30_000;
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// What is behind the name of a SQLite file while it is filled.
const TEMPORARY: &str = ".restoring";

/// Fills one database. Dropped before [`Filler::finish`], it leaves nothing.
pub struct Filler {
    url: DatabaseUrl,
    target: Option<Target>,
    tables: Vec<Table>,
    batch: Vec<Row>,
    batch_bytes: usize,
    /// The table of the batch.
    current: Option<Table>,
}

/// What is settled with a database before it is given away.
#[derive(Clone, Debug, Default)]
pub struct Settling {
    /// The file of the key of the answers.
    pub key_file: Option<PathBuf>,
    /// Where whoever opens the database looks for the key; a copy is put there where none is.
    pub key_place: Option<PathBuf>,
    /// Somebody has the key and will bring it: it is not asked for.
    pub without_key: bool,
    /// What was erased, and must not come back.
    pub erased: Vec<ErasedLine>,
}

/// What was done with a database that was filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// The migrations that ran.
    pub ran: Vec<String>,
    /// How many respondents were erased again.
    pub n_erased: usize,
}

impl Settling {
    fn settle_key(&self, conn: &mut AnyConn) -> Result<(), StoreError> {
        let Some(fingerprint) = recorded(conn)? else { return Ok(()) };
        match (&self.key_file, &self.key_place) {
            (Some(file), place) => {
                let key = fitting(file, &fingerprint)?;
                match place {
                    Some(place) if place.symlink_metadata().is_ok() => fitting(place, &fingerprint).map(|_| ()),
                    Some(place) => Ok(answer_key::write_new(place, &key)?),
                    None => Ok(()),
                }
            }
            (None, Some(place)) if place.symlink_metadata().is_ok() => fitting(place, &fingerprint).map(|_| ()),
            (None, _) if self.without_key => Ok(()),
            (None, place) => {
                let file = place.as_ref().map(|place| place.display().to_string()).unwrap_or_default();
                Err(StoreError::KeyMissing { file, fingerprint })
            }
        }
    }
}

struct Target {
    conn: AnyConn,
    /// Only for SQLite.
    file: Option<Temporary>,
}

/// The file that is filled. The lock on it says that somebody is at work; what a killed one left has none.
struct Temporary {
    path: PathBuf,
    name: PathBuf,
    _lock: File,
}

impl Temporary {
    fn make(name: &Path) -> Result<Self, StoreError> {
        let path = beside(name, TEMPORARY);
        let cannot = |error: std::io::Error| StoreError::Unreachable { detail: format!("{}: {error}", path.display()) };
        for taken in [name.to_owned(), beside(name, "-wal"), beside(name, "-journal")] {
            if taken.symlink_metadata().is_ok() {
                return Err(StoreError::Exists { what: taken.display().to_string() });
            }
        }
        if path.symlink_metadata().is_ok() {
            let left = File::options().write(true).open(&path).map_err(cannot)?;
            if left.try_lock().is_err() {
                return Err(StoreError::Busy {
                    detail: format!("{} is being filled by somebody else", path.display()),
                });
            }
            remove(&path);
        }
        let lock = create_private(&path).map_err(cannot)?;
        lock.try_lock().map_err(|error| cannot(error.into()))?;
        Ok(Self { path, name: name.to_owned(), _lock: lock })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let _was_not_there = std::fs::remove_file(beside(path, suffix));
    }
}

impl Filler {
    /// Will fill this database.
    #[must_use]
    pub fn new(url: &DatabaseUrl) -> Self {
        Self { url: url.clone(), target: None, tables: Vec::new(), batch: Vec::new(), batch_bytes: 0, current: None }
    }

    fn target(&mut self) -> Result<&mut Target, StoreError> {
        self.target.as_mut().ok_or_else(|| StoreError::Damaged { detail: "a copy without contents".to_owned() })
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.batch);
        self.batch_bytes = 0;
        let Some(table) = self.current.clone().filter(|_| !rows.is_empty()) else { return Ok(()) };
        insert(&mut self.target()?.conn, &table, &rows)
    }

    /// Reads everything back, compares it with what it must add up to, runs the migrations that came since, and only then gives
    /// the database away. Says which migrations ran.
    ///
    /// # Errors
    /// That something differs, or that the database did not take it; there is then nothing.
    pub fn finish(self, expected: &Sums) -> Result<Vec<String>, StoreError> {
        Ok(self.finish_with(expected, &Settling { without_key: true, ..Settling::default() })?.ran)
    }

    /// The same; before the database is given away, what was erased since is erased again, and the key of the answers is there.
    ///
    /// # Errors
    /// As [`Filler::finish`]; that the key is missing or another one.
    pub fn finish_with(mut self, expected: &Sums, settling: &Settling) -> Result<Finished, StoreError> {
        self.flush()?;
        let tables = std::mem::take(&mut self.tables);
        let Target { mut conn, file } =
            self.target.take().ok_or_else(|| StoreError::Damaged { detail: "a copy without contents".to_owned() })?;
        for (name, last) in &expected.sequences {
            set_sequence(&mut conn, name, *last)?;
        }
        let mut found = Sums { sequences: catalog::sequences(&mut conn)?, ..Sums::default() };
        for table in &tables {
            let tally = each_row::<StoreError>(&mut conn, table, |_| Ok(()))?;
            found.tables.insert(table.name.clone(), tally.sum());
        }
        let differences = found.differences(expected);
        if !differences.is_empty() {
            return Err(StoreError::Damaged {
                detail: format!("read back, these differ from the copy: {}", differences.join(", ")),
            });
        }
        let ran = run_remaining(&mut conn)?;
        settling.settle_key(&mut conn)?;
        let n_erased = erase_again(&mut conn, &settling.erased, SystemClock.now())?;
        <AnyConn as Connection>::TransactionManager::commit_transaction(&mut conn)?;
        if let Some(file) = file {
            if let AnyConn::Sqlite(sqlite) = &mut conn
                && let Some(damage) = check::engine_damages(sqlite)?.into_iter().next()
            {
                return Err(StoreError::Damaged { detail: damage });
            }
            drop(conn);
            publish(&file.path, &file.name).map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => StoreError::Exists { what: file.name.display().to_string() },
                _ => StoreError::Unreachable { detail: format!("{}: {error}", file.name.display()) },
            })?;
        } else if n_erased > 0 {
            // Rows that were filled and erased in one transaction are dead, and still there.
            scrub(&self.url)?;
        }
        Ok(Finished { ran, n_erased })
    }
}

impl Sink for Filler {
    type Error = StoreError;

    fn start(&mut self, contents: &Contents) -> Result<(), StoreError> {
        let unknown = contents.unknown_migrations()?;
        if !unknown.is_empty() {
            return Err(StoreError::Newer { unknown });
        }
        let mut target = open_empty(&self.url)?;
        run_listed(&mut target.conn, &contents.migrations)?;
        let own = catalog::tables(&mut target.conn)?;
        let bare = |tables: &[Table]| -> Vec<Table> {
            let mut tables: Vec<Table> = tables.iter().map(|table| Table { n_rows: 0, ..table.clone() }).collect();
            tables.sort_by(|one, other| one.name.cmp(&other.name));
            tables
        };
        if bare(&own) != bare(&contents.tables) {
            return Err(StoreError::Damaged {
                detail: "the copy has other tables than its migrations make".to_owned(),
            });
        }
        // What migrations write themselves comes with the copy.
        for table in own.iter().rev() {
            target.conn.batch_execute(&format!("DELETE FROM {}", quoted(&table.name)))?;
        }
        self.tables = own;
        self.target = Some(target);
        Ok(())
    }

    fn row(&mut self, table: &Table, row: Row) -> Result<(), StoreError> {
        if self.current.as_ref().is_none_or(|current| current.name != table.name) {
            self.flush()?;
            self.current = Some(table.clone());
        }
        self.batch_bytes += row.iter().map(Value::n_bytes).sum::<usize>();
        self.batch.push(row);
        let n_values = (self.batch.len() + 1) * table.columns.len();
        if self.batch.len() >= BATCH_ROWS_MAX || n_values > BATCH_VALUES_MAX || self.batch_bytes >= BATCH_BYTES_MAX {
            self.flush()?;
        }
        Ok(())
    }
}

/// Opens a database that holds nothing, inside a transaction.
fn open_empty(url: &DatabaseUrl) -> Result<Target, StoreError> {
    let begin = |conn: &mut AnyConn| <AnyConn as Connection>::TransactionManager::begin_transaction(conn);
    match url {
        DatabaseUrl::Sqlite(name) => {
            let file = Temporary::make(name)?;
            let mut conn = connect(&DatabaseUrl::Sqlite(file.path.clone()), Purpose::Write)?;
            // Nobody reads it yet and a half-filled one is thrown away: the disk is asked once, at the end.
            conn.batch_execute("PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF;")?;
            begin(&mut conn)?;
            Ok(Target { conn, file: Some(file) })
        }
        DatabaseUrl::Postgresql(_) => {
            let mut conn = connect(url, Purpose::Write)?;
            conn.batch_execute(&format!(
                "SET lock_timeout TO 0; SET statement_timeout TO 0; SELECT pg_advisory_lock({MIGRATION_LOCK});"
            ))?;
            if !matches!(schema_state(&mut conn)?, SchemaState::Empty) {
                return Err(StoreError::Exists { what: format!("database {url}") });
            }
            begin(&mut conn)?;
            Ok(Target { conn, file: None })
        }
    }
}

fn insert(conn: &mut AnyConn, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let head = format!("INSERT INTO {} ({}) VALUES ", quoted(&table.name), columns.join(", "));
    let n_columns = columns.len();
    let n_inserted = match conn {
        AnyConn::Sqlite(sqlite) => {
            let places = format!("({})", vec!["?"; n_columns].join(", "));
            let sql = head + &vec![places; rows.len()].join(", ");
            bound(diesel::sql_query(sql).into_boxed(), table, rows).execute(sqlite)?
        }
        AnyConn::Postgresql(postgresql) => {
            let places = (0..rows.len()).map(|row| {
                let places: Vec<String> = (1..=n_columns).map(|at| format!("${}", row * n_columns + at)).collect();
                format!("({})", places.join(", "))
            });
            let sql = head + &places.collect::<Vec<_>>().join(", ");
            bound(diesel::sql_query(sql).into_boxed(), table, rows).execute(postgresql)?
        }
    };
    if n_inserted == rows.len() {
        return Ok(());
    }
    Err(StoreError::Damaged { detail: format!("{} of {} rows of {} were taken", n_inserted, rows.len(), table.name) })
}

/// Binds all values, nulls with the type of their column.
fn bound<'a, DB>(
    mut query: BoxedSqlQuery<'a, DB, SqlQuery>,
    table: &Table,
    rows: &'a [Row],
) -> BoxedSqlQuery<'a, DB, SqlQuery>
where
    DB: diesel::backend::Backend
        + diesel::sql_types::HasSqlType<Text>
        + diesel::sql_types::HasSqlType<BigInt>
        + diesel::sql_types::HasSqlType<Double>
        + diesel::sql_types::HasSqlType<Binary>
        + diesel::sql_types::HasSqlType<Bool>,
    str: diesel::serialize::ToSql<Text, DB>,
    i64: diesel::serialize::ToSql<BigInt, DB>,
    f64: diesel::serialize::ToSql<Double, DB>,
    [u8]: diesel::serialize::ToSql<Binary, DB>,
    bool: diesel::serialize::ToSql<Bool, DB>,
{
    for row in rows {
        for (value, column) in row.iter().zip(&table.columns) {
            query = match (value, column.kind) {
                (Value::Text(text), _) => query.bind::<Text, _>(text.as_str()),
                (Value::Bigint(whole), _) => query.bind::<BigInt, _>(*whole),
                (Value::Double(double), _) => query.bind::<Double, _>(*double),
                (Value::Bytes(bytes), _) => query.bind::<Binary, _>(bytes.as_slice()),
                (Value::Boolean(yes), _) => query.bind::<Bool, _>(*yes),
                (Value::Null, Kind::Text) => query.bind::<Nullable<Text>, _>(None::<&str>),
                (Value::Null, Kind::Bigint) => query.bind::<Nullable<BigInt>, _>(None::<i64>),
                (Value::Null, Kind::Double) => query.bind::<Nullable<Double>, _>(None::<f64>),
                (Value::Null, Kind::Bytes) => query.bind::<Nullable<Binary>, _>(None::<&[u8]>),
                (Value::Null, Kind::Boolean) => query.bind::<Nullable<Bool>, _>(None::<bool>),
            };
        }
    }
    query
}
