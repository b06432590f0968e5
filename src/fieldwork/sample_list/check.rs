//! Is this workbook the one that frame, design and seed imply? What the field filled in is left alone.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader, Xlsx, open_workbook_from_rs};
use problem::{Place, Problem, Problems};
use reports::document::xlsx::{Cell, Sheet, header_row};
use sampling::{ListRows, Sample, SampleDesign, SamplingFrame, Verification, verify_rows_with_seed};

use super::{LIST_SHEET, workbook};
use crate::package::{self, Room, SheetRows};

/// The largest file, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// No sample list has more columns.
const MAX_COLUMNS: usize = 1_000;

/// The cells of a sheet that hold something, by row and column from 0.
type Cells = BTreeMap<(usize, usize), String>;

/// Draws again and compares every cell of every sheet; only the places left empty for the field may hold anything.
///
/// Cells are compared, not bytes: a spreadsheet that was saved again by another program, or filled in, still verifies.
///
/// # Errors
/// A file that is no workbook; sheets that are missing or added; all that [`sampling::verify_rows`] finds in the whole list; every cell
/// of the forms and of the provenance that differs from the draw.
pub fn verify_xlsx(frame: &SamplingFrame, design: &SampleDesign, bytes: &[u8]) -> Result<Verification, Problems> {
    verify_xlsx_with_seed(frame, design, None, bytes)
}

/// The same with the seed that a commitment implies, whatever seed the list names.
///
/// # Errors
/// As [`verify_xlsx`], and `sample_other_seed`.
pub fn verify_xlsx_with_seed(
    frame: &SamplingFrame,
    design: &SampleDesign,
    seed: Option<u64>,
    bytes: &[u8],
) -> Result<Verification, Problems> {
    let mut book = open(bytes)?;
    let list = cells_of(&mut book, LIST_SHEET)?;
    let verification = verify_rows_with_seed(frame, design, seed, &list_rows(&list)?)
        .map_err(|problems| in_sheet(problems, LIST_SHEET))?;
    let expected = workbook(&verification.sample);
    let mut problems = Problems::none();
    let names: Vec<String> = book.sheet_names();
    for name in names.iter().filter(|name| !expected.sheets.iter().any(|sheet| sheet.name == **name)) {
        problems.push(sheet_problem(
            "sample_sheet_added",
            "trang không có trong lần rút lại",
            "the sheet is not in the draw",
            name,
        ));
    }
    for sheet in &expected.sheets {
        if names.contains(&sheet.name) {
            let cells = cells_of(&mut book, &sheet.name)?;
            compare_sheet(sheet, &cells, &mut problems);
        } else {
            problems.push(sheet_problem("sample_sheet_missing", "thiếu một trang", "a sheet is missing", &sheet.name));
        }
    }
    problems.into_result(verification)
}

/// The hash of the design that the list of a workbook names.
///
/// # Errors
/// A file that is no workbook, or whose whole list cannot be read.
pub fn design_sha256_of_xlsx(bytes: &[u8]) -> Result<String, Problems> {
    let list = cells_of(&mut open(bytes)?, LIST_SHEET)?;
    let sample = Sample::from_rows(&list_rows(&list)?).map_err(|problems| in_sheet(problems, LIST_SHEET))?;
    Ok(sample.provenance.design_sha256)
}

fn open(bytes: &[u8]) -> Result<Xlsx<Cursor<&[u8]>>, Problems> {
    if bytes.len() > MAX_BYTES {
        return Err(unreadable("> 64 MiB").into());
    }
    package::check(bytes, Room::TABLE).map_err(|why| unreadable(&why))?;
    open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| unreadable(&error.to_string()).into())
}

fn unreadable(why: &str) -> Problem {
    Problem::new("sample_not_a_workbook", "không đọc được bảng tính", "the spreadsheet cannot be read").got(why)
}

fn sheet_problem(code: &'static str, vi: &str, en: &str, sheet: &str) -> Problem {
    Problem::new(code, vi, en).at(Place::default().in_sheet(sheet))
}

fn in_sheet(problems: Problems, sheet: &str) -> Problems {
    let placed = problems.into_iter().map(|mut problem| {
        problem.place = Some(problem.place.unwrap_or_default().in_sheet(sheet));
        problem
    });
    Problems(placed.collect())
}

