//! The enumerators' part: contact attempts and responses, handed over through the API by a few devices at once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::problem::{Problem, Problems};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use sampling::{Role, Sample};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::ROUND_CODE;
use super::client::Client;
use crate::cli::token::{Assign, issue};
use crate::fieldwork::disposition::Outcome;
use crate::simulation::round::SimulatedRound;
use crate::simulation::visits::WorkedCase;
use crate::store::{Role as TokenRole, Store};

/// Devices that send at the same time.
const DEVICES: usize = 4;
/// First day of the simulated fieldwork.
const FIRST_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(2024, 8, 5);
/// One village is worked a day.
const FIRST_HOUR_UTC: i64 = 1;

/// How much was handed over.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) responses: usize,
    pub(super) attempts: usize,
    pub(super) releases: usize,
}

/// The secrets of the people of the round.
pub(super) struct Tokens {
    pub(super) enumerator: String,
    pub(super) coordinator: String,
}

/// Tokens for the enumerators of the round, and for the coordinator who releases reserves.
pub(super) fn tokens(store: &Store, round_code: &str) -> Result<Tokens, Problems> {
    let token = |role, name, assign| {
        issue(store, role, Some(round_code), name, None, assign).map(|issued| issued.secret.reveal().to_owned())
    };
    Ok(Tokens {
        enumerator: token(TokenRole::Enumerator, "Điều tra viên mô phỏng", Assign::Everything)?,
        coordinator: token(TokenRole::Coordinator, "Điều phối viên mô phỏng", Assign::Nothing)?,
    })
}

/// Hands over every contact attempt and every response, and asks for each reserve before it is visited; stops at the first
/// that is not acknowledged. A device works whole villages.
pub(super) fn submit(
    client: &Client,
    coordinator: &Client,
    sample: &Sample,
    simulated: &SimulatedRound,
    seed: u64,
) -> Result<Sent, Problems> {
    let villages = by_village(sample, simulated, seed);
    let next = AtomicUsize::new(0);
    let failures: Vec<Problems> = std::thread::scope(|scope| {
        let devices: Vec<_> = (0..DEVICES)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(messages) = villages.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for (address, body) in messages {
                            match address.ends_with(REPLACEMENTS) {
                                true => coordinator.post(address, body)?,
                                false => client.put(address, body)?,
                            }
                        }
                    }
                    Ok::<(), Problems>(())
                })
            })
            .collect();
        devices
            .into_iter()
            .filter_map(|device| device.join().unwrap_or_else(|_panicked| Err(lost_device().into())).err())
            .collect()
    });
    if let Some(problems) = failures.into_iter().next() {
        return Err(problems);
    }
    let sent = |part: &str| villages.iter().flatten().filter(|(address, _)| address.contains(part)).count();
    Ok(Sent { responses: sent("/responses/"), attempts: sent("/contact-attempts/"), releases: sent(REPLACEMENTS) })
}

/// Address and body.
type Message = (String, serde_json::Value);

const REPLACEMENTS: &str = "/replacements";

/// What is sent about each village, in the order of work: before a reserve is visited it is released for the first failure
/// that has none yet.
fn by_village(sample: &Sample, simulated: &SimulatedRound, seed: u64) -> Vec<Vec<Message>> {
    let group_of = |case_id: &str| {
        sample.groups().iter().position(|group| group.iter().any(|unit| unit.unit_id == case_id)).unwrap_or(0)
    };
    let is_reserve = |case_id: &str| sample.units_of(Role::Reserve).any(|unit| unit.unit_id == case_id);
    let mut villages: Vec<Vec<Message>> = vec![Vec::new(); sample.groups().len()];
    let mut failed: Vec<VecDeque<(&str, Outcome)>> = vec![VecDeque::new(); villages.len()];
    for (case, messages) in simulated.worked.iter().zip(messages(sample, simulated, seed)) {
        let village = group_of(&case.case_id);
        if is_reserve(&case.case_id)
            && let Some((replaces, outcome)) = failed[village].pop_front()
        {
            let body = json!({
                "replaces": replaces,
                "disposition": outcome.code(),
                "reason": "không phỏng vấn được (mô phỏng)",
                "reserve": case.case_id,
            });
            villages[village].push((format!("/api/v1/rounds/{ROUND_CODE}{REPLACEMENTS}"), body));
        }
        villages[village].extend(messages);
        if let Some(outcome) = case.disposition().filter(|outcome| !outcome.is_interview()) {
            failed[village].push_back((&case.case_id, outcome));
        }
    }
    villages
}

