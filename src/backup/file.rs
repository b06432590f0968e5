//! The backup as a file: lines, packed, sealed. Written under another name until it is whole and on the disk.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use ::problem::Problems;
use age::stream::{StreamReader, StreamWriter};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::format::{Header, TableLine, Trailer, read_row, row_line};
use super::seal::{Key, Lock, Opened};
use super::{cannot, damaged, newer};
use crate::durable::{beside, create_private, publish};
use crate::store::Timestamp;
use crate::store::copy::{Contents, Row, Sink, Sums, Table, Tally};

/// What is behind the name of a file that is not whole yet.
const PART: &str = ".part";

/// Header, names of tables and trailer are short.
const HEADER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// A row holds at most one upload (100 MiB), which base64 makes a third longer.
const ROW_BYTES_MAX: u64 = 160 * 1024 * 1024;

/// Writes a backup. Dropped before [`Writer::finish`], it leaves no file.
pub(super) struct Writer {
    lines: Option<GzEncoder<StreamWriter<BufWriter<File>>>>,
    part: Part,
    created_at: Timestamp,
    /// The table whose rows are being written.
    current: Option<String>,
    /// Tables that have not begun yet, in order.
    waiting: std::vec::IntoIter<String>,
}

struct Part {
    part: PathBuf,
    name: PathBuf,
}

impl Drop for Part {
    fn drop(&mut self) {
        let _published_or_gone = std::fs::remove_file(&self.part);
    }
}

impl Writer {
    pub(super) fn create(name: &Path, lock: &Lock, created_at: Timestamp) -> Result<Self, Problems> {
        if name.symlink_metadata().is_ok() {
            return Err(cannot(name, &io::ErrorKind::AlreadyExists.into()).into());
        }
        let path = beside(name, PART);
        let file = create_private(&path).map_err(|error| cannot(&path, &error))?;
        let part = Part { part: path, name: name.to_owned() };
        let sealed = lock.close(BufWriter::new(file))?;
        let lines = GzEncoder::new(sealed, Compression::fast());
        Ok(Self { lines: Some(lines), part, created_at, current: None, waiting: Vec::new().into_iter() })
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), Problems> {
        let Some(lines) = &mut self.lines else { return Ok(()) };
        let written = serde_json::to_writer(&mut *lines, line).map_err(io::Error::from);
        Ok(written.and_then(|()| lines.write_all(b"\n")).map_err(|error| cannot(&self.part.part, &error))?)
    }

    /// Begins the next tables, up to this one; those between have no rows.
    fn begin_until(&mut self, wanted: Option<&str>) -> Result<(), Problems> {
        while self.current.as_deref() != wanted || wanted.is_none() {
            let Some(next) = self.waiting.next() else { return Ok(()) };
            self.line(&TableLine { table: next.clone() })?;
            self.current = Some(next);
        }
        Ok(())
    }

    pub(super) fn finish(mut self, sums: &Sums) -> Result<(), Problems> {
        self.begin_until(None)?;
        self.line(&Trailer { end: sums.clone(), digest: sums.digest() })?;
        let Some(lines) = self.lines.take() else { return Ok(()) };
        let written = lines.finish().and_then(StreamWriter::finish).and_then(|mut file| file.flush());
        written.map_err(|error| cannot(&self.part.part, &error))?;
        Ok(publish(&self.part.part, &self.part.name).map_err(|error| cannot(&self.part.name, &error))?)
    }
}

impl Sink for Writer {
    type Error = Problems;

    fn start(&mut self, contents: &Contents) -> Result<(), Problems> {
        let names: Vec<String> = contents.tables.iter().map(|table| table.name.clone()).collect();
        self.waiting = names.into_iter();
        self.line(&Header::new(self.created_at.to_string(), contents.clone()))
    }

    fn row(&mut self, table: &Table, row: Row) -> Result<(), Problems> {
        self.begin_until(Some(&table.name))?;
        self.line(&row_line(row))
    }
}

