//! Variances, covariances and correlations of variables.

use problem::Problems;

use super::answer::{Answer, DesignSummary};
use super::design::numbers;
use super::document::Request;
use super::further::{Further, Moments};
use crate::domain::crossing;
use crate::estimand::{correlation_of_rows, covariance_of_rows};
use crate::table::Table;
use crate::{EstimationDesign, Scores};

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign) -> Result<Answer, Problems> {
    let keys = &request.estimand;
    let listwise = keys.missing.as_deref() == Some("listwise");
    let mut problems = Problems::none();
    let mut variables: Vec<(&str, &[f64])> = Vec::new();
    for name in &keys.vars.0 {
        match table.column(name).and_then(|column| numbers(name, column)) {
            Ok(values) => variables.push((name, values)),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(())?;
    let by: Vec<&str> = keys.by.0.iter().map(String::as_str).collect();
    let mut all = Vec::new();
    for domain in crossing(table, &by)? {
        let answered = |row: &u32, which: &[usize]| which.iter().all(|&k| !variables[k].1[*row as usize].is_nan());
        let everything: Vec<usize> = (0..variables.len()).collect();
        let size = variables.len();
        let missing = vec![vec![None; size]; size];
        let mut moments = Moments {
            domain: domain.labels.clone(),
            vars: variables.iter().map(|(name, _)| (*name).to_owned()).collect(),
            cov: missing.clone(),
            se: missing.clone(),
            cor: missing.clone(),
            cor_se: missing,
            n: vec![vec![0; size]; size],
            df: design.degrees_of_freedom(),
            why_missing: Vec::new(),
        };
        for i in 0..size {
            for j in 0..=i {
                let pair = [i, j];
                let needed = if listwise { &everything[..] } else { &pair[..] };
                let rows: Vec<u32> = domain.rows.iter().copied().filter(|row| answered(row, needed)).collect();
                let (x, y) = (|row: usize| variables[i].1[row], |row: usize| variables[j].1[row]);
                let r = correlation_of_rows(design, "correlation", &rows, x, y)?;
                let scores = [covariance_of_rows(design, "covariance", rows, x, y), r];
                let covariance = design.covariance(&scores.iter().collect::<Vec<&Scores>>())?;
                for (a, b) in [(i, j), (j, i)] {
                    moments.cov[a][b] = scores[0].estimate();
                    moments.se[a][b] = covariance.standard_error(0);
                    // A variable's correlation with itself is 1 by definition, without an error.
                    moments.cor[a][b] = if i == j { scores[1].estimate().map(|_| 1.0) } else { scores[1].estimate() };
                    moments.cor_se[a][b] =
                        if i == j { scores[1].estimate().map(|_| 0.0) } else { covariance.standard_error(1) };
                    moments.n[a][b] = scores[0].n();
                }
                for at in 0..2 {
                    if let Some(why) = covariance.why_missing(at).filter(|why| !moments.why_missing.contains(why)) {
                        moments.why_missing.push(why);
                    }
                }
            }
        }
        all.push(moments);
    }
    let further = match <[Moments; 1]>::try_from(all) {
        Ok([moments]) if by.is_empty() => Further::Moments(moments),
        Ok([moments]) => Further::Domains { domains: vec![moments] },
        Err(domains) => Further::Domains { domains },
    };
    Ok(Answer { further: Some(further), ..Answer::of(Vec::new(), DesignSummary::of(design)) })
}
