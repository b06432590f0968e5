//! What an expression is worth in an interview.

use chrono::{DateTime, FixedOffset, NaiveDate};

use super::dates::{decimal_time, format_date, format_moment, to_date, to_moment};
use super::{Expression, Function, Operator, Value, geometry, numbers, texts};

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

    /// The answers to a question in all turns that are due, below the turn that the reader has in common with it; of a repeat,
    /// one value for each turn.
    fn turns(&self, name: &str) -> Vec<Value> {
        vec![self.question(name)]
    }

    /// The answer to a question in the turns given, outermost first: name of the repeat and number from 1.
    fn in_turn(&self, _name: &str, _turns: &[(&str, usize)]) -> Value {
        Value::empty()
    }

    /// The number of the turn around the reader, from 1.
    fn position(&self) -> Option<usize> {
        None
    }

    /// This moment by the device's clock; unknown is the empty text.
    fn now(&self) -> Option<DateTime<FixedOffset>> {
        None
    }

    /// A number from 0 to 1; only a device has one.
    fn random(&self) -> Option<f64> {
        None
    }

    /// The words of a choice of a question, in the language of the interview.
    fn choice_label(&self, _question: &str, _code: &str) -> Option<String> {
        None
    }

    /// A cell of a table of the questionnaire: of the first row whose key is this.
    fn lookup(&self, _table: &str, _column: &str, _key_column: &str, _key: &str) -> Option<String> {
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
pub(super) struct Arguments<'a> {
    expressions: &'a [Expression],
    context: &'a dyn Context,
}

impl Arguments<'_> {
    pub(super) fn count(&self) -> usize {
        self.expressions.len()
    }

    pub(super) fn value(&self, index: usize) -> Value {
        self.expressions.get(index).map_or_else(Value::empty, |expression| expression.evaluate(self.context))
    }

    pub(super) fn number(&self, index: usize) -> f64 {
        self.value(index).to_number()
    }

    pub(super) fn text(&self, index: usize) -> String {
        self.value(index).to_text()
    }

    pub(super) fn truth(&self, index: usize) -> bool {
        self.value(index).to_boolean()
    }

    /// The argument in all turns, where it is a question.
    pub(super) fn turns(&self, index: usize) -> Vec<Value> {
        match self.expressions.get(index) {
            Some(Expression::Question(name)) => self.context.turns(name),
            _ => vec![self.value(index)],
        }
    }

    fn all(&self, from: usize) -> impl Iterator<Item = Value> {
        (from..self.count()).flat_map(|index| self.turns(index))
    }

    pub(super) fn all_numbers(&self) -> impl Iterator<Item = f64> {
        self.all(0).map(|value| value.to_number())
    }

    /// The name where the argument is a question.
    fn name(&self, index: usize) -> &str {
        match self.expressions.get(index) {
            Some(Expression::Question(name)) => name,
            _ => "",
        }
    }

    fn in_turn(&self) -> Value {
        let mut turns = Vec::new();
        for at in (1..self.count()).step_by(2) {
            let number = self.number(at + 1);
            if !(1.0..=1e6).contains(&number) {
                return Value::empty();
            }
            turns.push((self.name(at), number as usize));
        }
        self.context.in_turn(self.name(0), &turns)
    }
}

fn call(function: Function, expressions: &[Expression], context: &dyn Context) -> Value {
    let given = Arguments { expressions, context };
    if let Some(number) = numbers::call(function, &given) {
        return Value::Number(number);
    }
    let text = |text: Option<String>| Value::Text(text.unwrap_or_default());
    match function {
        Function::True => Value::Boolean(true),
        Function::False => Value::Boolean(false),
        Function::Not => Value::Boolean(!given.truth(0)),
        Function::If => given.value(if given.truth(0) { 1 } else { 2 }),
        Function::Coalesce => Some(given.value(0)).filter(|first| !first.is_empty()).unwrap_or_else(|| given.value(1)),
        Function::Once => Some(context.this()).filter(|there| !there.is_empty()).unwrap_or_else(|| given.value(0)),
        Function::Boolean => Value::Boolean(given.truth(0)),
        Function::BooleanFromString => Value::Boolean(matches!(given.text(0).as_str(), "true" | "1")),
        Function::String => Value::Text(given.text(0)),
        Function::Concat => Value::Text(given.all(0).map(|value| value.to_text()).collect()),
        Function::Join => {
            let parts: Vec<String> = given.all(1).map(|value| value.to_text()).collect();
            Value::Text(parts.join(&given.text(0)))
        }
        Function::Checklist => Value::Boolean(numbers::checklist(&given, false)),
        Function::WeightedChecklist => Value::Boolean(numbers::checklist(&given, true)),
        Function::Position => context.position().map_or_else(Value::empty, |position| Value::Number(position as f64)),
        Function::IndexedRepeat => given.in_turn(),
        Function::Random => Value::Number(context.random().unwrap_or(f64::NAN)),
        Function::ChoiceName => text(context.choice_label(given.name(1), &given.text(0))),
        Function::Pulldata => text(context.lookup(&given.text(0), &given.text(1), &given.text(2), &given.text(3))),
        Function::Area => geometry::corners(&given.text(0))
            .map_or_else(Value::empty, |corners| Value::Number(geometry::area(&corners))),
        Function::Distance => {
            let line: Vec<String> = given.all(0).map(|value| value.to_text()).filter(|text| !text.is_empty()).collect();
            geometry::corners(&line.join(";"))
                .map_or_else(Value::empty, |corners| Value::Number(geometry::distance(&corners)))
        }
        Function::Today => context.today().map_or_else(Value::empty, Value::Date),
        Function::Now => context.now().map_or_else(Value::empty, Value::Moment),
        _ => on_dates(function, &given),
    }
}

fn on_dates(function: Function, given: &Arguments<'_>) -> Value {
    match function {
        Function::Date => to_date(&given.value(0)).map_or_else(Value::empty, Value::Date),
        Function::FormatDate => match to_date(&given.value(0)) {
            Some(date) => Value::Text(format_date(date, &given.text(1))),
            None => Value::empty(),
        },
        Function::DateTime => to_moment(&given.value(0)),
        Function::FormatDateTime => match to_moment(&given.value(0)) {
            Value::Moment(moment) => Value::Text(format_moment(moment.naive_local(), &given.text(1))),
            Value::Date(date) => Value::Text(format_moment(date.into(), &given.text(1))),
            _ => Value::empty(),
        },
        Function::DecimalDateTime => match to_moment(&given.value(0)) {
            Value::Text(_) => Value::Number(f64::NAN),
            moment => Value::Number(moment.to_number()),
        },
        Function::DecimalTime => Value::Number(decimal_time(&given.value(0)).unwrap_or(f64::NAN)),
        _ => texts::call(function, given),
    }
}
