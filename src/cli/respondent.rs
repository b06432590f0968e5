//! `khaosat respondent`: what people who answered may ask for.

use std::io::{BufRead, IsTerminal, Write};

use ::problem::{Problem, Problems, Words};
use chrono::NaiveDate;

use super::backup::tell;
use super::respondent_request::{self, RequestArgs, RequestsArgs, SettledArgs, WithdrawArgs};
use super::{DatabaseArg, from_store, language};
use crate::store::{ErasureDone, NewErasure, Snapshot};

/// The command, in the audit log.
pub(super) const ACTOR: &str = "khaosat respondent";
/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

/// What people who answered may ask for
#[derive(Debug, clap::Subcommand)]
pub enum Args {
    /// Erases all that is kept of a respondent: their key is destroyed, a proof without content stays
    ///
    /// Answers, files, flags, reviews and notes of visits are gone for good, in this database and in whatever is restored from now on. The
    /// case stays in the sample and counts as a refusal. What phones still send of it is acknowledged and not kept. Asks for the code of the
    /// case once more, unless --yes is given.
    ///
    /// Example: `khaosat respondent erase bac-giang-2026 24-213-07207-0720708-93 --reason "theo yêu cầu" --requested-on 27/11/2026`
    Erase(EraseArgs),
    /// Stops using what a respondent said: out of all results at once; kept, and seen by nobody
    ///
    /// The case stays in the sample and counts as a refusal.
    ///
    /// Example: `khaosat respondent withdraw bac-giang-2026 24-213-07207-0720708-93 --requested-on 27/11/2026 --reason "gọi điện"`
    Withdraw(WithdrawArgs),
    /// Records what a respondent asks for, and says by when it is due
    ///
    /// Example: `khaosat respondent request bac-giang-2026 24-213-07207-0720708-93 --kind access --requested-on 27/11/2026 --note "thư"`
    Request(RequestArgs),
    /// Lists open requests with the last day to answer and the last day to do it; ends with 1 when one is late
    ///
    /// Example: khaosat respondent requests --round bac-giang-2026
    Requests(RequestsArgs),
    /// Records that a respondent was answered
    ///
    /// Example: khaosat respondent answered bac-giang-2026 24-213-07207-0720708-93 1
    Answered(SettledArgs),
    /// Records that what was asked for is done (access, correction; withdrawal and erasure end by themselves)
    ///
    /// Example: khaosat respondent done bac-giang-2026 24-213-07207-0720708-93 1
    Done(SettledArgs),
}

/// Arguments of `respondent erase`.
#[derive(Debug, clap::Args)]
pub struct EraseArgs {
    /// Code of the round
    #[arg(value_name = "ROUND")]
    round: String,
    /// The case: `unit_id` of the sample list
    #[arg(value_name = "CASE")]
    case: String,
    /// Why, without names: it stays in the proof
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The day of the request, dd/mm/yyyy
    #[arg(long, value_name = "DAY")]
    requested_on: String,
    /// Does not ask again
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    database: DatabaseArg,
}

/// Runs `khaosat respondent`.
///
/// # Errors
/// That there is no such round or case, that it was erased before, or that it was not confirmed.
pub fn run(args: &Args, out: &mut dyn Write) -> Result<(), Problems> {
    match args {
        Args::Erase(args) => erase(args, out),
        Args::Withdraw(args) => respondent_request::withdraw(args, out),
        Args::Request(args) => respondent_request::request(args, out),
        Args::Requests(args) => respondent_request::list(args, out),
        Args::Answered(args) => respondent_request::settle(args, false, out),
        Args::Done(args) => respondent_request::settle(args, true, out),
    }
}

/// A day as people write it, as it is stored.
pub(super) fn day(text: &str) -> Result<NaiveDate, Problem> {
    NaiveDate::parse_from_str(text.trim(), "%d/%m/%Y").ok().filter(|_| text.trim().len() == 10).ok_or_else(|| {
        Problem::new("day_invalid", "ngày không đúng", "that is no day").expected("dd/mm/yyyy").got(text)
    })
}

pub(super) fn reason(text: &str) -> Result<String, Problem> {
    let reason = text.trim();
    let n = reason.chars().count();
    if (1..=REASON_CHARS_MAX).contains(&n) && !reason.chars().any(char::is_control) {
        return Ok(reason.to_owned());
    }
    Err(Problem::new("reason_invalid", "cần nêu lý do", "a reason is needed")
        .expected((format!("1 đến {REASON_CHARS_MAX} ký tự"), format!("1 to {REASON_CHARS_MAX} characters")))
        .got((format!("{n} ký tự"), format!("{n} characters"))))
}

