//! Reading published values from CSV text.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

use super::columns::{Columns, Heading};

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
    /// Codes that stand in the file with an empty value: published as having none.
    pub blank: BTreeSet<String>,
    /// Codes whose value could not be read; the file is refused, but they may be unknown as well.
    pub(super) unreadable: BTreeSet<String>,
    rows: BTreeMap<String, usize>,
    columns: Columns,
}

impl GivenValues {
    /// Problems that name a code, with the row of the file on which that code stands and the column that is wrong there.
    pub(super) fn place(&self, problems: Problems) -> Problems {
        let placed = problems.into_iter().map(|mut problem| {
            let row = problem.place.as_ref().and_then(|place| self.rows.get(place.column.as_ref()?));
            if let Some(row) = row {
                let column = match problem.code {
                    "index_unknown_indicator" => &self.columns.code,
                    "index_base" => self.columns.base.as_ref().unwrap_or(&self.columns.value),
                    _ => &self.columns.value,
                };
                problem.place = Some(Place::cell(*row, &column.name));
            }
            problem
        });
        Problems(placed.collect())
    }
}

/// What a file says: the values that could be read, and every problem of the others. With a problem, none of it may be used.
#[derive(Clone, Debug, Default)]
pub struct ReadValues {
    /// By unit and year, in the order in which they first appear.
    pub given: Vec<GivenValues>,
    /// What could not be read.
    pub problems: Problems,
}

impl ReadValues {
    /// The values, when all of the file could be read.
    ///
    /// # Errors
    /// What could not be read.
    pub fn complete(self) -> Result<Vec<GivenValues>, Problems> {
        self.problems.into_result(self.given)
    }
}

/// Reads rows of `indicator_code,value`. The columns `unit`, `year` and `base` may be there, in any order; others are ignored.
/// Headings may be Vietnamese (`mã`, `giá trị`, `đơn vị`, `năm`, `n`); columns may be separated by comma, semicolon or tab; numbers
/// have a decimal point, or all of them a decimal comma where columns are separated by something else, as Vietnamese
/// spreadsheets save them. A code may be a node's: that is its published score. An empty value is none, as in the official files.
///
/// The problems are all there are, by row and column: a column that is missing or there twice, a value that is not a number, a code
/// that occurs twice for a unit and year or is empty, a year that is none, a row without its unit, a row that is not CSV, no rows.
#[must_use]
pub fn read_values(text: &str) -> ReadValues {
    let mut read = ReadValues::default();
    if let Err(problems) = fill(text, &mut read) {
        read.problems.extend(problems);
    }
    read
}

fn fill(text: &str, read: &mut ReadValues) -> Result<(), Problems> {
    let text: String = text.trim_start_matches('\u{feff}').nfc().collect();
    let heading = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: char| heading.matches(separator).count();
    let delimiter = match (count(';') > count(','), count('\t') > count(',')) {
        (true, _) => b';',
        (_, true) => b'\t',
        _ => b',',
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| not_csv(1, &error))?.clone();
    let mut columns = Columns::find(&headings, row_of(&headings).unwrap_or(1))?;
    let mut records = Vec::new();
    for (position, record) in reader.records().enumerate() {
        match record {
            Ok(record) => records.push((row_of(&record).unwrap_or(position + 2), record)),
            Err(error) => read.problems.push(not_csv(position + 2, &error)),
        }
    }
    let is_empty = |at: usize| records.iter().all(|(_, record)| record.get(at).unwrap_or_default().is_empty());
    // A column of units that nobody filled in says nothing.
    columns.unit = columns.unit.filter(|unit| !is_empty(unit.at));
    let numbers = [Some(columns.value.at), columns.base.as_ref().map(|base| base.at)];
    let has_point = |cell: &str| cell.contains('.') && cell.parse::<f64>().is_ok();
    let is_pointed =
        |record: &csv::StringRecord| numbers.iter().flatten().any(|at| record.get(*at).is_some_and(has_point));
    let decimal = if delimiter != b',' && !records.iter().any(|(_, record)| is_pointed(record)) {
        Decimal::Comma
    } else {
        Decimal::Point
    };
    for (row, record) in &records {
        read_row(&columns, record, *row, decimal, read);
    }
    if records.is_empty() && read.problems.is_empty() {
        read.problems.push(
            Problem::new("index_values_empty", "tệp không có dòng số liệu nào", "the file has no row of values")
                .at(Place::row(2)),
        );
    }
    Ok(())
}

fn row_of(record: &csv::StringRecord) -> Option<usize> {
    record.position().and_then(|place| usize::try_from(place.line()).ok())
}

