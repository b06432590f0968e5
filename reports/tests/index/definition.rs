//! Wrong definitions are refused with every reason and line at once.

use reports::index::{Direction, IndexDefinition, presets};

const SMALL: &str = r#"[index]
code = "small"
name_vi = "Nhỏ"
name_en = "Small"
valid_from = 2024
source = "made for a test"
certainty = "inferred"
root = "t"

[[node]]
code = "t"
level = "index"
name_vi = "Tổng"
name_en = "Total"
aggregation = "linear_mean"
a = 0.0
b = 10.0
score_min = 0.0
score_max = 10.0
certainty = "certain"

[[indicator]]
code = "x"
parent = "t"
name_vi = "Một"
name_en = "One"
scale_min = 0.0
scale_max = 1.0
direction = "+"
certainty = "certain"
"#;

/// The codes and lines of all problems after a change of the small definition.
fn told(from: &str, to: &str) -> Vec<(&'static str, Option<usize>)> {
    assert!(SMALL.contains(from), "{from}");
    let problems = IndexDefinition::from_toml(&SMALL.replacen(from, to, 1)).expect_err("a wrong definition");
    problems.iter().map(|problem| (problem.code, problem.place.as_ref().and_then(|place| place.row))).collect()
}

#[test]
fn all_shipped_definitions_hold() {
    for preset in presets() {
        let definition =
            IndexDefinition::from_toml(preset.text).unwrap_or_else(|told| panic!("{}: {told}", preset.name));
        assert_eq!(definition.code(), preset.name);
        assert_eq!(definition.sha256().len(), 64);
    }
}

#[test]
fn the_small_definition_holds_and_knows_its_years() {
    let small = IndexDefinition::from_toml(SMALL).expect("valid");
    assert!(small.holds_in(2024) && small.holds_in(2030) && !small.holds_in(2023));
    assert_eq!(small.indicator("x").map(|one| one.direction), Some(Direction::Higher));
    assert_eq!(small.depth("t"), 0);
}

#[test]
fn an_unknown_key_is_told_with_its_line() {
    assert_eq!(told("root = \"t\"", "root = \"t\"\nrot = 1"), [("index_unknown_key", Some(9))]);
    assert_eq!(told("a = 0.0", "a = 0.0\nc = 2"), [("index_unknown_key", Some(17))]);
}

#[test]
fn what_is_not_toml_is_told_with_its_line() {
    assert_eq!(told("level = \"index\"", "level = index")[0], ("index_not_toml", Some(12)));
}

#[test]
fn an_unknown_parent_a_wrong_root_and_a_parent_that_is_an_indicator() {
    assert_eq!(
        told("parent = \"t\"", "parent = \"u\""),
        [("index_no_children", Some(10)), ("index_unknown_parent", Some(22))]
    );
    assert!(told("root = \"t\"", "root = \"u\"").contains(&("index_unknown_root", None)));
    let text = format!(
        "{SMALL}\n{}",
        SMALL[SMALL.find("[[indicator]]").unwrap()..].replace("\"x\"", "\"y\"").replace("\"t\"", "\"x\"")
    );
    let problems = IndexDefinition::from_toml(&text).expect_err("an indicator is no parent");
    assert!(problems.to_string().contains("the parent x is an indicator"), "{problems}");
}

#[test]
fn a_cycle_is_told_once_for_each_node_in_it() {
    let ring = |code: &str, parent: &str| {
        format!(
            "\n[[node]]\ncode = \"{code}\"\nparent = \"{parent}\"\nlevel = \"x\"\nname_vi = \"x\"\nname_en = \"x\"\n\
             aggregation = \"sum\"\nscore_min = 0\nscore_max = 1\ncertainty = \"certain\"\n"
        )
    };
    let text = format!("{SMALL}{}{}", ring("p", "q"), ring("q", "p"));
    let problems = IndexDefinition::from_toml(&text).expect_err("a cycle");
    assert_eq!(problems.iter().filter(|problem| problem.code == "index_cycle").count(), 2, "{problems}");
}

#[test]
fn a_duplicate_code_names_the_first_line() {
    let again = &SMALL[SMALL.find("[[indicator]]").unwrap()..];
    let problems = IndexDefinition::from_toml(&format!("{SMALL}\n{again}")).expect_err("x twice");
    assert_eq!(problems.iter().next().map(|problem| problem.code), Some("index_duplicate_code"));
    assert!(problems.to_string().contains("first on line 22"), "{problems}");
}

