//! Weights that meet margins, against a calculation that shares no code with the program: raking by hand, a regression by elimination,
//! the variance between units summed up.

use std::collections::BTreeMap;

use khaosat::analysis::calibration::{CellTotal, Chosen, MarginRule, MarginUnit, Missing, Recipe};
use khaosat::analysis::interviews::Interviews;
use khaosat::analysis::round::{Fieldwork, analyse, analyse_with, weigh_round};
use khaosat::fieldwork::disposition::Outcome;
use khaosat::questionnaire::{Interview, Questionnaire, Sheets, Validated, validate, xlsform};
use khaosat::simulation::coverage::{EXAMPLE_DESIGN, EXAMPLE_FRAME};
use problem::Problems;
use reports::index::IndexDefinition;
use sampling::{Preset, Role, Sample, SamplingFrame};
use serde_json::{Map, json};

const SURVEY: &str = "type,name,label::en,required\nselect_one yes_no,consent,Consent,yes\ninteger,n_adults,Adults,\n\
                      select_one sex,sex,Sex,\ninteger,age,Age,\nselect_one yes_no,q1,Content?,\n";
const CHOICES: &str = "list_name,name,label::en\nyes_no,1,Yes\nyes_no,0,No\nsex,1,Man\nsex,2,Woman\nsex,3,Other\n";
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

/// A person of the round.
struct Person {
    case_id: String,
    stratum: String,
    psu: String,
    n_adults: f64,
    sex: usize,
    age: f64,
    content: f64,
}

struct World {
    sample: Sample,
    questionnaire: Questionnaire,
    definition: IndexDefinition,
    outcomes: BTreeMap<String, Outcome>,
    said: BTreeMap<String, Validated>,
    interviews: Interviews,
    people: Vec<Person>,
}

impl World {
    /// Everybody answers; who is content hangs on sex and age, so that margins matter.
    fn new() -> Self {
        let design = Preset::of_name(EXAMPLE_DESIGN).expect("built in").design().expect("valid");
        let frame = SamplingFrame::read(EXAMPLE_FRAME.as_bytes(), &design).expect("valid");
        let sample = sampling::draw(&frame, &design, 11).expect("a sample");
        let sheets = Sheets::from_csv(SURVEY, CHOICES, SETTINGS).expect("sheets");
        let questionnaire = xlsform::read(&sheets).expect("a questionnaire");
        let (mut outcomes, mut interviews, mut people) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for (at, unit) in sample.units_of(Role::Main).enumerate() {
            let noise = |salt: usize| (at * 7919 + salt * 104_729) % 1009;
            let sex = if noise(1) < 640 { 1 } else { 2 };
            let age = 18 + noise(2) % 60;
            let n_adults = 1 + noise(3) % 4;
            let content = noise(4) < 300 + 300 * usize::from(sex == 2) + 5 * (age - 18);
            let answers = json!({
                "consent": "1", "n_adults": n_adults, "sex": sex.to_string(), "age": age,
                "q1": if content { "1" } else { "0" },
            });
            let answers: &Map<String, serde_json::Value> = answers.as_object().expect("an object");
            outcomes.insert(unit.unit_id.clone(), Outcome::Complete);
            interviews.insert(unit.unit_id.clone(), validate(&questionnaire, answers, &Interview::default()));
            // A certain district is a stratum with its communes as units; all others are the units of one stratum.
            let certain = unit.stages[0].probability.is_certain();
            let (district, commune) = (unit.path[1].code.clone(), unit.path[2].code.clone());
            people.push(Person {
                case_id: unit.unit_id.clone(),
                stratum: if certain { district.clone() } else { "others".to_owned() },
                psu: if certain { commune } else { district },
                n_adults: n_adults as f64,
                sex,
                age: age as f64,
                content: f64::from(u8::from(content)),
            });
        }
        let definition = IndexDefinition::from_toml(INDEX).expect("an index");
        let none = Interviews::default();
        let mut world =
            Self { sample, questionnaire, definition, outcomes, said: interviews, interviews: none, people };
        world.hear();
        world
    }

