//! What an expression is worth in an interview.

use chrono::NaiveDate;

use super::dates::{date_from_days, format_date, parse_date};
use super::{Expression, Function, Operator, Value};

/// Where an expression finds what it reads.
pub trait Context {
    /// The answer to a question; [`Value::empty`] when there is none or routing skipped it.
    fn question(&self, name: &str) -> Value;

    /// The answer being checked (`.`).
    fn this(&self) -> Value {
        Value::empty()
    }

    /// The day of the interview (`today()`); unknown is the empty text.
    fn today(&self) -> Option<NaiveDate> {
        None
    }

    /// A column of the choice being filtered; unknown is the empty text.
    fn choice_column(&self, _name: &str) -> Option<&str> {
        None
    }
}

impl Expression {
    /// The value of the expression. Never fails: what cannot be computed is `''` or not a number, as in `XPath` 1.0.
    #[must_use]
    pub fn evaluate(&self, context: &dyn Context) -> Value {
        match self {
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Question(name) => context.question(name),
            Self::This => context.this(),
            Self::ChoiceColumn(name) => Value::Text(context.choice_column(name).unwrap_or_default().to_owned()),
            Self::Negate(inner) => Value::Number(-inner.evaluate(context).to_number()),
            Self::Binary { operator, left, right } => binary(*operator, left, right, context),
            Self::Call { function, arguments } => call(*function, arguments, context),
        }
    }

    /// The expression as a condition.
    #[must_use]
    pub fn holds(&self, context: &dyn Context) -> bool {
        self.evaluate(context).to_boolean()
    }
}

fn binary(operator: Operator, left: &Expression, right: &Expression, context: &dyn Context) -> Value {
    match operator {
        Operator::Or => return Value::Boolean(left.holds(context) || right.holds(context)),
        Operator::And => return Value::Boolean(left.holds(context) && right.holds(context)),
        _ => {}
    }
    let (left, right) = (left.evaluate(context), right.evaluate(context));
    let (a, b) = (left.to_number(), right.to_number());
    match operator {
        Operator::Or | Operator::And => Value::Boolean(false),
        Operator::Equal => Value::Boolean(left.equals(&right)),
        Operator::NotEqual => Value::Boolean(!left.equals(&right)),
        Operator::Less => Value::Boolean(a < b),
        Operator::LessOrEqual => Value::Boolean(a <= b),
        Operator::Greater => Value::Boolean(a > b),
        Operator::GreaterOrEqual => Value::Boolean(a >= b),
        Operator::Add => Value::Number(a + b),
        Operator::Subtract => Value::Number(a - b),
        Operator::Multiply => Value::Number(a * b),
        Operator::Divide => Value::Number(a / b),
        Operator::Modulo => Value::Number(a % b),
    }
}

/// Arguments by position; one that is absent is empty (the parser has counted them).
struct Arguments<'a> {
    expressions: &'a [Expression],
    context: &'a dyn Context,
}

impl Arguments<'_> {
    fn value(&self, index: usize) -> Value {
        self.expressions.get(index).map_or_else(Value::empty, |expression| expression.evaluate(self.context))
    }

    fn number(&self, index: usize) -> f64 {
        self.value(index).to_number()
    }

    fn text(&self, index: usize) -> String {
        self.value(index).to_text()
    }

    fn truth(&self, index: usize) -> bool {
        self.value(index).to_boolean()
    }

    fn numbers(&self) -> impl Iterator<Item = f64> {
        (0..self.expressions.len()).map(|index| self.number(index))
    }
}

fn call(function: Function, expressions: &[Expression], context: &dyn Context) -> Value {
    let given = Arguments { expressions, context };
    match function {
        Function::True => Value::Boolean(true),
        Function::False => Value::Boolean(false),
        Function::Not => Value::Boolean(!given.truth(0)),
        Function::If => given.value(if given.truth(0) { 1 } else { 2 }),
        Function::Coalesce => Some(given.value(0)).filter(|first| !first.is_empty()).unwrap_or_else(|| given.value(1)),
        Function::Boolean => Value::Boolean(given.truth(0)),
        Function::BooleanFromString => Value::Boolean(matches!(given.text(0).as_str(), "true" | "1")),
        Function::Number => Value::Number(given.number(0)),
        Function::String => Value::Text(given.text(0)),
        Function::Int => Value::Number(given.number(0).trunc()),
        Function::Round => Value::Number(round(given.number(0), (expressions.len() > 1).then(|| given.number(1)))),
        Function::Abs => Value::Number(given.number(0).abs()),
        Function::Min => Value::Number(given.numbers().fold(f64::NAN, f64::min)),
        Function::Max => Value::Number(given.numbers().fold(f64::NAN, f64::max)),
        Function::Today => context.today().map_or_else(Value::empty, Value::Date),
        Function::Date => to_date(&given.value(0)).map_or_else(Value::empty, Value::Date),
        Function::FormatDate => match to_date(&given.value(0)) {
            Some(date) => Value::Text(format_date(date, &given.text(1))),
            None => Value::empty(),
        },
        _ => on_text(function, &given),
    }
}

