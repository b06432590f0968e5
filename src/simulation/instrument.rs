//! From a questionnaire and an index definition to a script that simulated respondents can answer.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Problem, Problems};
use reports::index::{Direction, IndexDefinition, Indicator, ValueKind, ValueRule};

use super::item::Item;
use super::script::{MissingCodes, Origin, Script, ScriptQuestion, Writing};
use super::world::stream;
use crate::questionnaire::expression::{Context, Expression, Value};
use crate::questionnaire::{Question, QuestionKind, Questionnaire};
use rand::RngExt;

/// The question whose answer opens the interview; in the simulation everybody who is interviewed has agreed.
const CONSENT: &str = "consent";
/// The question after the number of adults in the household.
const ADULTS: &str = "n_adults";
/// Codes that mean a missing answer; see the naming rules of `questionnaires/README.md`.
const MISSING: [&str; 3] = ["-888", "-999", "-777"];
/// How strongly answers follow place and person.
const LOADING: f64 = 0.9;
/// Levels of questions that open others stay inside these bounds, so that follow-up questions have a base.
const GATE_LEVELS: (f64, f64) = (0.2, 0.9);
/// Shares of the range at which a number question has its possible answers.
const NUMBER_POINTS: [f64; 7] = [0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0];

/// What a question is for in the index.
struct Use<'a> {
    indicator: &'a Indicator,
    rule: &'a ValueRule,
    part: usize,
}

/// The script of `questionnaire`, with the levels of its indicators where `levels` has them.
///
/// # Errors
/// When a question has no possible answer that its own constraint allows.
pub fn script(
    questionnaire: &Questionnaire,
    definition: &IndexDefinition,
    levels: &BTreeMap<String, f64>,
) -> Result<Script, Problems> {
    let uses = uses(definition);
    let gates = gates(questionnaire);
    let groups = groups(definition);
    let mut questions = Vec::new();
    let mut problems = Problems::none();
    for question in questionnaire.questions() {
        let role = uses.get(question.name.as_str());
        let gate = gates.contains(question.name.as_str());
        match origin(questionnaire, question, role, gate, levels) {
            Ok(None) => {}
            Ok(Some((origin, writing))) => {
                let moved = role.is_some() && !gate;
                let (mut dont_know, mut refused) = if moved { missing_rates(role) } else { (0.0, 0.0) };
                if !takes(questionnaire, question, MISSING[0]) {
                    dont_know = 0.0;
                }
                if !takes(questionnaire, question, MISSING[1]) {
                    refused = 0.0;
                }
                questions.push(ScriptQuestion {
                    name: question.name.clone(),
                    relevant: conditions(questionnaire, question),
                    origin,
                    writing,
                    group: role.filter(|_| moved).and_then(|role| groups.get(role.indicator.code.as_str()).copied()),
                    dont_know,
                    refused,
                });
            }
            Err(problem) => problems.push(problem),
        }
    }
    let missing = MissingCodes { dont_know: MISSING[0].to_owned(), refused: MISSING[1].to_owned() };
    let n_groups = groups.values().max().map_or(0, |last| last + 1);
    problems.into_result(Script::new(questionnaire.id().to_owned(), questions, missing, n_groups))
}

fn uses(definition: &IndexDefinition) -> BTreeMap<&str, Use<'_>> {
    let mut uses = BTreeMap::new();
    for indicator in definition.indicators() {
        let Some(rule) = &indicator.value else { continue };
        for (part, name) in rule.questions.iter().enumerate() {
            uses.entry(name.as_str()).or_insert(Use { indicator, rule, part });
        }
    }
    uses
}

