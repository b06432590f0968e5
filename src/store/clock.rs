//! Instants and the clock that gives them. The clock is handed in, so a test can hold it still.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// An instant in UTC, kept to the microsecond and written as `2026-11-23T08:15:02.123456Z`, always 27 characters:
/// equal on both databases, and sorted as text it is sorted in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The instant cut to whole microseconds; `None` outside the years 1 to 9999, which would not fit the form.
    #[must_use]
    pub fn new(instant: DateTime<Utc>) -> Option<Self> {
        let micros = DateTime::from_timestamp_micros(instant.timestamp_micros())?;
        let year = chrono::Datelike::year(&micros);
        (1..=9999).contains(&year).then_some(Self(micros))
    }

    /// The instant written as RFC 3339 in any zone; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::new(DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc))
    }

    /// Microseconds since 1970 began, UTC.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// This instant plus whole seconds (minus, if negative); `None` when that leaves the years 1 to 9999.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Option<Self> {
        Self::new(self.0.checked_add_signed(TimeDelta::try_seconds(seconds)?)?)
    }

    /// This instant plus whole days (minus, if negative); `None` when that leaves the years 1 to 9999.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Option<Self> {
        Self::new(self.0.checked_add_signed(TimeDelta::try_days(days)?)?)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A machine whose clock stands outside the years 1 to 9999 gets the epoch: order comes from sequences, not clocks.
        Timestamp::new(Utc::now()).unwrap_or(Timestamp(DateTime::UNIX_EPOCH))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_27_characters_and_sorts_as_it_reads() {
        let early = Timestamp::parse("2026-11-23T08:15:02+07:00").expect("valid");
        let late = Timestamp::parse("2026-11-23T01:15:02.5Z").expect("valid");
        assert_eq!(early.to_string(), "2026-11-23T01:15:02.000000Z");
        assert_eq!(late.to_string().len(), 27);
        assert!(early < late && early.to_string() < late.to_string());
    }

    #[test]
    fn nanoseconds_are_cut_so_that_both_databases_keep_the_same() {
        let instant = Timestamp::parse("2026-11-23T08:15:02.123456789Z").expect("valid");
        assert_eq!(Timestamp::parse(&instant.to_string()), Some(instant));
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in ["", "2026-11-23", "2026-13-01T00:00:00Z", "+12026-11-23T08:15:02Z", "yesterday"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert_eq!(SystemClock.now().plus_days(i64::MAX), None);
    }
}
