//! Reading a frame: from an opened file to checked units of every level.

use problem::{Problem, Problems, Words};

use super::build::Builder;
use super::places::Places;
use super::table::{Content, FrameFile, Header, SheetRow};
use super::text::each_row;
use super::{FrameColumns, FrameReading, SamplingFrame};
use crate::design::SampleDesign;

/// Rows between two reports of progress.
const PROGRESS_EVERY: usize = 16_384;

impl SamplingFrame {
    /// Reads a frame from the bytes of a CSV file with the design's own headings on top: [`SamplingFrame::of_file`].
    ///
    /// # Errors
    /// As [`FrameFile::csv`] and [`SamplingFrame::of_file`].
    pub fn read(bytes: &[u8], design: &SampleDesign) -> Result<Self, Problems> {
        Self::of_file(&FrameFile::csv(bytes)?, design, &FrameReading::default(), &mut |_| {})
    }

    /// Reads a frame from an opened file. Text comes in as Unicode normal form C, without white space at the ends of cells;
    /// `progress` is told now and then which share of the file is done.
    ///
    /// # Errors
    /// All problems of the file with row and column (the first two hundred one by one, the others counted): missing or doubled
    /// columns, ragged rows, duplicate codes, names that differ for one code, units without the unit they lie in, sizes that
    /// are missing, not whole, not positive or ambiguous, flags that are not 0 or 1, flags and strata that differ within a
    /// unit, cells of a workbook that hold an error or a date or are merged. Nothing is read in part.
    pub fn of_file(
        file: &FrameFile<'_>,
        design: &SampleDesign,
        reading: &FrameReading,
        progress: &mut dyn FnMut(f64),
    ) -> Result<Self, Problems> {
        let columns = FrameColumns::of(design);
        reading.check(&columns)?;
        let header = reading.header(file, &columns)?;
        let places = Places::find(&columns, reading, &header).map_err(|problems| reading.placed(problems, file))?;
        let mut builder = Builder::new(&columns, &places);
        match &file.content {
            Content::Csv(text) => each_row(text, &header, |row, record, share| {
                if builder.rows % PROGRESS_EVERY == PROGRESS_EVERY - 1 {
                    progress(share);
                }
                builder.csv_row(row, record, header.headings.len());
            }),
            Content::Sheet(sheet) => {
                let below = sheet.rows.iter().filter(|(row, _)| *row > header.row);
                for (row, cells) in below {
                    builder.sheet_row(&SheetRow { row: *row, cells, faults: &sheet.faults }, reading.fill_merged);
                }
            }
        }
        let Builder { levels, carried, mut told, rows, .. } = builder;
        if rows == 0 {
            told.push(
                Problem::new("frame_empty", "khung mẫu không có dòng dữ liệu nào", "the frame has no rows")
                    .expected(("một dòng tiêu đề và mỗi đơn vị một dòng", "a header and one row for each unit")),
            );
        }
        let carried_headings = places.carried.iter().map(|(heading, _)| heading.clone()).collect();
        let found = reading.resolved(file, &header);
        let notes = found.note().into_iter().chain(hidden_note(file, &header)).collect();
        let sha256 = file.sha256.clone();
        let frame = Self { columns, levels, carried_headings, carried, sha256, reading: found, notes };
        reading.placed(told.into_problems(), file).into_result(frame)
    }
}

/// Says that rows which the spreadsheet hides are in the frame like all others.
fn hidden_note(file: &FrameFile<'_>, header: &Header) -> Option<Words> {
    let Content::Sheet(cells) = &file.content else { return None };
    let hidden: Vec<usize> = cells.hidden_rows.iter().copied().filter(|row| *row > header.row).collect();
    let first = hidden.first()?;
    Some(Words::new(
        format!("{} dòng bị ẩn trong bảng tính vẫn thuộc khung mẫu (dòng đầu tiên: {first})", hidden.len()),
        format!("{} rows that the spreadsheet hides are in the frame all the same (the first: {first})", hidden.len()),
    ))
}
