//! Python, package `svy`.

use problem::Problem;

use super::super::document::Request;
use super::{quoted, unsupported};
use crate::VarianceStages;

pub(super) fn code(request: &Request) -> Result<String, Problem> {
    let keys = &request.estimand;
    if request.design.weighting.as_ref().is_some_and(|steps| !steps.is_empty()) {
        return Err(unsupported("svy", "design.weighting", "steps"));
    }
    let reader = if request.data.to_lowercase().ends_with(".parquet") { "read_parquet" } else { "read_csv" };
    let schema = if reader == "read_csv" { ", infer_schema_length=None" } else { "" };
    let mut text = format!(
        "import json\nimport polars as pl\nimport svy\n\ndata = pl.{reader}({}{schema})\n{}",
        quoted(&request.data),
        design(request)?
    );
    text.push_str(
        "\ndef show(estimates):\n    for estimate in estimates if isinstance(estimates, list) else [estimates]:\n        \
         for row in estimate.to_dicts():\n            print(json.dumps(row, ensure_ascii=False, default=str))\n\n",
    );
    if keys.missing.as_deref() == Some("listwise") {
        return Err(unsupported("svy", "estimand.missing", "listwise"));
    }
    let by = match keys.by.0.as_slice() {
        [] => String::new(),
        by => format!(", by=[{}]", by.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(", ")),
    };
    let alpha = format!(", alpha={}", ((1.0 - request.level()) * 1e12).round() / 1e12);
    let function = match keys.kind.as_str() {
        "mean" => "mean",
        "total" => "total",
        "proportion" => "prop",
        "ratio" => {
            let (above, below) =
                (keys.numerator.clone().unwrap_or_default(), keys.denominator.clone().unwrap_or_default());
            text.push_str(&format!(
                "show(sample.estimation.ratio({}, {}{by}{alpha}, drop_nulls=True))\n",
                quoted(&above),
                quoted(&below)
            ));
            return Ok(text);
        }
        other => return Err(unsupported("svy", "estimand.kind", other)),
    };
    for one in &keys.vars.0 {
        text.push_str(&format!("show(sample.estimation.{function}({}{by}{alpha}, drop_nulls=True))\n", quoted(one)));
    }
    Ok(text)
}

fn design(request: &Request) -> Result<String, Problem> {
    let keys = &request.design;
    if let Some(pps) = request.pps() {
        return Err(unsupported("svy", "design.pps", &pps));
    }
    if keys.adjust_domain_lonely == Some(true) {
        return Err(unsupported("svy", "design.adjust_domain_lonely", "true"));
    }
    let Some(weights) = &keys.weights else { return Err(unsupported("svy", "design.weights", "null")) };
    let n_stages = if request.stages() == VarianceStages::AllStages { keys.ids.0.len() } else { 1 };
    if n_stages > 2 {
        return Err(unsupported("svy", "design.ids", &format!("{n_stages} stages")));
    }
    let mut arguments = vec![format!("wgt={}", quoted(weights))];
    // The package knows strata of the first stage only.
    if keys.strata.0.len() > 1 && n_stages > 1 {
        return Err(unsupported("svy", "design.strata", &keys.strata.0.join(", ")));
    }
    if let Some(stratum) = keys.strata.0.first() {
        arguments.push(format!("stratum={}", quoted(stratum)));
    }
    if let Some(psu) = keys.ids.0.first() {
        let nested = keys.strata.0.first().filter(|_| keys.nest == Some(true));
        arguments.push(match nested {
            Some(stratum) => format!("psu=[{}, {}]", quoted(stratum), quoted(psu)),
            None => format!("psu={}", quoted(psu)),
        });
    }
    if let Some(ssu) = keys.ids.0.get(1).filter(|_| n_stages > 1) {
        arguments.push(format!("ssu={}", quoted(ssu)));
    }
    if request.stages() != VarianceStages::UltimateCluster {
        match (&keys.fpc.0[..keys.fpc.0.len().min(n_stages.max(1))], keys.fpc.0.is_empty()) {
            (_, true) => {}
            ([one], _) => arguments.push(format!("pop_size={}", quoted(one))),
            ([one, two], _) => arguments.push(format!("pop_size=svy.PopSize({}, {})", quoted(one), quoted(two))),
            _ => return Err(unsupported("svy", "design.fpc", &keys.fpc.0.join(", "))),
        }
    }
    let single = match request.lonely().as_str() {
        "fail" => None,
        "remove" | "certainty" => Some("skip"),
        "adjust" => Some("center"),
        "average" => Some("scale"),
        other => return Err(unsupported("svy", "design.lonely_psu", other)),
    };
    arguments.extend(single.map(|name| format!("singleton=\"{name}\"")));
    Ok(format!("sample = svy.Sample(data, svy.Design({}))\n", arguments.join(", ")))
}
