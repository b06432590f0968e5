//! The sheet `survey`: questions and groups, from top to bottom.

use problem::{Place, Problems};

use super::columns::{Headings, Known};
use super::{at, formula, text};
use crate::questionnaire::model::{Formula, Group, Question, QuestionKind};
use crate::questionnaire::sheets::{Sheet, SheetRow};
use crate::questionnaire::words;

/// The columns.
pub(super) const KNOWN: &[(&str, Known)] = &[
    ("type", Known::Needed),
    ("name", Known::Needed),
    ("label", Known::Words),
    ("hint", Known::Words),
    ("required", Known::Plain),
    ("required_message", Known::Words),
    ("relevant", Known::Plain),
    ("constraint", Known::Plain),
    ("constraint_message", Known::Words),
    ("calculation", Known::Plain),
    ("appearance", Known::Plain),
    ("choice_filter", Known::Plain),
    ("default", Known::Plain),
    ("parameters", Known::Plain),
    ("guidance_hint", Known::NotYet),
    ("repeat_count", Known::NotYet),
    ("trigger", Known::NotYet),
    ("read_only", Known::NotYet),
    ("readonly", Known::NotYet),
    ("save_to", Known::NotYet),
    ("media", Known::NotYet),
    ("image", Known::NotYet),
    ("audio", Known::NotYet),
    ("video", Known::NotYet),
    ("bind", Known::NotYet),
    ("body", Known::NotYet),
    ("instance", Known::NotYet),
];

/// Types that ODK knows and this program not yet.
const TYPES_NOT_YET: &[&str] = &[
    "begin_repeat",
    "end_repeat",
    "select_one_from_file",
    "select_multiple_from_file",
    "select_one_external",
    "rank",
    "time",
    "datetime",
    "dateTime",
    "range",
    "image",
    "photo",
    "audio",
    "video",
    "file",
    "barcode",
    "geotrace",
    "geoshape",
    "hidden",
    "username",
    "email",
    "phonenumber",
    "simserial",
    "subscriberid",
    "audit",
    "background-audio",
    "start-geopoint",
    "csv-external",
    "xml-external",
    "osm",
];

/// What a row is.
enum RowKind {
    BeginGroup,
    EndGroup,
    Question(QuestionKind),
}

struct Reader<'a> {
    sheet: &'a Sheet,
    headings: &'a Headings,
    groups: Vec<Group>,
    questions: Vec<Question>,
    /// The groups that are open, outermost first.
    open: Vec<usize>,
}

/// The groups and the questions, in the order of the rows.
pub(super) fn read(sheet: &Sheet, headings: &Headings, problems: &mut Problems) -> (Vec<Group>, Vec<Question>) {
    for column in &headings.others {
        problems.push(words::column_unknown(column).at(Place::cell(1, column).in_sheet("survey")));
    }
    let mut reader = Reader { sheet, headings, groups: Vec::new(), questions: Vec::new(), open: Vec::new() };
    for row in &sheet.rows {
        match row_kind(sheet, row, problems) {
            RowKind::BeginGroup => reader.begin_group(row, problems),
            RowKind::EndGroup => reader.end_group(row, problems),
            RowKind::Question(kind) => reader.question(row, kind, problems),
        }
    }
    for group in reader.open.iter().filter_map(|index| reader.groups.get(*index)) {
        let place = Place { row: group.row, ..Place::column("type") };
        problems.push(words::group_unclosed(&group.name).at(place.in_sheet("survey")));
    }
    (reader.groups, reader.questions)
}

