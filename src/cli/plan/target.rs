//! `khaosat target`: the plan's targets, what the figures say about each, and what offices report for those they count themselves.

use std::io::Write;
use std::path::PathBuf;

use ::problem::Problems;
use chrono::{Datelike, NaiveDate};
use clap::Subcommand;
use serde::Serialize;

use super::{Cell, ImportArgs, Print, Proof, Table, View, day, today};
use crate::cli::{language, picture};
use crate::plan::target::{Judged, Target};
use crate::standing::{PlanChart, Standing};
use crate::store::PlanTableKind;

/// Targets of the plan and what the figures say about them
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  khaosat target verdicts --unit bac-giang --chart muc-tieu.png\n  \
    khaosat target report T16 --day 15/10/2024 --value 41.5 --agency van-phong-ubnd --evidence so-lieu.xlsx")]
pub(crate) enum TargetArgs {
    /// The targets, with where the plan started from and who answers for them
    List(View),
    /// What the figures say: reached, not reached, not enough evidence, no figures yet
    Verdicts {
        /// The unit that the plan is of
        #[arg(long, default_value = "bac-giang")]
        unit: String,
        /// The day on which it is judged; without it, today
        #[arg(long, value_parser = day)]
        day: Option<NaiveDate>,
        /// Also draw them: a file that ends in svg, png, pdf, csv or json
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
        #[command(flatten)]
        view: View,
    },
    /// Reports a target that an office counts itself: a share, or that a thing was done
    Report {
        /// The target, such as T16
        target: String,
        /// The day that the figure speaks of, or on which the thing was done
        #[arg(long, value_parser = day)]
        day: NaiveDate,
        /// The share in per cent; left out for a deadline
        #[arg(long)]
        value: Option<f64>,
        /// The agency that reports
        #[arg(long)]
        agency: String,
        #[command(flatten)]
        proof: Proof,
    },
    /// Takes the office's own list of targets in place of the shipped one
    Import(ImportArgs),
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    name: &'a str,
    target: &'a str,
    responsible: Vec<String>,
    #[serde(flatten)]
    judged: Judged,
}

/// Runs the command.
///
/// # Errors
/// Problems of tables, files and of the database; `target_unknown`, `target_value`, `agency_unknown`.
pub(crate) fn run(args: &TargetArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        TargetArgs::List(view) => list(&view.source.standing()?, view.print, out),
        TargetArgs::Verdicts { unit, day, chart, view } => {
            let (standing, day) = (view.source.standing_with_rounds(unit)?, day.unwrap_or_else(today));
            if let Some(path) = chart {
                picture::write(path, &standing.chart(PlanChart::Targets, unit, day.year(), day, language())?)?;
            }
            verdicts(&standing, unit, day, view.print, out)
        }
        TargetArgs::Report { target, day, value, agency, proof } => proof
            .keep(|standing, note, files| standing.new_target_report(target, *day, *value, agency, note, files), out),
        TargetArgs::Import(table) => table.run(PlanTableKind::Targets, out),
    }
}

/// An agency by name, where the list of agencies has it.
pub(super) fn name(standing: &Standing, id: &str) -> String {
    standing.agencies.get(id).map_or_else(|| id.to_owned(), |one| one.name.in_language(language()).to_owned())
}

/// Several agencies by name.
pub(super) fn names(standing: &Standing, ids: &[String]) -> String {
    ids.iter().map(|id| name(standing, id)).collect::<Vec<_>>().join("; ")
}

fn list(standing: &Standing, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let baseline = |target: &Target| target.baseline.and_then(|one| one.value);
    let table = Table::of(
        &standing.targets,
        &[
            ("mã", "id", &|target: &&Target| Cell::of(&target.id)),
            ("chỉ số", "index", &|target| Cell::of(&target.index)),
            ("phần", "code", &|target| Cell::of(target.codes.join(";"))),
            ("mục tiêu", "target", &|target| Cell::words(&target.name)),
            ("năm", "year", &|target| Cell::of(target.target_year.to_string())),
            ("năm gốc", "baseline_value", &|target| Cell::Number(baseline(target), 2)),
            ("hạng gốc", "baseline_rank", &|target| Cell::maybe(target.baseline.and_then(|one| one.rank))),
            ("cơ quan", "responsible", &|target| Cell::of(names(standing, &target.responsible))),
            ("độ chắc", "certainty", &|target| Cell::of(target.certainty.code())),
        ],
    );
    table.print(out, print.format, &standing.targets)
}

pub(super) fn verdicts(
    standing: &Standing,
    unit: &str,
    day: NaiveDate,
    print: Print,
    out: &mut dyn Write,
) -> Result<(), Problems> {
    let lines = standing.verdicts(unit, day)?;
    let document: Vec<Line<'_>> = lines
        .iter()
        .map(|(target, judged)| Line {
            id: &target.id,
            name: target.name.in_language(language()),
            target: &target.index,
            responsible: target.responsible.clone(),
            judged: judged.clone(),
        })
        .collect();
    verdict_table(&lines).print(out, print.format, &document)
}

/// The verdicts as a table.
pub(super) fn verdict_table(lines: &[(&Target, Judged)]) -> Table {
    let state = |judged: &Judged| format!("{} {}", judged.state.glyph(), judged.state.words().in_language(language()));
    let told = |judged: &Judged| {
        judged.remarks.iter().map(|words| words.in_language(language())).collect::<Vec<_>>().join("; ")
    };
    Table::of(
        lines,
        &[
            ("mã", "id", &|(target, _): &&(&Target, Judged)| Cell::of(&target.id)),
            ("chỉ số", "index", &|(target, judged)| Cell::of(format!("{} {}", target.index, judged.code))),
            ("mục tiêu", "target", &|(target, _)| Cell::words(&target.name)),
            ("năm", "year", &|(_, judged)| Cell::maybe(judged.year)),
            ("giá trị", "value", &|(_, judged)| Cell::Number(judged.value, 2)),
            ("hạng", "rank", &|(_, judged)| Cell::maybe(judged.rank)),
            ("cách mục tiêu", "distance", &|(_, judged)| Cell::Difference(judged.distance, 2)),
            ("kết luận", "verdict", &|(_, judged)| Cell::of(state(judged))),
            ("lưu ý", "remarks", &|(_, judged)| Cell::of(told(judged))),
        ],
    )
}
