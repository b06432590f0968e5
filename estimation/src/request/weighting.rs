//! The steps of weighting in a request: `design.weighting`, a list that weights go through in order.
//!
//! ```json
//! [ {"step": "unknown_eligibility", "cells": "village", "status": "outcome", "unknown": ["3.1"]},
//!   {"step": "nonresponse", "status": "outcome", "respondent": ["1.1"], "nonrespondent": ["2.1"], "cells": "village"},
//!   {"step": "nonresponse", "status": "outcome", "respondent": ["1.1"], "nonrespondent": ["2.1"], "model": ["sex", "age"], "classes": 5},
//!   {"step": "poststratify", "var": "sex", "counts": {"F": 510, "M": 490}},
//!   {"step": "rake", "margins": [{"var": "sex", "counts": {"F": 510, "M": 490}}, {"var": "urban", "counts": {"0": 700, "1": 300}}]},
//!   {"step": "calibrate", "method": "logit", "totals": {"intercept": 1000, "sex": {"F": 510}, "age": 41000}, "bounds": [0.5, 2]},
//!   {"step": "trim", "upper": 400, "by": "province"} ]
//! ```

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};
use serde::Deserialize;
use serde_json::Value;

use super::design::numbers;
use super::document::{Entries, List, unknown};
use crate::table::{Cells, Column, Table};
use crate::weighting::{
    Adjustment, Bounds, Controls, Distance, Margin, Propensity, PropensityUse, TrimLimits, WeightSet,
};

/// One step, by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum StepKeys {
    UnknownEligibility {
        status: String,
        unknown: List<Value>,
        #[serde(default)]
        cells: List<String>,
    },
    Nonresponse {
        status: String,
        respondent: List<Value>,
        nonrespondent: List<Value>,
        #[serde(default)]
        cells: List<String>,
        #[serde(default)]
        model: List<String>,
        #[serde(default)]
        classes: Option<usize>,
    },
    Poststratify {
        var: List<String>,
        counts: Entries<Value>,
    },
    Rake {
        margins: Vec<MarginKeys>,
    },
    Calibrate {
        method: String,
        totals: Entries<Value>,
        #[serde(default)]
        bounds: Option<Value>,
    },
    Trim {
        #[serde(default)]
        lower: Option<f64>,
        #[serde(default)]
        upper: Option<f64>,
        /// `false`: one round, as R does by default.
        #[serde(default)]
        strict: Option<bool>,
        #[serde(default)]
        by: List<String>,
    },
}

/// A margin: one column, or several crossed with counts nested in the same order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MarginKeys {
    var: List<String>,
    counts: Entries<Value>,
}

impl StepKeys {
    /// The step that a request of the kind `calibration` describes.
    pub(super) fn of_estimand(
        method: Option<&str>,
        margins: &[MarginKeys],
        totals: &Entries<Value>,
        bounds: Option<&Value>,
    ) -> Result<Self, Problems> {
        let bounds = bounds.filter(|bounds| !bounds.is_null());
        let mut problems = Problems::none();
        let with_margins = matches!(method, Some("poststratify" | "rake"));
        let mut never = |present: bool, key: &str| {
            if present {
                problems.push(unknown(&format!("estimand.{key}"), &Value::from(method.unwrap_or_default())));
            }
        };
        never(with_margins && !totals.0.is_empty(), "totals");
        never(with_margins && bounds.is_some(), "bounds");
        never(!with_margins && !margins.is_empty(), "margins");
        never(method == Some("poststratify") && margins.len() > 1, "margins");
        problems.into_result(())?;
        match (method, margins) {
            (Some("poststratify"), [margin]) => {
                Ok(Self::Poststratify { var: margin.var.clone(), counts: margin.counts.clone() })
            }
            (Some("rake"), [_, ..]) => Ok(Self::Rake { margins: margins.to_vec() }),
            (Some("poststratify" | "rake"), _) => Err(super::run::absent("calibration", "margins").into()),
            (Some(method), _) => {
                Ok(Self::Calibrate { method: method.to_owned(), totals: totals.clone(), bounds: bounds.cloned() })
            }
            (None, _) => Err(super::run::absent("calibration", "method").into()),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::UnknownEligibility { .. } => "unknown_eligibility",
            Self::Nonresponse { .. } => "nonresponse",
            Self::Poststratify { .. } => "poststratify",
            Self::Rake { .. } => "rake",
            Self::Calibrate { .. } => "calibrate",
            Self::Trim { .. } => "trim",
        }
    }

