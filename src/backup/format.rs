//! The lines of a backup: a header, for each table a line with its name and a line for each row, a trailer. All JSON, so that a
//! backup can be read in ten years with nothing but age, gunzip and a text editor.
//!
//! A row is an array in the order of the table's columns. Text, whole numbers, booleans and nulls are themselves; a number with
//! a fraction is text that reads back to the same bits; bytes are base64.

use ::problem::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{damaged, newer};
use crate::store::copy::{Column, Contents, Kind, Row, Sums, Table, Value};

/// What each header begins with.
const FORMAT: &str = "khaosat-backup";
/// Grows when an older program could not read the file any more.
const FORMAT_VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    format: String,
    /// The version of the format.
    pub format_version: u32,
    /// The version of the program.
    pub program: String,
    /// When the backup was begun, UTC.
    pub created_at: String,
    /// Engine, migrations and tables.
    #[serde(flatten)]
    pub contents: Contents,
}

/// Before the rows of a table.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableLine {
    pub(super) table: String,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trailer {
    /// What everything adds up to.
    pub(super) end: Sums,
    /// One hash for all of it.
    pub(super) digest: String,
}

impl Header {
    pub(super) fn new(created_at: String, contents: Contents) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT.to_owned(), format_version: FORMAT_VERSION, program, created_at, contents }
    }

    /// Reads the first line; what it says of its version comes before anything else that may have changed.
    pub(super) fn read(line: &[u8]) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Name {
            format: String,
            format_version: u32,
        }
        let name: Name = serde_json::from_slice(line).map_err(damaged)?;
        if name.format != FORMAT {
            return Err(damaged(format!("format {:?}", name.format)));
        }
        if name.format_version > FORMAT_VERSION {
            return Err(newer(format!("{FORMAT} {}", name.format_version)));
        }
        serde_json::from_slice(line).map_err(damaged)
    }
}

pub(super) fn row_line(row: Row) -> Json {
    let cells = row.into_iter().map(|value| match value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::String(text),
        Value::Bigint(whole) => Json::from(whole),
        // The shortest text that reads back to the same bits; JSON knows no infinities.
        Value::Double(double) => Json::String(double.to_string()),
        Value::Bytes(bytes) => Json::String(STANDARD.encode(bytes)),
        Value::Boolean(yes) => Json::Bool(yes),
    });
    Json::Array(cells.collect())
}

pub(super) fn read_row(line: &[u8], table: &Table) -> Result<Row, Problem> {
    let cells: Vec<Json> = serde_json::from_slice(line).map_err(damaged)?;
    if cells.len() != table.columns.len() {
        return Err(damaged(format!("a row of {} has {} cells", table.name, cells.len())));
    }
    cells.into_iter().zip(&table.columns).map(|(cell, column)| read_cell(cell, column, table)).collect()
}

fn read_cell(cell: Json, column: &Column, table: &Table) -> Result<Value, Problem> {
    let value = match (column.kind, cell) {
        (_, Json::Null) => Some(Value::Null),
        (Kind::Text, Json::String(text)) => Some(Value::Text(text)),
        (Kind::Bigint, Json::Number(whole)) => whole.as_i64().map(Value::Bigint),
        (Kind::Double, Json::String(text)) => text.parse().ok().map(Value::Double),
        (Kind::Bytes, Json::String(text)) => STANDARD.decode(text).ok().map(Value::Bytes),
        (Kind::Boolean, Json::Bool(yes)) => Some(Value::Boolean(yes)),
        _ => None,
    };
    value.ok_or_else(|| damaged(format!("{}.{} holds something that is no {:?}", table.name, column.name, column.kind)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> Table {
        let kinds = [Kind::Text, Kind::Bigint, Kind::Double, Kind::Bytes, Kind::Boolean];
        let columns = kinds.map(|kind| Column { name: format!("{kind:?}"), kind }).to_vec();
        Table { name: "t".to_owned(), columns, n_rows: 1 }
    }

    proptest! {
        #[test]
        fn every_row_comes_back(
            text in proptest::option::of(".*"),
            whole in proptest::option::of(any::<i64>()),
            double in proptest::option::of(any::<f64>().prop_filter("one NaN is like another", |double| !double.is_nan())),
            bytes in proptest::option::of(any::<Vec<u8>>()),
            yes in proptest::option::of(any::<bool>()),
        ) {
            let row = vec![
                text.map_or(Value::Null, Value::Text),
                whole.map_or(Value::Null, Value::Bigint),
                double.map_or(Value::Null, Value::Double),
                bytes.map_or(Value::Null, Value::Bytes),
                yes.map_or(Value::Null, Value::Boolean),
            ];
            let line = serde_json::to_vec(&row_line(row.clone())).expect("JSON");
            prop_assert!(!line.contains(&b'\n'), "a row is one line");
            let back = read_row(&line, &table()).expect("read");
            if let (Value::Double(one), Value::Double(other)) = (&row[2], &back[2]) {
                prop_assert_eq!(one.to_bits(), other.to_bits());
            }
            prop_assert_eq!(back, row);
        }
    }

    #[test]
    fn a_row_that_does_not_fit_its_table_is_damage() {
        for line in [
            "[]",
            "[1,1,\"1\",\"\",true]",
            "[\"\",1.5,\"1\",\"\",true]",
            "[\"\",1,1,\"\",true]",
            "[\"\",1,\"1\",\"?\",true]",
            "{}",
            "",
        ] {
            assert_eq!(read_row(line.as_bytes(), &table()).expect_err(line).code, "backup_damaged", "{line}");
        }
    }

    #[test]
    fn a_newer_format_is_told_as_newer_whatever_else_it_holds() {
        let newer = Header::read(br#"{"format":"khaosat-backup","format_version":2,"rows":"elsewhere"}"#);
        assert_eq!(newer.expect_err("newer").code, "backup_newer");
        let other = Header::read(br#"{"format":"cookbook","format_version":1}"#);
        assert_eq!(other.expect_err("foreign").code, "backup_damaged");
    }
}
