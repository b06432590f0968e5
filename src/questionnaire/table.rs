//! Responses as the table that statistics are computed from.
//!
//! | question | columns | cells |
//! | --- | --- | --- |
//! | integer, decimal | `q` | numbers |
//! | `select_one` | `q` | categories: the codes of the list in its order, without missing codes |
//! | `select_multiple` | `q/code` for each code but missing codes | 1 chosen, 0 not |
//! | date, today | `q` | days since 1970-01-01 |
//! | acknowledge | `q` | 1 |
//! | rank | `q/code` for each code but missing codes | its place in the order, from 1 |
//! | geopoint | `q/latitude`, `q/longitude`, `q/accuracy` | degrees, degrees, metres |
//! | calculate, hidden | `q` | numbers if the formula always gives a number, otherwise categories |
//! | range | `q` | numbers |
//! | all others | `q` | categories: texts in order of appearance |
//!
//! Questions of repeats are not among them: each repeat is a table of its own ([`repeat_tables`]), with one row for each turn and
//! the columns `interview`, `turn` and, inside another repeat, `parent_turn`.
//!
//! A cell without an answer is missing with its reason. A code that the list does not have and an answer that could not be
//! read count as not answered (the responses and their findings keep them).

use std::borrow::Borrow;
use std::collections::BTreeMap;

use estimation::table::{Cells, Column, MissingReason, Table};
use problem::{Place, Problem, Problems};

use super::Questionnaire;
use super::expression::{Expression, Function, Operator};
use super::model::{Question, QuestionKind};
use super::repeats::Scopes;
use super::validate::{Answer, MISSING_CODES, RepeatAnswers, Validated};

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
    /// The place of this code in the order, from 1.
    Place(String),
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
    columns_of_scope(questionnaire, None)
}

/// The columns of the table of a repeat (a position in [`Questionnaire::groups`]) without those that link it.
pub(super) fn columns_of_scope(questionnaire: &Questionnaire, scope: Option<usize>) -> Vec<ColumnSpec> {
    let questions = questionnaire.questions().iter();
    let inside = questions.filter(|question| questionnaire.draft().scope_of_group(question.group) == scope);
    inside.flat_map(|question| columns_of(questionnaire, question)).collect()
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
        QuestionKind::Note | QuestionKind::Audit => Vec::new(),
        QuestionKind::Integer | QuestionKind::Decimal | QuestionKind::Range => {
            vec![column(name.clone(), ColumnKind::Number)]
        }
        QuestionKind::SelectOne(_) => vec![column(name.clone(), ColumnKind::Categories(codes()))],
        QuestionKind::SelectMultiple(_) => {
            codes().into_iter().map(|code| column(format!("{name}/{code}"), ColumnKind::Chosen(code))).collect()
        }
        QuestionKind::Rank(_) => {
            codes().into_iter().map(|code| column(format!("{name}/{code}"), ColumnKind::Place(code))).collect()
        }
        QuestionKind::Date | QuestionKind::Today => vec![column(name.clone(), ColumnKind::Days)],
        QuestionKind::Acknowledge => vec![column(name.clone(), ColumnKind::Acknowledged)],
        QuestionKind::Geopoint => vec![
            column(format!("{name}/latitude"), ColumnKind::Latitude),
            column(format!("{name}/longitude"), ColumnKind::Longitude),
            column(format!("{name}/accuracy"), ColumnKind::Accuracy),
        ],
        QuestionKind::Calculate | QuestionKind::Hidden => {
            let number =
                question.calculation.as_ref().is_some_and(|formula| is_number(questionnaire, formula.expression()));
            vec![column(name.clone(), if number { ColumnKind::Number } else { ColumnKind::Text })]
        }
        _ => vec![column(name.clone(), ColumnKind::Text)],
    }
}

