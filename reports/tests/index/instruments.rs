//! The questions and codes that the definitions name are those of the questionnaires beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use reports::index::{IndexDefinition, Questions, ValueKind, preset, presets};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../questionnaires").join(name)
}

fn rows(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("a readable file");
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

fn missing_code(code: &str) -> bool {
    matches!(code, "-888" | "-999" | "-777")
}

/// Every disagreement between a definition and its questionnaire, in words.
fn disagreements(definition: &IndexDefinition, questionnaire: &str) -> Vec<String> {
    let types: BTreeMap<String, String> = rows(&folder(questionnaire).join("survey.csv"))
        .into_iter()
        .map(|row| (row["name"].clone(), row["type"].clone()))
        .collect();
    let mut choices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&folder(questionnaire).join("choices.csv")) {
        choices.entry(row["list_name"].clone()).or_default().insert(row["name"].clone());
    }
    let mut told = Vec::new();
    for indicator in definition.indicators() {
        let Some(rule) = &indicator.value else { continue };
        let mut offered: BTreeSet<String> = BTreeSet::new();
        for question in &rule.questions {
            let Some(kind) = types.get(question) else {
                told.push(format!("{}: no question {question}", indicator.code));
                continue;
            };
            let list = kind.split_whitespace().nth(1).and_then(|list| choices.get(list)).cloned().unwrap_or_default();
            if !rule.kind.is_coded() {
                let (low, high) = indicator.answer_range();
                for code in list.iter().filter(|code| !missing_code(code)) {
                    let number = rule.values.get(code).copied().or_else(|| code.parse().ok());
                    let fits = number.is_some_and(|number| {
                        rule.kind == ValueKind::Difference || (low..=high).contains(&(number * rule.multiply))
                    });
                    if !fits {
                        told.push(format!(
                            "{}: answer {code} of {question} does not fit {low} to {high}",
                            indicator.code
                        ));
                    }
                }
            } else if list.is_disjoint(&rule.codes.iter().cloned().collect()) {
                told.push(format!("{}: {question} offers none of {:?}", indicator.code, rule.codes));
            }
            offered.extend(list);
        }
        for code in rule.codes.iter().filter(|code| !offered.contains(*code)) {
            told.push(format!("{}: no question offers the answer {code}", indicator.code));
        }
    }
    told
}

/// The questions of a questionnaire and the codes of their choices.
fn questions(name: &str) -> Questions {
    let mut choices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&folder(name).join("choices.csv")) {
        choices.entry(row["list_name"].clone()).or_default().insert(row["name"].clone());
    }
    rows(&folder(name).join("survey.csv"))
        .into_iter()
        .map(|row| {
            (row["name"].clone(), row["type"].split_whitespace().nth(1).and_then(|list| choices.get(list)).cloned())
        })
        .collect()
}

#[test]
fn every_question_and_code_of_a_definition_stands_in_its_questionnaire() {
    let mut checked = 0;
    for shipped in presets() {
        let definition = preset(shipped.name).expect("valid");
        let Some(questionnaire) = definition.questionnaire() else { continue };
        let told = disagreements(&definition, questionnaire);
        assert!(told.is_empty(), "{}:\n{}", shipped.name, told.join("\n"));
        if let Err(told) = definition.check_questions(&questions(questionnaire)) {
            panic!("{}: {told}", shipped.name);
        }
        checked += 1;
    }
    assert!(checked >= 19, "{checked} definitions take answers");
}

#[test]
fn a_question_that_is_not_asked_is_told() {
    let sipas = preset("sipas-2023").expect("valid");
    let mut without = questions("sipas-2023");
    without.remove("s_p1_c1");
    without.insert("s_p1_c2".to_owned(), Some(BTreeSet::from(["4".to_owned(), "-999".to_owned()])));
    let told = sipas.check_questions(&without).expect_err("a question and a code are missing");
    let codes: Vec<_> =
        told.iter().map(|problem| (problem.code, problem.place.as_ref().and_then(|at| at.row))).collect();
    assert_eq!(codes.len(), 2, "{told}");
    assert_eq!(codes[0], ("index_unknown_question", sipas.line_of("P1.C1")));
    assert_eq!(codes[1], ("index_unknown_code", sipas.line_of("P1.C2")));
    let health = preset("health-inpatient-2019").expect("valid");
    let mut words = questions("health-inpatient-2019");
    words.insert("h_a1".to_owned(), Some(BTreeSet::from(["good".to_owned()])));
    assert!(
        health
            .check_questions(&words)
            .expect_err("no number")
            .iter()
            .any(|one| one.code == "index_code_without_number")
    );
}
