//! The truth of the simulation is a sum over all that can happen. Here it is found again by letting it happen: thousands of
//! simulated people are interviewed, and their answers go the way of real answers.

use std::collections::{BTreeMap, BTreeSet};

use estimation::{DesignColumns, EstimationDesign};
use khaosat::questionnaire::{Interview, Questionnaire, Validated, builtin, to_table, validate};
use khaosat::simulation::coverage::{EXAMPLE_DESIGN, EXAMPLE_FRAME};
use khaosat::simulation::instrument::script;
use khaosat::simulation::levels::levels_of;
use khaosat::simulation::round::{Instrument, simulate};
use khaosat::simulation::script::Script;
use khaosat::simulation::truth::truth;
use khaosat::simulation::world::{ADULTS, CLASSES, EffectSizes, Village, build, draw, stream};
use rand::RngExt;
use rand_chacha::ChaCha20Rng;
use reports::index::{Aggregation, IndexDefinition, ValueKind, estimate_index, preset};
use sampling::{Preset, SamplingFrame};

const PEOPLE: usize = 20_000;
const SEED: u64 = 20_241;

/// The villages of the example frame, read here without the house's own reader.
fn places() -> Vec<(Vec<String>, u32)> {
    super::workshop::rows(EXAMPLE_FRAME)
        .into_iter()
        .map(|row| {
            let codes = ["province_code", "district_code", "commune_code", "village_code"];
            (codes.map(|code| row[code].clone()).to_vec(), row["households"].parse().expect("a number"))
        })
        .collect()
}

struct Scene {
    questionnaire: Questionnaire,
    definition: IndexDefinition,
    levels: BTreeMap<String, f64>,
    script: Script,
    villages: Vec<Village>,
}

fn scene(name: &str) -> Scene {
    let questionnaire = builtin(name).expect("built in").questionnaire().expect("valid");
    let definition = preset(name).expect("valid");
    let levels = levels_of(name).expect("valid");
    let script = script(&questionnaire, &definition, &levels).expect("every question can be answered");
    // Places differ more than in the demonstration, so that a mistake in summing over them would show.
    let sizes = EffectSizes { district: 0.4, commune: 0.3, village: 0.4 };
    let villages = build(&places(), script.n_groups, sizes, &script.form_id, SEED);
    Scene { questionnaire, definition, levels, script, villages }
}

/// An adult of the province, drawn so that each has a known weight: villages by their households, then a household, then a
/// class; the adults of the household are the weight.
fn meet(scene: &Scene, heaps: &[f64], random: &mut ChaCha20Rng) -> (f64, Validated) {
    let at = random.random::<f64>() * heaps[heaps.len() - 1];
    let village = &scene.villages[heaps.partition_point(|heap| *heap <= at)];
    let adults = ADULTS[draw(random, ADULTS.map(|(_, share)| share))].0;
    let class = draw(random, CLASSES.map(|(share, _)| share));
    let answers = scene.script.interview(village, class, adults, random);
    (f64::from(adults), validate(&scene.questionnaire, &answers, &Interview::default()))
}

/// Weighted mean over those in the base and its standard error (linearized).
fn mean(values: &[f64], weights: &[f64]) -> (f64, f64, usize) {
    let base: Vec<(f64, f64)> =
        values.iter().copied().zip(weights.iter().copied()).filter(|(value, _)| !value.is_nan()).collect();
    let total: f64 = base.iter().map(|(_, weight)| weight).sum();
    let mean = base.iter().map(|(value, weight)| value * weight).sum::<f64>() / total;
    let variance: f64 = base.iter().map(|(value, weight)| (weight * (value - mean)).powi(2)).sum();
    (mean, variance.sqrt() / total, base.len())
}

