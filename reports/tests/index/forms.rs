//! Forms of an estimated index: medians, list experiments, a score for each respondent, changes.

use std::collections::BTreeMap;

use estimation::table::{Column, Table};
use estimation::{ProportionInterval, QuantileRule, Scores, SortedAnswers, estimate, mean};
use reports::index::{
    Filling, IndexDefinition, LinearizedIndex, estimate_index, independent_changes, linearize_index,
    linearize_per_respondent, preset,
};

use crate::scene::{Numbers, Scene, TWO_DIMENSIONS, definition};

fn close(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance * left.abs().max(right.abs()).max(1.0)
}

fn value(index: &LinearizedIndex<'_>, code: &str) -> f64 {
    index.scores(code).and_then(Scores::estimate).unwrap_or_else(|| panic!("{code} has a value"))
}

/// One node over one indicator that is the median of question `m`, or another rule.
fn one_indicator(rule: &str) -> IndexDefinition {
    definition(&format!(
        "[index]\ncode = \"one\"\nname_vi = \"x\"\nname_en = \"x\"\nvalid_from = 2024\nsource = \"made for a test\"\n\
         certainty = \"certain\"\nroot = \"t\"\n[[node]]\ncode = \"t\"\nlevel = \"index\"\nname_vi = \"x\"\nname_en = \"x\"\n\
         aggregation = \"linear_mean\"\na = 0\nb = 10\nscore_min = 0\nscore_max = 10\ncertainty = \"certain\"\n\
         [[indicator]]\ncode = \"x\"\nparent = \"t\"\nname_vi = \"x\"\nname_en = \"x\"\nscale_min = 0\nscale_max = 100\n\
         published_min = -100\ndirection = \"+\"\ncertainty = \"certain\"\n[indicator.value]\n{rule}\n"
    ))
}

fn numbers(name: &str, values: Vec<f64>) -> Table {
    let mut table = Table::new();
    table.insert(name, Column::numeric(values)).expect("a column");
    table
}

#[test]
fn a_median_of_distinct_answers_is_the_ordinary_one_with_woodruffs_error() {
    let scene = Scene::new(10, 20, 71);
    let design = scene.design();
    let mut random = Numbers(72);
    let answers: Vec<f64> =
        (0..scene.n()).map(|row| 50.0 + random.below(1_000_000) as f64 / 40_000.0 + row as f64 * 1e-9).collect();
    let rule = one_indicator("kind = \"median\"\nquestions = [\"m\"]");
    let index = linearize_index(&rule, &design, &numbers("m", answers.clone()), None).expect("an index");
    let ours = estimate(&design, index.scores("x").expect("a median"), 0.95).expect("an estimate");
    let sorted = SortedAnswers::new(&design, &answers, None).expect("sorted");
    let woodruff =
        sorted.woodruff(&design, &answers, 0.5, QuantileRule::Hf5, ProportionInterval::Mean, 0.95).expect("a quantile");
    assert!(close(ours.estimate.expect("a value"), woodruff.estimate.expect("a value"), 1e-12));
    let (error, theirs) = (ours.standard_error.expect("an error"), woodruff.standard_error.expect("an error"));
    // The same up to the width of the window: two standard errors here, t there.
    assert!((error / theirs - 1.0).abs() < 0.1, "{error} against {theirs}");
}

