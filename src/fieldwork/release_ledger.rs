//! The ledger of releases as a file: lines are added, each sealed with the hash of all before it.

use ::problem::{Place, Problem, Problems};
use sha2::{Digest, Sha256};

use super::replacement::Release;

/// Set apart from every other hash of the program; a changed rule gets a new name.
const SEAL: &str = "khaosat_release_v1";

const HEADINGS: [&str; 10] = [
    "number",
    "released_at",
    "reserve",
    "replaces",
    "disposition",
    "attempts",
    "reason",
    "released_by",
    "previous_sha256",
    "sha256",
];

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// What was released.
    pub release: Release,
    /// When, UTC.
    pub released_at: String,
    /// By whom.
    pub released_by: String,
    /// The seal of the line before; of the first line, the SHA-256 of the sample list.
    pub previous_sha256: String,
    /// Its own seal.
    pub sha256: String,
}

/// A ledger of one sample list.
///
/// # Formula
/// seal = SHA-256 of the rule's name, the seal before and the line's cells, each with its length before it. The first seal
/// before is the SHA-256 of the sample list, so a ledger belongs to one list.
///
/// # Limits
/// A changed, inserted, moved or removed line breaks every seal after it; lines cut off the *end* leave a whole chain. Write
/// down or publish the last seal (`khaosat sample releases` prints it), and that is found too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    list_sha256: String,
    lines: Vec<LedgerLine>,
}

impl Ledger {
    /// An empty ledger of a sample list.
    #[must_use]
    pub fn new(list_sha256: &str) -> Self {
        Self { list_sha256: list_sha256.to_owned(), lines: Vec::new() }
    }

    /// Reads a ledger; an empty file is an empty ledger.
    ///
    /// # Errors
    /// Bytes that are no such table; every line whose cells, number or seals are not right; bytes that differ although all
    /// cells are right.
    pub fn read(bytes: &[u8], list_sha256: &str) -> Result<Self, Problems> {
        if bytes.is_empty() {
            return Ok(Self::new(list_sha256));
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        let mut ledger = Self::new(list_sha256);
        let mut problems = Problems::none();
        for (place, record) in reader.records().enumerate() {
            let row = place + 1;
            match record {
                Err(error) => problems.push(not_readable(row, &error.to_string())),
                Ok(record) if row == 1 => {
                    if record.iter().ne(HEADINGS) {
                        problems.push(not_readable(1, &record.iter().collect::<Vec<_>>().join(",")));
                        return Err(problems);
                    }
                }
                Ok(record) => match line_of(&record) {
                    Some(line) => {
                        problems.extend(ledger.broken(&line, row));
                        ledger.lines.push(line);
                    }
                    None => problems.push(not_readable(row, &record.iter().collect::<Vec<_>>().join(","))),
                },
            }
        }
        if problems.is_empty() && ledger.to_csv().as_bytes() != bytes {
            problems.push(Problem::new(
                "ledger_bytes_changed",
                "các ô đều đúng nhưng tệp sổ đã được lưu lại khác đi",
                "all cells are right, but the ledger's bytes are not those that were written",
            ));
        }
        problems.into_result(ledger)
    }

    /// What was released, in order.
    #[must_use]
    pub fn releases(&self) -> Vec<Release> {
        self.lines.iter().map(|line| line.release.clone()).collect()
    }

    /// The lines, in order.
    #[must_use]
    pub fn lines(&self) -> &[LedgerLine] {
        &self.lines
    }

    /// The seal of the last line, which seals all before it.
    #[must_use]
    pub fn last_seal(&self) -> &str {
        self.lines.last().map_or(&self.list_sha256, |line| &line.sha256)
    }

    /// Adds a line and says how it is written, with the headings when it is the first.
    pub fn add(&mut self, release: Release, released_at: &str, released_by: &str) -> String {
        let mut line = LedgerLine {
            release,
            released_at: released_at.to_owned(),
            released_by: released_by.to_owned(),
            previous_sha256: self.last_seal().to_owned(),
            sha256: String::new(),
        };
        line.sha256 = seal(&line);
        let mut text = if self.lines.is_empty() { csv_line(&HEADINGS.map(str::to_owned)) } else { String::new() };
        text.push_str(&csv_line(&cells(&line)));
        self.lines.push(line);
        text
    }

    /// The whole file.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let lines = self.lines.iter().map(|line| csv_line(&cells(line)));
        std::iter::once(csv_line(&HEADINGS.map(str::to_owned))).chain(lines).collect()
    }

    /// What is wrong with the next line, once it is read.
    fn broken(&self, line: &LedgerLine, row: usize) -> Problems {
        let mut problems = Problems::none();
        let mut differs = |column: &str, expected: String, got: &str| {
            problems.push(
                Problem::new(
                    "ledger_broken",
                    "sổ đã bị sửa, thêm, bớt hoặc là sổ của danh sách khác",
                    "the ledger was changed here, or belongs to another list",
                )
                .at(Place::cell(row, column))
                .expected(expected)
                .got(got),
            );
        };
        let number = self.lines.len() as u64 + 1;
        if line.release.number != number {
            differs("number", number.to_string(), &line.release.number.to_string());
        }
        if line.previous_sha256 != self.last_seal() {
            differs("previous_sha256", self.last_seal().to_owned(), &line.previous_sha256);
        }
        if line.sha256 != seal(line) {
            differs("sha256", seal(line), &line.sha256);
        }
        problems
    }
}

