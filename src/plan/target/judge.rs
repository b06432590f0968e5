//! What the figures say about a target: reached, not reached, not enough evidence; or that there are no figures yet.
//!
//! Two kinds of figures are kept apart. An *official* value is the very thing that a plan's target speaks of: 81.62 % is not
//! above 90 %, whatever its sampling error; but whether one of a survey has been held or raised is a question of its change, and
//! that without errors is no evidence. An *estimate* of our own round speaks of the population through a sample and is
//! judged by its interval. Each result says which of the two it rests on.

use chrono::NaiveDate;
use problem::{Problem, Problems, Words};
use reports::verdict::{DifferenceVerdict, TargetRule, Verdict, difference_verdict, verdict};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

use super::{Target, TargetKind};
use crate::plan::official::{Group, OfficialResults, OfficialValue, Z_95, group};

/// An estimate of our own round for one value of an index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimated {
    /// The round.
    pub round: String,
    /// The year it speaks of.
    pub year: i32,
    /// `total` or a dimension.
    pub code: String,
    /// The estimate, in the unit of the index.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: u32,
    /// Its interval of 95 %, lower and upper.
    pub interval: [f64; 2],
}

/// What an office reported for a target that it counts itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The day it speaks of.
    pub day: NaiveDate,
    /// The share in per cent; for a deadline, any value: the thing was done on that day.
    pub value: Option<f64>,
}

/// All figures that a target may be judged by.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// Published results.
    pub official: &'a OfficialResults,
    /// The unit that the plan is of.
    pub unit: &'a str,
    /// Estimates of our own rounds for this index.
    pub estimates: &'a [Estimated],
    /// What offices reported for this target, oldest first.
    pub reports: &'a [Report],
    /// The day on which it is judged.
    pub today: NaiveDate,
}

/// The state of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// The figures reach it.
    Reached,
    /// The figures do not reach it.
    NotReached,
    /// There are figures, and they cannot tell.
    NotEnoughEvidence,
    /// There are no figures of the year that decides.
    NoData,
}

impl TargetState {
    /// The words of the state.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Reached => Verdict::Reached.words(),
            Self::NotReached => Verdict::NotReached.words(),
            Self::NotEnoughEvidence => Verdict::NotEnoughEvidence.words(),
            Self::NoData => Words::new("Chưa có số liệu", "No figures yet"),
        }
    }
}

impl From<Verdict> for TargetState {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Reached => Self::Reached,
            Verdict::NotReached => Self::NotReached,
            Verdict::NotEnoughEvidence => Self::NotEnoughEvidence,
        }
    }
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A published value, taken as published.
    Official,
    /// An estimate of our own round, by its interval.
    Estimate,
    /// What an office reported.
    Reported,
}

/// The judgement of one code of a target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// `total` or a dimension.
    pub code: String,
    /// The state.
    pub state: TargetState,
    /// What it rests on; `None` without figures.
    pub basis: Option<Basis>,
    /// The year (or the year of the day) of the figure.
    pub year: Option<i32>,
    /// Whether the figure is of the year that decides; an older one only shows where things stand.
    pub is_target_year: bool,
    /// The figure.
    pub value: Option<f64>,
    /// Its interval of 95 %, where there is one.
    pub interval: Option<[f64; 2]>,
    /// Its rank.
    pub rank: Option<u32>,
    /// How far the figure is beyond the target, in its unit (or in places): negative is short of it.
    pub distance: Option<f64>,
    /// The probability of reaching the target, given the figure and its standard error; see [`probability_from`].
    pub probability: Option<f64>,
    /// What a reader must know.
    pub remarks: Vec<Words>,
}

/// Judges every code of a target: by our own round of the target's year where there is one, and by the published value.
///
/// The official value comes first where both exist, because the plan speaks of it.
///
/// # Errors
/// `verdict_interval` when an estimate or its interval is no number.
pub fn judge(target: &Target, evidence: Evidence<'_>) -> Result<Vec<Judged>, Problems> {
    let mut all = Vec::new();
    for code in &target.codes {
        let of_code = match (&target.kind, target.index.as_str()) {
            (TargetKind::Deadline, _) => vec![deadline(target, code, evidence)],
            (_, "operation") => vec![reported(target, code, evidence)],
            _ => {
                let mut found: Vec<Judged> = official(target, code, evidence).into_iter().collect();
                for estimate in evidence.estimates.iter().filter(|one| one.code == *code) {
                    found.extend(estimated(target, estimate, evidence)?);
                }
                found
            }
        };
        if of_code.is_empty() { all.push(Judged::without_figures(code)) } else { all.extend(of_code) }
    }
    Ok(all)
}

