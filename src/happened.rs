//! What happened in a round, as far as page after page asks for it: kept in memory until something new happens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::results::{RoundProgress, state};
use crate::review::{self, Reviewed};
use crate::store::{Case, CaseEvent, Store, StoreError};

/// What happened in a round up to one instant.
pub struct Happened {
    /// How far the round had come.
    pub progress: RoundProgress,
    /// The interviews with what was said of them.
    pub reviewed: Reviewed,
    /// All that happened, in the order of arrival.
    pub events: Vec<CaseEvent>,
}

impl Happened {
    /// What of it counts: without interviews in whose place another of their chain counts, and without rejected ones.
    pub fn counting(&self) -> impl Iterator<Item = &CaseEvent> {
        self.events.iter().filter(|event| event.uuid.as_ref().is_none_or(|uuid| self.reviewed.chains.counts(uuid)))
    }
}

/// The last that is known of each round.
#[derive(Default)]
pub struct Memory {
    happened: Latest<RoundProgress, Happened>,
    cases: Latest<(Option<String>, i64), Vec<Case>>,
}

impl Memory {
    /// What happened in a round; `None` when there is no such round.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn happened(&self, store: &Store, code: &str) -> Result<Option<Arc<Happened>>, StoreError> {
        let Some(now) = state(store, code)? else { return Ok(None) };
        let read = || {
            store.read(|snapshot| {
                let Some(round) = snapshot.find_round(code)? else { return Ok(None) };
                let progress = crate::results::progress_of(snapshot, round)?;
                let reviewed = review::of_round(snapshot, code)?;
                let events = snapshot.list_case_events(code)?;
                Ok(Some((progress.clone(), Happened { progress, reviewed, events })))
            })
        };
        self.happened.of(code, &now, read)
    }

    /// The cases of a round in the order of the list. A drawn sample never changes, and each change of who has a case is kept.
    ///
    /// # Errors
    /// Only that the database did not answer.
    pub fn cases(&self, store: &Store, code: &str) -> Result<Arc<Vec<Case>>, StoreError> {
        let state = |snapshot: &mut crate::store::Snapshot<'_>| {
            Ok((snapshot.find_sample_sha256(code)?, snapshot.count_assignments(code)?))
        };
        let now = store.read(state)?;
        let read = || store.read(|snapshot| Ok(Some((state(snapshot)?, snapshot.list_cases(code)?))));
        Ok(self.cases.of(code, &now, read)?.unwrap_or_default())
    }
}

/// One thing of each round with the state that it follows from.
struct Latest<S, T>(Mutex<HashMap<String, Entry<S, T>>>);

/// Locked while it is being made: who asks for the same meanwhile waits for it.
type Entry<S, T> = Arc<Mutex<Option<(S, Arc<T>)>>>;

impl<S, T> Default for Latest<S, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<S: PartialEq, T> Latest<S, T> {
    fn of(
        &self,
        code: &str,
        now: &S,
        make: impl FnOnce() -> Result<Option<(S, T)>, StoreError>,
    ) -> Result<Option<Arc<T>>, StoreError> {
        // Entries are set whole, so what a panicking thread left behind is a good one.
        let entry =
            Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(code.to_owned()).or_default());
        let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = entry.as_ref().filter(|(then, _)| then == now) {
            return Ok(Some(Arc::clone(known)));
        }
        // What follows from an older state is not kept beside the newer one.
        *entry = None;
        *entry = make()?.map(|(state, made)| (state, Arc::new(made)));
        Ok(entry.as_ref().map(|(_, made)| Arc::clone(made)))
    }
}
