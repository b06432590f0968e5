//! Spreadsheets from a plain description: the same description gives the same bytes.
//!
//! Text is always text (never a formula), numbers are numbers, and every sheet is ready to print on A4: its width fits the
//! page (or, where that would be too small to read, its first column is repeated on each page), the header row is repeated on
//! each page and stays in view on the screen.

use problem::{Place, Problem, Problems};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, XlsxError};

/// A workbook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workbook {
    /// Title in the file's properties.
    pub title: String,
    /// The sheets, in order.
    pub sheets: Vec<Sheet>,
}

/// One sheet: lines of text, then a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// Name on the tab: see [`sheet_name`].
    pub name: String,
    /// Lines above the table; the first is bold.
    pub above: Vec<String>,
    /// The columns of the table.
    pub columns: Vec<Column>,
    /// The rows of the table, each with one cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// Printed across the long side of the page.
    pub landscape: bool,
    /// Every cell has a frame and rows are high enough to write into: a form for pen and paper.
    pub form: bool,
    /// Long texts go over several lines within their column, and every cell has a frame: a table for reading.
    pub wrap: bool,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Heading.
    pub heading: String,
    /// Width in characters, above 0, at most 255.
    pub width: f64,
}

impl Column {
    /// A column with a heading and a width in characters.
    pub fn new(heading: impl Into<String>, width: f64) -> Self {
        Self { heading: heading.into(), width }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, whatever sign it starts with.
    Text(String),
    /// A finite number.
    Number(f64),
    /// A finite number and the decimals it is shown with; the file keeps all its digits.
    Decimal(f64, usize),
    /// Nothing: a place for the reader to fill in.
    Empty,
}

impl Cell {
    /// A text cell.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// The row of a sheet where its header stands, counted from 0.
#[must_use]
pub fn header_row(sheet: &Sheet) -> usize {
    if sheet.above.is_empty() { 0 } else { sheet.above.len() + 1 }
}

/// A name for a tab made from any text: without the signs that spreadsheets refuse, at most 31 characters, different (also
/// without regard to case) from those already `taken`.
#[must_use]
pub fn sheet_name(wish: &str, taken: &[String]) -> String {
    let cleaned: String =
        wish.chars().map(|c| if "[]:*?/\\".contains(c) || c.is_control() { ' ' } else { c }).collect();
    let cleaned = cleaned.trim_matches(|c: char| c == '\'' || c.is_whitespace());
    let base = if cleaned.is_empty() { "Sheet" } else { cleaned };
    let shortened = |room: usize| base.chars().take(room).collect::<String>().trim_end().to_owned();
    let is_taken = |name: &str| taken.iter().any(|other| other.to_lowercase() == name.to_lowercase());
    let first = shortened(31);
    if !is_taken(&first) {
        return first;
    }
    let numbered = (2..).map(|number: usize| {
        let suffix = format!(" ({number})");
        shortened(31 - suffix.chars().count()) + &suffix
    });
    numbered.take(taken.len() + 1).find(|name| !is_taken(name)).unwrap_or(first)
}

impl Workbook {
    /// The bytes of the `.xlsx` file.
    ///
    /// # Errors
    /// All cells that hold a number that is not finite, rows with more or fewer cells than columns, and what the format
    /// refuses (names of sheets, texts above 32,767 characters, more than a million rows).
    pub fn to_xlsx(&self) -> Result<Vec<u8>, Problems> {
        self.check()?;
        let mut workbook = rust_xlsxwriter::Workbook::new();
        // A fixed date: the file tells what is in it, not when it was written.
        let date = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| refused(&error, "", ""))?;
        workbook.set_properties(&DocProperties::new().set_title(&self.title).set_creation_datetime(&date));
        for sheet in &self.sheets {
            let worksheet = workbook.add_worksheet();
            write_sheet(worksheet, sheet).map_err(|error| refused(&error, &sheet.name, &self.title))?;
        }
        workbook.save_to_buffer().map_err(|error| refused(&error, "", &self.title).into())
    }

    fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::none();
        for sheet in &self.sheets {
            let first_row = header_row(sheet) + 2;
            for (place, row) in sheet.rows.iter().enumerate() {
                let here = || Place::row(first_row + place).in_sheet(&sheet.name);
                if row.len() != sheet.columns.len() {
                    problems.push(
                        Problem::new("xlsx_ragged_row", "số ô khác số cột", "the row has not one cell a column")
                            .at(here())
                            .expected(sheet.columns.len().to_string())
                            .got(row.len().to_string()),
                    );
                }
                if row
                    .iter()
                    .any(|cell| matches!(cell, Cell::Number(number) | Cell::Decimal(number, _) if !number.is_finite()))
                {
                    problems.push(
                        Problem::new(
                            "xlsx_not_a_number",
                            "ô chứa giá trị không phải số",
                            "a cell holds no finite number",
                        )
                        .at(here()),
                    );
                }
            }
        }
        problems.into_result(())
    }
}

