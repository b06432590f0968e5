//! The index from answers: values, standard errors, notes.

use std::collections::BTreeMap;

use estimation::table::{Column, Table};
use estimation::{EstimationDesign, Scores, mean};
use reports::index::{IndexMissing, estimate_index, linearize_index, preset, presets};

use crate::scene::{Numbers, Scene, TWO_DIMENSIONS, definition};

fn close(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance * left.abs().max(right.abs()).max(1.0)
}

#[test]
fn an_estimated_index_is_the_score_of_its_indicators() {
    let scene = Scene::new(6, 5, 11);
    let small = definition(TWO_DIMENSIONS);
    let estimates = estimate_index(&small, &scene.design(), &scene.table(12), 0.95).expect("estimates");
    let values: BTreeMap<String, f64> = estimates
        .indicators
        .iter()
        .filter_map(|row| Some((row.code.clone(), row.estimate.as_ref()?.estimate?)))
        .collect();
    assert_eq!(values.len(), 3);
    let scores = small.score_values(&values).expect("in range");
    for node in &estimates.scores {
        let estimate = node.estimate.as_ref().and_then(|estimate| estimate.estimate).expect("a score");
        assert!(close(estimate, scores.score(&node.code).expect("a score"), 1e-13), "{}", node.code);
    }
    let total = estimates.score("total").expect("a node");
    assert_eq!(total.dropped, ["c"]);
    assert!(total.notes()[0].vi.contains('c'));
}

#[test]
fn the_standard_error_of_the_total_is_that_of_the_delta_method() {
    let scene = Scene::new(5, 6, 21);
    let (design, table) = (scene.design(), scene.table(22));
    let small = definition(TWO_DIMENSIONS);
    let values = small.indicator_values(&table).expect("values");
    let means: Vec<Scores> =
        ["a", "b", "d"].iter().map(|code| mean(&design, &values[*code], None).expect("a mean")).collect();
    let covariance = design.covariance(&means.iter().collect::<Vec<_>>()).expect("a covariance");
    // total = (1 + 9 (za + 2 zb) / 3) + (1 + 9 zd), za = a, zb = (5 - b) / 4, zd = d.
    let gradient = [3.0, -1.5, 9.0];
    let mut variance = 0.0;
    for i in 0..3 {
        for j in 0..3 {
            variance += gradient[i] * gradient[j] * covariance.get(i, j).expect("a covariance");
        }
    }
    let estimates = estimate_index(&small, &design, &table, 0.95).expect("estimates");
    let total = estimates.score("total").and_then(|node| node.estimate.clone()).expect("an estimate");
    let error = total.standard_error.expect("a standard error");
    assert!(close(error, variance.sqrt(), 1e-12), "{error} against {}", variance.sqrt());
    let independent: f64 = (0..3).map(|i| gradient[i] * gradient[i] * covariance.get(i, i).expect("a variance")).sum();
    assert!(!close(error, independent.sqrt(), 1e-3), "the covariances must matter in this example");
    assert_eq!(total.degrees_of_freedom, 8);
}

/// The total with one PSU left out and the others of its stratum weighted up.
fn total_without(scene: &Scene, table: &Table, left_out: f64) -> f64 {
    let stratum = scene.psu.iter().position(|psu| *psu == left_out).map(|row| scene.stratum[row]).expect("a PSU");
    let mut psus: Vec<f64> = scene.psu.clone();
    psus.dedup();
    let in_stratum =
        psus.iter().filter(|psu| scene.psu.iter().zip(&scene.stratum).any(|(p, s)| p == *psu && *s == stratum)).count()
            as f64;
    let weights: Vec<f64> = (0..scene.n())
        .map(|row| match (scene.psu[row] == left_out, scene.stratum[row] == stratum) {
            (true, _) => 0.0,
            (false, true) => scene.weights[row] * in_stratum / (in_stratum - 1.0),
            (false, false) => scene.weights[row],
        })
        .collect();
    let small = definition(TWO_DIMENSIONS);
    let index = linearize_index(&small, &scene.design_with(&weights), table, None).expect("an index");
    index.scores("total").and_then(Scores::estimate).expect("a total")
}

