//! `khaosat sample respondent`: whom to ask in a household, for the help desk and the auditor.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use problem::{Language, Problem, Problems};
use sampling::Sample;
use sampling::respondent::{ELIGIBLE_MAX, RespondentRule, respondent_factor};
use unicode_normalization::UnicodeNormalization;

use super::{files, language, say};

/// Arguments of `khaosat sample respondent`.
#[derive(Debug, Args)]
pub struct RespondentArgs {
    /// The sample list (CSV)
    #[arg(long, value_name = "LIST.csv")]
    sample: PathBuf,
    /// The household: its `unit_id`
    #[arg(long, value_name = "UNIT_ID")]
    unit: String,
    /// How many of its members are eligible
    #[arg(long, value_name = "NUMBER")]
    eligible: u32,
}

/// Runs the command.
///
/// # Errors
/// A list that cannot be read or names no rule that selects by number; an unknown household; nobody or too many eligible.
pub fn run(args: &RespondentArgs, out: &mut dyn Write) -> Result<(), Problems> {
    let file = args.sample.display().to_string();
    let sample = Sample::from_csv(&files::read(&args.sample)?).map_err(|problems| problems.in_file(&file))?;
    let wanted: String = args.unit.trim().nfc().collect();
    let unit = sample.units.iter().find(|unit| unit.unit_id == wanted).ok_or_else(|| {
        let (vi, en) = ("hộ không có trong danh sách mẫu", "the household is not in the sample list");
        Problem::new("respondent_unit_unknown", vi, en).got(wanted.clone()).in_file(&file)
    })?;
    let rule = sample.respondent.as_ref().map(|used| used.rule).filter(|rule| rule.is_random());
    let (Some(rule), Some(number)) = (rule, unit.respondent_number) else {
        return Err(Problem::new(
            "respondent_not_by_number",
            "danh sách này không chọn người trả lời bằng số ngẫu nhiên",
            "this list does not select the respondent by a random number",
        )
        .expected("roster, kish")
        .got(sample.respondent.as_ref().map_or("", |used| used.rule.name()))
        .in_file(&file)
        .into());
    };
    let factor = respondent_factor(rule, number, args.eligible)?;
    let selected = match rule {
        RespondentRule::Kish => number.kish_table().selects(args.eligible),
        _ => number.member(args.eligible.min(ELIGIBLE_MAX)).unwrap_or(1),
    };
    let table = (rule == RespondentRule::Kish).then(|| number.kish_table().name());
    say(
        out,
        match language() {
            Language::Vi => format!(
                "Hỏi người thứ {selected} trong {}: nam trước nữ sau, người cao tuổi trước\n  cách chọn {}{}, số của hộ {}; xác suất {}",
                args.eligible,
                rule.name(),
                table.map_or(String::new(), |table| format!(" bảng {table}")),
                number.get(),
                format!("1/{factor}").replace('.', ",")
            ),
            Language::En => format!(
                "Ask number {selected} of {}: men before women, the oldest first\n  rule {}{}, household's number {}; probability 1/{factor}",
                args.eligible,
                rule.name(),
                table.map_or(String::new(), |table| format!(" table {table}")),
                number.get(),
            ),
        },
    )
}
