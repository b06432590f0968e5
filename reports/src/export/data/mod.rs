//! A round's data for other programs: rows with their codebook, and one writer a format.
//!
//! ```text
//! dataset  rows, variables, where they come from       names     names that Stata and SPSS accept
//! codebook what every column means, as a table         harmless  text that a spreadsheet would run
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
pub mod xlsx;

pub use dataset::{
    Category, Cell, DataSet, Group, Kind, MISSING, MissingMark, Multiple, Origin, Variable, missing_mark,
};

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
    /// What stands behind the export's name: `.csv`, `.codebook.csv`.
    pub ending: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The files of an export: the data first. What a format cannot say of itself (CSV) lies beside it.
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
    let one = |ending: &'static str, bytes: Vec<u8>| ExportFile { ending, bytes };
    Ok(match format {
        DataFormat::Csv => {
            let mut facts = serde_json::to_vec_pretty(&data.facts_json()).map_err(failed)?;
            facts.push(b'\n');
            vec![
                one(".csv", csv::bytes(data, options)),
                one(".codebook.csv", csv::codebook(data, options.flavour)),
                one(".about.json", facts),
            ]
        }
        DataFormat::Xlsx => vec![one(".xlsx", xlsx::bytes(data, options)?)],
        DataFormat::Parquet => vec![one(".parquet", parquet::bytes(data)?)],
        DataFormat::Stata => vec![one(".dta", stata::bytes(data)?)],
        DataFormat::Spss => vec![one(".sav", spss::bytes(data)?)],
        DataFormat::Ddi => vec![one(".ddi.xml", ddi::xml(data).into_bytes())],
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
    Ok(ExportFile { ending: ".zip", bytes })
}
