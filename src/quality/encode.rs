//! Answers of interviews → the table of codes that the checks look at.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::data::{Battery, Form, Item, ItemKind, Position, cell};
use super::device_log;
use super::rules::Rules;
use crate::questionnaire::{MISSING_CODES, Question, QuestionKind, Questionnaire};

/// Codes of one byte; the highest is left free.
const CODES_MAX: usize = 250;
/// The question that every questionnaire begins with.
const CONSENT: &str = "consent";
/// A telephone number has at least so many digits.
const PHONE_DIGITS_MIN: usize = 8;

/// One questionnaire, ready to encode interviews.
pub struct Encoder<'a> {
    questionnaire: &'a Questionnaire,
    /// By item: the position of its question and the codes of its list.
    columns: Vec<(usize, HashMap<&'a str, u8>)>,
    items: Vec<Item>,
    batteries: Vec<Battery>,
    positions: Vec<&'a str>,
    phones: Vec<&'a str>,
    answers_min: usize,
}

/// The answers of one interview, not yet compared with those of others.
#[derive(Clone, Debug, Default)]
pub struct Encoded {
    cells: Vec<Cell>,
    /// Where it was held, as the first question for a position says.
    pub position: Option<Position>,
    /// A telephone number that was given.
    pub phone: Option<String>,
    /// A fingerprint of all answers; `None` when there are too few to tell people apart.
    pub answers_sha256: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Code(u8),
    Number(f64),
    /// The hash of a set of choices or of a day.
    Hash(u64),
}

impl<'a> Encoder<'a> {
    /// Looks at a questionnaire once.
    #[must_use]
    pub fn new(questionnaire: &'a Questionnaire, rules: &Rules) -> Self {
        let mut made = Self {
            questionnaire,
            columns: Vec::new(),
            items: Vec::new(),
            batteries: Vec::new(),
            positions: Vec::new(),
            phones: Vec::new(),
            answers_min: rules.answers.match_items_min,
        };
        for (at, question) in questionnaire.questions().iter().enumerate() {
            if rules.answers.phone_questions.contains(&question.name) {
                made.phones.push(&question.name);
            }
            // Who agrees tells nobody apart, and everything hangs on it. Turns of a repeat are no items of the interview.
            if question.name == CONSENT || questionnaire.is_repeated(question) {
                continue;
            }
            let kind = match &question.kind {
                QuestionKind::SelectOne(_) => ItemKind::Choice,
                QuestionKind::SelectMultiple(_) | QuestionKind::Date => ItemKind::Choices,
                QuestionKind::Integer | QuestionKind::Decimal => ItemKind::Number,
                QuestionKind::Text => ItemKind::Text,
                QuestionKind::Geopoint => {
                    made.positions.push(&question.name);
                    continue;
                }
                _ => continue,
            };
            made.items.push(Item { name: question.name.clone(), kind, opens: Vec::new() });
            made.columns.push((at, codes(questionnaire, question)));
        }
        made.find_dependents();
        made.find_batteries(rules);
        made
    }

    /// An item opens those whose own condition, or that of a section around them, reads it.
    fn find_dependents(&mut self) {
        let position: HashMap<String, usize> =
            self.items.iter().enumerate().map(|(at, item)| (item.name.clone(), at)).collect();
        for (dependent, (at, _)) in self.columns.iter().enumerate() {
            let question = &self.questionnaire.questions()[*at];
            let around = self.questionnaire.sections(question).into_iter().filter_map(|group| group.relevant.as_ref());
            let mut read: Vec<usize> = around
                .chain(question.relevant.as_ref())
                .flat_map(|formula| formula.expression().questions())
                .filter_map(|name| position.get(name).copied())
                .collect();
            read.sort_unstable();
            read.dedup();
            for item in read {
                self.items[item].opens.push(dependent);
            }
        }
    }

