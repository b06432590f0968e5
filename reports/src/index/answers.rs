//! From the answers of respondents to the value of each indicator for each of them.

use std::collections::BTreeMap;

use estimation::table::{Cells, Column, MissingReason, Table};
use problem::{Place, Problem, Problems};

use super::definition::IndexDefinition;
use super::rules::{Indicator, PartsMissing, ValueKind, ValueRule};

/// Codes that stand for "don't know", "refused" and "does not apply" in every instrument.
const MISSING_CODES: [(&str, f64, MissingReason); 3] = [
    ("-888", -888.0, MissingReason::DontKnow),
    ("-999", -999.0, MissingReason::Refused),
    ("-777", -777.0, MissingReason::NotApplicable),
];

/// What one respondent said to one part of an indicator.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Value(f64),
    NotApplicable,
    Missing,
}

impl IndexDefinition {
    /// The value of every indicator that can be computed from answers, one a row of the table; NaN marks rows outside the
    /// indicator's base (not asked and no value for that, don't know, refused, not answered), as `estimation` takes it. Not
    /// here: differences of two halves, where no respondent has a value.
    ///
    /// The table has one column a question: choices as categories whose labels are the choice codes (or as numbers), and
    /// for a multiple-choice question one column of 0 and 1 a choice, named `question/choice`.
    ///
    /// # Errors
    /// All at once: `table_unknown_column` for a question that the table lacks; `index_answer_not_a_number` for an answer
    /// that should be a number or has no number in the definition; `index_answer_outside_range` for a value that the
    /// indicator cannot take, with the first row that holds it.
    pub fn indicator_values(&self, table: &Table) -> Result<BTreeMap<String, Vec<f64>>, Problems> {
        let mut problems = Problems::none();
        let mut values = BTreeMap::new();
        for indicator in &self.indicators {
            let Some(rule) = indicator.value.as_ref().filter(|rule| rule.kind != ValueKind::MeanDifference) else {
                continue;
            };
            match respondent_values(indicator, rule, table) {
                Ok(column) => {
                    values.insert(indicator.code.clone(), column);
                }
                Err(told) => problems.extend(told),
            }
        }
        problems.into_result(values)
    }
}

/// The numbers of each question of a difference of two halves, one a row; NaN: not in that half, or no answer.
pub(super) fn halves(rule: &ValueRule, table: &Table) -> Result<Vec<Vec<f64>>, Problems> {
    let number = |part: &Part| if let Part::Value(value) = part { value * rule.multiply } else { f64::NAN };
    Ok(read_parts(rule, table)?.iter().map(|column| column.iter().map(number).collect()).collect())
}

fn respondent_values(indicator: &Indicator, rule: &ValueRule, table: &Table) -> Result<Vec<f64>, Problems> {
    let parts = read_parts(rule, table)?;
    let values: Vec<f64> = (0..table.n_rows())
        .map(|row| {
            let answers: Vec<Part> = parts.iter().map(|part| part[row]).collect();
            combine(rule, &answers)
        })
        .collect();
    let (low, high) = indicator.answer_range();
    let outside = values.iter().enumerate().find(|(_, value)| **value < low - 1e-9 || **value > high + 1e-9);
    match outside {
        None => Ok(values),
        Some((row, value)) => Err(Problem::new(
            "index_answer_outside_range",
            format!("câu trả lời cho chỉ tiêu {} nằm ngoài thang đo", indicator.code),
            format!("an answer for indicator {} is outside its scale", indicator.code),
        )
        .at(Place::column(rule.questions.join(", ")))
        .expected(format!("{low}–{high}"))
        .got((format!("{value} ở người trả lời {}", row + 1), format!("{value} in respondent {}", row + 1)))
        .into()),
    }
}

/// The value of one respondent, NaN when they are outside the base.
fn combine(rule: &ValueRule, answers: &[Part]) -> f64 {
    if answers.iter().all(|answer| *answer == Part::NotApplicable) {
        return rule.not_applicable.unwrap_or(f64::NAN);
    }
    let given: Vec<f64> =
        answers.iter().filter_map(|answer| if let Part::Value(value) = answer { Some(*value) } else { None }).collect();
    let complete = given.len() == answers.len();
    let sum: f64 = given.iter().sum();
    let value = match rule.kind {
        ValueKind::Share if complete => given.iter().copied().fold(0.0, f64::max),
        // The statistic of a median or a difference of halves is made of each respondent's number.
        ValueKind::Mean | ValueKind::Median | ValueKind::MeanDifference if complete => sum,
        ValueKind::Difference if complete => answers_difference(&given),
        ValueKind::Difference if answers.contains(&Part::NotApplicable) => {
            return rule.not_applicable.unwrap_or(f64::NAN);
        }
        ValueKind::All if complete || (rule.parts_missing == PartsMissing::Valid && !given.is_empty()) => {
            given.iter().copied().fold(1.0, f64::min)
        }
        ValueKind::All if rule.parts_missing == PartsMissing::Zero && !given.is_empty() => 0.0,
        ValueKind::Share
        | ValueKind::Mean
        | ValueKind::Difference
        | ValueKind::All
        | ValueKind::Median
        | ValueKind::MeanDifference => f64::NAN,
        ValueKind::Count | ValueKind::MeanShare => {
            let usable = complete || rule.parts_missing != PartsMissing::Missing;
            let number = match (rule.kind, rule.parts_missing) {
                (ValueKind::Count, _) => 1.0,
                (_, PartsMissing::Valid) => given.len() as f64,
                _ => answers.len() as f64,
            };
            if usable && !given.is_empty() { sum / number } else { f64::NAN }
        }
    };
    value * rule.multiply
}