/// The functions that work on text.
fn on_text(function: Function, given: &Arguments<'_>) -> Value {
    let text = given.text(0);
    match function {
        Function::Selected => {
            let code = given.text(1);
            Value::Boolean(text.split_whitespace().any(|chosen| chosen == code.trim()))
        }
        Function::SelectedAt => {
            let index = given.number(1);
            let whole = index >= 0.0 && index.fract() == 0.0;
            let code = if whole { text.split_whitespace().nth(index as usize) } else { None };
            Value::Text(code.unwrap_or_default().to_owned())
        }
        Function::CountSelected => Value::Number(text.split_whitespace().count() as f64),
        Function::StringLength => Value::Number(text.chars().count() as f64),
        Function::Concat => Value::Text((0..given.expressions.len()).map(|index| given.text(index)).collect()),
        Function::Contains => Value::Boolean(text.contains(&given.text(1))),
        Function::StartsWith => Value::Boolean(text.starts_with(&given.text(1))),
        Function::EndsWith => Value::Boolean(text.ends_with(&given.text(1))),
        Function::Substr => {
            let end = (given.expressions.len() > 2).then(|| given.number(2));
            Value::Text(substr(&text, given.number(1), end))
        }
        Function::SubstringBefore => {
            Value::Text(text.split_once(&given.text(1)).map_or_else(String::new, |(before, _)| before.to_owned()))
        }
        Function::SubstringAfter => {
            Value::Text(text.split_once(&given.text(1)).map_or_else(String::new, |(_, after)| after.to_owned()))
        }
        Function::NormalizeSpace => Value::Text(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        Function::Translate => Value::Text(translate(&text, &given.text(1), &given.text(2))),
        // Every other function is answered by `call`.
        _ => Value::empty(),
    }
}

/// Halves go up (towards plus infinity), at a decimal place from -15 to 15; other places give NaN.
fn round(number: f64, places: Option<f64>) -> f64 {
    let places = places.unwrap_or(0.0);
    if places.fract() != 0.0 || places.abs() > 15.0 {
        return f64::NAN;
    }
    let factor = (0..places.abs() as u32).fold(1.0_f64, |power, _| power * 10.0);
    if places < 0.0 {
        half_up(number / factor) * factor
    } else if number.fract() == 0.0 {
        number
    } else {
        half_up(number * factor) / factor
    }
}

/// Not `floor(x + 0.5)`, which takes 0.49999999999999994 to 1.
fn half_up(number: f64) -> f64 {
    let below = number.floor();
    if number - below >= 0.5 { below + 1.0 } else { below }
}

fn to_date(value: &Value) -> Option<NaiveDate> {
    match value {
        Value::Date(date) => Some(*date),
        // Of a moment such as 2026-11-23T08:00:00+07:00, the day as it was written.
        Value::Text(text) => parse_date(text.split('T').next().unwrap_or_default().trim()),
        Value::Number(days) => date_from_days(*days),
        Value::Boolean(_) => None,
    }
}

fn substr(text: &str, start: f64, end: Option<f64>) -> String {
    let length = text.chars().count() as f64;
    let from_start = |index: f64| if index < 0.0 { (length + index).max(0.0) } else { index.min(length) };
    if start.is_nan() || end.is_some_and(f64::is_nan) {
        return String::new();
    }
    let begin = from_start(start.trunc()) as usize;
    let stop = from_start(end.map_or(length, f64::trunc)) as usize;
    text.chars().skip(begin).take(stop.saturating_sub(begin)).collect()
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    text.chars()
        .filter_map(|character| match from.chars().position(|candidate| candidate == character) {
            None => Some(character),
            Some(index) => to.get(index).copied(),
        })
        .collect()
}
