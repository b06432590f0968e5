//! A data set as a workbook: data, codebook, choices, what it is.

use problem::{Language, Problem, Problems};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::codebook::{self, TextTable};
use super::dataset::{Cell, DataSet, Kind, Variable, missing_mark};
use super::harmless::is_formula;
use super::{CellWords, DataOptions};

/// Characters that a cell holds.
const TEXT_MAX: usize = 32_767;
/// What a sheet holds beside its line of names.
const ROWS_MAX: usize = 1_048_575;
const COLUMNS_MAX: usize = 16_384;
/// Letters of a sheet's name.
const NAME_MAX: usize = 31;
/// The first day that every spreadsheet counts alike: 1 March 1900, in days since 1970-01-01.
const FIRST_DAY: f64 = -25_508.0;
/// Day 0 of spreadsheets, in days before 1970-01-01.
const EPOCH: f64 = 25_569.0;

/// The bytes of the `.xlsx`.
///
/// # Errors
/// `export_too_large` for more rows or columns than a sheet holds.
pub fn bytes(data: &DataSet, options: DataOptions) -> Result<Vec<u8>, Problems> {
    let too_large = |table: &&DataSet| table.n_rows() > ROWS_MAX || table.variables().len() > COLUMNS_MAX;
    if let Some(table) = data.tables().find(too_large) {
        return Err(Problem::new(
            "export_too_large",
            "bảng tính không chứa hết dữ liệu; hãy xuất CSV hoặc Parquet",
            "a spreadsheet does not hold these data; export CSV or Parquet",
        )
        .expected(format!("{ROWS_MAX} × {COLUMNS_MAX}"))
        .got(format!("{} × {}", table.n_rows(), table.variables().len()))
        .into());
    }
    written(data, options).map_err(|error| {
        Problem::new("xlsx_refused", "không ghi được bảng tính", "the spreadsheet cannot be written")
            .got(error.to_string())
            .into()
    })
}

fn written(data: &DataSet, options: DataOptions) -> Result<Vec<u8>, XlsxError> {
    let vi = data.language == Language::Vi;
    let mut book = Workbook::new();
    // A fixed date: when it was exported stands in the file as a fact.
    let properties = DocProperties::new()
        .set_title(format!("{} – {}", data.origin.round_name, data.origin.form_title))
        .set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    book.set_properties(&properties);
    let formats = Formats::new();
    let sheet = book.add_worksheet();
    sheet.set_name(if vi { "Dữ liệu" } else { "Data" })?;
    let mut n_cut = write_rows(sheet, data, options, &formats)?;
    for (table, name) in data.repeats().iter().zip(sheet_names(data)) {
        let sheet = book.add_worksheet();
        sheet.set_name(name)?;
        n_cut += write_rows(sheet, table, options, &formats)?;
    }
    let sheet = book.add_worksheet();
    sheet.set_name(if vi { "Sổ mã" } else { "Codebook" })?;
    write_table(
        sheet,
        &codebook::of_all(data, codebook::variables),
        &[24.0, 60.0, 12.0, 14.0, 30.0, 20.0, 30.0, 24.0, 24.0, 12.0, 60.0, 20.0],
        &formats,
    )?;
    let sheet = book.add_worksheet();
    sheet.set_name(if vi { "Lựa chọn" } else { "Choices" })?;
    write_table(sheet, &codebook::of_all(data, codebook::choices), &[24.0, 14.0, 60.0, 10.0, 20.0], &formats)?;
    let sheet = book.add_worksheet();
    sheet.set_name(if vi { "Thông tin" } else { "About" })?;
    let mut rows: Vec<Vec<String>> = data.facts().into_iter().map(|(label, value)| vec![label, value]).collect();
    if n_cut > 0 {
        rows.push(match vi {
            true => {
                vec!["Lưu ý".to_owned(), format!("{n_cut} văn bản dài hơn {TEXT_MAX} ký tự bị cắt (kết thúc bằng …)")]
            }
            false => {
                vec!["Note".to_owned(), format!("{n_cut} texts above {TEXT_MAX} characters were cut (they end with …)")]
            }
        });
    }
    let headings = if vi { ["Mục", "Nội dung"] } else { ["Item", "Value"] };
    let table = TextTable { headings: headings.map(str::to_owned).to_vec(), rows };
    write_table(sheet, &table, &[30.0, 100.0], &formats)?;
    book.save_to_buffer()
}

