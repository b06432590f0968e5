//! What formulas refer to: it exists, has an answer by then, and it is clear which turn of a repeat is meant.

use problem::Problem;

use super::formulas::{Checker, Site};
use crate::questionnaire::expression::{Expression, Function};
use crate::questionnaire::model::QuestionKind;
use crate::questionnaire::repeats::Scopes;
use crate::questionnaire::words;

impl Checker<'_> {
    /// What is wrong with everything that an expression reads.
    pub(super) fn references(&self, expression: &Expression, site: &Site, found: &mut Vec<Problem>) {
        match expression {
            Expression::Question(name) => add(found, self.scalar(name, site)),
            Expression::Call { function, arguments } if function.takes_all_turns() => {
                // ODK Collect takes the turns of one question, or single values, never both together.
                let parts = arguments.len() - usize::from(*function == Function::Join);
                for argument in arguments {
                    match argument {
                        Expression::Question(name) if parts > 1 => add(found, self.scalar(name, site)),
                        Expression::Question(name) => add(found, self.all_turns(name, *function, site)),
                        other => self.references(other, site, found),
                    }
                }
            }
            Expression::Call { function: Function::IndexedRepeat, arguments } => {
                self.in_turn(arguments, site, found);
            }
            Expression::Call { function: Function::ChoiceName, arguments } => {
                arguments.iter().take(1).for_each(|argument| self.references(argument, site, found));
            }
            Expression::Call { arguments, .. } => {
                arguments.iter().for_each(|argument| self.references(argument, site, found));
            }
            Expression::Negate(inner) => self.references(inner, site, found),
            Expression::Binary { left, right, .. } => {
                self.references(left, site, found);
                self.references(right, site, found);
            }
            _ => {}
        }
    }

    /// One answer: the question stands in the reader's turn or around it.
    pub(super) fn scalar(&self, name: &str, site: &Site) -> Option<Problem> {
        self.reference(name, site).or_else(|| {
            let position = self.positions.get(name)?;
            let scope = self.draft.scope_of_group(self.draft.questions[*position].group);
            let (here, there) = (self.draft.scope_chain(site.scope), self.draft.scope_chain(scope));
            let repeat =
                there.iter().zip(here.iter().map(Some).chain(std::iter::repeat(None))).find(|(a, b)| Some(*a) != *b);
            repeat.map(|(repeat, _)| words::reference_repeated(name, &self.draft.groups[*repeat].name))
        })
    }

    /// The answers of all turns, or the turns themselves.
    fn all_turns(&self, name: &str, function: Function, site: &Site) -> Option<Problem> {
        let repeat = self.draft.group_position(name).filter(|group| self.draft.groups[*group].repeat.is_some());
        match repeat {
            Some(repeat) if function == Function::Count => {
                let inside = self.draft.scope_chain(site.scope).contains(&repeat);
                let first = self.first_of(repeat);
                let later =
                    !inside && site.column != "calculation" && first.is_some_and(|first| first >= site.position);
                later.then(|| words::reference_later(name))
            }
            Some(_) => Some(words::reference_without_answer(name)),
            None => self.reference(name, site),
        }
    }

    fn first_of(&self, group: usize) -> Option<usize> {
        let inside = |mut at: Option<usize>| {
            while let Some(index) = at {
                if index == group {
                    return true;
                }
                at = self.draft.groups[index].parent;
            }
            false
        };
        self.draft.questions.iter().position(|question| inside(question.group))
    }

    /// `indexed-repeat(${question}, ${repeat}, number, …)`: the repeats stand around the question.
    fn in_turn(&self, arguments: &[Expression], site: &Site, found: &mut Vec<Problem>) {
        let name = |at: usize| match arguments.get(at) {
            Some(Expression::Question(name)) => name.as_str(),
            _ => "",
        };
        let question = name(0);
        add(found, self.reference(question, site));
        let scope = self.positions.get(question).map(|position| self.draft.questions[*position].group);
        let chain = self.draft.scope_chain(scope.and_then(|group| self.draft.scope_of_group(group)));
        for at in (1..arguments.len()).step_by(2) {
            let known = chain.iter().any(|repeat| self.draft.groups[*repeat].name == name(at));
            add(found, (!known).then(|| words::not_a_repeat(name(at))));
            if let Some(number) = arguments.get(at + 1) {
                self.references(number, site, found);
            }
        }
    }

    /// What is wrong with reading a question here, whatever its turn.
    fn reference(&self, name: &str, site: &Site) -> Option<Problem> {
        let Some(position) = self.positions.get(name).copied() else {
            let is_group = self.draft.groups.iter().any(|group| group.name == name);
            let unknown = || words::reference_unknown(name, nearest(name, self.positions.keys().map(String::as_str)));
            return Some(if is_group { words::reference_without_answer(name) } else { unknown() });
        };
        let kind = &self.draft.questions[position].kind;
        if !kind.has_answer() {
            return Some(words::reference_without_answer(name));
        }
        if name == site.owner {
            return (site.column != "constraint").then(|| words::reference_self(name));
        }
        // A calculation may read anything, since it is worth something only once all it reads is there; likewise what
        // is calculated may stand anywhere. Circles are found apart.
        let may_stand_later = site.column == "calculation" || !kind.is_asked();
        (position >= site.position && !may_stand_later).then(|| words::reference_later(name))
    }

    /// A question that a calculation waits for, wherever it stands around the reader.
    pub(super) fn trigger(&self, name: &str, site: &Site) -> Option<Problem> {
        let Some(position) = self.positions.get(name) else {
            return Some(words::reference_unknown(name, nearest(name, self.positions.keys().map(String::as_str))));
        };
        if site.column == "trigger" && !self.draft.questions[*position].kind.is_asked() {
            return Some(words::trigger_not_asked(name));
        }
        if name == site.owner {
            return Some(words::reference_self(name));
        }
        let scope = self.draft.scope_of_group(self.draft.questions[*position].group);
        let around = self.draft.scope_chain(site.scope).starts_with(&self.draft.scope_chain(scope));
        (!around).then(|| words::reference_repeated(name, site.column))
    }

    /// The question of `jr:choice-name` has choices.
    pub(super) fn choice_name(&self, arguments: &[Expression], site: &Site) -> Option<Problem> {
        let Some(Expression::Question(name)) = arguments.get(1) else { return None };
        if self.positions.contains_key(name) {
            return self.list_of(name).is_none().then(|| words::not_a_select(name));
        }
        self.reference(name, site)
    }

    /// The table of `pulldata` is there and has the columns.
    pub(super) fn table(&self, arguments: &[Expression]) -> Option<Problem> {
        let text = |at: usize| match arguments.get(at) {
            Some(Expression::Text(text)) => text.as_str(),
            _ => "",
        };
        let list = self.draft.choice_lists.iter().find(|list| list.is_file() && list.stem() == text(0));
        let Some(list) = list else { return Some(words::table_unknown(text(0))) };
        [text(1), text(2)]
            .into_iter()
            .find(|column| {
                let own = matches!(*column, "name" | "label");
                !own && !list.choices.iter().any(|choice| choice.columns.contains_key(*column))
            })
            .map(|column| words::table_column_unknown(text(0), column))
    }

    /// ODK Collect orders times and moments, and reckons with them, by their day only.
    pub(super) fn clock_as_number(&self, side: &Expression, site: &Site) -> Option<Problem> {
        let name = match side {
            Expression::Question(name) => name.as_str(),
            Expression::This => site.owner.as_str(),
            _ => return None,
        };
        let function = match self.draft.questions[*self.positions.get(name)?].kind {
            QuestionKind::Time => "decimal-time",
            QuestionKind::DateTime | QuestionKind::Start | QuestionKind::End => "decimal-date-time",
            _ => return None,
        };
        Some(words::clock_as_number(name, function))
    }
}

fn add(found: &mut Vec<Problem>, problem: Option<Problem>) {
    found.extend(problem);
}

/// The known name that differs in at most two characters, or only in capitals.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= 2 && *distance < lower.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance.
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (index, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, b) in two.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[two.len()]
}
