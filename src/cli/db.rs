//! `khaosat db`: what state the database is in, and bringing it up to date.

use std::io::Write;

use ::problem::Problems;

use super::{DatabaseArg, from_store, say};
use crate::store::{self, SchemaState};

/// Looks after the database
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Checks the database without changing it: schema, the engine's own check, the hash of every received body
    ///
    /// Example: khaosat db check --database khaosat.db
    Check(DatabaseArg),
    /// Runs the migrations that are missing
    ///
    /// Example: `khaosat db migrate --database postgres://khaosat@db/khaosat`
    Migrate(DatabaseArg),
}

/// Runs the command.
///
/// # Errors
/// Everything that is wrong with the database; a newer one ends with exit code 78.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Check(database) => check(database, out),
        Args::Migrate(database) => {
            let ran = store::migrate(&database.url()?).map_err(|error| from_store(&error))?;
            match ran.as_slice() {
                [] => say(out, "đã ở phiên bản mới nhất"),
                ran => say(out, format_args!("đã nâng cấp: {}", ran.join(", "))),
            }
        }
    }
}

fn check(database: &DatabaseArg, out: &mut dyn Write) -> Result<(), Problems> {
    let url = database.url()?;
    match store::inspect(&url).map_err(|error| from_store(&error))? {
        SchemaState::Empty => return say(out, format_args!("{url}: trống")),
        SchemaState::Older { pending } => {
            return Err(from_store(&store::StoreError::Older { pending }));
        }
        SchemaState::Current { applied } => say(out, format_args!("{url}: {}", applied.join(", ")))?,
    }
    let checked = store::check(&url).map_err(|error| from_store(&error))?;
    say(
        out,
        format_args!(
            "phiếu trả lời: {}  lần tiếp xúc: {}  nhật ký: {}  hỏng: {}",
            checked.n_responses,
            checked.n_contact_attempts,
            checked.n_audit_events,
            checked.damages.len()
        ),
    )?;
    let mut problems = Problems::none();
    for detail in checked.damages {
        problems.extend(from_store(&store::StoreError::Damaged { detail }));
    }
    problems.into_result(())
}
