//! Answers are kept, and everything that is wrong with them is told.

use estimation::table::MissingReason::{DontKnow, NotAnswered, NotApplicable, Refused};
use khaosat::questionnaire::{Answer, Geopoint, Severity, validate, validate_json};
use problem::Language;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::support::{answer, findings, household, interview, rows};

/// An interview without any fault.
fn good() -> Json {
    json!({
        "started": "2026-11-23T08:00:00+07:00", "day": "2026-11-23", "consent": "1", "n_adults": 4, "income": "10.5",
        "visited": "1", "papers": ["id_card", "birth"], "satisfied": 4, "visit_day": "2026-11-01", "district": "yen_the",
        "commune": "xuan_luong", "remarks": "Không có ý kiến", "thanks": "OK", "place": "21.5 106.1 40 5"
    })
}

fn with(changes: Json) -> Json {
    let mut answers = good();
    match (&mut answers, changes) {
        (Json::Object(answers), Json::Object(changes)) => answers.extend(changes),
        _ => panic!("answers are objects"),
    }
    answers
}

#[test]
fn a_good_interview_has_no_findings_and_every_question_its_answer() {
    let validated = answer(household(), good());
    assert_eq!(findings(&validated), Vec::<String>::new());
    assert!(validated.set_aside.is_empty());
    assert_eq!(validated.answers.len(), 15, "all but the note");
    let of = |name: &str| validated.answer(name).cloned().expect("an answer");
    assert_eq!(of("n_adults"), Answer::Number(4.0));
    assert_eq!(of("income"), Answer::Number(10.5));
    assert_eq!(of("income_each"), Answer::Number(2.63));
    assert_eq!(of("papers"), Answer::Choices(vec!["id_card".to_owned(), "birth".to_owned()]));
    assert_eq!(of("satisfied"), Answer::Choice("4".to_owned()));
    assert_eq!(of("thanks"), Answer::Acknowledged);
    assert_eq!(
        of("place"),
        Answer::Geopoint(Geopoint {
            latitude_degrees: 21.5,
            longitude_degrees: 106.1,
            altitude_metres: Some(40.0),
            accuracy_metres: Some(5.0)
        })
    );
}

#[test]
fn the_four_reasons_for_a_missing_answer_are_never_mixed() {
    let survey = household();
    let reason = |changes: Json, name: &str| answer(survey, with(changes)).answer(name).and_then(Answer::missing);
    assert_eq!(reason(json!({"income": -888}), "income"), Some(DontKnow));
    assert_eq!(reason(json!({"income": "-999"}), "income"), Some(Refused));
    assert_eq!(reason(json!({"visited": -888}), "visited"), Some(DontKnow));
    assert_eq!(reason(json!({"satisfied": "-999"}), "satisfied"), Some(Refused));
    assert_eq!(reason(json!({"papers": ["-888"]}), "papers"), Some(DontKnow));
    assert_eq!(reason(json!({"remarks": "-777"}), "remarks"), Some(NotApplicable));
    assert_eq!(reason(json!({"income": null}), "income"), Some(NotAnswered));
    assert_eq!(reason(json!({"remarks": "  "}), "remarks"), Some(NotAnswered));
    assert_eq!(reason(json!({"papers": []}), "papers"), Some(NotAnswered));
    assert_eq!(
        reason(json!({"visited": 0, "papers": null, "satisfied": null, "visit_day": null}), "papers"),
        Some(NotApplicable)
    );
    assert_eq!(reason(json!({}), "income"), None);
}

#[test]
fn a_refused_answer_is_not_a_zero() {
    let survey = household();
    let validated = answer(survey, with(json!({"income": -999})));
    assert_eq!(findings(&validated), Vec::<String>::new(), "refusing is no fault");
    assert_eq!(validated.answer("income").and_then(Answer::missing), Some(Refused));
}

