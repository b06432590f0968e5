//! A whole round in the simulated province: who is worked, what is answered, what is true.

use std::collections::BTreeMap;

use problem::{Problem, Problems};
use reports::index::IndexDefinition;
use sampling::{LevelKind, Role, Sample, SampleDesign, SamplingFrame};
use serde_json::{Map, Value as Json};

use super::instrument::script;
use super::script::Script;
use super::truth::{Truth, truth};
use super::visits::{WorkedCase, work};
use super::world::{EffectSizes, Village, build, stream};
use crate::fieldwork::disposition::Outcome;
use crate::questionnaire::Questionnaire;

/// A questionnaire of the round with the index that is computed from it.
pub struct Instrument<'a> {
    /// The questionnaire.
    pub questionnaire: &'a Questionnaire,
    /// The index.
    pub definition: &'a IndexDefinition,
    /// Levels of indicators, by code; see [`super::instrument`].
    pub levels: &'a BTreeMap<String, f64>,
}

/// What the enumerators would hand over, and what is true.
pub struct SimulatedRound {
    /// Worked cases, village after village in the order of the sample, within each in the order of work.
    pub worked: Vec<WorkedCase>,
    /// One entry an instrument, in the order given.
    pub forms: Vec<SimulatedForm>,
}

/// The answers to one questionnaire.
pub struct SimulatedForm {
    /// Form id.
    pub form_id: String,
    /// Answers by case id.
    pub answers: BTreeMap<String, Map<String, Json>>,
    /// The true scores.
    pub truth: Truth,
}

impl SimulatedRound {
    /// Final disposition of each worked case.
    pub fn outcomes(&self) -> BTreeMap<String, Outcome> {
        self.worked.iter().filter_map(|case| Some((case.case_id.clone(), case.disposition()?))).collect()
    }
}

/// Simulates the fieldwork of a drawn sample.
///
/// # Errors
/// A frame without the design's household counts, an instrument that cannot be answered or an index that does not fit it.
pub fn simulate(
    frame: &SamplingFrame,
    design: &SampleDesign,
    sample: &Sample,
    instruments: &[Instrument<'_>],
    sizes: EffectSizes,
    seed: u64,
) -> Result<SimulatedRound, Problems> {
    let places = places(frame, design)?;
    let scripts: Vec<Script> = instruments
        .iter()
        .map(|one| script(one.questionnaire, one.definition, one.levels))
        .collect::<Result<_, _>>()?;
    // Each instrument has its own groups of questions; the villages' response rates are the same in all.
    let worlds: Vec<Vec<Village>> =
        scripts.iter().map(|script| build(&places, script.n_groups, sizes, &script.form_id, seed)).collect();
    let by_path: BTreeMap<&[String], usize> =
        places.iter().enumerate().map(|(position, (path, _))| (path.as_slice(), position)).collect();
    let mut worked = Vec::new();
    let mut answers: Vec<BTreeMap<String, Map<String, Json>>> = vec![BTreeMap::new(); scripts.len()];
    for group in sample.groups() {
        let Some(first) = group.first() else { continue };
        let path: Vec<String> = first.path.iter().map(|label| label.code.clone()).collect();
        let Some(&place) = by_path.get(path.as_slice()) else { return Err(unknown_place(&path).into()) };
        let of_role = |role: Role| -> Vec<String> {
            group.iter().filter(|unit| unit.role == role).map(|unit| unit.unit_id.clone()).collect()
        };
        let Some(rates) = worlds.first() else { break };
        for case in work(&rates[place], &of_role(Role::Main), &of_role(Role::Reserve), seed) {
            if let Some(respondent) = case.respondent {
                for ((script, world), answers) in scripts.iter().zip(&worlds).zip(&mut answers) {
                    let mut random = stream(seed, &format!("answers/{}/{}", script.form_id, case.case_id));
                    let said = script.interview(&world[place], respondent.class, respondent.adults, &mut random);
                    answers.insert(case.case_id.clone(), said);
                }
            }
            worked.push(case);
        }
    }
    let mut forms = Vec::new();
    for (((one, script), world), answers) in instruments.iter().zip(&scripts).zip(&worlds).zip(answers) {
        forms.push(SimulatedForm {
            form_id: script.form_id.clone(),
            answers,
            truth: truth(one.definition, script, world)?,
        });
    }
    Ok(SimulatedRound { worked, forms })
}

/// The listing areas of the frame with their numbers of households.
fn places(frame: &SamplingFrame, design: &SampleDesign) -> Result<Vec<(Vec<String>, u32)>, Problems> {
    let listed: Vec<&str> = design
        .levels()
        .iter()
        .filter(|level| matches!(level.kind, LevelKind::Listed(_)))
        .map(|level| level.name.as_str())
        .collect();
    let counted = design.levels().iter().find_map(|level| match &level.kind {
        LevelKind::Counted { count } => Some(count.as_str()),
        LevelKind::Listed(_) => None,
    });
    let (Some(lowest), Some(count)) = (listed.last(), counted) else { return Err(no_households().into()) };
    let Some(sizes) = frame.sizes_of(lowest, count) else { return Err(no_households().into()) };
    let mut paths: Vec<Vec<String>> = Vec::new();
    for level in &listed {
        let above = paths;
        paths = frame
            .units(level)
            .iter()
            .map(|unit| {
                let mut path = above.get(unit.parent).cloned().unwrap_or_default();
                path.push(unit.code.clone());
                path
            })
            .collect();
    }
    Ok(paths.into_iter().zip(sizes.iter().map(|size| u32::try_from(*size).unwrap_or(u32::MAX))).collect())
}

fn no_households() -> Problem {
    Problem::new(
        "simulation_no_households",
        "mô phỏng cần khung có số hộ của từng địa bàn",
        "the simulation needs a frame with the number of households of each area",
    )
}

fn unknown_place(path: &[String]) -> Problem {
    Problem::new(
        "simulation_unknown_place",
        "mẫu có địa bàn không có trong khung",
        "the sample has an area that the frame lacks",
    )
    .got(path.join("/"))
}
