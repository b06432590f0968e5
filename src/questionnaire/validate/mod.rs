//! The answers of an interview against the questionnaire: every answer kept, every doubt told, all at once.

mod answer;
mod findings;
mod read;

use chrono::NaiveDate;
use problem::Problems;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use estimation::table::MissingReason;

pub use answer::{Answer, Geopoint, MISSING_CODES, RepeatAnswers, TurnAnswers};
pub use findings::{Finding, Severity};

use super::Questionnaire;
use super::expression::{Value, parse_date, parse_number};
use super::model::{Choice, Question, QuestionKind};
use super::repeats::{MAX_TURNS, Received, Scopes};
use super::routing::Route;
use super::table::is_number;
use read::Reading;

/// So many questions that the form does not have are told one by one: a device that sends a thousand of them has one fault, not a thousand.
const UNKNOWN_TOLD_MAX: usize = 100;

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
    /// Every question outside repeats that can hold an answer, in the order of the questionnaire, with its answer or why it is missing.
    pub answers: Vec<(String, Answer)>,
    /// The turns of each repeat, in the order of the questionnaire; questions of repeats are not among [`Validated::answers`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub repeats: Vec<RepeatAnswers>,
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
/// A repeat is an array of objects, one for each turn; sections may be objects around their questions or be left out.
///
/// Nothing is dropped: an answer that breaks a rule is kept and a finding tells of it.
#[must_use]
pub fn validate(questionnaire: &Questionnaire, answers: &Map<String, Json>, interview: &Interview) -> Validated {
    let language = interview.language.as_deref().unwrap_or_else(|| questionnaire.default_language());
    let draft = questionnaire.draft();
    let received = Received::sorted(draft, questionnaire.positions(), answers);
    let scope = |question: &Question| draft.scope_of_group(question.group);
    let mut readings: Vec<Vec<Reading>> = questionnaire
        .questions()
        .iter()
        .map(|question| {
            let instances = 0..received.turns.count(scope(question));
            let raw = |instance| received.answer(scope(question), instance, &question.name);
            instances.map(|instance| read::read(questionnaire, question, raw(instance))).collect()
        })
        .collect();
    let today = interview.today.or_else(|| day_of(questionnaire, &readings));
    let value = |reading: &mut Reading| std::mem::replace(&mut reading.value, Value::empty());
    let values = readings.iter_mut().map(|turns| turns.iter_mut().map(value).collect()).collect();
    let route = questionnaire.route_of(values, received.turns.clone(), today, language);
    let mut checking = Checking { questionnaire, route: &route, language, findings: Vec::new(), set_aside: Map::new() };
    let mut checked = Vec::with_capacity(readings.len());
    let mut repeats = RepeatAnswers::blank(draft, &received.turns);
    for (position, (question, readings)) in questionnaire.questions().iter().zip(readings).enumerate() {
        let scope = scope(question);
        for (instance, reading) in readings.into_iter().enumerate() {
            let raw = received.answer(scope, instance, &question.name).filter(|raw| !read::is_blank(raw));
            let turn = received.turns.words(draft, scope, instance);
            let answer = checking.question(At { position, instance, turn: &turn }, question, reading, raw);
            if !question.kind.has_answer() {
                continue;
            }
            match scope {
                None => checked.push((question.name.clone(), answer)),
                Some(repeat) => {
                    if let Some(turn) = repeats.get_mut(&repeat).and_then(|found| found.turns.get_mut(instance)) {
                        turn.answers.push((question.name.clone(), answer));
                    }
                }
            }
        }
    }
    checking.repeats(&received);
    let n_unknown = received.unknown.len();
    for (at, (name, raw)) in received.unknown.into_iter().enumerate() {
        if at < UNKNOWN_TOLD_MAX {
            checking.findings.push(findings::unknown_question(&name, raw));
        }
        checking.set_aside.insert(name, raw.clone());
    }
    if let Some(more) = n_unknown.checked_sub(UNKNOWN_TOLD_MAX + 1) {
        checking.findings.push(findings::more_unknown_questions(more + 1));
    }
    let repeats = repeats.into_values().collect();
    Validated { answers: checked, repeats, set_aside: checking.set_aside, findings: checking.findings }
}

