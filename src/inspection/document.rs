//! An inspection as JSON and as CSV.

use ::problem::{Language, Problem, Problems};
use chrono::{DateTime, NaiveDate};
use serde_json::{Value, json};

use super::Inspection;
use crate::quality::{Flag, Page, Strength, Tally};

/// The day as people and programs write it.
fn iso_day(day: i64) -> Value {
    day_date(day).map_or(Value::Null, |date| Value::String(date.to_string()))
}

/// Days since 1970-01-01 as a date.
#[must_use]
pub fn day_date(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::try_days(day)?)
}

fn instant(ms: Option<i64>) -> Value {
    let text = ms.and_then(DateTime::from_timestamp_millis);
    text.map_or(Value::Null, |instant| Value::String(instant.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)))
}

fn tally(tally: &Tally) -> Value {
    json!({
        "n_interviews": tally.n_interviews, "n_complete": tally.n_complete, "n_attempts": tally.n_attempts,
        "n_believe": tally.n_believe(), "n_look_at": tally.n_look_at, "n_strong": tally.n_strong,
        "minutes_median": tally.minutes, "non_answer_share": tally.non_answer,
    })
}

fn flag(inspection: &Inspection, flag: &Flag) -> Value {
    let others: Vec<&str> =
        flag.others.iter().filter_map(|at| inspection.data.interviews.get(*at)).map(|one| one.id.as_str()).collect();
    json!({
        "code": flag.check.code(), "name": flag.check.words(), "strength": flag.strength, "value": flag.value, "limit": flag.limit,
        "question": flag.question, "words": flag.words, "others": others,
    })
}

/// Everything that the page shows, for programs.
#[must_use]
pub fn json(inspection: &Inspection, page: &Page) -> Value {
    let (data, report) = (&inspection.data, &inspection.report);
    let with = |mut row: Value, counts: &Tally| {
        if let (Some(row), Value::Object(counts)) = (row.as_object_mut(), tally(counts)) {
            row.extend(counts);
        }
        row
    };
    let enumerators: Vec<Value> = page
        .enumerators
        .iter()
        .map(|row| {
            let flags: Vec<Value> =
                report.flags_of_enumerator(row.enumerator).map(|one| flag(inspection, one)).collect();
            let compared = report.non_answer_compared.get(row.enumerator).copied().flatten();
            let filter = report.filter_compared.get(row.enumerator).copied().flatten();
            let id = data.enumerators.get(row.enumerator).map_or("", |one| one.id.as_str());
            let own = json!({
                "id": id, "name": inspection.enumerator(row.enumerator), "n_cases": row.n_cases, "flags": flags,
                "non_answer_against_peers": compared, "filter_no_against_peers": filter,
            });
            with(own, &row.tally)
        })
        .collect();
    let villages: Vec<Value> = page
        .villages
        .iter()
        .map(|row| {
            let village = row.village.and_then(|at| data.villages.get(at));
            let own = json!({
                "code": village.map(|one| one.code.as_str()), "name": village.map(|one| one.name.as_str()),
                "n_main": village.map(|one| one.n_main), "n_complete_so_far": row.n_complete_so_far,
            });
            with(own, &row.tally)
        })
        .collect();
    let interviews: Vec<Value> = page
        .interviews
        .iter()
        .filter_map(|at| Some((*at, data.interviews.get(*at)?)))
        .map(|(at, one)| {
            let flags: Vec<Value> = report.flags_of(at).map(|one| flag(inspection, one)).collect();
            json!({
                "uuid": one.id, "case_id": one.case_id, "enumerator": inspection.enumerator(one.enumerator),
                "village": one.village.and_then(|at| data.villages.get(at)).map(|one| one.code.as_str()),
                "is_complete": one.is_complete, "received_at": instant(Some(one.received_ms)), "device_started_at": instant(one.started_ms),
                "clock_offset_ms": one.clock_offset_ms, "minutes": report.minutes.get(at).copied().flatten(),
                "review": inspection.states.get(at).map(|state| state.as_str()),
                "standing": if inspection.is_to_look_at(at) { "look_at" } else { "believe" },
                "n_arrival_flags": one.n_arrival_flags, "flags": flags,
            })
        })
        .collect();
    let days: Vec<Value> = page.days.iter().map(|row| with(json!({"day": iso_day(row.day)}), &row.tally)).collect();
    json!({
        "round": inspection.round.code, "day": page.day.map(iso_day),
        "rules": {"version": report.rules, "number": inspection.rules_no},
        "total": tally(&page.total), "enumerators": enumerators, "villages": villages, "days": days, "interviews": interviews,
        "interviewer_effects": report.effects, "not_done": report.not_done, "notes": report.notes,
    })
}

/// The interviews of the page, a row each; a spreadsheet opens it. With a byte order mark, for Excel takes UTF-8 only then.
///
/// # Errors
/// That it could not be written, which no text is known to cause.
pub fn csv(inspection: &Inspection, page: &Page, language: Language) -> Result<Vec<u8>, Problems> {
    let unwritable = |error: &dyn std::fmt::Display| {
        Problems::from(
            Problem::new("quality_csv", "không ghi được bảng", "the table cannot be written").got(error.to_string()),
        )
    };
    let mut writer = csv::Writer::from_writer(vec![0xef, 0xbb, 0xbf]);
    writer
        .write_record([
            "standing",
            "uuid",
            "case_id",
            "village_code",
            "village",
            "enumerator",
            "received_at",
            "device_started_at",
            "minutes",
            "review",
            "n_strong",
            "n_review",
            "flags",
            "words",
        ])
        .map_err(|error| unwritable(&error))?;
    let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
    for at in &page.interviews {
        let Some(one) = inspection.data.interviews.get(*at) else { continue };
        let flags: Vec<&Flag> = inspection.report.flags_of(*at).collect();
        let n_of = |strength: Strength| flags.iter().filter(|flag| flag.strength == strength).count().to_string();
        let village = one.village.and_then(|village| inspection.data.villages.get(village));
        let minutes = inspection.report.minutes.get(*at).copied().flatten();
        let codes: Vec<&str> = flags.iter().map(|flag| flag.check.code()).collect();
        let words: Vec<String> = flags
            .iter()
            .map(|flag| format!("{}: {}", flag.check.words().in_language(language), flag.words.in_language(language)))
            .collect();
        let cells = [
            if inspection.is_to_look_at(*at) { "look_at" } else { "believe" }.to_owned(),
            one.id.clone(),
            one.case_id.clone(),
            village.map_or_else(String::new, |village| village.code.clone()),
            inspection.village(one.village).to_owned(),
            inspection.enumerator(one.enumerator).to_owned(),
            text(instant(Some(one.received_ms))),
            text(instant(one.started_ms)),
            minutes.map_or_else(String::new, |minutes| format!("{minutes:.1}")),
            inspection.states.get(*at).map_or("", |state| state.as_str()).to_owned(),
            n_of(Strength::Strong),
            n_of(Strength::Review),
            codes.join(" "),
            words.join("; "),
        ];
        writer.write_record(cells.iter().map(|cell| harmless(cell))).map_err(|error| unwritable(&error))?;
    }
    writer.into_inner().map_err(|error| unwritable(&error))
}

/// A cell that a spreadsheet does not take for a formula: names and case ids come from outside.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
