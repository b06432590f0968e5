//! A survey round analysed: sample, outcomes and responses in, scores with intervals out.

use std::collections::BTreeMap;

use estimation::table::Column;
use estimation::{DesignColumns, EstimationDesign, LonelyPsu};
use problem::{Problems, Words};
use reports::index::{IndexDefinition, IndexEstimates, estimate_index};
use sampling::{Role, Sample, SampledUnit};
use sha2::{Digest, Sha256};

use super::calibration::{CalibrationRecord, Chosen, MarginVariable, Weighed, Weighing};
use super::interviews::Interviews;
use super::respondent::RespondentOfSample;
use super::variance_design::default_variance_units;
use super::weights::{WeightHistory, WorkedUnit};
use crate::fieldwork::disposition::Outcome;
use crate::questionnaire::Questionnaire;

/// What the field brought in for one questionnaire.
pub struct Fieldwork<'a> {
    /// The drawn sample.
    pub sample: &'a Sample,
    /// Final disposition of each worked case, by case id.
    pub outcomes: &'a BTreeMap<String, Outcome>,
    /// The questionnaire that was answered.
    pub questionnaire: &'a Questionnaire,
    /// The interviews that count.
    pub interviews: &'a Interviews,
}

/// The scores of a round with all that a reader must know of them.
#[derive(Clone, Debug)]
pub struct RoundAnalysis {
    /// Indicators and nodes with standard errors and intervals.
    pub estimates: IndexEstimates,
    /// The weights' history.
    pub weights: WeightHistory,
    /// The version of the weights, where they are not those of the design.
    pub calibration: Option<CalibrationRecord>,
    /// Interviews used.
    pub n_interviews: usize,
    /// Listing areas (villages) with an interview.
    pub n_areas: usize,
    /// PSUs of the variance.
    pub n_psus: usize,
    /// Strata of the variance.
    pub n_strata: usize,
    /// Degrees of freedom of the whole design.
    pub degrees_of_freedom: usize,
    /// How the variance was computed, for the note under a figure.
    pub method: Words,
    /// First eight hexadecimal digits of the SHA-256 of everything that went in.
    pub fingerprint: String,
}

/// Whether a questionnaire asks what the weights of a sample need. Told when a round is made: after fieldwork it is too late.
///
/// # Errors
/// It lacks the question that counts the eligible members.
pub fn check_questionnaire(sample: &Sample, questionnaire: &Questionnaire) -> Result<(), Problems> {
    RespondentOfSample::of(sample).check(questionnaire)
}

/// Scores of `definition` from the fieldwork, with intervals at confidence `level` (such as 0.95).
///
/// # Errors
/// No usable interview, cases that cannot be weighted, a definition that asks for questions that were not put, a stratum
/// with one PSU.
pub fn analyse(fieldwork: &Fieldwork<'_>, definition: &IndexDefinition, level: f64) -> Result<RoundAnalysis, Problems> {
    analyse_with(fieldwork, definition, level, None)
}

/// As [`analyse`], with a version of the weights instead of those of the design. The variance knows what the totals explain: every
/// statistic is residualized on the controls before the variance operator (docs/methods/weighting.md, section 5).
///
/// # Errors
/// As [`analyse`]; everything that keeps the totals of the version from being met.
pub fn analyse_with(
    fieldwork: &Fieldwork<'_>,
    definition: &IndexDefinition,
    level: f64,
    chosen: Option<&Chosen>,
) -> Result<RoundAnalysis, Problems> {
    let (weighed, worked) = weighed(fieldwork, chosen)?;
    let history = weighed.history;
    let variance_units = default_variance_units(&worked);
    // Every worked case is a row: one without a usable interview has weight 0 and no answers, so that a PSU in which
    // everybody refused still counts as a sampled PSU.
    let usable =
        worked.iter().zip(&history.weights).map(|(unit, weight)| (*weight > 0.0).then_some(unit.case_id.as_str()));
    let table = fieldwork.interviews.table(fieldwork.questionnaire, usable)?;
    let psu = Column::categorical(&variance_units.iter().map(|unit| Some(&unit.psu)).collect::<Vec<_>>());
    let stratum = Column::categorical(&variance_units.iter().map(|unit| Some(&unit.stratum)).collect::<Vec<_>>());
    let design = EstimationDesign::new(&DesignColumns {
        ids: vec![("psu", &psu)],
        strata: vec![("stratum", &stratum)],
        weights: Some(("weight", weighed.calibrated.as_ref().map_or(&history.weights, |found| &found.before))),
        lonely_psu: LonelyPsu::Fail,
        ..DesignColumns::new(worked.len())
    })?;
    let design = match &weighed.calibrated {
        Some(found) => design.reweighted(&found.set)?,
        None => design,
    };
    let estimates = estimate_index(definition, &design, &table, level)?;
    let used = || worked.iter().zip(&history.weights).filter(|(_, weight)| **weight > 0.0);
    let mut areas: Vec<&[String]> = used().map(|(unit, _)| unit.areas.as_slice()).collect();
    areas.sort_unstable();
    areas.dedup();
    Ok(RoundAnalysis {
        n_interviews: used().count(),
        n_areas: areas.len(),
        n_psus: design.n_psus(),
        n_strata: design.n_strata(),
        degrees_of_freedom: design.degrees_of_freedom(),
        method: method_words(design.n_psus(), design.n_strata(), weighed.record.as_ref()),
        fingerprint: fingerprint(fieldwork, definition, weighed.record.as_ref()),
        weights: history,
        calibration: weighed.record,
        estimates,
    })
}

