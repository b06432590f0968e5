//! The table of strata: a CSV file whose every column is known, with all that is wrong in it.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use reports::vietnamese;
use sampling::allocation::{AllocationRule, AllocationStratum};

/// The strata with what the columns say.
pub(super) struct Table {
    rows: Vec<Row>,
    headings: Vec<String>,
}

struct Row {
    label: String,
    population: u64,
    /// In the order of [`NUMBERS`].
    numbers: [Option<f64>; NUMBERS.len()],
}

const NEEDED: [&str; 2] = ["stratum", "population"];
const NUMBERS: [&str; 5] = ["spread", "cost", "measure", "cv", "number"];

impl Table {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// Every heading and cell that is wrong, with row and column.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Problems> {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            problem("tệp không phải văn bản UTF-8", "the file is not UTF-8 text")
                .hint("lưu lại bảng ở dạng CSV UTF-8", "save the table as CSV UTF-8")
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let records = reader.records().collect::<Result<Vec<_>, _>>().map_err(|error| {
            problem("không đọc được bảng tầng", "the table of strata cannot be read").got(error.to_string())
        })?;
        let (first, rest) = records.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
        let headings: Vec<String> =
            first.into_iter().flatten().map(|heading| vietnamese::nfc(heading.trim())).collect();
        check_headings(&headings)?;

        let mut problems = Problems::none();
        let mut rows = Vec::new();
        let mut rows_of_labels = BTreeMap::new();
        for record in rest {
            let number = record.position().and_then(|place| usize::try_from(place.line()).ok()).unwrap_or_default();
            let row = Row::read(&Cells { headings: &headings, record, number }, &mut problems);
            if let Some(earlier) = rows_of_labels.insert(row.label.clone(), number).filter(|_| !row.label.is_empty()) {
                problems.push(
                    problem("tên tầng bị trùng", "two strata have one name").at(Place::cell(number, "stratum")).got((
                        format!("{} có cả ở dòng {earlier}", row.label),
                        format!("{} also in row {earlier}", row.label),
                    )),
                );
            }
            rows.push(row);
        }
        problems.into_result(Self { rows, headings })
    }

    pub(super) fn has(&self, heading: &str) -> bool {
        self.headings.iter().any(|other| other == heading)
    }

    pub(super) fn labels(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.label.clone()).collect()
    }

    /// The strata as a rule sees them.
    #[expect(clippy::cast_precision_loss, reason = "populations are far below 2⁵³")]
    pub(super) fn strata(&self, rule: AllocationRule) -> Vec<AllocationStratum> {
        let is_power = matches!(rule, AllocationRule::Power { .. });
        let stratum = |row: &Row| {
            let [spread, cost, measure, cv, given] = row.numbers;
            let population = row.population as f64;
            AllocationStratum {
                label: row.label.clone(),
                population: row.population,
                measure: measure.filter(|_| is_power).unwrap_or(population),
                spread: if is_power { cv } else { spread },
                cost,
                given,
            }
        };
        self.rows.iter().map(stratum).collect()
    }
}

impl Row {
    /// The row as far as it can be read; what cannot is among the problems.
    fn read(cells: &Cells<'_>, problems: &mut Problems) -> Self {
        let numbers = NUMBERS.map(|heading| {
            let text = cells.text(heading)?;
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            if number.is_none() {
                problems.push(not_a_number(cells.number, heading, text));
            }
            number
        });
        let population = cells.text("population").unwrap_or_default();
        let label = vietnamese::nfc(cells.text("stratum").unwrap_or_default());
        if label.is_empty() {
            problems
                .push(problem("thiếu tên tầng", "the stratum has no name").at(Place::cell(cells.number, "stratum")));
        }
        if cells.record.len() > cells.headings.len() {
            problems.push(
                problem("dòng có nhiều ô hơn số cột", "the row has more cells than there are columns")
                    .at(Place::row(cells.number)),
            );
        }
        let population = population.parse::<u64>().unwrap_or_else(|_| {
            problems.push(not_a_number(cells.number, "population", population));
            1
        });
        Self { label, population, numbers }
    }
}

struct Cells<'t> {
    headings: &'t [String],
    record: &'t csv::StringRecord,
    number: usize,
}

impl<'t> Cells<'t> {
    /// The text of a cell; `None` when it is empty or its column is not there.
    fn text(&self, heading: &str) -> Option<&'t str> {
        let place = self.headings.iter().position(|other| other == heading)?;
        self.record.get(place).map(str::trim).filter(|cell| !cell.is_empty())
    }
}

/// Every column is there that is needed, none twice, and none that nobody would look at: a misspelt heading must not
/// silently leave out a rule.
fn check_headings(headings: &[String]) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for needed in NEEDED.into_iter().filter(|needed| !headings.iter().any(|one| one == needed)) {
        problems.push(
            problem("bảng tầng thiếu một cột", "the table of strata lacks a column")
                .at(Place::cell(1, needed))
                .expected(needed)
                .got(headings.join(", ")),
        );
    }
    for (place, heading) in headings.iter().enumerate() {
        let is_known = NEEDED.iter().chain(&NUMBERS).any(|known| known == heading);
        let (vi, en) = match (is_known, headings[..place].contains(heading)) {
            (true, false) => continue,
            (true, true) => ("cột có hai lần", "the column stands twice"),
            (false, _) => ("bảng tầng không có cột này", "the table of strata has no such column"),
        };
        problems.push(
            problem(vi, en)
                .at(Place::cell(1, heading))
                .expected([&NEEDED[..], &NUMBERS[..]].concat().join(", "))
                .hint("đổi tên cột, hoặc bỏ cột khỏi bảng", "rename the column, or take it out of the table"),
        );
    }
    problems.into_result(())
}

fn problem(vi: &'static str, en: &'static str) -> Problem {
    Problem::new("allocation_table", vi, en)
}

fn not_a_number(row: usize, heading: &str, got: &str) -> Problem {
    problem("không đọc được số", "the number cannot be read").at(Place::cell(row, heading)).got(got).hint(
        "viết dấu chấm thập phân, không có dấu phân cách, ví dụ 1234.5",
        "write a decimal point and no separators, such as 1234.5",
    )
}
