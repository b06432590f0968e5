//! The sheet `choices`: lists of codes and words.

use std::collections::BTreeMap;

use problem::Problems;

use super::columns::{Headings, Known};
use super::survey::{OTHER, Survey};
use crate::questionnaire::model::{Choice, ChoiceList, FormLanguage, Texts};
use crate::questionnaire::sheets::{Sheet, SheetRow, Sheets};
use crate::questionnaire::words;

/// The columns; any other plain column can be used by choice filters.
pub(super) const KNOWN: &[(&str, Known)] = &[
    ("list_name", Known::Needed),
    ("name", Known::Needed),
    ("label", Known::Words),
    ("image", Known::Words),
    ("big-image", Known::Words),
    ("audio", Known::Words),
    ("video", Known::Words),
];

/// The lists, in order of their first row.
pub(super) fn read(sheet: &Sheet, headings: &Headings, problems: &mut Problems) -> Vec<ChoiceList> {
    let mut lists: Vec<ChoiceList> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &sheet.rows {
        let (list, name) = (sheet.cell(row, "list_name"), sheet.cell(row, "name"));
        for (column, cell) in [("list_name", list), ("name", name)] {
            if cell.is_empty() {
                problems.push(words::cell_missing(column).at(sheet.place(row, column)));
            }
        }
        if list.is_empty() {
            continue;
        }
        let index = *known.entry(list).or_insert_with(|| {
            lists.push(ChoiceList { name: list.to_owned(), choices: Vec::new() });
            lists.len() - 1
        });
        let columns: BTreeMap<String, String> = headings
            .others
            .iter()
            .map(|column| (column.clone(), sheet.cell(row, column).to_owned()))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        lists[index].choices.push(Choice {
            name: name.to_owned(),
            label: headings.texts(sheet, row, "label"),
            columns,
            media: headings.media(sheet, row).filter(|(_, texts)| !texts.is_empty()).collect(),
            row: Some(row.number),
        });
    }
    lists
}

/// The lists that stand in files of their own: columns `name` and `label` (or `label::language`), any others for filters and
/// `pulldata`. One label is the words in every language.
pub(super) fn read_files(
    sheets: &Sheets,
    survey: &Survey,
    languages: &[FormLanguage],
    problems: &mut Problems,
) -> Vec<ChoiceList> {
    let default = languages.first().map_or("", |language| language.code.as_str());
    sheets
        .files
        .iter()
        .map(|sheet| {
            let asked = survey.questions.iter().find(|question| question.kind.list() == Some(&sheet.name));
            let column = |parameter: &str| {
                asked.and_then(|question| question.parameter(parameter)).unwrap_or(parameter).to_owned()
            };
            let (name, label) = (column_of(column("value"), "value", "name"), column("label"));
            let known = [(name.as_str(), Known::Needed), (label.as_str(), Known::Words)];
            let headings = Headings::of(sheet, &known, default, problems);
            let choice = |row: &SheetRow| {
                let mut words = headings.texts(sheet, row, &label);
                if let (1, Some(only)) = (words.0.len(), words.0.values().next().cloned()) {
                    words = Texts(languages.iter().map(|language| (language.code.clone(), only.clone())).collect());
                }
                let code = sheet.cell(row, &name).to_owned();
                // A table that only `pulldata` reads needs no words.
                if words.is_empty() {
                    words = Texts(languages.iter().map(|language| (language.code.clone(), code.clone())).collect());
                }
                let cells = headings.others.iter().map(|column| (column.clone(), sheet.cell(row, column).to_owned()));
                // Formulas name the columns as the file does.
                let own = [(&name, "name"), (&label, "label")].into_iter().filter(|(column, usual)| column != usual);
                let own = own.map(|(column, _)| (column.clone(), sheet.cell(row, column).to_owned()));
                let columns = cells.chain(own).filter(|(_, cell)| !cell.is_empty()).collect();
                Choice { name: code, label: words, columns, media: BTreeMap::new(), row: Some(row.number) }
            };
            let choices: Vec<Choice> = sheet.rows.iter().map(choice).collect();
            for (choice, row) in choices.iter().zip(&sheet.rows).filter(|(choice, _)| choice.name.is_empty()) {
                problems.push(words::cell_missing(&name).at(sheet.place(row, &name)).got(&choice.name));
            }
            ChoiceList { name: sheet.name.clone(), choices }
        })
        .collect()
}

/// `value` without a setting is the column `name`.
fn column_of(found: String, parameter: &str, otherwise: &str) -> String {
    if found == parameter { otherwise.to_owned() } else { found }
}

/// Gives lists their choice “other”, where they have none.
pub(super) fn add_other(lists: &mut [ChoiceList], survey: &Survey, languages: &[FormLanguage]) {
    for list in lists.iter_mut().filter(|list| survey.lists_with_other.contains(&list.name)) {
        if list.choice(OTHER).is_none() {
            let word = |code: &str| if code == "vi" { "Khác" } else { "Other" }.to_owned();
            let label = Texts(languages.iter().map(|one| (one.code.clone(), word(&one.code))).collect());
            list.choices.push(Choice {
                name: OTHER.to_owned(),
                label,
                columns: BTreeMap::new(),
                media: BTreeMap::new(),
                row: None,
            });
        }
    }
}