#[test]
fn all_faults_come_at_once_and_nothing_is_dropped() {
    let validated = answer(
        household(),
        with(json!({
            "n_adults": 25, "income": "nhiều", "papers": "id_card none id_card lost", "satisfied": "9", "visit_day": "01/11/2026",
            "commune": "an_lac", "place": "100 200", "thanks": "yes", "age": 40, "remarks": 12
        })),
    );
    assert_eq!(
        findings(&validated),
        [
            "answer_constraint n_adults",
            "answer_wrong_kind income",
            "answer_repeated_choice papers",
            "answer_not_in_list papers",
            "answer_constraint papers",
            "answer_not_due satisfied",
            "answer_wrong_kind visit_day",
            "answer_not_offered commune",
            "answer_wrong_kind remarks",
            "answer_wrong_kind thanks",
            "answer_wrong_kind place",
            "answer_unknown_question age",
        ]
    );
    assert!(validated.findings.iter().all(|finding| finding.severity == Severity::Flag));
    assert_eq!(validated.answer("n_adults"), Some(&Answer::Number(25.0)));
    assert_eq!(validated.answer("income"), Some(&Answer::Unreadable("nhiều".to_owned())));
    assert_eq!(validated.answer("commune"), Some(&Answer::Choice("an_lac".to_owned())));
    assert_eq!(validated.set_aside.get("age"), Some(&json!(40)));
    assert_eq!(validated.set_aside.get("satisfied"), Some(&json!("9")));
}

#[test]
fn the_order_of_the_answers_does_not_matter_and_nothing_is_due_before_consent() {
    let survey = household();
    let empty = answer(survey, json!({}));
    assert_eq!(findings(&empty), ["answer_required consent"]);
    let agreed = answer(survey, json!({"consent": 1}));
    assert_eq!(findings(&agreed), ["answer_required n_adults", "answer_required visited"]);
}

#[test]
fn an_answer_to_a_question_that_was_not_due_is_set_aside_and_told() {
    let validated = answer(household(), with(json!({"visited": "0"})));
    assert_eq!(findings(&validated), ["answer_not_due papers", "answer_not_due satisfied", "answer_not_due visit_day"]);
    assert_eq!(validated.answer("papers").and_then(Answer::missing), Some(NotApplicable));
    assert_eq!(validated.set_aside.get("papers"), Some(&json!(["id_card", "birth"])));
}

#[test]
fn the_constraint_is_told_in_the_language_of_the_interview() {
    let survey = household();
    let answers = with(json!({"n_adults": 0}));
    let answers = answers.as_object().expect("answers");
    let own = |language: &str| validate(survey, answers, &interview(language)).findings[0].own_message.clone();
    assert_eq!(own("vi").as_deref(), Some("Từ 1 đến 20 người"));
    assert_eq!(own("en").as_deref(), Some("From 1 to 20 people"));
    let problem = &validate(survey, answers, &interview("en")).findings[0].problem;
    assert_eq!(
        problem.describe(Language::Vi),
        "cột n_adults: câu n_adults: câu trả lời không thỏa điều kiện của bảng hỏi (cần (. >= 1 and . <= 20) or . = -888 or . = \
         -999, gặp 0)\n  gợi ý: Từ 1 đến 20 người"
    );
}

#[test]
fn a_constraint_judges_missing_codes_as_it_is_written() {
    // As ODK Collect does, so that the phone and the server say the same.
    let survey = rows("integer,age,Tuổi,Age,,. >= 18").expect("no problems");
    let refused = answer(&survey, json!({"consent": 1, "age": -999}));
    assert_eq!(findings(&refused), ["answer_constraint age"]);
    assert_eq!(refused.answer("age").and_then(Answer::missing), Some(Refused));
}

#[test]
fn a_select_question_must_offer_the_missing_code_it_is_given() {
    let validated = answer(household(), with(json!({"district": "-888", "commune": null})));
    assert_eq!(findings(&validated), ["answer_not_in_list district"]);
    assert_eq!(validated.answer("district").and_then(Answer::missing), Some(DontKnow));
    let mixed = answer(household(), with(json!({"papers": "birth -888"})));
    assert_eq!(findings(&mixed), ["answer_mixed_missing papers"]);
}