#[test]
fn ranges_weights_and_constants_must_fit() {
    assert_eq!(
        told("scale_min = 0.0", "scale_min = 1.0"),
        [("index_empty_range", Some(22)), ("index_empty_range", Some(22))]
    );
    assert_eq!(told("b = 10.0", "b = 12.0"), [("index_weights_do_not_fit", Some(10))]);
    assert_eq!(told("direction = \"+\"", "direction = \"+\"\nweight = 0"), [("index_weight", Some(22))]);
    assert_eq!(told("direction = \"+\"", "direction = \"+\"\nweight = nan"), [("index_wrong_type", Some(30))]);
    assert_eq!(told("b = 10.0\n", ""), [("index_missing_key", Some(10))]);
    assert_eq!(told("aggregation = \"linear_mean\"", "aggregation = \"average\"")[0].0, "index_unknown_word");
}

#[test]
fn weights_that_are_shares_add_up_to_one() {
    let shares = |x: &str, y: &str| {
        let at = SMALL.find("[[indicator]]").expect("an indicator");
        let with =
            |weight: &str| SMALL[at..].replace("direction = \"+\"", &format!("direction = \"+\"\nweight = {weight}"));
        let text = format!("{}{}\n{}", &SMALL[..at], with(x), with(y).replace("code = \"x\"", "code = \"second\""));
        IndexDefinition::from_toml(&text).err().and_then(|problems| problems.into_iter().next()).map(|one| one.code)
    };
    assert_eq!(shares("0.6", "0.5"), Some("index_weights_do_not_fit"));
    assert_eq!(shares("0.6", "0.4"), None);
    assert_eq!(shares("0.333", "0.667"), None);
    assert_eq!(shares("5.0", "3.0"), None, "counts are no shares");
}

#[test]
fn direction_and_validity_are_checked() {
    assert_eq!(told("direction = \"+\"", "direction = \"up\""), [("index_unknown_word", Some(29))]);
    assert_eq!(told("direction = \"+\"\n", ""), [("index_missing_key", Some(22))]);
    assert_eq!(told("valid_from = 2024", "valid_from = 2024\nvalid_to = 2023"), [("index_validity_reversed", Some(6))]);
}

#[test]
fn an_indicator_beside_nodes_is_refused() {
    let node = &SMALL[SMALL.find("[[node]]").unwrap()..SMALL.find("[[indicator]]").unwrap()];
    let below = node.replace("\"t\"", "\"u\"\nparent = \"t\"");
    let problems = IndexDefinition::from_toml(&format!("{SMALL}\n{below}")).expect_err("mixed children");
    assert!(problems.iter().any(|problem| problem.code == "index_mixed_children"), "{problems}");
}

#[test]
fn many_problems_come_at_once() {
    let text = SMALL
        .replace("direction = \"+\"", "direction = \"up\"")
        .replace("level = \"index\"", "")
        .replace("valid_from = 2024", "valid_from = \"now\"")
        .replace("root = \"t\"", "root = \"t\"\nextra = 1");
    let problems = IndexDefinition::from_toml(&text).expect_err("four problems");
    assert_eq!(problems.len(), 4, "{problems}");
}

#[test]
fn a_value_rule_must_fit_its_kind_and_its_range() {
    let rule = |lines: &str| {
        let problems = IndexDefinition::from_toml(&format!("{SMALL}[indicator.value]\n{lines}\n")).expect_err(lines);
        problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(rule("kind = \"share\"\nquestions = [\"q\"]"), ["index_value_rule"]);
    assert_eq!(rule("kind = \"share\"\nquestions = [\"q\", \"r\"]\ncodes = [\"1\"]"), ["index_value_rule"]);
    assert_eq!(rule("kind = \"difference\"\nquestions = [\"q\"]"), ["index_value_rule"]);
    assert_eq!(rule("kind = \"count\"\nquestions = [\"q\", \"r\"]\ncodes = [\"1\"]"), ["index_value_range"]);
    assert_eq!(
        rule("kind = \"share\"\nquestions = [\"q\"]\ncodes = [\"1\"]\nnot_applicable = 2"),
        ["index_value_range"]
    );
    assert_eq!(rule("kind = \"mean\"\nquestions = [\"q\"]\nvalues = { \"1\" = 5 }"), ["index_value_range"]);
    assert_eq!(rule("kind = \"shares\"\nquestions = [\"q\"]")[0], "index_unknown_word");
}
