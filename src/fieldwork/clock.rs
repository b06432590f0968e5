//! The field's clock: Vietnam's, seven hours east of Greenwich, without summer time. The one place that knows it.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

/// Hours east of Greenwich.
const HOURS_EAST: i64 = 7;

/// The day in the field at an instant.
#[must_use]
pub fn day_of(instant: DateTime<Utc>) -> NaiveDate {
    (instant + Duration::hours(HOURS_EAST)).date_naive()
}

/// The day in the field at an instant in microseconds since 1970; the first of them for an instant that no calendar has.
#[must_use]
pub fn day_of_micros(micros: i64) -> NaiveDate {
    day_of(DateTime::from_timestamp_micros(micros).unwrap_or_default())
}

/// The instant at which a day of the field begins; `None` at the end of the calendar.
#[must_use]
pub fn midnight(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.and_time(NaiveTime::MIN).checked_sub_signed(Duration::hours(HOURS_EAST)).map(|begin| begin.and_utc())
}

/// An instant of the store (UTC) as the field's clock shows it, `27/11/2026 15:02`; what is no instant stays as it is.
#[must_use]
pub fn shown(instant: &str) -> String {
    let Ok(utc) = DateTime::parse_from_rfc3339(instant) else { return instant.to_owned() };
    (utc.with_timezone(&Utc) + Duration::hours(HOURS_EAST)).format("%d/%m/%Y %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_the_field_begins_at_five_in_the_afternoon_of_greenwich() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 27).expect("a day");
        let begin = midnight(day).expect("an instant");
        assert_eq!(begin.to_rfc3339(), "2026-11-26T17:00:00+00:00");
        assert_eq!(day_of(begin), day);
        assert_eq!(day_of(begin - Duration::microseconds(1)), day.pred_opt().expect("a day"));
        assert_eq!(day_of_micros(begin.timestamp_micros()), day);
        assert_eq!(shown("2026-11-27T08:02:03.123456Z"), "27/11/2026 15:02");
        assert_eq!(shown("no instant"), "no instant");
    }
}
