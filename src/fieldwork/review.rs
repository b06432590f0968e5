//! Corrections and reviews: which interview counts, and where each stands. **This is the only place that decides it**; results,
//! progress, replacements, lists of cases and exports read it from here.
//!
//! A correction is an interview that names the one whose place it takes, at the same case: Collect's `deprecatedID`, our client's
//! `replaces`. An interview and all that corrects it, directly or through another correction, are a chain. Nothing in a chain is
//! altered or removed. Of a chain one interview stands, found by walking it, each after what it corrects:
//!
//! 1. The first to arrive as the correction of an interview takes its place, as long as no reviewer has settled the interview
//!    that stands (approved or rejected it). So a mistake is corrected the same evening, and what a reviewer has judged is not
//!    replaced from a phone, unseen.
//! 2. Whoever else corrects the same interview worked from a state that is past: such a *stale* correction is kept as a conflict.
//! 3. What a reviewer approves stands, stale or not; of several the one that arrived last.
//!
//! Where the interview that stands is rejected, nothing of the chain counts, and the case is as if nobody had answered. Of several
//! chains at one case and form, the first complete interview speaks for the case, else the first partial one, as in
//! [`outcome_so_far`](super::progress::outcome_so_far).

use std::collections::{BTreeMap, BTreeSet};

use super::disposition::{Outcome, outcome};

/// The last word on an interview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastVerdict {
    /// It is good.
    Approved,
    /// It went back.
    Returned,
    /// It is not used.
    Rejected,
}

/// An interview in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// Its UUID.
    pub uuid: &'a str,
    /// The case it is about.
    pub case_id: &'a str,
    /// The form it answers.
    pub form_id: &'a str,
    /// Outcome code, as sent.
    pub disposition: &'a str,
    /// Whether it tells of a visit only: Collect has one form for both.
    pub is_visit: bool,
    /// The interview it says it corrects.
    pub replaces: Option<&'a str>,
    /// Whether another had corrected the same interview before.
    pub is_stale: bool,
    /// The last word on it.
    pub verdict: Option<LastVerdict>,
}

/// Where an interview stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewState {
    /// Nobody has looked at it.
    Received,
    /// It went back and nothing came yet.
    Returned,
    /// It went back and a correction came.
    Corrected,
    /// It corrects what had been corrected, and nobody has decided.
    Conflict,
    /// It is not used.
    Rejected,
    /// It is good.
    Approved,
}

impl ReviewState {
    /// Its stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Returned => "returned",
            Self::Corrected => "corrected",
            Self::Conflict => "conflict",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
        }
    }
}

/// What follows from the chains of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    /// Where each interview stands.
    pub states: BTreeMap<String, ReviewState>,
    /// The first interview of the chain of each.
    roots: BTreeMap<String, String>,
    /// By that first interview, the one that stands for the chain.
    standing: BTreeMap<String, String>,
    /// Those that a correction came for, not counting stale ones.
    corrected: BTreeSet<String>,
    /// Those that speak for their case and form.
    speaking: BTreeSet<String>,
}

impl Chains {
    /// Whether an interview counts in figures: it stands for its chain and was not rejected.
    #[must_use]
    pub fn counts(&self, uuid: &str) -> bool {
        self.replaced_by(uuid).is_none() && self.stands(uuid) && self.states.get(uuid) != Some(&ReviewState::Rejected)
    }

    /// Whether an interview counts and is the one of its case and form that is analysed.
    #[must_use]
    pub fn speaks_for_its_case(&self, uuid: &str) -> bool {
        self.speaking.contains(uuid)
    }

    /// Whether a correction came for an interview, not counting stale ones.
    #[must_use]
    pub fn is_corrected(&self, uuid: &str) -> bool {
        self.corrected.contains(uuid)
    }

    /// Whether an interview stands for its chain, rejected or not.
    #[must_use]
    pub fn stands(&self, uuid: &str) -> bool {
        self.roots.get(uuid).and_then(|root| self.standing.get(root)).is_some_and(|one| one == uuid)
    }

    /// The interview that stands in the place of another.
    #[must_use]
    pub fn replaced_by(&self, uuid: &str) -> Option<&str> {
        let standing = self.standing.get(self.roots.get(uuid)?)?;
        (standing != uuid).then_some(standing)
    }
}

