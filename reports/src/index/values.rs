//! Reading published values from CSV text.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

/// Headings by which a column is known, the first is ours.
const CODE: &[&str] = &["indicator_code", "code", "mã", "mã chỉ tiêu"];
const VALUE: &[&str] = &["value", "giá trị", "score", "điểm"];
const BASE: &[&str] = &["base", "n", "số câu trả lời"];
const UNIT: &[&str] = &["unit", "province", "đơn vị", "tỉnh"];
const YEAR: &[&str] = &["year", "năm"];

/// Published values of one unit in one year, and where each stood in its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenValues {
    /// The unit, such as a province; `None` when the file has no such column.
    pub unit: Option<String>,
    /// The year; `None` when the file has no such column.
    pub year: Option<i64>,
    /// Values by code of indicator or node.
    pub values: BTreeMap<String, f64>,
    /// Number of answers behind a value, where the file says it.
    pub bases: BTreeMap<String, f64>,
    rows: BTreeMap<String, usize>,
}

impl GivenValues {
    /// Problems that name a code, with the row of the file on which that code stands.
    #[must_use]
    pub fn place(&self, problems: Problems) -> Problems {
        Problems(
            problems
                .into_iter()
                .map(|mut problem| {
                    if let Some(place) = &mut problem.place {
                        place.row = place.column.as_ref().and_then(|code| self.rows.get(code).copied()).or(place.row);
                    }
                    problem
                })
                .collect(),
        )
    }
}

/// Where the columns stand.
struct Columns {
    code: usize,
    value: usize,
    base: Option<usize>,
    unit: Option<usize>,
    year: Option<usize>,
}

impl Columns {
    fn find(headings: &csv::StringRecord) -> Result<Self, Problem> {
        let at = |names: &[&str]| {
            names.iter().find_map(|name| headings.iter().position(|heading| heading.to_lowercase() == **name))
        };
        let (Some(code), Some(value)) = (at(CODE), at(VALUE)) else {
            return Err(Problem::new(
                "index_values_columns",
                "thiếu cột mã chỉ tiêu hoặc cột giá trị",
                "the column of codes or of values is missing",
            )
            .at(Place::row(1))
            .expected("indicator_code,value[,unit][,year][,base]")
            .got(headings.iter().collect::<Vec<_>>().join(",")));
        };
        Ok(Self { code, value, base: at(BASE), unit: at(UNIT), year: at(YEAR) })
    }
}

/// Reads rows of `indicator_code,value`, in order of the units and years as they first appear. The columns `unit`, `year` and
/// `base` may be there, in any order; others are ignored. Headings may be Vietnamese (`mã`, `giá trị`, `đơn vị`, `năm`, `n`);
/// columns may be separated by comma, semicolon or tab; numbers have a decimal point, or all of them a decimal comma where
/// columns are separated by something else, as Vietnamese spreadsheets save them. A code may be a node's: that is its
/// published score. An empty value is none, as in the official files.
///
/// # Errors
/// All at once, by row and column: a missing column, a value that is not a number, a code that occurs twice for a unit and
/// year or is empty, a year that is none, a row that is not CSV, no rows at all.
pub fn read_values(text: &str) -> Result<Vec<GivenValues>, Problems> {
    let text: String = text.trim_start_matches('\u{feff}').nfc().collect();
    let heading = text.lines().next().unwrap_or_default();
    let count = |separator: char| heading.matches(separator).count();
    let delimiter = match (count(';') > count(','), count('\t') > count(',')) {
        (true, _) => b';',
        (_, true) => b'\t',
        _ => b',',
    };
    let decimal =
        if delimiter != b',' && !text.lines().skip(1).any(|line| has_number_with_point(line, char::from(delimiter))) {
            Decimal::Comma
        } else {
            Decimal::Point
        };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = Columns::find(&reader.headers().map_err(|error| not_csv(1, &error))?.clone())?;
    let mut problems = Problems::none();
    let mut groups: Vec<GivenValues> = Vec::new();
    for (position, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(not_csv(position + 2, &error));
                continue;
            }
        };
        let row = record.position().and_then(|place| usize::try_from(place.line()).ok()).unwrap_or(position + 2);
        if let Err(told) = read_row(&columns, &record, row, decimal, &mut groups) {
            problems.extend(told);
        }
    }
    if groups.is_empty() && problems.is_empty() {
        problems.push(
            Problem::new("index_values_empty", "tệp không có dòng số liệu nào", "the file has no row of values")
                .at(Place::row(2)),
        );
    }
    problems.into_result(groups)
}

