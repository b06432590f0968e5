//! What the rows of a table add up to, in whatever order they come.
//!
//! Each row has a SHA-256 over its cells in the order of the columns' names; each cell is one byte for its kind (`0` null,
//! `t` text in UTF-8, `i` whole number, `d` IEEE 754 double, `b` bytes, `o` boolean), its length as eight bytes, and its bytes;
//! numbers stand little-endian. The digest of a table is the sum of the hashes modulo 2²⁵⁶ (read little-endian). It finds what was
//! lost, doubled or changed by accident; against forgery stands the seal of the backup file, not this.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Value;
use crate::secret::sha256_hex;

/// The sum of a table so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    n_rows: u64,
    sum: [u8; 32],
}

/// The sum of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSum {
    /// Its rows.
    pub n_rows: u64,
    /// The sum of their hashes, as 64 hexadecimal digits.
    pub digest: String,
}

/// The sums of a whole database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// By table.
    pub tables: BTreeMap<String, TableSum>,
    /// The last number that each counter gave.
    pub sequences: BTreeMap<String, i64>,
}

impl Tally {
    /// Adds a row.
    pub fn add(&mut self, row: &[Value]) {
        let mut hasher = Sha256::new();
        for value in row {
            let (kind, number);
            let bytes: &[u8] = match value {
                Value::Null => {
                    kind = b'0';
                    &[]
                }
                Value::Text(text) => {
                    kind = b't';
                    text.as_bytes()
                }
                Value::Bigint(whole) => {
                    kind = b'i';
                    number = whole.to_le_bytes();
                    &number
                }
                Value::Double(double) => {
                    kind = b'd';
                    number = double.to_bits().to_le_bytes();
                    &number
                }
                Value::Bytes(bytes) => {
                    kind = b'b';
                    bytes
                }
                Value::Boolean(yes) => {
                    kind = b'o';
                    if *yes { &[1] } else { &[0] }
                }
            };
            hasher.update([kind]);
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        let mut carry = 0;
        for (sum, byte) in self.sum.iter_mut().zip(hasher.finalize()) {
            let total = u16::from(*sum) + u16::from(byte) + carry;
            let [low, high] = total.to_le_bytes();
            (*sum, carry) = (low, u16::from(high));
        }
        self.n_rows += 1;
    }

    /// The rows so far.
    #[must_use]
    pub fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// The sum so far.
    #[must_use]
    pub fn sum(&self) -> TableSum {
        let mut digest = String::with_capacity(64);
        for byte in self.sum {
            // Writing to a String cannot fail.
            let _infallible = write!(digest, "{byte:02x}");
        }
        TableSum { n_rows: self.n_rows, digest }
    }
}

impl Sums {
    /// One hash for all: SHA-256 over a line for each table (`name rows digest`) and each counter (`name number`), by name.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut text = String::new();
        for (name, sum) in &self.tables {
            let _infallible = writeln!(text, "{name} {} {}", sum.n_rows, sum.digest);
        }
        for (name, last) in &self.sequences {
            let _infallible = writeln!(text, "{name} {last}");
        }
        sha256_hex(text.as_bytes())
    }

    /// The names of what differs between two.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        names.extend(
            self.tables
                .keys()
                .chain(other.tables.keys())
                .filter(|&name| self.tables.get(name) != other.tables.get(name))
                .cloned(),
        );
        names.extend(
            self.sequences
                .keys()
                .chain(other.sequences.keys())
                .filter(|&name| self.sequences.get(name) != other.sequences.get(name))
                .cloned(),
        );
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[Value]]) -> TableSum {
        let mut tally = Tally::default();
        rows.iter().for_each(|row| tally.add(row));
        tally.sum()
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let (one, two) = ([Value::Text("a".into()), Value::Null], [Value::Text("b".into()), Value::Bigint(1)]);
        assert_eq!(sum(&[&one, &two]), sum(&[&two, &one]));
        let others: [&[&[Value]]; 6] = [
            &[&one],
            &[&one, &one, &two],
            &[&one, &[Value::Text("b".into()), Value::Bigint(2)]],
            &[&one, &[Value::Bytes("b".into()), Value::Bigint(1)]],
            // A cell that moves over to its neighbour.
            &[&[Value::Text(String::new()), Value::Null], &two],
            &[&one, &[Value::Text("b".into()), Value::Double(1.0)]],
        ];
        for other in others {
            assert_ne!(sum(&[&one, &two]).digest, sum(other).digest, "{other:?}");
        }
    }

    #[test]
    fn a_row_hashes_as_the_page_says() {
        // printf '0\0\0\0\0\0\0\0\0t\1\0\0\0\0\0\0\0a' | sha256sum
        let tally = sum(&[&[Value::Null, Value::Text("a".into())]]);
        let by_hand = sha256_hex(b"0\0\0\0\0\0\0\0\0t\x01\0\0\0\0\0\0\0a");
        assert_eq!(tally.digest, by_hand);
    }

    #[test]
    fn sums_carry() {
        let mut tally = Tally { n_rows: 0, sum: [0xff; 32] };
        tally.add(&[]);
        // All ones plus h is h - 1.
        let mut hash = Sha256::digest(b"");
        hash[0] -= 1; // e3, no borrow
        let expected: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(tally.sum().digest, expected);
    }
}
