//! Which questions are due, and what is calculated, given the answers so far.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Questionnaire;
use super::expression::{Context, Value};
use super::model::{Choice, Question};
use super::repeats::{Scopes, Turns};

/// Which questions are due in an interview, and what every one of them is worth to formulas.
#[derive(Clone, Debug, PartialEq)]
pub struct Route<'a> {
    questionnaire: &'a Questionnaire,
    turns: Turns,
    /// By position of the question and instance of its scope.
    cells: Vec<Vec<Cell>>,
    /// By position of the section and instance of the scope around it: whether its own condition holds.
    groups: RefCell<BTreeMap<(usize, usize), bool>>,
    today: Option<NaiveDate>,
    language: String,
}

/// A question in one turn.
#[derive(Clone, Debug, PartialEq)]
struct Cell {
    is_relevant: bool,
    value: Value,
}

impl Questionnaire {
    /// The route through the questionnaire with these answers by name, without turns of repeats; answers to no question are left
    /// aside.
    #[must_use]
    pub fn route(&self, answers: &BTreeMap<String, Value>, today: Option<NaiveDate>) -> Route<'_> {
        let value = |question: &Question| {
            let scope = self.draft().scope_of_group(question.group);
            let value = || answers.get(&question.name).cloned().unwrap_or_else(Value::empty);
            if scope.is_none() { vec![value()] } else { Vec::new() }
        };
        self.route_of(self.questions().iter().map(value).collect(), Turns::default(), today, self.default_language())
    }

    /// The same, with the values of each question by position and instance.
    pub(super) fn route_of(
        &self,
        values: Vec<Vec<Value>>,
        turns: Turns,
        today: Option<NaiveDate>,
        language: &str,
    ) -> Route<'_> {
        let cell = |value| Cell { is_relevant: false, value };
        let cells = values.into_iter().map(|values| values.into_iter().map(cell).collect()).collect();
        let language = language.to_owned();
        let mut route = Route { questionnaire: self, turns, cells, groups: RefCell::default(), today, language };
        for position in self.order().iter().copied() {
            for instance in 0..route.cells[position].len() {
                route.work_out(position, instance);
            }
        }
        route
    }
}

impl<'a> Route<'a> {
    /// Works out one question after all that it reads; one that is not due has no value.
    fn work_out(&mut self, position: usize, instance: usize) {
        let question = &self.questionnaire.questions()[position];
        let there = &self.cells[position][instance].value;
        let view = self.view(position, instance, there);
        let due = self.group_is_relevant(question.group, instance)
            && question.relevant.as_ref().is_none_or(|formula| formula.expression().holds(&view));
        let value = match &question.calculation {
            _ if !due => Some(Value::empty()),
            // What only the device can know counts as it came; where nothing came, it is worked out as far as it goes. Whether a
            // trigger ever worked, nobody else knows.
            Some(_) if !question.trigger.is_empty() => None,
            Some(_) if question.is_known_to_the_device_only() && !there.is_empty() => None,
            Some(formula) if question.is_calculated() => Some(formula.expression().evaluate(&view)),
            _ => None,
        };
        let cell = &mut self.cells[position][instance];
        cell.is_relevant = due;
        if let Some(value) = value {
            cell.value = value;
        }
    }

    /// A section is due when its own condition and those around it hold. `instance`: of its innermost repeat.
    fn group_is_relevant(&self, group: Option<usize>, instance: usize) -> bool {
        let (mut inside, mut at) = (group, instance);
        while let Some(index) = inside {
            let group = &self.questionnaire.groups()[index];
            if group.repeat.is_some() {
                at = self.turns.parent(index, at);
            }
            let known = self.groups.borrow().get(&(index, at)).copied();
            let holds = known.unwrap_or_else(|| {
                let scope = self.questionnaire.draft().scope_of_group(group.parent);
                let view = View { route: self, scope, instance: at, this: &NOTHING, choice: None };
                let holds = group.relevant.as_ref().is_none_or(|formula| formula.expression().holds(&view));
                self.groups.borrow_mut().insert((index, at), holds);
                holds
            });
            if !holds {
                return false;
            }
            inside = group.parent;
        }
        true
    }

    /// Whether a question is due, in a repeat in its first turn; false for a name that no question has.
    #[must_use]
    pub fn is_relevant(&self, name: &str) -> bool {
        let cell = self.questionnaire.position(name).and_then(|position| self.cells[position].first());
        cell.is_some_and(|cell| cell.is_relevant)
    }

    /// What a question is worth to formulas, in a repeat in its first turn: its answer or calculation, empty when it is not due.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        let cell = self.questionnaire.position(name).and_then(|position| self.cells[position].first());
        cell.map_or_else(Value::empty, |cell| cell.value.clone())
    }

    /// The names of the questions that are due, in the order of the interview.
    pub fn relevant_questions(&self) -> impl Iterator<Item = &'a str> + '_ {
        let questions = self.questionnaire.questions().iter().zip(&self.cells);
        let due = questions.filter(|(_, cells)| cells.iter().any(|cell| cell.is_relevant));
        due.map(|(question, _)| question.name.as_str())
    }

    pub(super) fn is_relevant_at(&self, position: usize, instance: usize) -> bool {
        self.cells[position][instance].is_relevant
    }

    pub(super) fn value_at(&self, position: usize, instance: usize) -> &Value {
        &self.cells[position][instance].value
    }

    /// What formulas of a question see in one turn.
    pub(super) fn view<'r>(&'r self, position: usize, instance: usize, this: &'r Value) -> View<'r> {
        let scope = self.questionnaire.draft().scope_of_group(self.questionnaire.questions()[position].group);
        View { route: self, scope, instance, this, choice: None }
    }

    /// What the count of a repeat sees.
    pub(super) fn view_around(&self, repeat: usize, instance: usize) -> View<'_> {
        let scope = self.questionnaire.draft().scope_around(repeat);
        View { route: self, scope, instance, this: &NOTHING, choice: None }
    }

    /// Whether the turns of a repeat are due in an instance of the scope around it.
    pub(super) fn repeat_is_relevant(&self, repeat: usize, turn: usize) -> bool {
        self.group_is_relevant(Some(repeat), turn)
    }
}

