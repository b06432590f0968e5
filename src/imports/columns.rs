//! Which column answers which question.

use std::collections::{BTreeMap, BTreeSet};

use problem::{Place, Problem, Problems};

use super::mapping::{FileMapping, Origin};
use super::table::Table;
use crate::questionnaire::{Question, QuestionKind, Questionnaire, Scopes};

/// Where the answer to a question stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// In one column.
    One(usize),
    /// A choice a column, 1 where it was made: code and column.
    Split(Vec<(String, usize)>),
    /// Latitude, longitude, altitude, accuracy.
    Position([Option<usize>; 4]),
}

/// The ends of the columns of a position, as Central and Kobo write them.
const POSITION: [(&str, &str); 4] =
    [("-Latitude", "latitude"), ("-Longitude", "longitude"), ("-Altitude", "altitude"), ("-Accuracy", "precision")];

/// Finds the columns of the questions of a scope; tells of columns that belong to nothing and of mapped ones that are not there.
pub(super) struct Finder<'a> {
    pub(super) table: &'a Table,
    pub(super) questionnaire: &'a Questionnaire,
    pub(super) scope: Option<usize>,
    pub(super) named: &'a BTreeMap<String, String>,
    pub(super) file: &'a FileMapping,
    /// Columns that were taken for something else.
    pub(super) taken: BTreeSet<usize>,
}

