//! The answer document.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use problem::Words;

use super::further::Further;
use crate::distribution::t_two_sided;
use crate::domain::Label;
use crate::interval::{IntervalMethod, Quantiles, interval};
use crate::small_cells::SmallCell;
use crate::weighting::WeightStep;
use crate::{CovarianceMatrix, Estimate, EstimationDesign, LonelyPsu, ProportionInterval, QuantileRule, WhyMissing};

/// All estimates of a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// One entry an estimate: domains in order, and in each the variables (or categories) in order.
    pub estimates: Vec<Entry>,
    /// The covariance matrix of the estimates, in their order; `null` where one of them is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vcov: Option<Vec<Vec<Option<f64>>>>,
    /// The linear combinations that were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contrasts: Option<Vec<Contrast>>,
    /// Degrees of freedom of the whole design.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub df: Option<usize>,
    /// The weights in the order of the rows, where a request asks for them (`calibration`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<Vec<f64>>,
    /// What kinds other than estimates answer: tests, regressions, moments, tables of two variables.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub further: Option<Further>,
    /// What a reader must know beside the numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Words>,
    /// The design that all of them rest on.
    pub design: DesignSummary,
}

impl Answer {
    /// Estimates and nothing else.
    pub(super) fn of(estimates: Vec<Entry>, design: DesignSummary) -> Self {
        Self {
            estimates,
            vcov: None,
            contrasts: None,
            df: None,
            weights: None,
            further: None,
            notes: Vec::new(),
            design,
        }
    }
}

/// An estimate, in the shape of its kind.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// Of a mean, total, ratio or proportion.
    Estimate(Row),
    /// Of a quantile.
    Quantile(QuantileRow),
    /// Of any statistic by replicate weights, or by calibrated weights.
    Statistic(StatisticRow),
    /// Of a proportion by one kind of interval.
    Proportion(ProportionRow),
    /// Of a total by one variance estimator.
    PpsTotal(PpsRow),
}

/// One statistic, named by what it is: `mean`, `total`, `ratio`, `quantile(math rule)`, …
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatisticRow {
    /// Column and value that name the domain; `null` for everyone.
    #[serde(serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// The variable, `numerator/denominator`, or `variable@p`.
    pub name: String,
    /// What of it.
    pub stat: String,
    /// The estimate.
    pub est: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Unweighted number of answers.
    pub n: usize,
    /// Degrees of freedom: of the replicates, or of the whole design.
    pub df: usize,
    /// Interval by Student's t with `df`.
    pub ci_t: [Option<f64>; 2],
    /// Interval by the normal distribution.
    pub ci_z: [Option<f64>; 2],
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

/// A proportion with one kind of interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProportionRow {
    /// Column and value that name the domain; `null` for everyone.
    #[serde(serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// The variable.
    pub name: String,
    /// The value whose proportion it is.
    pub event: Label,
    /// The kind of interval asked for.
    pub method: ProportionInterval,
    /// The proportion.
    pub est: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Its interval.
    pub ci: [Option<f64>; 2],
    /// The level it holds.
    pub level: f64,
    /// The method that made it: `clopper_pearson` instead of the one asked for where the proportion is 0 or 1.
    pub made_by: ProportionInterval,
    /// The number of answers Clopper and Pearson's limits count with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_effective: Option<f64>,
    /// Unweighted number of answers.
    pub n: usize,
    /// Degrees of freedom of those who answered.
    pub df: usize,
    /// What a reader must know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Words>,
    /// Hidden or flagged as a small cell.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub small_cell: Option<SmallCell>,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

/// A total with its standard error by one estimator for unequal probabilities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PpsRow {
    /// The estimator.
    pub method: &'static str,
    /// The estimated variance, also where it is negative.
    pub variance: Option<f64>,
    /// Everything else.
    #[serde(flatten)]
    pub row: Row,
}

