//! Responses as the table that statistics are computed from.
//!
//! | question | columns | cells |
//! | --- | --- | --- |
//! | integer, decimal | `q` | numbers |
//! | `select_one` | `q` | categories: the codes of the list in its order, without missing codes |
//! | `select_multiple` | `q/code` for each code but missing codes | 1 chosen, 0 not |
//! | date, today | `q` | days since 1970-01-01 |
//! | acknowledge | `q` | 1 |
//! | geopoint | `q/latitude`, `q/longitude`, `q/accuracy` | degrees, degrees, metres |
//! | calculate | `q` | numbers if the formula always gives a number, otherwise categories |
//! | text, start, end, deviceid | `q` | categories: texts in order of appearance |
//!
//! A cell without an answer is missing with its reason. A code that the list does not have and an answer that could not be
//! read count as not answered (the responses and their findings keep them).

use std::collections::BTreeMap;

use estimation::table::{Cells, Column, MissingReason, Table};
use problem::{Place, Problem, Problems};

use super::Questionnaire;
use super::expression::{Expression, Function, Operator};
use super::model::{Question, QuestionKind};
use super::validate::{Answer, MISSING_CODES, Validated};

/// What the cells of a column are.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Numbers.
    Number,
    /// Categories with these labels.
    Categories(Vec<String>),
    /// Texts as categories.
    Text,
    /// 1 if this code is chosen, 0 if not.
    Chosen(String),
    /// Days since 1970-01-01.
    Days,
    /// 1 when confirmed.
    Acknowledged,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
    /// Metres.
    Accuracy,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// The question it comes from.
    pub question: String,
    /// What its cells are.
    pub kind: ColumnKind,
}

/// The columns of the questionnaire's table, in the order of the interview.
#[must_use]
pub fn columns(questionnaire: &Questionnaire) -> Vec<ColumnSpec> {
    questionnaire.questions().iter().flat_map(|question| columns_of(questionnaire, question)).collect()
}

fn columns_of(questionnaire: &Questionnaire, question: &Question) -> Vec<ColumnSpec> {
    let name = &question.name;
    let column = |name: String, kind| ColumnSpec { name, question: question.name.clone(), kind };
    let codes = || -> Vec<String> {
        let choices = questionnaire.choices(question).map(|list| list.choices.as_slice()).unwrap_or_default();
        let is_missing = |code: &str| MISSING_CODES.iter().any(|(missing, _)| *missing == code);
        choices.iter().map(|choice| choice.name.clone()).filter(|code| !is_missing(code)).collect()
    };
    match &question.kind {
        QuestionKind::Note => Vec::new(),
        QuestionKind::Integer | QuestionKind::Decimal => vec![column(name.clone(), ColumnKind::Number)],
        QuestionKind::SelectOne(_) => vec![column(name.clone(), ColumnKind::Categories(codes()))],
        QuestionKind::SelectMultiple(_) => {
            codes().into_iter().map(|code| column(format!("{name}/{code}"), ColumnKind::Chosen(code))).collect()
        }
        QuestionKind::Date | QuestionKind::Today => vec![column(name.clone(), ColumnKind::Days)],
        QuestionKind::Acknowledge => vec![column(name.clone(), ColumnKind::Acknowledged)],
        QuestionKind::Geopoint => vec![
            column(format!("{name}/latitude"), ColumnKind::Latitude),
            column(format!("{name}/longitude"), ColumnKind::Longitude),
            column(format!("{name}/accuracy"), ColumnKind::Accuracy),
        ],
        QuestionKind::Calculate => {
            let number =
                question.calculation.as_ref().is_some_and(|formula| is_number(questionnaire, formula.expression()));
            vec![column(name.clone(), if number { ColumnKind::Number } else { ColumnKind::Text })]
        }
        QuestionKind::Text | QuestionKind::Start | QuestionKind::End | QuestionKind::DeviceId => {
            vec![column(name.clone(), ColumnKind::Text)]
        }
    }
}

/// Whether an expression gives a number whatever the answers are (an answer that is not there aside).
fn is_number(questionnaire: &Questionnaire, expression: &Expression) -> bool {
    match expression {
        Expression::Number(_) | Expression::Negate(_) => true,
        Expression::Question(name) => {
            let kind = questionnaire.question(name).map(|question| &question.kind);
            matches!(kind, Some(QuestionKind::Integer | QuestionKind::Decimal))
        }
        Expression::Text(_) | Expression::This | Expression::ChoiceColumn(_) => false,
        Expression::Binary { operator, .. } => matches!(
            operator,
            Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Modulo
        ),
        Expression::Call { function, arguments } => match function {
            Function::Number
            | Function::Int
            | Function::Round
            | Function::Abs
            | Function::Min
            | Function::Max
            | Function::CountSelected
            | Function::StringLength => true,
            Function::If => arguments.iter().skip(1).all(|branch| is_number(questionnaire, branch)),
            Function::Coalesce => arguments.iter().all(|branch| is_number(questionnaire, branch)),
            _ => false,
        },
    }
}

