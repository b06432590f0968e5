//! Formulas: what they refer to exists, has an answer by then, and offers the codes they compare it with.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::names::codes;
use super::{group_place, question_place};
use crate::questionnaire::expression::{Expression, Function, Operator};
use crate::questionnaire::model::{ChoiceList, Draft, Formula, Question, QuestionKind, Texts};
use crate::questionnaire::words;

/// A formula or label, and where it stands.
struct Site {
    /// The question it belongs to or that comes next: references must stand before it.
    position: usize,
    column: &'static str,
    place: Place,
    /// The name of the question or group, which may only be read in its own constraint.
    owner: String,
    list: Option<String>,
}

struct Checker<'a> {
    draft: &'a Draft,
    positions: &'a BTreeMap<String, usize>,
    problems: &'a mut Problems,
}

pub(super) fn check(draft: &Draft, positions: &BTreeMap<String, usize>, problems: &mut Problems) {
    let mut checker = Checker { draft, positions, problems };
    for (index, group) in draft.groups.iter().enumerate() {
        let first = draft.questions.iter().position(|question| stands_in(draft, question, index));
        let position = first.unwrap_or(draft.questions.len());
        let site = |column: &'static str| Site {
            position,
            column,
            place: group_place(group, column),
            owner: group.name.clone(),
            list: None,
        };
        checker.formula(group.relevant.as_ref(), &site("relevant"));
        checker.labels(&[&group.label, &group.hint], &site("label"));
    }
    for (position, question) in draft.questions.iter().enumerate() {
        checker.question(position, question);
    }
    let settings = Site {
        position: usize::MAX,
        column: "instance_name",
        place: Place::column("instance_name").in_sheet("settings"),
        owner: String::new(),
        list: None,
    };
    checker.formula(draft.instance_name.as_ref(), &settings);
}

fn stands_in(draft: &Draft, question: &Question, group: usize) -> bool {
    let mut inside = question.group;
    while let Some(index) = inside {
        if index == group {
            return true;
        }
        inside = draft.groups[index].parent;
    }
    false
}

impl Checker<'_> {
    fn question(&mut self, position: usize, question: &Question) {
        let site = |column: &'static str| Site {
            position,
            column,
            place: question_place(question, column),
            owner: question.name.clone(),
            list: question.kind.list().map(str::to_owned),
        };
        if question.kind == QuestionKind::Calculate && question.calculation.is_none() {
            self.problems.push(words::cell_missing("calculation").at(question_place(question, "calculation")));
        }
        self.formula(question.required.as_ref(), &site("required"));
        self.formula(question.relevant.as_ref(), &site("relevant"));
        self.formula(question.constraint.as_ref(), &site("constraint"));
        self.formula(question.calculation.as_ref(), &site("calculation"));
        self.formula(question.choice_filter.as_ref(), &site("choice_filter"));
        self.labels(&[&question.label, &question.hint, &question.constraint_message], &site("label"));
    }

    fn formula(&mut self, formula: Option<&Formula>, site: &Site) {
        let Some(formula) = formula else { return };
        let mut found: Vec<Problem> = Vec::new();
        for name in formula.expression().questions() {
            found.extend(self.reference(name, site));
        }
        formula.expression().visit(&mut |node| match node {
            Expression::This if site.column != "constraint" => found.push(words::this_misplaced(site.column)),
            Expression::ChoiceColumn(column) => found.extend(self.choice_column(column, site)),
            Expression::Binary { operator: Operator::Equal | Operator::NotEqual, left, right } => {
                found.extend(self.compared(left, right, site));
                found.extend(self.compared(right, left, site));
            }
            Expression::Binary {
                operator: Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual,
                left,
                right,
            } => {
                found.extend(self.date_as_text(left, right, site));
                found.extend(self.date_as_text(right, left, site));
            }
            Expression::Call { function: Function::Selected, arguments } => {
                if let [list, code] = arguments.as_slice() {
                    found.extend(self.compared(list, code, site));
                    let bare = matches!(code, Expression::Number(_) | Expression::Negate(_));
                    found.extend(bare.then(words::code_without_quotes));
                }
            }
            _ => {}
        });
        let place = &site.place;
        self.problems.extend(found.into_iter().map(|problem| problem.at(place.clone())));
    }

    /// What is wrong with reading a question here.
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

    fn choice_column(&self, column: &str, site: &Site) -> Option<Problem> {
        let Some(name) = site.list.as_deref().filter(|_| site.column == "choice_filter") else {
            return Some(words::bare_name(column));
        };
        // A list that does not exist is told where it is named.
        let list = self.draft.choice_lists.iter().find(|list| list.name == name)?;
        let known = column == "name" || list.choices.iter().any(|choice| choice.columns.contains_key(column));
        (!known).then(|| words::bare_name(column))
    }

    /// A code that the list of the question beside it does not have.
    fn compared(&self, question: &Expression, code: &Expression, site: &Site) -> Option<Problem> {
        let name = match question {
            Expression::Question(name) => name.as_str(),
            Expression::This => site.owner.as_str(),
            _ => return None,
        };
        let list = self.list_of(name)?;
        let code = match code {
            Expression::Text(text) => text.clone(),
            Expression::Number(number) => number.to_string(),
            Expression::Negate(inner) => match inner.as_ref() {
                Expression::Number(number) => format!("-{number}"),
                _ => return None,
            },
            _ => return None,
        };
        let offered = code.is_empty() || list.choice(&code).is_some();
        (!offered).then(|| words::choice_unknown(name, &code, &codes(list)))
    }

    /// A text where a day is needed: an order of days and texts means nothing in ODK Collect.
    fn date_as_text(&self, day: &Expression, other: &Expression, site: &Site) -> Option<Problem> {
        let Expression::Text(text) = other else { return None };
        let asked = |name: &str| {
            let kind = self.positions.get(name).map(|position| &self.draft.questions[*position].kind);
            matches!(kind, Some(QuestionKind::Date | QuestionKind::Today))
        };
        let is_day = match day {
            Expression::Question(name) => asked(name),
            Expression::This => asked(&site.owner),
            Expression::Call { function, .. } => matches!(function, Function::Today | Function::Date),
            _ => false,
        };
        is_day.then(|| words::date_as_text(text))
    }

    fn list_of(&self, question: &str) -> Option<&ChoiceList> {
        let list = self.draft.questions[*self.positions.get(question)?].kind.list()?;
        self.draft.choice_lists.iter().find(|known| known.name == list)
    }

    /// Answers may be named in words: `${name}` in a label.
    fn labels(&mut self, texts: &[&Texts], site: &Site) {
        let mut names: Vec<&str> = Vec::new();
        for text in texts.iter().flat_map(|texts| texts.0.values()) {
            for part in text.split("${").skip(1) {
                let name = part.split('}').next().unwrap_or_default().trim();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        for problem in names.into_iter().filter_map(|name| self.reference(name, site)).collect::<Vec<_>>() {
            self.problems.push(problem.at(site.place.clone()));
        }
    }
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
