//! A questionnaire as the sheets of an XLSForm: what [`super::read`] makes the same questionnaire of again.

use std::collections::BTreeMap;

use problem::{Problem, Problems};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::columns::MEDIA;
use crate::questionnaire::model::{ChoiceList, Formula, Question, QuestionKind, Texts};
use crate::questionnaire::sheets::{Sheet, SheetRow, Sheets};
use crate::questionnaire::{Questionnaire, Step};

/// The sheets of a questionnaire, with the files of its lists.
#[must_use]
pub fn to_sheets(questionnaire: &Questionnaire) -> Sheets {
    let writer = Writer { questionnaire };
    let lists = questionnaire.choice_lists();
    Sheets {
        survey: writer.survey(),
        choices: writer.choices(),
        settings: writer.settings(),
        files: lists.iter().filter(|list| list.is_file()).map(|list| writer.file(list)).collect(),
    }
}

/// The sheets as a workbook (`.xlsx`); files of lists stand beside it, not in it.
///
/// # Errors
/// `questionnaire_unwritable`: a text is longer than a cell holds.
pub fn to_xlsx(sheets: &Sheets) -> Result<Vec<u8>, Problems> {
    let failed = |error: XlsxError| {
        Problem::new(
            "questionnaire_unwritable",
            "không ghi được bảng hỏi ra bảng tính",
            "the workbook cannot be written",
        )
        .got(error.to_string())
    };
    let mut workbook = Workbook::new();
    // Two workbooks of one questionnaire are the same bytes: the day on which it was written is no part of it.
    let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&day));
    let heading = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    for sheet in [&sheets.survey, &sheets.choices, &sheets.settings] {
        let worksheet = workbook.add_worksheet().set_name(&sheet.name).map_err(failed)?;
        worksheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, name) in (0_u16..).zip(&sheet.columns) {
            worksheet.write_string_with_format(0, column, name, &heading).map_err(failed)?;
            let is_words = ["label", "hint", "guidance", "relevant", "constraint", "calculation"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
            worksheet.set_column_width(column, if is_words { 40 } else { 16 }).map_err(failed)?;
        }
        for (row, cells) in (1_u32..).zip(&sheet.rows) {
            for (column, cell) in (0_u16..).zip(&cells.cells).filter(|(_, cell)| !cell.is_empty()) {
                worksheet.write_string_with_format(row, column, cell, &wrapped).map_err(failed)?;
            }
        }
    }
    Ok(workbook.save_to_buffer().map_err(failed)?)
}

struct Writer<'q> {
    questionnaire: &'q Questionnaire,
}

/// A row by column.
type Cells = BTreeMap<String, String>;

