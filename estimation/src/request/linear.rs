//! Contrasts and composites: linear combinations of domain means.

use problem::{Place, Problem, Problems};

use super::answer::{Answer, Contrast, DesignSummary, Entry, Row};
use super::design::numbers;
use super::document::{DomainMean, Request, label};
use crate::domain::{Label, selection};
use crate::estimand::mean_of_rows;
use crate::table::Table;
use crate::{EstimationDesign, Scores, estimate};

pub(super) fn run(request: &Request, table: &Table, design: &EstimationDesign, level: f64) -> Result<Answer, Problems> {
    let mut problems = Problems::none();
    let mut parts: Vec<Scores> = Vec::new();
    for (name, mean) in &request.estimand.estimates.0 {
        match part(name, mean, table, design) {
            Ok(part) => parts.push(part),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(())?;
    let combinations = combinations(request, &parts)?;
    let scores: Vec<&Scores> = parts.iter().chain(&combinations).collect();
    let covariance = design.covariance(&scores)?;
    let mut estimates = Vec::new();
    for scores in &parts {
        // The name given in the request says which domain it is; the answer's shape has no labels here.
        estimates.push(Entry::Estimate(Row::new(&[], &estimate(design, scores, level)?, level)));
    }
    let vcov = (0..parts.len()).map(|i| (0..parts.len()).map(|j| covariance.get(i, j)).collect()).collect();
    let df = design.degrees_of_freedom();
    let contrasts = combinations
        .iter()
        .enumerate()
        .map(|(at, scores)| Contrast::new(&scores.name, scores.estimate(), (&covariance, parts.len() + at), df, level));
    Ok(Answer {
        vcov: Some(vcov),
        contrasts: Some(contrasts.collect()),
        df: Some(df),
        ..Answer::of(estimates, DesignSummary::of(design))
    })
}

/// One domain mean. Its variance is taken over the whole design, as that of the contrasts.
fn part(name: &str, mean: &DomainMean, table: &Table, design: &EstimationDesign) -> Result<Scores, Problem> {
    let values = numbers(&mean.var, table.column(&mean.var)?)?;
    let rows = selection(table, &labels_of(name, mean)?)?.rows;
    let rows = rows.into_iter().filter(|&row| !values[row as usize].is_nan()).collect();
    Ok(mean_of_rows(design, name, rows, |row| values[row]).over_whole_design())
}

/// Column and value of the domain of a part.
pub(super) fn labels_of(name: &str, mean: &DomainMean) -> Result<Vec<(String, Label)>, Problem> {
    let mut labels = Vec::new();
    for (column, value) in &mean.domain.0 {
        let label = label(&format!("estimand.estimates.{name}.domain.{column}"), value)?;
        labels.push((column.clone(), label));
    }
    Ok(labels)
}

fn combinations(request: &Request, parts: &[Scores]) -> Result<Vec<Scores>, Problems> {
    let names: Vec<&str> = parts.iter().map(|scores| scores.name.as_str()).collect();
    let (mut combinations, mut problems) = (Vec::new(), Problems::none());
    for (name, terms) in terms(request, &names)? {
        let terms: Vec<(f64, &Scores)> = terms.into_iter().map(|(a, at)| (a, &parts[at])).collect();
        match Scores::linear_combination(name, 0.0, &terms) {
            Ok(scores) => combinations.push(scores),
            Err(problem) => problems.push(problem),
        }
    }
    problems.into_result(combinations)
}

/// A combination: its name, and coefficient and number of each part.
type Terms<'a> = (&'a str, Vec<(f64, usize)>);

/// The combinations of a request, checked against the names of the parts.
pub(super) fn terms<'a>(request: &'a Request, parts: &[&str]) -> Result<Vec<Terms<'a>>, Problems> {
    let (mut all, mut problems) = (Vec::new(), Problems::none());
    for (name, coefficients) in &request.estimand.contrasts.0 {
        let mut terms = Vec::new();
        for (part, coefficient) in &coefficients.0 {
            match parts.iter().position(|name| name == part) {
                Some(at) => terms.push((*coefficient, at)),
                None => problems.push(no_such_part(name, part, parts)),
            }
        }
        if terms.is_empty() {
            problems.push(
                Problem::new(
                    "request_missing_key",
                    format!("{name} không có hệ số nào"),
                    format!("{name} has no coefficients"),
                )
                .at(Place::column(format!("estimand.contrasts.{name}"))),
            );
        }
        all.push((name.as_str(), terms));
    }
    problems.into_result(all)
}

fn no_such_part(contrast: &str, part: &str, parts: &[&str]) -> Problem {
    Problem::new(
        "request_unknown_part",
        format!("{contrast} dùng {part} nhưng estimand.estimates không có tên này"),
        format!("{contrast} uses {part}, which is not among estimand.estimates"),
    )
    .at(Place::column(format!("estimand.contrasts.{contrast}")))
    .expected((format!("một trong {}", parts.join(", ")), format!("one of {}", parts.join(", "))))
    .got(part)
}