/// The file without its seal.
type Unsealed = StreamReader<Opened<BufReader<File>>>;

/// Reads a backup. Nothing it says counts before [`Reader::pour_into`] has come to its end.
pub(super) struct Reader {
    lines: BufReader<GzDecoder<BufReader<Unsealed>>>,
    header: Header,
}

impl Reader {
    pub(super) fn open(path: &Path, key: &Key) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| cannot(path, &error))?;
        let opened = key.open(BufReader::new(file)).map_err(|problem| problem.in_file(&name))?;
        let mut lines = BufReader::new(GzDecoder::new(BufReader::new(opened)));
        let header = read_header(&mut lines).map_err(|problems| problems.in_file(&name))?;
        Ok(Self { lines, header })
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// Hands all rows to `sink` and says what they add up to; that, the trailer and the end of the file are then checked.
    pub(super) fn pour_into<S: Sink<Error = Problems>>(mut self, sink: &mut S) -> Result<Sums, Problems> {
        let sums = pour(&mut self.lines, self.header, sink)?;
        at_end(&mut self.lines)?;
        at_end(self.lines.into_inner().get_mut())?;
        Ok(sums)
    }
}

/// The first line, which says what follows.
fn read_header(lines: &mut impl BufRead) -> Result<Header, Problems> {
    let header = Header::read(&next_line(lines, HEADER_BYTES_MAX)?)?;
    let unknown = header.contents.unknown_migrations()?;
    if unknown.is_empty() { Ok(header) } else { Err(newer(unknown.join(", ")).into()) }
}

/// All lines from the first to the last.
pub(super) fn read_lines<S: Sink<Error = Problems>>(lines: &mut impl BufRead, sink: &mut S) -> Result<Sums, Problems> {
    let header = read_header(lines)?;
    let sums = pour(lines, header, sink)?;
    at_end(lines)?;
    Ok(sums)
}

/// The lines behind the header.
fn pour<S: Sink<Error = Problems>>(lines: &mut impl BufRead, header: Header, sink: &mut S) -> Result<Sums, Problems> {
    let contents = header.contents;
    sink.start(&contents)?;
    let mut sums = Sums::default();
    for table in &contents.tables {
        let begun: TableLine = parsed(&next_line(lines, HEADER_BYTES_MAX)?)?;
        if begun.table != table.name {
            return Err(damaged(format!("{} where {} should be", begun.table, table.name)).into());
        }
        let mut tally = Tally::default();
        for _ in 0..table.n_rows {
            let row = read_row(&next_line(lines, ROW_BYTES_MAX)?, table)?;
            tally.add(&row);
            sink.row(table, row)?;
        }
        sums.tables.insert(table.name.clone(), tally.sum());
    }
    let trailer: Trailer = parsed(&next_line(lines, HEADER_BYTES_MAX)?)?;
    sums.sequences = trailer.end.sequences.clone();
    let differences = sums.differences(&trailer.end);
    if !differences.is_empty() || trailer.digest != sums.digest() {
        return Err(damaged(format!("digest: {}", differences.join(", "))).into());
    }
    Ok(sums)
}

/// A line. A few packed bytes unpack to gigabytes without an end of line: it is looked for within bounds.
fn next_line(lines: &mut impl BufRead, bytes_max: u64) -> Result<Vec<u8>, Problems> {
    let mut line = Vec::new();
    lines.take(bytes_max).read_until(b'\n', &mut line).map_err(damaged)?;
    if line.pop() == Some(b'\n') { Ok(line) } else { Err(damaged("the last line is missing").into()) }
}

fn parsed<T: DeserializeOwned>(line: &[u8]) -> Result<T, Problems> {
    Ok(serde_json::from_slice(line).map_err(damaged)?)
}

/// Reading to the very end also has the seal say that nothing is missing.
fn at_end(rest: &mut impl BufRead) -> Result<(), Problems> {
    if rest.fill_buf().map_err(damaged)?.is_empty() { Ok(()) } else { Err(damaged("something follows the end").into()) }
}
