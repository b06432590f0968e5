//! The one variance operator: any scores, any design.

mod stratum;
mod totals;

pub(crate) use totals::UnitTotals;

use std::ops::Range;

use problem::{Place, Problem};

use crate::design::Stage;
use crate::scores::{Scope, wrong_length};
use crate::{EstimationDesign, LonelyPsu, Scores, UnequalProbability, WhyMissing};

/// Variances and covariances of several statistics of one design.
#[derive(Clone, Debug, PartialEq)]
pub struct CovarianceMatrix {
    size: usize,
    values: Vec<f64>,
    why_missing: Vec<Option<WhyMissing>>,
}

impl CovarianceMatrix {
    /// A matrix by rows, with the reason for each statistic that is missing.
    pub(crate) fn new(values: Vec<f64>, why_missing: Vec<Option<WhyMissing>>) -> Self {
        Self { size: why_missing.len(), values, why_missing }
    }

    /// Number of statistics.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// The covariance of statistics `i` and `j`, counted from 0; `None` when one of them is missing or there is no such
    /// statistic.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> Option<f64> {
        let there = |k: usize| k < self.size && self.why_missing[k].is_none();
        (there(i) && there(j)).then(|| self.values[i * self.size + j]).filter(|value| value.is_finite())
    }

    /// The variance of statistic `i`.
    #[must_use]
    pub fn variance(&self, i: usize) -> Option<f64> {
        self.get(i, i)
    }

    /// The standard error of statistic `i`: the root of its variance.
    #[must_use]
    pub fn standard_error(&self, i: usize) -> Option<f64> {
        self.variance(i).filter(|&variance| variance >= 0.0).map(f64::sqrt)
    }

    /// Why statistic `i` has no variance, or a variance without a root: estimators from joint probabilities can be negative.
    #[must_use]
    pub fn why_missing(&self, i: usize) -> Option<WhyMissing> {
        let negative = self.variance(i).is_some_and(|variance| variance < 0.0).then_some(WhyMissing::NegativeVariance);
        self.why_missing.get(i).copied().flatten().or(negative)
    }
}

impl EstimationDesign {
    /// The covariance matrix of the statistics with these scores: the one variance operator.
    ///
    /// # Formula
    /// With `z_hi` the sum of the scores in unit `i` of stratum `h`, over the stages of the design,
    ///
    /// ```text
    /// V = Σ_h n_h/(n_h−1) Σ_i (1−f_hi) (z_hi − z̄_h)(z_hi − z̄_h)ᵀ + Σ_hi f_hi V_sub(hi),     z̄_h = Σ_i z_hi / n_h
    /// ```
    ///
    /// `n_h` is the number of units *sampled* from the stratum: those without a row of the domain count as totals of zero.
    /// `f_hi` is the sampling fraction `n_h/N_h`, or with Brewer's approximation the unit's own inclusion probability;
    /// it is 0 at a stage without fpc, which ends the recursion. A stratum in which all `1−f` are below 10⁻⁷ is taken as
    /// sampled completely: it contributes nothing at its stage and its units count fully below. Strata with `n_h = 1`
    /// follow the [`LonelyPsu`] rule:
    /// `remove`, `certainty` nothing; `adjust` `(1−f)(z − ẑ)(z − ẑ)ᵀ` with `ẑ` the sum of all scores of the stage and parent over
    /// the number of their units; `average` the sum over the other strata, times strata over usable strata.
    ///
    /// # Source
    /// Särndal, Swensson and Wretman (1992), result 4.3.1 (stages); Binder (1983); Brewer (2002), Combined Survey
    /// Sampling Inference, ch. 9; Lumley (2010), Complex Surveys (lonely PSUs, domains), and the R package `survey` 4.5.
    ///
    /// # Limits
    /// Scores of a single set of rows leave strata without any of these rows out of the lonely-PSU rules, as R's `subset()`
    /// does; statistics on different rows, and [`Scores::over_whole_design`], keep them all (so does Brewer's
    /// approximation, and so do calibrated weights). No other rule can tell the difference. Where weights were calibrated, scores are first
    /// replaced by their residuals on the calibration variables ([`Calibration`](crate::weighting::Calibration)).
    ///
    /// # Errors
    /// `lonely_psu` when the rule is `fail` and a stratum with one sampled unit matters; `scores_length` when scores belong
    /// to data with another number of rows.
    ///
    /// Checked: `tests/against_r.rs`, `tests/textbook.rs`, `tests/identities.rs`, `tests/repetition.rs`.
    pub fn covariance(&self, scores: &[&Scores]) -> Result<CovarianceMatrix, Problem> {
        if let Some(other) = scores.iter().find(|other| other.n_rows != self.n_rows) {
            return Err(wrong_length(&other.name, self.n_rows, other.n_rows));
        }
        if self.is_calibrated() && scores.iter().any(|scores| scores.scope != Scope::Residuals) {
            let residuals: Vec<Scores> = scores.iter().map(|scores| scores.residuals(self)).collect();
            return self.covariance(&residuals.iter().collect::<Vec<_>>());
        }
        let present: Vec<usize> = (0..scores.len()).filter(|&i| scores[i].value.is_ok()).collect();
        let used: Vec<&Scores> = present.iter().map(|&i| scores[i]).collect();
        let mut why_missing: Vec<Option<WhyMissing>> = scores.iter().map(|scores| scores.why_missing()).collect();
        let mut values = vec![0.0; scores.len() * scores.len()];
        let sums = match &self.joint {
            Some(joint) => Some(joint.covariance(&self.unit_totals(&used), used.len())),
            None => self.covariance_of_totals(UnitTotals::of_scores(self, &used))?,
        };
        match sums {
            Some(sums) => {
                for (a, &i) in present.iter().enumerate() {
                    for (b, &j) in present.iter().enumerate() {
                        values[i * scores.len() + j] = sums[a.min(b) * used.len() + a.max(b)];
                    }
                }
            }
            None => why_missing.iter_mut().for_each(|why| *why = why.or(Some(WhyMissing::NoStratumToAverage))),
        }
        let size = scores.len();
        for (i, why) in why_missing.iter_mut().enumerate() {
            if why.is_none() && !values[i * size + i].is_finite() {
                *why = Some(WhyMissing::Overflow);
            }
        }
        Ok(CovarianceMatrix { size, values, why_missing })
    }

