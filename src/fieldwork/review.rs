//! Corrections and reviews: which interview of a chain counts, and where each stands.
//!
//! A chain is an interview and what corrects it, directly or through another correction, at the same case. Nothing in a chain
//! is altered or removed. *Of a chain the latest approved interview counts; where none is approved, the latest that was asked
//! for*: the first, or a correction of an interview that a reviewer had returned. A correction nobody asked for counts only
//! once it is approved: otherwise an approved or an unread interview could be replaced from a phone, unseen. Where the interview
//! that stands for a chain is rejected, nothing of the chain counts, and the case stands as if nobody had answered.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The interview it says it corrects.
    pub replaces: Option<&'a str>,
    /// The last word on it.
    pub verdict: Option<LastVerdict>,
    /// Whether a reviewer has ever returned it: a correction was then asked for, whatever was said later.
    pub was_returned: bool,
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
            Self::Rejected => "rejected",
            Self::Approved => "approved",
        }
    }
}

/// What follows from the chains of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    /// Interviews in whose place another of their chain counts.
    pub superseded: BTreeSet<String>,
    /// Where each interview stands.
    pub states: BTreeMap<String, ReviewState>,
    /// The first interview of the chain of each.
    pub roots: BTreeMap<String, String>,
}

impl Chains {
    /// Whether an interview counts in figures: it stands for its chain and was not rejected.
    #[must_use]
    pub fn counts(&self, uuid: &str) -> bool {
        !self.superseded.contains(uuid) && self.states.get(uuid) != Some(&ReviewState::Rejected)
    }
}

/// Judges the interviews of a round, given in the order of arrival. A correction of what has not arrived yet, or stands at
/// another case, begins a chain of its own.
#[must_use]
pub fn judge(links: &[Link<'_>]) -> Chains {
    let mut chains = Chains::default();
    // The interview that counts in each chain, and how well: approved, or asked for.
    let mut counting: BTreeMap<String, (bool, &str)> = BTreeMap::new();
    let mut seen: BTreeMap<&str, &Link<'_>> = BTreeMap::new();
    for link in links {
        let replaced = link.replaces.and_then(|uuid| seen.get(uuid)).filter(|one| one.case_id == link.case_id);
        let root = replaced.and_then(|one| chains.roots.get(one.uuid).cloned()).unwrap_or_else(|| link.uuid.to_owned());
        let is_approved = link.verdict == Some(LastVerdict::Approved);
        let is_asked = replaced.is_none_or(|one| one.was_returned);
        if is_asked
            && let Some(one) = replaced
            && let Some(state) = chains.states.get_mut(one.uuid)
            && *state == ReviewState::Returned
        {
            *state = ReviewState::Corrected;
        }
        let state = match link.verdict {
            None => ReviewState::Received,
            Some(LastVerdict::Approved) => ReviewState::Approved,
            Some(LastVerdict::Returned) => ReviewState::Returned,
            Some(LastVerdict::Rejected) => ReviewState::Rejected,
        };
        chains.states.insert(link.uuid.to_owned(), state);
        chains.roots.insert(link.uuid.to_owned(), root.clone());
        let before = counting.get(&root).copied();
        let counts_now = match before {
            None => true,
            Some((was_approved, _)) => is_approved || (is_asked && !was_approved),
        };
        if counts_now {
            if let Some((_, uuid)) = before {
                chains.superseded.insert(uuid.to_owned());
            }
            counting.insert(root, (is_approved, link.uuid));
        } else {
            chains.superseded.insert(link.uuid.to_owned());
        }
        seen.insert(link.uuid, link);
    }
    chains
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link<'a>(uuid: &'a str, replaces: Option<&'a str>, verdict: Option<LastVerdict>) -> Link<'a> {
        Link { uuid, case_id: "c", replaces, verdict, was_returned: verdict == Some(LastVerdict::Returned) }
    }

    fn counting(links: &[Link<'_>]) -> Vec<String> {
        let chains = judge(links);
        links.iter().map(|one| one.uuid.to_owned()).filter(|uuid| chains.counts(uuid)).collect()
    }

    #[test]
    fn the_latest_asked_for_counts_until_one_is_approved() {
        let returned = Some(LastVerdict::Returned);
        let approved = Some(LastVerdict::Approved);
        assert_eq!(counting(&[link("a", None, returned)]), ["a"]);
        assert_eq!(counting(&[link("a", None, returned), link("b", Some("a"), None)]), ["b"]);
        let twice = [link("a", None, returned), link("b", Some("a"), returned), link("c", Some("b"), None)];
        assert_eq!(counting(&twice), ["c"]);
        let settled = [link("a", None, returned), link("b", Some("a"), approved), link("c", Some("a"), None)];
        assert_eq!(counting(&settled), ["b"]);
        let reconsidered = [link("a", None, returned), link("b", Some("a"), approved), link("c", Some("a"), approved)];
        assert_eq!(counting(&reconsidered), ["c"]);
    }

    #[test]
    fn a_correction_nobody_asked_for_waits_for_approval() {
        let approved = Some(LastVerdict::Approved);
        for first in [None, approved] {
            assert_eq!(counting(&[link("a", None, first), link("b", Some("a"), None)]), ["a"], "{first:?}");
            assert_eq!(counting(&[link("a", None, first), link("b", Some("a"), approved)]), ["b"], "{first:?}");
        }
    }

    #[test]
    fn of_a_rejected_interview_nothing_counts_until_something_else_is_approved() {
        let rejected = Some(LastVerdict::Rejected);
        assert!(counting(&[link("a", None, rejected)]).is_empty());
        assert!(counting(&[link("a", None, rejected), link("b", Some("a"), None)]).is_empty(), "nobody asked for b");
        assert_eq!(counting(&[link("a", None, rejected), link("b", Some("a"), Some(LastVerdict::Approved))]), ["b"]);
        let returned = Some(LastVerdict::Returned);
        assert!(counting(&[link("a", None, returned), link("b", Some("a"), rejected)]).is_empty(), "b stands for both");
        assert_eq!(counting(&[link("a", None, rejected), link("b", None, None)]), ["b"], "a new interview");
    }

    #[test]
    fn an_interview_that_was_returned_and_then_approved_counts_itself() {
        let first = Link { was_returned: true, ..link("a", None, Some(LastVerdict::Approved)) };
        assert_eq!(counting(&[first, link("b", Some("a"), None)]), ["a"]);
    }

    #[test]
    fn what_corrects_another_case_or_the_unknown_stands_alone() {
        let strange = Link { case_id: "d", ..link("b", Some("a"), None) };
        assert_eq!(counting(&[link("a", None, Some(LastVerdict::Returned)), strange]), ["a", "b"]);
        assert_eq!(counting(&[link("b", Some("later"), None), link("later", None, None)]), ["b", "later"]);
        assert_eq!(counting(&[link("b", Some("b"), None)]), ["b"]);
    }

    #[test]
    fn states_follow_the_last_word_and_the_correction() {
        let links = [link("a", None, Some(LastVerdict::Returned)), link("b", Some("a"), None)];
        let states = judge(&links).states;
        assert_eq!((states["a"], states["b"]), (ReviewState::Corrected, ReviewState::Received));
        assert_eq!(judge(&links[..1]).states["a"], ReviewState::Returned);
    }
}
