//! The commands of the plan: `official`, `target`, `task`, `agencies`, `par`, `geography`, `papers`. What they share: where the figures come from, the
//! day they are looked at, and how a table is printed.

pub(crate) mod agencies;
pub(crate) mod geography;
pub(crate) mod official;
pub(crate) mod papers;
pub(crate) mod par;
mod picture;
pub(crate) mod target;
pub(crate) mod task;

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Language, Problem, Problems, Words};
use chrono::{FixedOffset, NaiveDate, Utc};
use clap::{Args, ValueEnum};
use reports::export::aligned::aligned;
use reports::vietnamese;
use serde::Serialize;

use super::{DatabaseArg, files, language, say};
use crate::results::ResultsCache;
use crate::standing::{Standing, checked_evidence};
use crate::store::{KeptReport, NewEvidence, NewPlanReport, PlanTableKind, Store};

/// The name under which the command line stands in the audit log.
const ACTOR: &str = "command line";

/// Where the figures come from.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// The database with the office's own tables and reports; without it, `khaosat.db` if it is there, else only what comes with
    /// the program
    #[arg(long, value_name = "URL", env = "KHAOSAT_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Source {
    fn standing(&self) -> Result<Standing, Problems> {
        match self.url() {
            Some(database) => Standing::of(&DatabaseArg { database }.open()?),
            None => Standing::shipped(),
        }
    }

    /// The same with the estimates of the office's own rounds of a unit.
    fn standing_with_rounds(&self, unit: &str) -> Result<Standing, Problems> {
        let Some(database) = self.url() else { return Standing::shipped() };
        let store = DatabaseArg { database }.open()?;
        Standing::of(&store)?.with_rounds(&store, &ResultsCache::default(), unit)
    }

    fn url(&self) -> Option<String> {
        self.database.clone().or_else(|| Path::new("khaosat.db").exists().then(|| "khaosat.db".to_owned()))
    }

    /// The database that is written to.
    fn store(&self) -> Result<Store, Problems> {
        DatabaseArg { database: self.database.clone().unwrap_or_else(|| "khaosat.db".to_owned()) }.open()
    }
}

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
    format: Format,
}

/// A cell that is written for people in one form and for programs in another.
#[derive(Clone, Debug)]
enum Cell {
    Text(String),
    /// A number and its decimals for people.
    Number(Option<f64>, usize),
    /// The same, with a plus sign where it is above zero.
    Difference(Option<f64>, usize),
}

impl Cell {
    fn of(text: impl Into<String>) -> Self {
        Self::Text(text.into())
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
        })
    }

    fn for_programs(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number, _) | Self::Difference(number, _) => {
                number.map(|one| one.to_string()).unwrap_or_default()
            }
        }
    }
}

fn in_language(number: f64, decimals: usize) -> Result<String, Problem> {
    match language() {
        Language::Vi => vietnamese::number(number, decimals),
        Language::En => Ok(format!("{number:.decimals$}")),
    }
}

/// A table with headings in both languages; programs get the English ones.
struct Table<'a> {
    headings: &'a [(&'a str, &'a str)],
    rows: Vec<Vec<Cell>>,
}

/// Prints a table, or the document that it was made of.
fn print<T: Serialize>(out: &mut dyn Write, format: Format, table: &Table<'_>, document: &T) -> Result<(), Problems> {
    let text = match format {
        Format::Json => serde_json::to_string_pretty(document).map_err(|error| unwritable(&error))? + "\n",
        Format::Csv => {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            let headings = table.headings.iter().map(|(_, en)| (*en).to_owned()).collect();
            let rows = table.rows.iter().map(|row| row.iter().map(Cell::for_programs).collect());
            for row in std::iter::once::<Vec<String>>(headings).chain(rows) {
                writer.write_record(&row).map_err(|error| unwritable(&error))?;
            }
            let bytes = writer.into_inner().map_err(|error| unwritable(&error))?;
            String::from_utf8(bytes).map_err(|error| unwritable(&error))?
        }
        Format::Text => {
            let heading = |(vi, en): &(&str, &str)| if language() == Language::Vi { *vi } else { *en }.to_owned();
            let mut rows: Vec<Vec<String>> = vec![table.headings.iter().map(heading).collect()];
            for row in &table.rows {
                rows.push(row.iter().map(Cell::for_people).collect::<Result<_, _>>()?);
            }
            let is_number = |column: &usize| {
                table.rows.iter().any(|row| matches!(row.get(*column), Some(Cell::Number(..) | Cell::Difference(..))))
            };
            aligned(&rows, &(0..table.headings.len()).filter(is_number).collect::<Vec<_>>())
        }
    };
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| unwritable(&error))
}

fn unwritable(error: &dyn std::error::Error) -> Problems {
    Problem::new("plan_output", "không ghi được kết quả", "the result cannot be written").got(error.to_string()).into()
}

/// Today in Vietnam, where the offices are.
fn today() -> NaiveDate {
    let vietnam = FixedOffset::east_opt(7 * 3600);
    vietnam.map_or_else(|| Utc::now().date_naive(), |zone| Utc::now().with_timezone(&zone).date_naive())
}

/// A day on the command line.
pub(crate) fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"))
        .map_err(|_| "2024-10-15 or 15/10/2024".to_owned())
}

/// Checks a table against all that is known, then keeps it.
fn import(source: &Source, kind: PlanTableKind, path: &Path, out: &mut dyn Write) -> Result<(), Problems> {
    let body = files::read(path)?;
    let store = source.store()?;
    let shown = path.display().to_string();
    Standing::of(&store)?.with_table(kind, &body).map_err(|problems| problems.in_file(&shown))?;
    let number =
        store.write(ACTOR, move |tx| tx.keep_plan_table(kind, &body)).map_err(|error| super::from_store(&error))?;
    say(
        out,
        match language() {
            Language::Vi => format!("Đã nhập {shown} (số {number})"),
            Language::En => format!("Imported {shown} (number {number})"),
        },
    )
}

/// Files of evidence, read and checked.
fn evidence(paths: &[PathBuf]) -> Result<Vec<NewEvidence>, Problems> {
    let mut problems = Problems::none();
    let mut all = Vec::new();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match files::read(path) {
            Ok(body) => match checked_evidence(&name, body) {
                Ok(file) => all.push(file),
                Err(problem) => problems.push(problem),
            },
            Err(found) => problems.extend(found),
        }
    }
    problems.into_result(all)
}

/// Keeps a report and says so.
fn keep(source: &Source, report: NewPlanReport, out: &mut dyn Write) -> Result<(), Problems> {
    let kept = source
        .store()?
        .write(ACTOR, move |tx| tx.keep_plan_report(&report))
        .map_err(|error| super::from_store(&error))?;
    let words = match kept {
        KeptReport::New(number) => {
            Words::new(format!("Đã lưu báo cáo (số {number})"), format!("The report was kept (number {number})"))
        }
        KeptReport::Again(number) => Words::new(
            format!("Trùng với báo cáo gần nhất (số {number}), không lưu thêm"),
            format!("The same as the last report (number {number}); nothing was added"),
        ),
    };
    say(out, words.in_language(language()))
}
