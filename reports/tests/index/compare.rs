//! Published values of two years or two definitions side by side.

use std::collections::BTreeMap;

use reports::index::{IndexDefinition, IndexScores, compare_scores, preset};

const INDICATORS: &str = include_str!("../reference/papi_2019_indicators.csv");

fn column(position: usize) -> BTreeMap<String, f64> {
    csv::Reader::from_reader(INDICATORS.as_bytes())
        .records()
        .map(|record| {
            let record = record.expect("a row");
            (record[0].to_owned(), record[position].parse().expect("a number"))
        })
        .collect()
}

fn scores(definition: &IndexDefinition, values: &BTreeMap<String, f64>) -> IndexScores {
    definition.score_values(values).expect("in range")
}

#[test]
fn the_points_of_all_parts_are_the_change_of_the_total_at_every_level() {
    let papi = preset("papi-2019").expect("valid");
    let (before, after) = (scores(&papi, &column(2)), scores(&papi, &column(1)));
    let comparison = compare_scores((&papi, &before), (&papi, &after));
    assert!(comparison.broken.is_empty());
    let total = comparison.nodes[0].change.expect("a change");
    let parts: f64 = comparison.parts.iter().map(|part| part.points).sum();
    assert!((parts - total).abs() < 1e-12, "{parts} against {total}");
    for level in ["dimension", "sub_dimension"] {
        let sum: f64 =
            comparison.nodes.iter().filter(|node| node.level == level).filter_map(|node| node.points_of_total).sum();
        assert!((sum - total).abs() < 1e-12, "{level}: {sum}");
    }
    for node in comparison.nodes.iter().filter(|node| node.level != "index") {
        let (change, points) = (node.change.expect("a change"), node.points_of_total.expect("points"));
        assert!((change - points).abs() < 1e-12, "{}: dimensions add up unweighted", node.code);
    }
}

#[test]
fn a_break_is_told_and_nothing_is_joined_across_it() {
    let (old, new) = (preset("papi-2018").expect("valid"), preset("papi-2019").expect("valid"));
    let mut values = column(2);
    let after = scores(&new, &values);
    values.retain(|code, _| old.indicator(code).is_some());
    let before = scores(&old, &values);
    let comparison = compare_scores((&old, &before), (&new, &after));
    let of = |code: &str| comparison.nodes.iter().find(|node| node.code == code).expect("a node");
    assert!(of("papi").before.is_some() && of("papi").after.is_some());
    assert_eq!((of("papi").change, of("papi").points_of_total), (None, None));
    assert!(of("papi").why_not.is_some() && of("7.1").why_not.is_some() && of("8").change.is_none());
    assert_eq!(of("1").change, Some(0.0), "what is made alike is compared");
    assert!(comparison.parts.is_empty());
}

#[test]
fn other_indicators_with_values_are_a_break_too() {
    let papi = preset("papi-2019").expect("valid");
    let before = scores(&papi, &column(2));
    let mut values = column(1);
    values.remove("1.2.3");
    let after = scores(&papi, &values);
    let comparison = compare_scores((&papi, &before), (&papi, &after));
    let of = |code: &str| comparison.nodes.iter().find(|node| node.code == code).expect("a node");
    assert!(of("1.2").score_is_not_compared() && of("1").score_is_not_compared() && of("papi").score_is_not_compared());
    assert!(of("2").change.is_some());
}

trait NotCompared {
    fn score_is_not_compared(&self) -> bool;
}

impl NotCompared for reports::index::NodeChange {
    fn score_is_not_compared(&self) -> bool {
        self.before.is_some() && self.after.is_some() && self.change.is_none() && self.why_not.is_some()
    }
}

#[test]
fn published_scores_are_parts_of_a_change() {
    let papi = preset("papi-2021").expect("valid");
    let year = |values: [f64; 8]| -> IndexScores {
        let codes = (1..=8).map(|number: u32| number.to_string());
        scores(&papi, &codes.zip(values).collect())
    };
    // Bắc Giang 2023 and 2024, published.
    let before = year([5.5787, 5.6870, 4.3875, 7.1515, 7.3001, 7.4286, 3.3046, 3.4825]);
    let after = year([5.9546, 5.3860, 4.3864, 7.1373, 7.2343, 7.8577, 3.1916, 3.5376]);
    let comparison = compare_scores((&papi, &before), (&papi, &after));
    assert!((comparison.nodes[0].change.expect("a change") - (44.6855 - 44.3205)).abs() < 1e-9);
    let first = comparison.parts.iter().find(|part| part.code == "1").expect("dimension 1");
    assert!((first.points - 0.3759).abs() < 1e-9);
}