fn cells(line: &LedgerLine) -> [String; 10] {
    let LedgerLine { release, released_at, released_by, previous_sha256, sha256 } = line;
    [
        release.number.to_string(),
        released_at.clone(),
        release.reserve.clone(),
        release.replaces.clone(),
        release.disposition.clone(),
        release.attempts.to_string(),
        release.reason.clone(),
        released_by.clone(),
        previous_sha256.clone(),
        sha256.clone(),
    ]
}

fn line_of(record: &csv::StringRecord) -> Option<LedgerLine> {
    if record.len() != HEADINGS.len() {
        return None;
    }
    let text = |place: usize| record.get(place).unwrap_or_default().to_owned();
    Some(LedgerLine {
        release: Release {
            number: text(0).parse().ok()?,
            reserve: text(2),
            replaces: text(3),
            disposition: text(4),
            attempts: text(5).parse().ok()?,
            reason: text(6),
        },
        released_at: text(1),
        released_by: text(7),
        previous_sha256: text(8),
        sha256: text(9),
    })
}

fn seal(line: &LedgerLine) -> String {
    let [number, released_at, reserve, replaces, disposition, attempts, reason, released_by, previous, _] = cells(line);
    let mut hasher = Sha256::new();
    for part in
        [SEAL.to_owned(), previous, number, released_at, reserve, replaces, disposition, attempts, reason, released_by]
    {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn csv_line(cells: &[String; 10]) -> String {
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.clone() })
        .collect();
    quoted.join(",") + "\n"
}

fn not_readable(row: usize, got: &str) -> Problem {
    Problem::new("ledger_not_readable", "dòng của sổ không đọc được", "a line of the ledger cannot be read")
        .at(Place::row(row))
        .expected(HEADINGS.join(","))
        .got(got.chars().take(200).collect::<String>())
        .hint(
            "một dòng viết dở ở cuối tệp (mất điện) được phép xóa; các dòng khác thì không",
            "a half-written line at the end (power cut) may be removed; no other line may",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(number: u64, reason: &str) -> Release {
        Release {
            number,
            reserve: format!("v1-{}", 20 + number),
            replaces: format!("v1-{number}"),
            disposition: "2.11".to_owned(),
            attempts: 1,
            reason: reason.to_owned(),
        }
    }

    fn three() -> (Ledger, String) {
        let mut ledger = Ledger::new("ab");
        let reasons = ["từ chối", "đi vắng, \"lâu ngày\"", "nhà bỏ trống"];
        let written: String = (1_u64..)
            .zip(reasons)
            .map(|(number, reason)| ledger.add(release(number, reason), "2026-11-23T08:15:02.000000Z", "Lan"))
            .collect();
        (ledger, written)
    }

    #[test]
    fn what_is_added_line_by_line_is_the_file_and_reads_back() {
        let (ledger, written) = three();
        assert_eq!(written, ledger.to_csv());
        assert_eq!(Ledger::read(written.as_bytes(), "ab").expect("a whole chain"), ledger);
        assert_eq!(Ledger::read(b"", "ab").expect("empty").releases(), []);
    }

    #[test]
    fn every_changed_byte_is_found() {
        let (_, written) = three();
        for place in 0..written.len() {
            let mut bytes = written.clone().into_bytes();
            bytes[place] ^= 1;
            assert!(Ledger::read(&bytes, "ab").is_err(), "byte {place}");
        }
        assert!(Ledger::read(written.as_bytes(), "ac").is_err(), "the ledger of another list");
    }

    #[test]
    fn a_line_that_was_removed_moved_or_doubled_is_found() {
        let (_, written) = three();
        let lines: Vec<&str> = written.lines().collect();
        let told = |order: &[usize]| {
            let text: String = order.iter().map(|line| format!("{}\n", lines[*line])).collect();
            Ledger::read(text.as_bytes(), "ab")
        };
        for order in [&[0, 2, 3][..], &[0, 1, 3], &[0, 2, 1, 3], &[0, 1, 1, 2, 3], &[1, 2, 3]] {
            assert!(told(order).is_err(), "{order:?}");
        }
        // What a chain cannot show by itself, the published last seal shows.
        let cut = told(&[0, 1, 2]).expect("a whole chain");
        assert_ne!(cut.last_seal(), three().0.last_seal());
        let half = &written[..written.len() - 30];
        let found = Ledger::read(half.as_bytes(), "ab").expect_err("half a line");
        assert!(found.iter().all(|problem| problem.place.as_ref().and_then(|place| place.row) == Some(4)));
    }
}
