//! `khaosat index check`: a definition by itself, against its questionnaire, and among the others of its series.

use problem::Problems;
use reports::index::{IndexDefinition, Questions, check_series, preset, presets};

use super::index::find;
use crate::questionnaire::Questionnaire;

/// What is wrong with definitions by themselves, against their questionnaires, and among the shipped ones of their series.
pub(super) fn check(names: &[String], questionnaire: Option<&str>) -> Result<String, Problems> {
    let mut problems = Problems::none();
    let mut all: Vec<IndexDefinition> = Vec::new();
    let mut lines = String::new();
    for name in names {
        let definition = match find(name) {
            Ok(definition) => definition,
            Err(told) => {
                problems.extend(told);
                continue;
            }
        };
        if let Some(source) = questionnaire.or_else(|| definition.questionnaire()) {
            match super::questionnaire::load(source) {
                Ok(form) => problems.extend(questions_problems(&definition, &form).in_file(name)),
                Err(told) => problems.extend(told),
            }
        }
        let mut beside: Vec<IndexDefinition> = Vec::new();
        for shipped in presets().iter().filter(|shipped| shipped.name != definition.code()) {
            beside.push(preset(shipped.name)?);
        }
        let shipped = |one: &&IndexDefinition| presets().iter().any(|preset| preset.name == one.code());
        beside.extend(all.iter().filter(|one| !shipped(one)).cloned());
        // Only what this definition overlaps with; the shipped ones among each other are held by a test.
        beside.push(definition.clone());
        if let Err(told) = check_series(&beside) {
            problems.extend(told.in_file(name));
        }
        lines.push_str(&format!("{}  {}\n", definition.code(), definition.sha256()));
        all.push(definition);
    }
    problems.into_result(lines)
}

fn questions_problems(definition: &IndexDefinition, form: &Questionnaire) -> Problems {
    let choices =
        |question| form.choices(question).map(|list| list.choices.iter().map(|choice| choice.name.clone()).collect());
    let questions: Questions = form.questions().iter().map(|one| (one.name.clone(), choices(one))).collect();
    definition.check_questions(&questions).err().unwrap_or_else(Problems::none)
}