impl Finder<'_> {
    pub(super) fn find(mut self, problems: &mut Problems) -> Vec<(usize, Columns)> {
        let mut found = Vec::new();
        for (position, question) in self.questionnaire.questions().iter().enumerate() {
            let inside = self.questionnaire.draft().scope_of_group(question.group) == self.scope;
            if inside && question.kind.has_answer() {
                found.extend(self.of_question(question, problems).map(|columns| (position, columns)));
            }
        }
        for question in self.named.keys().filter(|name| !self.is_question(name)) {
            let problem = Problem::new(
                "import_question_unknown",
                format!("bảng hỏi không có câu {question} ở bảng này"),
                format!("the questionnaire has no question {question} in this table"),
            );
            problems.push(problem.in_file("[columns]"));
        }
        if found.is_empty() {
            let problem = Problem::new(
                "import_no_question",
                "không cột nào là câu trả lời của bảng hỏi",
                "no column answers a question of the questionnaire",
            );
            problems.push(problem.in_file(&self.table.name));
        }
        self.tell_others(problems);
        found
    }

    fn is_question(&self, name: &str) -> bool {
        let question = self.questionnaire.question(name);
        question.is_some_and(|question| self.questionnaire.draft().scope_of_group(question.group) == self.scope)
    }

    fn of_question(&mut self, question: &Question, problems: &mut Problems) -> Option<Columns> {
        if let Some(heading) = self.named.get(&question.name) {
            let column = self.table.column(heading);
            if column.is_none() {
                problems.push(missing(self.table, heading));
            }
            self.taken.extend(column);
            return column.map(Columns::One);
        }
        let path = self.path(question);
        let whole = self.pick(&path, question, "", problems);
        let split = self.split(question, &path, problems);
        let place = self.place(question, &path, problems);
        let found = whole.map(Columns::One).or(split).or(place)?;
        Some(found)
    }

    /// The names of the sections around a question and its own.
    fn path(&self, question: &Question) -> Vec<String> {
        let sections = self.questionnaire.sections(question);
        let inside = sections.iter().rev().take_while(|group| group.repeat.is_none()).map(|group| group.name.clone());
        let mut path: Vec<String> = inside.collect();
        path.reverse();
        path.push(question.name.clone());
        path
    }

    /// The column of a question with an ending: by its name alone, or by its path as Central (`-`) and Kobo (`/`) write it.
    fn pick(&mut self, path: &[String], question: &Question, ending: &str, problems: &mut Problems) -> Option<usize> {
        let name = format!("{}{ending}", question.name);
        let fits = |heading: &&String| {
            **heading == name || heading.ends_with(&format!("/{name}")) || heading.ends_with(&format!("-{name}"))
        };
        let candidates: Vec<usize> = self
            .table
            .headings
            .iter()
            .enumerate()
            .filter(|(at, heading)| fits(heading) && !self.taken.contains(at))
            .map(|(at, _)| at)
            .collect();
        let chosen = match candidates.as_slice() {
            [] => return None,
            [only] => Some(*only),
            several => {
                let whole = |between: &str| format!("{}{ending}", path.join(between));
                let exact = |at: &&usize| {
                    let heading = &self.table.headings[**at];
                    *heading == name
                        || [whole("-"), whole("/")]
                            .iter()
                            .any(|path| heading.ends_with(path.as_str()) && path.len() > name.len())
                };
                let mut exact = several.iter().filter(exact);
                exact.next().copied().filter(|_| exact.next().is_none())
            }
        };
        if chosen.is_none() {
            let headings: Vec<&str> = candidates.iter().map(|at| self.table.headings[*at].as_str()).collect();
            let problem = Problem::new(
                "import_column_ambiguous",
                format!("câu {}: có nhiều cột có thể đúng", question.name),
                format!("question {}: several columns may be meant", question.name),
            );
            problems.push(
                problem
                    .got(headings.join(", "))
                    .hint("ghi cột đúng trong [columns]", "name the right one in [columns]")
                    .in_file(&self.table.name),
            );
        }
        self.taken.extend(&candidates);
        chosen
    }

    /// Choices in columns of their own; beside a column with all of them they are taken and say nothing new.
    fn split(&mut self, question: &Question, path: &[String], problems: &mut Problems) -> Option<Columns> {
        if !matches!(question.kind, QuestionKind::SelectMultiple(_)) {
            return None;
        }
        let list = self.questionnaire.choices(question)?;
        let columns: Vec<(String, usize)> = list
            .choices
            .iter()
            .filter_map(|choice| {
                let column = self.pick(path, question, &format!("/{}", choice.name), problems)?;
                Some((choice.name.clone(), column))
            })
            .collect();
        (!columns.is_empty()).then_some(Columns::Split(columns))
    }

    fn place(&mut self, question: &Question, path: &[String], problems: &mut Problems) -> Option<Columns> {
        if question.kind != QuestionKind::Geopoint {
            return None;
        }
        let columns = POSITION.map(|(central, kobo)| {
            let kobo = format!("_{}_{kobo}", question.name);
            let by_kobo = self
                .table
                .headings
                .iter()
                .position(|heading| *heading == kobo || heading.ends_with(&format!("/{kobo}")));
            self.taken.extend(by_kobo);
            self.pick(path, question, central, problems).or(by_kobo)
        });
        (columns[0].is_some() && columns[1].is_some()).then_some(Columns::Position(columns))
    }

    /// Columns with content that belong to nothing: nothing is left aside in silence.
    fn tell_others(&self, problems: &mut Problems) {
        let own = self.file.from.own_columns();
        for (at, heading) in self.table.headings.iter().enumerate() {
            let known = self.taken.contains(&at)
                || heading.is_empty()
                || own.contains(&heading.to_lowercase().as_str())
                || self.file.ignore.iter().any(|ignored| ignored == heading)
                || (self.file.from != Origin::Table && self.is_of_no_answer(heading));
            let filled =
                || self.table.rows.iter().find(|(_, cells)| cells.get(at).is_some_and(|cell| !cell.is_empty()));
            if !known && let Some((row, _)) = filled() {
                let problem = Problem::new(
                    "import_column_unknown",
                    "cột này không thuộc câu hỏi nào",
                    "this column belongs to no question",
                );
                problems.push(
                    problem
                        .at(Place::cell(*row, heading))
                        .hint(
                            "ghi câu hỏi của cột trong [columns], hoặc ghi cột vào file.ignore",
                            "name its question in [columns], or put the column into file.ignore",
                        )
                        .in_file(&self.table.name),
                );
            }
        }
    }

    /// Notes, the form's own nodes and the like, which exports hold too.
    fn is_of_no_answer(&self, heading: &str) -> bool {
        let last = heading.rsplit(['/', '-']).next().unwrap_or(heading);
        let note = self.questionnaire.question(last).is_some_and(|question| !question.kind.has_answer());
        note || heading.split(['/', '-']).any(|part| part.starts_with("khs_"))
            || last.starts_with("SET-OF")
            || heading.contains("SET-OF-")
    }
}

pub(super) fn missing(table: &Table, heading: &str) -> Problem {
    Problem::new("import_column_missing", "không có cột này", "there is no such column")
        .at(Place::column(heading))
        .in_file(&table.name)
}
