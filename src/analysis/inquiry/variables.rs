//! Which variables of a data set can be asked, and which make groups.

use estimation::table::Cells;
use reports::export::data::{DataSet, Group, Kind, Variable};

/// So many groups fit a page.
const GROUPS_SHOWN_MAX: usize = 40;

/// A question that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Its name.
    pub name: &'a str,
    /// The question in words.
    pub label: &'a str,
    /// The section around it.
    pub section: &'a str,
    /// When it is put; always, if empty.
    pub relevant: &'a str,
    /// Its columns: one, or one for each choice of a question with several.
    pub columns: Vec<&'a str>,
}

/// The questions, in the order of the questionnaire.
#[must_use]
pub fn questions(data: &DataSet) -> Vec<Asked<'_>> {
    let mut all: Vec<Asked<'_>> = Vec::new();
    for one in data.variables().iter().filter(|one| one.group == Group::Answer && is_askable(one)) {
        let asked = whole(one);
        match all.last_mut() {
            Some(last) if one.multiple.is_some() && last.name == asked.name => last.columns.push(&one.name),
            _ => all.push(asked),
        }
    }
    all
}

/// The variables that make groups: questions with one answer out of a list, and the areas of the sample.
#[must_use]
pub fn groups(data: &DataSet) -> Vec<Asked<'_>> {
    let is_group = |one: &&Variable| match (&one.kind, one.group) {
        (Kind::Category(_), Group::Answer) => one.multiple.is_none(),
        (Kind::Text, Group::Design) => one.name.ends_with("_name"),
        _ => false,
    };
    let several = |one: &&Variable| (2..=GROUPS_SHOWN_MAX).contains(&n_used_of(one));
    data.variables().iter().filter(is_group).filter(several).map(plain).collect()
}

/// A question by name: of one column (also one choice of several), or of several choices.
pub(super) fn question<'a>(data: &'a DataSet, name: &str) -> Option<Asked<'a>> {
    let column = data.variables().iter().find(|one| one.group == Group::Answer && one.name == name && is_askable(one));
    column.map(plain).or_else(|| questions(data).into_iter().find(|asked| asked.name == name))
}

/// A variable that makes groups, by name.
pub(super) fn group<'a>(data: &'a DataSet, name: &str) -> Option<Asked<'a>> {
    groups(data).into_iter().find(|asked| asked.name == name)
}

/// How many values of a variable occur.
pub(super) fn n_used(data: &DataSet, name: &str) -> usize {
    data.variables().iter().find(|one| one.name == name).map_or(0, n_used_of)
}

fn n_used_of(one: &Variable) -> usize {
    let Cells::Categorical { codes, labels } = &one.column.cells else { return 0 };
    let mut is_used = vec![false; labels.len()];
    codes.iter().for_each(|&code| {
        if let Some(used) = is_used.get_mut(code as usize) {
            *used = true;
        }
    });
    is_used.into_iter().filter(|used| *used).count()
}

fn is_askable(one: &Variable) -> bool {
    matches!(one.kind, Kind::Category(_) | Kind::Number)
}

fn plain(one: &Variable) -> Asked<'_> {
    Asked {
        name: &one.name,
        label: &one.label,
        section: &one.section,
        relevant: &one.relevant,
        columns: vec![&one.name],
    }
}

fn whole(one: &Variable) -> Asked<'_> {
    match &one.multiple {
        Some(multiple) => Asked { name: &multiple.question, label: &multiple.label, ..plain(one) },
        None => plain(one),
    }
}
