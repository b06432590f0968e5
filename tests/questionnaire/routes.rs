//! Who is asked what.

use std::collections::BTreeMap;

use khaosat::questionnaire::expression::Value;

use super::support::{household, rows};

fn answers(given: &[(&str, Value)]) -> BTreeMap<String, Value> {
    given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn without_consent_only_the_frame_of_the_interview_is_due() {
    let survey = household();
    let route = survey.route(&answers(&[("consent", text("0")), ("n_adults", Value::Number(3.0))]), None);
    let due: Vec<&str> = route.relevant_questions().collect();
    assert_eq!(due, ["started", "day", "consent", "bye"]);
    assert!(route.value("n_adults").is_empty(), "what is not due has no value");
    assert!(!route.is_relevant("no_such_question"));
}

#[test]
fn a_section_inside_a_section_that_is_not_due_is_not_due_either() {
    let survey = household();
    let visited = |consent: &str| survey.route(&answers(&[("consent", text(consent)), ("visited", text("1"))]), None);
    assert!(visited("1").is_relevant("papers"));
    assert!(!visited("0").is_relevant("papers"), "visited is not due, so its answer does not count");
}

#[test]
fn routing_follows_the_answers_of_earlier_questions() {
    let survey = household();
    let given = |papers: &str| {
        answers(&[
            ("consent", text("1")),
            ("visited", text("1")),
            ("papers", text(papers)),
            ("n_adults", Value::Number(4.0)),
            ("income", Value::Number(10.0)),
        ])
    };
    let some = given("id_card birth");
    let route = survey.route(&some, None);
    assert!(route.is_relevant("satisfied"));
    assert_eq!(route.value("income_each"), Value::Number(2.5));
    assert!(!survey.route(&given("none"), None).is_relevant("satisfied"));
}

#[test]
fn calculations_are_worked_out_in_the_order_of_what_they_read() {
    let survey = rows(
        "calculate,total,,,,,${double} + ${base}\ncalculate,double,,,,,2 * ${base}\ninteger,base,Hỏi,Ask\ntext,big,Hỏi,Ask,${total} > 10",
    )
    .expect("no problems");
    let route = |base: f64| survey.route(&answers(&[("base", Value::Number(base))]), None).value("total");
    assert_eq!(route(5.0), Value::Number(15.0));
    assert!(survey.route(&answers(&[("base", Value::Number(5.0))]), None).is_relevant("big"));
    assert!(!survey.route(&answers(&[("base", Value::Number(3.0))]), None).is_relevant("big"));
    assert!(!survey.route(&BTreeMap::new(), None).is_relevant("big"), "nothing is not more than ten");
}

#[test]
fn a_chain_of_twenty_thousand_dependent_questions_does_not_exhaust_the_stack() {
    let mut sheet = String::from("integer,q0,Hỏi,Ask\n");
    for index in 1..19_000 {
        sheet.push_str(&format!("calculate,q{index},,,,,${{q{}}} + 1\n", index - 1));
    }
    let survey = rows(&sheet).expect("no problems");
    let route = survey.route(&answers(&[("q0", Value::Number(1.0))]), None);
    assert_eq!(route.value("q18999"), Value::Number(19_000.0));
}
