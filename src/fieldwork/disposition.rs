//! The outcome of a case, in the codes of the American Association for Public Opinion Research for face-to-face surveys.

use std::fmt;
use std::str::FromStr;

use problem::Problem;
use serde::{Deserialize, Serialize};

/// Final disposition of a case.
///
/// # Source
/// AAPOR (2023), *Standard Definitions*, 10th edition, table of in-person household survey codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Disposition {
    /// 1.1 Complete interview.
    Complete,
    /// 1.2 Partial interview, usable.
    Partial,
    /// 2.10 Refusal or break-off by an eligible household.
    Refusal,
    /// 2.20 Eligible, nobody was reached in all attempts.
    NonContact,
    /// 2.30 Eligible, not interviewed for another reason (ill, absent for long, language).
    Other,
    /// 3.10 Unknown whether there is a household at the place.
    UnknownHousehold,
    /// 3.20 A household, unknown whether anybody in it is eligible.
    UnknownEligible,
    /// 4.50 No household there (not a dwelling, moved away, demolished).
    NotHousehold,
    /// 4.70 A household without an eligible respondent.
    NoEligible,
}

impl Disposition {
    /// All dispositions, in the order of their codes.
    pub const ALL: [Self; 9] = [
        Self::Complete,
        Self::Partial,
        Self::Refusal,
        Self::NonContact,
        Self::Other,
        Self::UnknownHousehold,
        Self::UnknownEligible,
        Self::NotHousehold,
        Self::NoEligible,
    ];

    /// The AAPOR code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "1.1",
            Self::Partial => "1.2",
            Self::Refusal => "2.10",
            Self::NonContact => "2.20",
            Self::Other => "2.30",
            Self::UnknownHousehold => "3.10",
            Self::UnknownEligible => "3.20",
            Self::NotHousehold => "4.50",
            Self::NoEligible => "4.70",
        }
    }

    /// Whether there is an interview to analyse.
    #[must_use]
    pub fn is_interview(self) -> bool {
        matches!(self, Self::Complete | Self::Partial)
    }

    /// Whether the household is known to have an eligible person, known to have none, or unknown.
    #[must_use]
    pub fn eligible(self) -> Option<bool> {
        match self {
            Self::Complete | Self::Partial | Self::Refusal | Self::NonContact | Self::Other => Some(true),
            Self::NotHousehold | Self::NoEligible => Some(false),
            Self::UnknownHousehold | Self::UnknownEligible => None,
        }
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Disposition {
    type Err = Problem;

    fn from_str(code: &str) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|one| one.code() == code).ok_or_else(|| {
            Problem::new("disposition_unknown", "mã kết quả tiếp cận không có trong bảng mã", "unknown disposition code")
                .expected(Self::ALL.map(Self::code).join(", "))
                .got(code.to_owned())
        })
    }
}

impl TryFrom<String> for Disposition {
    type Error = Problem;

    fn try_from(code: String) -> Result<Self, Problem> {
        code.parse()
    }
}

impl From<Disposition> for String {
    fn from(disposition: Disposition) -> Self {
        disposition.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        for disposition in Disposition::ALL {
            assert_eq!(disposition.code().parse::<Disposition>(), Ok(disposition));
        }
    }

    #[test]
    fn an_unknown_code_is_told_with_the_known_ones() {
        let told = "2.1".parse::<Disposition>().expect_err("not in the table");
        assert!(told.expected.is_some_and(|codes| codes.contains("2.10")));
    }

    #[test]
    fn an_interview_is_always_of_an_eligible_household() {
        for disposition in Disposition::ALL.into_iter().filter(|one| one.is_interview()) {
            assert_eq!(disposition.eligible(), Some(true));
        }
    }
}
