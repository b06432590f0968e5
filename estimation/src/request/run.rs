//! Carrying out a request on a table.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::answer::Answer;
use super::design::design;
use super::document::{Request, unknown};
use super::{
    cross_table, finish, inference, linear, moments, pps_total, proportion_ci, quantiles, regression, resampled, tests,
};
use crate::interval::check_level;
use crate::joint::SquareMatrix;
use crate::read;
use crate::table::Table;

impl Request {
    /// Carries out the request on its data.
    ///
    /// # Errors
    /// All problems of the design ([`EstimationDesign::new`](crate::EstimationDesign::new)); `table_unknown_column`, `request_not_numeric`,
    /// `request_missing_key`, `interval_level`; `lonely_psu`; `not_supported_yet` for kinds, options and combinations that
    /// the program does not know.
    ///
    /// Checked: `tests/against_r.rs`, `tests/request.rs`.
    pub fn run(&self, table: &Table) -> Result<Answer, Problems> {
        self.run_with(table, &BTreeMap::new())
    }

    /// Carries out the request on its data and the [other files](Self::other_files) it names, by path.
    ///
    /// # Errors
    /// Those of [`Self::run`]; `request_missing_file` when a file is not given; `joint_csv` and the problems of a matrix of joint
    /// probabilities.
    pub fn run_with(&self, table: &Table, files: &BTreeMap<String, Vec<u8>>) -> Result<Answer, Problems> {
        if resampled::handles(self) {
            return resampled::run(self, table, &replicate_tables(self, files)?);
        }
        let mut problems = Problems::none();
        let options = self.options(&mut problems);
        let finish = finish::Finish::of(&self.estimand, &mut problems);
        problems.into_result(())?;
        let joint = match &self.design.joint_probabilities {
            None => None,
            Some(name) => {
                let bytes = files.get(name).ok_or_else(|| missing_file(name))?;
                Some(SquareMatrix::csv(bytes, name)?)
            }
        };
        let joint = joint.as_ref();
        let answer = match self.estimand.kind.as_str() {
            // This one makes a design for each estimator.
            "pps_total" => return pps_total::run(self, table, joint, options.level),
            kind => {
                let design = design(&self.design, table, joint)?;
                match kind {
                    "contrast" | "composite" => linear::run(self, table, &design, options.level),
                    "quantile" => quantiles::run(self, table, &design, options.level),
                    "proportion_ci" => proportion_ci::run(self, table, &design, options.level),
                    "tests" => tests::run(self, table, &design, options.level),
                    "regression" => regression::run(self, table, &design, options.level),
                    "variance_covariance" => moments::run(self, table, &design),
                    "cross_table" => cross_table::run(self, table, &design, options.level),
                    _ => self.statistics(table, &design, &options),
                }
            }
        }?;
        Ok(finish.apply(answer))
    }

    /// Checks everything that does not need the data.
    pub(super) fn options(&self, problems: &mut Problems) -> Options {
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
        resampled::foreign_keys(self, problems);
        if inference::check(keys, problems) {
            return Options { level, listwise: false, deff: Deff::Not };
        }
        for key in inference::strangers(keys) {
            problems.push(unknown(&format!("estimand.{key}"), &Value::from(keys.kind.as_str())));
        }
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
}

/// What a request chooses besides its columns.
#[derive(Clone, Debug)]
pub(super) struct Options {
    pub(super) level: f64,
    pub(super) listwise: bool,
    pub(super) deff: Deff,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deff {
    Not,
    WithoutReplacement,
    WithReplacement,
}

fn missing_file(name: &str) -> Problem {
    Problem::new(
        "request_missing_file",
        format!("thiếu tệp {name} mà yêu cầu cần đến"),
        format!("the request needs the file {name}, which was not given"),
    )
    .at(Place::column("design.joint_probabilities"))
}

/// The tables of replicate weights, read from their files: Parquet by its ending, else CSV.
fn replicate_tables(request: &Request, files: &BTreeMap<String, Vec<u8>>) -> Result<BTreeMap<String, Table>, Problems> {
    let mut tables = BTreeMap::new();
    for name in request.design.replicates.iter().filter_map(|replicates| replicates.file.as_deref()) {
        // A file that was not given is told by the replicates themselves.
        let Some(bytes) = files.get(name) else { continue };
        let is_parquet = name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("parquet"));
        let table = if is_parquet { read::parquet(bytes.clone(), name) } else { read::csv(bytes, name) }?;
        tables.insert(name.to_owned(), table);
    }
    Ok(tables)
}

pub(super) fn absent(kind: &str, key: &str) -> Problem {
    Problem::new(
        "request_missing_key",
        format!("yêu cầu {kind} thiếu estimand.{key}"),
        format!("a request for {kind} needs estimand.{key}"),
    )
    .at(Place::column(format!("estimand.{key}")))
}
