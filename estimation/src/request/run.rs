//! Carrying out a request on a table.

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::answer::{Answer, DesignSummary, Entry, Row};
use super::design::{design, numbers};
use super::document::{Request, unknown};
use super::{linear, quantiles};
use crate::domain::{Categories, Domain, crossing};
use crate::estimand::{mean_of_rows, ratio_of_rows, total_of_rows};
use crate::interval::check_level;
use crate::table::{Cells, Table};
use crate::{EstimationDesign, Scores, WhyMissing, estimate};

impl Request {
    /// Carries out the request on its data.
    ///
    /// # Errors
    /// All problems of the design ([`EstimationDesign::new`]); `table_unknown_column`, `request_not_numeric`,
    /// `request_missing_key`, `interval_level`; `lonely_psu`; `not_supported_yet` for kinds, options and combinations that
    /// the program does not know.
    ///
    /// Checked: `tests/against_r.rs`, `tests/request.rs`.
    pub fn run(&self, table: &Table) -> Result<Answer, Problems> {
        let mut problems = Problems::none();
        let options = self.options(&mut problems);
        problems.into_result(())?;
        let design = design(&self.design, table)?;
        match self.estimand.kind.as_str() {
            "contrast" | "composite" => linear::run(self, table, &design, options.level),
            "quantile" => quantiles::run(self, table, &design, options.level),
            _ => self.statistics(table, &design, &options),
        }
    }

    /// Checks everything that does not need the data.
    fn options(&self, problems: &mut Problems) -> Options {
        let keys = &self.estimand;
        let level = keys.level.unwrap_or(0.95);
        if let Err(problem) = check_level(level) {
            problems.push(problem.at(Place::column("estimand.level")));
        }
        let one = |present: bool, key: &str, problems: &mut Problems| {
            if !present {
                problems.push(absent(&self.estimand.kind, key));
            }
        };
        let never = |present: bool, key: &str, problems: &mut Problems| {
            if present {
                problems.push(unknown(&format!("estimand.{key}"), &Value::from(self.estimand.kind.as_str())));
            }
        };
        let linear = matches!(keys.kind.as_str(), "contrast" | "composite");
        match keys.kind.as_str() {
            "mean" | "total" | "proportion" => one(!keys.vars.0.is_empty(), "vars", problems),
            "quantile" => {
                one(!keys.vars.0.is_empty(), "vars", problems);
                one(!keys.probs.0.is_empty(), "probs", problems);
            }
            "ratio" => {
                one(keys.numerator.is_some(), "numerator", problems);
                one(keys.denominator.is_some(), "denominator", problems);
            }
            "contrast" | "composite" => one(!keys.estimates.0.is_empty(), "estimates", problems),
            other => problems.push(unknown("estimand.kind", &Value::from(other))),
        }
        never(keys.kind != "ratio" && (keys.numerator.is_some() || keys.denominator.is_some()), "numerator", problems);
        never((linear || keys.kind == "ratio") && !keys.vars.0.is_empty(), "vars", problems);
        let combines = !keys.estimates.0.is_empty() || !keys.contrasts.0.is_empty();
        never(!linear && combines, "estimates", problems);
        never(linear && !keys.by.0.is_empty(), "by", problems);
        let quantile = keys.kind == "quantile";
        never(!quantile && !keys.probs.0.is_empty(), "probs", problems);
        let named = !keys.qrules.0.is_empty() || !keys.intervals.0.is_empty();
        never(!quantile && named, "qrules", problems);
        let listwise = match keys.missing.as_deref() {
            None | Some("per-variable") => false,
            Some("listwise") if !linear && !quantile && keys.kind != "ratio" => true,
            Some(other) => {
                problems.push(unknown("estimand.missing", &Value::from(other)));
                false
            }
        };
        let deff = match &keys.deff {
            None | Some(Value::Null | Value::Bool(false)) => Deff::Not,
            Some(Value::Bool(true)) if !linear && !quantile => Deff::WithoutReplacement,
            Some(Value::String(text)) if text == "replace" && !linear && !quantile => Deff::WithReplacement,
            Some(other) => {
                problems.push(unknown("estimand.deff", other));
                Deff::Not
            }
        };
        // The ratio of the reference documents always comes with its design effect.
        let deff = if keys.kind == "ratio" && deff == Deff::Not { Deff::WithoutReplacement } else { deff };
        Options { level, listwise, deff }
    }

    fn statistics(&self, table: &Table, design: &EstimationDesign, options: &Options) -> Result<Answer, Problems> {
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
        Ok(Answer { estimates: rows, vcov, contrasts: None, df: None, design: DesignSummary::of(design) })
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

struct Options {
    level: f64,
    listwise: bool,
    deff: Deff,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deff {
    Not,
    WithoutReplacement,
    WithReplacement,
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

fn absent(kind: &str, key: &str) -> Problem {
    Problem::new(
        "request_missing_key",
        format!("yêu cầu {kind} thiếu estimand.{key}"),
        format!("a request for {kind} needs estimand.{key}"),
    )
    .at(Place::column(format!("estimand.{key}")))
}
