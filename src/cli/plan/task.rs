//! `khaosat task`: the tasks of the plan, the quarterly reports of the agencies, who has to be reminded.

mod show;
pub(super) mod tables;

use std::io::Write;
use std::path::PathBuf;

use ::problem::Problems;
use chrono::{Datelike, NaiveDate};
use clap::Subcommand;

use super::{ImportArgs, Proof, Source, View, day, today};
use crate::cli::{from_store, language, picture, say};
use crate::plan::quarter::Quarter;
use crate::plan::task::Progress;
use crate::problem as catalogue;
use crate::standing::{GivenTaskReport, PlanChart};
use crate::store::PlanTableKind;

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
        /// Also draw them: a file that ends in svg, png, pdf, csv or json
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
        /// The unit that the plan is of, for the chart
        #[arg(long, default_value = "bac-giang")]
        unit: String,
        #[command(flatten)]
        view: View,
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
        /// The agency that reports: one that leads the task, or that has taken over from it
        #[arg(long)]
        agency: String,
        /// `not_started`, `partial` or `done`
        #[arg(long, value_parser = progress)]
        progress: Progress,
        #[command(flatten)]
        proof: Proof,
    },
    /// Whom to remind: leading agencies without a report for this quarter or one that has ended
    Overdue {
        #[command(flatten)]
        when: When,
        #[command(flatten)]
        view: View,
    },
    /// The tasks by agency; agencies that have merged pass theirs on
    ByAgency {
        #[command(flatten)]
        when: When,
        /// One row a task, with quarters, deadline and what it serves
        #[arg(long)]
        full: bool,
        #[command(flatten)]
        view: View,
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
        view: View,
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
    Import(ImportArgs),
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
    /// A year as a day sees it.
    pub(super) fn of(year: i32, day: NaiveDate) -> Self {
        Self { year: Some(year), day: Some(day) }
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
/// Problems of tables, files and of the database; `task_unknown`, `task_not_lead`, `task_agency_ended`, `agency_unknown`, `evidence_unknown`.
pub(crate) fn run(args: &TaskArgs, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        TaskArgs::List { when, chart, unit, view } => {
            let standing = view.source.standing()?;
            if let Some(path) = chart {
                let spec = standing.chart(PlanChart::Tasks, unit, when.year(), when.day(), language())?;
                picture::write(path, &spec)?;
            }
            tables::list(&standing, *when, view.print, out)
        }
        TaskArgs::Show { no, source } => show::show(source, *no, today(), out),
        TaskArgs::Report { no, quarter, agency, progress, proof } => proof.keep(
            |standing, note, evidence| {
                let (no, quarter, progress, today) = (*no, *quarter, *progress, today());
                standing.new_task_report(GivenTaskReport { no, quarter, agency, progress, note, evidence, today })
            },
            out,
        ),
        TaskArgs::Overdue { when, view } => tables::overdue(&view.source.standing()?, *when, view.print, out),
        TaskArgs::ByAgency { when, full, view } => {
            let standing = view.source.standing()?;
            if *full {
                tables::by_task(&standing, *when, view.print, out)
            } else {
                tables::agencies(&standing, *when, view.print, out)
            }
        }
        TaskArgs::ForWeak { unit, year, view } => tables::weak(&view.source.standing()?, unit, *year, view.print, out),
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
        TaskArgs::Import(table) => table.run(PlanTableKind::Tasks, out),
    }
}
