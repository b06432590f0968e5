//! `khaosat db`: what state the database is in, and bringing it up to date.

use std::io::Write;

use ::problem::{Problems, Words};

use super::backup::{tell, tell_filled};
use super::work_progress::WorkProgress;
use super::{DatabaseArg, from_store, say};
use crate::backup;
use crate::store::{self, DatabaseUrl, Migrated, Safeguard, SchemaState};

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
    Migrate {
        /// Which
        #[command(flatten)]
        database: DatabaseArg,
        /// There is a backup of this PostgreSQL database (a SQLite file is always copied first)
        #[arg(long)]
        have_backup: bool,
    },
    /// Moves all data into an empty database, of the same engine or the other; the source stays as it is
    ///
    /// Stop the service first. What was moved is read back and compared before it is given away.
    ///
    /// Example: `khaosat db move --from khaosat.db --to postgres://khaosat@db/khaosat`
    Move {
        /// The database that holds the data
        #[arg(long, value_name = "URL")]
        from: String,
        /// The empty one
        #[arg(long, value_name = "URL")]
        to: String,
    },
}

/// Runs the command.
///
/// # Errors
/// Everything that is wrong with the database; a newer one ends with exit code 78.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Check(database) => check(database, out),
        Args::Migrate { database, have_backup } => migrate(&database.url()?, *have_backup, out),
        Args::Move { from, to } => {
            let parsed = |text: &str| DatabaseUrl::parse(text).map_err(|error| from_store(&error));
            let (from, to) = (parsed(from)?, parsed(to)?);
            let mut progress = WorkProgress::of("đang chuyển", "moving");
            let filled = backup::transfer(&from, &to, &mut |done, all| progress.show(done, all))?;
            drop(progress);
            tell(
                out,
                &Words::new(
                    format!("đã chuyển {from} sang {to}, đã đọc lại và so sánh; từ nay chỉ dùng {to}"),
                    format!("{from} was moved to {to}, read back and compared; from now on use {to} only"),
                ),
            )?;
            tell_filled(&filled, out)
        }
    }
}

fn migrate(url: &DatabaseUrl, have_backup: bool, out: &mut dyn Write) -> Result<(), Problems> {
    let safeguard = if have_backup { Safeguard::BackupExists } else { Safeguard::CopyBeside };
    let Migrated { ran, copy } = store::migrate_with(url, safeguard).map_err(|error| from_store(&error))?;
    if let Some(copy) = copy {
        let copy = copy.display();
        tell(out, &Words::new(format!("bản sao trước khi nâng cấp: {copy}"), format!("the copy from before: {copy}")))?;
    }
    match ran.join(", ").as_str() {
        "" => tell(out, &Words::new("đã ở phiên bản mới nhất", "it is up to date")),
        ran => tell(out, &Words::new(format!("đã nâng cấp: {ran}"), format!("migrated: {ran}"))),
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
