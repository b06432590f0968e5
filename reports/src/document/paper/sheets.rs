//! A paper's numbers as a workbook: the text, a sheet a table with real numbers, the figures' data with charts that the spreadsheet
//! draws itself, and the method.

use problem::{Language, Problem, Problems};
use rust_xlsxwriter::{
    Chart, ChartErrorBars, ChartErrorBarsDirection, ChartErrorBarsType, ChartFont, ChartRange, ChartType,
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::model::{Block, Figure, Paper, Table, Value};
use crate::document::xlsx::sheet_name;
use crate::export::data::harmless::is_formula;

/// A4.
const PAPER: u8 = 9;
/// Characters across a printed page.
const PAGE_WIDTH: f64 = 95.0;

/// The bytes of the `.xlsx`.
///
/// # Errors
/// Numbers that are not finite, and what the format refuses.
pub fn xlsx(paper: &Paper) -> Result<Vec<u8>, Problems> {
    let tables = paper.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        Block::Figure(figure) => Some(&figure.data),
        _ => None,
    });
    for value in tables.flat_map(|table| table.rows.iter().flatten()) {
        value.shown(paper.language)?;
    }
    written(paper).map_err(|error| {
        Problem::new("xlsx_refused", "không ghi được bảng tính", "the spreadsheet cannot be written")
            .got(error.to_string())
            .into()
    })
}

struct Formats {
    bold: Format,
    text: Format,
    header: Format,
    cell: Format,
    literal: Format,
    /// Stands above every printed page while the numbers are not final.
    watermark: String,
}

fn written(paper: &Paper) -> Result<Vec<u8>, XlsxError> {
    let vi = paper.language == Language::Vi;
    let mut book = Workbook::new();
    let properties = DocProperties::new()
        .set_title(format!("{} – {}", paper.title, paper.subject))
        .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    book.set_properties(&properties);
    let cell = Format::new().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
    let formats = Formats {
        bold: Format::new().set_bold(),
        text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        header: cell.clone().set_bold(),
        literal: cell.clone().set_quote_prefix(),
        cell,
        watermark: paper.watermark.replace('&', "&&"),
    };
    let mut taken = Vec::new();
    let mut name = |wish: &str| {
        let name = sheet_name(wish, &taken);
        taken.push(name.clone());
        name
    };
    let sheet = book.add_worksheet();
    sheet.set_name(name(if vi { "Nội dung" } else { "Text" }))?;
    write_text(sheet, paper, &formats)?;
    for block in &paper.blocks {
        let Block::Figure(figure) = block else { continue };
        let sheet = book.add_worksheet();
        let tab = name(&format!("{} {}", if vi { "Hình" } else { "Figure" }, figure.number));
        sheet.set_name(&tab)?;
        let caption = format!("{} {}. {}", if vi { "Hình" } else { "Figure" }, figure.number, figure.caption);
        let below = write_table(sheet, &caption, &figure.data, &formats)?;
        native_chart(sheet, &tab, figure, below, vi)?;
    }
    for block in &paper.blocks {
        let Block::Table(table) = block else { continue };
        let sheet = book.add_worksheet();
        let word = if vi { "Bảng" } else { "Table" };
        sheet.set_name(name(&format!("{word} {}", table.number)))?;
        write_table(sheet, &format!("{word} {}. {}", table.number, table.caption), table, &formats)?;
    }
    book.save_to_buffer()
}

/// Everything that is read as text, line by line; also method and notes.
fn write_text(sheet: &mut Worksheet, paper: &Paper, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_column_width(0, PAGE_WIDTH)?;
    let mut row = 0;
    let mut line = |text: &str, format: &Format| -> Result<(), XlsxError> {
        sheet.write_string_with_format(row, 0, text, format)?;
        let lines = (text.chars().count() as f64 / (PAGE_WIDTH * 0.95)).ceil().max(1.0);
        sheet.set_row_height(row, 15.0 * lines)?;
        row += 1;
        Ok(())
    };
    if !paper.watermark.is_empty() {
        line(&paper.watermark, &formats.bold)?;
    }
    if paper.is_draft() {
        line(paper.draft_words(), &formats.bold)?;
    }
    line(&paper.title, &formats.bold)?;
    line(&paper.subject, &formats.bold)?;
    for block in &paper.blocks {
        match block {
            Block::Heading(_, text) => line(text, &formats.bold)?,
            Block::Appendix(number, title) => line(&format!("{number}. {title}"), &formats.bold)?,
            Block::Text(text) | Block::Prompt(text) => line(text, &formats.text)?,
            Block::Sentence(sentence) => match sentence.mark(paper.language) {
                Some(mark) => line(&format!("{} {mark}", sentence.text), &formats.text)?,
                None => line(&sentence.text, &formats.text)?,
            },
            Block::Figure(_) | Block::Table(_) | Block::Ending => {}
        }
    }
    sheet.set_paper_size(PAPER).set_print_fit_to_pages(1, 0);
    mark(sheet, formats);
    Ok(())
}

