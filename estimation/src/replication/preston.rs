//! Preston's multistage rescaled bootstrap.

use problem::Problems;

use super::ReplicateWeights;
use super::groups::{COMPLETE, check_lonely, label};
use super::jackknife::nothing_to_resample;
use super::weights::check_number;
use crate::stream::Stream;
use crate::{DesignColumns, EstimationDesign, UnequalProbability};
use problem::{Place, Problem};

/// Half samples without replacement at every stage, rescaled.
///
/// # Formula
/// At each stage, in each stratum whose parent was kept so far, `n* = ⌊n/2⌋` of the n units are kept (δ = 1). With F the product of the fractions
/// above, `λ = √(n* F (1−f)/(n−n*))`, the stage adds `s (−λ + λ (n/n*) δ)` to the factor, s the product of `√(n/n*) δ` over the stages above. The factor is 1
/// plus the sum over the stages. Scale `1/(R−1)`.
///
/// # Source
/// Preston (2009), Rescaled bootstrap for stratified multistage sampling, Survey Methodology 35, 227–234; R `survey::mrbweights`.
///
/// # Limits
/// One fraction in a stratum. Strata taken completely, and single units that the lonely-PSU rule takes as such, are kept whole, so that their
/// lower stages stay in the variance (R keeps half of them, and none of a single unit).
pub(super) fn preston(
    design: &EstimationDesign,
    columns: &DesignColumns<'_>,
    n_replicates: usize,
    seed: u64,
) -> Result<ReplicateWeights, Problems> {
    if design.unequal_probability == UnequalProbability::Brewer {
        return Err(Problem::new(
            "replicates_unequal",
            "phương pháp Preston không dùng được khi mỗi đơn vị có xác suất chọn riêng",
            "Preston's method does not apply where each unit has its own inclusion probability",
        )
        .at(Place::column("pps"))
        .hint("dùng rao_wu_yue_beaumont", "take rao_wu_yue_beaumont")
        .into());
    }
    let n_stages = design.n_active_stages();
    let last = &design.stages[n_stages - 1];
    check_number(n_replicates, last.n_units())?;
    // For each unit of the stage above: the sum so far, the scale of what follows (0: not kept), and the product of fractions.
    let mut sums = vec![1.0; n_replicates];
    let mut scales = vec![1.0; n_replicates];
    let mut fractions = vec![1.0];
    let mut drawn = false;
    for (number, stage) in design.stages[..n_stages].iter().enumerate() {
        let mut new_sums = vec![0.0; stage.n_units() * n_replicates];
        let mut new_scales = vec![0.0; stage.n_units() * n_replicates];
        let mut new_fractions = vec![0.0; stage.n_units()];
        for stratum in 0..stage.n_strata() {
            let first = stage.first_unit_of_stratum[stratum] as usize;
            let n = stage.n_units_of_stratum(stratum);
            let parent = stage.parent_of_unit[first] as usize;
            let fraction = stage.fraction(first);
            let whole = 1.0 - fraction < COMPLETE;
            if n == 1 && !whole {
                check_lonely(design, number, stratum)?;
            }
            new_fractions[first..first + n].fill(fractions[parent] * fraction);
            let half = n / 2;
            let lambda = (half as f64 * fractions[parent] * (1.0 - fraction) / (n - half) as f64).sqrt();
            let up = n as f64 / half as f64;
            let mut stream = Stream::new(seed, "preston", &label(columns, stage, number, stratum));
            for replicate in 0..n_replicates {
                let (sum, scale) = (sums[parent * n_replicates + replicate], scales[parent * n_replicates + replicate]);
                let kept = if whole || n == 1 { vec![true; n] } else { stream.without_replacement(n, half) };
                drawn |= !(whole || n == 1);
                for (unit, kept) in (first..first + n).zip(kept) {
                    let at = unit * n_replicates + replicate;
                    if whole || n == 1 {
                        (new_sums[at], new_scales[at]) = (sum, scale);
                    } else {
                        let delta = f64::from(u8::from(kept));
                        new_sums[at] = sum + scale * (-lambda + lambda * up * delta);
                        new_scales[at] = scale * up.sqrt() * delta;
                    }
                }
            }
        }
        (sums, scales, fractions) = (new_sums, new_scales, new_fractions);
    }
    if !drawn {
        return Err(nothing_to_resample().into());
    }
    Ok(ReplicateWeights::of_units(
        &design.weights,
        last.unit_of_row.clone(),
        sums,
        1.0 / (n_replicates as f64 - 1.0),
        vec![1.0; n_replicates],
    ))
}
