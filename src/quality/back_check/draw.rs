//! The draw: each interview has a ticket out of the seed and its case, and of each enumerator the lowest tickets are visited again.

use std::collections::BTreeMap;

use problem::{Place, Problem, Problems};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::quality::encode::hex;

/// The name and version of the rule, hashed into each ticket; a changed rule gets a new one.
const RULE: &str = "khaosat-back-check-1";
/// The shortest seed: a throw of three dice is no seed.
const SEED_CHARS_MIN: usize = 8;

/// An interview that can be visited again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Candidate {
    /// The case.
    pub case_id: String,
    /// Who interviewed: the id of an account or a token.
    pub enumerator: String,
    /// The interview.
    pub uuid: String,
}

/// How many are drawn, and by which seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The round: another round with the same seed draws others.
    pub round: String,
    /// What the tickets are made of: a text that nobody chose to suit, such as a lottery result.
    pub seed_text: String,
    /// Share of each enumerator's interviews, in (0, 1].
    pub share: f64,
    /// At least so many of each enumerator, or all there are.
    pub per_enumerator_min: usize,
}

/// A candidate with its ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// The interview.
    #[serde(flatten)]
    pub candidate: Candidate,
    /// Its ticket.
    pub ticket: String,
    /// Whether it is visited again.
    pub is_drawn: bool,
}

impl Plan {
    /// Checks what a person asked for.
    ///
    /// # Errors
    /// `back_check_plan` for each part that cannot be used.
    pub fn checked(self) -> Result<Self, Problems> {
        let mut problems = Problems::none();
        let mut wrong = |key: &str, expected: &str, got: String| {
            problems.push(
                Problem::new(
                    "back_check_plan",
                    "không rút thăm được với giá trị này",
                    "the draw cannot be made with this value",
                )
                .at(Place::column(key))
                .expected(expected)
                .got(got),
            );
        };
        let n_chars = self.seed_text.chars().count();
        if n_chars < SEED_CHARS_MIN || self.seed_text.chars().any(char::is_control) {
            wrong("seed-text", "≥ 8", self.seed_text.clone());
        }
        if !(self.share > 0.0 && self.share <= 1.0) {
            wrong("share", "0 < … ≤ 1", self.share.to_string());
        }
        if self.per_enumerator_min == 0 {
            wrong("min", "≥ 1", "0".to_owned());
        }
        problems.into_result(self)
    }
}

/// The ticket of a case: SHA-256 of rule, round, seed and case, a line each.
///
/// # Formula
/// `sha256("khaosat-back-check-1\n" + round + "\n" + seed + "\n" + case_id)` in hexadecimal; any program that knows SHA-256 finds it again.
#[must_use]
pub fn ticket(plan: &Plan, case_id: &str) -> String {
    hex(&Sha256::digest(format!("{RULE}\n{}\n{}\n{case_id}", plan.round, plan.seed_text).as_bytes()))
}

/// SHA-256 of all candidates, sorted, a line each: who stood before the draw.
#[must_use]
pub fn frame_sha256(candidates: &[Candidate]) -> String {
    let mut sorted: Vec<&Candidate> = candidates.iter().collect();
    sorted.sort();
    let text: String =
        sorted.iter().map(|one| format!("{}\t{}\t{}\n", one.case_id, one.enumerator, one.uuid)).collect();
    hex(&Sha256::digest(text.as_bytes()))
}

/// Draws: of each enumerator's N candidates the `max(⌈share · N⌉, min(minimum, N))` with the lowest tickets. In the order of the cases.
///
/// # Source
/// Simple random sampling without replacement by random numbers that belong to the units: Ohlsson (1995), "Coordination of samples using
/// permanent random numbers", in *Business Survey Methods*. Share and minimum: World Bank, *Back Checks*, DIME Wiki (10–20 %, every enumerator).
///
/// # Limits
/// Random as far as the seed is: whoever may try seeds chooses. Hence a draw is recorded at once, and an interview faces one draw only.
#[must_use]
pub fn draw(plan: &Plan, candidates: &[Candidate]) -> Vec<Drawn> {
    let mut all: Vec<Drawn> = candidates
        .iter()
        .map(|one| Drawn { ticket: ticket(plan, &one.case_id), candidate: one.clone(), is_drawn: false })
        .collect();
    all.sort_by(|a, b| a.candidate.cmp(&b.candidate));
    let mut of_enumerator: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in all.iter().enumerate() {
        of_enumerator.entry(one.candidate.enumerator.clone()).or_default().push(at);
    }
    for mut own in of_enumerator.into_values() {
        own.sort_by(|a, b| all[*a].ticket.cmp(&all[*b].ticket));
        for at in own.iter().take(n_drawn(plan, own.len())) {
            all[*at].is_drawn = true;
        }
    }
    all
}

fn n_drawn(plan: &Plan, n: usize) -> usize {
    // 0.1 · 30 is a little more than 3 in binary; that is no fourth interview.
    let by_share = (plan.share * n as f64 - 1e-9).ceil().max(0.0) as usize;
    by_share.max(plan.per_enumerator_min).min(n)
}

