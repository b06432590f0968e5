//! What every column of the table means, in words.

use estimation::table::MissingReason;
use problem::Words;
use serde::Serialize;

use super::Questionnaire;
use super::model::Texts;
use super::table::{ColumnKind, columns_of_scope};
use super::validate::MISSING_CODES;

/// A code for an answer that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingCode {
    /// The code in the data.
    pub code: &'static str,
    /// What it means to the statistics.
    pub reason: MissingReason,
    /// What it means in words.
    pub label: Words,
}

/// A column of the table in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodebookEntry {
    /// The name of the column.
    pub column: String,
    /// The repeat whose table it stands in; the table of interviews, if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat: Option<String>,
    /// The question it comes from.
    pub question: String,
    /// The kind of question, as the sheets write it.
    pub question_kind: &'static str,
    /// What the cells are.
    pub kind: ColumnKind,
    /// The question as it was read aloud; for a column of one choice, the words of that choice.
    pub label: Texts,
    /// The titles of the sections around it, outermost first.
    pub sections: Vec<Texts>,
    /// When the question is put, as a formula; always, if absent. Conditions of its sections come first.
    pub relevant: Vec<String>,
    /// Codes and words of the categories, without missing codes.
    pub choices: Vec<(String, Texts)>,
    /// Codes of answers that are not there.
    pub missing_codes: Vec<MissingCode>,
}

/// The codebook, one entry for each column of [`super::to_table`] in the order of the interview, then those of each repeat's table.
#[must_use]
pub fn codebook(questionnaire: &Questionnaire) -> Vec<CodebookEntry> {
    let repeats = questionnaire.groups().iter().enumerate().filter(|(_, group)| group.repeat.is_some());
    let scopes = std::iter::once((None, None)).chain(repeats.map(|(at, group)| (Some(at), Some(group.name.clone()))));
    scopes
        .flat_map(|(scope, repeat)| {
            columns_of_scope(questionnaire, scope).into_iter().map(move |spec| (repeat.clone(), spec))
        })
        .filter_map(|(repeat, spec)| {
            let question = questionnaire.question(&spec.question)?;
            let list = questionnaire.choices(question);
            let sections = questionnaire.sections(question);
            let conditions = sections.iter().map(|group| group.relevant.as_ref()).chain([question.relevant.as_ref()]);
            let choices = match &spec.kind {
                ColumnKind::Categories(codes) => codes
                    .iter()
                    .filter_map(|code| list?.choice(code))
                    .map(|choice| (choice.name.clone(), choice.label.clone()))
                    .collect(),
                _ => Vec::new(),
            };
            let label = match &spec.kind {
                ColumnKind::Chosen(code) | ColumnKind::Place(code) => {
                    list.and_then(|list| list.choice(code)).map(|choice| choice.label.clone())
                }
                _ => None,
            };
            Some(CodebookEntry {
                question_kind: question.kind.name(),
                label: label.unwrap_or_else(|| question.label.clone()),
                sections: sections.iter().map(|group| group.label.clone()).collect(),
                relevant: conditions.flatten().map(|formula| formula.text().to_owned()).collect(),
                choices,
                missing_codes: missing_codes(),
                column: spec.name,
                repeat,
                question: spec.question,
                kind: spec.kind,
            })
        })
        .collect()
}

fn missing_codes() -> Vec<MissingCode> {
    let label = |reason| match reason {
        MissingReason::DontKnow => Words::new("Không biết", "Don't know"),
        MissingReason::Refused => Words::new("Không muốn trả lời", "Refused"),
        MissingReason::NotApplicable => Words::new("Không áp dụng", "Not applicable"),
        MissingReason::NotAnswered => Words::new("Chưa trả lời", "Not answered"),
    };
    MISSING_CODES.iter().map(|(code, reason)| MissingCode { code, reason: *reason, label: label(*reason) }).collect()
}
