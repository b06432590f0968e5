//! Weights of nodes and items, by hand.

use estimation::table::{Column, Table};
use reports::index::{IndexMissing, estimate_index};

use crate::scene::{Scene, TWO_DIMENSIONS, definition};

/// The small index as a weighted mean or sum: the first dimension counts three times the second; `c` is not scored.
fn weighted(aggregation: &str, score_min: &str, score_max: &str) -> String {
    TWO_DIMENSIONS
        .replace(
            "aggregation = \"sum\"\nscore_min = 2.0\nscore_max = 20.0",
            &format!("aggregation = \"{aggregation}\"\nscore_min = {score_min}\nscore_max = {score_max}"),
        )
        .replace("code = \"first\"\nparent = \"total\"", "code = \"first\"\nparent = \"total\"\nweight = 3.0")
        .replace("code = \"c\"\nparent = \"first\"", "code = \"c\"\nparent = \"first\"\nscored = false")
}

#[test]
fn node_weights_count_in_means_and_sums() {
    let values = [("a", 0.5), ("b", 2.0), ("d", 0.25)].map(|(code, value)| (code.to_owned(), value)).into();
    // first = 1 + 9 (0.5 + 2 · 0.75) / 3 = 7, second = 1 + 9 · 0.25 = 3.25.
    let of = |text: &str| {
        let scores = definition(text).score_values(&values).expect("in range");
        assert!((scores.score("first").expect("a score") - 7.0).abs() < 1e-13);
        assert!((scores.score("second").expect("a score") - 3.25).abs() < 1e-13);
        scores.score("total").expect("a score")
    };
    assert!((of(&weighted("mean", "1", "10")) - (3.0 * 7.0 + 3.25) / 4.0).abs() < 1e-13);
    assert!((of(&weighted("sum", "4", "40")) - (3.0 * 7.0 + 3.25)).abs() < 1e-13);
}

#[test]
fn weights_that_leave_the_printed_range_are_refused() {
    for text in [weighted("sum", "2", "20"), weighted("mean", "1", "12"), weighted("sum", "4", "60")] {
        let told = reports::index::IndexDefinition::from_toml(&text).expect_err("a range that does not fit");
        assert_eq!(told.0[0].code, "index_weights_do_not_fit", "{told}");
    }
}

const POOLED: &str = r#"
[index]
code = "p"
name_vi = "P"
name_en = "P"
valid_from = 2024
source = "made for a test"
certainty = "certain"
root = "p"

[[node]]
code = "p"
level = "index"
name_vi = "P"
name_en = "P"
aggregation = "pooled"
score_min = 0
score_max = 100
certainty = "certain"

[[indicator]]
code = "x"
parent = "p"
name_vi = "X"
name_en = "X"
scale_min = 0
scale_max = 1
direction = "+"
weight = 3
certainty = "certain"
[indicator.value]
kind = "share"
questions = ["x"]
codes = ["1"]

[[indicator]]
code = "y"
parent = "p"
name_vi = "Y"
name_en = "Y"
scale_min = 0
scale_max = 1
direction = "-"
certainty = "certain"
[indicator.value]
kind = "share"
questions = ["y"]
codes = ["1"]
"#;

#[test]
fn item_weights_and_directions_count_in_a_pooled_share() {
    let scene = Scene { stratum: vec![0.0; 3], psu: vec![0.0, 1.0, 2.0], weights: vec![1.0, 1.0, 2.0] };
    let mut table = Table::new();
    table.insert("x", Column::categorical(&[Some("1"), Some("0"), None])).expect("a column");
    table.insert("y", Column::categorical(&[Some("1"), Some("0"), Some("0")])).expect("a column");
    let estimates = estimate_index(&definition(POOLED), &scene.design(), &table, 0.95).expect("estimates");
    let share = estimates.score("p").and_then(|node| node.estimate.as_ref()).and_then(|one| one.estimate);
    // Good answers: x 3·1, y (0 + 1 + 2·1); all answers: x 3·2, y 4.
    assert!((share.expect("a share") - 100.0 * 6.0 / 10.0).abs() < 1e-12);
}

#[test]
fn one_answer_never_counts_even_where_small_bases_do() {
    let text =
        TWO_DIMENSIONS.replace("root = \"total\"", "minimum_base = 15\nbelow_minimum_base = \"use\"\nroot = \"total\"");
    let scene = Scene::new(4, 4, 1);
    let table = |answers: usize| {
        let mut table = scene.table(2);
        let qd: Vec<Option<&str>> =
            (0..scene.n()).map(|row| (row % 5 == 0 && row / 5 < answers).then_some(["1", "0"][row % 2])).collect();
        table.insert("qd", Column::categorical(&qd)).expect("a column");
        estimate_index(&definition(&text), &scene.design(), &table, 0.95).expect("estimates")
    };
    let missing = |answers: usize| table(answers).score("second").and_then(|node| node.missing.clone());
    assert_eq!(missing(0), Some(IndexMissing::ChildMissing { code: "d".to_owned() }));
    assert_eq!(missing(1), Some(IndexMissing::ChildMissing { code: "d".to_owned() }));
    assert_eq!(missing(2), None);
    let d = |answers: usize| table(answers).indicator("d").and_then(|row| row.missing.clone());
    assert_eq!(d(0), Some(IndexMissing::NoAnswers));
    assert_eq!(d(2), Some(IndexMissing::BelowMinimumBase { n: 2, minimum: 15 }));
}