/// The weights of a fieldwork, without any score.
pub struct RoundWeights {
    /// The weights' history.
    pub history: WeightHistory,
    /// The version of the weights, where they are not those of the design.
    pub calibration: Option<CalibrationRecord>,
}

/// The weights of a fieldwork, by design or by a version.
///
/// # Errors
/// As [`analyse_with`].
pub fn weigh_round(fieldwork: &Fieldwork<'_>, chosen: Option<&Chosen>) -> Result<RoundWeights, Problems> {
    let (weighed, _) = weighed(fieldwork, chosen)?;
    Ok(RoundWeights { history: weighed.history, calibration: weighed.record })
}

/// How many interviews hold each value of a variable, and how many people they stand for by the design weights.
///
/// # Errors
/// Why there are no weights.
pub fn value_counts(
    fieldwork: &Fieldwork<'_>,
    variable: &MarginVariable,
) -> Result<BTreeMap<String, (usize, f64)>, Problems> {
    let (weighed, worked) = weighed(fieldwork, None)?;
    let respondent = RespondentOfSample::of(fieldwork.sample);
    weighing(fieldwork, None).value_counts(&worked, &respondent, &weighed.history.weights, variable)
}

fn weighing<'a>(fieldwork: &Fieldwork<'a>, chosen: Option<&'a Chosen>) -> Weighing<'a> {
    Weighing {
        sample: fieldwork.sample,
        questionnaire: fieldwork.questionnaire,
        interviews: fieldwork.interviews,
        chosen,
    }
}

fn weighed(fieldwork: &Fieldwork<'_>, chosen: Option<&Chosen>) -> Result<(Weighed, Vec<WorkedUnit>), Problems> {
    let respondent = RespondentOfSample::of(fieldwork.sample);
    respondent.check(fieldwork.questionnaire)?;
    let worked = fieldwork.worked_units(&respondent);
    let mut weighed = weighing(fieldwork, chosen).weigh(&worked, &respondent)?;
    weighed.history.notes.extend(respondent.notes(fieldwork.questionnaire, fieldwork.interviews));
    weighed.history.notes.extend(field_notes(fieldwork));
    Ok((weighed, worked))
}

/// PSUs and strata that the variance of a sample will rest on when every main case is interviewed.
#[must_use]
pub fn planned_units(sample: &Sample) -> (usize, usize) {
    let outcomes: BTreeMap<String, Outcome> =
        sample.units_of(Role::Main).map(|unit| (unit.unit_id.clone(), Outcome::Complete)).collect();
    let units = default_variance_units(&worked_units(sample, &outcomes, |_| None));
    let count = |of: fn(&super::variance_design::VarianceUnit) -> &String| {
        units.iter().map(of).collect::<std::collections::BTreeSet<_>>().len()
    };
    (count(|unit| &unit.psu), count(|unit| &unit.stratum))
}

/// What the weights suppose of the field and the data contradict.
fn field_notes(fieldwork: &Fieldwork<'_>) -> Vec<Words> {
    let groups = fieldwork.sample.groups();
    let (mut untouched, mut out_of_order) = (0, 0);
    for group in &groups {
        let cases: Vec<(Role, Option<Outcome>)> =
            group.iter().map(|unit| (unit.role, fieldwork.outcomes.get(&unit.unit_id).copied())).collect();
        untouched += usize::from(cases.iter().all(|(_, outcome)| outcome.is_none()));
        out_of_order += usize::from(!in_order(&cases));
    }
    let mut notes = Vec::new();
    if untouched > 0 {
        notes.push(Words::new(
            format!(
                "Số liệu chưa đủ: {untouched} trong {} địa bàn của mẫu chưa có hộ nào được tiếp cận.",
                groups.len()
            ),
            format!("Incomplete: in {untouched} of the sample's {} areas no household has been worked.", groups.len()),
        ));
    }
    if out_of_order > 0 {
        notes.push(Words::new(
            format!("Ở {out_of_order} địa bàn, hộ dự phòng không được dùng theo thứ tự hoặc nhiều hơn số hộ không phỏng vấn được; trọng số ở đó không còn đúng."),
            format!("In {out_of_order} areas reserves were used out of order or beyond the failures; weights there no longer hold."),
        ));
    }
    notes
}

