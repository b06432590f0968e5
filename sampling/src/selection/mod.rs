//! The methods of selection, each in its own file with formula, source, limits and proofs.
//!
//! Every method draws from one group: the units of one stratum under one unit of the stage before. A method is a variant of
//! [`SelectionMethod`], one file beside this one and one arm of [`select`]; nothing else has to know it.

mod brewer;
mod certainty;
mod certainty_threshold;
pub(crate) mod chance;
mod chromy;
mod conditional_walk;
mod max_entropy;
mod order_sampling;
mod pivotal;
mod poisson;
mod pps_systematic;
mod pps_with_replacement;
mod prepared;
mod sampford;
mod simple_random;
mod size_total;
mod strata;
mod systematic;
mod systematic_random_order;
mod target;
mod tille;
mod weighted_pick;
mod whole_sizes;

use problem::Problems;
use serde::{Deserialize, Serialize};

pub(crate) use brewer::brewer_weight;
pub use certainty::{CertaintySplit, certain_by_size};
pub use certainty_threshold::{CertaintyThreshold, certain_by_threshold};
pub(crate) use max_entropy::MaxEntropy;
pub(crate) use order_sampling::OrderKind;
pub use pps_systematic::{pps_systematic, pps_systematic_from};
pub use prepared::PreparedSelection;
pub(crate) use prepared::{missed_never, order_kind, with_replacement_probabilities};
pub use simple_random::simple_random;
pub use strata::{Stratum, select_in_strata};
pub use systematic::{systematic, systematic_from};
pub(crate) use target::{Odds, Target};
pub(crate) use tille::Elimination;
pub use whole_sizes::whole_sizes;

use crate::sample::InclusionProbability;
use crate::stream::Stream;

/// How units are selected within a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelectionMethod {
    /// Simple random sampling without replacement: [`simple_random`].
    SimpleRandom,
    /// Systematic, equal probabilities, fractional interval: [`systematic`].
    Systematic,
    /// Systematic with probability proportional to size, fractional interval: [`pps_systematic`].
    PpsSystematic,
    /// The same after a random ordering (Goodman & Kish 1950).
    SystematicRandomOrder,
    /// Sampford (1967).
    Sampford,
    /// Brewer (1975), any n.
    Brewer,
    /// Elimination procedure of Tillé (1996).
    Tille,
    /// Ordered pivotal method of Deville & Tillé (1998), in the frame's order.
    Pivotal,
    /// The same in a random order.
    PivotalRandomOrder,
    /// Conditional Poisson sampling, the design of maximum entropy (Hájek 1964).
    MaxEntropy,
    /// Sequential selection of Chromy (1979).
    Chromy,
    /// Poisson sampling: a random number of units.
    Poisson,
    /// Sequential Poisson sampling (Ohlsson 1998): true probabilities differ from the target.
    SequentialPoisson,
    /// Pareto order sampling (Rosén 1997): true probabilities differ from the target.
    Pareto,
    /// Exponential order (successive) sampling (Rosén 1997): true probabilities differ from the target.
    ExponentialOrder,
    /// n independent draws proportional to size; a unit drawn twice stands in the sample once.
    PpsWithReplacement,
}

impl SelectionMethod {
    /// All methods: equal probabilities, systematic by size, fixed size exactly by size, random size, off the target.
    pub const ALL: [Self; 16] = [
        Self::SimpleRandom,
        Self::Systematic,
        Self::PpsSystematic,
        Self::SystematicRandomOrder,
        Self::Sampford,
        Self::Brewer,
        Self::Tille,
        Self::Pivotal,
        Self::PivotalRandomOrder,
        Self::MaxEntropy,
        Self::Chromy,
        Self::Poisson,
        Self::SequentialPoisson,
        Self::Pareto,
        Self::ExponentialOrder,
        Self::PpsWithReplacement,
    ];

