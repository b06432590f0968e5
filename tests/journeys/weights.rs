//! Over many draws, weights give back the frame: its households, and with the respondents' step its adults.

use std::collections::BTreeMap;

use khaosat::analysis::interviews::Interviews;
use khaosat::analysis::round::{Fieldwork, analyse};
use khaosat::questionnaire::{Interview, Questionnaire, Sheets, validate, xlsform};
use khaosat::simulation::coverage::{EXAMPLE_DESIGN, EXAMPLE_FRAME};
use khaosat::simulation::round::{Instrument, simulate};
use khaosat::simulation::world::{ADULTS, EffectSizes};
use reports::index::IndexDefinition;
use sampling::{Preset, Role, SamplingFrame};

const DRAWS: u64 = 300;

const SURVEY: &str = "type,name,label::en,required\nselect_one yes_no,consent,Consent,yes\ninteger,n_adults,Adults,\n\
                      select_one yes_no,q1,Content?,\n";
const CHOICES: &str = "list_name,name,label::en\nyes_no,1,Yes\nyes_no,0,No\n";
const SETTINGS: &str = "form_title,form_id,version,default_language\nOne question,one,1,en\n";
const INDEX: &str = r#"
[index]
code = "one"
name_vi = "Một"
name_en = "One"
valid_from = 2024
source = "made for a test"
certainty = "certain"
root = "one"

[[node]]
code = "one"
level = "index"
name_vi = "Một"
name_en = "One"
aggregation = "linear_mean"
a = 0.0
b = 1.0
score_min = 0.0
score_max = 1.0
certainty = "certain"

[[indicator]]
code = "1"
parent = "one"
name_vi = "Hài lòng"
name_en = "Content"
scale_min = 0
scale_max = 1
direction = "+"
certainty = "certain"
[indicator.value]
kind = "share"
questions = ["q1"]
codes = ["1"]
"#;

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn questionnaire() -> Questionnaire {
    let sheets = Sheets::from_csv(SURVEY, CHOICES, SETTINGS).expect("sheets");
    xlsform::read(&sheets).expect("a questionnaire")
}

#[test]
fn weights_give_back_the_households_and_adults_of_the_frame_on_average() {
    let design = Preset::of_name(EXAMPLE_DESIGN).expect("built in").design().expect("valid");
    let frame = SamplingFrame::read(EXAMPLE_FRAME.as_bytes(), &design).expect("valid");
    let questionnaire = questionnaire();
    let definition = IndexDefinition::from_toml(INDEX).expect("an index");
    let households: f64 = super::workshop::rows(EXAMPLE_FRAME)
        .iter()
        .map(|row| row["households"].parse::<f64>().expect("a number"))
        .sum();
    let (mut listed, mut base, mut adults) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..=DRAWS {
        let sample = sampling::draw(&frame, &design, seed).expect("a sample");
        listed.push(sample.units_of(Role::Main).map(|unit| unit.base_weight.get()).sum());
        let instrument =
            Instrument { questionnaire: &questionnaire, definition: &definition, levels: &BTreeMap::new() };
        let round = simulate(&frame, &design, &sample, &[instrument], EffectSizes::default(), seed).expect("a round");
        let interviews = round.forms[0]
            .answers
            .iter()
            .map(|(case, answers)| (case.clone(), validate(&questionnaire, answers, &Interview::default())))
            .collect();
        let interviews = Interviews::of(&questionnaire, interviews).expect("its own questionnaire");
        let outcomes = round.outcomes();
        let fieldwork =
            Fieldwork { sample: &sample, outcomes: &outcomes, questionnaire: &questionnaire, interviews: &interviews };
        let steps = analyse(&fieldwork, &definition, 0.95).expect("an analysis").weights.steps;
        let sum_after = |name: &str| {
            let step = steps.iter().find(|step| step.name == name).unwrap_or_else(|| panic!("the step {name}"));
            step.diagnostics.sum
        };
        base.push(sum_after("base"));
        adults.push(sum_after("respondent"));
    }
    // In the simulation one listed household in a hundred is not there.
    let adults_a_household: f64 = ADULTS.iter().map(|(number, share)| f64::from(*number) * share).sum();
    for (what, sums, expected) in [
        ("base weights of the main sample", &listed, households),
        ("base weights of the worked cases", &base, households),
        ("final weights", &adults, 0.99 * adults_a_household * households),
    ] {
        let (found, error) = mean(sums);
        eprintln!("{what}: {found:.0} ± {error:.0} over {DRAWS} draws, expected {expected:.0}");
        assert!((found - expected).abs() < 4.5 * error, "{what}: {found} ± {error}, expected {expected}");
        assert!(error / expected < 0.01, "{what}: precise enough to mean something");
    }
}
