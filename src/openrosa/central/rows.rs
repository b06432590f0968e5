//! An interview as rows: one in `Submissions`, one for each turn in the table of its repeat.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::geometry::geometry;
use super::schema::{Content, FieldKind, Node, Schema};
use crate::openrosa::form::{CASE_ID, DISPOSITION, ENDED, QUESTIONNAIRE, STARTED};
use crate::questionnaire::Arranged;

/// The table that has one row for each interview.
pub const SUBMISSIONS: &str = "Submissions";

/// What the server knows of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// When it arrived, by the server's clock (RFC 3339).
    pub submission_date: String,
    /// When something was last said of it.
    pub updated_at: Option<String>,
    /// The number of who sent it.
    pub submitter_id: i32,
    /// Who sent it.
    pub submitter_name: Option<String>,
    /// How many files came with it.
    pub n_attachments: i64,
    /// How many files it names.
    pub n_attachments_expected: i64,
    /// Where it stands.
    pub review_state: Option<&'static str>,
    /// How many corrections stand before it in its chain: 1 for a correction.
    pub n_edits: i64,
    /// Version of the form that it answers.
    pub form_version: Option<String>,
}

/// A submission.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    /// Its id.
    pub id: String,
    /// The case it is about.
    pub case_id: String,
    /// Outcome code.
    pub disposition: String,
    /// SHA-256 of the questionnaire that was answered.
    pub questionnaire_sha256: Option<String>,
    /// Start by the device's clock.
    pub started_at: Option<String>,
    /// End by the device's clock.
    pub ended_at: Option<String>,
    /// The answers as they came.
    pub answers: Arranged<'a>,
    /// What the server knows of it.
    pub system: System,
}

/// How rows are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Positions as well-known text and not as `GeoJSON`.
    pub wkt: bool,
    /// Repeats inside the rows.
    pub expand: bool,
}

/// The rows of a submission in a table, given as the names of its sections (empty: `Submissions`); `None` when there is no such table.
#[must_use]
pub fn rows(schema: &Schema, table: &[&str], instance: &Instance<'_>, shape: Shape) -> Option<Vec<Map<String, Value>>> {
    let writer = Writer { instance, shape };
    if table.is_empty() {
        let mut row = writer.bag(&schema.nodes, &instance.answers, &instance.id);
        row.insert("__id".to_owned(), json!(instance.id));
        row.insert("__system".to_owned(), instance.system.to_json());
        return Some(vec![row]);
    }
    let mut found = Vec::new();
    let around = Around { id: instance.id.clone(), link: link_name(&[]), path: Vec::new() };
    writer.turns_of(&schema.nodes, table, &instance.answers, &around, &mut found).then_some(found)
}

/// The property that names the row around: `__Submissions-id`, `__Submissions-house-member-id`.
#[must_use]
pub fn link_name(repeat: &[&str]) -> String {
    let parts: Vec<&str> = [SUBMISSIONS].iter().chain(repeat).copied().collect();
    format!("__{}-id", parts.join("-"))
}

impl System {
    fn to_json(&self) -> Value {
        json!({
            "submissionDate": self.submission_date,
            "updatedAt": self.updated_at,
            "submitterId": self.submitter_id.to_string(),
            "submitterName": self.submitter_name,
            "attachmentsPresent": self.n_attachments,
            "attachmentsExpected": self.n_attachments_expected,
            "status": null,
            "reviewState": self.review_state,
            "deviceId": null,
            "edits": self.n_edits,
            "formVersion": self.form_version,
            "deletedAt": null,
        })
    }
}

/// The row around a repeat.
struct Around<'s> {
    id: String,
    link: String,
    path: Vec<&'s str>,
}

struct Writer<'a> {
    instance: &'a Instance<'a>,
    shape: Shape,
}