#[test]
fn a_median_of_rounded_answers_by_hand() {
    // 5, 5, 10, 10, 10, 15 with weights 1: middles 1/6, 7/12, 11/12; one half lies 4/5 of the way from 5 to 10.
    let scene = Scene { stratum: vec![0.0; 6], psu: (0..6).map(f64::from).collect(), weights: vec![1.0; 6] };
    let rule = one_indicator("kind = \"median\"\nquestions = [\"m\"]");
    let table = numbers("m", vec![5.0, 5.0, 10.0, 10.0, 10.0, 15.0]);
    let design = scene.design();
    let index = linearize_index(&rule, &design, &table, None).expect("an index");
    assert!(close(value(&index, "x"), 9.0, 1e-12), "{}", value(&index, "x"));
    assert!(close(value(&index, "t"), 0.9, 1e-12));
    // Contributions to G at 9: 1/2 (1 + 4/5) = 0.9 for a 5, 0.4 for a 10, 0 for a 15; variance of their mean 6/5 Σ (g/6)² …
    let g = [0.9, 0.9, 0.4, 0.4, 0.4, 0.0];
    let centred: f64 = g.iter().map(|g| ((g - 0.5) / 6.0_f64).powi(2)).sum();
    let share = (6.0 / 5.0 * centred).sqrt();
    let (low, high) = ((0.5 - 2.0 * share).max(1.0 / 6.0), (0.5 + 2.0 * share).min(11.0 / 12.0));
    let at = |p: f64| {
        if p < 7.0 / 12.0 { 5.0 + 5.0 * (p - 1.0 / 6.0) * 12.0 / 5.0 } else { 10.0 + 5.0 * (p - 7.0 / 12.0) * 3.0 }
    };
    let expected = share * (at(high) - at(low)) / (high - low);
    let error = estimate(&design, index.scores("x").expect("a median"), 0.95).expect("an estimate").standard_error;
    assert!(close(error.expect("an error"), expected, 1e-9), "{error:?} against {expected}");
    // All the same: a median without variation has none, as a mean has.
    let same = numbers("m", vec![7.0; 6]);
    let same = estimate_index(&rule, &design, &same, 0.95).expect("estimates");
    let same = same.indicator("x").and_then(|row| row.estimate.clone()).expect("an estimate");
    assert_eq!((same.estimate, same.standard_error), (Some(7.0), Some(0.0)));
}

#[test]
fn intervals_of_a_median_of_rounded_answers_hold_the_truth_about_as_often_as_they_say() {
    // Answers 5, 10, 15, 20 with probabilities 0.3, 0.3, 0.25, 0.15 in 40 PSUs of 8: middles 0.15, 0.45, 0.725; truth 10 + 5·2/11.
    let truth = 10.0 + 5.0 * (0.5 - 0.45) / 0.275;
    let rule = one_indicator("kind = \"median\"\nquestions = [\"m\"]");
    let scene = Scene {
        stratum: vec![0.0; 320],
        psu: (0..320).map(|row| f64::from(row / 8)).collect(),
        weights: vec![1.0; 320],
    };
    let design = scene.design();
    let mut random = Numbers(20_241);
    let (mut held, mut sum, mut squares, mut variances) = (0, 0.0, 0.0, 0.0);
    let repetitions = 400;
    for _ in 0..repetitions {
        let mut answers = Vec::new();
        for _ in 0..40 {
            // A place moves its answers up or down: rows of a PSU are alike.
            let place = random.below(100);
            for _ in 0..8 {
                let mixed = if random.below(4) == 0 { place } else { random.below(100) };
                answers.push(match mixed {
                    0..30 => 5.0,
                    30..60 => 10.0,
                    60..85 => 15.0,
                    _ => 20.0,
                });
            }
        }
        let estimates = estimate_index(&rule, &design, &numbers("m", answers), 0.95).expect("estimates");
        let one = estimates.indicator("x").and_then(|row| row.estimate.clone()).expect("an estimate");
        let (value, interval) = (one.estimate.expect("a value"), one.interval.expect("an interval"));
        held += usize::from(interval.lower <= truth && truth <= interval.upper);
        sum += value;
        squares += value * value;
        variances += one.standard_error.expect("an error").powi(2);
    }
    let n = f64::from(repetitions);
    let empirical = squares / n - (sum / n).powi(2);
    let coverage = held as f64 / n;
    println!("coverage {coverage}, mean {}, truth {truth}, variance ratio {}", sum / n, variances / n / empirical);
    // 4.5 standard errors of a share of 0.95 in 400 repetitions are 0.049.
    assert!((coverage - 0.95).abs() < 0.049, "{coverage}");
    // The standard error of a variance from 400 values is about 7 %.
    assert!((variances / n / empirical - 1.0).abs() < 4.5 * 0.0708, "{}", variances / n / empirical);
    assert!((sum / n - truth).abs() < 4.5 * (empirical / n).sqrt() + 0.02, "{}", sum / n);
}

