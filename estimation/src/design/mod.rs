//! The sampling design as the variance needs it: stages, strata, fractions, weights.

mod check;
mod collapse;
mod rank;
mod stage;

pub(crate) use check::{check_weights, missing as missing_values};
pub(crate) use rank::{RankSlice, Ranks, of_numbers};
pub(crate) use stage::Stage;

use problem::Problems;
use serde::{Deserialize, Serialize};

use crate::joint::{JointDesign, SquareMatrix};
use crate::table::Column;
use crate::weighting::{Calibration, WeightStep};

/// What to do with a stratum from which a single unit was sampled although it holds more.
///
/// One unit says nothing about how units differ. There is no right answer, so the choice is part of the design and is
/// reported with every estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LonelyPsu {
    /// Refuse to estimate a variance. The default: the analyst must decide.
    #[default]
    Fail,
    /// The stratum contributes nothing at this stage.
    Remove,
    /// The stratum is taken as sampled completely at this stage; the same number as [`Self::Remove`].
    Certainty,
    /// The unit's deviation is taken from the mean of all units of the stage instead of its own stratum's mean.
    Adjust,
    /// The stratum contributes the average of the other strata.
    Average,
    /// Strata of the first stage with one unit are joined two by two, in the order of [`DesignColumns::collapse_by`].
    Collapse,
}

/// How units with unequal probabilities were selected, where the variance must know it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnequalProbability {
    /// One sampling fraction in a stratum.
    #[default]
    None,
    /// Brewer's approximation: `fpc` holds each unit's own inclusion probability at that stage.
    Brewer,
    /// Horvitz and Thompson's estimator from joint probabilities; one stage, `fpc` the inclusion probabilities.
    Ht,
    /// Yates and Grundy's estimator (Sen 1953) from joint probabilities, for designs of fixed size.
    Yg,
    /// Horvitz and Thompson's estimator with Overton's approximate joint probabilities.
    Overton,
    /// Horvitz and Thompson's estimator with Hartley and Rao's approximate joint probabilities.
    HartleyRao,
}

/// Which stages of the design are in the variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VarianceStages {
    /// All that the finite population corrections let in.
    #[default]
    AllStages,
    /// The first only, as if its units had been drawn with replacement: Hansen, Hurwitz and Madow's ultimate clusters (1953,
    /// vol. 1, ch. 6). Never too small where the draw was at least as good as with replacement; needs no fpc.
    UltimateCluster,
    /// The first only, with its fpc, as R's option `survey.ultimate.cluster` and Stata's one-stage `svyset` do: too small by the
    /// variance within units times their fraction. Refused where a certain unit would lose its whole variance.
    FirstStage,
}

/// The columns and choices an [`EstimationDesign`] is made from; names are used in messages.
#[derive(Clone, Debug)]
pub struct DesignColumns<'a> {
    /// Number of rows of the data.
    pub n_rows: usize,
    /// The unit of each stage, first stage first. Stage-*k* units are told apart by the columns 1…*k* together. Empty:
    /// every row is its own unit.
    pub ids: Vec<(&'a str, &'a Column)>,
    /// The stratum of each stage; may be shorter than `ids`. Stage-*k* strata are nested in the stage-*k*−1 unit.
    pub strata: Vec<(&'a str, &'a Column)>,
    /// Whether PSU codes start again in each stratum, so that a PSU is known by stratum and code together.
    pub nest: bool,
    /// For each stage the number of units of the stratum in the population (when any value exceeds 1) or the sampling
    /// fraction. Empty: with replacement, only the first stage counts. Stages beyond the last column count as sampled with
    /// replacement.
    pub fpc: Vec<(&'a str, &'a [f64])>,
    /// How units with unequal probabilities were selected.
    pub unequal_probability: UnequalProbability,
    /// Final weights, not negative. `None`: the product over the stages of population count over sample count, or of the
    /// inverse fractions.
    pub weights: Option<(&'a str, &'a [f64])>,
    /// The rule for strata with one sampled unit.
    pub lonely_psu: LonelyPsu,
    /// Whether `adjust` and `average` also apply to strata with one unit left in a domain.
    pub adjust_domain_lonely: bool,
    /// For [`LonelyPsu::Collapse`]: the strata are joined in the order of this column (their size, say), which has one value in
    /// each. `None`: in the order of their labels.
    pub collapse_by: Option<(&'a str, &'a Column)>,
    /// Which stages are in the variance.
    pub variance: VarianceStages,
    /// For [`UnequalProbability::Ht`] and [`UnequalProbability::Yg`]: `π_kl` of the sampled units, in the order in which they first occur in the data.
    pub joint_probabilities: Option<&'a SquareMatrix>,
    /// For [`UnequalProbability::HartleyRao`]: `Σ π²/n` over the population; `None` estimates it by the mean of the sampled π.
    pub hartley_rao_sum: Option<f64>,
}

