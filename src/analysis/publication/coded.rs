//! A question as categories: everybody interviewed is in exactly one, also who gave no answer.

use estimation::table::{Cells, Column, MissingReason};
use problem::{Place, Problem, Problems, Words};
use reports::export::data::{DataSet, Kind, Variable};

use crate::analysis::inquiry::{groups, questions, variable};

/// The category of those who were asked and gave no answer.
const NO_ANSWER: &str = "no_answer";
/// The category of those who were not asked, as the questionnaire says.
const NOT_ASKED: &str = "not_asked";

/// A category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Category {
    pub(super) code: String,
    pub(super) label: Words,
    /// Of a question with several choices only those who named it are told.
    pub(super) is_told: bool,
}

/// A question, or one choice of a question with several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coded {
    /// Its name in the export.
    pub(super) name: String,
    /// The question as it was read aloud.
    pub(super) label: Words,
    pub(super) categories: Vec<Category>,
    /// The category of each person, by its place.
    pub(super) of_person: Vec<usize>,
}

impl Coded {
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.categories.len()];
        for category in &self.of_person {
            counts[*category] += 1;
        }
        counts
    }

    /// As a column of all rows: codes where somebody was interviewed.
    pub(super) fn column(&self, people: &[usize], n_rows: usize) -> Column {
        let mut cells: Vec<Option<&str>> = vec![None; n_rows];
        for (row, category) in people.iter().zip(&self.of_person) {
            cells[*row] = Some(&self.categories[*category].code);
        }
        Column::categorical(&cells)
    }
}

/// The data of a round with their words in both languages.
#[derive(Clone, Copy)]
pub struct Spoken<'a> {
    /// In Vietnamese.
    pub vi: &'a DataSet,
    /// The same rows and variables in English.
    pub en: &'a DataSet,
}

impl Spoken<'_> {
    /// The rows that count: those with a weight.
    pub(super) fn people(&self) -> Result<Vec<usize>, Problem> {
        match &variable(self.vi, "weight")?.column.cells {
            Cells::Numeric(weights) => Ok((0..weights.len()).filter(|row| weights[*row] > 0.0).collect()),
            Cells::Categorical { .. } => Ok(Vec::new()),
        }
    }

    /// The questions that have tables: of one choice, or of several. Numbers, dates and texts have none.
    #[must_use]
    pub fn tabulated(&self) -> Vec<(String, String)> {
        let is_tabulated = |name: &str| variable(self.vi, name).is_ok_and(|one| matches!(one.kind, Kind::Category(_)));
        let asked = questions(self.vi).into_iter().filter(|one| one.columns.iter().all(|name| is_tabulated(name)));
        asked.map(|one| (one.name.to_owned(), one.label.to_owned())).collect()
    }

    /// The variables that make groups.
    #[must_use]
    pub fn groups(&self) -> Vec<(String, String)> {
        groups(self.vi).into_iter().map(|one| (one.name.to_owned(), one.label.to_owned())).collect()
    }

    /// A question with its categories: one, or one for each choice of several.
    pub(super) fn question(&self, name: &str, people: &[usize]) -> Result<Vec<Coded>, Problems> {
        let known = questions(self.vi).into_iter().find(|asked| asked.name == name);
        let columns = known.map(|asked| asked.columns).unwrap_or_default();
        if columns.is_empty() || !self.tabulated().iter().any(|(known, _)| known == name) {
            return Err(no_table(name).into());
        }
        Ok(columns.into_iter().map(|column| self.coded(column, people)).collect::<Result<_, _>>()?)
    }

    /// A variable that makes groups.
    pub(super) fn group(&self, name: &str, people: &[usize]) -> Result<Coded, Problem> {
        if !self.groups().iter().any(|(known, _)| known == name) {
            return Err(no_table(name));
        }
        self.coded(name, people)
    }

    fn coded(&self, name: &str, people: &[usize]) -> Result<Coded, Problem> {
        let (vi, en) = (variable(self.vi, name)?, variable(self.en, name)?);
        let Cells::Categorical { codes, labels } = &vi.column.cells else { return Err(no_table(name)) };
        let mut categories = answers(vi, en, labels);
        let n_answers = categories.len();
        let place = |row: usize| {
            let code = labels.get(codes[row] as usize)?;
            categories[..n_answers].iter().position(|category| category.code == *code)
        };
        let mut of_person = Vec::new();
        for &row in people {
            let is_routed = vi.column.missing_reasons.get(&row) == Some(&MissingReason::NotApplicable);
            of_person.push(place(row).unwrap_or(if is_routed { n_answers + 1 } else { n_answers }));
        }
        categories.push(rest(NO_ANSWER, "Không biết, không trả lời", "Don't know, no answer"));
        categories.push(rest(NOT_ASKED, "Không thuộc diện được hỏi", "Not asked"));
        // Where everybody was asked, or everybody answered, there is no such category.
        for at in [n_answers + 1, n_answers] {
            if !of_person.contains(&at) {
                categories.remove(at);
                of_person.iter_mut().filter(|category| **category > at).for_each(|category| *category -= 1);
            }
        }
        let multiple = vi.multiple.as_ref().zip(en.multiple.as_ref());
        let label = match multiple {
            Some((vi, en)) => Words::new(&vi.label, &en.label),
            None => Words::new(&vi.label, &en.label),
        };
        if let Some((vi, en)) = multiple {
            for category in &mut categories {
                category.is_told = category.code == "1";
                if category.is_told {
                    category.label = Words::new(&vi.choice.label, &en.choice.label);
                }
            }
        }
        Ok(Coded { name: name.to_owned(), label, categories, of_person })
    }
}

/// The answers of a question in the order of the questionnaire; of an area its names.
fn answers(vi: &Variable, en: &Variable, labels: &[String]) -> Vec<Category> {
    let told = |code: &str, label: Words| Category { code: code.to_owned(), label, is_told: true };
    match &vi.kind {
        Kind::Category(categories) => categories
            .iter()
            .map(|category| {
                let english = en.categories().iter().find(|other| other.code == category.code);
                let english = english.map_or_else(|| category.label.clone(), |other| other.label.clone());
                told(&category.code, Words::new(&category.label, english))
            })
            .collect(),
        _ => labels.iter().map(|label| told(label, Words::from(label))).collect(),
    }
}

fn rest(code: &str, vi: &str, en: &str) -> Category {
    Category { code: code.to_owned(), label: Words::new(vi, en), is_told: true }
}

fn no_table(name: &str) -> Problem {
    Problem::new("publication_question", "không lập được bảng của câu hỏi này", "there is no table of this question")
        .at(Place::column(name))
        .got(name)
        .expected((
            "câu hỏi chọn một hoặc nhiều phương án; nhóm có từ 2 đến 40 giá trị",
            "a question with one choice or several; groups with 2 to 40 values",
        ))
}
