//! By when a respondent's request must be answered, and by when it must be done.
//!
//! # Source
//! Decree 356/2025/NĐ-CP (in force since 1 January 2026), as summaries of law firms have it: an answer within 2 working days; withdrawal done
//! within 15 days (20 where somebody else processes the data, too); access and correction within 10, erasure within 20.
//! Days off: `holidays.csv`, a line each with its source.
//!
//! # Limits
//! Days to do it are counted as calendar days, and a last day on a day off is not moved to the next working day; working days that were
//! exchanged for others count as working days. All of this is stricter than the law or equal to it: whoever keeps these days keeps the
//! law's. Years that `holidays.csv` does not have are counted with the days off that have a fixed date, and say so.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Days, NaiveDate, Weekday};

const HOLIDAYS: &str = include_str!("holidays.csv");

/// Days off that are the same every year, as month and day.
const FIXED: [(u32, u32); 4] = [(1, 1), (4, 30), (5, 1), (9, 2)];

/// Working days until the answer.
const ANSWER_WORKING_DAYS: u32 = 2;

/// What a respondent may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// To see what is kept.
    Access,
    /// To have it corrected.
    Correct,
    /// That it is not used any more.
    Withdraw,
    /// That it is deleted.
    Erase,
}

impl Asked {
    /// Calendar days until it is done.
    #[must_use]
    pub fn days(self) -> u64 {
        match self {
            Self::Access | Self::Correct => 10,
            Self::Withdraw => 15,
            Self::Erase => 20,
        }
    }
}

/// The last days for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// To answer.
    pub answer_by: NaiveDate,
    /// To do it.
    pub done_by: NaiveDate,
    /// Whether the days off of that time are all known; else the answer may be due later, never earlier.
    pub is_certain: bool,
}

/// Days off, by year.
#[derive(Clone, Debug)]
pub struct Holidays(BTreeMap<i32, BTreeSet<NaiveDate>>);

impl Holidays {
    /// Those that come with the program.
    #[must_use]
    pub fn built_in() -> Self {
        let mut years: BTreeMap<i32, BTreeSet<NaiveDate>> = BTreeMap::new();
        let days = HOLIDAYS.lines().skip(1).filter_map(|line| line.split(',').next()?.parse::<NaiveDate>().ok());
        for day in days {
            years.entry(day.year()).or_default().insert(day);
        }
        Self(years)
    }

    /// Whether all days off of that year are known.
    #[must_use]
    pub fn knows(&self, year: i32) -> bool {
        self.0.contains_key(&year)
    }

    /// Whether offices work on that day.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        let is_off = match self.0.get(&day.year()) {
            Some(days) => days.contains(&day),
            None => FIXED.contains(&(day.month(), day.day())),
        };
        !is_off && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
    }
}

/// The last days for a request that came on a day. `None` beyond the calendar.
#[must_use]
pub fn deadlines(asked: Asked, requested_on: NaiveDate, holidays: &Holidays) -> Option<Deadlines> {
    let (mut day, mut left) = (requested_on, ANSWER_WORKING_DAYS);
    while left > 0 {
        day = day.succ_opt()?;
        left -= u32::from(holidays.is_working_day(day));
    }
    Some(Deadlines {
        answer_by: day,
        done_by: requested_on.checked_add_days(Days::new(asked.days()))?,
        is_certain: holidays.knows(requested_on.year()) && holidays.knows(day.year()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn every_line_of_the_table_is_a_working_day_that_is_off_and_has_a_source() {
        let mut seen = BTreeSet::new();
        for line in HOLIDAYS.lines().skip(1) {
            let cells: Vec<&str> = line.splitn(3, ',').collect();
            let day = date(cells[0]);
            assert!(seen.insert(day) && !cells[1].is_empty() && !cells[2].is_empty(), "{line}");
            assert!(!matches!(day.weekday(), Weekday::Sat | Weekday::Sun), "{line}: a weekend is off anyway");
        }
        // Eleven days a year (Labour Code, article 112).
        for year in [2025, 2026] {
            assert_eq!(seen.iter().filter(|day| day.year() == year).count(), 11, "{year}");
        }
    }

    #[test]
    fn an_answer_is_due_on_the_second_working_day() {
        let holidays = Holidays::built_in();
        for (asked, due) in [
            ("2026-03-02", "2026-03-04"), // Monday
            ("2026-03-05", "2026-03-09"), // Thursday, over the weekend
            ("2026-03-07", "2026-03-10"), // Saturday
            ("2026-02-13", "2026-02-24"), // the Friday before Tết
            ("2026-04-24", "2026-04-29"), // over the Hùng Kings' day off
            ("2025-12-31", "2026-01-05"), // over the turn of the year
            ("2026-08-31", "2026-09-04"),
        ] {
            let found = deadlines(Asked::Erase, date(asked), &holidays).expect("days");
            assert_eq!((found.answer_by, found.is_certain), (date(due), true), "{asked}");
        }
    }

    #[test]
    fn all_days_of_two_years_are_due_as_a_list_of_working_days_says() {
        let holidays = Holidays::built_in();
        let off: BTreeSet<&str> = HOLIDAYS.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let first = date("2025-01-01");
        let days: Vec<NaiveDate> = (0..745).map(|n| first + Days::new(n)).collect();
        let working: Vec<NaiveDate> = days
            .iter()
            .filter(|day| day.weekday().number_from_monday() <= 5 && !off.contains(day.to_string().as_str()))
            .copied()
            .collect();
        for asked in days.iter().take(730) {
            let next = working.partition_point(|day| day <= asked);
            for (kind, n) in [(Asked::Access, 10), (Asked::Correct, 10), (Asked::Withdraw, 15), (Asked::Erase, 20)] {
                let found = deadlines(kind, *asked, &holidays).expect("days");
                // What lies in 2027 is not in the table.
                if found.answer_by.year() < 2027 {
                    assert_eq!(found.answer_by, working[next + 1], "{asked}");
                }
                assert_eq!((found.done_by - *asked).num_days(), n, "{asked}");
            }
        }
    }

    #[test]
    fn an_unknown_year_is_said_to_be_one_and_is_never_late() {
        let holidays = Holidays::built_in();
        let found = deadlines(Asked::Access, date("2031-05-05"), &holidays).expect("days");
        assert!(!found.is_certain);
        assert_eq!(
            deadlines(Asked::Access, date("2031-04-29"), &holidays).expect("days").answer_by,
            date("2031-05-05")
        );
        assert_eq!(deadlines(Asked::Erase, NaiveDate::MAX, &holidays), None);
    }
}
