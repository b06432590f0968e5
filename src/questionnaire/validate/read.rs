//! From what was received to an answer of the question's kind.

use estimation::table::MissingReason;
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use super::answer::missing_reason;
use super::findings::{self, Finding};
use super::{Answer, Geopoint};
use crate::questionnaire::Questionnaire;
use crate::questionnaire::expression::{Value, parse_date, parse_moment, parse_number, parse_time};
use crate::questionnaire::model::{Question, QuestionKind};

/// An answer as it was read: how it counts, what it is worth to formulas, what is wrong with it.
pub(super) struct Reading {
    pub(super) answer: Answer,
    pub(super) value: Value,
    pub(super) findings: Vec<Finding>,
}

impl Reading {
    fn of(answer: Answer, value: Value) -> Self {
        Self { answer, value, findings: Vec::new() }
    }
}

/// Null, blank text and an empty array are no answer.
pub(super) fn is_blank(raw: &Json) -> bool {
    match raw {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Reads the answer to a question; what cannot be read is kept as it came.
pub(super) fn read(questionnaire: &Questionnaire, question: &Question, raw: Option<&Json>) -> Reading {
    let Some(raw) = raw.filter(|raw| !is_blank(raw)) else {
        return Reading::of(Answer::Missing(MissingReason::NotAnswered), Value::empty());
    };
    let several = matches!(raw, Json::Array(_));
    if several && !matches!(question.kind, QuestionKind::SelectMultiple(_) | QuestionKind::Rank(_)) {
        return unreadable(question, raw);
    }
    let Some(text) = scalar_text(raw) else { return unreadable(question, raw) };
    if let Some(reason) = missing_reason(&text) {
        return missing(questionnaire, question, text, reason);
    }
    let read = match &question.kind {
        QuestionKind::SelectOne(_) => return choice(questionnaire, question, text),
        QuestionKind::SelectMultiple(_) | QuestionKind::Rank(_) => return choices(questionnaire, question, &text),
        QuestionKind::Integer => whole(&text).map(|number| (Answer::Number(number), Value::Number(number))),
        QuestionKind::Decimal | QuestionKind::Range => {
            finite(&text).map(|number| (Answer::Number(number), Value::Number(number)))
        }
        QuestionKind::Date | QuestionKind::Today => {
            parse_date(&text).map(|date| (Answer::Date(date), Value::Date(date)))
        }
        QuestionKind::Geopoint => geopoint(&text).map(|point| (Answer::Geopoint(point), Value::Text(text.clone()))),
        QuestionKind::Acknowledge => (text == "OK").then(|| (Answer::Acknowledged, Value::Text(text.clone()))),
        QuestionKind::DateTime => parse_moment(&text).map(|moment| (Answer::Text(text.clone()), Value::Moment(moment))),
        QuestionKind::Time => parse_time(&text).map(|_| (Answer::Text(text.clone()), Value::Text(text.clone()))),
        QuestionKind::Geotrace => line(&text, 2).then(|| (Answer::Text(text.clone()), Value::Text(text.clone()))),
        QuestionKind::Geoshape => line(&text, 4).then(|| (Answer::Text(text.clone()), Value::Text(text.clone()))),
        QuestionKind::Calculate | QuestionKind::Hidden => Some((Answer::Text(text.clone()), Value::Text(text))),
        QuestionKind::Note => return Reading::of(Answer::Text(text), Value::empty()),
        _ => raw.is_string().then(|| (Answer::Text(text.clone()), Value::Text(text.clone()))),
    };
    match read {
        Some((answer, value)) => Reading::of(answer, value),
        None => unreadable(question, raw),
    }
}

/// Texts and numbers as text, NFC; several from an array with blanks between. None for truths and what is nested.
fn scalar_text(raw: &Json) -> Option<String> {
    match raw {
        // Most texts are codes, which the long way would only copy letter by letter.
        Json::String(text) if text.is_ascii() => Some(text.trim().to_owned()),
        Json::String(text) => Some(text.trim().nfc().collect()),
        Json::Number(number) => Some(number_text(number)),
        Json::Array(items) => {
            let flat = |item: &Json| if item.is_array() { None } else { scalar_text(item) };
            items.iter().map(flat).collect::<Option<Vec<_>>>().map(|texts| texts.join(" "))
        }
        _ => None,
    }
}

/// A JSON number as formulas write it: 5.0 is `5`, so that it can be a choice code.
fn number_text(number: &serde_json::Number) -> String {
    number.as_f64().map_or_else(|| number.to_string(), |number| Value::Number(number).to_text())
}

fn whole(text: &str) -> Option<f64> {
    // Up to 2^53 a floating-point number holds every whole number.
    finite(text).filter(|number| number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0)
}

fn finite(text: &str) -> Option<f64> {
    parse_number(text).filter(|number| number.is_finite())
}

fn geopoint(text: &str) -> Option<Geopoint> {
    let numbers: Vec<f64> = text.split_whitespace().map(finite).collect::<Option<_>>()?;
    let (latitude, longitude) = (*numbers.first()?, *numbers.get(1)?);
    let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0 && numbers.len() <= 4;
    on_earth.then(|| Geopoint {
        latitude_degrees: latitude,
        longitude_degrees: longitude,
        altitude_metres: numbers.get(2).copied(),
        accuracy_metres: numbers.get(3).copied(),
    })
}

/// A line or shape of at least so many corners.
fn line(text: &str, least: usize) -> bool {
    let corners: Vec<&str> = text.split(';').map(str::trim).filter(|corner| !corner.is_empty()).collect();
    corners.len() >= least && corners.iter().all(|corner| geopoint(corner).is_some())
}

fn unreadable(question: &Question, raw: &Json) -> Reading {
    let kept = raw.as_str().map_or_else(|| raw.to_string(), str::to_owned);
    let findings = vec![findings::wrong_kind(question, raw)];
    Reading { answer: Answer::Unreadable(kept), value: Value::empty(), findings }
}

/// A missing code; a select question must offer it.
fn missing(questionnaire: &Questionnaire, question: &Question, code: String, reason: MissingReason) -> Reading {
    let mut findings = Vec::new();
    if let Some(list) = questionnaire.choices(question)
        && list.choice(&code).is_none()
    {
        findings.push(findings::not_in_list(question, list, &code));
    }
    let value = match question.kind {
        QuestionKind::Integer | QuestionKind::Decimal | QuestionKind::Range => {
            Value::Number(finite(&code).unwrap_or(f64::NAN))
        }
        _ => Value::Text(code),
    };
    Reading { answer: Answer::Missing(reason), value, findings }
}

fn choice(questionnaire: &Questionnaire, question: &Question, code: String) -> Reading {
    let mut findings = Vec::new();
    if let Some(list) = questionnaire.choices(question)
        && list.choice(&code).is_none()
    {
        findings.push(findings::not_in_list(question, list, &code));
    }
    Reading { answer: Answer::Choice(code.clone()), value: Value::Text(code), findings }
}

fn choices(questionnaire: &Questionnaire, question: &Question, text: &str) -> Reading {
    let codes: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    let mut findings = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        if codes[..index].contains(code) {
            findings.push(findings::repeated_choice(question, code));
        } else if missing_reason(code).is_some() {
            findings.push(findings::mixed_missing(question, code));
        } else if let Some(list) = questionnaire.choices(question)
            && list.choice(code).is_none()
        {
            findings.push(findings::not_in_list(question, list, code));
        }
    }
    Reading { answer: Answer::Choices(codes.clone()), value: Value::Text(codes.join(" ")), findings }
}

/// Whether what the device calculated is what is calculated here; numbers agree to 1 part in 10^9.
pub(super) fn agrees(raw: &Json, value: &Value) -> bool {
    let Some(text) = scalar_text(raw) else {
        return matches!((raw, value), (Json::Bool(received), Value::Boolean(truth)) if received == truth);
    };
    match (parse_number(&text), value) {
        (Some(received), Value::Number(number)) => (received - number).abs() <= 1e-9 * number.abs().max(1.0),
        _ => text == value.to_text(),
    }
}
