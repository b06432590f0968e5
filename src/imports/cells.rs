//! A cell as the answer of a question.

use serde_json::{Value as Json, json};

use super::columns::Columns;
use super::mapping::Mapping;
use super::table::Table;
use crate::questionnaire::{Question, QuestionKind};

/// The answer in a row; none where nothing is written. What cannot be turned stays as it is written, and is told when it is read.
pub(super) fn answer(
    mapping: &Mapping,
    question: &Question,
    columns: &Columns,
    table: &Table,
    (row, cells): (usize, &[String]),
) -> Option<Json> {
    let cell = |at: usize| cells.get(at).map(String::as_str).unwrap_or_default();
    let number = |at: usize| if table.is_number(row, at) { cell(at).to_owned() } else { number(mapping, cell(at)) };
    match columns {
        Columns::One(at) if question.kind.is_number() && table.is_number(row, *at) => {
            let coded = mapping.codes.get(&question.name).and_then(|codes| codes.get(cell(*at)));
            Some(Json::String(coded.cloned().unwrap_or_else(|| cell(*at).to_owned())))
        }
        Columns::One(at) => one(mapping, question, cell(*at)),
        Columns::Split(choices) => {
            let made = |text: &str| matches!(text.to_lowercase().as_str(), "1" | "true" | "x" | "1.0");
            let chosen: Vec<&str> =
                choices.iter().filter(|(_, at)| made(cell(*at))).map(|(code, _)| code.as_str()).collect();
            (!chosen.is_empty()).then(|| json!(chosen))
        }
        Columns::Position(parts) => {
            let parts: Vec<String> = parts.iter().map(|at| at.map(number).unwrap_or_default()).collect();
            if parts.iter().all(String::is_empty) {
                return None;
            }
            let last = parts.iter().rposition(|part| !part.is_empty()).unwrap_or(0);
            let parts: Vec<&str> =
                parts[..=last].iter().map(|part| if part.is_empty() { "0" } else { part.as_str() }).collect();
            Some(Json::String(parts.join(" ")))
        }
    }
}

fn one(mapping: &Mapping, question: &Question, cell: &str) -> Option<Json> {
    if cell.is_empty() {
        return None;
    }
    let codes = mapping.codes.get(&question.name);
    let coded = |text: &str| codes.and_then(|codes| codes.get(text)).cloned().unwrap_or_else(|| text.to_owned());
    let text = match &question.kind {
        QuestionKind::SelectMultiple(_) | QuestionKind::Rank(_) => {
            let between = mapping.file.between_choices.as_deref().filter(|between| !between.is_empty()).unwrap_or(" ");
            let parts = cell.split(between).map(str::trim).filter(|part| !part.is_empty());
            return Some(Json::Array(parts.map(|part| Json::String(coded(part))).collect()));
        }
        kind if kind.is_number() => number(mapping, &coded(cell)),
        QuestionKind::Date | QuestionKind::Today => day(mapping, &coded(cell)),
        QuestionKind::DateTime | QuestionKind::Start | QuestionKind::End => moment(mapping, &coded(cell)),
        QuestionKind::Acknowledge => match coded(cell).to_lowercase().as_str() {
            "ok" | "true" | "1" | "x" => "OK".to_owned(),
            _ => cell.to_owned(),
        },
        _ => coded(cell),
    };
    Some(Json::String(text))
}

fn number(mapping: &Mapping, text: &str) -> String {
    if mapping.file.decimal_comma { text.replace('.', "").replace(',', ".") } else { text.to_owned() }
}

/// `31/12/2024` as `2024-12-31`; of a moment its day.
fn day(mapping: &Mapping, text: &str) -> String {
    let text = text.split(['T', ' ']).next().unwrap_or(text);
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [day, month, year] if mapping.file.day_first && year.len() == 4 => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    }
}

/// A moment with its zone: the file's own, where it names none.
pub(super) fn moment(mapping: &Mapping, text: &str) -> String {
    let Some((date, time)) = text.split_once(['T', ' ']) else { return text.to_owned() };
    let has_zone = time.ends_with('Z') || time.contains(['+', '-']);
    let zone = if has_zone { "" } else { mapping.file.zone.as_deref().unwrap_or_default() };
    format!("{}T{time}{zone}", day(mapping, date))
}
