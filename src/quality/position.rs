//! Where interviews were held.

use std::collections::BTreeMap;

use problem::Words;

use super::data::RoundData;
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::Rules;
use super::speed::comma;
use super::statistics::{haversine_metres, median};

type Place = (f64, f64);

/// Flags positions far from the village, not measured, and days spent at one place.
///
/// # Formula
/// Far: haversine distance to the village's middle minus the radius of uncertainty > 3 km. The middle is the sample list's, else
/// the medians of latitude and longitude of the village's measured positions when there are at least five.
/// Mock: the device says so, or an accuracy of exactly 0. One place: at least four interviews of an enumerator on one day, all
/// pairs within 20 m.
///
/// # Source
/// ODK Collect documents an accuracy of 0 for mock locations; World Bank, *High-frequency checks*, DIME Wiki.
///
/// # Limits
/// A middle taken from the interviews follows a majority that is wrong. A village of scattered hamlets needs a larger radius. A
/// block of flats is one place. A device that tells no accuracy hides a mock location.
pub(super) fn check(data: &RoundData, rules: &Rules) -> Found {
    let mut found = Found::default();
    let places: Vec<Option<Place>> = data
        .interviews
        .iter()
        .map(|one| one.position.map(|position| (position.latitude_degrees, position.longitude_degrees)))
        .collect();
    if places.iter().all(Option::is_none) {
        for check in [Check::FarFromVillage, Check::MockPosition, Check::DayAtOnePlace] {
            found.not_done(check, "không phiếu nào có vị trí", "no interview has a position");
        }
        return found;
    }
    mock(data, &mut found);
    far(data, rules, &places, &mut found);
    day_at_one_place(data, rules, &places, &mut found);
    found
}

fn is_mock(data: &RoundData, at: usize) -> bool {
    data.interviews[at].position.is_some_and(|position| position.is_mock || position.accuracy_metres == Some(0.0))
}

fn mock(data: &RoundData, found: &mut Found) {
    for at in (0..data.interviews.len()).filter(|at| is_mock(data, *at)) {
        let words = Words::new(
            "máy báo vị trí không phải do định vị đo được (giả lập, hoặc độ chính xác bằng 0)",
            "the device reports a position that was not measured (mock, or an accuracy of 0)",
        );
        found.flags.push(Flag::on(Check::MockPosition, Strength::Strong, Subject::Interview(at), words));
    }
}

fn far(data: &RoundData, rules: &Rules, places: &[Option<Place>], found: &mut Found) {
    let mut of_village: Vec<Vec<usize>> = vec![Vec::new(); data.villages.len()];
    for (at, interview) in data.interviews.iter().enumerate() {
        if let Some(of) = interview.village.and_then(|village| of_village.get_mut(village))
            && places[at].is_some()
        {
            of.push(at);
        }
    }
    let mut n_without = 0;
    for (village, of) in data.villages.iter().zip(&of_village) {
        let measured = || of.iter().filter(|at| !is_mock(data, **at)).filter_map(|at| places[*at]);
        let own = || {
            (measured().count() >= rules.place.positions_for_middle)
                .then(|| Some((median(measured().map(|place| place.0))?, median(measured().map(|place| place.1))?)))
                .flatten()
        };
        let Some(middle) = village.middle.or_else(own) else {
            n_without += usize::from(!of.is_empty());
            continue;
        };
        for at in of {
            let Some(place) = places[*at] else { continue };
            let accuracy = data.interviews[*at].position.and_then(|position| position.accuracy_metres).unwrap_or(0.0);
            let distance = haversine_metres(middle, place) - accuracy;
            if distance > rules.place.village_radius_metres {
                let (km, limit) = (distance / 1_000.0, rules.place.village_radius_metres / 1_000.0);
                let words = Words::new(
                    format!("cách giữa thôn {} km; ngưỡng {} km", comma(km), comma(limit)),
                    format!("{km:.1} km from the middle of the village; limit {limit:.1} km"),
                );
                let flag = Flag::on(Check::FarFromVillage, Strength::Strong, Subject::Interview(*at), words);
                found.flags.push(flag.measured(km, limit));
            }
        }
    }
    if n_without > 0 {
        found.note(
            format!("{n_without} thôn chưa có điểm giữa (danh sách mẫu không có toạ độ và chưa đủ phiếu có vị trí): chưa kiểm tra khoảng cách."),
            format!("{n_without} villages have no middle (none in the sample list, too few positions): distances were not checked there."),
        );
    }
}

