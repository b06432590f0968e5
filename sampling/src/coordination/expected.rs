//! How many units two samples can be expected to have in common.

use std::collections::BTreeMap;

use problem::Problems;

use super::{PermanentNumbers, lasting_identity, turns};
use crate::design::{SampleDesign, Stage};
use crate::feasibility::feasibility;
use crate::frame::SamplingFrame;
use crate::group::{Members, Position};
use crate::group_certainty::{GroupCertainty, certainty_of};
use crate::group_plan::PlannedGroup;
use crate::selection::{SelectionMethod, Target};

/// The expected overlap of the first stages of two designs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExpectedOverlap {
    /// Expected number of units in both samples, over all permanent numbers and all draws.
    pub n_common: f64,
    /// Whether that is exact, or an approximation by the formula of Poisson sampling.
    pub is_exact: bool,
    /// Whether the two stages use the same permanent numbers; otherwise they are independent.
    pub is_coordinated: bool,
}

/// Expected number of units that two simple random samples by permanent numbers have in common.
///
/// # Formula
/// Of N units the first sample takes the first `n_first` from its start on; the second begins a part d of the circle later,
/// past the b units between, b ~ Binomial(N, d). Its ranks are b, …, b + `n_second` − 1, counted round the circle:
///
/// ```text
/// E = Σ_b C(N, b) d^b (1 − d)^(N − b) · |{0, …, n₁ − 1} ∩ {b, …, b + n₂ − 1 mod N}|
/// ```
///
/// # Source
/// From the definition; start points as in Ohlsson (1995).
///
/// # Limits
/// Both samples from the same N units. Sizes above N take all.
///
/// Checked: `the_formula_for_simple_random_is_that_of_the_enumeration`, `overlaps_over_many_seeds_are_those_of_the_formulas`.
#[must_use]
pub fn expected_overlap_simple_random(population: u64, n_first: u64, n_second: u64, shift: f64) -> f64 {
    let (n_first, n_second) = (n_first.min(population), n_second.min(population));
    let d = shift - shift.floor();
    let common = |b: u64| {
        let ahead = n_first.min(b + n_second).saturating_sub(b);
        let round = (b + n_second).saturating_sub(population).min(n_first).min(b);
        (ahead + round) as f64
    };
    if d == 0.0 {
        return common(0);
    }
    // Weights of the binomial from its mode outwards, so that none is lost to rounding; then divided by their sum.
    let mode = (((population + 1) as f64 * d) as u64).min(population);
    let (mut sum, mut total) = (common(mode), 1.0);
    let odds = d / (1.0 - d);
    let mut weight = 1.0;
    for b in mode + 1..=population {
        weight *= (population - b + 1) as f64 / b as f64 * odds;
        (sum, total) = (sum + weight * common(b), total + weight);
    }
    weight = 1.0;
    for b in (0..mode).rev() {
        weight *= (b + 1) as f64 / (population - b) as f64 / odds;
        (sum, total) = (sum + weight * common(b), total + weight);
    }
    sum / total
}

/// Probability that a unit is in both of two Poisson samples by its permanent number.
///
/// # Formula
/// It is in the first when its number lies in an arc of length π₁, in the second when it lies in an arc of length π₂ that
/// begins a part d of the circle later: the length of the arcs' intersection,
/// `max(0, min(π₁, d + π₂) − d) + min(π₁, max(0, d + π₂ − 1))`. Summed over units this is the expected overlap.
///
/// # Source
/// Brewer, Early and Joyce (1972).
///
/// # Limits
/// Exact for Poisson sampling. For order sampling, which fixes the number of units, an approximation that grows better with
/// the frame.
///
/// Checked: `overlaps_over_many_seeds_are_those_of_the_formulas`.
#[must_use]
pub fn expected_overlap_of_arcs(pi_first: f64, pi_second: f64, shift: f64) -> f64 {
    let d = shift - shift.floor();
    let ahead = (pi_first.min(d + pi_second) - d).max(0.0);
    let round = (d + pi_second - 1.0).clamp(0.0, pi_first);
    (ahead + round).min(pi_first)
}

/// A unit of the first stage with its probability and the place of its arc; certainty units have neither.
struct FirstStageUnit {
    stratum: String,
    /// `None` for certainty units.
    drawn: Option<Drawn>,
}

struct Drawn {
    pi: f64,
    begin: f64,
}

/// One stratum of simple random sampling: how many of how many, and where the circle begins.
#[derive(PartialEq)]
struct SimpleRandomGroup {
    n: u64,
    begin: f64,
    members: Vec<String>,
}

struct FirstStage {
    units: BTreeMap<String, FirstStageUnit>,
    simple_random: BTreeMap<String, SimpleRandomGroup>,
    is_poisson: bool,
}

