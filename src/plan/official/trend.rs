//! A value over the years, in pieces: a line ends where a year is missing or the definition changes.

use problem::Words;
use serde::Serialize;

use super::{OfficialResults, Publication};

/// One year of a trend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendPoint {
    /// The year.
    pub year: i32,
    /// The value; missing years stay missing.
    pub value: Option<f64>,
    /// The interval of 95 % from the published standard error, where there is one.
    pub interval_95: Option<[f64; 2]>,
    /// The published rank and the number of units.
    pub rank: Option<(u32, Option<u32>)>,
    /// What became of the value; `None` when nothing is known of that year.
    pub publication: Option<Publication>,
    /// Which piece of the line it belongs to, from 0; points of different pieces are never joined or subtracted.
    pub piece: Option<usize>,
    /// Why a new piece begins here.
    pub breaks: Option<String>,
}

/// A value over the years.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trend {
    /// The years from the first to the last that is known, all of them.
    pub points: Vec<TrendPoint>,
    /// Parts that were defined anew while the whole kept its name: a remark, not a break.
    pub remarks: Vec<Words>,
}

impl OfficialResults {
    /// The trend of one value of one unit.
    ///
    /// A new piece begins at a break of the definition ([`Self::break_between`]) and after a year without a value.
    #[must_use]
    pub fn trend(&self, index: &str, unit: &str, code: &str) -> Trend {
        let years: Vec<i32> = self
            .values
            .iter()
            .filter(|one| one.index == index && one.unit == unit && one.code == code)
            .map(|one| one.year)
            .collect();
        let (Some(&first), Some(&last)) = (years.iter().min(), years.iter().max()) else {
            return Trend { points: Vec::new(), remarks: Vec::new() };
        };
        let mut points: Vec<TrendPoint> = Vec::new();
        let mut piece = 0;
        let mut before: Option<i32> = None;
        for year in first..=last {
            let cell = self.value(index, year, unit, code);
            let value = cell.and_then(|one| one.value);
            let broken = before.and_then(|before| self.break_between(index, code, before, year));
            if value.is_some() {
                if let Some(before) = before
                    && (broken.is_some() || before + 1 < year)
                {
                    piece += 1;
                }
                before = Some(year);
            }
            points.push(TrendPoint {
                year,
                value,
                interval_95: cell.and_then(|one| one.interval_95()),
                rank: cell.and_then(|one| one.rank.map(|rank| (rank, one.rank_of))),
                publication: cell.map(|one| one.publication),
                piece: value.map(|_| piece),
                breaks: value.and(broken).map(|one| one.note.clone()),
            });
        }
        Trend { points, remarks: self.redefined_parts(index, code, first, last) }
    }

    fn redefined_parts(&self, index: &str, code: &str, first: i32, last: i32) -> Vec<Words> {
        let is_part = |of: &str| {
            of != code
                && (code == "total" && of != "*" || of.strip_prefix(code).is_some_and(|rest| rest.starts_with('.')))
        };
        self.breaks
            .iter()
            .filter(|one| one.index == index && is_part(&one.code) && first < one.first_year && one.first_year <= last)
            .map(|one| {
                Words::new(
                    format!("từ {}, phần {}: {}", one.first_year, one.code, one.note),
                    format!("part {} was defined anew in {}", one.code, one.first_year),
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(index: &str, unit: &str, code: &str) -> Vec<(i32, Option<usize>)> {
        let results = OfficialResults::shipped().expect("shipped");
        results.trend(index, unit, code).points.iter().map(|point| (point.year, point.piece)).collect()
    }

    #[test]
    fn totals_are_never_joined_across_a_change_of_definition_or_a_missing_year() {
        let expected = [
            (2011, Some(0)),
            (2012, Some(0)),
            (2013, Some(0)),
            (2014, None),
            (2015, Some(1)),
            (2016, Some(1)),
            (2017, Some(1)),
            (2018, Some(2)),
            (2019, Some(2)),
            (2020, Some(2)),
            (2021, None),
            (2022, None),
            (2023, Some(3)),
            (2024, Some(3)),
        ];
        assert_eq!(pieces("papi", "bac-giang", "total"), expected);
    }

    #[test]
    fn the_fall_of_sipas_from_2021_to_2022_is_a_change_of_method_and_no_trend() {
        let sipas = pieces("sipas", "viet-nam", "total");
        let piece_of = |year| sipas.iter().find(|(one, _)| *one == year).and_then(|(_, piece)| *piece);
        assert_eq!([2017, 2021, 2022, 2023, 2024].map(piece_of), [Some(0), Some(0), Some(1), Some(2), Some(2)]);
    }

    #[test]
    fn parts_that_were_defined_anew_are_a_remark_on_the_whole() {
        let results = OfficialResults::shipped().expect("shipped");
        let trend = results.trend("papi", "lang-son", "3");
        assert!(trend.remarks.iter().any(|words| words.en.contains("3.2") && words.en.contains("2021")));
        assert!(trend.points.iter().any(|point| point.year == 2016 && point.breaks.is_some()));
    }

    #[test]
    fn an_unknown_value_has_an_empty_trend() {
        assert!(pieces("papi", "nowhere", "total").is_empty());
    }
}
