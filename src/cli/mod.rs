//! The commands. One file a command; each takes its arguments and writes what it has to say.

pub mod account;
pub mod audit;
pub mod backup;
pub mod chart;
pub mod db;
pub mod demo;
pub mod doctor;
pub mod estimate;
pub mod export;
mod files;
pub mod frame;
pub(crate) mod frame_file;
pub mod index;
mod index_check;
pub mod index_estimate;
pub mod key;
mod passphrase;
mod phone;
mod picture;
mod plan;
pub mod quality;
pub mod questionnaire;
pub mod report;
pub mod rescue;
pub mod respondent;
pub mod respondent_request;
pub mod retention;
pub mod round;
mod round_import;
mod round_release;
mod round_sheets;
pub mod sample;
pub mod sample_allocate;
pub mod sample_commit;
pub mod sample_overlap;
pub mod sample_probabilities;
pub mod sample_release;
pub mod sample_respondent;
pub mod sample_size;
mod sample_split;
pub mod sample_verify;
pub mod serve;
pub mod token;
pub mod weights;
mod work_progress;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use ::problem::{Language, Problem, Problems};
use clap::{Parser, Subcommand};

use crate::problem as catalogue;
use crate::store::{DatabaseUrl, KeySource, Store, StoreError, SystemClock};

/// khảo sát: from sampling frame to the chart a decision is made on
#[derive(Debug, Parser)]
#[command(
    name = "khaosat",
    version,
    after_help = "First steps:\n  khaosat demo --seed 20241        the whole road on an example, in seconds\n  \
                  khaosat serve                    pages and API on this machine\n\n\
                  KHAOSAT_LANGUAGE=en tells problems in English; the default is Vietnamese.\n\
                  Exit codes: 0 done, 1 a problem you can mend, 2 wrong usage, 77 the key of the answers is missing or another one, \
                  78 the database or backup is newer than the program."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Frame(frame::FrameArgs),
    Sample(sample::SampleArgs),
    Serve(serve::Args),
    Questionnaire(questionnaire::QuestionnaireArgs),
    Estimate(estimate::EstimateArgs),
    Index(index::IndexArgs),
    Chart(chart::Args),
    #[command(subcommand)]
    Official(plan::official::OfficialArgs),
    #[command(subcommand)]
    Target(plan::target::TargetArgs),
    #[command(subcommand)]
    Task(plan::task::TaskArgs),
    #[command(subcommand)]
    Par(plan::par::ParArgs),
    #[command(subcommand)]
    Geography(plan::geography::GeographyArgs),
    #[command(subcommand)]
    Agencies(plan::agencies::AgenciesArgs),
    Papers(plan::papers::PapersArgs),
    #[command(subcommand)]
    Report(report::Args),
    #[command(subcommand)]
    Round(round::Args),
    #[command(subcommand)]
    Weights(weights::Args),
    Rescue(rescue::Args),
    Quality(quality::Args),
    Export(export::Args),
    #[command(subcommand)]
    Account(account::Args),
    #[command(subcommand)]
    Token(token::Args),
    #[command(subcommand)]
    Audit(audit::Args),
    #[command(subcommand)]
    Db(db::Args),
    Backup(backup::Args),
    Restore(backup::RestoreArgs),
    Doctor(doctor::Args),
    #[command(subcommand)]
    Key(key::Args),
    #[command(subcommand)]
    Respondent(respondent::Args),
    #[command(subcommand)]
    Retention(retention::Args),
}

/// Runs the program with the arguments of this process.
pub fn main() -> ExitCode {
    let Cli { command } = Cli::parse();
    let mut out = std::io::stdout().lock();
    let result = match command {
        Command::Demo(args) => demo::run(&args, &mut out),
        Command::Frame(args) => frame::run(&args, &mut out),
        Command::Sample(args) => sample::run(&args, &mut out),
        Command::Serve(args) => serve::run(&args, &mut out),
        Command::Questionnaire(args) => questionnaire::run(&args, &mut out),
        Command::Estimate(args) => estimate::run(&args, &mut out),
        Command::Index(args) => index::run(&args, &mut out),
        Command::Chart(args) => chart::run(&args, &mut out),
        Command::Official(args) => plan::official::run(&args, &mut out),
        Command::Target(args) => plan::target::run(&args, &mut out),
        Command::Task(args) => plan::task::run(&args, &mut out),
        Command::Par(args) => plan::par::run(&args, &mut out),
        Command::Geography(args) => plan::geography::run(&args, &mut out),
        Command::Agencies(args) => plan::agencies::run(&args, &mut out),
        Command::Papers(args) => plan::papers::run(&args, &mut out),
        Command::Report(args) => report::run(&args, &mut out),
        Command::Round(args) => round::run(&args, &mut out),
        Command::Weights(args) => weights::run(&args, &mut out),
        Command::Rescue(args) => rescue::run(&args, &mut out),
        Command::Quality(args) => quality::run(&args, &mut out),
        Command::Export(args) => export::run(&args, &mut out),
        Command::Account(args) => account::run(&args, &mut out),
        Command::Token(args) => token::run(&args, &mut out),
        Command::Audit(args) => audit::run(&args, &mut out),
        Command::Db(args) => db::run(&args, &mut out),
        Command::Backup(args) => backup::run(&args, &mut out),
        Command::Restore(args) => backup::restore(&args, &mut out),
        Command::Doctor(args) => doctor::run(&args, &mut out),
        Command::Key(args) => key::run(&args, &mut out),
        Command::Respondent(args) => respondent::run(&args, &mut out),
        Command::Retention(args) => retention::run(&args, &mut out),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            eprintln!("{}", problems.describe(language()));
            ExitCode::from(catalogue::exit_code(&problems))
        }
    }
}

