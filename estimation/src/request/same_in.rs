//! The same request in the language of another program, so that an analyst can repeat it there.

mod python;
mod r;
mod r_weighting;
mod stata;

use problem::{Place, Problem};
use serde::{Deserialize, Serialize};

use super::document::Request;
use crate::VarianceStages;

/// A program that can repeat a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// R with the package `survey`.
    R,
    /// Stata 16 or newer.
    Stata,
    /// Python with the package `svy`.
    Python,
}

impl Request {
    /// The code that computes the same numbers in another program, to be run in the data folder.
    ///
    /// # Limits
    /// R repeats every kind but collapsed strata; Stata and Python what they have the same definition for. Python code needs a
    /// column of weights. Code for R and Python is tested by running it; Stata's is written from its manual.
    ///
    /// # Errors
    /// `same_in_unsupported` names what the program cannot repeat.
    ///
    /// Checked: `tests/same_in.rs`.
    pub fn same_in(&self, program: Program) -> Result<String, Problem> {
        match program {
            Program::R => r::code(self),
            Program::Stata => stata::code(self),
            Program::Python => python::code(self),
        }
    }

    /// The code that reads the data and declares the design in R, where every further step may begin.
    ///
    /// # Errors
    /// `same_in_unsupported` for a rule on lonely PSUs that R lacks.
    ///
    /// Checked: `tests/same_in.rs`.
    pub fn design_in_r(&self) -> Result<String, Problem> {
        r::preamble(self)
    }

    fn chosen(&self, value: Option<&serde_json::Value>) -> Option<String> {
        value.and_then(serde_json::Value::as_str).map(str::to_owned)
    }

    /// The rule for lonely PSUs by name.
    fn lonely(&self) -> String {
        self.chosen(self.design.lonely_psu.as_ref()).unwrap_or_else(|| "fail".to_owned())
    }

    /// The estimator for unequal probabilities by name, if one is chosen.
    fn pps(&self) -> Option<String> {
        self.chosen(self.design.pps.as_ref()).filter(|name| name != "none")
    }

    fn stages(&self) -> VarianceStages {
        let name = self.design.variance.as_deref().map(serde_json::Value::from);
        name.and_then(|name| serde_json::from_value(name).ok()).unwrap_or_default()
    }

    fn level(&self) -> f64 {
        self.estimand.level.unwrap_or(0.95)
    }
}

/// What a program cannot repeat.
fn unsupported(program: &str, key: &str, got: &str) -> Problem {
    Problem::new(
        "same_in_unsupported",
        format!("{program} không có phép tính tương ứng cho {key} = {got}"),
        format!("{program} has no counterpart for {key} = {got}"),
    )
    .at(Place::column(key))
    .got(got)
    .hint("dùng --same-in r, hoặc bỏ lựa chọn này", "use --same-in r, or leave this choice out")
}

/// A text between double quotes, with the escapes that JSON, R and Python share.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
