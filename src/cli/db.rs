//! `khaosat db`: what state the database is in, and bringing it up to date.

use std::io::Write;

use ::problem::{Problems, Words};

use super::backup::{SettlingArgs, keep_erased, tell, tell_filled};
use super::work_progress::WorkProgress;
use super::{AnswerKeyArgs, DatabaseArg, from_store, say};
use crate::backup;
use crate::store::{self, DatabaseUrl, KeySource, Migrated, Safeguard, SchemaState, Store};

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
        /// The key of the answers, if it does not lie beside the source. Beside a SQLite target a copy is put
        #[command(flatten)]
        key: AnswerKeyArgs,
        /// What is settled with it
        #[command(flatten)]
        settling: SettlingArgs,
    },
    /// Seals what was kept before there was a key of the answers; the service may go on working
    ///
    /// Goes on where it was cut off. Afterwards nobody reads an answer without the key: keep a copy of it. Backups and copies from before
    /// still hold the answers as they came.
    ///
    /// Example: khaosat db seal --database khaosat.db
    Seal(DatabaseArg),
}

/// Runs the command.
///
/// # Errors
/// Everything that is wrong with the database; a newer one ends with exit code 78.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Check(database) => check(database, out),
        Args::Migrate { database, have_backup } => {
            migrate(&database.url()?, *have_backup, out)?;
            // With a key at hand what came before it is sealed at once; the copy of the migration, or the backup, is still there.
            let url = database.url()?;
            if database.keys().file(&url).is_none() {
                return Ok(());
            }
            let store = database.open()?;
            if store.read(|snapshot| snapshot.count_plain()).map_err(|error| from_store(&error))? > 0 {
                seal(&store, out)?;
            }
            Ok(())
        }
        Args::Seal(database) => seal(&database.open()?, out),
        Args::Move { from, to, key, settling } => {
            let parsed = |text: &str| DatabaseUrl::parse(text).map_err(|error| from_store(&error));
            let (from, to) = (parsed(from)?, parsed(to)?);
            let of_source = key.source();
            let mut settled = settling.settling(
                &to,
                &of_source,
                of_source.erased_file(&from).map_or_else(|| Ok(Vec::new()), |file| crate::erased::read(&file))?,
            )?;
            // What lies beside the source is its key, whatever the environment says for the target.
            let there = |keys: &KeySource| keys.file(&from).filter(|file| file.exists());
            settled.key_file = there(&KeySource::Beside).or_else(|| there(&of_source));
            let mut progress = WorkProgress::of("đang chuyển", "moving");
            let filled = backup::transfer(&from, &to, &settled, &mut |done, all| progress.show(done, all))?;
            drop(progress);
            keep_erased(&to, &of_source, &settled)?;
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

/// What was kept before there was a key. Safe to be cut off: it goes on the next time.
fn seal(store: &Store, out: &mut dyn Write) -> Result<(), Problems> {
    let mut progress = WorkProgress::of("đang niêm phong", "sealing");
    let n = store
        .seal_plain("khaosat db seal", &mut |done, all| progress.show(done, all))
        .map_err(|error| from_store(&error))?;
    drop(progress);
    if n == 0 {
        return tell(out, &Words::new("mọi câu trả lời đều đã được niêm phong", "all answers are sealed"));
    }
    tell(
        out,
        &Words::new(
            format!("đã niêm phong {n} dòng; các bản sao lưu và bản sao tạo trước đó vẫn còn nội dung gốc"),
            format!("{n} rows were sealed; backups and copies from before still hold them as they came"),
        ),
    )
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
    let checked = store::check_with(&url, &database.keys()).map_err(|error| from_store(&error))?;
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
