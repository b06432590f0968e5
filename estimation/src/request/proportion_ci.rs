//! Proportions of one event, or of each of several, with intervals by several methods.

use problem::{Problem, Problems};
use serde_json::Value;

use super::answer::{Answer, DesignSummary, Entry, ProportionRow};
use super::document::{Request, label, unknown};
use crate::domain::{Label, crossing, selection};
use crate::estimand::mean_of_rows;
use crate::table::Table;
use crate::{EstimationDesign, ProportionInterval, proportion_interval};

/// What is made when a request names no methods: all but the ones that must be asked for by name.
const USUAL: [ProportionInterval; 7] = [
    ProportionInterval::Logit,
    ProportionInterval::Likelihood,
    ProportionInterval::Asin,
    ProportionInterval::Beta,
    ProportionInterval::Mean,
    ProportionInterval::Xlogit,
    ProportionInterval::Wilson,
];

const BY_NAME_ONLY: [ProportionInterval; 2] = [ProportionInterval::ClopperPearson, ProportionInterval::PapiStyle];

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign, level: f64) -> Result<Answer, Problems> {
    let keys = &request.estimand;
    let methods = methods(&keys.methods.0)?;
    let asked = keys.event.as_ref().unwrap_or(&Value::Null);
    let each = asked.as_array().map_or(std::slice::from_ref(asked), Vec::as_slice);
    let events: Vec<Label> = each.iter().map(|value| label("estimand.event", value)).collect::<Result<_, _>>()?;
    let mut problems = Problems::none();
    let mut columns = Vec::new();
    for name in &keys.vars.0 {
        match table.column(name) {
            Ok(column) => columns.push((name, column)),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(())?;
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    let mut estimates = Vec::new();
    for domain in crossing(table, &by)? {
        for (&(name, column), event) in
            columns.iter().flat_map(|column| events.iter().map(move |event| (column, event)))
        {
            let mut happened = vec![false; table.n_rows()];
            for row in selection(table, &[(name.clone(), event.clone())])?.rows {
                happened[row as usize] = true;
            }
            let rows: Vec<u32> = domain.rows.iter().copied().filter(|&row| !column.is_missing(row as usize)).collect();
            let df = design.degrees_of_freedom_of(rows.iter().map(|&row| row as usize));
            let n = rows.len();
            let scores = mean_of_rows(design, name, rows, |row| f64::from(u8::from(happened[row])));
            let covariance = design.covariance(&[&scores])?;
            for &method in &methods {
                let limits = proportion_interval(design, &scores, level, method)?;
                estimates.push(Entry::Proportion(ProportionRow {
                    domain: domain.labels.clone(),
                    name: name.clone(),
                    event: event.clone(),
                    method,
                    est: scores.estimate(),
                    se: covariance.standard_error(0),
                    ci: [limits.lower, limits.upper],
                    level: limits.level,
                    made_by: limits.made_by,
                    n_effective: limits.n_effective,
                    n,
                    df,
                    note: (method == ProportionInterval::PapiStyle).then(super::answer::papi_note),
                    small_cell: None,
                    why_missing: scores.why_missing().or(limits.why_missing),
                }));
            }
        }
    }
    Ok(Answer::of(estimates, DesignSummary::of(design)))
}

fn methods(names: &[String]) -> Result<Vec<ProportionInterval>, Problem> {
    if names.is_empty() {
        return Ok(USUAL.to_vec());
    }
    let find = |name: &String| {
        let known = USUAL.iter().chain(&BY_NAME_ONLY).find(|method| method.name() == name);
        known.copied().ok_or_else(|| unknown("estimand.methods", &Value::from(name.as_str())))
    };
    names.iter().map(find).collect()
}