static NOTHING: Value = Value::Text(String::new());

/// The route, seen from one turn, one answer or one choice.
pub(super) struct View<'r> {
    route: &'r Route<'r>,
    scope: Option<usize>,
    instance: usize,
    this: &'r Value,
    choice: Option<&'r Choice>,
}

impl<'r> View<'r> {
    /// The same, looking at a choice.
    pub(super) fn of_choice(self, choice: &'r Choice) -> Self {
        Self { choice: Some(choice), ..self }
    }

    /// The instances of a scope that are below the turn which the reader has in common with it.
    fn instances(&self, target: Option<usize>, common_with: Option<usize>) -> Vec<usize> {
        let (draft, turns) = (self.route.questionnaire.draft(), &self.route.turns);
        let (here, there) = (draft.scope_chain(self.scope), draft.scope_chain(common_with));
        let n_common = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
        let anchor = turns.climb(&here, self.instance, here.len() - n_common);
        let chain = draft.scope_chain(target);
        if chain.len() == n_common {
            return vec![anchor];
        }
        let below = |instance: &usize| turns.climb(&chain, *instance, chain.len() - n_common) == anchor;
        (0..turns.count(target)).filter(below).collect()
    }

    fn cell(&self, position: usize, instance: usize) -> Option<&Cell> {
        self.route.cells.get(position)?.get(instance)
    }
}

impl Context for View<'_> {
    fn question(&self, name: &str) -> Value {
        let Some(position) = self.route.questionnaire.position(name) else { return Value::empty() };
        let scope =
            self.route.questionnaire.draft().scope_of_group(self.route.questionnaire.questions()[position].group);
        // Most questions stand in no repeat, or in the reader's own.
        let instance = match scope {
            None => Some(0),
            Some(_) if scope == self.scope => Some(self.instance),
            Some(_) => self.instances(scope, scope).first().copied(),
        };
        instance.and_then(|instance| self.cell(position, instance)).map_or_else(Value::empty, |cell| cell.value.clone())
    }

    fn turns(&self, name: &str) -> Vec<Value> {
        let questionnaire = self.route.questionnaire;
        if let Some(position) = questionnaire.position(name) {
            let scope = questionnaire.draft().scope_of_group(questionnaire.questions()[position].group);
            let cells = self.instances(scope, scope).into_iter().filter_map(|instance| self.cell(position, instance));
            return cells.filter(|cell| cell.is_relevant).map(|cell| cell.value.clone()).collect();
        }
        let Some(repeat) = questionnaire.draft().group_position(name) else { return Vec::new() };
        let around = questionnaire.draft().scope_around(repeat);
        let turns = self.instances(Some(repeat), around).into_iter();
        turns.filter(|turn| self.route.repeat_is_relevant(repeat, *turn)).map(|_| Value::empty()).collect()
    }

    fn in_turn(&self, name: &str, given: &[(&str, usize)]) -> Value {
        let (questionnaire, turns) = (self.route.questionnaire, &self.route.turns);
        let draft = questionnaire.draft();
        let Some(position) = questionnaire.position(name) else { return Value::empty() };
        let here = draft.scope_chain(self.scope);
        let mut instance = 0;
        let mut on_own_way = true;
        let chain = draft.scope_chain(draft.scope_of_group(questionnaire.questions()[position].group));
        for (level, repeat) in chain.iter().enumerate() {
            let number =
                given.iter().find(|(known, _)| *known == draft.groups[*repeat].name).map(|(_, number)| *number);
            let next = match number {
                None if on_own_way && here.get(level) == Some(repeat) => {
                    Some(turns.climb(&here, self.instance, here.len() - 1 - level))
                }
                None => turns.inside(*repeat, instance).next(),
                Some(number) => {
                    on_own_way = false;
                    turns.inside(*repeat, instance).nth(number - 1)
                }
            };
            let Some(next) = next else { return Value::empty() };
            instance = next;
        }
        self.cell(position, instance).map_or_else(Value::empty, |cell| cell.value.clone())
    }

    fn position(&self) -> Option<usize> {
        Some(self.route.turns.number(self.scope?, self.instance))
    }

    fn this(&self) -> Value {
        self.this.clone()
    }

    fn today(&self) -> Option<NaiveDate> {
        self.route.today
    }

    fn choice_column(&self, name: &str) -> Option<&str> {
        let choice = self.choice?;
        if name == "name" { Some(&choice.name) } else { choice.columns.get(name).map(String::as_str) }
    }

    fn choice_label(&self, question: &str, code: &str) -> Option<String> {
        let questionnaire = self.route.questionnaire;
        let choice = questionnaire.choices(questionnaire.question(question)?)?.choice(code)?;
        let languages = [self.route.language.as_str(), questionnaire.default_language()];
        choice.label.first_of(&languages).map(str::to_owned)
    }

    fn lookup(&self, table: &str, column: &str, key_column: &str, key: &str) -> Option<String> {
        let questionnaire = self.route.questionnaire;
        let list = questionnaire.choice_lists().iter().find(|list| list.is_file() && list.stem() == table)?;
        let language = questionnaire.default_language();
        let choice = list.choices.iter().find(|choice| choice.cell(key_column, language) == Some(key))?;
        choice.cell(column, language).map(str::to_owned)
    }
}