/// Judges the interviews of a round (or of one case: chains never leave it), given in the order of arrival. A correction that
/// came before what it corrects finds it once that has arrived; one that names another case, or goes round in a circle, begins
/// a chain of its own.
#[must_use]
pub fn judge(links: &[Link<'_>]) -> Chains {
    let mut chains = Chains::default();
    let known: BTreeMap<&str, &Link<'_>> = links.iter().map(|link| (link.uuid, link)).collect();
    for link in links {
        let state = match link.verdict {
            None if link.is_stale => ReviewState::Conflict,
            None => ReviewState::Received,
            Some(LastVerdict::Approved) => ReviewState::Approved,
            Some(LastVerdict::Returned) => ReviewState::Returned,
            Some(LastVerdict::Rejected) => ReviewState::Rejected,
        };
        chains.states.insert(link.uuid.to_owned(), state);
    }
    for link in links {
        // What it corrects comes first, however the network mixed them.
        let mut waiting = vec![link];
        while let Some(above) = waiting.last().and_then(|one| corrected(one, &known))
            && !chains.roots.contains_key(above.uuid)
            && !waiting.iter().any(|one| one.uuid == above.uuid)
        {
            waiting.push(above);
        }
        while let Some(one) = waiting.pop() {
            if !chains.roots.contains_key(one.uuid) {
                chains.take(one, corrected(one, &known), &known);
            }
        }
    }
    chains.let_speak(links);
    chains
}

fn corrected<'k, 'a>(link: &Link<'a>, known: &BTreeMap<&str, &'k Link<'a>>) -> Option<&'k Link<'a>> {
    known.get(link.replaces?).copied().filter(|one| one.case_id == link.case_id && one.uuid != link.uuid)
}

impl Chains {
    /// Puts an interview into its chain, after what it corrects.
    fn take(&mut self, link: &Link<'_>, corrects: Option<&Link<'_>>, known: &BTreeMap<&str, &Link<'_>>) {
        // Missing for the link where a circle was cut.
        let Some((above, root)) = corrects.and_then(|one| Some((one, self.roots.get(one.uuid)?.clone()))) else {
            self.roots.insert(link.uuid.to_owned(), link.uuid.to_owned());
            self.standing.insert(link.uuid.to_owned(), link.uuid.to_owned());
            return;
        };
        if !link.is_stale {
            self.corrected.insert(above.uuid.to_owned());
            if let Some(state) = self.states.get_mut(above.uuid)
                && *state == ReviewState::Returned
            {
                *state = ReviewState::Corrected;
            }
        }
        let standing = self.standing.get(&root).cloned().unwrap_or_default();
        let is_settled = known
            .get(standing.as_str())
            .is_some_and(|one| matches!(one.verdict, Some(LastVerdict::Approved | LastVerdict::Rejected)));
        let takes_its_place = !link.is_stale && standing == above.uuid && !is_settled;
        self.roots.insert(link.uuid.to_owned(), root.clone());
        if takes_its_place || link.verdict == Some(LastVerdict::Approved) {
            self.standing.insert(root, link.uuid.to_owned());
        }
    }

    /// Of what counts at each case and form, one speaks.
    fn let_speak(&mut self, links: &[Link<'_>]) {
        let mut best: BTreeMap<(&str, &str), (u8, &str)> = BTreeMap::new();
        for link in links.iter().filter(|link| !link.is_visit && self.counts(link.uuid)) {
            let rank = match outcome(link.disposition) {
                Some(Outcome::Complete) => 0,
                Some(Outcome::Partial) => 1,
                _ => 2,
            };
            let before = best.get(&(link.case_id, link.form_id)).map(|(rank, _)| *rank);
            // A first interview stays; without one, what was reported last holds.
            if before.is_none_or(|before| rank < before || rank == 2 && before == 2) {
                best.insert((link.case_id, link.form_id), (rank, link.uuid));
            }
        }
        self.speaking = best.into_values().map(|(_, uuid)| uuid.to_owned()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPROVED: Option<LastVerdict> = Some(LastVerdict::Approved);
    const RETURNED: Option<LastVerdict> = Some(LastVerdict::Returned);
    const REJECTED: Option<LastVerdict> = Some(LastVerdict::Rejected);

    fn link<'a>(uuid: &'a str, replaces: Option<&'a str>, verdict: Option<LastVerdict>) -> Link<'a> {
        let (case_id, form_id, disposition) = ("c", "f", "1.1");
        Link { uuid, case_id, form_id, disposition, is_visit: false, replaces, is_stale: false, verdict }
    }

    fn stale<'a>(uuid: &'a str, replaces: &'a str, verdict: Option<LastVerdict>) -> Link<'a> {
        Link { is_stale: true, ..link(uuid, Some(replaces), verdict) }
    }

    fn counting(links: &[Link<'_>]) -> Vec<String> {
        let chains = judge(links);
        links.iter().map(|one| one.uuid.to_owned()).filter(|uuid| chains.counts(uuid)).collect()
    }

    #[test]
    fn the_last_correction_counts_while_nobody_has_judged() {
        for first in [None, RETURNED] {
            assert_eq!(counting(&[link("a", None, first)]), ["a"]);
            assert_eq!(counting(&[link("a", None, first), link("b", Some("a"), None)]), ["b"], "{first:?}");
            let twice = [link("a", None, first), link("b", Some("a"), first), link("c", Some("b"), None)];
            assert_eq!(counting(&twice), ["c"], "{first:?}");
        }
    }

    #[test]
    fn what_a_reviewer_has_judged_is_replaced_by_a_reviewer_only() {
        assert_eq!(counting(&[link("a", None, APPROVED), link("b", Some("a"), None)]), ["a"]);
        assert_eq!(counting(&[link("a", None, APPROVED), link("b", Some("a"), APPROVED)]), ["b"]);
        let further = [link("a", None, APPROVED), link("b", Some("a"), None), link("c", Some("b"), None)];
        assert_eq!(counting(&further), ["a"], "c corrects what does not stand");
        assert_eq!(counting(&[link("a", None, REJECTED), link("b", Some("a"), None)]), [""; 0]);
        assert_eq!(counting(&[link("a", None, REJECTED), link("b", Some("a"), APPROVED)]), ["b"]);
        assert_eq!(
            counting(&[link("a", None, RETURNED), link("b", Some("a"), REJECTED)]),
            [""; 0],
            "b stands for both"
        );
        assert_eq!(counting(&[link("a", None, REJECTED), link("b", None, None)]), ["b"], "a new interview");
    }

    #[test]
    fn a_stale_correction_waits_for_a_reviewer() {
        let line = |verdict| [link("a", None, RETURNED), link("b", Some("a"), None), stale("c", "a", verdict)];
        assert_eq!(counting(&line(None)), ["b"]);
        assert_eq!(judge(&line(None)).states["c"], ReviewState::Conflict);
        assert_eq!(counting(&line(REJECTED)), ["b"]);
        assert_eq!(counting(&line(APPROVED)), ["c"]);
        assert_eq!(judge(&line(APPROVED)).replaced_by("b"), Some("c"));
        let on_top = [&line(APPROVED)[..], &[link("d", Some("b"), None)]].concat();
        assert_eq!(counting(&on_top), ["c"], "d corrects what does not stand");
        let onwards = [&line(RETURNED)[..], &[link("d", Some("c"), None)]].concat();
        assert_eq!(counting(&onwards), ["b"], "a stale one that went back does not stand, nor what corrects it");
    }

    #[test]
    fn a_correction_may_come_before_what_it_corrects() {
        assert_eq!(counting(&[link("b", Some("a"), None), link("a", None, None)]), ["b"]);
        assert_eq!(counting(&[link("c", Some("b"), None), link("b", Some("a"), None), link("a", None, None)]), ["c"]);
        assert_eq!(counting(&[link("b", Some("never"), None)]), ["b"]);
    }

    #[test]
    fn what_corrects_another_case_or_itself_or_goes_in_a_circle_hides_nothing() {
        let strange = Link { case_id: "d", ..link("b", Some("a"), None) };
        assert_eq!(counting(&[link("a", None, RETURNED), strange]), ["a", "b"]);
        assert_eq!(counting(&[link("b", Some("b"), None)]), ["b"]);
        assert_eq!(counting(&[link("a", Some("b"), None), stale("b", "a", None)]).len(), 1);
        assert_eq!(counting(&[link("a", Some("b"), None), link("b", Some("a"), None)]).len(), 1);
    }

    #[test]
    fn states_follow_the_last_word_and_the_correction() {
        let links = [link("a", None, RETURNED), link("b", Some("a"), None)];
        let states = judge(&links).states;
        assert_eq!((states["a"], states["b"]), (ReviewState::Corrected, ReviewState::Received));
        assert_eq!(judge(&links[..1]).states["a"], ReviewState::Returned);
    }

    #[test]
    fn one_interview_speaks_for_a_case_and_form() {
        let with = |uuid, disposition| Link { disposition, ..link(uuid, None, None) };
        let speaking = |links: &[Link<'_>]| judge(links).speaking.into_iter().collect::<Vec<_>>();
        assert_eq!(speaking(&[with("a", "1.2"), with("b", "1.1"), with("c", "1.1"), with("d", "2.11")]), ["b"]);
        assert_eq!(speaking(&[with("a", "2.11"), with("b", "2.24")]), ["b"], "what was reported last");
        assert_eq!(speaking(&[Link { is_visit: true, ..with("a", "2.24") }]), [""; 0]);
        assert_eq!(speaking(&[with("a", "1.1"), Link { form_id: "g", ..with("b", "1.1") }]), ["a", "b"]);
        assert_eq!(speaking(&[link("a", None, REJECTED), with("b", "1.2")]), ["b"]);
    }
}
