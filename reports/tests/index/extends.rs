//! Definitions that change another one, and definitions of one series.

use reports::index::{IndexDefinition, check_series, differences, preset, presets};

const CHANGED: &str = r#"
extends = "par-2017"
remove = ["8"]

[index]
code = "mine"
series = "par"
scoring_vi = "thử"
scoring_en = "trial"
name_vi = "Của tôi"
name_en = "Mine"
valid_from = 2030
source = "made for a test"
certainty = "recalled"
root = "par"

[[node]]
code = "par"
score_max = 85.5

[[indicator]]
code = "7"
scale_max = 17.0
"#;

fn codes(text: &str) -> Vec<(&'static str, Option<usize>)> {
    let told = IndexDefinition::from_toml(text).expect_err("a wrong definition");
    told.iter().map(|problem| (problem.code, problem.place.as_ref().and_then(|place| place.row))).collect()
}

#[test]
fn a_definition_changes_only_what_it_writes() {
    let mine = IndexDefinition::from_toml(CHANGED).expect("valid");
    let base = preset("par-2017").expect("valid");
    assert_eq!(mine.indicators().len(), 7);
    assert_eq!(mine.extends(), Some("par-2017"));
    assert_eq!(mine.indicator("7").map(|one| (one.scale_max, one.published_max)), Some((17.0, 17.0)));
    assert_eq!(mine.indicator("3"), base.indicator("3"));
    assert_eq!(mine.line_of("7"), Some(21));
    assert_eq!(mine.line_of("3"), None);
    assert_ne!(mine.sha256(), base.sha256());
}

#[test]
fn what_no_longer_fits_after_a_change_is_told_with_its_line() {
    assert_eq!(
        codes(&CHANGED.replace("scale_max = 17.0", "scale_max = 18.0")),
        [("index_weights_do_not_fit", Some(17))]
    );
    assert_eq!(codes(&CHANGED.replace("[\"8\"]", "[\"88\"]"))[0], ("index_remove_unknown", Some(3)));
    assert_eq!(codes(&CHANGED.replace("par-2017", "par-2099")), [("index_unknown_preset", Some(2))]);
    let level = format!("{CHANGED}\n[[every]]\nlevel = \"province\"\nscore_max = 1.0\n");
    assert_eq!(codes(&level), [("index_level_unknown", Some(26))]);
    // Without extends there is nothing to remove, and the tree is not whole.
    let alone = codes(&CHANGED.replace("extends = \"par-2017\"\n", ""));
    assert!(alone.contains(&("index_nothing_to_change", Some(2))), "{alone:?}");
    assert!(alone.iter().any(|problem| problem.0 == "index_missing_key"), "{alone:?}");
    assert_eq!(codes(&CHANGED.replace("scoring_vi = \"thử\"\n", "")), [("index_missing_key", Some(5))]);
}

#[test]
fn two_definitions_of_a_series_never_hold_in_one_year() {
    let mut all: Vec<IndexDefinition> = presets().iter().map(|one| preset(one.name).expect("valid")).collect();
    check_series(&all).expect("the shipped definitions do not overlap");
    let second = CHANGED.replace("\"mine\"", "\"second\"").replace("2030", "2031");
    all.push(IndexDefinition::from_toml(CHANGED).expect("valid"));
    all.push(IndexDefinition::from_toml(&second).expect("valid"));
    let told = check_series(&all).expect_err("both hold from 2031 on");
    assert_eq!(told.len(), 1, "{told}");
    assert_eq!(
        (told.0[0].code, told.0[0].place.as_ref().and_then(|place| place.row)),
        ("index_validity_overlap", Some(5))
    );
}

#[test]
fn thresholds_turn_figures_into_points() {
    let text = CHANGED.replace(
        "code = \"7\"\nscale_max = 17.0",
        "code = \"7\"\nscale_max = 17.0\npublished_min = 0.0\npublished_max = 100.0\n\
         [[indicator.points]]\nfrom = 0.0\npoints = 0.0\n\
         [[indicator.points]]\nfrom = 80.0\npoints = 13.6\neach = 0.17\n",
    );
    let mine = IndexDefinition::from_toml(&text).expect("valid");
    let seven = mine.indicator("7").expect("there");
    for (figure, points) in [(0.0, 0.0), (79.9, 0.0), (80.0, 13.6), (90.0, 15.3), (100.0, 17.0)] {
        assert!((seven.counted(figure) - points).abs() < 1e-12, "{figure}: {}", seven.counted(figure));
    }
    let values = [("1", 9.0), ("2", 9.0), ("3", 14.0), ("4", 11.0), ("5", 15.0), ("6", 7.0), ("7", 90.0)];
    let values = values.into_iter().map(|(code, value)| (code.to_owned(), value)).collect();
    let scores = mine.score_values(&values).expect("in range");
    assert!((scores.score("par").expect("a score") - 80.3).abs() < 1e-12);
    assert!(
        scores
            .indicators
            .iter()
            .any(|one| one.code == "7" && one.points.is_some_and(|points| (points - 15.3).abs() < 1e-12))
    );
    for (right, wrong) in [("from = 80.0", "from = 0.0"), ("each = 0.17", "each = 0.18"), ("from = 0.0", "from = 5.0")]
    {
        assert!(codes(&text.replacen(right, wrong, 1)).iter().any(|problem| problem.0 == "index_points"), "{wrong}");
    }
}

#[test]
fn breaks_between_the_rounds_of_papi_are_found() {
    let load = |name: &str| preset(name).expect("valid");
    let broken = differences(&load("papi-2018"), &load("papi-2019"));
    for code in ["7.1", "8.1", "8.2", "8.3", "5.1", "7", "8", "papi"] {
        assert!(broken.contains_key(code), "{code} is broken");
    }
    for code in ["1.1", "4.1", "6.3", "7.2", "1", "2", "3", "4", "6"] {
        assert!(!broken.contains_key(code), "{code} is the same: {:?}", broken.get(code));
    }
    let later = differences(&load("papi-2019"), &load("papi-2021"));
    assert!(later.contains_key("5.2") && later.contains_key("papi") && !later.contains_key("1"));
    assert!(differences(&load("papi-2019"), &load("papi-2019")).is_empty());
}

#[test]
fn a_definition_written_out_whole_is_the_same_definition() {
    for shipped in presets() {
        let definition = preset(shipped.name).expect("valid");
        let text = reports::export::definition_toml::to_toml(&definition);
        let again = IndexDefinition::from_toml(&text).unwrap_or_else(|told| panic!("{}: {told}", shipped.name));
        assert_eq!(again.extends(), None);
        assert_eq!(
            (again.nodes(), again.indicators()),
            (definition.nodes(), definition.indicators()),
            "{}",
            shipped.name
        );
        assert_eq!(
            (again.scoring(), again.series(), again.note()),
            (definition.scoring(), definition.series(), definition.note())
        );
        assert!(differences(&definition, &again).is_empty());
    }
}