#[test]
fn the_standard_error_of_the_total_is_near_the_jackknife() {
    let scene = Scene::new(12, 20, 31);
    let table = scene.table(32);
    let full = estimate_index(&definition(TWO_DIMENSIONS), &scene.design(), &table, 0.95).expect("estimates");
    let total = full.score("total").and_then(|node| node.estimate.clone()).expect("an estimate");
    let centre = total.estimate.expect("a value");
    let squares: f64 = (0..24).map(|psu| (total_without(&scene, &table, f64::from(psu)) - centre).powi(2)).sum();
    let jackknife = (11.0 / 12.0 * squares).sqrt();
    let error = total.standard_error.expect("a standard error");
    assert!((error / jackknife - 1.0).abs() < 0.02, "{error} against {jackknife}");
}

const POOLED: &str = r#"
[index]
code = "pool"
name_vi = "Gộp"
name_en = "Pooled"
valid_from = 2024
source = "made for a test"
certainty = "certain"
root = "all"

[[node]]
code = "all"
level = "index"
name_vi = "Chung"
name_en = "All"
aggregation = "pooled"
score_min = 0
score_max = 100
certainty = "certain"

[[node]]
code = "f"
parent = "all"
level = "factor"
name_vi = "F"
name_en = "F"
aggregation = "pooled"
score_min = 0
score_max = 100
certainty = "certain"

[[node]]
code = "g"
parent = "all"
level = "factor"
name_vi = "G"
name_en = "G"
aggregation = "pooled"
score_min = 0
score_max = 100
missing_child = "drop"
certainty = "certain"
"#;

fn pooled() -> String {
    let item = |code: &str, parent: &str| {
        format!(
            "\n[[indicator]]\ncode = \"{code}\"\nparent = \"{parent}\"\nname_vi = \"x\"\nname_en = \"x\"\nscale_min = 0\n\
             scale_max = 1\ndirection = \"+\"\ncertainty = \"certain\"\n[indicator.value]\nkind = \"share\"\n\
             questions = [\"{code}\"]\ncodes = [\"4\", \"5\"]\n"
        )
    };
    format!("{POOLED}{}{}{}", item("x", "f"), item("y", "f"), item("z", "g"))
}

#[test]
fn a_pooled_share_by_hand() {
    let weights = [1.0, 2.0, 1.0, 1.0];
    let scene = Scene { stratum: vec![0.0; 4], psu: vec![0.0, 1.0, 2.0, 3.0], weights: weights.to_vec() };
    let mut table = Table::new();
    for (name, cells) in [
        ("x", [Some("5"), Some("4"), Some("1"), None]),
        ("y", [Some("3"), Some("5"), None, None]),
        ("z", [Some("2"), Some("2"), Some("4"), None]),
    ] {
        table.insert(name, Column::categorical(&cells)).expect("a column");
    }
    let definition = definition(&pooled());
    let estimates = estimate_index(&definition, &scene.design(), &table, 0.95).expect("estimates");
    let of = |code: &str| estimates.score(code).and_then(|node| node.estimate.clone()).expect("an estimate");
    // Factor f: satisfied 1·1 + 2·2 + 0 = 5 of 1·2 + 2·2 + 1·1 = 7 answers. All: 5 + 1 = 6 of 7 + 4 = 11.
    assert!(close(of("f").estimate.expect("a value"), 500.0 / 7.0, 1e-14));
    assert!(close(of("g").estimate.expect("a value"), 25.0, 1e-14));
    let all = of("all");
    assert!(close(all.estimate.expect("a value"), 600.0 / 11.0, 1e-14));
    assert_eq!(all.n, 3, "the fourth person answered nothing");
    // u = w (Y − R X) / 11 with Y = 1, 2, 1 and X = 3, 3, 2, and 0 for the fourth; variance 4/3 Σ (u − ū)².
    let share = 6.0 / 11.0;
    let scores = [(1.0 - 3.0 * share) / 11.0, 2.0 * (2.0 - 3.0 * share) / 11.0, (1.0 - 2.0 * share) / 11.0, 0.0];
    let variance = 4.0 / 3.0 * scores.iter().map(|score| score * score).sum::<f64>();
    assert!(close(all.standard_error.expect("an error"), 100.0 * variance.sqrt(), 1e-12));
}

