//! `khaosat key`: the key of the answers.

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems, Words};

use super::backup::tell;
use super::{DatabaseArg, files, from_store};
use crate::answer_key::{self, KeyFileError, SealKey};
use crate::store::{self, Clock, StoreError, SystemClock, rotate_key};

/// Looks after the key of the answers: without it nobody reads them
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Says which key a database needs, and whether the file is that key
    ///
    /// Example: khaosat key check /mnt/elsewhere/khaosat.db.key --database khaosat.db
    Check {
        /// The file; the one at its usual place if not given
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Which database
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Copies the key into a new file, and reads the copy back. Keep it apart from the backups
    ///
    /// Example: khaosat key copy /media/usb/khaosat.db.key --database khaosat.db
    Copy {
        /// The new file
        #[arg(value_name = "FILE")]
        to: PathBuf,
        /// Which database
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Makes a new key and wraps all respondents' keys with it; the old file stays beside it. Stop the service first
    ///
    /// Backups from before need the old key. Whoever destroys it makes all of them unreadable, once they are not wanted any more.
    ///
    /// Example: khaosat key rotate --database khaosat.db
    Rotate(DatabaseArg),
}

/// Runs `khaosat key`.
///
/// # Errors
/// That there is no key, that it is another one, or that a file cannot be read or written.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Check { file, database } => check(file.as_deref(), database, out),
        Args::Copy { to, database } => copy(to, database, out),
        Args::Rotate(database) => rotate(database, out),
    }
}

/// The fingerprint that the database names, the file, and the key in it, which is that one.
fn fitting(file: Option<&Path>, database: &DatabaseArg) -> Result<(String, PathBuf, SealKey), Problems> {
    let url = database.url()?;
    let wanted = store::answer_key_of(&url).map_err(|error| from_store(&error))?;
    let place = file.map(Path::to_owned).or_else(|| database.keys().file(&url));
    let Some(wanted) = wanted else {
        return Err(Problem::new(
            "answer_key_none",
            "cơ sở dữ liệu này chưa từng có khóa phiếu",
            "this database never had a key of answers",
        )
        .got(url.to_string())
        .hint(
            "khóa được tạo khi mở cơ sở dữ liệu lần đầu bằng khaosat serve hoặc lệnh khác",
            "a key is made when khaosat serve or another command first opens the database",
        )
        .into());
    };
    let missing = || from_store(&StoreError::KeyMissing { file: String::new(), fingerprint: wanted.clone() });
    let place = place.ok_or_else(missing)?;
    let key = answer_key::read(&place).map_err(|error| match error {
        KeyFileError::Missing(_) => {
            from_store(&StoreError::KeyMissing { file: place.display().to_string(), fingerprint: wanted.clone() })
        }
        other => from_store(&other.into()),
    })?;
    if key.fingerprint() != wanted {
        let (file, got) = (place.display().to_string(), key.fingerprint());
        return Err(from_store(&StoreError::KeyWrong { file, expected: wanted, got }));
    }
    Ok((wanted, place, key))
}

fn check(file: Option<&Path>, database: &DatabaseArg, out: &mut dyn Write) -> Result<(), Problems> {
    let (fingerprint, place, _) = fitting(file, database)?;
    let (short, place_shown) = (&fingerprint[..16], place.display());
    tell(
        out,
        &Words::new(
            format!("{place_shown}: đúng là khóa phiếu {short} của cơ sở dữ liệu này"),
            format!("{place_shown}: this is key {short}, the one of this database"),
        ),
    )?;
    if answer_key::is_open_to_others(&place) {
        tell(
            out,
            &Words::new(
                format!("nhưng người khác trên máy đọc được tệp: chmod 600 {place_shown}"),
                format!("but others on this machine can read it: chmod 600 {place_shown}"),
            ),
        )?;
    }
    Ok(())
}

fn copy(to: &Path, database: &DatabaseArg, out: &mut dyn Write) -> Result<(), Problems> {
    let (_, _, key) = fitting(None, database)?;
    answer_key::write_new(to, &key).map_err(|error| match error {
        KeyFileError::Io(_, error) => files::unwritable(to, &error),
        other => from_store(&other.into()),
    })?;
    let read_back = answer_key::read(to).map_err(|error| from_store(&error.into()))?;
    if read_back != key {
        let detail = format!("{}: the copy reads back as another key", to.display());
        return Err(from_store(&StoreError::KeyFile { detail }));
    }
    let to = to.display();
    tell(
        out,
        &Words::new(
            format!("đã chép khóa phiếu vào {to}; cất ở nơi khác với bản sao lưu"),
            format!("the key was copied to {to}; keep it elsewhere than the backups"),
        ),
    )
}

fn rotate(database: &DatabaseArg, out: &mut dyn Write) -> Result<(), Problems> {
    let done = rotate_key(&database.url()?, &database.keys(), SystemClock.now()).map_err(|error| from_store(&error))?;
    let (file, old, short) = (done.file.display(), done.old.display(), &done.fingerprint[..16]);
    let n = done.n_keys;
    tell(
        out,
        &Words::new(
            format!(
                "khóa phiếu mới {short} trong {file}; đã bọc lại {n} khóa của người trả lời\n\
                 khóa cũ: {old} — còn cần cho các bản sao lưu trước đây; hủy khi không còn giữ chúng\n\
                 hãy chép khóa mới ra nơi khác: khaosat key copy TỆP"
            ),
            format!(
                "the new key {short} is in {file}; {n} respondents' keys were wrapped anew\n\
                 the old key: {old} — backups from before still need it; destroy it when they are gone\n\
                 copy the new key elsewhere: khaosat key copy FILE"
            ),
        ),
    )
}
