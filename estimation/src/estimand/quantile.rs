//! Quantiles of a weighted sample, and their intervals by inversion.

use problem::Problem;
use serde::{Deserialize, Serialize};

use super::{answered, mean_of_rows};
use crate::interval::{ProportionBasis, ProportionInterval, check_level, proportion_limits, t_quantile};
use crate::sum::Sum;
use crate::{EstimationDesign, UnequalProbability, WhyMissing};

/// Which point of the weighted distribution function is its quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantileRule {
    /// The smallest value at which the distribution function reaches `p`.
    Math,
    /// The same, but halfway to the next value where it meets `p` exactly.
    School,
    /// The rule of Shah and Vaish as R computes it; it depends on the scale of the weights. For comparison only.
    Shahvaish,
    /// Interpolation of the distribution function (Hyndman and Fan 1996, definition 4, with weights).
    Hf4,
    /// Definition 5: through the middle of each step.
    Hf5,
    /// Definition 6.
    Hf6,
    /// Definition 7: from the smallest value at 0 to the largest at 1.
    Hf7,
    /// Definition 8.
    Hf8,
    /// Definition 9.
    Hf9,
}

impl QuantileRule {
    /// Its name in requests and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Math => "math",
            Self::School => "school",
            Self::Shahvaish => "shahvaish",
            Self::Hf4 => "hf4",
            Self::Hf5 => "hf5",
            Self::Hf6 => "hf6",
            Self::Hf7 => "hf7",
            Self::Hf8 => "hf8",
            Self::Hf9 => "hf9",
        }
    }
}

/// The answers of a domain in order of size, with their cumulative weights: sorted once, asked often.
#[derive(Clone, Debug)]
pub struct SortedAnswers {
    /// Rows of all answers, ascending; also those with weight zero.
    rows: Vec<u32>,
    values: Vec<f64>,
    weights: Vec<f64>,
    cumulative: Vec<f64>,
}

/// A quantile with its interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quantile {
    /// The quantile.
    pub estimate: Option<f64>,
    /// Length of the interval over twice the quantile of Student's t.
    pub standard_error: Option<f64>,
    /// Lower limit; `None` where the limit of the proportion lies below 0.
    pub lower: Option<f64>,
    /// Upper limit; `None` where the limit of the proportion lies above 1.
    pub upper: Option<f64>,
    /// Degrees of freedom of the domain, which the interval uses.
    pub domain_degrees_of_freedom: usize,
    /// Unweighted number of answers.
    pub n: usize,
    /// Why the first missing of these numbers is missing.
    pub why_missing: Option<WhyMissing>,
}

impl SortedAnswers {
    /// Sorts the answers of `y` (`NaN` is no answer) in a domain.
    ///
    /// # Errors
    /// `scores_length`, `scores_infinite_value`.
    pub fn new(design: &EstimationDesign, y: &[f64], domain: Option<&[bool]>) -> Result<Self, Problem> {
        Ok(Self::of_rows(design, y, answered(design, "quantile", &[y], domain)?))
    }

    pub(crate) fn of_rows(design: &EstimationDesign, y: &[f64], rows: Vec<u32>) -> Self {
        let mut order: Vec<u32> = rows.iter().copied().filter(|&row| design.weights[row as usize] != 0.0).collect();
        order.sort_by(|&a, &b| y[a as usize].total_cmp(&y[b as usize]));
        let values = order.iter().map(|&row| y[row as usize]).collect();
        let weights: Vec<f64> = order.iter().map(|&row| design.weights[row as usize]).collect();
        let mut sum = Sum::default();
        let running = |weight: &f64| {
            sum.add(*weight);
            sum.value()
        };
        let cumulative = weights.iter().map(running).collect();
        Self { rows, values, weights, cumulative }
    }

    /// The answers of rows already in order of size, with any weights.
    pub(crate) fn of_sorted(y: &[f64], weights: &[f64], order: &[u32]) -> Self {
        let there = || order.iter().map(|&row| row as usize).filter(|&row| weights[row] != 0.0);
        let mut sum = Sum::default();
        let running = |row: usize| {
            sum.add(weights[row]);
            sum.value()
        };
        Self {
            rows: Vec::new(),
            values: there().map(|row| y[row]).collect(),
            weights: there().map(|row| weights[row]).collect(),
            cumulative: there().map(running).collect(),
        }
    }

