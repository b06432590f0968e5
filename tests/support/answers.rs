//! The key of the answers in tests, and an opening of what is sealed that shares nothing with the program but the format.

use std::path::{Path, PathBuf};
use std::process::Command;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// The one key of all databases of tests but those that make their own.
const MASTER: [u8; 32] = [7; 32];

/// Its file, as the program writes it.
pub(crate) fn key_text() -> String {
    format!("# of the tests\nKHAOSAT-ANSWER-KEY-1 {}\n", "07".repeat(32))
}

/// The file for PostgreSQL, which has no place of its own. No erasure of a test may use it: they would meet in one file.
pub(crate) fn key_file() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("answers-of-tests.key");
    if !path.exists() {
        let part = path.with_extension(format!("{}.part", std::process::id()));
        std::fs::write(&part, key_text()).expect("written");
        std::fs::set_permissions(&part, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("private");
        std::fs::rename(&part, &path).expect("named");
    }
    path
}

/// A command on PostgreSQL is told where the key is.
pub(crate) fn give_key(command: &mut Command) {
    let is_postgresql = command.get_args().any(|argument| argument.to_string_lossy().starts_with("postgres"));
    let is_told = command.get_args().any(|argument| argument == "--key-file" || argument == "--plain-answers");
    if is_postgresql && !is_told {
        command.env("KHAOSAT_KEY_FILE", key_file());
    }
}

/// Opens `1 ‖ nonce ‖ cipher text and tag`.
fn open(key: &[u8], place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    if sealed.first() != Some(&1) || sealed.len() < 41 {
        return None;
    }
    let payload = Payload { msg: &sealed[25..], aad: place.as_bytes() };
    XChaCha20Poly1305::new_from_slice(key).ok()?.decrypt(XNonce::from_slice(&sealed[1..25]), payload).ok()
}

/// The bytes of a response as they came, out of what the database holds.
pub(crate) fn opened_response(
    uuid: &str,
    version_no: i64,
    key_id: &str,
    wrapped: &[u8],
    body: &[u8],
) -> Option<Vec<u8>> {
    let key = open(&MASTER, &format!("khaosat-1\0key\0{key_id}"), wrapped)?;
    open(&key, &format!("khaosat-1\0response\0{key_id}\0{uuid}\0{version_no}"), body)
}
