//! Targets by estimates of our own rounds, judged by their intervals.

use problem::{Problem, Words};
use reports::verdict::{DifferenceVerdict, TargetRule, difference_verdict, verdict};

use super::probability::{probability_from, t_quantile_95};
use super::{Basis, Estimated, Evidence, Judged, TargetState, on_side, signed};
use crate::plan::target::{Target, TargetKind};

/// By an estimate of our own round.
pub(super) fn judged(target: &Target, estimate: &Estimated, evidence: Evidence<'_>) -> Result<Option<Judged>, Problem> {
    let [lower, upper] = estimate.interval;
    let mut judged = Judged {
        basis: Some(Basis::Estimate),
        year: Some(estimate.year),
        is_target_year: estimate.year == target.target_year,
        value: Some(estimate.value),
        interval: Some(estimate.interval),
        round: Some(estimate.round.clone()),
        ..Judged::without_figures(&estimate.code)
    };
    let bound = match target.kind {
        TargetKind::Value { rule, value } => Some((rule, value)),
        TargetKind::Group(wanted) => evidence
            .official
            .cut_offs(&target.index, target.target_year, &estimate.code)
            .and_then(|cut| cut.lower_bound(wanted))
            .map(|bound| (TargetRule::AtLeast, bound)),
        _ => None,
    };
    let state;
    if let Some((rule, bound)) = bound {
        state = verdict(lower, upper, bound, rule)?.into();
        judged.bound = Some(bound);
        judged.distance = Some(signed(rule, estimate.value - bound));
        let above =
            probability_from(estimate.value, estimate.standard_error, Some(estimate.degrees_of_freedom), bound)?;
        judged.probability = Some(on_side(target.kind, above));
    } else if matches!(target.kind, TargetKind::Maintain | TargetKind::Improve) {
        let Some((from_baseline, change)) = change_from_baseline(target, estimate, evidence)? else { return Ok(None) };
        state = from_baseline;
        judged.bound = Some(estimate.value - change);
        judged.distance = Some(change);
    } else {
        // A rank is a matter among all units: a sample of one unit says nothing about it.
        return Ok(None);
    }
    judged.remarks.push(Words::new(
        format!("ước lượng của đợt {}, không phải kết quả công bố", estimate.round),
        format!("an estimate of round {}, not a published result", estimate.round),
    ));
    judged.remarks.extend(estimate.remarks.iter().cloned());
    Ok(Some(judged.by_year(state, target.target_year)))
}

/// A change between two of our own rounds; samples of different rounds are taken as independent.
fn change_from_baseline(
    target: &Target,
    estimate: &Estimated,
    evidence: Evidence<'_>,
) -> Result<Option<(TargetState, f64)>, Problem> {
    let Some(baseline) = target.baseline else { return Ok(None) };
    let of_year = |one: &&Estimated| one.code == estimate.code && one.year == baseline.year;
    let Some(before) = evidence.estimates.iter().find(of_year) else { return Ok(None) };
    let change = estimate.value - before.value;
    let error = estimate.standard_error.hypot(before.standard_error);
    let quantile = t_quantile_95(estimate.degrees_of_freedom.min(before.degrees_of_freedom))?;
    let (lower, upper) = (change - quantile * error, change + quantile * error);
    let state = match difference_verdict(lower, upper)? {
        DifferenceVerdict::Higher => TargetState::Reached,
        DifferenceVerdict::Lower => TargetState::NotReached,
        DifferenceVerdict::NoClearDifference => TargetState::NotEnoughEvidence,
    };
    Ok(Some((state, change)))
}
