//! The commands of the plan: `official`, `target`, `task`, `agencies`, `par`, `geography`, `papers`. What they share: where
//! the figures come from, the day they are looked at, tables and reports that are handed in. How a table is printed: `table.rs`.

pub(crate) mod agencies;
pub(crate) mod geography;
pub(crate) mod official;
pub(crate) mod papers;
pub(crate) mod par;
mod table;
pub(crate) mod target;
pub(crate) mod task;

use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Problems, Words};
use chrono::{NaiveDate, Utc};
use clap::Args;

use self::table::{Cell, Format, Print, Table, in_language};
use super::{DatabaseArg, files, language, say};
use crate::fieldwork::clock;
use crate::results::ResultsCache;
use crate::standing::{Standing, checked_evidence};
use crate::store::{KeptReport, NewEvidence, NewPlanReport, PlanTableKind, Store};

/// The name under which the command line stands in the audit log.
const ACTOR: &str = "command line";

/// Where the figures come from.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// The database with the office's own tables and reports; without it, `khaosat.db` if it is there, else only what comes with
    /// the program
    #[arg(long, value_name = "URL", env = "KHAOSAT_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Source {
    fn standing(&self) -> Result<Standing, Problems> {
        match self.url() {
            Some(database) => Standing::of(&DatabaseArg::at(database).open()?),
            None => Standing::shipped(),
        }
    }

    /// The same with the estimates of the office's own rounds of a unit.
    pub(crate) fn standing_with_rounds(&self, unit: &str) -> Result<Standing, Problems> {
        let Some(database) = self.url() else { return Standing::shipped() };
        let store = DatabaseArg::at(database).open()?;
        Standing::of(&store)?.with_rounds(&store, &ResultsCache::default(), unit)
    }

    fn url(&self) -> Option<String> {
        self.database.clone().or_else(|| Path::new("khaosat.db").exists().then(|| "khaosat.db".to_owned()))
    }

    /// The database that is written to.
    fn store(&self) -> Result<Store, Problems> {
        DatabaseArg::at(self.database.clone().unwrap_or_else(|| "khaosat.db".to_owned())).open()
    }
}

/// Where the figures come from, and how the result is printed.
#[derive(Args, Clone, Debug)]
pub(crate) struct View {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    print: Print,
}

/// A table that an office hands in.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImportArgs {
    /// The table: CSV, UTF-8
    file: PathBuf,
    #[command(flatten)]
    source: Source,
}

impl ImportArgs {
    /// The table, checked against all that is known.
    fn checked(&self, known: Standing, kind: PlanTableKind) -> Result<(Standing, Vec<u8>), Problems> {
        let body = files::read(&self.file)?;
        let checked = known.with_table(kind, &body).map_err(|told| told.in_file(&self.shown()))?;
        Ok((checked, body))
    }

    /// Checks the table, then keeps it.
    fn run(&self, kind: PlanTableKind, out: &mut dyn Write) -> Result<(), Problems> {
        import(&self.source, &[(kind, &self.file)], out)
    }

    fn shown(&self) -> String {
        self.file.display().to_string()
    }
}

/// Checks tables that belong together, each on what the ones before it say; then keeps all of them or none.
fn import(source: &Source, tables: &[(PlanTableKind, &PathBuf)], out: &mut dyn Write) -> Result<(), Problems> {
    let store = source.store()?;
    let mut standing = Standing::of(&store)?;
    let mut bodies = Vec::new();
    for (kind, file) in tables {
        let body = files::read(file)?;
        standing = standing.with_table(*kind, &body).map_err(|told| told.in_file(&file.display().to_string()))?;
        bodies.push((*kind, body));
    }
    let kept = store.write(ACTOR, move |tx| {
        bodies.iter().map(|(kind, body)| tx.keep_plan_table(*kind, body)).collect::<Result<Vec<_>, _>>()
    });
    for ((_, file), number) in tables.iter().zip(kept.map_err(|error| super::from_store(&error))?) {
        let shown = file.display();
        let words = Words::new(format!("Đã nhập {shown} (số {number})"), format!("Imported {shown} (number {number})"));
        say(out, words.in_language(language()))?;
    }
    Ok(())
}

/// What stands beside a report, and where it is kept.
#[derive(Args, Clone, Debug)]
pub(crate) struct Proof {
    /// In the agency's own words
    #[arg(long, default_value = "")]
    note: String,
    /// A file that proves it; may be repeated
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    #[command(flatten)]
    source: Source,
}

impl Proof {
    /// The files of evidence, read and checked.
    fn files(&self) -> Result<Vec<NewEvidence>, Problems> {
        let mut problems = Problems::none();
        let mut all = Vec::new();
        for path in &self.evidence {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match files::read(path) {
                Ok(body) => match checked_evidence(&name, body) {
                    Ok(file) => all.push(file),
                    Err(problem) => problems.push(problem),
                },
                Err(found) => problems.extend(found),
            }
        }
        problems.into_result(all)
    }

    /// Makes the report from what is known and the files, keeps it and says so.
    fn keep(
        &self,
        report: impl FnOnce(&Standing, &str, Vec<NewEvidence>) -> Result<NewPlanReport, Problems>,
        out: &mut dyn Write,
    ) -> Result<(), Problems> {
        let files = self.files()?;
        let store = self.source.store()?;
        let report = report(&Standing::of(&store)?, &self.note, files)?;
        let kept =
            store.write(ACTOR, move |tx| tx.keep_plan_report(&report)).map_err(|error| super::from_store(&error))?;
        let words = match kept {
            KeptReport::New(number) => {
                Words::new(format!("Đã lưu báo cáo (số {number})"), format!("The report was kept (number {number})"))
            }
            KeptReport::Again(number) => Words::new(
                format!("Trùng với báo cáo gần nhất (số {number}), không lưu thêm"),
                format!("The same as the last report (number {number}); nothing was added"),
            ),
        };
        say(out, words.in_language(language()))
    }
}

/// Today in Vietnam, where the offices are.
pub(crate) fn today() -> NaiveDate {
    clock::day_of(Utc::now())
}

/// A day on the command line.
pub(crate) fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"))
        .map_err(|_| "2024-10-15 or 15/10/2024".to_owned())
}
