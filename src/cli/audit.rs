//! `khaosat audit`: who did what, and whether the log of it is still as it was written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use ::problem::{Place, Problem, Problems, Words};
use chrono::{Days, NaiveDate};

use super::backup::tell;
use super::plan::day;
use super::{DatabaseArg, from_store, say};
use crate::audit_keeper::{add_heads, head_line};
use crate::fieldwork::clock;
use crate::store::{AuditEvent, AuditFilter, Store, Timestamp, verify_audit_log};

/// Lines that are read at once.
const LINES_AT_ONCE: i64 = 5_000;
const ACTOR: &str = "khaosat audit";

/// Shows the audit log and proves that nobody changed it
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Lists lines of the log as CSV, the oldest first
    ///
    /// Example: `khaosat audit list --from 01/11/2026 --act data.exported`
    List(Chosen),
    /// Counts, by actor and act, lines and the things that were touched: the figures of a breach report
    ///
    /// Example: `khaosat audit summary --from 01/11/2026 --to 03/11/2026 --actor ACCOUNT`
    Summary(Chosen),
    /// Seals the lines that are there, and prints the last seal (the service does it each minute)
    ///
    /// Keep what it prints outside of the database: it is what `verify` compares with.
    Seal {
        /// A file to which the new seals are added
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
        /// Which database
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Looks for lines that were changed, added or deleted
    ///
    /// Example: `khaosat audit verify --heads /srv/khaosat/audit-heads.txt`
    Verify {
        /// The file of seals kept outside; without it a log that was written anew as a whole, or cut off at its end, is not found
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
        /// Which database
        #[command(flatten)]
        database: DatabaseArg,
    },
}

/// Which lines.
#[derive(Debug, clap::Args)]
pub struct Chosen {
    /// The first day, such as 27/11/2026 (Vietnam's days)
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<NaiveDate>,
    /// The last day
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<NaiveDate>,
    /// Who: the id of an account or a token, or a command
    #[arg(long)]
    actor: Option<String>,
    /// What was done, such as data.exported; `data.` takes all that begin so
    #[arg(long)]
    act: Option<String>,
    /// To what, such as the code of a round or the UUID of an interview
    #[arg(long)]
    object: Option<String>,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Runs the command.
///
/// # Errors
/// That the database or a file cannot be read; each break of the log.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::List(chosen) => list(chosen, out),
        Args::Summary(chosen) => summary(chosen, out),
        Args::Seal { heads, database } => seal(&database.open()?, heads.as_deref(), out),
        Args::Verify { heads, database } => verify(database, heads.as_deref(), out),
    }
}

impl Chosen {
    fn filter(&self) -> AuditFilter {
        AuditFilter {
            from: self.from.and_then(midnight),
            before: self.to.and_then(|day| day.checked_add_days(Days::new(1))).and_then(midnight),
            actor: self.actor.clone(),
            act: self.act.clone(),
            object: self.object.clone(),
        }
    }

    fn each(&self, mut take: impl FnMut(AuditEvent) -> Result<(), Problems>) -> Result<(), Problems> {
        let (store, filter) = (self.database.open()?, self.filter());
        let mut after = i64::MIN;
        loop {
            let lines = store
                .read(|snapshot| snapshot.find_audit_events(&filter, after, LINES_AT_ONCE))
                .map_err(|error| from_store(&error))?;
            let Some(last) = lines.last() else { return Ok(()) };
            after = last.sequence;
            lines.into_iter().try_for_each(&mut take)?;
        }
    }
}

/// The instant at which a day of the field begins.
fn midnight(day: NaiveDate) -> Option<Timestamp> {
    Timestamp::new(clock::midnight(day)?)
}

fn list(chosen: &Chosen, out: &mut dyn Write) -> Result<(), Problems> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["sequence", "at", "actor", "act", "object", "detail"]).map_err(|error| not_written(&error))?;
    chosen.each(|line| {
        let AuditEvent { sequence, at, actor, act, object, detail } = line;
        csv.write_record([sequence.to_string(), at, actor, act, object, detail]).map_err(|error| not_written(&error))
    })?;
    csv.flush().map_err(|error| not_written(&error.into()))
}

fn not_written(error: &csv::Error) -> Problems {
    Problem::new("output", "không ghi được kết quả", "the output cannot be written").got(error.to_string()).into()
}

