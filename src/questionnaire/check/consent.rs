//! Consent comes first: nobody is asked anything before they have agreed.

use problem::{Place, Problems};

use super::question_place;
use crate::questionnaire::model::{Draft, QuestionKind};
use crate::questionnaire::repeats::Scopes;
use crate::questionnaire::words;

/// The name that the question for consent must have.
pub(super) const CONSENT: &str = "consent";

pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    let Some(position) = draft.questions.iter().position(|question| question.name == CONSENT) else {
        problems.push(words::consent_missing().at(Place::column("name").in_sheet("survey")));
        return;
    };
    let consent = &draft.questions[position];
    if !matches!(consent.kind, QuestionKind::SelectOne(_)) {
        problems.push(words::consent_missing().at(question_place(consent, "type")).got(consent.kind.name()));
    }
    if let Some(repeat) = draft.scope_of_group(consent.group) {
        let problem = words::consent_missing().at(question_place(consent, "name"));
        problems.push(problem.got(&draft.groups[repeat].name));
    }
    if consent.required.is_none() {
        problems.push(words::consent_missing().at(question_place(consent, "required")));
    }
    for question in draft.questions[..position].iter().filter(|question| question.kind.is_asked()) {
        problems.push(words::before_consent(&question.name).at(question_place(question, "name")));
    }
}