#[test]
fn pooling_needs_answers_and_an_item_without_any_is_named() {
    let definition = definition(&pooled());
    let values = ["x", "y", "z"].iter().map(|code| ((*code).to_owned(), 0.5)).collect();
    let scores = definition.score_values(&values).expect("in range");
    assert_eq!(scores.scores[0].missing, Some(IndexMissing::NeedsAnswers));
    let scene = Scene::new(2, 2, 1);
    let mut table = Table::new();
    for name in ["x", "y", "z"] {
        let answer = if name == "y" { None } else { Some("5") };
        table.insert(name, Column::categorical(&[answer; 8])).expect("a column");
    }
    let estimates = estimate_index(&definition, &scene.design(), &table, 0.95).expect("estimates");
    let missing = |code: &str| estimates.score(code).and_then(|node| node.missing.clone());
    assert_eq!(missing("f"), Some(IndexMissing::ChildMissing { code: "y".to_owned() }));
    assert_eq!(missing("all"), Some(IndexMissing::ChildMissing { code: "y".to_owned() }));
    assert_eq!(missing("g"), None);
}

fn with_base(below: &str) -> String {
    TWO_DIMENSIONS
        .replace("root = \"total\"", &format!("minimum_base = 30\nbelow_minimum_base = \"{below}\"\nroot = \"total\""))
}

#[test]
fn an_indicator_under_the_minimum_base_is_not_published() {
    let scene = Scene::new(4, 4, 41);
    let (design, table) = (scene.design(), scene.table(42));
    let strict = definition(&with_base("missing"));
    let estimates = estimate_index(&strict, &design, &table, 0.95).expect("estimates");
    let d = estimates.indicator("d").expect("d");
    assert!(matches!(d.missing, Some(IndexMissing::BelowMinimumBase { n, minimum: 30 }) if n < 30));
    assert!(d.estimate.is_none());
    assert_eq!(
        estimates.score("total").and_then(|node| node.missing.clone()),
        Some(IndexMissing::ChildMissing { code: "first".to_owned() })
    );
    let lenient = definition(&with_base("use"));
    let estimates = estimate_index(&lenient, &design, &table, 0.95).expect("estimates");
    assert!(estimates.indicator("d").is_some_and(|row| row.estimate.is_none()));
    let total = estimates.score("total").expect("a node");
    assert!(total.estimate.is_some());
    assert!(total.below_base.contains(&"d".to_owned()));
}

#[test]
fn a_domain_and_a_difference_come_from_the_same_statistics() {
    let scene = Scene::new(6, 5, 51);
    let (design, table) = (scene.design(), scene.table(52));
    let small = definition(TWO_DIMENSIONS);
    let one: Vec<bool> = (0..scene.n()).map(|row| row % 2 == 0).collect();
    let other: Vec<bool> = one.iter().map(|inside| !inside).collect();
    let first = linearize_index(&small, &design, &table, Some(&one)).expect("an index");
    let second = linearize_index(&small, &design, &table, Some(&other)).expect("an index");
    let (first, second) = (first.scores("total").expect("a total"), second.scores("total").expect("a total"));
    let gap = Scores::linear_combination("gap", 0.0, &[(1.0, first), (-1.0, second)]).expect("a difference");
    let estimate = estimation::estimate(&design, &gap, 0.95).expect("an estimate");
    let by_hand = first.estimate().zip(second.estimate()).map(|(one, other)| one - other).expect("values");
    assert!(close(estimate.estimate.expect("a value"), by_hand, 1e-12));
    assert!(estimate.standard_error.expect("an error") > 0.0);
}

#[test]
fn a_table_of_another_length_is_refused() {
    let small = definition(TWO_DIMENSIONS);
    let told = estimate_index(&small, &Scene::new(2, 3, 1).design(), &Scene::new(2, 2, 1).table(1), 0.95);
    assert_eq!(told.expect_err("lengths differ").0[0].code, "index_rows");
}

/// Random answers that every rule of a definition accepts; a quarter is missing.
fn random_answers(definition: &reports::index::IndexDefinition, n: usize, seed: u64) -> Table {
    let mut numbers = Numbers(seed);
    let mut table = Table::new();
    for indicator in definition.indicators() {
        let Some(rule) = &indicator.value else { continue };
        for question in
            rule.questions.iter().filter(|question| table.get(question).is_none()).cloned().collect::<Vec<_>>()
        {
            let choices = if rule.codes.is_empty() {
                vec!["1".to_owned(), "2".to_owned(), "3".to_owned()]
            } else {
                rule.codes.iter().cloned().chain(["77".to_owned()]).collect()
            };
            let cells: Vec<Option<String>> = (0..n)
                .map(|_| {
                    let pick = numbers.below(4 * choices.len() as u64) as usize;
                    choices.get(pick / 3).cloned()
                })
                .collect();
            table.insert(question, Column::categorical(&cells)).expect("a column");
        }
    }
    table
}