    /// The `p`-quantile, or `None` when there are no answers with weight or `p` lies outside \[0, 1\].
    ///
    /// # Formula
    /// With the answers sorted, `C_k` their cumulative weights, `C_n` the sum, `F_k = C_k/C_n`. Math: `k` the largest index with
    /// `C_k ≤ p C_n`; `x_k` if `F_k ≥ p`, else `x_{k+1}`. School: the average of `x_k` and `x_{k+1}` if `F_k = p`. Hf4 interpolates `x`
    /// linearly over `F_k`; hf5 over `(C_k − w_k/2)/C_n`; hf6 over `C_k/(C_n + w_n)`; hf7 over `C_{k−1}/C_{n−1}`; hf8 over
    /// `(C_{k−1}/3 + 2C_k/3)/(C_n + w_n/3)`; hf9 over `(3C_{k−1}/8 + 5C_k/8)/(C_n + w_n/4)`; constant beyond the ends.
    ///
    /// # Source
    /// Hyndman and Fan (1996), The American Statistician 50, 361–365; R `survey::svyquantile` 4.5, vignette `qrule`.
    #[must_use]
    pub fn quantile(&self, p: f64, rule: QuantileRule) -> Option<f64> {
        let last = self.values.len().checked_sub(1)?;
        if !(0.0..=1.0).contains(&p) {
            return None;
        }
        if last == 0 {
            return Some(self.values[0]);
        }
        let total = self.cumulative[last];
        let before = |k: usize| if k == 0 { 0.0 } else { self.cumulative[k - 1] };
        let value = match rule {
            QuantileRule::Math | QuantileRule::School | QuantileRule::Hf4 => self.by_steps(p, rule),
            QuantileRule::Hf5 => self.interpolate(p, |k| (self.cumulative[k] - self.weights[k] / 2.0) / total),
            QuantileRule::Hf6 => self.interpolate(p, |k| self.cumulative[k] / (total + self.weights[last])),
            QuantileRule::Hf7 => self.interpolate(p, |k| before(k) / self.cumulative[last - 1]),
            QuantileRule::Hf8 => self.interpolate(p, |k| {
                (before(k) / 3.0 + self.cumulative[k] * 2.0 / 3.0) / (total + self.weights[last] / 3.0)
            }),
            QuantileRule::Hf9 => self.interpolate(p, |k| {
                (before(k) * 3.0 / 8.0 + self.cumulative[k] * 5.0 / 8.0) / (total + self.weights[last] / 4.0)
            }),
            QuantileRule::Shahvaish => self.shah_vaish(p),
        };
        Some(value).filter(|value| value.is_finite())
    }

    fn by_steps(&self, p: f64, rule: QuantileRule) -> f64 {
        let last = self.values.len() - 1;
        let total = self.cumulative[last];
        let at = self.cumulative.partition_point(|&cumulative| cumulative <= p * total).saturating_sub(1);
        let next = (at + 1).min(last);
        let (below, above) = (p - self.cumulative[at] / total, self.cumulative[next] / total - p);
        match rule {
            QuantileRule::Hf4 if below > 0.0 && next > at => {
                let share = below / (below + above);
                self.values[at] * (1.0 - share) + self.values[next] * share
            }
            QuantileRule::School if below == 0.0 => 0.5 * (self.values[at] + self.values[next]),
            _ if below <= 0.0 => self.values[at],
            _ => self.values[next],
        }
    }

