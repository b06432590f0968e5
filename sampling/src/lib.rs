//! Probability sampling: from a frame to a sample list that anyone can draw again and check.
//!
//! The road: [`SampleDesign`] (a TOML text: levels, stages, methods) says which columns a frame has;
//! [`SamplingFrame`] is read from CSV bytes and checked; [`draw`] takes both and a seed to a [`Sample`] with stage
//! probabilities, weights, ordered reserves and [`Provenance`]; [`Certificate`] and [`verify`] prove the list to an auditor.
//!
//! Nothing here knows a country: the names of levels, their columns and numbers are data (`designs/*.toml`). Nothing reads a
//! clock, a file, the network or the environment, and there is no default seed: the same frame, design and seed give the
//! same sample to the last bit.

mod certificate;
mod compare;
mod design;
mod feasibility;
mod frame;
mod group;
mod hash;
mod list;
mod multistage;
pub mod probability;
mod sample;
pub mod selection;
mod stream;

pub use certificate::{Certificate, certificate_name};
pub use compare::{Verification, verify, verify_rows};
pub use design::{
    Column, Level, LevelKind, Only, Preset, SampleDesign, Stage, StageVariable, UnitKey, UnitScope, WhenShort, presets,
};
pub use feasibility::feasibility;
pub use frame::{CellFault, FrameColumns, FrameFile, FrameReading, FrameUnit, SamplingFrame, SheetCells};
pub use hash::sha256_hex;
pub use list::{ListCell, ListRows, ListTable};
pub use multistage::draw;
pub use sample::{
    BaseWeight, InclusionProbability, MethodUsed, Provenance, Role, Sample, SampleLevel, SampledUnit, StageDraw,
    UnitLabel,
};
pub use stream::{GENERATOR, Stream, StreamKey};

/// The version of this library, written into every sample.
pub const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");
