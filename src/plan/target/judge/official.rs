//! Targets by published values, taken as published.

use problem::Words;

use super::probability::probability_from;
use super::{Basis, Evidence, Judged, TargetState, met, on_side, reached, signed};
use crate::plan::official::{Group, OfficialResults, OfficialValue, Z_95, group};
use crate::plan::target::{Target, TargetKind};

/// Nothing was published of what the target speaks of, and no round of ours speaks of it.
pub(super) fn none_published(target: &Target, code: &str, unit: &str) -> Judged {
    let what = format!("{} {code}, {unit}", target.index);
    let year = target.target_year;
    Judged {
        remarks: vec![Words::new(
            format!("chưa có giá trị hay thứ hạng nào được công bố đến năm {year}: {what}"),
            format!("no value and no rank has been published up to {year}: {what}"),
        )],
        ..Judged::without_figures(code)
    }
}

/// By the newest published value up to the year that decides.
pub(super) fn judged(target: &Target, code: &str, evidence: Evidence<'_>) -> Option<Judged> {
    let newest = evidence.official.latest(&target.index, evidence.unit, code, target.target_year)?;
    let mut judged = Judged {
        basis: Some(Basis::Official),
        year: Some(newest.year),
        is_target_year: newest.year == target.target_year,
        value: newest.value,
        interval: newest.interval_95(),
        rank: newest.rank,
        rank_of: newest.rank_of,
        remarks: crate::plan::official::remarks(newest),
        ..Judged::without_figures(code)
    };
    let (state, distance) = match target.kind {
        TargetKind::Value { rule, value } => match newest.value {
            Some(number) => (met(rule, number, value), Some(signed(rule, number - value))),
            None => (TargetState::NoData, None),
        },
        TargetKind::RankAtMost(rank) => match newest.rank {
            Some(own) => (reached(own <= rank), Some(f64::from(rank) - f64::from(own))),
            None => (TargetState::NoData, None),
        },
        TargetKind::Group(wanted) => by_group(newest, wanted, evidence.official, &mut judged),
        TargetKind::Maintain | TargetKind::Improve => against_baseline(target, newest, evidence, &mut judged.remarks),
        TargetKind::Deadline => return None,
    };
    if (state, distance) == (TargetState::NoData, None) {
        judged.remarks.push(lacking(target.kind));
    }
    let sharp = match target.kind {
        TargetKind::Value { value, .. } => Some(value),
        TargetKind::Group(wanted) => {
            evidence.official.cut_offs(&newest.index, newest.year, code).and_then(|cut| cut.lower_bound(wanted))
        }
        _ => None,
    };
    judged.bound = match target.kind {
        TargetKind::RankAtMost(rank) => Some(f64::from(rank)),
        TargetKind::Maintain | TargetKind::Improve => distance.zip(newest.value).map(|(change, value)| value - change),
        _ => sharp,
    };
    judged.probability = newest.value.zip(newest.standard_error).zip(sharp).and_then(|((value, error), bound)| {
        probability_from(value, error, None, bound).ok().map(|above| on_side(target.kind, above))
    });
    judged.distance = distance;
    Some(judged.by_year(state, target.target_year))
}

/// What the published figures lack for a verdict.
fn lacking(kind: TargetKind) -> Words {
    match kind {
        TargetKind::RankAtMost(_) => Words::new("thứ hạng không được công bố", "the rank was not published"),
        TargetKind::Group(_) => Words::new(
            "không có ngưỡng nhóm của năm đó, hoặc giá trị không được công bố",
            "there are no cut-offs of that year, or the value was not published",
        ),
        TargetKind::Maintain | TargetKind::Improve => Words::new(
            "không có giá trị công bố của năm gốc để so",
            "there is no published value of the baseline year to compare with",
        ),
        TargetKind::Value { .. } | TargetKind::Deadline => {
            Words::new("giá trị không được công bố", "the value was not published")
        }
    }
}

fn by_group(
    newest: &OfficialValue,
    wanted: Group,
    results: &OfficialResults,
    judged: &mut Judged,
) -> (TargetState, Option<f64>) {
    let cut_offs = results.cut_offs(&newest.index, newest.year, &newest.code);
    let Some((value, cut_offs)) = newest.value.zip(cut_offs) else { return (TargetState::NoData, None) };
    let grouped = group(value, cut_offs);
    let bound = cut_offs.lower_bound(wanted);
    let distance = bound.map(|bound| value - bound);
    let words = grouped.group.words();
    judged.remarks.push(Words::new(format!("nhóm {}", words.vi), format!("group: {}", words.en)));
    if grouped.on_edge.is_some() && grouped.on_edge == bound {
        judged.remarks.push(Words::new(
            "sát ngưỡng: giá trị in ra bằng đúng ngưỡng của nhóm, phần làm tròn quyết định",
            "on the edge: the printed value equals the cut-off, rounding decides",
        ));
        return (TargetState::NotEnoughEvidence, distance);
    }
    (reached(grouped.group >= wanted), distance)
}

fn against_baseline(
    target: &Target,
    newest: &OfficialValue,
    evidence: Evidence<'_>,
    remarks: &mut Vec<Words>,
) -> (TargetState, Option<f64>) {
    let Some(baseline) = target.baseline else { return (TargetState::NoData, None) };
    let before = evidence.official.value(&target.index, baseline.year, evidence.unit, &newest.code);
    if let Some(broken) = evidence.official.break_between(&target.index, &newest.code, baseline.year, newest.year) {
        remarks.push(Words::new(
            format!("không so sánh được với năm {}: {}", baseline.year, broken.note),
            format!("cannot be compared with {}: the definition changed in {}", baseline.year, broken.first_year),
        ));
        return (TargetState::NotEnoughEvidence, None);
    }
    let Some((new, old)) = newest.value.zip(before.and_then(|one| one.value)) else {
        return (TargetState::NoData, None);
    };
    if newest.year == baseline.year {
        return (TargetState::NoData, Some(0.0));
    }
    let change = new - old;
    if !of_surveys(&target.index) {
        let is_reached = if target.kind == TargetKind::Improve { change > 0.0 } else { change >= 0.0 };
        return (reached(is_reached), Some(change));
    }
    let errors = newest.standard_error.zip(before.and_then(|one| one.standard_error));
    let Some((new_error, old_error)) = errors else {
        remarks.push(Words::new(
            "so hai giá trị công bố; không công bố sai số nên không biết thay đổi có vượt sai số hay không",
            "two published values; without their errors nobody can tell whether the change exceeds them",
        ));
        return (TargetState::NotEnoughEvidence, Some(change));
    };
    let margin = Z_95 * new_error.hypot(old_error);
    let state = match (change - margin > 0.0, change + margin < 0.0) {
        (true, _) => TargetState::Reached,
        (_, true) => TargetState::NotReached,
        _ => TargetState::NotEnoughEvidence,
    };
    (state, Some(change))
}

/// Whether the values of an index are estimates from samples, so that two of them differ by chance, too; points that are given
/// by appraisal are what they are.
fn of_surveys(index: &str) -> bool {
    matches!(index, "papi" | "sipas")
}
