//! The backup file of a phone: opened with its passphrase, and checked before anything of it is used. Form: `docs/FIELD.md`.

use ::problem::{Place, Problem, Problems, Words};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pbkdf2::{Algorithm, Params, pbkdf2_hmac_with_params};
use serde::Deserialize;

use crate::secret::sha256_hex;

const FORMAT: &str = "khaosat-ksx-1";
/// What our client takes is 600 000; a file may not keep this machine busy for minutes.
const ITERATIONS: std::ops::RangeInclusive<u32> = Params::MIN_ROUNDS..=2_000_000;
const IV_BYTES: usize = 12;

/// The file as it lies there.
#[derive(Deserialize)]
struct Sealed {
    format: String,
    kdf: String,
    iterations: u32,
    cipher: String,
    salt: String,
    iv: String,
    data: String,
}

/// What is in it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Backup {
    pub(super) round: String,
    pub(super) enumerator: Enumerator,
    pub(super) exported_at: String,
    pub(super) items: Vec<Item>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Enumerator {
    pub(super) id: String,
    pub(super) login: String,
    pub(super) name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    pub(super) uuid: String,
    /// Missing for a draft.
    sha256: Option<String>,
    pub(super) body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ItemKind {
    Response,
    ContactAttempt,
    Draft,
}

impl ItemKind {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Response => "phiếu",
            Self::ContactAttempt => "lần đến",
            Self::Draft => "dở dang",
        }
    }
}

impl Item {
    /// The case it is about, as far as it says so.
    pub(super) fn case_id(&self) -> String {
        let body: Option<serde_json::Value> = serde_json::from_str(&self.body).ok();
        body.and_then(|body| body["case_id"].as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// Opens a file and checks that each item is what the phone had queued.
///
/// # Errors
/// That it is no such file, that the passphrase does not open it, or every item that was changed.
pub(super) fn open_backup(bytes: &[u8], passphrase: &str) -> Result<Backup, Problems> {
    let sealed: Sealed = serde_json::from_slice(bytes).map_err(|error| no_backup(error.to_string()))?;
    let Sealed { format, kdf, iterations, cipher, .. } = &sealed;
    if (format.as_str(), kdf.as_str(), cipher.as_str()) != (FORMAT, "PBKDF2-SHA256", "AES-256-GCM")
        || !ITERATIONS.contains(iterations)
    {
        return Err(no_backup(format!("{format}, {kdf}, {iterations}, {cipher}")).into());
    }
    let part = |text: &str| STANDARD.decode(text).map_err(|error| no_backup(error.to_string()));
    let (salt, iv, data) = (part(&sealed.salt)?, part(&sealed.iv)?, part(&sealed.data)?);
    let iv: [u8; IV_BYTES] = iv.try_into().map_err(|_other_length| no_backup("iv"))?;
    let rounds = Params::new(*iterations).map_err(|error| no_backup(error.to_string()))?;
    let mut key = [0; 32];
    pbkdf2_hmac_with_params(written(passphrase).as_bytes(), &salt, Algorithm::Pbkdf2Sha256, rounds, &mut key);
    let payload = Payload { msg: &data, aad: FORMAT.as_bytes() };
    let text = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)).decrypt(&Nonce::from(iv), payload).map_err(|_wrong| {
        Problem::new(
            "passphrase_wrong",
            "mật khẩu không mở được tệp, hoặc tệp đã bị hỏng",
            "the passphrase does not open the file, or the file is damaged",
        )
        .hint(
            "16 chữ và số, không phân biệt hoa thường; nhờ điều tra viên đọc lại",
            "16 letters and digits; have them read out again",
        )
    })?;
    opened(&text)
}

/// What was inside, each item checked.
pub(super) fn opened(text: &[u8]) -> Result<Backup, Problems> {
    let backup: Backup = serde_json::from_slice(text).map_err(|error| no_backup(error.to_string()))?;
    let mut problems = Problems::none();
    for (number, item) in (1..).zip(&backup.items) {
        let is_as_queued = item.sha256.as_ref().is_some_and(|sha256| *sha256 == sha256_hex(item.body.as_bytes()));
        if item.kind != ItemKind::Draft && !is_as_queued {
            problems.push(
                Problem::new("item_changed", "phiếu trong tệp không còn nguyên vẹn", "an item of the file was changed")
                    .at(Place::row(number))
                    .got(&item.uuid),
            );
        }
    }
    problems.into_result(backup)
}

/// As the phone showed it: groups of four with hyphens, capital letters; people type it in many ways.
fn written(passphrase: &str) -> String {
    let letters: Vec<char> = passphrase.chars().filter(char::is_ascii_alphanumeric).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-").to_ascii_uppercase()
}

fn no_backup(got: impl Into<Words>) -> Problem {
    Problem::new("backup_unreadable", "đây không phải tệp dự phòng .ksx của ứng dụng", "this is no .ksx backup file")
        .got(got)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_may_be_typed_in_many_ways() {
        for typed in ["ABCD-EFGH-KMNP-QRST", "abcdefghkmnpqrst", " abcd efgh kmnp qrst\n"] {
            assert_eq!(written(typed), "ABCD-EFGH-KMNP-QRST");
        }
    }

    #[test]
    fn what_is_no_backup_says_so() {
        for bytes in [&b""[..], b"{}", b"PK\x03\x04", "{\"format\":\"khaosat-ksx-2\"}".as_bytes()] {
            let problems = open_backup(bytes, "A").expect_err("no backup");
            assert_eq!(problems.iter().next().expect("a problem").code, "backup_unreadable");
        }
    }
}
