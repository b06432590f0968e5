//! Which variables can be margins, and in which cell of a margin a household is.

use std::collections::BTreeMap;

use problem::{Language, Place, Problem, Problems, Words};
use sampling::{Sample, SampledUnit};

use super::recipe::MarginRule;
use crate::questionnaire::{Answer, Question, QuestionKind, Questionnaire, Texts, Validated};

/// Values of a column of the frame at most that make a margin.
const FRAME_VALUES_MAX: usize = 40;

/// A variable that can be a margin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginVariable {
    /// Its name in recipes.
    pub name: String,
    /// In words.
    pub label: Words,
    /// Its values with their words; a number has none.
    pub values: Vec<(String, Words)>,
    /// Whether its cells are ranges (`18-29`).
    pub is_number: bool,
    /// Whether the frame tells it, and not an answer.
    pub is_of_frame: bool,
}

/// What is known of a worked case.
#[derive(Clone, Copy)]
pub(super) struct CaseFacts<'a> {
    pub(super) unit: &'a SampledUnit,
    pub(super) interview: Option<&'a Validated>,
    /// People for whom the respondent speaks within the household.
    pub(super) factor: f64,
}

fn words(texts: &Texts, name: &str) -> Words {
    let pick = |languages: &[&str]| texts.first_of(languages).unwrap_or(name).to_owned();
    Words::new(pick(&["vi", "en"]), pick(&["en", "vi"]))
}

/// The variables that can be margins: levels and columns of the frame, questions with one answer, numbers.
#[must_use]
pub fn variables(questionnaire: &Questionnaire, sample: &Sample) -> Vec<MarginVariable> {
    let levels = sample.listed_levels().enumerate().map(|(place, level)| {
        let mut values: Vec<(String, Words)> = Vec::new();
        for label in sample.units.iter().filter_map(|unit| unit.path.get(place)) {
            let code = if label.code.is_empty() { &label.name } else { &label.code };
            if !values.iter().any(|(known, _)| known == code) {
                values.push((code.clone(), Words::from(&label.name)));
            }
        }
        MarginVariable { label: level.words.clone(), ..of_frame(&level.name, values) }
    });
    let carried = sample.carried.iter().enumerate().map(|(place, name)| {
        let mut values: Vec<String> = sample.units.iter().filter_map(|unit| unit.carried.get(place).cloned()).collect();
        values.sort();
        values.dedup();
        of_frame(name, values.into_iter().map(|value| (value.clone(), Words::from(value))).collect())
    });
    let known: Vec<MarginVariable> =
        levels.chain(carried).filter(|one| (2..=FRAME_VALUES_MAX).contains(&one.values.len())).collect();
    let asked = questionnaire.questions().iter().filter(|question| {
        matches!(question.kind, QuestionKind::SelectOne(_) | QuestionKind::Integer)
            && !questionnaire.is_repeated(question)
            && !known.iter().any(|one| one.name == question.name)
    });
    let asked: Vec<MarginVariable> = asked
        .map(|question| MarginVariable {
            name: question.name.clone(),
            label: words(&question.label, &question.name),
            values: choices(questionnaire, question),
            is_number: question.kind == QuestionKind::Integer,
            is_of_frame: false,
        })
        .collect();
    known.into_iter().chain(asked).collect()
}

fn of_frame(name: &str, values: Vec<(String, Words)>) -> MarginVariable {
    MarginVariable { name: name.to_owned(), label: Words::from(name), values, is_number: false, is_of_frame: true }
}

fn choices(questionnaire: &Questionnaire, question: &Question) -> Vec<(String, Words)> {
    let list = questionnaire.choices(question).map(|list| list.choices.as_slice()).unwrap_or_default();
    // Choices that stand for a missing answer (-888, -999) are no part of a population.
    let is_answer = |code: &str| !crate::questionnaire::MISSING_CODES.iter().any(|(missing, _)| *missing == code);
    let told = list.iter().filter(|choice| is_answer(&choice.name));
    told.map(|choice| (choice.name.clone(), words(&choice.label, &choice.name))).collect()
}

/// A value of a case.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Code(String),
    Number(f64),
}

