//! The instruments of the house are fit for the field.

use khaosat::questionnaire::{BUILTIN, QuestionKind, builtin, codebook, columns, to_table};
use problem::Language;
use serde_json::json;

use super::support::answer;

#[test]
fn every_instrument_of_the_house_is_without_problems() {
    assert!(BUILTIN.len() >= 7);
    for instrument in BUILTIN {
        match instrument.questionnaire() {
            Ok(questionnaire) => assert_eq!(questionnaire.id(), instrument.name),
            Err(problems) => panic!("{}:\n{}", instrument.name, problems.describe(Language::En)),
        }
    }
    assert!(builtin("papi-1999").is_none());
}

#[test]
fn who_does_not_consent_is_asked_nothing_of_the_survey() {
    for instrument in BUILTIN {
        let questionnaire = instrument.questionnaire().expect("no problems");
        let refused = answer(&questionnaire, json!({"consent": "0"}));
        let due = refused.findings.iter().filter(|finding| finding.problem.code == "answer_required").count();
        assert!(due <= 2, "{}: {due} questions are due without consent", instrument.name);
        let agreed = answer(&questionnaire, json!({"consent": "1"}));
        let due = agreed.findings.iter().filter(|finding| finding.problem.code == "answer_required").count();
        assert!(due >= 30, "{}: {due} questions are due", instrument.name);
    }
}

#[test]
fn every_choice_question_of_the_house_can_be_left_without_an_answer() {
    for instrument in BUILTIN {
        let questionnaire = instrument.questionnaire().expect("no problems");
        let scored = |name: &str| ["q_", "s_", "h_", "e_"].iter().any(|prefix| name.starts_with(prefix));
        let substantive = questionnaire.questions().iter().filter(|question| scored(&question.name));
        for question in substantive.filter(|question| matches!(question.kind, QuestionKind::SelectOne(_))) {
            let list = questionnaire.choices(question).expect("the list exists");
            assert!(list.choice("-999").is_some(), "{} {}", instrument.name, question.name);
        }
    }
}

#[test]
fn the_table_and_the_codebook_have_the_same_columns() {
    for instrument in BUILTIN {
        let questionnaire = instrument.questionnaire().expect("no problems");
        let responses =
            vec![answer(&questionnaire, json!({"consent": 1})), answer(&questionnaire, json!({"consent": "0"}))];
        let table = to_table(&questionnaire, &responses).expect("a table");
        assert_eq!(table.n_rows(), 2);
        let columns: Vec<String> = columns(&questionnaire).into_iter().map(|column| column.name).collect();
        let book: Vec<String> = codebook(&questionnaire).into_iter().map(|entry| entry.column).collect();
        assert_eq!(columns, book);
        assert!(columns.iter().all(|column| table.get(column).is_some()));
        assert_eq!(table.names().count(), columns.len());
    }
}