    /// Batteries that the office names; else runs of questions on one list in one section.
    fn find_batteries(&mut self, rules: &Rules) {
        let of_item = |name: &String| self.items.iter().position(|item| item.name == *name);
        let mut named: Vec<Battery> = Vec::new();
        for rule in rules.battery.iter().filter(|rule| rule.form == self.questionnaire.id()) {
            let items: Vec<usize> = rule.questions.iter().filter_map(of_item).collect();
            named.push(Battery { name: rule.name.clone(), items, has_reversed: !rule.reversed.is_empty() });
        }
        let mut found: Vec<(Battery, (&str, Option<usize>))> = Vec::new();
        for (item, (at, codes)) in self.columns.iter().enumerate() {
            let question = &self.questionnaire.questions()[*at];
            let QuestionKind::SelectOne(list) = &question.kind else { continue };
            if codes.len() < rules.answers.battery_choices_min {
                continue;
            }
            let key = (list.as_str(), question.group);
            match found.last_mut() {
                Some((battery, last)) if *last == key && battery.items.last() == Some(&item.wrapping_sub(1)) => {
                    battery.items.push(item);
                }
                _ => found.push((Battery { name: list.clone(), items: vec![item], has_reversed: false }, key)),
            }
        }
        let is_named =
            |battery: &Battery| battery.items.iter().any(|item| named.iter().any(|one| one.items.contains(item)));
        let runs = found.into_iter().map(|(battery, _)| battery).filter(|one| !is_named(one));
        let batteries: Vec<Battery> = named.iter().cloned().chain(runs).collect();
        self.batteries = batteries
            .into_iter()
            .filter(|one| one.items.len() >= rules.answers.battery_items_min)
            .map(|one| self.labelled(one))
            .collect();
    }

    /// Two batteries on one list are told apart by their first and last question.
    fn labelled(&self, mut battery: Battery) -> Battery {
        if let (Some(first), Some(last)) = (battery.items.first(), battery.items.last()) {
            battery.name = format!("{} ({} – {})", battery.name, self.items[*first].name, self.items[*last].name);
        }
        battery
    }

    /// Reads the answers of one interview: JSON values or text, as both clients send them.
    #[must_use]
    pub fn read(&self, answers: &Map<String, Value>) -> Encoded {
        // Collect sends sections around the questions, our own client none.
        let answers = &*self.questionnaire.outside_repeats(answers);
        let mut digest = Sha256::new();
        let mut n_answers = 0_usize;
        let cells = self
            .columns
            .iter()
            .zip(&self.items)
            .map(|((_, codes), item)| {
                let Some(text) = answers.get(&item.name).and_then(text_of) else { return Cell::Code(cell::NONE) };
                let read = read_cell(&text, item.kind, codes);
                if !matches!(read, Cell::Code(code) if !cell::is_answer(code)) {
                    n_answers += 1;
                    for part in [item.name.as_str(), &*text] {
                        digest.update((part.len() as u64).to_le_bytes());
                        digest.update(part);
                    }
                }
                read
            })
            .collect();
        let text = |name: &&str| answers.get(*name).and_then(text_of);
        Encoded {
            cells,
            position: self.positions.iter().filter_map(text).find_map(|text| geopoint(&text)),
            phone: self.phones.iter().filter_map(text).find_map(|text| phone(&text)),
            answers_sha256: (n_answers >= self.answers_min).then(|| hex(&digest.finalize())),
        }
    }

    /// The table of these interviews, row after row: values that at least two of them gave get a code.
    #[must_use]
    pub fn table(&self, rows: &[&Encoded]) -> Form {
        let width = self.items.len();
        let mut form = Form {
            id: self.questionnaire.id().to_owned(),
            items: self.items.clone(),
            cells: vec![cell::NONE; width * rows.len()],
            numbers: vec![Vec::new(); width],
            batteries: self.batteries.clone(),
        };
        for (at, item) in self.items.iter().enumerate() {
            let key = |one: &Cell| match one {
                Cell::Code(_) => None,
                Cell::Number(number) => Some(number.to_bits()),
                Cell::Hash(hash) => Some(*hash),
            };
            let column = || rows.iter().map(|row| row.cells.get(at).copied().unwrap_or(Cell::Code(cell::NONE)));
            let mut counts: HashMap<u64, usize> = HashMap::new();
            for value in column().filter_map(|one| key(&one)) {
                *counts.entry(value).or_default() += 1;
            }
            let mut given: HashMap<u64, u8> = HashMap::new();
            for (row, one) in column().enumerate() {
                let code = match (one, key(&one)) {
                    (Cell::Code(code), _) => code,
                    (_, Some(value)) if counts.get(&value).is_some_and(|count| *count > 1) => {
                        let next = usize::from(cell::FIRST) + given.len();
                        match given.get(&value) {
                            Some(code) => *code,
                            None if next <= CODES_MAX => {
                                let code = u8::try_from(next).unwrap_or(cell::ALONE);
                                given.insert(value, code);
                                code
                            }
                            None => cell::ALONE,
                        }
                    }
                    _ => cell::ALONE,
                };
                form.cells[row * width + at] = code;
            }
            if item.kind == ItemKind::Number {
                form.numbers[at] =
                    column().map(|one| if let Cell::Number(number) = one { number } else { f64::NAN }).collect();
            }
        }
        form
    }
}

