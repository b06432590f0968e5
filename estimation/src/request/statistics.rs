//! Means, totals, ratios and proportions by domains: one pass over the columns.

use problem::Problems;

use super::answer::{Answer, DesignSummary, Entry, Row};
use super::design::numbers;
use super::document::Request;
use super::run::{Deff, Options};
use crate::domain::{Categories, Domains, Label};
use crate::interval::Quantiles;
use crate::share::n_threads;
use crate::table::{Cells, Table};
use crate::tabulation::{Item, Statistic, Tabulation, tabulate};
use crate::{Estimate, EstimationDesign, Scores, WhyMissing};

impl Request {
    /// The answer to a request for means, totals, ratios or proportions.
    pub(super) fn statistics(
        &self,
        table: &Table,
        design: &EstimationDesign,
        options: &Options,
    ) -> Result<Answer, Problems> {
        let by: Vec<&str> = self.estimand.by.0.iter().map(String::as_str).collect();
        let variables = self.variables(table)?;
        let mut domains = Domains::crossing(table, &by)?;
        if options.listwise {
            only_complete(&mut domains.of_row, &variables);
        }
        let items = self.items(&variables);
        let tabulation = tabulate(design, &domains, &items, options.level, n_threads())?;
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let estimates = entries(&tabulation, &domains.labels, &names, design.degrees_of_freedom(), options)?;
        let vcov = if options.listwise && by.is_empty() { Some(covariances(design, &items, &domains)?) } else { None };
        Ok(Answer { vcov, ..Answer::of(estimates, DesignSummary::of(design)) })
    }

    /// The columns the request names, checked for its kind.
    pub(super) fn variables<'a>(&'a self, table: &'a Table) -> Result<Vec<Variable<'a>>, Problems> {
        let mut problems = Problems::none();
        let mut variables = Vec::new();
        let keys = &self.estimand;
        for name in keys.vars.0.iter().chain(&keys.numerator).chain(&keys.denominator) {
            match table.column(name) {
                Err(problem) => problems.push(problem),
                Ok(column) if keys.kind == "proportion" => {
                    variables.push(Variable { name, values: Values::Categories(Categories::of(column)) });
                }
                Ok(column) => match numbers(name, column) {
                    Ok(values) => variables.push(Variable { name, values: Values::Numbers(values) }),
                    Err(problem) => problems.push(problem),
                },
            }
        }
        for name in keys.by.0.iter().filter(|name| table.get(name).is_none()) {
            problems.extend(table.column(name).err());
        }
        problems.into_result(variables)
    }

    /// What is estimated in each domain: an item for each variable, or one ratio.
    pub(super) fn items<'a>(&self, variables: &'a [Variable<'_>]) -> Vec<Item<'a>> {
        if let [
            Variable { values: Values::Numbers(y), name: above },
            Variable { values: Values::Numbers(x), name: below },
        ] = variables
            && self.estimand.kind == "ratio"
        {
            return vec![Item { name: format!("{above}/{below}"), statistic: Statistic::Ratio(y, x) }];
        }
        let item = |variable: &'a Variable<'_>| Item {
            name: variable.name.to_owned(),
            statistic: match &variable.values {
                Values::Numbers(y) if self.estimand.kind == "total" => Statistic::Total(y),
                Values::Numbers(y) => Statistic::Mean(y),
                Values::Categories(categories) => Statistic::Proportions {
                    codes: &categories.codes,
                    categories: category_names(variable.name, categories),
                },
            },
        };
        variables.iter().map(item).collect()
    }
}

/// The names of the proportions of a variable.
pub(super) fn category_names(variable: &str, categories: &Categories) -> Vec<String> {
    categories.labels.iter().map(|label| format!("factor({variable}){}", label.text())).collect()
}

/// Whether all variables have an answer on a row.
pub(super) fn is_answered(variables: &[Variable<'_>], row: usize) -> bool {
    variables.iter().all(|variable| variable.is_answered(row))
}

/// Takes the rows out of their domains in which a variable has no answer.
fn only_complete(domain_of_row: &mut [u32], variables: &[Variable<'_>]) {
    for (row, domain) in domain_of_row.iter_mut().enumerate() {
        if !is_answered(variables, row) {
            *domain = Cells::MISSING_CODE;
        }
    }
}

/// The rows of the answer: domain by domain, in each the items in order. Categories without any answer are one missing row
/// of their variable; variables that must be answered together and never are, one of them all.
pub(super) fn entries(
    tabulation: &Tabulation,
    domains: &[Vec<(String, Label)>],
    names: &[&str],
    degrees_of_freedom: usize,
    options: &Options,
) -> Result<Vec<Entry>, Problems> {
    let mut quantiles = Quantiles::new(options.level)?;
    let mut rows = Vec::new();
    for (domain, labels) in domains.iter().enumerate() {
        let mut add = |estimate: &Estimate| {
            let deff = match options.deff {
                Deff::Not => None,
                Deff::WithoutReplacement => Some(estimate.design_effect),
                Deff::WithReplacement => Some(estimate.design_effect_with_replacement),
            };
            rows.push(Entry::Estimate(Row { deff, ..Row::with(labels, estimate, Some(&mut quantiles)) }));
        };
        let no_answers = |name: &str| Estimate::missing(name, degrees_of_freedom, WhyMissing::NoAnswers);
        let is_answered = |item: usize| {
            let first = tabulation.get(item, domain).first();
            first.is_some_and(|estimate| estimate.why_missing != Some(WhyMissing::NoAnswers))
        };
        if options.listwise && !is_answered(0) {
            add(&no_answers(&names.join("+")));
            continue;
        }
        for (number, name) in names.iter().enumerate() {
            if is_answered(number) {
                tabulation.get(number, domain).iter().for_each(&mut add);
            } else {
                add(&no_answers(name));
            }
        }
    }
    Ok(rows)
}

/// The covariance matrix of statistics on the same rows.
fn covariances(
    design: &EstimationDesign,
    items: &[Item<'_>],
    domains: &Domains,
) -> Result<Vec<Vec<Option<f64>>>, Problems> {
    let is_there: Vec<bool> = domains.of_row.iter().map(|&domain| domain != Cells::MISSING_CODE).collect();
    let mut scores: Vec<Scores> = Vec::new();
    for item in items.iter().filter(|_| is_there.contains(&true)) {
        scores.extend(item.scores(design, Some(&is_there))?);
    }
    if scores.is_empty() {
        return Ok(vec![vec![None]]);
    }
    let matrix = design.covariance(&scores.iter().collect::<Vec<_>>())?;
    let size = matrix.size();
    Ok((0..size).map(|i| (0..size).map(|j| matrix.get(i, j)).collect()).collect())
}

/// A column that takes part in an estimate.
pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) values: Values<'a>,
}

pub(super) enum Values<'a> {
    Numbers(&'a [f64]),
    Categories(Categories),
}

impl Variable<'_> {
    fn is_answered(&self, row: usize) -> bool {
        match &self.values {
            Values::Numbers(values) => !values[row].is_nan(),
            Values::Categories(categories) => categories.codes[row] != Cells::MISSING_CODE,
        }
    }
}
