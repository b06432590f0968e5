//! The median of answers that people round to a few values, with a linearized score a row.

use std::collections::BTreeMap;

use estimation::{EstimationDesign, Scores, mean};
use problem::Problem;

/// Standard errors to each side of one half over which the slope of the distribution function is taken.
const WINDOW: f64 = 2.0;

/// The median over the answerers, interpolated between the distinct answers, as a statistic.
///
/// # Formula
/// `v_1 < … < v_K` the distinct answers, `W_k` their weights, `W` the sum, `G(v_k) = (W_1 + … + W_{k−1} + W_k/2) / W`, linear
/// between; `q = G⁻¹(1/2)`. With `g_i(q)` a row's own contribution to `G(q)`, the score is
/// `u_i = −s · w_i (g_i − 1/2) / W`, where `s` is the reciprocal slope of `G` over one half ± two standard errors of `Ĝ(q)`.
/// With all answers distinct this is the ordinary median and Woodruff's standard error.
///
/// # Source
/// Woodruff (1952), JASA 47, 635–646; Francisco and Fuller (1991), Annals of Statistics 19, 454–469 (linearization);
/// Hyndman and Fan (1996), definition 5 (the middle of each step).
///
/// # Limits
/// An ordinary median of rounded answers (5, 10, 15 minutes) jumps from one to the next and has no useful standard error;
/// the interpolated one moves smoothly, and can differ from the published one by less than the distance of two answers. If
/// all answers are the same, the standard error is 0.
///
/// # Errors
/// Those of [`estimation::mean`] and of the variance (a lonely PSU under the rule `fail`).
///
/// # Proofs
/// `a_median_of_distinct_answers_is_the_ordinary_one_with_woodruffs_error`, `a_median_of_rounded_answers_by_hand`,
/// `intervals_of_a_median_of_rounded_answers_hold_the_truth_about_as_often_as_they_say`.
pub(super) fn interpolated_median(
    design: &EstimationDesign,
    answers: &[f64],
    domain: Option<&[bool]>,
) -> Result<Scores, Problem> {
    let all = mean(design, answers, domain)?;
    if all.estimate().is_none() {
        return Ok(all);
    }
    let distribution = Distribution::of(design, answers, domain);
    if distribution.values.len() < 2 {
        return Ok(all);
    }
    let middle = distribution.quantile(0.5);
    let below: Vec<f64> = answers.iter().map(|answer| distribution.contribution(middle, *answer)).collect();
    let share = mean(design, &below, domain)?;
    let at = share.estimate().unwrap_or(0.5);
    let error = design.covariance(&[&share])?.standard_error(0).unwrap_or(0.0);
    let slowness = distribution.reciprocal_slope(at - WINDOW * error, at + WINDOW * error, middle);
    Scores::linear_combination("median", middle + slowness * at, &[(-slowness, &share)])
}

/// Distinct answers with the middle of their steps in the weighted distribution function.
struct Distribution {
    values: Vec<f64>,
    middles: Vec<f64>,
}

impl Distribution {
    fn of(design: &EstimationDesign, answers: &[f64], domain: Option<&[bool]>) -> Self {
        let inside = |row: usize| domain.is_none_or(|domain| domain[row]);
        // The bits of a number that is not negative stand in the order of the numbers; others are turned around.
        let key = |value: f64| if value.is_sign_negative() { !value.to_bits() } else { value.to_bits() | 1 << 63 };
        let mut steps: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
        for (row, (&answer, &weight)) in answers.iter().zip(design.weights()).enumerate() {
            if !answer.is_nan() && weight > 0.0 && inside(row) {
                // 0.0 and -0.0 are one answer.
                let answer = answer + 0.0;
                steps.entry(key(answer)).or_insert((answer, 0.0)).1 += weight;
            }
        }
        let total: f64 = steps.values().map(|step| step.1).sum();
        let mut before = 0.0;
        let mut middles = Vec::new();
        for (_, weight) in steps.values() {
            middles.push((before + weight / 2.0) / total);
            before += weight;
        }
        Self { values: steps.values().map(|step| step.0).collect(), middles }
    }

    /// The segment between two distinct answers in which a share lies.
    fn segment(&self, share: f64) -> usize {
        self.middles.partition_point(|middle| *middle <= share).clamp(1, self.values.len() - 1) - 1
    }

    /// The answer at a share, constant beyond the first and the last.
    fn quantile(&self, share: f64) -> f64 {
        let at = self.segment(share);
        let (low, high) = (self.middles[at], self.middles[at + 1]);
        let part = ((share - low) / (high - low)).clamp(0.0, 1.0);
        self.values[at] + part * (self.values[at + 1] - self.values[at])
    }

    /// What one answer contributes to the interpolated distribution function at `q`.
    fn contribution(&self, q: f64, answer: f64) -> f64 {
        if answer.is_nan() {
            return f64::NAN;
        }
        let at = self.values.partition_point(|value| *value <= q).clamp(1, self.values.len() - 1) - 1;
        let (low, high) = (self.values[at], self.values[at + 1]);
        let part = ((q - low) / (high - low)).clamp(0.0, 1.0);
        if answer < low {
            1.0
        } else if answer == low {
            f64::midpoint(1.0, part)
        } else if answer == high {
            part / 2.0
        } else {
            0.0
        }
    }

    /// Change of the answer for a change of the share, over a window within the distribution.
    fn reciprocal_slope(&self, low: f64, high: f64, middle: f64) -> f64 {
        let last = self.middles.len() - 1;
        let (low, high) = (low.max(self.middles[0]), high.min(self.middles[last]));
        if high - low > 1e-9 {
            return (self.quantile(high) - self.quantile(low)) / (high - low);
        }
        // A window without width: no variation between PSUs; the slope of the segment itself.
        let at = self.values.partition_point(|value| *value <= middle).clamp(1, last) - 1;
        (self.values[at + 1] - self.values[at]) / (self.middles[at + 1] - self.middles[at])
    }
}
