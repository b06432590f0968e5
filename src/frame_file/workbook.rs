//! A sheet of a workbook (`.xlsx`) as the cells of a frame.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Dimensions, Reader, SheetType, SheetVisible, Xlsx, open_workbook_from_rs};
use problem::{Place, Problem, Problems};
use sampling::{CellFault, SheetCells};
use unicode_normalization::UnicodeNormalization;

use super::hidden_rows::hidden_rows;
use crate::package::{self, Room, SheetRows};

/// The largest file, in bytes.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Columns of a frame at most; a sheet may claim 16,384.
const MAX_COLUMNS: usize = 1_000;
/// Cells that merged regions may cover, region by region: in a real sheet none lies over another.
const MERGED_CELLS_MAX: usize = 1_000_000;
/// Rows between two reports of progress.
const PROGRESS_EVERY: usize = 4_096;

type Book<'a> = Xlsx<Cursor<&'a [u8]>>;

/// The cells of a sheet: the named one, or the only one that is visible and holds something. `progress` is told now and then
/// which share of the sheet's rows is read.
///
/// # Errors
/// A file that is no workbook or too large, no such sheet, or several to choose from.
pub(super) fn sheet_cells(
    bytes: &[u8],
    name: Option<&str>,
    progress: &mut dyn FnMut(f64),
) -> Result<SheetCells, Problems> {
    if bytes.len() > MAX_BYTES {
        return Err(unreadable("> 256 MiB").into());
    }
    package::check(bytes, Room::TABLE).map_err(|why| unreadable(&why))?;
    let mut book: Book<'_> = open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| unreadable(&error.to_string()))?;
    let sheets: Vec<(String, bool)> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
        .collect();
    let all = || sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let mut cells = match name {
        Some(name) => {
            let wanted: String = name.trim().nfc().collect();
            let same = |(sheet, _): &&(String, bool)| sheet.trim().nfc().eq(wanted.chars());
            let Some((sheet, _)) = sheets.iter().find(same) else {
                return Err(Problem::new(
                    "frame_no_sheet",
                    "bảng tính không có trang này",
                    "the workbook has no such sheet",
                )
                .expected(all())
                .got(name)
                .into());
            };
            read(&mut book, sheet, progress)?
        }
        None => {
            let mut filled = Vec::new();
            for (sheet, _) in sheets.iter().filter(|(_, visible)| *visible) {
                let cells = read(&mut book, sheet, progress)?;
                filled.extend((!cells.rows.is_empty()).then_some(cells));
            }
            match (filled.len(), filled.pop()) {
                (0, _) => SheetCells::default(),
                (1, Some(cells)) => cells,
                _ => {
                    return Err(Problem::new(
                        "frame_which_sheet",
                        "bảng tính có nhiều trang có dữ liệu",
                        "the workbook has several sheets that hold something",
                    )
                    .expected(all())
                    .hint("nêu trang bằng --sheet \"Tên trang\"", "name one with --sheet \"NAME\"")
                    .into());
                }
            }
        }
    };
    let holding = |row: &usize| cells.rows.binary_search_by_key(row, |(number, _)| *number).is_ok();
    cells.hidden_rows = hidden_rows(bytes, &cells.name).into_iter().filter(holding).collect();
    Ok(cells)
}

fn unreadable(why: &str) -> Problem {
    Problem::new("frame_workbook_unreadable", "không đọc được bảng tính", "the workbook cannot be read")
        .got(why)
        .hint("mở bằng Excel hoặc LibreOffice và lưu dạng .xlsx", "open it in Excel or LibreOffice and save as .xlsx")
}

fn read(book: &mut Book<'_>, sheet: &str, progress: &mut dyn FnMut(f64)) -> Result<SheetCells, Problems> {
    let failed = |error: calamine::XlsxError| unreadable(&error.to_string()).at(Place::default().in_sheet(sheet));
    let merged = book.merge_cells_by_sheet_name(sheet).map_err(failed)?;
    let mut rows = SheetRows::default();
    let mut faults = BTreeMap::new();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(failed)?;
    // What the sheet says of its size; it may say nothing, or too much.
    let last_row = f64::from(cells.dimensions().end.0.max(1));
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(failed)? {
        let (row, column) = (cell.pos.0 as usize + 1, cell.pos.1 as usize);
        if column == 0 && row % PROGRESS_EVERY == 0 {
            progress((f64::from(cell.pos.0) / last_row).min(1.0));
        }
        if column >= MAX_COLUMNS {
            continue;
        }
        let (text, fault) = text_of(&cell.value, cell.formula.is_some());
        if let Some(fault) = fault {
            faults.insert((row, column), fault);
        } else if text.trim().is_empty() {
            continue;
        }
        rows.put(row, column, text).map_err(|why| unreadable(&why).at(Place::default().in_sheet(sheet)))?;
    }
    let mut left = MERGED_CELLS_MAX;
    for region in &merged {
        fill(region, &mut rows, &mut faults, &mut left)
            .map_err(|why| unreadable(&why).at(Place::default().in_sheet(sheet)))?;
    }
    let rows = rows.into_rows().into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty())).collect();
    Ok(SheetCells { name: sheet.to_owned(), rows, faults, hidden_rows: Vec::new() })
}

/// Below the first row of a merged region stands its content again, marked as such: where rows hold something else beside it.
fn fill(
    region: &Dimensions,
    rows: &mut SheetRows,
    faults: &mut BTreeMap<(usize, usize), CellFault>,
    left_over: &mut usize,
) -> Result<(), String> {
    let (first, last) = (region.start.0 as usize + 1, region.end.0 as usize + 1);
    let (left, right) = (region.start.1 as usize, region.end.1 as usize);
    if left >= MAX_COLUMNS || last < first {
        return Ok(());
    }
    let content = rows.rows().get(&first).and_then(|cells| cells.get(left)).cloned().unwrap_or_default();
    // A region may claim the whole sheet; only rows that hold something, up to their last cell, matter.
    let others: Vec<(usize, usize)> = rows.rows().range(first..=last).map(|(row, cells)| (*row, cells.len())).collect();
    for (row, width) in others {
        for column in left..=right.min(width.saturating_sub(1)).max(left) {
            *left_over = left_over.checked_sub(1).ok_or_else(|| format!("mergeCells > {MERGED_CELLS_MAX}"))?;
            if (row, column) == (first, left) {
                continue;
            }
            if column == left {
                rows.put(row, column, content.clone())?;
            }
            faults.insert((row, column), CellFault::MergedInto(first));
        }
    }
    Ok(())
}

/// The text of a cell: numbers with the fewest digits that read back the same, days as `yyyy-mm-dd`.
fn text_of(value: &DataRef<'_>, is_formula: bool) -> (String, Option<CellFault>) {
    match value {
        DataRef::Empty => (String::new(), is_formula.then_some(CellFault::NotComputed)),
        DataRef::String(text) if text.is_empty() && is_formula => (String::new(), None),
        DataRef::String(text) => (text.clone(), None),
        DataRef::SharedString(text) => ((*text).to_owned(), None),
        DataRef::Int(number) => (number.to_string(), None),
        DataRef::Float(number) => (number.to_string(), None),
        DataRef::Bool(truth) => (if *truth { "TRUE" } else { "FALSE" }.to_owned(), None),
        DataRef::DateTime(moment) => {
            let (year, month, day, ..) = moment.to_ymd_hms_milli();
            (format!("{year:04}-{month:02}-{day:02}"), Some(CellFault::Date))
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => (text.clone(), Some(CellFault::Date)),
        DataRef::Error(error) => (error.to_string(), Some(CellFault::Error)),
    }
}
