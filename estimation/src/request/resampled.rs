//! Requests whose variance comes from replicate weights, and the kind `calibration`.

mod source;

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::answer::{Answer, Contrast, DesignSummary, Entry};
use super::design::{columns, numbers};
use super::document::{DomainMean, Request, unknown};
use super::inference;
use super::linear::labels_of;
use super::run::absent;
use super::weighting::{StepKeys, weigh};
use crate::EstimationDesign;
use crate::domain::selection;
use crate::interval::check_level;
use crate::replication::{ReplicateWeights, Replicated};
use crate::share::n_threads;
use crate::table::Table;
use crate::weighting::WeightSet;
use source::{Source, answered, replicated};

/// Whether a request belongs here.
pub(super) fn handles(request: &Request) -> bool {
    request.design.replicates.is_some()
        || matches!(request.estimand.kind.as_str(), "replicate_variance" | "calibration")
}

/// Keys that mean something here only.
pub(super) fn foreign_keys(request: &Request, problems: &mut Problems) {
    let keys = &request.estimand;
    let calibrates = keys.kind == "calibration";
    let resamples = keys.kind == "replicate_variance";
    for (key, present) in [
        ("method", keys.method.is_some() && !calibrates),
        ("margins", !keys.margins.is_empty() && !calibrates),
        ("totals", !keys.totals.0.is_empty() && !calibrates),
        ("bounds", keys.bounds.as_ref().is_some_and(|bounds| !bounds.is_null()) && !calibrates),
        ("r", keys.r.is_some() && !calibrates),
        ("ratios", !keys.ratios.is_empty() && !resamples),
    ] {
        if present {
            problems.push(unknown(&format!("estimand.{key}"), &Value::from(keys.kind.as_str())));
        }
    }
}

pub(super) fn run(request: &Request, table: &Table, others: &BTreeMap<String, Table>) -> Result<Answer, Problems> {
    let level = check(request)?;
    let keys = &request.estimand;
    let mut design_keys = request.design.clone();
    if let (None, Some(replicates)) = (&design_keys.weights, &request.design.replicates) {
        design_keys.weights = replicates.full_weight().map(str::to_owned);
    }
    let bound = columns(&design_keys, table)?;
    let design = EstimationDesign::new(&bound)?;
    let replicates = match &request.design.replicates {
        Some(keys) => Some(keys.weights(&design, &bound, others)?),
        None => None,
    };
    let mut set = WeightSet::new(design.weights(), replicates)?;
    set = weigh(set, request.design.weighting.as_deref().unwrap_or_default(), table)?;
    if keys.kind == "calibration" {
        let step = StepKeys::of_estimand(keys.method.as_deref(), &keys.margins, &keys.totals, keys.bounds.as_ref())?;
        set = weigh(set, &[step], table)?;
    }
    let design = design.reweighted(&set)?;
    let source = match set.replicates() {
        Some(replicates) => Source::Replicates(replicates),
        None => Source::Scores(&design),
    };
    let mut summary = DesignSummary::of(&design);
    summary.replicates =
        request.design.replicates.as_ref().zip(set.replicates()).map(|(keys, weights)| keys.summary(weights));
    let weights = (keys.kind == "calibration").then(|| set.weights().to_vec());
    let empty = Answer { weights, ..Answer::of(Vec::new(), summary) };
    match (keys.kind.as_str(), &source) {
        ("contrast" | "composite", Source::Replicates(replicates)) => {
            combinations(request, table, replicates, level, empty)
        }
        _ => Ok(Answer { estimates: source.estimates(request, table, level, n_threads())?, ..empty }),
    }
}

