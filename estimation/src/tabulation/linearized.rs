//! From the sums of one domain's cells to a statistic: value, totals of scores by unit, simple random variance.

use std::ops::Range;

use problem::Problem;

use super::layout::Layout;
use super::sums::{CategorySums, CellSums, ItemSums};
use crate::estimand::simple_random_variance;
use crate::estimate::Parts;
use crate::interval::Quantiles;
use crate::scores::Scope;
use crate::sum::Sum;
use crate::variance::UnitTotals;
use crate::{Estimate, EstimationDesign, SimpleRandomVariance, WhyMissing};

/// A statistic of one domain before its variance is known.
pub(super) struct Linearized {
    value: Result<f64, WhyMissing>,
    n: usize,
    simple_random: Option<SimpleRandomVariance>,
    /// The total of the scores of each cell with an answer.
    scores: Vec<(usize, f64)>,
    degrees_of_freedom: usize,
}

/// What all statistics of a domain start from.
struct Base {
    n_answered: usize,
    n: usize,
    weight: f64,
}

impl Base {
    fn of(counts: impl Iterator<Item = (u32, u32, Sum)>) -> Self {
        let (mut n_answered, mut n, mut weight) = (0, 0, Sum::default());
        for (answered, weighted, cell_weight) in counts {
            n_answered += answered as usize;
            n += weighted as usize;
            weight.add_sum(cell_weight);
        }
        Self { n_answered, n, weight: weight.value() }
    }

    fn why_missing(&self) -> Option<WhyMissing> {
        match (self.n_answered, self.n) {
            (0, _) => Some(WhyMissing::NoAnswers),
            (_, 0) => Some(WhyMissing::NoWeight),
            _ => None,
        }
    }

    fn simple_random(&self, squares: f64) -> Option<SimpleRandomVariance> {
        simple_random_variance(self.n, self.weight, squares.max(0.0))
    }

    /// That of a total: `N²` times that of the mean.
    fn simple_random_of_total(&self, squares: f64) -> Option<SimpleRandomVariance> {
        let factor = self.weight * self.weight;
        self.simple_random(squares).map(|variance| SimpleRandomVariance {
            without_replacement: variance.without_replacement.map(|value| value * factor),
            with_replacement: variance.with_replacement * factor,
        })
    }
}

fn sum(terms: impl Iterator<Item = Sum>) -> f64 {
    let mut sum = Sum::default();
    terms.for_each(|term| sum.add_sum(term));
    sum.value()
}

impl Linearized {
    fn missing(why: WhyMissing) -> Self {
        Self { value: Err(why), n: 0, simple_random: None, scores: Vec::new(), degrees_of_freedom: 0 }
    }

    pub(super) fn mean(layout: &Layout, sums: &ItemSums, cells: Range<usize>) -> Self {
        let there = &sums.cells[cells.clone()];
        let base = Base::of(there.iter().map(|cell| (cell.n_answered, cell.n_weighted, cell.weight)));
        if let Some(why) = base.why_missing() {
            return Self::missing(why);
        }
        let mean = constant(there).unwrap_or_else(|| sum(there.iter().map(|cell| cell.y)) / base.weight);
        let centre = Centre::of(there, |cell| cell.weight, base.weight);
        let score =
            |cell: &CellSums| (cell.shifted.value() - centre.away_from(cell) * cell.weight.value()) / base.weight;
        Self {
            value: Ok(mean),
            n: base.n,
            simple_random: base.simple_random(centre.squares(there)),
            scores: scores(there, cells.start, score),
            degrees_of_freedom: of_answers(layout, there, cells.start),
        }
    }

    pub(super) fn total(layout: &Layout, sums: &ItemSums, cells: Range<usize>) -> Self {
        let there = &sums.cells[cells.clone()];
        let base = Base::of(there.iter().map(|cell| (cell.n_answered, cell.n_weighted, cell.weight)));
        if let Some(why) = base.why_missing() {
            return Self::missing(why);
        }
        let centre = Centre::of(there, |cell| cell.weight, base.weight);
        Self {
            value: Ok(sum(there.iter().map(|cell| cell.y))),
            n: base.n,
            simple_random: base.simple_random_of_total(centre.squares(there)),
            scores: scores(there, cells.start, |cell| cell.y.value()),
            degrees_of_freedom: of_answers(layout, there, cells.start),
        }
    }

