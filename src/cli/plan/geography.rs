//! `khaosat geography`: which units there are on a day, and what old units have become.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Problem, Problems};
use chrono::NaiveDate;
use clap::Subcommand;

use super::{Cell, Print, Source, Table, View, day, import, today};
use crate::plan::geography::{Geography, Part, Unit};
use crate::store::PlanTableKind;

/// Places with dates: units on a day, what became of them
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  khaosat geography list --level province --day 30/06/2025\n  khaosat geography map bac-giang --day 01/07/2025\n  \
    khaosat geography code 24 --day 30/06/2025\n  \
    khaosat geography export > units.csv\n  khaosat geography import --units communes.csv --changes mergers.csv"
)]
pub(crate) enum GeographyArgs {
    /// The units of a level on a day, in Vietnamese order
    List {
        /// province, district, …
        #[arg(long, default_value = "province")]
        level: String,
        /// The day; without it, today
        #[arg(long, value_parser = day)]
        day: Option<NaiveDate>,
        #[command(flatten)]
        view: View,
    },
    /// What a unit has become on a later day, or which units made it up on an earlier one
    Map {
        /// The unit
        unit: String,
        /// The day
        #[arg(long, value_parser = day)]
        day: NaiveDate,
        #[command(flatten)]
        view: View,
    },
    /// Which unit a code names on a day
    Code {
        /// The code
        code: String,
        /// province, district, …
        #[arg(long, default_value = "province")]
        level: String,
        /// The day
        #[arg(long, value_parser = day)]
        day: NaiveDate,
        #[command(flatten)]
        view: View,
    },
    /// Adds the office's own units, changes of units, or both at once; a row on a known unit takes the place of what was known
    Import {
        /// Units: CSV, UTF-8, with the columns of `geography export`
        #[arg(long, value_name = "FILE", required_unless_present = "changes")]
        units: Option<PathBuf>,
        /// What became of units: likewise, with the columns of `geography export --changes`
        #[arg(long, value_name = "FILE")]
        changes: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Prints all units (or, with --changes, what became of them) as the table that `import` takes
    Export {
        /// What became of units, instead of the units
        #[arg(long)]
        changes: bool,
        #[command(flatten)]
        source: Source,
    },
}

/// Runs the command.
///
/// # Errors
/// Problems of tables and of the database; `geography_unknown_unit`, `geography_unknown_code`.
pub(crate) fn run(args: &GeographyArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        GeographyArgs::List { level, day, view } => {
            let geography = view.source.standing()?.geography;
            units(&geography.on(level, day.unwrap_or_else(today))?, view.print, out)
        }
        GeographyArgs::Map { unit, day, view } => map(&view.source.standing()?.geography, unit, *day, view.print, out),
        GeographyArgs::Code { code, level, day, view } => {
            units(&[view.source.standing()?.geography.by_code(level, code, *day)?], view.print, out)
        }
        GeographyArgs::Import { units, changes, source } => {
            let units = units.iter().map(|file| (PlanTableKind::Units, file));
            let changes = changes.iter().map(|file| (PlanTableKind::UnitChanges, file));
            import(source, &units.chain(changes).collect::<Vec<_>>(), out)
        }
        GeographyArgs::Export { changes, source } => {
            let geography = source.standing()?.geography;
            let table = if *changes { geography.changes_csv() } else { geography.units_csv() };
            out.write_all(table.as_bytes()).and_then(|()| out.flush()).map_err(|error| {
                Problem::new("plan_output", "không ghi được kết quả", "the result cannot be written")
                    .got(error.to_string())
                    .into()
            })
        }
    }
}

fn units(units: &[&Unit], print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let table = Table::of(
        units.iter().copied(),
        &[
            ("mã", "code", &|unit: &&Unit| Cell::of(&unit.code)),
            ("tên", "name", &|unit| Cell::of(&unit.name)),
            ("định danh", "id", &|unit| Cell::of(&unit.id)),
            ("từ ngày", "valid_from", &|unit| Cell::Day(unit.valid_from)),
            ("đến ngày", "valid_to", &|unit| Cell::Day(unit.valid_to)),
            ("độ chắc", "certainty", &|unit| Cell::of(unit.certainty.code())),
            ("lưu ý", "note", &|unit| Cell::maybe(unit.note.as_ref())),
        ],
    );
    table.print(out, print.format, &units)
}

fn map(geography: &Geography, id: &str, day: NaiveDate, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let Some(unit) = geography.get(id) else {
        return Err(Problem::new("geography_unknown_unit", "không có đơn vị này", "there is no such unit")
            .got(id.to_owned())
            .hint("khaosat geography list cho biết có những đơn vị nào", "khaosat geography list shows the units")
            .into());
    };
    let parts: Vec<Part> = if unit.valid_from.is_some_and(|first| day < first) {
        geography.backward(id, day)
    } else {
        geography.forward(id, day)
    };
    let table = Table::of(
        &parts,
        &[
            ("đơn vị", "unit", &|part: &&Part| Cell::of(&part.unit)),
            ("tên", "name", &|part| Cell::maybe(geography.get(&part.unit).map(|one| &one.name))),
            ("% dân số đơn vị cũ", "share_percent", &|part| {
                Cell::Number(part.share.map(|share| share * 100.0), 1)
            }),
        ],
    );
    table.print(out, print.format, &parts)
}
