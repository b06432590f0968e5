//! How far a unit lies from its own past, the middle, the highest group and the best.

use problem::{Place, Problem, Words};
use serde::Serialize;

use super::{Grouped, OfficialResults, OfficialValue, Statistic, group};

/// One line of the gap table; gaps are in points of the value, positive where the unit is ahead.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapRow {
    /// `total`, a dimension or a sub-dimension.
    pub code: String,
    /// The unit's value.
    pub value: Option<f64>,
    /// Its group, where cut-offs are known.
    pub grouped: Option<Grouped>,
    /// The year of the last earlier value.
    pub last_year: Option<i32>,
    /// Value less the last earlier one; `None` where there is none or the definition changed in between.
    pub to_own_last: Option<f64>,
    /// Why there is no difference to the last earlier value although there is one: what changed in between.
    pub not_comparable: Option<String>,
    /// Value less the median of all units.
    pub to_median: Option<f64>,
    /// Value less the third quartile: from 0 on, the highest group.
    pub to_p75: Option<f64>,
    /// Value less the best unit's.
    pub to_best: Option<f64>,
}

impl OfficialResults {
    /// The gap table of a unit in a year: the total, each dimension and each sub-dimension that has a row.
    ///
    /// # Errors
    /// `official_no_values` when nothing is known of the unit in that year.
    pub fn gaps(&self, index: &str, unit: &str, year: i32) -> Result<Vec<GapRow>, Problem> {
        let mut rows: Vec<&OfficialValue> =
            self.values.iter().filter(|one| one.index == index && one.unit == unit && one.year == year).collect();
        rows.sort_by_key(|one| (one.code != "total", one.code.contains('.'), &one.code));
        if rows.is_empty() {
            let years: Vec<String> = self
                .values
                .iter()
                .filter(|one| one.index == index && one.unit == unit && one.code == "total")
                .map(|one| one.year.to_string())
                .collect();
            return Err(Problem::new(
                "official_no_values",
                "chưa có kết quả công bố của đơn vị này trong năm đó",
                "there are no published results of this unit in that year",
            )
            .at(Place::column(format!("{index} {unit} {year}")))
            .expected(if years.is_empty() {
                Words::new("một đơn vị có kết quả", "a unit with results")
            } else {
                years.join(", ").into()
            }));
        }
        Ok(rows.into_iter().map(|row| self.gap(row)).collect())
    }

    fn gap(&self, row: &OfficialValue) -> GapRow {
        let OfficialValue { index, year, unit, code, .. } = row;
        let national = |statistic| self.national(index, *year, code, statistic).map(|one| one.value);
        let to = |other: Option<f64>| Some(row.value? - other?);
        let last = self.latest(index, unit, code, year - 1).filter(|last| last.value.is_some());
        let broken = last.and_then(|last| self.break_between(index, code, last.year, *year));
        GapRow {
            code: code.clone(),
            value: row.value,
            grouped: row.value.zip(self.cut_offs(index, *year, code)).map(|(value, cut_offs)| group(value, cut_offs)),
            last_year: last.map(|last| last.year),
            to_own_last: if broken.is_some() { None } else { to(last.and_then(|last| last.value)) },
            not_comparable: broken.map(|one| one.note.clone()),
            to_median: to(national(Statistic::P50)),
            to_p75: to(national(Statistic::P75)),
            to_best: to(national(Statistic::Max)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::official::Group;

    #[test]
    fn the_gaps_of_bac_giang_2023_are_those_of_the_published_tables() {
        let results = OfficialResults::shipped().expect("shipped");
        let rows = results.gaps("papi", "bac-giang", 2023).expect("published");
        let of = |code: &str| rows.iter().find(|row| row.code == code).expect("a row");
        let total = of("total");
        // Published: Bắc Giang 44.3204, median 42.327, third quartile 43.953, best (Thừa Thiên Huế) 46.0415; last value 2020: 44.317.
        let near = |gap: Option<f64>, expected: f64| assert!((gap.expect("known") - expected).abs() < 6e-4, "{gap:?}");
        near(total.to_median, 44.3204 - 42.327);
        near(total.to_p75, 44.3204 - 43.953);
        near(total.to_best, 44.3204 - 46.0415);
        assert_eq!((total.last_year, total.grouped.map(|one| one.group)), (Some(2020), Some(Group::Highest)));
        // Dimension 6 was published in 2022 as well; 8.085 then.
        near(of("6").to_own_last, 7.4286 - 8.085);
        assert_eq!(of("6").grouped.map(|one| one.group), Some(Group::LowAverage));
        assert_eq!(rows.first().map(|row| row.code.as_str()), Some("total"));
        assert_eq!(rows.len(), 1 + 8 + 28);
    }

    #[test]
    fn a_difference_across_a_change_of_definition_is_not_given() {
        let results = OfficialResults::shipped().expect("shipped");
        let rows = results.gaps("papi", "bac-giang", 2018).expect("published");
        let total = rows.iter().find(|row| row.code == "total").expect("total");
        assert_eq!((total.last_year, total.to_own_last), (Some(2017), None));
        assert!(total.not_comparable.as_ref().is_some_and(|note| note.contains("tám")));
    }

    #[test]
    fn a_unit_without_results_is_told_with_the_years_that_it_has() {
        let results = OfficialResults::shipped().expect("shipped");
        let problem = results.gaps("papi", "bac-giang", 2030).expect_err("the future");
        assert!(problem.expected.is_some_and(|years| years.en.contains("2023")));
    }
}
