//! The master key of the answers: a file of its own, outside of the database and of its backups.
//!
//! ```text
//! master key (this file) ── wraps ──► a key for each respondent (database) ── seals ──► what they said (database)
//! ```
//!
//! Sealing is XChaCha20-Poly1305 with a random nonce: `1 ‖ nonce (24) ‖ cipher text ‖ tag (16)`. What is sealed is bound to its
//! place (kind, UUID, version, key), so that a row put in the place of another does not open. The store decides what is sealed
//! (`src/store/sealing.rs`); this room knows keys and bytes only.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{AeadInPlace as _, KeyInit as _};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};
use rand::TryRng as _;

use crate::durable::{beside, create_private, publish};
use crate::secret::sha256_hex;

/// What begins the line of the key in its file.
const MARK: &str = "KHAOSAT-ANSWER-KEY-1";
/// What the fingerprint of a key is the hash of, before the key.
const FINGERPRINT_OF: &[u8] = b"khaosat answer key\0";
/// The first byte of what is sealed: how.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// What sealing adds to the bytes.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;
/// A file of a key is a few lines.
const FILE_BYTES_MAX: u64 = 4096;

/// 256 bits that seal. They print as dots.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(…)")
    }
}

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct NoRandomness;

fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0_u8; N];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|_no| NoRandomness)?;
    Ok(bytes)
}

/// A random name for a key: 32 hexadecimal digits.
///
/// # Errors
/// That the operating system gave no randomness.
pub fn new_key_id() -> Result<String, NoRandomness> {
    Ok(hex(&random::<16>()?))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        use fmt::Write as _;
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

impl SealKey {
    /// A new key.
    ///
    /// # Errors
    /// That the operating system gave no randomness.
    pub fn generate() -> Result<Self, NoRandomness> {
        Ok(Self(random()?))
    }

    /// A hash by which the key is known, and from which it cannot be found.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        sha256_hex(&[FINGERPRINT_OF, &self.0].concat())
    }

    /// Seals bytes for their place.
    ///
    /// # Errors
    /// That the operating system gave no randomness.
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, NoRandomness> {
        let nonce = random::<NONCE_BYTES>()?;
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD_BYTES);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let body = sealed.get_mut(1 + NONCE_BYTES..).unwrap_or_default();
        let cipher = XChaCha20Poly1305::new(Key::from_slice(&self.0));
        // Only more than 2³⁸ bytes are refused, and no body is that long.
        let tag = cipher
            .encrypt_in_place_detached(XNonce::from_slice(&nonce), place, body)
            .map_err(|_too_long| NoRandomness)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what was sealed for this place; `None` when it was not, or was changed.
    #[must_use]
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (&version, rest) = sealed.split_first()?;
        let (nonce, rest) = rest.split_at_checked(NONCE_BYTES)?;
        let (body, tag) = rest.split_at_checked(rest.len().checked_sub(TAG_BYTES)?)?;
        if version != VERSION {
            return None;
        }
        let mut plain = body.to_vec();
        let cipher = XChaCha20Poly1305::new(Key::from_slice(&self.0));
        cipher
            .decrypt_in_place_detached(XNonce::from_slice(nonce), place, &mut plain, Tag::from_slice(tag))
            .ok()
            .map(|()| plain)
    }

    /// Wraps a respondent's key.
    ///
    /// # Errors
    /// That the operating system gave no randomness.
    pub fn wrap(&self, key_id: &str, key: &Self) -> Result<Vec<u8>, NoRandomness> {
        self.seal(&place_of_key(key_id), &key.0)
    }

    /// Unwraps a respondent's key; `None` when another key wrapped it, or it was changed.
    #[must_use]
    pub fn unwrap(&self, key_id: &str, wrapped: &[u8]) -> Option<Self> {
        self.open(&place_of_key(key_id), wrapped)?.try_into().ok().map(Self)
    }
}

fn place_of_key(key_id: &str) -> Vec<u8> {
    [b"khaosat-1\0key\0".as_slice(), key_id.as_bytes()].concat()
}

/// What is wrong with a file of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is none of that name.
    #[error("{0} is not there")]
    Missing(PathBuf),
    /// It cannot be read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// It holds no key.
    #[error("{0} holds no key of answers")]
    NoKey(PathBuf),
    /// No key could be made.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// Reads the key of a file.