impl Judged {
    fn without_figures(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            state: TargetState::NoData,
            basis: None,
            year: None,
            is_target_year: false,
            value: None,
            interval: None,
            rank: None,
            distance: None,
            probability: None,
            remarks: Vec::new(),
        }
    }
}

/// By the newest published value up to the year that decides.
fn official(target: &Target, code: &str, evidence: Evidence<'_>) -> Option<Judged> {
    let newest = evidence.official.latest(&target.index, evidence.unit, code, target.target_year)?;
    let mut judged = Judged {
        basis: Some(Basis::Official),
        year: Some(newest.year),
        is_target_year: newest.year == target.target_year,
        value: newest.value,
        interval: newest.interval_95(),
        rank: newest.rank,
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
    let bound = match target.kind {
        TargetKind::Value { value, .. } => Some(value),
        TargetKind::Group(wanted) => {
            evidence.official.cut_offs(&newest.index, newest.year, code).and_then(|cut| cut.lower_bound(wanted))
        }
        _ => None,
    };
    judged.probability = newest.value.zip(newest.standard_error).zip(bound).and_then(|((value, error), bound)| {
        probability_from(value, error, None, bound).ok().map(|above| on_side(target.kind, above))
    });
    judged.distance = distance;
    judged.state = if judged.is_target_year { state } else { TargetState::NoData };
    if !judged.is_target_year {
        judged.remarks.insert(0, standing(state, newest.year, target.target_year));
    }
    Some(judged)
}

/// Where things stand by an older figure.
fn standing(state: TargetState, year: i32, target_year: i32) -> Words {
    let words = state.words();
    Words::new(
        format!("chưa có số liệu năm {target_year}; theo số liệu năm {year}: {}", words.vi.to_lowercase()),
        format!("no figures of {target_year} yet; by those of {year}: {}", words.en.to_lowercase()),
    )
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

/// By an estimate of our own round.
fn estimated(target: &Target, estimate: &Estimated, evidence: Evidence<'_>) -> Result<Option<Judged>, Problem> {
    let [lower, upper] = estimate.interval;
    let mut judged = Judged {
        basis: Some(Basis::Estimate),
        year: Some(estimate.year),
        is_target_year: estimate.year == target.target_year,
        value: Some(estimate.value),
        interval: Some(estimate.interval),
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
    if let Some((rule, bound)) = bound {
        judged.state = verdict(lower, upper, bound, rule)?.into();
        judged.distance = Some(signed(rule, estimate.value - bound));
        let above =
            probability_from(estimate.value, estimate.standard_error, Some(estimate.degrees_of_freedom), bound)?;
        judged.probability = Some(on_side(target.kind, above));
    } else if matches!(target.kind, TargetKind::Maintain | TargetKind::Improve) {
        judged.state = match change_from_baseline(target, estimate, evidence)? {
            Some(state) => state,
            None => return Ok(None),
        };
    } else {
        // A rank is a matter among all units: a sample of one unit says nothing about it.
        return Ok(None);
    }
    judged.remarks.push(Words::new(
        format!("ước lượng của đợt {}, không phải kết quả công bố", estimate.round),
        format!("an estimate of round {}, not a published result", estimate.round),
    ));
    if !judged.is_target_year {
        judged.remarks.insert(0, standing(judged.state, estimate.year, target.target_year));
        judged.state = TargetState::NoData;
    }
    Ok(Some(judged))
}

/// A change between two of our own rounds; samples of different rounds are taken as independent.
fn change_from_baseline(
    target: &Target,
    estimate: &Estimated,
    evidence: Evidence<'_>,
) -> Result<Option<TargetState>, Problem> {
    let Some(baseline) = target.baseline else { return Ok(None) };
    let of_year = |one: &&Estimated| one.code == estimate.code && one.year == baseline.year;
    let Some(before) = evidence.estimates.iter().find(of_year) else { return Ok(None) };
    let change = estimate.value - before.value;
    let error = estimate.standard_error.hypot(before.standard_error);
    let quantile = t_quantile_95(estimate.degrees_of_freedom.min(before.degrees_of_freedom))?;
    let (lower, upper) = (change - quantile * error, change + quantile * error);
    Ok(Some(match (difference_verdict(lower, upper)?, target.kind) {
        (DifferenceVerdict::Higher, _) => TargetState::Reached,
        (DifferenceVerdict::Lower, _) => TargetState::NotReached,
        (DifferenceVerdict::NoClearDifference, _) => TargetState::NotEnoughEvidence,
    }))
}

fn deadline(target: &Target, code: &str, evidence: Evidence<'_>) -> Judged {
    let base = Judged::without_figures(code);
    let Some(last) = target.valid_to else { return base };
    match evidence.reports.first() {
        Some(report) => Judged {
            state: reached(report.day <= last),
            basis: Some(Basis::Reported),
            is_target_year: true,
            distance: Some((last - report.day).num_days() as f64),
            ..base
        },
        None if evidence.today > last => Judged {
            state: TargetState::NotReached,
            is_target_year: true,
            distance: Some((last - evidence.today).num_days() as f64),
            remarks: vec![Words::new("quá hạn, chưa có báo cáo", "overdue, no report")],
            ..base
        },
        None => Judged { distance: Some((last - evidence.today).num_days() as f64), ..base },
    }
}

fn reported(target: &Target, code: &str, evidence: Evidence<'_>) -> Judged {
    let base = Judged::without_figures(code);
    let newest = evidence.reports.iter().rev().find_map(|report| report.value.map(|value| (report.day, value)));
    let (Some((day, number)), Some((rule, value))) = (newest, target.value()) else { return base };
    let year = chrono::Datelike::year(&day);
    Judged {
        state: if year == target.target_year { met(rule, number, value) } else { TargetState::NoData },
        basis: Some(Basis::Reported),
        year: Some(year),
        is_target_year: year == target.target_year,
        value: Some(number),
        distance: Some(signed(rule, number - value)),
        ..base
    }
}

fn reached(is_reached: bool) -> TargetState {
    if is_reached { TargetState::Reached } else { TargetState::NotReached }
}

/// A number that is taken as it stands, against a target.
fn met(rule: TargetRule, number: f64, value: f64) -> TargetState {
    reached(match rule {
        TargetRule::Above => number > value,
        TargetRule::AtLeast => number >= value,
        TargetRule::Below => number < value,
        TargetRule::AtMost => number <= value,
    })
}

/// A difference with the sign that makes "short of the target" negative.
fn signed(rule: TargetRule, difference: f64) -> f64 {
    match rule {
        TargetRule::Above | TargetRule::AtLeast => difference,
        TargetRule::Below | TargetRule::AtMost => 0.0 - difference,
    }
}

/// The probability on the side that the target asks for.
fn on_side(kind: TargetKind, above: f64) -> f64 {
    match kind {
        TargetKind::Value { rule: TargetRule::Below | TargetRule::AtMost, .. } => 1.0 - above,
        _ => above,
    }
}

/// The probability that the true value lies above a bound, given an estimate and its standard error.
///
/// # Formula
/// 1 − F((bound − estimate) / SE), F the normal distribution, or Student's t with the degrees of freedom of the estimate.
///
/// # Source
/// The posterior of a normal mean under a flat prior: Gelman et al. (2013), *Bayesian Data Analysis*, §2.5 and §3.2.
///
/// # Limits
/// Says how well the *sample* separates the value from the bound, nothing else: the bound is taken as fixed (a cut-off that
/// moves with the other units is not), and errors other than sampling are not in it.
///
/// # Errors
/// `verdict_interval` when a number is not finite, the standard error is not above 0, or there are no degrees of freedom.
///
/// Checked: `the_probability_is_one_half_on_the_bound_and_follows_the_tables`.
pub fn probability_from(
    estimate: f64,
    standard_error: f64,
    degrees_of_freedom: Option<u32>,
    bound: f64,
) -> Result<f64, Problem> {
    let z = (bound - estimate) / standard_error;
    if !z.is_finite() || standard_error <= 0.0 {
        return Err(unusable("a finite estimate and bound, a standard error above 0"));
    }
    match degrees_of_freedom {
        None => Ok(Normal::standard().sf(z)),
        Some(df) => {
            let t = StudentsT::new(0.0, 1.0, f64::from(df)).map_err(|_| unusable("at least 1 degree of freedom"))?;
            Ok(t.sf(z))
        }
    }
}

fn t_quantile_95(degrees_of_freedom: u32) -> Result<f64, Problem> {
    estimation::t_quantile(0.975, f64::from(degrees_of_freedom)).ok_or_else(|| unusable("at least 1 degree of freedom"))
}

fn unusable(expected: &str) -> Problem {
    Problem::new("verdict_interval", "không tính được từ các số này", "these numbers cannot be used").expected(expected)
}

#[cfg(test)]
mod tests;