/// The day that the device wrote down: of `today`, else of `start`.
fn day_of(questionnaire: &Questionnaire, readings: &[Vec<Reading>]) -> Option<NaiveDate> {
    let of_kind = |kind: QuestionKind| {
        let position = questionnaire.questions().iter().position(|question| question.kind == kind)?;
        readings.get(position)?.first().map(|reading| reading.value.to_text())
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

/// A question in one turn.
#[derive(Clone, Copy)]
struct At<'a> {
    position: usize,
    instance: usize,
    turn: &'a str,
}

impl Checking<'_> {
    fn find(&mut self, at: At<'_>, finding: Finding) {
        self.findings.push(finding.in_turn(at.turn));
    }

    fn question(&mut self, at: At<'_>, question: &Question, reading: Reading, raw: Option<&Json>) -> Answer {
        if !self.route.is_relevant_at(at.position, at.instance) || !question.kind.has_answer() {
            // The log of the screen is a file beside the answers, whose name comes with them.
            if let Some(raw) = raw.filter(|_| question.kind != QuestionKind::Audit) {
                self.find(at, findings::not_due(question, raw));
                let name =
                    if at.turn.is_empty() { question.name.clone() } else { format!("{}/{}", at.turn, question.name) };
                self.set_aside.insert(name, raw.clone());
            }
            return Answer::Missing(MissingReason::NotApplicable);
        }
        let route = self.route;
        if question.is_calculated() {
            return self.calculation(at, question, raw);
        }
        reading.findings.into_iter().for_each(|finding| self.find(at, finding));
        let this = route.value_at(at.position, at.instance);
        let Some(raw) = raw else {
            let view = route.view(at.position, at.instance, this);
            if question.required.as_ref().is_some_and(|formula| formula.expression().holds(&view)) {
                self.find(at, findings::required(question, self.language));
            }
            return Answer::Missing(MissingReason::NotAnswered);
        };
        if matches!(reading.answer, Answer::Unreadable(_)) {
            return reading.answer;
        }
        let view = route.view(at.position, at.instance, this);
        if question.constraint.as_ref().is_some_and(|formula| !formula.expression().holds(&view)) {
            self.find(at, findings::constraint(question, raw, self.language));
        }
        self.offered(at, question, &reading.answer);
        reading.answer
    }

    /// What the device calculated must be what is calculated here; the value here counts, but for what only the device knows.
    fn calculation(&mut self, at: At<'_>, question: &Question, raw: Option<&Json>) -> Answer {
        let value = self.route.value_at(at.position, at.instance);
        if let Some(raw) = raw
            && !question.is_known_to_the_device_only()
            && !read::agrees(raw, value)
        {
            self.find(at, findings::calculation(question, raw, value));
        }
        // A number that only the device knows comes from Collect as text.
        let is_number =
            || question.calculation.as_ref().is_some_and(|formula| is_number(self.questionnaire, formula.expression()));
        match value {
            Value::Text(text) if question.is_known_to_the_device_only() && is_number() => parse_number(text)
                .filter(|number| number.is_finite())
                .map_or_else(|| Answer::calculated(value), Answer::Number),
            _ => Answer::calculated(value),
        }
    }

    /// Choices that the filter does not offer here; an order without all that it offers.
    fn offered(&mut self, at: At<'_>, question: &Question, answer: &Answer) {
        let chosen: &[String] = match answer {
            Answer::Choice(code) => std::slice::from_ref(code),
            Answer::Choices(codes) => codes,
            _ => return,
        };
        let (list, route) = (self.questionnaire.choices(question), self.route);
        let is_offered = |choice: &Choice| {
            let view = route.view(at.position, at.instance, &EMPTY).of_choice(choice);
            question.choice_filter.as_ref().is_none_or(|filter| filter.expression().holds(&view))
        };
        if question.choice_filter.is_some() {
            for choice in chosen.iter().filter_map(|code| list.and_then(|list| list.choice(code))) {
                if !is_offered(choice) {
                    self.find(at, findings::not_offered(question, &choice.name));
                }
            }
        }
        if matches!(question.kind, QuestionKind::Rank(_)) {
            let choices = list.map(|list| list.choices.as_slice()).unwrap_or_default().iter();
            let lacking =
                |choice: &&Choice| answer::missing_reason(&choice.name).is_none() && !chosen.contains(&choice.name);
            let missing: Vec<&str> = choices
                .filter(lacking)
                .filter(|choice| is_offered(choice))
                .map(|choice| choice.name.as_str())
                .collect();
            if !missing.is_empty() {
                self.find(at, findings::incomplete_order(question, &missing.join(", ")));
            }
        }
    }

    /// Repeats with another number of turns than they should have.
    fn repeats(&mut self, received: &Received<'_>) {
        let draft = self.questionnaire.draft();
        for repeat in &received.too_many {
            self.findings.push(findings::too_many_turns(&draft.groups[*repeat].name, MAX_TURNS));
        }
        for (repeat, group) in draft.groups.iter().enumerate() {
            let Some(count) = group.repeat.as_ref().and_then(|repeat| repeat.count.as_ref()) else { continue };
            let around = draft.scope_around(repeat);
            for instance in 0..received.turns.count(around) {
                let expected = count.expression().evaluate(&self.route.view_around(repeat, instance)).to_number();
                let got = received.turns.inside(repeat, instance).count();
                let due = received
                    .turns
                    .inside(repeat, instance)
                    .next()
                    .is_none_or(|turn| self.route.repeat_is_relevant(repeat, turn));
                // Without a number there are no turns to count; a repeat that is not due may have kept none.
                if due && got > 0 && expected.is_finite() && expected.max(0.0).trunc() != got as f64 {
                    let turn = received.turns.words(draft, around, instance);
                    self.findings.push(findings::turn_count(&group.name, expected, got).in_turn(&turn));
                }
            }
        }
    }
}

static EMPTY: Value = Value::Text(String::new());
