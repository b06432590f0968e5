//! The sheet `survey`: questions and groups, from top to bottom.

use problem::{Place, Problems};

use super::columns::{Headings, Known};
use super::row_kind::{RowKind, row_kind};
use super::{at, formula, text};
use crate::questionnaire::model::{Formula, Group, Question, QuestionKind, Repeat, Texts};
use crate::questionnaire::sheets::{Sheet, SheetRow};
use crate::questionnaire::words;

/// The columns.
pub(super) const KNOWN: &[(&str, Known)] = &[
    ("type", Known::Needed),
    ("name", Known::Needed),
    ("label", Known::Words),
    ("hint", Known::Words),
    ("guidance_hint", Known::Words),
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
    ("repeat_count", Known::Plain),
    ("trigger", Known::Plain),
    ("read_only", Known::Plain),
    ("readonly", Known::Plain),
    ("image", Known::Words),
    ("big-image", Known::Words),
    ("audio", Known::Words),
    ("video", Known::Words),
    ("save_to", Known::NotYet),
    ("bind", Known::NotYet),
    ("body", Known::NotYet),
    ("instance", Known::NotYet),
];

/// The code of the choice that `or_other` adds.
pub(super) const OTHER: &str = "other";

/// What the sheet says.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) groups: Vec<Group>,
    pub(super) questions: Vec<Question>,
    /// The lists that get a choice “other”.
    pub(super) lists_with_other: Vec<String>,
}

struct Reader<'a> {
    sheet: &'a Sheet,
    headings: &'a Headings,
    found: Survey,
    /// The groups that are open, outermost first.
    open: Vec<usize>,
}

/// The groups and the questions, in the order of the rows.
pub(super) fn read(sheet: &Sheet, headings: &Headings, problems: &mut Problems) -> Survey {
    for column in &headings.others {
        problems.push(words::column_unknown(column).at(Place::cell(1, column).in_sheet("survey")));
    }
    let mut reader = Reader { sheet, headings, found: Survey::default(), open: Vec::new() };
    for row in &sheet.rows {
        match row_kind(sheet, row, problems) {
            RowKind::BeginGroup => reader.begin(row, false, problems),
            RowKind::BeginRepeat => reader.begin(row, true, problems),
            RowKind::EndGroup => reader.end(row, false, problems),
            RowKind::EndRepeat => reader.end(row, true, problems),
            RowKind::Question(kind) => reader.question(row, kind, problems),
            RowKind::OrOther(kind) => reader.or_other(row, kind, problems),
        }
    }
    for group in reader.open.iter().filter_map(|index| reader.found.groups.get(*index)) {
        let place = Place { row: group.row, ..Place::column("type") };
        problems.push(words::group_unclosed(&group.name, group.repeat.is_some()).at(place.in_sheet("survey")));
    }
    reader.found
}

