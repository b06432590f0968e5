//! Tables from files: CSV and Parquet, by polars. Paths belong to the caller.

mod parquet;

pub use parquet::{Parquet, parquet};

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use polars::prelude::{Column as Series, DataFrame, DataType};
use polars_io::SerReader;
use polars_io::prelude::CsvReadOptions;
use problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use crate::table::{Cells, Column, Table};

/// Reads CSV (RFC 4180: comma, double quotes, first line the names; UTF-8 with or without byte order mark).
///
/// An empty field is missing. A column whose every other field is a decimal number (`12`, `-0.5`, `3e-7`) is numeric, each
/// parsed to the nearest `f64`; a column with a leading zero somewhere (`01`) holds codes, and codes are texts. Names and texts
/// are brought to Unicode NFC.
///
/// # Errors
/// `read_csv` (not a CSV file, a line of another length, not UTF-8), `read_empty`, `read_duplicate_column`.
pub fn csv(bytes: &[u8], file: &str) -> Result<Table, Problems> {
    csv_columns(bytes, file, None)
}

/// As [`csv`], only these columns; all of them when one is not there, so that whoever asks for it hears what is.
///
/// # Errors
/// As [`csv`]: the whole file is checked.
pub fn csv_columns(bytes: &[u8], file: &str, columns: Option<&[String]>) -> Result<Table, Problems> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| unreadable("read_csv", file, &format!("not UTF-8 after byte {}", error.valid_up_to())))?;
    check_shape(text, file)?;
    let frame = CsvReadOptions::default()
        .with_has_header(true)
        .with_infer_schema_length(Some(0))
        .into_reader_with_file_handle(Cursor::new(bytes))
        .finish()
        .map_err(|error| unreadable("read_csv", file, &error.to_string()))?;
    table(&frame, file, columns, true)
}

fn unreadable(code: &'static str, file: &str, why: &str) -> Problems {
    Problem::new(code, "không đọc được tệp số liệu", "the data file cannot be read")
        .at(Place::default().in_file(file))
        .got(why)
        .into()
}

/// Every record has as many fields as the header, and every name is used once. The reader itself would fill up short
/// records and rename repeated columns without a word.
fn check_shape(text: &str, file: &str) -> Result<(), Problems> {
    let mut records = Records { rest: text, line: 1 };
    let Some((_, header)) = records.next() else {
        return Err(Problem::new("read_empty", "tệp số liệu rỗng", "the data file is empty")
            .at(Place::default().in_file(file))
            .into());
    };
    let mut problems = Problems::none();
    let mut sorted: Vec<&str> = header.clone();
    sorted.sort_unstable();
    for pair in sorted.windows(2).filter(|pair| pair[0] == pair[1]) {
        problems.push(
            Problem::new(
                "read_duplicate_column",
                format!("tên cột {} xuất hiện nhiều lần", pair[0]),
                format!("column name {} is used more than once", pair[0]),
            )
            .at(Place::column(pair[0]).in_file(file)),
        );
    }
    for (line, fields) in records.filter(|(_, fields)| fields.len() != header.len()).take(20) {
        problems.push(
            Problem::new(
                "read_csv",
                "dòng có số cột khác dòng tiêu đề",
                "a line has another number of fields than the header",
            )
            .at(Place::row(line).in_file(file))
            .expected(format!("{} fields", header.len()))
            .got(format!("{} fields", fields.len())),
        );
    }
    problems.into_result(())
}

/// The records of a CSV text with the line each starts on; fields keep their quotes.
struct Records<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Iterator for Records<'a> {
    type Item = (usize, Vec<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut fields = Vec::new();
        let (mut start, mut quoted, line) = (0, false, self.line);
        if self.rest.is_empty() {
            return None;
        }
        for (at, byte) in self.rest.bytes().enumerate() {
            match byte {
                b'"' => quoted = !quoted,
                b',' if !quoted => {
                    fields.push(&self.rest[start..at]);
                    start = at + 1;
                }
                b'\n' => {
                    self.line += 1;
                    if !quoted {
                        fields.push(self.rest[start..at].trim_end_matches('\r'));
                        self.rest = &self.rest[at + 1..];
                        return Some((line, fields));
                    }
                }
                _ => {}
            }
        }
        fields.push(&self.rest[start..]);
        self.rest = "";
        Some((line, fields))
    }
}