/// Draws again and compares with what was recorded.
///
/// # Errors
/// `back_check_altered` for each candidate that was drawn and should not have been, or the other way round, and for a ticket or
/// a list of candidates that is not the recorded one.
pub fn check_draw(plan: &Plan, recorded: &[Drawn], recorded_frame_sha256: &str) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let altered = |vi: &str, en: &str| Problem::new("back_check_altered", vi, en);
    let candidates: Vec<Candidate> = recorded.iter().map(|one| one.candidate.clone()).collect();
    let frame = frame_sha256(&candidates);
    if frame != recorded_frame_sha256 {
        problems.push(
            altered(
                "danh sách phiếu lúc rút thăm đã bị sửa",
                "the list of interviews that stood before the draw was altered",
            )
            .expected(recorded_frame_sha256)
            .got(frame),
        );
    }
    let again = draw(plan, &candidates);
    let mut sorted: Vec<&Drawn> = recorded.iter().collect();
    sorted.sort_by(|a, b| a.candidate.cmp(&b.candidate));
    for (expected, got) in again.iter().zip(sorted) {
        if expected != got {
            let say = |one: &Drawn| format!("{} {}", one.ticket, one.is_drawn);
            problems.push(
                altered(
                    "kết quả rút thăm của hộ này không đúng",
                    "what was recorded of this case is not what the draw gives",
                )
                .at(Place::column(&got.candidate.case_id))
                .expected(say(expected))
                .got(say(got)),
            );
        }
    }
    problems.into_result(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan(share: f64, min: usize) -> Plan {
        Plan { round: "r".to_owned(), seed_text: "XSMB 27.11.2026 48210".to_owned(), share, per_enumerator_min: min }
    }

    fn candidates(n: usize, people: usize) -> Vec<Candidate> {
        (0..n)
            .map(|at| Candidate {
                case_id: format!("c{at:04}"),
                enumerator: format!("e{}", at % people),
                uuid: format!("u{at}"),
            })
            .collect()
    }

    #[test]
    fn a_ticket_is_a_plain_hash_that_other_programs_find() {
        // printf 'khaosat-back-check-1\nr\nXSMB 27.11.2026 48210\nc0001' | sha256sum (coreutils 9.1)
        assert_eq!(ticket(&plan(0.1, 1), "c0001"), TICKET);
    }
    const TICKET: &str = "ca861e120f2ae3483b0731d00b9d0a11ac22d9c4367a086f7d5211fa6bb1fe4e";

    #[test]
    fn each_enumerator_gives_the_share_or_the_minimum() {
        let n_of = |plan: &Plan, n: usize, people: usize| -> Vec<usize> {
            let drawn = draw(plan, &candidates(n, people));
            (0..people)
                .map(|who| {
                    drawn.iter().filter(|one| one.is_drawn && one.candidate.enumerator == format!("e{who}")).count()
                })
                .collect()
        };
        assert_eq!(n_of(&plan(0.1, 1), 60, 2), [3, 3], "a tenth of thirty");
        assert_eq!(n_of(&plan(0.1, 1), 62, 2), [4, 4], "rounded up");
        assert_eq!(n_of(&plan(0.1, 5), 60, 2), [5, 5]);
        assert_eq!(n_of(&plan(0.1, 5), 5, 2), [3, 2], "all there are");
        assert_eq!(n_of(&plan(1.0, 1), 7, 1), [7]);
        assert!(draw(&plan(0.1, 1), &[]).is_empty());
    }

    #[test]
    fn what_was_altered_is_told() {
        let (plan, all) = (plan(0.2, 1), candidates(40, 3));
        let mut recorded = draw(&plan, &all);
        let frame = frame_sha256(&all);
        assert_eq!(check_draw(&plan, &recorded, &frame), Ok(()));
        recorded.reverse();
        assert_eq!(check_draw(&plan, &recorded, &frame), Ok(()), "the order in which rows are kept says nothing");
        let swap = recorded.iter().position(|one| one.is_drawn).expect("drawn");
        recorded[swap].is_drawn = false;
        assert_eq!(check_draw(&plan, &recorded, &frame).expect_err("altered").len(), 1);
        recorded.remove(swap);
        assert!(check_draw(&plan, &recorded, &frame).is_err(), "a row was taken away");
        let other = Plan { seed_text: "another seed".to_owned(), ..plan };
        assert!(check_draw(&other, &draw(&plan_of(&other), &all), &frame).is_err());
    }

    fn plan_of(other: &Plan) -> Plan {
        Plan { seed_text: "a third seed".to_owned(), ..other.clone() }
    }

    #[test]
    fn every_interview_is_as_likely_as_another() {
        // 4,000 seeds, 2 of 8: each is drawn 1,000 times, sd 27.4.
        let all = candidates(8, 1);
        let mut counts = [0_i32; 8];
        for seed in 0..4_000 {
            let plan = Plan { seed_text: format!("seed number {seed}"), ..plan(0.25, 1) };
            for (at, one) in draw(&plan, &all).iter().enumerate() {
                counts[at] += i32::from(one.is_drawn);
            }
        }
        let chi_square: f64 = counts.iter().map(|count| f64::from(count - 1_000).powi(2) / 750.0).sum();
        assert!(chi_square < 30.0, "{counts:?}");
    }

    #[test]
    fn slips_are_told_together() {
        let wrong = Plan { round: "r".to_owned(), seed_text: "x".to_owned(), share: f64::NAN, per_enumerator_min: 0 };
        assert_eq!(wrong.checked().expect_err("three").len(), 3);
        assert!(plan(0.15, 2).checked().is_ok());
    }

    proptest! {
        #[test]
        fn the_draw_hangs_on_labels_and_not_on_order_or_on_other_people(order in Just((0..30).collect::<Vec<usize>>()).prop_shuffle()) {
            let all = candidates(30, 3);
            let shuffled: Vec<Candidate> = order.iter().map(|at| all[*at].clone()).collect();
            prop_assert_eq!(draw(&plan(0.2, 1), &all), draw(&plan(0.2, 1), &shuffled));
            let without: Vec<Candidate> = all.iter().filter(|one| one.enumerator != "e2").cloned().collect();
            let kept: Vec<Drawn> = draw(&plan(0.2, 1), &all).into_iter().filter(|one| one.candidate.enumerator != "e2").collect();
            prop_assert_eq!(draw(&plan(0.2, 1), &without), kept);
        }
    }
}
