//! Degrees of freedom of designs and domains.

use crate::EstimationDesign;
use crate::design::Stage;

/// PSUs minus strata among the given rows, those with weight zero left out.
///
/// # Source
/// Korn and Graubard (1999), Analysis of Health Surveys; R `survey::degf`.
pub(crate) fn of_rows(first_stage: &Stage, weights: &[f64], rows: impl Iterator<Item = usize>) -> usize {
    let mut psu_seen = vec![false; first_stage.n_units()];
    let mut stratum_seen = vec![false; first_stage.n_strata()];
    let (mut n_psus, mut n_strata) = (0_usize, 0_usize);
    for row in rows.filter(|&row| weights[row] != 0.0) {
        let psu = first_stage.unit_of_row[row] as usize;
        if !psu_seen[psu] {
            psu_seen[psu] = true;
            n_psus += 1;
            let stratum = &mut stratum_seen[first_stage.stratum_of_unit[psu] as usize];
            n_strata += usize::from(!*stratum);
            *stratum = true;
        }
    }
    n_psus - n_strata
}

impl EstimationDesign {
    /// Degrees of freedom of a domain: PSUs minus strata among those that hold a row of it with a weight above zero.
    pub(crate) fn degrees_of_freedom_of(&self, rows: impl Iterator<Item = usize>) -> usize {
        self.stages.first().map_or(0, |stage| of_rows(stage, &self.weights, rows))
    }
}
