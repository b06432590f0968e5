//! Exactly the same: answers, telephone, position, attachment.

use std::collections::BTreeMap;

use problem::Words;

use super::data::RoundData;
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::Rules;

/// Flags what two interviews at different cases have exactly in common.
///
/// # Formula
/// Equal fingerprints (SHA-256) of all answers that people gave; equal digits of a telephone number; latitude and longitude that
/// differ by at most 1e-6 degrees (0.1 m); equal SHA-256 of an attachment.
///
/// # Source
/// World Bank, *High-frequency checks*, DIME Wiki.
///
/// # Limits
/// A telephone shared by two households is common; a receiver that repeats its last position makes equal positions without
/// anybody's doing. Positions are compared on a grid of 1e-6 and with the neighbouring squares.
pub(super) fn check(data: &RoundData, rules: &Rules) -> Found {
    let mut found = Found::default();
    let interviews = || data.interviews.iter().enumerate();
    let answers = interviews().filter_map(|(at, one)| Some((one.answers_sha256.as_deref()?, at)));
    pairs(data, group(answers), Check::SameAnswers, Strength::Strong, ("câu trả lời giống hệt", "identical answers"), &mut found);
    let phones = interviews().filter_map(|(at, one)| Some((one.phone.as_deref()?, at)));
    pairs(data, group(phones), Check::SamePhone, Strength::Review, ("cùng số điện thoại", "the same telephone number"), &mut found);
    let attachments = interviews().flat_map(|(at, one)| one.attachments.iter().map(move |hash| (hash.as_str(), at)));
    pairs(
        data,
        group(attachments),
        Check::SameAttachment,
        Strength::Strong,
        ("cùng một ảnh hoặc bản ghi âm", "the same photo or recording"),
        &mut found,
    );
    let words = ("cùng toạ độ đến 0,1 m", "the same position to 0.1 m");
    pairs(data, same_positions(data, rules.place.same_degrees), Check::SamePosition, Strength::Review, words, &mut found);
    found
}

fn group<K: Ord>(keyed: impl Iterator<Item = (K, usize)>) -> Vec<Vec<usize>> {
    let mut groups = BTreeMap::<K, Vec<usize>>::new();
    for (key, at) in keyed {
        groups.entry(key).or_default().push(at);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// For each interview that has one, itself and those at the same position.
fn same_positions(data: &RoundData, degrees: f64) -> Vec<Vec<usize>> {
    let mut grid = BTreeMap::<(i64, i64), Vec<usize>>::new();
    let square = |value: f64| (value / degrees).floor() as i64;
    let place = |at: usize| data.interviews[at].position.map(|one| (one.latitude_degrees, one.longitude_degrees));
    for at in 0..data.interviews.len() {
        if let Some((latitude, longitude)) = place(at) {
            grid.entry((square(latitude), square(longitude))).or_default().push(at);
        }
    }
    let mut same = Vec::new();
    for at in 0..data.interviews.len() {
        let Some((latitude, longitude)) = place(at) else { continue };
        let (row, column) = (square(latitude), square(longitude));
        let mut group = vec![at];
        for near in (row - 1..=row + 1).flat_map(|row| (column - 1..=column + 1).map(move |column| (row, column))) {
            group.extend(grid.get(&near).into_iter().flatten().filter(|other| {
                **other != at
                    && place(**other).is_some_and(|(north, east)| {
                        (north - latitude).abs() <= degrees && (east - longitude).abs() <= degrees
                    })
            }));
        }
        if group.len() > 1 {
            same.push(group);
        }
    }
    same
}

/// Each interview of a group with those at other cases; one flag an interview.
fn pairs(
    data: &RoundData,
    groups: Vec<Vec<usize>>,
    check: Check,
    strength: Strength,
    what: (&str, &str),
    found: &mut Found,
) {
    let mut with = BTreeMap::<usize, Vec<usize>>::new();
    for group in groups {
        for at in &group {
            let others = group.iter().filter(|other| data.interviews[**other].case_id != data.interviews[*at].case_id);
            with.entry(*at).or_default().extend(others);
        }
    }
    for (at, mut others) in with {
        others.sort_unstable();
        others.dedup();
        if !others.is_empty() {
            let words = Words::new(
                format!("{} với {} phiếu ở hộ khác", what.0, others.len()),
                format!("{} as {} interviews at other households", what.1, others.len()),
            );
            found.flags.push(Flag::on(check, strength, Subject::Interview(at), words).with(others));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Interview, Position};
    use super::*;

    fn placed(case: usize, latitude: f64, longitude: f64) -> Interview {
        let position =
            Position { latitude_degrees: latitude, longitude_degrees: longitude, accuracy_metres: None, is_mock: false };
        Interview { case_id: format!("c{case}"), position: Some(position), ..Interview::default() }
    }

    fn told(interviews: Vec<Interview>) -> Vec<(Check, Subject, Vec<usize>)> {
        let data = RoundData { interviews, ..RoundData::default() };
        let found = check(&data, &Rules::defaults().expect("defaults"));
        found.flags.into_iter().map(|flag| (flag.check, flag.subject, flag.others)).collect()
    }

    #[test]
    fn each_likeness_is_told_of_both_households() {
        let one = |case: &str| Interview {
            case_id: case.to_owned(),
            answers_sha256: Some("a".to_owned()),
            phone: Some("0912345678".to_owned()),
            attachments: vec!["h".to_owned(), "h".to_owned()],
            ..Interview::default()
        };
        let found = told(vec![one("a"), one("b")]);
        for check in [Check::SameAnswers, Check::SamePhone, Check::SameAttachment] {
            let of: Vec<_> = found.iter().filter(|flag| flag.0 == check).collect();
            assert_eq!(of.len(), 2, "{check:?}");
            assert_eq!(of[0].2, [1]);
        }
        assert!(told(vec![one("a"), one("a")]).is_empty(), "one household answered twice");
        assert!(told(vec![Interview::default(), Interview::default()]).is_empty(), "nothing is not the same as nothing");
    }

    #[test]
    fn a_tenth_of_a_metre_apart_is_the_same_place_across_squares() {
        let found = told(vec![placed(0, 21.000_000_9, 106.0), placed(1, 21.000_001_1, 106.0), placed(2, 21.000_003, 106.0)]);
        assert_eq!(found.iter().map(|flag| flag.2.clone()).collect::<Vec<_>>(), [vec![1], vec![0]]);
    }

    proptest! {
        #[test]
        fn the_grid_finds_what_all_pairs_find(steps in proptest::collection::vec((-4_i32..4, -4_i32..4), 2..25)) {
            let degrees = |step: i32| f64::from(step) * 0.6e-6;
            let interviews: Vec<Interview> =
                steps.iter().enumerate().map(|(n, (y, x))| placed(n, 21.0 + degrees(*y), 106.0 + degrees(*x))).collect();
            let place = |at: usize| interviews[at].position.expect("placed");
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-6;
            let slow: Vec<Vec<usize>> = (0..steps.len())
                .map(|i| {
                    (0..steps.len())
                        .filter(|j| {
                            *j != i
                                && near(place(i).latitude_degrees, place(*j).latitude_degrees)
                                && near(place(i).longitude_degrees, place(*j).longitude_degrees)
                        })
                        .collect::<Vec<_>>()
                })
                .filter(|others| !others.is_empty())
                .collect();
            let fast: Vec<Vec<usize>> = told(interviews).into_iter().map(|flag| flag.2).collect();
            prop_assert_eq!(fast, slow);
        }
    }
}
