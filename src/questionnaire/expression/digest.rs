//! `digest` and `base64-decode`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::Digest as _;

/// Whether the algorithm is known.
pub(super) fn is_algorithm(name: &str) -> bool {
    matches!(name, "MD5" | "SHA-1" | "SHA-256")
}

/// Whether the encoding is known.
pub(super) fn is_encoding(name: &str) -> bool {
    matches!(name, "base64" | "hex")
}

/// The digest of the text's UTF-8 bytes; empty for an algorithm that the parser would have refused.
pub(super) fn digest(text: &str, algorithm: &str, encoding: &str) -> String {
    let bytes: Vec<u8> = match algorithm {
        "MD5" => md5::Md5::digest(text.as_bytes()).to_vec(),
        "SHA-1" => sha1::Sha1::digest(text.as_bytes()).to_vec(),
        "SHA-256" => sha2::Sha256::digest(text.as_bytes()).to_vec(),
        _ => return String::new(),
    };
    if encoding == "hex" { bytes.iter().map(|byte| format!("{byte:02x}")).collect() } else { STANDARD.encode(bytes) }
}

/// The text behind base64; empty where it is none.
pub(super) fn base64_decode(text: &str) -> String {
    STANDARD.decode(text.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
