//! Two interviews too far apart for the time between them.

use std::collections::BTreeMap;

use problem::Words;

use super::data::RoundData;
use super::flag::{Check, Flag, Found, Strength, Subject};
use super::rules::PlaceRules;
use super::speed::comma;
use super::statistics::haversine_metres;

/// Flags the second of two successive interviews of one enumerator when the way between them could not be made.
///
/// # Formula
/// d = haversine distance minus both radii of uncertainty, at least 0; flag when `d ≥ 500 m` and
/// `(start_j − end_i) · 60 km/h < d`.
///
/// # Source
/// World Bank, *High-frequency checks*, DIME Wiki.
///
/// # Limits
/// A straight line: the road is longer, so what is told is certain and what is not told may still be wrong. A position may be
/// taken at any moment of the interview.
pub(super) fn check(data: &RoundData, rules: &PlaceRules) -> Found {
    let mut found = Found::default();
    let mut of_enumerator: BTreeMap<usize, Vec<(i64, i64, usize)>> = BTreeMap::new();
    for (at, interview) in data.interviews.iter().enumerate() {
        if let (Some(start), Some(end), Some(_)) = (interview.start(), interview.end(), interview.position) {
            of_enumerator.entry(interview.enumerator).or_default().push((start, end.max(start), at));
        }
    }
    if !of_enumerator.values().any(|times| times.len() > 1) {
        found.not_done(
            Check::Travel,
            "không điều tra viên nào có hai phiếu kèm giờ và vị trí",
            "no enumerator has two interviews with times and positions",
        );
    }
    let metres_per_ms = rules.speed_kmh / 3_600.0;
    for mut times in of_enumerator.into_values() {
        times.sort_unstable();
        for pair in times.windows(2) {
            let [(_, end, before), (start, _, after)] = pair else { continue };
            let (Some(from), Some(to)) = (data.interviews[*before].position, data.interviews[*after].position) else {
                continue;
            };
            let unsure = from.accuracy_metres.unwrap_or(0.0) + to.accuracy_metres.unwrap_or(0.0);
            let straight = haversine_metres(
                (from.latitude_degrees, from.longitude_degrees),
                (to.latitude_degrees, to.longitude_degrees),
            );
            let distance = (straight - unsure).max(0.0);
            let gap_ms = start.saturating_sub(*end).max(0) as f64;
            if distance < rules.travel_metres_min || gap_ms * metres_per_ms >= distance {
                continue;
            }
            let (km, minutes) = (distance / 1_000.0, gap_ms / 60_000.0);
            let needed = distance / metres_per_ms / 60_000.0;
            let words = Words::new(
                format!(
                    "cách phiếu trước {} km mà chỉ có {} phút; cần ít nhất {} phút",
                    comma(km),
                    comma(minutes),
                    comma(needed)
                ),
                format!(
                    "{km:.1} km from the interview before with {minutes:.1} min between; at least {needed:.1} needed"
                ),
            );
            found.flags.push(
                Flag::on(Check::Travel, Strength::Strong, Subject::Interview(*after), words)
                    .measured(minutes, needed)
                    .with([*before]),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::data::{Interview, Position};
    use super::*;
    use crate::quality::Rules;

    fn at(case: &str, latitude: f64, from_min: i64, to_min: i64, accuracy: f64) -> Interview {
        Interview {
            case_id: case.to_owned(),
            started_ms: Some(from_min * 60_000),
            ended_ms: Some(to_min * 60_000),
            position: Some(Position {
                latitude_degrees: latitude,
                longitude_degrees: 106.0,
                accuracy_metres: Some(accuracy),
                is_mock: false,
            }),
            ..Interview::default()
        }
    }

    fn flagged(interviews: Vec<Interview>) -> Vec<Subject> {
        let data = RoundData { interviews, ..RoundData::default() };
        let found = check(&data, &Rules::defaults().expect("defaults").place);
        found.flags.iter().map(|flag| flag.subject).collect()
    }

    #[test]
    fn sixty_kilometres_an_hour_is_the_limit() {
        // A tenth of a degree north is 11.12 km: 11.12 min at 60 km/h.
        assert_eq!(flagged(vec![at("a", 21.0, 0, 30, 0.0), at("b", 21.1, 41, 60, 0.0)]), [Subject::Interview(1)]);
        assert_eq!(flagged(vec![at("a", 21.0, 0, 30, 0.0), at("b", 21.1, 42, 60, 0.0)]), []);
        // The two radii of uncertainty are taken off: 10.12 km.
        assert_eq!(flagged(vec![at("a", 21.0, 0, 30, 500.0), at("b", 21.1, 41, 60, 500.0)]), []);
    }

    #[test]
    fn near_places_are_no_journey_and_order_is_that_of_time() {
        assert_eq!(flagged(vec![at("a", 21.0, 0, 30, 0.0), at("b", 21.004, 30, 60, 0.0)]), [], "445 m");
        assert_eq!(flagged(vec![at("b", 21.1, 41, 60, 0.0), at("a", 21.0, 0, 30, 0.0)]), [Subject::Interview(0)]);
    }

    #[test]
    fn without_positions_it_is_said_that_nothing_was_checked() {
        let data = RoundData { interviews: vec![Interview::default()], ..RoundData::default() };
        let found = check(&data, &Rules::defaults().expect("defaults").place);
        assert_eq!(found.not_done[0].check, Check::Travel);
    }
}