/// The table of a data frame. `texts_may_be_numbers`: a column of texts that all are decimal numbers holds numbers.
fn table(
    frame: &DataFrame,
    file: &str,
    columns: Option<&[String]>,
    texts_may_be_numbers: bool,
) -> Result<Table, Problems> {
    let mut problems = Problems::none();
    if frame.height() == 0 {
        problems.push(
            Problem::new("read_empty", "tệp số liệu không có dòng nào", "the data file has no rows")
                .at(Place::default().in_file(file)),
        );
    }
    let mut table = Table::new();
    let names: Vec<String> = frame.columns().iter().map(|series| series.name().nfc().collect()).collect();
    let columns = columns.filter(|columns| columns.iter().all(|column| names.contains(column)));
    for (series, name) in frame.columns().iter().zip(names) {
        if columns.is_some_and(|columns| !columns.contains(&name)) {
            continue;
        }
        let inserted = column(series, &name, texts_may_be_numbers).and_then(|column| table.insert(name, column));
        if let Err(problem) = inserted {
            problems.push(problem.in_file(file));
        }
    }
    problems.into_result(table)
}

fn column(series: &Series, name: &str, texts_may_be_numbers: bool) -> Result<Column, Problem> {
    let unreadable = |why: String| wrong_type(name, &why);
    match series.dtype() {
        DataType::String => {
            let texts = series.str().map_err(|error| unreadable(error.to_string()))?;
            let texts = || texts.iter().map(|text| text.filter(|text| !text.is_empty()));
            let numbers = if texts_may_be_numbers { numbers(texts()) } else { None };
            Ok(numbers.map_or_else(|| categories(texts()), Column::numeric))
        }
        DataType::Categorical(..) | DataType::Enum(..) => {
            let texts = series.cast(&DataType::String).map_err(|error| unreadable(error.to_string()))?;
            let texts = texts.str().map_err(|error| unreadable(error.to_string()))?;
            Ok(categories(texts.iter().map(|text| text.filter(|text| !text.is_empty()))))
        }
        kind if kind.is_primitive_numeric() || *kind == DataType::Boolean => {
            let cast = series.cast(&DataType::Float64).map_err(|error| unreadable(error.to_string()))?;
            let values = cast.f64().map_err(|error| unreadable(error.to_string()))?;
            let mut numbers = Vec::with_capacity(values.len());
            for chunk in values.downcast_iter() {
                let first = numbers.len();
                numbers.extend_from_slice(chunk.values());
                if let Some(is_there) = chunk.validity() {
                    let gaps = numbers[first..].iter_mut().zip(is_there.iter());
                    gaps.filter(|(_, is_there)| !is_there).for_each(|(number, _)| *number = f64::NAN);
                }
            }
            Ok(Column::numeric(numbers))
        }
        DataType::Null => Ok(Column::numeric(vec![f64::NAN; series.len()])),
        kind => Err(unreadable(kind.to_string())),
    }
}

/// The problem of a column that holds neither numbers nor texts.
fn wrong_type(name: &str, got: &str) -> Problem {
    Problem::new(
        "read_column_type",
        format!("cột {name} có kiểu dữ liệu không dùng được"),
        format!("column {name} has a type that cannot be used"),
    )
    .at(Place::column(name))
    .expected(("số hoặc văn bản", "numbers or texts"))
    .got(got)
    .hint(
        "đổi cột sang số thực hoặc chữ trước khi ghi tệp",
        "turn it into floating-point numbers or texts before writing the file",
    )
}

