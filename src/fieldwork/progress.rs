//! How far fieldwork has come: cases counted by their outcome so far, area by area.
//!
//! Everything is computed from what happened, in the order the server learned of it; nothing is stored.

use std::collections::HashMap;

use super::disposition::{Outcome, outcome};

/// A case as counting needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedCase<'a> {
    /// The case.
    pub case_id: &'a str,
    /// The area it is counted in: a position in the caller's list of areas.
    pub area: usize,
    /// Whether it was drawn as a reserve.
    pub is_reserve: bool,
}

/// Something that happened at a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening<'a> {
    /// The case the sender named.
    pub case_id: &'a str,
    /// Outcome code, as sent.
    pub disposition: &'a str,
    /// Whether it was a response (and not a contact attempt only).
    pub is_response: bool,
    /// How many flags it has.
    pub n_flags: i64,
}

/// Cases of one area, counted once each by their outcome so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Main cases of the sample.
    pub n_main: u64,
    /// Reserve cases of the sample.
    pub n_reserve: u64,
    /// Cases, main or reserve, at which anything has happened.
    pub n_asked: u64,
    /// Reserve cases at which anything has happened.
    pub n_reserves_used: u64,
    /// Complete interviews.
    pub n_complete: u64,
    /// Partial interviews.
    pub n_partial: u64,
    /// Refusals and break-offs.
    pub n_refusal: u64,
    /// Nobody reached.
    pub n_non_contact: u64,
    /// Eligible, no interview for another reason.
    pub n_other: u64,
    /// Eligibility unknown.
    pub n_unknown: u64,
    /// Not eligible.
    pub n_not_eligible: u64,
    /// An outcome code that is not in the list.
    pub n_unreadable: u64,
    /// Responses that carry at least one flag.
    pub n_flagged_responses: u64,
    /// Responses at cases that had one already.
    pub n_second_responses: u64,
}

/// The counts of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// One for each area, in the caller's order.
    pub areas: Vec<Counts>,
    /// All areas together.
    pub total: Counts,
    /// Happenings at cases that are not in the sample.
    pub n_outside_sample: u64,
}

/// The outcome of a case so far: a complete interview, else a partial one, else what was reported last.
/// A later refusal does not undo an interview, and a later visit does undo "nobody at home".
#[must_use]
pub fn outcome_so_far<'a>(dispositions: impl Iterator<Item = &'a str>) -> Option<Outcome> {
    let mut so_far: Option<Outcome> = None;
    for reported in dispositions.filter_map(outcome) {
        let settled = match so_far {
            Some(Outcome::Complete) => true,
            Some(Outcome::Partial) => reported != Outcome::Complete,
            _ => false,
        };
        if !settled {
            so_far = Some(reported);
        }
    }
    so_far
}

/// Counts the cases of a round by area.
#[must_use]
pub fn count(n_areas: usize, cases: &[CountedCase<'_>], happenings: &[Happening<'_>]) -> Progress {
    // A hash map, for nothing is taken from it in order; tens of thousands of cases are looked up.
    let mut by_case: HashMap<&str, Vec<&Happening<'_>>> = HashMap::new();
    for happening in happenings {
        by_case.entry(happening.case_id).or_default().push(happening);
    }
    let mut areas = vec![Counts::default(); n_areas];
    let mut total = Counts::default();
    for case in cases {
        let happened = by_case.remove(case.case_id).unwrap_or_default();
        total.add(case, &happened);
        if let Some(area) = areas.get_mut(case.area) {
            area.add(case, &happened);
        }
    }
    let n_outside_sample = by_case.values().map(|happened| happened.len() as u64).sum();
    Progress { areas, total, n_outside_sample }
}

