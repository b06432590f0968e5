//! The grid of Kish.

use crate::sample::InclusionProbability;

/// One of the eight tables that households carry, with the twelfths of all households that carry it.
///
/// # Formula
/// ```text
/// table  share   1   2   3   4   5   6+ eligible members: select number
/// A      1/6     1   1   1   1   1   1
/// B1     1/12    1   1   1   1   2   2
/// B2     1/12    1   1   1   2   2   2
/// C      1/6     1   1   2   2   3   3
/// D      1/6     1   2   2   3   4   4
/// E1     1/12    1   2   3   3   3   5
/// E2     1/12    1   2   3   4   5   5
/// F      1/6     1   2   3   4   5   6
/// ```
/// Adding the shares of the tables that select a member: π = 1/k exactly for k = 1, 2, 3, 4 and 6. Of five members the first,
/// second and fourth have 1/6, the third and fifth 1/4. Of seven or more the first six have 1/6 and the others 0.
///
/// # Source
/// Kish (1949), "A procedure for objective respondent selection within the household", *JASA* 44, 380–387, table 1; Kish
/// (1965), *Survey Sampling*, §11.3B.
///
/// # Limits
/// Uneven for five members; a seventh or later member has no chance. `roster` has neither fault.
///
/// Checked: `the_shares_of_the_tables_give_the_stated_probabilities`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KishTable {
    /// Always the first.
    A,
    /// The first, from five members on the second.
    B1,
    /// The first, from four members on the second.
    B2,
    /// About the lower middle.
    C,
    /// About the upper middle.
    D,
    /// The last up to three members; the third of four or five; the fifth of six.
    E1,
    /// The last up to five members; the fifth of six.
    E2,
    /// Always the last.
    F,
}

/// Members beyond this number are never selected.
const COLUMNS: u32 = 6;

impl KishTable {
    /// All tables.
    pub const ALL: [Self; 8] = [Self::A, Self::B1, Self::B2, Self::C, Self::D, Self::E1, Self::E2, Self::F];

    /// How many twelfths of all households carry the table.
    #[must_use]
    pub fn twelfths(self) -> u64 {
        match self {
            Self::A | Self::C | Self::D | Self::F => 2,
            Self::B1 | Self::B2 | Self::E1 | Self::E2 => 1,
        }
    }

    /// The table of a twelfth, 0 to 11, in the order of the tables.
    pub(super) fn of_twelfth(twelfth: u64) -> Self {
        let mut left = twelfth;
        for table in Self::ALL {
            if left < table.twelfths() {
                return table;
            }
            left -= table.twelfths();
        }
        Self::F
    }

    /// The name on the cover of a questionnaire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B1 => "B1",
            Self::B2 => "B2",
            Self::C => "C",
            Self::D => "D",
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::F => "F",
        }
    }

    /// The number of the selected one among `n_eligible` members, from 1; six and more members read the last column.
    #[must_use]
    pub fn selects(self, n_eligible: u32) -> u32 {
        let row: [u32; COLUMNS as usize] = match self {
            Self::A => [1, 1, 1, 1, 1, 1],
            Self::B1 => [1, 1, 1, 1, 2, 2],
            Self::B2 => [1, 1, 1, 2, 2, 2],
            Self::C => [1, 1, 2, 2, 3, 3],
            Self::D => [1, 2, 2, 3, 4, 4],
            Self::E1 => [1, 2, 3, 3, 3, 5],
            Self::E2 => [1, 2, 3, 4, 5, 5],
            Self::F => [1, 2, 3, 4, 5, 6],
        };
        row[(n_eligible.clamp(1, COLUMNS) - 1) as usize]
    }

    /// Twelfths of all households whose table selects the member of a number.
    fn selecting_twelfths(n_eligible: u32, number: u32) -> u64 {
        Self::ALL.iter().filter(|table| table.selects(n_eligible) == number).map(|table| table.twelfths()).sum()
    }

    /// The probability of a member that some table selects.
    pub(super) fn probability(n_eligible: u32, number: u32) -> InclusionProbability {
        InclusionProbability::ratio(Self::selecting_twelfths(n_eligible, number).max(1), 12)
    }

    /// 1/π of a member that some table selects; a whole number for every cell of the grid.
    pub(super) fn factor(n_eligible: u32, number: u32) -> f64 {
        let twelfths = u32::try_from(Self::selecting_twelfths(n_eligible, number).max(1)).unwrap_or(1);
        12.0 / f64::from(twelfths)
    }
}
