//! Responses become the table that statistics are computed from.

use estimation::table::{Cells, MissingReason, Table};
use khaosat::questionnaire::{ColumnKind, Validated, codebook, to_table};
use serde_json::json;

use super::support::{answer, household, rows};

fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
    match &table.column(name).expect("a column").cells {
        Cells::Numeric(values) => values.iter().map(|value| (!value.is_nan()).then_some(*value)).collect(),
        Cells::Categorical { .. } => panic!("{name} is not numeric"),
    }
}

fn labels(table: &Table, name: &str) -> (Vec<Option<String>>, Vec<String>) {
    match &table.column(name).expect("a column").cells {
        Cells::Categorical { codes, labels } => {
            (codes.iter().map(|code| labels.get(*code as usize).cloned()).collect(), labels.clone())
        }
        Cells::Numeric(_) => panic!("{name} is not categorical"),
    }
}

fn four_responses() -> Table {
    let survey = household();
    let responses = [
        json!({"consent": 1, "n_adults": 2, "income": 8, "visited": 1, "papers": ["birth", "land"], "satisfied": 5,
               "visit_day": "1970-01-11", "remarks": "Tốt", "thanks": "OK", "place": "21.5 106.25"}),
        json!({"consent": 1, "n_adults": 3, "income": -888, "visited": 1, "papers": "-888", "satisfied": -999}),
        json!({"consent": 1, "n_adults": 1, "income": 4, "visited": 0, "remarks": "Tốt", "district": "hue"}),
        json!({"consent": 0}),
    ];
    let responses: Vec<_> = responses.into_iter().map(|answers| answer(survey, answers)).collect();
    to_table(survey, &responses).expect("a table")
}

#[test]
fn numbers_choices_and_days_become_columns() {
    let table = four_responses();
    assert_eq!(table.n_rows(), 4);
    assert_eq!(numbers(&table, "n_adults"), [Some(2.0), Some(3.0), Some(1.0), None]);
    assert_eq!(numbers(&table, "income_each"), [Some(4.0), Some(-296.0), Some(4.0), None]);
    assert_eq!(numbers(&table, "papers/birth"), [Some(1.0), None, None, None]);
    assert_eq!(numbers(&table, "papers/id_card"), [Some(0.0), None, None, None]);
    assert_eq!(numbers(&table, "visit_day"), [Some(10.0), None, None, None]);
    assert_eq!(numbers(&table, "place/longitude"), [Some(106.25), None, None, None]);
    assert_eq!(numbers(&table, "place/accuracy"), [None; 4]);
    let (satisfied, codes) = labels(&table, "satisfied");
    assert_eq!(satisfied, [Some("5".to_owned()), None, None, None]);
    assert_eq!(codes, ["1", "2", "3", "4", "5"], "all codes in the order of the list, without missing codes");
    assert_eq!(labels(&table, "remarks").0, [Some("Tốt".to_owned()), None, Some("Tốt".to_owned()), None]);
    assert!(table.get("papers/-888").is_none() && table.get("papers").is_none() && table.get("bye").is_none());
}

#[test]
fn every_missing_cell_has_its_reason() {
    use MissingReason::{DontKnow, NotAnswered, NotApplicable, Refused};
    let table = four_responses();
    let reasons = |name: &str| -> Vec<(usize, MissingReason)> {
        table.column(name).expect("a column").missing_reasons.iter().map(|(row, reason)| (*row, *reason)).collect()
    };
    assert_eq!(reasons("income"), [(1, DontKnow), (3, NotApplicable)]);
    assert_eq!(reasons("papers/land"), [(1, DontKnow), (2, NotApplicable), (3, NotApplicable)]);
    assert_eq!(reasons("satisfied"), [(1, Refused), (2, NotApplicable), (3, NotApplicable)]);
    assert_eq!(reasons("visit_day"), [(1, NotAnswered), (2, NotApplicable), (3, NotApplicable)]);
    assert_eq!(reasons("district")[2], (2, NotAnswered), "a code that the list does not have");
    for name in table.names() {
        let column = table.column(name).expect("a column");
        let missing: Vec<usize> = match &column.cells {
            Cells::Numeric(values) => (0..4).filter(|row| values[*row].is_nan()).collect(),
            Cells::Categorical { codes, .. } => (0..4).filter(|row| codes[*row] == Cells::MISSING_CODE).collect(),
        };
        assert_eq!(missing, column.missing_reasons.keys().copied().collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn a_response_to_another_questionnaire_is_refused() {
    let other = rows("text,a,Hỏi,Ask").expect("no problems");
    let responses = [answer(household(), json!({"consent": 1})), answer(&other, json!({"consent": 1}))];
    let problems = to_table(household(), &responses).expect_err("two questionnaires");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems.0[0].place.as_ref().and_then(|place| place.row), Some(2));
}

#[test]
fn no_responses_give_a_table_without_rows() {
    let table = to_table::<Validated>(household(), &[]).expect("a table");
    assert_eq!(table.n_rows(), 0);
    assert!(table.get("papers/birth").is_some());
}

#[test]
fn a_calculation_that_always_gives_a_number_is_a_column_of_numbers() {
    let survey = rows(
        "integer,a,Hỏi,Ask\ncalculate,twice,,,,,${a} * 2\ncalculate,class,,,,,\"if(${a} > 1, 'big', 'small')\"\n\
         calculate,either,,,,,\"coalesce(${a}, 0)\"",
    )
    .expect("no problems");
    let kinds: Vec<(String, ColumnKind)> =
        codebook(&survey).into_iter().skip(2).map(|entry| (entry.column, entry.kind)).collect();
    assert_eq!(kinds[0], ("twice".to_owned(), ColumnKind::Number));
    assert_eq!(kinds[1], ("class".to_owned(), ColumnKind::Text));
    assert_eq!(kinds[2], ("either".to_owned(), ColumnKind::Number));
    let table =
        to_table(&survey, &[answer(&survey, json!({"consent": 1, "a": 3})), answer(&survey, json!({"consent": 1}))]);
    let table = table.expect("a table");
    assert_eq!(numbers(&table, "twice"), [Some(6.0), None]);
    assert_eq!(numbers(&table, "either"), [Some(3.0), Some(0.0)]);
    assert_eq!(labels(&table, "class").0, [Some("big".to_owned()), Some("small".to_owned())]);
}

#[test]
fn the_codebook_says_what_was_asked_of_whom_and_what_the_codes_mean() {
    let book = codebook(household());
    let entry = |column: &str| book.iter().find(|entry| entry.column == column).cloned().expect("an entry");
    let satisfied = entry("satisfied");
    assert_eq!(satisfied.label.get("en"), Some("How satisfied were you?"));
    assert_eq!(satisfied.relevant, ["${consent} = 1", "${visited} = 1", "not(selected(${papers}, 'none'))"]);
    assert_eq!(satisfied.sections[1].get("vi"), Some("Lần gần nhất"));
    assert_eq!(satisfied.choices[4].1.get("vi"), Some("Rất hài lòng"));
    assert_eq!(satisfied.choices.len(), 5);
    assert_eq!(satisfied.missing_codes[1].code, "-999");
    assert_eq!(entry("papers/land").label.get("vi"), Some("Sổ đỏ"));
    assert_eq!(entry("papers/land").question, "papers");
}
