//! What a store has seen since it was opened, as plain numbers: for whoever watches over the service. Nothing of what is stored.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::error::StoreError;
use super::received::{Kept, ReceivedState};

/// Sizes of group commits are counted up to these, in jobs; none is larger than the last.
pub const COMMIT_BOUNDS: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

/// Kinds of failures of the database.
pub const FAILURES: [&str; 7] = ["busy", "lost", "unreachable", "stopped", "damaged", "other", "full"];

/// What becomes of something that is received.
pub const OUTCOMES: [&str; 3] = ["new", "again", "conflict"];

/// Kinds of things that are received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceivedKind {
    /// An interview.
    Response,
    /// A contact attempt.
    ContactAttempt,
}

impl ReceivedKind {
    /// Both, in the order of [`Signs::received`].
    pub const ALL: [Self; 2] = [Self::Response, Self::ContactAttempt];

    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::ContactAttempt => "contact_attempt",
        }
    }
}

/// The counters of a store.
#[derive(Debug, Default)]
pub struct Signs {
    waiting: AtomicU64,
    commits: [AtomicU64; COMMIT_BOUNDS.len()],
    jobs: AtomicU64,
    failures: [AtomicU64; FAILURES.len()],
    received: [[AtomicU64; OUTCOMES.len()]; ReceivedKind::ALL.len()],
    closed_guesses: AtomicU64,
}

impl Signs {
    /// Something was received and is on the disk, or was there before.
    pub fn note_received(&self, kind: ReceivedKind, kept: &Kept) {
        let outcome = match (kept, kept.receipt().state) {
            (Kept::Again(_), _) => 1,
            (Kept::New(_), ReceivedState::Conflict) => 2,
            (Kept::New(_), _) => 0,
        };
        if let Some(counter) = self.received.get(kind as usize).and_then(|row| row.get(outcome)) {
            counter.fetch_add(1, Relaxed);
        }
    }

    /// A guess was not looked at: too many were wrong before.
    pub fn note_closed_guess(&self) {
        self.closed_guesses.fetch_add(1, Relaxed);
    }

    pub(super) fn note_failure(&self, error: &StoreError) {
        let kind = match error {
            StoreError::Busy { .. } => 0,
            StoreError::Lost { .. } => 1,
            StoreError::Unreachable { .. } => 2,
            StoreError::Stopped => 3,
            StoreError::Damaged { .. } => 4,
            StoreError::Database(_) | StoreError::Untrustworthy { .. } => 5,
            StoreError::Full => 6,
            // No failures of the database: it answered.
            StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Unguarded { .. }
            | StoreError::NoCopy { .. }
            | StoreError::Foreign
            | StoreError::BadUrl { .. }
            | StoreError::KeyMissing { .. }
            | StoreError::KeyWrong { .. }
            | StoreError::KeyFile { .. }
            | StoreError::KeyNeeded
            | StoreError::KeyChanged
            | StoreError::Exists { .. }
            | StoreError::Missing { .. } => return,
        };
        if let Some(counter) = self.failures.get(kind) {
            counter.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn job_waits(&self) {
        self.waiting.fetch_add(1, Relaxed);
    }

    pub(super) fn jobs_taken(&self, n: usize) {
        let n = n as u64;
        self.waiting.fetch_sub(n, Relaxed);
        self.jobs.fetch_add(n, Relaxed);
        let place = COMMIT_BOUNDS.iter().position(|bound| n <= *bound).unwrap_or(COMMIT_BOUNDS.len() - 1);
        if let Some(counter) = self.commits.get(place) {
            counter.fetch_add(1, Relaxed);
        }
    }

    /// Jobs that wait for SQLite's writer.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Relaxed)
    }

    /// Commits by their size, a number for each of [`COMMIT_BOUNDS`], and the jobs in all of them.
    #[must_use]
    pub fn commits(&self) -> ([u64; COMMIT_BOUNDS.len()], u64) {
        (std::array::from_fn(|at| self.commits.get(at).map_or(0, |one| one.load(Relaxed))), self.jobs.load(Relaxed))
    }

    /// Failures of the database, by [`FAILURES`].
    pub fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        FAILURES.into_iter().zip(&self.failures).map(|(kind, counter)| (kind, counter.load(Relaxed)))
    }

    /// What was received, by kind and outcome.
    pub fn received(&self) -> impl Iterator<Item = (ReceivedKind, &'static str, u64)> {
        ReceivedKind::ALL.into_iter().zip(&self.received).flat_map(|(kind, row)| {
            OUTCOMES.into_iter().zip(row).map(move |(outcome, counter)| (kind, outcome, counter.load(Relaxed)))
        })
    }

    /// Guesses that were not looked at.
    #[must_use]
    pub fn closed_guesses(&self) -> u64 {
        self.closed_guesses.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_taken_and_counted_by_size() {
        let signs = Signs::default();
        (0..5).for_each(|_| signs.job_waits());
        assert_eq!(signs.waiting(), 5);
        signs.jobs_taken(1);
        signs.jobs_taken(3);
        assert_eq!((signs.waiting(), signs.commits()), (1, ([1, 0, 1, 0, 0, 0, 0, 0], 4)));
    }

    #[test]
    fn only_failures_of_the_database_count_as_such() {
        let signs = Signs::default();
        signs.note_failure(&StoreError::Stopped);
        signs.note_failure(&StoreError::Exists { what: "x".to_owned() });
        assert_eq!(signs.failures().map(|(_, n)| n).sum::<u64>(), 1);
        assert!(signs.failures().any(|one| one == ("stopped", 1)));
    }
}