fn erase(args: &EraseArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let requested_on = day(&args.requested_on).map_err(|problem| problems.push(problem)).unwrap_or_default();
    let reason = reason(&args.reason).map_err(|problem| problems.push(problem)).unwrap_or_default();
    problems.into_result(())?;
    let store = args.database.open()?;
    let is_known = store
        .read(|snapshot: &mut Snapshot<'_>| snapshot.knows_case(&args.round, &args.case))
        .map_err(|error| from_store(&error))?;
    if !is_known {
        return Err(Problem::new("case_unknown", "đợt khảo sát này không có hộ đó", "the round has no such case")
            .got(format!("{} · {}", args.round, args.case))
            .into());
    }
    if !args.yes {
        confirm(&args.case)?;
    }
    let done = store
        .erase(
            ACTOR,
            NewErasure {
                round_code: args.round.clone(),
                case_id: args.case.clone(),
                requested_on: requested_on.to_string(),
                reason,
            },
        )
        .map_err(|error| from_store(&error))?;
    tell_erased(&done, out)
}

/// Nobody erases by a slip of the hand: the code of the case is typed once more.
fn confirm(case: &str) -> Result<(), Problems> {
    let words = Words::new(
        format!("Việc xóa không thể hoàn tác. Gõ lại mã hộ {case} để xóa: "),
        format!("Erasing cannot be undone. Type the code of the case, {case}, to erase it: "),
    );
    if std::io::stdin().is_terminal() {
        eprint!("{}", words.in_language(language()));
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if read.is_ok() && line.trim() == case {
        return Ok(());
    }
    Err(Problem::new(
        "erasure_unconfirmed",
        "chưa xóa gì: mã hộ gõ lại không khớp",
        "nothing was erased: the code that was typed is another one",
    )
    .expected(case)
    .got(line.trim())
    .into())
}

fn tell_erased(done: &ErasureDone, out: &mut dyn Write) -> Result<(), Problems> {
    let proof = &done.proof;
    let (responses, files, attempts) = (proof.n_responses, proof.n_attachments, proof.n_contact_attempts);
    tell(
        out,
        &Words::new(
            format!(
                "đã xóa hộ {} của đợt {}: {responses} phiếu, {files} tệp, {attempts} lần tiếp xúc, {} lưu ý, {} nhận xét",
                proof.case_id, proof.round_code, proof.n_flags, proof.n_reviews
            ),
            format!(
                "case {} of round {} was erased: {responses} interviews, {files} files, {attempts} visits, {} flags, {} reviews",
                proof.case_id, proof.round_code, proof.n_flags, proof.n_reviews
            ),
        ),
    )?;
    if let Some(file) = &done.written_to {
        let file = file.display();
        tell(
            out,
            &Words::new(
                format!("đã ghi vào {file}: giữ tệp này cùng với khóa phiếu, khi khôi phục bản sao lưu cũ sẽ xóa lại"),
                format!("written down in {file}: keep it with the key; a restore of an older backup erases again"),
            ),
        )?;
    }
    if !done.is_scrubbed {
        tell(
            out,
            &Words::new(
                "dịch vụ đang đọc cơ sở dữ liệu nên chưa dọn được nhật ký ghi trước (-wal); nó được dọn khi dịch vụ dừng",
                "the log (-wal) could not be cut while the service reads; that happens when the service stops",
            ),
        )?;
    }
    for copy in &done.copies {
        let copy = copy.display();
        tell(
            out,
            &Words::new(
                format!("bản sao này tạo trước khi nâng cấp và vẫn còn dữ liệu đã xóa, hãy hủy nó: {copy}"),
                format!("this copy from before a migration still holds what was erased, destroy it: {copy}"),
            ),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_as_people_write_it() {
        assert_eq!(day("27/11/2026").expect("a day").to_string(), "2026-11-27");
        for text in ["2026-11-27", "31/02/2026", "1/1/2026", "27/11/26", ""] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reason_is_something_and_not_a_novel() {
        assert_eq!(reason(" theo yêu cầu ").expect("a reason"), "theo yêu cầu");
        for text in ["", "  ", "a\nb", &"a".repeat(501)] {
            assert!(reason(text).is_err(), "{text:?}");
        }
    }
}
