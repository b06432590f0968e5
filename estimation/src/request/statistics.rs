//! Means, totals, ratios and proportions by domains.

use problem::Problems;

use super::answer::{Answer, DesignSummary, Entry, Row};
use super::design::numbers;
use super::document::Request;
use super::run::{Deff, Options};
use crate::domain::{Categories, Domain, crossing};
use crate::estimand::{mean_of_rows, ratio_of_rows, total_of_rows};
use crate::table::{Cells, Table};
use crate::{EstimationDesign, Scores, WhyMissing, estimate};

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
        let mut rows = Vec::new();
        let mut all: Vec<Scores> = Vec::new();
        let keep = options.listwise && by.is_empty();
        for domain in crossing(table, &by)? {
            for scores in self.scores(design, &variables, &domain, options) {
                let estimate = estimate(design, &scores, options.level)?;
                let deff = match options.deff {
                    Deff::Not => None,
                    Deff::WithoutReplacement => Some(estimate.design_effect),
                    Deff::WithReplacement => Some(estimate.design_effect_with_replacement),
                };
                rows.push(Entry::Estimate(Row { deff, ..Row::new(&domain.labels, &estimate, options.level) }));
                if keep {
                    all.push(scores);
                }
            }
        }
        let vcov = if keep {
            let matrix = design.covariance(&all.iter().collect::<Vec<_>>())?;
            let size = matrix.size();
            Some((0..size).map(|i| (0..size).map(|j| matrix.get(i, j)).collect()).collect())
        } else {
            None
        };
        Ok(Answer { vcov, ..Answer::of(rows, DesignSummary::of(design)) })
    }

    /// The columns the request names, checked for its kind.
    fn variables<'a>(&'a self, table: &'a Table) -> Result<Vec<Variable<'a>>, Problems> {
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

    /// The scores of one domain.
    fn scores(
        &self,
        design: &EstimationDesign,
        variables: &[Variable<'_>],
        domain: &Domain,
        options: &Options,
    ) -> Vec<Scores> {
        let kind = self.estimand.kind.as_str();
        let together = kind == "ratio" || options.listwise;
        let answered = |row: &u32, of: &[Variable<'_>]| of.iter().all(|variable| variable.is_answered(*row as usize));
        let rows =
            |of: &[Variable<'_>]| -> Vec<u32> { domain.rows.iter().copied().filter(|row| answered(row, of)).collect() };
        let shared = if together { rows(variables) } else { Vec::new() };
        if let (
            "ratio",
            [
                Variable { values: Values::Numbers(y), name: above },
                Variable { values: Values::Numbers(x), name: below },
            ],
        ) = (kind, variables)
        {
            let of_domain = design.degrees_of_freedom_of(domain.rows.iter().map(|&row| row as usize));
            let name = format!("{above}/{below}");
            return vec![ratio_of_rows(design, &name, shared, of_domain, |row| y[row], |row| x[row])];
        }
        if together && shared.is_empty() {
            let names: Vec<&str> = variables.iter().map(|variable| variable.name).collect();
            return vec![Scores::missing(&names.join("+"), design.n_rows, WhyMissing::NoAnswers)];
        }
        let mut all = Vec::new();
        for variable in variables {
            let rows = if together { shared.clone() } else { rows(std::slice::from_ref(variable)) };
            match &variable.values {
                Values::Numbers(y) if kind == "total" => {
                    all.push(total_of_rows(design, variable.name, rows, |row| y[row]));
                }
                Values::Numbers(y) => all.push(mean_of_rows(design, variable.name, rows, |row| y[row])),
                Values::Categories(_) if rows.is_empty() => {
                    all.push(Scores::missing(variable.name, design.n_rows, WhyMissing::NoAnswers));
                }
                Values::Categories(categories) => {
                    all.extend(categories.labels.iter().enumerate().map(|(code, label)| {
                        let name = format!("factor({}){}", variable.name, label.text());
                        let chosen = |row: usize| categories.codes[row] as usize == code;
                        mean_of_rows(design, &name, rows.clone(), |row| f64::from(u8::from(chosen(row))))
                    }));
                }
            }
        }
        all
    }
}

/// A column that takes part in an estimate.
struct Variable<'a> {
    name: &'a str,
    values: Values<'a>,
}

enum Values<'a> {
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