/// The language in which problems are told: Vietnamese, unless `KHAOSAT_LANGUAGE` says `en`.
pub(crate) fn language() -> Language {
    match std::env::var("KHAOSAT_LANGUAGE").as_deref() {
        Ok("en") => Language::En,
        _ => Language::Vi,
    }
}

/// Where the database is; the same for all commands that need one.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseArg {
    /// The database: a SQLite file, or `postgres://USER@HOST/NAME`
    #[arg(long, value_name = "URL", env = "KHAOSAT_DATABASE", default_value = "khaosat.db", hide_env_values = true)]
    pub database: String,
    #[command(flatten)]
    key: AnswerKeyArgs,
}

/// Where the key of the answers is; the same for all commands that need one.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct AnswerKeyArgs {
    /// The file of the key of the answers. SQLite: beside the database (`X.db.key`) unless given; PostgreSQL: the same file for all nodes
    #[arg(long, value_name = "FILE", env = "KHAOSAT_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// Keeps answers as they come, unsealed; only where no key was ever made
    #[arg(long, conflicts_with = "key_file")]
    pub plain_answers: bool,
}

impl AnswerKeyArgs {
    /// Where the key is.
    #[must_use]
    pub fn source(&self) -> KeySource {
        match (&self.key_file, self.plain_answers) {
            (Some(file), _) => KeySource::File(file.clone()),
            (None, true) => KeySource::Plain,
            (None, false) => KeySource::Beside,
        }
    }
}

impl DatabaseArg {
    /// A database that a command names in its own way; the key is where the environment or the usual place says.
    pub(crate) fn at(database: String) -> Self {
        let key_file = std::env::var_os("KHAOSAT_KEY_FILE").map(PathBuf::from);
        Self { database, key: AnswerKeyArgs { key_file, plain_answers: false } }
    }

    /// The parsed URL.
    ///
    /// # Errors
    /// That it is no URL of a database.
    pub fn url(&self) -> Result<DatabaseUrl, Problems> {
        DatabaseUrl::parse(&self.database).map_err(|error| from_store(&error))
    }

    /// Brings the database up to date and opens it.
    ///
    /// # Errors
    /// Whatever keeps it from being opened, in words.
    pub fn open(&self) -> Result<Store, Problems> {
        let url = self.url()?;
        crate::store::migrate(&url).map_err(|error| from_store(&error))?;
        let store = Store::open_with(&url, Arc::new(SystemClock), &self.keys()).map_err(|error| from_store(&error))?;
        tell_key_made(&store);
        Ok(store)
    }

    /// Where the key of the answers is.
    #[must_use]
    pub fn keys(&self) -> KeySource {
        self.key.source()
    }
}

/// A key that was just made is known to nobody else, and without it the answers are lost: whoever ran the command is told.
pub(crate) fn tell_key_made(store: &Store) {
    let Some(file) = store.key_made() else { return };
    let file = file.display();
    let words = ::problem::Words::new(
        format!(
            "ĐÃ TẠO KHÓA PHIẾU: {file}\n  Không có tệp này thì không ai đọc được câu trả lời, kể cả từ bản sao lưu.\n  \
             Hãy giữ một bản sao ở nơi khác, không để chung với bản sao lưu: khaosat key copy TỆP"
        ),
        format!(
            "A KEY OF THE ANSWERS WAS MADE: {file}\n  Without this file nobody reads the answers, also not from a backup.\n  \
             Keep a copy elsewhere, not beside the backups: khaosat key copy FILE"
        ),
    );
    eprintln!("{}", words.in_language(language()));
}

/// What the store could not do, as problems.
pub(crate) fn from_store(error: &StoreError) -> Problems {
    catalogue::from_store(error).into()
}

/// Writes a line; a reader that went away (`| head`) is a problem like any other.
pub(crate) fn say(out: &mut dyn Write, line: impl std::fmt::Display) -> Result<(), Problems> {
    writeln!(out, "{line}").map_err(|error| {
        Problem::new("output", "không ghi được kết quả", "the output cannot be written").got(error.to_string()).into()
    })
}