    /// Linear interpolation of the values over increasing positions, constant beyond the ends.
    fn interpolate(&self, p: f64, position: impl Fn(usize) -> f64) -> f64 {
        let last = self.values.len() - 1;
        let (mut low, mut high) = (0, last);
        if p <= position(low) {
            return self.values[low];
        }
        if p >= position(high) {
            return self.values[high];
        }
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if p < position(middle) { high = middle } else { low = middle }
        }
        let (from, to) = (position(low), position(high));
        self.values[low] + (self.values[high] - self.values[low]) * ((p - from) / (to - from))
    }

    /// `(S_k + 1/2 − w_k/2)/(n+1)`, `S` the cumulative weights of average 1; `w_k` in its own scale, as R has it. These positions
    /// need not increase, so they are sorted; the quantile is the last value at or below `p`.
    fn shah_vaish(&self, p: f64) -> f64 {
        let n = self.values.len() as f64;
        let mean = self.cumulative[self.values.len() - 1] / n;
        let position = |k: usize| (self.cumulative[k] / mean + 0.5 - self.weights[k] / 2.0) / (n + 1.0);
        let mut places: Vec<(f64, f64)> =
            self.values.iter().enumerate().map(|(k, &value)| (position(k), value)).collect();
        places.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = places.partition_point(|place| place.0 <= p).saturating_sub(1);
        places[at].1
    }

    /// The `p`-quantile with Woodruff's interval.
    ///
    /// # Formula
    /// `q` the quantile, `F̂` the estimated proportion of answers ≤ `q` with its design-based limits; both limits are inverted by
    /// the same rule as the estimate. `SE = (upper − lower)/(2t)`, degrees of freedom of the domain.
    ///
    /// # Source
    /// Woodruff (1952), JASA 47, 635–646; R `survey::svyquantile`.
    ///
    /// # Limits
    /// No limit where that of the proportion leaves \[0, 1\]. With few distinct values the limits jump between them.
    ///
    /// # Errors
    /// `interval_level`; those of [`EstimationDesign::covariance`].
    ///
    /// Checked: `tests/against_r.rs`, `tests/quantiles.rs`.
    pub fn woodruff(
        &self,
        design: &EstimationDesign,
        y: &[f64],
        p: f64,
        rule: QuantileRule,
        interval: ProportionInterval,
        level: f64,
    ) -> Result<Quantile, Problem> {
        check_level(level)?;
        let domain_degrees_of_freedom = design.degrees_of_freedom_of(self.rows.iter().map(|&row| row as usize));
        let missing = |why| Quantile {
            estimate: None,
            standard_error: None,
            lower: None,
            upper: None,
            domain_degrees_of_freedom,
            n: self.values.len(),
            why_missing: Some(why),
        };
        let Some(estimate) = self.quantile(p, rule) else {
            return Ok(missing(if self.rows.is_empty() { WhyMissing::NoAnswers } else { WhyMissing::NoWeight }));
        };
        let below = |row: usize| f64::from(u8::from(y[row] <= estimate));
        let share = mean_of_rows(design, "share", self.rows.clone(), below);
        let covariance = design.covariance(&[&share])?;
        let (Some(at), Some(standard_error)) = (share.estimate(), covariance.standard_error(0)) else {
            let why = covariance.why_missing(0).unwrap_or(WhyMissing::NoWeight);
            return Ok(Quantile { estimate: Some(estimate), ..missing(why) });
        };
        let whole = design.unequal_probability == UnequalProbability::Brewer;
        let n_rows = if whole { design.n_rows } else { self.rows.len() };
        let basis =
            ProportionBasis { estimate: at, standard_error, n_rows, degrees_of_freedom: domain_degrees_of_freedom };
        let (lower, upper) = proportion_limits(&basis, level, interval);
        let invert = |limit: Option<f64>| limit.and_then(|limit| self.quantile(limit, rule));
        let (lower, upper) = (invert(lower.filter(|&limit| limit >= 0.0)), invert(upper.filter(|&limit| limit <= 1.0)));
        let t = t_quantile((1.0 + level) / 2.0, domain_degrees_of_freedom as f64);
        let se = lower.zip(upper).zip(t).map(|((lower, upper), t)| (upper - lower) / (2.0 * t));
        let why_missing = match t {
            None => Some(WhyMissing::NoDegreesOfFreedom),
            Some(_) => se.is_none().then_some(WhyMissing::LimitOutside),
        };
        Ok(Quantile {
            estimate: Some(estimate),
            standard_error: se,
            lower,
            upper,
            why_missing,
            ..missing(WhyMissing::NoAnswers)
        })
    }
}
