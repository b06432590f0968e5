//! Rows, and the rows of repeats that hang on them, as interviews.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::cells::{answer, moment};
use super::columns::{Columns, Finder, missing};
use super::fields::{Field, Fields};
use super::mapping::Mapping;
use super::table::Table;
use crate::questionnaire::{Finding, Interview, Questionnaire, Scopes, validate};

/// An interview as a device would have sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedInterview {
    /// Its id: that of the file, or one made of round, form and case.
    pub uuid: String,
    /// The document, the same bytes each time.
    pub body: Vec<u8>,
    /// The row it stands in.
    pub row: usize,
    /// The case.
    pub case_id: String,
}

/// Findings that say that a cell cannot be read; all others are for people to judge, after the interview is kept.
const UNREADABLE: &[&str] = &[
    "answer_wrong_kind",
    "answer_not_in_list",
    "answer_repeated_choice",
    "answer_mixed_missing",
    "answer_too_many_turns",
];

/// The turns of a repeat that hang on one parent: row of the file and answers.
type Turns = BTreeMap<String, Vec<(usize, String, Map<String, Json>)>>;

/// The interviews of a table and of the tables of its repeats.
///
/// # Errors
/// Everything that keeps one of them from being read, with file, row and column; then there are none at all.
pub fn interviews(
    round: &str,
    questionnaire: &Questionnaire,
    questionnaire_sha256: &str,
    mapping: &Mapping,
    table: &Table,
    repeats: &BTreeMap<String, Table>,
) -> Result<Vec<ImportedInterview>, Problems> {
    let mut problems = Problems::none();
    let reader = Reader { round, questionnaire, questionnaire_sha256, mapping, table };
    let fields = Fields::of(mapping, table, &mut problems);
    let children = reader.children(repeats, &mut problems);
    let finder = Finder {
        table,
        questionnaire,
        scope: None,
        named: &mapping.columns,
        file: &mapping.file,
        taken: fields.columns(),
    };
    let columns = finder.find(&mut problems);
    reader.check_codes(&mut problems);
    problems.into_result(())?;
    let mut problems = Problems::none();
    let mut found = Vec::new();
    let mut first_rows: BTreeMap<String, usize> = BTreeMap::new();
    let mut parents: BTreeSet<String> = BTreeSet::new();
    for (row, cells) in &table.rows {
        let key = fields.key.map(|at| cells.get(at).cloned().unwrap_or_default()).unwrap_or_default();
        parents.insert(key.clone());
        let mut answers = reader.answers(&columns, table, *row, cells);
        reader.add_turns(&children, None, &key, &mut answers);
        if let Some(interview) = reader.interview(&fields, *row, cells, answers, &columns, &mut problems) {
            if let Some(first) = first_rows.insert(interview.uuid.clone(), *row) {
                let problem = Problem::new(
                    "import_row_doubled",
                    format!("phiếu này đã có ở dòng {first}"),
                    format!("this interview is in row {first} already"),
                );
                problems.push(problem.at(Place::row(*row)).got(&interview.case_id).in_file(&table.name));
            }
            found.push(interview);
        }
    }
    reader.tell_orphans(&children, &parents, repeats, &mut problems);
    problems.into_result(found)
}

struct Reader<'a> {
    round: &'a str,
    questionnaire: &'a Questionnaire,
    questionnaire_sha256: &'a str,
    mapping: &'a Mapping,
    table: &'a Table,
}

/// The children of each repeat, by the scope around it and the key of the row they hang on.
struct Children {
    /// By repeat.
    turns: BTreeMap<usize, Turns>,
}

