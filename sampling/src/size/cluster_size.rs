//! How many interviews in each cluster, when clusters and interviews cost money.

use problem::Problems;
use serde::Serialize;

use super::checks::Checks;

/// What fieldwork costs, in any one currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusterCosts {
    /// One more cluster: travel, listing, permission.
    pub per_cluster: f64,
    /// One more interview in a cluster.
    pub per_interview: f64,
}

/// The number of interviews a cluster that gives the smallest variance for any budget.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OptimalCluster {
    /// The optimum as the formula gives it.
    pub exact: f64,
    /// The best whole number.
    pub cluster_size: u64,
    /// Design effect with the whole number.
    pub deff: f64,
    /// Cost of one effective interview, deff·(C₁/b + C₂): what the whole number makes smallest.
    pub cost_per_effective_interview: f64,
}

/// The best number of interviews in each cluster.
///
/// # Formula
/// b = √(C₁/C₂ · (1 − ρ)/ρ) minimizes (1 + (b − 1)ρ)·(C₁/b + C₂), the variance at a fixed budget. Of the two whole
/// numbers beside it (at least 1) the one with the smaller value.
///
/// # Source
/// Cochran (1977), §10.6; Kish (1965), §8.3; Valliant, Dever and Kreuter (2018), ch. 9 (`PracTools::clusOpt2`).
///
/// # Limits
/// One level of clusters, equal sizes, linear costs; degrees of freedom are not part of it: few clusters cost more than
/// it says.
///
/// # Errors
/// `size_out_of_range` for costs that are not positive, or an intraclass correlation outside 0 … 1 (at 0 there is no
/// optimum: one cluster would do).
///
/// Proofs: `size::proofs::the_optimal_cluster_is_that_of_another_program`,
/// `size::proofs::no_other_cluster_size_is_cheaper`.
pub fn optimal_cluster_size(costs: ClusterCosts, intraclass_correlation: f64) -> Result<OptimalCluster, Problems> {
    let mut checks = Checks::default();
    checks.positive("cost_cluster", costs.per_cluster);
    checks.positive("cost_interview", costs.per_interview);
    checks.share("icc", intraclass_correlation);
    checks.into_result(())?;
    let rho = intraclass_correlation;
    let exact = (costs.per_cluster / costs.per_interview * (1.0 - rho) / rho).sqrt();
    let price = |b: f64| (1.0 + (b - 1.0) * rho) * (costs.per_cluster / b + costs.per_interview);
    let (below, above) = (exact.floor().max(1.0), exact.ceil().max(1.0));
    let best = if price(below) <= price(above) { below } else { above };
    Ok(OptimalCluster {
        exact,
        cluster_size: super::whole(best)?,
        deff: 1.0 + (best - 1.0) * rho,
        cost_per_effective_interview: price(best),
    })
}
