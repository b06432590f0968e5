//! From answers to indicator values, respondent by respondent.

use estimation::table::{Column, MissingReason, Table};

use crate::scene::{TWO_DIMENSIONS, definition, labels};

/// The small index with one rule changed.
fn with_rule(rule: &str) -> String {
    TWO_DIMENSIONS.replace("kind = \"share\"\nquestions = [\"qa\"]\ncodes = [\"1\"]", rule)
}

fn table(columns: Vec<(&str, Column)>) -> Table {
    let n = columns.first().map_or(0, |(_, column)| column.len());
    let mut table = Table::new();
    for name in ["qa", "qb", "qd"] {
        if columns.iter().all(|(given, _)| *given != name) {
            table.insert(name, Column::numeric(vec![1.0; n])).expect("a column");
        }
    }
    for (name, column) in columns {
        table.insert(name, column).expect("a column");
    }
    table
}

/// The values of indicator `a` as text, so that missing ones can be compared.
fn values(rule: &str, columns: Vec<(&str, Column)>) -> Vec<String> {
    let values = definition(&with_rule(rule)).indicator_values(&table(columns)).expect("values");
    values["a"].iter().map(f64::to_string).collect()
}

fn because(mut column: Column, reasons: &[(usize, MissingReason)]) -> Column {
    column.missing_reasons.extend(reasons.iter().copied());
    column
}

#[test]
fn a_share_counts_its_codes_and_a_refused_answer_is_not_a_zero() {
    let column = because(
        Column::categorical(&[Some("1"), Some("0"), Some("2"), None, Some("-888"), Some("-999")]),
        &[(3, MissingReason::Refused)],
    );
    assert_eq!(labels(&column).len(), 5);
    let share = values("kind = \"share\"\nquestions = [\"qa\"]\ncodes = [\"1\", \"2\"]", vec![("qa", column)]);
    assert_eq!(share, ["1", "0", "1", "NaN", "NaN", "NaN"]);
}

#[test]
fn codes_read_as_numbers_are_the_same_codes() {
    let column = Column::numeric(vec![1.0, 0.0, f64::NAN, -777.0, -888.0]);
    let share =
        values("kind = \"share\"\nquestions = [\"qa\"]\ncodes = [\"1\"]\nnot_applicable = 0", vec![("qa", column)]);
    assert_eq!(share, ["1", "0", "NaN", "0", "NaN"]);
}

#[test]
fn whom_routing_skipped_is_outside_the_base_unless_the_rule_says_otherwise() {
    let column = because(
        Column::categorical(&[Some("1"), None, None]),
        &[(1, MissingReason::NotApplicable), (2, MissingReason::DontKnow)],
    );
    let rule = "kind = \"share\"\nquestions = [\"qa\"]\ncodes = [\"1\"]";
    assert_eq!(values(rule, vec![("qa", column.clone())]), ["1", "NaN", "NaN"]);
    assert_eq!(values(&format!("{rule}\nnot_applicable = 0"), vec![("qa", column)]), ["1", "0", "NaN"]);
}

#[test]
fn a_mean_recodes_choices_and_an_unknown_choice_is_a_problem() {
    let rule = "kind = \"mean\"\nquestions = [\"qa\"]\nvalues = { \"1\" = 0.5, \"2\" = 1 }";
    assert_eq!(values(rule, vec![("qa", Column::categorical(&[Some("2"), Some("1")]))]), ["1", "0.5"]);
    assert_eq!(values(rule, vec![("qa", Column::numeric(vec![2.0, 1.0]))]), ["1", "0.5"]);
    let told = definition(&with_rule(rule))
        .indicator_values(&table(vec![("qa", Column::categorical(&[Some("2"), Some("9")]))]))
        .expect_err("9 has no number");
    assert!(told.to_string().contains("9 in respondent 2"), "{told}");
}

fn three_parts(last: Option<&str>) -> Vec<(&'static str, Column)> {
    vec![
        ("p", Column::categorical(&[Some("1"), Some("0"), None])),
        ("q", Column::categorical(&[Some("1"), Some("1"), None])),
        ("r", Column::categorical(&[last, last, None])),
    ]
}

#[test]
fn a_share_of_parts_says_what_a_missing_part_does() {
    let rule = "kind = \"mean_share\"\nquestions = [\"p\", \"q\", \"r\"]\ncodes = [\"1\"]";
    assert_eq!(values(rule, three_parts(Some("0"))), ["0.6666666666666666", "0.3333333333333333", "NaN"]);
    assert_eq!(values(rule, three_parts(None)), ["NaN", "NaN", "NaN"]);
    let zero = format!("{rule}\nparts_missing = \"zero\"");
    assert_eq!(values(&zero, three_parts(None)), ["0.6666666666666666", "0.3333333333333333", "NaN"]);
    let valid = format!("{rule}\nparts_missing = \"valid\"");
    assert_eq!(values(&valid, three_parts(None)), ["1", "0.5", "NaN"]);
}

#[test]
fn a_multiple_choice_question_is_read_from_its_columns() {
    let columns = || {
        vec![
            ("m/1", Column::numeric(vec![1.0, 0.0, f64::NAN])),
            ("m/2", Column::numeric(vec![0.0, 0.0, f64::NAN])),
            ("m/3", Column::numeric(vec![1.0, 1.0, f64::NAN])),
        ]
    };
    let share = "kind = \"share\"\nquestions = [\"m\"]\ncodes = [\"1\", \"2\"]";
    assert_eq!(values(share, columns()), ["1", "0", "NaN"]);
    let parts = "kind = \"mean_share\"\nquestions = [\"m\"]\ncodes = [\"1\", \"2\"]";
    assert_eq!(values(parts, columns()), ["0.5", "0", "NaN"]);
}

#[test]
fn a_difference_needs_both_answers() {
    let rule = "kind = \"difference\"\nquestions = [\"p\", \"q\"]\nmultiply = 0.5";
    let columns = vec![("p", Column::numeric(vec![3.0, 2.0, f64::NAN])), ("q", Column::numeric(vec![1.0, 2.0, 1.0]))];
    assert_eq!(values(rule, columns), ["1", "0", "NaN"]);
}

#[test]
fn every_unknown_question_and_impossible_answer_is_told_at_once() {
    let small = definition(TWO_DIMENSIONS);
    let mut table = Table::new();
    table.insert("qb", Column::numeric(vec![1.0, 7.0])).expect("a column");
    let told = small.indicator_values(&table).expect_err("three problems");
    let codes: Vec<&str> = told.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["table_unknown_column", "index_answer_outside_range", "table_unknown_column"]);
    assert!(told.to_string().contains("7 in respondent 2"), "{told}");
}
