//! What a simulated respondent says: the questions in order, each with its possible answers.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_chacha::ChaCha20Rng;
use serde_json::{Map, Value as Json};

use super::item::Item;
use super::world::{CLASSES, Village, draw};
use crate::questionnaire::expression::{Context, Expression, Value};

/// How an answer is written in a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// A choice code.
    Code,
    /// A number.
    Number,
    /// A list of choice codes with one entry.
    Codes,
}

/// Where the answer to a question comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Drawn from a distribution.
    Drawn(Item),
    /// Always the same.
    Fixed(String),
    /// Number of adults in the household.
    Adults,
}

/// One question of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptQuestion {
    /// Its name in the questionnaire.
    pub name: String,
    /// Conditions under which it is asked: its own and those of the groups around it; all must hold.
    pub relevant: Vec<Expression>,
    /// Where its answer comes from.
    pub origin: Origin,
    /// How the answer is written.
    pub writing: Writing,
    /// Group of questions that share a place effect; `None` for questions that places do not move.
    pub group: Option<usize>,
    /// Probability of "don't know".
    pub dont_know: f64,
    /// Probability of a refusal of this question.
    pub refused: f64,
}

impl ScriptQuestion {
    /// Probability that an asked respondent gives a valid answer.
    pub fn valid(&self) -> f64 {
        1.0 - self.dont_know - self.refused
    }

    /// Effect of the village on this question.
    pub fn effect(&self, village: &Village) -> f64 {
        self.group.map_or(0.0, |group| village.effect(group))
    }
}

/// The codes of missing answers in an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingCodes {
    /// "Don't know".
    pub dont_know: String,
    /// "Refused".
    pub refused: String,
}

/// All questions of one questionnaire as the simulation answers them.
#[derive(Clone, Debug, PartialEq)]
pub struct Script {
    /// Form id of the questionnaire.
    pub form_id: String,
    /// The questions, in the order in which they are asked.
    pub questions: Vec<ScriptQuestion>,
    /// How missing answers are written.
    pub missing: MissingCodes,
    /// Number of groups of questions with place effects.
    pub n_groups: usize,
    positions: BTreeMap<String, usize>,
}

/// Answers by name, as the expressions of a questionnaire see them.
pub struct Answered<'a>(pub &'a BTreeMap<&'a str, &'a str>);

impl Context for Answered<'_> {
    fn question(&self, name: &str) -> Value {
        self.0.get(name).map_or_else(Value::empty, |answer| Value::Text((*answer).to_owned()))
    }
}

impl Script {
    /// A script of these questions.
    pub fn new(form_id: String, questions: Vec<ScriptQuestion>, missing: MissingCodes, n_groups: usize) -> Self {
        let positions = questions.iter().enumerate().map(|(at, question)| (question.name.clone(), at)).collect();
        Self { form_id, questions, missing, n_groups, positions }
    }

    /// Position of a question.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// The answers of one respondent of class `class` in a household of `adults` adults.
    pub fn interview(
        &self,
        village: &Village,
        class: usize,
        adults: u32,
        random: &mut ChaCha20Rng,
    ) -> Map<String, Json> {
        let adults = adults.to_string();
        let mut said: BTreeMap<&str, &str> = BTreeMap::new();
        let mut answers = Map::new();
        for question in &self.questions {
            if !question.relevant.iter().all(|condition| condition.holds(&Answered(&said))) {
                continue;
            }
            let answer: &str = match &question.origin {
                Origin::Fixed(answer) => answer,
                Origin::Adults => &adults,
                Origin::Drawn(item) => self.say(question, item, village, class, random),
            };
            said.insert(&question.name, answer);
            answers.insert(question.name.clone(), question.writing.write(answer));
        }
        answers
    }

    fn say<'a>(
        &'a self,
        question: &ScriptQuestion,
        item: &'a Item,
        village: &Village,
        class: usize,
        random: &mut ChaCha20Rng,
    ) -> &'a str {
        let luck: f64 = random.random();
        if luck < question.dont_know {
            return &self.missing.dont_know;
        }
        if luck < question.dont_know + question.refused {
            return &self.missing.refused;
        }
        let chosen = draw(random, item.probabilities(question.effect(village), CLASSES[class].1));
        &item.possible()[chosen].answer
    }
}

impl Writing {
    fn write(self, answer: &str) -> Json {
        match self {
            Self::Code => Json::from(answer),
            Self::Codes => Json::from(vec![answer]),
            Self::Number => answer
                .parse::<i64>()
                .map(Json::from)
                .or_else(|_| answer.parse::<f64>().map(Json::from))
                .unwrap_or_else(|_| Json::from(answer)),
        }
    }
}
