//! An Office package (a ZIP file) before anything else unpacks it: a file of a few kilobytes can claim gigabytes.
//!
//! Nothing that the file says of itself is believed. Its parts are counted, their names looked at, and each is unpacked once into
//! nothing, with a limit on what comes out. What passes here may be given to a reader that unpacks whole parts into memory.
//!
//! # Limits
//! A part that is itself a package is not looked into: no reader of ours unpacks it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;

/// More parts than a workbook of any office has; each costs memory before it is read.
const PARTS_MAX: usize = 2_000;
/// Below so many unpacked bytes no ratio is asked for: small parts of equal lines pack very well.
const RATIO_FREE_BYTES: u64 = 4 * 1024 * 1024;
/// Unpacked bytes a packed byte; sheets of numbers reach 20 to 40.
const RATIO_MAX: u64 = 100;
/// The end of a package, `PK\x05\x06`: so long, and a comment of at most 64 KiB behind it.
const END: &[u8; 4] = b"PK\x05\x06";
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 65_535;

/// Rows of cells as they come out of a sheet. A lone cell far to the right makes a row of a thousand empty ones: rows may be wide or
/// many, but not mostly empty.
#[derive(Debug, Default)]
pub struct SheetRows {
    rows: BTreeMap<usize, Vec<String>>,
    held: usize,
    filled: usize,
}

/// So many cells may be held whatever is in them.
const CELLS_FREE: usize = 500_000;
/// Cells held for each that is filled, beyond those.
const CELLS_A_FILLED_ONE: usize = 20;

impl SheetRows {
    /// Puts a text into a cell: number of the row from 1, column from 0.
    ///
    /// # Errors
    /// That the sheet is mostly empty and very large, in a few words of no language.
    pub fn put(&mut self, row: usize, column: usize, text: String) -> Result<(), String> {
        let cells = self.rows.entry(row).or_default();
        if cells.len() <= column {
            self.held += column + 1 - cells.len();
            if self.held > Self::held_at_most(self.filled) {
                return Err(format!("> {} / {}", self.held, self.filled));
            }
            cells.resize(column + 1, String::new());
        }
        self.filled += 1;
        if let Some(cell) = cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    /// So many cells may be held by rows in which so many are filled.
    #[must_use]
    pub fn held_at_most(filled: usize) -> usize {
        CELLS_FREE.saturating_add(filled.saturating_mul(CELLS_A_FILLED_ONE))
    }

    /// The rows so far.
    #[must_use]
    pub fn rows(&self) -> &BTreeMap<usize, Vec<String>> {
        &self.rows
    }

    /// The rows.
    #[must_use]
    pub fn into_rows(self) -> BTreeMap<usize, Vec<String>> {
        self.rows
    }
}

/// What a package may unpack to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of all parts together.
    pub bytes: u64,
    /// Opened brackets (`<`) in all parts together: elements cost a reader memory beside their bytes.
    pub elements: u64,
}

impl Room {
    /// For a form: 20,000 rows of a few dozen cells.
    pub const FORM: Self = Self { bytes: 48 * 1024 * 1024, elements: 2_000_000 };
    /// For tables of a province or a country: frames, lists, interviews.
    pub const TABLE: Self = Self { bytes: 2 * 1024 * 1024 * 1024, elements: 200_000_000 };
}

/// Looks at a package.
///
/// # Errors
/// Why it is not opened, in a few words of no language.
pub fn check(bytes: &[u8], room: Room) -> Result<(), String> {
    if claimed_parts(bytes).is_none_or(|parts| parts > PARTS_MAX) {
        return Err(format!("zip: > {PARTS_MAX}"));
    }
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("zip: {error}"))?;
    if package.len() > PARTS_MAX {
        return Err(format!("zip: > {PARTS_MAX}"));
    }
    let mut packed: u64 = 0;
    for at in 0..package.len() {
        let part = package.by_index_raw(at).map_err(|error| format!("zip: {error}"))?;
        if leads_out(&part.name().map_err(|error| format!("zip: {error}"))?) {
            return Err("zip: ../".to_owned());
        }
        if part.encrypted() {
            return Err("zip: encrypted".to_owned());
        }
        packed = packed.saturating_add(part.compressed_size());
    }
    // Parts that lie over each other claim more than there is.
    if packed > bytes.len() as u64 {
        return Err("zip: overlap".to_owned());
    }
    let most = room.bytes.min(RATIO_FREE_BYTES.max(packed.saturating_mul(RATIO_MAX)));
    let (mut unpacked, mut elements) = (0_u64, 0_u64);
    let mut buffer = vec![0_u8; 64 * 1024];
    for at in 0..package.len() {
        let mut part = package.by_index(at).map_err(|error| format!("zip: {error}"))?;
        loop {
            let n = part.read(&mut buffer).map_err(|error| format!("zip: {error}"))?;
            if n == 0 {
                break;
            }
            let piece = buffer.get(..n).unwrap_or_default();
            unpacked = unpacked.saturating_add(n as u64);
            elements = elements.saturating_add(memchr::memchr_iter(b'<', piece).count() as u64);
            if unpacked > most {
                return Err(format!("zip: > {} MiB", most / (1024 * 1024)));
            }
            if elements > room.elements {
                return Err(format!("zip: > {} <…>", room.elements));
            }
        }
    }
    Ok(())
}