/// Gives the first row below the table.
fn write_table(sheet: &mut Worksheet, caption: &str, table: &Table, formats: &Formats) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(0, 0, caption, &formats.bold)?;
    let header = 2;
    for (column, one) in (0_u16..).zip(&table.columns) {
        let width = (one.width * 1.2).max(10.0);
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(header, column, &one.heading, &formats.header)?;
    }
    let mut row = header;
    for cells in &table.rows {
        row += 1;
        let mut lines = 1.0_f64;
        for ((column, value), one) in (0_u16..).zip(cells).zip(&table.columns) {
            match value {
                Value::Empty => {
                    sheet.write_blank(row, column, &formats.cell)?;
                }
                Value::Text(text) => {
                    let format = if is_formula(text) { &formats.literal } else { &formats.cell };
                    sheet.write_string_with_format(row, column, text, format)?;
                    lines = lines.max((text.chars().count() as f64 / (one.width * 1.2).max(10.0) / 0.85).ceil());
                }
                Value::Number(number, decimals) => {
                    // The spreadsheet writes the separators of its own language.
                    let code = match decimals {
                        0 => "#,##0".to_owned(),
                        decimals => format!("#,##0.{}", "0".repeat(*decimals)),
                    };
                    sheet.write_number_with_format(row, column, *number, &formats.cell.clone().set_num_format(code))?;
                }
            }
        }
        sheet.set_row_height(row, 15.0 * lines)?;
    }
    if !table.note.is_empty() {
        row += 1;
        sheet.write_string(row, 0, &table.note)?;
    }
    sheet.set_freeze_panes(header + 1, 0)?;
    sheet.set_repeat_rows(header, header)?;
    sheet.set_paper_size(PAPER).set_landscape().set_print_fit_to_pages(1, 0);
    mark(sheet, formats);
    Ok(row + 2)
}

fn mark(sheet: &mut Worksheet, formats: &Formats) {
    if !formats.watermark.is_empty() {
        sheet.set_header(format!("&C&B{}", formats.watermark));
    }
}

/// Bars with the very intervals as error bars, from cells of the same sheet, so that who changes a cell sees the chart follow.
fn native_chart(sheet: &mut Worksheet, tab: &str, figure: &Figure, below: u32, vi: bool) -> Result<(), XlsxError> {
    if figure.dots.is_empty() {
        return Ok(());
    }
    let headings = match vi {
        true => ["Tên", "Giá trị", "Dưới", "Trên"],
        false => ["Name", "Value", "Below", "Above"],
    };
    // Beside the table, where nothing is printed over it.
    let first_column = u16::try_from(figure.data.columns.len()).unwrap_or(0) + 1;
    for (column, heading) in (first_column..).zip(headings) {
        sheet.write_string(2, column, heading)?;
    }
    for (row, dot) in (3_u32..).zip(&figure.dots) {
        sheet.write_string(row, first_column, &dot.name)?;
        sheet.write_number(row, first_column + 1, dot.value)?;
        let (lower, upper) = dot.interval.unwrap_or((dot.value, dot.value));
        sheet.write_number(row, first_column + 2, dot.value - lower)?;
        sheet.write_number(row, first_column + 3, upper - dot.value)?;
    }
    let last = 2 + figure.dots.len() as u32;
    let range = |column: u16| (tab, 3, column, last, column);
    let cells = |column: u16| ChartRange::new_from_range(tab, 3, column, last, column);
    let mut chart = Chart::new(ChartType::Bar);
    let mut bars = ChartErrorBars::new();
    bars.set_direction(ChartErrorBarsDirection::Both)
        .set_type(ChartErrorBarsType::Custom(cells(first_column + 3), cells(first_column + 2)));
    chart
        .add_series()
        .set_categories(range(first_column))
        .set_values(range(first_column + 1))
        .set_name(headings[1])
        .set_x_error_bars(&bars);
    chart.title().set_name(&figure.caption).set_font(ChartFont::new().set_size(11));
    chart.legend().set_hidden();
    chart.y_axis().set_reverse();
    chart.set_width(760).set_height(80 + 28 * figure.dots.len() as u32);
    // Excel takes 255 characters; the whole text stands in the other renderings.
    chart.set_alt_text(figure.alt.chars().take(255).collect::<String>());
    sheet.insert_chart(below, 0, &chart)?;
    Ok(())
}