fn read_row(
    columns: &Columns,
    record: &csv::StringRecord,
    row: usize,
    decimal: Decimal,
    groups: &mut Vec<GivenValues>,
) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let cell = |at: usize| record.get(at).unwrap_or_default();
    let (code, value) = (cell(columns.code), cell(columns.value));
    let unit = columns.unit.map(|at| cell(at).to_owned());
    let year = columns.year.and_then(|at| match cell(at).parse::<i64>() {
        Ok(year) => Some(year),
        Err(_) => {
            problems.push(
                Problem::new("index_values_year", "năm không hợp lệ", "the year is not a year")
                    .at(Place::cell(row, "year"))
                    .got(cell(at)),
            );
            None
        }
    });
    let known = groups.iter().position(|group| group.unit == unit && group.year == year);
    let position = known.unwrap_or_else(|| {
        groups.push(GivenValues { unit, year, ..GivenValues::default() });
        groups.len() - 1
    });
    let group = &mut groups[position];
    if code.is_empty() {
        problems.push(
            Problem::new("index_values_code", "thiếu mã chỉ tiêu", "the indicator code is missing")
                .at(Place::cell(row, "indicator_code")),
        );
    } else if let Some(first) = group.rows.insert(code.to_owned(), row) {
        problems.push(
            Problem::new(
                "index_values_twice",
                format!("mã {code} xuất hiện nhiều lần"),
                format!("the code {code} occurs more than once"),
            )
            .at(Place::cell(row, "indicator_code"))
            .hint(format!("lần đầu ở dòng {first}"), format!("first on row {first}")),
        );
    }
    if !value.is_empty() {
        match number(value, decimal) {
            Some(number) => {
                group.values.insert(code.to_owned(), number);
            }
            None => problems.push(not_a_number(row, "value", value)),
        }
        if let Some(base) = columns.base.map(cell).filter(|base| !base.is_empty()) {
            match number(base, decimal) {
                Some(base) => {
                    group.bases.insert(code.to_owned(), base);
                }
                None => problems.push(not_a_number(row, "base", base)),
            }
        }
    }
    problems.into_result(())
}

/// How the numbers of a file are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Decimal {
    Point,
    /// A comma, or whole numbers only.
    Comma,
}