impl Writer<'_> {
    fn survey(&self) -> Sheet {
        let mut rows: Vec<Cells> = Vec::new();
        for step in self.questionnaire.steps() {
            let mut cells = Cells::new();
            match step {
                Step::Open(group) => {
                    put(&mut cells, "type", if group.repeat.is_some() { "begin_repeat" } else { "begin_group" });
                    put(&mut cells, "name", &group.name);
                    self.words(&mut cells, "label", &group.label);
                    self.words(&mut cells, "hint", &group.hint);
                    formula(&mut cells, "relevant", group.relevant.as_ref());
                    put(&mut cells, "appearance", group.appearance.as_deref().unwrap_or_default());
                    formula(&mut cells, "repeat_count", group.repeat.as_ref().and_then(|repeat| repeat.count.as_ref()));
                }
                Step::Close(group) => {
                    put(&mut cells, "type", if group.repeat.is_some() { "end_repeat" } else { "end_group" });
                }
                Step::Question(question) => self.question(&mut cells, question),
            }
            rows.push(cells);
        }
        let mut order: Vec<String> = ["type", "name"].map(str::to_owned).into();
        self.all_languages(&mut order, &["label", "hint", "guidance_hint"]);
        order.extend(["required"].map(str::to_owned));
        self.all_languages(&mut order, &["required_message"]);
        order.extend(["relevant", "constraint"].map(str::to_owned));
        self.all_languages(&mut order, &["constraint_message"]);
        let plain = [
            "calculation",
            "trigger",
            "appearance",
            "choice_filter",
            "default",
            "parameters",
            "read_only",
            "repeat_count",
        ];
        order.extend(plain.map(str::to_owned));
        self.all_languages(&mut order, MEDIA);
        sheet("survey", &order, &["type", "name"], rows)
    }

    fn question(&self, cells: &mut Cells, question: &Question) {
        put(cells, "type", &type_of(&question.kind));
        put(cells, "name", &question.name);
        for (base, texts) in [
            ("label", &question.label),
            ("hint", &question.hint),
            ("guidance_hint", &question.guidance_hint),
            ("required_message", &question.required_message),
            ("constraint_message", &question.constraint_message),
        ] {
            self.words(cells, base, texts);
        }
        for (kind, texts) in &question.media {
            self.words(cells, kind, texts);
        }
        for (column, written) in [
            ("required", &question.required),
            ("relevant", &question.relevant),
            ("constraint", &question.constraint),
            ("calculation", &question.calculation),
            ("choice_filter", &question.choice_filter),
            ("default", &question.default_formula),
            ("read_only", &question.read_only),
        ] {
            formula(cells, column, written.as_ref());
        }
        for (column, text) in
            [("appearance", &question.appearance), ("default", &question.default), ("parameters", &question.parameters)]
        {
            put(cells, column, text.as_deref().unwrap_or_default());
        }
        let trigger: Vec<String> = question.trigger.iter().map(|name| format!("${{{name}}}")).collect();
        put(cells, "trigger", &trigger.join(", "));
    }

    fn choices(&self) -> Sheet {
        let lists = self.questionnaire.choice_lists().iter().filter(|list| !list.is_file());
        let rows: Vec<Cells> = lists
            .clone()
            .flat_map(|list| {
                list.choices.iter().map(|choice| {
                    let mut cells = choice.columns.clone();
                    put(&mut cells, "list_name", &list.name);
                    put(&mut cells, "name", &choice.name);
                    self.words(&mut cells, "label", &choice.label);
                    for (kind, texts) in &choice.media {
                        self.words(&mut cells, kind, texts);
                    }
                    cells
                })
            })
            .collect();
        let mut order: Vec<String> = ["list_name", "name"].map(str::to_owned).into();
        self.all_languages(&mut order, &["label"]);
        self.all_languages(&mut order, MEDIA);
        order.extend(further_columns(lists));
        sheet("choices", &order, &["list_name", "name"], rows)
    }

    /// A list in a file of its own; the columns of names and words are named as its question says.
    fn file(&self, list: &ChoiceList) -> Sheet {
        let questions = self.questionnaire.questions();
        let asked = questions.iter().find(|question| question.kind.list() == Some(&list.name));
        let column = |parameter: &str, otherwise: &str| {
            asked.and_then(|question| question.parameter(parameter)).unwrap_or(otherwise).to_owned()
        };
        let (name, label) = (column("value", "name"), column("label", "label"));
        let one_for_all = list.choices.iter().all(|choice| {
            let mut words = choice.label.0.values();
            let first = words.next();
            words.all(|other| Some(other) == first)
        });
        let rows = list.choices.iter().map(|choice| {
            let mut cells = choice.columns.clone();
            put(&mut cells, &name, &choice.name);
            if one_for_all {
                put(&mut cells, &label, choice.label.0.values().next().map_or("", String::as_str));
            } else {
                self.words(&mut cells, &label, &choice.label);
            }
            cells
        });
        let rows = rows.collect();
        let mut order = vec![name.clone(), label.clone()];
        self.all_languages(&mut order, &[&label]);
        order.extend(further_columns(std::iter::once(list)));
        sheet(&list.name, &order, &[&name], rows)
    }

    fn settings(&self) -> Sheet {
        let draft = self.questionnaire.draft();
        let mut cells = Cells::new();
        let default = self.language_name(&draft.default_language);
        for (code, title) in &draft.title.0 {
            if *code == draft.default_language {
                put(&mut cells, "form_title", title);
            } else {
                put(&mut cells, &format!("form_title::{}", self.language_name(code)), title);
            }
        }
        put(&mut cells, "form_id", &draft.id);
        put(&mut cells, "version", &draft.version);
        put(&mut cells, "default_language", &default);
        put(&mut cells, "style", draft.style.as_deref().unwrap_or_default());
        formula(&mut cells, "instance_name", draft.instance_name.as_ref());
        let mut order = vec!["form_title".to_owned()];
        self.all_languages(&mut order, &["form_title"]);
        // A title may be in a language in which nothing is asked.
        order.extend(cells.keys().filter(|column| column.starts_with("form_title::")).cloned());
        order.dedup();
        order.extend(["form_id", "version", "default_language", "style", "instance_name"].map(str::to_owned));
        sheet("settings", &order, &["form_id", "version", "default_language"], vec![cells])
    }

    /// The name of a language as headings write it.
    fn language_name(&self, code: &str) -> String {
        let languages = self.questionnaire.languages().iter();
        languages.clone().find(|language| language.code == code).map_or(code, |language| &language.name).to_owned()
    }

    fn words(&self, cells: &mut Cells, base: &str, texts: &Texts) {
        for (code, text) in &texts.0 {
            put(cells, &format!("{base}::{}", self.language_name(code)), text);
        }
    }

    fn all_languages(&self, order: &mut Vec<String>, bases: &[&str]) {
        for base in bases {
            let names = self.questionnaire.languages().iter().map(|language| format!("{base}::{}", language.name));
            order.extend(names);
        }
    }
}

fn further_columns<'a>(lists: impl Iterator<Item = &'a ChoiceList>) -> Vec<String> {
    let mut columns: Vec<String> =
        lists.flat_map(|list| list.choices.iter().flat_map(|choice| choice.columns.keys().cloned())).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

fn type_of(kind: &QuestionKind) -> String {
    match kind.list() {
        Some(list) if list.ends_with(".csv") => format!("{}_from_file {list}", kind.name()),
        Some(list) => format!("{} {list}", kind.name()),
        None => kind.name().to_owned(),
    }
}

fn put(cells: &mut Cells, column: &str, text: &str) {
    if !text.is_empty() {
        cells.insert(column.to_owned(), text.to_owned());
    }
}

fn formula(cells: &mut Cells, column: &str, formula: Option<&Formula>) {
    put(cells, column, formula.map_or("", Formula::text));
}

/// The columns that are needed or used, in this order.
fn sheet(name: &str, order: &[String], needed: &[&str], rows: Vec<Cells>) -> Sheet {
    let mut columns: Vec<String> = Vec::new();
    for column in order {
        let used = || rows.iter().any(|cells| cells.contains_key(column));
        if !columns.contains(column) && (needed.contains(&column.as_str()) || used()) {
            columns.push(column.clone());
        }
    }
    let row = |(number, mut cells): (usize, Cells)| SheetRow {
        number,
        cells: columns.iter().map(|column| cells.remove(column).unwrap_or_default()).collect(),
    };
    let rows = (2..).zip(rows).map(row).collect();
    Sheet { name: name.to_owned(), columns, rows }
}
