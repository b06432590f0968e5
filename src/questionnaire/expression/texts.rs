//! The functions that work on text.

use super::evaluate::Arguments;
use super::{Function, Value, digest, pattern};

/// The value of a function of text; empty for every other function, which [`super::evaluate`] answers itself.
pub(super) fn call(function: Function, given: &Arguments<'_>) -> Value {
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
        Function::Contains => Value::Boolean(text.contains(&given.text(1))),
        Function::StartsWith => Value::Boolean(text.starts_with(&given.text(1))),
        Function::EndsWith => Value::Boolean(text.ends_with(&given.text(1))),
        Function::Substr => {
            let end = (given.count() > 2).then(|| given.number(2));
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
        Function::Regex => Value::Boolean(pattern::fits(&given.text(1), &text)),
        Function::Digest => {
            let encoding = if given.count() > 2 { given.text(2) } else { "base64".to_owned() };
            Value::Text(digest::digest(&text, &given.text(1), &encoding))
        }
        Function::Base64Decode => Value::Text(digest::base64_decode(&text)),
        _ => Value::empty(),
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
