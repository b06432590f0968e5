//! Full-sample and replicate weights on their way through the same steps.

use problem::{Problem, Problems};

use super::step::wrong_length;
use super::{
    Bounds, Calibration, Controls, Distance, Margin, Propensity, TrimLimits, WeightStep, calibrate, poststratify, rake,
    redistribute, trim,
};
use crate::EstimationDesign;
use crate::replication::ReplicateWeights;
use crate::share::n_threads;

/// A weighting step with all it needs, ready to be applied to any set of weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Adjustment {
    /// Moves weight inside cells: unknown eligibility, nonresponse ([`redistribute`]).
    Redistribute {
        /// The cell of each row.
        cells: Vec<String>,
        /// Rows that give their weight away.
        reduce: Vec<bool>,
        /// Rows that receive it.
        increase: Vec<bool>,
    },
    /// Nonresponse by propensities ([`Propensity::adjust`]).
    Propensity {
        /// The model and its use.
        model: Propensity,
        /// Rows of nonrespondents.
        nonrespondent: Vec<bool>,
        /// Rows of respondents.
        respondent: Vec<bool>,
    },
    /// [`poststratify`].
    Poststratify(Margin),
    /// [`rake`].
    Rake(Vec<Margin>),
    /// [`calibrate`].
    Calibrate {
        /// Variables and totals.
        controls: Controls,
        /// The distance.
        distance: Distance,
        /// Bounds of the factor.
        bounds: Bounds,
    },
    /// [`trim`].
    Trim {
        /// The limits.
        limits: TrimLimits,
        /// The cells inside which sums are kept; `None`: the whole sample.
        cells: Option<Vec<String>>,
    },
}

impl Adjustment {
    /// Applies the step to weights.
    ///
    /// # Errors
    /// Those of the step.
    pub fn apply(&self, name: &str, weights: &[f64]) -> Result<WeightStep, Problems> {
        match self {
            Self::Redistribute { cells, reduce, increase } => redistribute(name, weights, cells, reduce, increase),
            Self::Propensity { model, nonrespondent, respondent } => {
                model.adjust(name, weights, nonrespondent, respondent)
            }
            Self::Poststratify(margin) => poststratify(name, weights, margin),
            Self::Rake(margins) => rake(name, weights, margins),
            Self::Calibrate { controls, distance, bounds } => calibrate(name, weights, controls, *distance, *bounds),
            Self::Trim { limits, cells } => trim(name, weights, *limits, cells.as_deref()),
        }
    }

    /// What the variance must know of the step; nothing for steps that calibrate to nothing.
    fn calibration(&self, before: &[f64], after: &[f64]) -> Option<Calibration> {
        match self {
            Self::Poststratify(margin) => Some(Calibration::of_cells(margin, before, after)),
            Self::Rake(margins) => Some(Calibration::of_margins(margins, after)),
            Self::Calibrate { controls, .. } => Some(Calibration::of_controls(controls, before, after)),
            Self::Redistribute { .. } | Self::Propensity { .. } | Self::Trim { .. } => None,
        }
    }
}

/// Weights of the sample, with replicate weights if there are any, and the steps they went through.
#[derive(Clone, Debug)]
pub struct WeightSet {
    weights: Vec<f64>,
    replicates: Option<ReplicateWeights>,
    steps: Vec<WeightStep>,
    calibrations: Vec<Calibration>,
}

impl WeightSet {
    /// The weights before any step, and their replicates.
    ///
    /// # Errors
    /// `weight_length` when the replicates belong to another number of rows.
    pub fn new(weights: &[f64], replicates: Option<ReplicateWeights>) -> Result<Self, Problem> {
        if let Some(other) = replicates.as_ref().filter(|replicates| replicates.n_rows() != weights.len()) {
            return Err(wrong_length("replicates", weights.len(), other.n_rows()));
        }
        Ok(Self { weights: weights.to_vec(), replicates, steps: Vec::new(), calibrations: Vec::new() })
    }

    /// The set after one more step: the same adjustment on the full-sample weights and, anew, on every replicate.
    ///
    /// # Errors
    /// Those of the step; in a replicate, the same with the number of the replicate (`replicate 7: …`). A replicate that cannot
    /// be adjusted is never left as it is: then there are no replicate weights after this step.
    ///
    /// Checked: `tests/weighting.rs::replicates_go_through_the_same_steps`.
    pub fn apply(mut self, name: &str, adjustment: &Adjustment) -> Result<Self, Problems> {
        let step = adjustment.apply(name, &self.weights)?;
        let replicates = match self.replicates {
            None => None,
            Some(replicates) => Some(replicates.map(step.weights.clone(), n_threads(), |number, weights| {
                adjustment
                    .apply(name, weights)
                    .map(|step| step.weights)
                    .map_err(|problems| in_replicate(problems, number))
            })?),
        };
        self.calibrations.extend(adjustment.calibration(&self.weights, &step.weights));
        self.weights.clone_from(&step.weights);
        self.steps.push(step);
        Ok(Self { replicates, ..self })
    }

    /// The weights after the last step.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The replicate weights after the last step.
    #[must_use]
    pub fn replicates(&self) -> Option<&ReplicateWeights> {
        self.replicates.as_ref()
    }

    /// The steps so far, each with its diagnosis.
    #[must_use]
    pub fn steps(&self) -> &[WeightStep] {
        &self.steps
    }
}

fn in_replicate(problems: Problems, number: usize) -> Problems {
    let told = problems.into_iter().take(1).map(|mut problem| {
        problem.message.vi = format!("bản lặp {}: {}", number + 1, problem.message.vi);
        problem.message.en = format!("replicate {}: {}", number + 1, problem.message.en);
        problem
    });
    Problems(told.collect())
}

impl EstimationDesign {
    /// The same design with the weights of a set; its variance knows the calibrations the weights went through.
    ///
    /// # Formula
    /// Before the variance operator, scores are residualized on each calibration in turn: see
    /// [`Calibration`](crate::weighting::Calibration).
    ///
    /// # Errors
    /// `weight_length` when the set belongs to another number of rows.
    ///
    /// Checked: `tests/against_r.rs` (calibration), `tests/weighting.rs`.
    pub fn reweighted(mut self, set: &WeightSet) -> Result<Self, Problem> {
        if set.weights.len() != self.n_rows {
            return Err(wrong_length("weights", self.n_rows, set.weights.len()));
        }
        self.weights.clone_from(&set.weights);
        self.calibrations.extend(set.calibrations.iter().cloned());
        self.weighting.extend(set.steps.iter().cloned());
        self.degrees_of_freedom = self.degrees_of_freedom_of(0..self.n_rows);
        Ok(self)
    }

    /// The steps its weights went through, each with its diagnosis.
    #[must_use]
    pub fn weighting(&self) -> &[WeightStep] {
        &self.weighting
    }

    /// Whether its weights were calibrated, so that scores are residualized before the variance.
    #[must_use]
    pub fn is_calibrated(&self) -> bool {
        !self.calibrations.is_empty()
    }
}
