//! What a sample can say about a target, before it is drawn.

use problem::Problems;
use serde::Serialize;

use super::checks::Checks;
use super::expected::{PlannedEstimate, wilson_limits};
use super::quantile::normal_quantile;
use super::{Quantity, expected_interval};

/// Where "not enough evidence" begins and ends for one target.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TargetOutlook {
    /// The target.
    pub target: f64,
    /// The smallest estimate whose whole interval lies on or above the target.
    pub reached_from: f64,
    /// The largest estimate whose whole interval lies on or below the target.
    pub missed_up_to: f64,
    /// The wanted chance, such as 0.8.
    pub chance: f64,
    /// The true value from which "reached" is found with that chance.
    pub true_value_for_chance: f64,
}

/// What the estimate, and the truth, must be for a sample to show that a target is reached.
///
/// # Formula
/// The verdict reads θ̂ ± q·SE(θ̂). For a proportion SE² = θ̂(1 − θ̂)/n*, so the smallest estimate with θ̂ − q·SE(θ̂) ≥
/// T is Wilson's upper limit around T, and the largest with θ̂ + q·SE(θ̂) ≤ T the lower one. For a mean both are T ±
/// q·SE. The true value is the P with P − z·SE(P) = smallest estimate, z at the chance (normal distribution of the estimate).
///
/// # Source
/// Wilson (1927), *JASA* 22, 209–212: his limits are exactly the inversion used here.
///
/// # Limits
/// The design effect is taken as known, so the chance is that of an estimate beyond the bound; with few degrees of
/// freedom the width that is found varies besides.
///
/// # Errors
/// `size_out_of_range` for a target outside 0 … 1, a chance outside 0.5 … 1, and those of [`expected_interval`].
///
/// Proofs: `size::proofs::an_estimate_at_the_bound_has_an_interval_that_ends_on_the_target`,
/// `size::proofs::simulated_surveys_reach_the_target_as_often_as_stated`.
pub fn target_outlook(planned: &PlannedEstimate, target: f64, chance: f64) -> Result<TargetOutlook, Problems> {
    let mut checks = Checks::default();
    if !(0.5..1.0).contains(&chance) {
        checks.out_of_range("chance", "0.5 – 1", chance);
    }
    match planned.quantity {
        Quantity::Proportion(_) => checks.between("target", target, 0.0, 1.0),
        Quantity::Mean { .. } => checks.finite("target", target),
    }
    let interval = match expected_interval(planned) {
        Ok(interval) => interval,
        Err(problems) => {
            problems.into_iter().for_each(|problem| checks.push(problem));
            return checks.into_result(TargetOutlook::none());
        }
    };
    checks.into_result(())?;
    let z = normal_quantile(chance).unwrap_or(0.0);
    let (reached_from, missed_up_to, true_value_for_chance) = match planned.quantity {
        Quantity::Proportion(p) => {
            // SE² per p(1 − p): one over the effective size, finite population included.
            let per_unit = interval.standard_error * interval.standard_error / (p * (1.0 - p));
            let bounds = wilson_limits(target, interval.quantile * interval.quantile * per_unit);
            (bounds.upper, bounds.lower, wilson_limits(bounds.upper, z * z * per_unit).upper)
        }
        Quantity::Mean { .. } => {
            let reached_from = target + interval.half_width;
            (reached_from, target - interval.half_width, reached_from + z * interval.standard_error)
        }
    };
    Ok(TargetOutlook { target, reached_from, missed_up_to, chance, true_value_for_chance })
}

impl TargetOutlook {
    fn none() -> Self {
        Self { target: 0.0, reached_from: 0.0, missed_up_to: 0.0, chance: 0.0, true_value_for_chance: 0.0 }
    }
}
