//! Which tables and columns there are, as the engine itself says, in an order that foreign keys allow.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::{Column, Kind, Table};
use crate::store::StoreError;
use crate::store::any_conn::AnyConn;

/// Tables that are not copied: the list of migrations is made by running them, the counters travel as [`sequences`].
const OWN_WAY: &str = "('__diesel_schema_migrations', 'sequence_counter')";

/// What PostgreSQL's sequences are called: the name of the counter in SQLite, and this.
const SEQUENCE_SUFFIX: &str = "_sequence";

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Declared {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    declared: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// A name as SQL takes it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A query with one text parameter, the same on both engines but for its words.
fn ask<'a, T>(
    conn: &mut AnyConn,
    sqlite: &str,
    postgresql: &str,
    name: impl Into<Option<&'a str>>,
) -> QueryResult<Vec<T>>
where
    T: QueryableByName<diesel::sqlite::Sqlite> + QueryableByName<diesel::pg::Pg> + 'static,
{
    match (conn, name.into()) {
        (AnyConn::Sqlite(conn), None) => diesel::sql_query(sqlite).load(conn),
        (AnyConn::Sqlite(conn), Some(name)) => diesel::sql_query(sqlite).bind::<Text, _>(name).load(conn),
        (AnyConn::Postgresql(conn), None) => diesel::sql_query(postgresql).load(conn),
        (AnyConn::Postgresql(conn), Some(name)) => diesel::sql_query(postgresql).bind::<Text, _>(name).load(conn),
    }
}

/// The engine and its version.
pub(super) fn engine(conn: &mut AnyConn) -> Result<String, StoreError> {
    let rows: Vec<Named> = ask(
        conn,
        "SELECT 'SQLite ' || sqlite_version() AS name",
        "SELECT 'PostgreSQL ' || current_setting('server_version') AS name",
        None,
    )?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// All tables that are copied; the number of rows is not counted yet.
pub(super) fn tables(conn: &mut AnyConn) -> Result<Vec<Table>, StoreError> {
    let names: Vec<Named> = ask(
        conn,
        &format!(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' AND name NOT IN {OWN_WAY}"
        ),
        &format!(
            "SELECT relname::text AS name FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') \
             AND relnamespace = current_schema()::regnamespace AND relname NOT IN {OWN_WAY}"
        ),
        None,
    )?;
    let mut tables = BTreeMap::new();
    let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for Named { name } in names {
        let parents: Vec<Named> = ask(
            conn,
            "SELECT DISTINCT \"table\" AS name FROM pragma_foreign_key_list(?)",
            "SELECT DISTINCT parent.relname::text AS name FROM pg_catalog.pg_constraint c \
             JOIN pg_catalog.pg_class child ON child.oid = c.conrelid JOIN pg_catalog.pg_class parent ON parent.oid = c.confrelid \
             WHERE c.contype = 'f' AND child.relnamespace = current_schema()::regnamespace AND child.relname = $1",
            &*name,
        )?;
        needs.insert(name.clone(), parents.into_iter().map(|parent| parent.name).collect());
        tables.insert(name.clone(), Table { columns: columns(conn, &name)?, name, n_rows: 0 });
    }
    let order = in_order(needs)?;
    Ok(order.into_iter().filter_map(|name| tables.remove(&name)).collect())
}

fn columns(conn: &mut AnyConn, table: &str) -> Result<Vec<Column>, StoreError> {
    let rows: Vec<Declared> = ask(
        conn,
        "SELECT name, type AS declared FROM pragma_table_info(?)",
        "SELECT a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared \
         FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class t ON t.oid = a.attrelid \
         WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = $1 AND a.attnum > 0 AND NOT a.attisdropped",
        table,
    )?;
    let mut columns = Vec::new();
    for Declared { name, declared } in rows {
        let kind = Kind::of_declared(&declared).ok_or_else(|| StoreError::Damaged {
            detail: format!("{table}.{name} is declared as {declared}, which is not copied"),
        })?;
        columns.push(Column { name, kind });
    }
    columns.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(columns)
}

/// Parents before children; among those that may come next, by name. A table that points at itself is not held up by that.
fn in_order(mut needs: BTreeMap<String, BTreeSet<String>>) -> Result<Vec<String>, StoreError> {
    let mut order: Vec<String> = Vec::new();
    while !needs.is_empty() {
        let is_ready = |(name, parents): &(&String, &BTreeSet<String>)| {
            parents.iter().all(|parent| parent == *name || order.contains(parent))
        };
        let next = needs.iter().find(is_ready).map(|(name, _)| name.clone()).ok_or_else(|| StoreError::Damaged {
            detail: format!("foreign keys go in a circle: {:?}", needs.keys().collect::<Vec<_>>()),
        })?;
        needs.remove(&next);
        order.push(next);
    }
    Ok(order)
}

/// The rows of a table.
pub(super) fn count(conn: &mut AnyConn, table: &str) -> Result<u64, StoreError> {
    let select = format!("SELECT '' AS name, count(*) AS n FROM {}", quoted(table));
    let rows: Vec<Number> = ask(conn, &select, &select, None)?;
    Ok(rows.first().and_then(|row| u64::try_from(row.n).ok()).unwrap_or(0))
}

/// The last number that each counter gave; 0 where none was given yet. Read after the snapshot was taken, no number of a row in
/// the snapshot is above it.
pub(super) fn sequences(conn: &mut AnyConn) -> Result<BTreeMap<String, i64>, StoreError> {
    let rows: Vec<Number> = ask(
        conn,
        "SELECT name, value AS n FROM sequence_counter",
        "SELECT sequencename::text AS name, coalesce(last_value, 0)::bigint AS n FROM pg_catalog.pg_sequences \
         WHERE schemaname = current_schema()",
        None,
    )?;
    Ok(rows.into_iter().map(|row| (row.name.trim_end_matches(SEQUENCE_SUFFIX).to_owned(), row.n)).collect())
}

/// Sets a counter, so that the next number is above it.
pub(super) fn set_sequence(conn: &mut AnyConn, name: &str, last: i64) -> Result<(), StoreError> {
    let n_set = match conn {
        AnyConn::Sqlite(sqlite) => diesel::sql_query("UPDATE sequence_counter SET value = ? WHERE name = ?")
            .bind::<BigInt, _>(last)
            .bind::<Text, _>(name)
            .execute(sqlite)?,
        AnyConn::Postgresql(postgresql) => {
            let sequence = quoted(&format!("{name}{SEQUENCE_SUFFIX}"));
            diesel::sql_query("SELECT setval($1::regclass, greatest($2, 1), $2 > 0)")
                .bind::<Text, _>(sequence)
                .bind::<BigInt, _>(last)
                .execute(postgresql)?
        }
    };
    if n_set == 1 { Ok(()) } else { Err(StoreError::Missing { what: format!("counter {name}") }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(pairs: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        pairs.iter().map(|(name, parents)| ((*name).to_owned(), set(parents))).collect()
    }

    #[test]
    fn parents_come_before_children() {
        let order = in_order(needs(&[("a", &["c"]), ("b", &[]), ("c", &["b", "c"])])).expect("an order");
        assert_eq!(order, ["b", "c", "a"]);
    }

    #[test]
    fn a_circle_is_told() {
        assert!(matches!(in_order(needs(&[("a", &["b"]), ("b", &["a"])])), Err(StoreError::Damaged { .. })));
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
