//! What the operator works on: sums of scores by unit.

use crate::EstimationDesign;
use crate::Scores;
use crate::scores::Scope;

/// The totals of the scores of some statistics over the units of the last stage that counts in the variance.
///
/// Only the units that hold a row of the statistics are listed, ascending; all others are totals of zero. Every route to a
/// variance ends here, whether the scores were made row by row or summed in one pass over the data.
#[derive(Clone, Debug)]
pub(crate) struct UnitTotals {
    /// Number of statistics.
    pub(crate) size: usize,
    pub(crate) units: Vec<u32>,
    /// `size` totals for each unit listed.
    pub(crate) values: Vec<f64>,
    pub(crate) scope: Scope,
}

impl UnitTotals {
    /// Sums the scores of each unit. Statistics on different rows are taken over the whole design.
    pub(super) fn of_scores(design: &EstimationDesign, scores: &[&Scores]) -> Self {
        let size = scores.len();
        let stage = &design.stages[design.n_active_stages() - 1];
        let mut values = vec![0.0; stage.n_units() * size];
        let mut is_there = vec![false; stage.n_units()];
        for (j, scores) in scores.iter().enumerate() {
            for (row, score) in scores.iter() {
                let unit = stage.unit_of_row[row] as usize;
                values[unit * size + j] += score;
                is_there[unit] = true;
            }
        }
        let same_rows = scores.first().is_none_or(|first| scores.iter().all(|other| other.rows == first.rows));
        let own = same_rows && scores.iter().all(|scores| scores.scope == Scope::OwnRows);
        let units: Vec<u32> = (0..stage.n_units() as u32).filter(|&unit| is_there[unit as usize]).collect();
        let values = units.iter().flat_map(|&unit| &values[unit as usize * size..][..size]).copied().collect();
        Self { size, units, values, scope: if own { Scope::OwnRows } else { Scope::WholeDesign } }
    }

    /// The same totals with every unit of the stage listed.
    pub(super) fn over_all_units(self, n_units: usize) -> Self {
        if self.units.len() == n_units {
            return self;
        }
        let mut values = vec![0.0; n_units * self.size];
        for (at, &unit) in self.units.iter().enumerate() {
            values[unit as usize * self.size..][..self.size]
                .copy_from_slice(&self.values[at * self.size..][..self.size]);
        }
        Self { units: (0..n_units as u32).collect(), values, ..self }
    }
}
