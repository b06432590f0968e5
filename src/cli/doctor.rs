//! `khaosat doctor`: is everything as it should be?

use std::io::Write;

use ::problem::{Problem, Problems, Words};
use clap::ValueEnum;

use super::backup::tell;
use super::{DatabaseArg, say};
use crate::doctor::{Finding, Health, Patient, Report, examine};
use crate::store::{Clock, SystemClock};

/// Looks at machine, configuration and database, and says what is not as it should be; changes nothing
///
/// Exit code 0: nothing must be mended (warnings may be there); 1: something must; 78: the database is newer than the program.
///
/// Example: khaosat doctor --database khaosat.db
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: DatabaseArg,
    /// The address under which people reach the service, as it is given to `khaosat serve`
    #[arg(long, value_name = "URL", env = "KHAOSAT_PUBLIC_URL")]
    public_url: Option<String>,
    /// How old the last backup may be
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    backup_within: u32,
    /// Leaves out what takes long on a large database: the engine's own check and the hash of everything received
    #[arg(long)]
    quick: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
///
/// # Errors
/// All that must be mended.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    let report = examine(&Patient {
        database: args.database.url()?,
        keys: args.database.keys(),
        public_url: args.public_url.clone(),
        now: SystemClock.now(),
        backup_within_h: args.backup_within,
        is_quick: args.quick,
    });
    match args.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&report).map_err(|error| {
                Problem::new("output", "không ghi được kết quả", "the output cannot be written").got(error.to_string())
            })?;
            say(out, text)?;
        }
        Format::Text => print(&report, out)?,
    }
    report.problems().into_result(())
}

fn print(report: &Report, out: &mut dyn Write) -> Result<(), Problems> {
    say(out, format_args!("khaosat {} · {} · {}", report.program, report.database, report.at))?;
    for finding in &report.findings {
        tell(out, &line(finding))?;
    }
    tell(
        out,
        &match report.health {
            Health::Good => Words::new("mọi thứ đều tốt", "everything is well"),
            Health::Warning => Words::new("dùng được; có điều cần xem lại", "it works; something should be looked at"),
            Health::Bad => Words::new("có điều phải sửa", "something must be mended"),
        },
    )
}

fn line(finding: &Finding) -> Words {
    let word = match finding.health {
        Health::Good => Words::new("tốt", "good"),
        Health::Warning => Words::new("xem lại", "look"),
        Health::Bad => Words::new("hỏng", "bad"),
    };
    let told = |language| {
        let text = match (&finding.problem, &finding.found) {
            (Some(problem), _) => problem.describe(language),
            (None, Some(found)) => found.in_language(language).to_owned(),
            (None, None) => String::new(),
        };
        format!("{:<8} {:<22} {text}", word.in_language(language), finding.check)
    };
    Words::new(told(::problem::Language::Vi), told(::problem::Language::En))
}