/// Names of the sheets of repeats: theirs, as far as a spreadsheet takes them, and each once.
fn sheet_names(data: &DataSet) -> Vec<String> {
    // Ours, in both languages, and one that Excel keeps for itself.
    let mut taken: Vec<String> =
        ["dữ liệu", "sổ mã", "lựa chọn", "thông tin", "data", "codebook", "choices", "about", "history"]
            .map(str::to_owned)
            .to_vec();
    let mut names = Vec::new();
    for table in data.repeats() {
        let letters = table.table().unwrap_or_default().chars();
        let plain: String = letters.map(|c| if "[]:*?/\\'".contains(c) { '_' } else { c }).take(NAME_MAX).collect();
        let mut name = plain.clone();
        for number in 2.. {
            if !name.is_empty() && !taken.contains(&name.to_lowercase()) {
                break;
            }
            let end = format!("_{number}");
            name = plain.chars().take(NAME_MAX - end.len()).collect::<String>() + &end;
        }
        taken.push(name.to_lowercase());
        names.push(name);
    }
    names
}

struct Formats {
    heading: Format,
    day: Format,
    /// Stays text when a person edits the cell.
    literal: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            heading: Format::new().set_bold(),
            day: Format::new().set_num_format("dd/mm/yyyy"),
            literal: Format::new().set_quote_prefix(),
        }
    }
}

/// Says how many texts were too long.
fn write_rows(
    sheet: &mut Worksheet,
    data: &DataSet,
    options: DataOptions,
    formats: &Formats,
) -> Result<usize, XlsxError> {
    let mut n_cut = 0;
    let n_columns = data.variables().len();
    for (column, variable) in (0_u16..).zip(data.variables()) {
        sheet.write_string_with_format(0, column, &variable.name, &formats.heading)?;
        sheet.set_column_width(column, (variable.name.chars().count() as f64 + 2.0).clamp(8.0, 40.0))?;
    }
    for row in 0..data.n_rows() {
        let place = row as u32 + 1;
        for (column, variable) in (0_u16..).zip(data.variables()) {
            n_cut += usize::from(write_cell(sheet, (place, column), data, variable, row, options, formats)?);
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    if n_columns > 0 {
        sheet.autofilter(0, 0, data.n_rows() as u32, n_columns as u16 - 1)?;
    }
    Ok(n_cut)
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    data: &DataSet,
    variable: &Variable,
    from: usize,
    options: DataOptions,
    formats: &Formats,
) -> Result<bool, XlsxError> {
    match variable.cell(from) {
        Cell::Number(days) if variable.kind == Kind::Date => {
            if days >= FIRST_DAY {
                sheet.write_number_with_format(row, column, days + EPOCH, &formats.day)?;
            } else if let Some(day) = super::csv::date(days) {
                sheet.write_string(row, column, day.to_string())?;
            }
        }
        Cell::Number(number) => {
            sheet.write_number(row, column, number)?;
        }
        Cell::Category(position) => {
            let category = &variable.categories()[position];
            match (options.words, category.code.parse::<i32>()) {
                (CellWords::Labels, _) => return write_text(sheet, (row, column), &category.label, formats),
                (CellWords::Codes, Ok(number)) if number.to_string() == category.code => {
                    sheet.write_number(row, column, f64::from(number))?;
                }
                (CellWords::Codes, _) => return write_text(sheet, (row, column), &category.code, formats),
            }
        }
        Cell::Text(text) => return write_text(sheet, (row, column), text, formats),
        Cell::Missing(reason) => {
            if let Some(mark) = missing_mark(reason).filter(|_| !options.blank_missing) {
                match options.words {
                    CellWords::Codes => sheet.write_number(row, column, f64::from(mark.code))?,
                    CellWords::Labels => sheet.write_string(row, column, mark.words(data.language))?,
                };
            }
        }
    }
    Ok(false)
}

/// Text as text, whatever it begins with; says whether it was too long.
fn write_text(sheet: &mut Worksheet, at: (u32, u16), text: &str, formats: &Formats) -> Result<bool, XlsxError> {
    // Excel counts UTF-16 units.
    let is_long = text.len() > TEXT_MAX && text.encode_utf16().count() > TEXT_MAX;
    let cut;
    let text = if is_long {
        cut = shortened(text, TEXT_MAX);
        cut.as_str()
    } else {
        text
    };
    if is_formula(text) {
        sheet.write_string_with_format(at.0, at.1, text, &formats.literal)?;
    } else if !text.is_empty() {
        sheet.write_string(at.0, at.1, text)?;
    }
    Ok(is_long)
}

fn shortened(text: &str, units: usize) -> String {
    let mut left = units - 1;
    let mut cut: String = text
        .chars()
        .take_while(|letter| {
            let fits = letter.len_utf16() <= left;
            left = left.saturating_sub(letter.len_utf16());
            fits
        })
        .collect();
    cut.push('…');
    cut
}

fn write_table(sheet: &mut Worksheet, table: &TextTable, widths: &[f64], formats: &Formats) -> Result<(), XlsxError> {
    for ((column, heading), width) in (0_u16..).zip(&table.headings).zip(widths) {
        sheet.write_string_with_format(0, column, heading, &formats.heading)?;
        sheet.set_column_width(column, *width)?;
    }
    for (row, cells) in (1_u32..).zip(&table.rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            write_text(sheet, (row, column), cell, formats)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}
