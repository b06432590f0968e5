//! The columns of the answers.

use estimation::table::{Cells, Column, Table};
use problem::{Language, Problems};
use reports::export::data::{Category, Group, Kind, Multiple, Variable};

use super::{Microdata, Row};
use crate::questionnaire::{CodebookEntry, ColumnKind, Texts, codebook};

impl Microdata<'_> {
    /// The answers, and the names of columns that were left out.
    pub(super) fn answers(
        &self,
        rows: &[Row<'_>],
        taken: &[Variable],
    ) -> Result<(Vec<Variable>, Vec<String>), Problems> {
        let table = self.interviews.table(self.questionnaire, rows.iter().map(|row| Some(row.case_id)))?;
        self.of_table(None, &table, taken)
    }

    /// The answers in the table of a repeat, or of the interviews, and the names of columns that were left out.
    pub(super) fn of_table(
        &self,
        repeat: Option<&str>,
        table: &Table,
        taken: &[Variable],
    ) -> Result<(Vec<Variable>, Vec<String>), Problems> {
        let (mut variables, mut left_out) = (Vec::new(), Vec::new());
        for entry in codebook(self.questionnaire).into_iter().filter(|entry| entry.repeat.as_deref() == repeat) {
            if !self.identifying && self.identifies(&entry) {
                left_out.push(entry.column);
                continue;
            }
            let mut made = self.answer(&entry, table.column(&entry.column)?.clone());
            // A question may be called like a column of ours.
            while taken.iter().any(|other| other.name == made.name) {
                made.name.push_str("_answer");
            }
            variables.push(made);
        }
        Ok((variables, left_out))
    }

    fn identifies(&self, entry: &CodebookEntry) -> bool {
        let question = self.questionnaire.question(&entry.question);
        question.is_some_and(|question| self.questionnaire.can_tell_a_person(question))
    }

    fn words(&self, texts: &Texts) -> String {
        let wanted = if self.language == Language::Vi { ["vi", "en"] } else { ["en", "vi"] };
        texts.first_of(&wanted).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn answer(&self, entry: &CodebookEntry, column: Column) -> Variable {
        let yes_no = |column: Column, no: &str, yes: &str| {
            let Column { cells, missing_reasons } = column;
            let codes = match cells {
                Cells::Numeric(values) => values
                    .into_iter()
                    .map(|value| if value.is_nan() { Cells::MISSING_CODE } else { u32::from(value != 0.0) })
                    .collect(),
                Cells::Categorical { codes, .. } => codes,
            };
            let categories = vec![Category::new("0", no), Category::new("1", yes)];
            let cells = Cells::Categorical { codes, labels: vec!["0".to_owned(), "1".to_owned()] };
            (Kind::Category(categories), Column { cells, missing_reasons })
        };
        let (kind, column) = match &entry.kind {
            ColumnKind::Categories(_) => {
                let categories = entry.choices.iter().map(|(code, texts)| Category::new(code, self.words(texts)));
                (Kind::Category(categories.collect()), column)
            }
            ColumnKind::Chosen(_) => {
                yes_no(column, &self.pick("Không chọn", "Not chosen"), &self.pick("Chọn", "Chosen"))
            }
            ColumnKind::Acknowledged => {
                yes_no(column, &self.pick("Chưa", "No"), &self.pick("Đã xác nhận", "Confirmed"))
            }
            ColumnKind::Days => (Kind::Date, column),
            ColumnKind::Text => (Kind::Text, column),
            ColumnKind::Number
            | ColumnKind::Latitude
            | ColumnKind::Longitude
            | ColumnKind::Accuracy
            | ColumnKind::Place(_) => (Kind::Number, column),
        };
        let multiple = match &entry.kind {
            ColumnKind::Chosen(code) => self.questionnaire.question(&entry.question).map(|question| Multiple {
                question: entry.question.clone(),
                label: self.words(&question.label),
                choice: Category::new(code, self.words(&entry.label)),
            }),
            _ => None,
        };
        let label = match &multiple {
            Some(multiple) => format!("{} – {}", multiple.choice.label, multiple.label),
            None => self.words(&entry.label),
        };
        let name = entry.column.clone();
        Variable {
            label: if label.is_empty() { name.clone() } else { label },
            name,
            section: entry.sections.iter().map(|texts| self.words(texts)).collect::<Vec<_>>().join(" › "),
            relevant: entry.relevant.join(" and "),
            kind,
            group: Group::Answer,
            multiple,
            column,
        }
    }
}