fn number(text: &str, decimal: Decimal) -> Option<f64> {
    let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let written = match (decimal, text.split_once(',')) {
        (Decimal::Comma, Some((whole, part))) if is_plain(whole.trim_start_matches('-')) && is_plain(part) => {
            format!("{whole}.{part}")
        }
        _ => text.to_owned(),
    };
    written.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Whether a cell of the line is a number with a decimal point: codes such as `1.1.1` are none, a year has no point. A code such as
/// `1.1` looks like one, so the first cell does not count.
fn has_number_with_point(line: &str, delimiter: char) -> bool {
    let cells = line.split(delimiter).skip(1).map(|cell| cell.trim().trim_matches('"'));
    cells.into_iter().any(|cell| cell.contains('.') && cell.parse::<f64>().is_ok())
}

fn not_csv(row: usize, error: &csv::Error) -> Problem {
    Problem::new("index_values_csv", "dòng này không đúng dạng CSV", "this row is not valid CSV")
        .at(Place::row(row))
        .got(error.to_string())
}

fn not_a_number(row: usize, column: &str, value: &str) -> Problem {
    let problem = Problem::new("index_values_number", "giá trị không phải là số", "the value is not a number")
        .at(Place::cell(row, column))
        .expected("0.25")
        .got(value);
    if value.contains(',') {
        return problem.hint(
            "dùng dấu chấm thập phân; dấu phẩy chỉ khi cột cách nhau bằng dấu chấm phẩy và mọi số đều viết như vậy",
            "use a decimal point in CSV; a comma only where columns are separated by semicolons and all numbers have it",
        );
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> GivenValues {
        let mut groups = read_values(text).unwrap();
        assert_eq!(groups.len(), 1);
        groups.remove(0)
    }

    #[test]
    fn values_are_read_and_an_empty_one_is_no_value() {
        let values = only("\u{feff}indicator_code,name,value\n1.1.1,x, 0.5\n1.1.2,y,\n");
        assert_eq!(values.values, BTreeMap::from([("1.1.1".to_owned(), 0.5)]));
        assert_eq!((values.unit, values.year), (None, None));
    }

    #[test]
    fn units_and_years_are_kept_apart_in_any_dress() {
        for text in [
            "Mã,Giá trị,Đơn vị,Năm,n\n1,5,Huế,2023,9\n1,6,Huế,2024,9\n2,4,Huế,2023,9\n",
            "mã;giá trị;đơn vị;năm;n\n1;5;Huế;2023;9\n1;6;Huế;2024;9\n2;4;Huế;2023;9\n",
            "code\tvalue\tprovince\tyear\tbase\n1\t5\tHuế\t2023\t9\n1\t6\tHuế\t2024\t9\n2\t4\tHuế\t2023\t9\n",
        ] {
            let groups = read_values(text).unwrap();
            assert_eq!(groups.len(), 2, "{text}");
            assert_eq!(
                (groups[0].unit.as_deref(), groups[0].year, groups[0].values.len()),
                (Some("Huế"), Some(2023), 2)
            );
            assert_eq!(groups[1].values["1"], 6.0);
            assert_eq!(groups[1].bases["1"], 9.0);
        }
    }

    #[test]
    fn a_problem_with_a_value_names_its_row() {
        let given = only("indicator_code,value\nx,1\ny,7\n");
        let placed = given.place(Problem::new("p", "sai", "wrong").at(Place::column("y")).into());
        assert_eq!(placed.0[0].place.as_ref().and_then(|place| place.row), Some(3));
    }

    #[test]
    fn every_wrong_cell_is_told_with_its_row() {
        let told = read_values("indicator_code,value\n1.1.1,\"0,5\"\n1.1.1,0.4\n,1\n2,NaN\n").unwrap_err();
        let rows: Vec<_> = told.iter().map(|problem| problem.place.as_ref().and_then(|place| place.row)).collect();
        assert_eq!(rows, [Some(2), Some(3), Some(4), Some(5)]);
        assert!(told.to_string().contains("use a decimal point"));
        // Both ways of writing in one file: nobody can tell what 1,234 is.
        let told = read_values("code;value;year\n1;0,5;2024\n2;0.5;2024\n").unwrap_err();
        assert_eq!(told.len(), 1, "{told}");
    }

    #[test]
    fn a_file_of_a_vietnamese_spreadsheet_has_decimal_commas() {
        let values = only("mã;giá trị\n1.1;0,806528\n1.2;-0,5\n6.4.5;12\n").values;
        assert_eq!(values["1.1"], 0.806_528);
        assert_eq!((values["1.2"], values["6.4.5"]), (-0.5, 12.0));
        assert!(read_values("mã;giá trị\n1;1,2,3\n2;,5\n3;5,\n").unwrap_err().len() == 3);
    }

    #[test]
    fn a_file_without_the_columns_or_without_rows_is_refused() {
        assert_eq!(read_values("name,value\n1,2\n").unwrap_err().0[0].code, "index_values_columns");
        assert_eq!(read_values("code,value\n").unwrap_err().0[0].code, "index_values_empty");
        assert!(read_values("").is_err());
    }
}
