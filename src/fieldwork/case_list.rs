//! The sample list as fieldwork reads it: one case a row, with the areas that contain it.
//!
//! The levels are not known to this program: every pair of columns `<level>_code`, `<level>_name` is one, from the top, in
//! the order of the columns.

use std::collections::BTreeSet;

use ::problem::{Place, Problem, Problems};
use unicode_normalization::UnicodeNormalization;

/// One level of geography above a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedArea {
    /// The level, such as `commune`.
    pub level: String,
    /// The unit's code.
    pub code: String,
    /// The unit's name.
    pub name: String,
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedCase {
    /// `unit_id`.
    pub case_id: String,
    /// The levels from the top; never empty.
    pub areas: Vec<ListedArea>,
    /// Whether it was drawn as a reserve.
    pub is_reserve: bool,
    /// Order of the visit within its area, from 1.
    pub visiting_order: i64,
    /// Base weight.
    pub base_weight: f64,
    /// Inclusion probability, in (0, 1].
    pub inclusion_probability: f64,
}

struct Columns {
    unit_id: usize,
    role: usize,
    visiting_order: usize,
    base_weight: usize,
    inclusion_probability: usize,
    levels: Vec<(String, usize, usize)>,
}

/// Reads a sample list (CSV in UTF-8, with or without a byte order mark).
///
/// # Errors
/// Everything that is wrong with it, with rows and columns.
pub fn read(csv: &[u8]) -> Result<Vec<ListedCase>, Problems> {
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv);
    let headers = reader.headers().map_err(|error| unreadable(&error))?.clone();
    let columns = find_columns(&headers)?;
    let (mut cases, mut seen, mut problems) = (Vec::new(), BTreeSet::new(), Problems::none());
    for (index, record) in reader.records().enumerate() {
        let row = index + 2;
        match record {
            Err(error) => {
                problems.extend(unreadable(&error));
                break;
            }
            Ok(record) => {
                let mut cells = Row { number: row, record: &record, problems: &mut problems };
                let case = read_case(&columns, &mut cells);
                if !case.case_id.is_empty() && !seen.insert(case.case_id.clone()) {
                    cells.wrong(
                        "unit_id",
                        "sample_list_duplicate",
                        ("mã đơn vị bị trùng", "the unit occurs twice"),
                        "",
                    );
                }
                cases.push(case);
            }
        }
    }
    if cases.is_empty() && problems.is_empty() {
        problems.push(Problem::new(
            "sample_list_empty",
            "danh sách mẫu không có dòng nào",
            "the sample list has no rows",
        ));
    }
    problems.into_result(cases)
}

fn unreadable(error: &csv::Error) -> Problems {
    let problem =
        Problem::new("sample_list_unreadable", "không đọc được danh sách mẫu", "the sample list cannot be read");
    problem.got(error.to_string()).into()
}

fn find_columns(headers: &csv::StringRecord) -> Result<Columns, Problems> {
    let position = |name: &str| headers.iter().position(|header| header.trim() == name);
    let mut problems = Problems::none();
    let mut needed = |name: &str| {
        position(name).unwrap_or_else(|| {
            problems.push(
                Problem::new(
                    "sample_list_column_missing",
                    "danh sách mẫu thiếu một cột",
                    "the sample list lacks a column",
                )
                .at(Place::cell(1, name)),
            );
            0
        })
    };
    let (unit_id, role, visiting_order) = (needed("unit_id"), needed("role"), needed("visiting_order"));
    let (base_weight, inclusion_probability) = (needed("base_weight"), needed("inclusion_probability"));
    let levels: Vec<(String, usize, usize)> = headers
        .iter()
        .enumerate()
        .filter_map(|(code, header)| {
            let level = header.trim().strip_suffix("_code")?;
            Some((level.to_owned(), code, position(&format!("{level}_name"))?))
        })
        .collect();
    if levels.is_empty() {
        problems.push(
            Problem::new(
                "sample_list_no_level",
                "danh sách mẫu không có cấp địa bàn nào",
                "the sample list has no level of geography",
            )
            .at(Place::row(1))
            .expected("<level>_code, <level>_name"),
        );
    }
    problems.into_result(Columns { unit_id, role, visiting_order, base_weight, inclusion_probability, levels })
}

struct Row<'a> {
    number: usize,
    record: &'a csv::StringRecord,
    problems: &'a mut Problems,
}

