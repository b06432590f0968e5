//! Replicate weights in a request: `design.replicates`, declared in a file or made from the design.
//!
//! ```json
//! {"type": "JKn"}
//! {"type": "rao_wu", "n_rep": 500, "seed": 2026}
//! {"file": "replicates.csv", "type": "BRR", "scale": 0.0125, "rscales": 1, "mse": false, "df": 40, "combined_weights": true}
//! ```

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use serde::Deserialize;
use serde_json::Value;

use super::answer::ReplicateSummary;
use super::design::numbers;
use super::document::{List, unknown};
use crate::replication::{Declared, Method, ReplicateWeights};
use crate::stream::GENERATOR;
use crate::table::Table;
use crate::{DesignColumns, EstimationDesign};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplicateKeys {
    /// Where declared weights are; its columns are the replicates, in the order of their names (`r2` before `r10`).
    #[serde(default)]
    pub(super) file: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    n_rep: Option<usize>,
    #[serde(default)]
    combined_weights: Option<bool>,
    #[serde(default)]
    full_weight: Option<String>,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    rscales: List<f64>,
    #[serde(default)]
    mse: Option<bool>,
    #[serde(default)]
    df: Option<usize>,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    rho: Option<f64>,
    #[serde(default)]
    n_draws: Option<usize>,
}

impl ReplicateKeys {
    /// The column of full-sample weights that the design lacks.
    pub(super) fn full_weight(&self) -> Option<&str> {
        self.full_weight.as_deref()
    }

    /// The replicate weights.
    pub(super) fn weights(
        &self,
        design: &EstimationDesign,
        columns: &DesignColumns<'_>,
        others: &BTreeMap<String, Table>,
    ) -> Result<ReplicateWeights, Problems> {
        match &self.file {
            Some(file) => self.declared(file, design, others),
            None => self.made(design, columns),
        }
    }

    pub(super) fn summary(&self, weights: &ReplicateWeights) -> ReplicateSummary {
        let drawn = self.file.is_none() && self.seed.is_some();
        ReplicateSummary {
            method: self.kind.clone().unwrap_or_else(|| "declared".to_owned()),
            n_replicates: weights.n_replicates(),
            scale: weights.scale(),
            df: weights.degrees_of_freedom(),
            seed: self.seed.filter(|_| drawn),
            generator: drawn.then_some(GENERATOR),
        }
    }

    fn made(&self, design: &EstimationDesign, columns: &DesignColumns<'_>) -> Result<ReplicateWeights, Problems> {
        let mut problems = Problems::none();
        let mut never = |present: bool, key: &str| {
            if present {
                problems.push(unknown(&format!("design.replicates.{key}"), &Value::from("without a file")));
            }
        };
        never(self.combined_weights.is_some(), "combined_weights");
        never(self.scale.is_some(), "scale");
        never(!self.rscales.0.is_empty(), "rscales");
        never(self.df.is_some(), "df");
        let kind = self.kind.as_deref().unwrap_or_default();
        let drawn = matches!(kind, "rao_wu" | "subbootstrap" | "rao_wu_yue_beaumont" | "preston" | "mrbbootstrap");
        never(!drawn && self.seed.is_some(), "seed");
        never(!drawn && self.n_rep.is_some(), "n_rep");
        never(kind != "Fay" && self.rho.is_some(), "rho");
        never(kind != "rao_wu" && self.n_draws.is_some(), "n_draws");
        for (key, missing) in [
            ("seed", drawn && self.seed.is_none()),
            ("n_rep", drawn && self.n_rep.is_none()),
            ("rho", kind == "Fay" && self.rho.is_none()),
            ("type", kind.is_empty()),
        ] {
            if missing {
                problems.push(absent(key, kind));
            }
        }
        let (n_replicates, seed) = (self.n_rep.unwrap_or(0), self.seed.unwrap_or(0));
        let method = match kind {
            "JK1" => Method::Jackknife1,
            "JKn" => Method::JackknifeN,
            "BRR" => Method::Balanced { rho: 0.0 },
            "Fay" => Method::Balanced { rho: self.rho.unwrap_or(0.0) },
            "rao_wu" | "subbootstrap" => Method::RaoWu { n_draws: self.n_draws, n_replicates, seed },
            "preston" | "mrbbootstrap" => Method::Preston { n_replicates, seed },
            "rao_wu_yue_beaumont" => Method::RaoWuYueBeaumont { n_replicates, seed },
            other => {
                if !other.is_empty() {
                    problems.push(unknown("design.replicates.type", &Value::from(other)));
                }
                return Err(problems);
            }
        };
        problems.into_result(())?;
        let made = ReplicateWeights::make(design, columns, &method)?;
        Ok(made.around_the_estimate(self.mse.unwrap_or(false)))
    }