    /// The step bound to the columns of the table.
    fn bind(&self, table: &Table) -> Result<Adjustment, Problems> {
        match self {
            Self::UnknownEligibility { status, unknown, cells } => {
                let (status, cells) = (table.column(status)?, labels(table, &cells.0)?);
                let reduce = holds(status, &unknown.0);
                let increase = (0..table.n_rows()).map(|row| !reduce[row] && !status.is_missing(row)).collect();
                Ok(Adjustment::Redistribute { cells: complete(cells), reduce, increase })
            }
            Self::Nonresponse { status, respondent, nonrespondent, cells, model, classes } => {
                let column = table.column(status)?;
                let (respondent, nonrespondent) = (holds(column, &respondent.0), holds(column, &nonrespondent.0));
                if model.0.is_empty() {
                    if let Some(classes) = classes {
                        return Err(unknown("classes", &Value::from(*classes)).into());
                    }
                    let cells = complete(labels(table, &cells.0)?);
                    return Ok(Adjustment::Redistribute { cells, reduce: nonrespondent, increase: respondent });
                }
                if !cells.0.is_empty() {
                    return Err(unknown("cells", &Value::from("model")).into());
                }
                let using = classes.map_or(PropensityUse::Inverse, PropensityUse::Classes);
                let model = Propensity { predictors: predictors(table, &model.0)?, using };
                Ok(Adjustment::Propensity { model, nonrespondent, respondent })
            }
            Self::Poststratify { var, counts } => Ok(Adjustment::Poststratify(margin(table, &var.0, counts)?)),
            Self::Rake { margins } => {
                let (mut bound, mut problems) = (Vec::new(), Problems::none());
                for keys in margins {
                    match margin(table, &keys.var.0, &keys.counts) {
                        Ok(margin) => bound.push(margin),
                        Err(found) => problems.extend(found),
                    }
                }
                problems.into_result(Adjustment::Rake(bound))
            }
            Self::Calibrate { method, totals, bounds } => {
                let distance = serde_json::from_value::<Distance>(Value::from(method.as_str()));
                let distance = distance.map_err(|_| unknown("method", &Value::from(method.as_str())))?;
                let bounds = read_bounds(bounds.as_ref())?;
                Ok(Adjustment::Calibrate { controls: controls(table, totals)?, distance, bounds })
            }
            Self::Trim { lower, upper, strict, by } => {
                let limits = TrimLimits {
                    lower: lower.unwrap_or(0.0),
                    upper: upper.unwrap_or(f64::INFINITY),
                    strict: strict.unwrap_or(true),
                };
                let cells = if by.0.is_empty() { None } else { Some(complete(labels(table, &by.0)?)) };
                Ok(Adjustment::Trim { limits, cells })
            }
        }
    }
}

/// Takes weights through the steps.
pub(super) fn weigh(mut set: WeightSet, steps: &[StepKeys], table: &Table) -> Result<WeightSet, Problems> {
    let (mut bound, mut problems) = (Vec::new(), Problems::none());
    for (number, step) in steps.iter().enumerate() {
        match step.bind(table) {
            Ok(adjustment) => bound.push((step.name(), adjustment)),
            Err(found) => problems.extend(found.into_iter().map(|problem| at_step(problem, number, step.name()))),
        }
    }
    problems.into_result(())?;
    for (name, adjustment) in &bound {
        set = set.apply(name, adjustment)?;
    }
    Ok(set)
}

/// Says in which step of the list a problem lies, unless it names a column of the data.
fn at_step(problem: Problem, number: usize, name: &str) -> Problem {
    let place = problem.place.clone().unwrap_or_default();
    let inner = place.column.clone().map_or_else(String::new, |column| format!(": {column}"));
    problem.at(Place { column: Some(format!("weighting[{number}] {name}{inner}")), ..place })
}

/// Whether each row holds one of the values.
fn holds(column: &Column, values: &[Value]) -> Vec<bool> {
    let flat = values.iter().flat_map(|value| match value {
        Value::Array(several) => several.iter().collect(),
        one => vec![one],
    });
    let wanted: BTreeSet<String> = flat.map(text).collect();
    (0..column.len()).map(|row| column.label(row).is_some_and(|label| wanted.contains(&label))).collect()
}

/// A value as a cell would print it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, |number| (number + 0.0).to_string()),
        other => other.to_string(),
    }
}

