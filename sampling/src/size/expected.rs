//! From a sample to the interval that it can be expected to give.

use problem::Problems;
use serde::Serialize;

use super::checks::Checks;
use super::quantile::quantile;
use super::{Population, Quantity};

/// An estimate that is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedEstimate {
    /// What is estimated.
    pub quantity: Quantity,
    /// Number of interviews.
    pub n: f64,
    /// Design effect.
    pub deff: f64,
    /// PSUs minus strata for Student's t; `None` for the normal distribution.
    pub degrees_of_freedom: Option<u64>,
    /// Confidence level, such as 0.95.
    pub level: f64,
    /// The finite population, when it is small enough to matter.
    pub population: Option<Population>,
}

/// The two ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// The interval to be expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ExpectedInterval {
    /// Interviews of a simple random sample of the same precision, n/deff.
    pub n_effective: f64,
    /// Standard error.
    pub standard_error: f64,
    /// Standard error over estimate; none for an estimate of zero.
    pub cv: Option<f64>,
    /// The quantile in use.
    pub quantile: f64,
    /// Half the width of estimate ± quantile·SE.
    pub half_width: f64,
    /// Estimate ± quantile·SE; can leave 0 … 1 for a proportion.
    pub plain: Limits,
    /// On the scale log(p/(1 − p)): honest near 0 and 1. Proportions only.
    pub logit: Option<Limits>,
    /// Wilson's limits. Proportions only.
    pub wilson: Option<Limits>,
}

/// The interval that a planned estimate will have, if the assumptions hold.
///
/// # Formula
/// SE² = deff·S²/n, times 1 − n/N or (N − n)/(N − 1) with a finite population; q the quantile at (1 + level)/2. Plain:
/// θ ± q·SE. Logit: logit p ± q·SE/(p(1 − p)), transformed back. Wilson: (p + k/2 ± √(k p(1 − p) + k²/4))/(1 + k) with
/// k = q²/n*, n* = p(1 − p)/SE².
///
/// # Source
/// Cochran (1977), §3.2 and §4.4; Wilson (1927), *JASA* 22, 209–212, with the effective size as in Dean and Pagano
/// (2015), *Journal of Survey Statistics and Methodology* 3, 484–503; logit: Korn and Graubard (1999), *Analysis of
/// Health Surveys*.
///
/// # Limits
/// Expected values: the width that a survey finds varies, with two degrees of freedom by half and more.
///
/// # Errors
/// `size_out_of_range` for every argument outside its range, or n above N.
///
/// Proofs: `size::proofs::the_planning_table_of_the_province_is_reproduced`,
/// `size::proofs::limits_are_those_of_another_program`, `size::proofs::wilson_limits_solve_their_own_equation`,
/// `size::proofs::simulated_surveys_have_the_expected_standard_error`.
pub fn expected_interval(planned: &PlannedEstimate) -> Result<ExpectedInterval, Problems> {
    let mut checks = Checks::default();
    planned.quantity.check(&mut checks);
    checks.least("n", planned.n, 1.0);
    checks.positive("deff", planned.deff);
    checks.between("level", planned.level, 0.0, 1.0);
    if planned.degrees_of_freedom == Some(0) {
        checks.out_of_range("degrees_of_freedom", "≥ 1", 0.0);
    }
    if let Some(population) = planned.population {
        population.check(&mut checks);
        if population.size <= planned.n {
            checks.out_of_range("n", format!("< N = {}", population.size), planned.n);
        }
    }
    checks.into_result(())?;
    let value = planned.quantity.value();
    let factor = planned.population.map_or(1.0, |population| population.variance_factor(planned.n));
    let variance = planned.deff * planned.quantity.element_variance() / planned.n * factor;
    let standard_error = variance.sqrt();
    // The arguments were checked, so there is a quantile.
    let quantile = quantile((1.0 + planned.level) / 2.0, planned.degrees_of_freedom).unwrap_or(f64::NAN);
    let half_width = quantile * standard_error;
    let (logit, wilson) = match planned.quantity {
        Quantity::Proportion(p) => {
            (Some(logit_limits(p, half_width)), Some(wilson_limits(p, half_width * half_width / (p * (1.0 - p)))))
        }
        Quantity::Mean { .. } => (None, None),
    };
    let mut checks = Checks::default();
    checks.positive("half_width", half_width);
    checks.into_result(ExpectedInterval {
        n_effective: planned.n / planned.deff,
        standard_error,
        cv: (value != 0.0).then(|| standard_error / value.abs()),
        quantile,
        half_width,
        plain: Limits { lower: value - half_width, upper: value + half_width },
        logit,
        wilson,
    })
}

fn logit_limits(p: f64, half_width: f64) -> Limits {
    let centre = (p / (1.0 - p)).ln();
    let limit = |sign: f64| 1.0 / (1.0 + (-(centre + sign * half_width / (p * (1.0 - p)))).exp());
    Limits { lower: limit(-1.0), upper: limit(1.0) }
}

/// Wilson's limits around p with k = q²/n*: the two solutions x of (x − p)² = k·x(1 − x).
pub(super) fn wilson_limits(p: f64, k: f64) -> Limits {
    let centre = p + 0.5 * k;
    let reach = (k * p * (1.0 - p) + 0.25 * k * k).sqrt();
    Limits { lower: ((centre - reach) / (1.0 + k)).max(0.0), upper: ((centre + reach) / (1.0 + k)).min(1.0) }
}
