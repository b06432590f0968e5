//! The enumerators' part: contact attempts and responses, handed over through the API by a few devices at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use ::problem::{Problem, Problems};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use sampling::Sample;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::ROUND_CODE;
use super::client::Client;
use crate::cli::token::{Assign, issue};
use crate::simulation::round::SimulatedRound;
use crate::simulation::visits::WorkedCase;
use crate::store::{Role, Store};

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
}

/// A token for the enumerators of the round.
pub(super) fn enumerator(store: &Store, round_code: &str) -> Result<String, Problems> {
    let issued = issue(store, Role::Enumerator, Some(round_code), "Điều tra viên mô phỏng", None, Assign::Everything)?;
    Ok(issued.secret.reveal().to_owned())
}

/// Hands over every contact attempt and every response; stops at the first that is not acknowledged.
pub(super) fn submit(
    client: &Client,
    sample: &Sample,
    simulated: &SimulatedRound,
    seed: u64,
) -> Result<Sent, Problems> {
    let cases = messages(sample, simulated, seed);
    let next = AtomicUsize::new(0);
    let failures: Vec<Problems> = std::thread::scope(|scope| {
        let devices: Vec<_> = (0..DEVICES)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for (address, body) in case {
                            client.put(address, body)?;
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
    let sent = || cases.iter().flatten();
    let responses = sent().filter(|(address, _)| address.contains("/responses/")).count();
    Ok(Sent { responses, attempts: sent().count() - responses })
}

type Message = (String, serde_json::Value);

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
    use crate::fieldwork::disposition::Outcome;
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
