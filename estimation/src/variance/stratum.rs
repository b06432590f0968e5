//! The contribution of one stratum at one stage.

use problem::Problem;

use super::{Operator, lonely, units};
use crate::LonelyPsu;

/// A stratum in which every unit's `1 − f` is below this is taken as sampled completely (R `survey`).
const COMPLETE: f64 = 1e-7;

impl Operator<'_> {
    /// Adds the stratum to the upper triangle `sums`. False: the stratum is to be replaced by the average of the others.
    pub(super) fn stratum(
        &self,
        number: usize,
        stratum: usize,
        centre: &[f64],
        sums: &mut [f64],
    ) -> Result<bool, Problem> {
        let stage = &self.design.stages[number];
        let exists = |unit: &usize| self.exists.get(number).is_none_or(|exists| exists[*unit]);
        let there: Vec<usize> = units(stage, stratum).filter(exists).collect();
        let n_units = stage.n_units_of_stratum(stratum);
        if there.iter().all(|&unit| 1.0 - stage.fraction(unit) < COMPLETE) {
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
        let centre = if adjusted { centre.to_vec() } else { self.mean(number, &there, n_units) };
        let scale = if n_units > 1 { n_units as f64 / (n_units as f64 - 1.0) } else { 1.0 };
        let mut deviation = vec![0.0; self.size];
        for &unit in &there {
            let totals = &self.totals[number][unit * self.size..][..self.size];
            deviation.iter_mut().enumerate().for_each(|(j, value)| *value = totals[j] - centre[j]);
            self.add((1.0 - stage.fraction(unit)) * scale, &deviation, sums);
        }
        // Sampled units without a row of the domain are totals of zero; they share the fraction of the others.
        let absent = (n_units - there.len()) as f64;
        if absent > 0.0 {
            self.add(absent * (1.0 - stage.fraction(there[0])) * scale, &centre, sums);
        }
        Ok(true)
    }

    /// The mean total of the sampled units, taken around the first of them: where all totals are equal, the mean is that
    /// total to the last bit and the stratum contributes exactly nothing.
    fn mean(&self, number: usize, there: &[usize], n_units: usize) -> Vec<f64> {
        let totals = |unit: usize| &self.totals[number][unit * self.size..][..self.size];
        let first = totals(there[0]);
        let absent = (n_units - there.len()) as f64;
        let mut mean: Vec<f64> = first.iter().map(|total| -absent * total).collect();
        for &unit in there {
            mean.iter_mut().zip(totals(unit)).zip(first).for_each(|((sum, total), first)| *sum += total - first);
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