    pub(super) fn ratio(layout: &Layout, sums: &ItemSums, cells: Range<usize>) -> Self {
        let there = &sums.cells[cells.clone()];
        let base = Base::of(there.iter().map(|cell| (cell.n_answered, cell.n_weighted, cell.weight)));
        if let Some(why) = base.why_missing() {
            return Self::missing(why);
        }
        let below = sum(there.iter().map(|cell| cell.x));
        if below == 0.0 {
            return Self::missing(WhyMissing::ZeroDenominator);
        }
        let ratio = sum(there.iter().map(|cell| cell.y)) / below;
        let centre = Centre::of(there, |cell| cell.x, below);
        let score = |cell: &CellSums| (cell.shifted.value() - centre.away_from(cell) * cell.x.value()) / below;
        let scores = scores(there, cells.start, score);
        // The design effect is that of the total of the residuals (y − R x)/X around their mean.
        let mean = scores.iter().map(|(_, score)| score).sum::<f64>() / base.weight;
        let of_cell = |cell: &CellSums| {
            let away = centre.away_from(cell);
            (cell.squares - 2.0 * away * cell.products + away * away * cell.x_squares) / (below * below)
        };
        let squares: f64 = there.iter().map(of_cell).sum();
        Self {
            value: Ok(ratio),
            n: base.n,
            simple_random: base.simple_random_of_total(squares - base.weight * mean * mean),
            scores,
            // R's svyratio counts the rows of the domain, answered or not.
            degrees_of_freedom: of_cells(layout, cells.filter(|&cell| layout.has_weight[cell])),
        }
    }

    pub(super) fn proportion(layout: &Layout, sums: &CategorySums, category: usize, cells: Range<usize>) -> Self {
        let all = &sums.all[cells.clone()];
        let chosen = &sums.of_category[category][cells.clone()];
        let base = Base::of(all.iter().map(|cell| (cell.n_answered, cell.n_weighted, cell.weight)));
        if let Some(why) = base.why_missing() {
            return Self::missing(why);
        }
        let weight = sum(chosen.iter().map(|cell| cell.weight));
        let share = weight / base.weight;
        let score = |at: usize| (chosen[at].weight.value() - share * all[at].weight.value()) / base.weight;
        let squares = weight * (1.0 - share) * (1.0 - share) + (base.weight - weight) * share * share;
        let answered = (0..all.len()).filter(|&at| all[at].n_answered > 0);
        let weighted = (0..all.len()).filter(|&at| all[at].n_weighted > 0);
        Self {
            value: Ok(share),
            n: base.n,
            simple_random: base.simple_random(squares),
            scores: answered.map(|at| (cells.start + at, score(at))).collect(),
            degrees_of_freedom: of_cells(layout, weighted.map(|at| cells.start + at)),
        }
    }

    /// The variance by the one operator, and everything an estimate travels with.
    ///
    /// # Errors
    /// `lonely_psu`.
    pub(super) fn estimate(
        self,
        name: &str,
        design: &EstimationDesign,
        layout: &Layout,
        quantiles: &mut Quantiles,
    ) -> Result<Estimate, Problem> {
        let overflow =
            self.value.is_ok_and(|value| !value.is_finite()) || self.scores.iter().any(|(_, score)| !score.is_finite());
        let this = if overflow { Self::missing(WhyMissing::Overflow) } else { self };
        let mut totals = UnitTotals { size: 1, units: Vec::new(), values: Vec::new(), scope: Scope::OwnRows };
        for &(cell, score) in &this.scores {
            let unit = layout.unit_of_cell[cell];
            match totals.values.last_mut() {
                Some(total) if totals.units.last() == Some(&unit) => *total += score,
                _ => {
                    totals.units.push(unit);
                    totals.values.push(score);
                }
            }
        }
        let (variance, why_no_variance) = match this.value {
            Err(_) => (None, None),
            Ok(_) => match design.covariance_of_totals(totals)? {
                None => (None, Some(WhyMissing::NoStratumToAverage)),
                Some(variance) => match variance.first().copied().filter(|variance| variance.is_finite()) {
                    None => (None, Some(WhyMissing::Overflow)),
                    variance => (variance, None),
                },
            },
        };
        let parts = Parts {
            value: this.value,
            variance,
            why_no_variance,
            n: this.n,
            domain_degrees_of_freedom: this.degrees_of_freedom,
            simple_random: this.simple_random,
        };
        Ok(parts.estimate(name, design.degrees_of_freedom(), quantiles))
    }
}

