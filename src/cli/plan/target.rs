//! `khaosat target`: the plan's targets, what the figures say about each, and what offices report for those they count themselves.

use std::io::Write;
use std::path::PathBuf;

use ::problem::Problems;
use chrono::{Datelike, NaiveDate};
use clap::Subcommand;
use serde::Serialize;

use super::{Cell, Print, Source, Table, day, evidence, import, keep, picture, print, today};
use crate::cli::language;
use crate::plan::target::{Judged, Target, TargetState};
use crate::standing::{PlanChart, Standing};
use crate::store::PlanTableKind;

/// Targets of the plan and what the figures say about them
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  khaosat target verdicts --unit bac-giang --chart muc-tieu.png\n  \
    khaosat target report T16 --day 15/10/2024 --value 41.5 --agency van-phong-ubnd --evidence so-lieu.xlsx")]
pub(crate) enum TargetArgs {
    /// The targets, with where the plan started from and who answers for them
    List {
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// What the figures say: reached, not reached, not enough evidence, no figures yet
    Verdicts {
        /// The unit that the plan is of
        #[arg(long, default_value = "bac-giang")]
        unit: String,
        /// The day on which it is judged; without it, today
        #[arg(long, value_parser = day)]
        day: Option<NaiveDate>,
        /// Also draw them: a file that ends in svg, png, csv or json
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
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
        /// In the agency's own words
        #[arg(long, default_value = "")]
        note: String,
        /// A file that proves it; may be repeated
        #[arg(long, value_name = "FILE")]
        evidence: Vec<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Takes the office's own list of targets in place of the shipped one
    Import {
        /// The table: CSV, UTF-8
        file: PathBuf,
        #[command(flatten)]
        source: Source,
    },
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
        TargetArgs::List { source, print } => list(&source.standing()?, *print, out),
        TargetArgs::Verdicts { unit, day, chart, source, print } => {
            let (standing, day) = (source.standing_with_rounds(unit)?, day.unwrap_or_else(today));
            if let Some(path) = chart {
                picture::write(path, &standing.chart(PlanChart::Targets, unit, day.year(), day, language())?)?;
            }
            verdicts(&standing, unit, day, *print, out)
        }
        TargetArgs::Report { target, day, value, agency, note, evidence: files, source } => {
            let files = evidence(files)?;
            let standing = Standing::of(&source.store()?)?;
            keep(source, standing.new_target_report(target, *day, *value, agency, note, files)?, out)
        }
        TargetArgs::Import { file, source } => import(source, PlanTableKind::Targets, file, out),
    }
}

/// The agencies of a list, by name where the list of agencies has them.
pub(super) fn names(standing: &Standing, ids: &[String]) -> Vec<String> {
    ids.iter()
        .map(|id| standing.agencies.get(id).map_or(id.clone(), |one| one.name.in_language(language()).to_owned()))
        .collect()
}

fn list(standing: &Standing, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let rows = standing
        .targets
        .iter()
        .map(|target| {
            let baseline = target.baseline;
            vec![
                Cell::of(&target.id),
                Cell::of(&target.index),
                Cell::of(target.codes.join(";")),
                Cell::of(target.name.in_language(language())),
                Cell::of(target.target_year.to_string()),
                Cell::Number(baseline.and_then(|one| one.value), 2),
                Cell::of(baseline.and_then(|one| one.rank).map(|rank| rank.to_string()).unwrap_or_default()),
                Cell::of(names(standing, &target.responsible).join("; ")),
                Cell::of(target.certainty.code()),
            ]
        })
        .collect();
    let headings = [
        ("mã", "id"),
        ("chỉ số", "index"),
        ("phần", "code"),
        ("mục tiêu", "target"),
        ("năm", "year"),
        ("năm gốc", "baseline_value"),
        ("hạng gốc", "baseline_rank"),
        ("cơ quan", "responsible"),
        ("độ chắc", "certainty"),
    ];
    let names: Vec<&str> = standing.targets.iter().map(|target| target.id.as_str()).collect();
    self::print(out, print.format, &Table { headings: &headings, rows }, &names)
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
    self::print(out, print.format, &verdict_table(&lines), &document)
}

/// The verdicts as a table.
pub(super) fn verdict_table(lines: &[(&Target, Judged)]) -> Table<'static> {
    let rows = lines
        .iter()
        .map(|(target, judged)| {
            let told: Vec<&str> = judged.remarks.iter().map(|words| words.in_language(language())).collect();
            vec![
                Cell::of(&target.id),
                Cell::of(format!("{} {}", target.index, judged.code)),
                Cell::of(target.name.in_language(language())),
                Cell::of(judged.year.map(|year| year.to_string()).unwrap_or_default()),
                Cell::Number(judged.value, 2),
                Cell::of(judged.rank.map(|rank| rank.to_string()).unwrap_or_default()),
                Cell::Difference(judged.distance, 2),
                Cell::of(format!("{} {}", glyph(judged.state), judged.state.words().in_language(language()))),
                Cell::of(told.join("; ")),
            ]
        })
        .collect();
    let headings: &'static [(&'static str, &'static str)] = &[
        ("mã", "id"),
        ("chỉ số", "index"),
        ("mục tiêu", "target"),
        ("năm", "year"),
        ("giá trị", "value"),
        ("hạng", "rank"),
        ("cách mục tiêu", "distance"),
        ("kết luận", "verdict"),
        ("lưu ý", "remarks"),
    ];
    Table { headings, rows }
}

fn glyph(state: TargetState) -> &'static str {
    match state {
        TargetState::Reached => "▲",
        TargetState::NotReached => "▼",
        TargetState::NotEnoughEvidence => "●",
        TargetState::NoData => "○",
    }
}