/// What is sent about each case, in order: one device sends all of a case, so that the last outcome arrives last however the
/// devices race.
fn messages(sample: &Sample, simulated: &SimulatedRound, seed: u64) -> Vec<Vec<Message>> {
    let mut cases = Vec::new();
    for (number, case) in simulated.worked.iter().enumerate() {
        let visited = visit_time(sample, &case.case_id, number);
        let mut messages: Vec<Message> = attempts(case, visited, seed).collect();
        for form in &simulated.forms {
            if let (Some(answers), Some(disposition)) = (form.answers.get(&case.case_id), case.disposition()) {
                let body = json!({
                    "round": ROUND_CODE,
                    "questionnaire": form.form_id,
                    "case_id": case.case_id,
                    "disposition": disposition.code(),
                    "device_started_at": visited.to_rfc3339(),
                    "device_ended_at": (visited + Duration::minutes(38)).to_rfc3339(),
                    "language": "vi",
                    "answers": answers,
                });
                let uuid = uuid(seed, &format!("response/{}/{}", form.form_id, case.case_id));
                messages.push((format!("/api/v1/responses/{uuid}"), body));
            }
        }
        cases.push(messages);
    }
    cases
}

fn attempts(case: &WorkedCase, visited: DateTime<Utc>, seed: u64) -> impl Iterator<Item = Message> {
    case.attempts.iter().enumerate().map(move |(number, outcome)| {
        let body = json!({
            "round": ROUND_CODE,
            "case_id": case.case_id,
            "attempt_no": number + 1,
            "disposition": outcome.code(),
            "at": (visited - Duration::hours((case.attempts.len() - 1 - number) as i64 * 3)).to_rfc3339(),
        });
        let uuid = uuid(seed, &format!("attempt/{}/{number}", case.case_id));
        (format!("/api/v1/contact-attempts/{uuid}"), body)
    })
}

/// When a case was visited: one village a day, one household after the other.
fn visit_time(sample: &Sample, case_id: &str, number: usize) -> DateTime<Utc> {
    let village =
        sample.groups().iter().position(|group| group.iter().any(|unit| unit.unit_id == case_id)).unwrap_or(0);
    let morning =
        FIRST_DAY.unwrap_or_default().and_time(chrono::NaiveTime::MIN).and_utc() + Duration::hours(FIRST_HOUR_UTC);
    morning + Duration::days(village as i64) + Duration::minutes(20 * (number % 30) as i64)
}

/// A UUID (version 8: made by our own rule) from seed and label, so that a repeated run sends the same.
fn uuid(seed: u64, label: &str) -> uuid::Uuid {
    let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(label).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A thread that panicked has told nothing itself.
fn lost_device() -> Problem {
    Problem::new("demo_device", "một thiết bị mô phỏng dừng đột ngột", "a simulated device stopped suddenly")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::coverage::{EXAMPLE_DESIGN, EXAMPLE_FRAME};

    #[test]
    fn one_device_sends_all_attempts_of_a_case_in_their_order() {
        let design =
            sampling::Preset::of_name(EXAMPLE_DESIGN).and_then(|preset| preset.design().ok()).expect("a design");
        let frame = sampling::SamplingFrame::read(EXAMPLE_FRAME.as_bytes(), &design).expect("a frame");
        let sample = sampling::draw(&frame, &design, 1).expect("a sample");
        let worked = |unit: &sampling::SampledUnit, attempts: &[Outcome]| WorkedCase {
            case_id: unit.unit_id.clone(),
            attempts: attempts.to_vec(),
            respondent: None,
        };
        let worked = vec![
            worked(&sample.units[0], &[Outcome::NonContact, Outcome::NonContact, Outcome::Refusal]),
            worked(&sample.units[1], &[Outcome::NotEligible]),
        ];
        let told: Vec<Vec<String>> = messages(&sample, &SimulatedRound { worked, forms: Vec::new() }, 1)
            .iter()
            .map(|case| case.iter().map(|(_, body)| body["disposition"].to_string()).collect())
            .collect();
        assert_eq!(told, [vec!["\"2.20\"", "\"2.20\"", "\"2.10\""], vec!["\"4.0\""]]);
    }
}
