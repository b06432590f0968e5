//! `khaosat agencies`: who answers for targets and tasks, with days and successors.

use std::io::Write;
use std::path::PathBuf;

use ::problem::Problems;
use chrono::NaiveDate;
use clap::Subcommand;

use super::{Cell, Print, Source, Table, day, import, print};
use crate::standing::Standing;
use crate::store::PlanTableKind;

/// Agencies that answer for targets and tasks
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  khaosat agencies list --day 01/07/2025\n  khaosat agencies import co-quan.csv")]
pub(crate) enum AgenciesArgs {
    /// The agencies with their days and successors
    List {
        /// Only those that exist on this day
        #[arg(long, value_parser = day)]
        day: Option<NaiveDate>,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// Takes the office's own list of agencies in place of the shipped one
    Import {
        /// The table: CSV, UTF-8, with the columns of `agencies list --format csv`
        file: PathBuf,
        #[command(flatten)]
        source: Source,
    },
}

/// Runs the command.
///
/// # Errors
/// Problems of the table and of the database.
pub(crate) fn run(args: &AgenciesArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        AgenciesArgs::List { day, source, print } => list(&source.standing()?, *day, *print, out),
        AgenciesArgs::Import { file, source } => import(source, PlanTableKind::Agencies, file, out),
    }
}

fn list(standing: &Standing, day: Option<NaiveDate>, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let exists = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
        day.is_none_or(|day| from.is_none_or(|first| first <= day) && to.is_none_or(|last| day <= last))
    };
    let agencies: Vec<_> = standing.agencies.iter().filter(|one| exists(one.valid_from, one.valid_to)).collect();
    let written = |day: Option<NaiveDate>| Cell::of(day.map(|day| day.to_string()).unwrap_or_default());
    let rows = agencies
        .iter()
        .map(|one| {
            vec![
                Cell::of(&one.id),
                Cell::of(one.name.in_language(::problem::Language::Vi)),
                Cell::of(one.name.in_language(::problem::Language::En)),
                written(one.valid_from),
                written(one.valid_to),
                Cell::of(one.successor.clone().unwrap_or_default()),
                Cell::of(one.certainty.code()),
                Cell::of(one.note.clone().unwrap_or_default()),
            ]
        })
        .collect();
    // The English headings are those of the table that `import` reads.
    let headings = [
        ("mã", "id"),
        ("tên", "name_vi"),
        ("tên tiếng Anh", "name_en"),
        ("từ ngày", "valid_from"),
        ("đến ngày", "valid_to"),
        ("kế thừa", "successor"),
        ("độ chắc", "certainty"),
        ("lưu ý", "note"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &agencies)
}
