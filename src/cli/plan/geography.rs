//! `khaosat geography`: which units there are on a day, and what old units have become.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Problem, Problems};
use chrono::NaiveDate;
use clap::Subcommand;

use super::{Cell, Print, Source, Table, day, import, print, today};
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
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// What a unit has become on a later day, or which units made it up on an earlier one
    Map {
        /// The unit
        unit: String,
        /// The day
        #[arg(long, value_parser = day)]
        day: NaiveDate,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
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
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// Takes the office's own table of units, or of their changes, in place of the shipped one
    Import {
        /// The table: CSV, UTF-8
        file: PathBuf,
        /// The table holds changes, not units
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
        GeographyArgs::List { level, day, source, print } => {
            let geography = source.standing()?.geography;
            units(&geography.on(level, day.unwrap_or_else(today))?, *print, out)
        }
        GeographyArgs::Map { unit, day, source, print } => map(&source.standing()?.geography, unit, *day, *print, out),
        GeographyArgs::Code { code, level, day, source, print } => {
            units(&[source.standing()?.geography.by_code(level, code, *day)?], *print, out)
        }
        GeographyArgs::Import { file, changes, source } => {
            let kind = if *changes { PlanTableKind::UnitChanges } else { PlanTableKind::Units };
            import(source, kind, file, out)
        }
    }
}

fn units(units: &[&Unit], print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let day = |day: Option<NaiveDate>| day.map(|day| day.format("%d/%m/%Y").to_string()).unwrap_or_default();
    let rows = units
        .iter()
        .map(|unit| {
            vec![
                Cell::of(&unit.code),
                Cell::of(&unit.name),
                Cell::of(&unit.id),
                Cell::of(day(unit.valid_from)),
                Cell::of(day(unit.valid_to)),
                Cell::of(unit.certainty.code()),
                Cell::of(unit.note.clone().unwrap_or_default()),
            ]
        })
        .collect();
    let headings = [
        ("mã", "code"),
        ("tên", "name"),
        ("định danh", "id"),
        ("từ ngày", "valid_from"),
        ("đến ngày", "valid_to"),
        ("độ chắc", "certainty"),
        ("lưu ý", "note"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &units)
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
    let rows = parts
        .iter()
        .map(|part| {
            let other = geography.get(&part.unit);
            vec![
                Cell::of(&part.unit),
                Cell::of(other.map(|one| one.name.clone()).unwrap_or_default()),
                Cell::Number(part.share.map(|share| share * 100.0), 1),
            ]
        })
        .collect();
    let headings = [("đơn vị", "unit"), ("tên", "name"), ("% dân số đơn vị cũ", "share_percent")];
    self::print(out, print.format, &Table { headings: &headings, rows }, &parts)
}
