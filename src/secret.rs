//! Secrets that are shown once, and the hash under which everything else knows them.

use std::fmt::{self, Write as _};

use rand::TryRng;
use sha2::{Digest, Sha256};

/// The bytes of randomness in a token: 256 bits, so that a plain fast hash is enough at rest.
const SECRET_BYTES: usize = 32;

/// A token's secret. It prints as dots; only [`Secret::reveal`] shows it.
pub struct Secret(String);

impl Secret {
    /// A new secret from the operating system's randomness, `khs_` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// That the operating system gave no randomness.
    pub fn generate() -> Result<Self, rand::rngs::SysError> {
        let mut bytes = [0_u8; SECRET_BYTES];
        rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
        Ok(Self(format!("khs_{}", hex(&bytes))))
    }

    /// The secret itself, to be shown once to the person it is for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Its SHA-256, in hexadecimal: what is stored.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256() {
        // FIPS 180-4, example "abc".
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn secrets_differ_and_do_not_print() {
        let (one, two) = (Secret::generate().expect("randomness"), Secret::generate().expect("randomness"));
        assert_ne!(one.reveal(), two.reveal());
        assert_eq!(one.reveal().len(), 68);
        assert!(!format!("{one:?}").contains(one.reveal()));
    }
}
