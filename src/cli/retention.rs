//! `khaosat retention`: until when rounds keep what respondents said.

use std::io::Write;

use ::problem::{Problems, Words};

use super::backup::tell;
use super::respondent::day;
use super::{DatabaseArg, from_store, say};
use crate::respondents::day_in_vietnam;
use crate::store::{Clock, SystemClock};

/// The command, in the audit log.
const ACTOR: &str = "khaosat retention";

/// Until when rounds keep what respondents said
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Sets the last day of a round. On the next one everybody who answered is erased, by the service or by `retention apply`
    ///
    /// Make what shall stay before that day: `khaosat export` gives the data without what identifies people, reports and publications stay.
    /// A later day set in time takes the place of this one.
    ///
    /// Example: khaosat retention set bac-giang-2026 --until 31/12/2031
    Set {
        /// Code of the round
        #[arg(value_name = "ROUND")]
        round: String,
        /// The last day, dd/mm/yyyy
        #[arg(long, value_name = "DAY")]
        until: String,
        /// Which database
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Lists the last days
    ///
    /// Example: khaosat retention list
    List(DatabaseArg),
    /// Erases everybody of rounds whose last day is over: answers, files, notes, names; for good, as `respondent erase` does
    ///
    /// What stays: the sample and its outcomes, published results, reports, the proofs of the erasures.
    ///
    /// Example: khaosat retention apply
    Apply(DatabaseArg),
}

/// Runs `khaosat retention`.
///
/// # Errors
/// That there is no such round, that the day is none, or that the database did not take it.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Set { round, until, database } => {
            let until = day(until)?;
            let (code, text) = (round.clone(), until.to_string());
            let store = database.open()?;
            store.write(ACTOR, move |tx| tx.set_retention(&code, &text)).map_err(|error| from_store(&error))?;
            let shown = until.format("%d/%m/%Y");
            tell(
                out,
                &Words::new(
                    format!("{round}: giữ câu trả lời hết ngày {shown}, sau đó xóa"),
                    format!("{round}: answers are kept until {shown}, and erased then"),
                ),
            )
        }
        Args::List(database) => {
            let store = database.open()?;
            for one in store.read(|snapshot| snapshot.list_retentions()).map_err(|error| from_store(&error))? {
                say(
                    out,
                    format_args!("{}\t{}\t{}", one.round_code, one.until, one.applied_at.as_deref().unwrap_or("–")),
                )?;
            }
            Ok(())
        }
        Args::Apply(database) => {
            let store = database.open()?;
            let today = day_in_vietnam(SystemClock.now()).to_string();
            let done = store.apply_retentions(ACTOR, &today).map_err(|error| from_store(&error))?;
            if done.is_empty() {
                return tell(out, &Words::new("chưa đợt nào hết hạn", "no round is over"));
            }
            for (round, n) in done {
                tell(out, &Words::new(format!("{round}: đã xóa {n} hộ"), format!("{round}: {n} cases were erased")))?;
            }
            Ok(())
        }
    }
}
