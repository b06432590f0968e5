//! `khaosat quality`: what looks odd in a round, back-checks, double entry, thresholds.

mod back_check;
mod double_entry;
mod rules;
mod table;

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problem, Problems};
use chrono::NaiveDate;
use clap::ValueEnum;

use super::{DatabaseArg, files, from_store, language, say};
use crate::inspection::{self, Inspection};
use crate::results::ResultsError;
use crate::store::Store;

/// Quality of a round: flagged interviews by day, village and enumerator; back-checks; double entry
///
/// Examples:
///   khaosat quality bac-giang-2024 --day 27/11/2026
///   khaosat quality bac-giang-2024 --format csv --out phieu.csv
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, verbatim_doc_comment)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Sub>,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Thresholds of the checks: show the defaults or those of a round, set a round's
    #[command(subcommand)]
    Rules(rules::Args),
    /// A second visit to some households: draw them, list them, verify the draw, compare the answers
    #[command(subcommand)]
    BackCheck(back_check::Args),
    /// Compares two entries of the same paper forms; only an explicit third value ends a difference
    DoubleEntry(double_entry::Args),
}

/// What is shown of a round
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Code of the round
    // Not required here: an environment that names the database would make the whole group required beside a subcommand.
    round: Option<String>,
    /// The day on which the server received the interviews: 27/11/2026 or 2026-11-27; without it, the whole round
    #[arg(long, value_parser = super::plan::day)]
    day: Option<NaiveDate>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Writes to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// How the result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For reading.
    Table,
    /// Everything, for programs.
    Json,
    /// The rows, for spreadsheets.
    Csv,
}

/// Runs the command.
///
/// # Errors
/// An unknown round, a file that cannot be read, what the rules refuse; the database.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match &args.command {
        Some(Sub::Rules(args)) => rules::run(args, out),
        Some(Sub::BackCheck(args)) => back_check::run(args, out),
        Some(Sub::DoubleEntry(args)) => double_entry::run(args, out),
        None => run_show(&args.show, out),
    }
}

fn run_show(args: &ShowArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let Some(round) = &args.round else {
        return Err(Problem::new("round_missing", "chưa nói đợt khảo sát nào", "no round is named")
            .hint("khaosat quality MÃ_ĐỢT", "khaosat quality ROUND")
            .into());
    };
    let store = args.database.open()?;
    let found = inspect(&store, round)?;
    let epoch = NaiveDate::default();
    let page = found.page(args.day.map(|day| (day - epoch).num_days()));
    let mut bytes = Vec::new();
    match args.format {
        Format::Table => table::write(&found, &page, language(), &mut bytes)?,
        Format::Json => say(&mut bytes, format_args!("{:#}", inspection::json(&found, &page)))?,
        Format::Csv => bytes = inspection::csv(&found, &page, language())?,
    }
    emit(args.out.as_deref(), &bytes, out)
}

/// To a file, or to the screen.
fn emit(file: Option<&std::path::Path>, bytes: &[u8], out: &mut dyn Write) -> Result<(), Problems> {
    match file {
        Some(file) => files::write(file, bytes),
        None => out.write_all(bytes).map_err(|error| {
            Problem::new("output", "không ghi được kết quả", "the output cannot be written")
                .got(error.to_string())
                .into()
        }),
    }
}

fn inspect(store: &Store, round: &str) -> Result<Inspection, Problems> {
    match inspection::of_round(store, round) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(crate::problem::round_unknown(round).into()),
        Err(ResultsError::Store(error)) => Err(from_store(&error)),
        Err(ResultsError::Data(problems)) => Err(problems),
    }
}

fn require_round(store: &Store, code: &str) -> Result<(), Problems> {
    match store.read(|snapshot| snapshot.find_round(code)).map_err(|error| from_store(&error))? {
        Some(_) => Ok(()),
        None => Err(crate::problem::round_unknown(code).into()),
    }
}

/// A number for people; a dash where there is none.
fn number(value: Option<f64>, decimals: usize, language: Language) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return "–".to_owned() };
    match language {
        Language::Vi => reports::vietnamese::number(value, decimals).unwrap_or_else(|_| "–".to_owned()),
        Language::En => format!("{value:.decimals$}"),
    }
}

/// A share in per cent.
fn percent(value: Option<f64>, language: Language) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{} %", number(Some(100.0 * value), 1, language)))
}

/// An interval in per cent.
fn interval(value: Option<(f64, f64)>, language: Language) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |(low, high)| {
            format!("{}–{} %", number(Some(100.0 * low), 1, language), number(Some(100.0 * high), 1, language))
        },
    )
}
