//! `khaosat task`: the tasks of the plan, the quarterly reports of the agencies, who has to be reminded.

use std::io::Write;
use std::path::PathBuf;

use ::problem::{Language, Problems};
use chrono::{Datelike, NaiveDate};
use clap::Subcommand;
use serde::Serialize;

use super::target::names;
use super::{Cell, Print, Source, Table, day, evidence, import, keep, print, today};
use crate::cli::{from_store, language, say};
use crate::plan::quarter::Quarter;
use crate::plan::task::{Deadline, Progress, QuarterState, Task, TaskStatus, by_agency, for_weak};
use crate::problem as catalogue;
use crate::standing::Standing;
use crate::store::{PlanReportKind, PlanTableKind};

/// Tasks of the plan: who leads, who has reported, who has to be reminded
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  khaosat task list --year 2024\n  khaosat task overdue\n  \
    khaosat task report 8 --quarter 2024Q3 --agency so-y-te --progress done --evidence bao-cao.pdf\n  \
    khaosat task for-weak --year 2023")]
pub(crate) enum TaskArgs {
    /// The tasks with the state of each quarter
    List {
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// One task in full, with all its reports
    Show {
        /// Its number in the appendix
        no: u32,
        #[command(flatten)]
        source: Source,
    },
    /// Reports a task for a quarter; a correction is a later report
    Report {
        /// The number of the task
        no: u32,
        /// The quarter, such as 2024Q3
        #[arg(long)]
        quarter: Quarter,
        /// The agency that reports
        #[arg(long)]
        agency: String,
        /// `not_started`, `partial` or `done`
        #[arg(long, value_parser = progress)]
        progress: Progress,
        /// In the agency's own words
        #[arg(long, default_value = "")]
        note: String,
        /// A file that proves it; may be repeated
        #[arg(long, value_name = "FILE")]
        evidence: Vec<PathBuf>,
        #[command(flatten)]
        source: Source,
    },
    /// Whom to remind: leading agencies without a report for this quarter or one that has ended
    Overdue {
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// The tasks by agency; agencies that have merged pass theirs on
    ByAgency {
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// The weak sub-dimensions of PAPI, with the tasks and agencies that answer for them
    ForWeak {
        /// The unit
        #[arg(long, default_value = "bac-giang")]
        unit: String,
        /// The year of the published results
        #[arg(long)]
        year: i32,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        print: Print,
    },
    /// Writes a file of evidence out of the database
    Evidence {
        /// The number of the report, as `task show` prints it
        report: i64,
        /// The number of the file within it
        number: i64,
        /// Where to write it
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        source: Source,
    },
    /// Takes the office's own list of tasks in place of the shipped one
    Import {
        /// The table: CSV, UTF-8
        file: PathBuf,
        #[command(flatten)]
        source: Source,
    },
}

/// Which year, seen on which day.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct When {
    /// The year; without it, that of the day
    #[arg(long)]
    year: Option<i32>,
    /// The day on which it is looked at; without it, today
    #[arg(long, value_parser = day)]
    day: Option<NaiveDate>,
}

impl When {
    /// As a day sees it.
    pub(super) fn on(day: NaiveDate) -> Self {
        Self { year: None, day: Some(day) }
    }

    fn day(self) -> NaiveDate {
        self.day.unwrap_or_else(today)
    }

    fn year(self) -> i32 {
        self.year.unwrap_or_else(|| self.day().year())
    }
}

fn progress(word: &str) -> Result<Progress, String> {
    Progress::parse(word).ok_or_else(|| "not_started, partial, done".to_owned())
}

/// Runs the command.
///
/// # Errors
/// Problems of tables, files and of the database; `task_unknown`, `task_not_lead`, `agency_unknown`, `evidence_unknown`.
pub(crate) fn run(args: &TaskArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        TaskArgs::List { when, source, print } => list(&source.standing()?, *when, *print, out),
        TaskArgs::Show { no, source } => show(source, *no, out),
        TaskArgs::Report { no, quarter, agency, progress, note, evidence: files, source } => {
            let files = evidence(files)?;
            let standing = Standing::of(&source.store()?)?;
            keep(source, standing.new_task_report(*no, *quarter, agency, *progress, note, files)?, out)
        }
        TaskArgs::Overdue { when, source, print } => overdue(&source.standing()?, *when, *print, out),
        TaskArgs::ByAgency { when, source, print } => agencies(&source.standing()?, *when, *print, out),
        TaskArgs::ForWeak { unit, year, source, print } => weak(&source.standing()?, unit, *year, *print, out),
        TaskArgs::Evidence { report, number, out: path, source } => {
            let (report, number) = (*report, *number);
            let found = source
                .store()?
                .read(|snapshot| snapshot.find_evidence(report, number))
                .map_err(|error| from_store(&error))?;
            let Some((_, body)) = found else {
                return Err(catalogue::evidence_unknown(report, number).into());
            };
            crate::cli::files::write(path, &body)?;
            say(out, path.display())
        }
        TaskArgs::Import { file, source } => import(source, PlanTableKind::Tasks, file, out),
    }
}

/// How a quarter is written: done, in part, missing, open, not due.
fn glyph(state: QuarterState) -> &'static str {
    match state {
        QuarterState::Complete => "■",
        QuarterState::Incomplete => "◧",
        QuarterState::Overdue => "□",
        QuarterState::Open => "·",
        QuarterState::NotDue => "–",
    }
}

