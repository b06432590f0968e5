//! One guess at a secret: counted, then looked at, then taken back if it was right.

use ::problem::Problem;

use super::error::ApiError;
use crate::problem as catalogue;
use crate::secret::sha256_hex;
use crate::store::{Guess, GuessSubject, Store, StoreError};

const HOUR_S: i64 = 3_600;

/// What became of a guess.
pub(super) enum Try<T> {
    /// It was right.
    Right(T),
    /// It was wrong.
    Wrong,
    /// It was not looked at: too many were wrong before.
    TooEarly {
        /// How long to wait.
        wait_s: i64,
    },
    /// It was not looked at: too many are being looked at.
    Busy,
}

/// Guesses at the password of one login, known or not. Only its hash is kept: people type passwords there, too.
pub(super) fn login_of(login: &str) -> GuessSubject {
    let hash = sha256_hex(login.as_bytes());
    GuessSubject {
        name: format!("login:{}", hash.get(..32).unwrap_or_default()),
        n_free: 5,
        first_delay_s: 30,
        forget_after_s: 24 * HOUR_S,
    }
}

/// Guesses at passwords from one network: an office signs in from one.
pub(super) fn address_of(network: &str) -> GuessSubject {
    GuessSubject { name: format!("address:{network}"), n_free: 30, first_delay_s: 10, forget_after_s: HOUR_S }
}

/// Guesses at activation codes from one network.
pub(super) fn codes_of(network: &str) -> GuessSubject {
    GuessSubject { name: format!("codes:{network}"), n_free: 10, first_delay_s: 30, forget_after_s: HOUR_S }
}

/// Looks at a guess, unless it is too early. The first of the subjects is cleared by a right guess, the others get theirs back.
pub(super) fn try_once<T>(
    store: &Store,
    what: &'static str,
    subjects: &[GuessSubject],
    look: impl FnOnce(&Store) -> Result<Try<T>, StoreError>,
) -> Result<Try<T>, StoreError> {
    // Of one kind before the other for everybody, so that two requests never wait for each other.
    let mut held = subjects.to_vec();
    held.sort_by(|a, b| a.name.cmp(&b.name));
    if let Guess::Closed { wait_s } = store.write(what, move |tx| tx.count_guess(&held))? {
        store.signs().note_closed_guess();
        return Ok(Try::TooEarly { wait_s });
    }
    let seen = look(store)?;
    let names: Vec<String> = subjects.iter().map(|subject| subject.name.clone()).collect();
    let object = names.first().cloned().unwrap_or_default();
    let is_right = matches!(seen, Try::Right(_));
    match &seen {
        Try::Wrong => store.write(what, move |tx| tx.audit_failed_guess(&format!("{what}.failed"), &object))?,
        // In the same order again.
        Try::Right(_) | Try::Busy => store.write(what, move |tx| {
            let first = names.first().cloned();
            let mut names = names;
            names.sort();
            names.iter().try_for_each(|name| tx.forget_guess(name, is_right && Some(name) == first.as_ref()))
        })?,
        Try::TooEarly { .. } => {}
    }
    Ok(seen)
}

/// The right guess, or the refusal. Wrong is always the same answer.
pub(super) fn verdict<T>(tried: Try<T>, wrong: fn() -> Problem) -> Result<T, ApiError> {
    match tried {
        Try::Right(found) => Ok(found),
        Try::Wrong => Err(ApiError::new(wrong())),
        Try::TooEarly { wait_s } => Err(ApiError::retry_after(catalogue::too_many_tries(wait_s), wait_s)),
        Try::Busy => Err(ApiError::retry_after(catalogue::too_many_tries(2), 2)),
    }
}
