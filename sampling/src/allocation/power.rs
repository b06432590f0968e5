//! Power allocation.

use crate::probability::{minus_ln_of_no, within};
use crate::selection::Odds;

/// The score of power allocation: similar precision for every stratum's own estimate (q = 0) up to Neyman's allocation
/// (q = 1 with X the total of the variable).
///
/// # Formula
/// aₕ = Xₕ^q · cvₕ with 0 ≤ q ≤ 1.
///
/// # Source
/// Bankier (1988), "Power allocations: determining sample sizes for subnational areas", *The American Statistician* 42,
/// 174–177.
///
/// # Limits
/// Minimises Σ (Xₕ^q CV(Ŷₕ))² without the finite population term of the bounds. X must be above 0. Where no CV is known it
/// is 1 for all strata. q other than 0, ½ and 1 goes through the program's own logarithm, so that every machine gives the
/// same last bit; X is at most 10¹⁵.
///
/// Checked: `allocation::proofs::real_numbers_are_those_of_the_reference`, `power_allocation_leads_from_equal_to_neyman`.
#[must_use]
pub fn power_score(measure: f64, power: f64, cv: f64) -> f64 {
    /// Above every X: x/SCALE is below 1, where the logarithm is negative.
    const SCALE: f64 = 1_125_899_906_842_624.0;
    // x^q of an x below 1.
    let raised_share = |share: f64| within(power * minus_ln_of_no(Odds { yes: 1.0 - share, no: share })).no;
    let raised = match power {
        0.0 => 1.0,
        0.5 => measure.sqrt(),
        1.0 => measure,
        _ => raised_share(measure / SCALE) / raised_share(1.0 / SCALE),
    };
    raised * cv
}
