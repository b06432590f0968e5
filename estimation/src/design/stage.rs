//! One stage of the design as a flat tree: units sorted by parent, stratum and label.

use std::collections::BTreeMap;

use super::{RankSlice, Ranks};

/// The units of one stage. Units of a stratum are neighbours, strata of a parent unit are neighbours, parents keep the order
/// of the stage above.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) unit_of_row: Vec<u32>,
    /// Unit of the stage above (0 for all at the first stage).
    pub(crate) parent_of_unit: Vec<u32>,
    pub(crate) stratum_of_unit: Vec<u32>,
    /// Some row of each unit, for messages.
    pub(crate) row_of_unit: Vec<u32>,
    /// First unit of each stratum, and the number of units at the end.
    pub(crate) first_unit_of_stratum: Vec<u32>,
    /// Sampling fraction of each unit; `None` counts as sampled with replacement.
    pub(crate) fraction_of_unit: Option<Vec<f64>>,
    /// What to call the strata with one unit, for messages.
    pub(crate) lonely_labels: BTreeMap<u32, String>,
}

impl Stage {
    /// Sorts the rows into units. `parent` are the units of the stage above; `strata` is `None` where there are none, `units` when
    /// each row is its own.
    pub(crate) fn new(parent: RankSlice<'_>, strata: Option<&Ranks>, units: Option<&Ranks>) -> Self {
        let n_rows = parent.of_row.len();
        let strata = strata.map_or_else(|| parent.to_ranks(), |strata| parent.cross(strata.as_slice()));
        let units = match units {
            Some(units) => strata.as_slice().cross(units.as_slice()),
            None => strata.as_slice().cross(Ranks::each(n_rows).as_slice()),
        };
        let mut row_of_unit = vec![u32::MAX; units.n_labels];
        for (row, &unit) in units.of_row.iter().enumerate().rev() {
            row_of_unit[unit as usize] = row as u32;
        }
        let of_units = |ranks: &[u32]| -> Vec<u32> { row_of_unit.iter().map(|&row| ranks[row as usize]).collect() };
        let (parent_of_unit, stratum_of_unit) = (of_units(parent.of_row), of_units(&strata.of_row));
        Self {
            unit_of_row: units.of_row,
            parent_of_unit,
            first_unit_of_stratum: starts(&stratum_of_unit),
            stratum_of_unit,
            row_of_unit,
            fraction_of_unit: None,
            lonely_labels: BTreeMap::new(),
        }
    }

    pub(crate) fn n_units(&self) -> usize {
        self.row_of_unit.len()
    }

    pub(crate) fn n_strata(&self) -> usize {
        self.first_unit_of_stratum.len() - 1
    }

    /// Number of units sampled in a stratum.
    pub(crate) fn n_units_of_stratum(&self, stratum: usize) -> usize {
        (self.first_unit_of_stratum[stratum + 1] - self.first_unit_of_stratum[stratum]) as usize
    }

    /// The sampling fraction of a unit.
    pub(crate) fn fraction(&self, unit: usize) -> f64 {
        self.fraction_of_unit.as_ref().map_or(0.0, |fractions| fractions[unit])
    }

    /// The units as ranks, to be the parents of the stage below.
    pub(crate) fn as_ranks(&self) -> RankSlice<'_> {
        RankSlice { of_row: &self.unit_of_row, n_labels: self.n_units() }
    }
}

/// Where each group of equal neighbours starts, and the number of all at the end.
fn starts(groups: &[u32]) -> Vec<u32> {
    let starts = (0..groups.len()).filter(|&at| at == 0 || groups[at] != groups[at - 1]);
    starts.chain([groups.len()]).map(|at| at as u32).collect()
}