fn three_villages(n: usize) -> EstimationDesign {
    let scene = Scene::new(6, n / 12, 61);
    scene.design()
}

#[test]
fn papi_gives_all_29_sub_dimensions_from_answers_and_says_what_it_left_out() {
    let papi = preset("papi-2019").expect("valid");
    let table = random_answers(&papi, 240, 62);
    let estimates = estimate_index(&papi, &three_villages(240), &table, 0.95).expect("estimates");
    assert_eq!(estimates.scores.len(), 38);
    for node in &estimates.scores {
        assert!(node.missing.is_none(), "{} {:?}", node.code, node.missing);
        let estimate = node.estimate.as_ref().expect("an estimate");
        assert!(estimate.standard_error.is_some() && estimate.interval.is_some(), "{}", node.code);
    }
    let total = estimates.score("papi").expect("the total");
    assert!(total.dropped.is_empty(), "medians are estimated too: {:?}", total.dropped);
    let dimensions: f64 = (1..=8)
        .map(|number| {
            let node = estimates.score(&number.to_string()).expect("a dimension");
            node.estimate.as_ref().and_then(|estimate| estimate.estimate).expect("a score")
        })
        .sum();
    assert!(close(dimensions, total.estimate.as_ref().and_then(|total| total.estimate).expect("a score"), 1e-13));
}

#[test]
fn sipas_gives_both_parts_and_fourteen_factors_from_answers() {
    let sipas = preset("sipas-2023").expect("valid");
    let estimates =
        estimate_index(&sipas, &three_villages(240), &random_answers(&sipas, 240, 63), 0.95).expect("estimates");
    let level =
        |level: &str| estimates.scores.iter().filter(|node| node.level == level && node.estimate.is_some()).count();
    assert_eq!((level("index"), level("part"), level("factor")), (1, 2, 14));
    assert_eq!(estimates.indicators.len(), 51);
}

/// The shipped SIPAS definition with another aggregation, made as its comment says.
fn sipas_as_mean_of_factors() -> String {
    let shipped = presets().iter().find(|preset| preset.name == "sipas-2023").expect("shipped");
    shipped
        .text
        .split("[[")
        .map(|block| {
            if block.contains("level = \"factor\"") {
                block.replace("aggregation = \"pooled\"", "aggregation = \"linear_mean\"\na = 0\nb = 100")
            } else {
                block.replace("aggregation = \"pooled\"", "aggregation = \"mean\"")
            }
        })
        .collect::<Vec<_>>()
        .join("[[")
}

#[test]
fn another_aggregation_of_sipas_is_another_file_not_another_program() {
    let mean_of_factors = definition(&sipas_as_mean_of_factors());
    let table = random_answers(&mean_of_factors, 240, 64);
    let estimates = estimate_index(&mean_of_factors, &three_villages(240), &table, 0.95).expect("estimates");
    let value = |code: &str| {
        estimates.score(code).and_then(|node| node.estimate.as_ref()).and_then(|one| one.estimate).expect("a score")
    };
    let item = |code: &str| {
        estimates.indicator(code).and_then(|row| row.estimate.as_ref()).and_then(|one| one.estimate).expect("a share")
    };
    let factor = (1..=3).map(|number| item(&format!("S5.{number}"))).sum::<f64>() / 3.0 * 100.0;
    assert!(close(value("S5"), factor, 1e-13));
    let service = (1..=5).map(|number| value(&format!("S{number}"))).sum::<f64>() / 5.0;
    assert!(close(value("service"), service, 1e-13));
    assert!(close(value("sipas"), 0.5 * (value("policy") + value("service")), 1e-13));
    let pooled = preset("sipas-2023").expect("valid");
    let pooled = estimate_index(&pooled, &three_villages(240), &table, 0.95).expect("estimates");
    let all = pooled.score("sipas").and_then(|node| node.estimate.as_ref()).and_then(|one| one.estimate);
    assert!((all.expect("a score") - value("sipas")).abs() > 1e-6, "the two are different statistics");
}
