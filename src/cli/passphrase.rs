//! What closes and opens a backup, from the command line. A passphrase comes from a file, the environment or a prompt; an argument
//! would be seen by everybody on the machine.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use ::problem::{Language, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use super::{files, language};
use crate::backup::{Key, Lock};
use crate::problem as catalogue;

/// The passphrase, for scripts.
const VARIABLE: &str = "KHAOSAT_BACKUP_PASSPHRASE";

/// What closes a backup.
#[derive(Debug, clap::Args)]
pub(super) struct LockArgs {
    /// A public key (age1…) whose owner can open the backup; may be repeated. Without one a passphrase closes it
    #[arg(long, value_name = "KEY", env = "KHAOSAT_BACKUP_RECIPIENT", value_delimiter = ',')]
    recipient: Vec<String>,
    /// A file with the passphrase in its first line; else `KHAOSAT_BACKUP_PASSPHRASE` is taken, or it is asked for
    #[arg(long, value_name = "FILE", conflicts_with = "recipient")]
    passphrase_file: Option<PathBuf>,
}

/// What opens a backup.
#[derive(Debug, clap::Args)]
pub(super) struct KeyArgs {
    /// The file with the secret key, if the backup was closed with a public key
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// A file with the passphrase in its first line; else `KHAOSAT_BACKUP_PASSPHRASE` is taken, or it is asked for
    #[arg(long, value_name = "FILE", conflicts_with = "identity")]
    passphrase_file: Option<PathBuf>,
}

impl LockArgs {
    pub(super) fn lock(&self) -> Result<Lock, Problems> {
        if !self.recipient.is_empty() {
            return Lock::recipients(&self.recipient);
        }
        if let Some(given) = given(self.passphrase_file.as_deref())? {
            return Lock::passphrase(given);
        }
        let first = asked("Mật khẩu mới cho tệp sao lưu: ", "New passphrase for the backup: ")?;
        if asked("Nhập lại mật khẩu: ", "The passphrase again: ")? != first {
            return Err(catalogue::passwords_differ().into());
        }
        Lock::passphrase(first)
    }
}

impl KeyArgs {
    pub(super) fn key(&self) -> Result<Key, Problems> {
        if let Some(path) = &self.identity {
            let text = text_of(path)?;
            return Key::identities(&text).map_err(|problems| problems.in_file(&path.display().to_string()));
        }
        let text = match given(self.passphrase_file.as_deref())? {
            Some(given) => given,
            None => asked("Mật khẩu của tệp sao lưu: ", "Passphrase of the backup: ")?,
        };
        Ok(Key::passphrase(text))
    }
}

fn given(file: Option<&Path>) -> Result<Option<String>, Problems> {
    match file {
        Some(path) => Ok(Some(normal(text_of(path)?.lines().next().unwrap_or_default()))),
        None => Ok(std::env::var(VARIABLE).ok().map(|text| normal(&text))),
    }
}

fn asked(vi: &str, en: &str) -> Result<String, Problems> {
    if !std::io::stdin().is_terminal() {
        return Err(Problem::new("passphrase_missing", "chưa có mật khẩu cho tệp sao lưu", "there is no passphrase for the backup")
            .hint(
                format!("dùng --passphrase-file, biến {VARIABLE}, hoặc khóa: --recipient (sao lưu), --identity (mở)"),
                format!("give --passphrase-file, the variable {VARIABLE}, or a key: --recipient (to close), --identity (to open)"),
            )
            .into());
    }
    let words = if language() == Language::En { en } else { vi };
    let text = rpassword::prompt_password(words).map_err(|error| {
        Problem::new("passphrase_unread", "không đọc được mật khẩu", "the passphrase cannot be read")
            .got(error.to_string())
    })?;
    Ok(normal(&text))
}

fn text_of(path: &Path) -> Result<String, Problems> {
    String::from_utf8(files::read(path)?).map_err(|_not_utf8| {
        Problem::new("file_not_utf8", "tệp không phải là văn bản UTF-8", "the file is not text in UTF-8")
            .in_file(&path.display().to_string())
            .into()
    })
}

/// Keyboards write Vietnamese letters in one piece or in two; the same passphrase must open on every one.
fn normal(text: &str) -> String {
    text.trim_end_matches(['\r', '\n']).nfc().collect()
}