impl Writer<'_> {
    /// What stands in a section, every field of it: null where there is no answer.
    fn bag(&self, nodes: &[Node], answers: &Arranged<'_>, id: &str) -> Map<String, Value> {
        let mut bag = Map::new();
        for node in nodes {
            match &node.content {
                Content::Field(kind) => {
                    bag.insert(node.name.clone(), self.value(&node.name, *kind, answers));
                }
                Content::Section(inside) => {
                    bag.insert(node.name.clone(), Value::Object(self.bag(inside, answers, id)));
                }
                Content::Repeat(inside) if self.shape.expand => {
                    let turns = answers.turns.get(node.name.as_str()).into_iter().flatten().enumerate();
                    let turns = turns.map(|(at, turn)| {
                        let own = turn_id(id, &node.name, at);
                        let mut bag = self.bag(inside, turn, &own);
                        bag.insert("__id".to_owned(), json!(own));
                        Value::Object(bag)
                    });
                    bag.insert(node.name.clone(), Value::Array(turns.collect()));
                }
                Content::Repeat(_) => {}
            }
        }
        bag
    }

    /// Adds the rows of a table; says whether there is such a table.
    fn turns_of<'s>(
        &self,
        nodes: &'s [Node],
        table: &[&str],
        answers: &Arranged<'_>,
        around: &Around<'s>,
        found: &mut Vec<Map<String, Value>>,
    ) -> bool {
        let Some((name, rest)) = table.split_first() else { return false };
        let Some(node) = nodes.iter().find(|node| node.name == *name) else { return false };
        let path: Vec<&str> = around.path.iter().copied().chain([node.name.as_str()]).collect();
        match &node.content {
            Content::Field(_) => false,
            Content::Section(inside) => {
                let around = Around { id: around.id.clone(), link: around.link.clone(), path };
                self.turns_of(inside, rest, answers, &around, found)
            }
            Content::Repeat(inside) => {
                let turns = answers.turns.get(node.name.as_str()).map(Vec::as_slice).unwrap_or_default();
                if rest.is_empty() {
                    for (at, turn) in turns.iter().enumerate() {
                        let own = turn_id(&around.id, &node.name, at);
                        let mut row = self.bag(inside, turn, &own);
                        row.insert(around.link.clone(), json!(around.id));
                        row.insert("__id".to_owned(), json!(own));
                        found.push(row);
                    }
                    return true;
                }
                let link = link_name(&path);
                let mut is_table = self.is_table(inside, rest);
                for (at, turn) in turns.iter().enumerate() {
                    let own = turn_id(&around.id, &node.name, at);
                    let around = Around { id: own, link: link.clone(), path: path.clone() };
                    is_table &= self.turns_of(inside, rest, turn, &around, found);
                }
                is_table
            }
        }
    }

    /// Whether a table is there at all, where no turn leads to it.
    fn is_table(&self, nodes: &[Node], table: &[&str]) -> bool {
        let nothing = Arranged::default();
        let around = Around { id: String::new(), link: String::new(), path: Vec::new() };
        self.turns_of(nodes, table, &nothing, &around, &mut Vec::new())
    }

    fn value(&self, name: &str, kind: FieldKind, answers: &Arranged<'_>) -> Value {
        let own = |text: &Option<String>| json!(text);
        match name {
            STARTED => own(&self.instance.started_at),
            ENDED => own(&self.instance.ended_at),
            QUESTIONNAIRE => own(&self.instance.questionnaire_sha256),
            CASE_ID => json!(self.instance.case_id),
            DISPOSITION => json!(self.instance.disposition),
            "instanceID" if !answers.answers.contains_key(name) => json!(self.instance.id),
            _ => answers.answers.get(name).map_or(Value::Null, |answer| typed(answer, kind, self.shape.wkt)),
        }
    }
}

/// An answer as its field holds it; null where it is none of that kind.
fn typed(answer: &Value, kind: FieldKind, wkt: bool) -> Value {
    let Some(text) = text_of(answer) else { return Value::Null };
    match kind {
        FieldKind::Int => text.parse::<i64>().map_or(Value::Null, |number| json!(number)),
        FieldKind::Decimal => {
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map_or(Value::Null, |number| json!(number))
        }
        FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape => geometry(kind, &text, wkt),
        _ => json!(text),
    }
}

/// An answer as text, several choices with blanks between them; `None` where it is empty or no single answer.
pub(super) fn text_of(answer: &Value) -> Option<String> {
    let text = match answer {
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_f64() {
            // The whole numbers that a double holds exactly.
            Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => format!("{value:.0}"),
            _ => number.to_string(),
        },
        Value::Bool(truth) => truth.to_string(),
        Value::Array(several) => several.iter().map(text_of).collect::<Option<Vec<_>>>()?.join(" "),
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// The id of a turn: the same each time, from where it stands.
fn turn_id(around: &str, repeat: &str, at: usize) -> String {
    let digest = Sha256::digest(format!("{around}/{repeat}[{}]", at + 1).as_bytes());
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}
