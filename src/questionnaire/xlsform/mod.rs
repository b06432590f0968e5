//! Reading the sheets of an XLSForm: every cell is understood or told, none is passed over in silence.
//!
//! # Source
//! <https://docs.getodk.org/xlsform/>
//!
//! # Limits
//! Entities, encryption, external selects and settings that belong to a server answer "not supported".

mod choices;
mod columns;
mod row_kind;
mod settings;
mod survey;
mod write;

use std::collections::BTreeSet;

use problem::{Place, Problem, Problems};

use super::model::{Draft, Formula};
use super::sheets::{Sheet, SheetRow, Sheets};
use super::{Questionnaire, words};
use columns::Headings;
pub use write::{to_sheets, to_xlsx};

/// The questionnaire that the sheets describe.
///
/// # Errors
/// Every problem of the sheets, with sheet, row and column.
pub fn read(sheets: &Sheets) -> Result<Questionnaire, Problems> {
    let mut problems = Problems::none();
    for sheet in [&sheets.survey, &sheets.choices, &sheets.settings] {
        if sheet.columns.is_empty() {
            problems.push(words::sheet_missing(&sheet.name).at(Place::default().in_sheet(&sheet.name)));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let draft = read_draft(sheets, &mut problems);
    match draft.check() {
        Ok(questionnaire) => problems.into_result(questionnaire),
        Err(found) => {
            // A cell that could not be read is told once, not again as missing.
            let told: BTreeSet<_> =
                problems.iter().filter_map(|problem| Some(cell_of(problem.place.as_ref()?))).collect();
            let is_told = |new: &Place| told.contains(&cell_of(new));
            problems.extend(found.into_iter().filter(|new| !new.place.as_ref().is_some_and(is_told)));
            problems.0.sort_by_key(|problem| problem.place.as_ref().map(in_reading_order));
            Err(problems)
        }
    }
}

/// What tells a cell from all others. Settings have one row, which the check of the whole does not name.
fn cell_of(place: &Place) -> (Option<String>, Option<String>, Option<usize>) {
    let is_settings = place.sheet.as_deref() == Some("settings");
    (place.sheet.clone(), place.column.clone(), place.row.filter(|_| !is_settings))
}

fn in_reading_order(place: &Place) -> (usize, Option<usize>) {
    let sheets = ["survey", "choices", "settings"];
    // Files of lists come last.
    let sheet = sheets.iter().position(|name| place.sheet.as_deref() == Some(*name)).unwrap_or(sheets.len());
    (sheet, place.row)
}

fn read_draft(sheets: &Sheets, problems: &mut Problems) -> Draft {
    let settings = settings::read(&sheets.settings, problems);
    let survey = Headings::of(&sheets.survey, survey::KNOWN, &settings.default_language, problems);
    let choices = Headings::of(&sheets.choices, choices::KNOWN, &settings.default_language, problems);
    let languages = columns::languages(&[&survey, &choices], &settings.default_language, problems);
    let mut choice_lists = choices::read(&sheets.choices, &choices, problems);
    let survey = survey::read(&sheets.survey, &survey, problems);
    choices::add_other(&mut choice_lists, &survey, &languages);
    choice_lists.extend(choices::read_files(sheets, &survey, &languages, problems));
    Draft {
        id: settings.id,
        title: settings.title,
        version: settings.version,
        default_language: columns::language_code(&settings.default_language),
        languages,
        style: settings.style,
        instance_name: settings.instance_name,
        groups: survey.groups,
        questions: survey.questions,
        choice_lists,
    }
}

/// The text of a cell, if there is any.
fn text(sheet: &Sheet, row: &SheetRow, column: &str) -> Option<String> {
    Some(sheet.cell(row, column)).filter(|cell| !cell.is_empty()).map(str::to_owned)
}

/// The formula in a cell, if there is one that can be read.
fn formula(sheet: &Sheet, row: &SheetRow, column: &str, problems: &mut Problems) -> Option<Formula> {
    let text = text(sheet, row, column)?;
    match Formula::new(text.clone()) {
        Ok(formula) => Some(formula),
        Err(error) => {
            problems.push(words::expression_invalid(&error).at(sheet.place(row, column)).got(text));
            None
        }
    }
}

/// A problem at a cell.
fn at(problem: Problem, sheet: &Sheet, row: &SheetRow, column: &str) -> Problem {
    problem.at(sheet.place(row, column))
}
