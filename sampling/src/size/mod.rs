//! Planning: how large the sample should be, and what a given sample will be able to say.
//!
//! [`required_size`] goes from a wanted precision to a number of people, [`expected_interval`] back; [`Comparison`]
//! does the same for a difference between two years or groups. [`design_effect`] says what clusters and unequal weights
//! cost, [`optimal_cluster_size`] weighs that against money, [`outlook`] lays a whole design out as a table, and
//! [`target_outlook`] says what the truth must be for a target to be shown as reached.
//!
//! Nothing is assumed silently: the size of the population, the design effect, the response rate and the degrees of
//! freedom are arguments. Sizes are real numbers, as the formulas give them; [`whole`] rounds up.

mod checks;
mod cluster_size;
mod comparison;
mod deff;
mod expected;
mod noncentral;
mod outlook;
mod planned;
mod quantile;
mod required;
mod target;

#[cfg(test)]
mod proofs;

pub use cluster_size::{ClusterCosts, OptimalCluster, optimal_cluster_size};
pub use comparison::{Alternative, Comparison, Detectable, GroupSizes, NullVariance, Overlap};
pub use deff::{LevelHomogeneity, design_effect, intraclass_correlation, multistage_effect, weighting_effect};
pub use expected::{ExpectedInterval, Limits, PlannedEstimate, expected_interval};
pub use outlook::{OutlookRequest, OutlookRow, Reading, outlook};
pub use planned::{PlannedSample, PlannedStage};
pub use quantile::{normal_quantile, t_quantile};
pub use required::{Clusters, Precision, RequiredSize, SizeRequest, required_clusters, required_size};
pub use target::{TargetOutlook, target_outlook};

use problem::Problems;

use checks::Checks;

/// What is to be estimated, and how much people differ in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// A proportion, with its expected value.
    Proportion(f64),
    /// A mean, with its expected value and the standard deviation between people.
    Mean {
        /// Expected value.
        mean: f64,
        /// Standard deviation in the population.
        standard_deviation: f64,
    },
}

impl Quantity {
    /// The expected value.
    #[must_use]
    pub fn value(self) -> f64 {
        match self {
            Self::Proportion(p) => p,
            Self::Mean { mean, .. } => mean,
        }
    }

    /// The variance between people: p(1 − p), or S².
    #[must_use]
    pub fn element_variance(self) -> f64 {
        match self {
            Self::Proportion(p) => p * (1.0 - p),
            Self::Mean { standard_deviation, .. } => standard_deviation * standard_deviation,
        }
    }

    fn check(self, checks: &mut Checks) {
        match self {
            Self::Proportion(p) => checks.between("p", p, 0.0, 1.0),
            Self::Mean { mean, standard_deviation } => {
                checks.finite("mean", mean);
                checks.positive("standard_deviation", standard_deviation);
            }
        }
    }
}

/// A finite population and the way its size enters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Population {
    /// Number of people.
    pub size: f64,
    /// Which of the two corrections in use.
    pub correction: PopulationCorrection,
}

/// How the size N of a finite population enters; the two differ by less than one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PopulationCorrection {
    /// n₀/(1 + n₀/N), from the variance (1 − n/N)·S²/n: exact for a mean with S² over N − 1.
    #[default]
    Plain,
    /// n₀/(1 + (n₀ − 1)/N), from the variance (N − n)/(N − 1)·P(1 − P)/n: exact for a proportion.
    CochranMinusOne,
}

impl Population {
    /// What the correction makes of the size n₀ for an infinite population.
    #[must_use]
    pub fn corrected(self, n_infinite: f64) -> f64 {
        match self.correction {
            PopulationCorrection::Plain => n_infinite / (1.0 + n_infinite / self.size),
            PopulationCorrection::CochranMinusOne => n_infinite / (1.0 + (n_infinite - 1.0) / self.size),
        }
    }

    /// The factor of the variance when n people are interviewed.
    #[must_use]
    pub fn variance_factor(self, n: f64) -> f64 {
        match self.correction {
            PopulationCorrection::Plain => 1.0 - n / self.size,
            PopulationCorrection::CochranMinusOne => (self.size - n) / (self.size - 1.0),
        }
    }

    fn check(self, checks: &mut Checks) {
        checks.least("population", self.size, 2.0);
    }
}

/// A size rounded up to whole people; what rounding noise adds to a whole number does not count.
///
/// # Errors
/// `size_out_of_range` unless the size is a number of at least 0 that a whole number can hold.
pub fn whole(size: f64) -> Result<u64, Problems> {
    let rounded = (size - size.abs() * 1e-12).ceil();
    let mut checks = Checks::default();
    if !(0.0..9e15).contains(&rounded) {
        checks.out_of_range("n", "0 – 9·10¹⁵", size);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and in range")]
    checks.into_result(rounded as u64)
}
