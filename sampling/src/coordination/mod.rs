//! Samples that know of each other: permanent random numbers, by which a round keeps, rotates or avoids the units of another.
//!
//! A unit's number depends on the permanent seed and its identity, on nothing else: a unit that is born or dies, a new
//! stratum or another order of the file changes no other unit's number.

mod expected;
mod overlap;

use std::num::NonZeroU64;

pub use expected::{
    ExpectedOverlap, expected_first_stage_overlap, expected_overlap_of_arcs, expected_overlap_simple_random,
};
pub use overlap::{LevelOverlap, overlap};

use crate::design::{SampleDesign, Stage, UnitScope};
use crate::frame::SamplingFrame;
use crate::group::{Position, escape};
use crate::selection::chance::STEPS;
use crate::stream::{Stream, StreamKey};

/// The name of this way of drawing with its version, beside the method's in the certificate. A changed rule gets a new name.
pub const PERMANENT_NUMBERS: &str = "prn_v1";

/// What sets these streams apart from those of stages: no level's name holds this sign.
const STREAM: &str = "@permanent";

/// Where on the circle of permanent numbers a stage takes its sample.
///
/// # Formula
/// A unit with permanent number U and target probability π is drawn as if its random number were
///
/// ```text
/// U′ = (U − start − rotation·π) mod 1
/// ```
///
/// U is uniform on the circle and start, rotation and π are fixed before the draw, so U′ is uniform too, and independent of
/// other units': every method keeps the probabilities it states, whatever start and rotation are. Rounds with the same seed
/// and start
///
/// * **keep** their units with the same rotation;
/// * **rotate** a share r of them with rotations r apart: in Poisson sampling each unit's place of length π moves on by r·π,
///   so it stays with probability π(1 − r);
/// * **avoid** each other with rotations 1 or more apart, as long as the places do not meet again on the other side: until
///   the rotations span 1/π of the largest π. With a fixed n a few units are met all the same (see
///   `docs/methods/coordination.md`).
///
/// `start` moves all units alike: samples whose starts lie further apart than the largest π do not meet, whatever their
/// sizes become (constant shift).
///
/// # Source
/// Brewer, Early and Joyce (1972), *Australian J. Statistics* 14, 231–239 (Poisson sampling with permanent numbers);
/// Ohlsson (1995), "Coordination of samples using permanent random numbers", in Cox et al., *Business Survey Methods*,
/// ch. 9 (start points, simple random and sequential Poisson sampling); Cotton and Hesse (1992) (moving each number by its own
/// π); Nedyalkova, Qualité and Tillé (2009), *Statistica Neerlandica* 63, 269–293 (rotation).
///
/// # Limits
/// Only methods in which each unit has a number of its own ([`crate::selection::SelectionMethod::has_own_numbers`]), and only
/// units that stand in the frame. When π changes between rounds the kept share changes with it. Rounds that are coordinated
/// are not independent: the variance of a change has a covariance term.
///
/// Checked: `coordination::proofs`, `tests/walks/coordination.rs`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PermanentNumbers {
    /// Where the circle begins, from 0 to below 1.
    pub start: f64,
    /// How many places of length π each unit is moved on.
    pub rotation: f64,
}

impl PermanentNumbers {
    /// How far a unit of target probability π is moved, in steps of 2^−52, below 2^52.
    fn shift(self, pi: f64) -> u64 {
        let turns = self.start + self.rotation * pi;
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a part of a turn from 0 to below 1, in steps that are exact in a double"
        )]
        let steps = ((turns - turns.floor()) * STEPS.get() as f64) as u64;
        steps % STEPS
    }

    /// The number by which a unit is drawn.
    fn moved(self, permanent: u64, pi: f64) -> u64 {
        (permanent + STEPS.get() - self.shift(pi)) % STEPS
    }
}

/// The permanent number of a unit, in steps below 2^52.
///
/// # Formula
/// The first draw below 2^52 from the stream keyed by the permanent seed, the level's name and the unit's lasting identity:
/// the keys from the nearest level that is `unique = "in_frame"` (or from the top) down to the unit. So a commune whose code
/// is unique in the country keeps its number when districts are abolished above it.
#[must_use]
pub(crate) fn permanent_number(seed: u64, level: &str, identity: &str) -> u64 {
    Stream::new(&StreamKey { seed, stage: STREAM, stratum: level, parent: identity }).below(STEPS)
}

/// The permanent numbers of one stage of a design on a frame.
pub(crate) struct StageNumbers<'a> {
    frame: &'a SamplingFrame,
    design: &'a SampleDesign,
    level: usize,
    seed: u64,
    numbers: PermanentNumbers,
}

impl<'a> StageNumbers<'a> {
    /// `None` where the stage is drawn by the stream of the draw.
    pub(crate) fn of(frame: &'a SamplingFrame, design: &'a SampleDesign, stage: &Stage) -> Option<Self> {
        let (seed, numbers) = design.prn_seed().zip(stage.prn)?;
        Some(Self { frame, design, level: stage.level, seed, numbers })
    }

    /// The number by which a unit of target probability π is drawn.
    pub(crate) fn step(&self, unit: usize, pi: f64) -> u64 {
        let identity = lasting_identity(self.frame, self.design, Position { level: self.level, unit });
        self.numbers.moved(permanent_number(self.seed, &self.design.levels()[self.level].name, &identity), pi)
    }
}

/// The identity of a unit that lasts over frames.
fn lasting_identity(frame: &SamplingFrame, design: &SampleDesign, position: Position) -> String {
    let scopes: Vec<UnitScope> = design.listed().map(|(_, column)| column.scope).collect();
    let from = (0..=position.level).rev().find(|level| scopes.get(*level) == Some(&UnitScope::Frame)).unwrap_or(0);
    let keys = (from..=position.level).map(|level| {
        let unit = frame.ancestor(position, level);
        escape(&frame.unit(Position { level, unit }).key)
    });
    keys.collect::<Vec<_>>().join("-")
}

/// A part of the circle as a share of it.
fn turns(steps: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
    let part = steps as f64 / NonZeroU64::get(STEPS) as f64;
    part
}

#[cfg(test)]
mod proofs;
