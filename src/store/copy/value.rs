//! One cell of a table, equal whichever engine it came from.

use std::num::NonZeroU32;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, NamedRow};
use diesel::sql_types::{BigInt, Binary, Bool, Double, Text};
use diesel::sqlite::{Sqlite, SqliteType};
use serde::{Deserialize, Serialize};

use super::Table;
use crate::store::StoreError;

/// What a column holds. These are all types that migrations may use (`migrations/README.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `TEXT`.
    Text,
    /// `BIGINT`.
    Bigint,
    /// `DOUBLE PRECISION`.
    Double,
    /// `BYTEA`.
    Bytes,
    /// `BOOLEAN`.
    Boolean,
}

impl Kind {
    /// The kind of a declared type; both engines repeat what the migration says.
    pub(super) fn of_declared(declared: &str) -> Option<Self> {
        Some(match declared.to_ascii_lowercase().as_str() {
            "text" => Self::Text,
            "bigint" => Self::Bigint,
            "double precision" => Self::Double,
            "bytea" => Self::Bytes,
            "boolean" => Self::Boolean,
            _ => return None,
        })
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Bigint(i64),
    /// A number; the same bits come back.
    Double(f64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Yes or no.
    Boolean(bool),
}

/// The cells of a row, in the order of the table's columns.
pub type Row = Vec<Value>;

impl Value {
    /// About how much memory it takes, in bytes.
    pub(super) fn n_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            _ => 8,
        }
    }

    /// As the column declares it. SQLite knows no booleans, and lets text stand where bytes are declared: those are its bytes.
    fn of_kind(self, kind: Kind) -> Option<Self> {
        Some(match (kind, self) {
            (_, Self::Null) => Self::Null,
            (Kind::Boolean, Self::Bigint(0)) => Self::Boolean(false),
            (Kind::Boolean, Self::Bigint(1)) => Self::Boolean(true),
            (Kind::Bytes, Self::Text(text)) => Self::Bytes(text.into_bytes()),
            (Kind::Text, value @ Self::Text(_))
            | (Kind::Bigint, value @ Self::Bigint(_))
            | (Kind::Double, value @ Self::Double(_))
            | (Kind::Bytes, value @ Self::Bytes(_))
            | (Kind::Boolean, value @ Self::Boolean(_)) => value,
            _ => return None,
        })
    }
}

/// A row as the engine gives it.
pub(super) struct Raw(Vec<Value>);

impl Raw {
    pub(super) fn into_row(self, table: &Table) -> Result<Row, StoreError> {
        let cells = self.0.into_iter().zip(&table.columns);
        cells
            .map(|(value, column)| {
                value.of_kind(column.kind).ok_or_else(|| StoreError::Damaged {
                    detail: format!("{}.{} holds something that is no {:?}", table.name, column.name, column.kind),
                })
            })
            .collect()
    }
}

/// A value of an engine, by the type it says it has.
trait Cell: Backend + Sized {
    fn read(value: Self::RawValue<'_>) -> deserialize::Result<Value>;
}

impl Cell for Sqlite {
    fn read(value: Self::RawValue<'_>) -> deserialize::Result<Value> {
        Ok(match value.value_type() {
            None => Value::Null,
            Some(SqliteType::Text) => Value::Text(FromSql::<Text, Self>::from_sql(value)?),
            Some(SqliteType::Double | SqliteType::Float) => Value::Double(FromSql::<Double, Self>::from_sql(value)?),
            Some(SqliteType::Binary) => Value::Bytes(FromSql::<Binary, Self>::from_sql(value)?),
            Some(_whole_number) => Value::Bigint(FromSql::<BigInt, Self>::from_sql(value)?),
        })
    }
}

/// Numbers of PostgreSQL's built-in types (`pg_type.dat`); they never change.
mod oid {
    pub(super) const BOOL: u32 = 16;
    pub(super) const BYTEA: u32 = 17;
    pub(super) const INT8: u32 = 20;
    pub(super) const TEXT: u32 = 25;
    pub(super) const FLOAT8: u32 = 701;
}

impl Cell for Pg {
    fn read(value: PgValue<'_>) -> deserialize::Result<Value> {
        Ok(match NonZeroU32::get(value.get_oid()) {
            oid::TEXT => Value::Text(FromSql::<Text, Self>::from_sql(value)?),
            oid::INT8 => Value::Bigint(FromSql::<BigInt, Self>::from_sql(value)?),
            oid::FLOAT8 => Value::Double(FromSql::<Double, Self>::from_sql(value)?),
            oid::BYTEA => Value::Bytes(FromSql::<Binary, Self>::from_sql(value)?),
            oid::BOOL => Value::Boolean(FromSql::<Bool, Self>::from_sql(value)?),
            other => return Err(format!("a column has the unknown type {other}").into()),
        })
    }
}

impl<DB: Cell> QueryableByName<DB> for Raw {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        let cells = (0..row.field_count()).map(|at| {
            let field = diesel::row::Row::get(row, at).ok_or("a column is missing")?;
            match field.value() {
                None => Ok(Value::Null),
                Some(value) => DB::read(value),
            }
        });
        Ok(Self(cells.collect::<deserialize::Result<_>>()?))
    }
}
