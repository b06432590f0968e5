//! One stage of the design as a flat tree: units sorted by parent, stratum and label.

use std::collections::BTreeMap;

use super::Ranks;

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
    /// First stratum of each parent unit, and the number of strata at the end.
    pub(crate) first_stratum_of_parent: Vec<u32>,
    /// Sampling fraction of each unit; `None` counts as sampled with replacement.
    pub(crate) fraction_of_unit: Option<Vec<f64>>,
    /// What to call the strata with one unit, for messages.
    pub(crate) lonely_labels: BTreeMap<u32, String>,
}

impl Stage {
    /// Sorts the rows into units. `parent` are the units of the stage above; `units` is `None` when each row is its own.
    pub(crate) fn new(parent: &Ranks, strata: &Ranks, units: Option<&Ranks>) -> Self {
        let n_rows = parent.of_row.len();
        let mut rows: Vec<u32> = (0..n_rows as u32).collect();
        for ranks in units.into_iter().chain([strata, parent]) {
            if ranks.n_labels > 1 {
                rows = ranks.sort(&rows);
            }
        }
        let mut stage = Self {
            unit_of_row: vec![0; n_rows],
            parent_of_unit: Vec::new(),
            stratum_of_unit: Vec::new(),
            row_of_unit: Vec::new(),
            first_unit_of_stratum: Vec::new(),
            first_stratum_of_parent: Vec::new(),
            fraction_of_unit: None,
            lonely_labels: BTreeMap::new(),
        };
        let mut last: Option<(u32, u32, u32)> = None;
        for &row in &rows {
            let at = row as usize;
            let key = (parent.of_row[at], strata.of_row[at], units.map_or(row, |ranks| ranks.of_row[at]));
            if last.is_none_or(|last| last.0 != key.0) {
                stage.first_stratum_of_parent.push(stage.first_unit_of_stratum.len() as u32);
            }
            if last.is_none_or(|last| (last.0, last.1) != (key.0, key.1)) {
                stage.first_unit_of_stratum.push(stage.row_of_unit.len() as u32);
            }
            if last != Some(key) {
                stage.parent_of_unit.push(key.0);
                stage.stratum_of_unit.push((stage.first_unit_of_stratum.len() - 1) as u32);
                stage.row_of_unit.push(row);
            }
            stage.unit_of_row[at] = (stage.row_of_unit.len() - 1) as u32;
            last = Some(key);
        }
        stage.first_stratum_of_parent.push(stage.first_unit_of_stratum.len() as u32);
        stage.first_unit_of_stratum.push(stage.row_of_unit.len() as u32);
        stage
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
    pub(crate) fn ranks(&self) -> Ranks {
        Ranks { of_row: self.unit_of_row.clone(), n_labels: self.n_units() }
    }
}