fn refused(error: &XlsxError, sheet: &str, title: &str) -> Problem {
    Problem::new("xlsx_refused", "không ghi được bảng tính", "the spreadsheet cannot be written")
        .at(Place::default().in_sheet(sheet))
        .expected(title.to_owned())
        .got(error.to_string())
}

/// A4.
const PAPER: u8 = 9;
/// Height in points of a row that is written into by hand: seven millimetres, twenty rows below the header of a page.
const FORM_ROW_HEIGHT: f64 = 20.0;
/// Height in points of a header of two lines.
const FORM_HEADER_HEIGHT: f64 = 28.0;
/// Characters across that are still read when they are squeezed onto one page; wider sheets go over several.
const PAGE_WIDTH_MAX: f64 = 230.0;
/// Below a form: who filled it in and who checked it.
const FORM_FOOTER: &str = "&L&A&CĐiều tra viên: ……………………………   Giám sát: ……………………………   Ngày: ……/……/…………&R&P/&N";
/// Percent at which these are printed.
const WIDE_SCALE: u16 = 65;

/// Height in points of a line of a table.
const LINE_HEIGHT: f64 = 15.0;
/// Letters of a column that words fill: the rest of a line is lost where a word does not fit.
const FILLED: f64 = 0.85;

/// Lines of the highest cell of a row. Not every spreadsheet program finds the height itself.
fn lines(sheet: &Sheet, cells: &[Cell]) -> usize {
    let of = |(cell, column): (&Cell, &Column)| match cell {
        Cell::Text(text) => (text.chars().count() as f64 / (column.width * FILLED)).ceil() as usize,
        Cell::Number(_) | Cell::Decimal(..) | Cell::Empty => 1,
    };
    cells.iter().zip(&sheet.columns).map(of).max().unwrap_or(1).max(1)
}

