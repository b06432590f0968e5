//! Backups: a whole database in one sealed file, and back; and from one engine to the other.
//!
//! ```text
//! seal    keys and passphrases; the age encryption around everything
//! format  header, rows and trailer as lines of JSON
//! file    the two joined with gzip: a file that is whole or not there
//! ```
//!
//! ```text
//! create    database → file          verify  file → nothing, but everything is read
//! restore   file → empty database    transfer  database → empty database
//! ```
//!
//! The file is `age(gzip(lines))`. It opens without this program, too: `age -d FILE | gunzip`. age's seal finds every changed and
//! every missing byte; the trailer says besides what each table adds up to, and a restored database is read back and must add up
//! to the same before it gets its name.

mod file;
mod format;
mod seal;

use std::path::Path;

use ::problem::{Problem, Problems};

use crate::store::copy::{Contents, Filler, Finished, Row, Settling, Sink, Sums, Table, copy_out, has_changed_since};
use crate::store::{DatabaseUrl, Timestamp};

pub use format::Header;
pub use seal::{Key, Lock, PASSPHRASE_CHARS_MIN, new_identity};

/// Told how many rows are done, of how many.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// A sink that passes everything on and tells how far it is.
struct Watched<'a, S> {
    inner: S,
    progress: Progress<'a>,
    n_done: u64,
    n_rows: u64,
}

impl<'a, S> Watched<'a, S> {
    fn new(inner: S, progress: Progress<'a>) -> Self {
        Self { inner, progress, n_done: 0, n_rows: 0 }
    }
}

impl<S: Sink> Sink for Watched<'_, S>
where
    Problems: From<S::Error>,
{
    type Error = Problems;

    fn start(&mut self, contents: &Contents) -> Result<(), Problems> {
        self.n_rows = contents.n_rows();
        (self.progress)(0, self.n_rows);
        Ok(self.inner.start(contents)?)
    }

    fn row(&mut self, table: &Table, row: Row) -> Result<(), Problems> {
        self.inner.row(table, row)?;
        self.n_done += 1;
        (self.progress)(self.n_done, self.n_rows);
        Ok(())
    }
}

/// Writes a backup of a database, which others may use meanwhile, into a new file. Gives what it adds up to.
///
/// # Errors
/// That the file exists or cannot be written, or that the database cannot be read. There is then no file.
pub fn create(
    url: &DatabaseUrl,
    path: &Path,
    lock: &Lock,
    created_at: Timestamp,
    progress: Progress<'_>,
) -> Result<Sums, Problems> {
    let mut watched = Watched::new(file::Writer::create(path, lock, created_at)?, progress);
    let sums = copy_out(url, &mut watched)?;
    watched.inner.finish(&sums)?;
    Ok(sums)
}

/// Takes rows and forgets them.
struct Nobody;

impl Sink for Nobody {
    type Error = Problems;

    fn start(&mut self, _: &Contents) -> Result<(), Problems> {
        Ok(())
    }

    fn row(&mut self, _: &Table, _: Row) -> Result<(), Problems> {
        Ok(())
    }
}

/// Reads a whole backup and checks everything that can be checked without a database. Gives its header and what it adds up to.
///
/// # Errors
/// That it cannot be opened with this key, is damaged or cut off, or was made by a newer program.
pub fn verify(path: &Path, key: &Key, progress: Progress<'_>) -> Result<(Header, Sums), Problems> {
    let reader = file::Reader::open(path, key)?;
    let header = reader.header().clone();
    let sums = reader.pour_into(&mut Watched::new(Nobody, progress))?;
    Ok((header, sums))
}

/// What a restored or moved database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What it added up to, read back.
    pub sums: Sums,
    /// Migrations that ran afterwards, because the copy was older than this program.
    pub migrated: Vec<String>,
    /// Respondents who were erased again: they had been erased since the copy was made.
    pub n_erased: usize,
}

/// Whether lines are those of a backup that adds up, without seal and packing.
pub(crate) fn holds(lines: &[u8]) -> bool {
    file::read_lines(&mut &*lines, &mut Nobody).is_ok()
}

/// Fills an empty database from a backup; all of it or nothing. What was erased since the backup is erased again before the database is
/// given away.
///
/// # Errors
/// As [`verify`]; that the database is not empty; that something read back differs; that the key of the answers is missing or another one.
pub fn restore(
    path: &Path,
    key: &Key,
    url: &DatabaseUrl,
    settling: &Settling,
    progress: Progress<'_>,
) -> Result<Filled, Problems> {
    let reader = file::Reader::open(path, key)?;
    let mut watched = Watched::new(Filler::new(url), progress);
    let sums = reader.pour_into(&mut watched)?;
    let Finished { ran, n_erased } = watched.inner.finish_with(&sums, settling)?;
    Ok(Filled { sums, migrated: ran, n_erased })
}

/// Fills an empty database from another one, which stays as it is; all of it or nothing.
///
/// # Errors
/// That one of the two cannot be used; that something read back differs; that the source was written to meanwhile; that the key of the
/// answers is missing or another one.
pub fn transfer(
    from: &DatabaseUrl,
    to: &DatabaseUrl,
    settling: &Settling,
    progress: Progress<'_>,
) -> Result<Filled, Problems> {
    let mut watched = Watched::new(Filler::new(to), progress);
    let sums = copy_out(from, &mut watched)?;
    if has_changed_since(from, &sums)? {
        return Err(Problem::new(
            "source_changed",
            "cơ sở dữ liệu nguồn bị ghi trong khi chuyển; chưa có gì được chuyển",
            "the source was written to while it was being moved; nothing was moved",
        )
        .got(from.to_string())
        .hint("dừng dịch vụ trên cơ sở dữ liệu nguồn rồi chạy lại", "stop the service on the source, then run it again")
        .into());
    }
    let Finished { ran, n_erased } = watched.inner.finish_with(&sums, settling)?;
    Ok(Filled { sums, migrated: ran, n_erased })
}

/// A file that cannot be read or written, with its name.
fn cannot(path: &Path, error: &std::io::Error) -> Problem {
    let problem = match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Problem::new("file_exists", "đã có tệp này; không ghi đè", "the file exists and is not written over")
        }
        std::io::ErrorKind::NotFound => Problem::new("file_not_found", "không có tệp này", "there is no such file"),
        _ => Problem::new("file_failed", "không đọc hoặc ghi được tệp", "the file cannot be read or written")
            .got(error.to_string()),
    };
    problem.in_file(&path.display().to_string())
}

/// The backup does not hold what was written.
fn damaged(detail: impl std::fmt::Display) -> Problem {
    Problem::new(
        "backup_damaged",
        "tệp sao lưu bị hỏng hoặc bị cắt cụt; không dùng được",
        "the backup is damaged or cut off and cannot be used",
    )
    .got(detail.to_string())
    .hint(
        "lấy một bản sao khác của tệp, hoặc bản sao lưu trước đó",
        "take another copy of the file, or the backup before it",
    )
}

/// The backup was made by a newer program.
fn newer(got: String) -> Problem {
    Problem::new(
        "backup_newer",
        "bản sao lưu do một chương trình mới hơn tạo ra",
        "the backup was made by a newer program",
    )
    .got(got)
    .hint("dùng phiên bản khaosat mới hơn", "use a newer version of khaosat")
}