/// The table of these responses, one row each, in their order.
///
/// # Errors
/// `response_of_another_questionnaire` for each response whose answers are not those of this questionnaire.
pub fn to_table(questionnaire: &Questionnaire, responses: &[Validated]) -> Result<Table, Problems> {
    let names: Vec<&str> = answering(questionnaire).collect();
    let mut problems = Problems::none();
    for (index, response) in responses.iter().enumerate() {
        if !response.answers.iter().map(|(name, _)| name.as_str()).eq(names.iter().copied()) {
            let problem = Problem::new(
                "response_of_another_questionnaire",
                "phiếu trả lời không thuộc bảng hỏi này",
                "the response belongs to another questionnaire",
            );
            problems.push(problem.at(Place::row(index + 1)).expected(questionnaire.id()));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let positions: BTreeMap<&str, usize> = names.iter().enumerate().map(|(position, name)| (*name, position)).collect();
    let mut table = Table::new();
    for spec in columns(questionnaire) {
        let Some(position) = positions.get(spec.question.as_str()) else { continue };
        let answers: Vec<&Answer> = responses.iter().map(|response| &response.answers[*position].1).collect();
        table.insert(spec.name, column(&spec.kind, &answers))?;
    }
    Ok(table)
}

/// The questions that a validated response has answers for.
fn answering(questionnaire: &Questionnaire) -> impl Iterator<Item = &str> {
    let questions = questionnaire.questions().iter().filter(|question| question.kind.has_answer());
    questions.map(|question| question.name.as_str())
}

fn column(kind: &ColumnKind, answers: &[&Answer]) -> Column {
    let mut reasons: BTreeMap<usize, MissingReason> = BTreeMap::new();
    let mut missing = |row: usize, answer: &Answer| {
        reasons.insert(row, answer.missing().unwrap_or(MissingReason::NotAnswered));
    };
    let cells = match kind {
        ColumnKind::Categories(labels) => {
            let codes = answers.iter().enumerate().map(|(row, answer)| {
                let position = match answer {
                    Answer::Choice(code) => labels.iter().position(|label| label == code),
                    _ => None,
                };
                position.and_then(|position| u32::try_from(position).ok()).unwrap_or_else(|| {
                    missing(row, answer);
                    Cells::MISSING_CODE
                })
            });
            Cells::Categorical { codes: codes.collect(), labels: labels.clone() }
        }
        ColumnKind::Text => {
            let texts: Vec<Option<String>> = answers
                .iter()
                .enumerate()
                .map(|(row, answer)| {
                    let text = text(answer);
                    if text.is_none() {
                        missing(row, answer);
                    }
                    text
                })
                .collect();
            Column::categorical(&texts).cells
        }
        _ => {
            let numbers = answers.iter().enumerate().map(|(row, answer)| {
                number(kind, answer).unwrap_or_else(|| {
                    missing(row, answer);
                    f64::NAN
                })
            });
            Cells::Numeric(numbers.collect())
        }
    };
    Column { cells, missing_reasons: reasons }
}

fn text(answer: &Answer) -> Option<String> {
    match answer {
        Answer::Text(text) => Some(text.clone()),
        Answer::Number(number) => Some(number.to_string()),
        Answer::Date(date) => Some(date.to_string()),
        _ => None,
    }
}

fn number(kind: &ColumnKind, answer: &Answer) -> Option<f64> {
    match (kind, answer) {
        (ColumnKind::Number, Answer::Number(number)) => Some(*number),
        (ColumnKind::Days, Answer::Date(date)) => Some(super::expression::Value::Date(*date).to_number()),
        (ColumnKind::Acknowledged, Answer::Acknowledged) => Some(1.0),
        (ColumnKind::Chosen(code), Answer::Choices(codes)) => Some(f64::from(u8::from(codes.contains(code)))),
        (ColumnKind::Latitude, Answer::Geopoint(point)) => Some(point.latitude_degrees),
        (ColumnKind::Longitude, Answer::Geopoint(point)) => Some(point.longitude_degrees),
        (ColumnKind::Accuracy, Answer::Geopoint(point)) => point.accuracy_metres,
        _ => None,
    }
}