fn write_sheet(worksheet: &mut rust_xlsxwriter::Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let plain = Format::new().set_align(FormatAlign::Top);
    let bold = Format::new().set_bold();
    let framed = plain.clone().set_border(FormatBorder::Thin).set_text_wrap();
    let framed_number = framed.clone().set_align(FormatAlign::Center);
    let header = bold.clone().set_text_wrap().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
    let (body, number_body) = if sheet.wrap {
        (&framed, &framed)
    } else if sheet.form {
        (&framed, &framed_number)
    } else {
        (&plain, &plain)
    };
    worksheet.set_name(&sheet.name)?;
    for (row, line) in (0_u32..).zip(&sheet.above) {
        worksheet.write_string_with_format(row, 0, line, if row == 0 { &bold } else { &plain })?;
    }
    let header_row = u32::try_from(header_row(sheet)).map_err(|_| XlsxError::RowColumnLimitError)?;
    for (place, column) in (0_u16..).zip(&sheet.columns) {
        worksheet.set_column_width(place, column.width)?;
        worksheet.write_string_with_format(header_row, place, &column.heading, &header)?;
    }
    if sheet.form {
        worksheet.set_row_height(header_row, FORM_HEADER_HEIGHT)?;
    } else if sheet.wrap {
        let headings: Vec<Cell> = sheet.columns.iter().map(|column| Cell::text(&column.heading)).collect();
        worksheet.set_row_height(header_row, LINE_HEIGHT * lines(sheet, &headings) as f64)?;
    }
    for (row, cells) in (header_row + 1..).zip(&sheet.rows) {
        if sheet.form {
            worksheet.set_row_height(row, FORM_ROW_HEIGHT)?;
        } else if sheet.wrap {
            worksheet.set_row_height(row, LINE_HEIGHT * lines(sheet, cells) as f64)?;
        }
        for (place, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(text) => worksheet.write_string_with_format(row, place, text, body)?,
                Cell::Number(number) => worksheet.write_number_with_format(row, place, *number, number_body)?,
                Cell::Decimal(number, decimals) => {
                    // The spreadsheet writes the separators of its own language.
                    let code = if *decimals == 0 { "0".to_owned() } else { format!("#,##0.{}", "0".repeat(*decimals)) };
                    let format = number_body.clone().set_num_format(code);
                    worksheet.write_number_with_format(row, place, *number, &format)?
                }
                Cell::Empty => worksheet.write_blank(row, place, body)?,
            };
        }
    }
    worksheet.set_freeze_panes(header_row + 1, 0)?;
    worksheet.set_repeat_rows(header_row, header_row)?;
    worksheet.set_paper_size(PAPER).set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);
    if sheet.columns.iter().map(|column| column.width).sum::<f64>() <= PAGE_WIDTH_MAX {
        worksheet.set_print_fit_to_pages(1, 0);
    } else {
        // Readable beats narrow: the first column comes again on each page.
        worksheet.set_print_scale(WIDE_SCALE).set_repeat_columns(0, 0)?;
    }
    worksheet.set_footer(if sheet.form { FORM_FOOTER } else { "&L&A&R&P/&N" });
    if sheet.landscape {
        worksheet.set_landscape();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};

    use super::*;

    fn example() -> Workbook {
        let sheet = |name: &str| Sheet {
            name: name.to_owned(),
            above: vec!["Thôn Đông".to_owned(), "hai dòng".to_owned()],
            columns: vec![Column::new("tên", 20.0), Column::new("trọng số", 12.0), Column::new("ghi chú", 30.0)],
            rows: vec![
                vec![Cell::text("=1+1"), Cell::Number(0.1), Cell::Empty],
                vec![Cell::text("@Ước"), Cell::Number(20.0), Cell::text("")],
            ],
            landscape: true,
            form: true,
            wrap: false,
        };
        Workbook { title: "thử".to_owned(), sheets: vec![sheet("Một"), sheet("Hai")] }
    }

    #[test]
    fn the_same_description_gives_the_same_bytes() {
        assert_eq!(example().to_xlsx().unwrap(), example().to_xlsx().unwrap());
    }

    #[test]
    fn text_stays_text_and_numbers_come_back_to_the_last_bit() {
        let bytes = example().to_xlsx().unwrap();
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
        assert_eq!(book.sheet_names(), ["Một", "Hai"]);
        let range = book.worksheet_range("Một").unwrap();
        assert_eq!(header_row(&example().sheets[0]), 3);
        assert_eq!(range.get_value((3, 1)), Some(&Data::String("trọng số".to_owned())));
        assert_eq!(range.get_value((4, 0)), Some(&Data::String("=1+1".to_owned())));
        assert_eq!(range.get_value((4, 1)), Some(&Data::Float(0.1)));
        assert_eq!(range.get_value((5, 0)), Some(&Data::String("@Ước".to_owned())));
        assert_eq!(book.worksheet_formula("Một").unwrap().used_cells().count(), 0);
    }

    #[test]
    fn the_print_set_up_is_a4_one_page_wide_with_a_repeated_and_frozen_header() {
        let bytes = example().to_xlsx().unwrap();
        let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
        for expected in
            ["paperSize=\"9\"", "orientation=\"landscape\"", "fitToHeight=\"0\"", "state=\"frozen\"", "ySplit=\"4\""]
        {
            assert!(sheet.contains(expected), "{expected} in {sheet}");
        }
        assert!(part(&bytes, "xl/workbook.xml").contains("$4:$4"), "row 4 on every page");
        assert!(part(&bytes, "docProps/core.xml").contains("2000-01-01T00:00:00Z"));
    }

    #[test]
    fn a_sheet_too_wide_to_be_read_on_one_page_goes_over_several_with_its_first_column_on_each() {
        let mut book = example();
        book.sheets[0].columns[2].width = 250.0;
        let bytes = book.to_xlsx().unwrap();
        let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("scale=\"65\"") && !sheet.contains("fitToHeight"), "{sheet}");
        assert!(part(&bytes, "xl/workbook.xml").contains("$A:$A,"), "column A on every page");
        assert!(part(&bytes, "xl/worksheets/sheet2.xml").contains("fitToHeight"));
    }

    #[test]
    fn a_table_for_reading_has_rows_as_high_as_their_longest_cell_and_numbers_with_their_decimals() {
        let mut book = example();
        let sheet = &mut book.sheets[0];
        (sheet.form, sheet.wrap) = (false, true);
        sheet.rows[0] = vec![Cell::text("một hai ba ".repeat(6)), Cell::Decimal(44.685_4, 2), Cell::Empty];
        let bytes = book.to_xlsx().unwrap();
        let text = part(&bytes, "xl/worksheets/sheet1.xml");
        assert!(text.contains("r=\"5\" spans=\"1:3\" ht=\"60\""), "{text}");
        assert!(text.contains("<v>44.6854</v>") && part(&bytes, "xl/styles.xml").contains("#,##0.00"));
    }

    /// One part of the packed file.
    fn part(bytes: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
    }

    #[test]
    fn numbers_that_are_none_and_ragged_rows_are_refused_with_their_place() {
        let mut book = example();
        book.sheets[0].rows[1] = vec![Cell::Number(f64::NAN), Cell::Empty, Cell::Empty];
        book.sheets[1].rows[0].pop();
        let problems = book.to_xlsx().unwrap_err();
        let codes: Vec<&str> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["xlsx_not_a_number", "xlsx_ragged_row"]);
        assert_eq!(problems.iter().next().unwrap().place.as_ref().unwrap().row, Some(6));
    }

    #[test]
    fn tabs_get_names_that_spreadsheets_accept() {
        let taken = vec!["Thôn Đông".to_owned()];
        assert_eq!(sheet_name("Thôn Đông", &[]), "Thôn Đông");
        assert_eq!(sheet_name("thôn đông", &taken), "thôn đông (2)");
        assert_eq!(sheet_name("a/b[c]:*?", &[]), "a b c");
        assert_eq!(sheet_name("''", &[]), "Sheet");
        assert_eq!(sheet_name(&"Đ".repeat(40), &["Đ".repeat(31)]).chars().count(), 31);
    }
}