/// Texts as categories in the order in which they first occur. Each text is brought to NFC once, not on every row.
fn categories<'a>(texts: impl Iterator<Item = Option<&'a str>>) -> Column {
    let mut code_of_raw: HashMap<&str, u32> = HashMap::new();
    let mut code_of_text: BTreeMap<String, u32> = BTreeMap::new();
    let mut labels: Vec<String> = Vec::new();
    let mut last = None;
    let mut code = |text: &'a str| match last {
        Some((same, code)) if same == text => code,
        _ => {
            let code = *code_of_raw.entry(text).or_insert_with(|| {
                let normal: String = text.nfc().collect();
                *code_of_text.entry(normal).or_insert_with_key(|normal| {
                    labels.push(normal.clone());
                    (labels.len() - 1) as u32
                })
            });
            last = Some((text, code));
            code
        }
    };
    let codes = texts.map(|text| text.map_or(Cells::MISSING_CODE, &mut code)).collect();
    Column { cells: Cells::Categorical { codes, labels }, missing_reasons: BTreeMap::new() }
}

/// The numbers of a column, if every field that is not missing is one.
fn numbers<'a>(mut texts: impl Iterator<Item = Option<&'a str>>) -> Option<Vec<f64>> {
    texts.try_fold(Vec::new(), |mut numbers, text| {
        numbers.push(text.map_or(Some(f64::NAN), number)?);
        Some(numbers)
    })
}

