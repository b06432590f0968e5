//! Where the columns of a file of published values stand.

use problem::{Place, Problem, Problems};

/// Names by which a column is known; the first is ours and wins where several are there.
const CODE: &[&str] = &["indicator_code", "code", "mã", "mã chỉ tiêu"];
const VALUE: &[&str] = &["value", "giá trị", "score", "điểm"];
const BASE: &[&str] = &["base", "n", "số câu trả lời"];
const UNIT: &[&str] = &["unit", "province", "đơn vị", "tỉnh"];
const YEAR: &[&str] = &["year", "năm"];

/// A column of the file, by its place and by the name that it has there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heading {
    pub at: usize,
    pub name: String,
}

/// Where the columns stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub code: Heading,
    pub value: Heading,
    pub base: Option<Heading>,
    pub unit: Option<Heading>,
    pub year: Option<Heading>,
}

impl Columns {
    /// The columns of a file by its headings.
    pub(super) fn find(headings: &csv::StringRecord, row: usize) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut find = |names: &[&str]| -> Option<Heading> {
            let all = |names: &[&str]| -> Vec<Heading> {
                let is = |heading: &str| names.contains(&heading.to_lowercase().as_str());
                let found = headings.iter().enumerate().filter(|(_, heading)| is(heading));
                found.map(|(at, name)| Heading { at, name: name.to_owned() }).collect()
            };
            let ours = all(&names[..1]);
            let found = if ours.is_empty() { all(names) } else { ours };
            if found.len() > 1 {
                problems.push(
                    Problem::new(
                        "index_values_columns",
                        "nhiều cột cùng có thể là một thứ; không biết dùng cột nào",
                        "several columns may be the same thing; nobody can tell which is meant",
                    )
                    .at(Place::row(row))
                    .expected(names[0])
                    .got(found.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")),
                );
            }
            found.into_iter().next()
        };
        let (code, value, base, unit, year) = (find(CODE), find(VALUE), find(BASE), find(UNIT), find(YEAR));
        let (Some(code), Some(value)) = (code, value) else {
            problems.push(
                Problem::new(
                    "index_values_columns",
                    "thiếu cột mã chỉ tiêu hoặc cột giá trị",
                    "the column of codes or of values is missing",
                )
                .at(Place::row(row))
                .expected("indicator_code,value[,unit][,year][,base]")
                .got(headings.iter().collect::<Vec<_>>().join(",")),
            );
            return Err(problems);
        };
        problems.into_result(Self { code, value, base, unit, year })
    }
}