impl Reader<'_> {
    fn begin(&mut self, row: &SheetRow, repeats: bool, problems: &mut Problems) {
        let sheet = self.sheet;
        let never = ["required", "constraint", "calculation", "choice_filter", "default", "parameters", "trigger"];
        let kind = if repeats { "begin_repeat" } else { "begin_group" };
        self.misplaced(row, kind, &never, problems);
        self.misplaced(row, kind, &["read_only", "readonly"], problems);
        if !repeats {
            self.misplaced(row, kind, &["repeat_count"], problems);
        }
        for (media, texts) in self.headings.media(sheet, row) {
            if !texts.is_empty() {
                problems.push(at(words::formula_misplaced(&media, kind), sheet, row, &media));
            }
        }
        for base in ["guidance_hint", "required_message", "constraint_message"] {
            if !self.headings.texts(sheet, row, base).is_empty() {
                problems.push(at(words::formula_misplaced(base, kind), sheet, row, base));
            }
        }
        let group = Group {
            name: sheet.cell(row, "name").to_owned(),
            parent: self.open.last().copied(),
            label: self.headings.texts(sheet, row, "label"),
            hint: self.headings.texts(sheet, row, "hint"),
            relevant: formula(sheet, row, "relevant", problems),
            appearance: text(sheet, row, "appearance"),
            repeat: repeats.then(|| Repeat { count: formula(sheet, row, "repeat_count", problems) }),
            row: Some(row.number),
        };
        self.open.push(self.found.groups.len());
        self.found.groups.push(group);
    }

    fn end(&mut self, row: &SheetRow, repeats: bool, problems: &mut Problems) {
        let Some(group) = self.open.pop().and_then(|index| self.found.groups.get(index)) else {
            problems.push(at(words::group_unopened(), self.sheet, row, "type"));
            return;
        };
        let name = self.sheet.cell(row, "name");
        if group.repeat.is_some() != repeats {
            let problem = words::group_crossed(&group.name, group.row).got(self.sheet.cell(row, "type"));
            problems.push(at(problem, self.sheet, row, "type"));
        } else if !name.is_empty() && name != group.name {
            let problem = words::group_crossed(&group.name, group.row).got(name);
            problems.push(at(problem, self.sheet, row, "name"));
        }
    }

    fn question(&mut self, row: &SheetRow, kind: QuestionKind, problems: &mut Problems) {
        let sheet = self.sheet;
        self.misplaced(row, kind.name(), misplaced(&kind), problems);
        let words_of = |base: &str| self.headings.texts(sheet, row, base);
        let written = text(sheet, row, "default");
        let is_dynamic = written.as_ref().is_some_and(|text| text.contains("${") || text.contains('('));
        let question = Question {
            name: sheet.cell(row, "name").to_owned(),
            kind,
            group: self.open.last().copied(),
            label: words_of("label"),
            hint: words_of("hint"),
            required: condition(sheet, row, "required", problems),
            required_message: words_of("required_message"),
            relevant: formula(sheet, row, "relevant", problems),
            constraint: formula(sheet, row, "constraint", problems),
            constraint_message: words_of("constraint_message"),
            calculation: formula(sheet, row, "calculation", problems),
            choice_filter: formula(sheet, row, "choice_filter", problems),
            appearance: text(sheet, row, "appearance"),
            default: written.filter(|_| !is_dynamic),
            default_formula: is_dynamic.then(|| formula(sheet, row, "default", problems)).flatten(),
            parameters: text(sheet, row, "parameters"),
            guidance_hint: words_of("guidance_hint"),
            media: self.headings.media(sheet, row).filter(|(_, texts)| !texts.is_empty()).collect(),
            read_only: condition(sheet, row, "read_only", problems)
                .or_else(|| condition(sheet, row, "readonly", problems)),
            trigger: self.trigger(row, problems),
            row: Some(row.number),
        };
        self.found.questions.push(question);
    }

    /// The select with its further choice, and the question for the words of it, as pyxform makes them.
    fn or_other(&mut self, row: &SheetRow, kind: QuestionKind, problems: &mut Problems) {
        let name = self.sheet.cell(row, "name").to_owned();
        let list = kind.list().unwrap_or_default().to_owned();
        if !self.sheet.cell(row, "choice_filter").is_empty() {
            problems.push(at(words::formula_misplaced("choice_filter", "or_other"), self.sheet, row, "choice_filter"));
        }
        self.question(row, kind, problems);
        if !self.found.lists_with_other.contains(&list) {
            self.found.lists_with_other.push(list);
        }
        let label = Texts(
            self.headings.languages().into_iter().map(|code| (code.clone(), specify(&code).to_owned())).collect(),
        );
        // A name that cannot be read is told with the select.
        let relevant = Formula::new(format!("selected(${{{name}}}, '{OTHER}')")).ok();
        self.found.questions.push(Question {
            name: format!("{name}_other"),
            kind: QuestionKind::Text,
            group: self.open.last().copied(),
            label,
            hint: Texts::default(),
            required: None,
            required_message: Texts::default(),
            relevant,
            constraint: None,
            constraint_message: Texts::default(),
            calculation: None,
            choice_filter: None,
            appearance: None,
            default: None,
            default_formula: None,
            parameters: None,
            guidance_hint: Texts::default(),
            media: std::collections::BTreeMap::new(),
            read_only: None,
            trigger: Vec::new(),
            row: Some(row.number),
        });
    }

    /// The questions named as `${a}` or `${a}, ${b}`.
    fn trigger(&self, row: &SheetRow, problems: &mut Problems) -> Vec<String> {
        let Some(cell) = text(self.sheet, row, "trigger") else { return Vec::new() };
        let name = |part: &str| {
            let name = part.trim().strip_prefix("${")?.strip_suffix('}')?.trim();
            (!name.is_empty() && !name.contains(['$', '{', '}', ' '])).then(|| name.to_owned())
        };
        cell.split(',').map(name).collect::<Option<_>>().unwrap_or_else(|| {
            problems.push(at(words::trigger_invalid().got(&cell), self.sheet, row, "trigger"));
            Vec::new()
        })
    }

    /// Tells of cells that rows of this kind do not use.
    fn misplaced(&self, row: &SheetRow, kind: &str, columns: &[&str], problems: &mut Problems) {
        for column in columns.iter().filter(|column| !self.sheet.cell(row, column).is_empty()) {
            problems.push(at(words::formula_misplaced(column, kind), self.sheet, row, column));
        }
    }
}

/// The columns that questions of a kind do not take.
fn misplaced(kind: &QuestionKind) -> &'static [&'static str] {
    match kind {
        QuestionKind::Calculate => {
            &["required", "constraint", "choice_filter", "read_only", "readonly", "repeat_count"]
        }
        QuestionKind::Hidden => &["required", "constraint", "choice_filter", "read_only", "readonly", "repeat_count"],
        QuestionKind::SelectOne(_) | QuestionKind::SelectMultiple(_) | QuestionKind::Rank(_) => {
            &["calculation", "repeat_count", "trigger"]
        }
        QuestionKind::Note => {
            &["required", "constraint", "calculation", "choice_filter", "default", "repeat_count", "trigger"]
        }
        _ if kind.is_asked() => &["calculation", "choice_filter", "repeat_count", "trigger"],
        _ => &[
            "required",
            "relevant",
            "constraint",
            "calculation",
            "choice_filter",
            "default",
            "repeat_count",
            "trigger",
            "read_only",
            "readonly",
        ],
    }
}

/// `yes` and its kin are always, `no` and nothing are never, anything else is a condition.
fn condition(sheet: &Sheet, row: &SheetRow, column: &str, problems: &mut Problems) -> Option<Formula> {
    match sheet.cell(row, column).to_lowercase().as_str() {
        "" | "no" | "false" | "false()" => None,
        "yes" | "true" => Formula::new("true()").ok(),
        _ => formula(sheet, row, column, problems),
    }
}

fn specify(language: &str) -> &'static str {
    if language == "vi" { "Ghi rõ" } else { "Specify other." }
}
