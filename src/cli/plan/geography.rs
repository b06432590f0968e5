//! `khaosat geography`: which units there are on a day, and what old units have become.

use std::io::Write;

use ::problem::{Problem, Problems};
use chrono::NaiveDate;
use clap::Subcommand;

use super::{Cell, ImportArgs, Print, Table, View, day, today};
use crate::plan::geography::{Geography, Part, Unit};
use crate::store::PlanTableKind;

/// Places with dates: units on a day, what became of them
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  khaosat geography list --level province --day 30/06/2025\n  khaosat geography map bac-giang --day 01/07/2025\n  \
    khaosat geography code 24 --day 30/06/2025"
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
    /// Takes the office's own table of units, or of their changes, in place of the shipped one
    Import {
        /// The table holds changes, not units
        #[arg(long)]
        changes: bool,
        #[command(flatten)]
        table: ImportArgs,
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
        GeographyArgs::Import { changes, table } => {
            table.run(if *changes { PlanTableKind::UnitChanges } else { PlanTableKind::Units }, out)
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
