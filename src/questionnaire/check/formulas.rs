//! Formulas: what they refer to exists, has an answer by then, and offers the codes they compare it with.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};

use super::names::codes;
use super::{group_place, question_place};
use crate::questionnaire::expression::{Expression, Function, Operator};
use crate::questionnaire::model::{ChoiceList, Draft, Formula, Question, QuestionKind, Texts};
use crate::questionnaire::repeats::Scopes;
use crate::questionnaire::words;

/// A formula or label, and where it stands.
pub(super) struct Site {
    /// The question it belongs to or that comes next: references must stand before it.
    pub(super) position: usize,
    pub(super) column: &'static str,
    place: Place,
    /// The name of the question or group, which may only be read in its own constraint.
    pub(super) owner: String,
    list: Option<String>,
    /// The repeat in which it is worked out.
    pub(super) scope: Option<usize>,
}

pub(super) struct Checker<'a> {
    pub(super) draft: &'a Draft,
    pub(super) positions: &'a BTreeMap<String, usize>,
    problems: &'a mut Problems,
}

pub(super) fn check(draft: &Draft, positions: &BTreeMap<String, usize>, problems: &mut Problems) {
    let mut checker = Checker { draft, positions, problems };
    let firsts = first_questions(draft);
    for (index, group) in draft.groups.iter().enumerate() {
        let position = firsts[index].unwrap_or(draft.questions.len());
        let site = |column: &'static str| Site {
            position,
            column,
            place: group_place(group, column),
            owner: group.name.clone(),
            list: None,
            scope: draft.scope_of_group(group.parent),
        };
        checker.formula(group.relevant.as_ref(), &site("relevant"));
        if let Some(repeat) = &group.repeat {
            checker.formula(repeat.count.as_ref(), &site("repeat_count"));
        }
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
        scope: None,
    };
    checker.formula(draft.instance_name.as_ref(), &settings);
}

/// The first question of each section.
fn first_questions(draft: &Draft) -> Vec<Option<usize>> {
    let mut firsts = vec![None; draft.groups.len()];
    for (position, question) in draft.questions.iter().enumerate() {
        let mut inside = question.group;
        while let Some(index) = inside.filter(|index| firsts[*index].is_none()) {
            firsts[index] = Some(position);
            inside = draft.groups[index].parent;
        }
    }
    firsts
}

impl Checker<'_> {
    fn question(&mut self, position: usize, question: &Question) {
        let site = |column: &'static str| Site {
            position,
            column,
            place: question_place(question, column),
            owner: question.name.clone(),
            list: question.kind.list().map(str::to_owned),
            scope: self.draft.scope_of_group(question.group),
        };
        let has_value =
            question.calculation.is_some() || question.default.is_some() || question.default_formula.is_some();
        if question.kind == QuestionKind::Calculate && !has_value {
            self.problems.push(words::cell_missing("calculation").at(question_place(question, "calculation")));
        }
        self.formula(question.required.as_ref(), &site("required"));
        self.formula(question.relevant.as_ref(), &site("relevant"));
        self.formula(question.constraint.as_ref(), &site("constraint"));
        self.formula(question.calculation.as_ref(), &site("calculation"));
        self.formula(question.choice_filter.as_ref(), &site("choice_filter"));
        self.formula(question.default_formula.as_ref(), &site("default"));
        self.formula(question.read_only.as_ref(), &site("read_only"));
        let seed = question.parameter("seed").and_then(|seed| seed.strip_prefix("${")?.strip_suffix('}'));
        for (name, column) in
            question.trigger.iter().map(|name| (name.as_str(), "trigger")).chain(seed.map(|seed| (seed, "parameters")))
        {
            let found = self.trigger(name, &site(column));
            self.problems.extend(found.map(|problem| problem.at(question_place(question, column))));
        }
        let texts = [&question.label, &question.hint, &question.guidance_hint, &question.constraint_message];
        self.labels(&texts, &site("label"));
    }

    fn formula(&mut self, formula: Option<&Formula>, site: &Site) {
        let Some(formula) = formula else { return };
        let mut found: Vec<Problem> = Vec::new();
        self.references(formula.expression(), site, &mut found);
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
                found.extend([left, right].into_iter().find_map(|side| self.clock_as_number(side, site)));
            }
            Expression::Binary {
                operator: Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo,
                left,
                right,
            } => found.extend([left, right].into_iter().find_map(|side| self.clock_as_number(side, site))),
            Expression::Call { function: Function::Position, .. } if site.scope.is_none() => {
                found.push(words::position_outside());
            }
            Expression::Call { function: Function::ChoiceName, arguments } => {
                found.extend(self.choice_name(arguments, site));
            }
            Expression::Call { function: Function::Pulldata, arguments } => found.extend(self.table(arguments)),
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

    pub(super) fn list_of(&self, question: &str) -> Option<&ChoiceList> {
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
        for problem in names.into_iter().filter_map(|name| self.scalar(name, site)).collect::<Vec<_>>() {
            self.problems.push(problem.at(site.place.clone()));
        }
    }
}
