//! The answers of an interview against the questionnaire: every answer kept, every doubt told, all at once.

mod answer;
mod findings;
mod read;

use chrono::NaiveDate;
use problem::Problems;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use estimation::table::MissingReason;

pub use answer::{Answer, Geopoint, MISSING_CODES};
pub use findings::{Finding, Severity};

use super::Questionnaire;
use super::expression::{Context, Value, parse_date};
use super::model::{Choice, Question, QuestionKind};
use super::routing::Route;
use read::Reading;

/// What is known of an interview beside its answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interview {
    /// The code of the language in which it was held; absent, the questionnaire's default.
    pub language: Option<String>,
    /// The day, for `today()`; absent, the answer to a `today` or else the day of a `start` question.
    pub today: Option<NaiveDate>,
}

/// The answers of an interview, read and checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Validated {
    /// Every question that can hold an answer, in the order of the questionnaire, with its answer or why it is missing.
    pub answers: Vec<(String, Answer)>,
    /// What was received but belongs to no due question, as it came: names that no question has, and answers to
    /// questions that routing skipped.
    pub set_aside: Map<String, Json>,
    /// Everything that is wrong or doubtful.
    pub findings: Vec<Finding>,
}

impl Validated {
    /// The problems of all findings.
    #[must_use]
    pub fn problems(&self) -> Problems {
        Problems(self.findings.iter().map(|finding| finding.problem.clone()).collect())
    }

    /// The answer to a question.
    #[must_use]
    pub fn answer(&self, question: &str) -> Option<&Answer> {
        self.answers.iter().find(|(name, _)| name == question).map(|(_, answer)| answer)
    }
}

/// As [`validate`], for any JSON; what is not an object is the one thing that is rejected.
#[must_use]
pub fn validate_json(questionnaire: &Questionnaire, answers: &Json, interview: &Interview) -> Validated {
    match answers {
        Json::Object(answers) => validate(questionnaire, answers, interview),
        other => {
            let mut validated = validate(questionnaire, &Map::new(), interview);
            validated.findings = vec![findings::not_an_object(other)];
            validated
        }
    }
}

/// Reads and checks the answers of an interview.
///
/// Answers by question name, as JSON numbers or text, or as `OpenRosa` text: choices by code, several choices as an array or
/// separated by blanks, days as `yyyy-mm-dd`, positions as `latitude longitude altitude accuracy`. The codes -888, -999 and
/// -777 are "don't know", "refused" and "not applicable" for every kind; null, `""` and `[]` are no answer.
///
/// Nothing is dropped: an answer that breaks a rule is kept and a finding tells of it.
#[must_use]
pub fn validate(questionnaire: &Questionnaire, answers: &Map<String, Json>, interview: &Interview) -> Validated {
    let language = interview.language.as_deref().unwrap_or_else(|| questionnaire.default_language());
    let readings: Vec<Reading> = questionnaire
        .questions()
        .iter()
        .map(|question| read::read(questionnaire, question, answers.get(&question.name)))
        .collect();
    let today = interview.today.or_else(|| day_of(questionnaire, &readings));
    let route = questionnaire.route_of(readings.iter().map(|reading| reading.value.clone()).collect(), today);
    let mut checking = Checking { questionnaire, route: &route, language, findings: Vec::new(), set_aside: Map::new() };
    let mut checked = Vec::with_capacity(readings.len());
    for (position, (question, reading)) in questionnaire.questions().iter().zip(readings).enumerate() {
        let raw = answers.get(&question.name).filter(|raw| !read::is_blank(raw));
        let answer = checking.question(position, question, reading, raw);
        if question.kind.has_answer() {
            checked.push((question.name.clone(), answer));
        }
    }
    for (name, raw) in answers.iter().filter(|(name, _)| questionnaire.question(name).is_none()) {
        checking.findings.push(findings::unknown_question(name, raw));
        checking.set_aside.insert(name.clone(), raw.clone());
    }
    Validated { answers: checked, set_aside: checking.set_aside, findings: checking.findings }
}

