//! Frames on the command line: CSV or a sheet of a workbook, with the columns under whatever headings they have.

mod progress;

use std::path::{Path, PathBuf};

use clap::Args;
use problem::{Place, Problem, Problems};
use sampling::{FrameFile, FrameReading, SampleDesign, SamplingFrame};

use super::files;
use crate::frame_file;
use progress::Progress;

/// How the frame's file is read; the same for all commands that take a frame.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Reading the frame")]
pub(super) struct ReadingArgs {
    /// A column that stands in the file under another heading, such as households="Số hộ"; once for each column
    #[arg(long = "map", value_name = "DESIGN_HEADING=HEADING")]
    map: Vec<String>,
    /// The same as a TOML file: `sheet`, `header_row`, `fill_merged` and `[columns]` with lines `design_heading = "heading"`
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The sheet of a workbook; without it, the only one that is visible and holds something
    #[arg(long)]
    sheet: Option<String>,
    /// The row of the header, counted from 1; without it, the first of 30 rows with all columns the design needs
    #[arg(long, value_name = "ROW")]
    header_row: Option<usize>,
    /// Let the content of cells merged over rows count for each of those rows
    #[arg(long)]
    fill_merged: bool,
}

impl ReadingArgs {
    /// What was said; `None` when nothing was.
    ///
    /// # Errors
    /// A mapping file that cannot be read, and every `--map` that is none or says something else than before.
    pub(super) fn reading(&self) -> Result<Option<FrameReading>, Problems> {
        let mut reading = match &self.mapping {
            Some(path) => read_mapping(path)?,
            None => FrameReading::default(),
        };
        let mut problems = Problems::none();
        for pair in &self.map {
            let (design, file) = pair.split_once('=').unwrap_or((pair, ""));
            problems.extend(reading.map(design, file).err().unwrap_or_default());
        }
        if self.header_row == Some(0) {
            let (vi, en) = ("dòng tiêu đề đếm từ 1", "rows count from 1");
            problems.push(Problem::new("frame_no_header", vi, en).at(Place::row(0)));
        }
        reading.sheet = self.sheet.clone().or(reading.sheet);
        reading.header_row = self.header_row.or(reading.header_row);
        reading.fill_merged |= self.fill_merged;
        problems.into_result(Some(reading).filter(|reading| *reading != FrameReading::default()))
    }
}

fn read_mapping(path: &Path) -> Result<FrameReading, Problems> {
    let name = path.display().to_string();
    let text = String::from_utf8(files::read(path)?).map_err(|_| {
        Problem::new("frame_map_unreadable", "bảng ghép cột không phải văn bản UTF-8", "the mapping is not UTF-8 text")
            .in_file(&name)
    })?;
    FrameReading::from_toml(&text).map_err(|problems| problems.in_file(&name))
}

/// Opens the bytes of a frame; on a terminal a large one says how far it is.
///
/// # Errors
/// As [`frame_file::open`].
pub(crate) fn open<'a>(bytes: &'a [u8], reading: &FrameReading) -> Result<FrameFile<'a>, Problems> {
    let mut progress = Progress::of_reading(bytes.len());
    frame_file::open(bytes, reading, &mut |share| progress.show(share))
}

/// Reads a frame for a design.
///
/// # Errors
/// Every problem of the file, with its name.
pub(super) fn read(path: &Path, design: &SampleDesign, reading: &FrameReading) -> Result<SamplingFrame, Problems> {
    let named = |problems: Problems| problems.in_file(&path.display().to_string());
    let bytes = files::read(path)?;
    let file = open(&bytes, reading).map_err(named)?;
    read_opened(&file, bytes.len(), design, reading).map_err(named)
}

/// The same from an opened file; on a terminal a large one says how far it is.
///
/// # Errors
/// Every problem of the file.
pub(crate) fn read_opened(
    file: &FrameFile<'_>,
    size: usize,
    design: &SampleDesign,
    reading: &FrameReading,
) -> Result<SamplingFrame, Problems> {
    let mut progress = Progress::of_reading(size);
    SamplingFrame::of_file(file, design, reading, &mut |share| progress.show(share))
}

#[cfg(test)]
mod tests;