    /// What was said is what counts.
    fn hear(&mut self) {
        self.interviews = Interviews::of(&self.questionnaire, self.said.clone()).expect("its own questionnaire");
    }

    fn fieldwork(&self) -> Fieldwork<'_> {
        Fieldwork {
            sample: &self.sample,
            outcomes: &self.outcomes,
            questionnaire: &self.questionnaire,
            interviews: &self.interviews,
        }
    }

    /// The weights of the people, in their order.
    fn weights(&self, recipe: Option<&Recipe>) -> Result<Vec<f64>, Problems> {
        let chosen = recipe.map(|recipe| Chosen { number: Some(1), name: "x".to_owned(), recipe: recipe.clone() });
        let history = weigh_round(&self.fieldwork(), chosen.as_ref())?.history;
        // Worked cases stand in the order of the list, and so do the people.
        let in_order: Vec<&str> = self.sample.units.iter().map(|unit| unit.unit_id.as_str()).collect();
        let worked: Vec<&str> = in_order.into_iter().filter(|case| self.outcomes.contains_key(*case)).collect();
        let by_case: BTreeMap<&str, f64> = worked.into_iter().zip(history.weights).collect();
        Ok(self.people.iter().map(|person| by_case[person.case_id.as_str()]).collect())
    }

    /// Estimate and standard error of the share of content people, as the program has them.
    fn score(&self, recipe: Option<&Recipe>) -> (f64, f64) {
        let chosen = recipe.map(|recipe| Chosen { number: Some(1), name: "x".to_owned(), recipe: recipe.clone() });
        let analysis = analyse_with(&self.fieldwork(), &self.definition, 0.95, chosen.as_ref()).expect("scores");
        let estimate = analysis.estimates.score("one").and_then(|node| node.estimate.as_ref()).expect("an estimate");
        (estimate.estimate.expect("a number"), estimate.standard_error.expect("an error"))
    }
}

fn margin(variable: &str, unit: MarginUnit, totals: &[(&str, f64)]) -> MarginRule {
    let totals = totals.iter().map(|(category, total)| CellTotal { category: (*category).to_owned(), total: *total });
    MarginRule { variable: variable.to_owned(), unit, source: "a census".to_owned(), totals: totals.collect() }
}

fn recipe(margins: Vec<MarginRule>) -> Recipe {
    Recipe {
        cells: None,
        trim: None,
        distance: estimation::weighting::Distance::Raking,
        bounds: None,
        missing: Missing::Refuse,
        margins,
    }
}

fn census() -> Recipe {
    recipe(vec![
        margin("sex", MarginUnit::Persons, &[("1", 580_000.0), ("2|3", 620_000.0)]),
        margin("age", MarginUnit::Persons, &[("18-34", 450_000.0), ("35-54", 430_000.0), ("55+", 320_000.0)]),
    ])
}

fn age_class(age: f64) -> usize {
    usize::from(age >= 35.0) + usize::from(age >= 55.0)
}

/// Raking as Deming and Stephan wrote it down.
fn raked(people: &[Person], weights: &[f64]) -> Vec<f64> {
    let (sexes, ages) = ([580_000.0, 620_000.0], [450_000.0, 430_000.0, 320_000.0]);
    let mut weights = weights.to_vec();
    for _ in 0..500 {
        for (of, totals) in [
            ((|person: &Person| person.sex - 1) as fn(&Person) -> usize, &sexes[..]),
            (|person: &Person| age_class(person.age), &ages[..]),
        ] {
            let mut sums = vec![0.0; totals.len()];
            people.iter().zip(&weights).for_each(|(person, weight)| sums[of(person)] += weight);
            people
                .iter()
                .zip(&mut weights)
                .for_each(|(person, weight)| *weight *= totals[of(person)] / sums[of(person)]);
        }
    }
    weights
}

