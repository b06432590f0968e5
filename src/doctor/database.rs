//! The database: engine, schema, what is kept in it, its last backup.

use ::problem::Problem;

use super::{Finding, Patient, bad, good, warning};
use crate::problem::from_store;
use crate::store::{Checked, SchemaState, StoreError, Timestamp, VitalSigns, check_with, inspect, vital_signs};

/// A clock that a database has seen so far ahead of now was wrong then, or is wrong now.
const CLOCK_SLACK_S: i64 = 300;

pub(super) fn examine(patient: &Patient) -> Vec<Finding> {
    let applied = match inspect(&patient.database) {
        Err(error) => return vec![bad("database.schema", from_store(&error))],
        Ok(SchemaState::Empty) => {
            let problem = Problem::new("database_empty", "chưa có cơ sở dữ liệu", "there is no database yet")
                .got(patient.database.to_string())
                .hint("khaosat serve hoặc khaosat restore sẽ tạo ra", "khaosat serve or khaosat restore makes one");
            return vec![warning("database.schema", problem)];
        }
        Ok(SchemaState::Older { pending }) => {
            return vec![bad("database.schema", from_store(&StoreError::Older { pending }))];
        }
        Ok(SchemaState::Current { applied }) => applied,
    };
    let newest = applied.last().map_or("", String::as_str);
    let schema = format!("{} · {newest}", applied.len());
    let mut findings =
        vec![good("database.schema", format!("đủ mọi nâng cấp: {schema}"), format!("all migrations: {schema}"))];
    match vital_signs(&patient.database) {
        Err(error) => findings.push(bad("database.engine", from_store(&error))),
        Ok(signs) => {
            findings.push(good("database.engine", signs.engine.clone(), signs.engine.clone()));
            findings.extend(clock(&signs, patient.now));
            findings.push(last_backup(&signs, patient));
        }
    }
    findings.extend(super::answers::examine(patient));
    if !patient.is_quick {
        findings.extend(kept(check_with(&patient.database, &patient.keys)));
    }
    findings
}

/// Order comes from sequences, not clocks; but tokens, sessions and reports of the day go by the clock.
fn clock(signs: &VitalSigns, now: Timestamp) -> Option<Finding> {
    let seconds = |text: &str| Timestamp::parse(text).map(|at| (at.micros() - now.micros()) / 1_000_000);
    let ahead = |problem: Problem| {
        warning(
            "database.clock",
            problem.hint("kiểm tra đồng hồ và NTP của máy", "look at the clock and NTP of this machine"),
        )
    };
    let of_server = signs.server_now.as_deref().and_then(seconds).filter(|s| s.abs() > CLOCK_SLACK_S);
    let of_last = signs.last_event_at.as_deref().and_then(seconds).filter(|s| *s > CLOCK_SLACK_S);
    if let Some(s) = of_server {
        return Some(ahead(
            Problem::new(
                "clocks_differ",
                "đồng hồ máy này và máy chủ cơ sở dữ liệu lệch nhau",
                "the clocks of this machine and of the database server differ",
            )
            .got((format!("{s} giây"), format!("{s} s"))),
        ));
    }
    if let Some(s) = of_last {
        return Some(ahead(
            Problem::new(
                "clock_behind",
                "đồng hồ máy này chậm hơn việc cuối cùng đã ghi trong cơ sở dữ liệu",
                "this machine's clock is behind the last act in the database",
            )
            .got((format!("{s} giây"), format!("{s} s"))),
        ));
    }
    let last = signs.last_event_at.as_deref()?;
    Some(good("database.clock", format!("việc cuối cùng: {last}"), format!("last act: {last}")))
}

fn last_backup(signs: &VitalSigns, patient: &Patient) -> Finding {
    let name = "database.backup";
    let hint = |problem: Problem| {
        problem.hint("chạy khaosat backup, tốt nhất là mỗi ngày", "run khaosat backup, best every day")
    };
    let Some(at) = signs.last_backup_at.as_deref() else {
        return warning(name, hint(Problem::new("backup_never", "chưa từng sao lưu", "no backup was ever made")));
    };
    let within = i64::from(patient.backup_within_h) * 3600;
    let is_old = Timestamp::parse(at).is_none_or(|at| (patient.now.micros() - at.micros()) / 1_000_000 > within);
    if is_old {
        return warning(
            name,
            hint(
                Problem::new("backup_old", "bản sao lưu gần nhất đã cũ", "the last backup is old")
                    .expected((
                        format!("trong {} giờ", patient.backup_within_h),
                        format!("within {} hours", patient.backup_within_h),
                    ))
                    .got(at),
            ),
        );
    }
    good(name, format!("sao lưu gần nhất: {at}"), format!("last backup: {at}"))
}

fn kept(checked: Result<Checked, StoreError>) -> Vec<Finding> {
    let name = "database.kept";
    match checked {
        Err(error) => vec![bad(name, from_store(&error))],
        Ok(checked) if checked.damages.is_empty() => {
            let (responses, attempts) = (checked.n_responses, checked.n_contact_attempts);
            vec![good(
                name,
                format!("cấu trúc tốt; {responses} phiếu, {attempts} lần tiếp xúc: nguyên vẹn từng byte"),
                format!("structure is sound; {responses} responses, {attempts} contact attempts: whole to the byte"),
            )]
        }
        Ok(checked) => {
            let damaged = |detail| {
                bad(
                    name,
                    from_store(&StoreError::Damaged { detail }).hint(
                        "đừng sửa tại chỗ: xem trang sự cố trong docs/OPERATIONS.md",
                        "do not mend it in place: see the disaster page of docs/OPERATIONS.md",
                    ),
                )
            };
            checked.damages.into_iter().map(damaged).collect()
        }
    }
}
