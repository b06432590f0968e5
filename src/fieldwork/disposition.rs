//! Outcome codes of contact attempts and interviews, after the AAPOR Standard Definitions for in-person household surveys.
//!
//! # Source
//! AAPOR, *Standard Definitions: Final Dispositions of Case Codes and Outcome Rates for Surveys*, table 2.
//!
//! # Limits
//! Codes below the three figures listed here (2.111, 2.112 …) are known by their group: `2.111` counts as `2.11`.

/// The group that outcome rates are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// I: complete interview.
    Complete,
    /// P: partial interview.
    Partial,
    /// R: refusal or break-off.
    Refusal,
    /// NC: nobody could be reached.
    NonContact,
    /// O: eligible, but no interview for another reason.
    OtherNonInterview,
    /// UH: it is not known whether there is a household.
    UnknownHousehold,
    /// UO: it is not known whether somebody is eligible, or other unknowns.
    UnknownOther,
    /// NE: not eligible.
    NotEligible,
}

impl Outcome {
    /// The code that stands for the whole group.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Complete => "1.1",
            Self::Partial => "1.2",
            Self::Refusal => "2.10",
            Self::NonContact => "2.20",
            Self::OtherNonInterview => "2.30",
            Self::UnknownHousehold => "3.10",
            Self::UnknownOther => "3.20",
            Self::NotEligible => "4.0",
        }
    }

    /// Whether there is an interview to analyse.
    #[must_use]
    pub fn is_interview(self) -> bool {
        matches!(self, Self::Complete | Self::Partial)
    }

    /// Whether the household has an eligible person; `None` when that is not known.
    #[must_use]
    pub fn is_eligible(self) -> Option<bool> {
        match self {
            Self::Complete | Self::Partial | Self::Refusal | Self::NonContact | Self::OtherNonInterview => Some(true),
            Self::NotEligible => Some(false),
            Self::UnknownHousehold | Self::UnknownOther => None,
        }
    }
}

/// The groups of codes; the first prefix that fits decides, so longer prefixes come first.
const GROUPS: &[(&str, Outcome)] = &[
    ("1.1", Outcome::Complete),
    ("1.2", Outcome::Partial),
    ("2.1", Outcome::Refusal),
    ("2.2", Outcome::NonContact),
    ("2.3", Outcome::OtherNonInterview),
    ("3.1", Outcome::UnknownHousehold),
    ("3.2", Outcome::UnknownOther),
    ("3.9", Outcome::UnknownOther),
    ("4", Outcome::NotEligible),
];

/// The group of an outcome code such as `1.1` or `2.11`; `None` when it is no code of the list.
#[must_use]
pub fn outcome(disposition: &str) -> Option<Outcome> {
    let (class, detail) = disposition.split_once('.')?;
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(class, 1..=1) || !digits(detail, 1..=3) {
        return None;
    }
    GROUPS.iter().find(|(prefix, _)| disposition.starts_with(prefix)).map(|(_, outcome)| *outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fall_into_their_groups() {
        for (code, expected) in [
            ("1.1", Outcome::Complete),
            ("1.2", Outcome::Partial),
            ("2.10", Outcome::Refusal),
            ("2.111", Outcome::Refusal),
            ("2.12", Outcome::Refusal),
            ("2.24", Outcome::NonContact),
            ("2.31", Outcome::OtherNonInterview),
            ("3.17", Outcome::UnknownHousehold),
            ("3.21", Outcome::UnknownOther),
            ("3.90", Outcome::UnknownOther),
            ("4.60", Outcome::NotEligible),
        ] {
            assert_eq!(outcome(code), Some(expected), "{code}");
        }
    }

    #[test]
    fn what_is_no_code_has_no_group() {
        for text in ["", "complete", "1", "1.", ".1", "5.1", "1.3", "2.4", "1.1.1", "1.1234", "１.１", "1.1 "] {
            assert_eq!(outcome(text), None, "{text:?}");
        }
    }
}