/// Checks everything that does not need the data.
fn check(request: &Request) -> Result<f64, Problems> {
    let keys = &request.estimand;
    let mut problems = Problems::none();
    let level = keys.level.unwrap_or(0.95);
    if let Err(problem) = check_level(level) {
        problems.push(problem.at(Place::column("estimand.level")));
    }
    foreign_keys(request, &mut problems);
    let kind = keys.kind.as_str();
    // Marks on small cells and the printed style are not made for replicates yet: asked for, they are refused.
    let not_here = [("small_cells", keys.small_cells.is_some()), ("papi_style", keys.papi_style == Some(true))];
    let not_here = not_here.into_iter().filter(|(_, there)| *there).map(|(key, _)| key);
    for key in inference::strangers(keys).into_iter().chain(not_here) {
        problems.push(unknown(&format!("estimand.{key}"), &Value::from(kind)));
    }
    let linear = matches!(kind, "contrast" | "composite");
    let mut need = |missing: bool, key: &str| {
        if missing {
            problems.push(absent(kind, key));
        }
    };
    match kind {
        "replicate_variance" | "calibration" | "mean" | "total" | "proportion" => need(keys.vars.0.is_empty(), "vars"),
        "quantile" => {
            need(keys.vars.0.is_empty(), "vars");
            need(keys.probs.0.is_empty(), "probs");
        }
        "ratio" => {
            need(keys.numerator.is_none(), "numerator");
            need(keys.denominator.is_none(), "denominator");
        }
        "contrast" | "composite" => need(keys.estimates.0.is_empty(), "estimates"),
        other => problems.push(unknown("estimand.kind", &Value::from(other))),
    }
    if kind == "replicate_variance" && request.design.replicates.is_none() {
        problems.push(
            Problem::new(
                "request_missing_key",
                "yêu cầu replicate_variance thiếu design.replicates",
                "a request for replicate_variance needs design.replicates",
            )
            .at(Place::column("design.replicates")),
        );
    }
    let asked =
        |value: &Option<Value>| value.as_ref().is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
    let quantiles = matches!(kind, "quantile" | "replicate_variance");
    for (key, present) in [
        ("missing", keys.missing.as_deref().is_some_and(|missing| missing != "per-variable")),
        ("deff", asked(&keys.deff)),
        ("intervals", !keys.intervals.0.is_empty()),
        ("qrules", !keys.qrules.0.is_empty() && !quantiles),
        ("probs", !keys.probs.0.is_empty() && !quantiles),
        ("by", !keys.by.0.is_empty() && linear),
        ("vars", !keys.vars.0.is_empty() && (linear || kind == "ratio")),
        ("numerator", (keys.numerator.is_some() || keys.denominator.is_some()) && kind != "ratio"),
        ("estimates", !(linear || keys.estimates.0.is_empty() && keys.contrasts.0.is_empty())),
    ] {
        if present {
            problems.push(unknown(&format!("estimand.{key}"), &Value::from("with replicates or calibration")));
        }
    }
    for p in keys.probs.0.iter().filter(|p| !(0.0..=1.0).contains(*p)) {
        problems.push(
            Problem::new("request_probability", "mức phân vị không hợp lệ", "a quantile does not exist")
                .at(Place::column("estimand.probs"))
                .expected(("số từ 0 đến 1", "a number from 0 to 1"))
                .got(p.to_string()),
        );
    }
    problems.into_result(level)
}

/// Contrasts and composites of domain means by replicates.
fn combinations(
    request: &Request,
    table: &Table,
    weights: &ReplicateWeights,
    level: f64,
    empty: Answer,
) -> Result<Answer, Problems> {
    let (mut parts, mut problems) = (Vec::new(), Problems::none());
    for (name, mean) in &request.estimand.estimates.0 {
        match part(name, mean, table, weights) {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(())?;
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let terms = super::linear::terms(request, &names)?;
    let mut combined = Vec::new();
    for (name, terms) in terms {
        let terms: Vec<(f64, &Replicated)> = terms.into_iter().map(|(a, at)| (a, &parts[at])).collect();
        combined.push(Replicated::linear_combination(name, 0.0, &terms)?);
    }
    let covariance = weights.covariance(&parts.iter().chain(&combined).collect::<Vec<_>>())?;
    let df = weights.degrees_of_freedom();
    let contrasts = combined
        .iter()
        .enumerate()
        .map(|(at, one)| Contrast::new(&one.name, one.estimate(), (&covariance, parts.len() + at), df, level));
    let estimates: Result<Vec<Entry>, Problem> =
        parts.iter().map(|part| replicated(weights, part, "mean", &[], level)).collect();
    let vcov = (0..parts.len()).map(|i| (0..parts.len()).map(|j| covariance.get(i, j)).collect()).collect();
    Ok(Answer { estimates: estimates?, vcov: Some(vcov), contrasts: Some(contrasts.collect()), df: Some(df), ..empty })
}

fn part(name: &str, mean: &DomainMean, table: &Table, weights: &ReplicateWeights) -> Result<Replicated, Problem> {
    let values = numbers(&mean.var, table.column(&mean.var)?)?;
    let domain = selection(table, &labels_of(name, mean)?)?;
    let rows = answered(&domain, &[values]);
    Ok(weights.quotient_of_rows(name, &rows, |row| values[row], |_| 1.0))
}
