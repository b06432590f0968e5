//! From a wanted precision to a number of people.

use problem::{Problem, Problems};

use super::checks::Checks;
use super::quantile::{normal_quantile, t_quantile};
use super::{Population, PopulationCorrection, Quantity};

/// How precise the estimate should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Precision {
    /// Half the width of the confidence interval, in the units of the estimate (0.03 is three percentage points).
    HalfWidth(f64),
    /// Standard error over estimate.
    CoefficientOfVariation(f64),
}

/// What a sample is wanted for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SizeRequest {
    /// What is estimated.
    pub quantity: Quantity,
    /// How precisely.
    pub precision: Precision,
    /// Confidence level of the interval, such as 0.95.
    pub level: f64,
    /// Design effect.
    pub deff: f64,
    /// Number of people, when it is small enough to matter.
    pub population: Option<f64>,
    /// Expected response rate among those eligible.
    pub response: f64,
    /// Expected share of the drawn who are eligible.
    pub eligibility: f64,
}

/// Sizes, not rounded: see [`super::whole`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequiredSize {
    /// Interviews for an infinite population.
    pub n_infinite: f64,
    /// Interviews with the correction [`PopulationCorrection::CochranMinusOne`].
    pub n_fpc_cochran_minus1: f64,
    /// Interviews with the correction [`PopulationCorrection::Plain`].
    pub n_fpc_plain: f64,
    /// Units to draw: interviews (plain correction) over response rate and eligibility.
    pub gross: f64,
    /// The same from the other correction.
    pub gross_cochran_minus1: f64,
}

/// How many interviews a precision takes, and how many units must be drawn for them.
///
/// # Formula
/// Half-width e: n₀ = deff·(z/e)²·S². Coefficient of variation c: n₀ = deff·S²/(c·θ)². S² = p(1 − p) for a proportion.
/// Finite population: n = n₀/(1 + n₀/N), or n₀/(1 + (n₀ − 1)/N). Gross: n/(response·eligibility).
///
/// # Source
/// Cochran (1977), *Sampling Techniques*, §4.4 (proportions) and §4.6 (means); Valliant, Dever and Kreuter (2018), ch.
/// 3; Kish (1965), §8.2 (deff).
///
/// # Limits
/// Normal theory: with few clusters the interval is wider ([`required_clusters`]); near 0 and 1 see the logit limits of
/// [`super::expected_interval`]. The design effect is applied before the finite population.
///
/// # Errors
/// `size_out_of_range` for every argument outside its range.
///
/// Proofs: `size::proofs::sizes_are_those_of_the_reference_table`,
/// `size::proofs::published_examples_of_required_sizes`, `size::proofs::size_to_precision_and_back_is_the_same_size`.
pub fn required_size(request: &SizeRequest) -> Result<RequiredSize, Problems> {
    let mut checks = Checks::default();
    request.quantity.check(&mut checks);
    checks.between("level", request.level, 0.0, 1.0);
    checks.positive("deff", request.deff);
    checks.share("response", request.response);
    checks.share("eligibility", request.eligibility);
    match request.precision {
        Precision::HalfWidth(half_width) => checks.positive("half_width", half_width),
        Precision::CoefficientOfVariation(cv) => {
            checks.positive("cv", cv);
            if request.quantity.value() == 0.0 {
                checks.out_of_range("mean", "≠ 0", 0.0);
            }
        }
    }
    if let Some(size) = request.population {
        Population { size, correction: PopulationCorrection::Plain }.check(&mut checks);
    }
    checks.into_result(())?;
    let unit_error = match request.precision {
        Precision::HalfWidth(half_width) => normal_quantile((1.0 + request.level) / 2.0).map(|z| half_width / z),
        Precision::CoefficientOfVariation(cv) => Some(cv * request.quantity.value().abs()),
    };
    let n_infinite =
        unit_error.map_or(f64::NAN, |error| request.deff * request.quantity.element_variance() / (error * error));
    let corrected = |correction| {
        request.population.map_or(n_infinite, |size| Population { size, correction }.corrected(n_infinite))
    };
    let (plain, cochran) = (corrected(PopulationCorrection::Plain), corrected(PopulationCorrection::CochranMinusOne));
    let fielded = request.response * request.eligibility;
    let size = RequiredSize {
        n_infinite,
        n_fpc_cochran_minus1: cochran,
        n_fpc_plain: plain,
        gross: plain / fielded,
        gross_cochran_minus1: cochran / fielded,
    };
    let mut checks = Checks::default();
    if !(size.n_infinite > 0.0 && size.gross.is_finite() && size.gross_cochran_minus1.is_finite()) {
        checks.out_of_range("n", ("số hữu hạn lớn hơn 0", "a finite number above 0"), size.n_infinite);
    }
    checks.into_result(size)
}

/// A sample of clusters of equal size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clusters {
    /// Interviews in each.
    pub cluster_size: f64,
    /// Design effect of such clusters.
    pub deff: f64,
    /// Strata they are drawn from; each costs a degree of freedom.
    pub strata: u64,
}

/// More clusters than any survey has.
const CLUSTERS_MAX: u64 = 100_000_000;

/// The smallest number of clusters whose interval, with Student's t, is no wider than asked.
///
/// # Formula
/// The smallest m > H with t_{m−H}·√(deff·S²/(m·b)) ≤ e.
///
/// # Source
/// Korn and Graubard (1999), *Analysis of Health Surveys* (t with clusters minus strata); Cochran (1977), §4.4.
///
/// # Limits
/// No finite population correction: clusters count as drawn with replacement.
///
/// # Errors
/// `size_out_of_range`; `size_out_of_reach` when more than a hundred million clusters would be needed.
///
/// Proofs: `size::proofs::clusters_are_the_smallest_number_that_is_enough`.
pub fn required_clusters(quantity: Quantity, half_width: f64, level: f64, clusters: Clusters) -> Result<u64, Problems> {
    let mut checks = Checks::default();
    quantity.check(&mut checks);
    checks.positive("half_width", half_width);
    checks.between("level", level, 0.0, 1.0);
    checks.least("cluster_size", clusters.cluster_size, 1.0);
    checks.positive("deff", clusters.deff);
    if !(1..CLUSTERS_MAX).contains(&clusters.strata) {
        #[expect(clippy::cast_precision_loss, reason = "only told to people")]
        checks.out_of_range("strata", "≥ 1", clusters.strata as f64);
    }
    checks.into_result(())?;
    #[expect(clippy::cast_precision_loss, reason = "at most a hundred million")]
    let is_enough = |m: u64| {
        t_quantile((1.0 + level) / 2.0, m - clusters.strata).is_some_and(|t| {
            let n = m as f64 * clusters.cluster_size;
            t * (clusters.deff * quantity.element_variance() / n).sqrt() <= half_width
        })
    };
    let (mut too_few, mut enough) = (clusters.strata, clusters.strata + 1);
    while !is_enough(enough) {
        if enough >= CLUSTERS_MAX {
            return Err(Problem::new(
                "size_out_of_reach",
                "không có số cụm thực tế nào đạt độ chính xác này",
                "no practical number of clusters reaches this precision",
            )
            .into());
        }
        (too_few, enough) = (enough, (enough * 2).min(CLUSTERS_MAX));
    }
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if is_enough(middle) { enough = middle } else { too_few = middle }
    }
    Ok(enough)
}
