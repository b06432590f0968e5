//! The sheet `settings`: one row.

use problem::{Place, Problems};

use super::columns::language_code;
use super::{formula, text};
use crate::questionnaire::model::{Formula, Texts};
use crate::questionnaire::sheets::{Sheet, SheetRow};
use crate::questionnaire::words;

/// What the sheet says.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) id: String,
    pub(super) title: Texts,
    pub(super) version: String,
    /// As written, such as `Tiếng Việt (vi)`.
    pub(super) default_language: String,
    pub(super) style: Option<String>,
    pub(super) instance_name: Option<Formula>,
}

const PLAIN: &[&str] = &["form_id", "version", "default_language", "style", "instance_name"];
const NOT_YET: &[&str] = &[
    "public_key",
    "submission_url",
    "auto_send",
    "auto_delete",
    "allow_choice_duplicates",
    "client_editable",
    "namespaces",
    "prefix",
    "sms_keyword",
    "instance_xmlns",
];

pub(super) fn read(sheet: &Sheet, problems: &mut Problems) -> Settings {
    let mut settings = Settings::default();
    let Some(row) = sheet.rows.first() else {
        problems.push(
            words::cell_missing("form_title, form_id, version, default_language")
                .at(Place::row(2).in_sheet("settings")),
        );
        return settings;
    };
    for extra in &sheet.rows[1..] {
        problems.push(words::cell_outside().at(Place::row(extra.number).in_sheet("settings")).expected("1 row"));
    }
    settings.default_language = needed(sheet, row, "default_language", problems);
    settings.id = needed(sheet, row, "form_id", problems);
    settings.version = needed(sheet, row, "version", problems);
    settings.style = text(sheet, row, "style");
    settings.instance_name = formula(sheet, row, "instance_name", problems);
    for column in sheet.columns.iter().filter(|column| !column.is_empty() && !column.starts_with('#')) {
        let cell = sheet.cell(row, column);
        match column.split_once("::") {
            Some(("form_title", language)) => title(&mut settings.title, language, cell),
            None if column == "form_title" => {
                let language = settings.default_language.clone();
                title(&mut settings.title, &language, cell);
            }
            None if PLAIN.contains(&column.as_str()) => {}
            None if NOT_YET.contains(&column.as_str()) => {
                if !cell.is_empty() {
                    problems.push(words::not_yet(column).at(sheet.place(row, column)));
                }
            }
            _ => problems.push(words::column_unknown(column).at(Place::cell(1, column).in_sheet("settings"))),
        }
    }
    settings
}

fn needed(sheet: &Sheet, row: &SheetRow, column: &str, problems: &mut Problems) -> String {
    text(sheet, row, column).unwrap_or_else(|| {
        problems.push(words::cell_missing(column).at(sheet.place(row, column)));
        String::new()
    })
}

fn title(title: &mut Texts, language: &str, cell: &str) {
    if !cell.is_empty() {
        title.0.insert(language_code(language), cell.to_owned());
    }
}