#[test]
fn a_list_experiment_is_the_difference_of_two_means() {
    let scene = Scene::new(6, 6, 81);
    let design = scene.design();
    let mut random = Numbers(82);
    let half = |odd: bool, random: &mut Numbers, most: u64| -> Vec<f64> {
        (0..72).map(|row| if (row % 2 == 1) == odd { random.below(most + 1) as f64 } else { f64::NAN }).collect()
    };
    let (with, without) = (half(true, &mut random, 4), half(false, &mut random, 3));
    let mut table = numbers("a", with.clone());
    table.insert("b", Column::numeric(without.clone())).expect("a column");
    let rule = one_indicator("kind = \"mean_difference\"\nquestions = [\"a\", \"b\"]");
    let index = linearize_index(&rule, &design, &table, None).expect("an index");
    let (first, second) = (mean(&design, &with, None).expect("a mean"), mean(&design, &without, None).expect("a mean"));
    let difference = first.estimate().expect("a mean") - second.estimate().expect("a mean");
    assert!(close(value(&index, "x"), difference, 1e-14));
    let covariance = design.covariance(&[&first, &second]).expect("a covariance");
    let get = |i, j| covariance.get(i, j).expect("a number");
    let by_hand = (get(0, 0) + get(1, 1) - 2.0 * get(0, 1)).sqrt();
    let error = estimate(&design, index.scores("x").expect("a difference"), 0.95).expect("an estimate").standard_error;
    assert!(close(error.expect("an error"), by_hand, 1e-12));
    assert!(get(0, 1).abs() > 1e-9, "the halves share their PSUs");
}

#[test]
fn filling_with_the_answerers_mean_is_the_ratio_of_means() {
    let scene = Scene::new(6, 5, 91);
    let (design, table) = (scene.design(), scene.table(92));
    let small = definition(TWO_DIMENSIONS);
    let ratio = linearize_index(&small, &design, &table, None).expect("an index");
    let filled = linearize_per_respondent(&small, &design, &table, None, Filling::AnswererMean).expect("an index");
    for code in ["first", "second", "total"] {
        assert!(close(value(&ratio, code), value(&filled, code), 1e-13), "{code}");
        let error = |index: &LinearizedIndex<'_>| {
            estimate(&design, index.scores(code).expect("a score"), 0.95).expect("an estimate").standard_error
        };
        assert!(close(error(&ratio).expect("an error"), error(&filled).expect("an error"), 1e-12), "{code}");
    }
    assert_eq!(filled.estimates(&design, 0.95).expect("estimates").filling, Some(Filling::AnswererMean));
}

#[test]
fn worst_and_best_hold_every_other_filling_between_them() {
    let scene = Scene::new(6, 5, 93);
    let (design, table) = (scene.design(), scene.table(94));
    let small = definition(TWO_DIMENSIONS);
    let filled = |filling| {
        let index = linearize_per_respondent(&small, &design, &table, None, filling).expect("an index");
        value(&index, "total")
    };
    let (worst, best) = (filled(Filling::Worst), filled(Filling::Best));
    for filling in [Filling::OwnMean, Filling::AnswererMean] {
        assert!(worst < filled(filling) && filled(filling) < best, "{filling:?}");
    }
}

#[test]
fn without_missing_answers_all_forms_agree() {
    let scene = Scene::new(4, 4, 95);
    let mut random = Numbers(96);
    let mut table = Table::new();
    for name in ["qa", "qd"] {
        let cells: Vec<Option<&str>> = (0..scene.n()).map(|_| Some(["1", "0"][random.below(2) as usize])).collect();
        table.insert(name, Column::categorical(&cells)).expect("a column");
    }
    table
        .insert("qb", Column::numeric((0..scene.n()).map(|_| 1.0 + random.below(5) as f64).collect()))
        .expect("a column");
    let small = definition(TWO_DIMENSIONS);
    let ratio = value(&linearize_index(&small, &scene.design(), &table, None).expect("an index"), "total");
    for (_, filling) in Filling::ALL {
        let filled = linearize_per_respondent(&small, &scene.design(), &table, None, filling).expect("an index");
        assert!(close(value(&filled, "total"), ratio, 1e-13), "{filling:?}");
    }
}