/// What must be said with every interval in the style of PAPI's files.
pub(super) fn papi_note() -> Words {
    Words::new(
        "khoảng ước lượng ± 1,645 × sai số chuẩn: tệp chính thức của PAPI in là 95 %, thực ra chỉ là khoảng 90 %",
        "estimate ± 1.645 × standard error: printed as 95 % by PAPI's official files, in truth a 90 % interval",
    )
}

/// One quantile by one rule with one kind of interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuantileRow {
    /// Column and value that name the domain; `null` for everyone.
    #[serde(serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// The variable.
    pub name: String,
    /// Which quantile, 0 to 1.
    pub p: f64,
    /// The rule.
    pub qrule: QuantileRule,
    /// The kind of interval for the proportion that is inverted.
    pub interval: ProportionInterval,
    /// The quantile.
    pub est: Option<f64>,
    /// Its interval.
    pub ci: [Option<f64>; 2],
    /// Length of the interval over twice the quantile of Student's t.
    pub se: Option<f64>,
    /// Unweighted number of answers.
    pub n: usize,
    /// Degrees of freedom of the whole design.
    pub df: usize,
    /// Degrees of freedom of the domain, which the interval uses.
    pub df_domain: usize,
    /// Hidden or flagged as a small cell.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub small_cell: Option<SmallCell>,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

/// What a reader must know of the design.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DesignSummary {
    /// Rows of the data.
    pub n_rows: usize,
    /// Sampled primary units.
    pub n_psus: usize,
    /// First-stage strata.
    pub n_strata: usize,
    /// The rule for strata with one sampled unit.
    pub lonely_psu: LonelyPsu,
    /// The steps its weights went through, each with its diagnosis.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub weighting: Vec<WeightStep>,
    /// The replicate weights that variances rest on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<ReplicateSummary>,
}

/// What a reader must know of replicate weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplicateSummary {
    /// How they were made, or what the request calls them.
    pub method: String,
    /// Number of replicates.
    pub n_replicates: usize,
    /// The factor of all replicates in the variance.
    pub scale: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// The seed they were drawn with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The generator, for those that were drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generator: Option<&'static str>,
}

impl DesignSummary {
    pub(super) fn of(design: &EstimationDesign) -> Self {
        Self {
            n_rows: design.n_rows(),
            n_psus: design.n_psus(),
            n_strata: design.n_strata(),
            lonely_psu: design.lonely_psu(),
            weighting: design.weighting().to_vec(),
            replicates: None,
        }
    }
}

/// One estimate, in the keys of the document. Missing numbers are `null`, with the reason in `why_missing`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Column and value that name the domain; `null` for everyone.
    #[serde(serialize_with = "domain")]
    pub domain: Vec<(String, Label)>,
    /// The variable, `factor(variable)category` or `numerator/denominator`.
    pub name: String,
    /// The estimate.
    pub est: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Unweighted number of answers.
    pub n: usize,
    /// Degrees of freedom of the whole design; `null` when there are no answers.
    pub df: Option<usize>,
    /// Degrees of freedom of the domain; `null` when there are no answers.
    pub df_domain: Option<usize>,
    /// Interval by Student's t with `df`.
    pub ci_t: [Option<f64>; 2],
    /// Interval by Student's t with `df_domain`.
    pub ci_t_domain: [Option<f64>; 2],
    /// Interval by the normal distribution.
    pub ci_z: [Option<f64>; 2],
    /// `est ± 1.645 · se`, when the style of PAPI's files is asked for: a 90 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_papi_90: Option<[Option<f64>; 2]>,
    /// Design effect, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deff: Option<Option<f64>>,
    /// Hidden or flagged as a small cell.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub small_cell: Option<SmallCell>,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