impl Value {
    fn text(&self) -> String {
        match self {
            Self::Code(code) => code.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

fn value(variable: &MarginVariable, sample: &Sample, case: &CaseFacts<'_>) -> Option<Value> {
    if variable.is_of_frame {
        if let Some(place) = sample.listed_levels().position(|level| level.name == variable.name) {
            let label = case.unit.path.get(place)?;
            return Some(Value::Code(if label.code.is_empty() { label.name.clone() } else { label.code.clone() }));
        }
        let place = sample.carried.iter().position(|name| *name == variable.name)?;
        return case.unit.carried.get(place).filter(|text| !text.is_empty()).cloned().map(Value::Code);
    }
    match case.interview?.answer(&variable.name)? {
        Answer::Choice(code) => Some(Value::Code(code.clone())),
        Answer::Number(number) => Some(Value::Number(*number)),
        _ => None,
    }
}

/// The value of a case as recipes write it.
pub(super) fn value_text(variable: &MarginVariable, sample: &Sample, case: &CaseFacts<'_>) -> Option<String> {
    value(variable, sample, case).map(|value| value.text())
}

/// Which values are in a cell.
#[derive(Clone, Debug, PartialEq)]
enum Pattern {
    Codes(Vec<String>),
    Range(f64, f64),
    Others,
}

impl Pattern {
    fn of(text: &str, variable: &MarginVariable) -> Result<Self, Problem> {
        if text == "*" {
            return Ok(Self::Others);
        }
        if !variable.is_number {
            let codes: Vec<String> = text.split('|').map(|code| code.trim().to_owned()).collect();
            if let Some(unknown) = codes.iter().find(|code| !variable.values.iter().any(|(known, _)| known == *code)) {
                let known: Vec<&str> = variable.values.iter().map(|(code, _)| code.as_str()).collect();
                return Err(Problem::new(
                    "margin_value",
                    format!("biến {} không có giá trị này", variable.name),
                    format!("variable {} has no such value", variable.name),
                )
                .at(Place::column(variable.name.clone()))
                .expected(known.join(", "))
                .got(unknown.clone())
                .hint(
                    "gộp nhiều giá trị bằng dấu |, các giá trị còn lại là *",
                    "join values with |; * is all others",
                ));
            }
            return Ok(Self::Codes(codes));
        }
        let read = |part: &str| part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let range = match (text.strip_suffix('+'), text.split_once(['-', '–'])) {
            (Some(low), _) => read(low).map(|low| (low, f64::INFINITY)),
            (None, Some((low, high))) => read(low).zip(read(high)).filter(|(low, high)| low <= high),
            (None, None) => read(text).map(|one| (one, one)),
        };
        let Some((low, high)) = range else {
            return Err(Problem::new(
                "margin_range",
                format!("khoảng của biến số {} không đọc được", variable.name),
                format!("a range of the number {} cannot be read", variable.name),
            )
            .at(Place::column(variable.name.clone()))
            .expected("18-29, 60+, *")
            .got(text));
        };
        Ok(Self::Range(low, high))
    }

    fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Codes(codes), Value::Code(code)) => codes.contains(code),
            (Self::Range(low, high), Value::Number(number)) => low <= number && number <= high,
            _ => false,
        }
    }
}

/// A margin bound to the cases.
pub(super) struct Classified {
    /// In words.
    pub(super) label: Words,
    /// The cells in words, in the order of the rule.
    pub(super) labels: Vec<Words>,
    /// The cell of each case; `None` where a variable has no value.
    pub(super) cell_of: Vec<Option<usize>>,
}