/// Questions that decide whether others are asked.
fn gates(questionnaire: &Questionnaire) -> BTreeSet<String> {
    questionnaire
        .questions()
        .iter()
        .flat_map(|question| conditions(questionnaire, question))
        .flat_map(|condition| condition.questions().into_iter().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The group of each indicator: its ancestor just below the root, such as a dimension.
fn groups(definition: &IndexDefinition) -> BTreeMap<&str, usize> {
    let tops: Vec<&str> = definition.child_nodes(definition.root()).map(|node| node.code.as_str()).collect();
    let mut groups = BTreeMap::new();
    for indicator in definition.indicators() {
        let mut code = indicator.parent.as_str();
        while let Some(node) = definition.node(code) {
            if let Some(group) = tops.iter().position(|top| *top == code) {
                groups.insert(indicator.code.as_str(), group);
                break;
            }
            match &node.parent {
                Some(parent) => code = parent,
                None => break,
            }
        }
    }
    groups
}

/// All conditions under which a question is put: its own and those of the sections around it.
fn conditions(questionnaire: &Questionnaire, question: &Question) -> Vec<Expression> {
    let around = questionnaire.sections(question).into_iter().filter_map(|section| section.relevant.as_ref());
    question.relevant.iter().chain(around).map(|formula| formula.expression().clone()).collect()
}

fn origin(
    questionnaire: &Questionnaire,
    question: &Question,
    role: Option<&Use<'_>>,
    gate: bool,
    levels: &BTreeMap<String, f64>,
) -> Result<Option<(Origin, Writing)>, Problem> {
    if question.name == CONSENT {
        return Ok(Some((Origin::Fixed("1".to_owned()), Writing::Code)));
    }
    if question.name == ADULTS {
        return Ok(Some((Origin::Adults, Writing::Number)));
    }
    let writing = match &question.kind {
        QuestionKind::SelectOne(_) => Writing::Code,
        QuestionKind::SelectMultiple(_) => Writing::Codes,
        QuestionKind::Integer | QuestionKind::Decimal => Writing::Number,
        _ => return Ok(None),
    };
    let answers = possible_answers(questionnaire, question, role);
    if answers.is_empty() {
        return Err(Problem::new(
            "simulation_no_answer",
            format!("câu hỏi {} không có câu trả lời nào hợp lệ", question.name),
            format!("question {} has no answer that its constraint allows", question.name),
        ));
    }
    let item = match role {
        Some(role) => indicator_item(role, &answers, gate, levels),
        None if gate && answers.len() == 2 => yes_no_gate(&answers),
        None => Item::uniform(&answers),
    };
    Ok(Some((Origin::Drawn(item), writing)))
}

fn possible_answers(questionnaire: &Questionnaire, question: &Question, role: Option<&Use<'_>>) -> Vec<String> {
    match questionnaire.choices(question) {
        Some(list) => list
            .choices
            .iter()
            .map(|choice| choice.name.clone())
            .filter(|name| !MISSING.contains(&name.as_str()))
            .collect(),
        None => {
            let (low, high) = role.map_or((20.0, 74.0), |role| {
                let (unit, one) = (role.rule.multiply, role.indicator);
                // A median moves within its scale, not within all that could be answered.
                let ends = match role.rule.kind {
                    ValueKind::Median => (one.scale_min, one.scale_max),
                    _ => (one.published_min, one.published_max),
                };
                (ends.0 / unit, ends.1 / unit)
            });
            let mut answers: Vec<String> = NUMBER_POINTS
                .iter()
                .map(|share| (low + share * (high - low)).round().to_string())
                .filter(|answer| allowed(question, answer))
                .collect();
            answers.dedup();
            answers
        }
    }
}

struct OneAnswer<'a>(&'a str);

impl Context for OneAnswer<'_> {
    fn question(&self, _name: &str) -> Value {
        Value::empty()
    }

    fn this(&self) -> Value {
        Value::Text(self.0.to_owned())
    }
}

fn allowed(question: &Question, answer: &str) -> bool {
    question.constraint.as_ref().is_none_or(|constraint| constraint.expression().holds(&OneAnswer(answer)))
}

fn yes_no_gate(answers: &[String]) -> Item {
    let valued: Vec<(String, f64)> =
        answers.iter().map(|answer| (answer.clone(), f64::from(u8::from(answer == "1")))).collect();
    Item::new(&valued, 0.45, 1.0, 1.0)
}

/// The item behind an indicator's question: values by the indicator's own rule, the level shared among its parts.
fn indicator_item(role: &Use<'_>, answers: &[String], gate: bool, levels: &BTreeMap<String, f64>) -> Item {
    let Use { indicator, rule, part } = role;
    let valued: Vec<(String, f64)> = answers
        .iter()
        .map(|answer| {
            let value = match rule.kind {
                kind if kind.is_coded() => f64::from(u8::from(rule.codes.iter().any(|code| code == answer))),
                _ => rule.values.get(answer).copied().or_else(|| answer.parse().ok()).unwrap_or(0.0),
            };
            (answer.clone(), value)
        })
        .collect();
    // Without a published value: somewhat above the middle, different from question to question.
    let assumed = || {
        let low = indicator.published_min;
        low + (indicator.published_max - low) * (0.72 + 0.2 * luck(&indicator.code))
    };
    let level = levels.get(&indicator.code).copied().unwrap_or_else(assumed) / rule.multiply;
    let middle = valued.iter().map(|(_, value)| value).sum::<f64>() / valued.len() as f64;
    let part_level = match rule.kind {
        ValueKind::Share | ValueKind::Mean | ValueKind::MeanShare | ValueKind::Median | ValueKind::All => level,
        ValueKind::Count => level / rule.questions.len() as f64,
        ValueKind::Difference | ValueKind::MeanDifference if *part == 0 => middle + level / 2.0,
        ValueKind::Difference | ValueKind::MeanDifference => middle - level / 2.0,
    };
    let subtracted = matches!(rule.kind, ValueKind::Difference | ValueKind::MeanDifference) && *part > 0;
    let better = if (indicator.direction == Direction::Lower) == subtracted { 1.0 } else { -1.0 };
    let part_level = if gate { part_level.clamp(GATE_LEVELS.0, GATE_LEVELS.1) } else { part_level };
    Item::new(&valued, part_level, better, LOADING * (0.7 + 0.6 * luck(&format!("{}/{part}", indicator.code))))
}

/// Rates of "don't know" and "refused": the same for all parts of an indicator, up to 8 % and 2 %.
fn missing_rates(role: Option<&Use<'_>>) -> (f64, f64) {
    role.map_or((0.0, 0.0), |role| {
        let luck = luck(&format!("missing/{}", role.indicator.code));
        (0.08 * luck * luck, 0.02 * luck)
    })
}

/// Whether the question can be answered with a code: tests of knowledge, for one, take no "don't know".
fn takes(questionnaire: &Questionnaire, question: &Question, code: &str) -> bool {
    questionnaire.choices(question).map_or_else(|| allowed(question, code), |list| list.choice(code).is_some())
}

/// A number of 0…1 that belongs to a label for good.
fn luck(label: &str) -> f64 {
    stream(0, label).random()
}
