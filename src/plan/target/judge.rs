//! What the figures say about a target: reached, not reached, not enough evidence; or that there are no figures yet.
//!
//! Two kinds of figures are kept apart. An *official* value is the very thing that a plan's target speaks of: 81.62 % is not
//! above 90 %, whatever its sampling error; but whether one of a survey has been held or raised is a question of its change, and
//! that without errors is no evidence. An *estimate* of our own round speaks of the population through a sample and is
//! judged by its interval. Each result says which of the two it rests on.

mod estimate;
mod official;
mod probability;
mod reported;

use chrono::NaiveDate;
use problem::{Problems, Words};
use reports::verdict::{TargetRule, Verdict};
use serde::Serialize;

use super::{Target, TargetKind};
use crate::plan::official::OfficialResults;

pub use probability::probability_from;

/// An estimate of our own round for one value of an index.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimated {
    /// The index.
    pub index: String,
    /// The unit that was surveyed.
    pub unit: String,
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
    /// How it was scored, and how sure the formula is.
    pub remarks: Vec<Words>,
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
    /// What an older figure says, where there is none of the year that decides.
    pub by_older: Option<TargetState>,
    /// Our own round that the figure is an estimate of.
    pub round: Option<String>,
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
    /// Among how many units.
    pub rank_of: Option<u32>,
    /// Where the target begins, in the unit of the figure (or the rank), where that is a number.
    pub bound: Option<f64>,
    /// How far the figure is beyond the target, in its unit (or in places): negative is short of it.
    pub distance: Option<f64>,
    /// The probability of reaching the target, given the figure and its standard error; see [`probability_from`].
    pub probability: Option<f64>,
    /// What a reader must know.
    pub remarks: Vec<Words>,
}

/// Judges every code of a target: by the published value, and by our own rounds where there are any.
///
/// The official value comes first where both exist, because the plan speaks of it.
///
/// # Errors
/// `verdict_interval` when an estimate or its interval is no number.
pub fn judge(target: &Target, evidence: Evidence<'_>) -> Result<Vec<Judged>, Problems> {
    let mut all = Vec::new();
    for code in &target.codes {
        let of_code = match (&target.kind, target.index.as_str()) {
            (TargetKind::Deadline, _) => vec![reported::deadline(target, code, evidence)],
            (_, "operation") => vec![reported::counted(target, code, evidence)],
            _ => {
                let mut found: Vec<Judged> = official::judged(target, code, evidence).into_iter().collect();
                for estimate in evidence.estimates.iter().filter(|one| one.code == *code) {
                    found.extend(estimate::judged(target, estimate, evidence)?);
                }
                found
            }
        };
        if of_code.is_empty() {
            all.push(official::none_published(target, code, evidence.unit));
        } else {
            all.extend(of_code);
        }
    }
    Ok(all)
}

impl Judged {
    fn without_figures(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            state: TargetState::NoData,
            by_older: None,
            round: None,
            basis: None,
            year: None,
            is_target_year: false,
            value: None,
            interval: None,
            rank: None,
            rank_of: None,
            bound: None,
            distance: None,
            probability: None,
            remarks: Vec::new(),
        }
    }

    /// An older figure decides nothing; it shows where things stand.
    fn by_year(mut self, state: TargetState, target_year: i32) -> Self {
        if self.is_target_year {
            self.state = state;
            return self;
        }
        let year = self.year.unwrap_or_default();
        let words = state.words();
        self.remarks.insert(
            0,
            Words::new(
                format!("chưa có số liệu năm {target_year}; theo số liệu năm {year}: {}", words.vi.to_lowercase()),
                format!("no figures of {target_year} yet; by those of {year}: {}", words.en.to_lowercase()),
            ),
        );
        self.state = TargetState::NoData;
        self.by_older = Some(state).filter(|state| *state != TargetState::NoData);
        self
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

#[cfg(test)]
mod tests;