/// The day that the device wrote down: of `today`, else of `start`.
fn day_of(questionnaire: &Questionnaire, readings: &[Reading]) -> Option<NaiveDate> {
    let of_kind = |kind: QuestionKind| {
        let position = questionnaire.questions().iter().position(|question| question.kind == kind)?;
        readings.get(position).map(|reading| reading.value.to_text())
    };
    let day = |text: String| parse_date(text.get(..10)?);
    of_kind(QuestionKind::Today).and_then(day).or_else(|| of_kind(QuestionKind::Start).and_then(day))
}

struct Checking<'a> {
    questionnaire: &'a Questionnaire,
    route: &'a Route<'a>,
    language: &'a str,
    findings: Vec<Finding>,
    set_aside: Map<String, Json>,
}

impl Checking<'_> {
    fn question(&mut self, position: usize, question: &Question, reading: Reading, raw: Option<&Json>) -> Answer {
        if !self.route.is_relevant_at(position) || !question.kind.has_answer() {
            if let Some(raw) = raw {
                self.findings.push(findings::not_due(question, raw));
                self.set_aside.insert(question.name.clone(), raw.clone());
            }
            return Answer::Missing(MissingReason::NotApplicable);
        }
        if question.kind == QuestionKind::Calculate {
            return self.calculation(position, question, raw);
        }
        self.findings.extend(reading.findings);
        let Some(raw) = raw else {
            if question.required.as_ref().is_some_and(|formula| formula.expression().holds(self.route)) {
                self.findings.push(findings::required(question, self.language));
            }
            return Answer::Missing(MissingReason::NotAnswered);
        };
        if matches!(reading.answer, Answer::Unreadable(_)) {
            return reading.answer;
        }
        let this = At { route: self.route, this: self.route.value_at(position), choice: None };
        if question.constraint.as_ref().is_some_and(|formula| !formula.expression().holds(&this)) {
            self.findings.push(findings::constraint(question, raw, self.language));
        }
        self.offered(question, &reading.answer);
        reading.answer
    }

    /// What the device calculated must be what is calculated here; the value here counts.
    fn calculation(&mut self, position: usize, question: &Question, raw: Option<&Json>) -> Answer {
        let value = self.route.value_at(position);
        if let Some(raw) = raw
            && !read::agrees(raw, value)
        {
            self.findings.push(findings::calculation(question, raw, value));
        }
        Answer::calculated(value)
    }

    /// Choices that the filter does not offer here.
    fn offered(&mut self, question: &Question, answer: &Answer) {
        let Some(filter) = &question.choice_filter else { return };
        let chosen: &[String] = match answer {
            Answer::Choice(code) => std::slice::from_ref(code),
            Answer::Choices(codes) => codes,
            _ => return,
        };
        let list = self.questionnaire.choices(question);
        for choice in chosen.iter().filter_map(|code| list.and_then(|list| list.choice(code))) {
            let context = At { route: self.route, this: &Value::Text(String::new()), choice: Some(choice) };
            if !filter.expression().holds(&context) {
                self.findings.push(findings::not_offered(question, &choice.name));
            }
        }
    }
}

/// The route, seen from one answer or from one choice.
struct At<'a> {
    route: &'a Route<'a>,
    this: &'a Value,
    choice: Option<&'a Choice>,
}

impl Context for At<'_> {
    fn question(&self, name: &str) -> Value {
        self.route.question(name)
    }

    fn this(&self) -> Value {
        self.this.clone()
    }

    fn today(&self) -> Option<NaiveDate> {
        self.route.today()
    }

    fn choice_column(&self, name: &str) -> Option<&str> {
        let choice = self.choice?;
        if name == "name" { Some(&choice.name) } else { choice.columns.get(name).map(String::as_str) }
    }
}
