//! Who can open a backup: whoever holds the secret key, or knows the passphrase. The encryption is age's (X25519 or scrypt, and
//! ChaCha20-Poly1305 over 64 KiB pieces, each with its number and the last one marked).

use std::io::{Chain, Cursor, Read, Write};
use std::str::FromStr;

use ::problem::{Problem, Problems};
use age::secrecy::{ExposeSecret, SecretString};
use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, Identity, Recipient, scrypt, x25519};

/// The shortest passphrase that seals a backup, in characters.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// 2¹⁸ rounds of scrypt, 256 MiB: what the age tool takes, and about a second on a small server.
const WORK: u8 = 18;
/// A file may take four times that, and not keep this machine busy for minutes.
const WORK_MAX: u8 = 20;

/// The longest header, in bytes: that of some hundred recipients.
const HEADER_BYTES_MAX: u64 = 64 * 1024;

/// What closes a backup.
pub enum Lock {
    /// A passphrase that somebody knows.
    Passphrase(SecretString),
    /// Public keys (`age1…`); each of their owners can open the file.
    Recipients(Vec<x25519::Recipient>),
}

/// What opens a backup.
pub enum Key {
    /// The passphrase.
    Passphrase(SecretString),
    /// Secret keys (`AGE-SECRET-KEY-1…`).
    Identities(Vec<x25519::Identity>),
}

impl Lock {
    /// Closes with a passphrase.
    ///
    /// # Errors
    /// That it is too short.
    pub fn passphrase(text: String) -> Result<Self, Problems> {
        let n = text.chars().count();
        if n < PASSPHRASE_CHARS_MIN {
            return Err(Problem::new("passphrase_short", "mật khẩu quá ngắn", "the passphrase is too short")
                .expected((
                    format!("ít nhất {PASSPHRASE_CHARS_MIN} ký tự"),
                    format!("at least {PASSPHRASE_CHARS_MIN} characters"),
                ))
                .got((format!("{n} ký tự"), format!("{n} characters")))
                .into());
        }
        Ok(Self::Passphrase(text.into()))
    }

    /// Closes with public keys.
    ///
    /// # Errors
    /// Every text that is no public key.
    pub fn recipients(texts: &[String]) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut recipients = Vec::new();
        for text in texts {
            match x25519::Recipient::from_str(text.trim()) {
                Ok(recipient) => recipients.push(recipient),
                Err(reason) => problems.push(
                    Problem::new("recipient_invalid", "không phải khóa công khai", "that is no public key")
                        .expected("age1…")
                        .got(format!("{text}: {reason}"))
                        .hint("tạo khóa bằng khaosat backup key", "make a key with khaosat backup key"),
                ),
            }
        }
        problems.into_result(Self::Recipients(recipients))
    }

    pub(super) fn close<W: Write>(&self, output: W) -> Result<StreamWriter<W>, Problem> {
        let encryptor = match self {
            Self::Passphrase(text) => {
                let mut recipient = scrypt::Recipient::new(text.clone());
                recipient.set_work_factor(WORK);
                Encryptor::with_recipients(std::iter::once(&recipient as &dyn Recipient))
            }
            Self::Recipients(keys) => Encryptor::with_recipients(keys.iter().map(|key| key as &dyn Recipient)),
        };
        let failed = |detail: String| {
            Problem::new("backup_not_sealed", "không mã hóa được tệp sao lưu", "the backup cannot be encrypted")
                .got(detail)
        };
        let encryptor = encryptor.map_err(|error| failed(error.to_string()))?;
        encryptor.wrap_output(output).map_err(|error| failed(error.to_string()))
    }
}

impl Key {
    /// Opens with a passphrase.
    #[must_use]
    pub fn passphrase(text: String) -> Self {
        Self::Passphrase(text.into())
    }

    /// Opens with the secret keys of a key file: one a line, `#` before remarks.
    ///
    /// # Errors
    /// That there is none; a line that is no key is told by its number, never by what stands in it.
    pub fn identities(text: &str) -> Result<Self, Problems> {
        let mut identities = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            identities.push(
                x25519::Identity::from_str(line)
                    .map_err(|_what_is_secret| no_key().at(::problem::Place::row(number)))?,
            );
        }
        if identities.is_empty() {
            return Err(no_key().into());
        }
        Ok(Self::Identities(identities))
    }

    pub(super) fn open<R: Read>(&self, input: R) -> Result<StreamReader<Opened<R>>, Problem> {
        let decryptor = Decryptor::new(with_short_header(input)?).map_err(|error| unopened(&error))?;
        let opened = match self {
            Self::Passphrase(text) => {
                let mut identity = scrypt::Identity::new(text.clone());
                identity.set_max_work_factor(WORK_MAX);
                decryptor.decrypt(std::iter::once(&identity as &dyn Identity))
            }
            Self::Identities(keys) => decryptor.decrypt(keys.iter().map(|key| key as &dyn Identity)),
        };
        opened.map_err(|error| unopened(&error))
    }
}

/// What is sealed, with the header read already.
pub(super) type Opened<R> = Chain<Cursor<Vec<u8>>, R>;

/// The input, if its header ends where headers end: the reader of headers begins anew with every piece of one, without end.
fn with_short_header<R: Read>(mut input: R) -> Result<Opened<R>, Problem> {
    let mut head = Vec::new();
    input.by_ref().take(HEADER_BYTES_MAX).read_to_end(&mut head).map_err(|error| super::damaged(error.to_string()))?;
    let is_full = head.len() as u64 == HEADER_BYTES_MAX;
    if is_full && head.starts_with(b"age-encryption.org/") && memchr::memmem::find(&head, b"\n--- ").is_none() {
        return Err(super::damaged(format!("header > {HEADER_BYTES_MAX}")));
    }
    Ok(Cursor::new(head).chain(input))
}

fn no_key() -> Problem {
    Problem::new("key_file_invalid", "tệp khóa không có khóa bí mật", "the key file holds no secret key")
        .expected("AGE-SECRET-KEY-1…")
}

fn unopened(error: &DecryptError) -> Problem {
    match error {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            Problem::new(
                "backup_not_opened",
                "mật khẩu hoặc khóa không mở được tệp sao lưu",
                "the passphrase or key does not open the backup",
            )
            .hint(
                "kiểm tra mật khẩu; tệp khóa thì thêm --identity; nếu chắc chắn đúng thì tệp đã hỏng",
                "check the passphrase; for a key file add --identity; if it is certainly right, the file is damaged",
            )
        }
        DecryptError::UnknownFormat => Problem::new(
            "backup_unknown",
            "đây không phải tệp sao lưu của khaosat, hoặc phần đầu của tệp đã hỏng",
            "this is no backup of khaosat, or its beginning is damaged",
        )
        .got(told(error)),
        _ => super::damaged(told(error)),
    }
}

/// age tells over several lines, for a terminal; the first says what it is.
fn told(error: &DecryptError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

/// A new secret key as the text of a key file, and its public key.
#[must_use]
pub fn new_identity() -> (String, String) {
    let identity = x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let secret = identity.to_string();
    (format!("# public key: {public}\n{}\n", secret.expose_secret()), public)
}
