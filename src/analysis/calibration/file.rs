//! Margins out of a table: one row a cell, under the headings variable, category, total and, if wanted, unit.

use problem::{Place, Problem, Problems};
use reports::vietnamese::search_key;

use super::recipe::{CellTotal, MarginRule, MarginUnit};
use crate::imports::Table;

/// What headings may be called, without diacritics.
const VARIABLE: &[&str] = &["variable", "bien", "var"];
const CATEGORY: &[&str] = &["category", "nhom", "ma", "cell", "gia tri"];
const TOTAL: &[&str] = &["total", "tong the", "count", "so luong", "tong", "ty le"];
const UNIT: &[&str] = &["unit", "don vi"];

const PERSONS: &[&str] = &["persons", "nguoi", "so nguoi"];
const HOUSEHOLDS: &[&str] = &["households", "ho", "so ho"];
const SHARE: &[&str] = &["share", "%", "ty le", "phan tram"];

/// The margins of a table; rows of one variable are one margin. `source` is what all of them say of where they come from.
///
/// # Errors
/// All at once, with their rows: columns that are missing, cells without a variable or category, totals that are no numbers, units
/// that are none or differ within a margin.
pub fn margins_of_table(table: &Table, source: &str) -> Result<Vec<MarginRule>, Problems> {
    let mut problems = Problems::none();
    let heading = |names: &[&str]| table.headings.iter().position(|known| names.contains(&search_key(known).as_str()));
    let mut needed = |names: &[&str]| {
        let found = heading(names);
        if found.is_none() {
            problems.push(
                Problem::new("margin_column", "tệp biên thiếu một cột", "the file of margins lacks a column")
                    .at(Place::column(names[0]))
                    .expected((
                        "biến, nhóm, tổng thể (và đơn vị: người | hộ | %)",
                        "variable, category, total (and unit: persons | households | share)",
                    ))
                    .got(table.headings.join(", "))
                    .in_file(&table.name),
            );
        }
        found.unwrap_or_default()
    };
    let (variable, category, total) = (needed(VARIABLE), needed(CATEGORY), needed(TOTAL));
    let unit = heading(UNIT);
    problems.into_result(())?;
    let mut problems = Problems::none();
    let mut margins: Vec<MarginRule> = Vec::new();
    for (row, cells) in &table.rows {
        let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
        let faulty = |column: usize, problem: Problem| {
            problem.at(Place::cell(*row, &table.headings[column])).got(cell(column)).in_file(&table.name)
        };
        for at in [variable, category] {
            if cell(at).is_empty() {
                let blank = Problem::new("margin_blank", "ô này không được trống", "this cell must not be empty");
                problems.push(faulty(at, blank));
            }
        }
        let Some(count) = (if table.is_number(*row, total) { cell(total).parse().ok() } else { number(cell(total)) })
        else {
            problems.push(faulty(total, not_a_number()));
            continue;
        };
        let told = unit.map(|at| search_key(cell(at))).filter(|text| !text.is_empty());
        let unit = match told.as_deref() {
            None => MarginUnit::Persons,
            Some(text) if PERSONS.contains(&text) => MarginUnit::Persons,
            Some(text) if HOUSEHOLDS.contains(&text) => MarginUnit::Households,
            Some(text) if SHARE.contains(&text) => MarginUnit::Share,
            Some(_) => {
                let odd = Problem::new("margin_unit", "không có đơn vị này", "there is no such unit");
                problems.push(faulty(
                    unit.unwrap_or_default(),
                    odd.expected(("người, hộ, %", "persons, households, share")),
                ));
                continue;
            }
        };
        let found = CellTotal { category: cell(category).to_owned(), total: count };
        match margins.iter_mut().find(|margin| margin.variable == cell(variable)) {
            Some(margin) if margin.unit == unit => margin.totals.push(found),
            Some(_) => {
                let mixed = Problem::new("margin_unit", "một biên có hai đơn vị", "a margin has two units");
                problems.push(faulty(variable, mixed));
            }
            None => margins.push(MarginRule {
                variable: cell(variable).to_owned(),
                unit,
                source: source.to_owned(),
                totals: vec![found],
            }),
        }
    }
    problems.into_result(margins)
}

fn not_a_number() -> Problem {
    Problem::new("margin_number", "không đọc được số này", "this is no number that can be read for sure")
        .expected("1234567, 1.234.567, 12,5")
        .hint(
            "1.234 có thể là một nghìn hai trăm ba mươi tư hoặc một phẩy hai: viết 1234 hoặc 1,2340",
            "1.234 may be a thousand or one and a bit: write 1234, or 1.2340",
        )
}

/// A number as people write it here: thousands by points or spaces, a decimal comma; also with a decimal point. What can be read in
/// two ways (`1.234`, `1,234`) is none.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let text: String = text.trim().trim_end_matches('%').chars().filter(|c| !c.is_whitespace()).collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let grouped = |whole: &str, mark: char| {
        let parts: Vec<&str> = whole.split(mark).collect();
        let (first, rest) = parts.split_first()?;
        let fits = digits(first) && first.len() <= 3 && rest.iter().all(|part| digits(part) && part.len() == 3);
        fits.then(|| parts.concat())
    };
    let (n_points, n_commas) = (text.matches('.').count(), text.matches(',').count());
    let plain = match (n_points, n_commas) {
        (0, 0) => digits(&text).then(|| text.clone())?,
        (1, 0) | (0, 1) => {
            let (whole, part) = text.split_once(['.', ','])?;
            // Three digits behind the only mark are thousands or decimals: nobody knows.
            (digits(whole) && digits(part) && part.len() != 3).then(|| format!("{whole}.{part}"))?
        }
        (_, 0) => grouped(&text, '.')?,
        (0, _) => grouped(&text, ',')?,
        (_, 1) if text.rfind(',') > text.rfind('.') => {
            let (whole, part) = text.split_once(',')?;
            let whole = grouped(whole, '.')?;
            digits(part).then(|| format!("{whole}.{part}"))?
        }
        (1, _) if text.rfind('.') > text.rfind(',') => {
            let (whole, part) = text.split_once('.')?;
            let whole = grouped(whole, ',')?;
            digits(part).then(|| format!("{whole}.{part}"))?
        }
        _ => return None,
    };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}
