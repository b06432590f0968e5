//! Quarters, the periods in which tasks are reported.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use problem::Problem;
use serde::{Serialize, Serializer};

/// A quarter of a year, written `2024Q3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarter {
    year: i32,
    number: u32,
}

impl Quarter {
    /// The quarter of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), number: day.month0() / 3 + 1 }
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.year
    }

    /// 1 to 4.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.number * 3 - 2, 1).unwrap_or(NaiveDate::MIN)
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        let first_of_next = match self.number {
            4 => NaiveDate::from_ymd_opt(self.year + 1, 1, 1),
            number => NaiveDate::from_ymd_opt(self.year, number * 3 + 1, 1),
        };
        first_of_next.and_then(|day| day.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// The quarter after it.
    #[must_use]
    pub fn next(self) -> Self {
        match self.number {
            4 => Self { year: self.year + 1, number: 1 },
            number => Self { year: self.year, number: number + 1 },
        }
    }

    /// The four quarters of a year.
    #[must_use]
    pub fn of_year(year: i32) -> [Self; 4] {
        [1, 2, 3, 4].map(|number| Self { year, number })
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}Q{}", self.year, self.number)
    }
}

impl Serialize for Quarter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Quarter {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parsed = text.trim().to_uppercase().split_once('Q').and_then(|(year, number)| {
            let (year, number) = (year.parse().ok()?, number.parse().ok()?);
            ((1990..=2100).contains(&year) && (1..=4).contains(&number)).then_some(Self { year, number })
        });
        parsed.ok_or_else(|| {
            Problem::new("plan_quarter", "không phải là quý", "this is no quarter")
                .expected("2024Q3")
                .got(text.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_read_as_they_are_written_and_end_on_the_right_day() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        for (text, last) in [("2024Q1", "2024-03-31"), ("2024Q2", "2024-06-30"), ("2024Q4", "2024-12-31")] {
            let quarter: Quarter = text.parse().expect("a quarter");
            assert_eq!((quarter.to_string().as_str(), quarter.last_day()), (text, day(last)));
            assert_eq!((Quarter::of(quarter.first_day()), Quarter::of(quarter.last_day())), (quarter, quarter));
            assert_eq!(quarter.next().first_day(), quarter.last_day() + chrono::Days::new(1));
            assert_eq!(Quarter::of(quarter.last_day() + chrono::Days::new(1)), quarter.next());
        }
        for wrong in ["2024", "2024Q0", "2024Q5", "Q3", "24Q3", "2024Q3x", ""] {
            assert!(wrong.parse::<Quarter>().is_err(), "{wrong}");
        }
    }
}