fn answers_difference(given: &[f64]) -> f64 {
    match given {
        [first, second] => first - second,
        _ => f64::NAN,
    }
}

/// One column of parts for each question, or for each choice of a multiple-choice question.
fn read_parts(rule: &ValueRule, table: &Table) -> Result<Vec<Vec<Part>>, Problems> {
    let mut problems = Problems::none();
    let mut parts = Vec::new();
    let coded = rule.kind.is_coded();
    for question in &rule.questions {
        let multiple = table.get(question).is_none() && is_multiple_choice(question, table);
        let names: Vec<String> = if multiple && coded {
            rule.codes.iter().map(|code| format!("{question}/{code}")).collect()
        } else {
            vec![question.clone()]
        };
        for name in names {
            let read = table.column(&name).map_err(|_| unknown_column(&name)).and_then(|column| {
                if multiple {
                    read_column(column, |answer| coded_part(answer, &["1".to_owned()]), &name)
                } else if coded {
                    read_column(column, |answer| coded_part(answer, &rule.codes), &name)
                } else {
                    read_column(column, |answer| number_part(answer, &rule.values), &name)
                }
            });
            match read {
                Ok(column) => parts.push(column),
                Err(problem) => problems.push(problem),
            }
        }
    }
    problems.into_result(parts)
}

fn is_multiple_choice(question: &str, table: &Table) -> bool {
    table.names().any(|name| name.strip_prefix(question).is_some_and(|rest| rest.starts_with('/')))
}

/// The table's own problem would list every column; a questionnaire has hundreds.
fn unknown_column(name: &str) -> Problem {
    Problem::new(
        "table_unknown_column",
        format!("bảng số liệu không có câu hỏi {name}"),
        format!("the table has no question {name}"),
    )
    .at(Place::column(name))
}

/// An answer as it stands in the table.
#[derive(Clone, Copy)]
enum Answer<'a> {
    Label(&'a str),
    Number(f64),
}

fn read_column(column: &Column, part: impl Fn(Answer<'_>) -> Option<f64>, name: &str) -> Result<Vec<Part>, Problem> {
    (0..column.len())
        .map(|row| {
            let answer = match &column.cells {
                Cells::Numeric(values) => values.get(row).copied().filter(|value| !value.is_nan()).map(Answer::Number),
                Cells::Categorical { codes, labels } => codes
                    .get(row)
                    .and_then(|code| usize::try_from(*code).ok())
                    .and_then(|code| labels.get(code))
                    .map(|label| Answer::Label(label)),
            };
            let reason = match answer {
                None => Some(column.missing_reasons.get(&row).copied().unwrap_or(MissingReason::NotAnswered)),
                Some(answer) => missing_code(answer),
            };
            match (reason, answer) {
                (Some(MissingReason::NotApplicable), _) => Ok(Part::NotApplicable),
                (Some(_), _) | (None, None) => Ok(Part::Missing),
                (None, Some(answer)) => part(answer).map(Part::Value).ok_or_else(|| not_a_number(name, row, answer)),
            }
        })
        .collect()
}

fn missing_code(answer: Answer<'_>) -> Option<MissingReason> {
    MISSING_CODES
        .iter()
        .find(|(label, number, _)| match answer {
            Answer::Label(text) => text == *label,
            Answer::Number(value) => value == *number,
        })
        .map(|(_, _, reason)| *reason)
}

fn coded_part(answer: Answer<'_>, codes: &[String]) -> Option<f64> {
    let met = match answer {
        Answer::Label(label) => codes.iter().any(|code| code == label),
        Answer::Number(value) => codes.iter().any(|code| code.parse() == Ok(value)),
    };
    Some(if met { 1.0 } else { 0.0 })
}

fn number_part(answer: Answer<'_>, values: &BTreeMap<String, f64>) -> Option<f64> {
    match answer {
        Answer::Number(value) if values.is_empty() => Some(value).filter(|value| value.is_finite()),
        Answer::Number(value) => values.iter().find(|(code, _)| code.parse() == Ok(value)).map(|(_, number)| *number),
        Answer::Label(label) if values.is_empty() => label.parse().ok().filter(|value: &f64| value.is_finite()),
        Answer::Label(label) => values.get(label).copied(),
    }
}

fn not_a_number(name: &str, row: usize, answer: Answer<'_>) -> Problem {
    let got = match answer {
        Answer::Label(label) => label.to_owned(),
        Answer::Number(value) => value.to_string(),
    };
    Problem::new(
        "index_answer_not_a_number",
        format!("câu trả lời của {name} không đổi được ra số"),
        format!("an answer to {name} has no number"),
    )
    .at(Place::column(name))
    .got((format!("{got} ở người trả lời {}", row + 1), format!("{got} in respondent {}", row + 1)))
}