impl Reader<'_> {
    fn answers(&self, columns: &[(usize, Columns)], table: &Table, row: usize, cells: &[String]) -> Map<String, Json> {
        let questions = self.questionnaire.questions();
        let answers = columns.iter().filter_map(|(position, columns)| {
            let question = &questions[*position];
            Some((question.name.clone(), answer(self.mapping, question, columns, table, (row, cells))?))
        });
        answers.collect()
    }

    /// The rows of the repeats' tables by the row they hang on.
    fn children(&self, repeats: &BTreeMap<String, Table>, problems: &mut Problems) -> Children {
        let mut turns = BTreeMap::new();
        for (name, mapping) in &self.mapping.repeats {
            let scope = self.questionnaire.draft().group_position(name);
            let repeat = scope.filter(|group| self.questionnaire.groups()[*group].repeat.is_some());
            let (Some(repeat), Some(table)) = (repeat, repeats.get(name)) else {
                let problem = Problem::new(
                    "import_repeat_unknown",
                    format!("bảng hỏi không có nhóm lặp {name}"),
                    format!("the questionnaire has no repeat {name}"),
                );
                problems.push(problem.in_file("[repeats]"));
                continue;
            };
            let mut column = |given: &Option<String>, usual: [&str; 2], needed: bool| {
                let found = match given {
                    Some(heading) => table.column(heading),
                    None => usual.iter().find_map(|heading| table.column(heading)),
                };
                if found.is_none() && (needed || given.is_some()) {
                    problems.push(missing(table, given.as_deref().unwrap_or(usual[0])));
                }
                found
            };
            let parent = column(&mapping.parent, ["PARENT_KEY", "_parent_index"], true);
            let key = column(&mapping.key, ["KEY", "_index"], false);
            let finder = Finder {
                table,
                questionnaire: self.questionnaire,
                scope: Some(repeat),
                named: &mapping.columns,
                file: &self.mapping.file,
                taken: parent.into_iter().chain(key).collect(),
            };
            let columns = finder.find(problems);
            let Some(parent) = parent else { continue };
            let mut of_repeat = Turns::new();
            for (row, cells) in &table.rows {
                let text = |at: usize| cells.get(at).cloned().unwrap_or_default();
                let turn = (*row, key.map(text).unwrap_or_default(), self.answers(&columns, table, *row, cells));
                of_repeat.entry(text(parent)).or_default().push(turn);
            }
            turns.insert(repeat, of_repeat);
        }
        Children { turns }
    }

    /// Hangs the turns on the row with a key, and the turns inside them on those.
    fn add_turns(&self, children: &Children, scope: Option<usize>, key: &str, answers: &mut Map<String, Json>) {
        for (repeat, turns) in &children.turns {
            if self.questionnaire.draft().scope_around(*repeat) != scope {
                continue;
            }
            let hung: Vec<Json> = turns
                .get(key)
                .into_iter()
                .flatten()
                .map(|(_, own_key, own)| {
                    let mut own = own.clone();
                    self.add_turns(children, Some(*repeat), own_key, &mut own);
                    Json::Object(own)
                })
                .collect();
            if !hung.is_empty() {
                answers.insert(self.questionnaire.groups()[*repeat].name.clone(), Json::Array(hung));
            }
        }
    }

    /// Rows of repeats that hang on no row.
    fn tell_orphans(
        &self,
        children: &Children,
        parents: &BTreeSet<String>,
        repeats: &BTreeMap<String, Table>,
        problems: &mut Problems,
    ) {
        for (repeat, turns) in &children.turns {
            let around = self.questionnaire.draft().scope_around(*repeat);
            let inner: Option<BTreeSet<String>> = around.map(|around| {
                let rows = children.turns.get(&around).into_iter().flat_map(|turns| turns.values().flatten());
                rows.map(|(_, key, _)| key.clone()).collect()
            });
            let known = inner.as_ref().unwrap_or(parents);
            let name = &self.questionnaire.groups()[*repeat].name;
            let file = repeats.get(name).map_or("", |table| table.name.as_str());
            for (parent, rows) in turns.iter().filter(|(parent, _)| parent.is_empty() || !known.contains(*parent)) {
                for (row, ..) in rows {
                    let problem = Problem::new(
                        "import_parent_unknown",
                        "dòng này không thuộc phiếu nào trong bảng chính",
                        "this row belongs to no interview of the main table",
                    );
                    problems.push(problem.at(Place::row(*row)).got(parent).in_file(file));
                }
            }
        }
    }

    fn check_codes(&self, problems: &mut Problems) {
        for question in self.mapping.codes.keys().filter(|name| self.questionnaire.question(name).is_none()) {
            let problem = Problem::new(
                "import_question_unknown",
                format!("bảng hỏi không có câu {question}"),
                format!("the questionnaire has no question {question}"),
            );
            problems.push(problem.in_file("[codes]"));
        }
    }

    fn interview(
        &self,
        fields: &Fields,
        row: usize,
        cells: &[String],
        answers: Map<String, Json>,
        columns: &[(usize, Columns)],
        problems: &mut Problems,
    ) -> Option<ImportedInterview> {
        let n_before = problems.len();
        let told = |field: &Field, name: &str| {
            let heading = match field {
                Field::Column(at) => self.table.headings[*at].clone(),
                _ => name.to_owned(),
            };
            Place::cell(row, heading)
        };
        let case_id = fields.case_id.text(cells);
        let disposition = fields.disposition.text(cells);
        for (field, text, name) in
            [(&fields.case_id, &case_id, "case_id"), (&fields.disposition, &disposition, "disposition")]
        {
            if text.is_empty() {
                let problem =
                    Problem::new("import_cell_missing", format!("thiếu {name}"), format!("{name} is missing"));
                problems.push(problem.at(told(field, name)).in_file(&self.table.name));
            }
        }
        for finding in self.unreadable(&answers, &fields.language.text(cells)) {
            problems.push(self.at_cell(&finding, row, columns));
        }
        let mut document = Map::new();
        document.insert("round".to_owned(), json!(self.round));
        document.insert("questionnaire".to_owned(), json!(self.questionnaire.id()));
        document.insert("questionnaire_sha256".to_owned(), json!(self.questionnaire_sha256));
        document.insert("case_id".to_owned(), json!(case_id));
        document.insert("disposition".to_owned(), json!(disposition));
        for (name, field) in [("device_started_at", &fields.started_at), ("device_ended_at", &fields.ended_at)] {
            let text = field.text(cells);
            if text.is_empty() {
                continue;
            }
            let moment = moment(self.mapping, &text);
            if chrono::DateTime::parse_from_rfc3339(&moment).is_err() {
                let problem = Problem::new("import_moment", "không phải ngày giờ", "this is no moment");
                let problem = problem.expected("2026-11-23T08:30:00+07:00").got(&text).hint(
                    "ghi múi giờ trong file.zone, ví dụ \"+07:00\"",
                    "name the zone in file.zone, such as \"+07:00\"",
                );
                problems.push(problem.at(told(field, name)).in_file(&self.table.name));
            }
            document.insert(name.to_owned(), json!(moment));
        }
        let language = fields.language.text(cells);
        if !language.is_empty() {
            document.insert("language".to_owned(), json!(language));
        }
        document.insert("answers".to_owned(), Json::Object(answers));
        let uuid = self.uuid(&fields.uuid.text(cells), &case_id);
        if problems.len() > n_before {
            return None;
        }
        Some(ImportedInterview { uuid, body: Json::Object(document).to_string().into_bytes(), row, case_id })
    }

    fn unreadable(&self, answers: &Map<String, Json>, language: &str) -> Vec<Finding> {
        let language = (!language.is_empty()).then(|| language.to_owned());
        let validated = validate(self.questionnaire, answers, &Interview { language, today: None });
        validated.findings.into_iter().filter(|finding| UNREADABLE.contains(&finding.problem.code)).collect()
    }

    /// The problem at the cell it comes from; in a turn of a repeat, at the row of the interview with the name of the turn.
    fn at_cell(&self, finding: &Finding, row: usize, columns: &[(usize, Columns)]) -> Problem {
        let name = finding.question.as_deref().unwrap_or_default();
        let column = columns.iter().find(|(position, _)| self.questionnaire.questions()[*position].name == name);
        let heading = match (column, &finding.turn) {
            (_, Some(turn)) => format!("{turn}/{name}"),
            (Some((_, Columns::One(at))), None) => self.table.headings[*at].clone(),
            _ => name.to_owned(),
        };
        finding.problem.clone().at(Place::cell(row, heading)).in_file(&self.table.name)
    }

    /// The id that the file gives, or one that is the same each time (version 8, from a SHA-256).
    fn uuid(&self, given: &str, case_id: &str) -> String {
        let text = given.strip_prefix("uuid:").unwrap_or(given);
        if let Ok(uuid) = uuid::Uuid::try_parse(text)
            && text.len() == 36
        {
            return uuid.hyphenated().to_string();
        }
        let key = if given.is_empty() { case_id } else { given };
        let digest = Sha256::digest(format!("{}\n{}\n{key}", self.round, self.questionnaire.id()));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
    }
}
