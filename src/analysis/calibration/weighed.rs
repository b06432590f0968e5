//! The weights of a fieldwork: by design, or as a recipe makes them.

use std::collections::BTreeMap;

use estimation::weighting::{WeightDiagnostics, diagnose};
use problem::{Place, Problem, Problems, Words};
use sampling::{Sample, SampledUnit};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::apply::{Calibrated, MarginFound, calibrated};
use super::categories::{CaseFacts, MarginVariable, value_text, variables};
use super::recipe::{Chosen, MarginUnit};
use crate::analysis::respondent::RespondentOfSample;
use crate::analysis::weights::{WeightHistory, WeightRecord, WorkedUnit, weigh_within};
use crate::questionnaire::{Questionnaire, Validated};

/// The cells of nonresponse that are no stage.
const STRATUM: &str = "stratum";

/// What weights are made of.
pub(in crate::analysis) struct Weighing<'a> {
    pub(in crate::analysis) sample: &'a Sample,
    pub(in crate::analysis) questionnaire: &'a Questionnaire,
    pub(in crate::analysis) interviews: &'a BTreeMap<String, Validated>,
    /// The version that is used; `None`: the design weights.
    pub(in crate::analysis) chosen: Option<&'a Chosen>,
}

/// The weights of the worked cases.
pub(in crate::analysis) struct Weighed {
    pub(in crate::analysis) history: WeightHistory,
    /// The weights that the calibration began with, its controls, and what came of it.
    pub(in crate::analysis) calibrated: Option<Calibrated>,
    pub(in crate::analysis) record: Option<CalibrationRecord>,
}

/// What a reader must know of weights that meet totals.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationRecord {
    /// Number of the version; none while it is only looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// Name of the version.
    pub name: String,
    /// SHA-256 of the recipe.
    pub recipe_sha256: String,
    /// SHA-256 of the weights.
    pub weights_sha256: String,
    /// Every margin before and after.
    pub margins: Vec<MarginFound>,
    /// By how much all weights were multiplied first.
    pub scale: f64,
    /// Weights that were cut, and at which limit.
    pub n_trimmed: usize,
    /// The limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim_limit: Option<f64>,
    /// Iterations until all totals were met.
    pub iterations: usize,
    /// Largest relative distance of a total from its control.
    pub largest_gap: f64,
    /// Smallest and largest factor of the last step.
    pub factor_range: [f64; 2],
    /// The weights before the totals were met.
    pub before: WeightDiagnostics,
    /// The weights after.
    pub after: WeightDiagnostics,
}

impl CalibrationRecord {
    /// The version in one phrase: what stands in notes and methods.
    #[must_use]
    pub fn words(&self) -> Words {
        let hash = self.recipe_sha256.get(..8).unwrap_or_default();
        match self.version {
            Some(number) => Words::new(
                format!("trọng số hiệu chỉnh theo biên, bản {number} “{}” ({hash})", self.name),
                format!("weights calibrated to margins, version {number} “{}” ({hash})", self.name),
            ),
            None => Words::new(
                format!("trọng số hiệu chỉnh theo biên, chưa lưu ({hash})"),
                format!("weights calibrated to margins, not saved ({hash})"),
            ),
        }
    }
}

/// The cells of nonresponse to choose from: name in recipes, and in words.
#[must_use]
pub fn cell_choices(sample: &Sample) -> Vec<(String, Words)> {
    let areas = sample.stages.len().saturating_sub(1);
    let mut choices: Vec<(String, Words)> = sample.stages[..areas]
        .iter()
        .rev()
        .map(|stage| {
            let level = sample.levels.iter().find(|level| level.name == *stage);
            (stage.clone(), level.map_or_else(|| Words::from(stage), |level| level.words.clone()))
        })
        .collect();
    choices.push((STRATUM.to_owned(), Words::new("tầng của giai đoạn 1", "stratum of the first stage")));
    choices
}