impl Row<'_> {
    fn text(&mut self, position: usize, column: &str) -> String {
        let text: String = self.record.get(position).unwrap_or_default().trim().nfc().collect();
        if text.is_empty() || text.chars().any(char::is_control) {
            self.wrong(
                column,
                "sample_list_cell",
                ("ô trống hoặc có ký tự lạ", "the cell is empty or has control characters"),
                "",
            );
        }
        text
    }

    fn number<T: std::str::FromStr + Copy>(
        &mut self,
        position: usize,
        column: &str,
        expected: &'static str,
        is_right: impl Fn(T) -> bool,
        fallback: T,
    ) -> T {
        let text = self.record.get(position).unwrap_or_default().trim();
        match text.parse::<T>() {
            Ok(number) if is_right(number) => number,
            _ => {
                self.wrong(column, "sample_list_number", ("số không hợp lệ", "the number is not right"), expected);
                fallback
            }
        }
    }

    fn wrong(&mut self, column: &str, code: &'static str, (vi, en): (&str, &str), expected: &str) {
        let mut problem = Problem::new(code, vi, en).at(Place::cell(self.number, column));
        if !expected.is_empty() {
            problem = problem.expected(expected);
        }
        if let Some(position) = self.record.iter().position(|cell| !cell.is_empty()) {
            problem = problem.got(self.record.get(position).unwrap_or_default());
        }
        self.problems.push(problem);
    }
}

fn read_case(columns: &Columns, row: &mut Row<'_>) -> ListedCase {
    let role = row.text(columns.role, "role");
    if !["main", "reserve", ""].contains(&role.as_str()) {
        row.wrong("role", "sample_list_role", ("vai trò không hợp lệ", "the role is not right"), "main, reserve");
    }
    ListedCase {
        case_id: row.text(columns.unit_id, "unit_id"),
        areas: columns
            .levels
            .iter()
            .map(|(level, code, name)| ListedArea {
                level: level.clone(),
                code: row.text(*code, &format!("{level}_code")),
                name: row.text(*name, &format!("{level}_name")),
            })
            .collect(),
        is_reserve: role == "reserve",
        visiting_order: row.number(columns.visiting_order, "visiting_order", "≥ 1", |order: i64| order >= 1, 1),
        base_weight: row.number(
            columns.base_weight,
            "base_weight",
            "> 0",
            |weight: f64| weight.is_finite() && weight > 0.0,
            1.0,
        ),
        inclusion_probability: row.number(
            columns.inclusion_probability,
            "inclusion_probability",
            "0 < π ≤ 1",
            |probability: f64| probability > 0.0 && probability <= 1.0,
            1.0,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "unit_id,district_code,district_name,village_code,village_name,role,visiting_order,base_weight,inclusion_probability\n";

    #[test]
    fn a_list_is_read_with_its_levels_from_the_top() {
        let list = format!("\u{feff}{HEADER}u1,217,Lạng Giang,v1,Thôn Ha\u{323},main,1,125.5,0.00796812749003984\r\n");
        let cases = read(list.as_bytes()).expect("a good list");
        assert_eq!(cases.len(), 1);
        assert_eq!(cases[0].areas[1].name, "Thôn Hạ");
        assert_eq!((cases[0].areas[0].level.as_str(), cases[0].base_weight), ("district", 125.5));
    }

    #[test]
    fn everything_wrong_is_told_with_row_and_column() {
        let list = format!("{HEADER}u1,1,D,v,V,main,1,2,0.5\nu1,1,D,v,,spare,0,NaN,1.5\n");
        let problems = read(list.as_bytes()).expect_err("bad rows");
        let told: Vec<(usize, String)> = problems
            .iter()
            .filter_map(|problem| problem.place.clone())
            .map(|place| (place.row.unwrap_or(0), place.column.unwrap_or_default()))
            .collect();
        for column in ["unit_id", "village_name", "role", "visiting_order", "base_weight", "inclusion_probability"] {
            assert!(told.contains(&(3, column.to_owned())), "{column} in {told:?}");
        }
        assert_eq!(told.len(), 6);
    }

    #[test]
    fn missing_columns_and_an_empty_list_are_told() {
        assert_eq!(read(b"a,b\n1,2\n").expect_err("no columns").len(), 6);
        assert_eq!(read(HEADER.as_bytes()).expect_err("no rows").len(), 1);
        assert!(read(b"").is_err());
        assert!(read(b"unit_id\n\xff\n").is_err());
    }
}
