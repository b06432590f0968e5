//! Repeating the demonstration's road with many seeds: do the intervals keep their promise?

use std::collections::BTreeMap;
use std::fmt::Write;

use problem::{Problem, Problems};
use reports::index::{IndexDefinition, IndexEstimates};
use sampling::{SampleDesign, SamplingFrame, draw};

use super::levels::levels_of;
use super::round::{Instrument, simulate};
use super::truth::Truth;
use super::world::EffectSizes;
use crate::analysis::interviews::Interviews;
use crate::analysis::round::{Fieldwork, analyse};
use crate::questionnaire::{Interview, Questionnaire, builtin, validate};

/// The example frame; its README says what in it is real and what is illustrative.
pub const EXAMPLE_FRAME: &str = include_str!("../../sampling/frames/bac-giang-2019-example.csv");
/// The design of the province's plan.
pub const EXAMPLE_DESIGN: &str = "papi-3x2x2x20";

/// The example province, ready to be surveyed again and again.
pub struct Province {
    frame: SamplingFrame,
    design: SampleDesign,
    questionnaire: Questionnaire,
    definition: IndexDefinition,
    levels: BTreeMap<String, f64>,
    /// Sizes of the place effects.
    pub sizes: EffectSizes,
}

/// One survey: estimates and truth.
pub struct Survey {
    /// Scores with intervals.
    pub estimates: IndexEstimates,
    /// What is true.
    pub truth: Truth,
}

/// The example frame with one of the shipped questionnaires, such as `papi-2019`.
///
/// # Errors
/// None that the tests of the shipped files would not find first.
pub fn example_province(instrument: &str) -> Result<Province, Problems> {
    let text = sampling::presets().iter().find(|preset| preset.name == EXAMPLE_DESIGN).map_or("", |preset| preset.text);
    let design = SampleDesign::from_toml(text)?;
    Ok(Province {
        frame: SamplingFrame::read(EXAMPLE_FRAME.as_bytes(), &design)?,
        design,
        questionnaire: builtin(instrument).map_or_else(|| Err(unknown(instrument)), |sheets| sheets.questionnaire())?,
        definition: reports::index::preset(instrument)?,
        levels: levels_of(instrument)?,
        sizes: EffectSizes::default(),
    })
}

fn unknown(instrument: &str) -> Problems {
    Problem::new("simulation_unknown_instrument", "không có bảng hỏi này", "there is no such questionnaire")
        .got(instrument)
        .into()
}

impl Province {
    /// Draws, interviews and scores with one seed.
    ///
    /// # Errors
    /// Those of the draw, the simulation and the analysis.
    pub fn run(&self, seed: u64) -> Result<Survey, Problems> {
        let sample = draw(&self.frame, &self.design, seed)?;
        let instrument =
            Instrument { questionnaire: &self.questionnaire, definition: &self.definition, levels: &self.levels };
        let mut round = simulate(&self.frame, &self.design, &sample, &[instrument], self.sizes, seed)?;
        let form = round.forms.remove(0);
        let interviews = form
            .answers
            .iter()
            .map(|(case, answers)| (case.clone(), validate(&self.questionnaire, answers, &Interview::default())))
            .collect();
        let interviews = Interviews::of(&self.questionnaire, interviews)?;
        let outcomes = round.outcomes();
        let fieldwork = Fieldwork {
            sample: &sample,
            outcomes: &outcomes,
            questionnaire: &self.questionnaire,
            interviews: &interviews,
        };
        let analysis = analyse(&fieldwork, &self.definition, 0.95)?;
        Ok(Survey { estimates: analysis.estimates, truth: form.truth })
    }
}

/// What happened to one score over the repetitions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// Surveys with an interval.
    pub n: usize,
    /// Intervals that held the truth.
    pub covered: usize,
    /// Sum of estimated variances.
    pub variances: f64,
    /// Sum of squared errors.
    pub squared_errors: f64,
    /// Sum of errors.
    pub errors: f64,
}

/// Coverage by score.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally(pub BTreeMap<String, Counted>);

impl Tally {
    /// Adds one survey: the total, the dimensions, the sub-dimensions.
    pub fn add(&mut self, survey: &Survey) {
        for node in &survey.estimates.scores {
            let Some(estimate) = &node.estimate else { continue };
            let (Some(value), Some(error), Some(interval), Some(truth)) =
                (estimate.estimate, estimate.standard_error, &estimate.interval, survey.truth.nodes.get(&node.code))
            else {
                continue;
            };
            let counted = self.0.entry(node.code.clone()).or_default();
            counted.n += 1;
            counted.covered += usize::from((interval.lower..=interval.upper).contains(truth));
            counted.variances += error * error;
            counted.squared_errors += (value - truth) * (value - truth);
            counted.errors += value - truth;
        }
    }

    /// Coverage of one score.
    #[must_use]
    pub fn coverage(&self, code: &str) -> Option<f64> {
        self.0.get(code).filter(|counted| counted.n > 0).map(|counted| counted.covered as f64 / counted.n as f64)
    }

    /// A table: code, surveys, coverage, mean variance over mean squared error, mean error, root mean squared error.
    #[must_use]
    pub fn report(&self) -> String {
        let mut text = String::from("code      n  coverage  var/mse   bias   rmse\n");
        for (code, counted) in &self.0 {
            let n = counted.n as f64;
            let _ = writeln!(
                text,
                "{code:6} {:4}  {:7.3}  {:7.2}  {:6.3} {:6.3}",
                counted.n,
                counted.covered as f64 / n,
                counted.variances / counted.squared_errors,
                counted.errors / n,
                (counted.squared_errors / n).sqrt()
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n_counts_people_who_answered_not_households_that_refused() {
        let survey = example_province("papi-2019").expect("the example").run(20_241).expect("a survey");
        let total = survey.estimates.score("papi").and_then(|node| node.estimate.as_ref()).expect("a total");
        assert!((200..=240).contains(&total.n), "at most 240 interviews, not {}", total.n);
    }
}