/// A linear combination of the estimates, with its test against zero.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contrast {
    /// Its name in the request.
    pub name: String,
    /// Its value.
    pub est: Option<f64>,
    /// Its standard error.
    pub se: Option<f64>,
    /// Degrees of freedom of the whole design.
    pub df: usize,
    /// Interval by Student's t with `df`.
    pub ci_t: [Option<f64>; 2],
    /// Interval by the normal distribution.
    pub ci_z: [Option<f64>; 2],
    /// `est ± 1.645 · se`, when the style of PAPI's files is asked for: a 90 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci_papi_90: Option<[Option<f64>; 2]>,
    /// Value over standard error.
    pub t: Option<f64>,
    /// Two-sided p value of `t` with `df`.
    pub p_t: Option<f64>,
    /// Why something is `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_missing: Option<WhyMissing>,
}

impl Contrast {
    /// The combination at place `at` of the matrix, tested against zero. The level was checked when the request was read.
    pub(super) fn new(
        name: &str,
        est: Option<f64>,
        (covariance, at): (&CovarianceMatrix, usize),
        df: usize,
        level: f64,
    ) -> Self {
        let se = covariance.standard_error(at);
        let t = est.zip(se).map(|(est, se)| est / se).filter(|t| t.is_finite());
        Self {
            name: name.to_owned(),
            est,
            se,
            df,
            ci_t: limits(est, se, level, IntervalMethod::T { degrees_of_freedom: df }),
            ci_z: limits(est, se, level, IntervalMethod::Normal),
            ci_papi_90: None,
            t,
            p_t: t.and_then(|t| t_two_sided(t, df as f64)),
            why_missing: covariance.why_missing(at),
        }
    }
}

pub(super) fn domain<S: Serializer>(labels: &[(String, Label)], serializer: S) -> Result<S::Ok, S::Error> {
    if labels.is_empty() {
        return serializer.serialize_none();
    }
    let mut map = serializer.serialize_map(Some(labels.len()))?;
    for (name, label) in labels {
        map.serialize_entry(name, label)?;
    }
    map.end()
}

/// The limits of an interval, or nothing where there is none. The level was checked when the request was read.
pub(super) fn limits(est: Option<f64>, se: Option<f64>, level: f64, method: IntervalMethod) -> [Option<f64>; 2] {
    let (Some(est), Some(se)) = (est, se) else { return [None, None] };
    match interval(est, se, level, method) {
        Ok(Some(interval)) => [Some(interval.lower), Some(interval.upper)],
        _ => [None, None],
    }
}

impl Row {
    /// The level was checked when the request was read; at another one there are no intervals.
    pub(super) fn new(domain: &[(String, Label)], estimate: &Estimate, level: f64) -> Self {
        Self::with(domain, estimate, Quantiles::new(level).ok().as_mut())
    }

    /// As [`Self::new`], with quantiles that are kept for the next row.
    pub(super) fn with(domain: &[(String, Label)], estimate: &Estimate, mut quantiles: Option<&mut Quantiles>) -> Self {
        let there = estimate.estimate.is_some();
        let mut of = |method| {
            let numbers = estimate.estimate.zip(estimate.standard_error).zip(quantiles.as_mut());
            let limits = numbers.and_then(|((est, se), quantiles)| quantiles.interval(est, se, method));
            limits.map_or([None, None], |interval| [Some(interval.lower), Some(interval.upper)])
        };
        Self {
            domain: domain.to_vec(),
            name: estimate.name.clone(),
            est: estimate.estimate,
            se: estimate.standard_error,
            n: estimate.n,
            df: there.then_some(estimate.degrees_of_freedom),
            df_domain: there.then_some(estimate.domain_degrees_of_freedom),
            ci_t: of(IntervalMethod::T { degrees_of_freedom: estimate.degrees_of_freedom }),
            ci_t_domain: of(IntervalMethod::T { degrees_of_freedom: estimate.domain_degrees_of_freedom }),
            ci_z: of(IntervalMethod::Normal),
            ci_papi_90: None,
            deff: None,
            small_cell: None,
            why_missing: estimate.why_missing,
        }
    }
}