/// Whether an expression gives a number whatever the answers are (an answer that is not there aside).
pub(super) fn is_number(questionnaire: &Questionnaire, expression: &Expression) -> bool {
    match expression {
        Expression::Number(_) | Expression::Negate(_) => true,
        Expression::Question(name) => {
            let kind = questionnaire.question(name).map(|question| &question.kind);
            kind.is_some_and(QuestionKind::is_number)
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
            | Function::StringLength
            | Function::Sum
            | Function::Count
            | Function::CountNonEmpty
            | Function::Position
            | Function::DecimalTime
            | Function::DecimalDateTime
            | Function::Area
            | Function::Distance
            | Function::Random
            | Function::Pow
            | Function::Sqrt
            | Function::Exp
            | Function::Exp10
            | Function::Log
            | Function::Log10 => true,
            Function::Once => arguments.iter().all(|branch| is_number(questionnaire, branch)),
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
pub fn to_table<V: Borrow<Validated>>(questionnaire: &Questionnaire, responses: &[V]) -> Result<Table, Problems> {
    let names = answering(questionnaire, None);
    let mut problems = Problems::none();
    for (index, response) in responses.iter().enumerate() {
        if !response.borrow().answers.iter().map(|(name, _)| name.as_str()).eq(names.iter().copied()) {
            problems.push(of_another(questionnaire, index));
        }
    }
    problems.into_result(())?;
    let rows: Vec<&[(String, Answer)]> =
        responses.iter().map(|response| response.borrow().answers.as_slice()).collect();
    let mut table = Table::new();
    fill(&mut table, columns(questionnaire), &names, &rows)?;
    Ok(table)
}

fn of_another(questionnaire: &Questionnaire, index: usize) -> Problem {
    Problem::new(
        "response_of_another_questionnaire",
        "phiếu trả lời không thuộc bảng hỏi này",
        "the response belongs to another questionnaire",
    )
    .at(Place::row(index + 1))
    .expected(questionnaire.id())
}

/// The column that says to which interview a turn belongs.
pub const INTERVIEW: &str = "interview";
/// The column with the number of the turn among those of the same interview and outer turn.
pub const TURN: &str = "turn";
/// The column with the row of the outer turn in the table of the repeat around, from 1.
pub const PARENT_TURN: &str = "parent_turn";

/// The table of each repeat by its name out of the repeats of each interview, in the order of the questionnaire: one row a turn, linked to the interview by its key.
/// Interviews come in the order of the responses; a repeat without turns is a table without rows.
///
/// # Errors
/// `response_of_another_questionnaire` for each response whose repeats are not those of this questionnaire; another number of
/// keys than responses.
pub fn repeat_tables(
    questionnaire: &Questionnaire,
    responses: &[&[RepeatAnswers]],
    keys: &[String],
) -> Result<Vec<(String, Table)>, Problems> {
    let repeats: Vec<usize> =
        (0..questionnaire.groups().len()).filter(|group| questionnaire.groups()[*group].repeat.is_some()).collect();
    let mut problems = Problems::none();
    if keys.len() != responses.len() {
        let problem = Problem::new("response_keys", "thiếu mã phiếu", "the keys of the interviews are missing");
        problems.push(problem.expected(responses.len().to_string()).got(keys.len().to_string()));
    }
    let names = |repeat: &usize| questionnaire.groups()[*repeat].name.as_str();
    for (index, response) in responses.iter().enumerate() {
        if !response.iter().map(|found| found.repeat.as_str()).eq(repeats.iter().map(names)) {
            problems.push(of_another(questionnaire, index));
        }
    }
    problems.into_result(())?;
    repeats
        .iter()
        .enumerate()
        .map(|(number, repeat)| {
            let asked = answering(questionnaire, Some(*repeat));
            let around = questionnaire
                .draft()
                .scope_around(*repeat)
                .and_then(|around| repeats.iter().position(|one| *one == around));
            let (mut rows, mut links, mut turns, mut parents) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            // How many turns of the repeat around came with the interviews before.
            let mut n_before = 0;
            for (repeats, key) in responses.iter().zip(keys) {
                for turn in &repeats[number].turns {
                    rows.push(turn.answers.as_slice());
                    links.push(Some(key));
                    turns.push(turn.number as f64);
                    parents.push((n_before + turn.parent + 1) as f64);
                }
                n_before += around.map_or(0, |around| repeats[around].turns.len());
            }
            let mut table = Table::new();
            let numbers = |cells| Column { cells: Cells::Numeric(cells), missing_reasons: BTreeMap::new() };
            table.insert(INTERVIEW.to_owned(), Column::categorical(&links))?;
            if around.is_some() {
                table.insert(PARENT_TURN.to_owned(), numbers(parents))?;
            }
            table.insert(TURN.to_owned(), numbers(turns))?;
            fill(&mut table, columns_of_scope(questionnaire, Some(*repeat)), &asked, &rows)?;
            Ok((questionnaire.groups()[*repeat].name.clone(), table))
        })
        .collect()
}

fn fill(
    table: &mut Table,
    specs: Vec<ColumnSpec>,
    names: &[&str],
    rows: &[&[(String, Answer)]],
) -> Result<(), Problems> {
    let positions: BTreeMap<&str, usize> = names.iter().enumerate().map(|(position, name)| (*name, position)).collect();
    for spec in specs {
        let Some(position) = positions.get(spec.question.as_str()) else { continue };
        let answers: Vec<&Answer> = rows.iter().map(|row| &row[*position].1).collect();
        table.insert(spec.name, column(&spec.kind, &answers))?;
    }
    Ok(())
}

/// The questions of a scope that a validated response has answers for.
fn answering(questionnaire: &Questionnaire, scope: Option<usize>) -> Vec<&str> {
    let inside = |question: &&Question| questionnaire.draft().scope_of_group(question.group) == scope;
    let questions = questionnaire.questions().iter().filter(|question| question.kind.has_answer()).filter(inside);
    questions.map(|question| question.name.as_str()).collect()
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
        (ColumnKind::Place(code), Answer::Choices(codes)) => {
            codes.iter().position(|chosen| chosen == code).map(|place| (place + 1) as f64)
        }
        (ColumnKind::Latitude, Answer::Geopoint(point)) => Some(point.latitude_degrees),
        (ColumnKind::Longitude, Answer::Geopoint(point)) => Some(point.longitude_degrees),
        (ColumnKind::Accuracy, Answer::Geopoint(point)) => point.accuracy_metres,
        _ => None,
    }
}
