//! The file of a frame, opened: a workbook or CSV, from the command line or out of the browser.

mod hidden_rows;
mod workbook;

use problem::{Problem, Problems};
use sampling::{FrameFile, FrameReading};

/// Opens the bytes of a frame: a workbook by its first bytes, whatever its name, otherwise CSV. `progress` is told now and then which
/// share is read.
///
/// # Errors
/// What keeps the file from being opened; a sheet that was named for a file without sheets.
pub fn open<'a>(
    bytes: &'a [u8],
    reading: &FrameReading,
    progress: &mut dyn FnMut(f64),
) -> Result<FrameFile<'a>, Problems> {
    if bytes.starts_with(b"PK\x03\x04") {
        let cells = workbook::sheet_cells(bytes, reading.sheet.as_deref(), progress)?;
        return Ok(FrameFile::sheet(bytes, cells));
    }
    let file = FrameFile::csv(bytes)?;
    match &reading.sheet {
        Some(sheet) => Err(Problem::new("frame_no_sheet", "tệp CSV không có trang tính", "a CSV file has no sheets")
            .got(format!("--sheet {sheet}"))
            .into()),
        None => Ok(file),
    }
}
