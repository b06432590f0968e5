//! Disclosure control: which cells of a set of tables may leave the house, so that nobody can work out the others.
//!
//! ```text
//! rules         how many people a number must rest on       tables   the set: one-way tables, cross tables that share their margins
//! one_way       a line of cells with a known sum            network  what an attacker can say of a hidden cell of a cross table
//! differencing  two sets of people that nearly coincide
//! ```
//!
//! # Model
//! All tables count the same n people; who gave no answer is a category like any other. A cell that is shown is taken to tell its
//! unweighted count exactly: weights and rounding may blur it, but nothing is built on that.
//!
//! # Rule
//! A count below `n_min` is hidden, zero included (that nobody of a group said something is told of everybody in it; so is that all did).
//! Then further cells are hidden until every hidden cell may be anything in a range that is `n_min` wide, or that holds all of 0 …
//! `n_min` − 1. A line whose total is hidden is hidden whole.
//!
//! # Why this is enough for linked tables
//! Tables share margins only. In a table whose hidden lines are hidden whole, any amount can be moved from one hidden line to
//! another without touching a number that is shown. So whatever hidden margins one table allows, every other table allows too, and
//! the range of a cell in the whole set is its range in its own table. Pairs of variables that close a ring (A×B, B×C, A×C) are refused:
//! there, that one joint table must stand behind all three says more than the margins do.
//!
//! # Source
//! Hundepool et al. (2012), *Statistical Disclosure Control*, ch. 4 (sensitive cells, audit, complementary suppression by network flows);
//! Cox (1995), Network models for complementary cell suppression, *JASA* 90, 1453–1462; Australian Bureau of Statistics (rule of 10).
//!
//! # Limits
//! Counts of people, and shares and means that rest on them; no dominance rule for sums of money of enterprises. Which further cells are
//! hidden is a heuristic (cheapest path first): enough is hidden, proved for each table, but not always the least.

mod differencing;
mod network;
mod one_way;
mod tables;

#[cfg(test)]
mod attacker;
#[cfg(test)]
mod proofs;

use problem::{Place, Problem, Problems};
use serde::{Deserialize, Serialize};

pub use differencing::too_close;
pub use one_way::protect_one_way;
pub use tables::{Cell, CrossTable, Protected, Range, TableSet, Variable};

/// How many people a published number must rest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisclosureRules {
    n_min: usize,
}

impl Default for DisclosureRules {
    /// The rule of 10.
    fn default() -> Self {
        Self { n_min: 10 }
    }
}

impl DisclosureRules {
    /// The least and the most that can be asked for.
    pub const LIMITS: std::ops::RangeInclusive<usize> = 5..=30;

    /// Numbers rest on at least `n_min` people.
    ///
    /// # Errors
    /// `disclosure_rule`: below 5 or above 30.
    pub fn new(n_min: usize) -> Result<Self, Problem> {
        if Self::LIMITS.contains(&n_min) {
            return Ok(Self { n_min });
        }
        Err(Problem::new(
            "disclosure_rule",
            "số người tối thiểu của một ô không hợp lệ",
            "the least number of people in a cell is not right",
        )
        .at(Place::column("n_min"))
        .expected("5–30")
        .got(n_min.to_string()))
    }

    /// The least number of people.
    #[must_use]
    pub fn n_min(self) -> usize {
        self.n_min
    }

    /// Whether a share may be shown as far as its own counts say: enough people in it, in its base, and outside it within the base.
    /// A share of 100 % tells of everybody in its base, as does one of 0 %.
    #[must_use]
    pub fn share_may_be_shown(self, numerator: usize, denominator: usize) -> bool {
        numerator >= self.n_min && denominator.checked_sub(numerator).is_some_and(|others| others >= self.n_min)
    }

    /// Whether a quantile may be shown (`p` from 0 to 1): enough people on either side of it. The least and the greatest value (`p` 0 and 1)
    /// belong to somebody and are never shown.
    #[must_use]
    pub fn quantile_may_be_shown(self, n: usize, p: f64) -> bool {
        // 1 − 0.9 is a little less than 0.1.
        let aside = n as f64 * p.min(1.0 - p) + 1e-9;
        aside.is_finite() && aside >= self.n_min as f64
    }

    /// Whether a range of counts is wide enough to hide what lies in it.
    #[must_use]
    pub fn hides(self, range: Range) -> bool {
        let (wide, low) = (range.upper.saturating_sub(range.lower) >= self.n_min, range.lower == 0);
        wide || (low && range.upper + 1 >= self.n_min)
    }
}

/// What became of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// It may be shown.
    Shown,
    /// Hidden: it rests on too few people, or tells of everybody in its line.
    Small,
    /// Hidden, so that others cannot be worked out from it.
    Complementary,
    /// Hidden with its whole line, whose total is hidden.
    Line,
}

impl Treatment {
    /// Whether the cell may be shown.
    #[must_use]
    pub fn is_shown(self) -> bool {
        self == Self::Shown
    }
}

/// What was shown before cannot be made unknown: with it, these tables would give somebody away.
fn known_too_well(table: &str) -> Problems {
    Problem::new(
        "disclosure_earlier",
        "cùng với số liệu đã công bố trước đây, bảng này làm lộ số liệu của ít người",
        "with what was published before, this table would give few people away",
    )
    .got(table)
    .hint("bỏ bảng này khỏi lần công bố", "leave this table out of the publication")
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_rule() {
        assert_eq!(DisclosureRules::default().n_min(), 10);
        for n_min in [5, 10, 30] {
            assert_eq!(DisclosureRules::new(n_min).unwrap().n_min(), n_min);
        }
        for n_min in [0, 4, 31, usize::MAX] {
            assert_eq!(DisclosureRules::new(n_min).unwrap_err().code, "disclosure_rule");
        }
    }

    #[test]
    fn shares_need_people_in_them_and_beside_them() {
        let rules = DisclosureRules::default();
        assert!(rules.share_may_be_shown(10, 20));
        for (numerator, denominator) in [(9, 40), (0, 40), (40, 40), (31, 40), (10, 9), (usize::MAX, usize::MAX)] {
            assert!(!rules.share_may_be_shown(numerator, denominator), "{numerator} of {denominator}");
        }
    }

    #[test]
    fn quantiles_need_people_on_either_side() {
        let rules = DisclosureRules::default();
        assert!(rules.quantile_may_be_shown(20, 0.5) && !rules.quantile_may_be_shown(19, 0.5));
        assert!(rules.quantile_may_be_shown(100, 0.9) && !rules.quantile_may_be_shown(99, 0.9));
        for p in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(!rules.quantile_may_be_shown(100_000, p), "{p}");
        }
    }

    #[test]
    fn a_range_hides_by_its_width_or_by_all_small_counts() {
        let rules = DisclosureRules::default();
        let hides = |lower, upper| rules.hides(Range { lower, upper });
        assert!(hides(0, 9) && hides(3, 13) && hides(0, 400));
        assert!(!hides(0, 8) && !hides(3, 12) && !hides(40, 40));
    }
}