    /// The upper triangle of the covariance matrix of statistics with these totals of scores, or `None` when there is no
    /// stratum to average.
    pub(crate) fn covariance_of_totals(&self, totals: UnitTotals) -> Result<Option<Vec<f64>>, Problem> {
        if totals.size == 0 {
            return Ok(Some(Vec::new()));
        }
        // Units of a joined stratum have fractions of their own, as Brewer's have: units without a row must be known.
        let everywhere = self.unequal_probability == UnequalProbability::Brewer
            || self.lonely_psu == LonelyPsu::Collapse
            || totals.scope == Scope::WholeDesign;
        let n_units = self.stages[self.n_active_stages() - 1].n_units();
        let totals = if everywhere { totals.over_all_units(n_units) } else { totals };
        Operator::new(self, totals).run()
    }

    /// The totals of the scores in each unit of the first stage, unit by unit.
    fn unit_totals(&self, scores: &[&Scores]) -> Vec<f64> {
        let mut totals = vec![0.0; self.n_psus() * scores.len()];
        for (j, one) in scores.iter().enumerate() {
            for (row, score) in one.iter() {
                totals[self.stages[0].unit_of_row[row] as usize * scores.len() + j] += score;
            }
        }
        totals
    }

    /// How many stages have a part in the variance: the first, and each below a stage with sampling fractions.
    pub(crate) fn n_active_stages(&self) -> usize {
        let below = self.stages.iter().take_while(|stage| stage.fraction_of_unit.is_some()).count();
        (below + 1).min(self.stages.len())
    }
}

/// One run of the operator: the units of all active stages that hold a part of the statistics, and their totals.
struct Operator<'a> {
    design: &'a EstimationDesign,
    /// Number of statistics.
    size: usize,
    /// One for each active stage, the first stage first.
    levels: Vec<Level>,
}

/// The units of one stage that have totals, ascending.
struct Level {
    units: Vec<u32>,
    /// Unit by unit.
    totals: Vec<f64>,
    /// Place of each unit's parent in the level above.
    above: Vec<usize>,
    /// Product of the fractions of all units above each unit.
    factor: Vec<f64>,
}

impl Level {
    fn totals(&self, at: usize, size: usize) -> &[f64] {
        &self.totals[at * size..][..size]
    }

    /// The neighbours in `range` that agree in `key`.
    fn groups<K: PartialEq>(range: Range<usize>, key: impl Fn(usize) -> K) -> Vec<Range<usize>> {
        let mut starts: Vec<usize> = range.clone().filter(|&at| at == range.start || key(at) != key(at - 1)).collect();
        starts.push(range.end);
        starts.windows(2).map(|pair| pair[0]..pair[1]).collect()
    }
}

