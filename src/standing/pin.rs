//! Which units a round is made with.

use ::problem::{Place, Problem};
use chrono::NaiveDate;
use reports::vietnamese::nfc;

use crate::plan::geography::{Geography, Unit};
use crate::store::RoundGeography;

/// A unit's name without the word for its level, in small letters: lists write it with and without.
pub(super) fn bare_name(name: &str) -> String {
    let name = nfc(name).trim().to_lowercase();
    ["tỉnh ", "thành phố "].iter().find_map(|word| name.strip_prefix(word)).unwrap_or(&name).trim().to_owned()
}

/// The geography of a round whose sample lies in a unit with this code and name: as it is on the asked day, else as of today; for
/// a unit that is gone by now, the last day on which it was there. A unit that the tables do not know leaves the pin without one.
///
/// # Errors
/// `round_geography` when the unit is known but not there on the asked day.
pub fn pinned(
    geography: &Geography,
    (level, code, name): (&str, &str, &str),
    asked: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<RoundGeography, Problem> {
    let known: Vec<&Unit> = geography
        .units()
        .filter(|unit| unit.level == level && unit.code == code && bare_name(&unit.name) == bare_name(name))
        .collect();
    let pin = |day: NaiveDate, unit: Option<&Unit>| RoundGeography {
        version: geography.version(),
        seen_on: day.to_string(),
        unit: unit.map(|unit| unit.id.clone()),
    };
    let on = |day: NaiveDate| known.iter().find(|unit| unit.exists_on(day)).copied();
    let Some(newest) = known.iter().max_by_key(|unit| unit.valid_to.unwrap_or(NaiveDate::MAX)) else {
        return Ok(pin(asked.unwrap_or(today), None));
    };
    match asked {
        Some(day) => on(day).map(|unit| pin(day, Some(unit))).ok_or_else(|| {
            let spans: Vec<String> = known
                .iter()
                .map(|unit| {
                    let end = |day: Option<NaiveDate>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
                    format!("{} {}–{}", unit.name, end(unit.valid_from), end(unit.valid_to))
                })
                .collect();
            Problem::new(
                "round_geography",
                "đơn vị của mẫu không tồn tại vào ngày này",
                "the unit of the sample did not exist on this day",
            )
            .at(Place::column(level))
            .expected(spans.join("; "))
            .got(format!("{name} ({code}), {day}"))
        }),
        None => Ok(match on(today) {
            Some(unit) => pin(today, Some(unit)),
            None => pin(newest.valid_to.filter(|last| *last < today).unwrap_or(today), Some(newest)),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_round_is_pinned_to_the_units_of_its_day() {
        let geography = Geography::shipped().expect("shipped");
        let of = |code, name, asked: Option<&str>, today: &str| {
            pinned(&geography, ("province", code, name), asked.map(day), day(today))
                .map(|pin| (pin.seen_on, pin.unit.unwrap_or_default()))
                .map_err(|problem| problem.code)
        };
        let told = |day: &str, unit: &str| Ok((day.to_owned(), unit.to_owned()));
        assert_eq!(of("24", "Bắc Giang", None, "2024-08-26"), told("2024-08-26", "bac-giang"));
        // The same list read in 2026: code 24 is Bắc Ninh by then, the sample is still one of Bắc Giang.
        assert_eq!(of("24", "Bắc Giang", None, "2026-01-01"), told("2025-06-30", "bac-giang"));
        assert_eq!(of("24", "Tỉnh Bắc Ninh", None, "2026-01-01"), told("2026-01-01", "bac-ninh-2025"));
        assert_eq!(of("24", "Bắc Giang", Some("2025-07-01"), "2026-01-01"), Err("round_geography"));
        assert_eq!(of("24", "Bắc Giang", Some("2019-04-01"), "2026-01-01"), told("2019-04-01", "bac-giang"));
        assert_eq!(of("99", "Nơi khác", None, "2026-01-01"), told("2026-01-01", ""));
        use unicode_normalization::UnicodeNormalization as _;
        let decomposed: String = "Bắc Giang".nfd().collect();
        assert_eq!(of("24", &decomposed, None, "2024-08-26"), told("2024-08-26", "bac-giang"));
    }
}
