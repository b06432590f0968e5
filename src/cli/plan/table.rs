//! Tables of the plan: for people in their language, for programs as CSV, or as the document that they were made of.

use std::io::Write;

use ::problem::{Language, Problem, Problems, Words};
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use reports::export::aligned::aligned;
use reports::vietnamese;
use serde::Serialize;

use crate::cli::language;

/// How to print the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// An aligned table for reading.
    #[default]
    Text,
    /// One line a row, numbers with a point.
    Csv,
    /// One document with every number at full precision.
    Json,
}

/// How to print the result.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Print {
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

/// A cell that is written for people in one form and for programs in another.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Text(String),
    /// A number and its decimals for people.
    Number(Option<f64>, usize),
    /// The same, with a plus sign where it is above zero.
    Difference(Option<f64>, usize),
    /// `01/07/2025` for people, `2025-07-01` for programs.
    Day(Option<NaiveDate>),
}

impl Cell {
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What may be missing, or a whole number that is a name: a year, a rank.
    pub(super) fn maybe<T: ToString>(thing: Option<T>) -> Self {
        Self::Text(thing.map(|thing| thing.to_string()).unwrap_or_default())
    }

    pub(super) fn words(words: &Words) -> Self {
        Self::of(words.in_language(language()))
    }

    pub(super) fn count(number: usize) -> Self {
        Self::Number(Some(number as f64), 0)
    }

    fn for_people(&self) -> Result<String, Problem> {
        Ok(match self {
            Self::Text(text) => text.clone(),
            Self::Number(None, _) | Self::Difference(None, _) => "–".to_owned(),
            Self::Number(Some(number), decimals) => in_language(*number, *decimals)?,
            Self::Difference(Some(number), decimals) => {
                let text = in_language(*number, *decimals)?;
                if *number > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
                    format!("+{text}")
                } else {
                    text
                }
            }
            Self::Day(day) => day.map(vietnamese::date).unwrap_or_default(),
        })
    }

    fn for_programs(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number, _) | Self::Difference(number, _) => {
                number.map(|one| one.to_string()).unwrap_or_default()
            }
            Self::Day(day) => day.map(|day| day.to_string()).unwrap_or_default(),
        }
    }
}

/// A number as it is written in the reader's language.
pub(super) fn in_language(number: f64, decimals: usize) -> Result<String, Problem> {
    match language() {
        Language::Vi => vietnamese::number(number, decimals),
        Language::En => Ok(format!("{number:.decimals$}")),
    }
}

/// A column: its heading in Vietnamese and in English, and what it shows of a thing.
pub(super) type Column<'a, T> = (&'static str, &'static str, &'a dyn Fn(&T) -> Cell);

/// A table with headings in both languages; programs get the English ones.
pub(super) struct Table {
    pub(super) headings: Vec<(&'static str, &'static str)>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A row for each thing.
    pub(super) fn of<T>(things: impl IntoIterator<Item = T>, columns: &[Column<'_, T>]) -> Self {
        Self {
            headings: columns.iter().map(|(vi, en, _)| (*vi, *en)).collect(),
            rows: things.into_iter().map(|thing| columns.iter().map(|(_, _, cell)| cell(&thing)).collect()).collect(),
        }
    }

    /// Prints the table, or the document that it was made of.
    pub(super) fn print<T: Serialize>(
        &self,
        out: &mut dyn Write,
        format: Format,
        document: &T,
    ) -> Result<(), Problems> {
        let text = match format {
            Format::Json => serde_json::to_string_pretty(document).map_err(|error| unwritable(&error))? + "\n",
            Format::Csv => self.to_csv()?,
            Format::Text => self.to_text()?,
        };
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error))
    }

    /// For programs: English headings, numbers with a point, days as `2025-07-01`.
    pub(super) fn to_csv(&self) -> Result<String, Problems> {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let headings = self.headings.iter().map(|(_, en)| (*en).to_owned()).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(Cell::for_programs).collect());
        for row in std::iter::once::<Vec<String>>(headings).chain(rows) {
            writer.write_record(&row).map_err(|error| unwritable(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| unwritable(&error))?;
        String::from_utf8(bytes).map_err(|error| unwritable(&error))
    }

    fn to_text(&self) -> Result<String, Problems> {
        let heading = |(vi, en): &(&str, &str)| if language() == Language::Vi { *vi } else { *en }.to_owned();
        let mut rows: Vec<Vec<String>> = vec![self.headings.iter().map(heading).collect()];
        for row in &self.rows {
            rows.push(row.iter().map(Cell::for_people).collect::<Result<_, _>>()?);
        }
        let is_number = |column: &usize| {
            self.rows.iter().any(|row| matches!(row.get(*column), Some(Cell::Number(..) | Cell::Difference(..))))
        };
        Ok(aligned(&rows, &(0..self.headings.len()).filter(is_number).collect::<Vec<_>>()))
    }
}

fn unwritable(error: &dyn std::error::Error) -> Problems {
    Problem::new("plan_output", "không ghi được kết quả", "the result cannot be written").got(error.to_string()).into()
}
