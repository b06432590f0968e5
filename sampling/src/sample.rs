//! What a draw gives: units with their probabilities, and where they come from.

use problem::Words;
use serde::{Deserialize, Serialize};

use crate::frame::FrameReading;
use crate::respondent::{RespondentNumber, RespondentRule};

/// A probability of selection: above 0, at most 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct InclusionProbability(f64);

impl InclusionProbability {
    /// Probability one: a certainty unit.
    pub const CERTAIN: Self = Self(1.0);

    /// A probability from a number; `None` unless it is above 0 and at most 1.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (value > 0.0 && value <= 1.0).then_some(Self(value))
    }

    /// n of N equally likely units; certain when n reaches N.
    #[must_use]
    pub(crate) fn ratio(n: u64, population: u64) -> Self {
        Self::of_shares(u128::from(n), u128::from(population))
    }

    /// A share of a total, each a whole number; certain when the share reaches the total. The share is at least 1.
    #[must_use]
    pub(crate) fn of_shares(share: u128, total: u128) -> Self {
        if share >= total {
            return Self::CERTAIN;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a probability is a rounded quotient; each rounding is below 1e-15"
        )]
        Self(share as f64 / total as f64)
    }

    /// The number, above 0 and at most 1.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Whether the unit is taken with certainty.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self.0 >= 1.0
    }

    /// The probability of passing both stages.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        Self(self.0 * next.0)
    }

    /// The base weight: how many units of the population this one stands for, 1/π.
    #[must_use]
    pub fn base_weight(self) -> BaseWeight {
        BaseWeight(1.0 / self.0)
    }
}

impl TryFrom<f64> for InclusionProbability {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value).ok_or_else(|| format!("a probability is above 0 and at most 1, not {value}"))
    }
}

impl From<InclusionProbability> for f64 {
    fn from(probability: InclusionProbability) -> Self {
        probability.0
    }
}

/// The inverse of the overall inclusion probability: at least 1, finite.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BaseWeight(f64);

impl BaseWeight {
    /// The number, at least 1.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// Whether a unit is to be visited or waits to replace one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// To be visited.
    Main,
    /// An ordered reserve: released one at a time, in visiting order, when a visit fails.
    Reserve,
}

impl Role {
    /// The word in the sample list.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Reserve => "reserve",
        }
    }
}

/// Code and name of the unit of one level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitLabel {
    /// Official code; empty when the frame has none and the unit is known by its name.
    pub code: String,
    /// Name.
    pub name: String,
}

/// What one stage did to one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageDraw {
    /// The label of the explicit stratum; empty when the stage has no strata.
    pub stratum: String,
    /// The probability of this stage, given the stages before.
    pub probability: InclusionProbability,
    /// How many units the design asks in the group, where that can differ from group to group of the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<u64>,
}

/// One unit of the sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampledUnit {
    /// Its identity: the keys of all levels from the top, joined by `-`.
    pub unit_id: String,
    /// Its unit at each listed level from the top, down to the last that is drawn.
    pub path: Vec<UnitLabel>,
    /// Its number in the listing, from 1, when the last level is only counted.
    pub number: Option<u64>,
    /// Main or reserve.
    pub role: Role,
    /// Order of visits within the last group, from 1; reserves go on after the mains.
    pub visiting_order: u64,
    /// What each stage did, in the order of the design.
    pub stages: Vec<StageDraw>,
    /// The product of the stage probabilities. A reserve carries that of the mains it stands behind.
    pub inclusion_probability: InclusionProbability,
    /// 1/π.
    pub base_weight: BaseWeight,
    /// How many units the last group has in the frame.
    pub listing_size: u64,
    /// The random number that fixes the respondent, where the design chooses one.
    pub respondent_number: Option<RespondentNumber>,
    /// Values of the carried columns, as named in [`Sample::carried`].
    pub carried: Vec<String>,
}

/// How the respondent of each unit is found, as the list says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RespondentUsed {
    /// The rule.
    pub rule: RespondentRule,
    /// The question whose answer is the number of eligible members; empty where nobody is chosen.
    pub counted_by: String,
}

/// A level of the sample, from the top down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleLevel {
    /// Name in columns.
    pub name: String,
    /// What people call one such unit; the name itself when the sample was read from a list.
    pub words: Words,
    /// Whether its units are numbers of a listing instead of codes and names.
    pub counted: bool,
}

/// The method of a stage, with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodUsed {
    /// Name of the stage's level.
    pub stage: String,
    /// Name and version, such as `pps_systematic_v1`.
    pub method: String,
}

/// All that is needed to draw the sample again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the design.
    pub design: String,
    /// SHA-256 of the design's TOML text.
    pub design_sha256: String,
    /// SHA-256 of the frame's file.
    pub frame_sha256: String,
    /// How the frame's file was read, unless as it lies; missing when the sample was read from a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_reading: Option<FrameReading>,
    /// The seed.
    pub seed: u64,
    /// The restriction to one part of the frame, as `level=code`.
    pub only: Option<String>,
    /// Name and version of the generator; empty when the sample was read from a list, which does not carry it.
    pub generator: String,
    /// Methods of the stages; empty when the sample was read from a list.
    pub methods: Vec<MethodUsed>,
    /// Version of the program that drew.
    pub program_version: String,
}

/// A drawn sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The levels of its units, from the top down.
    pub levels: Vec<SampleLevel>,
    /// The names of the stages, in the order of drawing.
    pub stages: Vec<String>,
    /// How the respondents are found; `None` where the design does not say.
    pub respondent: Option<RespondentUsed>,
    /// Headings of the carried columns.
    pub carried: Vec<String>,
    /// The units: groups in the order of the frame, within each in visiting order.
    pub units: Vec<SampledUnit>,
    /// Where it comes from.
    pub provenance: Provenance,
    /// What the reader must know: groups taken whole, missing reserves, units known by name.
    pub notes: Vec<Words>,
}

impl Sample {
    /// The units of one role, in the order of the sample.
    pub fn units_of(&self, role: Role) -> impl Iterator<Item = &SampledUnit> {
        self.units.iter().filter(move |unit| unit.role == role)
    }

    /// The listed levels.
    pub fn listed_levels(&self) -> impl Iterator<Item = &SampleLevel> {
        self.levels.iter().filter(|level| !level.counted)
    }

    /// The units in their last groups (such as villages), each with the positions of its units.
    #[must_use]
    pub fn groups(&self) -> Vec<&[SampledUnit]> {
        let depth = self.levels.len().saturating_sub(1);
        let stage = |unit: &SampledUnit| unit.stages.last().map(|draw| draw.stratum.clone());
        self.units.chunk_by(|a, b| a.path[..depth] == b.path[..depth] && stage(a) == stage(b)).collect()
    }
}
