//! Reading published indicator values from CSV text.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

/// Published indicator values and where each stood in its file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenValues {
    /// Values by indicator code.
    pub values: BTreeMap<String, f64>,
    rows: BTreeMap<String, usize>,
}

impl GivenValues {
    /// Problems that name an indicator, with the row of the file on which that indicator stands.
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

/// Reads `indicator_code,value` rows: a header with these two columns (others are allowed and ignored), values with a
/// decimal point. An empty value is an indicator without a value, as in the official files.
///
/// # Errors
/// All at once, by row and column: a missing column, a value that is not a number, a code that occurs twice or is empty, a
/// row that is not CSV.
pub fn read_values(text: &str) -> Result<GivenValues, Problems> {
    let text: String = text.trim_start_matches('\u{feff}').nfc().collect();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|error| not_csv(1, &error))?.clone();
    let position = |name: &str| headings.iter().position(|heading| heading == name);
    let (Some(code_at), Some(value_at)) = (position("indicator_code"), position("value")) else {
        return Err(Problem::new(
            "index_values_columns",
            "thiếu cột indicator_code hoặc value",
            "the column indicator_code or value is missing",
        )
        .at(Place::row(1))
        .expected("indicator_code,value")
        .got(headings.iter().collect::<Vec<_>>().join(","))
        .into());
    };
    let mut problems = Problems::none();
    let mut values = BTreeMap::new();
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for (position, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                problems.push(not_csv(position + 2, &error));
                continue;
            }
        };
        let row = record.position().and_then(|place| usize::try_from(place.line()).ok()).unwrap_or(position + 2);
        let (code, value) = (record.get(code_at).unwrap_or_default(), record.get(value_at).unwrap_or_default());
        if code.is_empty() {
            problems.push(
                Problem::new("index_values_code", "thiếu mã chỉ tiêu", "the indicator code is missing")
                    .at(Place::cell(row, "indicator_code")),
            );
        } else if let Some(first) = rows.insert(code.to_owned(), row) {
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
        if value.is_empty() {
            continue;
        }
        match value.parse::<f64>().ok().filter(|number| number.is_finite()) {
            Some(number) => {
                values.insert(code.to_owned(), number);
            }
            None => problems.push(not_a_number(row, value)),
        }
    }
    problems.into_result(GivenValues { values, rows })
}

fn not_csv(row: usize, error: &csv::Error) -> Problem {
    Problem::new("index_values_csv", "dòng này không đúng dạng CSV", "this row is not valid CSV")
        .at(Place::row(row))
        .got(error.to_string())
}

fn not_a_number(row: usize, value: &str) -> Problem {
    let problem = Problem::new("index_values_number", "giá trị không phải là số", "the value is not a number")
        .at(Place::cell(row, "value"))
        .expected("0.25")
        .got(value);
    if value.contains(',') {
        return problem.hint("trong CSV dùng dấu chấm thập phân", "use a decimal point in CSV");
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_an_empty_one_is_no_value() {
        let values = read_values("\u{feff}indicator_code,name,value\n1.1.1,x, 0.5\n1.1.2,y,\n").unwrap();
        assert_eq!(values.values, BTreeMap::from([("1.1.1".to_owned(), 0.5)]));
    }

    #[test]
    fn a_problem_with_a_value_names_its_row() {
        let given = read_values("indicator_code,value\nx,1\ny,7\n").unwrap();
        let placed = given.place(Problem::new("p", "sai", "wrong").at(Place::column("y")).into());
        assert_eq!(placed.0[0].place.as_ref().and_then(|place| place.row), Some(3));
    }

    #[test]
    fn every_wrong_cell_is_told_with_its_row() {
        let told = read_values("indicator_code,value\n1.1.1,\"0,5\"\n1.1.1,0.4\n,1\n2,NaN\n").unwrap_err();
        let rows: Vec<_> = told.iter().map(|problem| problem.place.as_ref().and_then(|place| place.row)).collect();
        assert_eq!(rows, [Some(2), Some(3), Some(4), Some(5)]);
        assert!(told.to_string().contains("use a decimal point"));
    }

    #[test]
    fn a_file_without_the_columns_is_refused() {
        assert_eq!(read_values("code,value\n1,2\n").unwrap_err().0[0].code, "index_values_columns");
        assert!(read_values("").is_err());
    }
}
