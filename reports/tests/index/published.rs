//! All sub-dimensions of PAPI 2019 against the official scores of Bắc Giang and of the mean province: how far each
//! inferred formula lies from the official number, as the notes in the definition say.

use std::collections::BTreeMap;

use reports::index::{Certainty, preset};

const INDICATORS: &str = include_str!("../reference/papi_2019_indicators.csv");
const SCORES: &str = include_str!("../reference/papi_2019_scores.csv");

fn column(text: &str, position: usize) -> BTreeMap<String, f64> {
    csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|record| {
            let record = record.expect("a row");
            (record[0].to_owned(), record[position].parse().expect("a number"))
        })
        .collect()
}

/// Largest distance between formula and official score over the two columns, for sub-dimensions that are not certain.
const INFERRED: [(&str, f64); 21] = [
    ("1.2", 0.025),
    ("1.3", 0.060),
    ("1.4", 0.009),
    ("2.1", 0.003),
    ("2.2", 0.023),
    ("2.3", 0.038),
    ("2.4", 0.068),
    ("3.1", 0.050),
    ("4.2", 0.195),
    ("4.4", 0.030),
    ("5.1", 0.010),
    ("5.2", 0.010),
    ("5.3", 0.020),
    ("5.4", 0.004),
    ("6.1", 0.035),
    ("6.2", 0.041),
    ("6.3", 0.002),
    ("6.4", 0.002),
    ("7.1", 0.026),
    ("8.3", 0.500),
    ("papi", 1.0),
];

#[test]
fn every_formula_lies_as_near_to_the_official_score_as_its_note_says() {
    let papi = preset("papi-2019").expect("valid");
    for (position, place) in [(1, "Bắc Giang"), (2, "mean of 63 provinces")] {
        let official = column(SCORES, position);
        let scores = papi.score_values(&column(INDICATORS, position)).expect("in range");
        for node in papi.nodes().iter().filter(|node| node.level == "sub_dimension") {
            let distance = scores.score(&node.code).expect("a score") - official[&node.code];
            println!("{place} {}: {distance:+.4}", node.code);
            let inferred = INFERRED.iter().find(|(code, _)| *code == node.code);
            // Certain formulas: what is left is the rounding of the inputs to four digits.
            let bound = inferred.map_or(2e-4, |(_, bound)| *bound);
            assert_eq!(inferred.is_none(), node.certainty == Certainty::Certain, "{}", node.code);
            assert!(distance.abs() <= bound, "{place} {}: {distance}", node.code);
        }
        let total = scores.score("papi").expect("a score") - official["papi"];
        println!("{place} total: {total:+.4}");
        assert!(total.abs() <= 1.0, "{place}: {total}");
    }
}

#[test]
fn official_dimensions_are_sums_of_official_sub_dimensions() {
    for position in [1, 2] {
        let official = column(SCORES, position);
        let papi = preset("papi-2019").expect("valid");
        for node in papi.nodes().iter().filter(|node| node.level == "dimension" || node.level == "index") {
            let sum: f64 = papi.child_nodes(&node.code).map(|child| official[&child.code]).sum();
            assert!((sum - official[&node.code]).abs() < 3e-4, "{}: {sum}", node.code);
        }
    }
}

#[test]
fn the_parts_of_a_change_add_up_to_the_change() {
    let papi = preset("papi-2019").expect("valid");
    let (before, after) = (column(INDICATORS, 2), column(INDICATORS, 1));
    let score = |values: &BTreeMap<String, f64>, code: &str| {
        papi.score_values(values).expect("in range").score(code).expect("a score")
    };
    for node in papi.nodes() {
        let parts = papi.decompose_change(&node.code, &before, &after).expect("both are complete");
        let sum: f64 = parts.iter().map(|part| part.points).sum();
        let change = score(&after, &node.code) - score(&before, &node.code);
        assert!((sum - change).abs() < 1e-12, "{}: {sum} against {change}", node.code);
    }
    let parts = papi.decompose_change("papi", &before, &after).expect("complete");
    assert_eq!(parts.len(), 127 - 17, "seventeen indicators are published and not scored");
    let mut incomplete = after;
    incomplete.remove("1.1.1");
    let told = papi.decompose_change("1.1", &before, &incomplete).expect_err("1.1.1 is missing");
    assert_eq!(told.0[0].code, "index_change_incomplete");
    assert!(papi.decompose_change("nowhere", &before, &before).is_err());
}