fn assert_truth_is_found_again(name: &str) {
    let scene = scene(name);
    let told = truth(&scene.definition, &scene.script, &scene.villages).expect("a truth");
    let heaps: Vec<f64> = scene
        .villages
        .iter()
        .scan(0.0, |sum, village| {
            *sum += f64::from(village.households);
            Some(*sum)
        })
        .collect();
    let mut random = stream(SEED, &format!("brute force {name}"));
    let (weights, interviews): (Vec<f64>, Vec<Validated>) =
        (0..PEOPLE).map(|_| meet(&scene, &heaps, &mut random)).unzip();
    let odd = interviews.iter().find(|interview| !interview.findings.is_empty());
    assert!(odd.is_none(), "simulated people answer as the questionnaire allows: {:?}", odd.map(|one| &one.findings));
    let table = to_table(&scene.questionnaire, &interviews).expect("a table");
    let values = scene.definition.indicator_values(&table).expect("values");
    assert_eq!(values.len(), told.indicators.len(), "every indicator of a question has a true value");
    // Medians come with their own linearized error, people being drawn one by one.
    let people = DesignColumns { weights: Some(("weight", &weights)), ..DesignColumns::new(weights.len()) };
    let design = EstimationDesign::new(&people).expect("a design");
    let estimates = estimate_index(&scene.definition, &design, &table, 0.95).expect("estimates");
    let (mut kinds, mut wrong, mut worst) = (BTreeSet::new(), Vec::new(), 0.0_f64);
    for (code, column) in &values {
        let rule = scene.definition.indicator(code).and_then(|indicator| indicator.value.as_ref()).expect("a rule");
        let (found, error, n) = if rule.kind == ValueKind::Median {
            let median = estimates.indicator(code).and_then(|row| row.estimate.as_ref()).expect("a median");
            (median.estimate.expect("a value"), median.standard_error.expect("an error"), median.n)
        } else {
            mean(column, &weights)
        };
        let gap = (found - told.indicators[code]) / error.max(1e-12);
        worst = worst.max(gap.abs());
        if gap.abs() > 4.5 || n < 300 {
            wrong.push(format!("{code}: truth {}, found {found} ± {error} among {n}", told.indicators[code]));
        }
        kinds.insert(format!("{:?} {:?} {}", rule.kind, rule.parts_missing, rule.not_applicable.is_some()));
    }
    eprintln!("{name}: {} indicators, {PEOPLE} people, largest gap {worst:.2} sigma, rules {kinds:?}", values.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for node in scene.definition.nodes().iter().filter(|node| node.aggregation == Aggregation::Pooled) {
        assert_pooled(&scene, &values, &weights, &node.code, told.nodes[&node.code]);
    }
}

/// A pooled score is the weighted share over all answers of its items: a ratio of two sums over people.
fn assert_pooled(scene: &Scene, values: &BTreeMap<String, Vec<f64>>, weights: &[f64], code: &str, told: f64) {
    let leaves = scene.definition.scored_leaves(code);
    let columns: Vec<&Vec<f64>> = leaves.iter().filter_map(|leaf| values.get(&leaf.code)).collect();
    let person = |row: usize| {
        let given = columns.iter().map(|column| column[row]).filter(|value| !value.is_nan());
        given.fold((0.0, 0.0), |(sum, n), value| (sum + weights[row] * value, n + weights[row]))
    };
    let people: Vec<(f64, f64)> = (0..weights.len()).map(person).collect();
    let (sum, base) = people.iter().fold((0.0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
    let ratio = sum / base;
    let error = people.iter().map(|one| (one.0 - ratio * one.1).powi(2)).sum::<f64>().sqrt() / base;
    assert!(
        (100.0 * ratio - told).abs() < 450.0 * error,
        "{code}: truth {told}, found {} ± {}",
        100.0 * ratio,
        100.0 * error
    );
}

#[test]
fn the_truth_of_papi_is_what_twenty_thousand_people_say() {
    assert_truth_is_found_again("papi-2019");
}

#[test]
fn the_truth_of_sipas_is_what_twenty_thousand_people_say() {
    assert_truth_is_found_again("sipas-2023");
}

#[test]
fn the_truth_that_a_survey_is_compared_with_is_that_of_all_villages_of_the_frame() {
    let design = Preset::of_name(EXAMPLE_DESIGN).expect("built in").design().expect("valid");
    let frame = SamplingFrame::read(EXAMPLE_FRAME.as_bytes(), &design).expect("valid");
    let sample = sampling::draw(&frame, &design, SEED).expect("a sample");
    for name in ["papi-2019", "sipas-2023"] {
        let Scene { questionnaire, definition, levels, script, .. } = scene(name);
        let instrument = Instrument { questionnaire: &questionnaire, definition: &definition, levels: &levels };
        let sizes = EffectSizes::default();
        let round = simulate(&frame, &design, &sample, &[instrument], sizes, SEED).expect("a round");
        let villages = build(&places(), script.n_groups, sizes, &script.form_id, SEED);
        assert_eq!(round.forms[0].truth, truth(&definition, &script, &villages).expect("a truth"), "{name}");
    }
}