/// The crossed label of each row; `None` where a column has no value.
fn labels(table: &Table, names: &[String]) -> Result<Vec<Option<String>>, Problems> {
    let (mut columns, mut problems) = (Vec::new(), Problems::none());
    for name in names {
        match table.column(name) {
            Ok(column) => columns.push(column),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(())?;
    let of_row = |row: usize| -> Option<String> {
        let parts: Option<Vec<String>> = columns.iter().map(|column| column.label(row)).collect();
        parts.map(|parts| parts.join(" × "))
    };
    Ok((0..table.n_rows()).map(of_row).collect())
}

/// Rows without a value share a cell of their own, which has no name.
fn complete(labels: Vec<Option<String>>) -> Vec<String> {
    labels.into_iter().map(Option::unwrap_or_default).collect()
}

fn margin(table: &Table, names: &[String], counts: &Entries<Value>) -> Result<Margin, Problems> {
    let name = names.join(" × ");
    if names.is_empty() {
        return Err(super::run::absent("rake", "margins[].var").into());
    }
    let mut flat: Vec<(String, f64)> = Vec::new();
    flatten(names.len(), &[], counts.0.iter().map(|(key, value)| (key.as_str(), value)), &mut flat)?;
    Margin::new(&name, &labels(table, names)?, &flat)
}

/// Counts nested as deep as there are columns.
fn flatten<'a>(
    depth: usize,
    above: &[&str],
    entries: impl Iterator<Item = (&'a str, &'a Value)>,
    flat: &mut Vec<(String, f64)>,
) -> Result<(), Problem> {
    for (key, value) in entries {
        let mut path = above.to_vec();
        path.push(key);
        match value {
            Value::Object(inner) if depth > 1 => {
                let inner: Vec<(&str, &Value)> = inner.iter().map(|(key, value)| (key.as_str(), value)).collect();
                flatten(depth - 1, &path, Vec::into_iter(inner), flat)?;
            }
            Value::Number(number) if depth == 1 => {
                flat.push((path.join(" × "), number.as_f64().unwrap_or(f64::NAN)));
            }
            other => {
                return Err(Problem::new(
                    "request_counts",
                    format!("số tổng thể của {} không đúng dạng", path.join(" × ")),
                    format!("the count of {} does not have the right shape", path.join(" × ")),
                )
                .at(Place::column("counts"))
                .expected((
                    "một số cho mỗi ô, lồng theo thứ tự các cột",
                    "a number for each cell, nested in the order of the columns",
                ))
                .got(other.to_string().chars().take(60).collect::<String>()));
            }
        }
    }
    Ok(())
}

/// `intercept` is the size of the population; a number goes with a numeric column; an object gives totals of categories.
fn controls(table: &Table, totals: &Entries<Value>) -> Result<Controls, Problems> {
    let (mut controls, mut problems) = (Controls::new(), Problems::none());
    for (name, total) in &totals.0 {
        match total {
            Value::Number(number) => {
                let total = number.as_f64().unwrap_or(f64::NAN);
                if matches!(name.as_str(), "intercept" | "(Intercept)") && table.get(name).is_none() {
                    controls.add(name.as_str(), vec![1.0; table.n_rows()], total);
                    continue;
                }
                match table.column(name).and_then(|column| numbers(name, column)) {
                    Ok(values) => controls.add(name.as_str(), values.to_vec(), total),
                    Err(problem) => problems.push(problem),
                }
            }
            Value::Object(categories) => match table.column(name) {
                Err(problem) => problems.push(problem),
                Ok(column) => {
                    for (category, total) in categories {
                        let Some(total) = total.as_f64() else {
                            problems.push(unknown(&format!("totals.{name}.{category}"), total));
                            continue;
                        };
                        controls.add(format!("{name}={category}"), indicator(column, category), total);
                    }
                }
            },
            other => problems.push(unknown(&format!("totals.{name}"), other)),
        }
    }
    problems.into_result(controls)
}

/// 1 where the row holds the category, 0 where another, NaN where none.
fn indicator(column: &Column, category: &str) -> Vec<f64> {
    let of_row = |row: usize| column.label(row).map_or(f64::NAN, |label| f64::from(u8::from(label == category)));
    (0..column.len()).map(of_row).collect()
}

/// Numeric columns as they are; of categories all but the first as indicators.
fn predictors(table: &Table, names: &[String]) -> Result<Controls, Problems> {
    let (mut controls, mut problems) = (Controls::new(), Problems::none());
    for name in names {
        match table.column(name) {
            Err(problem) => problems.push(problem),
            Ok(Column { cells: Cells::Numeric(values), .. }) => controls.add(name.as_str(), values.clone(), 0.0),
            Ok(column) => {
                let present: BTreeSet<String> = (0..column.len()).filter_map(|row| column.label(row)).collect();
                for category in present.iter().skip(1) {
                    controls.add(format!("{name}={category}"), indicator(column, category), 0.0);
                }
            }
        }
    }
    problems.into_result(controls)
}

fn read_bounds(bounds: Option<&Value>) -> Result<Bounds, Problem> {
    let number = |value: &Value, open: f64| if value.is_null() { Some(open) } else { value.as_f64() };
    let none = Value::Null;
    let read = match bounds {
        None | Some(Value::Null) => return Ok(Bounds::NONE),
        Some(Value::Array(pair)) if pair.len() == 2 => Some((&pair[0], &pair[1])),
        Some(Value::Object(pair)) if pair.keys().all(|key| key == "lower" || key == "upper") => {
            Some((pair.get("lower").unwrap_or(&none), pair.get("upper").unwrap_or(&none)))
        }
        Some(_) => None,
    };
    let read = read.and_then(|(lower, upper)| Some((number(lower, f64::NEG_INFINITY)?, number(upper, f64::INFINITY)?)));
    match read {
        Some((lower, upper)) => Ok(Bounds { lower, upper }),
        None => Err(unknown("bounds", bounds.unwrap_or(&none))),
    }
}
