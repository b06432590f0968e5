//! What an engine, and a migration, still hold of rows that were overwritten.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::any_conn::AnyConn;
use super::connection::{DatabaseUrl, Purpose, connect};
use super::error::StoreError;

/// Tables whose rows an erasure empties.
const EMPTIED: &str =
    "response, attachment, contact_attempt, response_flag, review, replacement, respondent_key, respondent_request";

#[derive(QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = BigInt)]
    busy: i64,
}

/// Takes away what the engine still holds of rows that were overwritten: SQLite's log is folded into the file and cut to nothing (what is
/// overwritten within the file was overwritten with zeros), PostgreSQL's dead rows are removed.
pub(super) fn scrub(url: &DatabaseUrl) -> Result<(), StoreError> {
    match connect(url, Purpose::Write)? {
        AnyConn::Sqlite(mut conn) => {
            let done: Checkpoint = diesel::sql_query("PRAGMA wal_checkpoint(TRUNCATE)").get_result(&mut conn)?;
            if done.busy == 0 {
                Ok(())
            } else {
                Err(StoreError::Busy { detail: "somebody still reads the log".to_owned() })
            }
        }
        AnyConn::Postgresql(mut conn) => {
            conn.batch_execute("SET statement_timeout TO 0")?;
            Ok(conn.batch_execute(&format!("VACUUM {EMPTIED}"))?)
        }
    }
}

/// Copies from before migrations that lie beside a SQLite file.
pub(super) fn copies_before(url: &DatabaseUrl) -> Vec<PathBuf> {
    let DatabaseUrl::Sqlite(path) = url else { return Vec::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    let begins = format!("{}.before-", path.file_name().unwrap_or_default().to_string_lossy());
    let mut copies: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(&begins))
        .map(|entry| entry.path())
        .collect();
    copies.sort();
    copies
}