/// The expected overlap of the first stages of two designs on their frames.
///
/// # Formula
/// Strata with simple random sampling of the same units by the same permanent seed: [`expected_overlap_simple_random`]. Other
/// units that both frames have: [`expected_overlap_of_arcs`] with the same seed, π₁·π₂ with different seeds or none; certainty
/// units count with the other sample's π. Units are the same by their lasting identity.
///
/// # Limits
/// The first stage only. The target π stands for the true one in order sampling.
///
/// # Errors
/// Those of [`crate::feasibility`].
///
/// Checked: `tests/walks/coordination.rs`.
pub fn expected_first_stage_overlap(
    first: (&SamplingFrame, &SampleDesign),
    second: (&SamplingFrame, &SampleDesign),
) -> Result<ExpectedOverlap, Problems> {
    let (ours, theirs) = (first_stage(first.0, first.1)?, first_stage(second.0, second.1)?);
    let levels = |design: &SampleDesign| design.stages().first().map(|stage| design.level_of(stage).name.clone());
    let numbered = |design: &SampleDesign| design.stages().first().is_some_and(|stage| stage.prn.is_some());
    let is_coordinated = numbered(first.1) && numbered(second.1) && first.1.prn_seed() == second.1.prn_seed();
    if levels(first.1) != levels(second.1) {
        return Ok(ExpectedOverlap { n_common: 0.0, is_exact: true, is_coordinated });
    }
    let (mut n_common, mut is_exact) = (0.0, true);
    let mut done: Vec<&str> = Vec::new();
    for (stratum, one) in ours.simple_random.iter().filter(|_| is_coordinated) {
        if let Some(other) = theirs.simple_random.get(stratum).filter(|other| other.members == one.members) {
            let population = one.members.len() as u64;
            n_common += expected_overlap_simple_random(population, one.n, other.n, other.begin - one.begin);
            done.push(stratum);
        }
    }
    for (identity, one) in &ours.units {
        let Some(other) = theirs.units.get(identity) else { continue };
        match (&one.drawn, &other.drawn) {
            (None, None) => n_common += 1.0,
            (None, Some(drawn)) | (Some(drawn), None) => n_common += drawn.pi,
            (Some(_), Some(_)) if one.stratum == other.stratum && done.contains(&one.stratum.as_str()) => {}
            (Some(one), Some(other)) if is_coordinated => {
                n_common += expected_overlap_of_arcs(one.pi, other.pi, other.begin - one.begin);
                is_exact &= ours.is_poisson && theirs.is_poisson;
            }
            (Some(one), Some(other)) => n_common += one.pi * other.pi,
        }
    }
    Ok(ExpectedOverlap { n_common, is_exact, is_coordinated })
}

fn first_stage(frame: &SamplingFrame, design: &SampleDesign) -> Result<FirstStage, Problems> {
    feasibility(frame, design)?;
    let mut found = FirstStage { units: BTreeMap::new(), simple_random: BTreeMap::new(), is_poisson: false };
    let Some(stage) = design.stages().first() else { return Ok(found) };
    found.is_poisson = stage.readings().all(|reading| reading.method == SelectionMethod::Poisson);
    for PlannedGroup { group, stage, n, .. } in frame.plan(design, 0, None)? {
        let Members::Listed(units) = &group.members else { continue };
        let numbers = stage.prn.unwrap_or(PermanentNumbers { start: 0.0, rotation: 0.0 });
        let GroupCertainty { by_flag, by_size, others, n_left } =
            certainty_of(frame, stage, units, n.min(units.len() as u64));
        let identity = |unit: usize| lasting_identity(frame, design, Position { level: stage.level, unit });
        let pi = target_probabilities(frame, stage, &others, n_left)?;
        let certain = by_flag.into_iter().chain(by_size).map(|unit| (unit, 1.0));
        for (unit, pi) in certain.chain(others.iter().copied().zip(pi)) {
            let drawn = (pi < 1.0).then(|| Drawn { pi, begin: turns(numbers.shift(pi)) });
            found.units.insert(identity(unit), FirstStageUnit { stratum: group.stratum.clone(), drawn });
        }
        if stage.method == SelectionMethod::SimpleRandom && n_left < others.len() as u64 {
            let mut members: Vec<String> = others.iter().map(|unit| identity(*unit)).collect();
            members.sort_unstable();
            let begin = turns(numbers.shift(n_left as f64 / others.len() as f64));
            let (label, drawn_group) = (group.stratum.clone(), SimpleRandomGroup { n: n_left, begin, members });
            found.simple_random.insert(label, drawn_group);
        }
    }
    Ok(found)
}

/// Target probabilities of the units that nothing makes certain beforehand.
fn target_probabilities(frame: &SamplingFrame, stage: &Stage, units: &[usize], n: u64) -> Result<Vec<f64>, Problems> {
    let Some(column) = stage.size.as_deref() else {
        return Ok(vec![n as f64 / units.len() as f64; units.len()]);
    };
    let sizes = frame.sizes_at(stage.level, column);
    let target = Target::new(&units.iter().map(|unit| sizes[*unit]).collect::<Vec<u64>>(), n)?;
    let mut pi = vec![1.0; units.len()];
    for (position, drawn) in target.others.iter().zip(target.pi()) {
        pi[*position] = drawn;
    }
    Ok(pi)
}
