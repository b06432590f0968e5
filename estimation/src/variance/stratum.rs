//! The contribution of one stratum at one stage.

use std::ops::Range;

use problem::Problem;

use super::{Level, Operator, lonely};
use crate::LonelyPsu;

/// A stratum in which every unit's `1 − f` is below this is taken as sampled completely (R `survey`).
const COMPLETE: f64 = 1e-7;

impl Operator<'_> {
    /// Adds the stratum whose units with totals are `there` to the upper triangle `sums`. False: the stratum is to be replaced by
    /// the average of the others.
    pub(super) fn stratum(
        &self,
        number: usize,
        there: Range<usize>,
        centre: &[f64],
        sums: &mut [f64],
    ) -> Result<bool, Problem> {
        let (stage, level) = (&self.design.stages[number], &self.levels[number]);
        let stratum = stage.stratum_of_unit[level.units[there.start] as usize] as usize;
        let n_units = stage.n_units_of_stratum(stratum);
        let rest = |at: usize| 1.0 - stage.fraction(level.units[at] as usize);
        if there.clone().all(|at| rest(at) < COMPLETE) {
            return Ok(true);
        }
        let in_domain = self.design.adjust_domain_lonely && there.len() == 1;
        match self.design.lonely_psu {
            LonelyPsu::Fail | LonelyPsu::Collapse if n_units == 1 => return Err(lonely(stage, number, stratum)),
            LonelyPsu::Remove | LonelyPsu::Certainty if n_units == 1 => return Ok(true),
            LonelyPsu::Average if n_units == 1 || in_domain => return Ok(false),
            _ => {}
        }
        let adjusted = self.design.lonely_psu == LonelyPsu::Adjust && (n_units == 1 || in_domain);
        let centre = if adjusted { centre.to_vec() } else { self.mean(level, there.clone(), n_units) };
        let scale = if n_units > 1 { n_units as f64 / (n_units as f64 - 1.0) } else { 1.0 };
        let mut deviation = vec![0.0; self.size];
        // Sampled units without a row of the domain are totals of zero; they share the fraction of the others.
        let absent = (n_units - there.len()) as f64;
        let rest_of_absent = rest(there.start);
        for at in there {
            let totals = level.totals(at, self.size);
            deviation.iter_mut().enumerate().for_each(|(j, value)| *value = totals[j] - centre[j]);
            self.add(rest(at) * scale, &deviation, sums);
        }
        if absent > 0.0 {
            self.add(absent * rest_of_absent * scale, &centre, sums);
        }
        Ok(true)
    }

    /// The mean total of the sampled units, taken around the first of them: where all totals are equal, the mean is that
    /// total to the last bit and the stratum contributes exactly nothing.
    fn mean(&self, level: &Level, there: Range<usize>, n_units: usize) -> Vec<f64> {
        let first = level.totals(there.start, self.size);
        let absent = (n_units - there.len()) as f64;
        let mut mean: Vec<f64> = first.iter().map(|total| -absent * total).collect();
        for at in there {
            let totals = level.totals(at, self.size);
            mean.iter_mut().zip(totals).zip(first).for_each(|((sum, total), first)| *sum += total - first);
        }
        mean.iter_mut().zip(first).for_each(|(sum, first)| *sum = first + *sum / n_units as f64);
        mean
    }

    /// Adds `weight · d dᵀ` to the upper triangle.
    fn add(&self, weight: f64, deviation: &[f64], sums: &mut [f64]) {
        for (i, left) in deviation.iter().enumerate() {
            let left = weight * left;
            let row = &mut sums[i * self.size + i..(i + 1) * self.size];
            row.iter_mut().zip(&deviation[i..]).for_each(|(sum, right)| *sum += left * right);
        }
    }
}
