//! `khaosat backup` and `khaosat restore`: the whole database as one sealed file, and back.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::problem::{Problem, Problems, Words};

use super::passphrase::{KeyArgs, LockArgs};
use super::work_progress::WorkProgress;
use super::{DatabaseArg, files, from_store, language, say};
use crate::backup::{self, Filled};
use crate::durable;
use crate::erased::{self, ErasedLine};
use crate::store::copy::Settling;
use crate::store::copy::Sums;
use crate::store::{Clock, DatabaseUrl, KeySource, SchemaState, Store, SystemClock, erasures_of, inspect};

/// Writes the whole database into one encrypted file; the service may go on working
///
/// The file is closed with a public key (--recipient, see `khaosat backup key`) or a passphrase. Without key or passphrase nobody
/// can open it again: keep them elsewhere than the backups. Nothing is written over.
///
/// Example: khaosat backup /media/usb/khaosat-2026-11-27.age --recipient age1…
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// The new file
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,
    #[command(flatten)]
    lock: LockArgs,
    #[command(flatten)]
    database: DatabaseArg,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Reads a whole backup, and says what is in it, or what is wrong with it
    ///
    /// Example: khaosat backup verify khaosat-2026-11-27.age --identity khaosat.key
    Verify {
        /// The backup
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        key: KeyArgs,
    },
    /// Makes a pair of keys: the secret one goes into a new file, the public one is printed
    ///
    /// Example: khaosat backup key --out khaosat.key
    Key {
        /// The new file for the secret key; keep it elsewhere than the backups
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Fills an empty database from a backup: all of it or nothing
///
/// A SQLite file must not exist yet, a PostgreSQL database must hold no tables. What was restored is read back and compared with
/// the backup before it is given away. A backup of an older version is brought up to date afterwards.
///
/// Example: khaosat restore khaosat-2026-11-27.age --database khaosat.db --identity khaosat.key
#[derive(Debug, clap::Args)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    database: DatabaseArg,
    #[command(flatten)]
    settling: SettlingArgs,
}

/// What is settled with a database that was restored or moved, before it is given away.
#[derive(Clone, Debug, clap::Args)]
pub struct SettlingArgs {
    /// A file of erasures (`X.db.erased`) whose respondents shall not come back; the one at its usual place counts anyway. May be repeated
    #[arg(long, value_name = "FILE")]
    erased: Vec<PathBuf>,
    /// A database, such as the damaged or older one, whose erasures count, too
    #[arg(long, value_name = "URL")]
    erased_in: Option<String>,
    /// Does not ask for the key of the answers: somebody has it and will bring it. Without it no answer can be read
    #[arg(long)]
    without_key: bool,
}

impl SettlingArgs {
    /// What is settled, for a database and the place of its key; the erasures that are known besides stand in `more`.
    pub(super) fn settling(
        &self,
        url: &DatabaseUrl,
        keys: &KeySource,
        more: Vec<ErasedLine>,
    ) -> Result<Settling, Problems> {
        let mut erased = more;
        let own = keys.erased_file(url).into_iter().chain(KeySource::Beside.erased_file(url));
        for file in own.chain(self.erased.iter().cloned()) {
            erased.extend(erased::read(&file)?);
        }
        if let Some(text) = &self.erased_in {
            let other = DatabaseUrl::parse(text).map_err(|error| from_store(&error))?;
            erased.extend(erasures_of(&other).map_err(|error| from_store(&error))?);
        }
        erased.sort();
        erased.dedup_by(|one, other| (&one.round, &one.case) == (&other.round, &other.case));
        Ok(Settling {
            key_file: match keys {
                KeySource::File(file) => Some(file.clone()),
                _ => None,
            },
            key_place: KeySource::Beside.file(url),
            without_key: self.without_key,
            erased,
        })
    }
}

/// What was erased is written down at the new place, too, so that the next restore knows it.
pub(super) fn keep_erased(url: &DatabaseUrl, keys: &KeySource, settling: &Settling) -> Result<(), Problems> {
    // Beside a SQLite file, wherever the key was: that is where the next restore looks.
    let Some(file) = KeySource::Beside.erased_file(url).or_else(|| keys.erased_file(url)) else { return Ok(()) };
    let there = erased::read(&file)?;
    let is_new = |line: &&ErasedLine| !there.iter().any(|one| (&one.round, &one.case) == (&line.round, &line.case));
    let new: Vec<ErasedLine> = settling.erased.iter().filter(is_new).cloned().collect();
    erased::append(&file, &new).map_err(|error| files::unwritable(&file, &error))
}

/// Runs `khaosat backup`.
///
/// # Errors
/// All that is wrong with arguments, database or file.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match (&args.action, &args.file) {
        (Some(Action::Verify { file, key }), _) => verify(file, key, out),
        (Some(Action::Key { out: file }), _) => make_key(file, out),
        (None, Some(file)) => create(file, args, out),
        // The parser asks for one of them.
        (None, None) => Ok(()),
    }
}

