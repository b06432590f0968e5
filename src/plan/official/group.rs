//! The four groups by which PAPI sorts units, with a written rule for the edge.

use problem::{Problem, Words};
use serde::Serialize;

/// One of the four groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Below the first quartile.
    Lowest,
    /// From the first quartile to below the median.
    LowAverage,
    /// From the median to below the third quartile.
    HighAverage,
    /// From the third quartile up.
    Highest,
}

impl Group {
    /// The name of the group, as PAPI prints it.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Lowest => Words::new("Thấp nhất", "Lowest"),
            Self::LowAverage => Words::new("Trung bình thấp", "Low average"),
            Self::HighAverage => Words::new("Trung bình cao", "High average"),
            Self::Highest => Words::new("Cao nhất", "Highest"),
        }
    }

    /// The group of a word: `highest`, `high_average`, `low_average`, `lowest`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            ("lowest", Self::Lowest),
            ("low_average", Self::LowAverage),
            ("high_average", Self::HighAverage),
            ("highest", Self::Highest),
        ]
        .into_iter()
        .find(|(name, _)| *name == word)
        .map(|(_, group)| group)
    }
}

/// The three cut-offs between the groups.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CutOffs {
    /// First quartile over all units.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// Third quartile.
    pub p75: f64,
}

/// A group, and whether the value stands so near an edge that only rounding decides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Grouped {
    /// The group by the rule.
    pub group: Group,
    /// The cut-off that the value equals as far as it was printed; then the group is no certain fact.
    pub on_edge: Option<f64>,
}

/// Half a unit of the fourth decimal, to which official scores are printed.
const PRINTED: f64 = 0.5e-4;

impl CutOffs {
    /// The cut-offs of the values of all units.
    ///
    /// # Errors
    /// `official_no_units` without values, `official_value` for one that is no finite number.
    pub fn of(values: &[f64]) -> Result<Self, Problem> {
        Ok(Self { p25: percentile(values, 0.25)?, p50: percentile(values, 0.5)?, p75: percentile(values, 0.75)? })
    }

    /// The value from which a group begins; the lowest has none.
    #[must_use]
    pub fn lower_bound(&self, group: Group) -> Option<f64> {
        match group {
            Group::Lowest => None,
            Group::LowAverage => Some(self.p25),
            Group::HighAverage => Some(self.p50),
            Group::Highest => Some(self.p75),
        }
    }
}

/// The group of a value.
///
/// # Formula
/// Highest from P75 on, high average from P50, low average from P25, else lowest: **a value that equals a cut-off belongs to the
/// group above it**. Values are compared as printed, to four decimals; a value within half a unit of the fourth decimal of a
/// cut-off is marked `on_edge`, because the unprinted digits may put it on the other side.
///
/// # Source
/// PAPI's colour code ("at or above the 75th percentile"); the groups of 16/16/15/16 units of 63 follow with type-7 percentiles.
/// The rule for the edge is the project's own: Bắc Giang's total of 2024, 44.6854, is itself the third quartile of that year,
/// and one compilation of the official files counts it as high average.
///
/// # Limits
/// Cut-offs are percentiles of point estimates, not gaps: neighbouring units seldom differ beyond sampling error.
///
/// Checked: `the_groups_printed_for_bac_giang_2023_come_out`, `a_value_on_the_cut_off_belongs_above_and_says_so`.
#[must_use]
pub fn group(value: f64, cut_offs: CutOffs) -> Grouped {
    let reaches = |cut: f64| value >= cut - 1e-9;
    let group = if reaches(cut_offs.p75) {
        Group::Highest
    } else if reaches(cut_offs.p50) {
        Group::HighAverage
    } else if reaches(cut_offs.p25) {
        Group::LowAverage
    } else {
        Group::Lowest
    };
    let on_edge =
        [cut_offs.p25, cut_offs.p50, cut_offs.p75].into_iter().find(|cut| (value - cut).abs() <= PRINTED + 1e-9);
    Grouped { group, on_edge }
}