#[derive(Serialize)]
struct Line<'a> {
    no: u32,
    name: &'a str,
    lead: &'a [String],
    coordinating: &'a [String],
    deadline: Deadline,
    papi_dimensions: &'a [String],
    sipas_factors: &'a [String],
    links_certainty: &'static str,
    status: &'a TaskStatus,
}

fn list(standing: &Standing, when: When, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let statuses = standing.statuses(when.year(), when.day());
    let pairs = || standing.tasks.iter().zip(&statuses);
    let rows = pairs()
        .map(|(task, status)| {
            let mut cells = vec![
                Cell::of(task.no.to_string()),
                Cell::of(short(task.name.in_language(language()))),
                Cell::of(names(standing, &task.lead).join("; ")),
                Cell::of(deadline(task)),
                Cell::of(task.papi_dimensions.join(",")),
            ];
            cells.extend(status.quarters.iter().map(|(_, state)| Cell::of(glyph(*state))));
            cells
        })
        .collect();
    let headings = [
        ("số", "no"),
        ("nhiệm vụ", "task"),
        ("chủ trì", "lead"),
        ("thời hạn", "deadline"),
        ("PAPI (suy ra)", "papi_inferred"),
        ("Q1", "q1"),
        ("Q2", "q2"),
        ("Q3", "q3"),
        ("Q4", "q4"),
    ];
    let document: Vec<Line<'_>> = pairs()
        .map(|(task, status)| Line {
            no: task.no,
            name: task.name.in_language(language()),
            lead: &task.lead,
            coordinating: &task.coordinating,
            deadline: task.deadline,
            papi_dimensions: &task.papi_dimensions,
            sipas_factors: &task.sipas_factors,
            links_certainty: task.links_certainty.code(),
            status,
        })
        .collect();
    self::print(out, print.format, &Table { headings: &headings, rows }, &document)?;
    if print.format == super::Format::Text {
        let legend = match language() {
            Language::Vi => {
                "■ đã báo cáo xong   ◧ một phần   □ quá hạn, chưa báo cáo   · chưa hết quý   – không phải báo cáo"
            }
            Language::En => "■ reported done   ◧ in part   □ overdue   · quarter not over   – not due",
        };
        say(out, legend)?;
    }
    Ok(())
}

/// A name cut to what a terminal shows; the whole is in `task show` and in the other formats.
fn short(name: &str) -> String {
    const MOST: usize = 60;
    if name.chars().count() <= MOST { name.to_owned() } else { name.chars().take(MOST - 1).collect::<String>() + "…" }
}

fn deadline(task: &Task) -> String {
    match task.deadline {
        Deadline::Regular if language() == Language::Vi => "thường xuyên".to_owned(),
        Deadline::Regular => "regular".to_owned(),
        Deadline::On(day) => day.format("%d/%m/%Y").to_string(),
    }
}

