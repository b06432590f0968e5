//! What to draw, as data: the levels of a frame, the stages, their methods and numbers.

mod check;
mod preset;
mod prn;
mod raw;
mod respondent;
mod restrict;
mod stage;

use problem::Words;

pub use preset::{Preset, presets};
pub use respondent::RespondentDesign;
pub use restrict::Only;
pub use stage::{
    AllocationMeasure, Condition, SampleSize, Stage, StageAllocation, StageRule, StageVariable, StratumNumbers,
    WhenShort,
};

use crate::coordination::PERMANENT_NUMBERS;
use crate::sample::MethodUsed;

/// A checked sample design, read from a TOML text by [`SampleDesign::from_toml`].
#[derive(Clone, Debug, PartialEq)]
pub struct SampleDesign {
    pub(crate) name: String,
    pub(crate) title: Words,
    pub(crate) source: Option<String>,
    pub(crate) levels: Vec<Level>,
    pub(crate) stages: Vec<Stage>,
    pub(crate) carried: Vec<String>,
    pub(crate) only: Option<Only>,
    pub(crate) respondent: Option<RespondentDesign>,
    pub(crate) prn_seed: Option<u64>,
    pub(crate) text: String,
    pub(crate) sha256: String,
}

/// A level of the frame, from the top down, such as province or village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Name in columns of the sample list, such as `village`.
    pub name: String,
    /// What people call one such unit, such as `thôn` and `village`.
    pub words: Words,
    /// Where its units come from.
    pub kind: LevelKind,
}

/// Where the units of a level come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LevelKind {
    /// The units stand in the frame.
    Listed(Column),
    /// The units are only counted, by a column of the level above, and numbered 1..N at the draw.
    Counted {
        /// The column with the number of units.
        count: String,
    },
}

/// The columns of a listed level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Heading of the column with the codes.
    pub code: String,
    /// Heading of the column with the names; without one, names are the codes.
    pub label: Option<String>,
    /// What identifies a unit among those of its parent.
    pub key: UnitKey,
    /// Where a code may stand again.
    pub scope: UnitScope,
}

/// What identifies a unit among those of its parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitKey {
    /// Its code; a blank code is a problem.
    #[default]
    Code,
    /// Its code, or its name where the code is blank; the sample then says so (`name:…` in the unit's identity and a note).
    CodeOrName,
    /// Its name; the code is only carried.
    Name,
}

/// Where a code may stand again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitScope {
    /// Under another parent, where it is another unit.
    #[default]
    Parent,
    /// Nowhere else in the frame: the same code under two parents is a problem.
    Frame,
}

impl SampleDesign {
    /// The name, such as `papi-3x2x2x20`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is, in one line.
    #[must_use]
    pub fn title(&self) -> &Words {
        &self.title
    }

    /// Where the design comes from, if it says so.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// The levels of its frame, from the top down.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The listed levels: those with units in the frame.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (&Level, &Column)> {
        self.levels.iter().filter_map(|level| match &level.kind {
            LevelKind::Listed(column) => Some((level, column)),
            LevelKind::Counted { .. } => None,
        })
    }

    /// The stages, in the order of drawing.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The level a stage draws units of.
    #[must_use]
    pub fn level_of(&self, stage: &Stage) -> &Level {
        &self.levels[stage.level]
    }

    /// The methods of all stages, each once a stage, and the rule by which a person is chosen, with their versions: what a
    /// sample is drawn by.
    #[must_use]
    pub fn methods(&self) -> Vec<MethodUsed> {
        let mut methods = Vec::new();
        for stage in &self.stages {
            for reading in stage.readings().filter(|reading| reading.n != SampleSize::ByRule) {
                let method = MethodUsed {
                    stage: self.level_of(stage).name.clone(),
                    method: match reading.prn {
                        Some(_) => format!("{}+{PERMANENT_NUMBERS}", reading.method.versioned_name()),
                        None => reading.method.versioned_name().to_owned(),
                    },
                };
                if !methods.contains(&method) {
                    methods.push(method);
                }
            }
        }
        methods.extend(self.respondent().map(|respondent| MethodUsed {
            stage: "respondent".to_owned(),
            method: respondent.rule.versioned_name().to_owned(),
        }));
        methods
    }

    /// The level whose rows carry the text columns of a stage: its own, or the one above when its units are only counted.
    pub(crate) fn text_level(&self, stage: &Stage) -> usize {
        match self.level_of(stage).kind {
            LevelKind::Listed(_) => stage.level,
            LevelKind::Counted { .. } => stage.level.saturating_sub(1),
        }
    }

    /// The restriction to one part of the frame, if there is one.
    #[must_use]
    pub fn only(&self) -> Option<&Only> {
        self.only.as_ref()
    }

    /// Who in a unit of the last stage is asked, if the design says so.
    #[must_use]
    pub fn respondent(&self) -> Option<&RespondentDesign> {
        self.respondent.as_ref()
    }

    /// The seed of the permanent random numbers, where a stage is drawn by them.
    #[must_use]
    pub fn prn_seed(&self) -> Option<u64> {
        self.prn_seed
    }

    /// The TOML text, as it was given: what the hash is of.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the TOML text.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}
