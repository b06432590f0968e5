//! Carrying out a request on a table.

use problem::{Place, Problem, Problems};
use serde_json::Value;

use super::answer::Answer;
use super::design::design;
use super::document::{Request, unknown};
use super::{linear, quantiles};
use crate::interval::check_level;
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
}

/// What a request chooses besides its columns.
pub(super) struct Options {
    pub(super) level: f64,
    pub(super) listwise: bool,
    pub(super) deff: Deff,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deff {
    Not,
    WithoutReplacement,
    WithReplacement,
}

fn absent(kind: &str, key: &str) -> Problem {
    Problem::new(
        "request_missing_key",
        format!("yêu cầu {kind} thiếu estimand.{key}"),
        format!("a request for {kind} needs estimand.{key}"),
    )
    .at(Place::column(format!("estimand.{key}")))
}
