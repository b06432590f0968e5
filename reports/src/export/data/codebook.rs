//! What every column means, as a table.

use problem::Language;

use super::dataset::{DataSet, Group, Kind};
use super::{MISSING, names};

/// Headings and rows of a table of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTable {
    /// One a column.
    pub headings: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

/// One row a variable: name, words, kind, section, when it is put, names in Stata and SPSS, choices, and how many cells are filled.
#[must_use]
pub fn variables(data: &DataSet) -> TextTable {
    let vi = data.language == Language::Vi;
    let headings: [(&str, &str); 11] = [
        ("tên", "name"),
        ("nhãn", "label"),
        ("loại", "kind"),
        ("nhóm", "group"),
        ("phần", "section"),
        ("câu hỏi nhiều lựa chọn", "multiple-choice question"),
        ("điều kiện hỏi", "asked when"),
        ("tên trong Stata", "Stata name"),
        ("tên trong SPSS", "SPSS name"),
        ("số ô có giá trị", "cells with a value"),
        ("lựa chọn", "choices"),
    ];
    let all = || data.variables().iter().map(|variable| variable.name.as_str());
    let (stata, spss) = (names::stata(all()), names::spss(all()));
    let rows = data.variables().iter().zip(stata).zip(spss).map(|((variable, stata), spss)| {
        let numbers = variable.category_numbers();
        let choices: Vec<String> = variable
            .categories()
            .iter()
            .zip(numbers)
            .map(|(category, number)| match number.to_string() == category.code {
                true => format!("{} = {}", category.code, category.label),
                // The program wants numbers and these codes are none.
                false => format!("{} [{number}] = {}", category.code, category.label),
            })
            .collect();
        let n = (0..data.n_rows()).filter(|row| !matches!(variable.cell(*row), super::Cell::Missing(_))).count();
        vec![
            variable.name.clone(),
            variable.label.clone(),
            kind(&variable.kind, vi).to_owned(),
            group(variable.group, vi).to_owned(),
            variable.section.clone(),
            variable.multiple.as_ref().map(|multiple| multiple.question.clone()).unwrap_or_default(),
            variable.relevant.clone(),
            stata,
            spss,
            n.to_string(),
            choices.join("; "),
        ]
    });
    TextTable {
        headings: headings.map(|(in_vi, in_en)| if vi { in_vi } else { in_en }.to_owned()).to_vec(),
        rows: rows.collect(),
    }
}

/// One row a code of a variable, and the codes of missing answers.
#[must_use]
pub fn choices(data: &DataSet) -> TextTable {
    let vi = data.language == Language::Vi;
    let headings = if vi { ["tên", "mã", "nhãn", "thiếu"] } else { ["name", "code", "label", "missing"] };
    let mut rows = Vec::new();
    for variable in data.variables() {
        for category in variable.categories() {
            rows.push(vec![variable.name.clone(), category.code.clone(), category.label.clone(), String::new()]);
        }
        if variable.group == Group::Answer {
            for mark in &MISSING {
                let words = mark.words(data.language).to_owned();
                let is_missing = if vi { "có" } else { "yes" };
                rows.push(vec![variable.name.clone(), mark.code.to_string(), words, is_missing.to_owned()]);
            }
        }
    }
    TextTable { headings: headings.map(str::to_owned).to_vec(), rows }
}

/// A table of all tables of a data set, with a last column that says which; without repeats as it is.
#[must_use]
pub fn of_all(data: &DataSet, of: fn(&DataSet) -> TextTable) -> TextTable {
    if data.repeats().is_empty() {
        return of(data);
    }
    let mut all = TextTable { headings: of(data).headings, rows: Vec::new() };
    all.headings.push(if data.language == Language::Vi { "bảng" } else { "table" }.to_owned());
    for table in data.tables() {
        let words = table.table_words().in_language(data.language).to_owned();
        all.rows.extend(of(table).rows.into_iter().map(|mut row| {
            row.push(words.clone());
            row
        }));
    }
    all
}

fn kind(kind: &Kind, vi: bool) -> &'static str {
    match (kind, vi) {
        (Kind::Number, true) => "số",
        (Kind::Number, false) => "number",
        (Kind::Category(_), true) => "mã lựa chọn",
        (Kind::Category(_), false) => "category",
        (Kind::Text, true) => "văn bản",
        (Kind::Text, false) => "text",
        (Kind::Date, true) => "ngày",
        (Kind::Date, false) => "date",
    }
}

fn group(group: Group, vi: bool) -> &'static str {
    match (group, vi) {
        (Group::Identity, true) => "định danh phiếu",
        (Group::Identity, false) => "identity",
        (Group::Design, true) => "thiết kế mẫu",
        (Group::Design, false) => "sample design",
        (Group::Answer, true) => "trả lời",
        (Group::Answer, false) => "answer",
    }
}