impl Reader<'_> {
    fn begin_group(&mut self, row: &SheetRow, problems: &mut Problems) {
        let sheet = self.sheet;
        self.misplaced(
            row,
            "begin_group",
            &["required", "constraint", "calculation", "choice_filter", "default", "parameters"],
            problems,
        );
        let group = Group {
            name: sheet.cell(row, "name").to_owned(),
            parent: self.open.last().copied(),
            label: self.headings.texts(sheet, row, "label"),
            hint: self.headings.texts(sheet, row, "hint"),
            relevant: formula(sheet, row, "relevant", problems),
            appearance: text(sheet, row, "appearance"),
            row: Some(row.number),
        };
        self.open.push(self.groups.len());
        self.groups.push(group);
    }

    fn end_group(&mut self, row: &SheetRow, problems: &mut Problems) {
        let Some(group) = self.open.pop().and_then(|index| self.groups.get(index)) else {
            problems.push(at(words::group_unopened(), self.sheet, row, "type"));
            return;
        };
        let name = self.sheet.cell(row, "name");
        if !name.is_empty() && name != group.name {
            let problem = words::group_crossed(&group.name, group.row).got(name);
            problems.push(at(problem, self.sheet, row, "name"));
        }
    }

    fn question(&mut self, row: &SheetRow, kind: QuestionKind, problems: &mut Problems) {
        let sheet = self.sheet;
        let misplaced: &[&str] = match kind {
            QuestionKind::Calculate => &["required", "constraint", "choice_filter", "default"],
            QuestionKind::SelectOne(_) | QuestionKind::SelectMultiple(_) => &["calculation"],
            _ if kind.is_asked() => &["calculation", "choice_filter"],
            QuestionKind::Note => &["required", "constraint", "calculation", "choice_filter", "default"],
            _ => &["required", "relevant", "constraint", "calculation", "choice_filter", "default"],
        };
        self.misplaced(row, kind.name(), misplaced, problems);
        let words_of = |base: &str| self.headings.texts(sheet, row, base);
        let default = text(sheet, row, "default");
        if default.as_ref().is_some_and(|text| text.contains("${") || text.contains('(')) {
            problems.push(at(words::not_yet("default = expression"), sheet, row, "default"));
        }
        let question = Question {
            name: sheet.cell(row, "name").to_owned(),
            kind,
            group: self.open.last().copied(),
            label: words_of("label"),
            hint: words_of("hint"),
            required: required(sheet, row, problems),
            required_message: words_of("required_message"),
            relevant: formula(sheet, row, "relevant", problems),
            constraint: formula(sheet, row, "constraint", problems),
            constraint_message: words_of("constraint_message"),
            calculation: formula(sheet, row, "calculation", problems),
            choice_filter: formula(sheet, row, "choice_filter", problems),
            appearance: text(sheet, row, "appearance"),
            default,
            parameters: text(sheet, row, "parameters"),
            row: Some(row.number),
        };
        self.questions.push(question);
    }

    /// Tells of cells that rows of this kind do not use.
    fn misplaced(&self, row: &SheetRow, kind: &str, columns: &[&str], problems: &mut Problems) {
        for column in columns.iter().filter(|column| !self.sheet.cell(row, column).is_empty()) {
            problems.push(at(words::formula_misplaced(column, kind), self.sheet, row, column));
        }
    }
}

/// `yes` and its kin are always, `no` and nothing are never, anything else is a condition.
fn required(sheet: &Sheet, row: &SheetRow, problems: &mut Problems) -> Option<Formula> {
    match sheet.cell(row, "required").to_lowercase().as_str() {
        "" | "no" | "false" | "false()" => None,
        "yes" | "true" => Formula::new("true()").ok(),
        _ => formula(sheet, row, "required", problems),
    }
}

fn row_kind(sheet: &Sheet, row: &SheetRow, problems: &mut Problems) -> RowKind {
    let cell = sheet.cell(row, "type");
    let mut parts = cell.split_whitespace();
    let (first, rest) = (parts.next().unwrap_or_default(), parts.collect::<Vec<_>>());
    let plain = match (first, rest.as_slice()) {
        ("begin_group", []) | ("begin", ["group"]) => return RowKind::BeginGroup,
        ("end_group", []) | ("end", ["group"]) => return RowKind::EndGroup,
        ("select_one" | "select_multiple", list) => {
            return RowKind::Question(select(sheet, row, first, list, problems));
        }
        ("note", []) => Some(QuestionKind::Note),
        ("start", []) => Some(QuestionKind::Start),
        ("end", []) => Some(QuestionKind::End),
        ("today", []) => Some(QuestionKind::Today),
        ("deviceid", []) => Some(QuestionKind::DeviceId),
        ("calculate", []) => Some(QuestionKind::Calculate),
        ("text" | "string", []) => Some(QuestionKind::Text),
        ("integer" | "int", []) => Some(QuestionKind::Integer),
        ("decimal", []) => Some(QuestionKind::Decimal),
        ("date", []) => Some(QuestionKind::Date),
        ("acknowledge", []) => Some(QuestionKind::Acknowledge),
        ("geopoint", []) => Some(QuestionKind::Geopoint),
        _ => None,
    };
    if let Some(kind) = plain {
        return RowKind::Question(kind);
    }
    let repeats = matches!((first, rest.as_slice()), ("begin" | "end", ["repeat"]));
    let problem = if cell.is_empty() {
        words::cell_missing("type")
    } else if repeats || TYPES_NOT_YET.contains(&first) {
        words::not_yet(cell)
    } else {
        words::type_unknown(cell)
    };
    problems.push(at(problem, sheet, row, "type"));
    // The row is kept so that what refers to it or stands in it is not told as wrong too.
    match first {
        "begin" | "begin_repeat" => RowKind::BeginGroup,
        "end" | "end_repeat" => RowKind::EndGroup,
        _ => RowKind::Question(QuestionKind::Text),
    }
}

fn select(sheet: &Sheet, row: &SheetRow, kind: &str, list: &[&str], problems: &mut Problems) -> QuestionKind {
    let name = list.first().copied().unwrap_or_default();
    if name.is_empty() {
        problems.push(at(words::list_not_named(kind), sheet, row, "type"));
    }
    if let Some(more) = list.get(1) {
        problems.push(at(words::not_yet(more), sheet, row, "type"));
    }
    let name = name.to_owned();
    if kind == "select_one" { QuestionKind::SelectOne(name) } else { QuestionKind::SelectMultiple(name) }
}