impl Weighing<'_> {
    /// How deep the cells of nonresponse may lie.
    fn depth(&self) -> Result<usize, Problem> {
        let Some(cells) = self.chosen.and_then(|chosen| chosen.recipe.cells.as_deref()) else { return Ok(usize::MAX) };
        if cells == STRATUM {
            return Ok(0);
        }
        let areas = self.sample.stages.len().saturating_sub(1);
        match self.sample.stages[..areas].iter().position(|stage| stage == cells) {
            Some(at) => Ok(at + 1),
            None => Err(Problem::new(
                "weights_cells",
                "mẫu không có giai đoạn này để làm ô điều chỉnh không trả lời",
                "the sample has no such stage to move the weight of nonrespondents in",
            )
            .at(Place::column("cells"))
            .expected(cell_choices(self.sample).into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", "))
            .got(cells)),
        }
    }

    /// The weights of the worked cases.
    ///
    /// # Errors
    /// Those of [`weigh_within`]; everything that keeps the totals of the version from being met.
    pub(in crate::analysis) fn weigh(
        &self,
        worked: &[WorkedUnit],
        respondent: &RespondentOfSample<'_>,
    ) -> Result<Weighed, Problems> {
        let mut history = weigh_within(worked, self.depth()?)?;
        let Some(chosen) = self.chosen else {
            return Ok(Weighed { history, calibrated: None, record: None });
        };
        let cases = self.cases(worked, respondent)?;
        let known = variables(self.questionnaire, self.sample);
        let found = calibrated(&chosen.recipe, &known, self.sample, &cases, &history.weights)?;
        let record = record(chosen, worked, &history.weights, &found)?;
        for step in found.set.steps() {
            history.steps.push(WeightRecord { name: step.name.clone(), diagnostics: step.diagnostics.clone() });
        }
        history.weights = found.set.weights().to_vec();
        history.notes.push(note(&record));
        history.notes.extend(found.notes.iter().cloned());
        Ok(Weighed { history, record: Some(record), calibrated: Some(found) })
    }

    /// What is known of each worked case.
    fn cases(&self, worked: &[WorkedUnit], respondent: &RespondentOfSample<'_>) -> Result<Vec<CaseFacts<'_>>, Problem> {
        let units: BTreeMap<&str, &SampledUnit> =
            self.sample.units.iter().map(|unit| (unit.unit_id.as_str(), unit)).collect();
        let mut cases = Vec::with_capacity(worked.len());
        for unit in worked {
            let Some(known) = units.get(unit.case_id.as_str()) else {
                return Err(Problem::new("weights_case", "hộ không có trong mẫu", "a case is not in the sample")
                    .got(unit.case_id.clone()));
            };
            let interview = self.interviews.get(&unit.case_id);
            let factor = interview.and_then(|interview| respondent.factor(known, interview)).unwrap_or(1.0);
            cases.push(CaseFacts { unit: known, interview, factor });
        }
        Ok(cases)
    }

    /// How many interviews hold each value of a variable, and how many people they stand for.
    ///
    /// # Errors
    /// A case that is not in the sample, which worked cases are.
    pub(in crate::analysis) fn value_counts(
        &self,
        worked: &[WorkedUnit],
        respondent: &RespondentOfSample<'_>,
        weights: &[f64],
        variable: &MarginVariable,
    ) -> Result<BTreeMap<String, (usize, f64)>, Problems> {
        let mut counts: BTreeMap<String, (usize, f64)> = BTreeMap::new();
        let cases = self.cases(worked, respondent)?;
        for (case, weight) in cases.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            if let Some(text) = value_text(variable, self.sample, case) {
                let count = counts.entry(text).or_default();
                count.0 += 1;
                count.1 += weight;
            }
        }
        Ok(counts)
    }
}

fn record(
    chosen: &Chosen,
    worked: &[WorkedUnit],
    before: &[f64],
    found: &Calibrated,
) -> Result<CalibrationRecord, Problems> {
    let after = found.set.weights();
    let mut hash = Sha256::new();
    for (unit, weight) in worked.iter().zip(after).filter(|(_, weight)| **weight > 0.0) {
        hash.update((unit.case_id.len() as u64).to_le_bytes());
        hash.update(unit.case_id.as_bytes());
        hash.update(weight.to_bits().to_le_bytes());
    }
    let described = |weights: &[f64]| {
        diagnose(weights).ok_or_else(|| {
            Problem::new("weight_nobody", "chưa có phiếu nào dùng được", "there is no usable interview yet")
        })
    };
    Ok(CalibrationRecord {
        version: chosen.number,
        name: chosen.name.clone(),
        recipe_sha256: chosen.recipe.sha256()?,
        weights_sha256: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        margins: found.margins.clone(),
        scale: found.scale,
        n_trimmed: found.n_trimmed,
        trim_limit: found.limit,
        iterations: found.convergence.map_or(0, |convergence| convergence.iterations),
        largest_gap: found.convergence.map_or(0.0, |convergence| convergence.largest_gap),
        factor_range: found.factor_range,
        before: described(before)?,
        after: described(after)?,
    })
}

fn note(record: &CalibrationRecord) -> Words {
    let unit = |unit: MarginUnit| unit.words();
    let listed = |pick: fn(&Words) -> &String| {
        let of = |margin: &MarginFound| {
            let source = if margin.source.is_empty() { String::new() } else { format!(", {}", margin.source) };
            format!("{} ({}{source})", margin.variable, pick(&unit(margin.unit)))
        };
        record.margins.iter().map(of).collect::<Vec<_>>().join("; ")
    };
    let words = record.words();
    let weights = record.weights_sha256.get(..8).unwrap_or_default();
    let capital = |text: &str| {
        let mut letters = text.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    };
    Words::new(
        format!("{}; biên: {}; mã băm của trọng số {weights}.", capital(&words.vi), listed(|words| &words.vi)),
        format!("{}; margins: {}; hash of the weights {weights}.", capital(&words.en), listed(|words| &words.en)),
    )
}