    fn declared(
        &self,
        file: &str,
        design: &EstimationDesign,
        others: &BTreeMap<String, Table>,
    ) -> Result<ReplicateWeights, Problems> {
        let mut problems = Problems::none();
        for (key, present) in [("seed", self.seed.is_some()), ("n_draws", self.n_draws.is_some())] {
            if present {
                problems.push(unknown(&format!("design.replicates.{key}"), &Value::from("with a file")));
            }
        }
        let Some(table) = others.get(file) else {
            problems.push(
                Problem::new("request_file", "không có bảng trọng số lặp", "there is no table of replicate weights")
                    .at(Place::default().in_file(file)),
            );
            return Err(problems);
        };
        let mut names: Vec<&str> = table.names().collect();
        names.sort_by_key(|name| natural(name));
        let mut replicates: Vec<(&str, &[f64])> = Vec::new();
        for name in names {
            match table.column(name).and_then(|column| numbers(name, column)) {
                Ok(values) => replicates.push((name, values)),
                Err(problem) => problems.push(problem.in_file(file)),
            }
        }
        if let Some(expected) = self.n_rep.filter(|&n_rep| n_rep != replicates.len()) {
            problems.push(
                Problem::new(
                    "replicates_number",
                    "số cột trong tệp khác số bản lặp đã khai",
                    "the file has another number of columns than declared",
                )
                .at(Place::column("design.replicates.n_rep").in_file(file))
                .expected(expected.to_string())
                .got(replicates.len().to_string()),
            );
        }
        let (scale, rscales) = self.scales(replicates.len(), &mut problems);
        if self.combined_weights.is_none() {
            problems.push(absent("combined_weights", "a file"));
        }
        problems.into_result(())?;
        ReplicateWeights::declared(&Declared {
            full: design.weights(),
            replicates,
            combined: self.combined_weights.unwrap_or(true),
            scale,
            rscales,
            mse: self.mse.unwrap_or(false),
            degrees_of_freedom: self.df,
        })
        .map_err(|problems| problems.in_file(file))
    }

    /// Scale and rscales: as declared, or those that follow from the type alone.
    fn scales(&self, size: usize, problems: &mut Problems) -> (f64, Vec<f64>) {
        let size = size.max(2) as f64;
        let by_type = match self.kind.as_deref() {
            Some("JK1") => Some((size - 1.0) / size),
            Some("BRR") => Some(1.0 / size),
            Some("Fay") => {
                self.rho.filter(|rho| (0.0..1.0).contains(rho)).map(|rho| 1.0 / (size * (1.0 - rho).powi(2)))
            }
            Some("bootstrap" | "subbootstrap" | "rao_wu" | "rao_wu_yue_beaumont") => Some(1.0 / (size - 1.0)),
            _ => None,
        };
        let rscales = self.rscales.0.clone();
        match (self.scale, by_type, rscales.is_empty()) {
            (Some(scale), _, false) => (scale, rscales),
            (Some(scale), _, true) => (scale, vec![1.0]),
            (None, Some(scale), true) => (scale, vec![1.0]),
            (None, _, false) => (1.0, rscales),
            (None, None, true) => {
                problems.push(absent("scale", self.kind.as_deref().unwrap_or("replicates without a type")));
                (1.0, vec![1.0])
            }
        }
    }
}

/// Text before the digits at the end, and their number.
fn natural(name: &str) -> (String, u64, String) {
    let stem = name.trim_end_matches(|character: char| character.is_ascii_digit());
    (stem.to_owned(), name[stem.len()..].parse().unwrap_or(0), name.to_owned())
}

fn absent(key: &str, kind: &str) -> Problem {
    Problem::new(
        "request_missing_key",
        format!("trọng số lặp ({kind}) thiếu design.replicates.{key}"),
        format!("replicates ({kind}) need design.replicates.{key}"),
    )
    .at(Place::column(format!("design.replicates.{key}")))
}
