//! `khaosat rescue`: what a phone could not send, out of its backup file (`.ksx`) into the database.

mod file;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use ::problem::{Problem, Problems};

use self::file::{Backup, Item, ItemKind, open_backup};
use super::round::ACTOR;
use super::round_sheets::read_file;
use super::{DatabaseArg, from_store, language, say};
use crate::app::Rooms;
use crate::http::{HandedIn, HandedInKind, keep_all};
use crate::store::{AccessToken, Kept, ReceivedState, Store};

/// The passphrase, for scripts.
const PASSPHRASE: &str = "KHAOSAT_PASSPHRASE";

/// Keeps unsent interviews out of a phone's backup file (.ksx), as if the phone had sent them
///
/// The passphrase that the enumerator reads out is asked for (or taken from `KHAOSAT_PASSPHRASE`, or the first line of standard
/// input). All of the file is kept or nothing; the same file again changes nothing, and the phone may still send.
///
/// Example: khaosat rescue khaosat_bac-giang-2026_20261126.ksx
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file
    #[arg(value_name = "FILE.ksx")]
    file: PathBuf,
    /// Opens the file and says what is in it; keeps nothing
    #[arg(long)]
    check: bool,
    /// Writes the unfinished interviews of the file, which are not kept, as JSON to be looked at
    #[arg(long, value_name = "FILE.json")]
    drafts: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Whether bytes are the backup file of a phone, closed with the passphrase `A`, or what is inside of one.
pub(crate) fn is_backup_of_a_phone(bytes: &[u8]) -> bool {
    open_backup(bytes, "A").is_ok() || self::file::opened(bytes).is_ok()
}

/// Runs the command.
///
/// # Errors
/// That the file cannot be opened with this passphrase, that nobody of this round sent it, or all that is wrong with its items.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let bytes = read_file(&args.file)?;
    let backup = open_backup(&bytes, &passphrase()?)?;
    let (drafts, items): (Vec<Item>, Vec<Item>) =
        backup.items.clone().into_iter().partition(|item| item.kind == ItemKind::Draft);
    say(out, format_args!("{} · {} · {}", backup.round, backup.enumerator.name, backup.exported_at))?;
    if let Some(path) = &args.drafts {
        write_drafts(path, &drafts)?;
    }
    let n_items = items.len();
    if args.check {
        say(out, format_args!("{n_items} để nhận, {} phiếu dở dang; chưa ghi gì", drafts.len()))?;
        return Ok(());
    }
    let store = args.database.open()?;
    let token = token_of(&store, &backup)?;
    let handed_in = items.iter().filter_map(handed_in).collect();
    let kept = keep_all(&store, ACTOR, &token, Rooms::of_this_program().check_answers, handed_in)?;
    for (item, kept) in items.iter().zip(&kept) {
        let receipt = kept.receipt();
        let became = match (kept, receipt.state) {
            (_, ReceivedState::Erased) => "người trả lời đã yêu cầu xóa, không giữ",
            (_, ReceivedState::Conflict) => "xung đột, giữ cả hai",
            (Kept::New(_), _) => "mới nhận",
            (Kept::Again(_), _) => "đã có từ trước",
        };
        let n_flags = receipt.flags.len();
        say(out, format_args!("{}\t{}\t{}\t{became}\t{n_flags} lưu ý", item.kind.word(), item.case_id(), item.uuid))?;
    }
    let n_new = kept.iter().filter(|one| matches!(one, Kept::New(_))).count();
    say(
        out,
        format_args!("{n_new} mới nhận, {} đã có từ trước, {} phiếu dở dang không nhận", n_items - n_new, drafts.len()),
    )
}

fn handed_in(item: &Item) -> Option<HandedIn> {
    let kind = match item.kind {
        ItemKind::Response => HandedInKind::Response,
        ItemKind::ContactAttempt => HandedInKind::ContactAttempt,
        ItemKind::Draft => return None,
    };
    Some(HandedIn { kind, uuid: item.uuid.clone(), body: item.body.clone().into_bytes() })
}

fn write_drafts(path: &Path, drafts: &[Item]) -> Result<(), Problems> {
    let documents: Vec<serde_json::Value> =
        drafts.iter().map(|draft| serde_json::from_str(&draft.body).unwrap_or_default()).collect();
    let cannot = |got: String| {
        Problem::new("output", "không ghi được tệp", "the file cannot be written")
            .got(got)
            .in_file(&path.display().to_string())
    };
    let text = serde_json::to_string_pretty(&documents).map_err(|error| cannot(error.to_string()))?;
    Ok(std::fs::write(path, text).map_err(|error| cannot(error.to_string()))?)
}

/// A token of the person in this round, also one that has ended: what they sent stays theirs.
fn token_of(store: &Store, backup: &Backup) -> Result<AccessToken, Problems> {
    let tokens = store.read(|snapshot| snapshot.list_tokens()).map_err(|error| from_store(&error))?;
    let is_theirs = |token: &AccessToken| {
        token.account_id.as_deref() == Some(&backup.enumerator.id) && token.round_code.as_deref() == Some(&backup.round)
    };
    tokens.into_iter().rev().find(is_theirs).ok_or_else(|| {
        Problem::new(
            "sender_unknown",
            "không có máy nào của người này trong đợt khảo sát này",
            "no device of this person was activated in this round",
        )
        .got(format!("{} ({}), {}", backup.enumerator.login, backup.enumerator.name, backup.round))
        .hint(
            "kiểm tra --database: tệp có thể là của một máy chủ khác",
            "check --database: the file may be of another server",
        )
        .into()
    })
}

/// From the environment, asked without an echo, or from a pipe.
fn passphrase() -> Result<String, Problems> {
    let unread = |error: std::io::Error| {
        Problem::new("passphrase_unread", "không đọc được mật khẩu", "the passphrase cannot be read")
            .got(error.to_string())
    };
    if let Ok(given) = std::env::var(PASSPHRASE) {
        return Ok(given);
    }
    if std::io::stdin().is_terminal() {
        let words = match language() {
            ::problem::Language::Vi => "Mật khẩu của tệp (16 chữ, điều tra viên đọc): ",
            ::problem::Language::En => "Passphrase of the file (16 letters, read out by the enumerator): ",
        };
        return Ok(rpassword::prompt_password(words).map_err(unread)?);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
    Ok(line)
}
