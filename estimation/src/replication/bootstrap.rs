//! The rescaling bootstrap of Rao and Wu, and its extension to several stages.

use problem::{Place, Problem, Problems};

use super::ReplicateWeights;
use super::groups::{COMPLETE, Groups, check_lonely, label};
use super::jackknife::nothing_to_resample;
use super::weights::check_number;
use crate::stream::Stream;
use crate::{DesignColumns, EstimationDesign, UnequalProbability};

/// Rao and Wu's rescaling bootstrap of the first stage.
///
/// # Formula
/// In stratum h, `m_h` draws with replacement hit PSU i `k_i` times: factor `1 − λ + λ (n_h/m_h) k_i`, `λ = √(m_h (1−f_h)/(n_h−1))`. With
/// `m_h = n_h−1` and no fpc this is `k_i n_h/(n_h−1)`. Scale `1/(R−1)`.
///
/// # Source
/// Rao and Wu (1988), JASA 83, 231–241; Rao, Wu and Yue (1992), Survey Methodology 18, 209–217; R `survey::subbootweights`.
///
/// # Limits
/// `m_h ≤ (n_h−1)/(1−f_h)`, or factors could be negative. Methods and streams are keyed by stratum labels; PSUs by their place among the labels
/// of the stratum.
pub(super) fn rao_wu(
    design: &EstimationDesign,
    columns: &DesignColumns<'_>,
    n_draws: Option<usize>,
    n_replicates: usize,
    seed: u64,
) -> Result<ReplicateWeights, Problems> {
    let groups = Groups::of(design, columns)?;
    check_number(n_replicates, groups.n_units)?;
    if groups.groups.is_empty() {
        return Err(nothing_to_resample().into());
    }
    let mut factors = vec![1.0; groups.n_units * n_replicates];
    for group in &groups.groups {
        let n = group.units.len();
        let m = n_draws.unwrap_or(n - 1);
        let share = m as f64 * (1.0 - group.fraction) / (n as f64 - 1.0);
        if m == 0 || share > 1.0 + 1e-12 {
            return Err(Problem::new(
                "replicates_draws",
                format!("không thể rút {m} đơn vị từ tầng có {n} đơn vị"),
                format!("{m} draws from a stratum of {n} units make negative weights"),
            )
            .at(Place::column("n_draws"))
            .expected((
                format!("1 đến {} ở tầng {}", n - 1, group.label.replace('\u{1f}', " / ")),
                format!("1 to {} in stratum {}", n - 1, group.label.replace('\u{1f}', " / ")),
            ))
            .got(m.to_string())
            .into());
        }
        let lambda = share.sqrt();
        let each = lambda * n as f64 / m as f64;
        let mut stream = Stream::new(seed, "rao_wu", &group.label);
        let mut counts = vec![0_u32; n];
        for replicate in 0..n_replicates {
            stream.with_replacement(n, m, &mut counts);
            for (&unit, &count) in group.units.iter().zip(&counts) {
                factors[unit * n_replicates + replicate] = 1.0 - lambda + each * f64::from(count);
            }
        }
    }
    Ok(ReplicateWeights::of_units(
        &design.weights,
        groups.unit_of_row,
        factors,
        1.0 / (n_replicates as f64 - 1.0),
        vec![1.0; n_replicates],
    ))
}