#[test]
fn own_mean_filling_by_hand() {
    let scene = Scene { stratum: vec![0.0; 4], psu: vec![0.0, 1.0, 2.0, 3.0], weights: vec![1.0, 2.0, 1.0, 1.0] };
    let mut table = Table::new();
    table.insert("qa", Column::categorical(&[Some("1"), Some("0"), None, None])).expect("a column");
    table.insert("qb", Column::numeric(vec![5.0, f64::NAN, 1.0, f64::NAN])).expect("a column");
    table.insert("qd", Column::categorical(&[Some("1"); 4])).expect("a column");
    let small = definition(TWO_DIMENSIONS);
    let index = linearize_per_respondent(&small, &scene.design(), &table, None, Filling::OwnMean).expect("an index");
    // a counts 1, b (turned, 1-5) counts 2. Person 1: (1 + 2·0)/3; person 2 has only a: 0; person 3 only b: 1; person 4 neither.
    let people = (1.0 * (1.0 / 3.0) + 2.0 * 0.0 + 1.0 * 1.0) / 4.0;
    assert!(close(value(&index, "first"), 1.0 + 9.0 * people, 1e-13), "{}", value(&index, "first"));
    assert_eq!(index.scores("first").map(Scores::n), Some(3));
}

#[test]
fn the_worth_of_an_indicator_is_the_derivative_of_the_score() {
    let scene = Scene::new(6, 5, 97);
    let (design, table) = (scene.design(), scene.table(98));
    let small = definition(TWO_DIMENSIONS);
    let index = linearize_index(&small, &design, &table, None).expect("an index");
    let worth = index.worth("total");
    let values: BTreeMap<String, f64> =
        ["a", "b", "d"].iter().map(|code| ((*code).to_owned(), value(&index, code))).collect();
    let score =
        |values: &BTreeMap<String, f64>| small.score_values(values).expect("in range").score("total").expect("a score");
    for code in ["a", "b", "d"] {
        let mut more = values.clone();
        *more.get_mut(code).expect("there") += 0.01;
        assert!(close((score(&more) - score(&values)) / 0.01, worth[code], 1e-9), "{code}");
    }
}

#[test]
fn the_change_between_two_domains_is_the_sum_of_its_parts_with_the_error_of_the_contrast() {
    let scene = Scene::new(6, 6, 101);
    let (design, table) = (scene.design(), scene.table(102));
    let small = definition(TWO_DIMENSIONS);
    let before: Vec<bool> = (0..scene.n()).map(|row| row % 2 == 0).collect();
    let after: Vec<bool> = before.iter().map(|inside| !inside).collect();
    let before = linearize_index(&small, &design, &table, Some(&before)).expect("an index");
    let after = linearize_index(&small, &design, &table, Some(&after)).expect("an index");
    let change = before.change_to(&after, "total", &design, 0.95).expect("a change");
    let parts: f64 = change.parts.iter().map(|part| part.points.estimate.expect("points")).sum();
    assert!(close(parts, change.change.estimate.expect("a change"), 1e-13));
    assert!(close(value(&after, "total") - value(&before, "total"), parts, 1e-13));
    assert_eq!(change.composition, 0.0);
    let contrast = Scores::linear_combination(
        "gap",
        0.0,
        &[(1.0, after.scores("total").expect("a total")), (-1.0, before.scores("total").expect("a total"))],
    );
    let error = estimate(&design, &contrast.expect("a contrast"), 0.95).expect("an estimate").standard_error;
    assert_eq!(change.change.standard_error, error);
    assert!(change.parts.iter().all(|part| part.points.standard_error.is_some()));
    let filled = linearize_per_respondent(&small, &design, &table, None, Filling::Worst).expect("an index");
    assert_eq!(filled.change_to(&after, "total", &design, 0.95).expect_err("filled").0[0].code, "index_change_filled");
    assert!(before.change_to(&after, "nowhere", &design, 0.95).is_err());
}

