//! The jackknife: one unit left out in turn.

use problem::{Place, Problem, Problems};

use super::ReplicateWeights;
use super::groups::Groups;
use super::weights::too_many;
use crate::{DesignColumns, EstimationDesign};

/// JK1: every PSU left out in turn, in a design without strata.
///
/// # Formula
/// Replicate r leaves out PSU r: factor 0 there, `n/(n−1)` elsewhere; scale `(1−f)(n−1)/n`.
///
/// # Source
/// Wolter (2007), *Introduction to Variance Estimation*, §4.2; R `survey::jk1weights`.
///
/// # Limits
/// Inconsistent for quantiles (Wolter 2007, §4.2.4): take a bootstrap. Exactly the Taylor variance for totals.
pub(super) fn jk1(design: &EstimationDesign, columns: &DesignColumns<'_>) -> Result<ReplicateWeights, Problems> {
    let groups = Groups::of(design, columns)?;
    if groups.groups.len() != 1 {
        return Err(Problem::new(
            "replicates_strata",
            "JK1 dành cho thiết kế không phân tầng",
            "JK1 is for a design without strata",
        )
        .at(Place::column("strata"))
        .expected(("một nhóm PSU được lấy lại cùng nhau", "one group of PSUs that are resampled together"))
        .got(groups.groups.len().to_string())
        .hint("dùng JKn", "take JKn")
        .into());
    }
    let mut made = delete_one(design, groups)?;
    made.scale = made.rscales.first().copied().unwrap_or(0.0);
    made.rscales.fill(1.0);
    Ok(made)
}

/// `JKn`: every PSU left out in turn, by strata.
///
/// # Formula
/// Replicate hi: factor 0 on PSU i of stratum h, `n_h/(n_h−1)` on the others of h, 1 elsewhere; its rscale `(1−f_h)(n_h−1)/n_h`.
///
/// # Source
/// Rust and Rao (1996), Stat. Methods Med. Res. 5, 283–310; R `survey::jknweights`.
///
/// # Limits
/// As JK1. Squares are taken around the mean of all replicates unless asked otherwise, as in R.
pub(super) fn jkn(design: &EstimationDesign, columns: &DesignColumns<'_>) -> Result<ReplicateWeights, Problems> {
    Ok(delete_one(design, Groups::of(design, columns)?)?)
}

fn delete_one(design: &EstimationDesign, groups: Groups) -> Result<ReplicateWeights, Problem> {
    let n_replicates: usize = groups.groups.iter().map(|group| group.units.len()).sum();
    if n_replicates == 0 {
        return Err(nothing_to_resample());
    }
    too_many(groups.n_units, n_replicates)?;
    let mut factors = vec![1.0; groups.n_units * n_replicates];
    let mut rscales = Vec::with_capacity(n_replicates);
    for group in &groups.groups {
        let n = group.units.len() as f64;
        for &left_out in &group.units {
            for &unit in &group.units {
                factors[unit * n_replicates + rscales.len()] = if unit == left_out { 0.0 } else { n / (n - 1.0) };
            }
            rscales.push((1.0 - group.fraction) * (n - 1.0) / n);
        }
    }
    Ok(ReplicateWeights::of_units(&design.weights, groups.unit_of_row, factors, 1.0, rscales))
}

/// Every stratum was taken completely, or holds one unit that the lonely-PSU rule leaves out.
pub(super) fn nothing_to_resample() -> Problem {
    Problem::new(
        "replicates_nothing",
        "không có tầng nào có từ hai đơn vị trở lên để lặp lại mẫu",
        "there is no stratum with two or more units to resample",
    )
    .hint(
        "mọi đơn vị đều được chọn chắc chắn, hoặc mỗi tầng chỉ có một đơn vị",
        "all units were taken with certainty, or each stratum holds one",
    )
}
