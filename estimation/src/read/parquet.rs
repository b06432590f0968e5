//! Parquet, whole or part by part.

use std::collections::BTreeMap;
use std::io::Cursor;

use polars::prelude::ArrowDataType;
use polars_io::SerReader;
use polars_io::mmap::MmapBytesReader;
use polars_io::prelude::{FileMetadataRef, ParquetReader};
use problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use super::{table, unreadable, wrong_type};
use crate::table::Table;

/// Reads Parquet. Integers, floats and booleans (as 0 and 1) become numbers, texts and categories (dictionaries of texts)
/// become categories; null and NaN are missing. Unlike those of a CSV file, texts stay texts even where all of them look like numbers.
///
/// # Errors
/// `read_parquet`, `read_empty`, `read_column_type` (decimals, dates, lists and the like).
pub fn parquet(bytes: Vec<u8>, file: &str) -> Result<Table, Problems> {
    Parquet::new(Cursor::new(bytes), file)?.whole(None)
}

/// A Parquet file that is read part by part, and only the columns that are needed.
///
/// Parts are row groups, cut smaller where they hold very many numbers: memory does not grow with the file.
pub struct Parquet<R> {
    reader: R,
    file: String,
    metadata: FileMetadataRef,
    /// Names as they are used here (NFC) and as the file has them.
    names: Vec<(String, String)>,
    /// Columns of a type that holds neither numbers nor texts, by their names in the file.
    unusable: BTreeMap<String, String>,
    /// First row and number of rows of each row group.
    groups: Vec<(usize, usize)>,
}

/// A part holds at most about so many numbers.
const NUMBERS_IN_A_PART: usize = 1 << 23;

impl<R: MmapBytesReader> Parquet<R> {
    /// Reads the description at the end of the file.
    ///
    /// # Errors
    /// `read_parquet`.
    pub fn new(mut reader: R, file: &str) -> Result<Self, Problems> {
        let mut open = ParquetReader::new(&mut reader);
        let metadata = open.get_metadata().map(Clone::clone);
        let metadata = metadata.map_err(|error| unreadable("read_parquet", file, &error.to_string()))?;
        let schema = open.schema().map_err(|error| unreadable("read_parquet", file, &error.to_string()))?;
        let names = schema.iter_names().map(|name| (name.nfc().collect(), name.to_string())).collect();
        let unusable = schema.iter_values().filter(|field| !is_usable(&field.dtype));
        let unusable = unusable.map(|field| (field.name.to_string(), name_of(&field.dtype))).collect();
        let mut groups = Vec::new();
        let mut first = 0;
        for group in &metadata.row_groups {
            groups.push((first, group.num_rows()));
            first += group.num_rows();
        }
        Ok(Self { reader, file: file.to_owned(), metadata, names, unusable, groups })
    }

    /// Number of rows.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.metadata.num_rows
    }

    /// All rows, of these columns or of all; of all when one is not there, so that whoever asks for it hears what is.
    ///
    /// # Errors
    /// `read_parquet`, `read_empty`, `read_column_type`.
    pub fn whole(&mut self, columns: Option<&[String]>) -> Result<Table, Problems> {
        let is_there = |column: &String| self.names.iter().any(|(name, _)| name == column);
        let columns = columns.filter(|columns| columns.iter().all(is_there));
        let is_needed = |name: &String| columns.is_none_or(|columns| columns.contains(name));
        let raw = self.names.iter().filter(|(name, _)| is_needed(name)).map(|(_, raw)| raw.clone()).collect();
        self.rows(raw, (0, self.metadata.num_rows))
    }

    /// Hands these columns on, part after part in the order of the rows, until a part is refused.
    ///
    /// # Errors
    /// `table_unknown_column`; `read_parquet`, `read_empty`, `read_column_type`; whatever `take` refuses.
    pub fn parts(
        &mut self,
        columns: &[String],
        mut take: impl FnMut(&Table) -> Result<(), Problems>,
    ) -> Result<(), Problems> {
        let mut problems = Problems::none();
        let mut raw = Vec::with_capacity(columns.len());
        for column in columns {
            match self.names.iter().find(|(name, _)| name == column) {
                Some((_, name)) => raw.push(name.clone()),
                None => problems.push(self.unknown(column)),
            }
        }
        if self.metadata.num_rows == 0 {
            let empty = Problem::new("read_empty", "tệp số liệu không có dòng nào", "the data file has no rows");
            problems.push(empty.at(Place::default().in_file(&self.file)));
        }
        problems.into_result(())?;
        let most = (NUMBERS_IN_A_PART / columns.len().max(1)).max(1 << 12);
        for (first, n_rows) in self.groups.clone() {
            // Equal parts, none longer than `most`.
            let n_parts = n_rows.div_ceil(most);
            for part in 0..n_parts {
                let (from, to) = (n_rows * part / n_parts, n_rows * (part + 1) / n_parts);
                take(&self.rows(raw.clone(), (first + from, to - from))?)?;
            }
        }
        Ok(())
    }

    fn rows(&mut self, raw: Vec<String>, slice: (usize, usize)) -> Result<Table, Problems> {
        // Before anything is read: the reader stops the program at some types that it was built without.
        let mut problems = Problems::none();
        for (name, kind) in raw.iter().filter_map(|name| self.unusable.get_key_value(name)) {
            problems.push(wrong_type(&name.nfc().collect::<String>(), kind).in_file(&self.file));
        }
        problems.into_result(())?;
        let mut reader = ParquetReader::new(&mut self.reader);
        reader.set_metadata(self.metadata.clone());
        let frame = reader.with_columns(Some(raw)).with_slice(Some(slice)).finish();
        let frame = frame.map_err(|error| unreadable("read_parquet", &self.file, &error.to_string()))?;
        table(&frame, &self.file, None, false)
    }

    fn unknown(&self, column: &str) -> Problem {
        let names: Vec<&str> = self.names.iter().map(|(name, _)| name.as_str()).collect();
        crate::table::unknown_column(column, &names).in_file(&self.file)
    }
}

/// Whether a column of this type holds numbers or texts.
fn is_usable(kind: &ArrowDataType) -> bool {
    use ArrowDataType as Kind;
    let is_text = |kind: &Kind| matches!(kind, Kind::Utf8 | Kind::LargeUtf8 | Kind::Utf8View);
    match kind {
        Kind::Null | Kind::Boolean | Kind::Float32 | Kind::Float64 => true,
        Kind::Int8 | Kind::Int16 | Kind::Int32 | Kind::Int64 => true,
        Kind::UInt8 | Kind::UInt16 | Kind::UInt32 | Kind::UInt64 => true,
        Kind::Dictionary(_, values, _) => is_text(values),
        kind => is_text(kind),
    }
}

/// The type without its parts: `Decimal`, `Timestamp`, `Struct`.
fn name_of(kind: &ArrowDataType) -> String {
    let whole = format!("{kind:?}");
    whole.split('(').next().unwrap_or_default().to_owned()
}
