//! The quality of a round: what the store keeps of it, read in one instant and handed to the pure checks of `quality`.
//! Derived, never stored; kept in memory for as long as nothing new arrives.

mod document;
mod gather;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::problem::Problems;

use crate::fieldwork::review::ReviewState;
use crate::quality::data::RoundData;
use crate::quality::{Page, QualityReport, Rules, inspect, page};
use crate::results::ResultsError;
use crate::store::{Round, Store};

pub use document::{csv, day_date, json};
pub use gather::{double_entries, original_answers, second_answers};

/// A round under inspection.
pub struct Inspection {
    /// The round.
    pub round: Round,
    /// The thresholds.
    pub rules: Rules,
    /// The office's file of thresholds, by number; `None` where the defaults hold.
    pub rules_no: Option<i64>,
    /// What was looked at.
    pub data: RoundData,
    /// What reviewers said of each interview.
    pub states: Vec<ReviewState>,
    /// What the checks say.
    pub report: QualityReport,
}

impl Inspection {
    /// The page of one day (days since 1970-01-01), or of the whole round.
    #[must_use]
    pub fn page(&self, day: Option<i64>) -> Page {
        page(&self.data, &self.report, &self.rules, day)
    }

    /// Whether an interview is one to look at.
    #[must_use]
    pub fn is_to_look_at(&self, interview: usize) -> bool {
        self.report.is_to_look_at(interview, &self.rules)
    }

    /// An enumerator's name.
    #[must_use]
    pub fn enumerator(&self, at: usize) -> &str {
        self.data.enumerators.get(at).map_or("", |one| &one.name)
    }

    /// A village's name; that of no village is empty.
    #[must_use]
    pub fn village(&self, at: Option<usize>) -> &str {
        at.and_then(|at| self.data.villages.get(at)).map_or("", |one| &one.name)
    }
}

/// Inspects a round as of now; `None` when there is no such round.
///
/// # Errors
/// That the database did not answer, or that what it keeps cannot be read.
pub fn of_round(store: &Store, code: &str) -> Result<Option<Inspection>, ResultsError> {
    let Some(raw) = store.read(|snapshot| gather::read(snapshot, code))? else { return Ok(None) };
    let (rules, rules_no) = match &raw.rules {
        Some(set) => (Rules::from_toml(&set.body)?, Some(set.rules_no)),
        None => (Rules::defaults()?, None),
    };
    let gathered = gather::gather(raw, &rules)?;
    let report = inspect(&gathered.data, &rules);
    Ok(Some(Inspection {
        round: gathered.round,
        rules,
        rules_no,
        data: gathered.data,
        states: gathered.states,
        report,
    }))
}

/// The last inspection of each round, by the numbers that change with whatever arrives.
#[derive(Default)]
pub struct InspectionCache(Mutex<Known>);

/// By code of the round: the numbers, and what was seen then.
type Known = BTreeMap<String, ([i64; 5], Arc<Inspection>)>;

impl InspectionCache {
    /// The inspection of a round as of now; `None` when there is no such round.
    ///
    /// # Errors
    /// As [`of_round`].
    pub fn of_round(&self, store: &Store, code: &str) -> Result<Option<Arc<Inspection>>, ResultsError> {
        let (round, state) = store.read(|snapshot| Ok((snapshot.find_round(code)?, snapshot.quality_state(code)?)))?;
        let Some(round) = round else { return Ok(None) };
        if let Some((known_state, known)) = self.lock().get(code)
            && *known_state == state
            && known.round == round
        {
            return Ok(Some(Arc::clone(known)));
        }
        // What arrives between the two readings is newer than `state`: the next call then looks again.
        let Some(made) = of_round(store, code)? else { return Ok(None) };
        let made = Arc::new(made);
        self.lock().insert(code.to_owned(), (state, Arc::clone(&made)));
        Ok(Some(made))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        // Entries are inserted whole, so a map that a panicking thread left behind is a good one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with a file of thresholds, before it is stored.
///
/// # Errors
/// Every slip in it.
pub fn check_rules(text: &str) -> Result<(), Problems> {
    Rules::from_toml(text).map(|_| ())
}
