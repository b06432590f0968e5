//! Whether a draft can be published: every name, word, list and formula fits every other.

mod consent;
mod formulas;
mod names;
mod order;
mod parameters;
mod references;
mod translations;

use std::collections::BTreeMap;

use problem::{Place, Problems};

use super::model::{Draft, Group, Question};
use super::{Questionnaire, words};

/// The deepest nesting of sections: phones show no more, and answers in `XML` are read no deeper.
const MAX_DEPTH: usize = 20;

impl Draft {
    /// The checked questionnaire.
    ///
    /// # Errors
    /// Every problem, with sheet, row and column where they are known.
    pub fn check(self) -> Result<Questionnaire, Problems> {
        let mut problems = Problems::none();
        if !structure_holds(&self, &mut problems) {
            return Err(problems);
        }
        names::check(&self, &mut problems);
        translations::check(&self, &mut problems);
        consent::check(&self, &mut problems);
        let positions: BTreeMap<String, usize> =
            self.questions.iter().enumerate().rev().map(|(index, question)| (question.name.clone(), index)).collect();
        parameters::check(&self, &mut problems);
        formulas::check(&self, &positions, &mut problems);
        let order = order::evaluation_order(&self, &positions, &mut problems);
        if problems.is_empty() { Ok(Questionnaire::new(self, positions, order)) } else { Err(problems) }
    }
}

/// Sections point at sections that stand before them, questions at sections that exist. True by construction for sheets.
fn structure_holds(draft: &Draft, problems: &mut Problems) -> bool {
    let groups = draft.groups.iter().enumerate().all(|(index, group)| group.parent.is_none_or(|parent| parent < index));
    let questions =
        draft.questions.iter().all(|question| question.group.is_none_or(|group| group < draft.groups.len()));
    if draft.questions.is_empty() {
        problems.push(words::questions_missing().at(Place::default().in_sheet("survey")));
    }
    if !groups || !questions {
        problems.push(words::group_unopened());
    }
    if groups && questions {
        for (index, group) in draft.groups.iter().enumerate() {
            if depth(draft, index) > MAX_DEPTH {
                problems.push(words::group_too_deep(&group.name, MAX_DEPTH).at(group_place(group, "type")));
            }
        }
    }
    problems.is_empty()
}

/// How many sections a section stands in, itself included, counted no further than needed.
fn depth(draft: &Draft, group: usize) -> usize {
    std::iter::successors(Some(group), |index| draft.groups[*index].parent).take(MAX_DEPTH + 1).count()
}

/// The place of a question's cell.
fn question_place(question: &Question, column: &str) -> Place {
    Place { row: question.row, ..Place::column(column) }.in_sheet("survey")
}

/// The place of a group's cell.
fn group_place(group: &Group, column: &str) -> Place {
    Place { row: group.row, ..Place::column(column) }.in_sheet("survey")
}
