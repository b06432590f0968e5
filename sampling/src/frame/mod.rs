//! The sampling frame: the list of all units that can be drawn.

mod build;
mod cell;
mod columns;
mod places;
mod read;
mod reading;
mod table;
mod text;
mod told;

use problem::Words;

use crate::design::{SampleDesign, UnitKey};

pub use columns::FrameColumns;
pub use reading::FrameReading;
pub use table::{CellFault, FrameFile, SheetCells};

/// A checked frame: the units of every listed level, in the order of the file, with their sizes, flags and strata.
///
/// It is read for a design ([`SamplingFrame::read`]), which names the columns; rows are units of the lowest listed level.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingFrame {
    pub(crate) columns: FrameColumns,
    pub(crate) levels: Vec<LevelUnits>,
    /// The carried columns that the file has.
    pub(crate) carried_headings: Vec<String>,
    /// Their values for each unit of the lowest listed level.
    pub(crate) carried: Vec<Vec<String>>,
    pub(crate) sha256: String,
    pub(crate) reading: FrameReading,
    pub(crate) notes: Vec<Words>,
}

/// The units of one listed level.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LevelUnits {
    pub(crate) name: String,
    pub(crate) units: Vec<FrameUnit>,
    /// For each size column of the frame, the total of each unit over its rows.
    pub(crate) sizes: Vec<Vec<u64>>,
    /// Flag columns of this level, with their values.
    pub(crate) flags: Vec<(String, Vec<bool>)>,
    /// Text columns of this level (strata, sorting), with their values.
    pub(crate) texts: Vec<(String, Vec<String>)>,
    /// For each unit, its units one level down, in the order of the file.
    pub(crate) children: Vec<Vec<usize>>,
}

/// One unit of a listed level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameUnit {
    /// Official code; empty only where the design allows a name instead.
    pub code: String,
    /// Name, as people know it.
    pub name: String,
    /// What identifies the unit among those of its parent: its code, or `name:…`.
    pub key: String,
    /// Position of the unit it lies in, one level up; 0 at the top level.
    pub parent: usize,
    /// The row of the file where it stands first; the header is row 1.
    pub row: usize,
}

impl FrameUnit {
    /// The key of a unit with a code and a name; `None` when what the design asks for is blank.
    pub(crate) fn key_of(kind: UnitKey, code: &str, name: &str) -> Option<String> {
        let by_name = || (!name.is_empty()).then(|| format!("name:{name}"));
        match kind {
            UnitKey::Code => (!code.is_empty()).then(|| code.to_owned()),
            UnitKey::CodeOrName if code.is_empty() => by_name(),
            UnitKey::CodeOrName => Some(code.to_owned()),
            UnitKey::Name => by_name(),
        }
    }

    /// Whether the unit is known by its name because the frame has no code for it.
    #[must_use]
    pub fn is_known_by_name(&self) -> bool {
        self.code.is_empty()
    }
}

impl SamplingFrame {
    /// The sizes of the units of a level by one size column, in the order of [`Self::units`]; `None` when the design reads no
    /// such level or column.
    #[must_use]
    pub fn sizes_of(&self, level: &str, column: &str) -> Option<&[u64]> {
        let position = self.columns.sizes.iter().position(|name| name == column)?;
        let level = self.levels.iter().find(|units| units.name == level)?;
        level.sizes.get(position).map(Vec::as_slice)
    }

    /// How the file was read: what was said and what was found by rule.
    #[must_use]
    pub fn reading(&self) -> &FrameReading {
        &self.reading
    }

    /// What the reader of a sample must know of how the frame was read.
    #[must_use]
    pub fn notes(&self) -> &[Words] {
        &self.notes
    }

    /// SHA-256 of the file's bytes.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The units of a listed level, in the order of the file; empty for an unknown level.
    #[must_use]
    pub fn units(&self, level: &str) -> &[FrameUnit] {
        self.levels.iter().find(|units| units.name == level).map_or(&[], |units| &units.units)
    }

    /// How many units each listed level has, from the top down.
    #[must_use]
    pub fn counts(&self) -> Vec<(&str, usize)> {
        self.levels.iter().map(|level| (level.name.as_str(), level.units.len())).collect()
    }

    /// The total of each size column over the whole frame.
    #[must_use]
    pub fn totals(&self) -> Vec<(&str, u64)> {
        let sums =
            self.levels.first().map(|top| top.sizes.iter().map(|sizes| sizes.iter().sum()).collect::<Vec<u64>>());
        self.columns.sizes.iter().map(String::as_str).zip(sums.unwrap_or_default()).collect()
    }

    /// How many units of each listed level carry no code and are known by name.
    #[must_use]
    pub fn known_by_name(&self) -> Vec<(&str, usize)> {
        self.levels
            .iter()
            .map(|level| (level.name.as_str(), level.units.iter().filter(|unit| unit.is_known_by_name()).count()))
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// Whether the frame was read with the columns that a design needs.
    pub(crate) fn fits(&self, design: &SampleDesign) -> bool {
        self.columns == FrameColumns::of(design)
    }
}