#[derive(Default)]
struct Counted {
    n_lines: u64,
    /// Things by name, to count each once.
    objects: BTreeSet<String>,
    first: String,
    last: String,
}

fn summary(chosen: &Chosen, out: &mut dyn Write) -> Result<(), Problems> {
    let mut counted: BTreeMap<(String, String), Counted> = BTreeMap::new();
    chosen.each(|line| {
        let one = counted.entry((line.actor, line.act)).or_default();
        one.n_lines += 1;
        one.objects.insert(line.object);
        if one.first.is_empty() {
            one.first.clone_from(&line.at);
        }
        one.last = line.at;
        Ok(())
    })?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["actor", "act", "lines", "objects", "first_at", "last_at"])
        .map_err(|error| not_written(&error))?;
    for ((actor, act), one) in counted {
        let counts = [one.n_lines.to_string(), one.objects.len().to_string()];
        csv.write_record([actor, act].into_iter().chain(counts).chain([one.first, one.last]))
            .map_err(|error| not_written(&error))?;
    }
    csv.flush().map_err(|error| not_written(&error.into()))
}

fn seal(store: &Store, heads: Option<&Path>, out: &mut dyn Write) -> Result<(), Problems> {
    let seals = store.seal_audit_log(ACTOR).map_err(|error| from_store(&error))?;
    if let Some(path) = heads {
        add_heads(path, &seals).map_err(|error| file_problem(path, &error))?;
    }
    let last = store.read(|snapshot| snapshot.last_audit_seal()).map_err(|error| from_store(&error))?;
    match last {
        Some(seal) => say(out, head_line(&seal)),
        None => tell(out, &Words::new("nhật ký còn trống", "the log is empty")),
    }
}

fn verify(database: &DatabaseArg, heads: Option<&Path>, out: &mut dyn Write) -> Result<(), Problems> {
    let told = heads.map_or_else(|| Ok(Vec::new()), read_heads)?;
    let seen = verify_audit_log(&database.url()?, &told).map_err(|error| from_store(&error))?;
    tell(
        out,
        &Words::new(
            format!(
                "{} dấu niêm phong, {} dòng; {} dòng mới chưa niêm phong",
                seen.n_seals, seen.n_sealed, seen.n_unsealed
            ),
            format!("{} seals, {} lines; {} new lines not yet sealed", seen.n_seals, seen.n_sealed, seen.n_unsealed),
        ),
    )?;
    if let Some(head) = &seen.head {
        say(out, head_line(head))?;
    }
    let broken = |sentence: String| {
        Problem::new("audit_broken", "nhật ký đã bị sửa, thêm hoặc xóa", "the audit log was changed")
            .got(sentence)
            .hint(
                "giữ nguyên tệp cơ sở dữ liệu, báo người phụ trách; so với bản sao lưu gần nhất",
                "leave the database as it is and tell who is responsible; compare with the last backup",
            )
    };
    let mut problems = Problems::none();
    seen.breaks.into_iter().map(broken).for_each(|problem| problems.push(problem));
    problems.into_result(())
}

/// Lines as [`head_line`] writes them.
fn read_heads(path: &Path) -> Result<Vec<(i64, String)>, Problems> {
    let text = std::fs::read_to_string(path).map_err(|error| file_problem(path, &error))?;
    let mut problems = Problems::none();
    let mut heads = Vec::new();
    for (row, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let parts: Vec<&str> = line.split_whitespace().collect();
        match parts.as_slice() {
            [seal_no, _, chain, ..] if chain.len() == 64 && seal_no.parse::<i64>().is_ok() => {
                heads.push((seal_no.parse().unwrap_or_default(), (*chain).to_owned()));
            }
            _ => problems.push(
                Problem::new("audit_head_unreadable", "không phải dòng niêm phong", "that is no line of a seal")
                    .at(Place::row(row))
                    .expected("SEAL LINE SHA-256 INSTANT")
                    .got(line.chars().take(80).collect::<String>()),
            ),
        }
    }
    problems.into_result(heads)
}

fn file_problem(path: &Path, error: &std::io::Error) -> Problems {
    Problem::new("audit_heads_file", "không dùng được tệp dấu niêm phong", "the file of seals cannot be used")
        .got(format!("{}: {error}", path.display()))
        .into()
}
