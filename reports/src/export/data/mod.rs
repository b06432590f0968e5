//! A round's data for other programs: rows with their codebook, and one writer a format.
//!
//! ```text
//! dataset  rows, variables, where they come from       names     names that Stata and SPSS accept
//! codebook what every column means, as a table         harmless  text that a spreadsheet would run
//! tables   tables of repeats, linked by keys
//! csv  xlsx  parquet  stata  spss  ddi  odata          one format each: a data set in, bytes out
//! ```
//!
//! Whatever the format, four things are the same: missing answers keep their reason (see [`MISSING`]), the columns of weights,
//! strata and PSUs are there, the codebook comes along, and the file says what it holds ([`DataSet::facts`]).

pub mod codebook;
pub mod csv;
mod dataset;
pub mod ddi;
mod facts;
pub mod harmless;
pub mod names;
pub mod odata;
pub mod parquet;
pub mod spss;
mod spss_data;
mod spss_dictionary;
pub mod stata;
mod stata_types;
mod tables;
pub mod xlsx;

pub use dataset::{
    Category, Cell, DataSet, Group, Kind, MISSING, MissingMark, Multiple, Origin, Variable, WeightTotals, missing_mark,
};
pub use tables::{KEY, PARENT_KEY, TURN};

use std::io::{Cursor, Write};

use problem::{Problem, Problems};

use super::failed;

/// The formats of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DataFormat {
    /// Text with separators.
    Csv,
    /// A workbook: data, codebook, choices, what it is.
    Xlsx,
    /// Apache Parquet.
    Parquet,
    /// Stata 14 and later (.dta, release 118).
    Stata,
    /// SPSS (.sav).
    Spss,
    /// DDI Codebook 2.5: the description without the rows.
    Ddi,
}

impl DataFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Csv, Self::Xlsx, Self::Parquet, Self::Stata, Self::Spss, Self::Ddi];

    /// Its name in addresses and commands.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
            Self::Stata => "dta",
            Self::Spss => "sav",
            Self::Ddi => "ddi",
        }
    }

    /// The format of a name.
    ///
    /// # Errors
    /// `export_format_unknown` with the names that exist.
    pub fn of_name(name: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            Problem::new("export_format_unknown", "không có định dạng xuất này", "there is no such export format")
                .expected(Self::ALL.map(Self::name).join(", "))
                .got(name)
        })
    }

    /// The end of the file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        if self == Self::Ddi { "ddi.xml" } else { self.name() }
    }

    /// The media type of the file.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Stata => "application/x-stata-dta",
            Self::Spss => "application/x-spss-sav",
            Self::Ddi => "application/xml; charset=utf-8",
        }
    }
}

/// How cells are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellWords {
    /// Categories by their codes, missing answers by theirs.
    #[default]
    Codes,
    /// Categories and missing answers in words.
    Labels,
}

/// What a CSV is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CsvFlavour {
    /// RFC 4180: comma, decimal point, no mark.
    #[default]
    Standard,
    /// The same behind a byte order mark.
    Bom,
    /// What a Vietnamese Excel opens by a double click: byte order mark, semicolon, decimal comma.
    Excel,
}

/// What can be chosen of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataOptions {
    /// Codes or words, in CSV and XLSX.
    pub words: CellWords,
    /// What a CSV is for.
    pub flavour: CsvFlavour,
    /// Answers to a question with several choices in one column (`1 3 5`) instead of one column a choice.
    pub joined: bool,
    /// Missing answers are empty cells in CSV and XLSX, whatever their reason.
    pub blank_missing: bool,
}

/// One file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    /// What stands behind the export's name: `.csv`, `.codebook.csv`, `.member.csv`.
    pub ending: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The files of an export: the data first. What a format cannot say of itself (CSV) lies beside it. A workbook and a DDI hold the
/// tables of repeats; in the other formats each table is a file (`.member.csv`).
///
/// # Errors
/// What the format cannot hold (too many columns or rows), and a writer that failed.
pub fn files(data: &DataSet, format: DataFormat, options: DataOptions) -> Result<Vec<ExportFile>, Problems> {
    let joined;
    let data = if options.joined && format != DataFormat::Ddi {
        joined = data.joined();
        &joined
    } else {
        data
    };
    let mut made = Vec::new();
    match format {
        DataFormat::Xlsx => made.push(ExportFile { ending: ".xlsx".to_owned(), bytes: xlsx::bytes(data, options)? }),
        DataFormat::Ddi => made.push(ExportFile { ending: ".ddi.xml".to_owned(), bytes: ddi::xml(data).into_bytes() }),
        DataFormat::Csv | DataFormat::Parquet | DataFormat::Stata | DataFormat::Spss => {
            for table in data.tables() {
                made.extend(of_table(table, format, options)?);
            }
        }
    }
    Ok(made)
}

fn of_table(table: &DataSet, format: DataFormat, options: DataOptions) -> Result<Vec<ExportFile>, Problems> {
    let one = |ending: &str, bytes| ExportFile { ending: format!("{}{ending}", table.in_file_name()), bytes };
    Ok(match format {
        DataFormat::Csv => {
            let mut facts = serde_json::to_vec_pretty(&table.facts_json()).map_err(failed)?;
            facts.push(b'\n');
            vec![
                one(".csv", csv::bytes(table, options)),
                one(".codebook.csv", csv::codebook(table, options.flavour)),
                one(".about.json", facts),
            ]
        }
        DataFormat::Parquet => vec![one(".parquet", parquet::bytes(table)?)],
        DataFormat::Stata => vec![one(".dta", stata::bytes(table)?)],
        DataFormat::Spss => vec![one(".sav", spss::bytes(table)?)],
        // One file for all tables: `files`.
        DataFormat::Xlsx | DataFormat::Ddi => Vec::new(),
    })
}

/// Several files as one download; one file stays as it is.
///
/// # Errors
/// `export_failed` when the archive cannot be written.
pub fn bundled(stem: &str, mut files: Vec<ExportFile>) -> Result<ExportFile, Problem> {
    if files.len() == 1
        && let Some(only) = files.pop()
    {
        return Ok(only);
    }
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // The day of the format's epoch: the same data give the same bytes.
    let settings = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for file in &files {
        archive.start_file(format!("{stem}{}", file.ending), settings).map_err(failed)?;
        archive.write_all(&file.bytes).map_err(failed)?;
    }
    let bytes = archive.finish().map_err(failed)?.into_inner();
    Ok(ExportFile { ending: ".zip".to_owned(), bytes })
}
