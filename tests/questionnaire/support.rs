//! A small household survey, and ways to break it.

use std::sync::LazyLock;

use khaosat::questionnaire::{Interview, Questionnaire, Sheets, Validated, validate, xlsform};
use problem::Problems;
use serde_json::Value as Json;

/// The sheet `survey` of the small household survey.
pub(crate) const SURVEY: &str = include_str!("fixtures/survey.csv");
/// Its sheet `choices`.
pub(crate) const CHOICES: &str = include_str!("fixtures/choices.csv");
/// Its sheet `settings`.
pub(crate) const SETTINGS: &str = include_str!("fixtures/settings.csv");

/// The small household survey.
pub(crate) fn household() -> &'static Questionnaire {
    static HOUSEHOLD: LazyLock<Questionnaire> =
        LazyLock::new(|| read(SURVEY).expect("the household survey has no problems"));
    &HOUSEHOLD
}

/// The household survey with another sheet `survey`.
pub(crate) fn read(survey: &str) -> Result<Questionnaire, Problems> {
    xlsform::read(&Sheets::from_csv(survey, CHOICES, SETTINGS)?)
}

/// A survey with consent and the given rows below it, with these columns:
/// `type,name,label::vi,label::en,relevant,constraint,calculation,choice_filter,required,default`.
pub(crate) fn rows(rows: &str) -> Result<Questionnaire, Problems> {
    let header = "type,name,label::vi,label::en,relevant,constraint,calculation,choice_filter,required,default";
    bare(&format!("{header}\nselect_one yes_no,consent,Đồng ý?,Do you agree?,,,,,yes,\n{rows}"))
}

/// A survey of its own, without the household survey's name for finished interviews.
pub(crate) fn bare(survey: &str) -> Result<Questionnaire, Problems> {
    let settings = "form_title,form_id,version,default_language\nThử,trial,1,vi\n";
    xlsform::read(&Sheets::from_csv(survey, CHOICES, settings)?)
}

/// The problems that reading gives, as `code row column`.
pub(crate) fn told(result: Result<Questionnaire, Problems>) -> Vec<String> {
    let problems = result.expect_err("there should be problems");
    problems
        .iter()
        .map(|problem| {
            let place = problem.place.clone().unwrap_or_default();
            let row = place.row.map_or_else(|| "-".to_owned(), |row| row.to_string());
            format!("{} {row} {}", problem.code.trim_start_matches("questionnaire_"), place.column.unwrap_or_default())
        })
        .collect()
}

/// Validates answers given as JSON, in Vietnamese, on 2026-11-23.
pub(crate) fn answer(questionnaire: &Questionnaire, answers: Json) -> Validated {
    let Json::Object(answers) = answers else { panic!("answers are an object") };
    validate(questionnaire, &answers, &interview("vi"))
}

/// An interview on 2026-11-23.
pub(crate) fn interview(language: &str) -> Interview {
    Interview { language: Some(language.to_owned()), today: chrono::NaiveDate::from_ymd_opt(2026, 11, 23) }
}

/// The findings as `code question`.
pub(crate) fn findings(validated: &Validated) -> Vec<String> {
    let line = |finding: &khaosat::questionnaire::Finding| {
        format!("{} {}", finding.problem.code, finding.question.clone().unwrap_or_default())
    };
    validated.findings.iter().map(line).collect()
}
