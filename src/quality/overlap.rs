//! Two interviews of one person at the same time.

use std::collections::BTreeMap;

use problem::Words;

use super::data::RoundData;
use super::flag::{Check, Flag, Found, OTHERS_MAX, Strength, Subject};
use super::rules::PlaceRules;

/// Flags interviews of one enumerator whose times intersect by more than a minute.
///
/// # Formula
/// For interviews i, j of one enumerator at different cases: `min(end_i, end_j) − max(start_i, start_j) > 60 s`, times corrected
/// by the measured offset of the device's clock.
///
/// # Source
/// World Bank, *High-frequency checks*, DIME Wiki.
///
/// # Limits
/// An interview that was left open while the next one was held overlaps too; the log's pauses tell the two apart. Two
/// questionnaires at one household are one visit and not compared. Two people who share one access code look like one.
pub(super) fn check(data: &RoundData, rules: &PlaceRules) -> Found {
    let mut found = Found::default();
    let mut of_enumerator: BTreeMap<usize, Vec<(i64, i64, usize)>> = BTreeMap::new();
    for (at, interview) in data.interviews.iter().enumerate() {
        if let (Some(start), Some(end)) = (interview.start(), interview.end())
            && end > start
        {
            of_enumerator.entry(interview.enumerator).or_default().push((start, end, at));
        }
    }
    if of_enumerator.is_empty() {
        found.not_done(Check::Overlap, "không phiếu nào có giờ bắt đầu và kết thúc", "no interview has start and end");
    }
    let allowed_ms = (rules.overlap_seconds * 1_000.0) as i64;
    for mut times in of_enumerator.into_values() {
        times.sort_unstable();
        // Longest time in common, how many, and the first of them.
        let mut overlapping: BTreeMap<usize, (i64, usize, Vec<usize>)> = BTreeMap::new();
        // Those that have not ended; a day's interviews are few, so the list stays short.
        let mut open: Vec<(i64, usize)> = Vec::new();
        for (start, end, at) in times {
            open.retain(|(ends, _)| ends.saturating_sub(start) > allowed_ms);
            for (ends, other) in &open {
                let shared = end.min(*ends).saturating_sub(start);
                if shared > allowed_ms && data.interviews[*other].case_id != data.interviews[at].case_id {
                    for (one, with) in [(at, *other), (*other, at)] {
                        let entry = overlapping.entry(one).or_default();
                        entry.0 = entry.0.max(shared);
                        entry.1 += 1;
                        if entry.2.len() < OTHERS_MAX {
                            entry.2.push(with);
                        }
                    }
                }
            }
            open.push((end, at));
        }
        found.flags.extend(overlapping.into_iter().map(|(at, (shared, n, others))| {
            let minutes = shared as f64 / 60_000.0;
            let words = Words::new(
                format!("trùng giờ {} phút với {} phiếu khác của cùng điều tra viên", super::speed::comma(minutes), n),
                format!("{minutes:.1} min shared with {} other interviews of the enumerator", n),
            );
            Flag::on(Check::Overlap, Strength::Strong, Subject::Interview(at), words)
                .measured(minutes, rules.overlap_seconds / 60.0)
                .with(others)
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::Interview;
    use super::*;
    use crate::quality::Rules;

    fn held(enumerator: usize, case: &str, from_s: i64, to_s: i64) -> Interview {
        Interview {
            enumerator,
            case_id: case.to_owned(),
            started_ms: Some(from_s * 1_000),
            ended_ms: Some(to_s * 1_000),
            ..Interview::default()
        }
    }

    fn pairs(interviews: Vec<Interview>) -> Vec<(usize, Vec<usize>)> {
        let data = RoundData { interviews, ..RoundData::default() };
        let rules = Rules::defaults().expect("defaults").place;
        let mut pairs: Vec<(usize, Vec<usize>)> = check(&data, &rules)
            .flags
            .into_iter()
            .map(|flag| match flag.subject {
                Subject::Interview(at) => {
                    let mut others = flag.others;
                    others.sort_unstable();
                    (at, others)
                }
                Subject::Enumerator(_) => panic!("an interview"),
            })
            .collect();
        pairs.sort();
        pairs
    }

    #[test]
    fn more_than_a_minute_is_told_of_both() {
        assert_eq!(pairs(vec![held(0, "a", 0, 1_000), held(0, "b", 940, 2_000)]), [], "60 s exactly");
        assert_eq!(pairs(vec![held(0, "a", 0, 1_000), held(0, "b", 939, 2_000)]), [(0, vec![1]), (1, vec![0])]);
    }

    #[test]
    fn other_people_and_the_same_household_are_not_compared() {
        assert_eq!(pairs(vec![held(0, "a", 0, 1_000), held(1, "b", 0, 1_000), held(0, "a", 0, 1_000)]), []);
    }

    #[test]
    fn the_offset_of_a_clock_is_counted() {
        let mut late = held(0, "b", 0, 1_000);
        late.clock_offset_ms = Some(5_000_000);
        assert_eq!(pairs(vec![held(0, "a", 0, 1_000), late]), []);
    }

    proptest! {
        #[test]
        fn the_sweep_finds_what_all_pairs_find(times in proptest::collection::vec((0_usize..2, 0_i64..5_000, 1_i64..900), 0..25)) {
            let interviews: Vec<Interview> = times
                .iter()
                .enumerate()
                .map(|(n, (who, from, long))| held(*who, &format!("c{n}"), *from, from + long))
                .collect();
            let mut slow: Vec<(usize, Vec<usize>)> = Vec::new();
            for (i, (a, from, long)) in times.iter().enumerate() {
                let others: Vec<usize> = times
                    .iter()
                    .enumerate()
                    .filter(|(j, (b, other, lasts))| {
                        i != *j && a == b && (from + long).min(other + lasts) - from.max(other) > 60
                    })
                    .map(|(j, _)| j)
                    .collect();
                if !others.is_empty() {
                    slow.push((i, others));
                }
            }
            prop_assert_eq!(pairs(interviews), slow);
        }
    }
}
