//! The page of `khaosat quality`, for reading.

use std::io::Write;

use ::problem::{Language, Problems};
use reports::export::aligned::aligned;
use reports::vietnamese;

use super::{number, percent, say};
use crate::inspection::{Inspection, day_date};
use crate::quality::{Check, Page, Tally};

/// Flags of so many interviews are written out; all are in the CSV.
const INTERVIEWS_MAX: usize = 40;
/// Items of so many interviewer effects are written out; all are in the JSON.
const EFFECTS_MAX: usize = 10;

pub(super) fn write(found: &Inspection, page: &Page, language: Language, out: &mut dyn Write) -> Result<(), Problems> {
    let tell = |vi: &str, en: &str| if language == Language::Vi { vi.to_owned() } else { en.to_owned() };
    let date = |day: i64| day_date(day).map(vietnamese::date).unwrap_or_default();
    let when = page.day.map_or_else(|| tell("cả đợt", "the whole round"), date);
    say(out, format_args!("{} · {when}", found.round.name))?;
    let total = &page.total;
    say(
        out,
        match language {
            Language::Vi => format!(
                "{} phiếu nhận được, {} lần đến không phỏng vấn; tin được {}, cần xem {} ({} có dấu hiệu mạnh)",
                total.n_interviews,
                total.n_attempts,
                total.n_believe(),
                total.n_look_at,
                total.n_strong
            ),
            Language::En => format!(
                "{} interviews received, {} visits without one; {} to believe, {} to look at ({} with a strong flag)",
                total.n_interviews,
                total.n_attempts,
                total.n_believe(),
                total.n_look_at,
                total.n_strong
            ),
        },
    )?;
    say(out, format_args!("{}: {}", tell("Quy tắc", "Rules"), found.report.rules))?;

    let counts = |tally: &Tally| {
        [
            tally.n_interviews.to_string(),
            tally.n_look_at.to_string(),
            tally.n_strong.to_string(),
            number(tally.minutes, 0, language),
            percent(tally.non_answer, language),
        ]
    };
    let headings = |first: String| {
        let mut row = vec![first];
        row.extend([
            tell("phiếu", "interviews"),
            tell("cần xem", "look at"),
            tell("mạnh", "strong"),
            tell("phút", "minutes"),
            tell("không trả lời", "no answer"),
        ]);
        row
    };
    let section = |out: &mut dyn Write, first: String, rows: Vec<(String, &Tally)>| -> Result<(), Problems> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut lines = vec![headings(first)];
        lines.extend(
            rows.into_iter().map(|(name, tally)| std::iter::once(name).chain(counts(tally)).collect::<Vec<_>>()),
        );
        say(out, "")?;
        say(out, aligned(&lines, &[]).trim_end())
    };
    let people = page.enumerators.iter().map(|row| (found.enumerator(row.enumerator).to_owned(), &row.tally)).collect();
    section(out, tell("ĐIỀU TRA VIÊN", "ENUMERATOR"), people)?;
    for row in &page.enumerators {
        for flag in row.flags.iter().filter_map(|at| found.report.flags.get(*at)) {
            let name = found.enumerator(row.enumerator);
            say(
                out,
                format_args!(
                    "  ! {name}: {}: {}",
                    flag.check.words().in_language(language),
                    flag.words.in_language(language)
                ),
            )?;
        }
    }
    let outside = tell("(ngoài mẫu)", "(outside the sample)");
    let villages = page
        .villages
        .iter()
        .map(|row| {
            (if row.village.is_some() { found.village(row.village).to_owned() } else { outside.clone() }, &row.tally)
        })
        .collect();
    section(out, tell("THÔN", "VILLAGE"), villages)?;
    section(out, tell("NGÀY", "DAY"), page.days.iter().map(|row| (date(row.day), &row.tally)).collect())?;

    let flagged: Vec<usize> =
        page.interviews.iter().copied().filter(|at| found.report.flags_of(*at).next().is_some()).collect();
    say(out, "")?;
    if flagged.is_empty() {
        say(out, tell("Không phiếu nào có dấu hiệu.", "No interview has a flag."))?;
    }
    for at in flagged.iter().take(INTERVIEWS_MAX) {
        let Some(one) = found.data.interviews.get(*at) else { continue };
        let mark = if found.is_to_look_at(*at) { "!" } else { "·" };
        say(
            out,
            format_args!(
                "{mark} {} {} · {} · {}",
                one.case_id,
                one.id,
                found.village(one.village),
                found.enumerator(one.enumerator)
            ),
        )?;
        for flag in found.report.flags_of(*at) {
            say(
                out,
                format_args!("    {}: {}", flag.check.words().in_language(language), flag.words.in_language(language)),
            )?;
        }
    }
    if flagged.len() > INTERVIEWS_MAX {
        let more = flagged.len() - INTERVIEWS_MAX;
        say(out, tell(&format!("… và {more} phiếu nữa: --format csv"), &format!("… and {more} more: --format csv")))?;
    }
    effects(found, language, out)?;
    not_done(found, language, out)
}

fn effects(found: &Inspection, language: Language, out: &mut dyn Write) -> Result<(), Problems> {
    if found.report.effects.is_empty() {
        return Ok(());
    }
    let tell = |vi: &str, en: &str| if language == Language::Vi { vi.to_owned() } else { en.to_owned() };
    let mut lines = vec![vec![
        tell("ẢNH HƯỞNG CỦA ĐIỀU TRA VIÊN", "INTERVIEWER EFFECT"),
        "ρ".to_owned(),
        tell("khoảng 95 %", "95 % interval"),
        "deff".to_owned(),
        "p".to_owned(),
        "n".to_owned(),
    ]];
    for one in found.report.effects.iter().take(EFFECTS_MAX) {
        let effect = &one.effect;
        let interval = effect.interval.map_or_else(
            || "–".to_owned(),
            |(low, high)| format!("{} – {}", number(Some(low), 3, language), number(Some(high), 3, language)),
        );
        lines.push(vec![
            format!("{} · {}", one.form, one.question),
            number(Some(effect.icc), 3, language),
            interval,
            number(Some(effect.design_effect), 2, language),
            number(effect.p_value, 4, language),
            effect.n.to_string(),
        ]);
    }
    say(out, "")?;
    say(out, aligned(&lines, &[]).trim_end())
}

fn not_done(found: &Inspection, language: Language, out: &mut dyn Write) -> Result<(), Problems> {
    let tell = |vi: &str, en: &str| if language == Language::Vi { vi.to_owned() } else { en.to_owned() };
    let name = |check: Check| check.words().in_language(language).to_owned();
    if !found.report.not_done.is_empty() {
        say(out, "")?;
        say(out, tell("Chưa kiểm tra được:", "Not checked:"))?;
        for one in &found.report.not_done {
            say(out, format_args!("  {}: {}", name(one.check), one.words.in_language(language)))?;
        }
    }
    for note in &found.report.notes {
        say(out, format_args!("* {}", note.in_language(language)))?;
    }
    Ok(())
}
