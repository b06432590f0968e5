//! Names and codes: there, well formed, unique.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::{group_place, question_place};
use crate::questionnaire::model::{ChoiceList, Draft};
use crate::questionnaire::words;

pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    let settings = |column: &str| Place::column(column).in_sheet("settings");
    if !is_name(&draft.id, true) {
        problems.push(words::name_invalid(&draft.id).at(settings("form_id")));
    }
    if draft.version.is_empty() {
        problems.push(words::cell_missing("version").at(settings("version")));
    }
    if draft.title.is_empty() {
        problems.push(words::cell_missing("form_title").at(settings("form_title")));
    }
    let mut first_rows: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    let groups = draft.groups.iter().map(|group| (group.name.as_str(), group.row, group_place(group, "name")));
    let questions =
        draft.questions.iter().map(|question| (question.name.as_str(), question.row, question_place(question, "name")));
    let mut rows: Vec<(&str, Option<usize>, Place)> = groups.chain(questions).collect();
    rows.sort_by_key(|(_, row, _)| *row);
    for (name, row, place) in rows {
        if let Some(problem) = fault(name) {
            problems.push(problem.at(place));
        } else if let Some(first) = first_rows.get(name) {
            problems.push(words::name_duplicate(name, *first).at(place));
        } else {
            first_rows.insert(name, row);
        }
    }
    check_groups(draft, problems);
    draft.choice_lists.iter().for_each(|list| check_list(list, problems));
    check_lists_exist(draft, problems);
}

fn fault(name: &str) -> Option<Problem> {
    if name.is_empty() {
        Some(words::cell_missing("name"))
    } else if !is_name(name, false) {
        Some(words::name_invalid(name))
    } else {
        None
    }
}

/// An XML name of plain letters, digits, `_`, `-` and `.`; form names may begin with a digit.
fn is_name(name: &str, digit_first: bool) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    let begins = |character: char| {
        character.is_ascii_alphabetic() || character == '_' || (digit_first && character.is_ascii_digit())
    };
    name.chars().next().is_some_and(begins) && name.chars().all(fits)
}

fn check_groups(draft: &Draft, problems: &mut Problems) {
    let mut used = vec![false; draft.groups.len()];
    for question in &draft.questions {
        let mut inside = question.group;
        while let Some(group) = inside {
            used[group] = true;
            inside = draft.groups[group].parent;
        }
    }
    for (group, _) in draft.groups.iter().zip(used).filter(|(_, used)| !used) {
        problems.push(words::group_empty(&group.name).at(group_place(group, "type")));
    }
}

fn check_list(list: &ChoiceList, problems: &mut Problems) {
    let row = list.choices.iter().find_map(|choice| choice.row);
    if !is_name(list.stem(), true) || (list.name.contains('.') && !list.is_file()) {
        let place = Place { row, ..Place::column("list_name") }.in_sheet(list.sheet());
        problems.push(words::name_invalid(&list.name).at(place));
    }
    let mut columns: Vec<&str> =
        list.choices.iter().flat_map(|choice| choice.columns.keys().map(String::as_str)).collect();
    columns.sort_unstable();
    columns.dedup();
    // Columns become elements of the form, beside `name` and `itextId`.
    for column in columns.into_iter().filter(|column| !is_name(column, false) || *column == "itextId") {
        problems.push(words::name_invalid(column).at(Place::cell(1, column).in_sheet(list.sheet())));
    }
    let mut first_rows: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for choice in list.choices.iter().filter(|choice| !choice.name.is_empty()) {
        let place = Place { row: choice.row, ..Place::column("name") }.in_sheet(list.sheet());
        if choice.name.contains(char::is_whitespace) {
            problems.push(words::choice_name_invalid(&choice.name).at(place));
        } else if let Some(first) = first_rows.get(choice.name.as_str()) {
            problems.push(words::name_duplicate(&choice.name, *first).at(place));
        } else {
            first_rows.insert(&choice.name, choice.row);
        }
    }
}

fn check_lists_exist(draft: &Draft, problems: &mut Problems) {
    for question in &draft.questions {
        let Some(name) = question.kind.list().filter(|name| !name.is_empty()) else { continue };
        let Some(list) = draft.choice_lists.iter().find(|list| list.name == name) else {
            let problem =
                if name.ends_with(".csv") { words::list_file_missing(name) } else { words::list_unknown(name) };
            problems.push(problem.at(question_place(question, "type")));
            continue;
        };
        let chosen = question.default.as_deref().unwrap_or_default().split_whitespace();
        for code in chosen.filter(|code| list.choice(code).is_none()) {
            let problem = words::choice_unknown(&question.name, code, &codes(list));
            problems.push(problem.at(question_place(question, "default")));
        }
    }
}

/// The codes of a list, for messages.
pub(super) fn codes(list: &ChoiceList) -> String {
    list.choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>().join(", ")
}