/// A decimal number. Words that `f64` would also accept (`inf`, `nan`) and codes with a leading zero (`01`) are texts.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text).as_bytes();
    let starts = digits.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.');
    let code = digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit();
    if starts && !code { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Table, Problems> {
        csv(text.as_bytes(), "t.csv")
    }

    #[test]
    fn numbers_are_read_to_the_last_bit_and_codes_stay_codes() {
        let table = read("w,code,name,gap\r\n33.846996307373047,01,\"Ðoàn, A\",\r\n1e-7,2,E,3\r\n").unwrap();
        assert_eq!(table.get("w").unwrap().cells, Cells::Numeric(vec![33.846_996_307_373_05, 1e-7]));
        assert_eq!(table.get("code").unwrap().label(0).as_deref(), Some("01"));
        assert_eq!(table.get("name").unwrap().label(0).as_deref(), Some("Ðoàn, A"));
        assert!(table.get("gap").unwrap().is_missing(0));
        assert_eq!(table.get("gap").unwrap().label(1).as_deref(), Some("3"));
    }

    #[test]
    fn names_and_texts_are_brought_to_nfc() {
        let table = read("xa\u{303}\nHa\u{300}\n").unwrap();
        assert_eq!(table.get("xã").and_then(|column| column.label(0)).as_deref(), Some("Hà"));
    }

    #[test]
    fn words_that_look_like_floats_are_texts() {
        let table = read("a,b\nnan,1\ninf,NA\n").unwrap();
        assert_eq!(table.get("a").unwrap().label(1).as_deref(), Some("inf"));
        assert_eq!(table.get("b").unwrap().label(1).as_deref(), Some("NA"));
    }

    #[test]
    fn a_short_line_a_repeated_name_and_an_empty_file_are_problems() {
        let short = read("a,b\n1,2\n3\n").unwrap_err();
        assert_eq!(short.0[0].code, "read_csv");
        assert_eq!(short.0[0].place.as_ref().and_then(|place| place.row), Some(3));
        assert_eq!(read("a,a\n1,2\n").unwrap_err().0[0].code, "read_duplicate_column");
        assert_eq!(read("").unwrap_err().0[0].code, "read_empty");
        assert_eq!(read("a,b\n").unwrap_err().0[0].code, "read_empty");
        assert_eq!(csv(b"a\n\xff\n", "t.csv").unwrap_err().0[0].code, "read_csv");
        assert_eq!(parquet(b"no parquet".to_vec(), "t.parquet").unwrap_err().0[0].code, "read_parquet");
    }

    #[test]
    fn parquet_keeps_numbers_texts_flags_and_gaps() {
        let columns = vec![
            Series::new("count".into(), &[Some(3_i64), None]),
            Series::new("share".into(), &[Some(0.1_f64), Some(f64::NAN)]),
            Series::new("flag".into(), &[Some(true), Some(false)]),
            Series::new("sex".into(), &[Some("Nữ"), None]),
        ];
        let mut frame = DataFrame::new_infer_height(columns).unwrap();
        let mut bytes = Vec::new();
        polars_io::prelude::ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        let table = parquet(bytes, "t.parquet").unwrap();
        let label = |name: &str, row| table.get(name).unwrap().label(row);
        assert_eq!([label("count", 0), label("count", 1)], [Some("3".to_owned()), None]);
        assert_eq!([label("share", 0), label("share", 1)], [Some("0.1".to_owned()), None]);
        assert_eq!([label("flag", 0), label("flag", 1)], [Some("1".to_owned()), Some("0".to_owned())]);
        assert_eq!([label("sex", 0), label("sex", 1)], [Some("Nữ".to_owned()), None]);
    }

    fn parquet_of(columns: Vec<Series>) -> Vec<u8> {
        let mut frame = DataFrame::new_infer_height(columns).unwrap();
        let mut bytes = Vec::new();
        polars_io::prelude::ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
        bytes
    }

    #[test]
    fn parquet_keeps_small_integers_and_categories() {
        let small = |name: &str, kind: DataType, values: [Option<i64>; 3]| {
            Series::new(name.into(), &values).cast(&kind).unwrap()
        };
        let categories = polars::prelude::Categories::global();
        let kind = DataType::Categorical(categories.clone(), categories.mapping());
        let bytes = parquet_of(vec![
            small("i8", DataType::Int8, [Some(-128), None, Some(127)]),
            small("i16", DataType::Int16, [Some(-32_768), None, Some(32_767)]),
            small("u8", DataType::UInt8, [Some(0), None, Some(255)]),
            small("u16", DataType::UInt16, [Some(0), None, Some(65_535)]),
            Series::new("tỉnh".into(), &[Some("Hà Nội"), None, Some("Huế")]).cast(&kind).unwrap(),
        ]);
        let table = parquet(bytes, "t.parquet").unwrap();
        let label = |name: &str, row| table.get(name).unwrap().label(row);
        for (name, first, last) in
            [("i8", "-128", "127"), ("i16", "-32768", "32767"), ("u8", "0", "255"), ("u16", "0", "65535")]
        {
            let got = [label(name, 0), label(name, 1), label(name, 2)];
            assert_eq!(got, [Some(first.to_owned()), None, Some(last.to_owned())], "{name}");
        }
        assert!(matches!(table.get("tỉnh").unwrap().cells, Cells::Categorical { .. }));
        assert_eq!([label("tỉnh", 0), label("tỉnh", 1)], [Some("Hà Nội".to_owned()), None]);
    }

    #[test]
    fn a_type_that_is_neither_number_nor_text_is_refused_where_it_is_needed() {
        let numbers = Series::new("y".into(), &[1.0, 2.0]);
        let days = Series::new("ngày".into(), &[1_i32, 2]).cast(&DataType::Date).unwrap();
        let bytes = parquet_of(vec![numbers, days]);
        let problem = parquet(bytes.clone(), "t.parquet").unwrap_err().0.remove(0);
        assert_eq!((problem.code, problem.got.clone()), ("read_column_type", Some("Date32".into())));
        assert_eq!(problem.place.and_then(|place| place.column).as_deref(), Some("ngày"));
        let mut file = Parquet::new(Cursor::new(bytes), "t.parquet").unwrap();
        assert_eq!(file.whole(Some(&["y".to_owned()])).unwrap().n_rows(), 2);
    }

    #[test]
    fn a_column_without_values_is_missing_throughout() {
        let table = read("a,b\n,1\n,2\n").unwrap();
        assert!((0..2).all(|row| table.get("a").unwrap().is_missing(row)));
    }
}