/// Whether a name points out of the package, as any system reads names.
fn leads_out(name: &str) -> bool {
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\']) || is_drive || name.contains('\0') || name.split(['/', '\\']).any(|step| step == "..")
}

/// How many parts the end of the package claims, the most of all ends that could be meant; `None` without an end. The format for
/// more than 65,534 parts claims 65,535 here.
fn claimed_parts(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(END_BYTES + COMMENT_BYTES_MAX);
    let tail = bytes.get(from..)?;
    memchr::memmem::find_iter(tail, END)
        .filter_map(|at| Some(usize::from(u16::from_le_bytes([*tail.get(at + 10)?, *tail.get(at + 11)?]))))
        .max()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const SMALL: Room = Room { bytes: 8 * 1024 * 1024, elements: 1_000 };

    fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).expect("begun");
            writer.write_all(content).expect("written");
        }
        writer.finish().expect("finished").into_inner()
    }

    #[test]
    fn a_workbook_passes_and_what_unpacks_without_end_does_not() {
        assert_eq!(check(&package(&[("xl/workbook.xml", b"<workbook/>"), ("a/b", b"")]), SMALL), Ok(()));
        let zeros = vec![0_u8; 5 * 1024 * 1024];
        assert_eq!(check(&package(&[("a", &zeros)]), SMALL), Err("zip: > 4 MiB".to_owned()), "a thousandth of it");
        // Noise (without a single `<`) does not pack: then the room itself is the limit.
        let noise: Vec<u8> =
            (0_u32..9 * 1024 * 1024).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 0x80).collect();
        assert_eq!(check(&package(&[("a", &noise)]), SMALL), Err("zip: > 8 MiB".to_owned()));
        assert_eq!(check(&package(&[("a", "<a>".repeat(1_001).as_bytes())]), SMALL), Err("zip: > 1000 <…>".to_owned()));
    }

    #[test]
    fn names_that_lead_out_and_too_many_parts_are_refused() {
        for name in ["../a", "a/../../b", "/etc/passwd", "..\\a", "C:\\a"] {
            assert!(check(&package(&[(name, b"")]), SMALL).is_err(), "{name}");
        }
        let names: Vec<String> = (0..=PARTS_MAX).map(|at| at.to_string()).collect();
        let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert_eq!(check(&package(&parts), SMALL), Err("zip: > 2000".to_owned()));
        assert_eq!(check(b"", SMALL), Err("zip: > 2000".to_owned()), "no end at all");
    }

    #[test]
    fn a_sheet_may_be_large_or_empty_but_not_both() {
        let mut rows = SheetRows::default();
        let refused = (1..).find(|row| rows.put(*row, 999, "1".to_owned()).is_err()).expect("refused");
        assert!((500..600).contains(&refused), "{refused}");
        let mut rows = SheetRows::default();
        for row in 1..=2_000 {
            for column in 0..300 {
                rows.put(row, column, "1".to_owned()).expect("full rows");
            }
        }
        assert_eq!(rows.rows()[&7].len(), 300);
    }

    #[test]
    fn parts_that_lie_over_each_other_are_refused() {
        let mut bytes = package(&[("a", b"the same bytes twice, and no more of them"), ("b", b"x")]);
        // The second entry of the directory is pointed at the first part and given its sizes.
        let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a directory");
        let second =
            directory + 4 + memchr::memmem::find(&bytes[directory + 4..], b"PK\x01\x02").expect("a second entry");
        let big = (bytes.len() as u32).to_le_bytes();
        bytes[second + 20..second + 24].copy_from_slice(&big);
        assert!(check(&bytes, SMALL).is_err());
    }
}
