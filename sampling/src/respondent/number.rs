//! The random number of a household, fixed at the draw.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::kish::KishTable;
use crate::stream::{Stream, StreamKey};

/// No household has more eligible members.
pub const ELIGIBLE_MAX: u32 = 30;

/// Household numbers lie below this one, the least common multiple of 1, 2, …, 30.
pub const RESPONDENT_RANGE: u64 = 2_329_089_562_800;

/// What sets these streams apart from those of stages: no level's name holds this sign.
const STREAM: &str = "@respondent";

/// The random number of a household: uniform over 0, 1, …, [`RESPONDENT_RANGE`] − 1.
///
/// # Formula
/// The first draw below the range from the stream keyed by seed and the household's identity. The range is a multiple of
/// every k up to 30 and of 12, so u mod k takes each of its k values *exactly* equally often, and the twelve shares of
/// Kish's tables are exact. Its 13 digits are whole in a double and in a spreadsheet: `1 + number % k` is the same on paper,
/// in JavaScript and here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct RespondentNumber(u64);

impl RespondentNumber {
    /// A number from a list; `None` when it lies outside the range.
    #[must_use]
    pub fn new(number: u64) -> Option<Self> {
        (number < RESPONDENT_RANGE).then_some(Self(number))
    }

    /// The number of a household of a sample.
    #[must_use]
    pub fn of_household(seed: u64, unit_id: &str) -> Self {
        let range = NonZeroU64::new(RESPONDENT_RANGE).unwrap_or(NonZeroU64::MIN);
        Self(Stream::new(&StreamKey { seed, stage: STREAM, stratum: "", parent: unit_id }).below(range))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// The number of the selected one among `n_eligible` members, from 1; `None` for none or more than [`ELIGIBLE_MAX`].
    #[must_use]
    pub fn member(self, n_eligible: u32) -> Option<u32> {
        (1..=ELIGIBLE_MAX).contains(&n_eligible).then(|| self.member_below(n_eligible) + 1)
    }

    /// u mod k, for a k of 1 or more.
    pub(super) fn member_below(self, n_eligible: u32) -> u32 {
        u32::try_from(self.0 % u64::from(n_eligible.max(1))).unwrap_or(0)
    }

    /// The table of Kish's grid that the household has.
    #[must_use]
    pub fn kish_table(self) -> KishTable {
        KishTable::of_twelfth(self.0 % 12)
    }
}

impl TryFrom<u64> for RespondentNumber {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        Self::new(number).ok_or_else(|| format!("a respondent number lies below {RESPONDENT_RANGE}, not {number}"))
    }
}

impl From<RespondentNumber> for u64 {
    fn from(number: RespondentNumber) -> Self {
        number.0
    }
}