/// Finds the cell of each case; `used` tells which have a weight.
pub(super) fn classify(
    margin: &MarginRule,
    known: &[MarginVariable],
    sample: &Sample,
    cases: &[CaseFacts<'_>],
    used: &[bool],
) -> Result<Classified, Problems> {
    let mut problems = Problems::none();
    let mut variables = Vec::new();
    for name in margin.variables() {
        match known.iter().find(|one| one.name == name) {
            Some(variable) => variables.push(variable),
            None => problems.push(
                Problem::new(
                    "margin_variable",
                    "bảng hỏi và mẫu không có biến này, hoặc biến này không làm biên được",
                    "neither questionnaire nor sample has this variable, or it cannot be a margin",
                )
                .at(Place::column(name))
                .got(name)
                .expected((
                    "câu hỏi một lựa chọn, câu hỏi số nguyên, cấp của mẫu",
                    "a question with one answer, a whole number, a level of the sample",
                )),
            ),
        }
    }
    problems.into_result(())?;
    let (mut patterns, mut labels, mut problems) = (Vec::new(), Vec::new(), Problems::none());
    for cell in &margin.totals {
        let parts: Vec<&str> = cell.category.split('×').map(str::trim).collect();
        if parts.len() != variables.len() {
            problems.push(
                Problem::new("margin_cross", "nhóm không khớp với các biến", "a cell does not fit the variables")
                    .at(Place::column(margin.variable.clone()))
                    .expected(margin.variable.clone())
                    .got(cell.category.clone()),
            );
            continue;
        }
        let made: Result<Vec<Pattern>, Problem> =
            parts.iter().zip(&variables).map(|(part, variable)| Pattern::of(part, variable)).collect();
        match made {
            Ok(made) => patterns.push(made),
            Err(problem) => problems.push(problem),
        }
        labels.push(cell_label(&parts, &variables));
    }
    problems.into_result(())?;
    let mut problems = Problems::none();
    let (mut unknown, mut doubled): (BTreeMap<String, usize>, BTreeMap<String, usize>) = Default::default();
    let mut cell_of = Vec::with_capacity(cases.len());
    for (case, used) in cases.iter().zip(used) {
        let values: Option<Vec<Value>> = variables.iter().map(|variable| value(variable, sample, case)).collect();
        let Some(values) = values.filter(|_| *used) else {
            cell_of.push(None);
            continue;
        };
        let fits = |(at, pattern): (usize, &Pattern)| match pattern {
            // What a cell of the same margin names is not among the others.
            Pattern::Others => !patterns.iter().any(|other| other[at].holds(&values[at])),
            pattern => pattern.holds(&values[at]),
        };
        let holds = |pattern: &Vec<Pattern>| pattern.iter().enumerate().all(fits);
        let found: Vec<usize> = (0..patterns.len()).filter(|cell| holds(&patterns[*cell])).collect();
        let text = || values.iter().map(Value::text).collect::<Vec<_>>().join(" × ");
        match found.as_slice() {
            [one] => cell_of.push(Some(*one)),
            [] => {
                *unknown.entry(text()).or_default() += 1;
                cell_of.push(None);
            }
            _ => {
                *doubled.entry(text()).or_default() += 1;
                cell_of.push(None);
            }
        }
    }
    for (text, n) in unknown {
        problems.push(
            Problem::new(
                "margin_unknown_cell",
                format!("{n} phỏng vấn có giá trị {text} mà biên không có nhóm nào chứa"),
                format!("{n} interviews hold {text}, which no cell of the margin contains"),
            )
            .at(Place::column(margin.variable.clone()))
            .got(text)
            .hint(
                "thêm nhóm đó với tổng thể của nó, hoặc gộp bằng dấu | hay *",
                "add the cell with its total, or join it with | or *",
            ),
        );
    }
    for (text, n) in doubled {
        problems.push(
            Problem::new(
                "margin_overlap",
                format!("{n} phỏng vấn có giá trị {text} nằm trong hai nhóm của biên"),
                format!("{n} interviews hold {text}, which two cells of the margin contain"),
            )
            .at(Place::column(margin.variable.clone()))
            .got(text)
            .hint("các nhóm phải tách rời nhau", "cells must not overlap"),
        );
    }
    problems.into_result(Classified { label: crossed(&variables), labels, cell_of })
}

fn crossed(variables: &[&MarginVariable]) -> Words {
    let join = |language| {
        let parts = variables.iter().map(|one| one.label.in_language(language).to_owned());
        parts.collect::<Vec<_>>().join(" × ")
    };
    Words::new(join(Language::Vi), join(Language::En))
}

fn cell_label(parts: &[&str], variables: &[&MarginVariable]) -> Words {
    let join = |language: Language| {
        let one = |(part, variable): (&&str, &&MarginVariable)| {
            if *part == "*" {
                return Words::new("còn lại", "all others").in_language(language).to_owned();
            }
            let word = |code: &str| {
                let known = variable.values.iter().find(|(known, _)| known == code);
                known.map_or_else(|| code.to_owned(), |(_, words)| words.in_language(language).to_owned())
            };
            part.split('|').map(|code| word(code.trim())).collect::<Vec<_>>().join(" | ")
        };
        parts.iter().zip(variables).map(one).collect::<Vec<_>>().join(" × ")
    };
    Words::new(join(Language::Vi), join(Language::En))
}
