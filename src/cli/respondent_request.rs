//! `khaosat respondent request|requests|answered|done|withdraw`: what respondents asked for, and by when it is due.

use std::io::Write;

use ::problem::{Problem, Problems, Words};
use chrono::NaiveDate;
use clap::ValueEnum;

use super::backup::tell;
use super::respondent::{ACTOR, day, reason};
use super::{DatabaseArg, from_store, say};
use crate::fieldwork::deadline::{Holidays, deadlines};
use crate::respondents::{asked, day_in_vietnam, due, is_late};
use crate::store::{Clock, NewRequest, RequestKind, SystemClock};

/// What is asked for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Kind {
    /// To see what is kept
    Access,
    /// To have it corrected
    Correct,
    /// That it is not used any more
    Withdraw,
    /// That it is deleted
    Erase,
}

impl Kind {
    fn stored(self) -> RequestKind {
        match self {
            Self::Access => RequestKind::Access,
            Self::Correct => RequestKind::Correct,
            Self::Withdraw => RequestKind::Withdraw,
            Self::Erase => RequestKind::Erase,
        }
    }
}

/// Arguments of `respondent request`.
#[derive(Debug, clap::Args)]
pub struct RequestArgs {
    /// Code of the round
    #[arg(value_name = "ROUND")]
    round: String,
    /// The case: `unit_id` of the sample list
    #[arg(value_name = "CASE")]
    case: String,
    /// What is asked for
    #[arg(long, value_enum)]
    kind: Kind,
    /// The day it came, dd/mm/yyyy
    #[arg(long, value_name = "DAY")]
    requested_on: String,
    /// How it came, without names
    #[arg(long, value_name = "TEXT")]
    note: String,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Arguments of `respondent requests`.
#[derive(Debug, clap::Args)]
pub struct RequestsArgs {
    /// Only those of this round
    #[arg(long, value_name = "ROUND")]
    round: Option<String>,
    /// Those that are done, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Arguments of `respondent answered` and `respondent done`.
#[derive(Debug, clap::Args)]
pub struct SettledArgs {
    /// Code of the round
    #[arg(value_name = "ROUND")]
    round: String,
    /// The case
    #[arg(value_name = "CASE")]
    case: String,
    /// The number of the request, as `respondent requests` lists it
    #[arg(value_name = "NUMBER")]
    number: i64,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Arguments of `respondent withdraw`.
#[derive(Debug, clap::Args)]
pub struct WithdrawArgs {
    /// Code of the round
    #[arg(value_name = "ROUND")]
    round: String,
    /// The case: `unit_id` of the sample list
    #[arg(value_name = "CASE")]
    case: String,
    /// The day of the request, dd/mm/yyyy
    #[arg(long, value_name = "DAY")]
    requested_on: String,
    /// How it came, without names
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    database: DatabaseArg,
}

fn vietnamese(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

pub(super) fn request(args: &RequestArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let requested_on = day(&args.requested_on).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let note = reason(&args.note).map_err(|problem| problems.push(problem)).unwrap_or_default();
    problems.into_result(())?;
    let new = NewRequest {
        round_code: args.round.clone(),
        case_id: args.case.clone(),
        kind: args.kind.stored(),
        requested_on: requested_on.to_string(),
        note,
    };
    let store = args.database.open()?;
    let number = store.write(ACTOR, move |tx| tx.record_request(&new)).map_err(|error| from_store(&error))?;
    let due = deadlines(asked(args.kind.stored()), requested_on, &Holidays::built_in());
    let (answer, done) = due.map_or_else(Default::default, |due| (vietnamese(due.answer_by), vietnamese(due.done_by)));
    tell(
        out,
        &Words::new(
            format!(
                "yêu cầu số {number} của hộ {}: trả lời trước hết ngày {answer}, làm xong trước hết ngày {done}",
                args.case
            ),
            format!("request {number} of case {}: answer by {answer}, done by {done}", args.case),
        ),
    )
}

pub(super) fn list(args: &RequestsArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    let round = args.round.as_deref();
    let requests = store.read(|snapshot| snapshot.list_requests(round)).map_err(|error| from_store(&error))?;
    let (holidays, today) = (Holidays::built_in(), day_in_vietnam(SystemClock.now()));
    let mut n_late = 0;
    for one in requests.iter().filter(|one| args.all || one.done_at.is_none()) {
        let Some(due) = due(one, &holidays) else { continue };
        let state = match (&one.done_at, &one.answered_at) {
            (Some(_), _) => Words::new("đã xong", "done"),
            (None, Some(_)) => Words::new("đã trả lời", "answered"),
            (None, None) => Words::new("mới", "new"),
        };
        let late = is_late(one, &due, today);
        n_late += u32::from(late);
        let mark = if late { Words::new(" QUÁ HẠN", " LATE") } else { Words::new("", "") };
        let certain = if due.is_certain { "" } else { " (?)" };
        let language = super::language();
        say(
            out,
            format_args!(
                "{}\t{}\t{}\t{}\t{}\t{}{certain}\t{}\t{}{}",
                one.round_code,
                one.case_id,
                one.request_no,
                one.kind.as_str(),
                one.requested_on,
                vietnamese(due.answer_by),
                vietnamese(due.done_by),
                state.in_language(language),
                mark.in_language(language)
            ),
        )?;
    }
    if n_late == 0 {
        return Ok(());
    }
    Err(Problem::new("requests_late", "có yêu cầu của người trả lời đã quá hạn", "requests of respondents are late")
        .got(n_late.to_string())
        .hint(
            "trả lời và làm ngay; ghi lại bằng khaosat respondent answered, withdraw, erase",
            "answer and do them now; record it with khaosat respondent answered, withdraw, erase",
        )
        .into())
}

pub(super) fn settle(args: &SettledArgs, is_done: bool, out: &mut dyn Write) -> Result<(), Problems> {
    let store = args.database.open()?;
    let (round, case, number) = (args.round.clone(), args.case.clone(), args.number);
    store
        .write(ACTOR, move |tx| tx.settle_request(&round, &case, number, is_done))
        .map_err(|error| from_store(&error))?;
    tell(out, &Words::new("đã ghi", "recorded"))
}

pub(super) fn withdraw(args: &WithdrawArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let requested_on = day(&args.requested_on).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let note = reason(&args.reason).map_err(|problem| problems.push(problem)).unwrap_or_default();
    problems.into_result(())?;
    let new = NewRequest {
        round_code: args.round.clone(),
        case_id: args.case.clone(),
        kind: RequestKind::Withdraw,
        requested_on: requested_on.to_string(),
        note,
    };
    let store = args.database.open()?;
    store
        .write(ACTOR, move |tx| {
            let is_recorded = tx.list_requests(Some(&new.round_code))?.iter().any(|one| {
                one.case_id == new.case_id && one.kind == RequestKind::Withdraw && one.requested_on == new.requested_on
            });
            if !is_recorded {
                tx.record_request(&new)?;
            }
            tx.withdraw_respondent(&new.round_code, &new.case_id)
        })
        .map_err(|error| from_store(&error))?;
    let case = &args.case;
    tell(
        out,
        &Words::new(
            format!(
                "đã ngừng dùng câu trả lời của hộ {case}; dữ liệu còn giữ (niêm phong), không ai xem được trong hệ thống"
            ),
            format!(
                "the answers of case {case} are not used any more; they are kept (sealed), and nobody sees them here"
            ),
        ),
    )
}