/// Whether the worked reserves are the first ones, and no more than there were failures. Cases in visiting order.
fn in_order(cases: &[(Role, Option<Outcome>)]) -> bool {
    let failed = cases.iter().filter(|(_, outcome)| outcome.is_some_and(|outcome| !outcome.is_interview())).count();
    let reserves: Vec<bool> =
        cases.iter().filter(|(role, _)| *role == Role::Reserve).map(|(_, outcome)| outcome.is_some()).collect();
    let released = reserves.iter().filter(|worked| **worked).count();
    released <= failed && reserves.iter().take(released).all(|worked| *worked)
}

fn method_words(n_psus: usize, n_strata: usize, calibration: Option<&CalibrationRecord>) -> Words {
    let (vi, en) = match calibration.map(CalibrationRecord::words) {
        None => (String::new(), String::new()),
        Some(words) => (
            format!(", trên phần dư của hiệu chỉnh; {}", words.vi),
            format!(", on the residuals of the calibration; {}", words.en),
        ),
    };
    Words::new(
        format!("Taylor; đơn vị chắc chắn tách theo cấp dưới, {n_psus} PSU trong {n_strata} tầng{vi}"),
        format!("Taylor; certainty units split one level down, {n_psus} PSUs in {n_strata} strata{en}"),
    )
}

impl Fieldwork<'_> {
    fn worked_units(&self, respondent: &RespondentOfSample<'_>) -> Vec<WorkedUnit> {
        let factor = |unit: &SampledUnit| respondent.factor(unit, self.questionnaire, self.interviews);
        worked_units(self.sample, self.outcomes, factor)
    }
}

/// The cases with a final disposition, in the order of the sample list; `factor` is 1/π of the respondent.
pub(super) fn worked_units(
    sample: &Sample,
    outcomes: &BTreeMap<String, Outcome>,
    factor: impl Fn(&SampledUnit) -> Option<f64>,
) -> Vec<WorkedUnit> {
    sample
        .units
        .iter()
        .filter_map(|unit| {
            let disposition = *outcomes.get(&unit.unit_id)?;
            Some(worked_unit(sample, unit, disposition, factor(unit)))
        })
        .collect()
}

fn worked_unit(
    sample: &Sample,
    unit: &SampledUnit,
    disposition: Outcome,
    respondent_factor: Option<f64>,
) -> WorkedUnit {
    // The last stage draws households; the stages before it draw areas.
    let area_stages = unit.stages.len().saturating_sub(1);
    let areas = sample.stages[..area_stages]
        .iter()
        .map(|stage| {
            let level = sample.levels.iter().position(|level| level.name == *stage).unwrap_or(0);
            let path: Vec<&str> = unit.path[..=level.min(unit.path.len() - 1)]
                .iter()
                .map(|label| if label.code.is_empty() { label.name.as_str() } else { label.code.as_str() })
                .collect();
            path.join("-")
        })
        .collect();
    let draws = &unit.stages[..area_stages];
    WorkedUnit {
        case_id: unit.unit_id.clone(),
        areas,
        area_probabilities: draws.iter().map(|draw| draw.probability.get()).collect(),
        area_certainty: draws.iter().map(|draw| draw.probability.is_certain()).collect(),
        stratum: draws.first().map(|draw| draw.stratum.clone()).unwrap_or_default(),
        listing_size: unit.listing_size,
        disposition,
        respondent_factor,
    }
}

fn fingerprint(
    fieldwork: &Fieldwork<'_>,
    definition: &IndexDefinition,
    calibration: Option<&CalibrationRecord>,
) -> String {
    let provenance = &fieldwork.sample.provenance;
    let mut hash = Sha256::new();
    for part in [definition.sha256(), &provenance.design_sha256, &provenance.frame_sha256] {
        hash.update(part);
    }
    hash.update(provenance.seed.to_le_bytes());
    hash.update(fieldwork.questionnaire.version_hash().unwrap_or_default());
    for (case_id, disposition) in fieldwork.outcomes {
        hash.update(format!("{case_id}={};", disposition.code()));
    }
    for (case_id, digest) in fieldwork.interviews.digests() {
        hash.update(format!("{case_id}:{digest}"));
    }
    if let Some(record) = calibration {
        hash.update(&record.recipe_sha256);
    }
    hash.finalize().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_are_in_order_only_behind_failures_and_one_after_the_other() {
        let (done, refused) = (Some(Outcome::Complete), Some(Outcome::Refusal));
        let main = |outcome| (Role::Main, outcome);
        let reserve = |outcome| (Role::Reserve, outcome);
        assert!(in_order(&[main(done), main(refused), reserve(done), reserve(None)]));
        assert!(
            in_order(&[main(done), main(refused), reserve(refused), reserve(done)]),
            "a failed reserve releases the next"
        );
        assert!(!in_order(&[main(done), main(refused), reserve(None), reserve(done)]), "one was skipped");
        assert!(!in_order(&[main(done), main(done), reserve(done)]), "nobody had failed");
        assert!(in_order(&[main(None), main(None), reserve(None)]));
    }
}
