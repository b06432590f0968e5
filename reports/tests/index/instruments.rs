//! The questions and codes that the definitions name are those of the questionnaires beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use reports::index::{ValueKind, preset, presets};

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
fn disagreements(name: &str) -> Vec<String> {
    let definition = preset(name).expect("valid");
    let types: BTreeMap<String, String> = rows(&folder(name).join("survey.csv"))
        .into_iter()
        .map(|row| (row["name"].clone(), row["type"].clone()))
        .collect();
    let mut choices: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(&folder(name).join("choices.csv")) {
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
            if matches!(rule.kind, ValueKind::Mean | ValueKind::Difference) {
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

#[test]
fn every_question_and_code_of_a_definition_stands_in_its_questionnaire() {
    for preset in presets() {
        if !folder(preset.name).join("survey.csv").exists() {
            println!("skipped: {} has no questionnaire yet", preset.name);
            continue;
        }
        let told = disagreements(preset.name);
        assert!(told.is_empty(), "{}:\n{}", preset.name, told.join("\n"));
    }
}
