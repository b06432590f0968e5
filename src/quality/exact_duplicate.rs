//! Exactly the same: answers, telephone, position, attachment.

use std::collections::BTreeMap;

use problem::Words;

use super::data::RoundData;
use super::flag::{Check, Flag, Found, OTHERS_MAX, Strength, Subject};
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
    let words = ("câu trả lời giống hệt", "identical answers");
    tell(equal(data, answers), Check::SameAnswers, Strength::Strong, words, &mut found);
    let phones = interviews().filter_map(|(at, one)| Some((one.phone.as_deref()?, at)));
    let words = ("cùng số điện thoại", "the same telephone number");
    tell(equal(data, phones), Check::SamePhone, Strength::Review, words, &mut found);
    let files = interviews().flat_map(|(at, one)| one.attachments.iter().map(move |hash| (hash.as_str(), at)));
    let words = ("cùng một ảnh hoặc bản ghi âm", "the same photo or recording");
    tell(equal(data, files), Check::SameAttachment, Strength::Strong, words, &mut found);
    let words = ("cùng toạ độ đến 0,1 m", "the same position to 0.1 m");
    tell(same_positions(data, rules.place.same_degrees), Check::SamePosition, Strength::Review, words, &mut found);
    found
}

/// Of each interview: how many others are alike, and the first few of them.
type Alike = BTreeMap<usize, (usize, Vec<usize>)>;

/// For each interview that has one, those at the same position.
fn same_positions(data: &RoundData, degrees: f64) -> Alike {
    // Receivers that repeat a position make many equal ones: each is compared once.
    let mut at_place = BTreeMap::<(u64, u64), Vec<usize>>::new();
    let place = |at: usize| data.interviews[at].position.map(|one| (one.latitude_degrees, one.longitude_degrees));
    for at in 0..data.interviews.len() {
        if let Some((latitude, longitude)) = place(at) {
            at_place.entry((latitude.to_bits(), longitude.to_bits())).or_default().push(at);
        }
    }
    let square = |value: f64| (value / degrees).floor() as i64;
    let mut grid = BTreeMap::<(i64, i64), Vec<(f64, f64)>>::new();
    for (latitude, longitude) in at_place.keys().map(|(north, east)| (f64::from_bits(*north), f64::from_bits(*east))) {
        grid.entry((square(latitude), square(longitude))).or_default().push((latitude, longitude));
    }
    let mut alike = Alike::new();
    for ((north, east), own) in &at_place {
        let (latitude, longitude) = (f64::from_bits(*north), f64::from_bits(*east));
        let (row, column) = (square(latitude), square(longitude));
        let beside = |middle: i64| middle.saturating_sub(1)..=middle.saturating_add(1);
        let near: Vec<usize> = beside(row)
            .flat_map(|row| beside(column).map(move |column| (row, column)))
            .filter_map(|key| grid.get(&key))
            .flatten()
            .filter(|(other_north, other_east)| {
                (other_north - latitude).abs() <= degrees && (other_east - longitude).abs() <= degrees
            })
            .filter_map(|(other_north, other_east)| at_place.get(&(other_north.to_bits(), other_east.to_bits())))
            .flatten()
            .copied()
            .collect();
        add_alike(data, own, &near, &mut alike);
    }
    alike
}

/// Groups whose members are all alike.
fn equal<K: Ord>(data: &RoundData, keyed: impl Iterator<Item = (K, usize)>) -> Alike {
    let mut groups = BTreeMap::<K, Vec<usize>>::new();
    for (key, at) in keyed {
        let group = groups.entry(key).or_default();
        if group.last() != Some(&at) {
            group.push(at);
        }
    }
    let mut alike = Alike::new();
    for group in groups.values().filter(|group| group.len() > 1) {
        add_alike(data, group, group, &mut alike);
    }
    alike
}

/// Each of `own` is like all of `near` that are at other cases.
fn add_alike(data: &RoundData, own: &[usize], near: &[usize], alike: &mut Alike) {
    let case = |at: usize| data.interviews[at].case_id.as_str();
    let mut of_case = BTreeMap::<&str, usize>::new();
    for at in near {
        *of_case.entry(case(*at)).or_default() += 1;
    }
    for at in own {
        let n = near.len() - of_case.get(case(*at)).copied().unwrap_or(0);
        if n == 0 {
            continue;
        }
        let (known, others) = alike.entry(*at).or_default();
        let before = others.len();
        others.extend(near.iter().copied().filter(|other| case(*other) != case(*at)).take(OTHERS_MAX));
        others.sort_unstable();
        others.dedup();
        // Two photos in common are one interview in common; beyond what is named the sum is the best that is known.
        let is_named = n <= OTHERS_MAX && *known == before;
        *known = if is_named { others.len() } else { *known + n };
    }
}

fn tell(alike: Alike, check: Check, strength: Strength, what: (&str, &str), found: &mut Found) {
    for (at, (n, others)) in alike {
        let words = Words::new(
            format!("{} với {n} phiếu ở hộ khác", what.0),
            format!("{} as {n} interviews at other households", what.1),
        );
        found.flags.push(Flag::on(check, strength, Subject::Interview(at), words).with(others));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::data::{Interview, Position};
    use super::*;

    fn placed(case: usize, latitude: f64, longitude: f64) -> Interview {
        let position = Position {
            latitude_degrees: latitude,
            longitude_degrees: longitude,
            accuracy_metres: None,
            is_mock: false,
        };
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
        assert!(
            told(vec![Interview::default(), Interview::default()]).is_empty(),
            "nothing is not the same as nothing"
        );
    }

    #[test]
    fn a_tenth_of_a_metre_apart_is_the_same_place_across_squares() {
        let found =
            told(vec![placed(0, 21.000_000_9, 106.0), placed(1, 21.000_001_1, 106.0), placed(2, 21.000_003, 106.0)]);
        assert_eq!(found.iter().map(|flag| flag.2.clone()).collect::<Vec<_>>(), [vec![1], vec![0]]);
    }

    #[test]
    fn many_at_one_place_are_counted_and_few_are_named() {
        let interviews: Vec<Interview> = (0..500).map(|n| placed(n, 21.0, 106.0)).collect();
        let data = RoundData { interviews, ..RoundData::default() };
        let found = check(&data, &Rules::defaults().expect("defaults"));
        assert_eq!(found.flags.len(), 500);
        assert!(found.flags.iter().all(|flag| flag.others.len() == OTHERS_MAX && flag.words.en.contains(" 499 ")));
    }

    proptest! {
        #[test]
        fn the_grid_finds_what_all_pairs_find(steps in proptest::collection::vec((-4_i32..4, -4_i32..4), 2..20)) {
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