fn day_at_one_place(data: &RoundData, rules: &Rules, places: &[Option<Place>], found: &mut Found) {
    let mut days: BTreeMap<(usize, i64), Vec<usize>> = BTreeMap::new();
    for (at, interview) in data.interviews.iter().enumerate() {
        if let (Some(start), Some(_)) = (interview.start(), places[at]) {
            let day = start.saturating_add(rules.clock.utc_offset_minutes * 60_000).div_euclid(86_400_000);
            days.entry((interview.enumerator, day)).or_default().push(at);
        }
    }
    for ((enumerator, _), of_day) in days {
        let mut cases: Vec<&str> = of_day.iter().map(|at| data.interviews[*at].case_id.as_str()).collect();
        cases.sort_unstable();
        cases.dedup();
        if cases.len() < rules.place.day_interviews_min {
            continue;
        }
        let widest = of_day
            .iter()
            .enumerate()
            .flat_map(|(n, one)| of_day[n + 1..].iter().filter_map(|other| Some((places[*one]?, places[*other]?))))
            .map(|(one, other)| haversine_metres(one, other))
            .fold(0.0, f64::max);
        if widest <= rules.place.day_radius_metres {
            let words = Words::new(
                format!("{} hộ trong ngày đều trong vòng {} m", cases.len(), comma(widest)),
                format!("{} households of a day, all within {widest:.1} m", cases.len()),
            );
            found.flags.push(
                Flag::on(Check::DayAtOnePlace, Strength::Strong, Subject::Enumerator(enumerator), words)
                    .measured(widest, rules.place.day_radius_metres)
                    .with(of_day),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::{Interview, Position, Village};
    use super::*;

    fn at(number: usize, latitude: f64, accuracy: Option<f64>) -> Interview {
        Interview {
            case_id: format!("c{number}"),
            village: Some(0),
            started_ms: Some(1_000_000 * number as i64),
            position: Some(Position {
                latitude_degrees: latitude,
                longitude_degrees: 106.0,
                accuracy_metres: accuracy,
                is_mock: false,
            }),
            ..Interview::default()
        }
    }

    fn run(interviews: Vec<Interview>, middle: Option<Place>) -> Found {
        let village = Village { middle, ..Village::default() };
        let data = RoundData { interviews, villages: vec![village], ..RoundData::default() };
        check(&data, &Rules::defaults().expect("defaults"))
    }

    fn of(found: &Found, check: Check) -> Vec<Subject> {
        found.flags.iter().filter(|flag| flag.check == check).map(|flag| flag.subject).collect()
    }

    #[test]
    fn three_kilometres_from_the_middle_is_the_limit() {
        // 0.0269° north is 2.99 km, 0.0271° is 3.01 km.
        let middle = Some((21.0, 106.0));
        assert_eq!(of(&run(vec![at(0, 21.0269, Some(5.0))], middle), Check::FarFromVillage), []);
        let found = run(vec![at(0, 21.0275, Some(5.0))], middle);
        assert_eq!(of(&found, Check::FarFromVillage), [Subject::Interview(0)]);
        assert_eq!(of(&run(vec![at(0, 21.0275, Some(100.0))], middle), Check::FarFromVillage), [], "unsure by 100 m");
    }

    #[test]
    fn the_middle_comes_from_the_interviews_when_there_are_enough() {
        let mut interviews: Vec<Interview> = (0..5).map(|n| at(n, 21.0 + 0.001 * n as f64, Some(5.0))).collect();
        interviews.push(at(9, 21.5, Some(5.0)));
        assert_eq!(of(&run(interviews.clone(), None), Check::FarFromVillage), [Subject::Interview(5)]);
        let few = run(interviews.split_off(3), None);
        assert!(of(&few, Check::FarFromVillage).is_empty() && few.notes.len() == 1);
    }

    #[test]
    fn an_accuracy_of_nothing_is_a_mock_position_and_none_is_not() {
        let found = run(vec![at(0, 21.0, Some(0.0)), at(1, 21.0, None), at(2, 21.0, Some(4.0))], None);
        assert_eq!(of(&found, Check::MockPosition), [Subject::Interview(0)]);
    }

    #[test]
    fn a_day_at_one_place_is_told_of_the_person() {
        // 0.0001° is 11 m, 0.0002° is 22 m.
        let day = |latitudes: &[f64]| {
            run(latitudes.iter().enumerate().map(|(n, latitude)| at(n, *latitude, Some(5.0))).collect(), None)
        };
        assert_eq!(of(&day(&[21.0, 21.0001, 21.0, 21.0]), Check::DayAtOnePlace), [Subject::Enumerator(0)]);
        assert_eq!(of(&day(&[21.0, 21.0002, 21.0, 21.0]), Check::DayAtOnePlace), []);
        assert_eq!(of(&day(&[21.0, 21.0, 21.0]), Check::DayAtOnePlace), [], "three are too few");
        let one_household = (0..4).map(|n| Interview { case_id: "c".to_owned(), ..at(n, 21.0, Some(5.0)) }).collect();
        assert_eq!(of(&run(one_household, None), Check::DayAtOnePlace), []);
    }

    #[test]
    fn without_positions_three_checks_are_not_done() {
        assert_eq!(run(vec![Interview::default()], None).not_done.len(), 3);
    }
}
