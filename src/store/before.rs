//! The copy of a SQLite file that is made before a migration touches it: complete, checked, private, beside the file.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;

use super::any_conn::AnyConn;
use super::check::engine_damages;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::copy::digest;
use super::error::StoreError;
use crate::durable::{beside, create_private, publish};

/// So many copies of one migration may lie beside a file; more means that somebody should look.
const COPIES_MAX: u32 = 20;

/// Copies the file, reads the copy back, compares it, and says where it lies: `khaosat.db.before-20261126000070`, named after the
/// first migration that will run. A copy that is there already and still equal is enough.
pub(super) fn copy_before(path: &Path, pending: &[String]) -> Result<PathBuf, StoreError> {
    let first = pending.first().map_or("", String::as_str);
    let source = digest(&DatabaseUrl::Sqlite(path.to_owned()))?;
    let taken = |copy: &PathBuf| copy.symlink_metadata().is_ok();
    let mut name = beside(path, &format!(".before-{first}"));
    for number in 2..=COPIES_MAX {
        if !taken(&name) {
            break;
        }
        if digest(&DatabaseUrl::Sqlite(name.clone())).is_ok_and(|copied| copied == source) {
            return Ok(name);
        }
        name = beside(path, &format!(".before-{first}-{number}"));
    }
    let cannot = |error: std::io::Error| StoreError::NoCopy { detail: format!("{}: {error}", name.display()) };
    if taken(&name) {
        return Err(cannot(std::io::ErrorKind::AlreadyExists.into()));
    }
    let part = beside(&name, ".part");
    let _left_by_a_killed_one = std::fs::remove_file(&part);
    // SQLite writes into an empty file that is there, and keeps its mode.
    create_private(&part).map_err(cannot)?;
    let copied = vacuum_into(path, &part).and_then(|()| {
        let copied = digest(&DatabaseUrl::Sqlite(part.clone()))?;
        let differences = copied.differences(&source);
        if differences.is_empty() { Ok(()) } else { Err(StoreError::NoCopy { detail: differences.join(", ") }) }
    });
    if let Err(error) = copied {
        let _nothing_is_left = std::fs::remove_file(&part);
        return Err(match error {
            StoreError::Database(error) => StoreError::NoCopy { detail: error.to_string() },
            other => other,
        });
    }
    publish(&part, &name).map_err(cannot)?;
    Ok(name)
}

fn vacuum_into(path: &Path, part: &Path) -> Result<(), StoreError> {
    // A connection that reads leaves the file as it is to the last byte, should anything go wrong; only the copy is written.
    let mut conn = connect(&DatabaseUrl::Sqlite(path.to_owned()), Purpose::Read)?;
    let AnyConn::Sqlite(sqlite) = &mut conn else { return Ok(()) };
    if let Some(detail) = engine_damages(sqlite)?.into_iter().next() {
        return Err(StoreError::Damaged { detail });
    }
    let part =
        part.to_str().ok_or_else(|| StoreError::BadUrl { reason: "the file name is not valid UTF-8".to_owned() })?;
    sqlite.batch_execute("PRAGMA query_only=OFF")?;
    Ok(sqlite.batch_execute(&format!("VACUUM INTO '{}'", part.replace('\'', "''")))?)
}