/// The codes of a list, without those that say why there is no answer.
fn codes<'a>(questionnaire: &'a Questionnaire, question: &Question) -> HashMap<&'a str, u8> {
    let choices = questionnaire.choices(question).map(|list| list.choices.as_slice()).unwrap_or_default();
    let substantive = choices.iter().filter(|choice| MISSING_CODES.iter().all(|(code, _)| *code != choice.name));
    substantive
        .enumerate()
        .map(|(at, choice)| {
            let code = usize::from(cell::FIRST) + at;
            (
                choice.name.as_str(),
                if code <= CODES_MAX { u8::try_from(code).unwrap_or(cell::ALONE) } else { cell::ALONE },
            )
        })
        .collect()
}

/// An answer as text, several choices separated by blanks; `None` for no answer.
#[must_use]
pub fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => Cow::Borrowed(text.trim()),
        Value::Bool(truth) => Cow::Owned(truth.to_string()),
        Value::Number(number) => Cow::Owned(number.to_string()),
        Value::Array(several) => Cow::Owned(several.iter().filter_map(text_of).collect::<Vec<_>>().join(" ")),
        Value::Object(_) => Cow::Owned(value.to_string()),
    };
    (!text.is_empty()).then_some(text)
}

fn read_cell(text: &str, kind: ItemKind, codes: &HashMap<&str, u8>) -> Cell {
    match text {
        "-888" => return Cell::Code(cell::DONT_KNOW),
        "-999" => return Cell::Code(cell::REFUSED),
        "-777" => return Cell::Code(cell::NONE),
        _ => {}
    }
    match kind {
        ItemKind::Choice => Cell::Code(codes.get(text).copied().unwrap_or(cell::ALONE)),
        ItemKind::Number => match text.parse::<f64>() {
            // One zero: −0 and 0 are the same answer.
            Ok(number) if number.is_finite() => Cell::Number(number + 0.0),
            _ => Cell::Code(cell::ALONE),
        },
        ItemKind::Choices => {
            let mut chosen: Vec<&str> = text.split_whitespace().collect();
            chosen.sort_unstable();
            let mut hasher = DefaultHasher::new();
            chosen.hash(&mut hasher);
            Cell::Hash(hasher.finish())
        }
        ItemKind::Text => Cell::Code(cell::ALONE),
    }
}

/// `latitude longitude altitude accuracy`, the last two optional.
fn geopoint(text: &str) -> Option<Position> {
    let mut parts = text.split_whitespace().map(|part| part.parse::<f64>().ok());
    let (latitude, longitude) = (parts.next()?, parts.next()?);
    device_log::position([latitude, longitude, parts.nth(1).flatten()])
}

