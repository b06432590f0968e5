//! Words: what is shown has a label, and what is said is said in every language.

use problem::{Place, Problems};

use super::{group_place, question_place};
use crate::questionnaire::model::{Draft, Texts};
use crate::questionnaire::words;

pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    let mut all = |texts: &Texts, name: &str, column: &str, place: Place| {
        if texts.is_empty() {
            return;
        }
        for language in draft.languages.iter().filter(|language| texts.get(&language.code).is_none()) {
            let mut place = place.clone();
            place.column = Some(format!("{column}::{}", language.name));
            problems.push(words::translation_missing(name, &language.code).at(place));
        }
    };
    for group in &draft.groups {
        all(&group.label, &group.name, "label", group_place(group, "label"));
        all(&group.hint, &group.name, "hint", group_place(group, "hint"));
    }
    for question in &draft.questions {
        for (texts, column) in [
            (&question.label, "label"),
            (&question.hint, "hint"),
            (&question.required_message, "required_message"),
            (&question.constraint_message, "constraint_message"),
            (&question.guidance_hint, "guidance_hint"),
        ] {
            all(texts, &question.name, column, question_place(question, column));
        }
        for (kind, texts) in &question.media {
            all(texts, &question.name, kind, question_place(question, kind));
        }
    }
    for (list, choice) in
        draft.choice_lists.iter().flat_map(|list| list.choices.iter().map(move |choice| (list, choice)))
    {
        let place = Place { row: choice.row, ..Place::default() }.in_sheet(list.sheet());
        all(&choice.label, &choice.name, "label", place.clone());
        for (kind, texts) in &choice.media {
            all(texts, &choice.name, kind, place.clone());
        }
    }
    check_labels(draft, problems);
}

fn check_labels(draft: &Draft, problems: &mut Problems) {
    for question in draft.questions.iter().filter(|question| question.kind.is_shown() && question.label.is_empty()) {
        problems.push(words::label_missing(&question.name).at(question_place(question, "label")));
    }
    for list in &draft.choice_lists {
        for choice in list.choices.iter().filter(|choice| choice.label.is_empty()) {
            let place = Place { row: choice.row, ..Place::column("label") }.in_sheet(list.sheet());
            problems.push(words::label_missing(&choice.name).at(place));
        }
    }
    if !draft.languages.iter().any(|language| language.code == draft.default_language) {
        let codes = draft.languages.iter().map(|language| language.code.as_str()).collect::<Vec<_>>().join(", ");
        let place = Place::column("default_language").in_sheet("settings");
        problems.push(words::language_unknown(&draft.default_language, &codes).at(place));
    }
}
