//! Reviews of a round: the rule of `fieldwork::review` on what the store knows.

use std::collections::BTreeMap;

use crate::fieldwork::review::{Chains, LastVerdict, Link, ReviewState, judge};
use crate::store::{CaseEvent, InterviewHead, Review, Snapshot, StoreError, Verdict};

/// The interviews of a round with what was said of them.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// The accepted interviews, in the order of arrival.
    pub interviews: Vec<InterviewHead>,
    /// All reviews by interview, in their order.
    pub reviews: BTreeMap<String, Vec<Review>>,
    /// What follows from both.
    pub chains: Chains,
}

impl Reviewed {
    /// The last review of an interview.
    #[must_use]
    pub fn last(&self, uuid: &str) -> Option<&Review> {
        self.reviews.get(uuid)?.last()
    }

    /// Where an interview stands.
    #[must_use]
    pub fn state(&self, uuid: &str) -> ReviewState {
        self.chains.states.get(uuid).copied().unwrap_or(ReviewState::Received)
    }

    /// The interview of a case that stands for it; of several chains the one that arrived last.
    #[must_use]
    pub fn counting_at(&self, case_id: &str) -> Option<&InterviewHead> {
        let heads = || {
            let at_case = |one: &&InterviewHead| one.case_id == case_id && !self.chains.superseded.contains(&one.uuid);
            self.interviews.iter().rev().filter(at_case)
        };
        // A rejected one is shown only where there is nothing better.
        heads().find(|one| self.state(&one.uuid) != ReviewState::Rejected).or_else(|| heads().next())
    }
}

/// Reads interviews and reviews of a round and judges the chains.
///
/// # Errors
/// Only that the database did not answer.
pub fn of_round(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<Reviewed, StoreError> {
    let interviews = snapshot.list_interview_heads(round_code)?;
    let mut reviews: BTreeMap<String, Vec<Review>> = BTreeMap::new();
    for review in snapshot.list_reviews(round_code)? {
        reviews.entry(review.uuid.clone()).or_default().push(review);
    }
    let links: Vec<Link<'_>> = interviews
        .iter()
        .map(|one| {
            let said = reviews.get(&one.uuid).map(Vec::as_slice).unwrap_or_default();
            Link {
                uuid: &one.uuid,
                case_id: &one.case_id,
                replaces: one.replaces_uuid.as_deref(),
                verdict: said.last().map(|review| last_verdict(review.verdict)),
                was_returned: said.iter().any(|review| review.verdict == Verdict::Returned),
            }
        })
        .collect();
    let chains = judge(&links);
    Ok(Reviewed { interviews, reviews, chains })
}

fn last_verdict(verdict: Verdict) -> LastVerdict {
    match verdict {
        Verdict::Approved => LastVerdict::Approved,
        Verdict::Returned => LastVerdict::Returned,
        Verdict::Rejected => LastVerdict::Rejected,
    }
}

/// What happened in a round as far as it counts: without interviews in whose place another of their chain counts, and
/// without rejected ones.
///
/// # Errors
/// Only that the database did not answer.
pub fn counting_events(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<Vec<CaseEvent>, StoreError> {
    let chains = of_round(snapshot, round_code)?.chains;
    let mut events = snapshot.list_case_events(round_code)?;
    events.retain(|event| event.uuid.as_ref().is_none_or(|uuid| chains.counts(uuid)));
    Ok(events)
}
