//! What ODK Collect reads and writes, as plain texts: nothing here knows HTTP, the database or a clock.
//!
//! ```text
//! central     what programs written for ODK Central read
//! documents   form list, manifest, answer to a submission, integrity of an entity list
//! form        a questionnaire as XForm: whom to visit, what came of the visit, the questions (form_words: its own words)
//! households  households.csv: the cases of one enumerator, as Collect shows them
//! pattern     patterns that mean the same to Collect and to Web Forms
//! xpath       expressions of the questionnaire as the form says them
//! submission  XML of a submission → what it says; never more than it says
//! file_name   names of files as phones mangle them
//! settings    the QR code that sets Collect up
//! ```
//!
//! The protocol: <https://docs.getodk.org/openrosa/>. Why answers are as they are: `docs/DESIGN.md`.

mod attributes;
pub mod central;
pub mod documents;
pub mod file_name;
pub mod form;
mod form_words;
pub mod households;
mod pattern;
pub mod settings;
pub mod submission;
mod xpath;

use md5::{Digest, Md5};

/// MD5 in hexadecimal: the name by which Collect knows bytes. It protects nothing.
#[must_use]
pub fn md5_hex(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as content or attribute of an element. What XML cannot hold at all becomes the replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // In an attribute a line break would be read as a blank.
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            '\r' => escaped.push_str("&#13;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A text as one part of the path of an address: RFC 3986, everything but unreserved characters encoded.
#[must_use]
pub fn path_part(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_md5() {
        // RFC 1321, A.5.
        assert_eq!(md5_hex(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn texts_are_escaped_for_xml_and_addresses() {
        assert_eq!(escape("<a b=\"c\">&\u{0}\n"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}&#10;");
        assert_eq!(path_part("Đợt 1/a?b"), "%C4%90%E1%BB%A3t%201%2Fa%3Fb");
    }
}
