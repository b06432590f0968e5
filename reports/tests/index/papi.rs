//! PAPI 2019 from published indicator values with six digits, against the official scores.
//!
//! Values and scores: official 2019 provincial-indicator workbook (papi.org.vn; copy
//! <https://github.com/mdtrinh/vietnam_elections>, `Data/PAPI`), read 2026; 2023 values of 1.1 from
//! <https://github.com/tunah72/papi-dashboard>.

use std::collections::BTreeMap;

use reports::index::{Certainty, IndexDefinition, IndexMissing, preset};

fn papi() -> IndexDefinition {
    preset("papi-2019").expect("the shipped definition is valid")
}

fn values(pairs: &[(&str, f64)]) -> BTreeMap<String, f64> {
    pairs.iter().map(|(code, value)| ((*code).to_owned(), *value)).collect()
}

/// A sub-dimension, the values of its indicators, its official score, and how near the formula must come.
type Vector = (&'static str, &'static [(&'static str, f64)], f64, f64);

/// Bắc Giang 2019, six digits.
const BAC_GIANG_2019: [Vector; 9] = [
    ("1.1", &[("1.1.1", 0.806528), ("1.1.2", 0.127585)], 0.847205, 1e-5),
    ("3.2", &[("3.2.1", 0.338753), ("3.2.2", 0.269300)], 1.232959, 1e-5),
    ("4.1", &[("4.1.1", 0.673606), ("4.1.2", 0.565240), ("4.1.3", 0.749867)], 1.741534, 1e-5),
    ("4.3", &[("4.3.1", 0.414982), ("4.3.2", 2.120131)], 1.193884, 1e-5),
    (
        "6.3",
        &[
            ("6.3.1", 0.998899),
            ("6.3.2", 0.218727),
            ("6.3.3", 3.167239),
            ("6.3.4", 3.464593),
            ("6.3.5", 0.719445),
            ("6.3.6", 0.064304),
        ],
        2.133953,
        1e-5,
    ),
    (
        // The published score is 1.461612; the formula gives 1.461687.
        "6.4",
        &[("6.4.1", 2.208692), ("6.4.4", 2.259785), ("6.4.5", 2.079003), ("6.4.2", 0.249465), ("6.4.3", 12.573344)],
        1.461687,
        1e-5,
    ),
    ("7.2", &[("7.2.1", 0.482777), ("7.2.2", 0.838879), ("7.2.3", 0.524039)], 2.179028, 1e-5),
    ("8.1", &[("8.1.1", 0.061157), ("8.1.2", 0.004960), ("8.1.3", 0.017576)], 0.412855, 1e-5),
    ("8.2", &[("8.2.1", 0.528974), ("8.2.2", 0.673808)], 2.116131, 1e-5),
];

#[test]
fn papi_2019_reproduces_the_official_scores_of_bac_giang() {
    let papi = papi();
    let given: BTreeMap<String, f64> = BAC_GIANG_2019.iter().flat_map(|(_, inputs, _, _)| values(inputs)).collect();
    let scores = papi.score_values(&given).expect("all values are in range");
    for (code, _, official, tolerance) in BAC_GIANG_2019 {
        let score = scores.score(code).unwrap_or_else(|| panic!("{code} has a score"));
        assert!((score - official).abs() <= tolerance, "{code}: {score} against {official}");
    }
    let order = scores.score("6.4").expect("a score");
    assert!((order - 1.461612).abs() <= 0.002, "6.4 against the published score: {order}");
}

#[test]
fn the_formula_of_1_1_holds_in_2023_too() {
    for (first, second, official) in
        [(0.745272, 0.581964, 1.323925), (0.703545, 0.334127, 1.021637), (0.483298, 0.369411, 0.937442)]
    {
        let scores = papi().score_values(&values(&[("1.1.1", first), ("1.1.2", second)])).expect("in range");
        let score = scores.score("1.1").expect("a score");
        assert!((score - official).abs() <= 1e-5, "{score} against {official}");
    }
}

#[test]
fn the_two_conventions_for_three_sub_dimensions_differ_at_the_top() {
    let best = values(&[
        ("8.2.1", 1.0),
        ("8.2.2", 1.0),
        ("7.2.1", 1.0),
        ("7.2.2", 1.0),
        ("7.2.3", 1.0),
        ("3.3.1", 1.0),
        ("3.3.2", 1.0),
    ]);
    let scores = papi().score_values(&best).expect("in range");
    assert!((scores.score("8.2").expect("a score") - 3.30).abs() < 1e-12);
    assert!((scores.score("7.2").expect("a score") - 10.0 / 3.0).abs() < 1e-12);
    assert!((scores.score("3.3").expect("a score") - 2.20).abs() < 1e-12);
}

#[test]
fn a_score_is_missing_because_of_the_first_child_that_is() {
    let scores = papi().score_values(&values(&[("1.1.1", 0.8)])).expect("in range");
    let missing =
        |code: &str| scores.scores.iter().find(|node| node.code == code).and_then(|node| node.missing.clone());
    assert_eq!(missing("1.1"), Some(IndexMissing::ChildMissing { code: "1.1.2".to_owned() }));
    assert_eq!(missing("1"), Some(IndexMissing::ChildMissing { code: "1.1".to_owned() }));
    assert_eq!(missing("papi"), Some(IndexMissing::ChildMissing { code: "1".to_owned() }));
    assert_eq!(scores.score("papi"), None);
}

#[test]
fn a_value_outside_its_range_and_an_unknown_code_are_both_told() {
    let told = papi()
        .score_values(&values(&[("1.1.1", 1.4), ("4.3.2", -1.0), ("9.9.9", 0.5), ("1.1.2", f64::NAN)]))
        .expect_err("four problems");
    assert_eq!(told.len(), 4, "{told}");
    assert!(told.to_string().contains("0–5"), "{told}");
}

#[test]
fn the_tree_has_127_indicators_29_sub_dimensions_8_dimensions() {
    let papi = papi();
    assert_eq!(papi.indicators().len(), 127);
    let level = |level: &str| papi.nodes().iter().filter(|node| node.level == level).count();
    assert_eq!((level("sub_dimension"), level("dimension"), level("index")), (29, 8, 1));
}

#[test]
fn one_more_point_is_worth_what_the_formula_says() {
    let papi = papi();
    // One percentage point of an item of 4.1 is worth 2.25 / 3 / 100 = 0.0075 points of the total.
    let worth = papi.sensitivity("4.1.2");
    for code in ["4.1", "4", "papi"] {
        assert!((worth[code] - 0.75).abs() < 1e-12, "{code}");
    }
    assert_eq!(worth.len(), 3);
    assert!(papi.sensitivity("6.3.2")["papi"] < 0.0);
    assert!(papi.sensitivity("4.1.5").is_empty());
}

#[test]
fn a_sum_of_inferred_scores_is_inferred() {
    let papi = papi();
    assert_eq!(papi.node("papi").map(|node| node.certainty), Some(Certainty::Certain));
    assert_eq!(papi.certainty_of("papi"), Certainty::Inferred);
    assert_eq!(papi.certainty_of("1.1"), Certainty::Certain);
    let scores = papi.score_values(&BTreeMap::new()).expect("nothing is out of range");
    assert!(scores.scores.iter().any(|node| node.code == "1" && node.certainty == Certainty::Inferred));
}