#[test]
fn what_the_device_calculated_is_compared_with_what_is_calculated_here() {
    let survey = household();
    assert!(answer(survey, with(json!({"income_each": "2.63"}))).findings.is_empty());
    let other = answer(survey, with(json!({"income_each": 3})));
    assert_eq!(findings(&other), ["answer_calculation income_each"]);
    assert_eq!(other.answer("income_each"), Some(&Answer::Number(2.63)));
    let unknown = answer(survey, with(json!({"income": null})));
    assert_eq!(unknown.answer("income_each").and_then(Answer::missing), Some(NotAnswered), "not a number is no answer");
}

#[test]
fn today_is_the_day_that_the_device_wrote_down_when_nothing_better_is_known() {
    let survey = household();
    let told = |changes: Json| {
        let answers = with(changes);
        let validated = validate(survey, answers.as_object().expect("answers"), &Default::default());
        findings(&validated)
    };
    assert!(told(json!({"visit_day": "2026-11-23"})).is_empty());
    assert_eq!(told(json!({"visit_day": "2026-11-24"})), ["answer_constraint visit_day"]);
    assert!(told(json!({"day": null, "visit_day": "2026-11-23"})).is_empty(), "from the start of the interview");
}

#[test]
fn only_what_is_not_an_object_is_rejected() {
    for raw in [json!([1, 2]), json!("text"), json!(null), json!(7)] {
        let validated = validate_json(household(), &raw, &interview("vi"));
        assert_eq!(validated.findings.len(), 1);
        assert_eq!(validated.findings[0].severity, Severity::Reject);
        assert_eq!(validated.problems().0[0].code, "answers_not_an_object");
    }
    assert!(validate_json(household(), &good(), &interview("vi")).findings.is_empty());
}

#[test]
fn findings_are_json_with_words_in_both_languages() {
    let validated = answer(household(), with(json!({"commune": "an_lac"})));
    let sent = serde_json::to_value(&validated.findings).expect("JSON");
    assert_eq!(sent[0]["severity"], "flag");
    assert_eq!(sent[0]["question"], "commune");
    assert_eq!(sent[0]["problem"]["code"], "answer_not_offered");
    assert!(sent[0]["problem"]["message"]["vi"].as_str().is_some_and(|text| text.contains("an_lac")));
}

#[test]
fn decomposed_text_is_composed() {
    let validated = answer(household(), with(json!({"remarks": "Đo\u{0302}\u{0300}ng y\u{0301}"})));
    assert_eq!(validated.answer("remarks"), Some(&Answer::Text("Đồng ý".to_owned())));
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        prop::sample::select(vec![
            "1",
            "-888",
            "-999",
            "id_card none",
            "2026-02-30",
            "2026-11-23",
            "21 106",
            "NaN",
            "1e3"
        ])
        .prop_map(Json::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Json::from))
}

proptest! {
    #[test]
    fn whatever_is_sent_every_question_has_an_answer_or_a_reason_and_nothing_is_lost(
        sent in prop::collection::vec((0..17_usize, any_json()), 0..17),
    ) {
        let survey = household();
        let mut names: Vec<String> = survey.questions().iter().map(|question| question.name.clone()).collect();
        names.push("unknown".to_owned());
        let answers: Map<String, Json> =
            sent.into_iter().map(|(index, json)| (names[index.min(names.len() - 1)].clone(), json)).collect();
        let validated = validate(survey, &answers, &interview("en"));
        prop_assert_eq!(validated.answers.len(), 15);
        for (name, raw) in &answers {
            let blank = raw.is_null() || raw.as_str().is_some_and(|text| text.trim().is_empty()) || *raw == json!([]);
            let kept = validated.answer(name).is_some_and(|answer| *answer != Answer::Missing(NotAnswered) && *answer != Answer::Missing(NotApplicable));
            let told = validated.findings.iter().any(|finding| finding.question.as_ref() == Some(name));
            prop_assert!(blank || kept || told || *raw == json!("-777") || survey.question(name).is_some_and(|q| q.kind.name() == "calculate"), "{} {}", name, raw);
        }
        for (name, answer) in &validated.answers {
            if let Answer::Number(number) = answer {
                prop_assert!(number.is_finite(), "{} {}", name, number);
            }
        }
        prop_assert!(serde_json::to_string(&validated).is_ok());
    }
}
