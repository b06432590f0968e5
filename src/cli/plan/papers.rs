//! The papers of a plan: the chart of its targets, that of its tasks, the tables beside them, and one workbook with all of it.

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Language, Problems, Words};
use chrono::{Datelike, NaiveDate};
use reports::chart::{ChartFormat, rendered};
use reports::document::xlsx::{Cell as SheetCell, Column, Sheet, Workbook};
use reports::vietnamese;

use super::official::gap_table;
use super::target::verdict_table;
use super::task::{When, tables};
use super::{Cell, Source, Table, day, today};
use crate::cli::{files, language, say};
use crate::plan::official::part_names;
use crate::standing::{PlanChart, Standing};

/// The papers of the plan: chart of all targets, chart and table of the tasks, PAPI gaps, one workbook
///
/// Example: khaosat papers --out ke-hoach
#[derive(clap::Args, Debug)]
pub(crate) struct PapersArgs {
    /// Folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", default_value = "ke-hoach")]
    out: PathBuf,
    /// The unit that the plan is of
    #[arg(long, default_value = "bac-giang")]
    unit: String,
    /// The day on which it is looked at; without it, today
    #[arg(long, value_parser = day)]
    day: Option<NaiveDate>,
    #[command(flatten)]
    source: Source,
}

/// Runs the command.
///
/// # Errors
/// Problems of tables and of the database; names that do not fit a figure; a folder that cannot be written to.
pub(crate) fn run(args: &PapersArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let standing = args.source.standing_with_rounds(&args.unit)?;
    // All of them are made before the first is written.
    let all = papers(&standing, &args.unit, args.day.unwrap_or_else(today))?;
    files::folder(&args.out)?;
    for (name, bytes) in all {
        let path: &Path = &args.out.join(name);
        files::write(path, &bytes)?;
        say(out, path.display())?;
    }
    Ok(())
}

/// Every paper with the name of its file.
///
/// # Errors
/// As [`Standing::chart`]; that there are no published results of the unit.
pub(crate) fn papers(standing: &Standing, unit: &str, day: NaiveDate) -> Result<Vec<(String, Vec<u8>)>, Problems> {
    let year = standing.plan_year().unwrap_or_else(|| day.year());
    let when = When::of(year, day);
    let papi_year = standing.official.latest("papi", unit, "total", day.year()).map_or(year, |newest| newest.year);
    let lines = standing.verdicts(unit, day)?;
    let gaps = standing.official.gaps("papi", unit, papi_year)?;
    let (targets, tasks) = (verdict_table(&lines), tables::task_table(standing, when));
    let gap = gap_table(&gaps, &part_names("papi", papi_year));
    let mut all = Vec::new();
    for figure in PlanChart::ALL {
        let spec = standing.chart(figure, unit, year, day, language())?;
        for format in ChartFormat::ALL {
            all.push((format!("{}.{}", figure.id(), format.extension()), rendered(&spec, format)?));
        }
    }
    for (name, table) in [("targets.csv", &targets), ("tasks-by-agency.csv", &tasks), ("papi-gap.csv", &gap)] {
        all.push((name.to_owned(), table.to_csv()?.into_bytes()));
    }
    let name = standing.geography.get(unit).map_or(unit, |known| known.name.as_str());
    let book = Workbook {
        title: pick("Kế hoạch nâng cao các chỉ số", "Plan to raise the indices"),
        sheets: vec![
            sheet(
                standing,
                [("Mục tiêu", "Targets"), ("Mục tiêu của kế hoạch và kết luận", "Targets of the plan and verdicts")],
                (name, year, day),
                &targets,
                &[6.0, 16.0, 34.0, 6.0, 9.0, 7.0, 10.0, 20.0, 46.0],
            ),
            sheet(
                standing,
                [("Nhiệm vụ", "Tasks"), ("Nhiệm vụ theo cơ quan chủ trì", "Tasks by leading agency")],
                (name, year, day),
                &tasks,
                &[22.0, 5.0, 44.0, 30.0, 13.0, 9.0, 10.0, 10.0, 10.0, 10.0, 12.0],
            ),
            sheet(
                standing,
                [("Khoảng cách PAPI", "PAPI gaps"), ("Khoảng cách PAPI", "PAPI gaps")],
                (name, papi_year, day),
                &gap,
                &[7.0, 44.0, 9.0, 20.0, 18.0, 11.0, 11.0, 11.0, 11.0],
            ),
        ],
    };
    all.push(("ke-hoach.xlsx".to_owned(), book.to_xlsx()?));
    Ok(all)
}

fn pick(vi: &str, en: &str) -> String {
    if language() == Language::Vi { vi } else { en }.to_owned()
}

/// A table as a sheet: name of the tab and first line, then the unit, the year, the day and what a reader must know.
fn sheet(
    standing: &Standing,
    titles: [(&str, &str); 2],
    (unit, year, day): (&str, i32, NaiveDate),
    table: &Table,
    widths: &[f64],
) -> Sheet {
    let [(tab_vi, tab_en), (vi, en)] = titles;
    let mut above = vec![
        format!("{}, {unit}, {year}", pick(vi, en)),
        format!("{} {}", pick("Tính ngày", "As of"), vietnamese::date(day)),
    ];
    let told = |words: &Words| words.in_language(language()).to_owned();
    above.extend(standing.remarks.iter().map(told));
    let columns = table.headings.iter().zip(widths).map(|((vi, en), width)| {
        let text = pick(vi, &en.replace('_', " "));
        let mut letters = text.chars();
        let heading: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        Column::new(heading, *width)
    });
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) if text.is_empty() => SheetCell::Empty,
        Cell::Text(text) => SheetCell::text(text),
        Cell::Number(Some(number), decimals) | Cell::Difference(Some(number), decimals) => {
            SheetCell::Decimal(*number, *decimals)
        }
        Cell::Number(None, _) | Cell::Difference(None, _) | Cell::Day(None) => SheetCell::Empty,
        Cell::Day(Some(day)) => SheetCell::text(vietnamese::date(*day)),
    };
    Sheet {
        name: pick(tab_vi, tab_en),
        above,
        columns: columns.collect(),
        rows: table.rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        landscape: true,
        form: false,
        wrap: true,
    }
}
