//! What a device would have sent, handed in as a file: read, judged and kept as if it had come by PUT, all of it or nothing.

use ::problem::{Place, Problem, Problems};

use super::contact_attempts::read_attempt;
use super::error::ApiError;
use super::responses::{Arrived, parse_uuid, prepare};
use crate::app::CheckAnswers;
use crate::problem as catalogue;
use crate::store::{AccessToken, Kept, NewContactAttempt, Store, StoreError};

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandedInKind {
    /// An interview.
    Response,
    /// A contact attempt.
    ContactAttempt,
}

/// One thing that would have been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedIn {
    /// What it is.
    pub kind: HandedInKind,
    /// The UUID that the device gave it.
    pub uuid: String,
    /// The very bytes.
    pub body: Vec<u8>,
}

enum Read {
    Response(Box<Arrived>),
    ContactAttempt(Box<NewContactAttempt>),
}

/// Keeps all in one transaction, in their order, as sent by the holder of the token; says what became of each.
///
/// # Errors
/// Everything that would be refused, with its number in the file; nothing is kept then.
pub fn keep_all(
    store: &Store,
    actor: &str,
    token: &AccessToken,
    check: Option<CheckAnswers>,
    items: Vec<HandedIn>,
) -> Result<Vec<Kept>, Problems> {
    let mut problems = Problems::none();
    let mut read = Vec::new();
    for (number, item) in (1..).zip(items) {
        match read_one(item, token) {
            Ok(one) => read.push(one),
            Err(error) => {
                for problem in error.into_problems() {
                    problems.push(problem.at(Place::row(number)));
                }
            }
        }
    }
    problems.into_result(())?;
    let token = token.clone();
    store
        .write(actor, move |tx| {
            let mut kept = Vec::new();
            for one in read {
                kept.push(match one {
                    Read::ContactAttempt(attempt) => tx.keep_contact_attempt(&attempt)?,
                    Read::Response(arrived) => {
                        let round_code = arrived.envelope.round_code.clone();
                        let (response, _) = prepare(tx, &token, check, *arrived)?
                            .ok_or(StoreError::Missing { what: format!("round {round_code}") })?;
                        tx.keep_response(&response)?
                    }
                });
            }
            Ok(kept)
        })
        .map_err(|error: StoreError| catalogue::from_store(&error).into())
}

fn read_one(item: HandedIn, token: &AccessToken) -> Result<Read, ApiError> {
    let uuid = parse_uuid(&item.uuid)?;
    let (one, round_code) = match item.kind {
        HandedInKind::Response => {
            let arrived = Arrived::of_json(uuid, item.body)?;
            let round_code = arrived.envelope.round_code.clone();
            (Read::Response(Box::new(arrived)), round_code)
        }
        HandedInKind::ContactAttempt => {
            let attempt = read_attempt(uuid, item.body, token)?;
            let round_code = attempt.round_code.clone();
            (Read::ContactAttempt(Box::new(attempt)), round_code)
        }
    };
    if token.serves_round(&round_code) { Ok(one) } else { Err(ApiError::new(of_another_round(&round_code))) }
}

fn of_another_round(round_code: &str) -> Problem {
    Problem::new("item_of_another_round", "phiếu thuộc một đợt khảo sát khác", "it belongs to another round")
        .got(round_code)
}
