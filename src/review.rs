//! Reviews of a round: the rule of `fieldwork::review` on what the store knows. Whoever asks which interviews count, asks here.

use std::collections::BTreeMap;

use crate::fieldwork::review::{Chains, LastVerdict, Link, ReviewState, judge};
use crate::store::{CaseEvent, InterviewHead, Review, Snapshot, StoreError, StoredResponse, Verdict};

/// The interviews of a round with what was said of them.
#[derive(Clone, Debug)]
pub struct Reviewed {
    /// The interviews, and corrections that came too late, in the order of arrival.
    pub interviews: Vec<InterviewHead>,
    /// All reviews by interview, in their order.
    pub reviews: BTreeMap<String, Vec<Review>>,
    /// What follows from both.
    pub chains: Chains,
}

impl Reviewed {
    fn new(interviews: Vec<InterviewHead>, listed: Vec<Review>) -> Self {
        let mut reviews: BTreeMap<String, Vec<Review>> = BTreeMap::new();
        for review in listed {
            reviews.entry(review.uuid.clone()).or_default().push(review);
        }
        let links: Vec<Link<'_>> = interviews
            .iter()
            .map(|one| Link {
                uuid: &one.uuid,
                case_id: &one.case_id,
                form_id: &one.form_id,
                disposition: &one.disposition,
                is_visit: one.is_visit,
                replaces: one.replaces_uuid.as_deref(),
                is_stale: one.is_stale,
                verdict: reviews.get(&one.uuid).and_then(|said| said.last()).map(|said| last_verdict(said.verdict)),
            })
            .collect();
        let chains = judge(&links);
        Self { interviews, reviews, chains }
    }

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

    /// Whether a reviewer has still to say something of an interview: nobody did, and no correction has taken over from it.
    #[must_use]
    pub fn waits_for_a_look(&self, one: &InterviewHead) -> bool {
        match self.state(&one.uuid) {
            ReviewState::Conflict => true,
            ReviewState::Received => !one.is_visit && !self.chains.is_corrected(&one.uuid),
            _ => false,
        }
    }

    /// By case, the interview whose state is the state of the case: one that went back, else the last that speaks for the case,
    /// else, where nothing counts, the last that stands.
    #[must_use]
    pub fn by_case(&self) -> BTreeMap<&str, &InterviewHead> {
        let rank = |one: &InterviewHead| match self.state(&one.uuid) {
            ReviewState::Returned if self.chains.stands(&one.uuid) => 2,
            _ if self.chains.speaks_for_its_case(&one.uuid) => 1,
            _ => 0,
        };
        let mut found: BTreeMap<&str, &InterviewHead> = BTreeMap::new();
        for one in self.interviews.iter().filter(|one| !one.is_visit && self.chains.stands(&one.uuid)) {
            let before = found.get(one.case_id.as_str()).map(|before| rank(before));
            if before.is_none_or(|before| rank(one) >= before) {
                found.insert(&one.case_id, one);
            }
        }
        found
    }
}

fn last_verdict(verdict: Verdict) -> LastVerdict {
    match verdict {
        Verdict::Approved => LastVerdict::Approved,
        Verdict::Returned => LastVerdict::Returned,
        Verdict::Rejected => LastVerdict::Rejected,
    }
}

/// Reads interviews and reviews of a round and judges the chains.
///
/// # Errors
/// Only that the database did not answer.
pub fn of_round(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<Reviewed, StoreError> {
    Ok(Reviewed::new(snapshot.list_interview_heads(round_code, None)?, snapshot.list_reviews(round_code)?))
}

/// The same for one case, for which nothing else need be read.
///
/// # Errors
/// Only that the database did not answer.
pub fn of_case(snapshot: &mut Snapshot<'_>, round_code: &str, case_id: &str) -> Result<Reviewed, StoreError> {
    let interviews = snapshot.list_interview_heads(round_code, Some(case_id))?;
    let mut reviews = Vec::new();
    for one in &interviews {
        reviews.extend(snapshot.list_reviews_of(&one.uuid)?);
    }
    Ok(Reviewed::new(interviews, reviews))
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

/// The responses of a round that count, in the order of arrival.
///
/// # Errors
/// Only that the database did not answer.
pub fn counting_responses(snapshot: &mut Snapshot<'_>, round_code: &str) -> Result<Vec<StoredResponse>, StoreError> {
    let chains = of_round(snapshot, round_code)?.chains;
    let mut responses = snapshot.list_first_responses(round_code)?;
    responses.retain(|response| chains.counts(&response.receipt.uuid));
    Ok(responses)
}