///
/// # Errors
/// That it is not there, cannot be read, or holds no key.
pub fn read(path: &Path) -> Result<SealKey, KeyFileError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => KeyFileError::Io(path.to_owned(), error),
    };
    if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(KeyFileError::NoKey(path.to_owned()));
    }
    let text = fs::read(path).map_err(failed)?;
    let text = String::from_utf8_lossy(&text);
    let key = text.lines().filter_map(|line| line.trim().strip_prefix(MARK)).find_map(|rest| from_hex(rest.trim()));
    key.map(SealKey).ok_or_else(|| KeyFileError::NoKey(path.to_owned()))
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0_u8; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// Writes a key into a new file that only its owner may read: it is whole and on the disk, or not there.
///
/// # Errors
/// That the file exists already ([`io::ErrorKind::AlreadyExists`]) or cannot be written.
pub fn write_new(path: &Path, key: &SealKey) -> Result<(), KeyFileError> {
    let failed = |error: io::Error| KeyFileError::Io(path.to_owned(), error);
    let part = beside(path, &format!(".{}.part", std::process::id()));
    let _left_by_a_killed_one = fs::remove_file(&part);
    let text = format!(
        "# khaosat: the key of what respondents said. Without this file nobody reads the answers, also not from a backup.\n\
         # Keep a copy of it apart from the backups: khaosat key copy FILE. fingerprint {}\n{MARK} {}\n",
        &key.fingerprint()[..16],
        hex(&key.0)
    );
    let written = create_private(&part).and_then(|mut file| file.write_all(text.as_bytes()));
    let named = written.and_then(|()| publish(&part, path));
    if named.is_err() {
        let _nothing_is_left = fs::remove_file(&part);
    }
    named.map_err(failed)
}

/// Whether others than the owner may read the file.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    false
}

/// Where erasures are written down beside a key, so that a restore can do them again: `X.key` → `X.erased`.
#[must_use]
pub fn erased_beside(key_file: &Path) -> PathBuf {
    match key_file.extension() {
        Some(extension) if extension == "key" => key_file.with_extension("erased"),
        _ => beside(key_file, ".erased"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_in_its_place_and_nowhere_else() {
        let (one, other) = (SealKey::generate().expect("a key"), SealKey::generate().expect("a key"));
        for plain in [b"".as_slice(), b"x", "Nguyễn Thị Hoa".as_bytes(), &[0; 100_000]] {
            let sealed = one.seal(b"here", plain).expect("sealed");
            assert_eq!(sealed.len(), plain.len() + OVERHEAD_BYTES);
            assert_eq!(one.open(b"here", &sealed).as_deref(), Some(plain));
            assert_eq!((one.open(b"there", &sealed), other.open(b"here", &sealed)), (None, None));
            for at in [0, 1, 24, sealed.len() - 17, sealed.len() - 1] {
                let mut bent = sealed.clone();
                bent[at] ^= 1;
                assert_eq!(one.open(b"here", &bent), None, "{at}");
            }
            assert_eq!(one.open(b"here", &sealed[..sealed.len() - 1]), None);
        }
        assert_eq!(one.open(b"", &[]), None);
    }

    #[test]
    fn the_same_bytes_are_never_sealed_the_same() {
        let key = SealKey::generate().expect("a key");
        assert_ne!(key.seal(b"", b"x").expect("sealed"), key.seal(b"", b"x").expect("sealed"));
    }

    #[test]
    fn a_sealed_text_of_another_program_opens() {
        // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex")).collect()
        };
        let key = SealKey(std::array::from_fn(|at| 0x80 + u8::try_from(at).expect("small")));
        let mut sealed = vec![VERSION];
        sealed.extend((0x40_u8..0x58).collect::<Vec<_>>());
        sealed.extend(hex(concat!(
            "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39",
            "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9",
            "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49"
        )));
        let plain = key.open(&hex("50515253c0c1c2c3c4c5c6c7"), &sealed).expect("it opens");
        assert!(plain.starts_with(b"Ladies and Gentlemen of the class of '99"));
    }

    #[test]
    fn a_file_gives_back_its_key_and_is_private_and_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("khaosat.db.key");
        assert!(matches!(read(&path), Err(KeyFileError::Missing(_))));
        let key = SealKey::generate().expect("a key");
        write_new(&path, &key).expect("written");
        assert_eq!(read(&path).expect("read"), key);
        assert!(!is_open_to_others(&path));
        assert!(
            matches!(write_new(&path, &key), Err(KeyFileError::Io(_, error)) if error.kind() == io::ErrorKind::AlreadyExists)
        );
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
        fs::write(&path, "AGE-SECRET-KEY-1").expect("written");
        assert!(matches!(read(&path), Err(KeyFileError::NoKey(_))));
    }

    #[test]
    fn erasures_stand_beside_the_key() {
        assert_eq!(erased_beside(Path::new("a/khaosat.db.key")), Path::new("a/khaosat.db.erased"));
        assert_eq!(erased_beside(Path::new("a/answers")), Path::new("a/answers.erased"));
    }

    #[test]
    fn a_key_does_not_print() {
        let key = SealKey::generate().expect("a key");
        assert_eq!(format!("{key:?}"), "SealKey(…)");
    }
}
