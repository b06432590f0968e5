//! The methods of selection, each in its own file with formula, source, limits and proofs.
//!
//! Every method draws from one group: the units of one stratum under one unit of the stage before. A method is a variant of
//! [`SelectionMethod`], one file beside this one and one arm of [`select`]; nothing else has to know it.

mod certainty;
mod pps_systematic;
mod simple_random;
mod systematic;

use serde::{Deserialize, Serialize};

pub use certainty::{CertaintySplit, certain_by_size};
pub use pps_systematic::{pps_systematic, pps_systematic_from};
pub use simple_random::simple_random;
pub use systematic::{systematic, systematic_from};

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
}

/// Accepted methods of the literature that this version does not draw with: a design that names one is told so.
pub const METHODS_NOT_SUPPORTED_YET: [&str; 9] =
    ["sampford", "brewer", "tille", "pivotal", "max_entropy", "poisson", "sequential_poisson", "pareto", "chromy"];

impl SelectionMethod {
    /// All methods, in the order of their complexity.
    pub const ALL: [Self; 3] = [Self::SimpleRandom, Self::Systematic, Self::PpsSystematic];

    /// The name in designs, such as `pps_systematic`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SimpleRandom => "simple_random",
            Self::Systematic => "systematic",
            Self::PpsSystematic => "pps_systematic",
        }
    }

    /// The name with its version, as written into samples: a changed algorithm is a new version.
    #[must_use]
    pub fn versioned_name(self) -> &'static str {
        match self {
            Self::SimpleRandom => "simple_random_v1",
            Self::Systematic => "systematic_v1",
            Self::PpsSystematic => "pps_systematic_v1",
        }
    }

    /// The method of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// Whether selection is by size, so that a stage must name a measure of size.
    #[must_use]
    pub fn uses_size(self) -> bool {
        matches!(self, Self::PpsSystematic)
    }

    /// Whether the order of the frame does not matter; then units are put into the order of their keys before drawing.
    #[must_use]
    pub fn is_order_free(self) -> bool {
        matches!(self, Self::SimpleRandom)
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
/// still has. They carry the probability of the `n`. The caller has checked `1 ≤ n ≤ population`; should it be larger, all
/// units are taken. Zero sizes are never drawn.
#[must_use]
pub fn select(method: SelectionMethod, units: Units<'_>, n: u64, reserves: u64, stream: &mut Stream) -> Vec<Selected> {
    let population = units.population();
    let equal = |positions: Vec<u64>| {
        let probability = InclusionProbability::ratio(n.min(population), population);
        positions.into_iter().map(|position| Selected { position, probability }).collect()
    };
    match (method, units) {
        (SelectionMethod::SimpleRandom, _) => equal(simple_random(population, n.saturating_add(reserves), stream)),
        (SelectionMethod::Systematic, _) => equal(systematic(population, n, stream)),
        (SelectionMethod::PpsSystematic, Units::Sized(sizes)) => pps_systematic(sizes, n, stream),
        // One size for all: proportional to size is equal probability.
        (SelectionMethod::PpsSystematic, Units::Counted(_)) => equal(systematic(population, n, stream)),
    }
}

#[cfg(test)]
mod proofs;