fn read_row(columns: &Columns, record: &csv::StringRecord, row: usize, decimal: Decimal, read: &mut ReadValues) {
    let problems = &mut read.problems;
    let cell = |heading: &Heading| record.get(heading.at).unwrap_or_default();
    let (code, value) = (cell(&columns.code), cell(&columns.value));
    let unit = columns.unit.as_ref().map(|heading| {
        if cell(heading).is_empty() {
            problems.push(
                Problem::new("index_values_unit", "thiếu tên đơn vị", "the unit is missing")
                    .at(Place::cell(row, &heading.name)),
            );
        }
        cell(heading).to_owned()
    });
    let year = columns.year.as_ref().and_then(|heading| {
        let year = cell(heading).parse::<i64>();
        if year.is_err() {
            problems.push(
                Problem::new("index_values_year", "năm không hợp lệ", "the year is not a year")
                    .at(Place::cell(row, &heading.name))
                    .got(cell(heading)),
            );
        }
        year.ok()
    });
    let groups = &mut read.given;
    let known = groups.iter().position(|group| group.unit == unit && group.year == year);
    let position = known.unwrap_or_else(|| {
        groups.push(GivenValues { unit, year, columns: columns.clone(), ..GivenValues::default() });
        groups.len() - 1
    });
    let group = &mut groups[position];
    if code.is_empty() {
        problems.push(
            Problem::new("index_values_code", "thiếu mã chỉ tiêu", "the indicator code is missing")
                .at(Place::cell(row, &columns.code.name)),
        );
    } else if let Some(first) = group.rows.insert(code.to_owned(), row) {
        problems.push(
            Problem::new(
                "index_values_twice",
                format!("mã {code} xuất hiện nhiều lần"),
                format!("the code {code} occurs more than once"),
            )
            .at(Place::cell(row, &columns.code.name))
            .hint(format!("lần đầu ở dòng {first}"), format!("first on row {first}")),
        );
    }
    if value.is_empty() {
        group.blank.insert(code.to_owned());
        return;
    }
    match number(value, decimal) {
        // A row without a code is told once; its value belongs to nothing.
        Some(_) if code.is_empty() => {}
        Some(number) => {
            group.values.insert(code.to_owned(), number);
        }
        None => {
            group.unreadable.insert(code.to_owned());
            problems.push(not_a_number(row, &columns.value.name, value));
        }
    }
    if let Some(heading) = columns.base.as_ref().filter(|heading| !cell(heading).is_empty()) {
        match number(cell(heading), decimal) {
            Some(base) => {
                group.bases.insert(code.to_owned(), base);
            }
            None => problems.push(not_a_number(row, &heading.name, cell(heading))),
        }
    }
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
        let mut groups = read_values(text).complete().unwrap();
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
            let groups = read_values(text).complete().unwrap();
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
        let given = only("Mã,Giá trị,n\nx,1,9\ny,7,9\n");
        let placed =
            |code| given.place(Problem::new(code, "sai", "wrong").at(Place::column("y")).into()).0[0].place.clone();
        assert_eq!(placed("index_value_outside_range"), Some(Place::cell(3, "Giá trị")));
        assert_eq!(placed("index_unknown_indicator"), Some(Place::cell(3, "Mã")));
        assert_eq!(placed("index_base"), Some(Place::cell(3, "n")));
    }

    #[test]
    fn every_wrong_cell_is_told_with_its_row() {
        let told = read_values("indicator_code,value\n1.1.1,\"0,5\"\n1.1.1,0.4\n,1\n2,NaN\n").problems;
        let rows: Vec<_> = told.iter().map(|problem| problem.place.as_ref().and_then(|place| place.row)).collect();
        assert_eq!(rows, [Some(2), Some(3), Some(4), Some(5)]);
        assert!(told.to_string().contains("use a decimal point"));
        // Both ways of writing in one file: nobody can tell what 1,234 is.
        let told = read_values("code;value;year\n1;0,5;2024\n2;0.5;2024\n").problems;
        assert_eq!(told.len(), 1, "{told}");
    }

    #[test]
    fn a_file_of_a_vietnamese_spreadsheet_has_decimal_commas() {
        let values = only("mã;giá trị\n1.1;0,806528\n1.2;-0,5\n6.4.5;12\n").values;
        assert_eq!(values["1.1"], 0.806_528);
        assert_eq!((values["1.2"], values["6.4.5"]), (-0.5, 12.0));
        assert!(read_values("mã;giá trị\n1;1,2,3\n2;,5\n3;5,\n").problems.len() == 3);
    }

    #[test]
    fn a_code_that_looks_like_a_number_does_not_say_how_numbers_are_written() {
        let values = only("đơn vị;mã;giá trị\nHuế;1.1;0,9\nHuế;1.2;0,8\n").values;
        assert_eq!((values["1.1"], values["1.2"]), (0.9, 0.8));
    }

    #[test]
    fn columns_that_may_be_the_same_thing_are_refused_and_ours_wins() {
        for text in ["code,value,value\n1,5,6\n", "mã,giá trị,điểm\n1,5,6\n", "code,value,n,n\n1,5,6,7\n"] {
            assert_eq!(read_values(text).problems.0[0].code, "index_values_columns", "{text}");
        }
        let values = only("code,indicator_code,score,value\n24,1.1,9,0.5\n").values;
        assert_eq!(values, BTreeMap::from([("1.1".to_owned(), 0.5)]));
    }

    #[test]
    fn a_row_without_its_unit_is_told_and_an_empty_column_of_units_is_none() {
        let told = read_values("code,value,unit\n1,5,Huế\n2,5,\n").problems;
        assert_eq!(told.0[0].place, Some(Place::cell(3, "unit")));
        let given = only("code,value,unit\n1,5,\n2,,\n");
        assert_eq!((given.unit.as_deref(), given.blank.contains("2")), (None, true));
    }

    #[test]
    fn a_file_without_the_columns_or_without_rows_is_refused() {
        assert_eq!(read_values("name,value\n1,2\n").problems.0[0].code, "index_values_columns");
        assert_eq!(read_values("code,value\n").problems.0[0].code, "index_values_empty");
        assert!(!read_values("").problems.is_empty());
    }
}
