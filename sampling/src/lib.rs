//! Probability sampling: from a frame to a sample list that anyone can draw again and check.
//!
//! The road: [`SampleDesign`] (a TOML text: levels, stages, methods) says which columns a frame has;
//! [`SamplingFrame`] is read from CSV bytes and checked; [`draw`] takes both and a seed to a [`Sample`] with stage
//! probabilities, weights, ordered reserves and [`Provenance`]; [`Commitment`] (before), [`Certificate`] and [`verify`] (after)
//! prove the list to an auditor. [`size`] plans how large the sample should be.
//!
//! Nothing here knows a country: the names of levels, their columns and numbers are data (`designs/*.toml`). Nothing reads a
//! clock, a file, the network or the environment, and there is no default seed: the same frame, design and seed give the
//! same sample to the last bit.

pub mod allocation;
mod certificate;
mod commitment;
mod compare;
pub mod coordination;
mod design;
mod feasibility;
mod frame;
mod group;
mod group_certainty;
mod group_plan;
mod hash;
mod list;
mod multistage;
pub mod probability;
pub mod respondent;
mod sample;
pub mod selection;
pub mod size;
mod stream;
mod text_order;

pub use certificate::{Certificate, certificate_name};
pub use commitment::{Commitment, Opening, Published, SEED_RULE, SeedForm, SeedSource, seed_of_text};
pub use compare::{Verification, verify, verify_rows, verify_rows_with_seed, verify_with_seed};
pub use design::{
    AllocationMeasure, Column, Condition, Level, LevelKind, Only, Preset, RespondentDesign, SampleDesign, SampleSize,
    Stage, StageAllocation, StageRule, StageVariable, StratumNumbers, UnitKey, UnitScope, WhenShort, presets,
};
pub use feasibility::feasibility;
pub use frame::{CellFault, FrameColumns, FrameFile, FrameReading, FrameUnit, SamplingFrame, SheetCells};
pub use hash::sha256_hex;
pub use list::{ListCell, ListRows, ListTable};
pub use multistage::draw;
pub use sample::{
    BaseWeight, InclusionProbability, MethodUsed, Provenance, RespondentUsed, Role, Sample, SampleLevel, SampledUnit,
    StageDraw, UnitLabel,
};
pub use stream::{GENERATOR, Stream, StreamKey};
pub use text_order::TextOrder;

/// The version of this library, written into every sample.
pub const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");
