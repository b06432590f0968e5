//! Which questions are due, and what is calculated, given the answers so far.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Questionnaire;
use super::expression::{Context, Value};
use super::model::QuestionKind;

/// Which questions are due in an interview, and what every one of them is worth to formulas.
#[derive(Clone, Debug, PartialEq)]
pub struct Route<'a> {
    questionnaire: &'a Questionnaire,
    relevant: Vec<bool>,
    values: Vec<Value>,
    today: Option<NaiveDate>,
}

impl Questionnaire {
    /// The route through the questionnaire with these answers by name; answers to no question are left aside.
    #[must_use]
    pub fn route(&self, answers: &BTreeMap<String, Value>, today: Option<NaiveDate>) -> Route<'_> {
        let names = self.questions().iter().map(|question| question.name.as_str());
        let values = names.map(|name| answers.get(name).cloned().unwrap_or_else(Value::empty)).collect();
        self.route_of(values, today)
    }

    /// The same, with a value for each question by position.
    pub(super) fn route_of(&self, values: Vec<Value>, today: Option<NaiveDate>) -> Route<'_> {
        let mut route = Route { questionnaire: self, relevant: vec![false; values.len()], values, today };
        let mut groups: Vec<Option<bool>> = vec![None; self.groups().len()];
        for position in self.order().iter().copied() {
            route.work_out(position, &mut groups);
        }
        route
    }
}

impl<'a> Route<'a> {
    /// Works out one question after all that it reads; one that is not due has no value.
    fn work_out(&mut self, position: usize, groups: &mut [Option<bool>]) {
        let question = &self.questionnaire.questions()[position];
        let due = self.group_is_relevant(question.group, groups)
            && question.relevant.as_ref().is_none_or(|formula| formula.expression().holds(&*self));
        self.relevant[position] = due;
        if !due {
            self.values[position] = Value::empty();
        } else if question.kind == QuestionKind::Calculate {
            let value = question.calculation.as_ref().map(|formula| formula.expression().evaluate(&*self));
            self.values[position] = value.unwrap_or_else(Value::empty);
        }
    }

    /// A section is due when its own condition and those around it hold.
    fn group_is_relevant(&self, group: Option<usize>, known: &mut [Option<bool>]) -> bool {
        let mut inside = group;
        while let Some(index) = inside {
            let group = &self.questionnaire.groups()[index];
            let holds = || group.relevant.as_ref().is_none_or(|formula| formula.expression().holds(self));
            if !*known[index].get_or_insert_with(holds) {
                return false;
            }
            inside = group.parent;
        }
        true
    }

    /// Whether a question is due; false for a name that no question has.
    #[must_use]
    pub fn is_relevant(&self, name: &str) -> bool {
        self.questionnaire.position(name).is_some_and(|position| self.relevant[position])
    }

    /// What a question is worth to formulas: its answer or calculation, empty when it is not due.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        self.questionnaire.position(name).map_or_else(Value::empty, |position| self.values[position].clone())
    }

    /// The names of the questions that are due, in the order of the interview.
    pub fn relevant_questions(&self) -> impl Iterator<Item = &'a str> + '_ {
        let questions = self.questionnaire.questions().iter().zip(&self.relevant);
        questions.filter(|(_, relevant)| **relevant).map(|(question, _)| question.name.as_str())
    }

    pub(super) fn is_relevant_at(&self, position: usize) -> bool {
        self.relevant[position]
    }

    pub(super) fn value_at(&self, position: usize) -> &Value {
        &self.values[position]
    }
}

impl Context for Route<'_> {
    fn question(&self, name: &str) -> Value {
        self.value(name)
    }

    fn today(&self) -> Option<NaiveDate> {
        self.today
    }
}