/// Residuals of `e` in the regression on `x` with weights `d`, by elimination of the normal equations.
fn residuals(x: &[Vec<f64>], e: &[f64], d: &[f64]) -> Vec<f64> {
    let k = x[0].len();
    let mut system = vec![vec![0.0; k + 1]; k];
    for ((row, e), d) in x.iter().zip(e).zip(d) {
        for i in 0..k {
            (0..k).for_each(|j| system[i][j] += d * row[i] * row[j]);
            system[i][k] += d * row[i] * e;
        }
    }
    for i in 0..k {
        let pivot = (i..k).max_by(|a, b| system[*a][i].abs().total_cmp(&system[*b][i].abs())).expect("a row");
        system.swap(i, pivot);
        for row in (0..k).filter(|row| *row != i) {
            let factor = system[row][i] / system[i][i];
            let top = system[i].clone();
            system[row].iter_mut().zip(top).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    let beta: Vec<f64> = (0..k).map(|i| system[i][k] / system[i][i]).collect();
    x.iter().zip(e).map(|(row, e)| e - row.iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>()).collect()
}

/// Variance of the sum of scores between the units of each stratum, as with replacement.
fn between(people: &[Person], scores: &[f64]) -> f64 {
    let mut strata: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for (person, score) in people.iter().zip(scores) {
        *strata.entry(&person.stratum).or_default().entry(&person.psu).or_default() += score;
    }
    let of_stratum = |units: &BTreeMap<&str, f64>| {
        let n = units.len() as f64;
        let mean = units.values().sum::<f64>() / n;
        n / (n - 1.0) * units.values().map(|total| (total - mean).powi(2)).sum::<f64>()
    };
    strata.values().map(of_stratum).sum()
}

fn close(found: f64, expected: f64, within: f64) -> bool {
    (found / expected - 1.0).abs() < within
}

#[test]
fn weights_and_standard_error_agree_with_a_calculation_by_hand() {
    let world = World::new();
    let before = world.weights(None).expect("weights");
    let expected = raked(&world.people, &before);
    let found = world.weights(Some(&census())).expect("weights");
    for ((found, expected), person) in found.iter().zip(&expected).zip(&world.people) {
        assert!(close(*found, *expected, 1e-8), "{}: {found} and {expected}", person.case_id);
    }
    let sum: f64 = expected.iter().sum();
    let share = world.people.iter().zip(&expected).map(|(person, weight)| weight * person.content).sum::<f64>() / sum;
    let e: Vec<f64> = world.people.iter().map(|person| (person.content - share) / sum).collect();
    let x: Vec<Vec<f64>> = world
        .people
        .iter()
        .map(|person| {
            let is = |yes: bool| f64::from(u8::from(yes));
            let age = age_class(person.age);
            vec![is(person.sex == 1), is(person.sex == 2), is(age == 0), is(age == 1)]
        })
        .collect();
    let scores =
        |values: &[f64]| -> Vec<f64> { values.iter().zip(&expected).map(|(value, weight)| value * weight).collect() };
    let honest = between(&world.people, &scores(&residuals(&x, &e, &before))).sqrt();
    let naive = between(&world.people, &scores(&e)).sqrt();
    let (estimate, error) = world.score(Some(&census()));
    assert!(close(estimate, share, 1e-9), "{estimate} and {share}");
    assert!(close(error, honest, 1e-8), "{error} and {honest}");
    // The negative control: forgetting the margins would give another error.
    assert!(!close(naive, honest, 1e-3), "{naive} and {honest}: the margins explain nothing, the test proves nothing");
    // And without a version nothing has changed.
    let plain = analyse(&world.fieldwork(), &world.definition, 0.95).expect("scores");
    assert!(plain.calibration.is_none());
    assert!(!close(world.score(None).0, share, 1e-4));
}

#[test]
fn shares_scale_trimming_bounds_and_households_do_what_they_say() {
    let world = World::new();
    let before = world.weights(None).expect("weights");
    let population: f64 = before.iter().sum();
    // Shares leave the estimated population as it is.
    let shares = recipe(vec![margin("sex", MarginUnit::Share, &[("1", 48.0), ("*", 52.0)])]);
    let found = world.weights(Some(&shares)).expect("weights");
    assert!(close(found.iter().sum(), population, 1e-9));
    let men: f64 =
        world.people.iter().zip(&found).filter(|(person, _)| person.sex == 1).map(|(_, weight)| weight).sum();
    assert!(close(men, 0.48 * population, 1e-9));
    // Households: each person's weight over the adults of the household.
    let capital =
        world.people.iter().find(|person| person.stratum != "others").expect("a certain district").stratum.clone();
    let households =
        recipe(vec![margin("district", MarginUnit::Households, &[(capital.as_str(), 60_000.0), ("*", 400_000.0)])]);
    let found = world.weights(Some(&households)).expect("weights");
    let of_capital = world.people.iter().zip(&found).filter(|(person, _)| person.stratum == capital);
    let counted: f64 = of_capital.map(|(person, weight)| weight / person.n_adults).sum();
    assert!(close(counted, 60_000.0, 1e-9), "{counted}");
    // Bounds hold for every factor, on weights that were brought to the population first.
    let mut bounded = census();
    bounded.distance = estimation::weighting::Distance::Logit;
    bounded.bounds = Some([0.5, 2.0]);
    let scale = 1_200_000.0 / population;
    for (new, old) in world.weights(Some(&bounded)).expect("weights").iter().zip(&before) {
        assert!((0.5 - 1e-9..=2.0 + 1e-9).contains(&(new / (old * scale))), "{}", new / (old * scale));
    }
    // Trimmed first, the margins are met all the same.
    let mut trimmed = census();
    trimmed.trim = Some(8.0);
    let chosen = Chosen { number: None, name: String::new(), recipe: trimmed };
    let record = weigh_round(&world.fieldwork(), Some(&chosen)).expect("weights").calibration.expect("a record");
    assert!(record.n_trimmed > 0 && record.trim_limit.is_some());
    for cell in record.margins.iter().flat_map(|margin| &margin.cells) {
        assert!(close(cell.after, cell.target, 1e-9), "{}: {} and {}", cell.category, cell.after, cell.target);
    }
    assert!(record.iterations > 0 && record.largest_gap < 1e-10);
}

fn codes(result: Result<Vec<f64>, Problems>) -> Vec<&'static str> {
    result.expect_err("refused").iter().map(|problem| problem.code).collect()
}

#[test]
fn what_cannot_be_met_is_told_by_margin_and_category_and_gives_no_weights() {
    let mut world = World::new();
    let sex = |totals: &[(&str, f64)]| margin("sex", MarginUnit::Persons, totals);
    // Nobody in the sample is of the third sex.
    let empty =
        world.weights(Some(&recipe(vec![sex(&[("1", 50.0), ("2", 50.0), ("3", 1.0)])]))).expect_err("an empty cell");
    assert_eq!(empty.0[0].code, "margin_empty_cell");
    assert!(
        empty.0[0].message.vi.contains("sex") && empty.0[0].message.vi.contains("nhóm 3"),
        "{}",
        empty.0[0].message.vi
    );
    assert_eq!(codes(world.weights(Some(&recipe(vec![sex(&[("1", 50.0)])])))), ["margin_unknown_cell"]);
    assert_eq!(codes(world.weights(Some(&recipe(vec![sex(&[("1", 50.0), ("1|2", 50.0)])])))), ["margin_overlap"]);
    assert_eq!(codes(world.weights(Some(&recipe(vec![sex(&[("1", 50.0), ("9", 50.0)])])))), ["margin_value"]);
    assert_eq!(
        codes(world.weights(Some(&recipe(vec![margin("no", MarginUnit::Persons, &[("1", 5.0)])])))),
        ["margin_variable"]
    );
    assert_eq!(
        codes(world.weights(Some(&recipe(vec![margin("sex", MarginUnit::Share, &[("1", 40.0), ("2", 40.0)])])))),
        ["margin_share"]
    );
    assert_eq!(codes(world.weights(Some(&recipe(Vec::new())))), ["margin_none"]);
    let differ = recipe(vec![
        sex(&[("1", 50.0), ("2", 50.0)]),
        margin("age", MarginUnit::Persons, &[("18-39", 60.0), ("40+", 50.0)]),
    ]);
    assert_eq!(codes(world.weights(Some(&differ))), ["margin_totals_differ"]);
    // Within bounds a far margin is out of reach, and the message names margin and category.
    let mut far = recipe(vec![sex(&[("1", 1.0), ("2", 99.0)])]);
    far.bounds = Some([0.9, 1.1]);
    let told = world.weights(Some(&far)).expect_err("out of reach");
    assert!(told.0[0].message.vi.contains("biên sex") && told.0[0].message.en.contains("margin sex"), "{told}");
    // Margins that contradict each other where a crossing is empty: all young are men in the sample, but not in the margins.
    for (person, case) in world.people.iter().map(|person| (person, &person.case_id)) {
        let age = if person.sex == 1 { 20 } else { 60 };
        let answers = json!({"consent": "1", "n_adults": 2, "sex": person.sex.to_string(), "age": age, "q1": "1"});
        let validated = validate(&world.questionnaire, answers.as_object().expect("an object"), &Interview::default());
        world.said.insert(case.clone(), validated);
    }
    world.hear();
    let contradict = recipe(vec![
        sex(&[("1", 50.0), ("2", 50.0)]),
        margin("age", MarginUnit::Persons, &[("18-39", 60.0), ("40+", 40.0)]),
    ]);
    let told = world.weights(Some(&contradict)).expect_err("they contradict each other");
    assert_eq!(told.0[0].code, "calibration_not_met");
    let hint = told.0[0].hint.as_ref().expect("what to do");
    assert!(hint.vi.contains("sex=1 × age=40+"), "{}", hint.vi);
}

#[test]
fn an_interview_without_an_answer_stops_it_or_counts_by_shares() {
    let mut world = World::new();
    let silent = world.people[5].case_id.clone();
    let answers = json!({"consent": "1", "n_adults": 2, "sex": "-999", "age": 40, "q1": "1"});
    let validated = validate(&world.questionnaire, answers.as_object().expect("an object"), &Interview::default());
    world.said.insert(silent, validated);
    world.hear();
    let mut asked = census();
    assert_eq!(codes(world.weights(Some(&asked))), ["margin_missing_value"]);
    asked.missing = Missing::Share;
    let chosen = Chosen { number: None, name: String::new(), recipe: asked };
    let record = weigh_round(&world.fieldwork(), Some(&chosen)).expect("weights").calibration.expect("a record");
    assert_eq!(record.margins[0].n_missing, 1);
    assert!(close(record.margins[0].cells[0].after, 580_000.0, 1e-9));
}

#[test]
fn cells_of_nonresponse_may_be_larger_and_a_recipe_is_its_document() {
    let mut world = World::new();
    for person in world.people.iter().step_by(9) {
        world.outcomes.insert(person.case_id.clone(), Outcome::Refusal);
        world.said.remove(&person.case_id);
    }
    world.hear();
    let mut wide = census();
    wide.cells = Some("stratum".to_owned());
    let (narrow, wide_weights) =
        (world.weights(Some(&census())).expect("weights"), world.weights(Some(&wide)).expect("weights"));
    assert!(narrow.iter().zip(&wide_weights).any(|(one, other)| !close(*one, *other, 1e-6)));
    wide.cells = Some("no such stage".to_owned());
    assert_eq!(codes(world.weights(Some(&wide))), ["weights_cells"]);
    let again = Recipe::from_json(&census().to_json().expect("JSON")).expect("a recipe");
    assert_eq!(again, census());
    assert_eq!(again.sha256().expect("a hash"), census().sha256().expect("a hash"));
    assert_ne!(again.sha256().expect("a hash"), wide.sha256().expect("a hash"));
    assert_eq!(
        Recipe::from_json("{\"margins\": [], \"unknown\": 1}").expect_err("refused").0[0].code,
        "weights_recipe"
    );
}