impl<'a> Operator<'a> {
    fn new(design: &'a EstimationDesign, totals: UnitTotals) -> Self {
        let size = totals.size;
        let stages = &design.stages[..design.n_active_stages()];
        let mut levels =
            vec![Level { units: totals.units, totals: totals.values, above: Vec::new(), factor: Vec::new() }];
        for stage in stages[1..].iter().rev() {
            let Some(below) = levels.last_mut() else { break };
            let mut above = Level { units: Vec::new(), totals: Vec::new(), above: Vec::new(), factor: Vec::new() };
            for (at, &unit) in below.units.iter().enumerate() {
                let parent = stage.parent_of_unit[unit as usize];
                if above.units.last() != Some(&parent) {
                    above.units.push(parent);
                    above.totals.extend(std::iter::repeat_n(0.0, size));
                }
                let place = above.units.len() - 1;
                below.above.push(place);
                let sums = &mut above.totals[place * size..];
                sums.iter_mut().zip(below.totals(at, size)).for_each(|(sum, total)| *sum += total);
            }
            levels.push(above);
        }
        levels.reverse();
        levels[0].above = vec![0; levels[0].units.len()];
        levels[0].factor = vec![1.0; levels[0].units.len()];
        for number in 1..levels.len() {
            let (before, after) = levels.split_at_mut(number);
            let above = &before[number - 1];
            let of_parent = |&at: &usize| above.factor[at] * stages[number - 1].fraction(above.units[at] as usize);
            after[0].factor = after[0].above.iter().map(of_parent).collect();
        }
        Self { design, size, levels }
    }

    /// The upper triangle of the covariance matrix, or `None` when there is no stratum to average.
    fn run(&self) -> Result<Option<Vec<f64>>, Problem> {
        let mut sums = vec![0.0; self.size * self.size];
        for (number, level) in self.levels.iter().enumerate() {
            for siblings in Level::groups(0..level.units.len(), |at| level.above[at]) {
                let factor = level.factor[siblings.start];
                if factor == 0.0 {
                    continue;
                }
                let Some(part) = self.siblings(number, siblings)? else { return Ok(None) };
                sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += factor * part);
            }
        }
        Ok(Some(sums))
    }

    /// The sum over the strata of one parent unit.
    fn siblings(&self, number: usize, siblings: Range<usize>) -> Result<Option<Vec<f64>>, Problem> {
        let (stage, level) = (&self.design.stages[number], &self.levels[number]);
        let stratum_of = |at: usize| stage.stratum_of_unit[level.units[at] as usize] as usize;
        let strata = Level::groups(siblings, stratum_of);
        let centre = self.centre(number, &strata);
        let mut sums = vec![0.0; self.size * self.size];
        let mut n_usable = 0;
        for there in &strata {
            n_usable += usize::from(self.stratum(number, there.clone(), &centre, &mut sums)?);
        }
        if n_usable == 0 && !strata.is_empty() {
            return Ok(None);
        }
        if n_usable < strata.len() {
            let scale = strata.len() as f64 / n_usable as f64;
            sums.iter_mut().for_each(|sum| *sum *= scale);
        }
        Ok(Some(sums))
    }

    /// The mean total of all units of these strata, for the rule `adjust`.
    fn centre(&self, number: usize, strata: &[Range<usize>]) -> Vec<f64> {
        let mut centre = vec![0.0; self.size];
        if self.design.lonely_psu != LonelyPsu::Adjust {
            return centre;
        }
        let (stage, level) = (&self.design.stages[number], &self.levels[number]);
        let mut n_units = 0;
        for there in strata {
            n_units += stage.n_units_of_stratum(stage.stratum_of_unit[level.units[there.start] as usize] as usize);
            for at in there.clone() {
                centre.iter_mut().zip(level.totals(at, self.size)).for_each(|(sum, total)| *sum += total);
            }
        }
        centre.iter_mut().for_each(|sum| *sum /= n_units.max(1) as f64);
        centre
    }
}

/// The problem of a stratum with one sampled unit under the rule `fail`.
pub(crate) fn lonely(stage: &Stage, number: usize, stratum: usize) -> Problem {
    let row = stage.row_of_unit[stage.first_unit_of_stratum[stratum] as usize] as usize + 2;
    let label = stage.lonely_labels.get(&(stratum as u32)).map_or("", String::as_str);
    let stage = number + 1;
    Problem::new(
        "lonely_psu",
        format!("tầng «{label}» ở giai đoạn {stage} chỉ có một đơn vị trong mẫu nên không tính được phương sai"),
        format!("stratum \"{label}\" at stage {stage} has only one sampled unit, so there is no variance"),
    )
    .at(Place::row(row))
    .expected((
        "ít nhất 2 đơn vị trong mỗi tầng, hoặc một quy tắc cho PSU đơn độc",
        "at least 2 units in each stratum, or a rule for lonely PSUs",
    ))
    .hint(
        "chọn quy tắc lonely_psu: remove, certainty, adjust hoặc average; hoặc gộp tầng này với một tầng giống nó",
        "choose a lonely_psu rule: remove, certainty, adjust or average; or merge the stratum with a similar one",
    )
}