impl Counts {
    fn add(&mut self, case: &CountedCase<'_>, happened: &[&Happening<'_>]) {
        *(if case.is_reserve { &mut self.n_reserve } else { &mut self.n_main }) += 1;
        if happened.is_empty() {
            return;
        }
        self.n_asked += 1;
        self.n_reserves_used += u64::from(case.is_reserve);
        let outcome = outcome_so_far(happened.iter().map(|happening| happening.disposition));
        *match outcome {
            Some(Outcome::Complete) => &mut self.n_complete,
            Some(Outcome::Partial) => &mut self.n_partial,
            Some(Outcome::Refusal) => &mut self.n_refusal,
            Some(Outcome::NonContact) => &mut self.n_non_contact,
            Some(Outcome::OtherNonInterview) => &mut self.n_other,
            Some(Outcome::UnknownHousehold | Outcome::UnknownOther) => &mut self.n_unknown,
            Some(Outcome::NotEligible) => &mut self.n_not_eligible,
            None => &mut self.n_unreadable,
        } += 1;
        let responses: Vec<_> = happened.iter().filter(|happening| happening.is_response).collect();
        self.n_flagged_responses += responses.iter().filter(|response| response.n_flags > 0).count() as u64;
        self.n_second_responses += responses.len().saturating_sub(1) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, area: usize, is_reserve: bool) -> CountedCase<'_> {
        CountedCase { case_id: id, area, is_reserve }
    }

    fn happening<'a>(id: &'a str, disposition: &'a str, is_response: bool) -> Happening<'a> {
        Happening { case_id: id, disposition, is_response, n_flags: 0 }
    }

    #[test]
    fn a_case_is_counted_once_however_often_it_was_visited() {
        let cases = [case("a", 0, false), case("b", 0, false), case("c", 1, true), case("d", 1, true)];
        let happenings = [
            happening("a", "2.24", false),
            happening("a", "2.24", false),
            happening("a", "1.1", true),
            happening("b", "2.11", false),
            happening("c", "1.2", true),
            happening("zz", "1.1", true),
        ];
        let progress = count(2, &cases, &happenings);
        assert_eq!(
            progress.areas[0],
            Counts { n_main: 2, n_asked: 2, n_complete: 1, n_refusal: 1, ..Counts::default() }
        );
        assert_eq!(
            progress.areas[1],
            Counts { n_reserve: 2, n_asked: 1, n_reserves_used: 1, n_partial: 1, ..Counts::default() }
        );
        assert_eq!((progress.total.n_asked, progress.n_outside_sample), (3, 1));
    }

    #[test]
    fn an_interview_is_not_undone_by_a_later_refusal() {
        let so_far = |codes: &[&str]| outcome_so_far(codes.iter().copied());
        assert_eq!(so_far(&["1.1", "2.11"]), Some(Outcome::Complete));
        assert_eq!(so_far(&["1.2", "2.11"]), Some(Outcome::Partial));
        assert_eq!(so_far(&["1.2", "1.1"]), Some(Outcome::Complete));
        assert_eq!(so_far(&["2.24", "2.11"]), Some(Outcome::Refusal));
        assert_eq!(so_far(&["nonsense"]), None);
        assert_eq!(so_far(&[]), None);
    }

    #[test]
    fn the_outcomes_of_asked_cases_add_up() {
        let codes = ["1.1", "1.2", "2.10", "2.24", "2.31", "3.17", "3.21", "4.60", "?"];
        let cases: Vec<_> = codes.iter().map(|code| case(code, 0, false)).collect();
        let happenings: Vec<_> = codes.iter().map(|code| happening(code, code, false)).collect();
        let total = count(1, &cases, &happenings).total;
        let parts = total.n_complete
            + total.n_partial
            + total.n_refusal
            + total.n_non_contact
            + total.n_other
            + total.n_unknown
            + total.n_not_eligible
            + total.n_unreadable;
        assert_eq!((total.n_asked, parts), (9, 9));
    }

    #[test]
    fn a_second_response_and_flags_are_seen() {
        let mut flagged = happening("a", "1.1", true);
        flagged.n_flags = 2;
        let total = count(1, &[case("a", 0, false)], &[flagged, happening("a", "1.1", true)]).total;
        assert_eq!((total.n_complete, total.n_flagged_responses, total.n_second_responses), (1, 1, 1));
    }
}
