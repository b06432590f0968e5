//! The design of a request, bound to the columns of a table.

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::document::{DesignKeys, unknown};
use super::weighting;
use crate::joint::SquareMatrix;
use crate::table::{Cells, Column, Table, first_infinite};
use crate::weighting::WeightSet;
use crate::{DesignColumns, EstimationDesign, LonelyPsu, UnequalProbability, VarianceStages};

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
            .expected(("một cột số", "a column of numbers"))
            .got(labels.first().map_or_else(String::new, |label| format!("\"{label}\"")))
            .hint("với cột phân loại hãy dùng kind = \"proportion\"", "for categories use kind = \"proportion\"")),
        Cells::Numeric(values) if first_infinite(values).is_some() => {
            Err(problem().expected(("số hữu hạn", "finite numbers")).got(("một số vô hạn", "an infinite number")))
        }
        Cells::Numeric(values) => Ok(values),
    }
}

/// The design of the request, bound to the table, its weights taken through the steps asked for.
pub(super) fn design(
    keys: &DesignKeys,
    table: &Table,
    joint: Option<&SquareMatrix>,
) -> Result<EstimationDesign, Problems> {
    let columns = columns(keys, table)?;
    let inverse: Vec<f64>;
    let columns = if keys.probabilities_as_weights {
        // `fpc` holds probabilities: they give the weights, unless there are some, and no finite population correction.
        inverse = columns.fpc.first().map_or_else(Vec::new, |(_, pi)| pi.iter().map(|pi| 1.0 / pi).collect());
        DesignColumns { weights: columns.weights.or(Some(("1/fpc", &inverse))), fpc: Vec::new(), ..columns }
    } else {
        columns
    };
    let design = EstimationDesign::new(&DesignColumns { joint_probabilities: joint, ..columns })?;
    let Some(steps) = &keys.weighting else { return Ok(design) };
    let set = weighting::weigh(WeightSet::new(design.weights(), None)?, steps, table)?;
    Ok(design.reweighted(&set)?)
}

/// The columns and choices of the design.
pub(super) fn columns<'a>(keys: &'a DesignKeys, table: &'a Table) -> Result<DesignColumns<'a>, Problems> {
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
        Some(value) => serde_json::from_value(value.clone()).unwrap_or_else(|_| {
            problems.push(unknown("design.pps", value));
            UnequalProbability::None
        }),
    };
    let variance = match keys.variance.as_deref() {
        None => VarianceStages::default(),
        Some(text) => serde_json::from_value(Value::from(text)).unwrap_or_else(|_| {
            problems.push(unknown("design.variance", &Value::from(text)));
            VarianceStages::default()
        }),
    };
    let collapse_by = match keys.collapse_by.as_deref().map(|name| (name, table.column(name))) {
        Some((name, Ok(column))) => Some((name, column)),
        Some((_, Err(problem))) => {
            problems.push(problem);
            None
        }
        None => None,
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
    Ok(DesignColumns {
        n_rows: table.n_rows(),
        ids,
        strata,
        nest: keys.nest.unwrap_or(false),
        fpc: numeric,
        unequal_probability,
        weights,
        lonely_psu,
        adjust_domain_lonely: keys.adjust_domain_lonely.unwrap_or(false),
        collapse_by,
        variance,
        joint_probabilities: None,
        hartley_rao_sum: keys.hartley_rao_sum,
    })
}
