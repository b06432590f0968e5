//! The design of a request, bound to the columns of a table.

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::document::{DesignKeys, unknown};
use crate::table::{Cells, Column, Table, first_infinite};
use crate::{DesignColumns, EstimationDesign, LonelyPsu, UnequalProbability};

/// The numbers of a column that must be numeric and finite.
pub(super) fn numbers<'a>(name: &str, column: &'a Column) -> Result<&'a [f64], Problem> {
    let problem = || {
        Problem::new(
            "request_not_numeric",
            format!("cột {name} không phải cột số"),
            format!("column {name} does not hold numbers"),
        )
        .at(Place::column(name))
    };
    match &column.cells {
        Cells::Categorical { labels, .. } => Err(problem()
            .expected("a column of numbers")
            .got(labels.first().map_or_else(String::new, |label| format!("\"{label}\"")))
            .hint("với cột phân loại hãy dùng kind = \"proportion\"", "for categories use kind = \"proportion\"")),
        Cells::Numeric(values) if first_infinite(values).is_some() => {
            Err(problem().expected("finite numbers").got("an infinite number"))
        }
        Cells::Numeric(values) => Ok(values),
    }
}

/// The design of the request, bound to the table.
pub(super) fn design(keys: &DesignKeys, table: &Table) -> Result<EstimationDesign, Problems> {
    let mut problems = Problems::none();
    let mut ids: Vec<(&str, &Column)> = Vec::new();
    let mut strata: Vec<(&str, &Column)> = Vec::new();
    for (names, columns) in [(&keys.ids.0, &mut ids), (&keys.strata.0, &mut strata)] {
        for name in names {
            match table.column(name) {
                Ok(column) => columns.push((name, column)),
                Err(problem) => problems.push(problem),
            }
        }
    }
    let mut numeric: Vec<(&str, &[f64])> = Vec::new();
    for name in keys.fpc.0.iter().chain(&keys.weights) {
        match table.column(name).and_then(|column| numbers(name, column)) {
            Ok(values) => numeric.push((name, values)),
            Err(problem) => problems.push(problem),
        }
    }
    let unequal_probability = match &keys.pps {
        None | Some(Value::Null | Value::Bool(false)) => UnequalProbability::None,
        Some(Value::String(text)) if text == "brewer" => UnequalProbability::Brewer,
        Some(other) => {
            problems.push(unknown("design.pps", other));
            UnequalProbability::None
        }
    };
    let lonely_psu = match &keys.lonely_psu {
        None | Some(Value::Null) => LonelyPsu::Fail,
        Some(value) => serde_json::from_value(value.clone()).unwrap_or_else(|_| {
            problems.push(unknown("design.lonely_psu", value));
            LonelyPsu::Fail
        }),
    };
    problems.into_result(())?;
    let weights = if keys.weights.is_some() { numeric.pop() } else { None };
    let design = EstimationDesign::new(&DesignColumns {
        n_rows: table.n_rows(),
        ids,
        strata,
        nest: keys.nest.unwrap_or(false),
        fpc: numeric,
        unequal_probability,
        weights,
        lonely_psu,
        adjust_domain_lonely: keys.adjust_domain_lonely.unwrap_or(false),
    })?;
    Ok(design)
}