/// A percentile by linear interpolation, type 7 (Excel `PERCENTILE.INC`).
///
/// # Formula
/// With the values sorted x₁ ≤ … ≤ xₙ and h = (n − 1)·p + 1: x⌊h⌋ + (h − ⌊h⌋)·(x⌊h⌋₊₁ − x⌊h⌋).
///
/// # Source
/// Hyndman and Fan (1996), *The American Statistician* 50, 361–365, definition 7.
///
/// # Errors
/// `official_no_units` without values; `official_value` for one that is no finite number, or p outside 0 to 1.
pub fn percentile(values: &[f64], p: f64) -> Result<f64, Problem> {
    if !(0.0..=1.0).contains(&p) || values.iter().any(|value| !value.is_finite()) {
        return Err(Problem::new("official_value", "giá trị không hợp lệ", "a value cannot be used")
            .expected(("số hữu hạn, p từ 0 đến 1", "finite numbers, p from 0 to 1")));
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return Err(Problem::new(
            "official_no_units",
            "không có đơn vị nào để chia nhóm",
            "there are no units to group",
        ));
    };
    let place = last as f64 * p;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    Ok(sorted[below] + (place - below as f64) * (sorted[above] - sorted[below]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::official::OfficialResults;

    #[test]
    fn the_groups_printed_for_bac_giang_2023_come_out() {
        // The province's own report of PAPI 2023: highest in 1–4 and 8, high average in 5, low average in 6 and 7.
        let results = OfficialResults::shipped().expect("shipped");
        let group_of = |code: &str| {
            let value = results.value("papi", 2023, "bac-giang", code).and_then(|one| one.value).expect("published");
            group(value, results.cut_offs("papi", 2023, code).expect("cut-offs")).group
        };
        let expected = [
            Group::Highest,
            Group::Highest,
            Group::Highest,
            Group::Highest,
            Group::HighAverage,
            Group::LowAverage,
            Group::LowAverage,
            Group::Highest,
        ];
        assert_eq!(["1", "2", "3", "4", "5", "6", "7", "8"].map(group_of), expected);
        assert_eq!(group_of("total"), Group::Highest);
    }

    #[test]
    fn a_value_on_the_cut_off_belongs_above_and_says_so() {
        let results = OfficialResults::shipped().expect("shipped");
        let cut_offs = results.cut_offs("papi", 2024, "total").expect("cut-offs");
        assert_eq!(group(44.6854, cut_offs), Grouped { group: Group::Highest, on_edge: Some(44.6854) });
        assert_eq!(group(44.6855, cut_offs).group, Group::Highest);
        assert_eq!(group(44.6853, cut_offs).group, Group::HighAverage);
        assert_eq!(group(44.6860, cut_offs).on_edge, None);
    }

    #[test]
    fn sixty_three_different_units_fall_into_groups_of_16_16_15_16() {
        let values: Vec<f64> = (0..63).map(|unit| 38.0 + f64::from((unit * 37) % 63) * 0.137).collect();
        let cut_offs = CutOffs::of(&values).expect("values");
        let count = |wanted| values.iter().filter(|value| group(**value, cut_offs).group == wanted).count();
        assert_eq!([Group::Highest, Group::HighAverage, Group::LowAverage, Group::Lowest].map(count), [16, 16, 15, 16]);
    }

    #[test]
    fn percentiles_are_those_of_excel() {
        // R 4.2.2: quantile(c(1, 2, 4, 8, 16), c(.25, .5, .6), type = 7) gives 2, 4, 5.6.
        let values = [16.0, 1.0, 4.0, 2.0, 8.0];
        let at = |p| percentile(&values, p).expect("values");
        assert_eq!((at(0.0), at(0.25), at(0.5), at(1.0)), (1.0, 2.0, 4.0, 16.0));
        assert!((at(0.6) - 5.6).abs() < 1e-12);
        assert!(
            percentile(&[], 0.5).is_err() && percentile(&[f64::NAN], 0.5).is_err() && percentile(&[1.0], 1.1).is_err()
        );
    }
}
