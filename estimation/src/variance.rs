//! The one variance operator: any scores, any design.

mod stratum;

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
    /// approximation). No other rule can tell the difference.
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
        let present: Vec<usize> = (0..scores.len()).filter(|&i| scores[i].value.is_ok()).collect();
        let used: Vec<&Scores> = present.iter().map(|&i| scores[i]).collect();
        let mut why_missing: Vec<Option<WhyMissing>> = scores.iter().map(|scores| scores.why_missing()).collect();
        let mut values = vec![0.0; scores.len() * scores.len()];
        let sums = match &self.joint {
            Some(joint) => Some(joint.covariance(&self.unit_totals(&used), used.len())),
            None => Operator::new(self, &used).run()?,
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

/// One run of the operator: the totals of all units of all active stages.
struct Operator<'a> {
    design: &'a EstimationDesign,
    /// Number of statistics.
    size: usize,
    /// For each stage the totals of its units, unit by unit.
    totals: Vec<Vec<f64>>,
    /// For each stage whether a unit exists for this run; empty: all do.
    exists: Vec<Vec<bool>>,
    /// For each stage the product of the fractions down to the unit.
    path: Vec<Vec<f64>>,
}

impl<'a> Operator<'a> {
    fn new(design: &'a EstimationDesign, scores: &[&Scores]) -> Self {
        let size = scores.len();
        let stages = &design.stages[..design.n_active_stages()];
        let mut totals: Vec<Vec<f64>> = stages.iter().map(|stage| vec![0.0; stage.n_units() * size]).collect();
        let last = stages.len() - 1;
        for (j, scores) in scores.iter().enumerate() {
            for (row, score) in scores.iter() {
                totals[last][stages[last].unit_of_row[row] as usize * size + j] += score;
            }
        }
        for stage in (1..stages.len()).rev() {
            let (above, below) = totals.split_at_mut(stage);
            for (unit, &parent) in stages[stage].parent_of_unit.iter().enumerate() {
                for j in 0..size {
                    above[stage - 1][parent as usize * size + j] += below[0][unit * size + j];
                }
            }
        }
        let mut path: Vec<Vec<f64>> = Vec::new();
        for stage in &stages[..last] {
            let factor = |unit: usize| path.last().map_or(1.0, |above| above[stage.parent_of_unit[unit] as usize]);
            let of_stage = (0..stage.n_units()).map(|unit| factor(unit) * stage.fraction(unit)).collect();
            path.push(of_stage);
        }
        Self { design, size, totals, exists: exists(design, stages, scores), path }
    }

    /// The upper triangle of the covariance matrix, or `None` when there is no stratum to average.
    fn run(&self) -> Result<Option<Vec<f64>>, Problem> {
        let mut sums = vec![0.0; self.size * self.size];
        if self.size == 0 {
            return Ok(Some(sums));
        }
        for number in 0..self.totals.len() {
            let stage = &self.design.stages[number];
            for parent in 0..stage.first_stratum_of_parent.len() - 1 {
                let factor = if number == 0 { 1.0 } else { self.path[number - 1][parent] };
                let there = number == 0 || self.exists.is_empty() || self.exists[number - 1][parent];
                if factor == 0.0 || !there {
                    continue;
                }
                let Some(part) = self.parent(number, parent)? else { return Ok(None) };
                sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += factor * part);
            }
        }
        Ok(Some(sums))
    }

    /// The sum over the strata of one parent unit.
    fn parent(&self, number: usize, parent: usize) -> Result<Option<Vec<f64>>, Problem> {
        let stage = &self.design.stages[number];
        let strata = stage.first_stratum_of_parent[parent]..stage.first_stratum_of_parent[parent + 1];
        let strata: Vec<usize> =
            strata.map(|stratum| stratum as usize).filter(|&stratum| self.n_existing(number, stratum) > 0).collect();
        let centre = self.centre(number, &strata);
        let mut sums = vec![0.0; self.size * self.size];
        let mut n_usable = 0;
        for &stratum in &strata {
            n_usable += usize::from(self.stratum(number, stratum, &centre, &mut sums)?);
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
    fn centre(&self, number: usize, strata: &[usize]) -> Vec<f64> {
        let mut centre = vec![0.0; self.size];
        if self.design.lonely_psu != LonelyPsu::Adjust {
            return centre;
        }
        let stage = &self.design.stages[number];
        let mut n_units = 0;
        for &stratum in strata {
            n_units += stage.n_units_of_stratum(stratum);
            for unit in units(stage, stratum) {
                let totals = &self.totals[number][unit * self.size..][..self.size];
                centre.iter_mut().zip(totals).for_each(|(sum, total)| *sum += total);
            }
        }
        centre.iter_mut().for_each(|sum| *sum /= n_units.max(1) as f64);
        centre
    }

    /// How many units of a stratum exist for this run.
    fn n_existing(&self, number: usize, stratum: usize) -> usize {
        let stage = &self.design.stages[number];
        match self.exists.get(number) {
            None => stage.n_units_of_stratum(stratum),
            Some(exists) => units(stage, stratum).filter(|&unit| exists[unit]).count(),
        }
    }
}

fn units(stage: &Stage, stratum: usize) -> std::ops::Range<usize> {
    stage.first_unit_of_stratum[stratum] as usize..stage.first_unit_of_stratum[stratum + 1] as usize
}

/// The units that hold a row of the scores, or nothing when the whole design counts.
fn exists(design: &EstimationDesign, stages: &[Stage], scores: &[&Scores]) -> Vec<Vec<bool>> {
    let Some(first) = scores.first() else { return Vec::new() };
    // Units of a joined stratum have fractions of their own, as Brewer's have: units without a row must be known.
    let whole = design.unequal_probability == UnequalProbability::Brewer
        || design.lonely_psu == LonelyPsu::Collapse
        || scores.iter().any(|scores| scores.scope == Scope::WholeDesign || scores.rows != first.rows);
    if whole {
        return Vec::new();
    }
    let of_stage = |stage: &Stage| {
        let mut exists = vec![false; stage.n_units()];
        first.rows.iter().for_each(|&row| exists[stage.unit_of_row[row as usize] as usize] = true);
        exists
    };
    stages.iter().map(of_stage).collect()
}

/// The problem of a stratum with one sampled unit under the rule `fail`.
fn lonely(stage: &Stage, number: usize, stratum: usize) -> Problem {
    let row = stage.row_of_unit[stage.first_unit_of_stratum[stratum] as usize] as usize + 2;
    let label = stage.lonely_labels.get(&(stratum as u32)).map_or("", String::as_str);
    let stage = number + 1;
    Problem::new(
        "lonely_psu",
        format!("tầng «{label}» ở giai đoạn {stage} chỉ có một đơn vị trong mẫu nên không tính được phương sai"),
        format!("stratum \"{label}\" at stage {stage} has only one sampled unit, so there is no variance"),
    )
    .at(Place::row(row))
    .expected("at least 2 units in each stratum, or a rule for lonely PSUs")
    .hint(
        "chọn quy tắc lonely_psu: remove, certainty, adjust hoặc average; hoặc gộp tầng này với một tầng giống nó",
        "choose a lonely_psu rule: remove, certainty, adjust or average; or merge the stratum with a similar one",
    )
}
