//! A day of fieldwork: who did what, what came with which flags, what to believe and what to look at.

use std::collections::{BTreeMap, BTreeSet};

use super::data::RoundData;
use super::flag::{Strength, Subject};
use super::report::QualityReport;
use super::rules::Rules;
use super::statistics::median;

const DAY_MS: i64 = 86_400_000;

/// Interviews counted together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Interviews that arrived.
    pub n_interviews: usize,
    /// Complete ones among them.
    pub n_complete: usize,
    /// Visits without an interview.
    pub n_attempts: usize,
    /// Interviews with a strong flag.
    pub n_strong: usize,
    /// Interviews to look at.
    pub n_look_at: usize,
    /// Median minutes of complete interviews.
    pub minutes: Option<f64>,
    /// Share of questions without an answer.
    pub non_answer: Option<f64>,
}

impl Tally {
    /// Interviews without enough flags to doubt them.
    #[must_use]
    pub fn n_believe(&self) -> usize {
        self.n_interviews - self.n_look_at
    }
}

/// A person's row.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumeratorRow {
    /// A position in the round's enumerators.
    pub enumerator: usize,
    /// Of the day.
    pub tally: Tally,
    /// Households with an interview or a visit.
    pub n_cases: usize,
    /// Positions of the flags about the person, whatever the day.
    pub flags: Vec<usize>,
}

/// A village's row.
#[derive(Clone, Debug, PartialEq)]
pub struct VillageRow {
    /// A position in the round's villages; `None` for cases outside the sample.
    pub village: Option<usize>,
    /// Of the day.
    pub tally: Tally,
    /// Complete interviews up to the end of the day.
    pub n_complete_so_far: usize,
}

/// A day's row.
#[derive(Clone, Debug, PartialEq)]
pub struct DayRow {
    /// Days since 1970-01-01, in the field's zone.
    pub day: i64,
    /// Of the day.
    pub tally: Tally,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The day; `None` for the whole round.
    pub day: Option<i64>,
    /// All together.
    pub total: Tally,
    /// People with something on the day, or with flags of their own: most to look at first.
    pub enumerators: Vec<EnumeratorRow>,
    /// Villages with something on the day, in the order of the sample list.
    pub villages: Vec<VillageRow>,
    /// All days on which something arrived, the newest first.
    pub days: Vec<DayRow>,
    /// Interviews of the day, those to look at first, then as they arrived.
    pub interviews: Vec<usize>,
}

/// The day in the field's zone on which the server learned of something: no clock of a device can move it.
#[must_use]
pub fn day_of(received_ms: i64, rules: &Rules) -> i64 {
    received_ms.saturating_add(rules.clock.utc_offset_minutes * 60_000).div_euclid(DAY_MS)
}

/// The page of one day, or of the whole round.
#[must_use]
pub fn page(data: &RoundData, report: &QualityReport, rules: &Rules, day: Option<i64>) -> Page {
    let day_of = |ms: i64| day_of(ms, rules);
    let shown = |received_ms: i64| day.is_none_or(|day| day_of(received_ms) == day);
    let look_at: Vec<bool> = (0..data.interviews.len()).map(|at| report.is_to_look_at(at, rules)).collect();
    let tally = |interviews: &[usize], n_attempts: usize| tally(data, report, &look_at, interviews, n_attempts);

    let of_day: Vec<usize> = (0..data.interviews.len()).filter(|at| shown(data.interviews[*at].received_ms)).collect();
    let attempts: Vec<usize> = (0..data.attempts.len()).filter(|at| shown(data.attempts[*at].received_ms)).collect();

    let mut people: BTreeMap<usize, (Vec<usize>, usize, BTreeSet<&str>)> = BTreeMap::new();
    for at in &of_day {
        let one = &data.interviews[*at];
        let of = people.entry(one.enumerator).or_default();
        of.0.push(*at);
        of.2.insert(&one.case_id);
    }
    for at in &attempts {
        let one = &data.attempts[*at];
        let of = people.entry(one.enumerator).or_default();
        of.1 += 1;
        of.2.insert(&one.case_id);
    }
    for flag in &report.flags {
        if let Subject::Enumerator(who) = flag.subject {
            people.entry(who).or_default();
        }
    }
    let mut enumerators: Vec<EnumeratorRow> = people
        .into_iter()
        .map(|(enumerator, (interviews, n_attempts, cases))| EnumeratorRow {
            enumerator,
            tally: tally(&interviews, n_attempts),
            n_cases: cases.len(),
            flags: (0..report.flags.len())
                .filter(|at| report.flags[*at].subject == Subject::Enumerator(enumerator))
                .collect(),
        })
        .collect();
    enumerators.sort_by_key(|row| (std::cmp::Reverse(row.tally.n_look_at), std::cmp::Reverse(row.tally.n_interviews)));

    let mut in_village: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let outside = data.villages.len();
    for at in &of_day {
        in_village.entry(data.interviews[*at].village.unwrap_or(outside)).or_default().push(*at);
    }
    let mut so_far: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for one in
        data.interviews.iter().filter(|one| one.is_complete && day.is_none_or(|day| day_of(one.received_ms) <= day))
    {
        *so_far.entry(one.village).or_default() += 1;
    }
    let villages = in_village
        .into_iter()
        .map(|(village, interviews)| {
            let village = Some(village).filter(|village| *village < outside);
            VillageRow {
                village,
                tally: tally(&interviews, 0),
                n_complete_so_far: so_far.get(&village).copied().unwrap_or(0),
            }
        })
        .collect();

    let mut by_day: BTreeMap<i64, (Vec<usize>, usize)> = BTreeMap::new();
    for (at, one) in data.interviews.iter().enumerate() {
        by_day.entry(day_of(one.received_ms)).or_default().0.push(at);
    }
    for one in &data.attempts {
        by_day.entry(day_of(one.received_ms)).or_default().1 += 1;
    }
    let days =
        by_day.into_iter().rev().map(|(day, (interviews, n))| DayRow { day, tally: tally(&interviews, n) }).collect();

    let mut interviews = of_day.clone();
    // Stable: within each half the order of arrival stays.
    interviews.sort_by_key(|at| !look_at[*at]);
    Page { day, total: tally(&of_day, attempts.len()), enumerators, villages, days, interviews }
}

