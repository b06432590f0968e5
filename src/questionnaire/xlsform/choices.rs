//! The sheet `choices`: lists of codes and words.

use std::collections::BTreeMap;

use problem::Problems;

use super::columns::{Headings, Known};
use crate::questionnaire::model::{Choice, ChoiceList};
use crate::questionnaire::sheets::Sheet;
use crate::questionnaire::words;

/// The columns; any other plain column can be used by choice filters.
pub(super) const KNOWN: &[(&str, Known)] = &[
    ("list_name", Known::Needed),
    ("name", Known::Needed),
    ("label", Known::Words),
    ("media", Known::NotYet),
    ("image", Known::NotYet),
    ("big-image", Known::NotYet),
    ("audio", Known::NotYet),
    ("video", Known::NotYet),
];

/// The lists, in order of their first row.
pub(super) fn read(sheet: &Sheet, headings: &Headings, problems: &mut Problems) -> Vec<ChoiceList> {
    let mut lists: Vec<ChoiceList> = Vec::new();
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
        let index = lists.iter().position(|known| known.name == list).unwrap_or_else(|| {
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
            row: Some(row.number),
        });
    }
    lists
}