#[test]
fn the_change_of_a_pooled_score_is_answers_and_composition() {
    let sipas = preset("sipas-2023").expect("valid");
    let scene = Scene::new(6, 10, 111);
    let mut random = Numbers(112);
    let mut table = Table::new();
    for indicator in sipas.indicators() {
        let question = &indicator.value.as_ref().expect("a rule").questions[0];
        let cells: Vec<Option<&str>> =
            (0..scene.n()).map(|_| [Some("5"), Some("4"), Some("2"), Some("-888")][random.below(4) as usize]).collect();
        table.insert(question, Column::categorical(&cells)).expect("a column");
    }
    let design = scene.design();
    let before: Vec<bool> = (0..scene.n()).map(|row| row % 3 == 0).collect();
    let after: Vec<bool> = before.iter().map(|inside| !inside).collect();
    let before = linearize_index(&sipas, &design, &table, Some(&before)).expect("an index");
    let after = linearize_index(&sipas, &design, &table, Some(&after)).expect("an index");
    let change = before.change_to(&after, "sipas", &design, 0.95).expect("a change");
    assert_eq!(change.parts.len(), 51);
    let parts: f64 = change.parts.iter().map(|part| part.points.estimate.expect("points")).sum();
    let whole = value(&after, "sipas") - value(&before, "sipas");
    assert!(close(parts + change.composition, whole, 1e-12));
    assert!(
        change.composition != 0.0 && change.composition.abs() < 0.3 * whole.abs().max(1.0),
        "{}",
        change.composition
    );
    let worth: f64 = before.worth("sipas").values().sum();
    assert!(close(worth, 100.0, 1e-12), "all items one point up is a hundred per cent: {worth}");
}

#[test]
fn a_pooled_share_from_shares_and_bases_is_that_from_the_answers() {
    let sipas = preset("sipas-2023").expect("valid");
    let scene = Scene::new(3, 10, 121);
    let mut random = Numbers(122);
    let mut table = Table::new();
    let (mut shares, mut bases) = (BTreeMap::new(), BTreeMap::new());
    for indicator in sipas.indicators() {
        let cells: Vec<&str> = (0..scene.n()).map(|_| ["5", "4", "2", "-777"][random.below(4) as usize]).collect();
        let weight = |keep: &dyn Fn(&str) -> bool| -> f64 {
            cells.iter().zip(&scene.weights).filter(|(cell, _)| keep(cell)).map(|(_, weight)| weight).sum()
        };
        let base = weight(&|cell| cell != "-777");
        shares.insert(indicator.code.clone(), weight(&|cell| matches!(cell, "4" | "5")) / base);
        bases.insert(indicator.code.clone(), base);
        let question = &indicator.value.as_ref().expect("a rule").questions[0];
        table
            .insert(question, Column::categorical(&cells.into_iter().map(Some).collect::<Vec<_>>()))
            .expect("a column");
    }
    let index = linearize_index(&sipas, &scene.design(), &table, None).expect("an index");
    let scores = sipas.score_values_on(&shares, &bases).expect("in range");
    for code in ["sipas", "policy", "service", "S5"] {
        assert!(close(scores.score(code).expect("a score"), value(&index, code), 1e-13), "{code}");
    }
    bases.insert("P1.C1".to_owned(), 0.0);
    assert_eq!(sipas.score_values_on(&shares, &bases).expect_err("no answers").0[0].code, "index_base");
}

#[test]
fn the_change_of_independent_rounds_has_both_errors_and_satterthwaites_degrees_of_freedom() {
    let small = definition(TWO_DIMENSIONS);
    let round = |psus: usize, seed: u64| {
        let scene = Scene::new(psus, 6, seed);
        estimate_index(&small, &scene.design(), &scene.table(seed + 1), 0.95).expect("estimates")
    };
    let (first, second) = (round(4, 131), round(9, 133));
    let changes = independent_changes((&small, &first), (&small, &second), 0.95).expect("changes");
    let total = changes.iter().find(|change| change.code == "total").expect("the total");
    let of = |estimates: &reports::index::IndexEstimates| {
        let one = estimates.score("total").and_then(|node| node.estimate.clone()).expect("an estimate");
        (one.estimate.expect("a value"), one.standard_error.expect("an error"))
    };
    let ((a, sa), (b, sb)) = (of(&first), of(&second));
    assert!(close(total.change, b - a, 1e-15));
    assert!(close(total.standard_error.expect("an error"), sa.hypot(sb), 1e-12));
    // Degrees of freedom 6 and 16.
    let expected = (sa * sa + sb * sb).powi(2) / (sa.powi(4) / 6.0 + sb.powi(4) / 16.0);
    assert!(close(total.degrees_of_freedom.expect("some"), expected, 1e-12));
    let half = estimation::t_quantile(0.975, expected).expect("t") * sa.hypot(sb);
    let interval = total.interval.expect("an interval");
    assert!(close(interval.1 - total.change, half, 1e-12));
    assert!(independent_changes((&small, &first), (&small, &second), 1.0).is_err());
}