impl DesignColumns<'_> {
    /// A simple random sample of so many rows, still without weights.
    #[must_use]
    pub fn new(n_rows: usize) -> Self {
        Self {
            n_rows,
            ids: Vec::new(),
            strata: Vec::new(),
            nest: false,
            fpc: Vec::new(),
            unequal_probability: UnequalProbability::None,
            weights: None,
            lonely_psu: LonelyPsu::Fail,
            adjust_domain_lonely: false,
            collapse_by: None,
            variance: VarianceStages::AllStages,
            joint_probabilities: None,
            hartley_rao_sum: None,
        }
    }
}

/// A checked design, bound to the rows of one table; immutable.
#[derive(Clone, Debug)]
pub struct EstimationDesign {
    pub(crate) n_rows: usize,
    pub(crate) weights: Vec<f64>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) unequal_probability: UnequalProbability,
    pub(crate) lonely_psu: LonelyPsu,
    pub(crate) adjust_domain_lonely: bool,
    pub(crate) degrees_of_freedom: usize,
    /// The calibrations its weights went through, in order.
    pub(crate) calibrations: Vec<Calibration>,
    /// The steps its weights went through, in order.
    pub(crate) weighting: Vec<WeightStep>,
    pub(crate) joint: Option<JointDesign>,
}

impl EstimationDesign {
    /// Checks the columns and builds the design.
    ///
    /// # Errors
    /// All problems at once: `design_no_rows`, `design_length`, `design_missing_value` (stages, strata, fpc, weights must be
    /// complete), `design_weight` (negative, infinite), `design_no_weight` (all zero, or neither weights nor a complete
    /// fpc), `design_fpc` (out of range, counts and fractions mixed, counts with Brewer), `design_fpc_varies` (within a
    /// stratum, or within a unit), `design_fpc_small` (population smaller than the sample), `design_unit_in_two_strata`,
    /// `design_one_psu`, `design_strata_stages`; `design_one_stage`, `joint_…` (estimators from joint probabilities);
    /// `collapse_varies`; `design_key_unused`; `variance_certainty_units`.
    pub fn new(columns: &DesignColumns<'_>) -> Result<Self, Problems> {
        check::build(columns)
    }

    /// Number of rows of the data.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The final weights, one a row.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Number of sampled primary units, also those whose rows have weight zero.
    #[must_use]
    pub fn n_psus(&self) -> usize {
        self.stages.first().map_or(0, |stage| stage.n_units())
    }

    /// Number of first-stage strata.
    #[must_use]
    pub fn n_strata(&self) -> usize {
        self.stages.first().map_or(0, |stage| stage.n_strata())
    }

    /// The rule for strata with one sampled unit.
    #[must_use]
    pub fn lonely_psu(&self) -> LonelyPsu {
        self.lonely_psu
    }

    /// Degrees of freedom of the whole design: PSUs minus strata, over the rows with a weight above zero.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> usize {
        self.degrees_of_freedom
    }
}
