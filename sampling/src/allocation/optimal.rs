//! Optimal allocation with costs.

use problem::Problems;

use super::{AllocationRequest, AllocationRule, AllocationStratum, check};

/// The score of optimal allocation: least variance for a given cost Σ cₕ nₕ, or least cost for a given variance.
///
/// # Formula
/// aₕ = Nₕ Sₕ/√cₕ.
///
/// # Source
/// Neyman (1934); Cochran (1977), §5.5.
///
/// # Limits
/// A linear cost without fixed part of each stratum. For a given *number* of units and unequal costs Neyman's allocation
/// has the smaller variance, and this one the smaller cost.
///
/// Checked: `allocation::proofs`: `equal_costs_make_the_optimum_neymans`, `no_cheaper_allocation_is_as_precise`.
#[must_use]
pub fn optimal_score(measure: f64, spread: f64, cost: f64) -> f64 {
    measure * spread / cost.sqrt()
}

/// The number of units that a budget (after fixed costs) pays for under optimal allocation, as a real number.
///
/// # Formula
/// n = C · Σ(Nₕ Sₕ/√cₕ) / Σ(Nₕ Sₕ √cₕ).
///
/// # Source
/// Cochran (1977), §5.5.
///
/// # Limits
/// Before bounds and whole numbers: round down, allocate and look at the cost.
///
/// # Errors
/// As [`super::allocate`] for the strata; a budget that is not above 0.
///
/// Checked: `allocation::proofs::a_budget_is_spent_exactly`.
pub fn total_for_budget(strata: &[AllocationStratum], budget: f64) -> Result<f64, Problems> {
    check::strata(AllocationRequest { rule: AllocationRule::Optimal, total: None, minimum: 1 }, strata)?;
    if !check::is_usable(budget) {
        return Err(check::bad_number("budget", "", Some(budget)).into());
    }
    let sum = |of: fn(f64, f64) -> f64| -> f64 {
        let spread = |stratum: &AllocationStratum| stratum.measure * stratum.spread.unwrap_or_default();
        strata.iter().map(|stratum| of(spread(stratum), stratum.cost.unwrap_or_default().sqrt())).sum()
    };
    Ok(budget * sum(|spread, root| spread / root) / sum(|spread, root| spread * root))
}