fn create(file: &Path, args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let url = args.database.url()?;
    let lock = args.lock.lock()?;
    let mut progress = WorkProgress::of("đang sao lưu", "backing up");
    let sums = backup::create(&url, file, &lock, SystemClock.now(), &mut |done, all| progress.show(done, all))?;
    drop(progress);
    let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
    tell(
        out,
        &Words::new(
            format!("đã sao lưu {url} vào {} ({bytes} byte)", file.display()),
            format!("{url} was backed up to {} ({bytes} bytes)", file.display()),
        ),
    )?;
    tell_sums(&sums, out)?;
    // An older database keeps no such line yet: its own program would have to write it.
    if matches!(inspect(&url)?, SchemaState::Current { .. }) {
        let digest = sums.digest();
        // Nothing of a respondent is read or written: the machine that makes backups need not have the key.
        let logged = Store::open_with(&url, Arc::new(SystemClock), &KeySource::NotNeeded)
            .and_then(|store| store.write("khaosat backup", move |tx| tx.log_backup(&digest)));
        logged.map_err(|error| {
            Problem::new(
                "backup_not_logged",
                "tệp sao lưu đã có và dùng được, nhưng không ghi được vào nhật ký",
                "the backup is there and good, but the audit log did not take it",
            )
            .got(error.to_string())
        })?;
    }
    Ok(())
}

fn verify(file: &Path, key: &KeyArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let key = key.key()?;
    let mut progress = WorkProgress::of("đang kiểm tra", "checking");
    let (header, sums) = backup::verify(file, &key, &mut |done, all| progress.show(done, all))?;
    drop(progress);
    let (made, by, engine) = (&header.created_at, &header.program, &header.contents.engine);
    tell(
        out,
        &Words::new(
            format!("tệp sao lưu nguyên vẹn: tạo lúc {made}, khaosat {by}, {engine}"),
            format!("the backup is whole: made at {made}, khaosat {by}, {engine}"),
        ),
    )?;
    for (name, table) in &sums.tables {
        if table.n_rows > 0 {
            say(out, format_args!("  {name}: {}", table.n_rows))?;
        }
    }
    tell_sums(&sums, out)
}

fn make_key(file: &Path, out: &mut dyn Write) -> Result<(), Problems> {
    let (secret, public) = backup::new_identity();
    let written = durable::create_private(file)
        .and_then(|mut made| made.write_all(secret.as_bytes()).and_then(|()| made.sync_all()));
    written.map_err(|error| files::unwritable(file, &error))?;
    say(out, public)
}

/// Runs `khaosat restore`.
///
/// # Errors
/// All that is wrong with arguments, file or database; a backup of a newer program ends with exit code 78.
pub fn restore(args: &RestoreArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let url = args.database.url()?;
    let key = args.key.key()?;
    let mut progress = WorkProgress::of("đang khôi phục", "restoring");
    let keys = args.database.keys();
    let settling = args.settling.settling(&url, &keys, Vec::new())?;
    let filled = backup::restore(&args.file, &key, &url, &settling, &mut |done, all| progress.show(done, all))?;
    drop(progress);
    keep_erased(&url, &keys, &settling)?;
    tell(
        out,
        &Words::new(
            format!("đã khôi phục vào {url}, đã đọc lại và so sánh"),
            format!("restored into {url}, read back and compared"),
        ),
    )?;
    tell_filled(&filled, out)
}

/// What a filled database is.
pub(super) fn tell_filled(filled: &Filled, out: &mut dyn Write) -> Result<(), Problems> {
    tell_sums(&filled.sums, out)?;
    if filled.n_erased > 0 {
        let n = filled.n_erased;
        tell(
            out,
            &Words::new(
                format!("đã xóa lại {n} người trả lời: họ đã được xóa sau khi bản sao này được tạo"),
                format!("{n} respondents were erased again: they had been erased since this copy was made"),
            ),
        )?;
    }
    if filled.migrated.is_empty() {
        return Ok(());
    }
    let ran = filled.migrated.join(", ");
    tell(out, &Words::new(format!("đã nâng cấp: {ran}"), format!("migrated: {ran}")))
}

fn tell_sums(sums: &Sums, out: &mut dyn Write) -> Result<(), Problems> {
    let n_rows: u64 = sums.tables.values().map(|table| table.n_rows).sum();
    let digest = sums.digest();
    tell(out, &Words::new(format!("{n_rows} dòng, mã kiểm tra {digest}"), format!("{n_rows} rows, digest {digest}")))
}

pub(super) fn tell(out: &mut dyn Write, words: &Words) -> Result<(), Problems> {
    say(out, words.in_language(language()))
}
