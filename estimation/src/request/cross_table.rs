//! Tables of two variables, of everyone or of each domain: shares of the whole, of rows and of columns, and tests of independence.

use problem::Problems;

use super::answer::{Answer, DesignSummary};
use super::document::Request;
use super::further::{CrossCell, CrossTable, Further, Share};
use crate::domain::{Categories, Domain, crossing};
use crate::estimand::mean_of_rows;
use crate::table::{Cells, Table};
use crate::test::{independence, independence_in};
use crate::{EstimationDesign, ProportionInterval, proportion_interval};

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign, level: f64) -> Result<Answer, Problems> {
    let keys = &request.estimand;
    let (row_name, col_name) = (keys.row.clone().unwrap_or_default(), keys.col.clone().unwrap_or_default());
    let mut problems = Problems::none();
    for name in [&row_name, &col_name] {
        problems.extend(table.column(name).err());
    }
    problems.into_result(())?;
    let rows = Categories::of(table.column(&row_name)?);
    let cols = Categories::of(table.column(&col_name)?);
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for domain in crossing(table, &by)? {
        let tests = if by.is_empty() {
            independence(design, &rows.codes, &cols.codes)?
        } else {
            independence_in(design, &rows.codes, &cols.codes, &domain.rows)?
        };
        let cells = cells(design, &rows, &cols, &domain, level)?;
        let (row, col) = (row_name.clone(), col_name.clone());
        all.push(CrossTable { domain: domain.labels, row, col, cells, tests });
    }
    let further = match <[CrossTable; 1]>::try_from(all) {
        Ok([table]) if by.is_empty() => Further::CrossTable(Box::new(table)),
        Ok([table]) => Further::CrossTables { domains: vec![table] },
        Err(domains) => Further::CrossTables { domains },
    };
    Ok(Answer { further: Some(further), ..Answer::of(Vec::new(), DesignSummary::of(design)) })
}

/// Every combination of the values of both variables, among the rows of a domain that have both.
fn cells(
    design: &EstimationDesign,
    rows: &Categories,
    cols: &Categories,
    domain: &Domain,
    level: f64,
) -> Result<Vec<CrossCell>, Problems> {
    let has_both = |at: &u32| ![rows.codes[*at as usize], cols.codes[*at as usize]].contains(&Cells::MISSING_CODE);
    let both: Vec<u32> = domain.rows.iter().copied().filter(has_both).collect();
    let mut cells = Vec::new();
    for (r, row) in rows.labels.iter().enumerate() {
        for (c, col) in cols.labels.iter().enumerate() {
            let in_row = |at: &u32| rows.codes[*at as usize] as usize == r;
            let in_col = |at: &u32| cols.codes[*at as usize] as usize == c;
            let share = |base: Vec<u32>| -> Result<Share, Problems> {
                let (n, inside) = (base.len(), |at: usize| in_row(&(at as u32)) && in_col(&(at as u32)));
                let df = design.degrees_of_freedom_of(base.iter().map(|&at| at as usize));
                let scores = mean_of_rows(design, "share", base, |at| f64::from(u8::from(inside(at))));
                let limits = proportion_interval(design, &scores, level, ProportionInterval::Logit)?;
                Ok(Share {
                    est: scores.estimate(),
                    se: design.covariance(&[&scores])?.standard_error(0),
                    ci: [limits.lower, limits.upper],
                    df,
                    n,
                    small_cell: None,
                    why_missing: scores.why_missing().or(limits.why_missing),
                })
            };
            cells.push(CrossCell {
                row: row.clone(),
                col: col.clone(),
                n: both.iter().filter(|at| in_row(at) && in_col(at)).count(),
                of_table: share(both.clone())?,
                of_row: share(both.iter().copied().filter(in_row).collect())?,
                of_col: share(both.iter().copied().filter(in_col).collect())?,
            });
        }
    }
    Ok(cells)
}
