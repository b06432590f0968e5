//! Steps of weighting in R.

use problem::Problem;

use super::super::document::Request;
use super::super::weighting::StepKeys;
use super::r::name;
use super::{quoted, unsupported};

/// The steps that the weights of a request go through.
pub(super) fn steps(request: &Request) -> Result<String, Problem> {
    let steps = request.design.weighting.as_deref().unwrap_or_default();
    if steps.is_empty() {
        return Ok(String::new());
    }
    // R divides by the weights of a calibrated design. Units without a row left still count: the design keeps their number.
    let mut text =
        ".used <- weights(design) > 0\nd <- d[.used, , drop = FALSE]\ndesign <- subset(design, .used)\n".to_owned();
    for step in steps {
        text.push_str(&weighting(step)?);
    }
    Ok(text)
}

/// A step of weighting; only calibration to totals of numbers is repeated, the other steps have several forms in R.
fn weighting(step: &StepKeys) -> Result<String, Problem> {
    let other = || unsupported("R", "design.weighting", step.name());
    let StepKeys::Calibrate { method, totals, bounds } = step else { return Err(other()) };
    let mut population = Vec::new();
    for (column, total) in &totals.0 {
        let total = total.as_f64().filter(|_| !column.contains('`')).ok_or_else(other)?;
        population.push(format!("{} = {total:?}", name(column)));
    }
    let names: Vec<String> = totals.0.iter().map(|(column, _)| name(column)).collect();
    let bounds = match bounds.as_ref().and_then(serde_json::Value::as_array).map(Vec::as_slice) {
        Some([lower, upper]) => format!(", bounds = c({lower}, {upper})"),
        _ if bounds.as_ref().is_some_and(|bounds| !bounds.is_null()) => return Err(other()),
        _ => String::new(),
    };
    Ok(format!(
        "design <- calibrate(design, ~0 + {}, population = c({}), calfun = {}{bounds}, epsilon = 1e-10, maxit = 200)\n",
        names.join(" + "),
        population.join(", "),
        quoted(method)
    ))
}