fn cells_of(book: &mut Xlsx<Cursor<&[u8]>>, sheet: &str) -> Result<Cells, Problems> {
    if !book.sheet_names().iter().any(|name| name == sheet) {
        return Err(sheet_problem("sample_sheet_missing", "thiếu một trang", "a sheet is missing", sheet).into());
    }
    let failed = |error: calamine::XlsxError| unreadable(&error.to_string()).at(Place::default().in_sheet(sheet));
    let mut reader = book.worksheet_cells_reader(sheet).map_err(failed)?;
    let mut cells = Cells::new();
    while let Some(cell) = reader.next_cell().map_err(failed)? {
        let (row, column) = (cell.get_position().0 as usize, cell.get_position().1 as usize);
        let text = match cell.get_value() {
            DataRef::Empty => continue,
            DataRef::String(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => number.to_string(),
            other => format!("{other:?}"),
        };
        if !text.is_empty() && column < MAX_COLUMNS {
            cells.insert((row, column), text);
        }
    }
    Ok(cells)
}

/// The rows of the whole list as the CSV reader would give them.
fn list_rows(cells: &Cells) -> Result<ListRows, Problem> {
    let width = cells.keys().map(|(_, column)| column + 1).max().unwrap_or(0);
    let mut rows = SheetRows::default();
    for ((row, column), text) in cells {
        rows.put(*row, *column, text.clone())
            .map_err(|why| unreadable(&why).at(Place::default().in_sheet(LIST_SHEET)))?;
    }
    let mut rows = rows.into_rows();
    let headings = rows.remove(&0).unwrap_or_default();
    let rows: Vec<(usize, Vec<String>)> = rows.into_iter().map(|(row, cells)| (row + 1, cells)).collect();
    // The widest row was taken in above; a table of that width may still be out of all proportion.
    if rows.len().saturating_mul(width) > SheetRows::held_at_most(cells.len()) {
        return Err(unreadable(&format!("{} × {width}", rows.len())).at(Place::default().in_sheet(LIST_SHEET)));
    }
    let whole = |mut cells: Vec<String>| {
        cells.resize(width, String::new());
        cells
    };
    Ok(ListRows { headings: whole(headings), rows: rows.into_iter().map(|(row, cells)| (row, whole(cells))).collect() })
}

fn compare_sheet(sheet: &Sheet, cells: &Cells, problems: &mut Problems) {
    let header = header_row(sheet);
    let mut expected: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let mut free: Vec<bool> = vec![false; sheet.columns.len()];
    for (row, line) in sheet.above.iter().enumerate() {
        expected.insert((row, 0), line.clone());
    }
    for (place, column) in sheet.columns.iter().enumerate() {
        expected.insert((header, place), column.heading.clone());
    }
    for (row, line) in sheet.rows.iter().enumerate() {
        for (place, cell) in line.iter().enumerate() {
            match cell {
                Cell::Text(text) => expected.insert((header + 1 + row, place), text.clone()),
                Cell::Number(number) | Cell::Decimal(number, _) => {
                    expected.insert((header + 1 + row, place), number.to_string())
                }
                Cell::Empty => {
                    free[place] = true;
                    None
                }
            };
        }
    }
    let table = header + 1..header + 1 + sheet.rows.len();
    let is_free = |(row, column): (usize, usize)| table.contains(&row) && free.get(column).copied().unwrap_or(true);
    let mut differs = |(row, column): (usize, usize), should: &str, is: &str| {
        let heading =
            sheet.columns.get(column).map_or_else(|| (column + 1).to_string(), |column| column.heading.clone());
        problems.push(
            Problem::new("sample_cell_changed", "ô khác lần rút lại", "a cell differs from the draw")
                .at(Place::cell(row + 1, heading).in_sheet(&sheet.name))
                .expected(should)
                .got(is),
        );
    };
    for (place, should) in &expected {
        let is = cells.get(place).map_or("", String::as_str);
        if is != should {
            differs(*place, should, is);
        }
    }
    for (place, is) in cells.iter().filter(|(place, _)| !expected.contains_key(place) && !is_free(**place)) {
        differs(*place, "", is);
    }
}
