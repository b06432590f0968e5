//! The rows of a frame file as cells, wherever they were read from, before anything is believed about them.

use std::collections::BTreeMap;

use problem::Problems;

use super::text;
use crate::hash::{nfc, sha256_hex};

/// How many rows from the top are looked at to find the header.
pub(super) const HEADER_SEARCH: usize = 30;

/// A frame file, opened: its rows can be gone through, its columns are not known yet.
#[derive(Clone, Debug)]
pub struct FrameFile<'a> {
    pub(super) sha256: String,
    pub(super) content: Content<'a>,
}

#[derive(Clone, Debug)]
pub(super) enum Content<'a> {
    Csv(&'a str),
    Sheet(SheetCells),
}

/// The cells of one sheet of a workbook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetCells {
    /// The name on the tab.
    pub name: String,
    /// Rows that hold something, in order: the number a person sees (the first row is 1), and the text of the cells.
    pub rows: Vec<(usize, Vec<String>)>,
    /// Cells whose text is not what a person typed there, by row number and column from 0.
    pub faults: BTreeMap<(usize, usize), CellFault>,
    /// Rows that hold something and are hidden in the spreadsheet.
    pub hidden_rows: Vec<usize>,
}

/// Why the text of a cell cannot be taken for what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellFault {
    /// A formula that ended in an error, such as `#REF!`.
    Error,
    /// A formula whose value was never computed: the file was written by a program that does not compute.
    NotComputed,
    /// A date: a code such as 1-2 that the spreadsheet took for one.
    Date,
    /// One of several cells merged into one, whose content stands in another row.
    MergedInto(usize),
}

impl<'a> FrameFile<'a> {
    /// A CSV file: UTF-8 with or without a byte order mark, separated by comma, semicolon or tab, with any line ends.
    ///
    /// # Errors
    /// A file that is empty, a workbook, or not UTF-8 text.
    pub fn csv(bytes: &'a [u8]) -> Result<Self, Problems> {
        Ok(Self { content: Content::Csv(text::open(bytes)?), sha256: sha256_hex(bytes) })
    }

    /// A sheet of a workbook whose bytes are given for the hash.
    #[must_use]
    pub fn sheet(bytes: &[u8], cells: SheetCells) -> FrameFile<'static> {
        FrameFile { sha256: sha256_hex(bytes), content: Content::Sheet(cells) }
    }

    /// The rows at the top that could be the header, each with its number and its headings; for CSV, as each separator cuts
    /// them. What a program looks at to choose a design for a frame.
    #[must_use]
    pub fn possible_headers(&self) -> Vec<(usize, Vec<String>)> {
        self.candidates().into_iter().map(|header| (header.row, header.headings)).collect()
    }

    pub(super) fn candidates(&self) -> Vec<Header> {
        match &self.content {
            Content::Csv(text) => text::candidates(text),
            Content::Sheet(cells) => cells
                .rows
                .iter()
                .take(HEADER_SEARCH)
                .map(|(row, cells)| Header { row: *row, separator: None, headings: headings_of(cells) })
                .collect(),
        }
    }
}

/// A row that is taken for the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) row: usize,
    /// For CSV.
    pub(super) separator: Option<u8>,
    pub(super) headings: Vec<String>,
}

/// The headings of a row.
pub(super) fn headings_of<T: AsRef<str>>(cells: &[T]) -> Vec<String> {
    cells.iter().map(|cell| heading(cell.as_ref())).collect()
}

/// One heading, as headings are compared: normal form C, each run of white space (also line ends in a cell) one space.
pub(super) fn heading(text: &str) -> String {
    nfc(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// One row of cells.
pub(super) trait Cells {
    /// How many cells.
    fn count(&self) -> usize;
    /// The text of a cell; empty beyond the end.
    fn text(&self, place: usize) -> &str;
    /// Why the text cannot be taken for what it says, if so.
    fn fault(&self, _place: usize) -> Option<&CellFault> {
        None
    }
}

impl Cells for csv::StringRecord {
    fn count(&self) -> usize {
        self.len()
    }

    fn text(&self, place: usize) -> &str {
        self.get(place).unwrap_or("")
    }
}

/// A row of a sheet, with the faults of all.
pub(super) struct SheetRow<'a> {
    pub(super) row: usize,
    pub(super) cells: &'a [String],
    pub(super) faults: &'a BTreeMap<(usize, usize), CellFault>,
}

impl Cells for SheetRow<'_> {
    fn count(&self) -> usize {
        self.cells.len()
    }

    fn text(&self, place: usize) -> &str {
        self.cells.get(place).map_or("", String::as_str)
    }

    fn fault(&self, place: usize) -> Option<&CellFault> {
        self.faults.get(&(self.row, place))
    }
}
