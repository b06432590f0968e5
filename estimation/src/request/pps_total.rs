//! Totals under unequal probabilities, by every estimator of their variance.

use problem::{Problem, Problems};
use serde_json::Value;

use super::answer::{Answer, DesignSummary, Entry, PpsRow, Row};
use super::design::{design, numbers};
use super::document::{DesignKeys, Request, unknown};
use crate::domain::crossing;
use crate::estimand::total_of_rows;
use crate::estimate;
use crate::joint::SquareMatrix;
use crate::table::Table;

/// Every estimator; the two that need joint probabilities are left out where there are none and no methods are named.
const METHODS: [&str; 6] = ["brewer", "overton", "hartley_rao", "ht", "yg", "wr"];

pub(super) fn run(
    request: &Request,
    table: &Table,
    joint: Option<&SquareMatrix>,
    level: f64,
) -> Result<Answer, Problems> {
    let keys = &request.estimand;
    let mut problems = Problems::none();
    for name in keys.methods.0.iter().filter(|name| !METHODS.contains(&name.as_str())) {
        problems.push(unknown("estimand.methods", &Value::from(name.as_str())));
    }
    let mut variables: Vec<(&str, &[f64])> = Vec::new();
    for name in &keys.vars.0 {
        match table.column(name).and_then(|column| numbers(name, column)) {
            Ok(values) => variables.push((name, values)),
            Err(problem) => problems.push(problem),
        }
    }
    if request.design.fpc.0.len() != 1 {
        problems.push(
            Problem::new(
                "request_missing_key",
                "yêu cầu pps_total cần đúng một cột xác suất chọn trong design.fpc",
                "a request for pps_total needs exactly one column of inclusion probabilities in design.fpc",
            )
            .got(request.design.fpc.0.len().to_string()),
        );
    }
    problems.into_result(())?;
    let asked = |method: &str| match keys.methods.0.as_slice() {
        [] => joint.is_some() || !matches!(method, "ht" | "yg"),
        named => named.iter().any(|name| name == method),
    };
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    let domains = crossing(table, &by)?;
    let mut estimates = Vec::new();
    let mut summary = None;
    for method in METHODS.into_iter().filter(|method| asked(method)) {
        let of_method = joint.filter(|_| matches!(method, "ht" | "yg"));
        let design = design(&keys_for(method, &request.design), table, of_method)?;
        for domain in &domains {
            for &(name, y) in &variables {
                let rows = domain.rows.iter().copied().filter(|&row| !y[row as usize].is_nan()).collect();
                let scores = total_of_rows(&design, name, rows, |row| y[row]);
                let variance = design.covariance(&[&scores])?.variance(0);
                let row = Row::new(&domain.labels, &estimate(&design, &scores, level)?, level);
                estimates.push(Entry::PpsTotal(PpsRow { method, variance, row }));
            }
        }
        summary = summary.or(Some(DesignSummary::of(&design)));
    }
    summary
        .map(|summary| Answer::of(estimates, summary))
        .ok_or_else(|| unknown("estimand.methods", &Value::Null).into())
}

/// The design that gives this estimator; with replacement the probabilities are weights and nothing else.
fn keys_for(method: &str, keys: &DesignKeys) -> DesignKeys {
    let mut keys = keys.clone();
    // What belongs to one estimator means nothing to the others.
    if method != "hartley_rao" {
        keys.hartley_rao_sum = None;
    }
    if method == "wr" {
        keys.pps = None;
        keys.probabilities_as_weights = true;
    } else {
        keys.pps = Some(Value::from(method));
    }
    keys
}
