//! Regressions, of everyone or of each domain.

use problem::Problems;
use serde_json::Value;

use super::answer::{Answer, DesignSummary, limits};
use super::document::{Request, unknown};
use super::further::{Fitted, Further};
use crate::EstimationDesign;
use crate::distribution::t_two_sided;
use crate::domain::{Label, crossing};
use crate::interval::IntervalMethod;
use crate::regression::{Family, Formula, Regression, regression};
use crate::table::Table;

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign, level: f64) -> Result<Answer, Problems> {
    let keys = &request.estimand;
    let family = keys.family.as_deref().unwrap_or("gaussian");
    let family: Family =
        serde_json::from_value(Value::from(family)).map_err(|_| unknown("estimand.family", &Value::from(family)))?;
    let formula = Formula::parse(keys.formula.as_deref().unwrap_or_default())?;
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    let domains = crossing(table, &by)?;
    let mut all = Vec::with_capacity(domains.len());
    for domain in domains {
        match regression(design, table, &formula, family, &domain.rows) {
            Ok(fit) => all.push(fitted(fit, domain.labels, family, level)),
            // One small domain must not keep the others from being told.
            Err(problems) if !by.is_empty() => {
                let n = domain.rows.len();
                all.push(Fitted { domain: domain.labels, family, n, problems: problems.0, ..Fitted::default() });
            }
            Err(problems) => return Err(problems),
        }
    }
    let further = match <[Fitted; 1]>::try_from(all) {
        Ok([only]) if by.is_empty() => Further::Regression(Box::new(only)),
        Ok([only]) => Further::Regressions { domains: vec![only] },
        Err(domains) => Further::Regressions { domains },
    };
    Ok(Answer { further: Some(further), ..Answer::of(Vec::new(), DesignSummary::of(design)) })
}

fn fitted(fit: Regression, domain: Vec<(String, Label)>, family: Family, level: f64) -> Fitted {
    let size = fit.coefficients.len();
    let df = usize::try_from(fit.residual_degrees_of_freedom).unwrap_or(0);
    let mut fitted = Fitted {
        domain,
        df_residual: fit.residual_degrees_of_freedom,
        n: fit.n,
        family,
        iterations: fit.iterations,
        vcov: fit.covariance.chunks(size).map(<[f64]>::to_vec).collect(),
        terms: fit.terms,
        ..Fitted::default()
    };
    for (j, scores) in fit.coefficients.iter().enumerate() {
        let (estimate, error) = (scores.estimate(), fit.covariance[j * size + j].max(0.0).sqrt());
        let t = estimate.map(|estimate| estimate / error).filter(|t| t.is_finite());
        let name = || scores.name.clone();
        fitted.coef.push((name(), estimate));
        fitted.se.push((name(), Some(error)));
        fitted.t.push((name(), t));
        fitted.p.push((name(), t.and_then(|t| t_two_sided(t, df as f64))));
        let interval = limits(estimate, Some(error), level, IntervalMethod::T { degrees_of_freedom: df });
        fitted.ci.push((name(), interval));
    }
    fitted
}
