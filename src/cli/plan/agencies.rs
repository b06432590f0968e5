//! `khaosat agencies`: who answers for targets and tasks, with days and successors.

use std::io::Write;

use ::problem::Problems;
use chrono::NaiveDate;
use clap::Subcommand;

use super::{Cell, ImportArgs, Print, Table, View, day};
use crate::plan::task::Agency;
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
        view: View,
    },
    /// Takes the office's own list of agencies in place of the shipped one; columns as in `agencies list --format csv`
    Import(ImportArgs),
}

/// Runs the command.
///
/// # Errors
/// Problems of the table and of the database.
pub(crate) fn run(args: &AgenciesArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        AgenciesArgs::List { day, view } => list(&view.source.standing()?, *day, view.print, out),
        AgenciesArgs::Import(table) => table.run(PlanTableKind::Agencies, out),
    }
}

fn list(standing: &Standing, day: Option<NaiveDate>, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let exists = |one: &&Agency| day.is_none_or(|day| one.exists_on(day));
    let agencies: Vec<&Agency> = standing.agencies.iter().filter(exists).collect();
    // The English headings are those of the table that `import` reads.
    let table = Table::of(
        agencies.iter().copied(),
        &[
            ("mã", "id", &|one: &&Agency| Cell::of(&one.id)),
            ("tên", "name_vi", &|one| Cell::of(&one.name.vi)),
            ("tên tiếng Anh", "name_en", &|one| Cell::of(&one.name.en)),
            ("từ ngày", "valid_from", &|one| Cell::Day(one.valid_from)),
            ("đến ngày", "valid_to", &|one| Cell::Day(one.valid_to)),
            ("kế thừa", "successor", &|one| Cell::maybe(one.successor.as_ref())),
            ("độ chắc", "certainty", &|one| Cell::of(one.certainty.code())),
            ("lưu ý", "note", &|one| Cell::maybe(one.note.as_ref())),
        ],
    );
    table.print(out, print.format, &agencies)
}
