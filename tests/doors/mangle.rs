//! Bytes made crooked: cut, doubled, mixed with others and with words that readers know. What is a package is mangled inside and
//! packed again, for else no reader gets past its check sums. `fuzz` uses this, too.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Where chances come from; both users have their own.
pub(crate) trait Chance {
    /// A number below `n`, which is not zero.
    fn below(&mut self, n: usize) -> usize;
}

const WORDS: [&str; 72] = [
    "\0",
    "\"",
    "'",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "<",
    ">",
    "&",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE d [",
    "<?xml",
    "&amp;",
    "&#0;",
    "&#x110000;",
    "{",
    "}",
    "[",
    "]",
    "[[",
    "]]",
    "(",
    ")",
    ":",
    "=",
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1",
    "1.5",
    "1e999",
    "1e308",
    "-0",
    "1e-320",
    "NaN",
    "inf",
    "9223372036854775807",
    "18446744073709551616",
    "4294967296",
    "2147483648",
    "65536",
    "1048577",
    "XFD1048576",
    "\u{feff}",
    "\u{0}",
    "a\u{306}",
    "\u{10ffff}",
    "\u{202e}",
    "${",
    "${age}",
    "..",
    "../",
    "/",
    "//",
    "#",
    "%",
    "%00",
    "\\u0000",
    "\\ud800",
    "2024-02-30",
    "31/12/0000",
    "+",
    "*",
];

/// Mangles bytes a few times; `other` is another of the same kind. The result has at most `bytes_max` bytes.
pub(crate) fn mangled(bytes: &[u8], other: &[u8], chance: &mut impl Chance, bytes_max: usize) -> Vec<u8> {
    if bytes.is_empty() || chance.below(4) > 0 {
        let (head, package) = parted(bytes);
        if let Some(mut out) = package.and_then(|package| repacked(package, chance)) {
            let mut whole = head.to_vec();
            whole.append(&mut out);
            if whole.len() <= bytes_max {
                return whole;
            }
        }
    }
    let mut out = bytes.to_vec();
    for _ in 0..=chance.below(4) {
        once(&mut out, other, chance, bytes_max);
    }
    out.truncate(bytes_max);
    out
}

/// A package, and what stands before it.
fn parted(bytes: &[u8]) -> (&[u8], Option<&[u8]>) {
    match bytes.windows(4).take(4_096).position(|four| four == b"PK\x03\x04") {
        Some(at) => (&bytes[..at], Some(&bytes[at..])),
        None => (bytes, None),
    }
}

fn repacked(package: &[u8], chance: &mut impl Chance) -> Option<Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(package)).ok()?;
    let chosen = chance.below(archive.len().max(1));
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let method = if chance.below(2) == 0 { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).ok()?;
        let name = part.name().ok()?.into_owned();
        let mut content = Vec::new();
        part.by_ref().take(1 << 20).read_to_end(&mut content).ok()?;
        if at == chosen {
            for _ in 0..=chance.below(4) {
                let other = content.clone();
                once(&mut content, &other, chance, 1 << 16);
            }
        }
        writer.start_file(name, SimpleFileOptions::default().compression_method(method)).ok()?;
        writer.write_all(&content).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// One change.
fn once(out: &mut Vec<u8>, other: &[u8], chance: &mut impl Chance, bytes_max: usize) {
    let at = chance.below(out.len() + 1);
    let to = (at + chance.below(40)).min(out.len());
    match chance.below(9) {
        0 if at < out.len() => out[at] ^= 1 << chance.below(8),
        1 => {
            out.splice(at..to, std::iter::empty());
        }
        2 => {
            let again: Vec<u8> = out[at..to].to_vec();
            out.splice(at..at, again);
        }
        3 => {
            let from = chance.below(other.len() + 1);
            let until = (from + chance.below(200)).min(other.len());
            out.splice(at..to, other[from..until].iter().copied());
        }
        4 => {
            // The same many times: what is quadratic shows.
            let piece: Vec<u8> = out[at..to.min(at + 8)].to_vec();
            let room = bytes_max.saturating_sub(out.len()) / piece.len().max(1);
            let times = chance.below(room.min(8_000) + 1);
            let many = piece.repeat(times);
            out.splice(at..at, many);
        }
        5 => out.truncate(at),
        6 if at < out.len() => out[at] = chance.below(256) as u8,
        _ => {
            let word = WORDS[chance.below(WORDS.len())].as_bytes();
            out.splice(at..to.min(at + 6), word.iter().copied());
        }
    }
}
