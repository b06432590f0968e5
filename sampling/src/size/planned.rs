//! How many units of each stage a design takes: what an outlook is computed from.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems, Words};

use crate::design::{SampleDesign, StageVariable};
use crate::sample::{Role, Sample, SampledUnit};

/// One stage and the number of its units in the sample.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedStage {
    /// Name of its level, such as `village`.
    pub level: String,
    /// What people call such a unit.
    pub words: Words,
    /// Units in the whole sample.
    pub units: u64,
}

/// A sample as its design makes it, stage by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSample {
    /// From the first stage to the last, whose units are interviewed.
    pub stages: Vec<PlannedStage>,
    /// Explicit strata of the first stage.
    pub strata: u64,
    /// PSUs and strata by the house's default analysis: first-stage certainty units are strata of their second-stage
    /// units. Only known when the units are.
    pub analysis: Option<(u64, u64)>,
}

impl PlannedSample {
    /// The numbers as the design's text gives them, for one stratum of the first stage.
    ///
    /// # Errors
    /// `size_needs_frame` when a later stage has strata of its own, so that only a frame tells how many groups there
    /// are; `size_out_of_range` when the product is no usable number.
    pub fn of_design(design: &SampleDesign) -> Result<Self, Problems> {
        let mut units: u64 = 1;
        let mut stages = Vec::new();
        for (number, stage) in design.stages().iter().enumerate() {
            let by_column = stage.strata.iter().any(|variable| matches!(variable, StageVariable::Column(_)));
            let by_stratum = (number > 0 && !stage.strata.is_empty()) || by_column || stage.has_varying_n();
            let Some(n) = stage.n.fixed().filter(|_| !by_stratum) else {
                return Err(Problem::new(
                    "size_needs_frame",
                    "số đơn vị của thiết kế này phụ thuộc vào khung mẫu (phân tầng, phân bổ)",
                    "how many units this design takes depends on the frame (strata, allocation)",
                )
                .at(Place::column(design.level_of(stage).name.as_str()))
                .hint("nêu khung mẫu bằng --frame", "name the frame with --frame")
                .into());
            };
            units = units.checked_mul(n).ok_or_else(|| {
                Problem::new("size_out_of_range", "cỡ mẫu quá lớn", "the sample is too large").got(design.name())
            })?;
            let level = design.level_of(stage);
            stages.push(PlannedStage { level: level.name.clone(), words: level.words.clone(), units });
        }
        Ok(Self { stages, strata: 1, analysis: None })
    }

    /// The numbers of a drawn sample, main units only: for a design whose numbers depend on the frame, those of a trial
    /// draw.
    #[must_use]
    pub fn of_sample(sample: &Sample) -> Self {
        let mains: Vec<&SampledUnit> = sample.units_of(Role::Main).collect();
        let count = |key: &dyn Fn(&SampledUnit) -> String| {
            mains.iter().map(|unit| key(unit)).collect::<BTreeSet<String>>().len() as u64
        };
        let depth_of =
            |level: &str| sample.levels.iter().position(|other| other.name == level).map_or(0, |place| place + 1);
        let stages = sample.stages.iter().enumerate().map(|(number, level)| {
            let words = sample.levels.iter().find(|other| other.name == *level).map(|level| level.words.clone());
            let last = number + 1 == sample.stages.len();
            PlannedStage {
                level: level.clone(),
                words: words.unwrap_or_else(|| Words::new(level, level)),
                units: if last { mains.len() as u64 } else { count(&|unit| area(unit, depth_of(level))) },
            }
        });
        let analysis = (sample.stages.len() > 1).then(|| {
            let first = depth_of(&sample.stages[0]);
            let second = if sample.stages.len() > 2 { depth_of(&sample.stages[1]) } else { usize::MAX };
            let mut strata: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for unit in &mains {
                let Some(draw) = unit.stages.first() else { continue };
                let (stratum, psu) = if draw.probability.is_certain() {
                    (format!("{}/certain/{}", draw.stratum, area(unit, first)), area(unit, second))
                } else {
                    (format!("{}/drawn", draw.stratum), area(unit, first))
                };
                strata.entry(stratum).or_default().insert(psu);
            }
            (strata.values().map(|psus| psus.len() as u64).sum(), strata.len() as u64)
        });
        Self {
            stages: stages.collect(),
            strata: count(&|unit| unit.stages.first().map(|draw| draw.stratum.clone()).unwrap_or_default()),
            analysis,
        }
    }
}

/// The unit of a level that a sampled unit lies in; the unit itself below the listed levels.
fn area(unit: &SampledUnit, depth: usize) -> String {
    if depth > unit.path.len() {
        return unit.unit_id.clone();
    }
    unit.path.iter().take(depth).map(|label| format!("{}\u{1f}{}\u{1e}", label.code, label.name)).collect()
}