/// The one value that all answers have, if they do: its mean is known to the last bit and its variance is exactly zero.
fn constant(cells: &[CellSums]) -> Option<f64> {
    let mut weighted = cells.iter().filter(|cell| cell.n_weighted > 0);
    let first = weighted.next()?;
    let same = |cell: &CellSums| cell.squares == 0.0 && cell.shifted.value() == 0.0 && cell.centre == first.centre;
    (same(first) && weighted.all(same)).then_some(first.centre)
}

/// Where a mean or ratio lies, as seen from the centres of the cells: `R − c` without the rounding of `R`, which is as coarse as
/// large values are, while `R − c` is as small as they differ.
struct Centre {
    first: f64,
    away_from_first: f64,
}

impl Centre {
    /// With `x` the denominator in a cell (a mean's is the weight) and `below` its sum.
    fn of(cells: &[CellSums], x: impl Fn(&CellSums) -> Sum, below: f64) -> Self {
        let first = cells.iter().find(|cell| cell.n_weighted > 0).map_or(0.0, |cell| cell.centre);
        let mut away = Sum::default();
        for cell in cells.iter().filter(|cell| cell.n_weighted > 0) {
            away.add_sum(cell.shifted);
            away.add((cell.centre - first) * x(cell).value());
        }
        Self { first, away_from_first: away.value() / below }
    }

    /// `R − c`
    fn away_from(&self, cell: &CellSums) -> f64 {
        self.away_from_first - (cell.centre - self.first)
    }

    /// `Σ w (y − ȳ)²`
    fn squares(&self, cells: &[CellSums]) -> f64 {
        let of_cell = |cell: &CellSums| {
            let away = self.away_from(cell);
            cell.squares - 2.0 * away * cell.shifted.value() + away * away * cell.weight.value()
        };
        cells.iter().filter(|cell| cell.n_weighted > 0).map(of_cell).sum()
    }
}

fn scores(cells: &[CellSums], first: usize, score: impl Fn(&CellSums) -> f64) -> Vec<(usize, f64)> {
    let answered = cells.iter().enumerate().filter(|(_, cell)| cell.n_answered > 0);
    answered.map(|(at, cell)| (first + at, score(cell))).collect()
}

/// Degrees of freedom of the PSUs and strata that hold an answer with a weight above zero.
fn of_answers(layout: &Layout, cells: &[CellSums], first: usize) -> usize {
    let weighted = (0..cells.len()).filter(|&at| cells[at].n_weighted > 0);
    of_cells(layout, weighted.map(|at| first + at))
}

/// PSUs minus strata of these cells, which are in order of unit.
fn of_cells(layout: &Layout, cells: impl Iterator<Item = usize>) -> usize {
    let (mut last_psu, mut last_stratum, mut n_psus, mut n_strata) = (None, None, 0, 0);
    for cell in cells {
        let psu = layout.psu_of_unit[layout.unit_of_cell[cell] as usize];
        let stratum = layout.stratum_of_psu[psu as usize];
        n_psus += usize::from(last_psu != Some(psu));
        n_strata += usize::from(last_stratum != Some(stratum));
        (last_psu, last_stratum) = (Some(psu), Some(stratum));
    }
    n_psus - n_strata
}