/// The bootstrap of Rao, Wu and Yue at every stage, combined as Beaumont and Émond do.
///
/// # Formula
/// At each stage, in each stratum, `n−1` draws with replacement give unit i the factor `a_i = 1 − √(1−f_i) + √(1−f_i) (n/(n−1)) k_i`; with
/// unit-by-unit probabilities the factors of the units that are not certain are then scaled to sum to their number. Below the
/// first stage, with π the product of the fractions above, `a ← 1 − c + c a`, `c = √(π/(2−π))`. The factor of a row is the product over the stages. The
/// factors have the variance of the operator's terms: `(1−f)` at the first stage and `π(1−f)` below. Scale `1/(R−1)`.
///
/// # Source
/// Beaumont and Émond (2022), Stats 5, 339–357, equations 19–24 and section 7; Rao, Wu and Yue (1992).
///
/// # Limits
/// With unequal probabilities it approximates the joint probabilities, as Brewer's formula does. Factors are never negative.
pub(super) fn rao_wu_yue_beaumont(
    design: &EstimationDesign,
    columns: &DesignColumns<'_>,
    n_replicates: usize,
    seed: u64,
) -> Result<ReplicateWeights, Problems> {
    let n_stages = design.n_active_stages();
    let last = &design.stages[n_stages - 1];
    check_number(n_replicates, last.n_units())?;
    let brewer = design.unequal_probability == UnequalProbability::Brewer;
    let mut above: Vec<f64> = vec![1.0; n_replicates];
    let mut probability_above = vec![1.0];
    let mut drawn = false;
    for (number, stage) in design.stages[..n_stages].iter().enumerate() {
        let mut factors = vec![1.0; stage.n_units() * n_replicates];
        for stratum in 0..stage.n_strata() {
            let first = stage.first_unit_of_stratum[stratum] as usize;
            let n = stage.n_units_of_stratum(stratum);
            let complete = (first..first + n).all(|unit| 1.0 - stage.fraction(unit) < COMPLETE);
            if !complete && n == 1 {
                check_lonely(design, number, stratum)?;
            }
            let own = &mut factors[first * n_replicates..(first + n) * n_replicates];
            if !complete && n > 1 {
                drawn = true;
                let fractions: Vec<f64> = (first..first + n).map(|unit| stage.fraction(unit)).collect();
                let mut stream = Stream::new(seed, "rao_wu_yue_beaumont", &label(columns, stage, number, stratum));
                draw(own, &fractions, brewer, n_replicates, &mut stream);
            }
            let parent = stage.parent_of_unit[first] as usize;
            let probability: f64 = probability_above[parent];
            let c = if number == 0 { 1.0 } else { (probability / (2.0 - probability)).sqrt() };
            let parent = &above[parent * n_replicates..][..n_replicates];
            for unit in own.chunks_exact_mut(n_replicates) {
                unit.iter_mut().zip(parent).for_each(|(factor, above)| *factor = (1.0 - c + c * *factor) * above);
            }
        }
        let fraction = |unit: usize| probability_above[stage.parent_of_unit[unit] as usize] * stage.fraction(unit);
        probability_above = (0..stage.n_units()).map(fraction).collect();
        above = factors;
    }
    if !drawn {
        return Err(nothing_to_resample().into());
    }
    Ok(ReplicateWeights::of_units(
        &design.weights,
        last.unit_of_row.clone(),
        above,
        1.0 / (n_replicates as f64 - 1.0),
        vec![1.0; n_replicates],
    ))
}

/// The factors of one stratum at one stage, unit by unit.
fn draw(factors: &mut [f64], fractions: &[f64], brewer: bool, n_replicates: usize, stream: &mut Stream) {
    let n = fractions.len();
    let mut counts = vec![0_u32; n];
    let certain = |unit: usize| 1.0 - fractions[unit] < COMPLETE;
    let n_drawn = (0..n).filter(|&unit| !certain(unit)).count() as f64;
    for replicate in 0..n_replicates {
        stream.with_replacement(n, n - 1, &mut counts);
        let mut sum = 0.0;
        for unit in 0..n {
            let spread = (1.0 - fractions[unit]).max(0.0).sqrt();
            let factor = 1.0 - spread + spread * n as f64 / (n as f64 - 1.0) * f64::from(counts[unit]);
            factors[unit * n_replicates + replicate] = if certain(unit) { 1.0 } else { factor };
            sum += if certain(unit) { 0.0 } else { factor };
        }
        if brewer && sum > 0.0 {
            for unit in (0..n).filter(|&unit| !certain(unit)) {
                factors[unit * n_replicates + replicate] *= n_drawn / sum;
            }
        }
    }
}