fn tally(data: &RoundData, report: &QualityReport, look_at: &[bool], interviews: &[usize], n_attempts: usize) -> Tally {
    let complete = || interviews.iter().filter(|at| data.interviews[**at].is_complete);
    let (x, n) = interviews
        .iter()
        .filter_map(|at| report.non_answers.get(*at))
        .fold((0, 0), |(x, n), (more_x, more_n)| (x + more_x, n + more_n));
    let is_strong = |at: &&usize| report.flags_of(**at).any(|flag| flag.strength == Strength::Strong);
    Tally {
        n_interviews: interviews.len(),
        n_complete: complete().count(),
        n_attempts,
        n_strong: interviews.iter().filter(is_strong).count(),
        n_look_at: interviews.iter().filter(|at| look_at[**at]).count(),
        minutes: median(complete().filter_map(|at| report.minutes.get(*at).copied().flatten())),
        non_answer: (n > 0).then(|| x as f64 / n as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::{Attempt, Enumerator, Interview, Village};
    use super::super::report::inspect;
    use super::*;

    /// 2024-10-01 at this hour in Vietnam.
    fn at(hour: i64) -> i64 {
        1_727_715_600_000 + hour * 3_600_000
    }

    fn held(enumerator: usize, village: usize, case: &str, from: i64, minutes: i64, received: i64) -> Interview {
        Interview {
            case_id: case.to_owned(),
            enumerator,
            village: Some(village),
            is_complete: true,
            started_ms: Some(at(from)),
            ended_ms: Some(at(from) + minutes * 60_000),
            received_ms: at(received),
            ..Interview::default()
        }
    }

    fn round() -> RoundData {
        RoundData {
            interviews: vec![
                held(0, 0, "a", 8, 40, 18),
                held(1, 0, "b", 8, 50, 18),
                // One enumerator at two households at once, arriving the day after.
                held(1, 1, "c", 9, 45, 25),
                held(1, 1, "d", 9, 45, 26),
            ],
            enumerators: vec![Enumerator::default(); 2],
            villages: vec![Village { n_main: 2, ..Village::default() }, Village { n_main: 2, ..Village::default() }],
            attempts: vec![Attempt {
                case_id: "e".to_owned(),
                enumerator: 0,
                disposition: "2.21".to_owned(),
                received_ms: at(19),
            }],
            ..RoundData::default()
        }
    }

    #[test]
    fn a_day_is_that_of_the_server_in_the_field() {
        let (data, rules) = (round(), Rules::defaults().expect("defaults"));
        let report = inspect(&data, &rules);
        let first = day_of(at(0), &rules);
        assert_eq!((day_of(at(0) - 1, &rules), day_of(at(24), &rules)), (first - 1, first + 1));
        let one = page(&data, &report, &rules, Some(first));
        assert_eq!((one.total.n_interviews, one.total.n_attempts, one.total.n_look_at), (2, 1, 0));
        assert_eq!(one.total.minutes, Some(45.0));
        let people: Vec<(usize, usize, usize)> =
            one.enumerators.iter().map(|row| (row.enumerator, row.tally.n_interviews, row.n_cases)).collect();
        assert_eq!(people, [(0, 1, 2), (1, 1, 1)]);
        let second = page(&data, &report, &rules, Some(first + 1));
        assert_eq!((second.total.n_look_at, second.total.n_strong, second.total.n_believe()), (2, 2, 0));
        assert_eq!(second.interviews, [2, 3]);
        assert_eq!(
            (second.villages.len(), second.villages[0].village, second.villages[0].n_complete_so_far),
            (1, Some(1), 2)
        );
        assert_eq!(
            one.days.iter().map(|row| (row.day, row.tally.n_interviews)).collect::<Vec<_>>(),
            [(first + 1, 2), (first, 2)]
        );
    }

    #[test]
    fn the_whole_round_shows_what_to_look_at_first() {
        let (data, rules) = (round(), Rules::defaults().expect("defaults"));
        let report = inspect(&data, &rules);
        let all = page(&data, &report, &rules, None);
        assert_eq!(all.interviews, [2, 3, 0, 1]);
        assert_eq!(all.enumerators[0].enumerator, 1);
        // Sums of days, people and villages are the total.
        let sum = |tallies: Vec<&Tally>| tallies.iter().map(|one| one.n_interviews).sum::<usize>();
        assert_eq!(sum(all.days.iter().map(|row| &row.tally).collect()), 4);
        assert_eq!(sum(all.villages.iter().map(|row| &row.tally).collect()), 4);
        assert_eq!(sum(all.enumerators.iter().map(|row| &row.tally).collect()), 4);
        let empty = page(&RoundData::default(), &inspect(&RoundData::default(), &rules), &rules, Some(0));
        assert_eq!((empty.total, empty.days.len()), (Tally::default(), 0));
    }
}
