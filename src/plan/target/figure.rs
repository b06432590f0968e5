//! The targets of a plan as rows of a figure: each with the scale that its kind has.

use std::collections::BTreeMap;

use problem::Words;
use reports::chart::build::{PlanFigure, PlanTarget, PlanUnit};
use reports::chart::{Interval, PlanBasis, PlanState};

use super::judge::{Basis, Judged, TargetState};
use super::{Target, TargetKind};

/// The window in which totals of PAPI are shown while they all fit; the whole scale otherwise.
const PAPI_WINDOW: (f64, f64) = (36.0, 50.0);
const PAPI_TOTAL: (f64, f64) = (10.0, 80.0);
const PAPI_DIMENSION: (f64, f64) = (1.0, 10.0);
/// The window of satisfaction shares, likewise.
const SHARE_WINDOW: (f64, f64) = (50.0, 100.0);
const SHARE: (f64, f64) = (0.0, 100.0);

/// Rows of the figure, those of one index together, in the order of the plan's list. `names` are the dimensions of PAPI by code,
/// `n_units` the units that a rank is among where its source does not say.
#[must_use]
pub fn figure_rows(judged: &[(&Target, Judged)], names: &BTreeMap<String, Words>, n_units: u32) -> Vec<PlanTarget> {
    let mut groups: Vec<(&str, Vec<PlanTarget>)> = Vec::new();
    for (target, judged) in judged {
        let row = row(target, judged, names, n_units);
        match groups.iter_mut().find(|(index, _)| *index == target.index) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((&target.index, vec![row])),
        }
    }
    groups.into_iter().flat_map(|(_, rows)| rows).collect()
}

fn row(target: &Target, judged: &Judged, names: &BTreeMap<String, Words>, n_units: u32) -> PlanTarget {
    let unit = unit(target);
    let value = if unit == PlanUnit::Rank { judged.rank.map(f64::from) } else { judged.value };
    let interval = judged.interval.filter(|_| unit != PlanUnit::Rank);
    let figure = value.zip(judged.year).map(|(value, year)| PlanFigure {
        value,
        interval: interval.map(|[lower, upper]| Interval { lower, upper }),
        basis: match judged.basis {
            Some(Basis::Estimate) => PlanBasis::OwnEstimate,
            Some(Basis::Reported) => PlanBasis::Reported,
            Some(Basis::Official) | None => PlanBasis::Official,
        },
        year,
        is_target_year: judged.is_target_year,
    });
    let bound = judged.bound.or(match target.kind {
        TargetKind::Value { value, .. } => Some(value),
        TargetKind::RankAtMost(rank) => Some(f64::from(rank)),
        _ => None,
    });
    let numbers: Vec<f64> = [value, bound].into_iter().flatten().chain(interval.into_iter().flatten()).collect();
    PlanTarget {
        id: match &judged.round {
            Some(round) => format!("{}/{}/{round}", target.id, judged.code),
            None => format!("{}/{}", target.id, judged.code),
        },
        number: target.id.clone(),
        group: group(&target.index),
        name: name(target, judged, names),
        unit,
        scale: scale(target, judged, unit, &numbers, n_units),
        bound,
        figure,
        distance: judged.distance,
        state: state(judged.state),
        by_older: judged.by_older.map(state),
        aside: aside(target, judged),
    }
}

fn unit(target: &Target) -> PlanUnit {
    match (&target.kind, target.index.as_str()) {
        (TargetKind::Deadline, _) => PlanUnit::Days,
        (TargetKind::RankAtMost(_), _) => PlanUnit::Rank,
        (_, "papi") => PlanUnit::Points,
        _ => PlanUnit::Percent,
    }
}

fn group(index: &str) -> Words {
    match index {
        "papi" => Words::new("PAPI", "PAPI"),
        "sipas" => Words::new("SIPAS", "SIPAS"),
        "par-index" => Words::new("PAR Index", "PAR Index"),
        "operation" => Words::new("Việc các cơ quan tự thống kê", "What the offices count themselves"),
        other => Words::new(other, other),
    }
}

/// What the row asks. A target of several dimensions names its dimension; an estimate names its round.
fn name(target: &Target, judged: &Judged, names: &BTreeMap<String, Words>) -> Words {
    let mut words = target.name.clone();
    if target.codes.len() > 1 {
        let part = names.get(&judged.code).cloned().unwrap_or_else(|| Words::new(&judged.code, &judged.code));
        let asked = match target.kind {
            TargetKind::Maintain => Words::new("duy trì", "hold"),
            TargetKind::Improve => Words::new("cải thiện", "raise"),
            _ => words,
        };
        words = Words::new(format!("{}: {}", part.vi, asked.vi), format!("{}: {}", part.en, asked.en));
    }
    match &judged.round {
        Some(round) => {
            Words::new(format!("{}; ước lượng đợt {round}", words.vi), format!("{}; estimate of {round}", words.en))
        }
        None => words,
    }
}

fn scale(target: &Target, judged: &Judged, unit: PlanUnit, numbers: &[f64], n_units: u32) -> Option<(f64, f64)> {
    let fits = |(low, high): (f64, f64)| numbers.iter().all(|number| (low..=high).contains(number));
    let window = |narrow, whole| if fits(narrow) { narrow } else { whole };
    Some(match unit {
        PlanUnit::Days => return None,
        PlanUnit::Rank => {
            let most = numbers.iter().copied().fold(f64::from(judged.rank_of.unwrap_or(n_units)), f64::max);
            (most.max(2.0), 1.0)
        }
        PlanUnit::Points if judged.code == "total" => window(PAPI_WINDOW, PAPI_TOTAL),
        PlanUnit::Points => PAPI_DIMENSION,
        PlanUnit::Percent if target.index == "operation" => SHARE,
        PlanUnit::Percent => window(SHARE_WINDOW, SHARE),
    })
}

fn state(state: TargetState) -> PlanState {
    match state {
        TargetState::Reached => PlanState::Reached,
        TargetState::NotReached => PlanState::NotReached,
        TargetState::NotEnoughEvidence => PlanState::NotEnoughEvidence,
        TargetState::NoData => PlanState::NoData,
    }
}

fn aside(target: &Target, judged: &Judged) -> Option<Words> {
    let is_edge = matches!(target.kind, TargetKind::Group(_))
        && judged.state == TargetState::NotEnoughEvidence
        && judged.distance == Some(0.0);
    let is_overdue = target.kind == TargetKind::Deadline && judged.basis.is_none();
    match (is_edge, is_overdue, judged.state) {
        (true, _, _) => Some(Words::new("đúng ngưỡng nhóm", "on the cut-off")),
        (_, true, TargetState::NotReached) => Some(Words::new("quá hạn, chưa báo cáo", "overdue, no report")),
        _ => None,
    }
}