fn show(source: &Source, no: u32, out: &mut dyn Write) -> Result<(), Problems> {
    let standing = source.standing()?;
    let task = standing.task(no)?;
    let (vi, en) = (Language::Vi, Language::En);
    say(out, format_args!("{}. {}\n   {}", task.no, task.name.in_language(vi), task.name.in_language(en)))?;
    say(out, format_args!("   chủ trì / lead: {}", names(&standing, &task.lead).join("; ")))?;
    say(out, format_args!("   phối hợp / with: {}", names(&standing, &task.coordinating).join("; ")))?;
    say(out, format_args!("   thời hạn / deadline: {}", deadline(task)))?;
    say(
        out,
        format_args!(
            "   PAPI {} {}; SIPAS {} ({})",
            task.papi_dimensions.join(","),
            task.papi_sub_dimensions.join(","),
            task.sipas_factors.join("; "),
            task.links_certainty.words().in_language(language())
        ),
    )?;
    let Some(url) = source.url() else { return Ok(()) };
    let store = crate::cli::DatabaseArg { database: url }.open()?;
    let reports =
        store.read(|snapshot| snapshot.list_plan_reports(PlanReportKind::Task)).map_err(|error| from_store(&error))?;
    for report in reports.iter().filter(|report| report.subject == no.to_string()) {
        say(
            out,
            format_args!(
                "   [{}] {} {} {} {} {}",
                report.sequence,
                report.period,
                report.agency,
                report.content,
                report.note,
                report.reported_at.get(..10).unwrap_or_default()
            ),
        )?;
        for file in &report.evidence {
            say(out, format_args!("       {} {} sha256 {}", file.evidence_no, file.file_name, file.body_sha256))?;
        }
    }
    Ok(())
}

fn overdue(standing: &Standing, when: When, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let mut missing: Vec<(Quarter, String, u32)> = standing
        .statuses(when.year(), when.day())
        .into_iter()
        .flat_map(|status| status.missing.into_iter().map(move |(quarter, agency)| (quarter, agency, status.task_no)))
        .collect();
    missing.sort();
    let present = Quarter::of(when.day());
    let rows = missing
        .iter()
        .map(|(quarter, agency, no)| {
            let name = standing.tasks.iter().find(|task| task.no == *no).map(|task| task.name.in_language(language()));
            let state = if *quarter < present { ("quá hạn", "overdue") } else { ("quý này", "this quarter") };
            vec![
                Cell::of(quarter.to_string()),
                Cell::of(names(standing, std::slice::from_ref(agency)).join("")),
                Cell::of(no.to_string()),
                Cell::of(short(name.unwrap_or_default())),
                Cell::of(if language() == Language::Vi { state.0 } else { state.1 }),
            ]
        })
        .collect();
    let headings =
        [("quý", "quarter"), ("cơ quan", "agency"), ("số", "no"), ("nhiệm vụ", "task"), ("tình trạng", "state")];
    self::print(out, print.format, &Table { headings: &headings, rows }, &missing)
}

pub(super) fn agencies(standing: &Standing, when: When, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let statuses = standing.statuses(when.year(), when.day());
    let all = by_agency(&standing.tasks, &statuses, &standing.agencies, when.day());
    let list = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let rows = all
        .iter()
        .map(|one| {
            vec![
                Cell::of(names(standing, std::slice::from_ref(&one.agency)).join("")),
                Cell::of(list(&one.leads)),
                Cell::of(list(&one.coordinates)),
                Cell::Number(Some(one.missing.len() as f64), 0),
            ]
        })
        .collect();
    let headings =
        [("cơ quan", "agency"), ("chủ trì", "leads"), ("phối hợp", "coordinates"), ("báo cáo còn thiếu", "n_missing")];
    self::print(out, print.format, &Table { headings: &headings, rows }, &all)
}

fn weak(standing: &Standing, unit: &str, year: i32, print: Print, out: &mut dyn Write) -> Result<(), Problems> {
    let gaps = standing.official.gaps("papi", unit, year)?;
    let parts = for_weak(&gaps, &standing.tasks);
    let rows = parts
        .iter()
        .map(|part| {
            vec![
                Cell::of(&part.code),
                Cell::Difference(Some(part.to_p75), 4),
                Cell::of(part.group.map(|group| group.words().in_language(language()).to_owned()).unwrap_or_default()),
                Cell::of(part.tasks.iter().map(u32::to_string).collect::<Vec<_>>().join(",")),
                Cell::of(names(standing, &part.lead).join("; ")),
            ]
        })
        .collect();
    let headings = [
        ("nội dung thành phần", "code"),
        ("so nhóm cao nhất", "to_p75"),
        ("nhóm", "group"),
        ("nhiệm vụ (suy ra)", "tasks_inferred"),
        ("cơ quan chủ trì", "lead"),
    ];
    self::print(out, print.format, &Table { headings: &headings, rows }, &parts)
}