/// The digits, with the country's prefix as in the country.
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.strip_prefix("84") {
        Some(rest) if digits.len() == 11 => format!("0{rest}"),
        _ => digits,
    };
    (digits.len() >= PHONE_DIGITS_MIN).then_some(digits)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::questionnaire::{Sheets, xlsform};

    fn questionnaire() -> Questionnaire {
        let survey = "type,name,label,relevant,required\nselect_one yes_no,consent,Đồng ý?,,true()\nselect_one agree,a,A,,\n\
            select_one agree,b,B,,\nselect_one agree,c,C,,\nselect_one agree,d,D,,\ninteger,age,Tuổi,,\n\
            select_one yes_no,works,Có việc?,,\nselect_multiple yes_no,m,M,${works}=1,\ntext,t,T,${works}=1,\n\
            date,born,Ngày,${works}=1,\ngeopoint,place,Chỗ,,\ntext,phone,Điện thoại,,\n";
        let choices = "list_name,name,label\nagree,1,1\nagree,2,2\nagree,3,3\nagree,-888,Không biết\nyes_no,1,Có\nyes_no,0,Không\n";
        let settings = "form_title,form_id,version,default_language\nThử,f,1,vi\n";
        xlsform::read(&Sheets::from_csv(survey, choices, settings).expect("sheets")).expect("a questionnaire")
    }

    fn answers(value: Value) -> Map<String, Value> {
        let Value::Object(answers) = value else { panic!("an object") };
        answers
    }

    #[test]
    fn answers_become_codes_the_same_from_both_clients() {
        let (questionnaire, rules) = (questionnaire(), Rules::defaults().expect("defaults"));
        let encoder = Encoder::new(&questionnaire, &rules);
        let ours = encoder.read(&answers(
            json!({"a": "1", "b": 2, "c": "-888", "age": 41, "works": "1", "m": ["1", "0"], "t": " x ",
            "place": "21.27 106.19 30 4.5", "phone": "+84 912 345 678"}),
        ));
        let collect = encoder
            .read(&answers(json!({"a": "1", "b": "2", "c": "-888", "age": "41", "works": "1", "m": "0 1", "t": "y",
            "place": "21.27 106.19", "phone": "0912345678"})));
        let form = encoder.table(&[&ours, &collect]);
        let names: Vec<&str> = form.items.iter().map(|item| item.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "age", "works", "m", "t", "born", "phone"]);
        assert_eq!(form.row(0), [4, 5, cell::DONT_KNOW, cell::NONE, 4, 4, 4, cell::ALONE, cell::NONE, cell::ALONE]);
        assert_eq!(form.row(0), form.row(1));
        assert_eq!(form.numbers[4], [41.0, 41.0]);
        assert_eq!((ours.phone.as_deref(), collect.phone.as_deref()), (Some("0912345678"), Some("0912345678")));
        assert_eq!(ours.position.map(|one| one.accuracy_metres), Some(Some(4.5)));
        assert_eq!(collect.position.map(|one| one.accuracy_metres), Some(None));
        assert_eq!(ours.answers_sha256, None, "nine answers tell nobody apart");
    }

    #[test]
    fn the_questionnaire_tells_batteries_and_filters() {
        let (questionnaire, mut rules) = (questionnaire(), Rules::defaults().expect("defaults"));
        let form = Encoder::new(&questionnaire, &rules).table(&[]);
        assert_eq!(form.batteries.len(), 1);
        assert_eq!(
            (form.batteries[0].name.as_str(), form.batteries[0].items.as_slice()),
            ("agree (a – d)", [0, 1, 2, 3].as_slice())
        );
        assert_eq!(form.items[5].opens, [6, 7, 8]);
        rules.battery = Rules::from_toml(
            "[[battery]]\nform = \"f\"\nname = \"tin\"\nquestions = [\"a\",\"b\",\"c\",\"d\"]\nreversed = [\"b\"]\n",
        )
        .expect("rules")
        .battery;
        let form = Encoder::new(&questionnaire, &rules).table(&[]);
        assert!(
            form.batteries.len() == 1 && form.batteries[0].has_reversed,
            "the office's takes the place of the one found"
        );
    }

    #[test]
    fn fingerprints_need_answers_enough_and_tell_every_difference() {
        let (questionnaire, mut rules) = (questionnaire(), Rules::defaults().expect("defaults"));
        rules.answers.match_items_min = 3;
        let encoder = Encoder::new(&questionnaire, &rules);
        let of = |value: Value| encoder.read(&answers(value)).answers_sha256;
        let one = of(json!({"a": "1", "b": "2", "t": "x"}));
        assert!(one.is_some());
        assert_eq!(one, of(json!({"t": "x", "b": 2, "a": "1", "phone": ""})));
        assert_ne!(one, of(json!({"a": "1", "b": "2", "t": "y"})));
        assert_eq!(of(json!({"a": "-888", "b": "-999", "c": "1", "t": "x"})), None, "two answers");
    }

    #[test]
    fn wild_answers_are_codes_too() {
        let (questionnaire, rules) = (questionnaire(), Rules::defaults().expect("defaults"));
        let encoder = Encoder::new(&questionnaire, &rules);
        let wild = encoder.read(&answers(
            json!({"a": "17", "age": "1e999", "m": {"x": 1}, "place": "91 200", "phone": "12", "b": [[]], "d": null}),
        ));
        let form = encoder.table(&[&wild]);
        assert_eq!(form.row(0)[..5], [cell::ALONE, cell::NONE, cell::NONE, cell::NONE, cell::ALONE]);
        assert!(wild.position.is_none() && wild.phone.is_none() && form.numbers[4][0].is_nan());
    }
}