    /// The name in designs, such as `pps_systematic`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SimpleRandom => "simple_random",
            Self::Systematic => "systematic",
            Self::PpsSystematic => "pps_systematic",
            Self::SystematicRandomOrder => "systematic_random_order",
            Self::Sampford => "sampford",
            Self::Brewer => "brewer",
            Self::Tille => "tille",
            Self::Pivotal => "pivotal",
            Self::PivotalRandomOrder => "pivotal_random_order",
            Self::MaxEntropy => "max_entropy",
            Self::Chromy => "chromy",
            Self::Poisson => "poisson",
            Self::SequentialPoisson => "sequential_poisson",
            Self::Pareto => "pareto",
            Self::ExponentialOrder => "exponential_order",
            Self::PpsWithReplacement => "pps_with_replacement",
        }
    }

    /// The name with its version, as written into samples: a changed algorithm is a new version.
    #[must_use]
    pub fn versioned_name(self) -> &'static str {
        match self {
            Self::SimpleRandom => "simple_random_v1",
            Self::Systematic => "systematic_v1",
            Self::PpsSystematic => "pps_systematic_v1",
            Self::SystematicRandomOrder => "systematic_random_order_v1",
            Self::Sampford => "sampford_v1",
            Self::Brewer => "brewer_v1",
            Self::Tille => "tille_v1",
            Self::Pivotal => "pivotal_v1",
            Self::PivotalRandomOrder => "pivotal_random_order_v1",
            Self::MaxEntropy => "max_entropy_v1",
            Self::Chromy => "chromy_v1",
            Self::Poisson => "poisson_v1",
            Self::SequentialPoisson => "sequential_poisson_v1",
            Self::Pareto => "pareto_v1",
            Self::ExponentialOrder => "exponential_order_v1",
            Self::PpsWithReplacement => "pps_with_replacement_v1",
        }
    }

    /// The method of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The method of a name as tables of exact probabilities write it: the order of systematic and pivotal sampling is said.
    #[must_use]
    pub fn of_table_name(name: &str) -> Option<Self> {
        match name {
            "systematic_fixed_order" => Some(Self::PpsSystematic),
            "pivotal_sequential" => Some(Self::Pivotal),
            _ => Self::of_name(name),
        }
    }

    /// Whether selection is by size, so that a stage must name a measure of size.
    #[must_use]
    pub fn uses_size(self) -> bool {
        !matches!(self, Self::SimpleRandom | Self::Systematic)
    }

    /// Whether the order of the frame does not matter; then units are put into the order of their keys before drawing.
    #[must_use]
    pub fn is_order_free(self) -> bool {
        !matches!(self, Self::Systematic | Self::PpsSystematic | Self::Pivotal | Self::Chromy)
    }

    /// Whether every sample has exactly the number of units that was asked.
    #[must_use]
    pub fn has_fixed_size(self) -> bool {
        !matches!(self, Self::Poisson | Self::PpsWithReplacement)
    }

    /// Whether every unit is taken or left by a random number of its own, so that permanent numbers coordinate its samples.
    #[must_use]
    pub fn has_own_numbers(self) -> bool {
        matches!(
            self,
            Self::SimpleRandom | Self::Poisson | Self::SequentialPoisson | Self::Pareto | Self::ExponentialOrder
        )
    }

    /// Whether the inclusion probabilities are those aimed at: n/N, or proportional to size with certainty units.
    #[must_use]
    pub fn meets_target(self) -> bool {
        !matches!(self, Self::SequentialPoisson | Self::Pareto | Self::ExponentialOrder | Self::PpsWithReplacement)
    }
}

/// The units a draw chooses from, by position.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// A number of units without sizes.
    Counted(u64),
    /// Units with a positive measure of size each.
    Sized(&'a [u64]),
}

impl Units<'_> {
    /// How many there are.
    #[must_use]
    pub fn population(&self) -> u64 {
        match self {
            Self::Counted(population) => *population,
            Self::Sized(sizes) => sizes.len() as u64,
        }
    }
}

/// One selected unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selected {
    /// Position in the group, from 0.
    pub position: u64,
    /// The probability that the stage selects this unit, given the stages before.
    pub probability: InclusionProbability,
}

/// Draws `n` units of a group and, after them, `reserves` more, in drawing order.
///
/// Reserves go on in the same random order, so they exist for [`SelectionMethod::SimpleRandom`] alone; as many as the group
/// still has. They carry the probability of the `n`.
///
/// # Errors
/// As [`PreparedSelection::new`], which is also the way to the notes on a method's probabilities.
pub fn select(
    method: SelectionMethod,
    units: Units<'_>,
    n: u64,
    reserves: u64,
    stream: &mut Stream,
) -> Result<Vec<Selected>, Problems> {
    Ok(PreparedSelection::new(method, units, n, reserves)?.draw(stream))
}

#[cfg(test)]
mod method_proofs;
#[cfg(test)]
mod proofs;
